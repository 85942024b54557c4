"""What a run tells, it tells without naming a customer; and it tells nothing to anybody outside."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines import cli, stages
from pipelines.settings import load_settings
from tests.pipelines.company import MARK, baskets, customer, people, write_company
from tests.pipelines.conftest import Night

ROOT = Path(__file__).parents[2]
SWITCHES = {
    "DO_NOT_TRACK": "true",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
}


class Everything(logging.Handler):
    """Keeps what any logger says, ours and the libraries'."""

    def __init__(self) -> None:
        super().__init__(level=logging.DEBUG)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(f"{record.getMessage()} {record.exc_info or ''}")


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Everything:
    handler = Everything()
    for name in ("", "vafa", "prefect", "mlflow"):
        monkeypatch.setattr(logging.getLogger(name), "handlers", [*logging.getLogger(name).handlers, handler])
    monkeypatch.setattr(logging.getLogger("vafa"), "level", logging.DEBUG)
    return handler


def broken(folder: Path) -> Path:
    """The company with everything wrong that a row can have, each in a row of a marked customer."""
    orders = baskets()
    text = orders.astype("str")
    text.loc[0, "amount"] = "twenty"
    text.loc[1, "amount"] = "-5"
    text.loc[2, "happened_at"] = "yesterday"
    text.loc[3, "customer_id"] = f"{MARK}-nobody"
    text.loc[4, "order_id"] = text.loc[5, "order_id"]
    text.loc[6, "currency"] = "EURO"
    config = write_company(folder, orders=text)
    strange = people()
    strange.loc[7, "contact_allowed"] = "maybe"
    strange.loc[8, "joined_at"] = "once"
    strange.to_csv(folder / "people.csv", index=False)
    return config


def test_the_readiness_report_names_nobody(tmp_path: Path, heard: Everything) -> None:
    config = broken(tmp_path)
    readiness = stages.check(load_settings(config))
    assert len(readiness.findings) >= 5, "the rows were meant to be found"
    work = tmp_path / "out" / "work"
    for told in ("readiness.md", "readiness.json"):
        text = (work / told).read_text(encoding="utf-8")
        assert MARK not in text
        assert customer(3) not in text
    assert MARK not in "\n".join(heard.said)
    for words in (["--json"], []):
        result = CliRunner().invoke(cli.app, ["check", "--config", str(config), *words])
        assert MARK not in result.output


def test_a_run_tells_of_nobody(copied: Night, heard: Everything) -> None:
    stages.ensure_ready(copied.settings)
    stages.score_night(copied.settings)
    stages.publish_night(copied.settings)
    assert any("publishing" in line for line in heard.said)
    assert MARK not in "\n".join(heard.said)


def test_a_rows_value_is_not_in_the_text_of_an_error(copied: Night, heard: Everything) -> None:
    """Rows of a file that is no CSV, and a select that fails on a value."""
    (copied.config.parent / "people.csv").write_text(f'customer_id,joined_at\n"{customer(1)},2024-01-01\n')
    result = CliRunner().invoke(cli.app, ["check", "--config", str(copied.config)])
    assert result.exit_code in (cli.NOT_READY, cli.CANNOT)
    assert MARK not in result.output
    people().to_csv(copied.config.parent / "people.csv", index=False)
    text = copied.config.read_text(encoding="utf-8").replace(
        'source = "people"', 'sql = "select cast(customer_id as integer) as customer_id, joined_at from people"'
    )
    copied.config.write_text(text, encoding="utf-8")
    result = CliRunner().invoke(cli.app, ["check", "--config", str(copied.config)])
    assert result.exit_code == cli.CANNOT
    assert "Traceback" not in result.output
    assert MARK not in result.output
    assert MARK not in "\n".join(heard.said)


@pytest.mark.flow
def test_prefects_records_name_nobody(copied: Night, prefect_records: None) -> None:
    from tests.pipelines.test_flows import records, said

    result = CliRunner().invoke(cli.app, ["nightly", "--config", str(copied.config), "--json"])
    assert result.exit_code == 0, result.stderr
    assert MARK not in result.stderr
    assert MARK not in said()
    assert MARK not in str(records())


def test_mlflow_keeps_no_customer(night: Night) -> None:
    texts = [path.read_bytes() for path in (night.settings.out / "mlflow").rglob("*") if path.is_file()]
    assert len(texts) > 5
    assert not any(MARK.encode() in text for text in texts)


@pytest.mark.parametrize("door", ["pipelines.cli", "pipelines.run_nightly"])
def test_nothing_phones_home_whichever_door_is_taken(door: str) -> None:
    """The switches are set before the libraries read them, on a machine that sets none."""
    script = f"""
import os, sys
for name in {tuple(SWITCHES)}: os.environ.pop(name, None)
import builtins
real, seen = builtins.__import__, {{}}
def watched(name, *rest, **named):
    if name.split(".")[0] in ("prefect", "mlflow") and name.split(".")[0] not in seen:
        seen[name.split(".")[0]] = {{switch: os.environ.get(switch) for switch in {tuple(SWITCHES)}}}
    return real(name, *rest, **named)
builtins.__import__ = watched
import {door}
print({{switch: os.environ.get(switch) for switch in {tuple(SWITCHES)}}} == {SWITCHES})
print(all(values == {SWITCHES} for values in seen.values()))
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True"]
