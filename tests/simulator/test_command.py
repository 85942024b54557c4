"""vafa simulate: writes a company, tells of it, and never writes over what is there unasked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.cli import app

SMALL = ["simulate", "--customers", "40", "--months", "6", "--seed", "2"]


def test_writes_a_company_and_says_what_comes_next(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, [*SMALL, "--calendar", "iranian", "--out", str(tmp_path / "golestan")])
    assert done.exit_code == 0, done.output
    assert "vafa check --config" in done.stdout
    assert (tmp_path / "golestan" / "vafa.toml").exists()
    assert (tmp_path / "golestan" / "truth" / "probabilities.parquet").exists()


def test_refuses_a_folder_with_something_in_it(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    refused = CliRunner().invoke(app, [*SMALL, "--out", str(tmp_path), "--json"])
    assert refused.exit_code == 2
    assert "--force" in json.loads(refused.stdout)["error"]
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    forced = CliRunner().invoke(app, [*SMALL, "--out", str(tmp_path), "--json", "--force"])
    assert forced.exit_code == 0, forced.output
    told = json.loads(forced.stdout)
    assert told["as_of"] == "2026-07-01"
    assert told["rows"]["customers"] >= 40
    assert (tmp_path / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (["--calendar", "lunar"], "--calendar lunar is not known"),
        (["--non-response", "never"], "--non-response never is not known"),
        (["--end", "tomorrow"], "--end tomorrow is no day"),
        (["--end", "2009-06-30", "--calendar", "iranian"], "holidays are known"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_written(tmp_path: Path, wrong: list[str], says: str) -> None:
    done = CliRunner().invoke(app, [*SMALL, *wrong, "--out", str(tmp_path / "new"), "--json"])
    assert done.exit_code == 2
    assert says in json.loads(done.stdout)["error"]
    assert not (tmp_path / "new").exists()
