"""Value: what customers spend, and at what price."""

import ibis.expr.types as ir

from features.family import EVER, Derived, Family, Feature, Measure, last


def _purchases(orders: ir.Table) -> ir.BooleanValue:
    return orders.kind == "purchase"


def _per_order(window: str, reach: int) -> Derived:
    return Derived(
        feature=Feature(
            name=f"average_order_{window}",
            description=f"what an order came to on average, {window.replace('_', ' ')}",
            unit="money",
            group="spends_less",
            reach=reach,
        ),
        of=(f"amount_{window}", f"orders_{window}"),
        derive=lambda row: row[f"amount_{window}"] / row[f"orders_{window}"].nullif(0),
    )


VALUE = Family(
    name="value",
    meaning="what customers spend, and at what price",
    measures=(
        Measure(
            stem="amount",
            table="orders",
            how="sum",
            what=lambda rows: rows.amount,
            where=_purchases,
            windows=(*last(28, 91, 182, 364), EVER),
            description="money spent",
            unit="money",
            group="spends_less",
            usual={"amount_last_28d": ("usual_amount_28d_low", "usual_amount_28d_high")},
        ),
        Measure(
            stem="largest_order",
            table="orders",
            how="max",
            what=lambda rows: rows.amount,
            where=_purchases,
            windows=last(91),
            description="largest order",
            unit="money",
            group="spends_less",
        ),
        Measure(
            stem="last_order_amount",
            named=("last_order_amount",),
            table="orders",
            how="last",
            what=lambda rows: rows.amount,
            where=_purchases,
            windows=(EVER,),
            description="what the last order came to",
            unit="money",
            group="spends_less",
        ),
        Measure(
            stem="discount",
            table="orders",
            how="sum",
            what=lambda rows: rows.discount,
            where=_purchases,
            windows=last(91),
            description="discounts taken",
            unit="money",
            group="spends_less",
        ),
        Measure(
            stem="returned_amount",
            table="orders",
            how="sum",
            what=lambda rows: rows.amount,
            where=lambda rows: rows.kind == "return",
            windows=last(364),
            description="money paid back for returns",
            unit="money",
            group="returns",
        ),
    ),
    derived=(
        _per_order("last_28d", 28),
        _per_order("last_91d", 91),
        Derived(
            feature=Feature(
                name="discount_share_last_91d",
                description="discounts as a share of the price before them, last 91 days",
                unit="share",
                group="spends_less",
                reach=91,
            ),
            of=("discount_last_91d", "amount_last_91d"),
            derive=lambda row: row.discount_last_91d / (row.amount_last_91d + row.discount_last_91d).nullif(0),
        ),
        Derived(
            feature=Feature(
                name="returned_share_last_364d",
                description="money paid back as a share of money spent, last 364 days",
                unit="share",
                group="returns",
                reach=364,
            ),
            of=("returned_amount_last_364d", "amount_last_364d"),
            derive=lambda row: row.returned_amount_last_364d / row.amount_last_364d.nullif(0),
        ),
    ),
)
