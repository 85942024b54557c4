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

from contract.cut import ACTIVITY, Future, History, label_known_on
from contract.readiness import CannotRead

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

    `cohort` gives the customers who can have the outcome (one row a customer, column customer_id), from history alone.
    `outcome` gives those who had it or did not: it gets the future and the cohort, and returns customer_id and label
    (1 or 0), one row a customer of the cohort, or, with a column unit_id, one row a unit. The label window is
    `[as_of + gap, as_of + gap + horizon)` in local days; labels are known `delay_days` after its end.
    `cohort_reach_days` is how far back the cohort looks, and `tables` where: those that it cannot do without, or, if it
    names none, whatever counts as activity.

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

    @property
    def label_days(self) -> int:
        """How many days after as_of the labels are known."""
        return self.gap_days + self.horizon_days + self.delay_days

    def known_on(self, as_of: date) -> date:
        """The first day on which the labels of `as_of` are known."""
        return label_known_on(as_of, gap_days=self.gap_days, horizon_days=self.horizon_days, delay_days=self.delay_days)


def active_within(days: int) -> Callable[[History], ir.Table]:
    """The cohort of who was active in the last `days` before as_of."""

    def cohort(history: History) -> ir.Table:
        activity = history[ACTIVITY]
        return activity.filter(activity.days_ago <= days).select("customer_id").distinct()

    return cohort


def window_in_words(*, horizon_days: int, gap_days: int) -> str:
    """The label window as a person says it."""
    return f"{horizon_days} days that begin {gap_days} day{'s' if gap_days != 1 else ''} after the decision"


def spine_of(connection: Backend, history: History, target: Target, as_of: date) -> pd.DataFrame:
    """One row a customer of the cohort, by customer_id: unit_id, customer_id, as_of.

    Customers who forbade profiling are not in it: they are neither learned from nor scored.
    """
    customers = history["customers"]
    allowed = customers.filter(customers.profiling_allowed.fill_null(True))
    cohort = allowed.semi_join(target.cohort(history), "customer_id").select("customer_id")
    ids = connection.to_pyarrow(cohort).to_pandas().customer_id.sort_values(ignore_index=True)
    return pd.DataFrame({"unit_id": ids, "customer_id": ids, "as_of": pd.Timestamp(as_of)})


def labels_of(connection: Backend, future: Future, target: Target, spine: pd.DataFrame) -> pd.Series:
    """The label of every row of the spine, in its order: 1.0 had the outcome, 0.0 did not, NaN cannot be said.

    Raises CannotRead where the company's own labels say two things of one unit.
    """
    # Typed, since a cohort without anybody has no type of its own; once, since a customer may have several units.
    customers = pd.DataFrame({"customer_id": spine.customer_id.astype("str").unique()}, dtype="str")
    cohort = ibis.memtable(customers, schema={"customer_id": "string"})
    found = connection.to_pyarrow(target.outcome(future, cohort)).to_pandas()
    key = "unit_id" if "unit_id" in found.columns else "customer_id"
    twice = int(found[key].duplicated().sum())
    if twice:
        raise CannotRead(
            f"target {target.name}: {twice} labels at {spine.as_of.iloc[0]:%Y-%m-%d} are of a {key} that has one "
            "already. A unit_id is one customer's, a row without it stands for the customer_id itself, and a unit has "
            "one as_of a day: mend the table of labels"
        )
    by_key = found.set_index(key).label.astype("float64")
    return pd.Series(spine[key].map(by_key).to_numpy(), index=spine.index, name="label", dtype="float64")
