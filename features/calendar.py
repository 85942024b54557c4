"""Calendar: on which days and at which hours a customer is active."""

from __future__ import annotations

from collections.abc import Callable

import ibis.expr.types as ir

from features.family import Derived, Family, Feature, Measure, last

#: The hour from which it is evening.
EVENING = 17


def _at(stem: str, words: str, where: Callable[[ir.Table], ir.BooleanValue]) -> Measure:
    return Measure(
        stem=stem,
        table="activity",
        how="count",
        where=where,
        windows=last(182),
        description=words,
        unit="activities",
        group="times",
        actionable=False,
    )


def _share(name: str, part: str, words: str) -> Derived:
    return Derived(
        feature=Feature(name=name, description=words, unit="share", group="times", actionable=False, reach=182),
        of=(part, "activities_last_182d"),
        derive=lambda row: row[part] / row.activities_last_182d.nullif(0),
    )


CALENDAR = Family(
    name="calendar",
    meaning="on which days and at which hours a customer is active, by the business calendar",
    measures=(
        _at("weekend_activities", "activities on a weekend", lambda rows: rows.is_weekend),
        _at("holiday_activities", "activities on a holiday", lambda rows: rows.is_holiday),
        _at("evening_activities", "activities in the evening", lambda rows: rows.local_hour >= EVENING),
    ),
    derived=(
        _share(
            "weekend_share_last_182d", "weekend_activities_last_182d", "share of activity on weekends, last 182 days"
        ),
        _share(
            "holiday_share_last_182d", "holiday_activities_last_182d", "share of activity on holidays, last 182 days"
        ),
        _share(
            "evening_share_last_182d", "evening_activities_last_182d", "share of activity from 17:00, last 182 days"
        ),
    ),
)
