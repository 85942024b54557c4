"""The Python side: any rows, own labels, freezing, and what it says when asked for nonsense."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from contract.readiness import CannotRead
from models.dataset import Panel, panel
from pipelines import stages
from pipelines.workbench import Company, brought_labels, freeze, open_company, thaw
from tests.pipelines.company import CUSTOMERS, customer, may_be_profiled, write_company

DAY = date(2025, 3, 3)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Company:
    return open_company(write_company(tmp_path_factory.mktemp("workbench")))


def spine(*customers: str, as_of: date = DAY) -> pd.DataFrame:
    return pd.DataFrame({"unit_id": customers, "customer_id": customers, "as_of": pd.Timestamp(as_of)})


def test_the_rows_are_those_that_were_asked_for(opened: Company) -> None:
    asked = pd.concat([spine(customer(7)), spine(customer(3), as_of=date(2024, 12, 1)), spine(customer(2), "nobody")])
    before = asked.copy()
    rows = opened.features(asked)
    pd.testing.assert_frame_equal(rows.frame[["unit_id", "customer_id", "as_of"]], asked.reset_index(drop=True))
    pd.testing.assert_frame_equal(asked, before)
    assert rows.frame[rows.frame.customer_id == "nobody"].days_since_last_activity.isna().all()


def test_they_are_the_rows_of_the_night(opened: Company) -> None:
    """What a night trains on and what the workbench gives are one thing."""
    window = stages.window_of(opened.settings)
    dates = [date(2024, 12, 1), DAY]
    night = panel(opened.connection, opened.tables, stages.FAMILIES, window, dates=dates)
    ours = opened.labelled_rows(opened.target, dates)
    pd.testing.assert_frame_equal(ours.frame, night.frame)
    by_hand = opened.features(opened.spine(opened.target, dates))
    by_hand = by_hand.labelled(opened.labels(by_hand.frame, opened.target))
    pd.testing.assert_frame_equal(by_hand.frame, night.frame)


def test_who_forbids_profiling_is_in_no_cohort(opened: Company) -> None:
    there = set(opened.spine(opened.target, [DAY]).customer_id)
    assert there
    assert not there & {customer(number) for number in range(CUSTOMERS) if not may_be_profiled(number)}


def test_a_label_that_nobody_can_know_yet_is_nan(opened: Company) -> None:
    newest = date.fromisoformat(opened.readiness.as_of)
    label = opened.labels(opened.spine(opened.target, [DAY, newest]), opened.target)
    assert label.isna().any()
    assert set(label.dropna()) == {0.0, 1.0}
    assert opened.labels(opened.spine(opened.target, [newest]), opened.target).isna().all()


def test_another_target_and_an_amount(opened: Company) -> None:
    halved = opened.target_named("partial_churn", horizon_days=28, gap_days=1)
    assert set(opened.labelled_rows(halved, [DAY]).frame.label) == {0.0, 1.0}
    # What has a default need not be given.
    assert opened.target_named("contract_churn", horizon_days=28, gap_days=1).delay_days == 7
    spent = opened.target_named("expected_value", active_days=90, horizon_days=28, gap_days=1)
    label = opened.labels(opened.spine(spent, [DAY]), spent)
    assert label.ge(0).all()
    assert label.gt(1).any()


def test_own_labels_find_their_rows(opened: Company) -> None:
    rows = opened.features(spine(customer(1), customer(2), customer(3)))
    own = spine(customer(3), customer(1)).assign(target="late", label=[1, 0])
    labelled = brought_labels(rows, own, "late")
    assert dict(zip(labelled.frame.customer_id, labelled.frame.label, strict=True)) == {
        customer(1): 0.0,
        customer(3): 1.0,
    }


@pytest.mark.parametrize(
    ("labels", "says"),
    [
        (spine("a").assign(label=1), "no column target"),
        (spine("a").assign(target="early", label=1), "none of 1 labels is of target 'late'; there are early"),
        (spine("a", "a").assign(target="late", label=1), "1 of 2 labels of late repeat a unit and as_of"),
        (spine("a").assign(target="late", label=1), "none of 1 rows has a label of late"),
    ],
)
def test_own_labels_that_do_not_fit_are_refused(opened: Company, labels: pd.DataFrame, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        brought_labels(opened.features(spine(customer(1))), labels, "late")


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (spine("a").drop(columns="as_of"), "no column as_of"),
        (spine("a").assign(as_of=pd.Timestamp("2025-03-03 10:00")), "1 of 1 as_of are no midnight"),
        (spine("a", "a"), "repeat a unit_id"),
        (spine(), "the spine has no row"),
    ],
)
def test_rows_that_cannot_be_built_are_refused(opened: Company, asked: pd.DataFrame, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        opened.features(asked)


def test_a_frozen_panel_comes_back_as_it_was(opened: Company, tmp_path: Path) -> None:
    rows = opened.labelled_rows(opened.target, [DAY])
    again = thaw(freeze(rows, tmp_path / "panel.parquet"))
    pd.testing.assert_frame_equal(again.frame, rows.frame)
    assert (again.features, again.censored) == (rows.features, rows.censored)
    assert isinstance(again, Panel)
    rows.frame.to_parquet(tmp_path / "other.parquet")
    with pytest.raises(ValueError, match="was not written by freeze"):
        thaw(tmp_path / "other.parquet")


def test_the_last_check_is_opened_without_another(opened: Company) -> None:
    config = opened.settings.folder / "vafa.toml"
    assert open_company(config, check=False).readiness == opened.readiness
    with pytest.raises(CannotRead, match="run vafa check first"):
        open_company(config, out=opened.settings.folder / "elsewhere", check=False)
