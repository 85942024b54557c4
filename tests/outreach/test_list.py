"""The outreach list."""

from __future__ import annotations

import datetime
import math
from typing import Any

import pandas as pd
import pytest

from outreach.list import COLUMNS, outreach_list


def frames() -> dict[str, pd.DataFrame]:
    return {
        "ranked": pd.DataFrame(
            {
                "rank": [1, 2],
                "unit_id": ["u2", "u1"],
                "customer_id": ["c2", "c1"],
                "as_of": pd.to_datetime(["2025-03-01", "2025-03-01"]),
                "probability": [0.123456, 0.1],
                "score": [1.0, 0.5],
                "value_at_risk": [100.0, 20.5],
                "contact_allowed": [True, True],
                "priority": [12.3456, 2.05],
            },
            index=[7, 3],
        ),
        "reasons": pd.DataFrame(
            {
                "unit_id": ["u1", "u2", "other"],
                "reason_1": ["one", "two", "x"],
                "reason_2": ["", "more", "x"],
                "reason_3": ["", "", "x"],
                "group_1": ["a", "b", "x"],
            }
        ),
        "actions": pd.DataFrame({"unit_id": ["u1", "u2"], "action": ["call", "write"]}),
        "customers": pd.DataFrame(
            {"customer_id": ["c9", "c2"], "owner": ["x", "Sara"], "preferred_channel": ["x", None], "city": ["x", "y"]}
        ),
    }


def made(**changes: Any) -> pd.DataFrame:
    given = frames() | {name: frame for name, frame in changes.items() if name in frames()}
    return outreach_list(
        given["ranked"],
        given["reasons"],
        given["actions"],
        given["customers"],
        target="inactivity_churn",
        currency=changes.get("currency", "USD"),
        due_on=datetime.date(2025, 3, 3),
    )


def test_list_drawn() -> None:
    listed = made()
    assert list(listed.columns) == list(COLUMNS)
    day, due = datetime.date(2025, 3, 1), datetime.date(2025, 3, 3)
    assert listed.to_dict("split", index=False)["data"] == [
        [1, "c2", day, "inactivity_churn", 0.1235, 100.0, "USD", 12.35, "two", "more", "", "write", "Sara", "", due],
        [2, "c1", day, "inactivity_churn", 0.1, 20.5, "USD", 2.05, "one", "", "", "call", "", "", due],
    ]


def test_nothing_is_mutated_and_order_of_rows_changes_nothing() -> None:
    given = frames()
    before = {name: frame.copy() for name, frame in given.items()}
    listed = made(**given)
    for name, frame in given.items():
        pd.testing.assert_frame_equal(frame, before[name])
    pd.testing.assert_frame_equal(listed, made(**{name: frame.iloc[::-1] for name, frame in given.items()}))


def test_rule_has_no_probability_and_unknown_money_no_currency() -> None:
    ranked = frames()["ranked"].assign(probability=math.nan, priority=math.nan)
    listed = made(ranked=ranked, currency=None)
    assert listed["probability"].isna().all()
    assert listed["priority"].isna().all()
    assert listed["currency"].tolist() == ["", ""]


def test_as_of_is_the_day_of_its_own_clock() -> None:
    as_of = pd.Series(pd.to_datetime(["2025-03-01", "2025-03-01"])).dt.tz_localize("Asia/Tehran")
    ranked = frames()["ranked"].assign(as_of=as_of.to_numpy(dtype="object"))
    ranked["as_of"] = pd.Series(list(as_of), index=ranked.index)
    assert made(ranked=ranked)["as_of"].tolist() == [datetime.date(2025, 3, 1)] * 2


def test_empty_list_keeps_columns_and_types() -> None:
    empty = made(ranked=frames()["ranked"].head(0))
    pd.testing.assert_series_equal(empty.dtypes, made().dtypes)


@pytest.mark.parametrize(
    ("name", "frame", "text"),
    [
        ("reasons", frames()["reasons"].iloc[1:], "reasons: 1 of 2 listed units have no row"),
        ("actions", frames()["actions"].head(0), "actions: 2 of 2 listed units have no row"),
        ("customers", pd.concat([frames()["customers"]] * 2), "customers: 2 rows repeat a customer_id"),
        ("ranked", pd.concat([frames()["ranked"]] * 2), "ranked: 2 rows repeat a unit_id"),
    ],
)
def test_gaps_and_repeats_are_refused(name: str, frame: pd.DataFrame, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        made(**{name: frame})
