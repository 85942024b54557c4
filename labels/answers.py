"""Answers to surveys as labels: what the targets that only answers can tell have in common."""

from __future__ import annotations

from collections.abc import Callable

import ibis
import ibis.expr.types as ir

from contract.cut import Future, History
from contract.said import said, said_plural
from labels.ending import left_in_gap
from labels.target import SimpleRule, Target, active_within, still_with_us, window_in_words

#: Days after the window within which an answer still counts, where nothing else is said: most come within a week.
ANSWERED_WITHIN = 7

#: Which scores are bad, by kind of survey.
IsBad = Callable[[ir.Table], ir.BooleanValue]


def of_customers(
    *,
    name: str,
    title: str,
    outcome_says: str,
    kind: str,
    is_bad: IsBad,
    rules: tuple[SimpleRule, ...],
    active_days: int,
    horizon_days: int,
    gap_days: int,
    delay_days: int,
) -> Target:
    """Cohort: active in the last `active_days` before as_of. Label: the last survey of that kind to which the customer
    was invited in `[as_of + gap, as_of + gap + horizon)`, and which was answered until `delay_days` after it, got a bad
    score. Who was not asked, or did not answer, cannot be labelled: the model says what they would answer.
    """

    def invited(future: Future) -> ir.Table:
        surveys = future.records["surveys"]
        inside = (surveys.days_ahead >= future.first_day) & (surveys.days_ahead < future.end_day)
        return surveys.filter((surveys.kind == kind) & inside)

    def outcome(future: Future, cohort: ir.Table) -> ir.Table:
        surveys = invited(future)
        in_time = surveys.responded_days_ahead < future.end_day + delay_days
        answers = surveys.filter(surveys.score.notnull() & in_time).semi_join(cohort, "customer_id")
        return _last(answers, "customer_id", is_bad)

    def asked(future: Future, cohort: ir.Table) -> ir.Table:
        return invited(future).select("customer_id").distinct()

    return Target(
        name=name,
        title=title,
        outcome_says=outcome_says,
        meaning=said(
            "{what}, if asked in the {window}, among customers active in the {active} days before it",
            what=outcome_says,
            window=window_in_words(horizon_days=horizon_days, gap_days=gap_days),
            active=active_days,
        ),
        horizon_days=horizon_days,
        gap_days=gap_days,
        delay_days=delay_days,
        cohort=active_within(active_days),
        outcome=outcome,
        cohort_reach_days=active_days,
        tables=("surveys",),
        rules=rules,
        gone=left_in_gap,
        asked=asked,
    )


def of_cases(
    *,
    name: str,
    title: str,
    outcome_says: str,
    kind: str,
    is_bad: IsBad,
    rules: tuple[SimpleRule, ...],
    fresh_days: int,
    horizon_days: int,
    gap_days: int,
    delay_days: int,
) -> Target:
    """One row a case. Cohort: opened or closed in the last `fresh_days` before as_of, the survey about it not yet
    answered, and the customer not gone. Label: it was answered in `[as_of + gap, as_of + gap + horizon)` with a bad
    score. An invitation may have gone out before: it is the answer that is foretold. A case that was answered before
    the window, or whose customer left in the gap, is out of the cohort. A case that nobody asks about cannot be
    labelled.
    """

    def cohort(history: History) -> ir.Table:
        cases = history["cases"]
        fresh = cases.filter((cases.days_ago <= fresh_days) | (cases.closed_days_ago <= fresh_days))
        fresh = still_with_us(history, fresh.select("customer_id", unit_id="case_id").distinct())
        if "surveys" not in history:
            return fresh
        surveys = history["surveys"]
        answered = surveys.filter((surveys.kind == kind) & surveys.score.notnull() & surveys.about.notnull())
        return fresh.anti_join(answered.select(unit_id="about").distinct(), "unit_id")

    def about(future: Future) -> ir.Table:
        surveys = future.records["surveys"]
        surveys = surveys.filter((surveys.kind == kind) & surveys.about.notnull())
        return surveys.mutate(unit_id=surveys.about)

    def outcome(future: Future, cohort: ir.Table) -> ir.Table:
        surveys = about(future)
        ahead = surveys.responded_days_ahead
        inside = (ahead >= future.first_day) & (ahead < future.end_day)
        answers = surveys.filter(surveys.score.notnull() & inside).semi_join(cohort, "unit_id")
        return _last(answers, "unit_id", is_bad)

    def asked(future: Future, cohort: ir.Table) -> ir.Table:
        surveys = about(future)
        return surveys.filter(surveys.days_ahead < future.end_day).select("unit_id").distinct()

    def gone(future: Future) -> ir.Table:
        surveys = about(future)
        # Nobody kept silent here: neither a label nor one of those who do not answer.
        over = surveys.filter(surveys.score.notnull() & (surveys.responded_days_ahead < future.first_day))
        over = over.select("unit_id")
        left = left_in_gap(future)
        if left is None:
            return over
        cases = future.records["cases"]
        return over.union(cases.semi_join(left, "customer_id").select(unit_id="case_id"))

    return Target(
        name=name,
        title=title,
        outcome_says=outcome_says,
        meaning=said(
            "{what}, if asked about the case in the {window}, among cases opened or closed in the {fresh}",
            what=outcome_says,
            window=window_in_words(horizon_days=horizon_days, gap_days=gap_days),
            fresh=said_plural("{number} day before it", "{number} days before it", fresh_days),
        ),
        horizon_days=horizon_days,
        gap_days=gap_days,
        delay_days=delay_days,
        cohort=cohort,
        outcome=outcome,
        cohort_reach_days=fresh_days,
        tables=("cases", "surveys"),
        rules=rules,
        unit="case",
        gone=gone,
        asked=asked,
    )


def _last(answers: ir.Table, key: str, is_bad: IsBad) -> ir.Table:
    """One row a unit: whether its last answer was bad; of two on one day the one with the larger survey_id."""
    newest = ibis.struct({"day": answers.responded_days_ahead, "survey_id": answers.survey_id})
    bad = ibis.ifelse(is_bad(answers), 1, 0)
    return answers.group_by(key).agg(label=bad.argmax(newest))
