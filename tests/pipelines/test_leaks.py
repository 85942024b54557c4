"""The leak tests as a verb: what waits for an answer, who gave one, and that nothing else changes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from contract.said import said
from models.leaks import LeakResult
from pipelines import cli, stages
from pipelines.acknowledged import found_path, read_acknowledged
from tests.pipelines.conftest import Night
from tests.pipelines.test_stages import snapshot

ALARM = LeakResult(
    test="one feature alone",
    passed=False,
    says=said("{feature} alone tells too much", feature="retention_calls"),
    kind="alarm",
    id="alone:retention_calls",
    feature="retention_calls",
    table="contacts",
    cure=said("look when its rows are written"),
    evidence={"auroc": 0.97},
)


def vafa(night: Night, *words: str) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(cli.app, ["leaks", "--config", str(night.config), *words])


@pytest.fixture
def alarmed(copied: Night, monkeypatch: pytest.MonkeyPatch) -> Night:
    def found(*_: Any, **__: Any) -> tuple[LeakResult, ...]:
        return (LeakResult(test="rows of the future removed", passed=True, says="the same"), ALARM)

    monkeypatch.setattr(stages, "leak_suite", found)
    return copied


def test_a_clean_company_has_nothing_to_answer_for(copied: Night) -> None:
    lists = snapshot(copied.settings.lists)
    told = stages.look_for_leaks(copied.settings)
    assert [one["says"] for one in told["tests"] if not one["passed"]] == []
    assert told["unanswered"] == []
    assert len(told["tests"]) > 8
    written = json.loads(found_path(copied.settings).read_text(encoding="utf-8"))
    assert [one["test"] for one in written] == [one["test"] for one in told["tests"]]
    assert snapshot(copied.settings.lists) == lists


def test_an_alarm_waits_until_a_person_answers_for_it_with_a_reason(alarmed: Night) -> None:
    result = vafa(alarmed)
    assert result.exit_code == cli.NOT_READY
    assert "waits     one feature alone: retention_calls alone tells too much" in result.stdout
    assert "Cure: look when its rows are written" in result.stdout
    assert "--acknowledge alone:retention_calls --by NAME --because TEXT" in result.stdout

    nobody = vafa(alarmed, "--acknowledge", "alone:retention_calls", "--because", "it is planned for all")
    assert nobody.exit_code == cli.CANNOT
    assert "give --by NAME and --because TEXT" in nobody.stderr
    other = vafa(alarmed, "--acknowledge", "alone:orders", "--by", "Ann", "--because", "so")
    assert other.exit_code == cli.CANNOT
    assert "there are alone:retention_calls" in other.stderr
    assert read_acknowledged(alarmed.settings) == ()

    given = vafa(alarmed, "--acknowledge", "alone:retention_calls", "--by", "Ann", "--because", "planned for all")
    assert given.exit_code == cli.READY, given.output
    (kept,) = read_acknowledged(alarmed.settings)
    assert (kept.id, kept.by, kept.because) == ("alone:retention_calls", "Ann", "planned for all")
    again = vafa(alarmed)
    assert again.exit_code == cli.READY
    assert "answered  one feature alone" in again.stdout


def test_as_json_it_is_one_document(alarmed: Night) -> None:
    result = vafa(alarmed, "--json")
    told = json.loads(result.stdout)
    assert (told["target"], told["unanswered"]) == ("inactivity", ["alone:retention_calls"])
    assert told["tests"][1]["evidence"] == {"auroc": 0.97}
    assert result.exit_code == cli.NOT_READY


def test_before_any_run_there_is_nothing_to_acknowledge(copied: Night) -> None:
    result = vafa(copied, "--acknowledge", "alone:orders", "--by", "Ann", "--because", "so")
    assert result.exit_code == cli.CANNOT
    assert "there are none: run vafa leaks first" in result.stderr
