"""What the metrics' tests share: drawn tables, cut at a midnight and into months."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from contract.calendar import Calendar
from contract.checked import CheckedTables
from reports.metrics.measure import Measured, measure
from reports.metrics.months import CalendarName, months_to
from reports.metrics.seen import Seen, see
from tests.drawn import checked
from tests.reports.metrics.company import as_drawn, company

ACTIVITY = ("orders",)


def connection_of(tables: CheckedTables) -> object:
    return next(iter(tables.frames.values())).get_backend()


def seen_of(tables: CheckedTables, as_of: str, *, full: int = 2) -> Seen:
    day = date.fromisoformat(as_of)
    months = months_to(day, full=full, calendar="gregorian")
    return see(
        connection_of(tables),
        tables,
        day,
        months,
        load_window=timedelta(hours=6),
        activity=ACTIVITY,
    )


def measured_of(tables: CheckedTables, as_of: str, *, full: int = 2, calendar: CalendarName = "gregorian") -> Measured:
    return measure(
        connection_of(tables),
        tables,
        date.fromisoformat(as_of),
        calendar=calendar,
        full_months=full,
        load_window=timedelta(hours=6),
        activity=ACTIVITY,
    )


@pytest.fixture
def see_at(tmp_path: Path) -> Callable[..., Seen]:
    """Drawn tables as seen at a midnight: see_at("2024-04-01", orders="...")."""

    def seen(
        as_of: str, *, full: int = 2, delay_hours: float = 0.0, calendar: Calendar | None = None, **tables: str
    ) -> Seen:
        return seen_of(checked(tmp_path, delay_hours=delay_hours, calendar=calendar, **tables), as_of, full=full)

    return seen


def sums(rows: pd.DataFrame, month: int, by: str | None = None) -> object:
    """The two sums of a month, or those of every part of it: {part: (num, den)}."""
    kept = rows[rows.month == month]
    if by is None:
        return float(kept.num.sum()), float(kept.den.sum())
    return {
        (None if pd.isna(part) else part): (float(of_part.num.sum()), float(of_part.den.sum()))
        for part, of_part in kept.groupby(by, dropna=False)
    }


@pytest.fixture(scope="session")
def rich(tmp_path_factory: pytest.TempPathFactory) -> CheckedTables:
    """A company with every table, checked."""
    drawn = {name: as_drawn(frame) for name, frame in company().items()}
    return checked(tmp_path_factory.mktemp("rich"), **drawn)


@pytest.fixture(scope="session")
def measured(rich: CheckedTables) -> Measured:
    """Its metrics on 5 April 2024: March is the last full month; in it one segment's complaints more than doubled."""
    return measured_of(rich, "2024-04-05", full=4)
