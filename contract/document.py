"""docs/contract.md, written from the declarations: `python -m contract.document --check|--write`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from contract.catalogue import ACTIVITY_TABLES, TABLES
from contract.table import Column, Table

PAGE = Path(__file__).parent.parent / "docs" / "contract.md"
HEAD = """# The contract

The tables that a company's own are mapped to (docs/vafa-toml.md), and their columns. Written from the declarations in
`contract/tables/` by `python -m contract.document --write`; do not edit.

- *Needed* columns must be mapped, and no row may be without a value. A column with a default needs no mapping.
- Times are moments; those without a zone are in the table's `time_zone`. `happened_at` is when it happened in the
  world, `known_at` when your systems could first have used it; left out, it is `happened_at` plus `delay_hours`.
- Rows of one key and a later `known_at` are versions: the one in force at `as_of` counts.
- A value that is *dated by* a column counts from that moment on: before, history does not have it.
"""


def page(tables: Mapping[str, Table]) -> str:
    """The whole page as Markdown: one section a table, one row a column."""
    return "\n".join([HEAD, *(_section(table) for table in tables.values())])


def _section(table: Table) -> str:
    rows = [(f"`{column.name}`", column.type, column.meaning, _needs(table, column)) for column in table.columns]
    grain = table.grain[0].upper() + table.grain[1:]
    said = [f"{grain}. Key: {', '.join(table.key)}."]
    if table.name in ACTIVITY_TABLES:
        said.append("Can say that a customer is active.")
    if table.company_made_meaning:
        said.append(f"Never a feature: {table.company_made_meaning}.")
    if table.asked:
        said.append("The company chose whom: features may tell what came of the rows, never how many there are.")
    if table.is_outcome:
        said.append("Never history: its rows are labels.")
    return f"## {table.name}\n\n{' '.join(said)}\n\n" + markdown_table(
        ("column", "type", "meaning", "what is asked"), rows
    )


def _needs(table: Table, column: Column) -> str:
    asked = []
    if column.name == "happened_at" and table.happened_from:
        asked.append(f"default `{table.happened_from}`")
    elif column.default is not None:
        asked.append(f"default {column.default}")
    elif column.required:
        asked.append("needed")
    if column.allowed:
        asked.append(f"one of {', '.join(column.allowed)}")
    if column.minimum is not None:
        asked.append(f"at least {column.minimum:g}")
    if column.maximum is not None:
        asked.append(f"at most {column.maximum:g}")
    if column.ranges:
        other, by_value = column.ranges
        asked.append(
            f"by `{other}`: {', '.join(f'{value} {low} to {high}' for value, (low, high) in by_value.items())}"
        )
    if column.not_before:
        asked.append(f"not before `{column.not_before}`")
    if column.dated_by:
        asked.append(f"dated by `{column.dated_by}`")
    return "; ".join(asked)


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def in_step(arguments: Sequence[str] | None, *, file: Path, wanted: str, module: str) -> int:
    """The command of a page that is written from declarations: 0 when it is in step (or was written), else 1."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}")
    choice = parser.add_mutually_exclusive_group(required=True)
    choice.add_argument("--check", action="store_true", help="say whether the page is in step with the declarations")
    choice.add_argument("--write", action="store_true", help="write the page")
    given = parser.parse_args(arguments)
    if given.write:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(wanted, encoding="utf-8")
        return 0
    there = file.read_text(encoding="utf-8") if file.exists() else ""
    if there == wanted:
        return 0
    lost, found = set(wanted.splitlines()) - set(there.splitlines()), set(there.splitlines()) - set(wanted.splitlines())
    print(
        f"{file} is out of step with the declarations: {len(lost)} lines are missing, {len(found)} are too many. "
        f"Run: python -m {module} --write",
        file=sys.stderr,
    )
    return 1


def main(arguments: Sequence[str] | None = None, *, file: Path = PAGE) -> int:
    return in_step(arguments, file=file, wanted=page(TABLES), module="contract.document")


if __name__ == "__main__":
    sys.exit(main())
