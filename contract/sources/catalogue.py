"""Every kind of source: the words that `kind` may take in vafa.toml."""

from __future__ import annotations

from ibis.backends.duckdb import Backend

from contract.mapping import CompanyMapping
from contract.readiness import CannotRead
from contract.sources.csv import CSV
from contract.sources.duckdb import DUCKDB
from contract.sources.jsonl import JSONL
from contract.sources.parquet import PARQUET
from contract.sources.postgres import POSTGRES
from contract.sources.source import Source

SOURCES: dict[str, Source] = {source.kind: source for source in (PARQUET, CSV, JSONL, DUCKDB, POSTGRES)}


def open_sources(connection: Backend, mapping: CompanyMapping) -> None:
    """Make every source of the mapping visible to the engine under its name."""
    for name, spec in mapping.sources.items():
        if spec.kind not in SOURCES:
            raise CannotRead(f"source {name}: kind {spec.kind!r} is not known; there are {', '.join(SOURCES)}")
        source = SOURCES[spec.kind]
        place = source.locate(spec.path, folder=mapping.folder, name=name)
        source.open(connection, name, spec, place)
