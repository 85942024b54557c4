"""A judgement as JSON, and as the page."""

from __future__ import annotations

import json
import math
from dataclasses import replace

from models.candidates import CANDIDATES
from models.evaluate import Estimate
from models.judge import MODEL
from pipelines.judgement import CANDIDATE_WORDS, finite, judgement_json
from tests.pipelines.conftest import Night


def test_what_is_not_a_number_is_null() -> None:
    given = {"a": math.nan, "b": [1.5, math.inf, {"c": -math.inf}], "d": (2, "nan"), "e": None}
    assert finite(given) == {"a": None, "b": [1.5, None, {"c": None}], "d": [2, "nan"], "e": None}


def test_the_judgement_is_strict_json_even_when_a_figure_is_unknown(night: Night) -> None:
    judged = night.trained.judgement
    unknown = replace(judged.method(MODEL), metrics={**judged.method(MODEL).metrics, "auroc": Estimate(math.nan)})
    others = tuple(method for method in judged.methods if method.name != MODEL)
    text = judgement_json(
        replace(judged, methods=(unknown, *others)),
        learned=None,
        spend=None,
        leaks=(),
        champion=MODEL,
        rows=10,
        censored={"orders_last_364d": 4},
    )

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    told = json.loads(text, parse_constant=refuse)
    assert told["methods"][MODEL]["auroc"] == {"value": None, "low": None, "high": None}
    assert told["censored"] == {"orders_last_364d": 4}
    assert "predictions" not in told


def test_the_page_says_what_the_list_is_worth_and_which_windows_were_too_long(night: Night) -> None:
    page = (night.settings.out / "report.html").read_text(encoding="utf-8")
    assert "of those called to whom it would happen, and saves all that is at stake with them (two assumptions)" in page
    assert "features reach back further than the history at some past dates" in page


def test_every_candidate_has_a_name_that_people_read() -> None:
    assert set(CANDIDATE_WORDS) == set(CANDIDATES)
