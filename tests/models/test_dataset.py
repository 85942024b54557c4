"""Panels and matrices: a training row is the scoring row of its date, with a label; and the dates they stand at."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pytest

from contract.checked import CheckedTables
from contract.cut import Future
from models.dataset import (
    MINIMUM_DATES,
    NotEnoughHistory,
    Window,
    count_outcomes,
    labelled,
    labelled_dates,
    matrix,
    panel,
)
from tests.drawn import checked
from tests.models.companies import FAMILIES, LOAD_WINDOW, company, connection_of, window

DATES = (date(2024, 2, 20), date(2024, 4, 2), date(2024, 5, 14))


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> CheckedTables:
    return company(tmp_path_factory.mktemp("company"))


# Rows


def test_a_training_row_is_the_scoring_row_of_its_date_with_a_label(tables: CheckedTables) -> None:
    connection = connection_of(tables)
    told: list[str] = []
    rows = panel(connection, tables, FAMILIES, window(), dates=DATES[::-1], progress=told.append)
    assert rows.dates == DATES
    assert told == [f"features at {day}" for day in DATES]
    parts = []
    for day in DATES:
        tonight = matrix(connection, tables, FAMILIES, window(), as_of=day)
        label = labelled(connection, tables, window(), as_of=day, spine=tonight.frame)
        parts.append(tonight.frame.assign(label=label))
        assert tonight.features == rows.features
    pd.testing.assert_frame_equal(rows.frame, pd.concat(parts, ignore_index=True), check_exact=True)
    assert list(rows.frame.columns) == ["unit_id", "customer_id", "as_of", *rows.feature_names, "label"]
    assert rows.frame.sort_values(["as_of", "unit_id"]).index.equals(rows.frame.index)
    assert set(rows.frame.label) == {0.0, 1.0}
    assert (rows.frame[rows.feature_names].dtypes == "float64").all()


def test_rows_whose_window_is_longer_than_history_are_null_and_counted(tables: CheckedTables) -> None:
    rows = panel(connection_of(tables), tables, FAMILIES, window(), dates=DATES)
    at = rows.frame.groupby("as_of").size()
    # The history begins 2024-01-01: 50 days before the first date, 92 before the second, 134 before the third.
    assert rows.censored["amount_last_91d"] == at.iloc[0]
    assert rows.censored["amount_last_182d"] == rows.censored["amount_last_364d"] == len(rows.frame)
    assert "amount_last_28d" not in rows.censored
    assert "amount_ever" not in rows.censored
    for name, count in rows.censored.items():
        assert rows.frame[name].isna().sum() >= count


def test_who_cannot_be_labelled_is_scored_but_not_learned_from(tables: CheckedTables) -> None:
    real = window().target

    def half(ahead: Future, cohort: ir.Table) -> ir.Table:
        found = real.outcome(ahead, cohort)
        return found.mutate(label=ibis.ifelse(found.customer_id < "c06", found.label, ibis.null()))

    known = Window(target=replace(real, outcome=half), activity=("orders",), load_window=LOAD_WINDOW)
    connection = connection_of(tables)
    rows = panel(connection, tables, FAMILIES, known, dates=DATES[1:2])
    assert rows.frame.customer_id.max() < "c06"
    assert rows.censored["amount_last_182d"] == len(rows.frame)
    assert list(rows.frame.index) == list(range(len(rows.frame)))
    tonight = matrix(connection, tables, FAMILIES, known, as_of=DATES[1])
    assert len(tonight.frame) > len(rows.frame)
    assert count_outcomes(connection, tables, known, dates=DATES[1:2]).units == len(rows.frame)


def test_who_forbids_profiling_now_is_not_learned_from_at_any_date(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        customers="""
            customer_id | joined_at        | known_at         | profiling_allowed
            ann         | 2024-01-01 10:00 | 2024-01-01 10:00 | true
            forbids     | 2024-01-01 10:00 | 2024-01-01 10:00 | true
            forbids     | 2024-01-01 10:00 | 2024-04-01 10:00 | false
            allows      | 2024-01-01 10:00 | 2024-01-01 10:00 | false
            allows      | 2024-01-01 10:00 | 2024-02-01 10:00 |
        """,
        orders="""
            customer_id | happened_at
            ann         | 2024-02-28 10:00
            forbids     | 2024-02-28 10:00
            allows      | 2024-02-28 10:00
            ann         | 2024-03-20 10:00
        """,
    )
    connection, day = connection_of(tables), date(2024, 3, 5)
    rows = panel(connection, tables, FAMILIES, window(), dates=[day])
    assert rows.frame.customer_id.tolist() == ["allows", "ann"]
    assert count_outcomes(connection, tables, window(), dates=[day]).units == 2
    # Back then it was allowed: the night would have scored the customer.
    assert len(matrix(connection, tables, FAMILIES, window(), as_of=day).frame) == 3


def test_outcomes_are_counted_without_features(tables: CheckedTables) -> None:
    connection = connection_of(tables)
    frame = panel(connection, tables, FAMILIES, window(), dates=DATES).frame
    found = count_outcomes(connection, tables, window(), dates=DATES)
    assert (found.dates, found.units, found.positives) == (3, len(frame), int(frame.label.sum()))
    rarer = 1.0 if frame.label.mean() <= 0.5 else 0.0
    assert found.rarer_class_customers == frame.customer_id[frame.label == rarer].nunique()


# Dates


def begun(folder: Path, first: str) -> CheckedTables:
    return checked(folder, orders=f"customer_id | happened_at\nann | {first}\nann | 2024-12-31 10:00")


def test_dates_go_back_from_the_newest_whose_label_is_known(tmp_path: Path) -> None:
    """Labels take 1 + 28 + 2 days: on the 1st of December those of the 31st of October are known, the day after not."""
    tables = begun(tmp_path, "2024-01-15 10:00")
    cut = window(active_days=90, horizon_days=28, gap_days=1, delay_days=2)
    dates = labelled_dates(tables, cut, now=date(2024, 12, 1), spacing_days=28)
    assert dates[-1] == date(2024, 10, 31)
    assert cut.target.known_on(dates[-1]) == date(2024, 12, 1)
    assert {later - earlier for earlier, later in pairwise(dates)} == {timedelta(days=28)}
    # The first date whose cohort sees 90 whole days is the 14th of April.
    assert dates[0] - timedelta(days=28) < date(2024, 4, 14) <= dates[0]


@pytest.mark.parametrize("horizon_days", [1, 7, 28, 91])
@pytest.mark.parametrize("spacing_days", [1, 7, 10])
def test_every_date_has_a_whole_cohort_and_a_known_label(tmp_path: Path, horizon_days: int, spacing_days: int) -> None:
    tables, now = begun(tmp_path, "2024-01-15 10:00"), date(2024, 9, 1)
    cut = window(active_days=30, horizon_days=horizon_days, gap_days=0)
    dates = labelled_dates(tables, cut, now=now, spacing_days=spacing_days)
    assert cut.target.known_on(dates[-1]) == now
    assert date(2024, 2, 14) <= dates[0] < date(2024, 2, 14) + timedelta(days=spacing_days)
    assert list(dates) == sorted(set(dates))


def test_one_date_too_few_is_refused_with_the_days_that_are_needed(tmp_path: Path) -> None:
    """Six dates 28 days apart, a cohort of 90 days and labels of 29 need 259 days; one fewer is not enough."""
    now = date(2024, 12, 1)
    first = now - timedelta(days=259)
    cut = window(active_days=90, horizon_days=28)
    enough = labelled_dates(begun(tmp_path / "enough", f"{first} 10:00"), cut, now=now, spacing_days=28)
    assert len(enough) == MINIMUM_DATES
    short = begun(tmp_path / "short", f"{first + timedelta(days=1)} 10:00")
    with pytest.raises(NotEnoughHistory) as error:
        labelled_dates(short, cut, now=now, spacing_days=28)
    assert str(error.value) == (
        "target inactivity: 5 dates with known labels, and at least 6 are needed; the history begins on 2024-03-18 and "
        "needs 259 days before 2024-12-01: bring older rows, or shorten horizon, active_days or the spacing of dates"
    )


def test_a_history_of_a_few_days_has_no_dates_at_all(tmp_path: Path) -> None:
    with pytest.raises(NotEnoughHistory, match="inactivity: 0 dates"):
        labelled_dates(begun(tmp_path, "2024-11-20 10:00"), window(), now=date(2024, 12, 1), spacing_days=28)


def test_without_a_table_of_activity_the_error_names_what_to_map(tmp_path: Path) -> None:
    only_usage = Window(target=window().target, activity=("usage",), load_window=LOAD_WINDOW)
    with pytest.raises(NotEnoughHistory, match=r"none of the tables that count as activity is there \(usage\)"):
        labelled_dates(begun(tmp_path, "2024-01-15 10:00"), only_usage, now=date(2024, 12, 1), spacing_days=28)


def test_the_panel_is_the_same_to_the_last_bit_on_every_run(tables: CheckedTables) -> None:
    one, two = (panel(connection_of(tables), tables, FAMILIES, window(), dates=DATES).frame for _ in range(2))
    for name in one.columns:
        if one[name].dtype == "float64":
            np.testing.assert_array_equal(one[name], two[name])
