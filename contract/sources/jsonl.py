"""JSON lines: one object a line, its keys as columns. Every value is text: the contract's casts decide, not a sniffer.

The keys are those of all lines, in the order in which they first come: one that begins in line 1,000,000 is there. A
missing key and a null are empty. What is nested stays JSON text, which a SQL select takes apart.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import duckdb
from ibis.backends.duckdb import Backend

from contract.engine import first_row, literal, quoted, told
from contract.mapping import SourceSpec
from contract.readiness import CannotRead
from contract.sources.source import Source, files_of

ENDINGS = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")
NUMBER = r"-?[0-9]+\.?[0-9]*(?:[eE][+-]?[0-9]+)?"


def _open(connection: Backend, name: str, spec: SourceSpec, path: Path) -> None:
    files = files_of(path, ENDINGS, name=name)
    try:
        keys = _keys(connection, files)
        if None in keys:
            raise _broken(connection, files, name)
    except duckdb.Error as error:
        raise CannotRead(
            f"source {name}: {path} cannot be read as JSON lines ({told(error)}); it may end in the middle, or have a "
            "line of more than 16 MB: write it again, or mend the path"
        ) from None
    if not keys:
        raise CannotRead(f"source {name}: {path} holds no row; write it again, or mend sources.{name}.path")
    names = [str(key) for key in keys]
    pointers = ", ".join(literal("/" + key.replace("~", "~0").replace("/", "~1")) for key in names)
    # A column must have a name.
    columns = ", ".join(f"{_exact(key, place)} AS {quoted(key or ' ')}" for place, key in enumerate(names, start=1))
    connection.raw_sql(
        f"CREATE OR REPLACE VIEW {quoted(name)} AS SELECT {columns} FROM "
        f"(SELECT json, json_extract_string(json, [{pointers}]) AS given, json_type(json, [{pointers}]) AS kinds "
        f"FROM read_ndjson_objects({files}))"
    )


def _keys(connection: Backend, files: str) -> list[str | None]:
    """The keys of all lines in the order in which they first come; None is among them for lines that are no object."""
    # The engine is to pass over broken lines: its own error names another line, and one of many threads that raised it
    # was once seen to wait forever.
    found = connection.raw_sql(
        f"""SELECT key FROM (
              SELECT unnest(keys) AS key, generate_subscripts(keys, 1) AS place, first_line FROM (
                SELECT CASE WHEN json_type(json) = 'OBJECT' THEN json_keys(json) ELSE [NULL] END AS keys,
                       min(number) AS first_line
                FROM (SELECT json, row_number() OVER () AS number
                      FROM read_ndjson_objects({files}, ignore_errors=true))
                GROUP BY keys))
            GROUP BY key ORDER BY min(first_line), min(place)"""
    ).fetchall()
    return [row[0] for row in found]


def _exact(key: str, place: int) -> str:
    """The value as text, with all of its digits.

    The engine reads a number with a point as a double, which keeps 15 of them. So they are taken from the line itself,
    and the double only tells which of the numbers after such a key it is: a nested object may have one, too.
    """
    pattern = rf"{re.escape(json.dumps(key, ensure_ascii=False))}\s*:\s*({NUMBER})"
    same = f"lambda digits: TRY_CAST(digits AS DOUBLE) = TRY_CAST(given[{place}] AS DOUBLE)"
    digits = f"list_filter(regexp_extract_all(json, {literal(pattern)}, 1), {same})[1]"
    return f"CASE WHEN kinds[{place}] = 'DOUBLE' THEN coalesce({digits}, given[{place}]) ELSE given[{place}] END"


def _broken(connection: Backend, files: str, name: str) -> CannotRead:
    """What to say of the first file with lines that are no objects. No line is shown: it may tell of a person."""
    file, broken, first, of_lines = first_row(
        connection,
        f"""SELECT filename, count(*) FILTER (broken), min(number) FILTER (broken) - min(number) + 1, count(*)
            FROM (SELECT filename, row_number() OVER () AS number, coalesce(json_type(json) <> 'OBJECT', true) AS broken
                  FROM read_ndjson_objects({files}, filename=true, ignore_errors=true))
            GROUP BY filename HAVING count(*) FILTER (broken) > 0 ORDER BY filename LIMIT 1""",
    )
    return CannotRead(
        f"source {name}: {file} has {broken:,} of {of_lines:,} lines that are no JSON object, the first is line "
        f"{first:,} (empty lines are not counted). Write each row as one object on a line of its own, in UTF-8 without "
        f"a byte order mark; jq -c '.[]' {Path(file).name} makes that of a list"
    )


JSONL = Source(kind="jsonl", open=_open, endings=ENDINGS)
