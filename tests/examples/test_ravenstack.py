"""The negative control: a company with broken dates is told so, row for row, and nothing is learned from it.

The data are not in this repository. A small company with the same defects is drawn here; the real files are read where
RAVENSTACK names their folder: RAVENSTACK=/somewhere/ravenstack .venv/bin/python -m pytest tests/examples
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from contract.readiness import Finding, Readiness
from pipelines import stages
from pipelines.settings import load_settings
from reports.readiness import how_many, to_markdown
from tests.drawn import drawn

CONFIG = Path(__file__).parents[2] / "examples" / "ravenstack" / "vafa.toml"
FILES = ("accounts", "subscriptions", "feature_usage", "support_tickets")

DRAWN = {
    "accounts": """
        account_id | industry | signup_date
        A-ann      | EdTech   | 2024-03-01
        A-ben      | FinTech  | 2024-06-01
    """,
    "subscriptions": """
        subscription_id | account_id | start_date | end_date   | plan_tier | mrr_amount
        S-1             | A-ann      | 2024-04-01 | 2024-07-15 | Basic     | 19
        S-2             | A-ann      | 2024-08-01 |            | Pro       | 49
        S-3             | A-ben      | 2024-06-01 |            | Pro       | 49
    """,
    # Of eight rows six lie before their subscription, three of them before the account; the last is after an end.
    "feature_usage": """
        usage_id | subscription_id | usage_date | feature_name | usage_count
        U-1      | S-3             | 2024-06-01 | feature_1    | 3
        U-2      | S-1             | 2024-02-29 | feature_1    | 5
        U-3      | S-1             | 2024-03-01 | feature_2    | 1
        U-4      | S-2             | 2024-03-31 | feature_1    | 2
        U-5      | S-2             | 2024-07-31 | feature_1    | 2
        U-6      | S-3             | 2024-05-31 | feature_3    | 7
        U-7      | S-3             | 2023-12-24 | feature_1    | 1
        U-8      | S-1             | 2024-12-30 | feature_1    | 4
    """,
    "support_tickets": """
        ticket_id | account_id | submitted_at | closed_at
        T-1       | A-ann      | 2024-02-10   | 2024-02-11
        T-2       | A-ann      | 2024-03-01   | 2024-03-01
        T-3       | A-ben      | 2024-01-01   | 2024-01-03
        T-4       | A-ben      | 2024-12-30   | 2024-12-31
    """,
}


def given(folder: Path) -> dict[str, str]:
    """The variables that say where the files lie."""
    return {f"VAFA_SOURCES__{name.upper()}__PATH": str(folder / f"{name}.csv") for name in FILES}


def check(folder: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> Readiness:
    for name, value in given(folder).items():
        monkeypatch.setenv(name, value)
    return stages.check(load_settings(CONFIG, out=out))


def finding(readiness: Readiness, table: str, problem: str) -> Finding:
    (found,) = [f for f in readiness.findings if (f.table, f.problem) == (table, problem)]
    return found


@pytest.fixture
def company(tmp_path: Path) -> Path:
    for name, text in DRAWN.items():
        drawn(text).to_csv(tmp_path / f"{name}.csv", index=False)
    return tmp_path


def test_rows_before_their_subscription_and_their_customer_are_named(
    company: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readiness = check(company, tmp_path / "out", monkeypatch)
    shown = {
        (f.table, f.column, f.problem): (how_many(f), f.example, f.severity)
        for f in readiness.findings
        if f.table != "subscriptions"
    }
    assert shown == {
        ("usage", "happened_at", "before its customer joined"): (
            "3 of 8 rows (37.5%)",
            "row 2: it is of 2024-02-29, and customers.joined_at is 2024-03-01",
            "stop",
        ),
        ("usage", "happened_at", "before its subscription began"): (
            "6 of 8 rows (75.0%)",
            "row 2: it is of 2024-02-29, and subscriptions.started_at of 'S-1' is 2024-04-01",
            "stop",
        ),
        ("usage", None, "more bad rows than tolerated (1.0%)"): ("6 of 8 rows (75.0%)", None, "stop"),
        ("contacts", "happened_at", "before its customer joined"): (
            "2 of 4 rows (50.0%)",
            "row 1: it is of 2024-02-10, and customers.joined_at is 2024-03-01",
            "stop",
        ),
        ("contacts", None, "more bad rows than tolerated (1.0%)"): ("2 of 4 rows (50.0%)", None, "stop"),
    }
    assert {t.table: (t.rows_read, t.rows_clean, t.rows_quarantined) for t in readiness.tables} == {
        "customers": (2, 2, 0),
        "subscriptions": (3, 3, 0),
        "usage": (8, 2, 6),
        "contacts": (4, 2, 2),
    }
    told = to_markdown(readiness)
    assert "may be the date of a migration" in told
    assert "A-ann" not in told


def test_nothing_is_learned_from_them(company: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check(company, tmp_path / "out", monkeypatch)
    settings = load_settings(CONFIG, out=tmp_path / "out")
    with pytest.raises(stages.NotReady):
        stages.ensure_ready(settings)
    for stage in (stages.train, stages.score_night):
        with pytest.raises(stages.NotReady, match="run vafa check and read what it says"):
            stage(settings)
    assert not settings.lists.exists()


def test_a_company_with_its_dates_in_order_has_nothing_to_be_told(
    company: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control's control: the same mapping, and only the broken rows away."""
    for name, sound in {"feature_usage": ["U-1", "U-8"], "support_tickets": ["T-2", "T-4"]}.items():
        rows = pd.read_csv(company / f"{name}.csv")
        rows[rows.iloc[:, 0].isin(sound)].to_csv(company / f"{name}.csv", index=False)
    readiness = check(company, tmp_path / "out", monkeypatch)
    assert [f for f in readiness.findings if f.table in ("usage", "contacts")] == []
    assert not [f for f in readiness.findings if f.severity == "stop"]


