"""What came of drawn tables: by unit of the cohort, one word."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd

from contract.checked import CheckedTables
from contract.cut import future, history
from labels.target import Target, outcomes_of, spine_of


def told(
    tables: CheckedTables,
    target: Target,
    as_of: date,
    *,
    load_hours: float = 6,
    activity: tuple[str, ...] = ("orders",),
) -> dict[str, str]:
    """One entry a unit of the cohort: yes (had the outcome), no, gone, apart; without a label, silent or not asked."""
    connection = tables.frames["customers"].get_backend()
    past = history(tables, as_of, load_window=timedelta(hours=load_hours), activity=activity)
    ahead = future(tables, as_of, gap_days=target.gap_days, horizon_days=target.horizon_days, activity=activity)
    spine = spine_of(connection, past, target, as_of)
    came = outcomes_of(connection, ahead, target, spine)
    found: dict[str, str] = {}
    for unit, label, asked, gone, apart in zip(
        spine.unit_id, came.label, came.asked, came.gone, came.apart, strict=True
    ):
        assert not ((gone or apart) and (asked or pd.notna(label))), "who left or stands apart has neither"
        assert not (gone and apart)
        word = "gone" if gone else "apart" if apart else "silent" if asked else "not asked"
        found[unit] = word if pd.isna(label) else {1.0: "yes", 0.0: "no"}[label]
    return found
