"""The plots of the quality page as SVG text: same input, same bytes; colours follow the page's light or dark style."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import matplotlib
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from contract.said import Figure as Written
from contract.said import in_words, marked, said
from models.evaluate import CalibrationBin
from outreach.language import ENGLISH, Words

#: Colours are drawn as these marks and then become custom properties of the page's style sheet, so that one drawing
#: serves light, dark and paper.
_INKS = {"#010203": "var(--ink)", "#010204": "var(--soft)", "#010205": "var(--hair)", "#010206": "var(--accent)"}
INK, SOFT, HAIR, ACCENT = _INKS
#: In inches at the size of the letters: of a plot by itself, and of one of many.
SIZE, MONTHS_SIZE = (5.4, 3.3), (3.6, 1.9)

_SETTINGS: Any = {
    "svg.fonttype": "path",  # shapes, not letters: the page looks the same on a machine without the font
    "font.family": "DejaVu Sans",  # comes with matplotlib
    "font.size": 9,
    "axes.edgecolor": HAIR,
    "axes.labelcolor": SOFT,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "grid.color": HAIR,
    "grid.linewidth": 0.6,
    "text.color": INK,
    "xtick.color": HAIR,
    "ytick.color": HAIR,
    "xtick.labelcolor": SOFT,
    "ytick.labelcolor": SOFT,
    "ytick.major.size": 0,
    "xtick.major.size": 3,
}


#: Letters that must be joined, and read from the right, are left to the browser: matplotlib does neither. They are
#: texts in the page's own font then, and no shapes.
_LETTERS: Any = {"svg.fonttype": "none"}
_FONT = re.compile(r"'DejaVu Sans'")


@dataclass(frozen=True, kw_only=True)
class LiftPoint:
    """How a list of this length does: one a list length. Lift is times the base rate."""

    list_length: int
    model: float
    baseline: float


def lift_plot(
    points: Sequence[LiftPoint], *, capacity: int, with_baseline: bool, title: str, words: Words = ENGLISH
) -> str:
    """Lift by length of the list, with the team's capacity marked; the best simple rule beside it if it is another."""
    ordered = sorted(points, key=lambda point: point.list_length)
    lengths = [point.list_length for point in ordered]

    def draw(axes: Axes) -> None:
        if with_baseline:
            axes.plot(lengths, [p.baseline for p in ordered], color=SOFT, linewidth=1.3, dashes=(4, 2.5))
        axes.plot(lengths, [p.model for p in ordered], color=ACCENT, linewidth=2.2, solid_capstyle="round")
        axes.axhline(1, color=SOFT, linewidth=0.9, dashes=(1, 2))
        axes.axvline(capacity, color=INK, linewidth=0.9)
        highest = max(1.0, *(max(p.model, p.baseline) if with_baseline else p.model for p in ordered))
        right = max(*lengths, capacity * 1.05)
        axes.set_xlim(0, right)
        axes.set_ylim(0, highest * 1.16)
        on_left = capacity > right / 2
        axes.annotate(
            in_words(said("capacity {capacity:,}", capacity=capacity), words),
            (capacity, highest * 1.16),
            xytext=(-5 if on_left else 5, -4),
            textcoords="offset points",
            ha="right" if on_left else "left",
            va="top",
        )
        axes.xaxis.set_major_locator(ticker.MaxNLocator(5, integer=True))
        axes.xaxis.set_major_formatter(lambda length, _: words.figure(f"{length:,.0f}"))
        axes.yaxis.set_major_formatter(lambda lift, _: f"{words.figure(f'{lift:g}')}\u00d7")
        axes.set_xlabel(in_words(marked("people on the list"), words))

    return _svg("lift", title, draw, words)


def calibration_plot(bins: Sequence[CalibrationBin], *, title: str, words: Words = ENGLISH) -> str:
    """Observed share by predicted probability, a dot and an interval a bin; on the dotted line promises are kept."""
    ordered = sorted(bins, key=lambda one: one.predicted)

    def draw(axes: Axes) -> None:
        top = min(1.0, 1.06 * max(0.05, *(max(one.predicted, one.high) for one in ordered)))
        axes.plot([0, top], [0, top], color=SOFT, linewidth=0.9, dashes=(1, 2))
        predicted = [one.predicted for one in ordered]
        axes.vlines(predicted, [one.low for one in ordered], [one.high for one in ordered], color=ACCENT, linewidth=1.3)
        axes.plot(predicted, [one.observed for one in ordered], "o", color=ACCENT, markersize=4.6, markeredgewidth=0)
        axes.set_xlim(0, top)
        axes.set_ylim(0, top)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(ticker.MaxNLocator(5))
            axis.set_major_formatter(lambda share, _: in_words(Written(f"{share * 100:g}%"), words))
        axes.set_xlabel(in_words(marked("predicted probability"), words))

    return _svg("calibration", title, draw, words)


