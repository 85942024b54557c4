"""The page of a backtest: what is noise is called noise, and it reads in both languages."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
import pytest

from models.backtest import Age, Length, Yield
from models.evaluate import Estimate
from models.judge import MODEL
from reports.backtest import BacktestPage, render, to_json
from tests.models.panels import panel_of, target, what_rules_cannot_see
from tests.models.test_backtest import CAPACITY, CUSTOMERS, named, replayed

BETTER, NOISE, WORSE = Estimate(0.02, 0.01, 0.03), Estimate(0.0, -0.01, 0.01), Estimate(-0.02, -0.03, -0.01)


@pytest.fixture(scope="module")
def page() -> BacktestPage:
    panel = named(panel_of(what_rules_cannot_see, customers=CUSTOMERS, dates=9))
    segments = pd.Series({f"c{number:05d}": ("<b>north</b>", "south")[number % 2] for number in range(CUSTOMERS)})
    tested = replayed(panel, segments=segments, contact_cost=12.0, known_then=lambda rows, _: rows.label)
    return BacktestPage(
        company="Müller & <Söhne>",
        target=target(),
        as_of=date(2023, 9, 11),
        currency="EUR",
        is_priced=True,
        save_rate=0.3,
        contact_cost=12.0,
        tested=tested,
    )


def changed(page: BacktestPage, **parts: Any) -> BacktestPage:
    return replace(page, tested=replace(page.tested, **parts))


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def age(loss: Estimate, days: int = 28, *, nights: int = 5) -> Age:
    nothing = Estimate(0.8, 0.7, 0.9)
    return Age(
        nights_old=1,
        days_old=days,
        nights=nights,
        units=100,
        auroc=nothing,
        lift=nothing,
        auroc_loss=loss,
        lift_loss=NOISE,
    )


def test_it_is_one_file_that_fetches_nothing_runs_nothing_and_escapes(page: BacktestPage) -> None:
    html = render(page, language="en")
    assert not re.search(r"<script|\bsrc=|url\((?!#)|@import", html)
    assert "Müller &amp; &lt;Söhne&gt;" in html
    assert "&lt;b&gt;north&lt;/b&gt;" in html
    assert render(page, language="en") == html
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))


def test_the_headline_is_the_lists_beside_the_best_rule(page: BacktestPage) -> None:
    judged = page.tested.judgement
    ours = round(100 * judged.method(MODEL).metrics["precision_at_k"].value)
    rule = round(100 * judged.method(judged.best_rule).metrics["precision_at_k"].value)
    said = words(render(page, language="en"))
    assert f"On 6 past nights {ours} of 100 calls would have reached somebody" in said
    assert f"by the best simple rule, {rule}." in said


@pytest.mark.parametrize(
    ("gain", "says"),
    [
        (BETTER, "the difference is more than chance"),
        (NOISE, "the difference may be chance"),
        (Estimate(0.02, 0.0, 0.04), "the difference may be chance"),
        (Estimate(0.02), "the difference may be chance"),
        (WORSE, "the rule is better by more than chance"),
    ],
)
def test_a_difference_whose_interval_holds_zero_is_called_noise(page: BacktestPage, gain: Estimate, says: str) -> None:
    judged = page.tested.judgement
    gains = {rule: {**found, "lift_at_k": gain} for rule, found in judged.gains.items()}
    assert says in words(render(changed(page, judgement=replace(judged, gains=gains)), language="en"))


def test_a_smaller_brier_score_is_better(page: BacktestPage) -> None:
    judged = page.tested.judgement
    rule = "five-feature logistic"
    gains = {rule: {"auroc": NOISE, "lift_at_k": NOISE, "brier": WORSE}}
    html = render(changed(page, judgement=replace(judged, gains=gains, best_rule=rule)), language="en")
    row = re.search(
        r"<tr><th[^>]*><bdi>five-feature logistic</bdi></th>.*?</tr>", html[html.index('id="gains"') :], re.S
    )
    assert row is not None
    assert re.findall(r'class="says (\w+)"', row.group()) == ["noise", "noise", "better"]


@pytest.mark.parametrize(
    ("ages", "says"),
    [
        ((age(NOISE), age(WORSE, 56), age(WORSE, 84)), "worse by more than chance after 56 days: by 0.020 of AUROC"),
        ((age(NOISE), age(NOISE, 140)), "is not told from a new one for 140 days"),
        # Once worse and then not is chance; so is what a single night says.
        ((age(WORSE), age(NOISE, 56)), "is not told from a new one for 56 days"),
        ((age(NOISE), age(NOISE, 56), age(WORSE, 84, nights=1)), "is not told from a new one for 56 days"),
    ],
)
def test_how_long_a_model_stays_good(page: BacktestPage, ages: tuple[Age, ...], says: str) -> None:
    assert says in words(render(changed(page, ages=ages), language="en"))


@pytest.mark.parametrize(("realised", "says"), [(40, "noise"), (20, "fewer"), (60, "more")])
def test_a_yield_inside_its_range_is_noise(page: BacktestPage, realised: int, says: str) -> None:
    one = Yield(name="2023-07-16", called=100, expected=40.0, low=31.0, high=49.0, realised=realised)
    html = render(changed(page, yields=(one,)), language="en")
    row = re.search(r"<tr><th[^>]*>2023-07-16</th>.*?</tr>", html[html.index('id="promises"') :], re.S)
    assert row is not None
    assert f">{says}</span>" in row.group()


def test_the_best_length_says_which_are_as_good(page: BacktestPage) -> None:
    def length(calls: int, worth: float, *, as_good: bool) -> Length:
        money = Estimate(worth, worth - 50, worth + 50)
        return Length(calls=calls, lift=BETTER, rule_lift=BETTER, profit=money, rule_profit=money, as_good=as_good)

    lengths = (length(20, 100, as_good=False), length(40, 300, as_good=True), length(80, 310, as_good=True))
    told = render(changed(page, lengths=lengths, best=lengths[2]), language="en")
    assert "80 calls a night would have been worth most; from 40 to 80 the difference" in words(told)
    assert "No list pays" in words(render(changed(page, best=None), language="en"))
    free = replace(changed(page, lengths=lengths, best=lengths[2]), contact_cost=0.0)
    assert "set outreach.contact_cost to what a call costs" in words(render(free, language="en"))
    bare = words(render(replace(page, is_priced=False, currency=None), language="en"))
    assert "No money is known" in bare
    assert "Profit at K" not in bare
    asked = replace(page, is_priced=False, target=replace(page.target, asked=lambda _: None))
    assert "What a bad answer costs is not known" in words(render(asked, language="en"))


def test_without_probabilities_there_is_nothing_to_hold(page: BacktestPage) -> None:
    judged = replace(page.tested.judgement, calibration=())
    html = render(changed(page, judgement=judged, yields=(), ages=()), language="en")
    assert 'id="promises"' not in html
    assert 'id="staying"' not in html


def test_labels_told_otherwise_since_are_counted(page: BacktestPage) -> None:
    labels = sum(one.labels for one in page.tested.changed)
    assert f"Of {labels:,} labels learned from at these nights, 0 are told otherwise today (0.0%)." in words(
        render(page, language="en")
    )


def test_in_persian(page: BacktestPage) -> None:
    html = render(page, language="fa")
    assert 'lang="fa" dir="rtl"' in html
    said = words(html)
    assert "آزمون گذشته‌نگر" in said
    assert "در ۶ شب گذشته" in said
    left = {"Rows", "Night by night", "Called", "Is the difference real"}
    assert not [text for text in left if text in said]


def test_machines_read_every_metric_of_every_method_by_night_and_segment(page: BacktestPage) -> None:
    told = json.loads(to_json(page))
    assert [night["name"] for night in told["nights"]] == [night.name for night in page.tested.nights]
    methods = {method.name for method in page.tested.judgement.methods}
    for part in (*told["nights"], *told["segments"]):
        assert set(part["methods"]) == methods
        assert {"auroc", "lift_at_k", "profit_at_k", "brier"} <= set(part["methods"][MODEL])
        assert set(part["methods"][MODEL]["auroc"]) == {"value", "low", "high"}
    assert told["capacity"] == CAPACITY
    assert told["best_length"] == page.tested.best.calls if page.tested.best else None
    assert told["champion"] is None
    assert len(told["staying_power"]) == 5
