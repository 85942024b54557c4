"""The metrics on the screen, in English: one line a metric, then what changed, within 80 columns."""

from __future__ import annotations

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from reports.metrics.definitions import METRICS, Metric, Unit
from reports.metrics.estimate import Cell
from reports.metrics.measure import Measured
from reports.metrics.telling import (
    change_said,
    difference_said,
    drove_said,
    figure_said,
    headline,
    interval_said,
    is_better,
)
from reports.wording import printable

_IN: dict[Unit, str] = {"share": "", "points": "", "score": "", "hours": ", h", "per_100": ", per 100"}

_STYLES = {"better": "green", "worse": "red", "noise": "dim"}


def to_screen(measured: Measured, console: Console) -> None:
    """Print them. The last column says which differences are told; all others may be chance."""
    if measured.last is None:
        console.print("No month is over yet, so there is nothing to measure.")
        return
    console.print(_table(measured))
    console.print()
    console.print(Text(headline(measured), style="bold"))
    for change in measured.told:
        console.print(Padding(Text(printable(change_said(change, measured.since(change)))), (0, 0, 0, 2)))
        if drove_said(change):
            console.print(Padding(Text(printable(drove_said(change)), style="dim"), (0, 0, 0, 4)))
    for why in measured.unmeasured:
        console.print(Text(printable(f"- {why}")))


def _table(measured: Measured) -> Table:
    last = measured.months[measured.last or 0]
    before = measured.months[measured.before] if measured.before is not None else None
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("", no_wrap=True)
    table.add_column(last.title, justify="right")
    table.add_column("95% interval", no_wrap=True)
    table.add_column(before.title if before else "", justify="right")
    table.add_column("differs", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    compared = {change.metric: change for change in measured.changes}
    for name, figures in measured.figures.items():
        metric, change = METRICS[name], compared.get(name)
        now = figures.months[measured.last or 0]
        then = figures.months[measured.before] if measured.before is not None else None
        says, since = "", None
        if change is not None:
            then, since = figures.months[change.since], measured.since(change)
            says = "noise"
            if change.is_told:
                says = "better" if is_better(metric, change.difference.value) else "worse"
        table.add_row(
            f"{metric.title}{_IN[metric.unit]}",
            _figure(metric, now),
            Text(interval_said(metric, now.estimate) if now is not None else "", style="dim"),
            _figure(metric, then) + (f" ({since.key})" if since is not None else ""),
            Text(difference_said(metric, change.difference.value) if change is not None else "", style="dim"),
            Text(says, style=_STYLES.get(says, "")),
        )
    return table


def _figure(metric: Metric, cell: Cell | None) -> str:
    if cell is not None and cell.estimate is not None:
        return figure_said(metric, cell.estimate.value)
    return "too few" if cell is not None and cell.customers else figure_said(metric, None)
