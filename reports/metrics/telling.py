"""Figures, changes and what drove them in words, and everything as JSON. One function a kind of text; any language."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from contract.said import Figure, Name, Said, marked, said
from models.evaluate import Estimate
from reports.metrics.change import Change, Part
from reports.metrics.definitions import DIMENSIONS, METRICS, Metric, Unit
from reports.metrics.estimate import Cell
from reports.metrics.measure import Measured
from reports.metrics.months import Month
from reports.wording import NOTHING, decimal, exists, share_said

#: Decimals by unit: what the intervals of a middling company let one read.
_DIGITS: dict[Unit, int] = {"share": 1, "points": 0, "score": 2, "hours": 1, "per_100": 1}
#: What a figure is in, where it is no percentage and its title does not say so.
UNITS: dict[Unit, str] = {
    "share": "",
    "points": marked("points"),
    "score": "",
    "hours": marked("business hours"),
    "per_100": marked("per 100 customers"),
}
#: Where a part is not stated.
NOT_STATED = marked("not stated")

_BY_PERCENT = {
    "rose": marked("{title!c} rose by {difference} points."),
    "fell": marked("{title!c} fell by {difference} points."),
}
_BY_FIGURE = {"rose": marked("{title!c} rose by {difference}."), "fell": marked("{title!c} fell by {difference}.")}


def figure_said(metric: Metric, value: float | None, *, signed: bool = False) -> str:
    """A figure as a table shows it."""
    if value is None or not exists(value):
        return NOTHING
    if metric.unit == "share":
        return share_said(value, _DIGITS["share"])
    return Figure(decimal(value, _DIGITS[metric.unit], signed=signed))


def difference_said(metric: Metric, value: float | None, *, signed: bool = True) -> str:
    """A difference of two figures: of percentages, in points."""
    if value is None or not exists(value):
        return NOTHING
    scaled = 100 * value if metric.unit == "share" else value
    return Figure(decimal(scaled, _DIGITS[metric.unit], signed=signed))


def interval_said(metric: Metric, estimate: Estimate | None, *, of_difference: bool = False) -> str:
    """Both ends; empty where there is no interval."""
    if estimate is None or not estimate.has_interval or estimate.low is None or estimate.high is None:
        return ""
    say = difference_said if of_difference else figure_said
    low, high = say(metric, estimate.low), say(metric, estimate.high)
    # A dash beside a minus cannot be read.
    if of_difference or metric.unit == "points":
        return said("{low} to {high}", low=low, high=high)
    return said("{low}–{high}", low=low, high=high)


def part_said(name: str | None) -> str:
    """The name of a part: the company's own word, or that there is none."""
    return Name(name) if name is not None else said(NOT_STATED)


def headline(measured: Measured) -> str:
    """The change that stands first, or that nothing is to be told."""
    if measured.before is None:
        return said("There is no month to compare with yet.")
    if not measured.told:
        return said("Nothing changed by more than chance.")
    change = measured.told[0]
    metric = METRICS[change.metric]
    words = _BY_PERCENT if metric.unit in ("share", "points") else _BY_FIGURE
    difference = difference_said(metric, abs(change.difference.value), signed=False)
    return Said(words[_went(change)], {"title": metric.title, "difference": difference})


def change_said(change: Change, since: Month | None = None) -> Said:
    """From what to what, and how sure that is; `since` when, where that is not the month before."""
    metric = METRICS[change.metric]
    values = {
        "title": metric.title,
        "before": figure_said(metric, change.before),
        "after": figure_said(metric, change.after),
        "low": difference_said(metric, change.difference.low),
        "high": difference_said(metric, change.difference.high),
    }
    if since is not None:
        values["month"] = since.title
        if _went(change) == "rose":
            return said("{title!c} rose from {before} in {month} to {after} (difference: {low} to {high}).", **values)
        return said("{title!c} fell from {before} in {month} to {after} (difference: {low} to {high}).", **values)
    if _went(change) == "rose":
        return said("{title!c} rose from {before} to {after} (difference: {low} to {high}).", **values)
    return said("{title!c} fell from {before} to {after} (difference: {low} to {high}).", **values)


