"""Recency: how long ago each kind of thing last happened."""

from features.family import EVER, Family, Measure

RECENCY = Family(
    name="recency",
    meaning="how long ago each kind of thing last happened",
    measures=(
        Measure(
            stem="days_since_last_activity",
            named=("days_since_last_activity",),
            table="activity",
            how="min",
            what=lambda rows: rows.age_seconds / 86400,
            windows=(EVER,),
            description="days since the last activity",
            unit="days",
            group="gone_quiet",
            usual={"days_since_last_activity": ("usual_days_between", "usual_longest_gap")},
        ),
        Measure(
            stem="days_since_last_return",
            named=("days_since_last_return",),
            table="orders",
            how="min",
            what=lambda rows: rows.age_seconds / 86400,
            where=lambda rows: rows.kind == "return",
            windows=(EVER,),
            description="days since the last return",
            unit="days",
            group="returns",
        ),
        Measure(
            stem="days_since_last_contact",
            named=("days_since_last_contact",),
            table="contacts",
            how="min",
            what=lambda rows: rows.age_seconds / 86400,
            where=lambda rows: rows.direction == "inbound",
            windows=(EVER,),
            description="days since the last contact that the customer began",
            unit="days",
            group="contacts",
        ),
    ),
)
