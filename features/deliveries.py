"""Deliveries: were orders brought when they were promised, and what is overdue now?

Of days, not hours: a delivery on the promised day is on time. Orders without a promise are left out.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from features.family import EVER, Family, Measure, last

#: An order that is overdue for longer is taken as called off, or as delivered without anybody saying so.
GIVEN_UP_DAYS = 91


def _promised(rows: ir.Table) -> ir.BooleanValue:
    return (rows.kind == "purchase") & rows.promised_days_ago.notnull()


def _delivered(rows: ir.Table) -> ir.BooleanValue:
    return _promised(rows) & rows.delivered_days_ago.notnull()


def _days_late(rows: ir.Table) -> ir.Value:
    """Days from the promised day to the delivery, 0 when it came in time: an early one makes up for no late one."""
    return (rows.promised_days_ago - rows.delivered_days_ago).clip(lower=0)


def _came_late(rows: ir.Table) -> ir.BooleanValue:
    return _delivered(rows) & (rows.delivered_days_ago < rows.promised_days_ago)


def _overdue(rows: ir.Table) -> ir.BooleanValue:
    waiting = _promised(rows) & rows.delivered_days_ago.isnull()
    return waiting & (rows.promised_days_ago > 0) & (rows.promised_days_ago <= GIVEN_UP_DAYS)


def _on_the_way(rows: ir.Table) -> ir.BooleanValue:
    return _promised(rows) & rows.delivered_days_ago.isnull() & (rows.promised_days_ago <= 0)


DELIVERIES = Family(
    name="deliveries",
    meaning="whether orders came when they were promised, and what is overdue now",
    measures=(
        Measure(
            stem="late_share",
            table="orders",
            how="mean",
            what=lambda rows: ibis.ifelse(rows.delivered_days_ago < rows.promised_days_ago, 1, 0),
            where=_delivered,
            windows=last(91, 364),
            description="share of delivered orders that came late, of those made",
            unit="share",
            group="deliveries",
            usual={"late_share_last_91d": ("late_share_last_364d", "late_share_last_364d")},
        ),
        Measure(
            stem="mean_days_late",
            table="orders",
            how="mean",
            what=_days_late,
            where=_delivered,
            windows=last(91, 364),
            description="mean days that delivered orders were late, of those made",
            unit="days",
            group="deliveries",
        ),
        Measure(
            stem="most_days_late",
            table="orders",
            how="max",
            what=_days_late,
            where=_delivered,
            windows=last(364),
            description="most days that a delivered order was late, of those made",
            unit="days",
            group="deliveries",
        ),
        Measure(
            stem="last_days_late",
            named=("last_days_late",),
            table="orders",
            how="last",
            what=_days_late,
            where=_delivered,
            when=lambda rows: rows.delivered_days_ago,
            windows=(EVER,),
            description="days that the last delivered order was late",
            unit="days",
            group="deliveries",
            usual={"last_days_late": ("mean_days_late_last_364d", "mean_days_late_last_364d")},
        ),
        Measure(
            stem="overdue_orders",
            named=("overdue_orders",),
            table="orders",
            how="count",
            where=_overdue,
            windows=(EVER,),
            description="orders that are overdue now",
            unit="orders",
            group="deliveries",
        ),
        Measure(
            stem="days_overdue",
            named=("days_overdue",),
            table="orders",
            how="max",
            what=lambda rows: rows.promised_days_ago,
            where=_overdue,
            windows=(EVER,),
            description="days since the promise of the order that is overdue the longest",
            unit="days",
            group="deliveries",
        ),
        Measure(
            stem="days_since_last_late_delivery",
            named=("days_since_last_late_delivery",),
            table="orders",
            how="min",
            what=lambda rows: rows.delivered_days_ago,
            where=_came_late,
            windows=(EVER,),
            description="days since the last delivery that was late",
            unit="days",
            group="deliveries",
        ),
        Measure(
            stem="orders_on_the_way",
            named=("orders_on_the_way",),
            table="orders",
            how="count",
            where=_on_the_way,
            windows=(EVER,),
            description="orders on the way whose promised day has not passed",
            unit="orders",
            group="deliveries",
        ),
    ),
)
