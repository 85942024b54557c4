"""Own past outcome rate: how often the customer was quiet for a whole period before, and came back."""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from features.days import days_of
from features.family import Computed, Derived, Family, Feature
from features.usual import PERIOD, periods_of


def quiet_periods(history: Mapping[str, ir.Table]) -> ir.Table:
    """One row a customer with a complete 28-day period: periods since the first activity, and those without any."""
    days = days_of(history["activity"])
    whole = periods_of(days)
    whole = whole.filter(whole.periods > 0)
    active = days.select("customer_id", period=(days.days_ago - 1) // PERIOD).distinct()
    both = active.inner_join(whole, "customer_id")
    counted = both.group_by("customer_id").agg(
        periods_28d=both.periods.max(),
        active_periods=both.count(where=both.period < both.periods),
        active_recently=both.count(where=(both.period < both.periods) & (both.period < 3)),
    )
    recent = ibis.least(counted.periods_28d, ibis.literal(3))
    return counted.select(
        "customer_id",
        "periods_28d",
        quiet_periods_28d=counted.periods_28d - counted.active_periods,
        quiet_periods_28d_of_last_3=recent - counted.active_recently,
    )


OUTCOMES = Family(
    name="outcomes",
    meaning="how often the customer was quiet for a whole 28-day period before",
    computed=(
        Computed(
            table="activity",
            compute=quiet_periods,
            features=(
                Feature(
                    name="periods_28d",
                    description="complete 28-day periods since the first activity",
                    unit="periods",
                    group="new_or_old",
                    actionable=False,
                ),
                Feature(
                    name="quiet_periods_28d",
                    description="complete 28-day periods without any activity",
                    unit="periods",
                    group="quiet_before",
                ),
                Feature(
                    name="quiet_periods_28d_of_last_3",
                    description="periods without any activity among the last three",
                    unit="periods",
                    group="quiet_before",
                ),
            ),
        ),
    ),
    derived=(
        Derived(
            feature=Feature(
                name="quiet_share_28d",
                description="share of complete 28-day periods without any activity",
                unit="share",
                group="quiet_before",
            ),
            of=("quiet_periods_28d", "periods_28d"),
            derive=lambda row: row.quiet_periods_28d / row.periods_28d.nullif(0),
        ),
    ),
)
