"""What a target is: who can have the outcome at all, and who had it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis.backends.duckdb import Backend

from contract.cut import Future, History, label_known_on


@dataclass(frozen=True, kw_only=True)
class Target:
    """One thing to foresee.

    `cohort` gives the customers who can have the outcome (one row a customer, column customer_id), from history alone.
    `outcome` gives those who had it or did not: it gets the future and the cohort, and returns customer_id and label
    (1 or 0), one row a customer of the cohort. The label window is `[as_of + gap, as_of + gap + horizon)` in local
    days; labels are known `delay_days` after its end. `cohort_reach_days` is how far back the cohort looks.
    """

    name: str
    title: str
    meaning: str
    horizon_days: int
    gap_days: int
    cohort: Callable[[History], ir.Table]
    outcome: Callable[[Future, ir.Table], ir.Table]
    cohort_reach_days: int = 0
    delay_days: int = 0

    @property
    def label_days(self) -> int:
        """How many days after as_of the labels are known."""
        return self.gap_days + self.horizon_days + self.delay_days

    def known_on(self, as_of: date) -> date:
        """The first day on which the labels of `as_of` are known."""
        return label_known_on(as_of, gap_days=self.gap_days, horizon_days=self.horizon_days, delay_days=self.delay_days)


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
    """The label of every row of the spine, in its order: 1.0 had the outcome, 0.0 did not, NaN cannot be said."""
    # Typed, since a cohort without anybody has no type of its own; once, since a customer may have several units.
    customers = pd.DataFrame({"customer_id": spine.customer_id.astype("str").unique()}, dtype="str")
    cohort = ibis.memtable(customers, schema={"customer_id": "string"})
    found = connection.to_pyarrow(target.outcome(future, cohort)).to_pandas()
    by_customer = found.set_index("customer_id").label.astype("float64")
    return pd.Series(spine.customer_id.map(by_customer).to_numpy(), index=spine.index, name="label", dtype="float64")
