"""How a table of the contract is declared: columns with type, unit, meaning and constraints, in one breath."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import ibis.expr.types as ir

ColumnType = Literal["text", "integer", "decimal", "boolean", "timestamp"]

#: What each type is in the embedded engine. Amounts and quantities are exact decimals: their sums do not depend on
#: the order of rows, so a feature is the same to the last bit on every run.
SQL_TYPES: dict[ColumnType, str] = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "decimal": "DECIMAL(18, 4)",
    "boolean": "BOOLEAN",
    "timestamp": "TIMESTAMP",
}


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a table of the contract.

    `required` columns must be mapped and never null. `default` stands in when the column is not mapped. `dated_by`
    names the timestamp column that says when this value came to be: in history it is null until then. A `planned`
    timestamp (a promised day) survives the cut as signed days; any other timestamp dates itself, and a `timed` one is
    told in seconds and business hours too, where days are too coarse. `not_before` names the column that a timestamp
    cannot precede; `ranges` gives minimum and maximum by the value of another column, as (column, by value). The values
    of a `personal` column are never shown in a report, a log or an error.
    """

    name: str
    type: ColumnType
    meaning: str
    unit: str | None = None
    required: bool = False
    default: str | None = None
    allowed: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    dated_by: str | None = None
    not_before: str | None = None
    ranges: tuple[str, Mapping[str, tuple[int, int]]] | None = None
    planned: bool = False
    timed: bool = False
    personal: bool = False

    @property
    def sql_type(self) -> str:
        return SQL_TYPES[self.type]


#: The two clocks that every row has, next to the customer it belongs to.
CUSTOMER_ID = Column(name="customer_id", type="text", meaning="whose row this is", required=True, personal=True)
HAPPENED_AT = Column(
    name="happened_at", type="timestamp", meaning="when it happened in the world", unit="UTC", required=True
)
KNOWN_AT = Column(
    name="known_at",
    type="timestamp",
    meaning="when our systems could first have used it; without it, happened_at plus the source's delay",
    unit="UTC",
)


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table of the contract: its grain in a sentence, its key, its columns besides customer and clocks.

    Rows with the same key and a later `known_at` are versions: the one in force at `as_of` counts. `company_made`
    says which rows the company itself started; they never reach a feature. Of a table that is `asked` each row is the
    company's own act towards somebody whom it chose, and the columns dated later are what came of it: features may tell
    what came, and for which share, but never how many such acts there were. `happened_from` names the column that gives
    `happened_at` when it is not mapped itself. `is_activity` says which rows count as the customer being
    active, for a table that can be named as activity. The rows of an `is_outcome` table say what came of an `as_of`:
    they are labels and never history.
    """

    name: str
    grain: str
    key: tuple[str, ...]
    own_columns: tuple[Column, ...]
    company_made: Callable[[ir.Table], ir.BooleanValue] | None = None
    company_made_meaning: str | None = None
    asked: bool = False
    happened_from: str | None = None
    is_activity: Callable[[ir.Table], ir.BooleanValue] | None = None
    is_outcome: bool = False
    columns: tuple[Column, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", (CUSTOMER_ID, *self.own_columns, HAPPENED_AT, KNOWN_AT))
        names = {column.name for column in self.columns}
        missing = [name for name in self.key if name not in names]
        missing += [name for c in self.own_columns for name in (c.dated_by, c.not_before) if name and name not in names]
        missing += [c.ranges[0] for c in self.own_columns if c.ranges and c.ranges[0] not in names]
        if missing:
            raise ValueError(
                f"table {self.name}: {missing} is named by the key, a dated_by, not_before or ranges but is no column "
                "of it"
            )

    def column(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"table {self.name} has no column {name}")

    @property
    def timestamps(self) -> tuple[Column, ...]:
        """Timestamp columns besides the two clocks."""
        return tuple(column for column in self.own_columns if column.type == "timestamp")

    @property
    def timed(self) -> tuple[Column, ...]:
        """Timestamp columns of which the hours matter."""
        return tuple(column for column in self.timestamps if column.timed)

    def dating(self, column: Column) -> str | None:
        """The column that dates `column`, or None when the value is there from the start."""
        if column.dated_by:
            return column.dated_by
        return column.name if column.type == "timestamp" and not column.planned else None
