"""The readiness report in three forms: Markdown to keep, JSON for machines, the screen for whoever ran the check."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Literal

from contract.readiness import Finding, Readiness, Severity, TableReadiness
from contract.said import Said, marked, said, said_plural
from reports.wording import NOTHING, printable, share_said

if TYPE_CHECKING:
    from rich.console import Console

#: Severities in the order in which a person should read them, with the heading of each.
SEVERITIES: dict[Severity, str] = {
    "stop": marked("Stops the run"),
    "warning": marked("Warnings: for a person to read"),
    "note": marked("Notes: dealt with, nothing to do"),
}

_COLOURS: dict[Severity, str] = {"stop": "bold red", "warning": "bold yellow", "note": "bold"}

#: What Markdown, or HTML inside it, would read as an instruction.
_MARKDOWN_SIGNS = re.compile(r"[\\`*\[\]|~#]|(?<![^\W_])_|_(?![^\W_])")


def verdict(readiness: Readiness) -> Said:
    """The whole report in one line: may the night go on, and if not, what stands in the way."""
    short = sum(not target.enough for target in readiness.targets)
    if readiness.ready:
        warnings = sum(finding.severity == "warning" for finding in readiness.findings)
        if short:
            return said_plural(
                "Ready, but {number:,} target has too little data.",
                "Ready, but {number:,} targets have too little data.",
                short,
            )
        if not warnings:
            return said("Ready.")
        return said_plural(
            "Ready, with {number:,} warning to read.", "Ready, with {number:,} warnings to read.", warnings
        )
    stops = sum(finding.severity == "stop" for finding in readiness.findings)
    obstacles = []
    if stops:
        obstacles.append(said_plural("{number:,} problem stops the run", "{number:,} problems stop the run", stops))
    if short:
        obstacles.append(
            said_plural("{number:,} target has too little data", "{number:,} targets have too little data", short)
        )
    if len(obstacles) > 1:
        return said("Not ready: {one} and {other}.", one=obstacles[0], other=obstacles[1])
    return said("Not ready: {what}.", what=obstacles[0])


def findings_of(readiness: Readiness, severity: Severity) -> list[Finding]:
    """The findings of one severity, those with the largest share of rows first."""
    chosen = [finding for finding in readiness.findings if finding.severity == severity]
    return sorted(chosen, key=lambda finding: (-finding.share, finding.table, finding.column or "", finding.problem))


def where(finding: Finding) -> str:
    """'orders.amount', or 'orders' where the whole table is meant."""
    return f"{finding.table}.{finding.column}" if finding.column else finding.table


def how_many(finding: Finding) -> str:
    """'12 of 3,400 rows (0.4%)'; empty where the problem is not one of rows."""
    if not finding.of_rows:
        return said_plural("{number:,} row", "{number:,} rows", finding.rows) if finding.rows else ""
    return said_plural(
        "{rows:,} of {number:,} row ({share})",
        "{rows:,} of {number:,} rows ({share})",
        finding.of_rows,
        rows=finding.rows,
        share=share_said(finding.share, 1),
    )


def span(table: TableReadiness) -> tuple[str, str]:
    """The days of the first and the last row, without the hour: nobody reads a table's extent to the second."""
    return (table.first_happened or NOTHING)[:10], (table.last_happened or NOTHING)[:10]


def to_json(readiness: Readiness) -> str:
    """The report as JSON: keys sorted, findings and tables in the order of the checks, text as it is spelled."""
    worded = json.dumps(readiness.as_dict(), sort_keys=True, ensure_ascii=False, indent=2, allow_nan=False)
    # Half surrogates come out of broken source files and no UTF-8 file can hold them.
    return worded.encode("utf-8", "replace").decode("utf-8") + "\n"


def to_markdown(readiness: Readiness) -> str:
    """The report as GitHub's Markdown: verdict, a table of tables, findings by severity, a table of targets."""
    lines = [f"# Data readiness as of {_markdown(readiness.as_of)}", "", f"**{verdict(readiness)}**", ""]
    if readiness.tables:
        lines += [
            "## Tables",
            "",
            "| table | rows read | clean | quarantined | duplicates dropped | customers | from | to | last known |",
            "|:--|--:|--:|--:|--:|--:|:--|:--|:--|",
        ]
        for table in readiness.tables:
            counts = (table.rows_read, table.rows_clean, table.rows_quarantined, table.duplicates_dropped)
            first, last = span(table)
            cells = [table.table, *(f"{n:,}" for n in (*counts, table.customers)), first, last]
            lines.append(_markdown_row([*cells, (table.last_known or NOTHING)[:10]]))
        lines.append("")
    for severity, heading in SEVERITIES.items():
        findings = findings_of(readiness, severity)
        if findings:
            lines += [f"## {heading}", ""]
            for finding in findings:
                lines += _markdown_finding(finding)
            lines.append("")
    if readiness.targets:
        lines += [
            "## Targets",
            "",
            "| target | as_of dates | rows | positives | customers of the rarer class | enough | why |",
            "|:--|--:|--:|--:|--:|:--|:--|",
        ]
        for target in readiness.targets:
            numbers = (target.as_of_dates, target.units, target.positives, target.rarer_class_customers)
            says = "yes" if target.enough else "**no**"
            row = _markdown_row([target.target, *(f"{n:,}" for n in numbers)])
            lines.append(f"{row} {says} | {_markdown(target.says)} |")
        lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"


