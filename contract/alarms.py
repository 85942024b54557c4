"""What is wrong with a table as a whole: empty, too many bad rows, columns without a value, shrunken, stale."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from ibis.backends.duckdb import Backend

from contract.calendar import day_number, from_day_number
from contract.catalogue import TABLES
from contract.checked import CheckedTable
from contract.engine import first_row, literal, quoted
from contract.mapping import TableSpec
from contract.readiness import Finding
from contract.staging import Mapped
from contract.table import Table


def whole_findings(
    connection: Backend,
    table: Table,
    spec: TableSpec,
    mapped: Mapped,
    *,
    rows_read: int,
    quarantined: int,
    clean_rows: int,
    file: Path,
    currency: str | None = None,
) -> list[Finding]:
    """What the numbers of rows and the clean rows in `file` say of the table. `currency` is the company's, if any."""

    def finding(column: str | None, problem: str, rows: int, example: str | None, cure: str, *, stop: bool) -> Finding:
        return Finding(
            table=table.name,
            column=column,
            problem=problem,
            rows=rows,
            of_rows=rows_read,
            example=example,
            cure=cure,
            severity="stop" if stop else "warning",
        )

    if not rows_read:
        cure = f"check tables.{table.name}: its select gives no row"
        return [finding(None, "the table is empty", 0, None, cure, stop=True)]
    findings = []
    if quarantined > spec.tolerated_bad_share * rows_read:
        cure = f"mend these rows, or raise tables.{table.name}.tolerated_bad_share if you can live with it"
        problem = f"more bad rows than tolerated ({spec.tolerated_bad_share:.1%})"
        findings.append(finding(None, problem, quarantined, None, cure, stop=True))
    if not clean_rows:
        cure = "mend the rows, which lie in quarantine with their reasons, or leave the table out of the mapping"
        return [*findings, finding(None, "no sound row is left", quarantined, None, cure, stop=True)]
    read = f"read_parquet({literal(str(file))})"
    mapped_columns = [name for name, sql in mapped.given.items() if not sql.startswith("'")]
    counts = ", ".join(f"count({quoted(name)})" for name in mapped_columns)
    if counts:
        filled = first_row(connection, f"SELECT {counts} FROM {read}")
        findings += [
            finding(name, "always empty", clean_rows, None, "map another column, or leave it out", stop=False)
            for name, count in zip(mapped_columns, filled, strict=True)
            if not count
        ]
    if "currency" in mapped.typed:
        sql = f"SELECT currency, count(*) FROM {read} WHERE amount IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1"
        currencies = connection.raw_sql(sql).fetchall()
        if len(currencies) > 1:
            shown = ", ".join(f"{name or 'none'} ({rows} rows)" for name, rows in currencies[:5])
            others = sum(rows for _, rows in currencies[1:])
            cure = "amounts are added up, so they must be in one currency: convert them in the select"
            findings.append(finding("currency", "mixed currencies", others, shown, cure, stop=True))
        elif currency and currencies and currencies[0][0] not in (None, currency):
            theirs, rows = currencies[0]
            shown = f"these rows say {theirs}, and company.currency says {currency}"
            cure = f"set company.currency to what the amounts are in, or convert them in tables.{table.name}.sql"
            findings.append(finding("currency", "another currency than the company's", rows, shown, cure, stop=True))
    return findings


def shrunken(name: str, rows: int, baseline: int | None, spec: TableSpec) -> list[Finding]:
    """`baseline` is how many clean rows the last check had that found nothing to stop for."""
    if baseline is None or rows >= baseline * (1 - spec.tolerated_shrinkage):
        return []
    return [
        Finding(
            table=name,
            column=None,
            problem="fewer rows than at the last good check",
            rows=baseline - rows,
            of_rows=baseline,
            example=f"{baseline} then, {rows} now",
            cure=f"a load may be missing; if it is right, raise tables.{name}.tolerated_shrinkage for one run",
            severity="stop",
        )
    ]


def no_activity(activity: tuple[str, ...], about: Mapping[str, CheckedTable]) -> list[Finding]:
    if any(name in about for name in activity):
        return []
    named = ", ".join(activity)
    return [
        Finding(
            table=activity[0] if activity else "orders",
            column=None,
            problem="no activity to learn from",
            rows=0,
            of_rows=0,
            example=None,
            cure=f"map at least one of the tables that say that a customer is active ({named}), with sound rows",
            severity="stop",
        )
    ]


def stale(
    about: Mapping[str, CheckedTable], specs: Mapping[str, TableSpec], *, activity: tuple[str, ...], as_of: date
) -> list[Finding]:
    """Events that no longer come. (What lasts, as customers and subscriptions, may well be without a new row.)"""
    findings = []
    for name, checked in about.items():
        behind = day_number(as_of) - checked.ends_on
        if TABLES[name].happened_from is None and behind > specs[name].stale_after_days:
            findings.append(
                Finding(
                    table=name,
                    column="happened_at",
                    problem=f"stale: nothing in the {behind - 1} days before {as_of}",
                    rows=0,
                    of_rows=checked.rows,
                    example=f"the last row is of {from_day_number(checked.ends_on)}",
                    cure=f"load the newer rows, choose an earlier as_of, or raise tables.{name}.stale_after_days",
                    severity="stop" if name in activity else "warning",
                )
            )
    return findings
