"""Parquet files: one file, a folder of them, or a pattern."""

from __future__ import annotations

from pathlib import Path

import duckdb
from ibis.backends.duckdb import Backend

from contract.engine import quoted, told
from contract.mapping import SourceSpec
from contract.readiness import CannotRead
from contract.sources.source import Source, files_of

ENDINGS = (".parquet", ".pq")


def _open(connection: Backend, name: str, spec: SourceSpec, path: Path) -> None:
    files = files_of(path, ENDINGS, name=name)
    try:
        connection.raw_sql(
            f"CREATE OR REPLACE VIEW {quoted(name)} AS SELECT * FROM read_parquet({files}, union_by_name=true)"
        )
    except duckdb.Error as error:
        raise CannotRead(
            f"source {name}: {path} cannot be read as Parquet ({told(error)}); "
            "it may end in the middle: write it again, or mend the path"
        ) from error


PARQUET = Source(kind="parquet", open=_open, endings=ENDINGS)