def to_screen(readiness: Readiness, console: Console) -> None:
    """Print the report: verdict line first, then tables, findings by severity, targets. Reads well at 80 columns."""
    # Rich takes a tenth of a second to import and only a person at a terminal needs it.
    from rich import box
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    def grid(*columns: tuple[str, Literal["left", "right"]]) -> Table:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False, header_style="dim")
        for heading, justify in columns:
            table.add_column(heading, justify=justify, overflow="fold")
        return table

    # Text objects all along: a value like "[red]" or "[link=...]" is shown, not obeyed.
    line = Text(verdict(readiness), style="bold green" if readiness.ready else "bold red")
    console.print(line.append(f"  Data as of {printable(readiness.as_of)}.", style="not bold default"))
    if readiness.tables:
        console.print()
        tables = grid(
            ("table", "left"),
            ("rows read", "right"),
            ("clean", "right"),
            ("quaran-\ntined", "right"),
            ("duplicates\ndropped", "right"),
            ("customers", "right"),
            ("from\nto", "left"),
        )
        for row in readiness.tables:
            counts = (row.rows_read, row.rows_clean, row.rows_quarantined, row.duplicates_dropped, row.customers)
            extent = printable(span(row)[0]) + "\n" + printable(span(row)[1])
            tables.add_row(Text(printable(row.table)), *(Text(f"{n:,}") for n in counts), Text(extent))
        console.print(tables)
    for severity, heading in SEVERITIES.items():
        findings = findings_of(readiness, severity)
        if not findings:
            continue
        console.print()
        console.print(Text(heading, style=_COLOURS[severity]))
        for finding in findings:
            head = Text.assemble((printable(where(finding)), "bold"), ": ", printable(finding.problem))
            console.print(Padding(head, (0, 0, 0, 2), expand=False))
            details = [how_many(finding)] if how_many(finding) else []
            if finding.example is not None:
                details.append(f"for example {printable(finding.example)}")
            if details:
                console.print(Padding(Text(", ".join(details)), (0, 0, 0, 4), expand=False))
            console.print(
                Padding(Text.assemble(("Cure: ", "dim"), printable(finding.cure)), (0, 0, 0, 4), expand=False)
            )
    if readiness.targets:
        console.print()
        targets = grid(
            ("target", "left"),
            ("dates", "right"),
            ("rows", "right"),
            ("positives", "right"),
            ("enough", "left"),
            ("why", "left"),
        )
        for target in readiness.targets:
            numbers = (target.as_of_dates, target.units, target.positives)
            enough = Text("yes", style="green") if target.enough else Text("no", style="bold red")
            cells = (Text(f"{n:,}") for n in numbers)
            targets.add_row(Text(printable(target.target)), *cells, enough, Text(printable(target.says)))
        console.print(targets)


def _markdown(text: str) -> str:
    """`text` as Markdown shows it: signs that Markdown or HTML would obey are escaped."""
    plain = printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MARKDOWN_SIGNS.sub(lambda found: "\\" + found.group(), plain)


def _markdown_row(cells: list[str]) -> str:
    return "| " + " | ".join(_markdown(cell) for cell in cells) + " |"


def _markdown_finding(finding: Finding) -> list[str]:
    amount = _markdown(how_many(finding))
    lines = [f"- **{_markdown(where(finding))}**: {_markdown(finding.problem)}" + (f", {amount}" if amount else "")]
    if finding.example is not None:
        lines.append(f"  - Example: {_code(finding.example)}")
    lines.append(f"  - Cure: {_markdown(finding.cure)}")
    return lines


def _code(text: str) -> str:
    """`text` as a code span, where neither HTML nor a bare address is obeyed; fenced wider than its own backticks."""
    plain = printable(text)
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", plain)), default=0))
    space = " " if plain.startswith("`") or plain.endswith("`") or not plain.strip() else ""
    return f"{fence}{space}{plain}{space}{fence}"
