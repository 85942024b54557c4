"""Low satisfaction: a customer, asked how satisfied, would answer 2 of 5 or less."""

from __future__ import annotations

from contract.said import marked
from labels.answers import ANSWERED_WITHIN, of_cases, of_customers
from labels.target import SimpleRule, Target

#: Satisfied from 3 on: the two lowest answers are the complaint of those who do not complain.
AT_MOST = 2


def low_csat(*, active_days: int, horizon_days: int, gap_days: int, delay_days: int = ANSWERED_WITHIN) -> Target:
    """One row a customer; see labels/answers.py."""
    return of_customers(
        name="low_csat",
        title="Low satisfaction",
        outcome_says=marked("would answer 2 of 5 or less"),
        kind="csat",
        is_bad=lambda answers: answers.score <= AT_MOST,
        rules=(
            SimpleRule(name="last answer", column="last_csat", high_is_risky=False),
            SimpleRule(
                name="recency of complaints", column="days_since_last_complaint", high_is_risky=False, null_is_safe=True
            ),
        ),
        active_days=active_days,
        horizon_days=horizon_days,
        gap_days=gap_days,
        delay_days=delay_days,
    )


def case_low_csat(*, horizon_days: int, gap_days: int, fresh_days: int = 1, delay_days: int = 0) -> Target:
    """One row a case just opened or closed; see labels/answers.py."""
    return of_cases(
        name="case_low_csat",
        title="Low satisfaction with a case",
        outcome_says=marked("would answer 2 of 5 or less about the case"),
        kind="csat",
        is_bad=lambda answers: answers.score <= AT_MOST,
        rules=(
            SimpleRule(name="severity", column="case_severity"),
            SimpleRule(name="last answer", column="last_csat", high_is_risky=False),
        ),
        fresh_days=fresh_days,
        horizon_days=horizon_days,
        gap_days=gap_days,
        delay_days=delay_days,
    )
