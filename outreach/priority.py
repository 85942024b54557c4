"""Who comes first: the contactable units in order of priority, as many as the team can take."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """One row a listed unit in `frame`: the columns that came in, with `rank` (1 is first) and `priority`.

    `eligible` counts the units that may be contacted, `not_contactable` those that may not and were left out;
    together they are all that were scored.
    """

    frame: pd.DataFrame
    eligible: int
    not_contactable: int
    capacity: int


def rank(scored: pd.DataFrame, *, capacity: int) -> Ranking:
    """One row a unit in, one row a listed unit out, at most `capacity`.

    Priority is probability x value at risk. Where a simple rule is published no probability is claimed: it is NaN
    in every row, so is the priority, and the score orders the list. Ties go to the higher score, then to the
    smaller customer_id and unit_id, so that the same night gives the same list.

    Raises ValueError when the capacity is negative, a unit comes twice, a score or value is missing, or the
    probability is missing for some rows only (then scoring is broken, and the order would mean nothing).
    """
    if capacity < 0:
        raise ValueError(f"capacity is {capacity}; give the number of customers that the team can contact, 0 or more")
    _check(scored)
    # Anything but a clear yes is a no: a null consent must not lead to a call.
    allowed = scored["contact_allowed"].eq(True).fillna(False).astype(bool)
    contactable = scored[allowed]
    priority = contactable["probability"].astype("float64") * contactable["value_at_risk"].astype("float64")
    listed = (
        contactable.assign(priority=priority)
        .sort_values(
            ["priority", "score", "customer_id", "unit_id"],
            ascending=[False, False, True, True],
            na_position="last",
            kind="stable",
        )
        .head(capacity)
        .reset_index(drop=True)
    )
    listed.insert(0, "rank", pd.Series(range(1, len(listed) + 1), dtype="int64"))
    return Ranking(
        frame=listed,
        eligible=len(contactable),
        not_contactable=len(scored) - len(contactable),
        capacity=capacity,
    )


def _check(scored: pd.DataFrame) -> None:
    twice = scored["unit_id"].duplicated()
    if twice.any():
        raise ValueError(f"scored: {int(twice.sum())} units come more than once; score each unit once per as_of")
    for column in ("score", "value_at_risk"):
        missing = int(scored[column].isna().sum())
        if missing:
            raise ValueError(f"scored: {column} is missing in {missing} of {len(scored)} rows; score every unit")
    missing = int(scored["probability"].isna().sum())
    if 0 < missing < len(scored):
        raise ValueError(
            f"scored: probability is missing in {missing} of {len(scored)} rows; give it for all, or for none when "
            "a rule is published"
        )
