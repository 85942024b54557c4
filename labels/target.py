"""What a target is: who can have the outcome at all, and who had it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis.backends.duckdb import Backend

from contract.cut import ACTIVITY, Future, History, Unit, label_known_on
from contract.readiness import CannotRead
from contract.said import Said, said_plural

#: What a label says: whether something came to be (1 or 0), or how much of it there was.
Kind = Literal["risk", "amount"]


@dataclass(frozen=True, kw_only=True)
class SimpleRule:
    """A ranking by one feature column that a model must beat: its name, the column, and whether high is risky.

    Who has no value ranks in the middle, or, where that says that it never happened to the customer, with the safest.
    """

    name: str
    column: str
    high_is_risky: bool = True
    null_is_safe: bool = False


@dataclass(frozen=True, kw_only=True)
class Target:
    """One thing to foresee.

    `cohort` gives the customers who can have the outcome (one row a customer, column customer_id), from history alone;
    where the `unit` is the case, one row a case (unit_id, customer_id). `outcome` gives those who had it or did not: it
    gets the future and the cohort, and returns customer_id and label (1 or 0), one row a customer of the cohort, or,
    with a column unit_id, one row a unit. The label window is
    `[as_of + gap, as_of + gap + horizon)` in local days; labels are known `delay_days` after its end.
    `cohort_reach_days` is how far back the cohort looks, and `tables` where: those that it cannot do without, or, if it
    names none, whatever counts as activity.

    `gone` gives the customers who left inside the gap (column customer_id), or the units for which it was over by then
    (column unit_id): for them it was decided before the window began, so they leave the cohort, and are counted.
    `apart` gives those to whom something else happened that makes the label unsayable (a subscription that the company
    ended), counted too. A target that only answers can tell has `asked`: the units that were asked in the window (the
    column of the cohort's unit); its probabilities say what would be answered, if asked.

    `outcome_says` completes "somebody who ..." where people read. `rules` are the simple rules of this target, by which
    teams would call today. A `kind` of amount has money for a label. Of a `brought` target the company's own table
    gives the labels, and says of whom and of which dates there are any; the cohort only says who is scored.
    """

    name: str
    title: str
    meaning: str
    horizon_days: int
    gap_days: int
    cohort: Callable[[History], ir.Table]
    outcome: Callable[[Future, ir.Table], ir.Table]
    cohort_reach_days: int = 0
    tables: tuple[str, ...] = ()
    delay_days: int = 0
    rules: tuple[SimpleRule, ...] = ()
    kind: Kind = "risk"
    outcome_says: str = "would leave"
    brought: bool = False
    unit: Unit = "customer"
    gone: Callable[[Future], ir.Table | None] | None = None
    apart: Callable[[Future], ir.Table] | None = None
    asked: Callable[[Future, ir.Table], ir.Table] | None = None

    @property
    def label_days(self) -> int:
        """How many days after as_of the labels are known."""
        return self.gap_days + self.horizon_days + self.delay_days

    def known_on(self, as_of: date) -> date:
        """The first day on which the labels of `as_of` are known."""
        return label_known_on(as_of, gap_days=self.gap_days, horizon_days=self.horizon_days, delay_days=self.delay_days)


def active_within(days: int) -> Callable[[History], ir.Table]:
    """The cohort of who was active in the last `days` before as_of, and has not left already."""

    def cohort(history: History) -> ir.Table:
        activity = history[ACTIVITY]
        return still_with_us(history, activity.filter(activity.days_ago <= days).select("customer_id").distinct())

    return cohort


def still_with_us(history: History, rows: ir.Table) -> ir.Table:
    """The rows of those customers who have not left already."""
    return rows if "subscriptions" not in history else rows.anti_join(already_gone(history), "customer_id")


def already_gone(history: History) -> ir.Table:
    """One row a customer whose subscriptions have all ended, and who did nothing since the day of the last end."""
    periods = history["subscriptions"]
    ended = periods.group_by("customer_id").agg(
        running=periods.count(where=periods.ended_days_ago.isnull()), since=periods.ended_days_ago.min()
    )
    ended = ended.filter(ended.running == 0)
    activity = history[ACTIVITY]
    last = activity.group_by("customer_id").agg(days_ago=activity.days_ago.min())
    both = ended.left_join(last, "customer_id")
    return both.filter(both.days_ago.isnull() | (both.days_ago >= both.since)).select("customer_id")


def whether(cohort: ir.Table, those: ir.Table) -> ir.Table:
    """One row a customer of the cohort: label 1 for whom `those` have a row, 0 for the others."""
    there = those.select("customer_id").distinct().mutate(there=ibis.literal(1))
    joined = cohort.left_join(there, "customer_id")
    return joined.select("customer_id", label=joined.there.fill_null(0))


def window_in_words(*, horizon_days: int, gap_days: int) -> Said:
    """The label window as a person says it."""
    return said_plural(
        "{horizon} days that begin {number} day after the decision",
        "{horizon} days that begin {number} days after the decision",
        gap_days,
        horizon=horizon_days,
    )


def spine_of(connection: Backend, history: History, target: Target, as_of: date) -> pd.DataFrame:
    """One row a unit of the cohort, by unit_id: unit_id, customer_id, as_of.

    Customers who forbade profiling are not in it: they are neither learned from nor scored.
    """
    customers = history["customers"]
    allowed = customers.filter(customers.profiling_allowed.fill_null(True)).select("customer_id")
    cohort = target.cohort(history)
    units = cohort.semi_join(allowed, "customer_id")
    units = units.select(unit_id=units[_key_of(target)], customer_id=units.customer_id)
    frame: pd.DataFrame = connection.to_pyarrow(units).to_pandas().sort_values("unit_id", ignore_index=True)
    return frame.assign(as_of=pd.Timestamp(as_of))


@dataclass(frozen=True, kw_only=True)
class Outcomes:
    """What came of every row of a spine, in its order.

    `label` is 1.0 had the outcome, 0.0 did not, NaN cannot be said. `asked` is whether the unit was asked, of a target
    that only answers can tell; else all true. `gone` are the rows for which it was decided before the window began,
    and `apart` those to whom something else happened: they have no label.
    """

    label: pd.Series
    asked: pd.Series
    gone: pd.Series
    apart: pd.Series


def outcomes_of(connection: Backend, future: Future, target: Target, spine: pd.DataFrame) -> Outcomes:
    """What came of the spine's rows.

    Raises CannotRead where the company's own labels say two things of one unit.
    """
    # Typed, since a cohort without anybody has no type of its own; once, since a customer may have several units.
    schema = {"customer_id": "string"} | ({"unit_id": "string"} if target.unit != "customer" else {})
    named = spine[list(schema)].astype("str").drop_duplicates().reset_index(drop=True)
    cohort = ibis.memtable(named, schema=schema)
    found = connection.to_pyarrow(target.outcome(future, cohort)).to_pandas()
    key = "unit_id" if "unit_id" in found.columns else "customer_id"
    twice = int(found[key].duplicated().sum())
    if twice:
        raise CannotRead(
            f"target {target.name}: {twice} labels at {spine.as_of.iloc[0]:%Y-%m-%d} are of a {key} that has one "
            "already. A unit_id is one customer's, a row without it stands for the customer_id itself, and a unit has "
            "one as_of a day: mend the table of labels"
        )
    label = spine[key].map(found.set_index(key).label.astype("float64")).astype("float64")

    def among(units: ir.Table | None, column: str, otherwise: bool) -> pd.Series:
        if units is None:
            return pd.Series(otherwise, index=spine.index)
        return spine[column].isin(connection.to_pyarrow(units.select(column))[column].to_pylist())

    left = target.gone(future) if target.gone else None
    gone = among(left, "customer_id" if left is None or "unit_id" not in left.columns else "unit_id", False)
    apart = among(target.apart(future) if target.apart else None, "customer_id", False) & ~gone
    asked = among(target.asked(future, cohort) if target.asked else None, _key_of(target), True)
    return Outcomes(
        label=label.mask(gone | apart).rename("label"), asked=asked & ~gone & ~apart, gone=gone, apart=apart
    )


def labels_of(connection: Backend, future: Future, target: Target, spine: pd.DataFrame) -> pd.Series:
    """The label of every row of the spine, in its order: 1.0 had the outcome, 0.0 did not, NaN cannot be said."""
    return outcomes_of(connection, future, target, spine).label


def _key_of(target: Target) -> str:
    return "customer_id" if target.unit == "customer" else "unit_id"
