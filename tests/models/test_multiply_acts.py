"""The leak test of the company's own acts: what customers said passes, and whoever counts the acts is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pytest

from contract.catalogue import TABLES
from contract.checked import CheckedTables
from contract.cut import History
from contract.engine import run
from features.catalogue import FAMILIES
from features.family import EVER, Computed, Family, Feature, How, Measure, last
from models import leaks
from models.leaks import ACTS, CAMPAIGN_DAYS, REPEATS, LeakResult, multiply_acts
from tests.drawn import checked
from tests.models.companies import FAMILIES as ORDERS
from tests.models.companies import connection_of, names_on, window

CAMPAIGNS, ASKED = ACTS
AS_OF = date(2024, 5, 1)


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> CheckedTables:
    """Both customers were mailed, asked and reviewed; ann answered twice, one answer was corrected."""
    return checked(
        tmp_path_factory.mktemp("company"),
        orders="""
            customer_id | happened_at      | amount
            ann         | 2024-04-20 10:00 | 5
            ben         | 2024-04-20 10:00 | 7
        """,
        contacts="""
            customer_id | contact_id | channel | direction | case_id | happened_at
            ann         | n1         | phone   | inbound   |         | 2024-04-20 10:00
            ann         | n2         | mail    | outbound  |         | 2024-04-21 10:00
            ben         | n3         | mail    | outbound  | s1      | 2024-04-22 10:00
        """,
        surveys="""
            customer_id | survey_id | kind | invited_at       | responded_at     | score | known_at
            ann         | v1        | csat | 2024-03-01 10:00 | 2024-03-02 10:00 | 5     | 2024-03-01 11:00
            ann         | v2        | csat | 2024-04-01 10:00 | 2024-04-02 10:00 | 4     | 2024-04-01 11:00
            ann         | v2        | csat | 2024-04-01 10:00 | 2024-04-02 10:00 | 1     | 2024-04-03 11:00
            ben         | v3        | nps  | 2024-04-05 10:00 |                  |       | 2024-04-05 11:00
        """,
        reviews="""
            customer_id | review_id | contact_id | outcome | reviewed_at
            ann         | r1        | n1         | 30      | 2024-04-22 10:00
            ben         | r2        | n3         | 90      | 2024-04-24 10:00
        """,
    )


def found(tables: CheckedTables, *families: Family) -> dict[str, LeakResult]:
    results = multiply_acts(connection_of(tables), tables, families, window(), as_of=AS_OF)
    return {result.test: result for result in results}


def caught(results: dict[str, LeakResult]) -> set[str]:
    return {test for test, result in results.items() if not result.passed}


def _family(table: str, how: How = "count", **given: object) -> Family:
    said: dict[str, object] = {"windows": (EVER,), "description": "d", "unit": "u", "group": "said"}
    measure = Measure(stem="acts", table=table, how=how, **(said | given))  # type: ignore[arg-type]
    return Family(name="naughty", meaning="follows what the company does", measures=(measure,))


def test_every_shipped_family_passes(tables: CheckedTables) -> None:
    results = found(tables, *FAMILIES)
    assert list(results) == [CAMPAIGNS, ASKED]
    assert caught(results) == set()
    assert all(result.says.endswith("the same, however often the company acted") for result in results.values())


@pytest.mark.parametrize(
    ("family", "moved"),
    [
        (_family("surveys"), "acts_ever moved for 1 of the cohort, for one of them from 2 to 8"),
        (_family("surveys", where=lambda rows: rows.responded_days_ago.notnull()), "from 2 to 8"),
        (_family("surveys", "sum", what=lambda rows: rows.score, windows=last(91)), "acts_last_91d moved"),
        (_family("surveys", "distinct", what=lambda rows: rows.survey_id), "from 2 to 8"),
        (_family("reviews"), "from 1 to 4"),
    ],
)
def test_who_counts_what_was_asked_is_named(tables: CheckedTables, family: Family, moved: str) -> None:
    results = found(tables, *ORDERS, family)
    assert caught(results) == {ASKED}
    says = results[ASKED].says
    assert says.startswith(f"1 features at {AS_OF} follow what the company itself did, as acts_")
    assert moved in says
    assert says.endswith("Tell what came of such acts, or for which share of them, never how many there were")


@pytest.mark.parametrize(
    "family",
    [
        _family("surveys", "mean", what=lambda rows: rows.score),
        _family("surveys", "last", what=lambda rows: rows.score),
        _family("surveys", "mean", what=lambda rows: rows.responded_days_ago.notnull().cast("int64")),
        _family("reviews", "min", what=lambda rows: rows.outcome),
        _family("contacts", where=lambda rows: rows.direction == "outbound"),
    ],
)
def test_what_came_of_the_acts_passes(tables: CheckedTables, family: Family) -> None:
    """And so do answers of the company: a contact that belongs to a case."""
    assert caught(found(tables, family)) == set()


@pytest.mark.parametrize(
    "family",
    [
        _family("contacts", where=lambda rows: rows.direction == "outbound", windows=last(7)),
        _family("contacts", "distinct", what=lambda rows: rows.channel, windows=last(28)),
        _family("contacts", "mean", what=lambda rows: rows.wait_seconds),
        _family("contacts", "max", what=lambda rows: rows.resolved.cast("int64")),
    ],
)
def test_campaigns_that_slip_through_the_cut_are_caught(
    monkeypatch: pytest.MonkeyPatch, tables: CheckedTables, family: Family
) -> None:
    monkeypatch.setitem(TABLES, "contacts", replace(TABLES["contacts"], company_made=None))
    results = found(tables, family)
    assert caught(results) == {CAMPAIGNS}
    assert "as acts_" in results[CAMPAIGNS].says


def test_nothing_becomes_something(monkeypatch: pytest.MonkeyPatch, tables: CheckedTables) -> None:
    """A null that becomes a value is a move like any other, and can be written down."""
    monkeypatch.setitem(TABLES, "contacts", replace(TABLES["contacts"], company_made=None))
    (result, _) = found(tables, _family("contacts", "max", what=lambda rows: rows.transfers)).values()
    assert "from nothing to 7" in result.says


def test_a_share_of_all_invitations_is_caught_though_everybody_is_asked_alike(tables: CheckedTables) -> None:
    def share(history: History) -> ir.Table:
        each = history["surveys"].group_by("customer_id").agg(own=lambda rows: rows.count())
        both = each.cross_join(each.agg(everybody=each.own.sum()))
        return both.select("customer_id", acts=both.own / both.everybody)

    feature = Feature(name="acts", description="d", unit="share", group="said")
    part = Computed(table="surveys", features=(feature,), compute=share)  # type: ignore[arg-type]
    family = Family(name="naughty", meaning="n", scope="population", computed=(part,))
    assert caught(found(tables, family)) == {ASKED}


def test_a_cohort_of_those_who_were_asked_often_is_caught(tables: CheckedTables) -> None:
    def asked_often(history: History) -> ir.Table:
        each = history["surveys"].group_by("customer_id").agg(own=lambda rows: rows.count())
        return each.filter(each.own > 2).select("customer_id")

    of = replace(window(), target=replace(window().target, cohort=asked_often))
    results = multiply_acts(connection_of(tables), tables, ORDERS, of, as_of=AS_OF)
    assert [result.says for result in results if not result.passed] == [
        f"the cohort at {AS_OF} follows what the company itself did: choose it by what customers did"
    ]


def test_the_acts_are_there(tables: CheckedTables) -> None:
    """Many, with new keys, all before as_of, and each of them what the contract calls the company's own."""
    connection = connection_of(tables)
    (contacts,) = ACTS[CAMPAIGNS](tables, AS_OF).values()
    added = contacts.anti_join(tables.frames["contacts"], "contact_id")
    made = TABLES["contacts"].company_made
    assert made is not None
    rows = connection.to_pyarrow(added.mutate(is_made=made(added))).to_pandas()
    assert len(rows) == len(CAMPAIGN_DAYS)
    assert rows.contact_id.is_unique
    assert rows.is_made.all()
    assert (rows.happened_at.dt.date < AS_OF).all()
    assert (rows.local_day == (rows.happened_at.dt.floor("D") - ibis.date("1970-01-01").execute()).dt.days).all()
    asked = ACTS[ASKED](tables, AS_OF)
    assert set(asked) == {"surveys", "reviews"}
    for name, frame in asked.items():
        (key,) = TABLES[name].key
        rows = connection.to_pyarrow(frame).to_pandas()
        ann = rows[rows.customer_id == "ann"]
        before = connection.to_pyarrow(tables.frames[name]).to_pandas()
        assert len(ann) == (1 + REPEATS) * (before.customer_id == "ann").sum()
        assert ann[key].nunique() == (1 + REPEATS) * before[before.customer_id == "ann"][key].nunique()
        assert (rows.customer_id == "ben").sum() == (before.customer_id == "ben").sum()


def test_every_table_of_acts_is_multiplied() -> None:
    """A table that comes to be asked, or to hold acts of the company, needs its part here."""
    assert {name for name, table in TABLES.items() if table.company_made is not None} == {"contacts"}
    for table in TABLES.values():
        if table.asked:
            assert all(table.column(name).type == "text" for name in table.key), "repeats get other keys"


def test_a_company_without_such_tables_has_nothing_to_multiply(tmp_path: Path) -> None:
    alone = checked(tmp_path, orders="customer_id | happened_at\nann | 2024-04-20 10:00")
    assert found(alone, *ORDERS) == {}


def test_nothing_is_left_on_the_connection(tables: CheckedTables, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = connection_of(tables)
    before = names_on(connection)
    found(tables, *ORDERS)
    assert names_on(connection) == before

    def fails(*_: object, **__: object) -> None:
        run(connection, "SELECT no_such_column")

    monkeypatch.setattr(leaks, "_compare_acts", fails)
    with pytest.raises(Exception, match="no_such_column"):
        found(tables, *ORDERS)
    assert names_on(connection) == before
