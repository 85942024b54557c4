"""CSV files with a header line. Every value is read as text: the contract's own casts decide, not a sniffer."""

from __future__ import annotations

from pathlib import Path

import duckdb
from ibis.backends.duckdb import Backend

from contract.engine import literal, quoted, told
from contract.mapping import SourceSpec
from contract.readiness import CannotRead
from contract.sources.source import Source, files_of

ENDINGS = (".csv", ".csv.gz")


def _open(connection: Backend, name: str, spec: SourceSpec, path: Path) -> None:
    reader = (
        f"read_csv({files_of(path, ENDINGS, name=name)}, all_varchar=true, header=true, sample_size=-1, "
        f"delim={literal(spec.delimiter)}, quote={literal(spec.quote)}, escape={literal(spec.quote)}, "
        f"encoding={literal(spec.encoding)}, comment='', union_by_name=true)"
    )
    try:
        connection.raw_sql(f"CREATE OR REPLACE VIEW {quoted(name)} AS SELECT * FROM {reader}")
        connection.raw_sql(f"SELECT count(*) FROM {quoted(name)}").fetchall()
    except duckdb.Error as error:
        # Without the engine's error as the cause: it shows the whole offending line.
        raise CannotRead(
            f"source {name}: {path} cannot be read as CSV ({told(error)}); "
            f"check delimiter ({spec.delimiter!r}), quote ({spec.quote!r}) and encoding ({spec.encoding}) of "
            f"sources.{name} (utf-8, utf-16 and latin-1 can be read), and that every quote is closed"
        ) from None


CSV = Source(kind="csv", open=_open, endings=ENDINGS)
