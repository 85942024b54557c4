"""Trend: adjacent windows compared."""

from features.family import Derived, Family, Feature, Measure, earlier


def _trend(name: str, now: str, then: str, words: str, group: str, reach: int) -> Derived:
    """The share of the newer window in both together: .5 is steady, 0 is gone, 1 is new; null where both are empty."""
    return Derived(
        feature=Feature(name=name, description=words, unit="share", group=group, reach=reach),
        of=(now, then),
        derive=lambda row: row[now] / (row[now] + row[then]).nullif(0),
    )


TREND = Family(
    name="trend",
    meaning="adjacent windows compared: .5 is steady, 0 is gone, 1 is new",
    measures=(
        Measure(
            stem="active_days",
            table="activity",
            how="days",
            # From 183 to 364 days ago: the season that lies ahead, as it was last year.
            windows=(earlier(28, 56), earlier(91, 182), earlier(182, 364)),
            description="days with activity",
            unit="days",
            group="gone_quiet",
        ),
        Measure(
            stem="orders",
            table="orders",
            how="count",
            where=lambda rows: rows.kind == "purchase",
            windows=(earlier(28, 56), earlier(91, 182)),
            description="orders",
            unit="orders",
            group="buys_less",
        ),
        Measure(
            stem="amount",
            table="orders",
            how="sum",
            what=lambda rows: rows.amount,
            where=lambda rows: rows.kind == "purchase",
            windows=(earlier(28, 56), earlier(91, 182)),
            description="money spent",
            unit="money",
            group="spends_less",
        ),
    ),
    derived=(
        _trend(
            "active_days_trend_28d",
            "active_days_last_28d",
            "active_days_29_to_56d_ago",
            "days with activity in the last 28 days as a share of the last 56",
            "gone_quiet",
            56,
        ),
        _trend(
            "active_days_trend_91d",
            "active_days_last_91d",
            "active_days_92_to_182d_ago",
            "days with activity in the last 91 days as a share of the last 182",
            "gone_quiet",
            182,
        ),
        _trend(
            "orders_trend_28d",
            "orders_last_28d",
            "orders_29_to_56d_ago",
            "orders in the last 28 days as a share of the last 56",
            "buys_less",
            56,
        ),
        _trend(
            "orders_trend_91d",
            "orders_last_91d",
            "orders_92_to_182d_ago",
            "orders in the last 91 days as a share of the last 182",
            "buys_less",
            182,
        ),
        _trend(
            "amount_trend_28d",
            "amount_last_28d",
            "amount_29_to_56d_ago",
            "money spent in the last 28 days as a share of the last 56",
            "spends_less",
            56,
        ),
        _trend(
            "amount_trend_91d",
            "amount_last_91d",
            "amount_92_to_182d_ago",
            "money spent in the last 91 days as a share of the last 182",
            "spends_less",
            182,
        ),
        Derived(
            feature=Feature(
                name="active_days_newest_share",
                description="days with activity in the last 14 days as a share of the last 91",
                unit="share",
                group="gone_quiet",
                reach=91,
            ),
            of=("active_days_last_14d", "active_days_last_91d"),
            derive=lambda row: row.active_days_last_14d / row.active_days_last_91d.nullif(0),
        ),
    ),
)
