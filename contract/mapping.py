"""What vafa.toml says about a company's own files: sources, and how they map to the tables of the contract."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from contract.address import without_password
from contract.catalogue import TABLES


class SourceSpec(BaseModel):
    """Where rows come from: one a source. A relative path is relative to vafa.toml; `package:name/file` is a file
    inside an installed package. The path of a server is its address, whose password is never shown."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    kind: str
    path: str
    delimiter: str = ","
    quote: str = '"'
    encoding: str = "utf-8"
    table: str | None = None
    query: str | None = None

    @model_validator(mode="after")
    def asks_a_server(self) -> Self:
        if self.kind == "postgres" and (self.table is None) == (self.query is None):
            raise ValueError('give table = "schema.table" or query = "select ...": one of the two')
        if self.kind != "postgres" and self.query is not None:
            raise ValueError(f"query is for kind postgres, not {self.kind}: write a select as sql of the table instead")
        return self

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        return [(key, without_password(self.path) if key == "path" else said) for key, said in super().__repr_args__()]


class ColumnSpec(BaseModel):
    """What fills one column of the contract: a column of the source, or the same value for every row."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    column: str | None = None
    value: str | None = None
    format: str | None = Field(default=None, description="how a text date is written, as %d/%m/%Y %H:%M")

    @model_validator(mode="before")
    @classmethod
    def a_name_alone(cls, given: Any) -> Any:
        if isinstance(given, str):
            return {"column": given}
        if isinstance(given, dict) and isinstance(given.get("value"), int | float | bool):
            value = given["value"]
            return {**given, "value": str(value).lower() if isinstance(value, bool) else str(value)}
        return given

    @model_validator(mode="after")
    def one_of_both(self) -> Self:
        if (self.column is None) == (self.value is None):
            raise ValueError('give a column\'s name, or { value = "..." }: one of the two')
        return self


class TableSpec(BaseModel):
    """How one table of the contract is filled: columns of one source, or a SQL select over the named sources."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str | None = None
    sql: str | None = None
    columns: dict[str, ColumnSpec] | None = None
    time_zone: str | None = Field(default=None, description="the zone of times that carry none")
    delay_hours: float = Field(default=0.0, ge=0, description="known_at = happened_at + this, where it is not mapped")
    tolerated_bad_share: float = Field(default=0.01, ge=0, le=1)
    stale_after_days: int = Field(default=3, ge=1)
    tolerated_shrinkage: float = Field(default=0.1, ge=0, le=1)

    @field_validator("time_zone")
    @classmethod
    def zone_is_known(cls, zone: str | None) -> str | None:
        if zone is not None and zone not in available_timezones():
            raise ValueError(f"time zone {zone!r} is not known: write a name of the IANA list, as UTC or Asia/Tehran")
        return zone

    @model_validator(mode="after")
    def one_origin(self) -> Self:
        if (self.source is None) == (self.sql is None):
            raise ValueError('give source = "a source\'s name" or sql = "select ...": one of the two')
        return self


class CompanyMapping(BaseModel):
    """All sources and tables of a company. `folder` is where vafa.toml lies."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sources: dict[str, SourceSpec]
    tables: dict[str, TableSpec]
    folder: Path = Path()

    @model_validator(mode="after")
    def names_exist(self) -> Self:
        unknown = sorted(set(self.tables) - set(TABLES))
        if unknown:
            raise ValueError(f"tables.{unknown[0]} is no table of the contract; there are {', '.join(TABLES)}")
        if "customers" not in self.tables:
            raise ValueError("tables.customers is missing: every company has customers; map them, or select them")
        for name, spec in self.tables.items():
            if spec.source is not None and spec.source not in self.sources:
                raise ValueError(
                    f"tables.{name}.source = {spec.source!r}, but the sources are {', '.join(self.sources) or 'none'}"
                )
            known = {column.name for column in TABLES[name].columns}
            strange = sorted(set(spec.columns or {}) - known)
            if strange:
                raise ValueError(
                    f"tables.{name}.columns.{strange[0]} is no column of {name}; it has {', '.join(sorted(known))}"
                )
        return self