@dataclass(frozen=True, kw_only=True)
class MonthPoint:
    """A figure of one month with its interval: one a month, None where there is none. `label` is in figures."""

    label: str
    is_over: bool
    value: float | None = None
    low: float | None = None
    high: float | None = None


def month_plot(
    points: Sequence[MonthPoint], *, name: str, title: str, written: Callable[[float], str], words: Words = ENGLISH
) -> str:
    """A figure month by month with its intervals; a month that is not over is a hollow dot. `name` is the plot's own on
    the page, `written` says how its figures are."""
    known = [
        (place, point.value, point.low, point.high) for place, point in enumerate(points) if point.value is not None
    ]

    def draw(axes: Axes) -> None:
        # Where a month has no figure the line breaks.
        line = [math.nan if point.value is None or not point.is_over else point.value for point in points]
        axes.plot(range(len(points)), line, color=ACCENT, linewidth=1.6, solid_capstyle="round")
        spans = [(place, low, high) for place, _, low, high in known if low is not None and high is not None]
        if spans:
            axes.vlines(*zip(*spans, strict=True), color=ACCENT, linewidth=1, alpha=0.55)
        for place, value, _, _ in known:
            inside = ACCENT if points[place].is_over else "none"
            axes.plot([place], [value], "o", color=ACCENT, markersize=4, markerfacecolor=inside, markeredgewidth=1.1)
        axes.set_xlim(-0.5, len(points) - 0.5)
        axes.margins(y=0.12)
        places = list(range(len(points) - 1, -1, -3))[::-1]
        axes.set_xticks(places, [words.figure(points[place].label) for place in places])
        axes.yaxis.set_major_locator(ticker.MaxNLocator(4))
        axes.yaxis.set_major_formatter(lambda value, _: written(value))

    return _svg(f"months-{name}", title, draw, words, size=MONTHS_SIZE)


def _svg(name: str, title: str, draw: Callable[[Axes], None], words: Words, *, size: tuple[float, float] = SIZE) -> str:
    """One drawing as an SVG element for inside a page: no ids that clash, no date, no fixed size."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()  # somebody's own matplotlibrc must not change the bytes
        matplotlib.rcParams.update(_SETTINGS)
        if words.conventions.from_right:
            matplotlib.rcParams.update(_LETTERS)
        matplotlib.rcParams["svg.hashsalt"] = f"vafa-{name}"
        figure = Figure(figsize=size, layout="constrained")
        figure.patch.set_visible(False)
        axes = figure.add_subplot()
        axes.patch.set_visible(False)
        draw(axes)
        sheet = io.StringIO()
        FigureCanvasSVG(figure)
        figure.savefig(sheet, format="svg", metadata={"Date": None, "Creator": None})
    drawing = sheet.getvalue()
    drawing = drawing[drawing.index("<svg") :].strip()
    drawing = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>", "", drawing, flags=re.DOTALL)
    # Ids are unique in a page, not in a drawing.
    drawing = re.sub(r'\bid="', f'id="{name}-', drawing)
    drawing = drawing.replace('href="#', f'href="#{name}-').replace("url(#", f"url(#{name}-")
    for mark, ink in _INKS.items():
        drawing = drawing.replace(mark, ink)
    drawing = _FONT.sub("var(--sans)", drawing)
    box = re.search(r'viewBox="[^"]+"', drawing)
    if box is None:
        raise RuntimeError("matplotlib wrote an SVG without a viewBox; the plots of the page cannot be scaled")
    body = drawing[drawing.index(">") + 1 :]
    body = "\n".join(line.strip() for line in body.splitlines() if line.strip())
    label = escape(title)
    return f'<svg class="plot" role="img" aria-label="{label}" {box.group()}>\n<title>{label}</title>\n{body}'


@dataclass(frozen=True, kw_only=True)
class NightPoint:
    """A figure of one night (or age) with its interval, and the simple rule's beside it. `label` is in figures."""

    label: str
    value: float
    low: float | None = None
    high: float | None = None
    rule: float | None = None


