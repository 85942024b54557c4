"""Segments: the largest are told, the rest together."""

from __future__ import annotations

import pandas as pd
import pytest

from models.segments import MOST, shown_segments


def test_of_ten_thousand_the_largest_are_told_and_the_rest_together() -> None:
    sizes = {f"s{number:05d}": 3 if number < 7 else 2 if number < 30 else 1 for number in range(10_000)}
    segments = pd.Series([name for name, rows in sizes.items() for _ in range(rows)]).sample(frac=1, random_state=1)
    before = segments.copy()
    shown = shown_segments(segments)
    assert set(shown) == {f"s{number:05d}" for number in range(MOST)} | {"other: 9,980 smaller segments"}
    pd.testing.assert_series_equal(shown[segments < "s00020"], segments[segments < "s00020"])
    assert shown.index.equals(segments.index)
    pd.testing.assert_series_equal(segments, before)


@pytest.mark.parametrize("number", [1, 2, MOST, MOST + 1])
def test_a_few_are_all_told(number: int) -> None:
    segments = pd.Series([f"s{row % number}" for row in range(100)])
    pd.testing.assert_series_equal(shown_segments(segments), segments)
