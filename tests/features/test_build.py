"""The builder: the spine, measures shared by families, what never reaches a family, what is left behind."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import ibis.expr.types as ir
import pandas as pd
import pytest
from ibis.backends.duckdb import Backend

from contract.checked import CheckedTables
from contract.cut import History, history
from features import batches
from features.build import available, build_features
from features.catalogue import FAMILIES
from features.family import EVER, Computed, Family, Feature, Measure, Window, last
from features.windows import merged
from tests.drawn import checked
from tests.features.companies import built, features_of

AS_OF = date(2024, 3, 11)


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> CheckedTables:
    return checked(
        tmp_path_factory.mktemp("company"),
        orders="""
            customer_id | kind     | amount | category | happened_at
            ann         | purchase | 10     | milk     | 2024-03-10 12:00
            ann         | purchase | 20     | milk     | 2024-03-10 12:00
            ben         | purchase | 40     | tea      | 2024-03-08 12:00
            cyd         | return   | 80     |          | 2024-01-01 12:00
        """,
        contacts="""
            customer_id | channel | direction | case_id | topic | happened_at
            ann         | phone   | outbound  |         | offer | 2024-03-09 12:00
            ann         | phone   | outbound  | s1      | bill  | 2024-03-08 12:00
            ann         | phone   | inbound   |         | bill  | 2024-01-01 12:00
        """,
    )


def _measure(stem: str = "orders", table: str = "orders", **given: object) -> Measure:
    said: dict[str, object] = {
        "how": "count",
        "windows": last(7),
        "description": "d",
        "unit": "u",
        "group": "buys_less",
    }
    return Measure(stem=stem, table=table, **(said | given))  # type: ignore[arg-type]


def _family(*measures: Measure, **given: object) -> Family:
    return Family(name="made", meaning="made for this test", measures=measures, **given)  # type: ignore[arg-type]


# The spine


def _build(tables: CheckedTables, spine: pd.DataFrame) -> pd.DataFrame:
    past = history(tables, AS_OF, load_window=timedelta(0), activity=("orders",))
    return build_features(tables.frames["orders"].get_backend(), past, spine, [_family(_measure())]).frame


def test_units_of_one_customer_each_have_their_row(tables: CheckedTables) -> None:
    spine = pd.DataFrame(
        {"unit_id": ["case2", "case9", "case1"], "customer_id": ["ben", "ann", "ben"], "as_of": pd.Timestamp(AS_OF)},
        index=[7, 3, 7],
    ).assign(more="left behind")
    frame = _build(tables, spine)
    assert frame.columns.tolist() == ["unit_id", "customer_id", "as_of", "orders_last_7d"]
    assert frame.index.tolist() == [0, 1, 2]
    assert frame.unit_id.tolist() == ["case2", "case9", "case1"]
    assert frame.orders_last_7d.tolist() == [1.0, 2.0, 1.0]
    assert spine.index.tolist() == [7, 3, 7], "the spine itself is left as it was"


def test_an_empty_spine_gives_an_empty_frame(tables: CheckedTables) -> None:
    frame = _build(tables, pd.DataFrame({"unit_id": [], "customer_id": [], "as_of": []}))
    assert frame.columns.tolist() == ["unit_id", "customer_id", "as_of", "orders_last_7d"]
    assert len(frame) == 0


@pytest.mark.regression
def test_who_did_nothing_has_a_row_as_well(tables: CheckedTables) -> None:
    """The mistake: tables of counts are joined so that only customers who have an event in each of them are left."""
    everybody = ["nobody", "cyd", "ben", "ann"]
    families = [_family(*(_measure(name, name, windows=(*last(7), EVER)) for name in ("orders", "contacts")))]
    frame = built(tables, AS_OF, families, activity=("orders",), customers=everybody).frame
    counted = frame[["orders_last_7d", "orders_ever", "contacts_last_7d", "contacts_ever"]]
    assert frame.customer_id.tolist() == everybody
    assert counted.to_numpy().tolist() == [[0, 0, 0, 0], [0, 1, 0, 0], [1, 1, 0, 0], [2, 2, 1, 2]]
    past = history(tables, AS_OF, load_window=timedelta(0), activity=("orders",))
    orders, calls = (past[name].execute().groupby("customer_id").size() for name in ("orders", "contacts"))
    assert pd.concat([orders, calls], axis=1, join="inner").index.tolist() == ["ann"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"unit_id": ["a", "a"]}, "1 rows of the spine repeat a unit_id"),
        ({"customer_id": ["ann", None]}, "1 rows of the spine have no customer_id"),
        ({"as_of": pd.to_datetime(["2024-03-11", "2024-03-12"])}, "2 different as_of; build one at a time"),
        ({"as_of": None}, "the spine has no column as_of; it needs unit_id, customer_id, as_of"),
    ],
)
def test_a_spine_that_is_wrong_is_refused(tables: CheckedTables, change: dict[str, object], says: str) -> None:
    columns = {"unit_id": ["a", "b"], "customer_id": ["ann", "ben"], "as_of": [pd.Timestamp(AS_OF)] * 2} | change
    spine = pd.DataFrame({name: values for name, values in columns.items() if values is not None})
    with pytest.raises(ValueError, match=says):
        _build(tables, spine)


# Measures


def test_measures_of_one_stem_become_one_with_all_windows(tables: CheckedTables) -> None:
    rows = tables.frames["orders"]
    one = _measure(where=lambda rows: rows.kind == "purchase", windows=last(7, 28))
    two = _measure(where=lambda orders: orders["kind"] == "purchase", windows=(*last(28), Window(7, 14)))
    (both,) = merged(rows, [one, two])
    assert both.names == ("orders_last_7d", "orders_last_28d", "orders_8_to_14d_ago")


@pytest.mark.parametrize(
    "other",
    [
        {"how": "sum", "what": lambda rows: rows["items"]},
        {"how": "max", "what": lambda rows: rows.amount},
        {"how": "sum", "what": lambda rows: rows.amount, "where": lambda rows: rows.kind == "purchase"},
        {"how": "sum", "what": lambda rows: rows.amount * 2},
        {"how": "sum", "what": lambda rows: rows.amount, "unit": "pieces"},
    ],
)
def test_one_stem_with_two_meanings_is_refused(tables: CheckedTables, other: Mapping[str, object]) -> None:
    """Also where the two functions differ in nothing but the column's name."""
    one = _measure("amount", how="sum", what=lambda rows: rows.amount)
    with pytest.raises(ValueError, match="two measures of orders are called amount and mean different things"):
        merged(tables.frames["orders"], [one, _measure("amount", **other)])


