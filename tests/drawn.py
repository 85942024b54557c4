"""Drawn tests: a company's rows as a small table in the test, checked tables out.

    tables = checked(
        tmp_path,
        orders='''
            customer_id | order_id | happened_at      | amount
            ann         | o1       | 2024-03-01 10:00 | 20
            ann         | o2       | 2024-03-04 09:30 |
        ''',
    )
    past = history(tables, date(2024, 3, 5), load_window=timedelta(0), activity=("orders",))
    assert rows(past["orders"], "order_id", "days_ago") == [
        {"order_id": "o1", "days_ago": 4},
        {"order_id": "o2", "days_ago": 1},
    ]

Cells are separated by `|` and stripped; the first line names the columns; an empty cell is null. Times that carry no
zone are in the zone of the calendar (write `2024-03-10 07:00Z` to give a moment in UTC). The tables go through CSV
files and the real checks, as in production: what the contract refuses is quarantined and does not come out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pandas as pd
from ibis.backends.duckdb import Backend

from contract.calendar import Calendar
from contract.catalogue import TABLES
from contract.check import check_tables
from contract.checked import CheckedTables, open_checked
from contract.engine import EngineLimits, connect
from contract.mapping import CompanyMapping, SourceSpec, TableSpec
from contract.readiness import Readiness

#: The wall clock of drawn tests: later than anything drawn, so that nothing "lies in the future".
NOW = datetime(2100, 1, 1)
#: When a customer joined who is not drawn.
JOINED = "2000-01-01"


def checked(
    folder: Path,
    *,
    calendar: Calendar | None = None,
    activity: tuple[str, ...] = ("orders",),
    tolerated_bad_share: float = 1.0,
    delay_hours: float = 0.0,
    **tables: str,
) -> CheckedTables:
    """The drawn tables after the real checks, as `open_checked` opens them: one keyword a table of the contract.

    `delay_hours` is the delay of every table's source. Without `customers=` every customer_id that is drawn elsewhere
    joined at 2000-01-01. Calling it again with the same folder replaces the tables. The connection lives as long as
    the tables: `tables.frames["orders"].get_backend()`.
    """
    calendar = calendar or Calendar(zone="UTC")
    connection = connect(EngineLimits(memory="500MB", threads=1))
    check(
        folder,
        connection=connection,
        calendar=calendar,
        activity=activity,
        tolerated_bad_share=tolerated_bad_share,
        delay_hours=delay_hours,
        **tables,
    )
    return open_checked(connection, folder / "checked", calendar)


def check(
    folder: Path,
    *,
    connection: Backend | None = None,
    calendar: Calendar | None = None,
    activity: tuple[str, ...] = ("orders",),
    tolerated_bad_share: float = 1.0,
    delay_hours: float = 0.0,
    stale_after_days: int = 1_000_000,
    tolerated_shrinkage: float = 1.0,
    time_zone: str | None = "",
    as_of: date | None = None,
    now: datetime = NOW,
    made: Mapping[str, Callable[[Path], Path | None]] | None = None,
    **tables: str,
) -> Readiness:
    """What the checks say of the drawn tables. Clean rows go to folder/checked, the others to folder/quarantine.

    `time_zone` is the zone of times that carry none; None says none; the default is the calendar's. `made` gives tables
    that are made of the others.
    """
    calendar = calendar or Calendar(zone="UTC")
    frames = {name: _numbered(name, drawn(text)) for name, text in tables.items()}
    frames.setdefault("customers", _customers_of(frames))
    folder.mkdir(parents=True, exist_ok=True)
    sources, specs = {}, {}
    for name, frame in frames.items():
        frame.to_csv(folder / f"{name}.csv", index=False)
        sources[f"{name}_file"] = SourceSpec(kind="csv", path=f"{name}.csv")
        specs[name] = TableSpec(
            source=f"{name}_file",
            time_zone=calendar.zone if time_zone == "" else time_zone,
            delay_hours=delay_hours,
            tolerated_bad_share=tolerated_bad_share,
            stale_after_days=stale_after_days,
            tolerated_shrinkage=tolerated_shrinkage,
        )
    return check_tables(
        connection or connect(EngineLimits(memory="500MB", threads=1)),
        CompanyMapping(sources=sources, tables=specs, folder=folder),
        calendar=calendar,
        activity=activity,
        as_of=as_of,
        now=now,
        folder=folder / "checked",
        quarantine=folder / "quarantine",
        made=made,
    )


def drawn(text: str) -> pd.DataFrame:
    """A drawn table as a frame of texts: an empty cell is None. No bar at the ends of a line."""
    names, *body = ([cell.strip() for cell in line.split("|")] for line in text.strip().splitlines() if line.strip())
    for row in body:
        if len(row) != len(names):
            raise ValueError(f"{len(row)} cells where the header has {len(names)}: {' | '.join(row)}")
    return pd.DataFrame([[cell or None for cell in row] for row in body], columns=names, dtype=object)


def rows(table: ir.Table | pd.DataFrame, *columns: str) -> list[dict[str, Any]]:
    """Rows as plain dictionaries, to compare with a literal; `columns` chooses some of them.

    An Ibis table has no order: its rows come sorted by the columns as shown. A DataFrame keeps its own. Nulls and NaN
    are None, decimals floats.
    """
    if isinstance(table, ir.Table):
        shown = (table.select(*columns) if columns else table).execute()
        found = _plain(shown)
        return sorted(found, key=lambda row: [(value is not None, value) for value in row.values()])
    return _plain(table[list(columns)] if columns else table)


def _plain(frame: pd.DataFrame) -> list[dict[str, Any]]:
    columns = {str(name): [_plain_value(value) for value in frame[name]] for name in frame.columns}
    return [{name: values[number] for name, values in columns.items()} for number in range(len(frame))]


def _plain_value(value: Any) -> Any:
    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    return value.item() if isinstance(value, np.generic) else value


def _customers_of(frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    seen = sorted({name for frame in frames.values() for name in frame.customer_id.dropna()})
    return pd.DataFrame({"customer_id": seen, "joined_at": JOINED})


def _numbered(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """An order or contact that is drawn without its id gets its line's number: most tests do not care."""
    known = [column.name for column in TABLES[name].columns]
    strange = [column for column in frame.columns if column not in known]
    if strange:
        raise ValueError(f"{name} has no column {strange[0]}; it has {', '.join(known)}")
    key = TABLES[name].key[0]
    if key in frame or key == "customer_id":
        return frame
    return frame.assign(**{key: [f"{key}-{number}" for number in range(1, len(frame) + 1)]})
