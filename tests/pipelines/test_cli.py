"""The command: what it prints where, and with which exit code it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from pipelines import cli, stages
from pipelines.lock import LOCK, alone
from tests.pipelines.company import NEWEST, baskets, write_company
from tests.pipelines.conftest import Night

VERBS = ("check", "init", "train", "score", "publish", "nightly", "demo")
ROOT = Path(__file__).parents[2]
HEAVY = ("pandas", "mlflow", "prefect", "lightgbm", "ibis", "duckdb", "sklearn", "matplotlib", "pydantic")


def vafa(*words: str | Path) -> Result:
    """The command in this process: stdout and stderr apart."""
    return CliRunner().invoke(cli.app, [str(word) for word in words])


def only_json(result: Result) -> dict[str, Any]:
    """Standard output, which must be one JSON document and nothing else."""
    document: dict[str, Any] = json.loads(result.stdout)
    return document


# Without a company


def test_help_is_instant_because_nothing_heavy_is_imported() -> None:
    script = f"""
import sys
sys.argv = ["vafa", "--help"]
from pipelines.cli import main
try:
    main()
except SystemExit:
    pass
print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert all(f"  {verb} " in done.stdout for verb in VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(verb: str) -> None:
    result = vafa(verb, "--help")
    assert result.exit_code == 0
    assert f"vafa {verb}" in result.stdout.replace("root", "vafa")
    wanted = {"init": ["--force"], "demo": ["--out", "--json"]}.get(verb, ["--config", "--out", "--as-of", "--json"])
    assert all(option in result.stdout for option in wanted)


def test_no_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for verb in ("check", "train", "score", "publish", "nightly"):
        result = vafa(verb)
        assert result.exit_code == cli.CANNOT
        assert "draft one with vafa init" in result.stderr
        assert result.stdout == ""
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("verb", ["check", "train", "score", "publish", "nightly"])
def test_a_day_that_is_none(verb: str) -> None:
    result = vafa(verb, "--as-of", "yesterday", "--json")
    assert result.exit_code == cli.CANNOT
    says = "--as-of yesterday is no day: write 2026-01-31, today or newest"
    assert only_json(result) == {"error": says, "exit_code": cli.CANNOT}
    assert result.stderr == f"vafa: {says}\n"


# Check and init


def test_check_ends_with_0_when_ready(copied: Night) -> None:
    result = vafa("check", "--config", copied.config)
    assert result.exit_code == cli.READY
    assert "Ready" in result.stdout
    assert str(copied.settings.out / "work" / "readiness.md") in result.stdout.replace("\n", "")


def test_check_with_json_prints_the_report_and_nothing_else(copied: Night) -> None:
    result = vafa("check", "--config", copied.config, "--json")
    assert result.exit_code == cli.READY
    assert only_json(result)["as_of"] == NEWEST.isoformat()
    assert result.stderr == ""


def test_check_ends_with_1_when_not_ready(copied: Night) -> None:
    baskets()[::2].to_parquet(copied.config.parent / "baskets.parquet", index=False)
    result = vafa("check", "--config", copied.config)
    assert result.exit_code == cli.NOT_READY
    assert "fewer rows than at the last good check" in result.stdout
    result = vafa("check", "--config", copied.config, "--json")
    assert result.exit_code == cli.NOT_READY
    assert only_json(result)["ready"] is False


def test_check_ends_with_2_when_nothing_can_be_read(tmp_path: Path) -> None:
    config = write_company(tmp_path)
    (tmp_path / "baskets.parquet").unlink()
    result = vafa("check", "--config", config, "--json")
    assert result.exit_code == cli.CANNOT
    assert "mend sources.baskets.path in vafa.toml" in only_json(result)["error"]
    assert "Traceback" not in result.stderr


def test_out_on_the_command_line_takes_everything(copied: Night, tmp_path: Path) -> None:
    before = sorted(copied.config.parent.rglob("*"))
    result = vafa("check", "--config", copied.config, "--out", tmp_path / "elsewhere", "--json")
    assert result.exit_code == cli.READY
    assert (tmp_path / "elsewhere" / "work" / "readiness.json").is_file()
    assert sorted(copied.config.parent.rglob("*")) == before


def test_a_folder_that_cannot_be_written(copied: Night, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    result = vafa("check", "--config", copied.config, "--out", tmp_path / "file" / "out")
    assert result.exit_code == cli.CANNOT
    assert f"vafa: {tmp_path / 'file'}" in result.stderr
    assert "Traceback" not in result.stderr


def test_init_drafts_what_check_can_read_and_never_overwrites(tmp_path: Path) -> None:
    config = write_company(tmp_path)
    config.unlink()
    result = vafa("init", tmp_path)
    assert result.exit_code == 0, result.stderr
    assert f"vafa check --config {config}" in result.stdout
    drafted = config.read_text(encoding="utf-8")
    assert vafa("check", "--config", config, "--as-of", "newest", "--json").exit_code in (cli.READY, cli.NOT_READY)
    config.write_text(drafted + "# mine\n", encoding="utf-8")
    result = vafa("init", tmp_path)
    assert result.exit_code == cli.CANNOT
    assert "already there" in result.stderr
    assert config.read_text(encoding="utf-8").endswith("# mine\n")
    assert vafa("init", tmp_path, "--force").exit_code == 0
    assert config.read_text(encoding="utf-8") == drafted


def test_init_of_nothing(tmp_path: Path) -> None:
    for folder in (tmp_path / "nowhere", tmp_path):
        result = vafa("init", folder)
        assert result.exit_code == cli.CANNOT
        assert result.stderr.startswith("vafa: ")
        assert "Traceback" not in result.stderr
    assert list(tmp_path.iterdir()) == []


# One run at a time, stopped by hand, and what nobody foresaw


def test_two_runs_at_once(copied: Night) -> None:
    with alone(copied.settings.out):
        result = vafa("check", "--config", copied.config, "--json")
    assert result.exit_code == cli.CANNOT
    assert "is at work in" in only_json(result)["error"]
    assert vafa("check", "--config", copied.config, "--json").exit_code == cli.READY


def test_what_a_killed_run_left_is_cleared_away(copied: Night) -> None:
    out = copied.settings.out
    (out / "scores" / ".2025-07-01_inactivity.123.partial").mkdir()
    (out / "work" / ".readiness.json.123.partial").write_text("{")
    kept = out / "work" / ".mine.partial"
    kept.write_text("not ours")
    with alone(out):
        assert [path.name for path in out.rglob(".*.partial")] == [".mine.partial"]
        assert (out / LOCK).is_file()


def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def fail(*_: object, **__: object) -> None:
        print("a library that prints")
        raise error

    monkeypatch.setattr(stages, "check", fail)


@pytest.mark.parametrize(
    ("stop", "code"), [(KeyboardInterrupt(), cli.STOPPED), (SystemExit(cli.TERMINATED), cli.TERMINATED)]
)
def test_stopped_by_hand_or_by_the_scheduler(
    copied: Night, monkeypatch: pytest.MonkeyPatch, stop: BaseException, code: int
) -> None:
    failing(monkeypatch, stop)
    result = vafa("check", "--config", copied.config)
    assert result.exit_code == code
    assert result.stderr.endswith("vafa: stopped; the last good list stands\n")


def test_what_nobody_foresaw_is_not_taken_for_data_that_are_not_ready(
    copied: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, ZeroDivisionError("by zero"))
    result = vafa("check", "--config", copied.config, "--json")
    assert result.exit_code == cli.CANNOT
    assert only_json(result)["error"] == "this was not foreseen (ZeroDivisionError); the last good list stands"
    assert "Traceback" in result.stderr
    assert "a library that prints" in result.stderr, "not on standard output"


# Through the flows


@pytest.mark.flow
def test_scoring_before_any_training_says_so_and_leaves_nothing_half(tmp_path: Path, prefect_records: None) -> None:
    config = write_company(tmp_path)
    assert vafa("check", "--config", config).exit_code == cli.READY
    result = vafa("score", "--config", config, "--json")
    assert result.exit_code == cli.CANNOT
    assert only_json(result)["error"] == "there is no champion of vafa-inactivity yet: run vafa train first"
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "out" / "lists").exists()
    assert not (tmp_path / "out" / "scores").exists()


@pytest.mark.flow
def test_the_night_in_two_words(copied: Night, prefect_records: None) -> None:
    result = vafa("nightly", "--config", copied.config)
    assert result.exit_code == 0, result.stderr
    first = pd.read_parquet(copied.listed.folder / "list.parquet").iloc[0]
    assert first.customer_id in result.stdout
    assert first.reason_1 in result.stdout
    assert "(the same list was already published)" in result.stdout.replace("\n", " ")
    assert max(len(line) for line in result.stdout.splitlines() if "/" not in line) <= 80
    steps = [line.split(" s  ")[1] for line in result.stderr.splitlines() if " s  " in line]
    assert "making the list" in steps
    assert len(steps) == len(set(steps)), "each line is shown once"
    result = vafa("nightly", "--config", copied.config, "--json")
    assert only_json(result)["listed"] == 25
    assert result.stderr == ""


@pytest.mark.flow
def test_a_list_without_parquet_is_shown_too(copied: Night, prefect_records: None) -> None:
    text = copied.config.read_text(encoding="utf-8").replace("[outreach]", '[outreach]\nsinks = ["csv"]')
    copied.config.write_text(text.replace("capacity = 25", "capacity = 5"), encoding="utf-8")
    result = vafa("publish", "--config", copied.config)
    assert result.exit_code == 0, result.stderr
    assert "5 of" in result.stdout


@pytest.mark.flow
def test_a_refused_training_ends_with_1(copied: Night, judged: Callable[..., None], prefect_records: None) -> None:
    judged(grade="refused", says="nothing beats calling at random")
    result = vafa("train", "--config", copied.config, "--json")
    assert result.exit_code == cli.NOT_READY
    document = only_json(result)
    assert document.pop("error").startswith("nothing beats calling at random. How it was judged is shown in ")
    assert document == {"exit_code": cli.NOT_READY}
    assert "Traceback" not in result.stderr


@pytest.mark.flow
def test_a_night_that_is_not_ready_ends_with_1_and_shows_why(copied: Night, prefect_records: None) -> None:
    baskets()[::2].to_parquet(copied.config.parent / "baskets.parquet", index=False)
    pointer = (copied.settings.lists / "current.json").read_bytes()
    result = vafa("nightly", "--config", copied.config)
    assert result.exit_code == cli.NOT_READY
    assert "fewer rows than at the last good check" in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
    result = vafa("nightly", "--config", copied.config, "--json")
    assert result.exit_code == cli.NOT_READY
    assert only_json(result)["readiness"]["ready"] is False
    assert (copied.settings.lists / "current.json").read_bytes() == pointer
    assert (copied.listed.folder / "list.csv").read_bytes() == copied.csv


@pytest.mark.flow
def test_demo_adds_the_seconds(copied: Night, monkeypatch: pytest.MonkeyPatch, prefect_records: None) -> None:
    """The demo's own company takes a minute; the small one stands in for it, its champion already trained."""
    from pipelines import train_models
    from pipelines.settings import load_settings

    monkeypatch.setattr(
        "pipelines.settings.load_settings", lambda _, out=None, target=None: load_settings(copied.config, out=out)
    )
    trained = {"grade": "A", "seconds_by_stage": {"features": 1.0, "judging": 2.0}}
    monkeypatch.setattr(train_models, "train_models", lambda *_: [trained])
    result = vafa("demo", "--out", copied.settings.out, "--json")
    assert result.exit_code == 0, result.stderr
    summary = only_json(result)
    assert list(summary["seconds_by_stage"]) == ["features", "judging", "check", "score", "publish"]
    assert summary["seconds"] > 0
    assert json.loads((copied.settings.out / "summary.json").read_text(encoding="utf-8")) == summary
