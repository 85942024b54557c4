"""Figures and changes in words, in English and Persian, and as JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from contract.said import in_words
from models.evaluate import Estimate
from outreach.language import translations
from reports.metrics.change import Change, Part
from reports.metrics.definitions import METRICS
from reports.metrics.measure import Measured
from reports.metrics.months import month_of
from reports.metrics.telling import (
    change_said,
    difference_said,
    drove_said,
    figure_said,
    headline,
    interval_said,
    is_better,
    to_json,
)

PART = Part(
    dimension="team",
    part="North",
    before=0.8,
    after=0.6,
    share_before=0.2,
    share_after=0.3,
    rate=-0.05,
    mix=-0.01,
    excess=-0.04,
    standard_errors=-4.0,
    customers=(100, 120),
)
CHANGE = Change(
    metric="csat",
    since=0,
    before=0.75,
    after=0.69,
    difference=Estimate(value=-0.06, low=-0.1, high=-0.02),
    standard_errors=-3.0,
    p=0.003,
    is_told=True,
    drove=PART,
    parts=(PART,),
)


@pytest.mark.parametrize(
    ("name", "value", "figure", "difference"),
    [
        ("churn", 0.0213, "2.1%", "+2.1"),
        ("churn", 0.0, "0.0%", "0.0"),
        ("nps", -12.4, "−12", "−12"),
        ("csat_mean", 3.456, "3.46", "+3.46"),
        ("close_mean", 19.16, "19.2", "+19.2"),
        ("complaints", 8.72, "8.7", "+8.7"),
    ],
)
def test_figures_by_unit(name: str, value: float, figure: str, difference: str) -> None:
    assert figure_said(METRICS[name], value) == figure
    assert difference_said(METRICS[name], value) == difference


def test_intervals_with_a_sign_have_a_word_between_their_ends() -> None:
    assert interval_said(METRICS["churn"], Estimate(0.02, 0.01, 0.03)) == "1.0%–3.0%"
    assert interval_said(METRICS["nps"], Estimate(5, -3, 13)) == "−3 to 13"
    assert interval_said(METRICS["churn"], Estimate(0.02, 0.01, 0.03), of_difference=True) == "+1.0 to +3.0"
    assert interval_said(METRICS["churn"], Estimate(0.02)) == ""


def test_a_change_and_what_drove_it_in_words() -> None:
    assert change_said(CHANGE) == "CSAT fell from 75.0% to 69.0% (difference: −10.0 to −2.0)."
    assert (
        drove_said(CHANGE) == "Team North drove it, with −6.0 of −6.0: its own figure went from 80.0% to 60.0% (rate)."
    )
    mixed = replace(CHANGE, drove=replace(PART, rate=-0.01, mix=-0.05))
    assert (
        drove_said(mixed)
        == "Team North drove it, with −6.0 of −6.0: its share of the whole went from 20% to 30% (mix)."
    )
    assert drove_said(replace(CHANGE, drove=None)) == "No part of it stands out: the change is spread over all."
    assert drove_said(replace(CHANGE, drove=None, parts=())) == ""


def test_a_wave_says_since_when() -> None:
    march = month_of(date(2024, 3, 1), "gregorian")
    says = "CSAT fell from 75.0% in March 2024 to 69.0% (difference: −10.0 to −2.0)."
    assert change_said(CHANGE, march) == says
    rose = replace(CHANGE, difference=Estimate(0.06, 0.02, 0.1), before=0.69, after=0.75)
    assert change_said(rose, march) == "CSAT rose from 69.0% in March 2024 to 75.0% (difference: +2.0 to +10.0)."
    told = in_words(change_said(rose, month_of(date(2024, 3, 25), "jalali")), translations("fa"))
    assert told == "CSAT از ۶۹٫۰٪ در فروردین ۱۴۰۳ به ۷۵٫۰٪ بالا رفت (تفاوت: ‎+۲٫۰ تا ‎+۱۰٫۰)."


def test_in_persian() -> None:
    persian = translations("fa")
    assert (
        in_words(change_said(CHANGE), persian) == "CSAT از ۷۵٫۰٪ به ۶۹٫۰٪ پایین آمد (تفاوت: \u200e−۱۰٫۰ تا \u200e−۲٫۰)."
    )
    assert "گروه «North» آن را رقم زد" in in_words(drove_said(CHANGE), persian)


def test_a_part_that_is_called_like_a_word_of_ours_stays_a_name() -> None:
    said = in_words(drove_said(replace(CHANGE, drove=replace(PART, part="Complaints"))), translations("fa"))
    assert "Complaints" in said


def test_what_is_better_depends_on_the_metric() -> None:
    assert is_better(METRICS["nps"], 1.0)
    assert not is_better(METRICS["churn"], 1.0)
    assert is_better(METRICS["close_mean"], -1.0)


def test_headlines(measured: Measured) -> None:
    assert headline(replace(measured, changes=(CHANGE,))) == "CSAT fell by 6.0 points."
    assert (
        headline(replace(measured, changes=(replace(CHANGE, is_told=False),))) == "Nothing changed by more than chance."
    )
    assert headline(replace(measured, before=None)) == "There is no month to compare with yet."
    rarer = replace(CHANGE, metric="complaints", difference=Estimate(value=1.23, low=1, high=2))
    assert headline(replace(measured, changes=(rarer,))) == "Complaints rose by 1.2."


def test_json_is_whole_and_english(measured: Measured) -> None:
    told = json.loads(to_json(measured, company="Gül"))
    assert (told["company"], told["as_of"], told["calendar"]) == ("Gül", "2024-04-05", "gregorian")
    assert (told["last_month"], told["month_before"]) == ("2024-03", "2024-02")
    assert [month["is_over"] for month in told["months"]] == [True, True, True, True, False]
    assert list(told["metrics"]) == list(METRICS)
    march = told["metrics"]["nps"]["months"]["2024-03"]
    assert march["low"] <= march["value"] <= march["high"]
    first = told["changes"][0]
    assert first["drove"]["part"] == "خانواده"
    assert sum(part["contribution"] for part in first["parts"] if part["dimension"] == "team") == pytest.approx(
        first["difference"]["value"]
    )
    assert told["changes"][-1]["drove_says"] is None
