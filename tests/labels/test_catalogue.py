"""The catalogue of targets names every target file of the room."""

from __future__ import annotations

from pathlib import Path

import pytest

import labels
from labels.catalogue import AMOUNTS, BROUGHT, TARGETS, parameters_of, target_of
from labels.target import Target

NOT_TARGETS = {"__init__", "catalogue", "target", "answers", "ending"}
LISTED = {**TARGETS, **AMOUNTS}
DAYS = {"active_days": 90, "horizon_days": 28, "gap_days": 1, "delay_days": 3}
#: How far back the cohort looks, where it is not the days of activity.
REACH = {"partial_churn": 28, "contract_churn": 0, "case_low_csat": 1, "case_high_effort": 1}


def made(name: str) -> Target:
    return target_of(name, **{key: DAYS[key] for key in parameters_of(name) if key in DAYS})


def test_every_file_of_a_target_is_listed() -> None:
    folder = Path(str(labels.__file__)).parent
    files = {file.stem for file in folder.glob("*.py")} - NOT_TARGETS
    assert {function.__module__.rpartition(".")[2] for function in (*LISTED.values(), BROUGHT)} == files
    assert not set(TARGETS) & set(AMOUNTS)


@pytest.mark.parametrize("name", [*LISTED, "late_payer"])
def test_every_target_calls_itself_as_it_is_listed(name: str) -> None:
    target = made(name)
    assert target.name == name
    assert target.title
    assert target.meaning
    assert (target.horizon_days, target.gap_days) == (28, 1)
    assert target.delay_days == (7 if name == "contract_churn" else 3)  # known once the grace is over
    assert target.cohort_reach_days == REACH.get(name, 90)
    assert target.unit == ("case" if name.startswith("case_") else "customer")
    assert target.kind == ("amount" if name in AMOUNTS else "risk")
    assert target.brought == (name not in LISTED)


@pytest.mark.parametrize("name", list(LISTED))
def test_the_meaning_says_days_in_words(name: str) -> None:
    days = {key: DAYS[key] for key in parameters_of(name) if key in DAYS}
    assert "begin 1 day after" in target_of(name, **days).meaning
    assert "begin 0 days after" in target_of(name, **{**days, "gap_days": 0}).meaning


def test_a_name_that_is_not_listed_means_labels_that_are_brought() -> None:
    assert target_of("churned_by_crm", **DAYS).brought
    assert parameters_of("churned_by_crm") == ("active_days", "horizon_days", "gap_days", "delay_days")
    assert parameters_of("partial_churn") == ("horizon_days", "gap_days", "delay_days")
    with pytest.raises(TypeError, match="active_days"):
        target_of("partial_churn", **DAYS)
