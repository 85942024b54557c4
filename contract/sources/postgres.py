"""A table or a select of a PostgreSQL server: read once, in batches, into a file of the engine's spill folder.

All that is asked of the server is one select in one read-only transaction, so every row is of the same moment. Numeric,
enums, JSON, arrays and all else that Arrow has no counterpart for arrive as the text that the server writes for them. A
password comes from PGPASSWORD or ~/.pgpass, which the driver reads, or with the address from the environment; no error
shows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlencode

import pyarrow as pa
import pyarrow.parquet as pq
from ibis.backends.duckdb import Backend

from contract.address import ADDRESS, without_password
from contract.engine import literal, quoted
from contract.mapping import SourceSpec
from contract.readiness import CannotRead
from contract.sources.source import Source
from contract.spilled import spilled_file

#: Types that arrive as they are. Money, oid and char(n) have counterparts in Arrow that are not what they mean.
PLAIN = {"bool", "int2", "int4", "int8", "float4", "float8", "text", "varchar", "date", "timestamp", "timestamptz"}
#: About how much of the rows is in memory at one time.
BATCH_BYTES = 16_000_000
#: Unless the address says otherwise. A server that is gone without a word is noticed after two minutes.
OPTIONS = {
    "application_name": "vafa",
    "client_encoding": "UTF8",
    "connect_timeout": "10",
    "keepalives_idle": "60",
    "keepalives_interval": "10",
    "keepalives_count": "6",
}
#: In SQL rather than as options of the connection: a pooler between us and the server may refuse those.
SESSION = (
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
    "SET LOCAL TimeZone = 'UTC'",
    "SET LOCAL DateStyle = 'ISO, YMD'",
)
#: What the driver makes of infinity and -infinity: their numbers, moved from Postgres's epoch to Arrow's.
INFINITIES = {
    "date": (-2147472692, -2147472691),
    "timestamp": (-9222425352054775809, -9222425352054775808),
    "timestamptz": (-9222425352054775809, -9222425352054775808),
}


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """What is asked of which server, and how errors call it."""

    name: str
    server: str
    what: str
    relation: str

    @property
    def key(self) -> str:
        return f"sources.{self.name}.{'query' if self.what == 'its query' else 'table'}"


def _locate(path: str, *, folder: Path, name: str) -> str:
    """The address, with the options of every connection of ours. Errors do not show one that cannot be understood."""
    found = ADDRESS.fullmatch(path)
    if found is None or found["scheme"] not in ("postgres", "postgresql"):
        raise CannotRead(
            f"source {name}: its path is no address of a PostgreSQL server (not shown: it may hold a password). Write "
            "postgresql://user@host:5432/database, and signs as @ / % inside of a part as %40 %2F %25"
        )
    given = {option.partition("=")[0] for option in (found["options"] or "").split("&")}
    added = urlencode({option: value for option, value in OPTIONS.items() if option not in given})
    return f"{path}{'?' if found['options'] is None else '&'}{added}"


def _open(connection: Backend, name: str, spec: SourceSpec, address: str) -> None:
    adbc = _driver(name)
    table = ".".join(quoted(part) for part in (spec.table or "").split("."))
    asked = _Asked(
        name=name,
        server=without_password(spec.path),
        what=f"table {spec.table}" if spec.query is None else "its query",
        # On lines of its own: the select may end in a comment.
        relation=table if spec.query is None else f"(\n{spec.query.strip().rstrip(';')}\n)",
    )
    with spilled_file(connection) as file:
        with closing(_connected(adbc, asked, address)) as server:
            types = _fetch(adbc, asked, server, file)
        columns = ", ".join(_as_meant(column, kind) for column, kind in types.items())
        connection.raw_sql(
            f"CREATE OR REPLACE VIEW {quoted(name)} AS SELECT {columns} FROM read_parquet({literal(str(file))})"
        )


def _driver(name: str) -> ModuleType:
    try:
        return import_module("adbc_driver_postgresql.dbapi")
    except ImportError as error:
        raise CannotRead(
            f"source {name}: kind postgres needs a driver that is not installed ({error.name}); in the folder of Vafa: "
            ".venv/bin/pip install --editable '.[postgres]'"
        ) from error


def _connected(adbc: ModuleType, asked: _Asked, address: str) -> Any:
    try:
        return adbc.connect(address)
    except adbc.Error as error:
        said = _said(error)
        cure = (
            f"check that a server runs there and can be reached from here, and the address in sources.{asked.name}.path"
        )
        if re.search("password|authentication|pg_hba|role", said):
            cure = (
                f"check the user in sources.{asked.name}.path, and give the password as PGPASSWORD, in ~/.pgpass, or "
                f"with the whole address as VAFA_SOURCES__{asked.name.upper()}__PATH"
            )
        elif re.search("database .* does not exist", said):
            cure = f"check the name of the database, at the end of sources.{asked.name}.path"
        # Without the driver's error as the cause, here and below: it repeats the query, and may quote values.
        raise CannotRead(f"source {asked.name}: cannot connect to {asked.server} ({said}); {cure}") from None


def _fetch(adbc: ModuleType, asked: _Asked, server: Any, file: Path) -> dict[str, str]:
    """Write all rows to the file, and tell what types Postgres has for its columns."""
    with server.cursor(adbc_stmt_kwargs={"adbc.postgresql.batch_size_hint_bytes": str(BATCH_BYTES)}) as cursor:
        try:
            for statement in SESSION:
                cursor.execute(statement)
            types = _types(cursor.adbc_execute_schema(f"SELECT * FROM {asked.relation} AS asked"), asked)
            columns = (
                quoted(column) if kind in PLAIN else f"CAST({quoted(column)} AS text) AS {quoted(column)}"
                for column, kind in types.items()
            )
            cursor.execute(f"SELECT {', '.join(columns)} FROM {asked.relation} AS asked")
            batches = cursor.fetch_record_batch()
        except adbc.Error as error:
            raise _refused(asked, error) from None
        try:
            with pq.ParquetWriter(file, batches.schema) as writer:
                for batch in _whole(adbc, asked, batches):
                    writer.write_batch(batch)
        except OSError as error:
            raise CannotRead(
                f"source {asked.name}: {asked.what} cannot be kept in {file.parent} ({error}); make room there"
            ) from error
    return types


def _types(schema: pa.Schema, asked: _Asked) -> dict[str, str]:
    """The type of each column, as Postgres calls it."""
    names = [name.lower() for name in schema.names]
    twice = [name for name in schema.names if names.count(name.lower()) > 1]
    if twice:
        raise CannotRead(
            f"source {asked.name}: {asked.what} has the column {twice[0]} {len(twice)} times (capital letters do not "
            f"matter); name them apart in a select: sources.{asked.name}.query"
        )
    if not names:
        raise CannotRead(f"source {asked.name}: {asked.what} has no columns; mend {asked.key}")
    return {field.name: field.metadata[b"POSTGRESQL:type"].decode() for field in schema}


def _as_meant(column: str, kind: str) -> str:
    """A column of the file as SQL, with infinity where the driver gives a day in the stone age."""
    name = quoted(column)
    if kind not in INFINITIES:
        return name
    number = f"{name} - DATE '1970-01-01'" if kind == "date" else f"epoch_us({name})"
    end, beginning = INFINITIES[kind]
    ends = f"WHEN {end} THEN {kind} 'infinity' WHEN {beginning} THEN {kind} '-infinity'"
    return f"CASE {number} {ends} ELSE {name} END AS {name}"


def _whole(adbc: ModuleType, asked: _Asked, batches: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    """Batch by batch to the very end: a connection that breaks off before raises CannotRead."""
    rows = 0
    try:
        for batch in batches:
            rows += batch.num_rows
            yield batch
    except (OSError, pa.ArrowException, adbc.Error) as error:
        raise _refused(asked, error, after=rows) from None


def _refused(asked: _Asked, error: Exception, *, after: int | None = None) -> CannotRead:
    said = _said(error)
    code = getattr(error, "sqlstate", None)
    if "read-only" in said:
        cure = f"a source is only read: {asked.key} must change nothing"
    elif after is not None:
        return CannotRead(
            f"source {asked.name}: {asked.what} of {asked.server} broke off after {after:,} rows ({said}); none of "
            "them is used. Run it again, and if that does not help look into the log of the server"
        )
    elif code == "42P01":
        cure = f"check {asked.key}: schema.table, with capital letters as the database has them"
    elif code == "42501":
        cure = (
            "let the user read it (GRANT SELECT), or name only the columns that it may read: "
            f'sources.{asked.name}.query = "select ..."'
        )
    else:
        cure = f"mend {asked.key}" + ("" if asked.key.endswith("table") else ", which must be one select")
    return CannotRead(f"source {asked.name}: {asked.what} of {asked.server} cannot be read ({said}); {cure}")


def _said(error: Exception) -> str:
    """What may be told of an error: its first line, without the words of the driver around it.

    One that comes with no rows yet names a server, a table, a column. Any other may quote a value, which may be a
    person's: there, numbers and all from the first quote on are struck out.
    """
    line = (str(error).splitlines() or [type(error).__name__])[0]
    line = re.sub(r"^([A-Z_]+: )?(\[libpq\] )?(Failed to [a-z ]+: |Execution error \[\w+\]: )?", "", line)
    line = re.sub(r"^(could not begin COPY: )?[A-Z]+: +", "", line)
    if isinstance(error, OSError | pa.ArrowException) or str(getattr(error, "sqlstate", None))[:2] == "22":
        line = re.sub(r"\b\d[\d.:-]*", "...", re.sub(r"(?<!\w)['\"].*", "...", line))
    return line


POSTGRES = Source(kind="postgres", open=_open, locate=_locate)
