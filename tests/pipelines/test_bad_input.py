"""Bad rows and columns, end to end: what the night says of them, and that the last list stands to the last byte."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pipelines import cli, stages
from tests.pipelines.bad_night import ORDERS_SECTION, BadNight, Change
from tests.pipelines.company import CUSTOMERS

#: One row of so many is broken: five in a hundred, where one is tolerated.
EVERY = 20


def in_some(column: str, value: Any) -> Change:
    """Every twentieth row, the first among them, has `value` in `column`."""

    def change(rows: pd.DataFrame) -> pd.DataFrame:
        values = rows[column].astype("str") if isinstance(value, str) else rows[column]
        return rows.assign(**{column: values.where(np.arange(len(rows)) % EVERY > 0, value)})

    return change


def in_all(column: str, value: Any) -> Change:
    return lambda rows: rows.assign(**{column: value})


def without(column: str) -> Change:
    return lambda rows: rows.drop(columns=column)


def count(broken: int, rows: int) -> str:
    return f"{broken:,} of {rows:,} rows ({broken / rows:.1%})"


def too_many(table: str, broken: int, rows: int) -> str:
    """What stops the run, whatever is wrong with the rows."""
    return (
        f"{table}: more bad rows than tolerated (1.0%) {count(broken, rows)} "
        f"Cure: mend these rows, or raise tables.{table}.tolerated_bad_share if you can live with it"
    )


# A column that is not there


def test_a_missing_column_of_orders(bad: BadNight) -> None:
    bad.change_orders(without("happened_at"))
    assert bad.refused(code=cli.CANNOT) == (
        "vafa: table orders: column happened_at (when it happened in the world) is required and not mapped; write it "
        "under [tables.orders.columns]. The source has order_id, customer_id, amount, currency, items, category"
    )


def test_a_column_that_the_mapping_names_and_the_source_lacks(bad: BadNight) -> None:
    bad.add_toml('[tables.orders.columns]\norder_id = "order_id"\ncustomer_id = "customer_id"\nhappened_at = "happend"')
    assert bad.refused(code=cli.CANNOT) == (
        "vafa: table orders: column happened_at is mapped to happend, which the source does not have; did you mean "
        "happened_at? Mend tables.orders.columns.happened_at"
    )


@pytest.mark.parametrize("mapping", ["", '[tables.customers.columns]\ncustomer_id = "number"\njoined_at = "since"'])
def test_a_file_without_a_header_line_does_not_show_its_first_customer(bad: BadNight, mapping: str) -> None:
    bad.change_people(lambda rows: rows, header=False)
    bad.add_toml(mapping)
    told = bad.refused(code=cli.CANNOT)
    assert "table customers: column customer_id" in told
    assert "7 other columns (not named here: without a header line they are the first row's values)" in told


@pytest.mark.parametrize("change", [without("amount"), in_all("amount", np.nan)], ids=["missing", "all null"])
def test_an_optional_column_that_is_lost_stops_the_night(bad: BadNight, change: Change) -> None:
    """The champion has learned from it, and its grade is that of nights that had it: neither holds without."""
    rows = len(bad.change_orders(change))
    told = bad.refused(code=cli.NOT_READY)
    assert f"orders.amount: fewer values than at the last good check {count(rows, rows)}" in told
    assert "Cure: the column may have been renamed, or be filled no longer: map it again under" in told
    bad.change_toml(ORDERS_SECTION, f"{ORDERS_SECTION}\ntolerated_shrinkage = 1")
    told = bad.refused(code=cli.CANNOT)
    assert "version 1 was trained with orders.amount, where no value is left" in told
    assert told.endswith("map it again and run vafa check, or run vafa train to learn without")


def test_a_lost_column_that_has_a_default_stops_the_night_too(bad: BadNight) -> None:
    """Without it everybody could be called, also those who must not be."""
    bad.change_people(without("contact_allowed"))
    told = bad.refused(code=cli.NOT_READY)
    assert f"customers.contact_allowed: fewer values than at the last good check {count(CUSTOMERS, CUSTOMERS)}" in told


# Values of the wrong type, and absurd ones


TIME_CURE = (
    "write times as 2026-01-31 14:05, or give their format; times without a zone need time_zone, under [tables.orders]"
)


@pytest.mark.parametrize(
    ("column", "value", "problem", "example", "cure"),
    [
        ("amount", "twenty", "not a number", "'twenty'", "write it as a number, as 1234.5: no comma between thousands"),
        ("items", "a few", "not a whole number", "'a few'", "write it as a whole number, as 1234: no comma"),
        ("happened_at", "yesterday", "not a time", "'yesterday'", TIME_CURE),
        ("amount", -5.0, "below 0", "'-5.0'", "amount is what was paid, or paid back for a return; never"),
        ("amount", 1e12, "above 1e+09", "'1000000000000.0'", "check the unit, and for a slipped comma"),
        ("happened_at", pd.Timestamp("0001-01-01"), "before 1970", "'0001-01-01 00:00:00'", "an empty or default date"),
        ("happened_at", pd.Timestamp("1969-07-20"), "before 1970", "'1969-07-20 00:00:00'", "an empty or default date"),
        ("happened_at", pd.Timestamp("2999-01-01"), "in the future", "'2999-01-01 00:00:00'", "a date that has not"),
    ],
    ids=["text", "words", "no date", "negative", "too much", "year 1", "year 1969", "year 2999"],
)
def test_values_that_cannot_be(bad: BadNight, column: str, value: Any, problem: str, example: str, cure: str) -> None:
    rows = len(bad.change_orders(in_some(column, value)))
    broken = -(-rows // EVERY)
    told = bad.refused(code=cli.NOT_READY)
    assert too_many("orders", broken, rows) in told
    assert f"orders.{column}: {problem} {count(broken, rows)}, for example row 1: {example} Cure: {cure}" in told


def test_orders_of_next_week(bad: BadNight) -> None:
    """A clock that is a few hours ahead is let pass; a week is not."""
    ahead = pd.Timestamp(stages.utc_now()).floor("s") + pd.Timedelta(days=7)
    rows = len(bad.change_orders(in_some("happened_at", ahead)))
    told = bad.refused(code=cli.NOT_READY)
    assert f"orders.happened_at: in the future {count(-(-rows // EVERY), rows)}, for example row 1: '{ahead}'" in told


def test_numbers_where_times_should_be(bad: BadNight) -> None:
    bad.change_orders(lambda rows: rows.assign(happened_at=rows.happened_at.astype("int64")))
    assert bad.refused(code=cli.CANNOT) == (
        "vafa: table orders: happened_at should be a time, but happened_at holds BIGINT; convert it with a SQL select, "
        "as to_timestamp(happened_at) for seconds since 1970"
    )


def test_a_wrong_word_about_a_customer(bad: BadNight) -> None:
    bad.change_people(in_some("contact_allowed", "maybe"))
    told = bad.refused(code=cli.NOT_READY)
    assert too_many("customers", CUSTOMERS // EVERY, CUSTOMERS) in told
    assert (
        f"customers.contact_allowed: not true or false {count(CUSTOMERS // EVERY, CUSTOMERS)}, "
        "for example row 1: 'maybe' Cure: write it as true or false, or convert it with a SQL select" in told
    )


# Rows that contradict each other


def test_two_different_orders_of_one_number(bad: BadNight) -> None:
    def change(rows: pd.DataFrame) -> pd.DataFrame:
        place = np.arange(len(rows)) % EVERY
        return rows.assign(order_id=rows.order_id.where(place != 1, rows.order_id.shift()))

    rows = bad.change_orders(change)
    broken = 2 * (rows.order_id.duplicated().sum())
    told = bad.refused(code=cli.NOT_READY)
    assert too_many("orders", broken, len(rows)) in told
    assert (
        f"orders.order_id, kind: one key with two different rows known at the same moment {count(broken, len(rows))}, "
        "for example row 1: order_id 'o0', kind 'purchase' Cure: keep one row a (order_id, kind), or map known_at, so "
        "that the later row replaces the earlier" in told
    )


def test_one_customer_twice_is_not_named(bad: BadNight) -> None:
    bad.change_people(lambda rows: pd.concat([rows, rows.head(10).assign(segment="another")]))
    told = bad.refused(code=cli.NOT_READY)
    assert too_many("customers", 20, CUSTOMERS + 10) in told
    assert (
        "customers.customer_id: one key with two different rows known at the same moment "
        f"{count(20, CUSTOMERS + 10)}, for example row 1 Cure: keep one row a (customer_id), or map known_at" in told
    )


# Nothing there


def test_a_required_column_without_any_value(bad: BadNight) -> None:
    rows = len(bad.change_orders(in_all("customer_id", None)))
    told = bad.refused(code=cli.NOT_READY)
    assert too_many("orders", rows, rows) in told
    assert (
        f"orders.customer_id: empty {count(rows, rows)}, for example row 1: (personal, not shown) "
        "Cure: every row needs whose row this is; fill it, or leave such rows out of the select" in told
    )
    assert f"orders: no sound row is left {count(rows, rows)} Cure: mend the rows, which lie in quarantine" in told


def test_an_optional_column_that_never_had_a_value_is_a_warning(bad: BadNight) -> None:
    bad.change_people(lambda rows: rows.assign(language=""))
    bad.goes_on()
    report = (bad.out / "work" / "readiness.md").read_text(encoding="utf-8")
    assert f"**customers.language**: always empty, {count(CUSTOMERS, CUSTOMERS)}" in report
    assert "Cure: map another column, or leave it out" in report


def empty_orders(bad: BadNight) -> None:
    bad.change_orders(lambda rows: rows.head(0))


def empty_people(bad: BadNight) -> None:
    bad.change_people(lambda rows: rows.head(0))


@pytest.mark.parametrize(("table", "empty"), [("orders", empty_orders), ("customers", empty_people)])
def test_an_empty_table(bad: BadNight, table: str, empty: Callable[[BadNight], None]) -> None:
    empty(bad)
    told = bad.refused(code=cli.NOT_READY)
    assert f"{table}: the table is empty Cure: check tables.{table}: its select gives no row" in told
    assert f"{table}: fewer rows than at the last good check" in told
    assert "then, 0 now" in told


# Money


def test_mixed_currencies(bad: BadNight) -> None:
    rows = len(bad.change_orders(in_some("currency", "USD")))
    broken = -(-rows // EVERY)
    assert (
        f"orders.currency: mixed currencies {count(broken, rows)}, for example EUR ({rows - broken} rows), "
        f"USD ({broken} rows) Cure: amounts are added up, so they must be in one currency: convert them in the select"
    ) in bad.refused(code=cli.NOT_READY)


def by_column(bad: BadNight) -> None:
    bad.change_orders(in_all("currency", "USD"))


def by_mapping(bad: BadNight) -> None:
    same = "\n".join(f'{name} = "{name}"' for name in ("order_id", "customer_id", "happened_at", "amount"))
    bad.add_toml(f'[tables.orders.columns]\n{same}\ncurrency = {{ value = "USD" }}')


@pytest.mark.parametrize("stated", [by_column, by_mapping])
def test_another_currency_than_the_companys(bad: BadNight, stated: Callable[[BadNight], None]) -> None:
    stated(bad)
    rows = len(pd.read_parquet(bad.folder / "baskets.parquet"))
    assert (
        f"orders.currency: another currency than the company's {count(rows, rows)}, for example these rows say USD, "
        "and company.currency says EUR Cure: set company.currency to what the amounts are in, or convert them in "
        "tables.orders.sql"
    ) in bad.refused(code=cli.NOT_READY)


def test_where_the_company_states_no_currency_the_list_states_that_of_the_orders(bad: BadNight) -> None:
    bad.change_orders(in_all("currency", "USD"))
    bad.change_toml('currency = "EUR"\n', "")
    assert "USD at stake" in bad.goes_on().stdout
    assert bad.newest_list().currency.eq("USD").all()
    assert "Value at risk (USD)" in bad.page()
    assert "EUR" not in bad.page()


def test_where_nobody_states_a_currency_none_is_claimed(bad: BadNight) -> None:
    bad.change_orders(without("currency"))
    bad.change_toml('currency = "EUR"\n', "")
    bad.change_toml(ORDERS_SECTION, f"{ORDERS_SECTION}\ntolerated_shrinkage = 1")
    assert bad.run("train").exit_code == cli.READY
    bad.goes_on()
    assert bad.newest_list().currency.eq("").all()
    assert "EUR" not in bad.page()
