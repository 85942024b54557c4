"""Months of both calendars: their edges, leap days, and what is over."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.said import in_words
from outreach.language import translations
from reports.metrics.months import CALENDARS, NAMES, CalendarName, month_of, months_to


@pytest.mark.parametrize(
    ("day", "calendar", "key", "first", "end"),
    [
        ("2024-02-29", "gregorian", "2024-02", "2024-02-01", "2024-03-01"),
        ("2023-12-31", "gregorian", "2023-12", "2023-12-01", "2024-01-01"),
        # 1403 is a leap year: Esfand has 30 days, and Nowruz of 1404 is on 21 March 2025.
        ("2025-03-20", "jalali", "1403-12", "2025-02-19", "2025-03-21"),
        ("2025-03-21", "jalali", "1404-01", "2025-03-21", "2025-04-21"),
        # 1404 is none.
        ("2026-03-20", "jalali", "1404-12", "2026-02-20", "2026-03-21"),
        # The sixth month has 31 days, the seventh 30.
        ("2025-09-22", "jalali", "1404-06", "2025-08-23", "2025-09-23"),
        ("2025-09-23", "jalali", "1404-07", "2025-09-23", "2025-10-23"),
    ],
)
def test_edges(day: str, calendar: CalendarName, key: str, first: str, end: str) -> None:
    month = month_of(date.fromisoformat(day), calendar)
    assert (month.key, month.first.isoformat(), month.end.isoformat()) == (key, first, end)


@given(st.dates(date(1975, 1, 1), date(2090, 1, 1)), st.sampled_from(CALENDARS))
def test_months_tile(day: date, calendar: CalendarName) -> None:
    month = month_of(day, calendar)
    assert month.first <= day < month.end
    assert month_of(month.end, calendar).first == month.end
    assert month_of(month.first - timedelta(days=1), calendar).end == month.first
    assert month.end_day - month.first_day in (28, 29, 30, 31)


def test_the_running_month_is_there_only_where_it_has_begun() -> None:
    assert [month.key for month in months_to(date(2024, 3, 1), full=2, calendar="gregorian")] == ["2024-01", "2024-02"]
    running = months_to(date(2024, 3, 2), full=2, calendar="gregorian")
    assert [month.key for month in running] == ["2024-01", "2024-02", "2024-03"]
    nowruz = months_to(date(2025, 3, 21), full=2, calendar="jalali")
    assert [month.key for month in nowruz] == ["1403-11", "1403-12"]


def test_names_in_both_languages() -> None:
    persian = translations("fa")
    assert [len(names) for names in NAMES.values()] == [12, 12]
    khordad, june = (month_of(date(2026, 6, 10), calendar) for calendar in ("jalali", "gregorian"))
    assert (str(khordad.title), in_words(khordad.title, persian)) == ("Khordad 1405", "خرداد ۱۴۰۵")
    assert (str(june.title), in_words(june.title, persian)) == ("June 2026", "ژوئن ۲۰۲۶")
    assert in_words(khordad.in_figures, persian) == "۱۴۰۵/۰۳"