REAL = Path(os.environ.get("RAVENSTACK", "nowhere"))


@pytest.mark.flow
@pytest.mark.skipif(
    not REAL.is_dir(),
    reason="set RAVENSTACK to the folder of your own copy of the RavenStack SaaS dataset (five CSV files)",
)
def test_the_real_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = REAL.resolve()
    out = tmp_path / "out"
    readiness = check(folder, out, monkeypatch)
    usage = finding(readiness, "usage", "before its subscription began")
    contacts = finding(readiness, "contacts", "before its customer joined")
    # Counted a second time by plain SQL over the files.
    assert (usage.rows, usage.of_rows) == counted(
        folder, "feature_usage join subscriptions using (subscription_id)", "usage_date < start_date"
    )
    assert (contacts.rows, contacts.of_rows) == counted(
        folder, "support_tickets join accounts using (account_id)", "submitted_at < signup_date"
    )
    assert how_many(usage) == "19,142 of 25,000 rows (76.6%)"
    assert (contacts.rows, contacts.share) == (1077, 0.5385)
    assert (usage.severity, contacts.severity) == ("stop", "stop")
    assert usage.example is not None
    assert contacts.example is not None

    for verb in ("train", "nightly"):
        done = vafa(verb, out)
        assert done.returncode == 1, done.stderr
        answer = json.loads(done.stdout)
        told = [f["problem"] for f in answer["readiness"]["findings"] if f["severity"] == "stop"]
        assert {"before its subscription began", "before its customer joined"} <= set(told)
    assert not (out / "lists").exists()
    assert not (out / "scores").exists()


def counted(folder: Path, rows: str, broken: str) -> tuple[int, int]:
    with duckdb.connect() as connection:
        for name in FILES:
            connection.execute(f"CREATE VIEW {name} AS FROM '{folder / name}.csv'")
        found = connection.execute(f"SELECT count(*) FILTER ({broken}), count(*) FROM {rows}").fetchall()
    return found[0]


def vafa(verb: str, out: Path) -> subprocess.CompletedProcess[str]:
    """The command as a schedule runs it, with Prefect's records in a folder of the test."""
    command = [Path(sys.executable).parent / "vafa", verb, "--config", CONFIG, "--out", out, "--json"]
    environment = {**os.environ, "PREFECT_HOME": str(out / "prefect")}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)
