"""A company's values as the types of the contract: SQL that gives null where a value is not what it should be."""

from __future__ import annotations

from contract.engine import literal
from contract.mapping import ColumnSpec, TableSpec
from contract.readiness import CannotRead
from contract.table import Column, Table

TRUE_WORDS = ("true", "t", "yes", "y", "1", "1.0")
FALSE_WORDS = ("false", "f", "no", "n", "0", "0.0")

# The engine's own cast of a text takes what it understands and leaves the rest: "2:05 PM" becomes 02:05, and a zone at
# the end is dropped. So the whole text must look like one of these before it is cast.
NAIVE_TIME = r"\d{4}-\d{1,2}-\d{1,2}([ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?)?"
ZONED_TIME = (
    r"\d{4}-\d{1,2}-\d{1,2}[ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?"
    r"( *(Z|z|[+-]\d{2}(:?\d{2})?)| +(UTC|GMT|[A-Z][A-Za-z]+(/[A-Za-z_+-]+)+))"
)


def given_text(raw: str) -> str:
    """The value as text; nothing but spaces is nothing."""
    return f"CASE WHEN trim(CAST({raw} AS VARCHAR)) <> '' THEN CAST({raw} AS VARCHAR) END"


def is_empty(raw: str) -> str:
    """Whether there is no value: null, spaces, or the NaN that dataframes write for it."""
    return f"coalesce(trim(CAST({raw} AS VARCHAR)) IN ('', 'NaN', 'nan'), true)"


def typed_value(table: Table, column: Column, raw: str, given_type: str, said: ColumnSpec, spec: TableSpec) -> str:
    """`raw` as the type of the column, null where that cannot be. Raises CannotRead for times of an unknown zone."""
    text = given_text(raw)
    if column.type == "text" and given_type in ("DOUBLE", "FLOAT"):
        # A column of whole numbers with gaps is read as floats by many tools: customer 16446 is not "16446.0".
        whole = f"TRY_CAST({raw} AS DOUBLE) = TRY_CAST({raw} AS BIGINT)"
        return f"CASE WHEN {whole} THEN CAST(TRY_CAST({raw} AS BIGINT) AS VARCHAR) ELSE {text} END"
    if column.type == "text":
        return text
    if column.type == "integer":
        whole = f"TRY_CAST({text} AS DOUBLE) = TRY_CAST({text} AS BIGINT)"
        return f"CASE WHEN {whole} THEN TRY_CAST({text} AS BIGINT) END"
    if column.type == "decimal":
        return f"TRY_CAST({raw if given_type in ('DOUBLE', 'FLOAT') else text} AS {column.sql_type})"
    if column.type == "boolean":
        words = f"lower(trim({text}))"
        return (
            f"CASE WHEN {words} IN ({', '.join(map(literal, TRUE_WORDS))}) THEN true "
            f"WHEN {words} IN ({', '.join(map(literal, FALSE_WORDS))}) THEN false END"
        )
    return _typed_time(table, column, raw, given_type, said, spec)


def _typed_time(table: Table, column: Column, raw: str, given_type: str, said: ColumnSpec, spec: TableSpec) -> str:
    """A moment in naive UTC. A time without a zone needs the table's time_zone: it is never guessed."""
    zone = literal(spec.time_zone or "UTC")
    no_zone = CannotRead(
        f"table {table.name}: the times of {column.name} carry no zone; say which they are in: "
        f'tables.{table.name}.time_zone = "UTC", or the zone of the place'
    )
    if given_type == "VARCHAR" and said.format:
        carries_zone = "%z" in said.format.lower()
        if spec.time_zone is None and not carries_zone:
            raise no_zone
        parsed = f"try_strptime(trim({given_text(raw)}), {literal(said.format)})"
        return _in_utc(parsed, None if carries_zone else zone)
    if given_type == "VARCHAR":
        text = f"trim({given_text(raw)})"
        plain = rf"regexp_replace(regexp_replace({text}, ' +([+-]\d\d)', '\1'), ' *[zZ]$', '+00')"
        zoned = _in_utc(f"TRY_CAST({plain} AS TIMESTAMPTZ)", None)
        naive = _in_utc(f"TRY_CAST({text} AS TIMESTAMP)", zone) if spec.time_zone else "CAST(NULL AS TIMESTAMP)"
        return (
            f"CASE WHEN regexp_full_match({text}, {literal(ZONED_TIME)}) THEN {zoned} "
            f"WHEN regexp_full_match({text}, {literal(NAIVE_TIME)}) THEN {naive} END"
        )
    if given_type != "DATE" and not given_type.startswith("TIMESTAMP"):
        raise CannotRead(
            f"table {table.name}: {column.name} should be a time, but {said.column} holds {given_type}; convert it "
            f"with a SQL select, as to_timestamp({said.column}) for seconds since 1970"
        )
    finite = f"CASE WHEN isfinite({raw}) THEN {raw} END"
    if given_type == "TIMESTAMP WITH TIME ZONE":
        return _in_utc(finite, None)
    if spec.time_zone is None:
        raise no_zone
    return _in_utc(f"CAST({finite} AS TIMESTAMP)", zone)


def _in_utc(moment: str, zone: str | None) -> str:
    """`moment` is local in `zone`, or carries its zone. An hour that comes twice in autumn is taken as the later."""
    zoned = moment if zone is None else f"CAST({moment} AS TIMESTAMP) AT TIME ZONE {zone}"
    return f"CAST(({zoned}) AT TIME ZONE 'UTC' AS TIMESTAMP)"
