"""The leak test: every poison poisons, honest features pass, and whoever peeks is caught."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pytest

from contract import cut
from contract.checked import CheckedTables
from contract.cut import History
from features.catalogue import FAMILIES as EVERY_FAMILY
from features.family import EVER, Computed, Family, Feature, Measure
from labels.brought import brought
from models import dataset
from models.dataset import Window
from models.leaks import POISONS, LeakResult, poison_future
from tests.drawn import checked
from tests.models.companies import AS_OF, FAMILIES, LOAD_WINDOW, company, connection_of, names_on, window

REMOVED, CHANGED, ADDED = POISONS
#: A cut of time, honest or not.
Cut = Callable[..., History]


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> CheckedTables:
    return company(tmp_path_factory.mktemp("company"))


def found(
    tables: CheckedTables, families: tuple[Family, ...] = FAMILIES, *, of: Window | None = None
) -> list[LeakResult]:
    return list(poison_future(connection_of(tables), tables, families, of or window(), as_of=AS_OF))


def caught(results: list[LeakResult]) -> set[str]:
    return {result.test for result in results if not result.passed}


def test_every_family_of_the_catalogue_passes(tables: CheckedTables) -> None:
    results = found(tables, EVERY_FAMILY)
    assert [result.test for result in results] == [REMOVED, CHANGED, ADDED]
    assert caught(results) == set()
    assert all(f"customers at {AS_OF} are the same to the last bit" in result.says for result in results)


@pytest.mark.parametrize("load_hours", [0, 6])
def test_honest_families_pass_with_any_load_window(tables: CheckedTables, load_hours: int) -> None:
    of = replace(window(), load_window=timedelta(hours=load_hours))
    assert caught(found(tables, (*FAMILIES, DELIVERED, IS_DELIVERED), of=of)) == set()


def test_labels_that_the_company_brings_are_poisoned_and_change_nothing(tmp_path: Path) -> None:
    """They lie before as_of and were known then: even so they are none of what a night may see."""
    drawn = "\n".join(
        f"c{number:02d} | late | 2024-0{month}-01 | {number % 2}" for number in range(5) for month in (2, 4)
    )
    with_labels = checked(
        tmp_path,
        orders="""
            customer_id | happened_at      | amount
            c00         | 2024-04-20 10:00 | 10
            c01         | 2024-04-21 10:00 | 20
            c02         | 2024-05-02 10:00 | 20
            c03         | 2024-04-02 10:00 | 20
            c04         | 2024-04-02 10:00 | 20
        """,
        labels=f"customer_id | target | as_of | label\n{drawn}",
    )
    late = brought(name="late", active_days=30, horizon_days=7, gap_days=1)
    results = found(with_labels, of=replace(window(), target=late))
    assert caught(results) == set()
    assert len(results) == 3


# A cut that peeks. Every family reads it, so every leak of the one place that cuts time shows here.


def a_week_ahead(tables: CheckedTables, as_of: date, **rest: object) -> History:
    return cut.history(tables, as_of + timedelta(days=7), **rest)  # type: ignore[arg-type]


def whenever_known(tables: CheckedTables, as_of: date, **rest: object) -> History:
    return cut.history(tables, as_of, **{**rest, "load_window": timedelta(days=3650)})  # type: ignore[arg-type]


def known_at_the_very_end(tables: CheckedTables, as_of: date, **rest: object) -> History:
    """`<=` in place of `<` at the second clock."""
    longer = LOAD_WINDOW + timedelta(microseconds=1)
    return cut.history(tables, as_of, **{**rest, "load_window": longer})  # type: ignore[arg-type]


def happened_at_midnight(tables: CheckedTables, as_of: date, **rest: object) -> History:
    """`<=` in place of `<` at the first clock."""
    tick = ibis.interval(microseconds=1)
    return cut.history(_with(tables, lambda rows: {"happened_at": rows.happened_at - tick}), as_of, **rest)  # type: ignore[arg-type]


def filled_in_at_once(tables: CheckedTables, as_of: date, **rest: object) -> History:
    """As if the day of delivery were known with the order."""
    return cut.history(_with(tables, lambda rows: {"delivered_at": rows.happened_at}), as_of, **rest)  # type: ignore[arg-type]


def _with(tables: CheckedTables, change: Callable[[ir.Table], dict[str, ir.Value]]) -> CheckedTables:
    orders = tables.frames["orders"]
    return replace(tables, frames={**tables.frames, "orders": orders.mutate(**change(orders))})


DELIVERED = Family(
    name="delivered",
    meaning="when the last orders came",
    measures=(
        Measure(
            stem="days_since_delivery",
            table="orders",
            how="min",
            what=lambda rows: rows.delivered_days_ago,
            windows=(EVER,),
            description="days since the last delivery",
            unit="days",
            group="buys_less",
        ),
    ),
)
IS_DELIVERED = Family(
    name="is_delivered",
    meaning="how many orders will have come",
    measures=(
        Measure(
            stem="orders_delivered",
            table="orders",
            how="count",
            where=lambda rows: rows.delivered_days_ago.notnull(),
            windows=(EVER,),
            description="orders that came",
            unit="orders",
            group="buys_less",
        ),
    ),
)


@pytest.mark.parametrize(
    ("peeking", "families", "by"),
    [
        (a_week_ahead, FAMILIES, {REMOVED, CHANGED, ADDED}),
        (whenever_known, FAMILIES, {REMOVED, CHANGED, ADDED}),
        (known_at_the_very_end, FAMILIES, {ADDED}),
        (happened_at_midnight, FAMILIES, {ADDED}),
        (filled_in_at_once, (DELIVERED,), {REMOVED, CHANGED}),
        (filled_in_at_once, (IS_DELIVERED,), {REMOVED}),
    ],
)
def test_a_cut_that_peeks_is_caught(
    monkeypatch: pytest.MonkeyPatch, tables: CheckedTables, peeking: Cut, families: tuple[Family, ...], by: set[str]
) -> None:
    monkeypatch.setattr(dataset, "history", peeking)
    results = found(tables, families)
    assert caught(results) == by
    assert all(
        "know the future" in result.says or "knows the future" in result.says for result in results if not result.passed
    )


# A family or a cohort that looks behind the cut


def behind(past: History, name: str = "orders") -> ir.Table:
    """The rows that the cut was made from."""
    (whole,) = past[name].op().find(ops.DatabaseTable)
    return whole.to_expr()


def _family(name: str, compute: Callable[[History], ir.Table]) -> Family:
    feature = Feature(name=name, description=name, unit="orders", group="buys_less")
    return Family(
        name=name,
        meaning=name,
        scope="population",
        computed=(Computed(table="orders", features=(feature,), compute=compute),),  # type: ignore[arg-type]
    )


def orders_in_all(past: History) -> ir.Table:
    orders = behind(past)
    return orders.group_by("customer_id").agg(orders_in_all=orders.count())


def money_in_all(past: History) -> ir.Table:
    """Of known orders alone, so that nothing but a later value can change it."""
    orders = behind(past)
    ids = past["orders"].select("order_id").distinct()
    return orders.semi_join(ids, "order_id").group_by("customer_id").agg(money_in_all=orders.amount.sum())


@pytest.mark.parametrize(
    ("family", "by"),
    [
        (_family("orders_in_all", orders_in_all), {REMOVED, ADDED}),
        (_family("money_in_all", money_in_all), {REMOVED, CHANGED, ADDED}),
    ],
)
def test_a_family_that_looks_behind_the_cut_is_caught_and_named(
    tables: CheckedTables, family: Family, by: set[str]
) -> None:
    results = found(tables, (*FAMILIES, family))
    assert caught(results) == by
    first = next(result for result in results if not result.passed)
    assert first.says == f"1 features at {AS_OF} know the future, first {family.name}: read only the cut history"


def who_will_order(past: History) -> ir.Table:
    orders = behind(past)
    late = orders.filter(orders.happened_at > ibis.literal("2024-06-20").cast("timestamp"))
    return late.select("customer_id").distinct()


def test_a_cohort_that_knows_who_comes_back_is_caught(tables: CheckedTables) -> None:
    cheating = replace(window(), target=replace(window().target, cohort=who_will_order))
    results = found(tables, of=cheating)
    assert REMOVED in caught(results)
    assert results[0].says == f"the cohort at {AS_OF} is another one: it knows the future"


def test_the_test_leaves_nothing_on_the_connection(tables: CheckedTables) -> None:
    connection = connection_of(tables)
    before = names_on(connection)
    found(tables)
    assert names_on(connection) == before


def test_a_source_with_a_delay_passes(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        delay_hours=30,
        orders="""
            customer_id | happened_at      | delivered_at     | amount
            ann         | 2024-04-20 10:00 | 2024-04-29 10:00 | 5
            ann         | 2024-04-29 23:00 | 2024-04-30 02:00 | 6
            ann         | 2024-04-30 02:00 | 2024-05-02 02:00 | 7
        """,
    )
    assert caught(found(tables, (*FAMILIES, DELIVERED, IS_DELIVERED))) == set()
