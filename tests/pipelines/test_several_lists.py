"""Several lists of one company, of which one is refused: the others go on, and nobody is left without a cure."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from pipelines import cli, stages
from pipelines.refusal import LEARN_AGAIN_DAYS, Refusal, page_path, read_refusal
from pipelines.settings import Settings, load_settings
from tests.pipelines.company import NEWEST
from tests.pipelines.conftest import Night

SAYS = "nothing beats calling at random at this capacity, so no list is published"
CURE = (
    "Cure: bring a longer history, choose another horizon or capacity in [targets.partial_churn], or leave that "
    "section out: the other lists do without"
)


@pytest.fixture
def two(copied: Night, plainly: None, judged: Callable[..., None]) -> Night:
    """A company with a champion of one list, that asks for a second one, which is going to be refused."""
    with copied.config.open("a", encoding="utf-8") as config:
        config.write("[targets.inactivity]\n[targets.partial_churn]\n")
    judged(grade="refused", says=SAYS)
    return copied


def vafa(verb: str, night: Night, *words: str) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(cli.app, [verb, "--config", str(night.config), *words])


def refused_list(night: Night) -> Settings:
    return load_settings(night.config).of("partial_churn")


def never(*_: Any, **__: Any) -> None:
    raise AssertionError("this list is learned again")


def test_the_other_list_is_published_and_shown(two: Night) -> None:
    result = vafa("nightly", two)
    assert result.exit_code == cli.NOT_READY
    assert "25 of" in result.stdout
    assert "(inactivity)" in result.stdout
    assert "the same list was already published" in result.stdout
    assert "partial_churn" not in result.stdout
    page = page_path(refused_list(two))
    last = result.stderr.splitlines()[-1]
    assert last == f"vafa: partial_churn: {SAYS}. How it was judged is shown in {page}. {CURE}"
    assert page.name == "refused-partial_churn.html"
    html = page.read_text(encoding="utf-8")
    assert "No list was published." in html
    assert SAYS in html
    assert "makes the list" not in html


def test_progress_says_of_which_list(two: Night) -> None:
    steps = [line.split(" s  ", 1)[1] for line in vafa("nightly", two).stderr.splitlines() if " s  " in line]
    assert "inactivity: making the list" in steps
    assert "partial_churn: keeping the run in MLflow" in steps
    assert "checking orders" in steps, "the check is that of all lists"


def test_as_json_it_is_one_document(two: Night) -> None:
    result = vafa("nightly", two, "--json")
    told = json.loads(result.stdout)
    assert [one["target"] for one in told["lists"]] == ["inactivity"]
    assert told["exit_code"] == result.exit_code == cli.NOT_READY
    assert told["error"].endswith(CURE)


def test_the_next_night_says_it_again_without_learning_again(two: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    vafa("nightly", two)
    monkeypatch.setattr(stages, "panel", never)
    result = vafa("nightly", two)
    assert result.exit_code == cli.NOT_READY
    assert f"(learned at {NEWEST}; the night of " in result.stderr
    assert result.stderr.splitlines()[-1].endswith(CURE)


def test_another_question_is_learned_at_once(two: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    vafa("nightly", two)
    text = two.config.read_text(encoding="utf-8")
    two.config.write_text(text.replace("[targets.partial_churn]", "[targets.partial_churn]\ncapacity = 30"))
    monkeypatch.setattr(stages, "panel", never)
    result = vafa("nightly", two)
    assert result.exit_code == cli.CANNOT
    assert "this list is learned again" in result.output


def test_score_and_publish_name_the_refusal_and_not_each_other(two: Night) -> None:
    vafa("nightly", two)
    for verb in ("score", "publish"):
        result = vafa(verb, two, "--target", "partial_churn")
        assert result.exit_code == cli.NOT_READY
        assert result.stderr.splitlines()[-1].endswith(CURE)


def test_a_training_that_is_good_enough_puts_it_out_of_the_way(two: Night, judged: Callable[..., None]) -> None:
    vafa("nightly", two)
    judged(grade="C", best_rule="recency", says="no better than recency")
    result = vafa("train", two, "--target", "partial_churn")
    assert result.exit_code == cli.READY, result.output
    settings = refused_list(two)
    assert read_refusal(settings) is None
    assert not page_path(settings).exists()


def test_of_one_list_the_cure_is_not_to_leave_it_out(copied: Night, plainly: None, judged: Callable[..., None]) -> None:
    judged(grade="refused", says=SAYS)
    result = vafa("train", copied)
    assert result.stderr.splitlines()[-1].endswith(
        "Cure: bring a longer history, choose another horizon or capacity in [target]"
    )


def test_a_leak_has_another_cure(copied: Night, plainly: None, judged: Callable[..., None]) -> None:
    judged(grade="A", leak="orders_last_28d differs in 3 rows")
    result = vafa("train", copied)
    assert result.stderr.splitlines()[-1].endswith("Cure: mend the feature family that it names, then run vafa train")


def test_how_long_a_refusal_holds() -> None:
    refusal = Refusal(as_of="2026-01-10", says=SAYS, cure="", asked={"capacity": 5})
    assert refusal.holds(date(2026, 1, 10), {"capacity": 5})
    assert refusal.holds(date(2026, 1, 9 + LEARN_AGAIN_DAYS), {"capacity": 5})
    assert not refusal.holds(date(2026, 1, 10 + LEARN_AGAIN_DAYS), {"capacity": 5})
    assert not refusal.holds(date(2026, 1, 9), {"capacity": 5}), "an earlier night may have had another history"
    assert not refusal.holds(date(2026, 1, 10), {"capacity": 6})


def test_a_page_is_left_for_each_language(two: Night) -> None:
    text = two.config.read_text(encoding="utf-8")
    two.config.write_text(text.replace("[company]", '[company]\nlanguage = "fa"'), encoding="utf-8")
    vafa("nightly", two)
    html = Path(page_path(refused_list(two))).read_text(encoding="utf-8")
    assert 'lang="fa"' in html
