"""Who comes first."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest

from outreach.priority import rank

NAN = math.nan
COLUMNS = ["unit_id", "customer_id", "probability", "score", "value_at_risk", "contact_allowed"]


def scored(*rows: tuple[Any, ...]) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows), columns=COLUMNS)
    return frame.assign(as_of=pd.Timestamp("2025-03-01"))


def test_priority_is_probability_times_value_and_ties_are_settled() -> None:
    frame = scored(
        # unit, customer, probability, score, value, allowed
        ("low", "c1", 0.9, 2.0, 10.0, True),  # 9
        ("top", "c2", 0.5, 0.0, 100.0, True),  # 50
        ("barred", "c3", 0.9, 2.0, 999.0, False),
        ("tie_z", "z", 0.2, 1.0, 100.0, True),  # 20
        ("tie_a", "a", 0.2, 1.0, 100.0, True),  # 20, smaller customer_id
        ("tie_riskier", "zz", 0.4, 1.5, 50.0, True),  # 20, higher score
    )
    before = frame.copy()
    ranking = rank(frame, capacity=4)
    assert ranking.frame["unit_id"].tolist() == ["top", "tie_riskier", "tie_a", "tie_z"]
    assert ranking.frame["rank"].tolist() == [1, 2, 3, 4]
    assert ranking.frame["priority"].tolist() == [50.0, 20.0, 20.0, 20.0]
    assert (ranking.eligible, ranking.not_contactable, ranking.capacity) == (5, 1, 4)
    pd.testing.assert_frame_equal(frame, before)


def test_order_of_rows_changes_nothing() -> None:
    frame = scored(*[(f"u{n}", f"c{n % 7}", 0.1 * (n % 3), float(n % 2), 10.0, True) for n in range(30)])
    expected = rank(frame, capacity=12).frame
    for seed in range(5):
        pd.testing.assert_frame_equal(rank(frame.sample(frac=1, random_state=seed), capacity=12).frame, expected)


def test_rule_claims_no_probability_and_orders_by_score() -> None:
    ranking = rank(
        scored(("a", "a", NAN, 1.0, 500.0, True), ("b", "b", NAN, 3.0, 1.0, True), ("c", "c", NAN, 2.0, 9.0, True)),
        capacity=10,
    )
    assert ranking.frame["unit_id"].tolist() == ["b", "c", "a"]
    assert ranking.frame["priority"].isna().all()


def test_list_may_be_shorter_than_capacity_or_empty() -> None:
    assert len(rank(scored(("a", "a", 0.5, 1.0, 5.0, True)), capacity=50).frame) == 1
    assert rank(scored(("a", "a", 0.5, 1.0, 5.0, True)), capacity=0).frame.empty
    nobody = rank(scored(("a", "a", 0.5, 1.0, 5.0, False)), capacity=5)
    assert (len(nobody.frame), nobody.eligible, nobody.not_contactable) == (0, 0, 1)


@pytest.mark.parametrize("answer", [None, pd.NA, NAN])
def test_consent_that_is_not_known_is_no_consent(answer: Any) -> None:
    ranking = rank(scored(("a", "a", 0.5, 1.0, 5.0, True), ("b", "b", 0.5, 1.0, 5.0, answer)), capacity=5)
    assert ranking.frame["unit_id"].tolist() == ["a"]
    assert ranking.not_contactable == 1
    nullable = scored(("a", "a", 0.5, 1.0, 5.0, True), ("b", "b", 0.5, 1.0, 5.0, None))
    nullable["contact_allowed"] = nullable["contact_allowed"].astype("boolean")
    assert rank(nullable, capacity=5).not_contactable == 1


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        ([("a", "a", NAN, 1.0, 5.0, True), ("b", "b", 0.5, 1.0, 5.0, True)], "probability is missing in 1 of 2"),
        ([("a", "a", 0.5, NAN, 5.0, True)], "score is missing in 1 of 1"),
        ([("a", "a", 0.5, 1.0, NAN, True)], "value_at_risk is missing in 1 of 1"),
        ([("a", "a", 0.5, 1.0, 5.0, True), ("a", "a", 0.5, 1.0, 5.0, True)], "1 units come more than once"),
    ],
)
def test_broken_scores_are_refused(rows: list[tuple[Any, ...]], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        rank(scored(*rows), capacity=5)


def test_negative_capacity_is_refused() -> None:
    with pytest.raises(ValueError, match="capacity is -1"):
        rank(scored(("a", "a", 0.5, 1.0, 5.0, True)), capacity=-1)
