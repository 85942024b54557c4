"""The business calendar: the time zone, working days and hours by which days are cut and ages are told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd

WEEKDAYS: tuple[str, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
EPOCH = date(1970, 1, 1)


def day_number(day: date) -> int:
    """Days from 1970-01-01: how a local day is written in checked tables."""
    return (day - EPOCH).days


def from_day_number(number: int) -> date:
    return EPOCH + timedelta(days=int(number))


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """Days follow `zone`; a working day is neither in `weekend` nor in `holidays`, and lasts from opens to closes."""

    zone: str = "UTC"
    weekend: tuple[str, ...] = ("saturday", "sunday")
    holidays: tuple[date, ...] = ()
    opens: time = time(9)
    closes: time = time(17)

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(
                f"time zone {self.zone!r} is not known: write a name of the IANA list, as Asia/Tehran or Europe/Berlin"
            ) from error
        unknown = sorted(set(self.weekend) - set(WEEKDAYS))
        if unknown:
            raise ValueError(f"weekend names {unknown}; days are {', '.join(WEEKDAYS)}")
        if self.closes <= self.opens:
            raise ValueError(f"business hours end at {self.closes}, not after they begin at {self.opens}")

    def midnight(self, day: date) -> datetime:
        """The first moment of a local day, as naive UTC. Where the clock skips midnight, the moment of the skip."""
        return datetime.combine(day, time(0), tzinfo=ZoneInfo(self.zone)).astimezone(UTC).replace(tzinfo=None)

    def local_day(self, moment: datetime) -> date:
        """The local day of a naive UTC moment."""
        return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(self.zone)).date()

    def is_working_day(self, day: date) -> bool:
        return WEEKDAYS[day.weekday()] not in self.weekend and day not in self.holidays

    def first_working_day(self, day: date) -> date:
        """The day itself, or the next that is worked on (at most a year ahead: else the day itself)."""
        for ahead in range(366):
            candidate = day + timedelta(days=ahead)
            if self.is_working_day(candidate):
                return candidate
        return day

    @property
    def hours_a_day(self) -> float:
        return hours_of_day(self.closes) - hours_of_day(self.opens)

    def days(self, first: date, last: date) -> pd.DataFrame:
        """One row a local day from `first` to `last`, both included.

        Columns: local_day (days from 1970-01-01), local_weekday (0 is Monday), is_weekend, is_holiday, is_working_day
        and business_hours_before: working hours from 1970-01-01 to that day's midnight.
        """
        days = pd.date_range(EPOCH, last, freq="D")
        frame = pd.DataFrame({"local_day": range(len(days)), "local_weekday": days.day_of_week})
        frame["is_weekend"] = [WEEKDAYS[weekday] in self.weekend for weekday in frame.local_weekday]
        frame["is_holiday"] = days.isin(pd.to_datetime(list(self.holidays)))
        frame["is_working_day"] = ~frame.is_weekend & ~frame.is_holiday
        frame["business_hours_before"] = frame.is_working_day.cumsum().shift(fill_value=0) * self.hours_a_day
        return frame[frame.local_day >= day_number(first)].reset_index(drop=True)

    def business_hours_to(self, day: date) -> float:
        """Working hours from 1970-01-01 to the midnight that begins `day`."""
        return float(self.days(day, day).business_hours_before.iloc[0])

    def as_dict(self) -> dict[str, Any]:
        return {
            "zone": self.zone,
            "weekend": list(self.weekend),
            "holidays": [str(day) for day in self.holidays],
            "opens": str(self.opens),
            "closes": str(self.closes),
        }


def hours_of_day(moment: time) -> float:
    return moment.hour + moment.minute / 60 + moment.second / 3600
