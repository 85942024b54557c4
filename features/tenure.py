"""Tenure: how long a customer has been with us, as far as the history reaches."""

from features.family import EVER, Derived, Family, Feature, Measure

TENURE = Family(
    name="tenure",
    meaning="how long a customer has been with us, as far as the history reaches",
    measures=(
        Measure(
            stem="days_since_first_activity",
            named=("days_since_first_activity",),
            table="activity",
            how="max",
            what=lambda rows: rows.age_seconds / 86400,
            windows=(EVER,),
            description="days since the first activity",
            unit="days",
            group="new_or_old",
            actionable=False,
        ),
        Measure(
            stem="days_since_joined",
            named=("days_since_joined",),
            table="customers",
            how="max",
            what=lambda rows: rows.age_seconds / 86400,
            windows=(EVER,),
            description="days since the customer joined",
            unit="days",
            group="new_or_old",
            actionable=False,
        ),
    ),
    derived=(
        Derived(
            feature=Feature(
                name="days_from_first_to_last_activity",
                description="days from the first activity to the last",
                unit="days",
                group="new_or_old",
                actionable=False,
            ),
            of=("days_since_first_activity", "days_since_last_activity"),
            derive=lambda row: row.days_since_first_activity - row.days_since_last_activity,
        ),
        Derived(
            feature=Feature(
                name="activities_per_28d",
                description="activities in 28 days since the first one",
                unit="activities",
                group="gone_quiet",
            ),
            of=("activities_ever", "days_since_first_activity"),
            # A customer of yesterday is measured as if here for four weeks: one order is no rate of 28 a month.
            derive=lambda row: row.activities_ever * 28 / row.days_since_first_activity.clip(lower=28),
        ),
    ),
)
