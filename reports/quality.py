"""The page of one training and one list: is the list worth calling, who is on it, why, and how sure are we.

One self-contained HTML file: no script, nothing fetched, the same input gives the same bytes. `QualityPage` is what
the page needs; whoever trains and lists fills it, `render` words and draws it.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from markupsafe import Markup

from contract.readiness import Readiness
from contract.said import Said, marked, said, said_plural
from models.evaluate import CalibrationBin, Estimate
from models.leaks import LeakResult
from outreach.language import CONVENTIONS, ENGLISH, Words, languages, translations
from reports import readiness as readiness_report
from reports.page import PageWords, environment
from reports.plots import LiftPoint, calibration_plot, lift_plot
from reports.wording import NOTHING, exists, in_a_hundred, interval_said, share_said

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
    "rank": marked("Rank"),
    "customer_id": marked("Customer"),
    "case_id": marked("Case"),
    "probability": marked("Probability"),
    "value_at_risk": marked("Value at risk"),
    "priority": marked("Priority"),
    "reasons": marked("Reasons"),
    "play": marked("Suggested action"),
    "owner": marked("Owner"),
    "due_at": marked("Due"),
}

_FIGURES = ("rank", "probability", "value_at_risk", "priority", "due_at")

#: Languages that are written from right to left.
_RIGHT_TO_LEFT = ("ar", "he", "ur", *(name for name, how in CONVENTIONS.items() if how.from_right))

#: The differences that the page shows, in its order.
_GAINS = (marked("AUROC"), marked("Lift at K"), marked("Value at K, points"))

_HEADLINES: dict[Grade, str] = {
    "A": marked("Yes. Call this list."),
    "B": marked("Yes, though near the top a simple rule does about as well."),
    "C": marked("Yes, but a simple rule made it, not a model."),
    "refused": marked("No list was published."),
}

_CERTAINTY: dict[str, str] = {
    "better": marked("the model is better by more than chance"),
    "worse": marked("the model is worse by more than chance"),
    "noise": marked("at this length of list the difference may be chance"),
    "unknown": marked("whether the difference is chance was not measured"),
}

#: What is said of one difference in the table, and of a method that is no rule: read by name in the template.
_TABLE_WORDS = (
    marked("better"),
    marked("worse"),
    marked("noise"),
    marked("unknown"),
    marked("model"),
    marked("candidate"),
)


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
    a row of `methods`. `outcome_says` completes "somebody who ..." for the target. `currency` labels money. Texts that
    are made by `said` (contract/said.py), and those that are messages themselves, come out in the page's language.
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
    """The page as HTML text, in its language where there is a catalogue of it, else in English. Every name, id and
    reason in it is escaped."""
    words = translations(page.language) if page.language in languages() else ENGLISH
    spoken = PageWords(words)
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
                title=spoken.plain(
                    said("Lift by length of the list; the capacity of {capacity:,} is marked", capacity=page.capacity)
                ),
                words=words,
            )
        )
    if page.calibration and judged_plots:
        title = spoken.plain(said("Observed share by predicted probability, with intervals"))
        calibration_svg = Markup(calibration_plot(page.calibration, title=title, words=words))
    shown = environment(spoken)
    shown.filters["interval"] = lambda *given: spoken.plain(interval_said(*given))
    template = shown.get_template("quality.html.j2")
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
        list_columns=_list_columns(page, spoken),
        list_rows=_list_rows(page.list_head, spoken),
        drivers=sorted(page.drivers, key=lambda driver: -driver.share),
        lift_svg=lift_svg,
        calibration_svg=calibration_svg,
        gains=[(row.against, _differences(row)) for row in page.gains],
        gains_in=_GAINS if any(row.value_gain for row in page.gains) else _GAINS[:2],
        segments=_segments(page, words),
        segments_have_lift=any(segment.lift_at_k is not None for segment in page.segments),
        folds_foretell=any(fold.mean_probability is not None for fold in page.folds),
        readiness_report=readiness_report,
        nothing=NOTHING,
        comma=words.comma,
    )


def _segments(page: QualityPage, words: Words) -> list[SegmentRow]:
    """In the order in which the language looks up names; what is no segment of the company's own comes last."""
    if words.language == ENGLISH.language:
        return list(page.segments)

    def place(row: SegmentRow) -> tuple[bool, Any]:
        is_ours = isinstance(row.segment, Said) or words.gettext(row.segment) != row.segment
        return is_ours, words.conventions.order(row.segment)

    return sorted(page.segments, key=place)


def _answer(page: QualityPage) -> str:
    """What a hundred calls of the published list bring, beside calling at random; empty where nothing was measured."""
    champion, chance = page.method(page.champion), page.method("random")
    if page.grade == "refused" or champion is None or not exists(champion.precision_at_k.value):
        return ""
    found = champion.list_precision_at_k or champion.precision_at_k
    reach = said(
        "Of 100 calls, about {found} reach somebody who {outcome} (calling at random: {chance})",
        found=in_a_hundred(found.value),
        outcome=page.outcome_says,
        chance=in_a_hundred(page.base_rate),
    )
    if champion.value_at_k is None or not exists(champion.value_at_k.value):
        return said("{what}.", what=reach)
    share = said(
        "together they reach {share} of the money at stake with those to whom it happens",
        share=share_said(champion.value_at_k.value),
    )
    if chance is None or chance.value_at_k is None:
        return said("{reach}, and {share}.", reach=reach, share=share)
    return said(
        "{reach}, and {share} (at random: {chance}).",
        reach=reach,
        share=share,
        chance=share_said(chance.value_at_k.value),
    )


