"""The stages end to end on the small company: what lies where afterwards, and what is refused."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from contract.readiness import CannotRead
from models import tracking
from models.leaks import LeakResult
from models.score import CannotScore
from pipelines import stages
from pipelines.settings import load_settings
from tests.pipelines.company import (
    CUSTOMERS,
    NEWEST,
    VAFA_TOML,
    baskets,
    customer,
    may_be_called,
    may_be_profiled,
    people,
    write_company,
)
from tests.pipelines.conftest import Night

AS_OF = NEWEST.isoformat()
#: What a summary is promised to say.
PROMISED = {
    "as_of": str,
    "target": str,
    "customers_scored": int,
    "listed": int,
    "base_rate": float,
    "champion": str,
    "auroc": float,
    "auroc_ci": list,
    "best_baseline": str,
    "best_baseline_auroc": float,
    "auroc_gain_ci": list,
    "lift_at_k": float,
    "lift_at_k_ci": list,
    "brier": float,
    "ece": float,
    "grade": str,
}


def list_of(folder: Path) -> pd.DataFrame:
    return pd.read_parquet(folder / "list.parquet")


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every published file by name: what must stay as it was."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


# What lies where


def test_the_check_leaves_its_report(night: Night) -> None:
    work = night.settings.out / "work"
    report = json.loads((work / "readiness.json").read_text(encoding="utf-8"))
    assert report["ready"] is True
    assert report["as_of"] == AS_OF
    assert {row["table"]: row["rows_clean"] for row in report["tables"]} == {
        "customers": CUSTOMERS,
        "orders": len(baskets()),
    }
    assert report["targets"][0]["enough"] is True
    assert "Ready" in (work / "readiness.md").read_text(encoding="utf-8")


def test_the_model_beats_the_rules_that_the_company_was_made_to_fool(night: Night) -> None:
    assert night.trained.grade in ("A", "B")
    assert night.trained.champion == "Vafa"
    assert all(part in night.trained.seconds for part in ("features", "leak test", "judging", "fitting", "keeping"))


def test_mlflow_has_the_run_and_the_champion(night: Night) -> None:
    import mlflow

    kept = tracking.champion(stages.store_of(night.settings), "vafa-inactivity")
    assert (kept.version, kept.run_id) == (1, night.trained.run_id)
    run = mlflow.get_run(night.trained.run_id)
    assert run.data.params["grade"] == night.trained.grade
    assert run.data.params["target.horizon_days"] == "28"
    assert run.data.metrics["Vafa.auroc"] == pytest.approx(night.listed.summary["auroc"])
    documents = {file.path for file in mlflow.MlflowClient().list_artifacts(run.info.run_id)}
    assert {"judgement.json", "readiness.json"} <= documents


def test_the_list_lies_in_every_file_that_was_asked_for(night: Night) -> None:
    folder = night.listed.folder
    assert night.listed.is_new
    assert night.listed.is_current
    assert {path.name for path in folder.iterdir()} == {
        "list.csv",
        "list.xlsx",
        "list.parquet",
        "manifest.json",
        "report.html",
    }
    assert json.loads((night.settings.lists / "current.json").read_text()) == {"inactivity": folder.name}
    read = {
        "parquet": list_of(folder),
        "csv": pd.read_csv(io.BytesIO(night.csv)),
        "xlsx": pd.DataFrame(openpyxl.load_workbook(folder / "list.xlsx").active.values),
    }
    listed = read["parquet"]
    assert len(listed) == 25
    assert listed["rank"].tolist() == list(range(1, 26))
    assert listed.priority.is_monotonic_decreasing
    assert listed.probability.between(0, 1).all()
    assert (listed.reason_1 != "").all()
    assert (listed.due_on == NEWEST).all()
    assert read["csv"].customer_id.tolist() == listed.customer_id.tolist()
    assert read["xlsx"].iloc[1:, 1].tolist() == listed.customer_id.tolist()


def test_the_summary_says_what_machines_were_promised(night: Night) -> None:
    summary = json.loads((night.settings.out / "summary.json").read_text(encoding="utf-8"))
    assert {key: type(summary[key]) for key in PROMISED} == PROMISED
    assert summary["as_of"] == AS_OF
    assert summary["target"] == "inactivity"
    assert summary["listed"] == 25
    assert summary["grade"] == night.trained.grade
    assert summary["auroc_ci"][0] <= summary["auroc"] <= summary["auroc_ci"][1]
    assert summary["auroc_gain_ci"][0] > 0, "grade A and B are won by this"
    assert summary["best_baseline"] in ("recency", "own past rate", "five-feature logistic")
    assert (summary["run_id"], summary["model_version"]) == (night.trained.run_id, 1)


def test_the_page_shows_the_first_customer(night: Night) -> None:
    first = list_of(night.listed.folder).customer_id.iloc[0]
    for page in (night.settings.out / "report.html", night.listed.folder / "report.html"):
        assert first in page.read_text(encoding="utf-8")


def test_who_may_not_be_called_is_not_listed_and_who_may_not_be_profiled_is_not_scored(night: Night) -> None:
    scored = pd.read_parquet(stages.score_folder(night.settings, NEWEST) / "scores.parquet")
    no_calls = {customer(number) for number in range(CUSTOMERS) if not may_be_called(number)}
    no_profile = {customer(number) for number in range(CUSTOMERS) if not may_be_profiled(number)}
    assert not no_profile & set(scored.customer_id)
    assert no_calls & set(scored.customer_id), "they are scored"
    assert not no_calls & set(list_of(night.listed.folder).customer_id)
    assert not no_profile & set(night.rows.frame.customer_id), "nor learned from"


# Again, late, and after changes


def test_a_night_run_twice_gives_the_same_list_and_no_second_version(copied: Night) -> None:
    stages.ensure_ready(copied.settings)
    stages.score_night(copied.settings)
    again = stages.publish_night(copied.settings)
    assert not again.is_new
    assert again.folder == copied.listed.folder
    assert (again.folder / "list.csv").read_bytes() == copied.csv
    assert [path.name for path in copied.settings.lists.glob("*_v*")] == [again.folder.name]


def test_a_late_run_for_an_earlier_day_leaves_the_current_list(copied: Night) -> None:
    before = {name: (copied.settings.out / name).read_bytes() for name in ("report.html", "summary.json")}
    stages.score_night(copied.settings, as_of="2025-06-20")
    late = stages.publish_night(copied.settings, as_of="2025-06-20")
    assert late.is_new
    assert not late.is_current
    assert late.summary["as_of"] == "2025-06-20"
    assert json.loads((copied.settings.lists / "current.json").read_text()) == {"inactivity": copied.listed.folder.name}
    assert {name: (copied.settings.out / name).read_bytes() for name in before} == before


def test_scores_of_another_day_are_not_published(copied: Night) -> None:
    with pytest.raises(stages.NoScores, match="no scores for 2025-06-20 yet: run vafa score first"):
        stages.publish_night(copied.settings, as_of="2025-06-20")


def test_a_day_later_than_the_check_is_refused(copied: Night) -> None:
    for stage in (stages.score_night, stages.train, stages.publish_night):
        with pytest.raises(stages.NotReady, match="checked for 2025-07-01, and 2025-07-09 is later: run vafa check"):
            stage(copied.settings, as_of="2025-07-09")


def test_scores_of_other_tables_are_not_published(copied: Night) -> None:
    """Nobody may be called any more: the old scores are refused, and the new list is empty, with its page."""
    people().assign(contact_allowed="false").to_csv(copied.config.parent / "people.csv", index=False)
    orders = baskets()
    orders[orders.happened_at < "2025-06-30 12:00"].to_parquet(copied.config.parent / "baskets.parquet", index=False)
    stages.ensure_ready(copied.settings)
    with pytest.raises(stages.NoScores, match="checked again since 2025-07-01 was scored, and differ"):
        stages.publish_night(copied.settings)
    stages.score_night(copied.settings)
    empty = stages.publish_night(copied.settings)
    assert (empty.summary["listed"], empty.summary["target"]) == (0, "inactivity")
    assert empty.is_new
    assert len(list_of(empty.folder)) == 0
    assert "customer" in (copied.settings.out / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("[target]\nhorizon_days = 35", r"target\.horizon_days = 28 then and 35 now"),
        ("[target]\ngap_days = 2", r"target\.gap_days = 1 then and 2 now"),
    ],
)
def test_a_champion_of_another_target_is_refused(copied: Night, change: str, says: str) -> None:
    copied.config.write_text(copied.config.read_text(encoding="utf-8") + change, encoding="utf-8")
    settings = load_settings(copied.config)
    before = snapshot(settings.lists)
    with pytest.raises(CannotScore, match=says) as told:
        stages.score_night(settings)
    assert "run vafa train" in str(told.value)
    with pytest.raises(stages.NoScores, match=says):
        stages.publish_night(settings)
    assert snapshot(settings.lists) == before


def test_a_label_delay_is_no_other_target(copied: Night) -> None:
    copied.config.write_text(copied.config.read_text(encoding="utf-8") + "[target]\ndelay_days = 3", encoding="utf-8")
    assert stages.score_night(load_settings(copied.config)).is_dir()


def test_before_any_check_or_training(tmp_path: Path) -> None:
    settings = load_settings(write_company(tmp_path))
    for stage in (stages.train, stages.score_night, stages.publish_night):
        with pytest.raises(CannotRead, match="run vafa check first"):
            stage(settings)
    stages.ensure_ready(settings)
    with pytest.raises(tracking.NoChampion, match="no champion of vafa-inactivity yet: run vafa train first"):
        stages.score_night(settings)
    assert not settings.scores.exists()
    assert not settings.lists.exists()


# The judge's other words


def test_grade_c_publishes_the_rule_and_claims_no_probability(copied: Night, judged: Callable[..., None]) -> None:
    from rich.console import Console

    from pipelines import screen

    judged(grade="C", best_rule="recency", says="no better than recency")
    trained = stages.train(copied.settings)
    assert (trained.grade, trained.champion, trained.version) == ("C", "recency", 2)
    folder = stages.score_night(copied.settings)
    assert pd.read_parquet(folder / "scores.parquet").probability.isna().all()
    listed = stages.publish_night(copied.settings)
    rows = list_of(listed.folder)
    assert rows.probability.isna().all()
    assert rows.priority.isna().all()
    assert (rows.reason_1 != "").any()
    quiet = pd.read_parquet(folder / "matrix.parquet").set_index("customer_id").days_since_last_activity
    assert quiet.loc[rows.customer_id].is_monotonic_decreasing, "the rule orders the list"
    csv = pd.read_csv(listed.folder / "list.csv", encoding="utf-8-sig")
    assert csv.probability.isna().all()
    sheet = pd.DataFrame(openpyxl.load_workbook(listed.folder / "list.xlsx").active.values)
    assert sheet.iloc[1:, list(sheet.iloc[0]).index("probability")].isna().all()
    assert (listed.summary["grade"], listed.summary["champion"]) == ("C", "recency")
    assert listed.summary["brier"] is None
    assert rows.customer_id.iloc[0] in (copied.settings.out / "report.html").read_text(encoding="utf-8")
    shown = Console(record=True, width=80, file=io.StringIO())
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(screen, "Console", lambda **_: shown)
        screen.show_list(
            copied.settings,
            {**listed.summary, "folder": str(listed.folder), "is_new": True, "is_current": True},
        )
    text = shown.export_text()
    assert rows.customer_id.iloc[0] in text
    assert "risk" not in text


def test_refused_keeps_the_run_and_the_champion_and_publishes_nothing(
    copied: Night, judged: Callable[..., None]
) -> None:
    import mlflow

    before = snapshot(copied.settings.lists)
    judged(grade="refused", says="nothing beats calling at random")
    with pytest.raises(stages.Refused, match="nothing beats calling at random"):
        stages.train(copied.settings)
    assert tracking.champion(stages.store_of(copied.settings), "vafa-inactivity").version == 1
    newest = mlflow.search_runs(experiment_names=["vafa"], order_by=["start_time desc"]).iloc[0]
    assert newest["params.grade"] == "refused"
    assert snapshot(copied.settings.lists) == before


def test_a_leak_refuses_a_good_model(copied: Night, judged: Callable[..., None]) -> None:
    judged(grade="A", leak="orders_last_28d differs in 3 rows")
    with pytest.raises(stages.Refused, match="future removed: orders_last_28d differs in 3 rows"):
        stages.train(copied.settings)
    assert tracking.champion(stages.store_of(copied.settings), "vafa-inactivity").version == 1


def test_a_feature_that_follows_the_company_refuses_a_good_model(
    copied: Night, judged: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    judged(grade="A")
    follows = LeakResult(test="campaigns of the company added", passed=False, says="mails_last_28d moved")
    monkeypatch.setattr(stages, "multiply_acts", lambda *_, **__: (follows,))
    with pytest.raises(stages.Refused, match="campaigns of the company added: mails_last_28d moved"):
        stages.train(copied.settings)
    assert tracking.champion(stages.store_of(copied.settings), "vafa-inactivity").version == 1


# Not ready


def test_a_night_that_is_not_ready_publishes_nothing(copied: Night) -> None:
    """Half of the orders are missing: a load did not come."""
    before = snapshot(copied.settings.lists)
    orders = baskets()
    orders[::2].to_parquet(copied.config.parent / "baskets.parquet", index=False)
    with pytest.raises(stages.NotReady) as told:
        stages.ensure_ready(copied.settings)
    assert told.value.readiness is not None
    assert told.value.readiness.findings[0].problem == "fewer rows than at the last good check"
    for stage in (stages.train, stages.score_night, stages.publish_night):
        with pytest.raises(stages.NotReady, match="run vafa check"):
            stage(copied.settings)
    assert snapshot(copied.settings.lists) == before


def test_a_small_company_gets_a_rule_and_no_probabilities(tmp_path: Path) -> None:
    """Eighty customers: there cannot be fifty who left in time to be learned from."""
    orders = baskets()
    few = orders[orders.customer_id < customer(80)]
    settings = load_settings(write_company(tmp_path, orders=few))
    readiness = stages.check(settings)
    assert readiness.ready
    (target,) = readiness.targets
    assert 0 < target.rarer_class_customers < 50
    assert "the list will follow a simple rule and claim no probabilities" in target.says
    trained = stages.train(settings)
    assert trained.grade == "C"
    assert trained.champion == "recency"
    assert f"only {target.rarer_class_customers} different customers of the rarer class" in trained.says
    assert "brier" not in trained.judgement.method("Vafa").metrics
    stages.score_night(settings)
    folder = stages.publish_night(settings).folder
    listed = list_of(folder)
    assert len(listed) == 25
    assert listed.probability.isna().all()
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "<bdi>Vafa</bdi>" not in page
    assert "claims no probabilities" in page
    assert (listed.reason_1 != "").any()


def test_partial_churn_from_the_settings_to_the_list(tmp_path: Path) -> None:
    settings = load_settings(write_company(tmp_path, toml=VAFA_TOML + '\n[target]\nname = "partial_churn"\n'))
    assert stages.check(settings).ready
    trained = stages.train(settings)
    assert trained.judgement.base_rate > 0
    stages.score_night(settings)
    published = stages.publish_night(settings)
    page = (published.folder / "report.html").read_text(encoding="utf-8")
    assert "would spend half as much or less" in page
    assert "leaver" not in page


def test_labels_of_ones_own_from_the_settings_to_the_list(tmp_path: Path) -> None:
    """Who orders rarely is labelled: the labels say so, and nothing else of the labels may reach the model."""
    more = '[target]\nname = "rare"\n[sources.own]\nkind = "csv"\npath = "own.csv"\n'
    more += '[tables.labels]\nsource = "own"\ntime_zone = "Europe/Berlin"'
    orders = baskets()
    often = orders.customer_id.value_counts()
    rare = set(often[often < often.median()].index)
    days = pd.date_range("2024-09-01", periods=8, freq="35D").strftime("%Y-%m-%d")
    rows = [(who, day, "rare", int(who in rare)) for day in days for who in sorted(often.index)]
    config = write_company(tmp_path, toml=VAFA_TOML + "\n" + more)
    pd.DataFrame(rows, columns=["customer_id", "as_of", "target", "label"]).to_csv(tmp_path / "own.csv", index=False)
    settings = load_settings(config)
    readiness = stages.check(settings)
    assert readiness.ready
    assert readiness.targets[0].as_of_dates == 8
    trained = stages.train(settings)
    assert trained.judgement.method("Vafa").metrics["auroc"].value > 0.8
    stages.score_night(settings)
    listed = list_of(stages.publish_night(settings).folder)
    assert listed.customer_id.isin(rare).mean() > 0.8


def test_nobody_who_left_is_not_ready(tmp_path: Path) -> None:
    orders = baskets()
    faithful = orders[orders.customer_id == orders.customer_id.value_counts().index[0]]
    settings = load_settings(write_company(tmp_path, orders=faithful))
    readiness = stages.check(settings)
    assert not readiness.ready
    assert "none had the outcome, so there is nothing to tell apart" in readiness.targets[0].says
    for stage in (stages.train, stages.score_night):
        with pytest.raises(stages.NotReady, match="run vafa check"):
            stage(settings)


def test_too_short_a_history_is_not_ready(tmp_path: Path) -> None:
    orders = baskets()
    late = orders[orders.happened_at >= "2025-03-01"]
    readiness = stages.check(load_settings(write_company(tmp_path, orders=late)))
    assert not readiness.ready
    assert "dates with known labels, and at least 6 are needed" in readiness.targets[0].says


# Which day it is


@pytest.mark.parametrize(
    ("zone", "now", "today"),
    [
        ("Asia/Tehran", datetime(2025, 6, 30, 20, 29), date(2025, 6, 30)),
        ("Asia/Tehran", datetime(2025, 6, 30, 20, 31), date(2025, 7, 1)),
        ("America/New_York", datetime(2025, 7, 1, 3, 59), date(2025, 6, 30)),
        ("America/New_York", datetime(2025, 7, 1, 4, 0), date(2025, 7, 1)),
    ],
)
def test_today_is_the_day_of_the_business_time_zone(night: Night, zone: str, now: datetime, today: date) -> None:
    time = night.settings.time.model_copy(update={"zone": zone, "as_of": "today"})
    settings = night.settings.model_copy(update={"time": time})
    assert stages.decision_day(settings, None, now=now) == today
    assert stages.decision_day(settings, "2025-01-31", now=now) == date(2025, 1, 31)
    assert stages.decision_day(settings, "newest", now=now) is None


def test_the_future_cannot_be_decided_for(copied: Night) -> None:
    with pytest.raises(CannotRead, match="as_of 2025-07-02 lies in the future: it is 2025-07-01 in Europe/Berlin"):
        stages.check(copied.settings, as_of="2025-07-02", now=datetime(2025, 7, 1, 10))


def test_rows_of_this_very_day_do_not_make_it_tomorrow(copied: Night) -> None:
    """The newest orders are of 30 June. At noon of that day the newest midnight is the one that began it."""
    assert stages.check(copied.settings, now=datetime(2025, 6, 30, 22, 30)).as_of == AS_OF, "Berlin is two hours ahead"
    assert stages.check(copied.settings, now=datetime(2025, 6, 30, 21, 30)).as_of == "2025-06-30"


def test_a_run_inside_the_load_window_is_told(
    copied: Night, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stages.LOG, "propagate", True)
    stages.check(copied.settings, now=datetime(2025, 7, 1, 3, 59))
    assert "the load window of 2025-07-01 is still open" in caplog.text
    caplog.clear()
    stages.check(copied.settings, now=datetime(2025, 7, 1, 4, 1))
    assert "load window" not in caplog.text


# Trouble with the disk


def test_a_report_that_cannot_be_written_leaves_the_list(copied: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    before = snapshot(copied.settings.lists)
    shutil.rmtree(copied.settings.out / "work" / "spill", ignore_errors=True)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", "list.csv")

    monkeypatch.setattr(pd.DataFrame, "to_parquet", full)
    with pytest.raises(OSError, match="No space left"):
        stages.score_night(copied.settings)
    assert snapshot(copied.settings.lists) == before
