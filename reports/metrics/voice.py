"""What customers answered when they were asked: NPS, CSAT and CES, and how many answered at all."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pandas as pd

from contract.tables.surveys import SCALES
from reports.metrics.definitions import ANSWER_DAYS, DETRACTOR, MUCH_EFFORT, PROMOTER, SATISFIED
from reports.metrics.population import Rows
from reports.metrics.seen import NO_TABLE, NOT_ASKED, Lack, Seen, null_text

_OF_KIND = {"nps": ("nps",), "csat": ("csat", "csat_mean"), "ces": ("ces", "ces_mean")}
_PARTS = ("channel", "touchpoint", "team")


def voice_rows(seen: Seen) -> tuple[Rows, dict[str, Lack]]:
    """By metric, one row a customer, month and part with the sums of that customer's answers (by the month of the
    answer) or invitations (by the month of the invitation)."""
    if "surveys" not in seen.past:
        return {}, {
            name: Lack(NO_TABLE, "surveys") for kind, names in _OF_KIND.items() for name in (*names, f"{kind}_response")
        }
    answers, invitations = _answers(seen), _invitations(seen)
    rows: Rows = {}
    lacking: dict[str, Lack] = {}
    for kind in SCALES:
        asked = invitations[invitations.kind == kind]
        given = answers[answers.kind == kind]
        if not len(asked) and not len(given):
            for name in (*_OF_KIND[kind], f"{kind}_response"):
                lacking[name] = Lack(NOT_ASKED)
            continue
        rows[f"{kind}_response"] = asked
        score, count = given.score.astype("float64"), given["count"].astype("float64")
        if kind == "nps":
            points = 100.0 * (score >= PROMOTER) - 100.0 * (score <= DETRACTOR)
            rows["nps"] = given.assign(num=points * count, den=count)
        else:
            said_so = score >= (SATISFIED if kind == "csat" else MUCH_EFFORT)
            rows[kind] = given.assign(num=said_so * count, den=count)
            rows[f"{kind}_mean"] = given.assign(num=score * count, den=count)
    kept = ["customer_id", "month", *_PARTS, "num", "den"]
    return {name: frame[kept] for name, frame in rows.items()}, lacking


def _answers(seen: Seen) -> pd.DataFrame:
    """One row a customer, month of the answer, kind, part and score: how many."""
    surveys = _with_team(seen)
    answered = seen.by_month(surveys.filter(surveys.score.notnull()), "responded_days_ago", "surveys")
    return seen.frame(
        answered.group_by("customer_id", "month", "kind", *_PARTS, "score").aggregate(count=ibis._.count())
    )


def _invitations(seen: Seen) -> pd.DataFrame:
    """One row a customer, month of the invitation, kind and part: invitations old enough, those answered in time."""
    surveys = _with_team(seen)
    asked = seen.by_month(surveys, "days_ago", "surveys")
    # The last day on which an answer would count must be over.
    asked = asked.filter(asked.days_ago > ANSWER_DAYS + seen.late_days["surveys"])
    in_time = (asked.days_ago - asked.responded_days_ago <= ANSWER_DAYS).fill_null(False)
    return seen.frame(
        asked.mutate(in_time=in_time.cast("float64"))
        .group_by("customer_id", "month", "kind", *_PARTS)
        .aggregate(num=ibis._.in_time.sum(), den=ibis._.count().cast("float64"))
    )


def _with_team(seen: Seen) -> ir.Table:
    """Invitations with the team of the case that they are about."""
    surveys = seen.past["surveys"]
    if "cases" not in seen.past:
        return surveys.mutate(team=null_text())
    cases = seen.past["cases"].select(about_case="case_id", team="team")
    return surveys.left_join(cases, surveys.about == cases.about_case).drop("about_case")
