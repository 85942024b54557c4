"""Sentences that can be said in every language."""

from __future__ import annotations

import copy
import json
import pickle
from datetime import date
from typing import Any

import numpy as np
import pytest

from contract.said import Figure, Name, Said, in_words, read_said, said, said_plural, with_said


class Shouting:
    """A language for tests: messages in capitals, numbers between dots, days as years, names in quotes."""

    comma = " & "

    def gettext(self, message: str) -> str:
        return {"late": "LATE", "{rows} rows are {how}": "{how}: {rows} ROWS"}.get(message, message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return "ONE" if n == 1 else "{number} MANY"

    def figure(self, text: str) -> str:
        return f".{text}."

    def day(self, day: date) -> str:
        return f"Y{day.year}"

    def word(self, text: str) -> str:
        worded = self.gettext(text)
        return worded if worded != text else self.name(text)

    def name(self, text: str) -> str:
        return f"'{text}'"


def test_it_is_the_english_text_wherever_a_text_is_asked_for() -> None:
    late = said("{rows:,} rows are {how}", rows=1204, how="late")
    assert late == "1,204 rows are late"
    assert f"{late}!" == "1,204 rows are late!"
    assert json.dumps(late) == '"1,204 rows are late"'
    assert late.startswith("1,204")
    assert {late: 1}["1,204 rows are late"] == 1


@pytest.mark.parametrize(
    ("sentence", "english", "shouted"),
    [
        (said("{rows} rows are {how}", rows=3, how="late"), "3 rows are late", "LATE: .3. ROWS"),
        (said("{rows} rows are {how}", rows=3, how=Name("late")), "3 rows are late", "'late': .3. ROWS"),
        (said("{share:.1%} of {what}", share=0.25, what="x"), "25.0% of x", ".25.0%. of 'x'"),
        (said("on {day}", day=date(2026, 3, 21)), "on 2026-03-21", "on Y2026"),
        (said("{all}", all=("a", said("late"))), "a, late", "'a' & LATE"),
        (said("{what!c}.", what=said("late")), "Late.", "LATE."),
        (said("{n}", n=Figure("-1,2%")), "-1,2%", ".-1,2%."),
        (said_plural("{number} row", "{number} rows", 1), "1 row", "ONE"),
        (said_plural("{number} row", "{number} rows", 2), "2 rows", ".2. MANY"),
    ],
)
def test_it_is_said_by_its_parts(sentence: Said, english: str, shouted: str) -> None:
    assert sentence == english
    assert sentence.in_words(Shouting()) == shouted
    read = Said.from_dict(json.loads(json.dumps(sentence.as_dict())))
    assert (read, read.in_words(Shouting())) == (english, shouted)


def test_other_texts_are_words_or_names() -> None:
    assert in_words("late", Shouting()) == "LATE"
    assert in_words("early", Shouting()) == "'early'"
    assert in_words(Name("late"), Shouting()) == "'late'"
    assert in_words(Figure("1.5"), Shouting()) == ".1.5."


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])  # noqa: S301
def test_a_copy_keeps_its_parts(copied: Any) -> None:
    late = copied(said_plural("{number} row", "{number} rows", 2, what=said("late")))
    assert (late, late.in_words(Shouting())) == ("2 rows", ".2. MANY")


def test_numbers_of_numpy_can_be_written_as_json() -> None:
    late = said("{rows} of {share:.2f}", rows=np.int64(3), share=np.float32(0.5))
    assert json.loads(json.dumps(late.as_dict()))["values"] == {"rows": 3, "share": 0.5}


def test_json_has_the_sentence_and_beside_it_its_parts() -> None:
    told = with_said({"says": said("{rows} rows are {how}", rows=3, how="late"), "folds": ({"because": "so"},)})
    assert told["says"] == "3 rows are late"
    assert told["folds"] == [{"because": "so"}]
    read = json.loads(json.dumps(told))
    assert in_words(read_said(read, "says"), Shouting()) == "LATE: .3. ROWS"
    # Written before sentences had parts.
    assert read_said({"says": "3 rows are late"}, "says") == "3 rows are late"


def test_braces_in_a_value_are_shown_as_they_are() -> None:
    assert said("{what}", what="{rows} {").in_words(Shouting()) == "'{rows} {'"
