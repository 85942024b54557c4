"""Late, corrected and repeated rows of the example company change nothing before they were known."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from contract.calendar import Calendar
from contract.check import check_tables
from contract.checked import CheckedTables, open_checked
from contract.cut import history
from contract.engine import connect
from features.build import build_features
from features.catalogue import FAMILIES
from labels.inactivity import inactivity
from labels.target import spine_of
from pipelines.settings import load_settings
from simulator.company import Simulated, write

LOAD_WINDOW = timedelta(hours=6)
ACTIVITY = ("orders", "usage")


def checked(folder: Path) -> CheckedTables:
    settings = load_settings(folder / "vafa.toml")
    connection = connect(settings.limits)
    check_tables(
        connection,
        settings.mapping,
        calendar=settings.time.calendar,
        activity=ACTIVITY,
        as_of=None,
        now=datetime(2027, 1, 1),
        folder=settings.checked,
        quarantine=settings.quarantine,
    )
    return open_checked(connection, settings.checked, settings.time.calendar)


def features_at(tables: CheckedTables, as_of: date) -> pd.DataFrame:
    connection = tables.frames["customers"].get_backend()
    past = history(tables, as_of, load_window=LOAD_WINDOW, activity=ACTIVITY)
    target = inactivity(active_days=365, horizon_days=28, gap_days=1)
    spine = spine_of(connection, past, target, as_of)
    return build_features(connection, past, spine, FAMILIES).frame


def known_before(table: pa.Table, decided: datetime) -> pa.Table:
    """What had been loaded by then, and each row once."""
    rows = table.filter(pc.less(table["known_at"], pa.scalar(decided, table["known_at"].type)))
    return pa.Table.from_pandas(rows.to_pandas().drop_duplicates(), schema=table.schema, preserve_index=False)


def late_at(planted: pd.DataFrame, decided: datetime) -> pd.DataFrame:
    """The rows that would have been known by then, had they not come late."""
    return planted[(planted.what == "late") & (planted.was_known_at < decided) & (planted.known_at >= decided)]


def with_late_rows(planted: pd.DataFrame, since: date, calendar: Calendar) -> date:
    """The first day from `since` on at which rows are late: so small a company does not have some every day."""
    days = [since + timedelta(days=number) for number in range(28)]
    return next(day for day in days if len(late_at(planted, calendar.midnight(day) + LOAD_WINDOW)))


@pytest.mark.parametrize("days_before_the_end", [70, 200])
def test_what_was_known_later_changes_no_feature(company: Simulated, tmp_path: Path, days_before_the_end: int) -> None:
    write(company, tmp_path / "all")
    write(company, tmp_path / "then")
    everything = checked(tmp_path / "all")
    planted = company.truth["rows"].to_pandas()
    as_of = with_late_rows(planted, company.as_of - timedelta(days=days_before_the_end), everything.calendar)
    decided = everything.calendar.midnight(as_of) + LOAD_WINDOW
    for name, table in company.tables.items():
        pq.write_table(known_before(table, decided), tmp_path / "then" / f"{name}.parquet")
    then = checked(tmp_path / "then")
    assert then.about["orders"].rows < everything.about["orders"].rows
    late = late_at(planted, decided)
    corrected = planted[(planted.what == "corrected") & (planted.known_at >= decided)]
    # There must be something that could leak, or the test proves nothing.
    assert len(late)
    assert len(corrected)
    pd.testing.assert_frame_equal(features_at(then, as_of), features_at(everything, as_of), check_exact=True)


def test_a_correction_changes_features_once_it_is_known(company: Simulated, tmp_path: Path) -> None:
    """The same comparison sees a difference where there is one: without the corrections known by now, other numbers."""
    write(company, tmp_path / "all")
    write(company, tmp_path / "without")
    orders = company.tables["orders"].to_pandas().sort_values("known_at", kind="stable")
    first = orders.drop_duplicates(["order_id", "kind"], keep="first")
    schema = company.tables["orders"].schema
    pq.write_table(
        pa.Table.from_pandas(first, schema=schema, preserve_index=False), tmp_path / "without" / "orders.parquet"
    )
    ours = features_at(checked(tmp_path / "all"), company.as_of)
    other = features_at(checked(tmp_path / "without"), company.as_of)
    assert (ours.amount_ever != other.amount_ever).any()
