"""Reviews: how well the customer's contacts went, by the call-quality form.

The company chooses which contacts are reviewed: what a review says is told, never how many there were or when.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import ibis.expr.types as ir

from features.family import EVER, Family, How, Measure, Window, last

#: By area of the form, what it says.
AREAS: Mapping[str, str] = {
    "soft_skills": "how the customer was spoken to",
    "process": "keeping to the process",
    "compliance": "keeping to the rules",
    "outcome": "what came of it for the customer",
}


def _scores(area: str, what: str) -> tuple[Measure, ...]:
    def score(rows: ir.Table) -> ir.Value:
        return rows[area]

    return (
        _measure(f"last_{area}", "last", score, (EVER,), f"{what}, last review", named=True),
        _measure(f"mean_{area}", "mean", score, last(364), f"{what}, mean of the reviews"),
        _measure(f"lowest_{area}", "min", score, last(364), f"{what}, lowest of the reviews"),
    )


def _measure(
    stem: str,
    how: How,
    what: Callable[[ir.Table], ir.Value],
    windows: tuple[Window, ...],
    description: str,
    *,
    named: bool = False,
) -> Measure:
    return Measure(
        stem=stem,
        named=(stem,) if named else (),
        table="reviews",
        how=how,
        what=what,
        windows=windows,
        description=description,
        unit="of 100",
        group="service",
    )


REVIEWS = Family(
    name="reviews",
    meaning="how well the contacts that were reviewed went, by the four areas of the form; never how many were",
    measures=tuple(measure for area, what in AREAS.items() for measure in _scores(area, what)),
)
