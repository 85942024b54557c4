"""What the files of a folder look like: their columns, and how the first values of each are written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import duckdb
from ibis.backends.duckdb import Backend

from contract.casts import NAIVE_TIME, ZONED_TIME
from contract.engine import quoted, run
from contract.mapping import SourceSpec
from contract.readiness import CannotRead
from contract.sources.catalogue import SOURCES
from contract.synonyms import DATE_FORMATS, TIME_FORMATS, plain

#: Rows of a file that are looked at. Order lines follow each other, so that repeated order numbers show early.
SAMPLE_ROWS = 50_000
DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True, kw_only=True)
class Times:
    """How the times of a column are written. `format` is None for typed and ISO times."""

    carries_zone: bool
    format: str | None = None
    may_be_month_first: bool = False


@dataclass(frozen=True, kw_only=True)
class File:
    """One file, or one table of a DuckDB file, with its first rows in the engine under `sample`."""

    name: str
    spec: SourceSpec
    types: Mapping[str, str]
    sample: str
    times: Mapping[str, Times]
    values: Mapping[str, tuple[Any, ...]]

    def is_unique(self, columns: list[str], connection: Backend) -> bool:
        keys = ", ".join(map(quoted, columns))
        several = f"SELECT 1 FROM {quoted(self.sample)} GROUP BY {keys} HAVING count(*) > 1 LIMIT 1"
        return not connection.raw_sql(several).fetchall()


def look_at(connection: Backend, folder: Path, notes: list[str]) -> list[File]:
    """Every file that a kind of source knows by its ending; one that cannot be read is left out, with a note."""
    files: list[File] = []
    for path in sorted(folder.iterdir()):
        for kind, source in SOURCES.items():
            if not path.is_file() or not path.name.lower().endswith(source.endings):
                continue
            try:
                specs = _specs(kind, path)
                for spec in specs:
                    name = _free_name(spec.table or path.name.split(".")[0], {file.name for file in files})
                    source.open(connection, name, spec, path)
                    files.append(_sampled(connection, name, spec))
            except (CannotRead, duckdb.Error):
                notes.append(f"{path.name}: cannot be read as {kind}, left out")
    return files


def _free_name(stem: str, taken: set[str]) -> str:
    name = re.sub(r"[^a-z0-9_]+", "_", plain(stem)).strip("_") or "source"
    number = 2
    free = name
    while free in taken:
        free, number = f"{name}_{number}", number + 1
    return free


def _specs(kind: str, path: Path) -> list[SourceSpec]:
    if kind == "csv":
        return [_csv_spec(path)]
    if kind == "duckdb":
        with duckdb.connect(str(path), read_only=True) as database:
            found = database.execute(
                "SELECT table_schema, table_name FROM information_schema.tables ORDER BY 1, 2"
            ).fetchall()
        return [
            SourceSpec(kind=kind, path=path.name, table=name if schema == "main" else f"{schema}.{name}")
            for schema, name in found
        ]
    return [SourceSpec(kind=kind, path=path.name)]


def _csv_spec(path: Path) -> SourceSpec:
    """The delimiter that parts the header line most often, and the first encoding that the file does not contradict."""
    if path.name.lower().endswith(".gz"):
        return SourceSpec(kind="csv", path=path.name)
    with path.open("rb") as file:
        start = file.read(1_000_000)
    encoding = "utf-16" if start[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    try:
        # The last line may be cut in the middle of a letter.
        text = (start.rpartition(b"\n")[0] or start).decode(encoding if encoding == "utf-8" else "utf-16", "strict")
    except UnicodeDecodeError:
        encoding = "latin-1"
        text = start.decode(encoding)
    header = text.partition("\n")[0]
    return SourceSpec(kind="csv", path=path.name, delimiter=max(DELIMITERS, key=header.count), encoding=encoding)


def _sampled(connection: Backend, name: str, spec: SourceSpec) -> File:
    sample = f"sample of {name}"
    run(connection, f"CREATE TABLE {quoted(sample)} AS SELECT * FROM {quoted(name)} LIMIT {SAMPLE_ROWS}")
    described = connection.raw_sql(f"DESCRIBE {quoted(sample)}").fetchall()
    types = {str(row[0]): str(row[1]) for row in described}
    values: dict[str, tuple[Any, ...]] = {}
    times: dict[str, Times] = {}
    for column, kind in types.items():
        distinct = (
            f"SELECT DISTINCT {quoted(column)} FROM {quoted(sample)} WHERE {quoted(column)} IS NOT NULL LIMIT 5000"
        )
        if kind == "VARCHAR":
            found = (str(row[0]).strip() for row in connection.raw_sql(distinct).fetchall())
            values[column] = tuple(value for value in found if value)
        looks = _times_of(kind, values.get(column, ()))
        if looks is not None:
            times[column] = looks
    return File(name=name, spec=spec, types=types, sample=sample, times=times, values=values)


def _times_of(kind: str, values: tuple[Any, ...]) -> Times | None:
    if kind == "DATE" or kind.startswith("TIMESTAMP"):
        return Times(carries_zone=kind == "TIMESTAMP WITH TIME ZONE")
    if not values:
        return None
    if all(re.fullmatch(ZONED_TIME, value) for value in values):
        return Times(carries_zone=True)
    if all(re.fullmatch(NAIVE_TIME, value) or re.fullmatch(ZONED_TIME, value) for value in values):
        return Times(carries_zone=False)
    fitting = [day + time for day in DATE_FORMATS for time in TIME_FORMATS if _all_parse(values, day + time)]
    if not fitting:
        return None
    return Times(carries_zone=False, format=fitting[0], may_be_month_first=len(fitting) > 1)


def _all_parse(values: tuple[Any, ...], how: str) -> bool:
    try:
        for value in values:
            datetime.strptime(value, how)
    except ValueError:
        return False
    return True


def is_number(value: str) -> bool:
    try:
        return Decimal(value).is_finite()
    except InvalidOperation:
        return False
