"""The page of the metrics: what changed most and what drove it, then every figure by month and part.

One self-contained HTML file, as the quality page: no script, nothing fetched, the same input gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from markupsafe import Markup

from contract.said import said
from outreach.language import ENGLISH, languages, translations
from reports.metrics.change import Change
from reports.metrics.definitions import DIMENSIONS, FEWEST, GROUPS, METRICS, Group, Metric
from reports.metrics.estimate import Cell
from reports.metrics.measure import Measured
from reports.metrics.telling import (
    UNITS,
    change_said,
    difference_said,
    drove_said,
    figure_said,
    headline,
    interval_said,
    is_better,
    part_said,
)
from reports.page import PageWords, environment
from reports.plots import MonthPoint, month_plot
from reports.wording import NOTHING

#: Parts of a dimension that the page shows, the largest; metrics.json has them all.
MOST_PARTS = 12


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One cell of a table, each text as the language can say it."""

    text: str = NOTHING
    interval: str = ""
    is_few: bool = False


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of a table: a metric, a month or a part."""

    title: str
    is_name: bool = False
    is_running: bool = False
    unit: str = ""
    cells: tuple[Shown, ...]
    says: str = ""


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table of a group: its heading, what its rows are, and the metrics that are its columns."""

    name: str
    heading: str
    of: str
    columns: tuple[Metric, ...]
    rows: tuple[Row, ...]
    more: int = 0


@dataclass(frozen=True, kw_only=True)
class Section:
    """One group of metrics: its plots and its tables."""

    name: str
    title: str
    plots: tuple[tuple[Metric, Markup], ...]
    tables: tuple[Table, ...]


def render(measured: Measured, *, company: str, language: str) -> str:
    """The page as HTML text, in its language where there is a catalogue of it, else in English."""
    words = translations(language) if language in languages() else ENGLISH
    spoken = PageWords(words)
    template = environment(spoken).get_template("metrics.html.j2")
    return template.render(
        company=company,
        language=words.language,
        direction="rtl" if words.conventions.from_right else "ltr",
        as_of=measured.as_of.isoformat(),
        last=measured.months[measured.last] if measured.last is not None else None,
        before=measured.months[measured.before] if measured.before is not None else None,
        running=next((month for place, month in enumerate(measured.months) if not measured.is_over(place)), None),
        headline=headline(measured),
        stories=[
            (change_said(change, measured.since(change)), drove_said(change), _says(change)) for change in measured.told
        ],
        compared=len(measured.changes),
        overview=_overview(measured),
        sections=[_section(group, measured, spoken) for group in GROUPS if _of(group, measured)],
        lacking=measured.unmeasured,
        notes=measured.notes,
        metrics=[METRICS[name] for name in measured.figures],
        units=UNITS,
        fewest=FEWEST,
        comma=words.comma,
    )


def _of(group: Group, measured: Measured) -> tuple[Metric, ...]:
    return tuple(METRICS[name] for name in measured.figures if METRICS[name].group == group)


def _overview(measured: Measured) -> list[Row]:
    """Every metric in the last full month beside the month before, and whether they differ by more than chance."""
    if measured.last is None:
        return []
    compared = {change.metric: change for change in measured.changes}
    rows = []
    for name, figures in measured.figures.items():
        metric, change = METRICS[name], compared.get(name)
        before = figures.months[measured.before] if measured.before is not None else None
        shown = [_latest(metric, measured), _shown(metric, before)]
        if change is not None and (since := measured.since(change)) is not None:
            shown[1] = replace(_shown(metric, figures.months[change.since]), interval=since.title)
        difference = Shown()
        if change is not None:
            difference = Shown(
                text=difference_said(metric, change.difference.value),
                interval=interval_said(metric, change.difference, of_difference=True),
            )
        rows.append(
            Row(
                title=metric.title,
                unit=UNITS[metric.unit],
                cells=(*shown, difference),
                says=_says(change) if change is not None else "",
            )
        )
    return rows


