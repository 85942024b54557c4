"""A table or view of a DuckDB file, attached read-only."""

from __future__ import annotations

from pathlib import Path

import duckdb
from ibis.backends.duckdb import Backend

from contract.engine import literal, quoted, told
from contract.mapping import SourceSpec
from contract.readiness import CannotRead
from contract.sources.source import Source


def _open(connection: Backend, name: str, spec: SourceSpec, path: Path) -> None:
    if not spec.table:
        raise CannotRead(f'source {name}: say which table of {path.name} is meant: sources.{name}.table = "..."')
    database = quoted(f"file_{name}")
    table = ".".join(quoted(part) for part in spec.table.split("."))
    try:
        connection.raw_sql(f"ATTACH IF NOT EXISTS {literal(str(path))} AS {database} (READ_ONLY)")
        connection.raw_sql(f"CREATE OR REPLACE VIEW {quoted(name)} AS SELECT * FROM {database}.{table}")
    except duckdb.Error as error:
        raise CannotRead(
            f"source {name}: table {spec.table} of {path} cannot be read ({told(error)}); "
            "check the file and the table's name, and that no other process has it open for writing"
        ) from error


DUCKDB = Source(kind="duckdb", open=_open, endings=(".duckdb", ".ddb"))
