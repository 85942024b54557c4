"""Texts of the checked tables, drawn: whose they are, what tells of them, and what a night keeps."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from contract.engine import EngineLimits, connect
from pipelines import texts
from pipelines.texts import made_text_scores, texts_of
from tests.drawn import checked, rows

CONTACTS = """
    customer_id | contact_id | channel | direction | case_id | happened_at      | topic   | text
    ann         | c1         | phone   | inbound   | k1      | 2024-03-01 10:00 | billing | it is wrong again
    ann         | c2         | phone   | outbound  | k1      | 2024-03-02 10:00 |         | we call you back
    ben         | c3         | chat    | inbound   |         | 2024-03-03 10:00 |         | thanks a lot
    ben         | c4         | chat    | inbound   |         | 2024-03-03 11:00 |         |
"""
CASES = """
    customer_id | case_id | kind      | category | opened_at        | text
    ann         | k1      | complaint | billing  | 2024-03-01 10:00 | the bill is wrong
"""
SURVEYS = """
    customer_id | survey_id | kind | about | invited_at       | responded_at     | score | comment
    ann         | s1        | csat | k1    | 2024-03-04 10:00 | 2024-03-05 10:00 | 2     | never again
    ben         | s2        | ces  |       | 2024-03-04 10:00 | 2024-03-06 10:00 | 4     | easy
    ben         | s3        | nps  |       | 2024-03-04 10:00 |                  |       |
"""


def folder_of(tmp_path: Path, **tables: str) -> Path:
    checked(tmp_path, orders="customer_id | happened_at\nann | 2024-03-01", **tables)
    (newest,) = (tmp_path / "checked").glob("set-*")
    return newest


def found(folder: Path, **delays: float) -> dict[str, dict[str, Any]]:
    connection = connect(EngineLimits(memory="300MB", threads=1))
    frame = texts_of(connection, folder, delay_seconds=delays)
    return {row.pop("text_id"): row for row in rows(frame)}


def test_texts_of_customers_with_the_answer_that_tells(tmp_path: Path) -> None:
    told = found(folder_of(tmp_path, contacts=CONTACTS, cases=CASES, surveys=SURVEYS))
    assert sorted(told) == ["c1", "c3", "k1", "s1", "s2"]  # what the company said, or nobody, is no text
    answered = datetime(2024, 3, 5, 10)
    for name in ("c1", "k1", "s1"):
        assert (told[name]["unhappy"], told[name]["unhappy_known_at"]) == (1.0, answered)
    assert (told["s2"]["unhappy"], told["c3"]["unhappy"]) == (0.0, None)
    assert (told["c1"]["topic"], told["k1"]["topic"], told["c3"]["topic"]) == ("billing", "billing", None)
    # A comment came with its answer, not with the invitation.
    assert (told["s1"]["happened_at"], told["s1"]["known_at"]) == (answered, answered)


def test_an_answer_is_known_after_the_delay_of_its_source(tmp_path: Path) -> None:
    told = found(folder_of(tmp_path, cases=CASES, surveys=SURVEYS), surveys=36 * 3600.0)
    assert told["k1"]["unhappy_known_at"] == told["s1"]["known_at"] == datetime(2024, 3, 6, 22)


def test_without_surveys_texts_stand_alone_and_without_texts_there_are_none(tmp_path: Path) -> None:
    assert found(folder_of(tmp_path / "one", cases=CASES))["k1"]["unhappy"] is None
    connection = connect(EngineLimits(memory="300MB", threads=1))
    bare = folder_of(tmp_path / "other")
    assert made_text_scores(connection, bare, kept=tmp_path / "kept", delay_seconds={}, seed=1) is None


def many(days: int, *, changed: str = "") -> str:
    lines = [
        f"ann | k{day:03d} | request | {pd.Timestamp('2024-01-01') + pd.Timedelta(days=day)} | text {day} {changed}"
        for day in range(days)
    ]
    return "customer_id | case_id | kind | opened_at | text\n" + "\n".join(lines)


@pytest.mark.parametrize(("changed", "keeps"), [("", True), ("otherwise", False)])
def test_a_night_keeps_the_blocks_that_are_over_while_nothing_in_them_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: str, keeps: bool
) -> None:
    connection = connect(EngineLimits(memory="300MB", threads=1))
    since: list[datetime | None] = []
    real = texts.score_texts

    def spied(frame: pd.DataFrame, *, seed: int, since: datetime | None = None, _asked: Any = since) -> pd.DataFrame:
        _asked.append(since)
        return real(frame, seed=seed, since=since)

    monkeypatch.setattr(texts, "score_texts", spied)
    made = {}
    for name, cases in (("first", many(80)), ("second", many(81, changed=changed))):
        folder = folder_of(tmp_path / name, cases=cases)
        file = made_text_scores(connection, folder, kept=tmp_path / "kept", delay_seconds={}, seed=1)
        assert file is not None
        made[name] = pd.read_parquet(file)
    assert since[0] is None
    assert (since[1] is not None) == keeps
    assert len(made["second"]) == 81
    again = made_text_scores(
        connection,
        folder_of(tmp_path / "anew", cases=many(81, changed=changed)),
        kept=tmp_path / "other",
        delay_seconds={},
        seed=1,
    )
    assert again is not None
    pd.testing.assert_frame_equal(made["second"], pd.read_parquet(again))
