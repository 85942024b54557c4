"""docs/features.md, written from the declarations: `python -m features.document --check|--write`."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from contract.document import in_step, markdown_table
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
    parts.append(
        "## Reason groups\n\n" + markdown_table(("group", "title", "shown for it, the most telling first"), rows)
    )
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
    return head + markdown_table(
        ("column", "description", "unit", "reach", "reason group", "usual", "actionable"), rows
    )


def _reach(feature: Feature) -> str:
    return f"{feature.reach} days" if feature.reach else "all history"


def _codes(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def main(arguments: Sequence[str] | None = None, *, file: Path = PAGE) -> int:
    """0 when the page is in step (or was written), 1 when it is not."""
    return in_step(arguments, file=file, wanted=page(FAMILIES, GROUPS), module="features.document")


if __name__ == "__main__":
    sys.exit(main())
