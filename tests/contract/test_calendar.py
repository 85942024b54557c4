"""Days, weekends and working hours of the business calendar; the engine's local days are those of zoneinfo."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.calendar import Calendar, day_number, from_day_number
from contract.engine import EngineLimits, connect

ZONES = (
    "UTC",
    "America/New_York",
    "America/Havana",
    "America/Sao_Paulo",
    "Asia/Tehran",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Europe/London",
    "Pacific/Apia",
)


@pytest.mark.parametrize(
    ("zone", "day", "midnight"),
    [
        ("America/New_York", date(2024, 3, 10), datetime(2024, 3, 10, 5)),
        ("America/New_York", date(2024, 3, 11), datetime(2024, 3, 11, 4)),  # the day had 23 hours
        ("America/New_York", date(2024, 11, 3), datetime(2024, 11, 3, 4)),
        ("America/New_York", date(2024, 11, 4), datetime(2024, 11, 4, 5)),  # the day had 25 hours
        ("Asia/Tehran", date(2022, 3, 21), datetime(2022, 3, 20, 20, 30)),
        ("Asia/Tehran", date(2022, 3, 22), datetime(2022, 3, 21, 20, 30)),  # no midnight: 00:00 became 01:00
        ("Asia/Tehran", date(2022, 3, 23), datetime(2022, 3, 22, 19, 30)),
        ("Asia/Tehran", date(2023, 3, 22), datetime(2023, 3, 21, 20, 30)),  # summer time was abolished in 2022
        ("Asia/Tehran", date(2023, 7, 1), datetime(2023, 6, 30, 20, 30)),
        ("America/Havana", date(2024, 3, 10), datetime(2024, 3, 10, 5)),  # no midnight here either
        ("America/Havana", date(2024, 11, 3), datetime(2024, 11, 3, 4)),  # midnight comes twice: the first
        ("America/Sao_Paulo", date(2018, 2, 18), datetime(2018, 2, 18, 3)),  # 23:00 came twice the day before
        ("Pacific/Apia", date(2011, 12, 31), datetime(2011, 12, 30, 10)),  # the 30th was left out
    ],
)
def test_midnight_is_the_first_moment_of_the_local_day(zone: str, day: date, midnight: datetime) -> None:
    assert Calendar(zone=zone).midnight(day) == midnight


@given(zone=st.sampled_from(ZONES), day=st.dates(date(1990, 1, 1), date(2035, 12, 31)))
def test_a_moment_before_midnight_is_the_day_before(zone: str, day: date) -> None:
    calendar = Calendar(zone=zone)
    midnight = calendar.midnight(day)
    assert calendar.local_day(midnight) >= day  # later only where a whole day was left out
    assert calendar.local_day(midnight - timedelta(microseconds=1)) < day


@pytest.mark.parametrize("zone", ZONES)
def test_the_engine_cuts_days_as_zoneinfo_does(zone: str) -> None:
    """Every 7 hours and 13 minutes from 2004 to 2030, and the hours around each change of offset in between."""
    moments = [datetime(2004, 1, 1) + step * timedelta(hours=7, minutes=13) for step in range(31_500)]
    offsets = [moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).utcoffset() for moment in moments]
    changes = [moments[n] for n in range(len(moments) - 1) if offsets[n] != offsets[n + 1]]
    moments += [change + step * timedelta(minutes=10) for change in changes for step in range(48)]
    con = connect(EngineLimits(memory="300MB", threads=1)).con
    con.execute("CREATE TABLE moments (moment TIMESTAMP)")
    con.execute("INSERT INTO moments SELECT unnest(?::TIMESTAMP[])", [moments])
    found = con.execute(
        f"SELECT moment, CAST(timezone('{zone}', timezone('UTC', moment)) AS VARCHAR) FROM moments"
    ).fetchall()
    assert len(found) == len(moments)
    wrong = [
        (moment, local)
        for moment, local in found
        if local != str(moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None))
    ]
    assert wrong == []


IRAN = Calendar(
    zone="Asia/Tehran",
    weekend=("thursday", "friday"),
    holidays=(date(2024, 3, 20), date(2024, 3, 23)),  # around Nowruz
    opens=time(8, 30),
    closes=time(16),
)


def test_a_weekend_may_be_thursday_and_friday() -> None:
    week = IRAN.days(date(2024, 3, 16), date(2024, 3, 24))
    assert list(zip(map(from_day_number, week.local_day), week.is_working_day, strict=True)) == [
        (date(2024, 3, 16), True),  # Saturday
        (date(2024, 3, 17), True),
        (date(2024, 3, 18), True),
        (date(2024, 3, 19), True),
        (date(2024, 3, 20), False),  # a holiday
        (date(2024, 3, 21), False),  # Thursday
        (date(2024, 3, 22), False),  # Friday
        (date(2024, 3, 23), False),  # a holiday
        (date(2024, 3, 24), True),
    ]
    assert [IRAN.is_working_day(from_day_number(day)) for day in week.local_day] == list(week.is_working_day)
    assert list(week.local_weekday) == [5, 6, 0, 1, 2, 3, 4, 5, 6]


def test_the_first_working_day_skips_holidays_and_weekends() -> None:
    assert IRAN.first_working_day(date(2024, 3, 19)) == date(2024, 3, 19)
    assert IRAN.first_working_day(date(2024, 3, 20)) == date(2024, 3, 24)


def test_a_calendar_without_working_days_gives_the_day_itself() -> None:
    never = Calendar(weekend=("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"))
    assert never.first_working_day(date(2024, 3, 20)) == date(2024, 3, 20)


def test_business_hours_count_working_days_only() -> None:
    assert IRAN.hours_a_day == 7.5
    before = IRAN.business_hours_to(date(2024, 3, 18))
    assert IRAN.business_hours_to(date(2024, 3, 20)) - before == 15
    assert IRAN.business_hours_to(date(2024, 3, 24)) - before == 15
    assert IRAN.business_hours_to(date(2024, 3, 25)) - before == 22.5


@given(st.dates(date(1970, 1, 1), date(2100, 1, 1)))
def test_day_numbers_go_there_and_back(day: date) -> None:
    assert from_day_number(day_number(day)) == day


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"zone": "Asia/Teheran"}, "time zone 'Asia/Teheran' is not known: write a name of the IANA list"),
        ({"zone": "../etc/passwd"}, "is not known"),
        ({"weekend": ("friday", "fri")}, r"weekend names \['fri'\]; days are monday"),
        ({"opens": time(17), "closes": time(9)}, "business hours end at 09:00:00, not after they begin at 17:00:00"),
    ],
)
def test_a_wrong_calendar_is_refused_with_the_cure(wrong: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Calendar(**wrong)  # type: ignore[arg-type]
