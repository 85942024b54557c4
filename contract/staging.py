"""One row a row read: a company's columns brought to the contract's names and types, with the rules that it breaks."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb
from ibis.backends.duckdb import Backend

from contract.casts import is_empty, typed_value
from contract.engine import first_row, literal, quoted, told
from contract.mapping import ColumnSpec, TableSpec
from contract.readiness import CannotRead, Finding
from contract.said import Name, marked, said
from contract.table import Column, Table

EARLIEST = datetime(1970, 1, 2)
#: Clocks differ between systems; more than this ahead of the wall clock is a wrong date.
FUTURE_TOLERANCE = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One thing that can be wrong with a row: SQL that is true where it is, and the words for it."""

    column: str
    problem: str
    broken: str
    cure: str


@dataclass(frozen=True, kw_only=True)
class Mapped:
    """A table of the contract as SQL: what the company gives, the same typed, and the rules to hold it to."""

    relation: str
    given: Mapping[str, str]
    typed: Mapping[str, str]
    rules: tuple[Rule, ...]
    knows_when: bool

    @property
    def from_source(self) -> tuple[str, ...]:
        """The columns that the source fills: the others have one value in every row, the default or the mapping's."""
        return tuple(name for name, sql in self.given.items() if not sql.startswith("'"))


def map_table(connection: Backend, table: Table, spec: TableSpec, *, now: datetime) -> Mapped:
    try:
        relation = f"({_one_select(connection, table, spec.sql)})" if spec.sql else quoted(str(spec.source))
        described = connection.raw_sql(f"DESCRIBE SELECT * FROM {relation}").fetchall()
    except duckdb.Error as error:
        # Without the engine's error as the cause: a traceback would show the values that it quotes.
        raise CannotRead(
            f"table {table.name}: its select cannot be run ({told(error)}); mend tables.{table.name}"
        ) from None
    types = {str(row[0]): str(row[1]) for row in described}
    specs = _column_specs(table, spec, types)
    given: dict[str, str] = {}
    typed: dict[str, str] = {}
    rules: list[Rule] = []
    for column in table.columns:
        entry = specs.get(column.name)
        if entry is None and column.default is not None:
            entry = ColumnSpec(value=column.default)
        if entry is None and column.name == "happened_at" and table.happened_from:
            typed["happened_at"] = typed[table.happened_from]
            continue
        if entry is None and column.required:
            raise CannotRead(
                f"table {table.name}: column {column.name} ({column.meaning}) is required and not mapped; "
                f"write it under [tables.{table.name}.columns]. The source {_names_told(table, spec, types)}"
            )
        if entry is None:
            typed[column.name] = f"CAST(NULL AS {column.sql_type})"
            continue
        given[column.name] = literal(entry.value) if entry.value is not None else quoted(str(entry.column))
        given_type = "VARCHAR" if entry.value is not None else types[str(entry.column)]
        typed[column.name] = typed_value(table, column, _raw(column.name), given_type, entry, spec)
        rules += _column_rules(table, column, given_type, now)
    _ensure_dated(table, given)
    knows_when = "known_at" in given
    typed["known_at"] = (
        f"coalesce({typed['known_at']}, {typed['happened_at']} + INTERVAL {round(spec.delay_hours * 3600)} SECOND)"
    )
    if knows_when:
        rules.append(
            Rule(
                column="known_at",
                problem=marked("known before it happened"),
                broken="known_at < happened_at",
                cure=marked(
                    "known_at is when your systems first had the row; leave it out and give delay_hours instead"
                ),
            )
        )
    return Mapped(relation=relation, given=given, typed=typed, rules=tuple(rules), knows_when=knows_when)


def _ensure_dated(table: Table, given: Mapping[str, str]) -> None:
    """A value that is filled in later, and nobody knows when, would be empty at every moment without a word."""
    for column in table.own_columns:
        if column.name in given and column.dated_by and column.dated_by not in given:
            raise CannotRead(
                f"table {table.name}: column {column.name} counts from its {column.dated_by} on, and that is not "
                f"mapped; map tables.{table.name}.columns.{column.dated_by} (to happened_at's column, where the value "
                "is there from the start), or leave both out"
            )