def _comparison(page: QualityPage) -> str:
    """The champion against the best simple rule in the same unit, and whether the difference may be chance."""
    champion, baseline = page.method(page.champion), page.method(page.best_baseline)
    if page.grade == "refused" or champion is None or baseline is None or champion.name == baseline.name:
        return ""
    if not exists(champion.precision_at_k.value) or not exists(baseline.precision_at_k.value):
        return ""
    reaches = said(
        "Ordered by risk alone, {ours} of 100 calls would; by the best simple rule, {rule}, {theirs}",
        ours=in_a_hundred(champion.precision_at_k.value),
        rule=baseline.name,
        theirs=in_a_hundred(baseline.precision_at_k.value),
    )
    gain = next((row.lift_gain for row in page.gains if row.against == baseline.name), None)
    if gain is None:
        return said("{what}.", what=reaches)
    return said("{reaches}; {certainty}.", reaches=reaches, certainty=_CERTAINTY[_gain_says(gain)])


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
    alarms: list[str] = []
    failed = sum(not leak.passed for leak in page.leaks)
    if failed:
        alarms.append(
            said_plural(
                "{number:,} leak test failed: read them before you trust a figure on this page.",
                "{number:,} leak tests failed: read them before you trust a figure on this page.",
                failed,
            )
        )
    if page.readiness is not None and not page.readiness.ready:
        alarms.append(said("Data: {verdict}", verdict=readiness_report.verdict(page.readiness)))
    return alarms


def _bars(page: QualityPage) -> list[dict[str, Any]]:
    """How many of 100 calls reach the right person: one a way of calling. The list is ordered by what is at stake, as
    it is published, and beside it stands the same model by risk alone, which is how the rule is ordered."""
    if page.grade == "refused":
        return []
    bars: list[tuple[str, str, Estimate]] = []
    champion, baseline = page.method(page.champion), page.method(page.best_baseline)
    if champion is not None:
        listed, by_risk = champion.list_precision_at_k or champion.precision_at_k, champion.precision_at_k
        bars.append(("list", marked("This list"), listed))
        if listed.value != by_risk.value:
            bars.append(("risk", marked("By risk alone"), by_risk))
    if baseline is not None and champion is not None and baseline.name != champion.name:
        bars.append(("rule", marked("Best simple rule"), baseline.precision_at_k))
    bars.append(("chance", marked("At random"), Estimate(value=page.base_rate)))
    return [
        {"kind": kind, "label": label, "estimate": estimate, "says": in_a_hundred(estimate.value)}
        for kind, label, estimate in bars
        if exists(estimate.value)
    ]


def _list_columns(page: QualityPage, spoken: PageWords) -> list[dict[str, Any]]:
    """The columns of the list that have something to show, in the page's order."""
    frame = page.list_head
    columns = []
    for name, title in LIST_COLUMNS.items():
        # A probability stays even when it is nowhere known: the dash says that a rule claims none.
        shown = name in frame.columns and (name == "probability" or any(_cell(name, v, spoken) for v in frame[name]))
        if shown:
            heading: str = said(title)
            if page.currency and name in ("value_at_risk", "priority"):
                heading = said("{title} ({currency})", title=heading, currency=page.currency)
            columns.append({"name": name, "title": heading, "is_figure": name in _FIGURES})
    return columns


def _list_rows(frame: pd.DataFrame, spoken: PageWords) -> list[dict[str, list[str]]]:
    """The worded cells of the list: one a row; a cell is a list of lines, because reasons are several."""
    columns = [name for name in LIST_COLUMNS if name in frame.columns]
    values = {name: frame[name].tolist() for name in columns}
    return [{name: _cell(name, values[name][row], spoken) for name in columns} for row in range(len(frame))]


def _cell(name: str, value: Any, spoken: PageWords) -> list[str]:
    """One cell as lines of text; no line where the value is missing."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [str(line) for line in value]
    if isinstance(value, np.ndarray):  # what lists come back as from Parquet
        return [str(line) for line in value.tolist()]
    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return []
    if name == "probability":
        return [spoken.percent(float(value))]
    if name in ("rank", "value_at_risk", "priority") and not isinstance(value, str):
        return [spoken.decimal(float(value))]
    if isinstance(value, datetime.datetime):  # a date to Python, with an hour that nobody asked for
        value = value.date()
    if isinstance(value, datetime.date):
        return [spoken.day_in_figures(value)]
    if name == "due_at" and isinstance(value, str) and value.strip():
        return [spoken.day_in_figures(value)]
    return [str(value)] if str(value).strip() else []
