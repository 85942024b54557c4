"""The order of dates between tables: nothing comes before the customer joined, no usage before its subscription began.

A few such rows are in most companies' data, and go into quarantine. Many say that one of the two dates is not what the
mapping takes it for; nothing can be learned from them then, so they stop the run.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from ibis.backends.duckdb import Backend

from contract.calendar import Calendar, from_day_number
from contract.engine import first_row, literal, quoted, run
from contract.mapping import TableSpec
from contract.readiness import Finding
from contract.said import marked, said
from contract.staging import Mapped
from contract.table import Table


@dataclass(frozen=True, kw_only=True)
class NotBefore:
    """Rows of `tables` cannot have happened before the earliest `since` of the rows of `other` with the same `by`.

    Local days are compared: a sign-up at noon and a usage that is dated midnight are of one day. A row that has no
    match in `other` is not judged.
    """

    tables: tuple[str, ...]
    by: str
    other: str
    since: str
    problem: str
    cure: str


AFTER_JOINING = NotBefore(
    tables=("subscriptions", "orders", "usage", "contacts", "cases", "surveys", "reviews", "payments", "text_scores"),
    by="customer_id",
    other="customers",
    since="joined_at",
    problem=marked("before its customer joined"),
    cure=marked(
        "customers.joined_at may be the date of a migration, or of a registration after the first orders: map the "
        "true date, or the earlier of it and the customer's first row; or leave what people did before they were "
        "customers out of the select"
    ),
)
# There is no such order at the end: people look in once more, and an end is often dated by when it was asked for.
AFTER_SUBSCRIBING = NotBefore(
    tables=("usage",),
    by="subscription_id",
    other="subscriptions",
    since="started_at",
    problem=marked("before its subscription began"),
    cure=marked(
        "subscriptions.started_at may be the date of the last renewal or of a migration: map the first; or the usage "
        "has the subscription_id of another subscription, or a wrong date: mend it where it is written"
    ),
)
NOT_BEFORE: tuple[NotBefore, ...] = (AFTER_JOINING, AFTER_SUBSCRIBING)


def settle_dates(
    connection: Backend,
    table: Table,
    spec: TableSpec,
    mapped: Mapped,
    staged: str,
    rows_read: int,
    *,
    calendar: Calendar,
    folder: Path,
) -> list[Finding]:
    """Rows that come before what they belong to go aside. `folder` has the checked tables that were read before."""
    column = "happened_at" if "happened_at" in mapped.given else str(table.happened_from)
    findings = []
    for rule in NOT_BEFORE:
        file = folder / f"{rule.other}.parquet"
        if table.name not in rule.tables or not file.exists():
            continue
        _find_early(connection, table, rule, staged, file, calendar)
        rows, row_number, happened_at, day, whose = first_row(
            connection,
            f"""SELECT count(*), min(row_number), arg_min(happened_at, row_number), arg_min(day, row_number),
                       arg_min({quoted(rule.by)}, row_number) FROM _early""",
        )
        if not rows:
            continue
        reason = literal(f"{column}: {rule.problem}")
        run(connection, f"INSERT INTO _fate SELECT row_number, 'early', {reason} FROM _early")
        since = f"{rule.other}.{rule.since}" + ("" if table.column(rule.by).personal else f" of {whose!r}")
        findings.append(
            Finding(
                table=table.name,
                column=column,
                problem=rule.problem,
                rows=rows,
                of_rows=rows_read,
                example=said(
                    "row {number}: it is of {happened}, and {since} is {day}",
                    number=row_number,
                    happened=calendar.local_day(happened_at),
                    since=since,
                    day=from_day_number(day),
                ),
                cure=said(
                    "{cure}; if it is by one day, look at time_zone; or raise {key}, and do without these rows",
                    cure=rule.cure,
                    key=f"tables.{table.name}.tolerated_bad_share",
                ),
                # Beyond what is tolerated the run stops for them; this says why, so it stands beside that.
                severity="stop" if rows > spec.tolerated_bad_share * rows_read else "warning",
            )
        )
    return findings


def _find_early(
    connection: Backend, table: Table, rule: NotBefore, staged: str, file: Path, calendar: Calendar
) -> None:
    """Into _early: one row a row that comes too early and is no dropped copy, with the day that it must not precede.

    The midnights of those days are asked of the calendar, once each, so that the many rows are compared as they are.
    """
    by, since_day = quoted(rule.by), quoted(f"{rule.since}_day")
    others = f"read_parquet({literal(str(file))})"
    days = [day for (day,) in connection.raw_sql(f"SELECT DISTINCT {since_day} FROM {others}").fetchall()]
    midnights = pd.DataFrame({"day": days, "midnight": [calendar.midnight(from_day_number(day)) for day in days]})
    connection.con.register("_midnights", midnights.astype({"midnight": "datetime64[us]"}))
    # A table of its own: in one query the engine may first pair every row with every midnight.
    run(
        connection,
        f"""CREATE OR REPLACE TEMP TABLE _began AS SELECT {by}, day, midnight
        FROM (SELECT {by}, min({since_day}) AS day FROM {others} GROUP BY {by}) JOIN _midnights USING (day)""",
    )
    connection.con.unregister("_midnights")
    sound = f"SELECT * EXCLUDE (broken, raw) FROM {staged} WHERE len(broken) = 0"
    run(connection, f"CREATE OR REPLACE TEMP VIEW _sound AS {sound}")
    run(
        connection,
        f"""CREATE OR REPLACE TEMP TABLE _early AS SELECT row_number, {by}, happened_at, day
        FROM ({_judged(connection, table)}) JOIN _began USING ({by}) WHERE happened_at < midnight""",
    )
    run(connection, "DROP VIEW _sound")
    run(connection, "DELETE FROM _early WHERE row_number IN (SELECT row_number FROM _fate WHERE fate = 'duplicate')")


def _judged(connection: Backend, table: Table) -> str:
    """The sound rows that are held to an order. What the company began is not: it also calls people to win them."""
    if table.company_made is None:
        return "SELECT * FROM _sound"
    rows = connection.table("_sound")
    return str(connection.compile(rows.filter(~table.company_made(rows))))
