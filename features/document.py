"""docs/features.md, written from the declarations: `python -m features.document --check|--write`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from features.catalogue import FAMILIES
from features.family import Family, Feature
from features.groups import GROUPS, ReasonGroup

PAGE = Path(__file__).parent.parent / "docs" / "features.md"
HEAD = """# Features

What is known of a customer at an `as_of`: one row a unit, one column a feature. Written from the declarations in
`features/` by `python -m features.document --write`; do not edit.

- A window is counted in local days before the midnight that begins `as_of`, and is exact. `last_28d` is the 28 days
  that end with it; `29_to_56d_ago` the 28 days before those.
- *Reach* is how many days of history a column needs. Where the table's history is shorter, the column is null.
- Counts, sums and numbers of different things are 0 for a customer without rows; the rest is null.
- *Usual* names the columns that hold what is usual for this very customer (low, high).
- A column comes only where all the tables that it is made of are there.
"""


def page(families: Sequence[Family], groups: Mapping[str, ReasonGroup]) -> str:
    """The whole page as Markdown: one section a family, one row a feature, and the reason groups at the end."""
    total = sum(len(family.features) for family in families)
    parts = [HEAD, f"{len(families)} families, {total} features.\n", *(_section(family) for family in families)]
    rows = [(group.name, group.title, _codes(group.shows)) for group in groups.values()]
    parts.append("## Reason groups\n\n" + _table(("group", "title", "shown for it, the most telling first"), rows))
    return "\n".join(parts)


def _section(family: Family) -> str:
    rows = [
        (
            f"`{feature.name}`",
            feature.description,
            feature.unit,
            _reach(feature),
            feature.group,
            _codes(feature.usual or ()),
            "yes" if feature.actionable else "no",
        )
        for feature in family.features
    ]
    meaning = family.meaning[0].upper() + family.meaning[1:]
    scope = {
        "own": "own (other customers' rows change nothing)",
        "population": "population (statistics of everybody's history)",
    }[family.scope]
    tables = ", ".join(family.tables) or "none of its own"
    head = f"## {family.name.capitalize()}\n\n{meaning}.\n\nScope: {scope}. Tables: {tables}.\n\n"
    return head + _table(("column", "description", "unit", "reach", "reason group", "usual", "actionable"), rows)


def _reach(feature: Feature) -> str:
    return f"{feature.reach} days" if feature.reach else "all history"


def _codes(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def main(arguments: Sequence[str] | None = None, *, file: Path = PAGE) -> int:
    """0 when the page is in step (or was written), 1 when it is not."""
    parser = argparse.ArgumentParser(prog="python -m features.document", description=__doc__)
    choice = parser.add_mutually_exclusive_group(required=True)
    choice.add_argument("--check", action="store_true", help="say whether the page is in step with the declarations")
    choice.add_argument("--write", action="store_true", help="write the page")
    given = parser.parse_args(arguments)
    wanted = page(FAMILIES, GROUPS)
    if given.write:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(wanted, encoding="utf-8")
        return 0
    there = file.read_text(encoding="utf-8") if file.exists() else ""
    if there == wanted:
        return 0
    lost, found = set(wanted.splitlines()) - set(there.splitlines()), set(there.splitlines()) - set(wanted.splitlines())
    print(
        f"{file} is out of step with the declarations in features/: {len(lost)} lines are missing, "
        f"{len(found)} are too many. Run: python -m features.document --write",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
