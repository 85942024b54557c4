"""Surveys: what customers answered, and whether they still answer.

Whom to ask, and how often, is the company's own choice: neither invitations nor answers are counted. An answer stands
with the invitation that it belongs to.
"""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from features.family import EVER, Computed, Family, Feature, Measure, last

#: Most who answer do so within a week: until then an invitation says nothing, and who was asked yesterday is no
#: different from who was not.
DAYS_TO_ANSWER = 7

#: By kind: what is asked, and what its numbers are.
KINDS: Mapping[str, tuple[str, str]] = {
    "csat": ("satisfaction", "of 5"),
    "nps": ("willingness to recommend", "of 10"),
    "ces": ("effort that it took", "of 7"),
}


def changes(history: Mapping[str, ir.Table]) -> ir.Table:
    """One row a customer who answered: by kind, the last score less the mean of those before it.

    What stands at the same moment as the last one is not before it, however often it is written.
    """
    surveys = history["surveys"]
    answered = surveys.filter(surveys.score.notnull()).select("customer_id", "kind", "age_seconds", "score")
    newest = answered.group_by(["customer_id", "kind"]).agg(newest=answered.age_seconds.min())
    both = answered.inner_join(newest, ["customer_id", "kind"])
    is_newest = both.age_seconds == both.newest
    told = both.group_by(["customer_id", "kind"]).agg(
        latest=both.score.min(where=is_newest),
        total=both.score.sum(where=~is_newest),
        number=both.score.count(where=~is_newest),
    )
    told = told.mutate(change=told.latest - told.total.cast("float64") / told.number.nullif(0))
    return told.group_by("customer_id").agg(
        **{f"{kind}_change": told.change.max(where=told.kind == kind) for kind in KINDS}
    )


def _scores(kind: str, what: str, unit: str) -> tuple[Measure, ...]:
    def of_kind(rows: ir.Table) -> ir.BooleanValue:
        return rows.kind == kind

    mean = f"mean_{kind}"
    return (
        Measure(
            stem=f"last_{kind}",
            named=(f"last_{kind}",),
            table="surveys",
            how="last",
            what=lambda rows: rows.score,
            where=of_kind,
            when=lambda rows: rows.responded_days_ago.fill_null(rows.days_ago),
            windows=(EVER,),
            description=f"{what}, the last answer",
            unit=unit,
            group="said",
            usual={f"last_{kind}": (f"{mean}_ever", f"{mean}_ever")},
        ),
        Measure(
            stem=mean,
            table="surveys",
            how="mean",
            what=lambda rows: rows.score,
            where=of_kind,
            windows=(*last(364), EVER),
            description=f"{what}, mean of the answers",
            unit=unit,
            group="said",
        ),
    )


def _answered(rows: ir.Table) -> ir.Value:
    return ibis.ifelse(rows.responded_days_ago.isnull(), 0, 1)


def _had_time(rows: ir.Table) -> ir.BooleanValue:
    return rows.days_ago > DAYS_TO_ANSWER


SURVEYS = Family(
    name="surveys",
    meaning="what customers answered when they were asked, and whether they still answer; never how often",
    measures=(
        *(measure for kind, (what, unit) in KINDS.items() for measure in _scores(kind, what, unit)),
        Measure(
            stem="days_since_last_answer",
            named=("days_since_last_answer",),
            table="surveys",
            how="min",
            what=lambda rows: rows.responded_days_ago,
            windows=(EVER,),
            description="days since a survey was last answered",
            unit="days",
            group="said",
        ),
        Measure(
            stem="answered_share",
            table="surveys",
            how="mean",
            what=_answered,
            where=_had_time,
            windows=(*last(364), EVER),
            description="answered share of invitations (those of the last week apart)",
            unit="share",
            group="said",
            usual={"answered_share_last_364d": ("answered_share_ever", "answered_share_ever")},
        ),
        Measure(
            stem="last_invitation_answered",
            named=("last_invitation_answered",),
            table="surveys",
            how="last",
            what=_answered,
            where=_had_time,
            windows=(EVER,),
            description="1 where the last invitation of more than a week ago was answered, else 0",
            unit="yes or no",
            group="said",
        ),
    ),
    computed=(
        Computed(
            table="surveys",
            compute=changes,
            features=tuple(
                Feature(
                    name=f"{kind}_change",
                    description=f"{what}, the last answer less the mean of those before it",
                    unit="points",
                    group="said",
                )
                for kind, (what, _) in KINDS.items()
            ),
        ),
    ),
)
