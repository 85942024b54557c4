"""Panels and matrices: a training row is the scoring row of its date, with a label; and the dates they stand at."""

from __future__ import annotations

from collections.abc import Callable
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
from features.family import Feature
from labels.brought import brought
from labels.contract_churn import contract_churn
from labels.low_csat import case_low_csat, low_csat
from labels.partial_churn import partial_churn
from labels.returns import returns
from labels.target import Target
from models.dataset import (
    MINIMUM_DATES,
    NotEnoughHistory,
    Window,
    came_of,
    count_outcomes,
    features_of,
    labelled_dates,
    labels_at,
    matrix,
    panel,
    rarer_class_customers,
    training_spine,
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
        label = came_of(connection, tables, window(), as_of=day, spine=tonight.frame).label
        parts.append(tonight.frame.assign(label=label))
        assert tonight.features == rows.features
    pd.testing.assert_frame_equal(rows.frame, pd.concat(parts, ignore_index=True), check_exact=True)
    assert list(rows.frame.columns) == ["unit_id", "customer_id", "as_of", *rows.feature_names, "label"]
    assert rows.frame.sort_values(["as_of", "unit_id"]).index.equals(rows.frame.index)
    assert set(rows.frame.label) == {0.0, 1.0}
    assert (rows.frame[rows.feature_names].dtypes == "float64").all()


@pytest.fixture(scope="module")
def comes_and_goes(tmp_path_factory: pytest.TempPathFactory) -> CheckedTables:
    """Ann pauses after the second date and comes back, ben stays away in the end; ann's first amount is corrected in
    between."""
    return checked(
        tmp_path_factory.mktemp("comes_and_goes"),
        orders="""
            customer_id | order_id | happened_at      | known_at         | amount
            ann         | a0       | 2024-01-15 10:00 | 2024-01-15 10:00 | 10
            ann         | a0       | 2024-01-15 10:00 | 2024-04-20 10:00 | 99
            ann         | a1       | 2024-02-24 10:00 | 2024-02-24 10:00 | 20
            ann         | a2       | 2024-03-25 10:00 | 2024-03-25 10:00 | 30
            ann         | a3       | 2024-05-10 10:00 | 2024-05-10 10:00 | 40
            ann         | a4       | 2024-05-16 10:00 | 2024-05-16 10:00 | 50
            ben         | b0       | 2024-02-15 10:00 | 2024-02-15 10:00 | 1
            ben         | b1       | 2024-02-25 10:00 | 2024-02-25 10:00 | 2
            ben         | b2       | 2024-04-04 10:00 | 2024-04-04 10:00 | 3
        """,
    )


@pytest.fixture(scope="module")
def their_rows(comes_and_goes: CheckedTables) -> pd.DataFrame:
    return panel(connection_of(comes_and_goes), comes_and_goes, FAMILIES, window(active_days=60), dates=DATES).frame


@pytest.mark.regression
def test_every_date_has_the_values_and_the_label_of_its_own(their_rows: pd.DataFrame) -> None:
    """The mistake: what is known of a customer in the end, label and all, is copied onto every past date."""
    shown = ["customer_id", "amount_ever", "days_since_last_order_ever", "label"]
    assert their_rows[shown].round(2).to_numpy().tolist() == [
        ["ann", 10, 35.58, 0],
        ["ben", 1, 4.58, 0],
        ["ann", 60, 7.58, 1],
        ["ben", 3, 36.58, 0],
        ["ann", 189, 3.58, 0],
        ["ben", 6, 39.58, 1],
    ]
    final = their_rows.groupby("customer_id")[shown[1:]].last()
    copied = their_rows[["customer_id"]].join(final, on="customer_id")
    assert (copied.label != their_rows.label).sum() == 3, "whoever paused is lost, and ben has left from the beginning"
    assert (copied.amount_ever != their_rows.amount_ever).sum() == 4


@pytest.mark.regression
def test_no_row_is_stitched_together_from_several_dates(
    comes_and_goes: CheckedTables, their_rows: pd.DataFrame
) -> None:
    """The mistake: rows of several dates are joined or grouped by customer alone, and one fills what another lacks."""
    connection, together = connection_of(comes_and_goes), their_rows.drop(columns="label")
    alone = [matrix(connection, comes_and_goes, FAMILIES, window(active_days=60), as_of=day).frame for day in DATES]
    pd.testing.assert_frame_equal(together, pd.concat(alone, ignore_index=True), check_exact=True)
    # The first two dates have no 91 days of history yet: their amount is unknown, and not that of the third.
    stitched = together.groupby("customer_id", as_index=False).first()
    assert together.amount_last_91d.isna().tolist() == [True, True, True, True, False, False]
    assert stitched.as_of.tolist() == [pd.Timestamp(DATES[0])] * 2
    assert stitched.amount_last_91d.tolist() == [90, 6]


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


# Any spine


def built(
    tables: CheckedTables, spine: pd.DataFrame, *, progress: list[str] | None = None
) -> tuple[pd.DataFrame, tuple[Feature, ...], dict[str, int]]:
    return features_of(
        connection_of(tables),
        tables,
        FAMILIES,
        spine,
        load_window=LOAD_WINDOW,
        activity=("orders",),
        progress=[].append if progress is None else progress.append,
    )


@pytest.fixture(scope="module")
def shuffled(tables: CheckedTables) -> pd.DataFrame:
    """The cohorts of three dates in a wild order, under an index that repeats, with a column too many."""
    cohorts = [matrix(connection_of(tables), tables, FAMILIES, window(), as_of=day).frame for day in DATES]
    spine = pd.concat([cohort[["as_of", "unit_id", "customer_id"]] for cohort in cohorts])
    spine = spine.sample(frac=1, random_state=5).assign(note="x")
    assert spine.index.has_duplicates
    return spine


def test_a_spine_in_any_order_gets_the_scoring_rows_of_its_dates(tables: CheckedTables, shuffled: pd.DataFrame) -> None:
    before, told = shuffled.copy(), []
    frame, features, censored = built(tables, shuffled, progress=told)
    pd.testing.assert_frame_equal(shuffled, before)
    assert told == [f"features at {day}" for day in DATES]
    assert list(frame.columns) == ["unit_id", "customer_id", "as_of", *(feature.name for feature in features)]
    assert list(frame.index) == list(range(len(shuffled)))
    for name in ("unit_id", "customer_id", "as_of"):
        assert frame[name].tolist() == shuffled[name].tolist()
    for day in DATES:
        tonight = matrix(connection_of(tables), tables, FAMILIES, window(), as_of=day)
        ours = frame[frame.as_of == pd.Timestamp(day)].sort_values("unit_id", ignore_index=True)
        pd.testing.assert_frame_equal(ours, tonight.frame, check_exact=True)
    whole = panel(connection_of(tables), tables, FAMILIES, window(), dates=DATES)
    assert censored == whole.censored


def test_a_spine_may_name_whom_no_cohort_has_and_a_customer_by_several_units(tables: CheckedTables) -> None:
    day, later = (pd.Timestamp(day) for day in DATES[:2])
    spine = pd.DataFrame(
        {
            "unit_id": ["case 2", "nobody", "case 1", "case 1"],
            "customer_id": ["c01", "nobody", "c01", "c01"],
            "as_of": [day, day, day, later],
        }
    )
    frame, _, _ = built(tables, spine)
    assert frame.unit_id.tolist() == spine.unit_id.tolist()
    of_c01 = frame.drop(columns=["unit_id", "as_of"])
    pd.testing.assert_series_equal(of_c01.iloc[0], of_c01.iloc[2], check_names=False)
    assert not of_c01.iloc[0].equals(of_c01.iloc[3])
    assert frame.orders_last_28d[1] == 0
    assert np.isnan(frame.days_since_last_order_ever[1])


@pytest.mark.parametrize(
    ("spoiled", "says"),
    [
        (lambda spine: spine.iloc[:0], "the spine has no row"),
        (lambda spine: pd.concat([spine, spine.iloc[:2]]), "2 rows of the spine repeat a unit_id; a unit has one row"),
        (lambda spine: spine.assign(customer_id=None), "3 rows of the spine have no customer_id"),
        (lambda spine: spine.assign(as_of=spine.as_of.where(spine.unit_id > "c01")), "1 of 3 rows .* have no as_of"),
        (lambda spine: spine.drop(columns="unit_id"), "the spine has no column unit_id"),
    ],
)
def test_a_spine_that_says_not_who_or_when_is_refused(
    tables: CheckedTables, spoiled: Callable[[pd.DataFrame], pd.DataFrame], says: str
) -> None:
    names = ["c01", "c02", "c03"]
    spine = pd.DataFrame({"unit_id": names, "customer_id": names, "as_of": pd.Timestamp(DATES[0])})
    with pytest.raises(ValueError, match=says):
        built(tables, spoiled(spine))


def test_labels_of_any_spine_come_in_its_order(tables: CheckedTables, shuffled: pd.DataFrame) -> None:
    connection, before = connection_of(tables), shuffled.copy()
    label = labels_at(connection, tables, window(), shuffled)
    pd.testing.assert_frame_equal(shuffled, before)
    assert list(label.index) == list(range(len(shuffled)))
    whole = panel(connection, tables, FAMILIES, window(), dates=DATES).frame
    known = {(row.unit_id, row.as_of): row.label for row in whole.itertuples()}
    assert label.tolist() == [known[row.unit_id, row.as_of] for row in shuffled.itertuples()]
    assert set(label) == {0.0, 1.0}


def test_labels_that_cannot_be_said_are_nan_and_a_spine_without_rows_has_none(tables: CheckedTables) -> None:
    target = partial_churn(horizon_days=28, gap_days=1)
    cut = Window(target=target, activity=("orders",), load_window=LOAD_WINDOW)
    names = ["nobody", "c01"]
    spine = pd.DataFrame({"unit_id": names, "customer_id": names, "as_of": pd.Timestamp(DATES[1])}, index=[7, 7])
    label = labels_at(connection_of(tables), tables, cut, spine)
    assert label.isna().tolist() == [True, False]
    assert labels_at(connection_of(tables), tables, cut, spine.iloc[:0]).empty
    with pytest.raises(ValueError, match="2 of 2 rows of the spine have no as_of"):
        labels_at(connection_of(tables), tables, cut, spine.assign(as_of=pd.NaT))


def test_the_rarer_class_is_counted_by_customers() -> None:
    frame = pd.DataFrame({"customer_id": list("aabbcd"), "label": [1.0, 1.0, 1.0, 0.0, 0.0, 0.0]})
    assert rarer_class_customers(frame) == 2  # as many rows of both: those who had the outcome
    assert rarer_class_customers(frame.assign(label=1 - frame.label)) == 3
    assert rarer_class_customers(frame[:4]) == 1


# Labels brought

LATE_PAYER = brought(name="late_payer", active_days=90, horizon_days=27, gap_days=1, delay_days=14)
BROUGHT = Window(target=LATE_PAYER, activity=("orders",), load_window=LOAD_WINDOW)
#: Six dates, not in step with anything.
NAMED = tuple(date(2024, month, day) for month, day in ((2, 1), (2, 27), (3, 31), (5, 2), (6, 9), (7, 1)))


def with_labels(folder: Path, labels: str) -> CheckedTables:
    return checked(
        folder,
        customers="""
            customer_id | joined_at  | known_at   | profiling_allowed
            ann         | 2024-01-01 | 2024-01-01 |
            ben         | 2024-01-01 | 2024-01-01 |
            cem         | 2024-01-01 | 2024-01-01 |
            forbids     | 2024-01-01 | 2024-01-01 | true
            forbids     | 2024-01-01 | 2024-09-01 | false
        """,
        orders="""
            customer_id | happened_at      | amount
            ann         | 2024-01-20 10:00 | 10
            ben         | 2024-01-20 10:00 | 10
            cem         | 2024-01-20 10:00 | 10
            forbids     | 2024-01-20 10:00 | 10
            ann         | 2024-06-20 10:00 | 20
        """,
        labels=labels,
    )


def named(*lines: str) -> str:
    """At every date ann is labelled 1 and forbids 0, and whatever else is given."""
    both = [f"{who} | | late_payer | {day} | {label}" for day in NAMED for who, label in (("ann", 1), ("forbids", 0))]
    return "\n".join(["customer_id | unit_id | target | as_of | label", *both, *lines])


def test_a_panel_of_labels_brought_has_their_dates_and_their_rows(tmp_path: Path) -> None:
    tables = with_labels(
        tmp_path,
        named(
            "ben | case 9 | late_payer | 2024-02-27 | 0",
            "ben | case 1 | late_payer | 2024-02-27 | 1",
            "ben | a case | late_payer | 2024-03-31 | 0",
            "ben |        | late_payer | 2024-06-09 | 0",
            "cem |        | late_payer | 2024-07-01 |",
            "cem |        | other      | 2024-03-31 | 1",
            "cem |        | other      | 2024-04-04 | 1",
        ),
    )
    connection = connection_of(tables)
    dates = labelled_dates(tables, BROUGHT, now=date(2024, 12, 1), spacing_days=28)
    assert dates == NAMED
    found = panel(connection, tables, FAMILIES, BROUGHT, dates=dates[::-1])
    assert found.dates == NAMED
    assert [(f"{row.as_of:%m-%d}", row.unit_id, row.customer_id, row.label) for row in found.frame.itertuples()] == [
        ("02-01", "ann", "ann", 1.0),
        ("02-27", "ann", "ann", 1.0),
        ("02-27", "case 1", "ben", 1.0),
        ("02-27", "case 9", "ben", 0.0),
        ("03-31", "a case", "ben", 0.0),
        ("03-31", "ann", "ann", 1.0),
        ("05-02", "ann", "ann", 1.0),
        ("06-09", "ann", "ann", 1.0),
        ("06-09", "ben", "ben", 0.0),
        ("07-01", "ann", "ann", 1.0),
    ]
    assert found.frame.amount_ever.tolist() == [10] * 9 + [30]
    newest = training_spine(connection, tables, BROUGHT, as_of=NAMED[-1])
    assert newest.unit_id.tolist() == ["ann"]
    counted = count_outcomes(connection, tables, BROUGHT, dates=dates)
    assert (counted.dates, counted.units, counted.positives, counted.rarer_class_customers) == (6, 10, 7, 1)
    # Tonight those are scored who were active, labelled or not; that profiling is forbidden is not known yet.
    tonight = matrix(connection, tables, FAMILIES, BROUGHT, as_of=date(2024, 2, 1))
    assert tonight.frame.unit_id.tolist() == ["ann", "ben", "cem", "forbids"]


def test_a_training_row_of_a_label_brought_is_the_scoring_row(tmp_path: Path) -> None:
    """What the labels say has no part in it."""
    tables = with_labels(tmp_path, named())
    found = panel(connection_of(tables), tables, FAMILIES, BROUGHT, dates=NAMED).frame
    for day in NAMED:
        tonight = matrix(connection_of(tables), tables, FAMILIES, BROUGHT, as_of=day).frame
        ann = tonight[tonight.unit_id == "ann"]
        learned = found[found.as_of == pd.Timestamp(day)].drop(columns="label")
        if len(ann):
            pd.testing.assert_frame_equal(learned.reset_index(drop=True), ann.reset_index(drop=True))


def test_labels_brought_count_from_when_they_are_known(tmp_path: Path) -> None:
    """Those of the 1st of July take 1 + 27 + 14 days: on the 12th of August they are known, the day before not."""
    tables = with_labels(tmp_path, named())
    assert labelled_dates(tables, BROUGHT, now=date(2024, 8, 12), spacing_days=28) == NAMED
    with pytest.raises(NotEnoughHistory) as error:
        labelled_dates(tables, BROUGHT, now=date(2024, 8, 11), spacing_days=28)
    assert str(error.value) == (
        "target late_payer: labels of 5 dates are known by 2024-08-11, of 6 in the table, and at least 6 are needed: "
        "bring labels of more as_of (the column target must say 'late_payer')"
    )


def test_labels_of_another_target_or_without_a_value_give_no_date(tmp_path: Path) -> None:
    lines = [
        f"ann | | {target} | {day} | {label}" for day in NAMED for target, label in (("other", 1), ("late_payer", ""))
    ]
    tables = with_labels(tmp_path, "\n".join(["customer_id | unit_id | target | as_of | label", *lines]))
    with pytest.raises(
        NotEnoughHistory, match=r"late_payer: tables\.labels has no label of it; its targets are late_payer"
    ):
        labelled_dates(tables, BROUGHT, now=date(2024, 12, 1), spacing_days=28)


def test_labels_that_were_all_taken_back_give_no_date(tmp_path: Path) -> None:
    lines = [f"ann | late_payer | {day} | 1 | {day}" for day in NAMED]
    lines += ["ann | late_payer | 2024-02-27 | | 2024-09-01", "ann | late_payer | 2024-07-01 | 0 | 2024-09-01"]
    tables = with_labels(tmp_path, "\n".join(["customer_id | target | as_of | label | known_at", *lines]))
    with pytest.raises(NotEnoughHistory, match="labels of 5 dates are known by 2024-12-01, of 5 in the table"):
        labelled_dates(tables, BROUGHT, now=date(2024, 12, 1), spacing_days=28)


def test_without_a_table_of_labels_the_error_names_what_to_map(tables: CheckedTables) -> None:
    with pytest.raises(NotEnoughHistory, match="late_payer: it is none of ours, and no table of labels is mapped"):
        labelled_dates(tables, BROUGHT, now=date(2024, 6, 1), spacing_days=28)


def test_labels_that_are_there_are_no_feature(tmp_path: Path) -> None:
    """The features of a company are the same with a table of labels and without."""
    drawing = named("ben | | late_payer | 2024-02-01 | 1")
    one, other = with_labels(tmp_path / "one", drawing), with_labels(tmp_path / "other", named())
    for day in NAMED[:2]:
        frames = [matrix(connection_of(of), of, FAMILIES, BROUGHT, as_of=day).frame for of in (one, other)]
        pd.testing.assert_frame_equal(*frames)


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


@pytest.mark.parametrize(
    "target", [partial_churn(horizon_days=28, gap_days=1), returns(active_days=90, horizon_days=28, gap_days=1)]
)
def test_what_is_made_of_orders_needs_orders_and_begins_with_them(tmp_path: Path, target: Target) -> None:
    """Usage of years ago says nothing of what was bought then."""
    cut = Window(target=target, activity=("orders", "usage"), load_window=LOAD_WINDOW)
    usage = "customer_id | event | happened_at\nann | open | 2020-01-01 10:00\nann | open | 2024-12-01 10:00"
    orders = "customer_id | happened_at | amount\nann | 2024-01-15 10:00 | 5"
    both = checked(tmp_path / "both", activity=("usage",), usage=usage, orders=orders)
    dates = labelled_dates(both, cut, now=date(2024, 12, 1), spacing_days=28)
    begins = date(2024, 1, 15) + timedelta(days=target.cohort_reach_days)
    assert begins <= dates[0] < begins + timedelta(days=28)
    only = checked(tmp_path / "only", activity=("usage",), usage=usage)
    with pytest.raises(NotEnoughHistory, match=f"target {target.name}: it is made of orders, and that table is not"):
        labelled_dates(only, cut, now=date(2024, 12, 1), spacing_days=28)


def test_the_panel_is_the_same_to_the_last_bit_on_every_run(tables: CheckedTables) -> None:
    one, two = (panel(connection_of(tables), tables, FAMILIES, window(), dates=DATES).frame for _ in range(2))
    for name in one.columns:
        if one[name].dtype == "float64":
            np.testing.assert_array_equal(one[name], two[name])


def test_a_target_that_the_labels_do_not_have_is_told_with_those_they_have(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        orders="customer_id | happened_at\nann | 2024-01-20",
        labels="""
            customer_id | target | as_of      | label
            ann         | late   | 2024-01-25 | 1
            ann         | rude   | 2024-01-25 | 0
        """,
    )
    cut = Window(
        target=brought(name="lat", active_days=90, horizon_days=7, gap_days=1),
        activity=("orders",),
        load_window=LOAD_WINDOW,
    )
    with pytest.raises(NotEnoughHistory, match="has no label of it; its targets are late, rude"):
        labelled_dates(tables, cut, now=date(2024, 6, 1), spacing_days=28)


@pytest.mark.regression
def test_a_date_whose_window_is_still_open_is_not_learned_from(tmp_path: Path) -> None:
    """The mistake: of young dates those are kept of whom something is known already, and they are the churners."""
    now, opened = date(2024, 6, 15), date(2024, 5, 24)
    days = [opened - timedelta(days=14 * number) for number in range(7, -2, -1)]
    # Every fortnight one of twelve leaves; the last two have not left yet.
    ends = {f"m{number:02d}": date(2024, 2, 1) + timedelta(days=14 * number) for number in range(12)}
    gap, horizon, delay = 1, 28, 7

    def leaves(who: str, day: date) -> bool:
        return day + timedelta(days=gap) <= ends[who] < day + timedelta(days=gap + horizon)

    told = [
        f"{who} | left | {day} | {int(leaves(who, day))}"
        for day in days
        for who in ends
        if ends[who] >= day and (day < opened or (leaves(who, day) and ends[who] < now))
    ]
    tables = checked(
        tmp_path,
        orders="\n".join(["customer_id | happened_at", *(f"{who} | 2023-12-01 10:00" for who in ends)]),
        subscriptions="\n".join(
            [
                "customer_id | subscription_id | started_at | ended_at",
                *(f"{who} | s{who} | 2023-06-01 | {day if day < now else ''}" for who, day in ends.items()),
            ]
        ),
        labels="\n".join(["customer_id | target | as_of | label", *told]),
    )
    targets = (
        contract_churn(horizon_days=horizon, gap_days=gap, grace_days=delay),
        brought(name="left", active_days=365, horizon_days=horizon, gap_days=gap, delay_days=delay),
    )

    def known(cut: Window, day: date) -> dict[str, float]:
        spine = training_spine(connection_of(tables), tables, cut, as_of=day)
        label = came_of(connection_of(tables), tables, cut, as_of=day, spine=spine).label
        return dict(zip(spine.unit_id, label, strict=True))

    for target in targets:
        cut = Window(target=target, activity=("orders",), load_window=LOAD_WINDOW)
        dates = labelled_dates(tables, cut, now=now, spacing_days=14)
        assert dates[-6:] == tuple(days[1:7])
        assert known(cut, dates[-1]) == {"m08": 1, "m09": 1, "m10": 0, "m11": 0}
    assert known(cut, opened) == {"m09": 1}, "of m10 and m11, who stay, there is no label yet"


# Who left, who stands apart, who keeps silent

SURVEYED = Window(
    target=low_csat(active_days=30, horizon_days=7, gap_days=1), activity=("orders",), load_window=LOAD_WINDOW
)
ASKED_AT = (date(2024, 3, 5), date(2024, 4, 2))


def asked(folder: Path, *, without: tuple[str, ...] = (), more: tuple[str, ...] = ()) -> CheckedTables:
    """Twenty customers a date: 4 answer, 6 are asked and keep silent, 10 are not asked, one of those has left by the
    first window."""
    names = [name for name in [f"c{number:02d}" for number in range(20)] + list(more) if name not in without]
    orders = [f"{name} | {day - timedelta(days=3)} | 10" for day in ASKED_AT for name in names]
    surveys = []
    for day in ASKED_AT:
        invited, responded = day + timedelta(days=2), day + timedelta(days=3)
        surveys += [
            f"{name} | csat | {invited} | {responded} | {1 + 4 * (name > 'c01')}" for name in names if name < "c04"
        ]
        surveys += [f"{name} | csat | {invited} | |" for name in names if "c04" <= name < "c10"]
    return checked(
        folder,
        orders="\n".join(["customer_id | happened_at | amount", *orders]),
        surveys="\n".join(["customer_id | kind | invited_at | responded_at | score", *surveys]),
        subscriptions="""
            customer_id | subscription_id | started_at | ended_at
            c19         | s1              | 2024-01-01 | 2024-03-05
        """,
    )


def who(frame: pd.DataFrame) -> set[tuple[str, pd.Timestamp]]:
    return set(zip(frame.unit_id, frame.as_of, strict=True))


def test_of_a_target_that_answers_tell_the_silent_stand_beside_the_panel(tmp_path: Path) -> None:
    tables = asked(tmp_path)
    found = panel(connection_of(tables), tables, FAMILIES, SURVEYED, dates=ASKED_AT)
    assert found.frame.groupby("as_of").unit_id.apply(list).tolist() == [["c00", "c01", "c02", "c03"]] * 2
    assert found.frame.label.tolist() == [1.0, 1.0, 0.0, 0.0] * 2
    assert (found.gone, found.apart) == (1, 0)
    silent = found.silent
    assert silent.columns.tolist() == [*found.frame.columns.drop("label"), "asked", "stands_for"]
    assert silent.groupby("as_of").size().tolist() == [15, 16]  # who left in the gap came back to buy later
    assert set(silent.unit_id[silent.asked]) == {f"c{number:02d}" for number in range(4, 10)}
    assert not (who(silent) & who(found.frame))
    assert silent.stands_for.tolist() == [1.0] * 31
    # What is censored is told of the rows that are learned from, and not of the silent.
    assert max(found.censored.values()) == len(found.frame)
    for day in ASKED_AT:
        tonight = matrix(connection_of(tables), tables, FAMILIES, SURVEYED, as_of=day).frame
        ours = silent[silent.as_of == pd.Timestamp(day)].drop(columns=["asked", "stands_for"])
        theirs = tonight[tonight.unit_id.isin(ours.unit_id)].reset_index(drop=True)
        pd.testing.assert_frame_equal(ours.reset_index(drop=True), theirs, check_exact=True)
    counted = count_outcomes(connection_of(tables), tables, SURVEYED, dates=ASKED_AT)
    assert (counted.units, counted.positives, counted.gone, counted.apart, counted.asked) == (8, 4, 1, 0, 20)


def test_the_silent_are_drawn_by_themselves_and_stand_for_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.dataset.SILENT_A_DATE", 3)
    monkeypatch.setattr("models.dataset.SILENT_AN_ANSWER", 1)

    def drawn(tables: CheckedTables) -> pd.DataFrame:
        return panel(connection_of(tables), tables, FAMILIES, SURVEYED, dates=ASKED_AT).silent

    tables = asked(tmp_path / "all")
    silent = drawn(tables)
    # Eight answers at two dates: four of each kind a date.
    assert silent.groupby(["as_of", "asked"]).size().tolist() == [4, 4, 4, 4]
    assert silent.groupby(["as_of", "asked"]).stands_for.sum().tolist() == pytest.approx([9, 6, 10, 6])
    pd.testing.assert_frame_equal(silent, drawn(tables), check_exact=True)
    first, second = (set(rows.unit_id) for _, rows in silent.groupby("as_of"))
    assert first != second, "another draw at every date"
    left_out = sorted({f"c{number:02d}" for number in range(10, 19)} - first - second)[0]
    fewer = drawn(asked(tmp_path / "fewer", without=(left_out,)))
    assert who(fewer) == who(silent), "who was not drawn is not missed"
    other = sorted(first & {f"c{number:02d}" for number in range(10, 19)})[0]
    without = who(drawn(asked(tmp_path / "without", without=(other,))))
    lost = {row for row in who(silent) if row[0] == other}
    assert who(silent) - without == lost
    assert len(without - who(silent)) == len(lost)


def test_who_left_in_the_gap_or_by_the_companys_doing_is_counted_and_not_learned_from(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        orders="customer_id | happened_at | amount\nann | 2024-01-20 | 5",
        subscriptions="""
            customer_id | subscription_id | started_at | ended_at   | is_involuntary
            ann         | s1              | 2024-01-01 |            |
            ben         | s2              | 2024-01-01 | 2024-03-08 |
            cem         | s3              | 2024-01-01 | 2024-03-05 |
            dee         | s4              | 2024-01-01 | 2024-03-08 | true
            eli         | s5              | 2024-01-01 | 2024-04-03 | true
        """,
    )
    target = contract_churn(horizon_days=7, gap_days=1)
    cut = Window(target=target, activity=("orders",), load_window=LOAD_WINDOW)
    found = panel(connection_of(tables), tables, FAMILIES, cut, dates=ASKED_AT)
    first, second = (rows for _, rows in found.frame.groupby("as_of"))
    assert first.set_index("unit_id").label.to_dict() == {"ann": 0.0, "ben": 1.0, "eli": 0.0}
    assert second.set_index("unit_id").label.to_dict() == {"ann": 0.0}
    assert (found.gone, found.apart, found.silent.empty) == (1, 2, True)
    counted = count_outcomes(connection_of(tables), tables, cut, dates=ASKED_AT)
    assert (counted.units, counted.positives, counted.gone, counted.apart) == (4, 1, 1, 2)


def test_what_is_made_of_two_tables_begins_when_both_are_there(tmp_path: Path) -> None:
    cut = Window(target=case_low_csat(horizon_days=7, gap_days=1), activity=("orders",), load_window=LOAD_WINDOW)
    tables = checked(
        tmp_path,
        orders="customer_id | happened_at\nann | 2020-01-01 10:00",
        cases="customer_id | kind | opened_at\nann | request | 2020-01-01 10:00",
        surveys="customer_id | kind | invited_at\nann | csat | 2024-01-15 10:00",
    )
    dates = labelled_dates(tables, cut, now=date(2024, 9, 1), spacing_days=7)
    assert date(2024, 1, 16) <= dates[0] < date(2024, 1, 23)
