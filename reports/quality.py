"""The page of one training and one list: is the list worth calling, who is on it, why, and how sure are we.

One self-contained HTML file: no script, nothing fetched, the same input gives the same bytes. `QualityPage` is what
the page needs; whoever trains and lists fills it, `render` words and draws it.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from contract.readiness import Readiness
from models.evaluate import CalibrationBin, Estimate
from models.leaks import LeakResult
from reports import readiness as readiness_report
from reports.plots import LiftPoint, calibration_plot, lift_plot
from reports.wording import NOTHING, decimal, exists, in_a_hundred, percent, printable, things

__all__ = [
    "LIST_COLUMNS",
    "CalibrationBin",
    "DriverRow",
    "Estimate",
    "FoldRow",
    "GainRow",
    "LeakResult",
    "LiftPoint",
    "MethodRow",
    "QualityPage",
    "SegmentRow",
    "render",
]

Grade = Literal["A", "B", "C", "refused"]

#: Columns of `list_head` that the page shows, in its order, with their headings. Only `customer_id` is required. Any
#: other column stays off the page: a page is mailed around, and a column nobody named may be personal.
LIST_COLUMNS: dict[str, str] = {
    "rank": "Rank",
    "customer_id": "Customer",
    "probability": "Probability",
    "value_at_risk": "Value at risk",
    "priority": "Priority",
    "reasons": "Reasons",
    "play": "Suggested action",
    "owner": "Owner",
    "due_at": "Due",
}

_FIGURES = ("rank", "probability", "value_at_risk", "priority", "due_at")

#: Languages that are written from right to left.
_RIGHT_TO_LEFT = ("ar", "fa", "he", "ur")

#: The differences that the page shows, in its order.
_GAINS = ("AUROC", "Lift at K", "Value at K, points")

_HEADLINES: dict[Grade, str] = {
    "A": "Yes. Call this list.",
    "B": "Yes, though near the top a simple rule does about as well.",
    "C": "Yes, but a simple rule made it, not a model.",
    "refused": "No list was published.",
}


@dataclass(frozen=True, kw_only=True)
class MethodRow:
    """How one way of ranking did on data it had not seen: one a method. A rule has no probabilities to score.

    `list_precision_at_k` is the precision of the list in the order in which it is published, by what is at stake;
    `precision_at_k` that of the order by risk alone. `value_at_k` is the share of all money that leavers take along
    which the published order reaches.
    """

    name: str
    kind: Literal["model", "candidate", "baseline"]
    auroc: Estimate
    average_precision: Estimate
    lift_at_k: Estimate
    precision_at_k: Estimate
    recall_at_k: Estimate
    list_precision_at_k: Estimate | None = None
    value_at_k: Estimate | None = None
    brier: Estimate | None = None
    ece: Estimate | None = None


@dataclass(frozen=True, kw_only=True)
class GainRow:
    """The champion minus another method, paired on the same customers: one a method it is held against."""

    against: str
    auroc_gain: Estimate
    lift_gain: Estimate
    value_gain: Estimate | None = None


@dataclass(frozen=True, kw_only=True)
class FoldRow:
    """How the chosen method did at one past moment of decision: one an `as_of`.

    `mean_probability` is what was foretold on average, to hold against `base_rate`; None where a rule does not.
    """

    as_of: str
    units: int
    base_rate: float
    auroc: Estimate
    lift_at_k: Estimate
    chosen: str
    mean_probability: float | None = None


@dataclass(frozen=True, kw_only=True)
class SegmentRow:
    """How the champion does inside one segment: one a segment. None where it is too small to say."""

    segment: str
    units: int
    base_rate: float
    auroc: Estimate | None
    lift_at_k: Estimate | None


@dataclass(frozen=True, kw_only=True)
class DriverRow:
    """How much one reason group moves the scores: one a group; shares of all groups add up to 1."""

    group: str
    title: str
    share: float


@dataclass(frozen=True, kw_only=True)
class QualityPage:
    """Everything the page shows: one a target and `as_of`.

    `base_rate` is the share of positives among the units judged, `capacity` is K, `champion` and `best_baseline` name
    a row of `methods`. `outcome_says` completes "somebody who ..." for the target. `currency` labels money.
    """

    company: str
    target_title: str
    target_says: str
    as_of: str
    capacity: int
    units_scored: int
    listed: int
    base_rate: float
    grade: Grade
    grade_says: str
    champion: str | None
    chosen_because: str
    best_baseline: str | None
    methods: tuple[MethodRow, ...] = ()
    gains: tuple[GainRow, ...] = ()
    folds: tuple[FoldRow, ...] = ()
    segments: tuple[SegmentRow, ...] = ()
    calibration: tuple[CalibrationBin, ...] = ()
    lift_curve: tuple[LiftPoint, ...] = ()
    drivers: tuple[DriverRow, ...] = ()
    leaks: tuple[LeakResult, ...] = ()
    readiness: Readiness | None = None
    list_head: pd.DataFrame
    notes: tuple[str, ...] = ()
    language: str = "en"
    outcome_says: str = "would leave"
    currency: str | None = None

    def __post_init__(self) -> None:
        names = [method.name for method in self.methods]
        if len(set(names)) != len(names):
            raise ValueError(f"methods: a name stands twice in {names}; give each method one row")
        if self.best_baseline is not None and self.best_baseline not in names:
            raise ValueError(f"best_baseline {self.best_baseline!r} is not among methods {names}; add its MethodRow")
        if self.grade == "refused":
            if self.listed or len(self.list_head):
                raise ValueError("a refused run publishes no list; pass listed=0 and an empty list_head")
        else:
            if self.champion is None or self.champion not in names:
                raise ValueError(f"champion {self.champion!r} is not among methods {names}; add its MethodRow")
            if len(self.list_head) and "customer_id" not in self.list_head.columns:
                raise ValueError(f"list_head has columns {list(self.list_head.columns)}; customer_id is required")

    def method(self, name: str | None) -> MethodRow | None:
        return next((method for method in self.methods if method.name == name), None)


def render(page: QualityPage) -> str:
    """The page as HTML text. Every name, id and reason in it is escaped."""
    champion = page.method(page.champion)
    baseline = page.method(page.best_baseline)
    another = champion is not None and baseline is not None and champion.name != baseline.name
    judged_plots = page.grade != "refused" or champion is not None
    lift_svg = calibration_svg = None
    if page.lift_curve and judged_plots:
        lift_svg = Markup(
            lift_plot(
                page.lift_curve,
                capacity=page.capacity,
                with_baseline=another,
                title=f"Lift by length of the list; the capacity of {page.capacity:,} is marked",
            )
        )
    if page.calibration and judged_plots:
        title = "Observed share by predicted probability, with intervals"
        calibration_svg = Markup(calibration_plot(page.calibration, title=title))
    template = _environment().get_template("quality.html.j2")
    return template.render(
        page=page,
        direction="rtl" if page.language.split("-")[0] in _RIGHT_TO_LEFT else "ltr",
        headline=_HEADLINES[page.grade],
        answer=_answer(page),
        comparison=_comparison(page),
        alarms=_alarms(page),
        bars=_bars(page),
        champion=champion,
        another=another,
        list_columns=_list_columns(page),
        list_rows=_list_rows(page.list_head),
        drivers=sorted(page.drivers, key=lambda driver: -driver.share),
        lift_svg=lift_svg,
        calibration_svg=calibration_svg,
        gains=[(row.against, _differences(row)) for row in page.gains],
        gains_in=_GAINS if any(row.value_gain for row in page.gains) else _GAINS[:2],
        segments_have_lift=any(segment.lift_at_k is not None for segment in page.segments),
        folds_foretell=any(fold.mean_probability is not None for fold in page.folds),
        readiness_report=readiness_report,
        nothing=NOTHING,
    )


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates", encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: printable(value) if type(value) is str else value,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"decimal": decimal, "percent": percent, "things": things, "interval": _interval}
    return environment


def _interval(estimate: Estimate | None, digits: int, as_percent: bool = False, signed: bool = False) -> str:
    """Two ends as '0.84-0.88', or '-0.01 to +0.02' where a sign may stand; empty where there is no interval."""
    if estimate is None or estimate.low is None or estimate.high is None or not estimate.has_interval:
        return ""
    # A dash beside a minus cannot be read.
    between = " to " if signed or estimate.low < 0 else "\u2013"
    low, high = (
        (percent(end, digits) if as_percent else decimal(end, digits, signed=signed))
        for end in (estimate.low, estimate.high)
    )
    return f"{low}{between}{high}"


def _answer(page: QualityPage) -> str:
    """What a hundred calls of the published list bring, beside calling at random; empty where nothing was measured."""
    champion, chance = page.method(page.champion), page.method("random")
    if page.grade == "refused" or champion is None or not exists(champion.precision_at_k.value):
        return ""
    found = champion.list_precision_at_k or champion.precision_at_k
    reach = f"Of 100 calls, about {in_a_hundred(found.value)} reach somebody who {page.outcome_says}"
    reach = f"{reach} (calling at random: {in_a_hundred(page.base_rate)})"
    if champion.value_at_k is None or not exists(champion.value_at_k.value):
        return f"{reach}."
    share = (
        f"together they reach {percent(champion.value_at_k.value)} of the money at stake with those to whom it happens"
    )
    if chance is None or chance.value_at_k is None:
        return f"{reach}, and {share}."
    return f"{reach}, and {share} (at random: {percent(chance.value_at_k.value)})."


def _comparison(page: QualityPage) -> str:
    """The champion against the best simple rule in the same unit, and whether the difference may be chance."""
    champion, baseline = page.method(page.champion), page.method(page.best_baseline)
    if page.grade == "refused" or champion is None or baseline is None or champion.name == baseline.name:
        return ""
    if not exists(champion.precision_at_k.value) or not exists(baseline.precision_at_k.value):
        return ""
    ours = f"Ordered by risk alone, {in_a_hundred(champion.precision_at_k.value)} of 100 calls would"
    reaches = f"{ours}; by the best simple rule, {baseline.name}, {in_a_hundred(baseline.precision_at_k.value)}"
    gain = next((row.lift_gain for row in page.gains if row.against == baseline.name), None)
    if gain is None:
        return f"{reaches}."
    certainty = {
        "better": "the model is better by more than chance",
        "worse": "the model is worse by more than chance",
        "noise": "at this length of list the difference may be chance",
        "unknown": "whether the difference is chance was not measured",
    }[_gain_says(gain)]
    return f"{reaches}; {certainty}."


def _differences(row: GainRow) -> list[tuple[Estimate, int, str]]:
    """The paired differences of one row, each with its decimals and whether it is told from zero."""
    shown = [(row.auroc_gain, 3), (row.lift_gain, 2)]
    if row.value_gain is not None:
        low, high = (None if end is None else 100 * end for end in (row.value_gain.low, row.value_gain.high))
        shown.append((Estimate(value=100 * row.value_gain.value, low=low, high=high), 1))
    return [(estimate, digits, _gain_says(estimate)) for estimate, digits in shown]


def _gain_says(gain: Estimate) -> Literal["better", "worse", "noise", "unknown"]:
    """Whether a paired difference is told from zero; an interval that touches zero is not."""
    if gain.low is None or gain.high is None or not gain.has_interval:
        return "unknown"
    if gain.low > 0:
        return "better"
    return "worse" if gain.high < 0 else "noise"


def _alarms(page: QualityPage) -> list[str]:
    """What a reader of the first screen must know besides the grade."""
    alarms = []
    failed = sum(not leak.passed for leak in page.leaks)
    if failed:
        alarms.append(f"{things(failed, 'leak test')} failed: read them before you trust a figure on this page.")
    if page.readiness is not None and not page.readiness.ready:
        alarms.append(f"Data: {readiness_report.verdict(page.readiness)}")
    return alarms


def _bars(page: QualityPage) -> list[dict[str, Any]]:
    """How many of 100 calls reach the right person: one a way of calling, list, rule and chance."""
    if page.grade == "refused":
        return []
    bars: list[tuple[str, str, Estimate]] = []
    champion, baseline = page.method(page.champion), page.method(page.best_baseline)
    if champion is not None:
        bars.append(("list", "This list", champion.precision_at_k))
    if baseline is not None and champion is not None and baseline.name != champion.name:
        bars.append(("rule", "Best simple rule", baseline.precision_at_k))
    bars.append(("chance", "At random", Estimate(value=page.base_rate)))
    return [
        {"kind": kind, "label": label, "estimate": estimate, "says": in_a_hundred(estimate.value)}
        for kind, label, estimate in bars
        if exists(estimate.value)
    ]


def _list_columns(page: QualityPage) -> list[dict[str, Any]]:
    """The columns of the list that have something to show, in the page's order."""
    frame = page.list_head
    columns = []
    for name, title in LIST_COLUMNS.items():
        # A probability stays even when it is nowhere known: the dash says that a rule claims none.
        shown = name in frame.columns and (name == "probability" or any(_cell(name, v) for v in frame[name]))
        if shown:
            unit = f" ({page.currency})" if page.currency and name in ("value_at_risk", "priority") else ""
            columns.append({"name": name, "title": title + unit, "is_figure": name in _FIGURES})
    return columns


def _list_rows(frame: pd.DataFrame) -> list[dict[str, list[str]]]:
    """The worded cells of the list: one a row; a cell is a list of lines, because reasons are several."""
    columns = [name for name in LIST_COLUMNS if name in frame.columns]
    values = {name: frame[name].tolist() for name in columns}
    return [{name: _cell(name, values[name][row]) for name in columns} for row in range(len(frame))]


def _cell(name: str, value: Any) -> list[str]:
    """One cell as lines of text; no line where the value is missing."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [str(line) for line in value]
    if isinstance(value, np.ndarray):  # what lists come back as from Parquet
        return [str(line) for line in value.tolist()]
    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return []
    if name == "probability":
        return [percent(float(value))]
    if name in ("rank", "value_at_risk", "priority") and not isinstance(value, str):
        return [decimal(float(value))]
    if isinstance(value, datetime.date):
        return [value.isoformat()[:10]]
    return [str(value)] if str(value).strip() else []
