"""Usage: how much, how often and how widely the product is used, and whether that falls."""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from features.days import days_of
from features.family import EVER, Computed, Derived, Family, Feature, Measure, earlier, last
from features.usual import quartiles


def usual_days(history: Mapping[str, ir.Table]) -> ir.Table:
    """One row a customer: the quartiles of days with usage in 28 days."""
    return quartiles(days_of(history["usage"]), usual_usage_days_28d=ibis.literal(1))


USAGE = Family(
    name="usage",
    meaning="how much, how often and how widely the product is used, and whether that falls",
    measures=(
        Measure(
            stem="days_since_last_usage",
            named=("days_since_last_usage",),
            table="usage",
            how="min",
            what=lambda rows: rows.age_seconds / 86400,
            windows=(EVER,),
            description="days since the product was last used",
            unit="days",
            group="uses_less",
        ),
        Measure(
            stem="usage_days",
            table="usage",
            how="days",
            windows=(*last(7, 28, 91), earlier(28, 56)),
            description="days with usage",
            unit="days",
            group="uses_less",
            usual={"usage_days_last_28d": ("usual_usage_days_28d_low", "usual_usage_days_28d_high")},
        ),
        Measure(
            stem="usage_quantity",
            table="usage",
            how="sum",
            what=lambda rows: rows.quantity,
            windows=(*last(28, 91), earlier(28, 56)),
            description="quantity used",
            unit="the event's own",
            group="uses_less",
        ),
        Measure(
            stem="usage_events",
            table="usage",
            how="distinct",
            what=lambda rows: rows.event,
            windows=last(28, 91),
            description="different things used",
            unit="events",
            group="uses_less",
        ),
    ),
    computed=(
        Computed(
            table="usage",
            compute=usual_days,
            features=(
                Feature(
                    name="usual_usage_days_28d_low",
                    description="lower quartile of days with usage a 28-day period",
                    unit="days",
                    group="uses_less",
                ),
                Feature(
                    name="usual_usage_days_28d_high",
                    description="upper quartile of days with usage a 28-day period",
                    unit="days",
                    group="uses_less",
                ),
            ),
        ),
    ),
    derived=(
        Derived(
            feature=Feature(
                name="usage_days_trend_28d",
                description="days with usage in the last 28 days as a share of the last 56",
                unit="share",
                group="uses_less",
                reach=56,
            ),
            of=("usage_days_last_28d", "usage_days_29_to_56d_ago"),
            derive=lambda row: (
                row.usage_days_last_28d / (row.usage_days_last_28d + row.usage_days_29_to_56d_ago).nullif(0)
            ),
        ),
        Derived(
            feature=Feature(
                name="usage_quantity_trend_28d",
                description="quantity used in the last 28 days as a share of the last 56",
                unit="share",
                group="uses_less",
                reach=56,
            ),
            of=("usage_quantity_last_28d", "usage_quantity_29_to_56d_ago"),
            derive=lambda row: (
                row.usage_quantity_last_28d / (row.usage_quantity_last_28d + row.usage_quantity_29_to_56d_ago).nullif(0)
            ),
        ),
    ),
)
