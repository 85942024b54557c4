"""How tables are declared, and that every declared table is in the catalogue."""

from __future__ import annotations

from pathlib import Path

import pytest

import contract.tables
from contract.catalogue import ACTIVITY_TABLES, TABLES
from contract.table import Column, Table


def test_every_table_in_the_folder_is_in_the_catalogue() -> None:
    files = {path.stem for path in Path(contract.tables.__path__[0]).glob("*.py")} - {"__init__"}
    assert set(TABLES) == files
    assert all(name == table.name for name, table in TABLES.items())


def test_customers_come_first() -> None:
    """The others are held against them."""
    assert next(iter(TABLES)) == "customers"


def test_activity_tables_say_which_rows_count() -> None:
    assert ACTIVITY_TABLES == ("orders", "usage")


@pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
def test_every_table_has_a_customer_and_two_clocks(table: Table) -> None:
    assert [column.name for column in table.columns[:1] + table.columns[-2:]] == [
        "customer_id",
        "happened_at",
        "known_at",
    ]
    assert table.grain.startswith(("one row a ", "one row an "))
    assert all(column.meaning for column in table.columns)


@pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
def test_what_the_company_made_is_explained(table: Table) -> None:
    assert (table.company_made is None) == (table.company_made_meaning is None)


def test_a_key_or_date_that_is_no_column_is_refused() -> None:
    score = Column(name="score", type="integer", meaning="a score", dated_by="answered_at")
    with pytest.raises(ValueError, match=r"table surveys: \['survey_id', 'answered_at'\]"):
        Table(name="surveys", grain="one row a survey", key=("survey_id",), own_columns=(score,))


def test_an_unknown_column_is_named() -> None:
    assert TABLES["orders"].column("amount").type == "decimal"
    with pytest.raises(KeyError, match="table orders has no column amuont"):
        TABLES["orders"].column("amuont")


def test_timestamps_date_themselves_unless_planned() -> None:
    orders, contacts = TABLES["orders"], TABLES["contacts"]
    assert orders.dating(orders.column("delivered_at")) == "delivered_at"
    assert orders.dating(orders.column("promised_at")) is None
    assert orders.dating(orders.column("amount")) is None
    assert contacts.dating(contacts.column("resolved")) == "resolved_at"
