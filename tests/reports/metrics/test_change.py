"""What changed, and what drove it: the decomposition adds up, by hand and always; noise is not told."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.metrics.change import Change, changes
from reports.metrics.definitions import FEWEST, METRICS


def frame(parts: dict[tuple[int, str | None], tuple[int, int]], *, column: str = "segment") -> pd.DataFrame:
    """Rows of 1 and 0, one a customer: {(month, part): (ones, rows)}. The same customers are in both months."""
    rows = []
    for (month, part), (ones, size) in parts.items():
        for place in range(size):
            rows.append(
                {"customer": f"{part}{place}", "month": month, column: part, "num": float(place < ones), "den": 1.0}
            )
    made = pd.DataFrame(rows)
    return made.assign(customer=pd.factorize(made.customer)[0])


def only(found: tuple[Change, ...]) -> Change:
    (change,) = found
    return change


def test_rate_and_mix_by_hand() -> None:
    """From 0.2 x 100 + 0.6 x 100 to 0.2 x 300 + 0.7 x 100: 0.4 to 0.325."""
    change = only(
        changes(
            {"churn": frame({(0, "a"): (20, 100), (0, "b"): (60, 100), (1, "a"): (60, 300), (1, "b"): (70, 100)})}, 0, 1
        )
    )
    assert (change.before, change.after) == pytest.approx((0.4, 0.325))
    a, b = change.parts
    assert (a.before, a.after, a.share_before, a.share_after) == pytest.approx((0.2, 0.2, 0.5, 0.75))
    middle = (0.4 + 0.325) / 2
    assert (a.rate, a.mix) == pytest.approx((0, 0.25 * (0.2 - middle)))
    assert (b.rate, b.mix) == pytest.approx((0.1 * (0.5 + 0.25) / 2, -0.25 * (0.65 - middle)))
    assert a.contribution + b.contribution == pytest.approx(change.difference.value)


def test_a_part_that_was_not_there_is_all_mix() -> None:
    change = only(changes({"churn": frame({(0, "a"): (10, 100), (1, "a"): (10, 100), (1, "b"): (80, 100)})}, 0, 1))
    b = change.parts[1]
    assert (b.part, b.before, b.rate) == ("b", None, 0)
    assert b.mix == pytest.approx(0.5 * (0.8 - (0.1 + 0.45) / 2))
    assert sum(part.contribution for part in change.parts) == pytest.approx(change.difference.value)
    assert change.drove is not None
    assert (change.drove.part, change.drove.by) == ("b", "mix")


def test_the_difference_knows_that_customers_are_in_both_months() -> None:
    """Who said so in one month says so in the other: nothing varies but the five who changed their mind."""
    steady = frame({(0, "a"): (40, 100), (1, "a"): (45, 100)})
    change = only(changes({"churn": steady}, 0, 1))
    moved = np.r_[np.ones(5), np.zeros(95)]
    error = np.sqrt(100 / 99 * np.square((moved - 0.05) / 100).sum())
    assert change.standard_errors == pytest.approx(0.05 / error)
    others = steady.assign(customer=steady.customer + 1000 * steady.month)
    assert abs(only(changes({"churn": others}, 0, 1)).standard_errors) < abs(change.standard_errors) / 2


def test_waves_are_held_against_the_newest_wave_that_has_enough_customers() -> None:
    """Asked in the months 0, 3 and 6; a few answer a month late, and that month says nothing."""
    few = FEWEST - 1
    waves = frame({(0, "a"): (90, 100), (3, "a"): (50, 100), (4, "a"): (few, few), (6, "a"): (20, 100)})
    change = only(changes({"nps": waves}, 5, 6))
    assert (change.since, change.before, change.after) == (3, 0.5, 0.2)
    assert change.is_told


def test_where_the_last_month_or_every_other_has_too_few_nothing_is_compared() -> None:
    few = FEWEST - 1
    assert changes({"nps": frame({(0, "a"): (50, 100), (1, "a"): (few, few)})}, 0, 1) == ()
    assert changes({"nps": frame({(0, "a"): (few, few), (1, "a"): (50, 100)})}, 0, 1) == ()


def test_the_part_that_drove_a_change_is_named() -> None:
    change = only(
        changes(
            {
                "churn": frame(
                    {
                        (0, "a"): (30, 300),
                        (0, "b"): (30, 300),
                        (1, "a"): (30, 300),
                        (1, "b"): (120, 300),
                        (0, None): (2, 40),
                        (1, None): (2, 40),
                    }
                )
            },
            0,
            1,
        )
    )
    assert change.is_told
    assert change.drove is not None
    assert (change.drove.part, change.drove.by) == ("b", "rate")
    assert sum(part.contribution for part in change.parts) == pytest.approx(change.difference.value)


def test_an_even_change_was_driven_by_no_part_however_large_a_part_is() -> None:
    change = only(
        changes(
            {"churn": frame({(0, "a"): (90, 900), (0, "b"): (10, 100), (1, "a"): (180, 900), (1, "b"): (20, 100)})},
            0,
            1,
        )
    )
    assert change.is_told
    assert max(part.contribution for part in change.parts) > 0.8 * change.difference.value
    assert change.drove is None


def test_what_only_the_count_has_adds_up_too() -> None:
    """Complaints have a channel, the customers whom they are held against have none."""
    against = [
        {"customer": n, "month": month, "channel": None, "num": 0.0, "den": 1.0} for month in (0, 1) for n in range(200)
    ]
    complaints = [
        {"customer": n, "month": month, "channel": channel, "num": 100.0, "den": 0.0}
        for month, channel, count in ((0, "phone", 40), (0, "mail", 40), (1, "phone", 40), (1, "mail", 90))
        for n in range(count)
    ]
    change = only(changes({"complaints": pd.DataFrame([*against, *complaints])}, 0, 1))
    assert (change.before, change.after) == (40, 65)
    found = {part.part: part for part in change.parts}
    assert set(found) == {"mail", "phone"}
    assert (found["mail"].before, found["mail"].after, found["mail"].contribution) == pytest.approx((20, 45, 25))
    assert found["phone"].contribution == pytest.approx(0)
    assert change.drove is found["mail"]


PARTS = st.sampled_from(["a", "b", "c", None])
ROWS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 1), PARTS, st.floats(0, 5), st.sampled_from([0.0, 1.0, 2.0])),
    max_size=60,
)


@settings(max_examples=30, deadline=None)
@given(ROWS, st.sampled_from(["churn", "complaints", "net_retention", "newcomers"]))
def test_parts_always_add_up_to_the_change(rows: list[tuple[int, int, str | None, float, float]], name: str) -> None:
    drawn = pd.DataFrame(rows, columns=["customer", "month", "segment", "num", "den"])
    # Every customer has a row of weight in both months, so that there is something to compare.
    there = pd.DataFrame(
        [(n, month, "a", 1.0, 1.0) for n in range(61) for month in (0, 1)], columns=list(drawn.columns)
    )
    every = pd.concat([drawn, there], ignore_index=True).assign(channel=lambda all_rows: all_rows.segment)
    change = only(changes({name: every}, 0, 1))
    for dimension in {part.dimension for part in change.parts}:
        total = sum(part.contribution for part in change.parts if part.dimension == dimension)
        assert total == pytest.approx(change.difference.value, abs=1e-9)


def noise(random: np.random.Generator) -> pd.DataFrame:
    """Two months in which nothing changed, with parts and customers who are in both."""
    size = 400
    risk = random.beta(1, 4, size)
    months = []
    for month in (0, 1):
        here = random.random(size) < 0.7
        months.append(
            pd.DataFrame(
                {
                    "customer": np.arange(size)[here],
                    "month": month,
                    "segment": np.where(np.arange(size) % 3 == 0, "a", "b")[here],
                    "num": (random.random(size) < risk)[here].astype(float),
                    "den": 1.0,
                }
            )
        )
    return pd.concat(months, ignore_index=True)


def test_where_nothing_changed_nothing_is_told() -> None:
    """Twelve metrics of noise, sixty times: 5% of the pages tell of something, three, and eight only once in a hundred
    tries."""
    random = np.random.default_rng(11)
    names = [name for name, metric in METRICS.items() if metric.is_compared][:12]
    told = sum(
        any(change.is_told for change in changes({name: noise(random) for name in names}, 0, 1)) for _ in range(60)
    )
    assert told <= 8


def test_months_with_too_few_customers_are_not_compared() -> None:
    assert changes({"churn": frame({(0, "a"): (5, 29), (1, "a"): (50, 100)})}, 0, 1) == ()


def test_told_changes_come_first_by_standard_errors() -> None:
    small = frame({(0, "a"): (50, 300), (1, "a"): (70, 300)})
    large = frame({(0, "a"): (50, 300), (1, "a"): (150, 300)})
    still = frame({(0, "a"): (50, 300), (1, "a"): (50, 300)})
    found = changes({"csat": still, "churn": small, "nps": large}, 0, 1)
    assert [(change.metric, change.is_told) for change in found] == [("nps", True), ("churn", True), ("csat", False)]
