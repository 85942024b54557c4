"""NPS detractor: a customer, asked whether to recommend the company, would answer 6 of 10 or less."""

from __future__ import annotations

from contract.said import marked
from labels.answers import ANSWERED_WITHIN, of_customers
from labels.target import SimpleRule, Target

#: By the definition of the net promoter score (Reichheld 2003): 0 to 6 detract, 9 and 10 promote.
AT_MOST = 6


def nps_detractor(*, active_days: int, horizon_days: int, gap_days: int, delay_days: int = ANSWERED_WITHIN) -> Target:
    """One row a customer; see labels/answers.py."""
    return of_customers(
        name="nps_detractor",
        title="Detractor",
        outcome_says=marked("would answer 6 of 10 or less"),
        kind="nps",
        is_bad=lambda answers: answers.score <= AT_MOST,
        rules=(
            SimpleRule(name="last answer", column="last_nps", high_is_risky=False),
            SimpleRule(
                name="recency of complaints",
                column="days_since_last_complaint",
                high_is_risky=False,
                null_is_safe=True,
            ),
        ),
        active_days=active_days,
        horizon_days=horizon_days,
        gap_days=gap_days,
        delay_days=delay_days,
    )
