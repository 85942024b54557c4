"""What vafa.toml may say: everything that is wrong is refused with the place and the cure."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from pydantic import ValidationError

from contract.mapping import ColumnSpec, CompanyMapping

CUSTOMERS = {"sql": "select 1"}


def mapping(**given: Any) -> CompanyMapping:
    return CompanyMapping.model_validate({"sources": {}, "tables": {"customers": CUSTOMERS}, **given})


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"tables": {"orders": CUSTOMERS}}, "tables.customers is missing: every company has customers"),
        (
            {"tables": {"customers": CUSTOMERS, "ordrs": CUSTOMERS}},
            "tables.ordrs is no table of the contract; there are customers, subscriptions, orders, usage, contacts",
        ),
        ({"tables": {"customers": {"source": "crm"}}}, "tables.customers.source = 'crm', but the sources are none"),
        (
            {"sources": {"erp": {"kind": "csv", "path": "a.csv"}}, "tables": {"customers": {"source": "crm"}}},
            "'crm', but the sources are erp",
        ),
        (
            {"tables": {"customers": {**CUSTOMERS, "columns": {"name": "name"}}}},
            "tables.customers.columns.name is no column of customers; it has contact_allowed, customer_id",
        ),
        ({"tables": {"customers": {}}}, 'give source = "a source\'s name" or sql = "select ...": one of the two'),
        ({"tables": {"customers": {**CUSTOMERS, "source": "crm"}}}, "one of the two"),
        (
            {"tables": {"customers": {**CUSTOMERS, "time_zone": "Tehran"}}},
            "time zone 'Tehran' is not known: write a name of the IANA list",
        ),
        ({"tables": {"customers": {**CUSTOMERS, "tolerated_bad_share": 1.5}}}, "less than or equal to 1"),
        ({"tables": {"customers": {**CUSTOMERS, "delay_hours": -1}}}, "greater than or equal to 0"),
        ({"tables": {"customers": {**CUSTOMERS, "timezone": "UTC"}}}, "timezone\n.*Extra inputs are not permitted"),
        ({"sources": {"crm": {"kind": "csv"}}}, "sources.crm.path\n.*Field required"),
        (
            {"tables": {"customers": {**CUSTOMERS, "columns": {"segment": {"format": "%Y"}}}}},
            'give a column\'s name, or { value = "..." }: one of the two',
        ),
        (
            {"tables": {"customers": {**CUSTOMERS, "columns": {"segment": {"column": "a", "value": "b"}}}}},
            "one of the two",
        ),
    ],
)
def test_a_wrong_mapping_is_refused_with_the_cure(given: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says.replace("(", r"\(").replace("{ v", r"\{ v")):
        mapping(**given)


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ('"Kunde"', ColumnSpec(column="Kunde")),
        ('{ column = "Datum", format = "%d.%m.%Y" }', ColumnSpec(column="Datum", format="%d.%m.%Y")),
        ('{ value = "EUR" }', ColumnSpec(value="EUR")),
        ("{ value = 3 }", ColumnSpec(value="3")),
        ("{ value = 2.5 }", ColumnSpec(value="2.5")),
        ("{ value = true }", ColumnSpec(value="true")),
    ],
)
def test_a_column_is_a_name_or_a_constant(written: str, means: ColumnSpec) -> None:
    columns = tomllib.loads(f"segment = {written}")
    assert mapping(tables={"customers": {**CUSTOMERS, "columns": columns}}).tables["customers"].columns == {
        "segment": means
    }


def test_a_mapping_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        mapping().tables = {}  # type: ignore[misc]
