"""The embedded engine: DuckDB under Ibis, with its memory, threads and spill folder capped."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import ibis
from ibis.backends.duckdb import Backend

STATEMENT_ERRORS = (
    duckdb.BinderException,
    duckdb.CatalogException,
    duckdb.ParserException,
    duckdb.SyntaxException,
    duckdb.IOException,
    duckdb.PermissionException,
)


@dataclass(frozen=True, kw_only=True)
class EngineLimits:
    """What the engine may take of the machine. Past `memory` it spills to `spill_folder`, up to `spill`."""

    memory: str = "2GB"
    threads: int = 2
    spill_folder: Path | None = None
    spill: str = "20GB"


def connect(limits: EngineLimits | None = None) -> Backend:
    """A private in-memory database under the limits. Times are UTC; nothing is downloaded."""
    limits = limits or EngineLimits()
    settings: dict[str, str | int | bool] = {
        "memory_limit": limits.memory,
        "threads": limits.threads,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    if limits.spill_folder is not None:
        limits.spill_folder.mkdir(parents=True, exist_ok=True)
        settings["temp_directory"] = str(limits.spill_folder)
        settings["max_temp_directory_size"] = limits.spill
    connection = ibis.duckdb.connect(**settings)
    connection.raw_sql("SET TimeZone = 'UTC'")
    return connection


def quoted(name: str) -> str:
    """A name as SQL reads it."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as SQL reads it."""
    return "'" + text.replace("'", "''") + "'"


def run(connection: Backend, sql: str) -> None:
    connection.raw_sql(sql).fetchall()


def first_row(connection: Backend, sql: str) -> tuple[Any, ...]:
    # All rows are fetched: a result that is not read to its end keeps the connection busy.
    rows: list[tuple[Any, ...]] = connection.raw_sql(sql).fetchall()
    return rows[0]


def first_number(connection: Backend, sql: str) -> int:
    return int(first_row(connection, sql)[0])


def is_exhausted(error: duckdb.Error) -> bool:
    """Whether the engine lacked memory, disk, or a place to spill to: no fault of the rows that it was reading."""
    of_the_disk = any(sign in str(error) for sign in ("Could not write", "No space left", "duckdb_temp"))
    return isinstance(error, duckdb.OutOfMemoryException) or (isinstance(error, duckdb.IOException) and of_the_disk)


def told(error: duckdb.Error) -> str:
    """What may be told of an engine's error: its first line.

    An error about a statement or a file names tables and columns, and stays as it is. Any other may quote a value,
    which may be a person's: there, numbers (but that of a line) and all from the first quote on are struck out.
    """
    line = str(error).splitlines()[0]
    if isinstance(error, STATEMENT_ERRORS):
        return line
    # Everything from the first quote on: a value may itself hold quotes and line ends.
    discreet = re.sub(r"(?<!\w)['\"].*", "...", line)
    return re.sub(r"(?<!Line: )\b\d[\d.:-]*", "...", discreet)
