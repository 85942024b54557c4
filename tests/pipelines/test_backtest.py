"""The backtest of the small company, from the checked tables to its page."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from models import tracking
from models.judge import MODEL
from pipelines import cli, stages
from tests.pipelines.conftest import Night
from tests.pipelines.test_stages import snapshot


def test_six_nights_are_replayed_and_nothing_else_changes(copied: Night) -> None:
    lists = snapshot(copied.settings.lists)
    told = stages.replay(copied.settings)
    assert (told["target"], told["nights"]) == ("inactivity", 6)
    found = json.loads(Path(told["json"]).read_text(encoding="utf-8"))
    assert [night["name"] for night in found["nights"]] == sorted(night["name"] for night in found["nights"])
    assert found["methods"][MODEL]["auroc"]["value"] > 0.7
    # All is known at once in this company: what was learned from then is what is known now.
    assert {night["changed"] for night in found["labels_told_otherwise_since"]} == {0}
    # The champion was trained tonight, on labels of all of these nights.
    assert found["champion"] is None
    assert "it has learned from all of these nights" in Path(told["page"]).read_text(encoding="utf-8")
    assert snapshot(copied.settings.lists) == lists
    assert tracking.champion(stages.store_of(copied.settings), "vafa-inactivity").version == 1


def test_the_judgement_of_the_same_nights_is_the_same(copied: Night) -> None:
    """Where nothing came late, what a training says of its procedure is what the replay says."""
    told = json.loads(Path(stages.replay(copied.settings)["json"]).read_text(encoding="utf-8"))
    judged = copied.trained.judgement.method(MODEL).metrics
    for name in ("auroc", "lift_at_k", "brier"):
        assert told["methods"][MODEL][name]["value"] == judged[name].value


def test_the_command(copied: Night) -> None:
    result = CliRunner().invoke(cli.app, ["backtest", "--config", str(copied.config), "--json"])
    assert result.exit_code == cli.READY, result.stderr
    told = json.loads(result.stdout)
    assert Path(told["page"]).name == "backtest.html"
    result = CliRunner().invoke(cli.app, ["backtest", "--config", str(copied.config), "--nights", "3"])
    assert result.exit_code == cli.CANNOT
    result = CliRunner().invoke(cli.app, ["backtest", "--config", str(copied.config), "--nights", "16"])
    assert result.exit_code == cli.READY, "as many as there are"
