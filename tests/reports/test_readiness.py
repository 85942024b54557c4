"""The readiness report as Markdown, JSON and on the screen."""

from __future__ import annotations

import dataclasses
import io
import json
import subprocess
import sys

from rich.console import Console

from contract.readiness import Finding, Readiness, TargetReadiness
from reports.readiness import to_json, to_markdown, to_screen, verdict

HOSTILE = Finding(
    table="orders",
    column="order_id",
    problem="has a | and <script>alert(1)</script> and *stars* and\na new line",
    rows=3,
    of_rows=4,
    example="[red]``boo`` \x1b[31m https://evil.example <b>",
    cure="[link=https://evil.example]press[/link]",
    severity="stop",
)
STARVED = TargetReadiness(
    target="complaint", as_of_dates=2, units=90, positives=4, rarer_class_customers=4, enough=False, says="50 needed"
)


def screen(readiness: Readiness, width: int = 80) -> str:
    sheet = io.StringIO()
    to_screen(readiness, Console(file=sheet, width=width, color_system=None))
    return sheet.getvalue()


def test_markdown_drawn(readiness: Readiness) -> None:
    assert (
        to_markdown(readiness)
        == """\
# Data readiness as of 2017-11-20

**Ready, with 1 warning to read.**

## Tables

| table | rows read | clean | quarantined | duplicates dropped | customers | from | to | last known |
|:--|--:|--:|--:|--:|--:|:--|:--|:--|
| customers | 2,469 | 2,469 | 0 | 0 | 2,469 | 2017-01-01 | 2017-01-01 | 2017-01-01 |
| orders | 1,469,307 | 1,469,287 | 8 | 12 | 2,469 | 2017-01-01 | 2017-11-20 | 2017-11-20 |

## Warnings: for a person to read

- **orders.amount**: below the minimum of 0, 8 of 1,469,307 rows (<0.1%)
  - Example: `-3.49`
  - Cure: map returns as kind = 'return' with a positive amount

## Notes: dealt with, nothing to do

- **orders**: the same key and the same clocks stand twice, 12 of 1,469,307 rows (<0.1%)
  - Cure: nothing: one of each was kept

## Targets

| target | as_of dates | rows | positives | customers of the rarer class | enough | why |
|:--|--:|--:|--:|--:|:--|:--|
| inactivity | 8 | 15,912 | 2,228 | 911 | yes | 911 customers have left at least once; 500 are asked for trees. |
""".replace("(<0.1%)", "(&lt;0.1%)")
    )


def test_verdicts() -> None:
    def of(*severities: str, targets: tuple[TargetReadiness, ...] = ()) -> str:
        findings = tuple(dataclasses.replace(HOSTILE, severity=severity) for severity in severities)
        return verdict(Readiness(as_of="2024-01-01", tables=(), findings=findings, targets=targets))

    assert of() == "Ready."
    assert of("note") == "Ready."
    assert of("warning", "warning") == "Ready, with 2 warnings to read."
    assert of("stop", "warning") == "Not ready: 1 problem stops the run."
    assert of("stop", targets=(STARVED,)) == "Not ready: 1 problem stops the run and 1 target has too little data."
    assert of("stop", "stop", targets=(STARVED, STARVED)) == (
        "Not ready: 2 problems stop the run and 2 targets have too little data."
    )


def test_hostile_text_is_shown_and_not_obeyed() -> None:
    readiness = Readiness(as_of="2024-01-01", tables=(), findings=(HOSTILE,), targets=(STARVED,))
    markdown = to_markdown(readiness)
    assert "<script>" not in markdown
    assert r"has a \| and &lt;script&gt;alert(1)&lt;/script&gt; and \*stars\* and a new line" in markdown
    assert "Example: ```[red]``boo``  [31m https://evil.example <b>```" in markdown
    shown = screen(readiness)
    assert "[red]``boo``" in shown
    assert "[link=https://evil.example]press[/link]" in shown
    assert "\x1b" not in shown


def test_json_is_stable_and_whole(readiness: Readiness) -> None:
    text = to_json(readiness)
    assert text == to_json(readiness)
    report = json.loads(text)
    assert list(report) == sorted(report)
    assert report["ready"] is True
    assert report["findings"][1]["share"] == 8 / 1_469_307
    persian = to_json(dataclasses.replace(readiness, as_of="۱۴۰۳"))
    assert "۱۴۰۳" in persian


def test_json_of_a_broken_file_can_be_written() -> None:
    broken = dataclasses.replace(HOSTILE, example="half a sign: \ud83d")
    to_json(Readiness(as_of="2024-01-01", tables=(), findings=(broken,))).encode("utf-8")


def test_screen_at_80_columns(readiness: Readiness) -> None:
    shown = screen(dataclasses.replace(readiness, findings=(*readiness.findings, HOSTILE), targets=(STARVED,)))
    lines = shown.splitlines()
    assert lines[0].startswith("Not ready: 1 problem stops the run and 1 target has too little data.")
    assert max(map(len, lines)) <= 80
    headings = ["Stops the run", "Warnings: for a person to read", "Notes: dealt with, nothing to do"]
    assert [line for line in lines if line in headings] == headings
    row = next(line.split() for line in lines if line.startswith("orders "))
    assert row == ["orders", "1,469,307", "1,469,287", "8", "12", "2,469", "2017-01-01"]
    assert "    8 of 1,469,307 rows (<0.1%), for example -3.49" in lines
    assert any(line.split()[:5] == ["complaint", "2", "90", "4", "no"] for line in lines)


def test_rich_is_imported_only_for_the_screen() -> None:
    code = "import sys, reports.readiness; sys.exit('rich' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
