"""A published list on the screen: the grade beside the baselines, and the first rows as a person reads them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from pipelines.settings import Settings

FIRST = 10


def show_list(settings: Settings, summary: dict[str, Any]) -> None:
    """Print it. At 80 columns nothing is cut: reasons stand under their customer. `settings` are those of the list.

    The rows are read from list.csv, the one file that every list has; every cell is a text.
    """
    console = Console(highlight=False, soft_wrap=False)
    folder = Path(summary["folder"])
    listed = pd.read_csv(folder / "list.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")
    console.print()
    console.print(
        f"[bold]{escape(settings.company.name)}[/]: {summary['listed']} of {summary['customers_scored']:,} "
        f"customers to call on {summary['as_of']}" + (f" ({summary['target']})" if len(settings.lists_of) > 1 else "")
    )
    console.print(f"Grade [bold]{summary['grade']}[/]: {summary['grade_says']}")
    console.print()
    console.print(_methods(summary))
    console.print(f"[dim]95% intervals over past nights not seen in training; base rate {summary['base_rate']:.1%}[/]")
    console.print()
    if not len(listed):
        console.print("Nobody of those scored may be contacted: contact_allowed is true for none of them.")
    for row in listed.head(FIRST).itertuples():
        _row(console, row)
    if len(listed) > FIRST:
        console.print(f"[dim]... and {len(listed) - FIRST} more[/]")
    console.print()
    if summary["is_current"]:
        console.print(
            f"The list     {folder}" + ("" if summary["is_new"] else "  (the same list was already published)")
        )
        console.print(f"The page     {settings.beside('report.html')}")
        console.print(f"For machines {settings.beside('summary.json')}")
    else:
        console.print(f"The list     {folder}  (a list of a later day stays the current one)")
        console.print(f"The page     {folder / 'report.html'}")
    if "seconds" in summary:
        stages = ", ".join(f"{stage} {seconds:.0f}" for stage, seconds in summary["seconds_by_stage"].items())
        console.print(f"[dim]{summary['seconds']:.0f} s: {stages}[/]")


def _methods(summary: dict[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("", no_wrap=True)
    for name in ("AUROC", "lift at K", "Brier", "ECE"):
        table.add_column(name, justify="right", no_wrap=True)
    for name, figures in summary["methods"].items():
        table.add_row(
            f"[bold]{name}[/]" if name == summary["champion"] else name,
            _figure(figures.get("auroc"), 3),
            _figure(figures.get("lift_at_k"), 2),
            _figure(figures.get("brier"), 3, interval=False),
            _figure(figures.get("ece"), 3, interval=False),
        )
    return table


def _figure(figure: dict[str, float | None] | None, digits: int, *, interval: bool = True) -> str:
    if figure is None:
        return "[dim]-[/]"
    low, high = figure.get("low"), figure.get("high")
    if figure["value"] is None:
        return "[dim]-[/]"
    if low is None or high is None or not interval:
        return f"{figure['value']:.{digits}f}"
    return f"{figure['value']:.{digits}f} [dim]{low:.{digits}f}-{high:.{digits}f}[/]"


def _row(console: Console, row: Any) -> None:
    risk = f"{float(row.probability):.0%} risk" if row.probability else ""
    worth = f"{float(row.value_at_risk):,.0f} {row.currency} at stake" if row.currency else ""
    owner = f"owner {row.owner}" if row.owner else ""
    facts = escape(", ".join(fact for fact in (risk, worth, owner) if fact))
    name = escape(json.dumps(row.customer_id, ensure_ascii=False)[1:-1])
    case = f" case {escape(row.case_id)}" if hasattr(row, "case_id") else ""
    console.print(f"{row.rank:>3}. customer [bold]{name}[/]{case}  {facts}")
    for reason in (row.reason_1, row.reason_2, row.reason_3):
        if reason:
            console.print(Padding(Text(reason), (0, 0, 0, 5)))
    console.print(Padding(Text(f"-> {row.action}", style="dim"), (0, 0, 0, 5)))
