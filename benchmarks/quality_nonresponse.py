"""Is the rate of a cohort of which most stay silent told honestly? Made-up worlds in which everybody's answer is known.

`measure` makes worlds under three mechanisms and compares what models/nonresponse.py says with the truth; `section`
writes its part of docs/benchmarks.md.

- `features`: features drive both answering and dissatisfaction; what they leave of either is chance.
- `extremes`: the very satisfied and the very dissatisfied answer more than the middle, beyond what features say.
- `silent`: the odds of answering fall with dissatisfaction, beyond what features say.

Neither model is given the true form: the true log-odds bend and interact where the models' do not, and columns have
nulls. The strengths are odds ratios and are not drawn to suit the band: two thirds of the worlds lie between 2 and 3,
a sixth beyond, and worlds at 4 and 6 are told apart. Survey response by satisfaction is known to bend like this:
Perneger et al. (2020) infer from 717 hospital surveys that some 20% of the middling answer, somewhat more of the
least satisfied, and 70% of the most satisfied.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from features.family import Feature
from models.learner import probability_of
from models.nonresponse import GAMMA, CohortRate, cohort_rate

CUSTOMERS = 3_000
MECHANISMS = ("features", "extremes", "silent")
TITLES = {
    "features": "at random given the features",
    "extremes": "the extremes answer",
    "silent": "the dissatisfied stay silent",
}
#: Log-normal: two thirds of the strengths between 2 and 3.
MEDIAN_STRENGTH, SPREAD = float(np.sqrt(6.0)), float(np.log(1.5) / 2)
#: Told apart: beyond what the band allows for.
BEYOND = (4.0, 6.0)
#: Bins of strength for the report.
EDGES = (0.0, 2.0, 2.5, 3.0, np.inf)
UNITS = ("events", "events", "days", "days", "money", "share", "share", "money")
FEATURES = tuple(
    Feature(name=f"column_{number}", description="made up", unit=unit, group="made_up")
    for number, unit in enumerate(UNITS)
)


@dataclass(frozen=True, kw_only=True)
class World:
    """One row a customer; `truth` is the share of all of them who are dissatisfied.

    `strength` is an odds ratio of answering: of angry and content by what features say of them (`features`), of the
    angriest and the middling beyond it (`extremes`), of content and angry beyond it (`silent`).
    """

    rows: pd.DataFrame
    truth: float
    strength: float


def world(mechanism: str, *, seed: Sequence[int], strength: float | None = None, bend: float = 1.0) -> World:
    """Draw a world: 3,000 customers, a tenth to 35% of them dissatisfied, 10% to 40% answer.

    Without `bend` the log-odds are sums over the columns, as the models have them.
    """
    random = np.random.default_rng(seed)
    rate, response = random.uniform(0.10, 0.35), random.uniform(0.10, 0.40)
    if strength is None:
        strength = float(MEDIAN_STRENGTH * np.exp(SPREAD * random.standard_normal()))
    hidden = np.sqrt(0.3) * random.standard_normal((CUSTOMERS, 1)) + np.sqrt(0.7) * random.standard_normal(
        (CUSTOMERS, len(UNITS))
    )
    # What goes with dissatisfaction, and what only goes with answering; both bend and interact a little.
    pulled, used = random.normal(0, 1, 6), random.normal(0, 1, 5)
    gloom = _standard(hidden[:, :6] @ pulled + bend * (0.5 * hidden[:, 0] * hidden[:, 2] + 0.3 * hidden[:, 1] ** 2))
    habit = _standard(hidden[:, 3:] @ used + bend * 0.5 * hidden[:, 4] * hidden[:, 5])
    unhappiness = random.uniform(0.6, 1.3) * gloom + random.logistic(size=CUSTOMERS)
    dissatisfied = (unhappiness > np.quantile(unhappiness, 1 - rate)).astype(float)
    odds = 0.5 * habit
    side = random.choice([-1.0, 1.0])
    if mechanism == "features":
        # As strongly as it takes for the odds of answering of angry and content to differ by the strength.
        slope, strength = _slope(gloom, odds, dissatisfied, response, strength, side)
        odds = odds + side * slope * gloom
    elif mechanism == "extremes":
        place = unhappiness.argsort().argsort() / (CUSTOMERS - 1)
        happy_end = float(MEDIAN_STRENGTH * np.exp(SPREAD * random.standard_normal()))
        odds = odds + 0.3 * side * gloom
        odds = odds + np.log(strength) * np.maximum(2 * place - 1, 0) ** 2
        odds = odds + np.log(happy_end) * np.maximum(1 - 2 * place, 0) ** 2
    else:
        odds = odds + 0.3 * side * gloom - np.log(strength) * dissatisfied
    answered = random.random(CUSTOMERS) < probability_of(odds + _level(odds, response))
    rows = pd.DataFrame(
        {feature.name: _column(hidden[:, number], feature.unit) for number, feature in enumerate(FEATURES)}
    )
    for name in ("column_2", "column_5"):
        rows.loc[random.random(CUSTOMERS) < 0.1, name] = np.nan
    rows.insert(0, "customer_id", [f"c{number:05d}" for number in range(CUSTOMERS)])
    rows["label"] = np.where(answered, dissatisfied, np.nan)
    return World(rows=rows, truth=float(dissatisfied.mean()), strength=strength)


def measure(*, worlds: int = 200, seed: int = 20260) -> dict[str, Any]:
    """The figures of `worlds` worlds a mechanism, and of half as many at each strength beyond the band."""
    found: dict[str, Any] = {"worlds": worlds, "seed": seed, "customers": CUSTOMERS, "gamma": GAMMA, "mechanisms": {}}
    for number, mechanism in enumerate(MECHANISMS):
        told = [_told(world(mechanism, seed=(seed, number, draw))) for draw in range(worlds)]
        found["mechanisms"][mechanism] = {**_summary(told), "by_strength": _by_strength(told)}
    found["mechanisms"]["features"]["straight"] = _summary(
        [_told(world("features", seed=(seed, 20, draw), bend=0.0)) for draw in range(max(1, worlds // 2))]
    )
    for number, mechanism in enumerate(("extremes", "silent")):
        found["mechanisms"][mechanism]["beyond"] = [
            {
                "strength": strength,
                **_summary(
                    [
                        _told(world(mechanism, seed=(seed, 10 + number, place, draw), strength=strength))
                        for draw in range(max(1, worlds // 2))
                    ]
                ),
            }
            for place, strength in enumerate(BEYOND)
        ]
    return found


def section(found: dict[str, Any]) -> str:
    """Its part of docs/benchmarks.md."""
    lines = [
        "## Dissatisfaction when most stay silent: made-up worlds",
        "",
        f"{found['worlds']} worlds a mechanism of {found['customers']:,} customers; 10% to 35% dissatisfied, 10% to "
        "40% answer. Strengths are odds ratios of answering, two thirds of them between 2 and 3; the log-odds bend and "
        "interact. *Error* is the mean absolute error, in points, of the rate of answers alone, weighted, and "
        "corrected (doubly robust). *Interval covers*: the corrected rate's own 95% interval, which is right only if "
        "nothing beyond the features drives answering and the models have the right form. *Band covers*: the band that "
        f"allows for an odds ratio of {found['gamma']:g} beyond the features; *width* is its mean share of the width "
        "of the band that assumes nothing.",
        "",
        "| who answers | published | error: answers alone | weighted | corrected | interval covers | band covers "
        "| width |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for mechanism in MECHANISMS:
        one = found["mechanisms"][mechanism]
        lines.append(
            f"| {TITLES[mechanism]} | {one['published']} of {one['worlds']} | {_points(one.get('error_naive'))} "
            f"| {_points(one.get('error_weighted'))} | {_points(one.get('error_corrected'))} "
            f"| {_percent(one.get('interval_covers'))} | {_percent(one.get('band_covers'))} "
            f"| {_n(one.get('width_ratio'))} |"
        )
    straight, silent = found["mechanisms"]["features"]["straight"], found["mechanisms"]["silent"]
    lines += [
        "",
        "Two checks of the interval itself: where the log-odds are of the models' form it covers in "
        f"{_percent(straight.get('interval_covers'))} of {straight['published']} more worlds of the first mechanism; "
        "and told the true odds ratio, which no answer tells, it would cover in "
        f"{_percent(silent.get('told_strength_covers'))} of those of the third.",
        "",
        "By strength; those at 4 and 6 are worlds made for it, beyond what the band allows for. Where the dissatisfied "
        "stay silent that strongly it fails, and nothing in the data can say so: "
        f"{_percent(silent.get('says_it_cannot_know'))} of the published rates say in words that this cannot be known.",
        "",
        "| who answers | strength | worlds | error: answers alone | corrected | band covers |",
        "|---|---|---|---|---|---|",
    ]
    for mechanism in MECHANISMS:
        one = found["mechanisms"][mechanism]
        for part in (*one["by_strength"], *one.get("beyond", ())):
            strength = part.get("between") or f"{part['strength']:g}"
            lines.append(
                f"| {TITLES[mechanism]} | {strength} | {part['published']} | {_points(part.get('error_naive'))} "
                f"| {_points(part.get('error_corrected'))} | {_percent(part.get('band_covers'))} |"
            )
    return "\n".join([*lines, ""])


def _told(one: World) -> dict[str, float | bool]:
    """What is said of a world beside what is true."""
    said = cohort_rate(one.rows, FEATURES)
    if not isinstance(said, CohortRate):
        return {"published": False, "strength": one.strength}
    return {
        "published": True,
        "strength": one.strength,
        "error_naive": abs(said.naive.value - one.truth),
        "error_weighted": abs(said.weighted.value - one.truth),
        "error_corrected": abs(said.corrected.value - one.truth),
        "interval_covers": said.corrected.covers(one.truth),
        "band_covers": said.band.covers(one.truth),
        "assume_nothing_covers": said.assume_nothing.covers(one.truth),
        "width": said.band.width,
        "width_ratio": said.band.width / said.assume_nothing.width,
        "effective_share": said.weights.effective / said.answered,
        "clipped": said.weights.clipped,
        "told_strength_covers": said.answers.rate_if(one.strength).covers(one.truth),
        "says_it_cannot_know": any(message.code == "cannot_know" for message in said.says),
    }


def _summary(told: Sequence[dict[str, float | bool]]) -> dict[str, Any]:
    """Means over the worlds of which a rate was published."""
    published = pd.DataFrame([one for one in told if one["published"]])
    figures = [str(name) for name in published.columns if name not in ("published", "strength")]
    means = {name: float(published[name].astype(float).mean()) for name in figures}
    return {"worlds": len(told), "published": len(published), **means}


def _by_strength(told: Sequence[dict[str, float | bool]]) -> list[dict[str, Any]]:
    parts = []
    for low, high in pairwise(EDGES):
        inside = [one for one in told if low < one["strength"] <= high]
        if any(one["published"] for one in inside):
            words = f"up to {high:g}" if not low else f"over {low:g}" if np.isinf(high) else f"{low:g} to {high:g}"
            parts.append({"between": words, **_summary(inside)})
    return parts


def _slope(
    gloom: np.ndarray, odds: np.ndarray, dissatisfied: np.ndarray, response: float, strength: float, side: float
) -> tuple[float, float]:
    """How steep answering must be in what goes with dissatisfaction for an odds ratio of `strength` between those who
    are dissatisfied and those who are not; and the odds ratio that it comes to, less where that took more than 3."""

    def log_ratio(slope: float) -> float:
        tried = odds + side * slope * gloom
        answers = probability_of(tried + _level(tried, response))
        angry, content = answers[dissatisfied == 1].mean(), answers[dissatisfied == 0].mean()
        return float(side * np.log(angry / (1 - angry) / (content / (1 - content))))

    steepest = 3.0
    if log_ratio(steepest) > np.log(strength):
        steepest = brentq(lambda slope: log_ratio(slope) - np.log(strength), -3.0, 3.0, xtol=1e-3)
    return steepest, float(np.exp(log_ratio(steepest)))


def _level(odds: np.ndarray, response: float) -> float:
    """The shift after which `response` of them answer."""
    return float(brentq(lambda shift: probability_of(odds + shift).mean() - response, -20, 20, xtol=1e-4))


def _column(hidden: np.ndarray, unit: str) -> np.ndarray:
    """A column as a feature of its unit looks: counts and days and money skewed, shares between 0 and 1."""
    if unit == "share":
        return probability_of(hidden)
    column: np.ndarray = np.exp(1.5 + hidden) if unit == "money" else np.floor(np.exp(2.0 + 0.8 * hidden))
    return column


def _standard(values: np.ndarray) -> np.ndarray:
    standard: np.ndarray = (values - values.mean()) / values.std()
    return standard


def _points(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.2f}"


def _percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.1f}%"


def _n(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
