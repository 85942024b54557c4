"""The company's days: where weeks begin, which days are worked, how busy each is, and where midnights lie in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

import numpy as np

from contract.calendar import WEEKDAYS, Calendar, day_number, from_day_number

CalendarName = Literal["gregorian", "iranian"]

#: The last simulated day where none is asked for: fixed, so that the company is the same whatever today is.
DEFAULT_END = date(2026, 6, 30)
#: The first of Farvardin by the year of the Gregorian calendar in which it falls.
NOWRUZ: dict[int, date] = {
    year: date(year, 3, day)
    for year, day in (
        *((year, 21) for year in (2010, 2011, 2013, 2014, 2015, 2017, 2018, 2019, 2021, 2022, 2023, 2025, 2026, 2027)),
        *((year, 20) for year in (2012, 2016, 2020, 2024, 2028, 2029)),
        *((year, 21) for year in (2030, 2031)),
        (2032, 20),
    )
}
#: Days after Nowruz: 1-4, 12 and 13 Farvardin, 14 and 15 Khordad, 22 Bahman, 29 Esfand. (Those of the moon calendar
#: move through the year and are announced; they are left out.)
IRANIAN_HOLIDAYS = (0, 1, 2, 3, 11, 12, 75, 76, 327, 364)
#: Month and day. (Easter and its kin move; they are left out.)
GERMAN_HOLIDAYS = ((1, 1), (5, 1), (10, 3), (12, 25), (12, 26))
#: How busy the days of a week are, from the first working day to the last day of the weekend.
BUSY = (1.1, 1.0, 0.95, 1.0, 1.1, 1.25, 0.75)
#: A holiday has this much of the traffic of the day that it falls on.
HOLIDAY_TRAFFIC = 0.35
#: Of the call centre on days without work, beside a working day.
DAY_OFF_CONTACTS = 0.4
WEEK = 7


def holidays_of(calendar: CalendarName, first: date, last: date) -> tuple[date, ...]:
    """The holidays from `first` to `last`. Raises ValueError for Iranian years outside of the table."""
    found = []
    if calendar == "gregorian":
        years = range(first.year, last.year + 1)
        found = [date(year, month, day) for year in years for month, day in GERMAN_HOLIDAYS]
    else:
        for year in range(first.year - 1, last.year + 1):
            if year not in NOWRUZ:
                raise ValueError(f"the Iranian holidays are known from {min(NOWRUZ) + 1} to {max(NOWRUZ)}, not {year}")
            found += [NOWRUZ[year] + timedelta(days=after) for after in IRANIAN_HOLIDAYS]
    return tuple(sorted(day for day in found if first <= day <= last))


def calendar_of(name: CalendarName, first: date, last: date) -> Calendar:
    """The business calendar of the example company."""
    holidays = holidays_of(name, first, last)
    if name == "iranian":
        return Calendar(zone="Asia/Tehran", weekend=("thursday", "friday"), holidays=holidays)
    return Calendar(zone="Europe/Berlin", holidays=holidays)


@dataclass(frozen=True, kw_only=True)
class Days:
    """Weeks counted from the first simulated day; week `weeks` begins with the end's as_of, and more are laid out
    beyond it, since probabilities look ahead.

    `traffic` is how busy a week is (1 is usual), `shares` [week, day] how a week's events fall on its days, and
    `working_shares` the same of what reaches the call centre. `midnights` holds the first second of each day in UTC.
    """

    calendar: Calendar
    start: int
    weeks: int
    traffic: np.ndarray
    shares: np.ndarray
    working_shares: np.ndarray
    midnights: np.ndarray

    @property
    def first_midnight(self) -> int:
        """The day number of the first entry of `midnights`."""
        return self.start - DAYS_BEFORE

    @property
    def end_seconds(self) -> int:
        """The as_of of the end, in seconds of UTC."""
        return int(self.midnights[self.day(self.weeks) - self.first_midnight])

    @property
    def as_of(self) -> date:
        """The midnight after the last simulated day."""
        return from_day_number(self.start + WEEK * self.weeks)

    def day(self, week: int) -> int:
        """The day number with which a week begins."""
        return self.start + WEEK * week

    def seconds(self, day: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Seconds of UTC since 1970 of a second of the day."""
        return np.asarray(self.midnights[day - self.first_midnight] + second)


#: Weeks laid out beyond the end: what probabilities need to look ahead, and a promised day to fall into.
BEYOND = 6
#: Days whose midnights are known before the first (customers joined years ago) and after the last (contracts run on).
DAYS_BEFORE, DAYS_AFTER = 2200, 400
EPOCH_MOMENT = datetime(1970, 1, 1)


def lay_out(*, months: int, calendar: CalendarName, end: date) -> Days:
    """The days of a company whose last simulated day is `end`, over `months`, to a whole number of weeks."""
    weeks = round(months * 365.25 / 12 / WEEK)
    as_of = end + timedelta(days=1)
    first = as_of - timedelta(days=WEEK * weeks)
    last = as_of + timedelta(days=WEEK * BEYOND)
    found = calendar_of(calendar, first, last)
    start = day_number(first)
    dates = [from_day_number(start + number) for number in range(WEEK * (weeks + BEYOND))]
    begins = (WEEKDAYS.index(found.weekend[-1]) + 1) % WEEK
    busy = np.array([BUSY[(day.weekday() - begins) % WEEK] for day in dates])
    busy *= np.where([day in found.holidays for day in dates], HOLIDAY_TRAFFIC, 1.0)
    called = np.where([found.is_working_day(day) for day in dates], busy, busy * DAY_OFF_CONTACTS)
    by_week = busy.reshape(-1, WEEK)
    working = called.reshape(-1, WEEK)
    told = range(start - DAYS_BEFORE, start + len(dates) + DAYS_AFTER)
    midnights = [int((found.midnight(from_day_number(day)) - EPOCH_MOMENT).total_seconds()) for day in told]
    return Days(
        calendar=found,
        start=start,
        weeks=weeks,
        traffic=by_week.mean(axis=1) / np.mean(BUSY),
        shares=by_week / by_week.sum(axis=1, keepdims=True),
        working_shares=working / working.sum(axis=1, keepdims=True),
        midnights=np.array(midnights, dtype=np.int64),
    )
