"""Figures and foreign text, worded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.wording import decimal, in_a_hundred, percent, printable


@pytest.mark.parametrize(
    ("share", "digits", "worded"),
    [
        (0.0, 0, "0%"),
        (0.14, 0, "14%"),
        (0.0001, 1, "<0.1%"),
        (0.99999, 1, ">99.9%"),
        (1.0, 1, "100.0%"),
        (float("nan"), 0, "—"),
        (None, 0, "—"),
        (1077 / 2000, 1, "53.9%"),
    ],
)
def test_percent(share: float | None, digits: int, worded: str) -> None:
    assert percent(share, digits) == worded


@given(st.floats(0, 1))
def test_percent_never_hides_that_there_is_something_or_that_something_is_missing(share: float) -> None:
    assert (percent(share) == "0%") == (share == 0)
    assert (percent(share) == "100%") == (share == 1)


@pytest.mark.parametrize(
    ("value", "digits", "signed", "worded"),
    [
        (1234567.0, 0, False, "1,234,567"),
        (-0.5, 2, False, "\u22120.50"),
        (-0.0001, 2, True, "0.00"),
        (0.012, 3, True, "+0.012"),
        (float("inf"), 1, False, "—"),
        (None, 1, False, "—"),
    ],
)
def test_decimal(value: float | None, digits: int, signed: bool, worded: str) -> None:
    assert decimal(value, digits, signed=signed) == worded


def test_small_words() -> None:
    assert [in_a_hundred(share) for share in (0.0, 0.001, 0.617)] == ["0", "fewer than 1", "62"]


@given(st.text(st.characters(exclude_categories=())))
def test_printable_leaves_one_line_that_any_file_can_hold(text: str) -> None:
    shown = printable(text)
    shown.encode("utf-8")
    assert len(shown.splitlines()) <= 1
    assert not set(shown) & set("\x1b\x00\u202e\u2067")


def test_printable_keeps_persian_spelling() -> None:
    assert printable("می\u200cرود") == "می\u200cرود"
