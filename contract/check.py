"""Check a company's rows against the contract: let the good through, put the bad into quarantine with the reason.

Read = clean + quarantined + exact duplicates dropped, table by table, and the report says so. Nothing is dropped
silently, nothing is guessed.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
from ibis.backends.duckdb import Backend

from contract.alarms import emptied, no_activity, shrunken, stale, whole_findings
from contract.calendar import Calendar, day_number, from_day_number, hours_of_day
from contract.catalogue import ACTIVITY_TABLES, TABLES
from contract.checked import CheckedTable, new_set, publish_set, read_last_good
from contract.engine import first_number, first_row, is_exhausted, literal, quoted, run, told
from contract.fates import settle_keys, settle_orphans
from contract.mapping import CompanyMapping, TableSpec
from contract.order_of_dates import settle_dates
from contract.readiness import CannotRead, Finding, Readiness, TableReadiness
from contract.sources.catalogue import open_sources
from contract.staging import Mapped, map_table, rule_findings, staging_sql
from contract.table import Table


@dataclass(frozen=True, kw_only=True)
class _Clean:
    """What was written of a table."""

    rows: int
    values: Mapping[str, int]
    customers: int
    starts_on: int
    ends_on: int
    has_versions: bool
    first_happened: str | None
    last_happened: str | None
    last_known: str | None


def check_tables(
    connection: Backend,
    mapping: CompanyMapping,
    *,
    calendar: Calendar,
    activity: tuple[str, ...],
    as_of: date | None,
    now: datetime,
    folder: Path,
    quarantine: Path,
    currency: str | None = None,
    made: Mapping[str, Callable[[Path], Path | None]] | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Readiness:
    """Read every mapped table, check it, and write the clean rows to `folder` and the others to `quarantine`.

    `as_of` is the moment by which staleness is judged, or None for the newest that the data allow; `now` is the wall
    clock in naive UTC, by which a date can lie in the future; `currency` is the company's, where it states one. `made`
    gives the tables that are made of the others, each from the folder with the clean ones: a Parquet file in the
    columns of the contract, or None where there is nothing to make it of; a company that maps the table itself has its
    own. Raises CannotRead when a source, a column or a time zone is missing, so that nothing could be said about rows
    at all.

    The checked tables of a folder are replaced all at once, at the very end: a check that dies, or raises, leaves those
    of the last finished check, and open_checked opens them. A finished check replaces them even when it found something
    to stop for, so that the report and the tables belong together: the caller stops on `not readiness.ready`, and the
    tables say `ready=False` to whoever opens them later. The numbers of rows and values by which shrinkage is judged
    stay those of the last check without a stop: a load that is missing stops tomorrow's run as well as tonight's.
    """
    strange = [name for name in activity if name not in ACTIVITY_TABLES]
    if strange:
        raise CannotRead(
            f"{strange[0]} cannot say that a customer is active; choose activity among {', '.join(ACTIVITY_TABLES)}"
        )
    open_sources(connection, mapping)
    last_good = read_last_good(folder)
    target = new_set(folder)
    aside = target / "quarantine"
    aside.mkdir()
    tables: list[TableReadiness] = []
    findings: list[Finding] = []
    about: dict[str, CheckedTable] = {}
    for name in (name for name in TABLES if name in mapping.tables):
        progress(f"checking {name}")
        checked, report, wrong = _check_table(
            connection,
            TABLES[name],
            mapping.tables[name],
            calendar=calendar,
            now=now,
            target=target,
            aside=aside,
            currency=currency,
        )
        tables.append(report)
        findings += wrong
        if name in last_good:
            findings += shrunken(name, report.rows_clean, last_good[name].rows, mapping.tables[name])
        if checked is not None:
            about[name] = checked
            if name in last_good:
                findings += emptied(name, checked, last_good[name], mapping.tables[name])
    specs = dict(mapping.tables)
    for name, make in (made or {}).items():
        file = None if name in mapping.tables else make(target)
        if file is None:
            continue
        specs[name] = _spec_of_made(connection, name, file)
        checked, report, wrong = _check_table(
            connection,
            TABLES[name],
            specs[name],
            calendar=calendar,
            now=now,
            target=target,
            aside=aside,
            currency=currency,
            is_made=True,
        )
        file.unlink()
        tables.append(report)
        findings += wrong
        if checked is not None:
            about[name] = checked
    findings += no_activity(activity, about)
    present = [about[name].ends_on for name in activity if name in about]
    decided = as_of or (from_day_number(max(present) + 1) if present else calendar.local_day(now))
    findings += stale(about, specs, activity=activity, as_of=decided)
    order = {"stop": 0, "warning": 1, "note": 2}
    findings.sort(key=lambda finding: order[finding.severity])
    ready = all(finding.severity != "stop" for finding in findings)
    _replace_quarantine(aside, quarantine)
    publish_set(target, about, calendar, ready=ready, last_good=last_good)
    return Readiness(as_of=decided.isoformat(), tables=tuple(tables), findings=tuple(findings))


def _spec_of_made(connection: Backend, name: str, file: Path) -> TableSpec:
    """How a made table is read: it is as old and as long as those that it is made of, which is told of them."""
    connection.read_parquet(file, table_name=f"made_{name}")
    return TableSpec(source=f"made_{name}", time_zone="UTC", stale_after_days=10**6, tolerated_shrinkage=1.0)


def _check_table(
    connection: Backend,
    table: Table,
    spec: TableSpec,
    *,
    calendar: Calendar,
    now: datetime,
    target: Path,
    aside: Path,
    currency: str | None,
    is_made: bool = False,
) -> tuple[CheckedTable | None, TableReadiness, list[Finding]]:
    mapped = map_table(connection, table, spec, now=now)
    file = target / f"{table.name}.parquet"
    staged_file = target / f"{table.name}.staged.parquet"
    staged = f"read_parquet({literal(str(staged_file))})"
    try:
        run(connection, f"COPY ({staging_sql(mapped)}) TO {literal(str(staged_file))} (FORMAT parquet)")
    except duckdb.Error as error:
        if is_exhausted(error):
            raise
        # Without the engine's error as the cause: a traceback would show the values that it quotes.
        raise CannotRead(
            f"table {table.name}: its rows cannot be read ({told(error)}); mend the source or tables.{table.name}"
        ) from None
    rows_read = first_number(connection, f"SELECT count(*) FROM {staged}")
    findings = rule_findings(connection, table, mapped, staged, rows_read)
    findings += settle_keys(connection, table, staged, rows_read, knows_when=mapped.knows_when)
    findings += settle_orphans(connection, table, staged, rows_read, target)
    findings += settle_dates(connection, table, spec, mapped, staged, rows_read, calendar=calendar, folder=target)
    clean = _write_clean(connection, table, mapped, staged, calendar, file)
    quarantined = _write_quarantine(connection, table, mapped, staged, aside / f"{table.name}.parquet")
    staged_file.unlink()
    findings += whole_findings(
        connection,
        table,
        spec,
        mapped,
        rows_read=rows_read,
        quarantined=quarantined,
        clean_rows=clean.rows,
        file=file,
        currency=currency,
        is_made=is_made,
    )
    report = TableReadiness(
        table=table.name,
        rows_read=rows_read,
        rows_clean=clean.rows,
        rows_quarantined=quarantined,
        duplicates_dropped=rows_read - clean.rows - quarantined,
        customers=clean.customers,
        first_happened=clean.first_happened,
        last_happened=clean.last_happened,
        last_known=clean.last_known,
    )
    if not clean.rows:
        return None, report, findings
    checked = CheckedTable(
        rows=clean.rows,
        values=clean.values,
        starts_on=clean.starts_on,
        # A row dated a few hours ahead is let through (clocks differ), but does not move the newest as_of past today.
        ends_on=min(clean.ends_on, day_number(calendar.local_day(now))),
        has_versions=clean.has_versions,
        delay_seconds=spec.delay_hours * 3600,
    )
    return checked, report, findings


# What is written


def _write_clean(
    connection: Backend, table: Table, mapped: Mapped, staged: str, calendar: Calendar, file: Path
) -> _Clean:
    lost = "SELECT row_number FROM _fate WHERE fate <> 'version'"
    sound = f"(SELECT * FROM {staged} WHERE len(broken) = 0 AND row_number NOT IN ({lost}))"
    # A case may be closed long after the last one was opened: the calendar covers every moment whose hours are told.
    moments = ["happened_at", *(quoted(column.name) for column in table.timed)]
    first, last = first_row(
        connection,
        f"""SELECT least({", ".join(f"min({moment})" for moment in moments)}),
                   greatest({", ".join(f"max({moment})" for moment in moments)}) FROM {sound}""",
    )
    if first is None:
        return _Clean(
            rows=0,
            values={},
            customers=0,
            starts_on=0,
            ends_on=0,
            has_versions=False,
            first_happened=None,
            last_happened=None,
            last_known=None,
        )
    days = calendar.days(first.date() - timedelta(days=1), last.date() + timedelta(days=1))
    connection.con.register("_days", days)
    columns = ", ".join(f"s.{quoted(column.name)}" for column in table.columns)
    dated = "".join(
        f", {_local_day(quoted(column.name), calendar)} AS {quoted(column.name + '_day')}"
        for column in table.timestamps
    )
    opens, closes = hours_of_day(calendar.opens), hours_of_day(calendar.closes)
    key = ", ".join(f"s.{quoted(name)}" for name in table.key if name not in ("customer_id", "happened_at"))
    local = _local("happened_at", calendar)
    hours = _business_hours("local", "d", opens, closes)
    timed = "".join(
        f""", (SELECT {_business_hours(_local(f"s.{column.name}", calendar), "t", opens, closes)}
              FROM _days t WHERE t.local_day = {_local_day(f"s.{column.name}", calendar)})
              AS {quoted(f"{column.name}_business_hours")}"""
        for column in table.timed
    )
    run(
        connection,
        f"""COPY (
          SELECT {columns}{dated}{timed}, CAST(s.local_day AS INTEGER) AS local_day,
                 CAST(d.local_weekday AS INTEGER) AS local_weekday, CAST(hour(local) AS INTEGER) AS local_hour,
                 d.is_weekend, d.is_holiday,
                 {hours} AS business_hours,
                 coalesce(f.fate = 'version', false) AS is_versioned
          FROM (SELECT *, {local} AS local, {_local_day("happened_at", calendar)} AS local_day FROM {sound}) s
          JOIN _days d USING (local_day) LEFT JOIN _fate f USING (row_number)
          ORDER BY s.customer_id, s.happened_at{", " + key if key else ""}, s.known_at
        ) TO {literal(str(file))} (FORMAT parquet, COMPRESSION zstd)""",
    )
    connection.con.unregister("_days")
    values = "".join(f", count({quoted(name)})" for name in mapped.from_source)
    row = first_row(
        connection,
        f"""SELECT count(*), count(DISTINCT customer_id), min(local_day), max(local_day), bool_or(is_versioned),
                   CAST(min(happened_at) AS VARCHAR), CAST(max(happened_at) AS VARCHAR), CAST(max(known_at) AS VARCHAR)
                   {values}
            FROM read_parquet({literal(str(file))})""",
    )
    return _Clean(
        rows=row[0],
        values=dict(zip(mapped.from_source, row[8:], strict=True)),
        customers=row[1],
        starts_on=row[2],
        ends_on=row[3],
        has_versions=row[4],
        first_happened=row[5],
        last_happened=row[6],
        last_known=row[7],
    )


def _local(moment: str, calendar: Calendar) -> str:
    return f"timezone({literal(calendar.zone)}, timezone('UTC', {moment}))"


def _local_day(moment: str, calendar: Calendar) -> str:
    return f"CAST(date_diff('day', DATE '1970-01-01', CAST({_local(moment, calendar)} AS DATE)) AS INTEGER)"


def _business_hours(local: str, day: str, opens: float, closes: float) -> str:
    """Working hours from 1970-01-01 to a local moment, whose day of the calendar is the relation `day`."""
    since_midnight = f"(hour({local}) + minute({local}) / 60.0 + second({local}) / 3600.0)"
    return f"""CAST({day}.business_hours_before + CASE WHEN {day}.is_working_day
        THEN greatest(0, least({closes}, {since_midnight}) - {opens}) ELSE 0 END AS DOUBLE)"""


def _write_quarantine(connection: Backend, table: Table, mapped: Mapped, staged: str, file: Path) -> int:
    """One row a row that broke the contract: its number in the source, the reasons, and its values as JSON."""
    texts = [f"{rule.column}: {rule.problem}" for rule in mapped.rules]
    reasons = f"list_transform(broken, lambda number: ([{', '.join(map(literal, texts)) or literal('')}])[number + 1])"
    typed = ", ".join(f"{literal(c.name)}, CAST({quoted(c.name)} AS VARCHAR)" for c in table.columns)
    run(
        connection,
        f"""COPY (
          SELECT row_number, array_to_string({reasons}, '; ') AS reasons, raw AS row
          FROM {staged} WHERE len(broken) > 0
          UNION ALL
          SELECT row_number, why, json_object({typed})
          FROM {staged} JOIN (
            SELECT row_number, array_to_string(list_sort(list(reason)), '; ') AS why
            FROM _fate WHERE reason IS NOT NULL GROUP BY row_number
          ) USING (row_number)
          ORDER BY row_number
        ) TO {literal(str(file))} (FORMAT parquet, COMPRESSION zstd)""",
    )
    rows = first_number(connection, f"SELECT count(*) FROM read_parquet({literal(str(file))})")
    if not rows:
        file.unlink()
    return rows


def _replace_quarantine(aside: Path, quarantine: Path) -> None:
    """The quarantine holds what the last finished check put there, and nothing older."""
    quarantine.mkdir(parents=True, exist_ok=True)
    for name in TABLES:
        file = aside / f"{name}.parquet"
        if file.exists():
            shutil.move(file, quarantine / file.name)
        else:
            (quarantine / file.name).unlink(missing_ok=True)
    aside.rmdir()
