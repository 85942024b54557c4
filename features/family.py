"""How a feature family is declared: measures over windows, columns derived from them, and functions of the history."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import ibis.expr.types as ir

from contract.cut import Unit
from contract.said import Said, said

How = Literal["count", "sum", "min", "max", "mean", "last", "distinct", "days"]
Scope = Literal["own", "population"]


@dataclass(frozen=True)
class Window:
    """Local days before `as_of`: after `since` days ago (0 is the decision itself) up to `to` days ago, inclusive.

    `to` is None for all history. The edges are local midnights, so a window is exact.
    """

    since: int = 0
    to: int | None = None

    @property
    def suffix(self) -> str:
        if self.to is None:
            return "ever"
        return f"last_{self.to}d" if self.since == 0 else f"{self.since + 1}_to_{self.to}d_ago"

    def of(self, what: str) -> Said:
        """What is measured, and when: "orders in the last 28 days"."""
        if self.to is None:
            return said("{what} in all history", what=what)
        if self.since == 0:
            return said("{what} in the last {days} days", what=what, days=self.to)
        return said("{what} from {since} to {to} days ago", what=what, since=self.since + 1, to=self.to)


EVER = Window()


def last(*days: int) -> tuple[Window, ...]:
    """The windows that end with the decision: last(28, 91)."""
    return tuple(Window(0, day) for day in days)


def earlier(since: int, to: int) -> Window:
    """The window before another one: earlier(28, 56) is from 29 to 56 days ago."""
    return Window(since, to)


@dataclass(frozen=True, kw_only=True)
class Feature:
    """What is known of one column: its name carries what is counted and the window.

    `group` is the reason group that it speaks for. `usual` names the columns (low, high) that hold what is usual for
    this very customer. `actionable` says whether somebody could do something about it. `reach` is how many days of
    history it needs: where there is less, it is null.
    """

    name: str
    description: str
    unit: str
    group: str
    usual: tuple[str, str] | None = None
    actionable: bool = True
    reach: int = 0


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One thing measured over several windows of one table: a column a window, named `<stem>_<window>`.

    `what` is the value (not for count and days), `where` which rows count. `distinct` counts different values, `days`
    different local days, `last` takes the value of the latest row (of rows at the same moment the smallest value).
    Count, sum, distinct and days are 0 for a customer without rows; the others are null.
    `named` replaces the names, window by window; the description then stands as it is. Of `last`, `when` tells how many
    days ago the value came about, where that is not when its row did.
    """

    stem: str
    table: str
    how: How
    windows: tuple[Window, ...]
    description: str
    unit: str
    group: str
    what: Callable[[ir.Table], ir.Value] | None = None
    where: Callable[[ir.Table], ir.BooleanValue] | None = None
    when: Callable[[ir.Table], ir.Value] | None = None
    named: tuple[str, ...] = ()
    usual: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    actionable: bool = True

    def __post_init__(self) -> None:
        if (self.what is None) != (self.how in ("count", "days")):
            raise ValueError(f"measure {self.stem}: {self.how} {'needs' if self.what is None else 'takes no'} what")
        if self.named and len(self.named) != len(self.windows):
            raise ValueError(f"measure {self.stem}: {len(self.named)} names for {len(self.windows)} windows")

    @property
    def names(self) -> tuple[str, ...]:
        return self.named or tuple(f"{self.stem}_{window.suffix}" for window in self.windows)

    @property
    def fills_zero(self) -> bool:
        return self.how in ("count", "sum", "distinct", "days")

    @property
    def features(self) -> tuple[Feature, ...]:
        return tuple(
            Feature(
                name=name,
                description=self.description if self.named else window.of(self.description),
                unit=self.unit,
                group=self.group,
                usual=self.usual.get(name),
                actionable=self.actionable,
                reach=window.to or 0,
            )
            for name, window in zip(self.names, self.windows, strict=True)
        )


@dataclass(frozen=True, kw_only=True)
class Computed:
    """What cannot be declared: a function of the cut history, one row a customer with the declared columns.

    A customer whom the function leaves out gets nulls.
    """

    table: str
    features: tuple[Feature, ...]
    compute: Callable[[Mapping[str, ir.Table]], ir.Table]


@dataclass(frozen=True, kw_only=True)
class Derived:
    """A column made of others of the same row, of any family: ratios, trends, shares. Divide by `.nullif(0)`.

    It is left out where one of the columns that it is made `of` is not there, and null where one of them is null.
    """

    feature: Feature
    of: tuple[str, ...]
    derive: Callable[[ir.Table], ir.Value]


@dataclass(frozen=True, kw_only=True)
class Family:
    """One file of features. Scope `own`: other customers' rows change nothing; `population`: statistics of history.

    A family of the unit `case` is there where a row is about a case: its history is `contract.cut.by_case`, in which
    `customer_id` is the case.
    """

    name: str
    meaning: str
    scope: Scope = "own"
    unit: Unit = "customer"
    measures: tuple[Measure, ...] = ()
    computed: tuple[Computed, ...] = ()
    derived: tuple[Derived, ...] = ()

    @property
    def features(self) -> tuple[Feature, ...]:
        measured = tuple(feature for measure in self.measures for feature in measure.features)
        computed = tuple(feature for part in self.computed for feature in part.features)
        return (*measured, *computed, *(derived.feature for derived in self.derived))

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables that it reads, in order of appearance."""
        return tuple(dict.fromkeys([m.table for m in self.measures] + [c.table for c in self.computed]))
