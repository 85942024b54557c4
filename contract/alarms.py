"""What is wrong with a table as a whole: too many bad rows, rows or values that are gone since last time, staleness."""

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
from contract.said import Name, marked, said
from contract.staging import Mapped
from contract.table import Table

#: Below so many values a column's coming and going says nothing.
FEW_VALUES = 20


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
    is_made: bool = False,
) -> list[Finding]:
    """What the numbers of rows and the clean rows in `file` say of the table. `currency` is the company's, if any. A
    table that `is_made` of others has nothing in a column where there was too little to make it of."""

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
        cure: str = said("check {key}: its select gives no row", key=f"tables.{table.name}")
        return [finding(None, marked("the table is empty"), 0, None, cure, stop=True)]
    findings = []
    if quarantined > spec.tolerated_bad_share * rows_read:
        cure = said(
            "mend these rows, or raise {key} if you can live with it", key=f"tables.{table.name}.tolerated_bad_share"
        )
        problem = said("more bad rows than tolerated ({share:.1%})", share=spec.tolerated_bad_share)
        findings.append(finding(None, problem, quarantined, None, cure, stop=True))
    if not clean_rows:
        cure = marked(
            "mend the rows, which lie in quarantine with their reasons, or leave the table out of the mapping"
        )
        return [*findings, finding(None, marked("no sound row is left"), quarantined, None, cure, stop=True)]
    read = f"read_parquet({literal(str(file))})"
    counts = ", ".join(f"count({quoted(name)})" for name in mapped.from_source)
    if counts and not is_made:
        filled = first_row(connection, f"SELECT {counts} FROM {read}")
        findings += [
            finding(
                name,
                marked("always empty"),
                clean_rows,
                None,
                marked("map another column, or leave it out"),
                stop=False,
            )
            for name, count in zip(mapped.from_source, filled, strict=True)
            if not count
        ]
    if "currency" in mapped.typed:
        sql = f"SELECT currency, count(*) FROM {read} WHERE amount IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1"
        currencies = connection.raw_sql(sql).fetchall()
        if len(currencies) > 1:
            shown = ", ".join(f"{name or 'none'} ({rows} rows)" for name, rows in currencies[:5])
            others = sum(rows for _, rows in currencies[1:])
            cure = marked("amounts are added up, so they must be in one currency: convert them in the select")
            findings.append(finding("currency", marked("mixed currencies"), others, shown, cure, stop=True))
        elif currency and currencies and currencies[0][0] not in (None, currency):
            theirs, rows = currencies[0]
            shown = said(
                "these rows say {theirs}, and company.currency says {currency}", theirs=theirs, currency=currency
            )
            cure = said(
                "set company.currency to what the amounts are in, or convert them in {key}",
                key=f"tables.{table.name}.sql",
            )
            other = marked("another currency than the company's")
            findings.append(finding("currency", other, rows, shown, cure, stop=True))
    return findings


def shrunken(name: str, rows: int, baseline: int, spec: TableSpec) -> list[Finding]:
    """`baseline` is how many clean rows the last check had that found nothing to stop for."""
    if rows >= baseline * (1 - spec.tolerated_shrinkage):
        return []
    return [
        Finding(
            table=name,
            column=None,
            problem=marked("fewer rows than at the last good check"),
            rows=baseline - rows,
            of_rows=baseline,
            example=said("{then} then, {now} now", then=baseline, now=rows),
            cure=said(
                "a load may be missing; if it is right, raise {key} for one run",
                key=f"tables.{name}.tolerated_shrinkage",
            ),
            severity="stop",
        )
    ]


def emptied(name: str, now: CheckedTable, then: CheckedTable, spec: TableSpec) -> list[Finding]:
    """Columns that lost more of their values than the table lost rows, since the last check `then` that found nothing
    to stop for: renamed at the source, or no longer filled. Models that learned from them would go on with nothing."""
    rows_kept = min(1.0, now.rows / then.rows)
    return [
        Finding(
            table=name,
            column=column,
            problem=marked("fewer values than at the last good check"),
            rows=values - now.values.get(column, 0),
            of_rows=values,
            example=said("{then} then, {now} now", then=values, now=now.values.get(column, 0)),
            cure=said(
                "the column may have been renamed, or be filled no longer: map it again under {columns}; if it is "
                "right, raise {key} for one run",
                columns=f"tables.{name}.columns",
                key=f"tables.{name}.tolerated_shrinkage",
            ),
            severity="stop",
        )
        for column, values in then.values.items()
        if values >= FEW_VALUES and now.values.get(column, 0) < values * rows_kept * (1 - spec.tolerated_shrinkage)
    ]


def no_activity(activity: tuple[str, ...], about: Mapping[str, CheckedTable]) -> list[Finding]:
    if any(name in about for name in activity):
        return []
    return [
        Finding(
            table=activity[0] if activity else "orders",
            column=None,
            problem=marked("no activity to learn from"),
            rows=0,
            of_rows=0,
            example=None,
            cure=said(
                "map at least one of the tables that say that a customer is active ({tables}), with sound rows",
                tables=tuple(map(Name, activity)),
            ),
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
                    problem=said("stale: nothing in the {days} days before {as_of}", days=behind - 1, as_of=as_of),
                    rows=0,
                    of_rows=checked.rows,
                    example=said("the last row is of {day}", day=from_day_number(checked.ends_on)),
                    cure=said(
                        "load the newer rows, choose an earlier as_of, or raise {key}",
                        key=f"tables.{name}.stale_after_days",
                    ),
                    severity="stop" if name in activity else "warning",
                )
            )
    return findings