def test_functions_that_close_over_different_values_mean_different_things(tables: CheckedTables) -> None:
    def of(kind: str) -> Measure:
        return _measure(where=lambda rows: rows.kind == kind)

    assert len(merged(tables.frames["orders"], [of("return"), of("return")])) == 1
    with pytest.raises(ValueError, match="mean different things"):
        merged(tables.frames["orders"], [of("return"), of("purchase")])


def test_a_measure_says_what_it_needs() -> None:
    with pytest.raises(ValueError, match="measure amount: sum needs what"):
        _measure("amount", how="sum")
    with pytest.raises(ValueError, match="measure orders: days takes no what"):
        _measure(how="days", what=lambda rows: rows.amount)
    with pytest.raises(ValueError, match="measure orders: 1 names for 2 windows"):
        _measure(windows=last(7, 28), named=("orders",))


def test_days_of_some_rows_only(tables: CheckedTables) -> None:
    measure = _measure("days", how="days", where=lambda rows: rows.amount > 10, windows=(*last(7), EVER))
    frame = built(tables, AS_OF, [_family(measure)], activity=("orders",)).frame
    assert features_of(frame, "ann") == {"days_last_7d": 1.0, "days_ever": 1.0}
    assert features_of(frame, "cyd") == {"days_last_7d": 0.0, "days_ever": 1.0}


def test_what_is_not_there_is_left_out() -> None:
    names = {feature.name for feature in available(FAMILIES, ("customers", "usage"))}
    assert "usage_days_last_28d" in names
    assert "usage_days_trend_28d" in names
    assert not names & {"orders_last_28d", "orders_trend_28d", "days_since_last_activity"}


# What reaches a family