def _latest(metric: Metric, measured: Measured) -> Shown:
    """The last full month; where it has nothing, as between quarterly surveys, the last one that has, with its name."""
    months = measured.figures[metric.name].months
    for place in range(measured.last or 0, -1, -1):
        cell = months[place]
        if cell is not None and (cell.estimate is not None or place == measured.last):
            shown = _shown(metric, cell)
            return shown if place == measured.last else replace(shown, interval=measured.months[place].title)
    return Shown()


def _says(change: Change) -> str:
    if not change.is_told:
        return "noise"
    return "better" if is_better(METRICS[change.metric], change.difference.value) else "worse"


def _section(group: Group, measured: Measured, spoken: PageWords) -> Section:
    metrics = _of(group, measured)
    return Section(
        name=group,
        title=GROUPS[group],
        plots=tuple((metric, _plot(metric, measured, spoken)) for metric in metrics),
        tables=(*_by_dimension(group, metrics, measured), _by_month(group, metrics, measured)),
    )


def _plot(metric: Metric, measured: Measured, spoken: PageWords) -> Markup:
    points = []
    for place, (month, cell) in enumerate(zip(measured.months, measured.figures[metric.name].months, strict=True)):
        known = cell.estimate if cell is not None else None
        points.append(
            MonthPoint(
                label=month.in_figures,
                is_over=measured.is_over(place),
                value=known.value if known else None,
                low=known.low if known else None,
                high=known.high if known else None,
            )
        )
    is_score = metric.unit == "score"
    title = spoken.plain(said("{title} month by month, with intervals", title=metric.title))

    def written(value: float) -> str:
        scaled = f"{100 * value:g}%" if metric.unit == "share" else f"{value:.1f}" if is_score else f"{value:g}"
        return spoken.figure(scaled.replace("-", "\u2212"))

    return Markup(month_plot(points, name=metric.name, title=title, written=written, words=spoken.words))


def _by_dimension(group: Group, metrics: tuple[Metric, ...], measured: Measured) -> Iterator[Table]:
    """A table a dimension: the parts in the last full month, the largest first."""
    for dimension, heading in DIMENSIONS.items():
        columns = tuple(metric for metric in metrics if dimension in measured.figures[metric.name].parts)
        found = {metric.name: dict(measured.figures[metric.name].parts[dimension]) for metric in columns}
        customers: dict[str | None, int] = {}
        for cells in found.values():
            for part, cell in cells.items():
                customers[part] = max(customers.get(part, 0), cell.customers)
        ordered = sorted(customers, key=lambda part: (part is None, -customers[part], part or ""))
        if not columns:
            continue
        rows = tuple(
            Row(
                title=part_said(part),
                is_name=part is not None,
                cells=tuple(_shown(metric, found[metric.name].get(part)) for metric in columns),
            )
            for part in ordered[:MOST_PARTS]
        )
        more = max(0, len(ordered) - MOST_PARTS)
        yield Table(name=f"{group}-{dimension}", heading=heading, of=heading, columns=columns, rows=rows, more=more)


def _by_month(group: Group, metrics: tuple[Metric, ...], measured: Measured) -> Table:
    rows = tuple(
        Row(
            title=month.title,
            is_running=not measured.is_over(place),
            cells=tuple(_shown(metric, measured.figures[metric.name].months[place]) for metric in metrics),
        )
        for place, month in reversed(list(enumerate(measured.months)))
    )
    return Table(name=f"{group}-month", heading=said("Month by month"), of=said("Month"), columns=metrics, rows=rows)


def _shown(metric: Metric, cell: Cell | None) -> Shown:
    if cell is None or (cell.estimate is None and not cell.customers):
        return Shown()
    if cell.estimate is None:
        return Shown(is_few=True)
    return Shown(text=figure_said(metric, cell.estimate.value), interval=interval_said(metric, cell.estimate))
