"""High effort: a customer, asked how much effort it took, would answer 5 of 7 or more."""

from __future__ import annotations

from contract.said import marked
from labels.answers import ANSWERED_WITHIN, of_cases, of_customers
from labels.target import SimpleRule, Target

#: Above the middle of the scale.
AT_LEAST = 5


def high_effort(*, active_days: int, horizon_days: int, gap_days: int, delay_days: int = ANSWERED_WITHIN) -> Target:
    """One row a customer; see labels/answers.py."""
    return of_customers(
        name="high_effort",
        title="High effort",
        outcome_says=marked("would answer that it took much effort (5 of 7 or more)"),
        kind="ces",
        is_bad=lambda answers: answers.score >= AT_LEAST,
        rules=(
            SimpleRule(name="last answer", column="last_ces"),
            SimpleRule(name="contacts", column="contacts_last_28d"),
        ),
        active_days=active_days,
        horizon_days=horizon_days,
        gap_days=gap_days,
        delay_days=delay_days,
    )


def case_high_effort(*, horizon_days: int, gap_days: int, fresh_days: int = 1, delay_days: int = 0) -> Target:
    """One row a case just opened or closed; see labels/answers.py."""
    return of_cases(
        name="case_high_effort",
        title="High effort with a case",
        outcome_says=marked("would answer that the case took much effort (5 of 7 or more)"),
        kind="ces",
        is_bad=lambda answers: answers.score >= AT_LEAST,
        rules=(
            SimpleRule(name="contacts about the case", column="case_contacts"),
            SimpleRule(name="last answer", column="last_ces"),
        ),
        fresh_days=fresh_days,
        horizon_days=horizon_days,
        gap_days=gap_days,
        delay_days=delay_days,
    )