def _one_select(connection: Backend, table: Table, sql: str) -> str:
    """The select without its semicolon. Anything that could write is refused: sources are read, never changed."""
    statements = connection.con.extract_statements(sql)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise CannotRead(
            f"table {table.name}: its sql must be one select and nothing else; mend tables.{table.name}.sql"
        )
    # On a line of its own: the select may end in a comment.
    return str(sql).strip().rstrip(";") + "\n"


def _column_specs(table: Table, spec: TableSpec, types: Mapping[str, str]) -> dict[str, ColumnSpec]:
    """The mapping as given; without one, the source's columns that already bear the contract's names.

    As in SQL, capital letters do not matter.
    """
    in_source = {name.lower(): name for name in types}
    if spec.columns is None:
        return {
            column.name: ColumnSpec(column=in_source[column.name])
            for column in table.columns
            if column.name in in_source
        }
    specs: dict[str, ColumnSpec] = {}
    for name, entry in spec.columns.items():
        specs[name] = entry
        if entry.column is None:
            continue
        if entry.column.lower() in in_source:
            specs[name] = entry.model_copy(update={"column": in_source[entry.column.lower()]})
        else:
            near = difflib.get_close_matches(entry.column.lower(), in_source, n=1)
            hint = f"did you mean {in_source[near[0]]}?" if near else f"it {_names_told(table, spec, types)}."
            raise CannotRead(
                f"table {table.name}: column {name} is mapped to {entry.column}, which the source does not have; "
                f"{hint} Mend tables.{table.name}.columns.{name}"
            )
    return specs


def _names_told(table: Table, spec: TableSpec, types: Mapping[str, str]) -> str:
    """The names of the source's columns, unless they may be a customer's: a file without a header line gives its first
    row for them. So of texts alone, of which not one is asked for, no name is told."""
    asked = {column.name for column in table.columns}
    asked |= {entry.column.lower() for entry in (spec.columns or {}).values() if entry.column}
    if all(kind == "VARCHAR" for kind in types.values()) and not any(name.lower() in asked for name in types):
        return f"has {len(types)} other columns (not named here: without a header line they are the first row's values)"
    return f"has {', '.join(types)}"


def _raw(name: str) -> str:
    """How the staging select calls a value as the company gave it."""
    return quoted(f"raw {name}")


def _column_rules(table: Table, column: Column, given_type: str, now: datetime) -> list[Rule]:
    name, empty = quoted(column.name), is_empty(_raw(column.name))
    rules: list[Rule] = []

    def rule(problem: str, broken: str, cure: str) -> None:
        rules.append(Rule(column=column.name, problem=problem, broken=broken, cure=cure))

    if column.required:
        cure = said("every row needs {meaning}; fill it, or leave such rows out of the select", meaning=column.meaning)
        rule(marked("empty"), empty, cure)
    if column.type != "text":
        cure = said("write it as {kind}, or convert it with a SQL select", kind=_in_words(column))
        if column.type in ("integer", "decimal"):
            example = "1234" if column.type == "integer" else "1234.5"
            cure = said(
                "write it as {kind}, as {example}: no comma between thousands, no currency, no unit",
                kind=_in_words(column),
                example=example,
            )
        if column.type == "timestamp" and given_type == "VARCHAR":
            cure = said(
                "write times as {example}, or give their format; times without a zone need time_zone, under {section}",
                example="2026-01-31 14:05",
                section=f"[tables.{table.name}]",
            )
        rule(said("not {kind}", kind=_in_words(column)), f"NOT {empty} AND {name} IS NULL", cure)
    if column.allowed:
        rule(
            said("not one of {allowed}", allowed=tuple(map(Name, column.allowed))),
            f"{name} NOT IN ({', '.join(map(literal, column.allowed))})",
            said("map your own words to {allowed} with a SQL select", allowed=Name(" or ".join(column.allowed))),
        )
    if column.minimum is not None:
        cure = said(
            "{column} is {meaning}; mend such rows, or leave them out of the select",
            column=Name(column.name),
            meaning=column.meaning,
        )
        rule(said("below {minimum:g}", minimum=column.minimum), f"{name} < {column.minimum}", cure)
    if column.maximum is not None:
        above = said("above {maximum:g}", maximum=column.maximum)
        rule(above, f"{name} > {column.maximum}", marked("check the unit, and for a slipped comma"))
    if column.ranges is not None:
        other, by_value = column.ranges
        outside = [
            f"({quoted(other)} = {literal(value)} AND {name} NOT BETWEEN {low} AND {high})"
            for value, (low, high) in by_value.items()
        ]
        told = tuple(
            said("{value} from {low} to {high}", value=Name(value), low=low, high=high)
            for value, (low, high) in by_value.items()
        )
        rule(
            said("outside the scale of its {other}", other=Name(other)),
            " OR ".join(outside),
            said("the scales are: {scales}; convert yours", scales=told),
        )
    if column.not_before is not None:
        cure = said(
            "one of {first} and {second} is wrong: mend it where it is written, or leave it empty",
            first=Name(column.not_before),
            second=Name(column.name),
        )
        rule(said("before {column}", column=Name(column.not_before)), f"{name} < {quoted(column.not_before)}", cure)
    if column.type == "timestamp":
        rule(
            marked("before 1970"),
            f"{name} < TIMESTAMP '{EARLIEST}'",
            marked("an empty or default date: leave it empty instead"),
        )
        if not column.planned:
            latest = now + FUTURE_TOLERANCE
            rule(
                marked("in the future"),
                f"{name} > TIMESTAMP '{latest:%Y-%m-%d %H:%M:%S}'",
                marked("a date that has not come cannot have happened; a planned date belongs into a planned column"),
            )
    return rules


