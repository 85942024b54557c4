"""Months of the Gregorian or the Iranian (Jalali) calendar, as local days: half-open, so that they tile."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from persiantools.jdatetime import JalaliDate

from contract.calendar import day_number
from contract.said import Figure, Said, marked, said

CalendarName = Literal["gregorian", "jalali"]
CALENDARS: tuple[CalendarName, ...] = ("gregorian", "jalali")

#: As the page and the screen name them.
NAMES: dict[CalendarName, tuple[str, ...]] = {
    "gregorian": (
        marked("January"),
        marked("February"),
        marked("March"),
        marked("April"),
        marked("May"),
        marked("June"),
        marked("July"),
        marked("August"),
        marked("September"),
        marked("October"),
        marked("November"),
        marked("December"),
    ),
    "jalali": (
        marked("Farvardin"),
        marked("Ordibehesht"),
        marked("Khordad"),
        marked("Tir"),
        marked("Mordad"),
        marked("Shahrivar"),
        marked("Mehr"),
        marked("Aban"),
        marked("Azar"),
        marked("Dey"),
        marked("Bahman"),
        marked("Esfand"),
    ),
}


@dataclass(frozen=True)
class Month:
    """One month: the local days from `first` to before `end`."""

    calendar: CalendarName
    year: int
    number: int
    first: date
    end: date

    @property
    def first_day(self) -> int:
        """Days from 1970-01-01, as local days are written in checked tables."""
        return day_number(self.first)

    @property
    def end_day(self) -> int:
        return day_number(self.end)

    @property
    def key(self) -> str:
        """As 2026-06, or 1405-03: sorts as months do."""
        return f"{self.year:04d}-{self.number:02d}"

    @property
    def in_figures(self) -> Figure:
        """The same as each calendar's readers write it in figures."""
        return Figure(self.key if self.calendar == "gregorian" else self.key.replace("-", "/"))

    @property
    def title(self) -> Said:
        """As June 2026, or Khordad 1405."""
        name = NAMES[self.calendar][self.number - 1]
        return said("{month} {year}", month=name, year=Figure(f"{self.year}"))


def month_of(day: date, calendar: CalendarName) -> Month:
    """The month that a day lies in."""
    if calendar == "jalali":
        jalali = JalaliDate(day)
        return _jalali_month(jalali.year, jalali.month)
    return _gregorian_month(day.year, day.month)


def months_to(as_of: date, *, full: int, calendar: CalendarName) -> tuple[Month, ...]:
    """The last `full` months that are over at the midnight that begins `as_of`, in order; then the running month,
    where it has begun."""
    running = month_of(as_of, calendar)
    found = [running] if running.first < as_of else []
    month = running
    for _ in range(full):
        month = month_of(month.first - timedelta(days=1), calendar)
        found.insert(0, month)
    return tuple(found)


def _gregorian_month(year: int, number: int) -> Month:
    after = date(year + number // 12, number % 12 + 1, 1)
    return Month("gregorian", year, number, date(year, number, 1), after)


def _jalali_month(year: int, number: int) -> Month:
    first = JalaliDate(year, number, 1).to_gregorian()
    after = JalaliDate(year + number // 12, number % 12 + 1, 1).to_gregorian()
    return Month("jalali", year, number, first, after)
