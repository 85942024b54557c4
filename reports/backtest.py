"""The page of a backtest: how past nights would have gone, what is noise in it, and how long it lasts.

One self-contained HTML file, as the quality page: no script, nothing fetched, the same input gives the same bytes.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal

from markupsafe import Markup

from contract.said import Figure, Said, marked, said, said_plural
from labels.target import Target
from models.backtest import Age, Backtest, Part, Yield
from models.evaluate import Estimate
from models.judge import MODEL
from outreach.language import ENGLISH, languages, translations
from reports.page import PageWords, environment
from reports.plots import LengthPoint, NightPoint, calibration_plot, length_plot, night_plot
from reports.wording import NOTHING, decimal, finite, in_a_hundred, interval_said, share_said

#: What is said of a difference: its interval is on one side of zero, or it may be chance.
Certainty = Literal["better", "worse", "noise"]


@dataclass(frozen=True, kw_only=True)
class Measure:
    """How one metric is written: decimals, whether as a percentage, with a times sign, or with a sign."""

    title: str
    digits: int
    as_percent: bool = False
    times: bool = False
    signed: bool = False
    is_money: bool = False


MEASURES: dict[str, Measure] = {
    "auroc": Measure(title=marked("AUROC"), digits=3),
    "average_precision": Measure(title=marked("Average precision"), digits=3),
    "lift_at_k": Measure(title=marked("Lift at K"), digits=2, times=True),
    "precision_at_k": Measure(title=marked("Precision at K"), digits=0, as_percent=True),
    "recall_at_k": Measure(title=marked("Recall at K"), digits=0, as_percent=True),
    "value_at_k": Measure(title=marked("Value at K"), digits=0, as_percent=True, is_money=True),
    "profit_at_k": Measure(title=marked("Profit at K"), digits=0, is_money=True),
    "brier": Measure(title=marked("Brier"), digits=3),
    "ece": Measure(title=marked("ECE"), digits=3),
    "calibration_in_the_large": Measure(title=marked("Promised too much"), digits=3, signed=True),
}
#: The differences that are told, in the order of the columns.
GAINS = ("auroc", "lift_at_k", "brier")


@dataclass(frozen=True, kw_only=True)
class BacktestPage:
    """All that the page shows. `currency` labels money; without `is_priced` everybody counts alike."""

    company: str
    target: Target
    as_of: date
    currency: str | None
    is_priced: bool
    save_rate: float
    contact_cost: float
    tested: Backtest


def to_json(page: BacktestPage) -> str:
    """Everything for machines, in English: by night and segment every metric of every method with its interval."""
    tested = page.tested
    judged = tested.judgement
    told: dict[str, Any] = {
        "company": page.company,
        "target": page.target.name,
        "as_of": page.as_of.isoformat(),
        "capacity": judged.capacity,
        "units": judged.units,
        "base_rate": judged.base_rate,
        "grade": judged.grade,
        "grade_says": judged.says,
        "best_rule": judged.best_rule,
        "methods": {method.name: _estimates(method.metrics) for method in judged.methods},
        "gains": {rule: _estimates(gain) for rule, gain in judged.gains.items()},
        "nights": [_part(part) for part in tested.nights],
        "segments": [_part(part) for part in tested.segments],
        "calibration": [asdict(one) for one in judged.calibration],
        "list_yield": [{**asdict(one), "as_said": bool(one.as_said)} for one in tested.yields],
        "list_lengths": [
            {
                "calls": one.calls,
                "lift": asdict(one.lift),
                "rule_lift": asdict(one.rule_lift),
                "profit": asdict(one.profit),
                "rule_profit": asdict(one.rule_profit),
                "as_good_as_best": one.as_good,
            }
            for one in tested.lengths
        ],
        "best_length": tested.best.calls if tested.best and page.is_priced else None,
        "staying_power": [asdict(one) for one in tested.ages],
        "labels_told_otherwise_since": [
            {"as_of": one.as_of.isoformat(), "labels": one.labels, "changed": one.changed} for one in tested.changed
        ],
        "champion": {
            "name": tested.champion.name,
            "trained_as_of": tested.champion.trained_as_of.isoformat(),
            "nights": tested.champion.nights,
            "figures": _estimates(tested.champion.figures),
            "procedure_minus_champion": _estimates(tested.champion.gain),
        }
        if tested.champion
        else None,
    }
    return json.dumps(finite(told), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _part(part: Part) -> dict[str, Any]:
    return {
        "name": part.name,
        "units": part.units,
        "base_rate": part.base_rate,
        "methods": {method: _estimates(found) for method, found in part.figures.items()},
    }


def _estimates(found: dict[str, Estimate]) -> dict[str, Any]:
    return {name: asdict(estimate) for name, estimate in found.items()}


def render(page: BacktestPage, *, language: str) -> str:
    """The page as HTML text, in its language where there is a catalogue of it, else in English."""
    words = translations(language) if language in languages() else ENGLISH
    spoken = PageWords(words)
    shown = environment(spoken)
    shown.filters["interval"] = lambda *given: spoken.plain(interval_said(*given))
    tested = page.tested
    judged = tested.judgement
    claims = bool(judged.calibration)
    measures = {name: one for name, one in MEASURES.items() if page.is_priced or not one.is_money}
    return shown.get_template("backtest.html.j2").render(
        page=page,
        judged=judged,
        language=words.language,
        direction="rtl" if words.conventions.from_right else "ltr",
        headline=_headline(page),
        certainty=_certainty(page),
        answer=_lasting(tested.ages),
        model=MODEL,
        claims=claims,
        measures=measures,
        pooled=[(method.name, method.metrics) for method in judged.methods],
        gains_in=[MEASURES[name].title for name in GAINS],
        gains=[(rule, _differences(gain)) for rule, gain in judged.gains.items()],
        champion=tested.champion,
        champion_gain=_differences(tested.champion.gain) if tested.champion else [],
        plots=_plots(page, spoken),
        nights=tested.nights,
        segments=tested.segments,
        segment_columns=[
            (method, name, measures[name]) for name in ("auroc", "lift_at_k") for method in (MODEL, judged.best_rule)
        ]
        + [(MODEL, name, measures[name]) for name in ("brier", "ece") if claims],
        yields=[(one, _as_said(one)) for one in tested.yields],
        lengths=_lengths_said(page),
        ages=[(one, _loss(one.auroc_loss), _loss(one.lift_loss)) for one in tested.ages],
        notes=_notes(page),
        nothing=NOTHING,
        comma=words.comma,
    )


def _headline(page: BacktestPage) -> Said:
    judged = page.tested.judgement
    ours, rule = (judged.method(name).metrics["precision_at_k"].value for name in (MODEL, judged.best_rule))
    return said(
        "On {nights} past nights {ours} of 100 calls would have reached somebody who {outcome}; by the best simple "
        "rule, {theirs}.",
        nights=len(judged.folds),
        ours=in_a_hundred(ours),
        outcome=page.target.outcome_says,
        theirs=in_a_hundred(rule),
    )


def _certainty(page: BacktestPage) -> Said:
    judged = page.tested.judgement
    gain = judged.gains[judged.best_rule]["lift_at_k"]
    words = {
        "better": marked("Both ordered by risk; the difference is more than chance ({rule}; at random {chance})."),
        "worse": marked("Both ordered by risk; the rule is better by more than chance ({rule}; at random {chance})."),
        "noise": marked("Both ordered by risk; the difference may be chance ({rule}; at random {chance})."),
    }
    return Said(words[_sign(gain)], {"rule": judged.best_rule, "chance": Figure(decimal(100 * judged.base_rate))})


def _lasting(ages: tuple[Age, ...]) -> str:
    """From when on a model that nobody trains anew is worse by more than chance, and by how much: from there on at
    every age. Of an age that only one night has seen nothing is concluded."""
    ages = tuple(age for age in ages if age.nights > 1)
    if not ages:
        return ""
    worse = [_loss(age.auroc_loss) == "worse" for age in ages]
    stale = next((age for place, age in enumerate(ages) if all(worse[place:])), None)
    if stale is None:
        return said(
            "A model that is not trained anew is not told from a new one for {days} days.", days=ages[-1].days_old
        )
    return said(
        "A model that is not trained anew is worse by more than chance after {days} days: by {loss} of AUROC.",
        days=stale.days_old,
        loss=Figure(decimal(-stale.auroc_loss.value, 3)),
    )


def _sign(gain: Estimate, *, less_is_better: bool = False) -> Certainty:
    if gain.low is None or gain.high is None or not gain.has_interval or gain.low <= 0 <= gain.high:
        return "noise"
    return "better" if (gain.low > 0) != less_is_better else "worse"


def _differences(gain: dict[str, Estimate]) -> list[tuple[Estimate, int, Certainty | None]]:
    """One a column of GAINS; a rule has no probabilities to compare."""
    nothing = Estimate(math.nan)
    return [
        (
            gain.get(name, nothing),
            MEASURES[name].digits,
            _sign(gain[name], less_is_better=name == "brier") if name in gain else None,
        )
        for name in GAINS
    ]


def _loss(loss: Estimate) -> Certainty:
    return _sign(loss)


def _as_said(one: Yield) -> str:
    if one.as_said:
        return "noise"
    return marked("fewer") if one.realised < one.expected else marked("more")


def _plots(page: BacktestPage, spoken: PageWords) -> dict[str, Markup]:
    tested, words = page.tested, spoken.words
    judged = tested.judgement
    rule = judged.best_rule
    made: dict[str, str] = {}

    def nights(metric: str) -> list[NightPoint]:
        points = []
        for night in tested.nights:
            if not night.figures:
                continue
            ours, theirs = night.figures[MODEL][metric], night.figures[rule][metric]
            points.append(
                NightPoint(
                    label=spoken.day_in_figures(night.name),
                    value=ours.value,
                    low=ours.low,
                    high=ours.high,
                    rule=theirs.value,
                )
            )
        return points

    made["auroc"] = night_plot(
        nights("auroc"),
        name="auroc",
        title=spoken.plain(said("AUROC night by night, with intervals; the best simple rule beside it")),
        written=lambda value: words.figure(f"{value:.2f}"),
        words=words,
    )
    made["lift"] = night_plot(
        nights("lift_at_k"),
        name="lift",
        title=spoken.plain(said("Lift at capacity night by night, with intervals; the best simple rule beside it")),
        written=lambda value: f"{words.figure(f'{value:g}')}×",
        level=1.0,
        words=words,
    )
    if judged.calibration:
        title = spoken.plain(said("Observed share by predicted probability, with intervals"))
        made["calibration"] = calibration_plot(judged.calibration, title=title, words=words)
    if tested.ages:
        made["ages"] = night_plot(
            [
                NightPoint(
                    label=str(age.days_old),
                    value=age.auroc_loss.value,
                    low=age.auroc_loss.low,
                    high=age.auroc_loss.high,
                )
                for age in tested.ages
            ],
            name="ages",
            title=spoken.plain(said("AUROC of older models less that of new ones, with intervals")),
            written=lambda value: words.figure(decimal(value, 3, signed=True)),
            level=0.0,
            below=marked("days since it was trained"),
            words=words,
        )
    # Where calls cost nothing the longest is always best, which is no finding.
    best = tested.best.calls if tested.best and page.contact_cost else None
    made["lengths"] = length_plot(
        [
            LengthPoint(calls=o.calls, value=o.lift.value, low=o.lift.low, high=o.lift.high, rule=o.rule_lift.value)
            for o in tested.lengths
        ],
        name="lift",
        title=spoken.plain(said("Lift by length of the list, with its interval; the capacity is marked")),
        capacity=judged.capacity,
        best=None,
        with_rule=True,
        written=lambda value: f"{words.figure(f'{value:g}')}×",
        level=1.0,
        words=words,
    )
    if page.is_priced:
        made["profit"] = length_plot(
            [
                LengthPoint(
                    calls=o.calls, value=o.profit.value, low=o.profit.low, high=o.profit.high, rule=o.rule_profit.value
                )
                for o in tested.lengths
            ],
            name="profit",
            title=spoken.plain(said("What a list of each length would have been worth a night, with its interval")),
            capacity=judged.capacity,
            best=best,
            with_rule=True,
            written=lambda value: words.figure(f"{value:,.0f}"),
            level=0.0,
            words=words,
        )
    return {name: Markup(drawn) for name, drawn in made.items()}


def _lengths_said(page: BacktestPage) -> str:
    """Which length was worth most, and which are not told from it."""
    best = page.tested.best
    if page.target.asked is not None:
        return said(
            "What a bad answer costs is not known, so no length is better than another: the lift says how each call "
            "fares."
        )
    if not page.is_priced:
        return said("No money is known, so no length is better than another: the lift says how each call fares.")
    if best is None:
        return said("No list pays: a call costs more than it brings at every length.")
    as_good = [length.calls for length in page.tested.lengths if length.as_good]
    longest = max(length.calls for length in page.tested.lengths)
    if best.calls == longest and not page.contact_cost:
        return said(
            "Calls are said to cost nothing, so the longer list is always worth more: set {key} to what a call costs, "
            "and the best length shows.",
            key="outreach.contact_cost",
        )
    return said(
        "{calls:,} calls a night would have been worth most; from {shortest:,} to {longest:,} the difference to that "
        "may be chance.",
        calls=best.calls,
        shortest=min(as_good),
        longest=max(as_good),
    )


def _notes(page: BacktestPage) -> list[str]:
    tested = page.tested
    notes: list[str] = [
        said(
            "At every night only what was known by then was learned from: rows that came later, corrections and labels "
            "that were not known yet were left out. What the night is judged by is known now."
        )
    ]
    if tested.changed:
        labels, changed = (sum(getattr(one, name) for one in tested.changed) for name in ("labels", "changed"))
        notes.append(
            said(
                "Of {labels:,} labels learned from at these nights, {changed:,} are told otherwise today ({share}).",
                labels=labels,
                changed=changed,
                share=share_said(changed / labels if labels else 0.0, 1),
            )
        )
    if tested.champion is None:
        notes.append(
            said("The champion is not among them: it has learned from all of these nights, or cannot score them.")
        )
    if page.is_priced:
        notes.append(
            said(
                "What a night is worth assumes that calling averts it for {save_rate} of those called to whom it would "
                "happen, that all that is at stake with them is saved, and that a call costs {cost}.",
                save_rate=Figure(f"{page.save_rate:.0%}"),
                cost=said(
                    "{amount} {currency}", amount=Figure(decimal(page.contact_cost)), currency=page.currency or ""
                ),
            )
        )
    few = [night for night in tested.nights if not night.figures]
    if few:
        notes.append(
            said_plural(
                "On {number} night all had the same outcome, so nothing can be told apart there.",
                "On {number} nights all had the same outcome, so nothing can be told apart there.",
                len(few),
            )
        )
    return notes