def drove_said(change: Change) -> str:
    """The part that drove a change, and whether by its own figure or by its share; or that none stands out."""
    metric, part = METRICS[change.metric], change.drove
    if part is None:
        return said("No part of it stands out: the change is spread over all.") if change.parts else ""
    values: dict[str, Any] = {
        "dimension": DIMENSIONS[part.dimension],
        "part": part_said(part.part),
        "adds": difference_said(metric, part.contribution),
        "all": difference_said(metric, change.difference.value),
    }
    if part.by == "mix":
        return said(
            "{dimension!c} {part} drove it, with {adds} of {all}: its share of the whole went from {before} to {after} "
            "(mix).",
            **values,
            before=share_said(part.share_before),
            after=share_said(part.share_after),
        )
    return said(
        "{dimension!c} {part} drove it, with {adds} of {all}: its own figure went from {before} to {after} (rate).",
        **values,
        before=figure_said(metric, part.before),
        after=figure_said(metric, part.after),
    )


def is_better(metric: Metric, difference: float) -> bool:
    """Whether a difference is for the better."""
    return (difference > 0) == (metric.better == "higher")


def _went(change: Change) -> str:
    return "rose" if change.difference.value > 0 else "fell"


# For machines


def to_json(measured: Measured, *, company: str) -> str:
    """Everything as JSON: English, days as 2026-06-30, shares from 0 to 1, null where nothing can be said."""
    return json.dumps(as_dict(measured, company=company), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def as_dict(measured: Measured, *, company: str) -> dict[str, Any]:
    """The same as a dictionary: no key depends on the language."""

    def key(place: int | None) -> str | None:
        return None if place is None else measured.months[place].key

    return {
        "company": company,
        "as_of": measured.as_of.isoformat(),
        "calendar": measured.months[0].calendar,
        "last_month": key(measured.last),
        "month_before": key(measured.before),
        "months": [
            {
                "month": month.key,
                "first": month.first.isoformat(),
                "end": month.end.isoformat(),
                "is_over": measured.is_over(place),
            }
            for place, month in enumerate(measured.months)
        ],
        "headline": headline(measured),
        "changes": [_change(change, measured) for change in measured.changes],
        "metrics": {
            name: {
                "title": METRICS[name].title,
                "meaning": METRICS[name].meaning,
                "unit": METRICS[name].unit,
                "better": METRICS[name].better,
                "months": {month.key: _cell(cell) for month, cell in zip(measured.months, figures.months, strict=True)},
                "parts": {
                    dimension: [{"part": part, **(_cell(cell) or {})} for part, cell in parts]
                    for dimension, parts in figures.parts.items()
                },
            }
            for name, figures in measured.figures.items()
        },
        "not_measured": {name: lack.of(METRICS[name].title) for name, lack in measured.lacking.items()},
        "notes": list(measured.notes),
    }


def _cell(cell: Cell | None) -> dict[str, Any] | None:
    if cell is None:
        return None
    known = cell.estimate or Estimate(value=float("nan"))
    return {
        "value": _number(known.value),
        "low": _number(known.low),
        "high": _number(known.high),
        "customers": cell.customers,
        "weight": cell.weight,
        "too_few": cell.too_few,
    }


def _change(change: Change, measured: Measured) -> dict[str, Any]:
    difference = {end: _number(getattr(change.difference, end)) for end in ("value", "low", "high")}
    return {
        "metric": change.metric,
        "is_told": change.is_told,
        "since": measured.months[change.since].key,
        "says": change_said(change, measured.since(change)),
        "drove_says": drove_said(change) if change.is_told else None,
        "before": change.before,
        "after": change.after,
        "difference": difference,
        "standard_errors": change.standard_errors,
        "p": change.p,
        "drove": _part(change.drove) if change.drove else None,
        "parts": [_part(part) for part in change.parts],
    }


def _part(part: Part) -> dict[str, Any]:
    return {**asdict(part), "customers": list(part.customers), "contribution": part.contribution, "by": part.by}


def _number(value: float | None) -> float | None:
    return value if exists(value) else None