def night_plot(
    points: Sequence[NightPoint],
    *,
    name: str,
    title: str,
    written: Callable[[float], str],
    level: float | None = None,
    below: str = "",
    words: Words = ENGLISH,
) -> str:
    """A figure night by night with its intervals, the rule as a dashed line, and a dotted one at `level` (a coin, no
    loss). `below` names what the places are; `name` is the plot's own on the page."""

    def draw(axes: Axes) -> None:
        places = range(len(points))
        if any(point.rule is not None for point in points):
            rule = [math.nan if point.rule is None else point.rule for point in points]
            axes.plot(places, rule, color=SOFT, linewidth=1.3, dashes=(4, 2.5))
        spans = [(p, one.low, one.high) for p, one in enumerate(points) if one.low is not None and one.high is not None]
        if spans:
            axes.vlines(*zip(*spans, strict=True), color=ACCENT, linewidth=1.3)
        axes.plot(places, [one.value for one in points], "o-", color=ACCENT, linewidth=1.6, markersize=4.6)
        if level is not None:
            axes.axhline(level, color=SOFT, linewidth=0.9, dashes=(1, 2))
        axes.set_xlim(-0.5, len(points) - 0.5)
        axes.margins(y=0.12)
        every = -(-len(points) // 6)
        shown = list(range(len(points) - 1, -1, -every))[::-1]
        axes.set_xticks(shown, [words.figure(points[place].label) for place in shown])
        axes.yaxis.set_major_locator(ticker.MaxNLocator(4))
        axes.yaxis.set_major_formatter(lambda value, _: written(value))
        if below:
            axes.set_xlabel(in_words(below, words))

    return _svg(f"night-{name}", title, draw, words)


@dataclass(frozen=True, kw_only=True)
class LengthPoint:
    """What a list of this length is worth a night, with its interval, and by the simple rule."""

    calls: int
    value: float
    low: float | None
    high: float | None
    rule: float


def length_plot(
    points: Sequence[LengthPoint],
    *,
    name: str,
    title: str,
    capacity: int,
    best: int | None,
    with_rule: bool,
    written: Callable[[float], str],
    level: float | None = None,
    words: Words = ENGLISH,
) -> str:
    """A figure by length of the list, its interval as a band; the capacity is marked by a line, the best length by a
    dot."""
    ordered = sorted(points, key=lambda point: point.calls)
    lengths = [point.calls for point in ordered]

    def draw(axes: Axes) -> None:
        low, high = (
            [p.value if end is None else end for p, end in zip(ordered, ends, strict=True)]
            for ends in ([p.low for p in ordered], [p.high for p in ordered])
        )
        axes.fill_between(lengths, low, high, color=ACCENT, alpha=0.16, linewidth=0)
        if with_rule:
            axes.plot(lengths, [p.rule for p in ordered], color=SOFT, linewidth=1.3, dashes=(4, 2.5))
        axes.plot(lengths, [p.value for p in ordered], color=ACCENT, linewidth=2.2, solid_capstyle="round")
        if level is not None:
            axes.axhline(level, color=SOFT, linewidth=0.9, dashes=(1, 2))
        axes.axvline(capacity, color=INK, linewidth=0.9)
        right = max(*lengths, capacity * 1.05)
        axes.set_xlim(0, right)
        on_left = capacity > right / 2
        axes.annotate(
            in_words(said("capacity {capacity:,}", capacity=capacity), words),
            (capacity, 1),
            xycoords=("data", "axes fraction"),
            xytext=(-5 if on_left else 5, -4),
            textcoords="offset points",
            ha="right" if on_left else "left",
            va="top",
        )
        for point in ordered:
            if point.calls == best:
                axes.plot([point.calls], [point.value], "o", color=ACCENT, markersize=7)
        axes.xaxis.set_major_locator(ticker.MaxNLocator(5, integer=True))
        axes.xaxis.set_major_formatter(lambda length, _: words.figure(f"{length:,.0f}"))
        axes.yaxis.set_major_locator(ticker.MaxNLocator(5))
        axes.yaxis.set_major_formatter(lambda value, _: written(value))
        axes.set_xlabel(in_words(marked("people on the list"), words))

    return _svg(f"length-{name}", title, draw, words)
