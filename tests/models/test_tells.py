"""Leak tests beyond the poisons: each finds what is planted, and passes a world without it."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date, timedelta
from pathlib import Path

import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pytest
from ibis.backends.duckdb import Backend

from contract.checked import CheckedTables
from contract.cut import Future
from features.family import EVER, Family, Feature, Measure, last
from labels.inactivity import inactivity
from labels.target import active_within, whether
from models.cliffs import gap_curve, tell_tale_events
from models.clocks import known_since, past_and_tonight, rows_twice, telling_date
from models.concordance import Auroc, binned
from models.dataset import Panel, Window, labels_at, matrix, panel
from models.evaluate import auroc, estimates
from models.leak_suite import Acknowledgement, leak_suite, unanswered
from models.leaks import LeakResult
from models.tells import alone, family_alone, permuted, whole
from tests.drawn import checked
from tests.models.companies import LOAD_WINDOW, as_drawn, connection_of
from tests.models.panels import only_recency, panel_of, target, two_together, what_rules_cannot_see

#: The families of the made-up columns, for tests that need to know whence a column comes.
NO_FAMILIES: tuple[Family, ...] = ()


def measured(family: str, *names: str, table: str = "orders") -> Family:
    measure = Measure(
        stem="x", named=names, table=table, how="count", windows=last(*range(1, len(names) + 1)), description="x",
        unit="days", group="buys_less",
    )  # fmt: skip
    return Family(name=family, meaning=family, measures=(measure,))


def clean() -> Panel:
    return panel_of(what_rules_cannot_see, customers=300)


def plus(rows: Panel, **columns: np.ndarray) -> Panel:
    features = tuple(Feature(name=name, description=name, unit="share", group="buys_less") for name in columns)
    return replace(rows, frame=rows.frame.assign(**columns), features=(*rows.features, *features))


def failed(results: tuple[LeakResult, ...]) -> dict[str, LeakResult]:
    return {result.feature or result.id: result for result in results if not result.passed}


def noise(rows: Panel, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=len(rows.frame))


# The ordering itself


def test_an_auroc_within_strata_counts_pairs_by_hand() -> None:
    score = np.array([3.0, 1.0, 2.0, 9.0, 9.0, 8.0])
    label = np.array([1.0, 0.0, 0.0, 1.0, 0.0, 1.0])
    told = Auroc.of(score, label, np.array([0, 0, 0, 1, 1, 1]), np.arange(6))
    # The first stratum wins 2 of 2 pairs, the second half of one tie and none of the other.
    assert told.value == pytest.approx(2.5 / 4)
    assert told.told is told
    assert Auroc.of(-score, label, np.array([0, 0, 0, 1, 1, 1]), np.arange(6)).told.value == pytest.approx(2.5 / 4)


def test_the_error_is_that_of_reweighted_customers() -> None:
    drawn = np.random.default_rng(1)
    customers = np.repeat(np.arange(150), 4)
    label = (drawn.random(600) < 0.3).astype(float)
    # What a customer has at every row: rows alone would make it look twice as sure as it is.
    score = label + np.repeat(drawn.normal(size=150), 4) * 2
    told = Auroc.of(score, label, np.zeros(600, dtype=int), customers)
    drawn_anew = estimates({"auroc": auroc(score, label)}, pd.Series(customers), seed=1, replicates=1000)["auroc"]
    assert drawn_anew.low is not None
    assert drawn_anew.high is not None
    assert told.value == pytest.approx(drawn_anew.value)
    assert told.error == pytest.approx((drawn_anew.high - drawn_anew.low) / (2 * 1.96), rel=0.1)


def test_a_few_customers_in_perfect_order_prove_nothing() -> None:
    label = np.r_[np.ones(5), np.zeros(100)]
    few = Auroc.of(label, label, np.zeros(105, dtype=int), np.arange(105))
    assert (few.value, few.error) == (1.0, 0.0)
    assert few.low < 0.75
    label = np.r_[np.ones(100), np.zeros(100)]
    assert Auroc.of(label, label, np.zeros(200, dtype=int), np.arange(200)).low > 0.97


def test_a_value_in_the_middle_and_a_null_are_values_of_their_own() -> None:
    learned = np.array([1.0, 2.0, 2.0, 3.0, np.nan, np.nan])
    _, share = binned(learned, np.array([0.0, 1.0, 1.0, 0.0, 1.0, 0.0]), np.array([1.0, 2.0, 3.0, np.nan]))
    assert share.tolist() == pytest.approx([0.25, 2.5 / 3, 0.25, 0.5])


# Columns and families


def test_columns_that_tell_the_outcome_are_named_with_their_table() -> None:
    rows = clean()
    label = rows.frame.label.to_numpy()
    middle = np.where(label == 1, 3.0, np.random.default_rng(2).choice([1.0, 2.0, 4.0, 5.0], len(label)))
    planted = plus(
        rows,
        noisy=label + noise(rows) * 0.3,
        reversed=-label + noise(rows) * 0.3,
        absent=np.where(label == 1, np.nan, noise(rows)),
        status=middle,
    )
    found = failed(alone(planted, [measured("leaky", "noisy", "status", table="cases")]))
    assert set(found) == {"noisy", "reversed", "absent", "status"}
    assert found["status"].table == "cases"
    assert found["noisy"].id == "alone/noisy"
    assert {one.kind for one in found.values()} == {"alarm"}
    assert all(one.cure and one.evidence["low"] > 0.9 for one in found.values())


def test_honest_columns_alone_pass_and_the_strongest_is_named() -> None:
    (result,) = alone(panel_of(only_recency, customers=300), NO_FAMILIES)
    assert result.passed
    assert "days_since_last_activity" in result.says


def test_a_family_that_tells_together_what_none_of_its_columns_does() -> None:
    rows = panel_of(two_together, customers=1500, dates=6)
    half = noise(rows, 3) * 5
    planted = plus(rows, half=half, other_half=half + rows.frame.label.to_numpy() + noise(rows, 4) * 0.3)
    leaky, honest = measured("leaky", "half", "other_half"), measured("honest", "one", "two")
    assert set(failed(alone(planted, [leaky, honest]))) == set()
    (found,) = [one for one in family_alone(planted, [leaky, honest], seed=1) if not one.passed]
    assert found.id == "family/leaky"
    assert found.evidence["low"] > 0.9 > found.evidence["rest"]
    assert [one.passed for one in family_alone(rows, [honest], seed=1)] == [True]


def test_where_everything_is_plain_no_family_stands_out() -> None:
    rows = clean()
    sign = rows.frame.label.to_numpy() + noise(rows) * 0.3
    plain = plus(rows, first=sign, second=sign + noise(rows, 9) * 0.01)
    results = family_alone(plain, [measured("one_side", "first"), measured("other_side", "second")], seed=1)
    assert [one.passed for one in results] == [True]


def test_the_whole_above_its_bound_is_an_alarm() -> None:
    frame = clean().frame
    label = frame.label.to_numpy()
    assert not whole(frame, label + np.random.default_rng(1).normal(size=len(label)) * 0.3).passed
    assert whole(frame, frame.one.to_numpy()).passed


def test_a_procedure_that_peeks_foresees_labels_drawn_by_lot() -> None:
    rows = clean()

    def peeks(train: pd.DataFrame, test: pd.DataFrame) -> np.ndarray:
        return np.asarray(test.label * 0.3 + np.random.default_rng(len(train)).random(len(test)))

    found = permuted(rows, target(), seed=1, procedure=peeks)
    assert not found.passed
    assert found.kind == "leak"
    assert all(permuted(rows, target(), seed=seed).passed for seed in range(1, 6))


# Dates against each other


def with_ages(rows: Panel, seed: int = 1) -> Panel:
    """The same, where customers joined over three years and grow older by a day each day."""
    frame = rows.frame
    people = np.sort(frame.customer_id.unique())
    joined = dict(zip(people, np.random.default_rng(seed).integers(-1000, 100, len(people)), strict=True))
    day = (frame.as_of - frame.as_of.min()).dt.days
    age = (day - frame.customer_id.map(joined)).astype("float64")
    kept = frame.assign(days_since_first_activity=age)[age > 0].reset_index(drop=True)
    return replace(rows, frame=kept)


def test_clocks_are_told_from_customers_who_grow_older() -> None:
    rows = with_ages(clean())
    day = (rows.frame.as_of - rows.frame.as_of.min()).dt.days.to_numpy()
    age = rows.frame.days_since_first_activity.to_numpy()
    random = np.random.default_rng(5)
    planted = plus(
        rows,
        absolute_date=day - random.exponential(10, len(day)),
        customer_number=day - age,
        order_number=1000.0 * day + random.integers(0, 20000, len(day)),
        amount=np.where(day < 112, 100, 1) * random.lognormal(3, 0.5, len(day)),
        orders_ever=random.poisson(age / 10).astype(float),
        days_since_last_order=random.exponential(10, len(day)),
        censored=np.where(day < 84, np.nan, random.normal(size=len(day))),
    )
    found = failed(telling_date(planted, [measured("value", "amount")]))
    assert set(found) == {"absolute_date", "customer_number", "order_number", "amount"}
    assert found["amount"].table == "orders"
    assert all(one.kind == "alarm" and one.id == f"clock/{name}" for name, one in found.items())
    (passed,) = telling_date(rows, NO_FAMILIES)
    assert passed.passed


def test_what_tonight_cannot_know_is_seen_by_its_absence() -> None:
    rows = panel_of(only_recency, customers=400)
    last_date = rows.frame.as_of.max()
    label = rows.frame.label.to_numpy()
    tonight = rows.frame.as_of == last_date
    planted = plus(
        rows,
        closed=np.where(tonight, 0.0, label * (np.random.default_rng(1).random(len(label)) < 0.7)),
        days_to_next_order=np.where(tonight | (label == 1), np.nan, 5.0),
    )
    past = planted.where(~tonight)
    found = failed(past_and_tonight(past, planted.frame[tonight], NO_FAMILIES))
    assert set(found) == {"closed", "days_to_next_order"}
    assert found["closed"].evidence["tonight"] < found["closed"].evidence["least"] / 2
    assert found["days_to_next_order"].evidence["tonight"] > 0.9
    (passed,) = past_and_tonight(rows.where(~tonight), rows.frame[tonight], NO_FAMILIES)
    assert passed.passed


# A company's tables


ACTS = Family(
    name="acts",
    meaning="orders, their amounts, and contacts",
    measures=(
        Measure(
            stem="x", named=("days_since_last_order",), table="orders", how="min", what=lambda rows: rows.days_ago,
            windows=(EVER,),
            description="days since the last order", unit="days", group="gone_quiet",
        ),
        Measure(
            stem="orders", table="orders", how="count", windows=last(28), description="orders", unit="orders",
            group="buys_less",
        ),
        Measure(
            stem="farewells", table="contacts", how="count", where=lambda rows: rows.topic == "farewell",
            windows=last(7), description="farewells", unit="contacts", group="contacts",
        ),
    ),
)  # fmt: skip
HORIZON = 14
WINDOW = Window(
    target=inactivity(active_days=28, horizon_days=HORIZON, gap_days=1), activity=("orders",), load_window=LOAD_WINDOW
)
NOW = date(2024, 11, 1)
DATES = tuple(date(2024, 4, 1) + timedelta(days=21 * step) for step in range(8))
WEEKLY = tuple(date(2024, 3, 1) + timedelta(days=7 * step) for step in range(24))
QUESTIONS = ("billing", "delivery", "account")


def a_company(folder: Path, *, farewell_days: int | None = None, touched: bool = False) -> CheckedTables:
    """Customers who order about every five days until they stop for good; questions whenever.

    `farewell_days` after the last order most of the leavers say farewell. Where orders are `touched`, those of the last
    four weeks of a leaver are known anew two months after the end.
    """
    drawn = np.random.default_rng(3)
    start = pd.Timestamp("2024-01-01 12:00")
    orders, contacts = [], []
    for number in range(260):
        name, end = f"c{number:03d}", int(drawn.integers(40, 500))
        days = np.cumsum(drawn.geometric(0.2, 200))
        days = days[days < min(end, 305)]
        left = end < 305 and len(days) > 0
        for day in days:
            late = 60 + end - day if touched and left and day > end - 28 else 0
            happened = start + pd.Timedelta(days=int(day))
            orders.append((name, happened, happened + pd.Timedelta(days=int(late)), 10))
        for day in drawn.integers(0, 305, 3):
            contacts.append((name, start + pd.Timedelta(days=int(day)), "inbound", "chat", drawn.choice(QUESTIONS)))
        if left and farewell_days is not None and drawn.random() < 0.9:
            when = start + pd.Timedelta(days=int(days[-1]) + farewell_days)
            contacts.append((name, when, "inbound", "chat", "farewell"))
    return checked(
        folder,
        orders=as_drawn(pd.DataFrame(orders, columns=["customer_id", "happened_at", "known_at", "amount"])),
        contacts=as_drawn(
            pd.DataFrame(contacts, columns=["customer_id", "happened_at", "direction", "channel", "topic"])
        ),
    )


def learned(tables: CheckedTables, dates: tuple[date, ...] = DATES) -> tuple[Backend, Panel]:
    connection = connection_of(tables)
    return connection, panel(connection, tables, (ACTS,), WINDOW, dates=dates)


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> CheckedTables:
    return a_company(tmp_path_factory.mktemp("honest"))


@pytest.fixture(scope="module")
def farewells(tmp_path_factory: pytest.TempPathFactory) -> CheckedTables:
    return a_company(tmp_path_factory.mktemp("farewells"), farewell_days=1)


def test_an_event_right_before_the_outcome_is_named(farewells: CheckedTables) -> None:
    connection, rows = learned(farewells, WEEKLY)
    (found,) = tell_tale_events(connection, farewells, WINDOW, rows, now=NOW)
    assert not found.passed
    assert found.id == "event/contacts/topic/farewell"
    assert found.table == "contacts"
    assert found.evidence["times"] > 50


def test_questions_come_right_before_nothing(honest: CheckedTables) -> None:
    connection, rows = learned(honest)
    (result,) = tell_tale_events(connection, honest, WINDOW, rows, now=NOW)
    assert result.passed
    assert result.evidence["times"] < 5


def test_training_rows_that_no_night_would_score_are_found(honest: CheckedTables) -> None:
    connection, rows = learned(honest)
    at = (DATES[2], DATES[5])
    assert rows_twice(connection, honest, (ACTS,), WINDOW, rows, dates=at).passed
    column = rows.frame.days_since_last_order
    bent = replace(rows, frame=rows.frame.assign(days_since_last_order=column - column.mean()))
    found = rows_twice(connection, honest, (ACTS,), WINDOW, bent, dates=at)
    assert not found.passed
    assert (found.kind, found.feature, found.table) == ("leak", "days_since_last_order", "orders")
    # One value of one row is enough.
    one = rows.frame.copy()
    one.loc[one.index[one.as_of == pd.Timestamp(DATES[5])][0], "orders_last_28d"] += 1
    assert not rows_twice(connection, honest, (ACTS,), WINDOW, replace(rows, frame=one), dates=at).passed


def test_rows_known_since_they_were_touched_by_leaving(honest: CheckedTables, tmp_path: Path) -> None:
    connection, rows = learned(honest)
    (result,) = known_since(connection, honest, (ACTS,), WINDOW, rows, dates=DATES[2:6])
    assert result.passed
    assert "nothing" in result.says
    touched = a_company(tmp_path, touched=True)
    # Who is in the cohort is not what is asked here.
    long = replace(WINDOW, target=inactivity(active_days=90, horizon_days=HORIZON, gap_days=1))
    connection = connection_of(touched)
    rows = panel(connection, touched, (ACTS,), long, dates=DATES)
    found = failed(known_since(connection, touched, (ACTS,), long, rows, dates=DATES[2:6]))
    assert found
    assert {one.table for one in found.values()} == {"orders"}


def says_farewell(*, gap_days: int) -> Window:
    def outcome(future: Future, cohort: ir.Table) -> ir.Table:
        contacts = future["contacts"]
        return whether(cohort, contacts.filter(contacts.topic == "farewell"))

    made = replace(WINDOW.target, name="farewell", outcome=outcome, gone=None, horizon_days=3, gap_days=gap_days)
    return replace(WINDOW, target=replace(made, cohort=active_within(28)))


def test_foresight_that_ends_with_an_event_falls_off_a_cliff(farewells: CheckedTables) -> None:
    """A column that knows who says farewell within three days, and nothing of who does later."""
    connection = connection_of(farewells)
    rows = panel(connection, farewells, (ACTS,), says_farewell(gap_days=0), dates=WEEKLY[:20])
    soon = replace(says_farewell(gap_days=0).target, horizon_days=3)
    spine = rows.frame[["unit_id", "customer_id", "as_of"]]
    known = labels_at(connection, farewells, replace(WINDOW, target=soon), spine)

    def found(of: Panel) -> LeakResult:
        (one,) = gap_curve(connection, farewells, (ACTS,), says_farewell(gap_days=0), of, now=NOW, capacity=5, seed=1)
        return one

    planted = found(plus(rows, has_decided=known.to_numpy()))
    assert not planted.passed
    assert planted.feature == "has_decided"
    assert planted.evidence["far"] <= 7
    assert planted.evidence["auroc_gap_0"] > 0.9 > 0.7 > planted.evidence["auroc_gap_7"]


def test_silence_that_lasts_fades_slowly(honest: CheckedTables) -> None:
    connection, rows = learned(honest)
    (result,) = gap_curve(connection, honest, (ACTS,), WINDOW, rows, now=NOW, capacity=20, seed=1)
    assert result.passed
    assert result.evidence["auroc_gap_0"] > 0.6


def test_the_whole_suite_passes_an_honest_company(honest: CheckedTables) -> None:
    connection, rows = learned(honest)
    tonight = matrix(connection, honest, (ACTS,), WINDOW, as_of=NOW).frame
    judged = rows.frame.assign(score=rows.frame.days_since_last_order)
    results = leak_suite(
        connection, honest, (ACTS,), WINDOW, rows, tonight=tonight, judged=judged, now=NOW, capacity=20, seed=1
    )
    assert [one.says for one in results if not one.passed] == []
    assert len({one.id for one in results if one.id}) >= 9


# What people say of alarms


def test_an_alarm_waits_for_a_name_and_a_reason_and_a_leak_for_nobody() -> None:
    leak = LeakResult(test="poison", passed=False, says="it knows", id="poison")
    alarm = LeakResult(test="alone", passed=False, says="it tells", kind="alarm", id="alone/x", evidence={"auroc": 0.9})
    fine = LeakResult(test="clock", passed=True, says="nothing", kind="alarm", id="clock")
    results = (leak, alarm, fine)
    assert unanswered(results, ()) == (leak, alarm)
    day = date(2024, 1, 1)
    said_so = Acknowledgement(id="alone/x", by="Mina", because="a contract that ends is known a month before", on=day)
    assert unanswered(results, (said_so, replace(said_so, id="poison"))) == (leak,)
    assert unanswered(results, (replace(said_so, because=" "),)) == (leak, alarm)
    assert asdict(alarm)["evidence"] == {"auroc": 0.9}
