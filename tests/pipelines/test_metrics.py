"""`vafa metrics`: from the tables of the last check to the page, the JSON and the screen, with its exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from contract.readiness import CannotRead
from pipelines import cli, stages
from pipelines.lock import alone
from pipelines.settings import load_settings
from tests.pipelines.company import NEWEST, VAFA_TOML, write_company


def vafa(*words: str | Path) -> Result:
    return CliRunner().invoke(cli.app, [str(word) for word in words])


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small company of orders alone, checked."""
    written = write_company(tmp_path_factory.mktemp("company"))
    assert stages.check(load_settings(written)).ready
    return written


def test_page_json_and_screen(config: Path) -> None:
    done = vafa("metrics", "--config", config, "--months", 6)
    assert done.exit_code == cli.READY, done.stderr
    assert "June 2025" in done.stdout
    assert "Without the table subscriptions these are not measured" in done.stdout.replace("\n", " ")
    assert max(map(len, done.stdout.split("\n\nThe page")[0].splitlines())) <= 80
    out = config.parent / "out"
    told = json.loads((out / "metrics.json").read_text(encoding="utf-8"))
    assert (told["company"], told["as_of"], told["last_month"]) == ("Small Company", NEWEST.isoformat(), "2025-06")
    assert len(told["months"]) == 6
    assert set(told["metrics"]) == {"retention", "churn", "newcomers"}
    assert {part["part"] for part in told["metrics"]["churn"]["parts"]["segment"]} == {"small", "large"}
    assert "<h1" in (out / "metrics.html").read_text(encoding="utf-8")


def test_json_is_one_document_and_the_same_as_the_file(config: Path) -> None:
    done = vafa("metrics", "--config", config, "--json")
    assert done.exit_code == cli.READY
    assert json.loads(done.stdout) == json.loads((config.parent / "out" / "metrics.json").read_text(encoding="utf-8"))
    assert len(json.loads(done.stdout)["months"]) == 12


def test_an_earlier_day_knows_less_and_a_later_one_is_refused(config: Path) -> None:
    done = vafa("metrics", "--config", config, "--as-of", "2025-05-10", "--json")
    told = json.loads(done.stdout)
    assert (told["last_month"], told["months"][-1]["is_over"]) == ("2025-04", False)
    later = vafa("metrics", "--config", config, "--as-of", "2025-08-01")
    assert later.exit_code == cli.NOT_READY
    assert "run vafa check --as-of 2025-08-01 first" in later.stderr


def test_persian_companies_count_in_jalali_months(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAFA_COMPANY__LANGUAGE", "fa")
    done = vafa("metrics", "--config", config, "--json", "--months", 2)
    told = json.loads(done.stdout)
    # 1 July 2025 is 10 Tir 1404.
    assert (told["calendar"], told["last_month"]) == ("jalali", "1404-03")
    assert 'dir="rtl"' in (config.parent / "out" / "metrics.html").read_text(encoding="utf-8")
    monkeypatch.setenv("VAFA_COMPANY__CALENDAR", "gregorian")
    told = json.loads(vafa("metrics", "--config", config, "--json", "--months", 2).stdout)
    assert told["last_month"] == "2025-06"


def test_without_a_check_there_is_nothing_to_measure(tmp_path: Path) -> None:
    written = write_company(tmp_path)
    done = vafa("metrics", "--config", written, "--json")
    assert done.exit_code == cli.CANNOT
    assert "run vafa check first" in json.loads(done.stdout)["error"]
    with pytest.raises(CannotRead):
        stages.measure_metrics(load_settings(written), months=12)


def test_two_runs_at_once_are_one_too_many(config: Path) -> None:
    with alone(load_settings(config).out):
        done = vafa("metrics", "--config", config)
    assert done.exit_code == cli.CANNOT
    assert "another run" in done.stderr


def test_a_calendar_that_is_not_known_is_told(tmp_path: Path) -> None:
    config = write_company(tmp_path, toml=VAFA_TOML.replace('currency = "EUR"', 'calendar = "lunar"'))
    done = vafa("metrics", "--config", config)
    assert done.exit_code == cli.CANNOT
    assert "company.calendar" in done.stderr
    assert "gregorian" in done.stderr
