"""Why these customers: what each reason group adds to a row's log-odds, and the numbers to show for it.

Groups and numbers only; outreach/reasons.py makes sentences of them. For listed rows: explaining costs hundreds of
times what scoring costs.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from features.family import Feature
from features.groups import GROUPS
from features.last_dates import column_of
from models.learner import Fitted

COLUMNS = (
    "unit_id",
    "group",
    "contribution",
    "place",
    "shows",
    "value",
    "usual_low",
    "usual_high",
    "days_ago",
)


def reasons(model: Fitted, listed: pd.DataFrame, features: Sequence[Feature]) -> pd.DataFrame:
    """One row a listed unit, reason group and place: the group's contribution (above zero raises the risk; log-odds,
    or for a rule the unit of its column), the same at every place, and a column to show for it, its value, and what is
    usual for the customer (NaN where nothing is), and how many days ago the value came about where `listed` has that
    beside it (features/last_dates.py; else NaN). Place 1 is the most telling column: which of them tells against this
    very customer is for outreach/reasons.py to say, who knows what is bad news.

    Contributions of a group's columns are added up: that is exact for Shapley values.
    """
    if not len(listed):
        return pd.DataFrame(columns=list(COLUMNS))
    by_name = {feature.name: feature for feature in features}
    parts = model.contributions(listed)
    rows: list[pd.DataFrame] = []
    for group in sorted({by_name[name].group for name in parts.columns}):
        members = [name for name in parts.columns if by_name[name].group == group]
        contribution = parts[members].sum(axis=1).to_numpy()
        for place, shows in enumerate(_shown(group, members, parts, by_name), start=1):
            usual = by_name[shows].usual or (None, None)
            rows.append(
                pd.DataFrame(
                    {
                        "unit_id": listed.unit_id.to_numpy(),
                        "group": group,
                        "contribution": contribution,
                        "place": place,
                        "shows": shows,
                        "value": listed[shows].to_numpy(),
                        "usual_low": _column(listed, usual[0]),
                        "usual_high": _column(listed, usual[1]),
                        "days_ago": _column(listed, column_of(shows)),
                    },
                    columns=list(COLUMNS),
                )
            )
    return pd.concat(rows, ignore_index=True)


def drivers(explained: pd.DataFrame) -> pd.Series:
    """By reason group, highest first: its share of all that moves the listed rows up or down."""
    groups = explained.drop_duplicates(["unit_id", "group"])
    moved = groups.contribution.abs().groupby(groups.group).sum()
    # A model that tells nobody apart moves nothing: then no group drives anything.
    return (moved / (moved.sum() or 1.0)).sort_values(ascending=False, kind="stable")


def _shown(group: str, members: Sequence[str], parts: pd.DataFrame, by_name: dict[str, Feature]) -> tuple[str, ...]:
    """The declared columns of the group that are there, or the one that moves these rows most where none is."""
    declared = GROUPS[group].shows if group in GROUPS else ()
    there = tuple(name for name in declared if name in by_name)
    return there or (str(parts[list(members)].abs().mean().idxmax()),)


def _column(frame: pd.DataFrame, name: str | None) -> object:
    return frame[name].to_numpy() if name is not None and name in frame.columns else float("nan")