def test_what_the_company_started_never_reaches_a_family(tables: CheckedTables) -> None:
    contacts = _family(
        _measure("contacts", "contacts", windows=(EVER,)),
        _measure("outbound", "contacts", windows=(EVER,), where=lambda rows: rows.direction == "outbound"),
        _measure("topics", "contacts", how="distinct", what=lambda rows: rows.topic, windows=(EVER,)),
    )
    frame = built(tables, AS_OF, [contacts], activity=("orders",)).frame
    assert features_of(frame, "ann") == {"contacts_ever": 2.0, "outbound_ever": 1.0, "topics_ever": 1.0}


def _computed(compute: object, name: str = "told", **given: object) -> Family:
    feature = Feature(name=name, description="d", unit="u", group="buys_less")
    part = Computed(table="orders", features=(feature,), compute=compute)  # type: ignore[arg-type]
    return _family(computed=(part,), **given)


def test_a_function_may_count_whole_rows(tables: CheckedTables) -> None:
    """Columns that nobody names still make rows different."""

    def different(past: Mapping[str, ir.Table]) -> ir.Table:
        rows = past["orders"].filter(past["orders"].kind == "purchase").distinct()
        return rows.group_by("customer_id").agg(told=rows.count())

    frame = built(tables, AS_OF, [_computed(different)], activity=("orders",)).frame
    assert features_of(frame, "ann") == {"told": 2.0}


def test_a_function_may_join_a_table_with_itself(tables: CheckedTables) -> None:
    def pairs(past: Mapping[str, ir.Table]) -> ir.Table:
        orders = past["orders"]
        both = orders.join(orders.view(), ["customer_id", "category"])
        return both.group_by("customer_id").agg(told=both.amount_right.sum())

    frame = built(tables, AS_OF, [_computed(pairs)], activity=("orders",)).frame
    assert features_of(frame, "ann") == {"told": 60.0}


def test_statistics_of_the_population_see_all_customers_though_the_spine_has_one(tables: CheckedTables) -> None:
    def share_of_all(past: Mapping[str, ir.Table]) -> ir.Table:
        orders = past["orders"]
        each = orders.group_by("customer_id").agg(spent=orders.amount.sum())
        total = orders.agg(total=orders.amount.sum())
        joined = each.cross_join(total)
        return joined.select("customer_id", told=joined.spent.cast("float64") / joined.total.cast("float64"))

    family = _computed(share_of_all, scope="population")
    frame = built(tables, AS_OF, [family], activity=("orders",), customers=["ben", "ann", "nobody"]).frame
    assert frame.told.tolist()[:2] == pytest.approx([40 / 150, 30 / 150])
    assert pd.isna(frame.told.iloc[2])


def test_nothing_is_left_on_the_connection(tables: CheckedTables) -> None:
    connection = tables.frames["orders"].get_backend()
    before = connection.raw_sql("SHOW ALL TABLES").fetchall()
    built(tables, AS_OF, [_family(_measure())], activity=("orders",))
    with pytest.raises(ZeroDivisionError):
        built(tables, AS_OF, [_computed(lambda past: 1 / 0)], activity=("orders",))
    assert connection.raw_sql("SHOW ALL TABLES").fetchall() == before


