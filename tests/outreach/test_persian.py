"""How Persian is written."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.persian import ALPHABET, day_in_figures, day_in_words, figure, isolated, order


@pytest.mark.parametrize(
    ("english", "persian"),
    [
        ("1,234,567.5", "۱٬۲۳۴٬۵۶۷٫۵"),
        ("40%", "۴۰٪"),
        ("-12", "\u200e\u2212۱۲"),
        ("\u22120.5", "\u200e\u2212۰٫۵"),
        ("+0.012", "\u200e+۰٫۰۱۲"),
        ("—", "—"),
    ],
)
def test_figures(english: str, persian: str) -> None:
    assert figure(english) == persian


@pytest.mark.parametrize(
    ("day", "words", "figures"),
    [
        # Nowruz of a year after a common one and of one after a leap year; the last day of a leap year.
        (date(2024, 3, 20), "۱ فروردین ۱۴۰۳", "۱۴۰۳/۰۱/۰۱"),
        (date(2025, 3, 20), "۳۰ اسفند ۱۴۰۳", "۱۴۰۳/۱۲/۳۰"),
        (date(2025, 3, 21), "۱ فروردین ۱۴۰۴", "۱۴۰۴/۰۱/۰۱"),
        (date(2026, 11, 23), "۲ آذر ۱۴۰۵", "۱۴۰۵/۰۹/۰۲"),
    ],
)
def test_days_of_the_iranian_calendar(day: date, words: str, figures: str) -> None:
    assert day_in_words(day) == words
    assert day_in_figures(day) == figures


@given(st.dates(date(1970, 1, 1), date(2099, 12, 31)))
def test_days_in_figures_sort_as_days_do(day: date) -> None:
    assert day_in_figures(day) < day_in_figures(day + timedelta(days=1))


def test_names_are_in_the_order_of_the_alphabet_and_numbers_by_their_value() -> None:
    wanted = [
        "۲ نفره", "10 نفره", "آذربایجان", "اصفهان", "بخش ۲", "بخش 10", "پارس", "تهران", "چابهار", "زنجان",
        "ژاله", "كرمان", "کرمانشاه", "گیلان", "یزد", "Zanjan",
    ]  # fmt: skip
    assert sorted(wanted, key=order) == wanted
    # By code points these letters stand behind all others.
    assert sorted(wanted) != wanted
    assert sorted(ALPHABET, key=order) == list(ALPHABET)


def test_letters_of_arabic_keyboards_and_joiners_decide_nothing() -> None:
    assert order("كيش")[:-1] == order("کیش")[:-1]
    assert order("می\u200cرود")[:-1] == order("میرود")[:-1]


@given(st.lists(st.text(max_size=8), max_size=8))
def test_any_names_can_be_sorted_and_always_the_same_way(names: list[str]) -> None:
    backwards = names[::-1]
    assert sorted(names, key=order) == sorted(backwards, key=order)


@pytest.mark.parametrize(
    ("text", "is_apart"), [("orders.amount", True), ("C-12", True), ("12", True), ("AUROC", False), ("تهران", False)]
)
def test_names_whose_signs_could_change_places_are_set_apart(text: str, is_apart: bool) -> None:
    assert isolated(text) == (f"\u2068{text}\u2069" if is_apart else text)
