"""The laws that every family keeps."""

import importlib
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pytest

import features
from contract.cut import history
from features.build import feature_table
from features.catalogue import FAMILIES
from features.family import EVER, Family, Measure
from features.groups import GROUPS
from tests.drawn import checked

ROOM = Path(next(iter(features.__path__)))
FEATURES = [feature for family in FAMILIES for feature in family.features]
NAMES = [feature.name for feature in FEATURES]

#: What gives the same on DuckDB, PostgreSQL and Spark (to 1e-9). An operation comes onto this list after it was tried
#: on all three, not before; the list of those that differ is in the notes on the stack.
AGREED = {
    *("DatabaseTable", "InMemoryTable", "UnboundTable", "Project", "DropColumns", "Filter", "Aggregate", "Distinct"),
    *("Union", "JoinChain", "JoinLink", "JoinReference", "Field", "Literal", "Cast", "StructColumn"),
    *("Add", "Subtract", "Multiply", "Divide", "FloorDivide", "NullIf", "Coalesce", "Clip", "Least", "Greatest"),
    *("Equals", "NotEquals", "Less", "LessEqual", "Greater", "GreaterEqual", "Between", "And", "Or", "Not"),
    *("IsNull", "NotNull", "IfElse", "SearchedCase", "ExtractEpochSeconds", "Lowercase", "StringContains"),
    *("Count", "CountStar", "Sum", "Min", "Max", "Quantile", "ArgMin", "ArgMax"),
    *("WindowFunction", "SortKey", "RowNumber", "Lead", "Lag"),
}


def test_every_file_that_declares_a_family_is_in_the_catalogue() -> None:
    declared = {}
    for file in sorted(ROOM.glob("*.py")):
        module = importlib.import_module(f"features.{file.stem}")
        found = [value for value in vars(module).values() if isinstance(value, Family)]
        if file.stem not in ("catalogue", "document"):
            declared |= {family.name: file.stem for family in found}
    assert declared == {family.name: family.name for family in FAMILIES}, "a family's name is its file's"


def test_names_are_unique_and_carry_their_window() -> None:
    assert [name for name, times in Counter(NAMES).items() if times > 1] == []
    for family in FAMILIES:
        for measure in family.measures:
            for feature, window in zip(measure.features, measure.windows, strict=True):
                assert window == EVER or feature.name.endswith(window.suffix), feature.name
                assert feature.reach == (window.to or 0)


def test_every_group_is_known_and_every_column_that_is_shown_exists() -> None:
    assert {feature.group for feature in FEATURES} == set(GROUPS)
    assert [name for group in GROUPS.values() for name in group.shows if name not in NAMES] == []
    assert [name for feature in FEATURES for name in feature.usual or () if name not in NAMES] == []
    by_name = {feature.name: feature for feature in FEATURES}
    for group in GROUPS.values():
        assert {by_name[name].group for name in group.shows} == {group.name}


def test_derived_columns_stand_after_what_they_are_made_of() -> None:
    derived = [part for family in FAMILIES for part in family.derived]
    there = set(NAMES) - {part.feature.name for part in derived}
    by_name = {feature.name: feature for feature in FEATURES}
    for part in derived:
        assert set(part.of) <= there, part.feature.name
        assert part.feature.reach == max(by_name[name].reach for name in part.of), part.feature.name
        there.add(part.feature.name)


def test_descriptions_and_units_are_written() -> None:
    for feature in FEATURES:
        assert feature.description, feature.name
        assert feature.unit, feature.name
        assert not feature.description.endswith((".", ",")), feature.name


@pytest.fixture(scope="module")
def expression(tmp_path_factory: pytest.TempPathFactory) -> ir.Table:
    """All families over all tables, with versions, as one expression."""
    tables = checked(
        tmp_path_factory.mktemp("all"),
        activity=("orders", "usage"),
        orders="""
            customer_id | order_id | happened_at      | known_at         | amount
            ann         | o1       | 2024-01-01 10:00 | 2024-01-01 10:00 | 1
            ann         | o1       | 2024-01-01 10:00 | 2024-01-02 10:00 | 2
        """,
        usage="""
            customer_id | event | happened_at
            ann         | login | 2024-01-01 10:00
        """,
        contacts="""
            customer_id | channel | direction | happened_at
            ann         | phone   | inbound   | 2024-01-01 10:00
        """,
        cases="""
            customer_id | kind      | opened_at
            ann         | complaint | 2024-01-01 10:00
        """,
        surveys="""
            customer_id | kind | invited_at
            ann         | csat | 2024-01-01 10:00
        """,
        reviews="""
            customer_id | contact_id | reviewed_at
            ann         | n1         | 2024-01-01 10:00
        """,
        subscriptions="""
            customer_id | started_at
            ann         | 2024-01-01 10:00
        """,
        payments="""
            customer_id | succeeded | happened_at
            ann         | true      | 2024-01-01 10:00
        """,
        text_scores="""
            customer_id | text_of | text_id | happened_at
            ann         | cases   | s1      | 2024-01-01 10:00
        """,
    )
    past = history(tables, date(2026, 1, 1), load_window=timedelta(0), activity=("orders", "usage"))
    return feature_table(past, ibis.memtable({"customer_id": ["ann"]}), FAMILIES)


def test_families_use_only_operations_that_agree_on_all_engines(expression: ir.Table) -> None:
    assert set(expression.columns) == {"customer_id", *NAMES}
    assert disagreeing(expression) == []


def disagreeing(expression: ir.Table) -> list[str]:
    """The operations of an expression that are not agreed on, or not in the way they are used."""
    found = []
    for node in expression.op().find(ops.Node):
        name = type(node).__name__
        filtered = name == "Quantile" and node.where is not None
        if name not in AGREED or filtered or (name == "Union" and node.distinct):
            found.append(name)
        if isinstance(node, ops.ArgMin | ops.ArgMax) and not node.key.dtype.is_struct():
            found.append(f"{name} without a tie rule")
    return sorted(set(found))


@pytest.mark.parametrize(
    ("value", "named"),
    [
        (lambda rows: rows.amount.quantile(0.5, where=rows.days_ago > 1), "Quantile"),
        (lambda rows: rows.amount.median(), "Median"),
        (lambda rows: rows.amount.first(), "First"),
        (lambda rows: rows.amount.last(), "Last"),
        (lambda rows: rows.amount.mode(), "Mode"),
        (lambda rows: rows.amount.arbitrary(), "Arbitrary"),
        (lambda rows: rows.kind.approx_nunique(), "ApproxCountDistinct"),
        (lambda rows: rows.kind.hash().max(), "Hash"),
        (lambda rows: rows.day.delta(rows.day, unit="day").max(), "DateDelta"),
        (lambda rows: rows.amount.round(1).max(), "Round"),
        (lambda rows: rows.amount.argmax(rows.days_ago), "ArgMax without a tie rule"),
    ],
)
def test_operations_that_differ_are_found(value: object, named: str) -> None:
    rows = ibis.table(
        {"customer_id": "string", "kind": "string", "amount": "float64", "days_ago": "int64", "day": "date"},
        name="rows",
    )
    told = rows.group_by("customer_id").agg(value=value(rows))  # type: ignore[operator]
    assert named in disagreeing(told)


def test_the_same_measure_may_have_windows_in_several_families() -> None:
    assert isinstance(FAMILIES[0].measures[0], Measure)
    stems = Counter(measure.stem for family in FAMILIES for measure in family.measures)
    assert stems["active_days"] == 2, "trend adds windows to what frequency counts"