@pytest.mark.regression
def test_a_batch_that_fails_fails_the_whole(tables: CheckedTables, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mistake: a batch of customers that cannot be scored is logged and skipped, and the night goes on without."""
    everybody = ["ann", "ben", "cyd"]
    staged: list[list[str]] = []
    real = batches._stage

    def stage(connection: Backend, past: History, batch: pd.Series, read: Mapping[str, Sequence[str]]) -> None:
        staged.append(batch.tolist())
        if fails in staged[-1]:
            raise OSError("No space left on device")
        real(connection, past, batch, read)

    monkeypatch.setattr(batches, "ROWS_AT_ONCE", 1)
    monkeypatch.setattr(batches, "_stage", stage)
    family, fails = _family(_measure(windows=(EVER,))), "nobody"
    whole = built(tables, AS_OF, [family], activity=("orders",), customers=everybody).frame
    assert staged == [["ann"], ["ben"], ["cyd"]]
    assert whole.orders_ever.tolist() == [2, 1, 1]
    for fails in everybody:
        with pytest.raises(OSError, match="No space left"):
            built(tables, AS_OF, [family], activity=("orders",), customers=everybody)
        assert staged[-1] == [fails], "what comes after it is not begun"


# The case as unit

OF_CASES = Family(
    name="of_cases",
    meaning="made for this test",
    unit="case",
    measures=(
        _measure("case_contacts", "contacts", windows=(EVER,)),
        _measure("case_severity", "cases", how="max", what=lambda rows: rows.severity, windows=(EVER,)),
        _measure("case_contacts_long", "contacts", windows=last(364)),
    ),
)
OF_CUSTOMERS = _family(_measure("contacts", "contacts", windows=(EVER,)), _measure("orders", windows=(EVER,)))


@pytest.fixture(scope="module")
def with_cases(tmp_path_factory: pytest.TempPathFactory) -> CheckedTables:
    return checked(
        tmp_path_factory.mktemp("cases"),
        orders="""
            customer_id | amount | happened_at
            ann         | 10     | 2024-03-10 12:00
            ben         | 40     | 2024-03-08 12:00
        """,
        cases="""
            customer_id | case_id | kind      | severity | opened_at
            ann         | k1      | complaint | 4        | 2024-03-08 12:00
            ann         | k2      | request   | 1        | 2024-03-09 12:00
            ben         | ann     | request   | 2        | 2024-03-09 12:00
        """,
        contacts="""
            customer_id | channel | direction | case_id | happened_at
            ann         | phone   | inbound   | k1      | 2024-03-08 12:00
            ann         | phone   | outbound  | k1      | 2024-03-09 12:00
            ann         | phone   | inbound   | k2      | 2024-03-09 12:00
            ann         | phone   | inbound   |         | 2024-03-09 12:00
            ben         | phone   | inbound   | ann     | 2024-03-09 12:00
        """,
    )


def test_a_row_about_a_case_has_the_features_of_the_case_and_of_its_customer(with_cases: CheckedTables) -> None:
    """A case that is called like a customer is none the less a case; one that nobody knows has no contacts."""
    spine = pd.DataFrame(
        {
            "unit_id": ["k2", "ann", "k1", "unknown"],
            "customer_id": ["ann", "ben", "ann", "ben"],
            "as_of": pd.Timestamp(AS_OF),
        },
        index=[9, 9, 2, 3],
    )
    past = history(with_cases, AS_OF, load_window=timedelta(0), activity=("orders",))
    connection = with_cases.frames["orders"].get_backend()
    families = (OF_CASES, OF_CUSTOMERS)
    found = build_features(connection, past, spine, families, unit="case")
    assert found.frame.drop(columns=["customer_id", "as_of"]).astype(object).where(found.frame.notna(), None).to_dict(
        "list"
    ) == {
        "unit_id": ["k2", "ann", "k1", "unknown"],
        "contacts_ever": [4.0, 1.0, 4.0, 1.0],
        "orders_ever": [1.0, 1.0, 1.0, 1.0],
        "case_contacts_ever": [1.0, 1.0, 2.0, 0.0],
        "case_severity_ever": [1.0, 2.0, 4.0, None],
        "case_contacts_long_last_364d": [None] * 4,
    }
    assert found.censored == ("case_contacts_long_last_364d",)
    assert [feature.name for feature in found.features] == found.frame.columns[3:].tolist()
    assert found.frame.index.tolist() == [0, 1, 2, 3]
    assert found.features == available(families, tuple(past), unit="case")


def test_a_row_about_a_customer_has_no_features_of_cases(with_cases: CheckedTables) -> None:
    spine = pd.DataFrame({"unit_id": ["ann"], "customer_id": ["ann"], "as_of": pd.Timestamp(AS_OF)})
    past = history(with_cases, AS_OF, load_window=timedelta(0), activity=("orders",))
    connection = with_cases.frames["orders"].get_backend()
    found = build_features(connection, past, spine, (OF_CASES, OF_CUSTOMERS))
    assert found.frame.columns[3:].tolist() == ["contacts_ever", "orders_ever"]
    only = build_features(connection, past, spine.assign(unit_id="k1"), (OF_CASES,), unit="case")
    assert only.frame.case_contacts_ever.tolist() == [2.0]
    none = build_features(connection, past, spine, (OF_CASES,))
    assert none.frame.columns.tolist() == ["unit_id", "customer_id", "as_of"]
    assert none.features == ()