def _in_words(column: Column) -> str:
    words = {
        "integer": marked("a whole number"),
        "decimal": marked("a number"),
        "boolean": marked("true or false"),
        "timestamp": marked("a time"),
    }
    return words.get(column.type, marked("text"))


def staging_sql(mapped: Mapped) -> str:
    """Every row read, typed, with the numbers of the rules that it breaks, and its raw values where it breaks any."""
    raw = ", ".join(f"{sql} AS {_raw(name)}" for name, sql in mapped.given.items())
    typed = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in mapped.typed.items())
    broken = ", ".join(f"CASE WHEN {rule.broken} THEN {number} END" for number, rule in enumerate(mapped.rules))
    return f"""
        SELECT row_number, {", ".join(quoted(name) for name in mapped.typed)}, broken,
               CASE WHEN len(broken) > 0 THEN {_raw_json(mapped)} END AS raw
        FROM (
          SELECT *, list_filter([{broken}], lambda number: number IS NOT NULL) AS broken
          FROM (SELECT *, {typed} FROM (SELECT row_number() OVER () AS row_number, {raw} FROM {mapped.relation}))
        )"""


def _raw_json(mapped: Mapped) -> str:
    pairs = ", ".join(f"{literal(name)}, CAST({_raw(name)} AS VARCHAR)" for name in mapped.given)
    return f"json_object({pairs})"


def rule_findings(connection: Backend, table: Table, mapped: Mapped, staged: str, rows_read: int) -> list[Finding]:
    counted = connection.raw_sql(
        f"SELECT number, count(*) FROM (SELECT unnest(broken) AS number FROM {staged}) GROUP BY number ORDER BY number"
    ).fetchall()
    findings = []
    for number, rows in counted:
        rule = mapped.rules[number]
        column = table.column(rule.column)
        sql = (
            f"SELECT row_number, json_extract_string(raw, '$.{rule.column}') FROM {staged} "
            f"WHERE list_contains(broken, {number}) ORDER BY row_number LIMIT 1"
        )
        row_number, value = first_row(connection, sql)
        shown = "(personal, not shown)" if column.personal else ("empty" if value in (None, "") else repr(value))
        findings.append(
            Finding(
                table=table.name,
                column=rule.column,
                problem=rule.problem,
                rows=rows,
                of_rows=rows_read,
                example=said("row {number}: {told}", number=row_number, told=shown),
                cure=rule.cure,
                severity="warning",
            )
        )
    return findings
