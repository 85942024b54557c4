"""Texts: how what customers write sounds, and how many things it is about."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from features.family import EVER, Derived, Family, Feature, Measure, last

#: A text that is likelier than not to come from an unhappy customer.
UNHAPPY = 0.5


def _is_unhappy(rows: ir.Table) -> ir.BooleanValue:
    return rows.sentiment > UNHAPPY


TEXTS = Family(
    name="texts",
    meaning="how unhappy what customers write sounds (sentiment: 0 not at all, 1 for certain), and what it is about",
    measures=(
        Measure(
            stem="last_sentiment",
            named=("last_sentiment",),
            table="text_scores",
            how="last",
            what=lambda rows: rows.sentiment,
            windows=(EVER,),
            description="how unhappy the last text sounds",
            unit="from 0 to 1",
            group="said",
            usual={"last_sentiment": ("mean_sentiment_last_364d", "mean_sentiment_last_364d")},
        ),
        Measure(
            stem="mean_sentiment",
            table="text_scores",
            how="mean",
            what=lambda rows: rows.sentiment,
            windows=last(91, 364),
            description="mean of how unhappy texts sound",
            unit="from 0 to 1",
            group="said",
        ),
        Measure(
            stem="unhappy_share",
            table="text_scores",
            how="mean",
            what=lambda rows: ibis.ifelse(_is_unhappy(rows), 1, 0),
            where=lambda rows: rows.sentiment.notnull(),
            windows=last(91, 364),
            description="share of unhappy texts",
            unit="share",
            group="said",
            usual={"unhappy_share_last_91d": ("unhappy_share_last_364d", "unhappy_share_last_364d")},
        ),
        Measure(
            stem="text_topics",
            table="text_scores",
            how="distinct",
            what=lambda rows: rows.topic,
            # Who is asked more often says more: answers to surveys would count the company's own invitations.
            where=lambda rows: rows.text_of != "surveys",
            windows=last(91),
            description="different topics that the customer wrote of unasked",
            unit="topics",
            group="said",
        ),
        Measure(
            stem="days_since_last_unhappy_text",
            named=("days_since_last_unhappy_text",),
            table="text_scores",
            how="min",
            what=lambda rows: rows.age_seconds / 86400,
            where=_is_unhappy,
            windows=(EVER,),
            description="days since the last unhappy text",
            unit="days",
            group="said",
        ),
    ),
    derived=(
        Derived(
            feature=Feature(
                name="sentiment_change_91d",
                description="mean of how unhappy texts sound in the last 91 days less that in the last 364",
                unit="from -1 to 1",
                group="said",
                reach=364,
            ),
            of=("mean_sentiment_last_91d", "mean_sentiment_last_364d"),
            derive=lambda row: row.mean_sentiment_last_91d - row.mean_sentiment_last_364d,
        ),
    ),
)
