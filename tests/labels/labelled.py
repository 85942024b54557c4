"""What a target says of drawn tables: by customer of the cohort, the label."""

from __future__ import annotations

from datetime import date, timedelta

from contract.checked import CheckedTables
from contract.cut import future, history
from labels.target import Target, labels_of, spine_of
from tests.drawn import rows


def labelled(
    tables: CheckedTables,
    target: Target,
    as_of: date,
    *,
    load_hours: float = 6,
    activity: tuple[str, ...] = ("orders",),
) -> dict[str, float | None]:
    """One entry a customer of the cohort; None is a label that cannot be said."""
    connection = tables.frames["customers"].get_backend()
    past = history(tables, as_of, load_window=timedelta(hours=load_hours), activity=activity)
    ahead = future(tables, as_of, gap_days=target.gap_days, horizon_days=target.horizon_days, activity=activity)
    spine = spine_of(connection, past, target, as_of)
    found = spine.assign(label=labels_of(connection, ahead, target, spine))
    return {row["customer_id"]: row["label"] for row in rows(found, "customer_id", "label")}
