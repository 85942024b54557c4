"""A judgement as JSON, and as the page."""

from __future__ import annotations

import csv
import json
import math
import re
from dataclasses import replace
from typing import Any

import openpyxl
import pytest

from contract.said import read_said
from models.candidates import CANDIDATES
from models.evaluate import Estimate
from models.judge import MODEL
from outreach.language import translations
from pipelines import stages
from pipelines.judgement import CANDIDATE_WORDS, judgement_json
from reports.wording import finite
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


def test_a_judgement_is_english_for_machines_and_keeps_the_parts_of_its_sentences(night: Night) -> None:
    judged = night.trained.judgement
    text = judgement_json(judged, learned=None, spend=None, leaks=(), champion=MODEL, rows=10, censored={})
    told = json.loads(text)
    assert told["says"] == judged.says
    fa = translations("fa")
    for where, key in ((told, "says"), (told["choice"], "because"), (told["folds"][0]["choice"], "because")):
        sentence = read_said(where, key)
        assert sentence == where[key]
        assert not re.search("[a-z]{2}", sentence.in_words(fa))  # type: ignore[attr-defined]


@pytest.mark.parametrize("has_parts", [True, False])
def test_a_night_in_persian(has_parts: bool, copied: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    """People read Persian, machines what they always read; a judgement without parts is shown in English."""
    company = copied.settings.company.model_copy(update={"language": "fa"})
    settings = copied.settings.model_copy(update={"company": company})
    if not has_parts:
        page_of = stages.page_of

        def of_old(told: str, **named: Any) -> Any:
            return page_of(json.dumps(without_parts(json.loads(told))), **named)

        monkeypatch.setattr(stages, "page_of", of_old)
    folder = stages.publish_night(settings, as_of=copied.readiness.as_of).folder
    html = (folder / "report.html").read_text(encoding="utf-8")
    assert '<html lang="fa" dir="rtl">' in html
    assert "آیا این فهرست ارزش تماس دارد؟" in html
    assert ("customers of the rarer class" in html) != has_parts
    with (folder / "list.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", rows[0]["as_of"])
    assert float(rows[0]["value_at_risk"]) >= 0
    assert re.search("[آ-ی]", rows[0]["reason_1"])
    assert not re.search("[0-9A-Za-z]", rows[0]["reason_1"] + rows[0]["action"])
    sheet = openpyxl.load_workbook(folder / "list.xlsx").active
    assert sheet.sheet_view.rightToLeft
    assert sheet["B1"].value == "مشتری"
    assert sheet["B2"].value == rows[0]["customer_id"]
    summary = json.loads((settings.out / "summary.json").read_text(encoding="utf-8"))
    assert not re.search("[آ-ی]", json.dumps(summary, ensure_ascii=False))


def without_parts(told: Any) -> Any:
    """The JSON as it was written before sentences kept their parts."""
    if isinstance(told, dict):
        return {key: without_parts(value) for key, value in told.items() if not key.endswith("_said")}
    return [without_parts(value) for value in told] if isinstance(told, list) else told


def test_every_candidate_has_a_name_that_people_read() -> None:
    assert set(CANDIDATE_WORDS) == set(CANDIDATES)
