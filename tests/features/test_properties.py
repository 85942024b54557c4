"""What must hold for any company: the future, the order of rows and other people change nothing."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.calendar import Calendar
from contract.checked import CheckedTables
from features import batches
from features.catalogue import FAMILIES
from features.family import EVER, Family, Measure
from tests.features.companies import LOAD_WINDOW, NEW_YORK, TEHRAN, Company, built, loaded, random_company

#: By table: its key, a column that is changed, and four other values of it.
CHANGES: dict[str, tuple[str, str, tuple[str, str, str, str]]] = {
    "orders": ("order_id", "amount", ("999", "888", "777", "666")),
    "usage": ("event", "quantity", ("999", "888", "777", "666")),
    "contacts": ("contact_id", "channel", ("999", "888", "777", "666")),
    "cases": ("case_id", "severity", ("5", "4", "3", "2")),
    "surveys": ("survey_id", "score", ("5", "4", "3", "2")),
    "reviews": ("review_id", "outcome", ("99", "88", "77", "66")),
    "subscriptions": ("subscription_id", "monthly_amount", ("999", "888", "777", "666")),
    "payments": ("payment_id", "succeeded", ("false", "true", "false", "false")),
    "text_scores": ("text_id", "sentiment", ("0.99", "0.88", "0.77", "0.66")),
}
#: By column that dates it, what is filled in later, and with what.
FILLED: dict[str, tuple[str, str]] = {
    "resolved_at": ("resolved", "true"),
    "closed_at": ("resolved", "true"),
    "responded_at": ("score", "5"),
}
DATED = ("delivered_at", "resolved_at", "first_response_at", "closed_at", "reopened_at", "responded_at", "ended_at")
#: Values that are filled in later, summed up plainly: a leak of any of them shows.
PROBE = Family(
    name="probe",
    meaning="values that are filled in later",
    measures=tuple(
        Measure(
            stem=f"{name}_{how}",
            table=table,
            how=how,
            what=what,
            windows=(EVER,),
            description="probe",
            unit="days",
            group="times",
        )
        for name, table, what in (
            ("delivered", "orders", lambda rows: rows.delivered_days_ago),
            ("resolved", "contacts", lambda rows: rows.resolved.cast("int64")),
            ("resolved_days", "contacts", lambda rows: rows.resolved_days_ago),
        )
        for how in ("sum", "max", "last")
    ),
)
ALL = (*FAMILIES, PROBE)
CALENDARS = st.sampled_from([NEW_YORK, TEHRAN, Calendar(zone="UTC")])
AS_OF = st.sampled_from([date(2024, 3, 10), date(2024, 1, 15), date(2023, 9, 1)])
SEEDS = st.integers(0, 10_000)


@settings(max_examples=5)
@given(seed=SEEDS, calendar=CALENDARS, as_of=AS_OF)
def test_the_future_changes_nothing(tmp_path: Path, seed: int, calendar: Calendar, as_of: date) -> None:
    company = random_company(seed)
    poisoned = _poisoned(company, pd.Timestamp(calendar.midnight(as_of)), seed)
    assert any(not frame.equals(poisoned[name]) for name, frame in company.items())
    before = built(loaded(tmp_path / "before", company, calendar), as_of, ALL)
    after = built(loaded(tmp_path / "after", poisoned, calendar), as_of, ALL)
    pd.testing.assert_frame_equal(before.frame, after.frame, check_exact=True)
    assert before.censored == after.censored


def _poisoned(company: Company, midnight: pd.Timestamp, seed: int) -> Company:
    """Rows that happened at as_of or later, or were known too late, changed, added and removed."""
    drawn = np.random.default_rng(seed)
    decided = midnight + pd.Timedelta(LOAD_WINDOW)
    poisoned = dict(company)
    for name, (key, value, wrong) in CHANGES.items():
        frame = company[name]
        hidden = (frame.happened_at >= midnight) | (frame.known_at >= decided)
        future = frame[hidden]
        future = future[drawn.random(len(future)) < 0.6].assign(**{value: wrong[0]})
        past = frame[~hidden].copy()
        for dated in DATED:
            if dated in past:
                later = past[dated] >= midnight
                past.loc[later, dated] += pd.Timedelta(days=300)
                if dated in FILLED:
                    past.loc[later, FILLED[dated][0]] = FILLED[dated][1]
        # New versions of rows that are already known, which move them, and new rows of the past that came too late.
        versions = past.sample(frac=0.3, random_state=seed).assign(**{value: wrong[1]})
        if name != "usage":
            versions["happened_at"] -= pd.Timedelta(days=1)
        versions["known_at"] = decided + pd.to_timedelta(drawn.integers(0, 900, len(versions)) * 60 + 1, "s")
        added = past.sample(frac=0.2, random_state=seed + 1).assign(**{value: wrong[2]})
        added["happened_at"] = midnight + pd.to_timedelta(range(len(added)), "min")
        added["known_at"] = added.happened_at
        # The very first moment of the future, and one that is known at the very moment of the decision.
        edge = past.head(1).assign(**{key: "edge", value: wrong[3], "known_at": decided})
        for extra in (versions, added, edge):
            for dated in DATED:
                if dated in extra:
                    extra[dated] = extra.known_at
        added[key] = [f"added{row}" for row in range(len(added))]
        rows = pd.concat([past, future, versions, added, edge])
        poisoned[name] = rows.drop_duplicates([key, "customer_id", "happened_at", "known_at"])
    return poisoned


@settings(max_examples=3)
@given(seed=SEEDS, calendar=CALENDARS)
def test_a_training_row_is_the_row_of_the_night(tmp_path: Path, seed: int, calendar: Calendar) -> None:
    """At several as_of from everything that is known today, and from what had been loaded at the night itself."""
    company = random_company(seed)
    today = loaded(tmp_path / "today", company, calendar)
    for as_of in (date(2024, 2, 1), date(2024, 3, 10)):
        decided = pd.Timestamp(calendar.midnight(as_of)) + pd.Timedelta(LOAD_WINDOW)
        then = {
            name: frame[frame.known_at < decided] if "known_at" in frame else frame for name, frame in company.items()
        }
        trained = built(today, as_of, ALL)
        scored = built(loaded(tmp_path / "then", then, calendar), as_of, ALL)
        pd.testing.assert_frame_equal(trained.frame, scored.frame, check_exact=True)


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> CheckedTables:
    return loaded(tmp_path_factory.mktemp("company"), random_company(7), NEW_YORK)


@settings(max_examples=3)
@given(seed=SEEDS, as_of=AS_OF)
def test_the_order_of_rows_changes_nothing(tables: CheckedTables, seed: int, as_of: date) -> None:
    connection = tables.frames["customers"].get_backend()
    mixed = {}
    for name, frame in tables.frames.items():
        rows = connection.to_pyarrow(frame)
        rows = rows.take(np.random.default_rng(seed).permutation(len(rows)))
        mixed[name] = connection.create_table(f"mixed_{name}", rows, temp=True, overwrite=True)
    found = built(replace(tables, frames=mixed), as_of, ALL).frame
    pd.testing.assert_frame_equal(built(tables, as_of, ALL).frame, found, rtol=1e-9, atol=1e-9)


@settings(max_examples=3)
@given(customer=st.sampled_from(["c0", "c2", "c5", "c7"]), as_of=AS_OF)
def test_other_customers_change_nothing(tables: CheckedTables, customer: str, as_of: date) -> None:
    own = tuple(family for family in ALL if family.scope == "own")
    others = {}
    for name, frame in tables.frames.items():
        mine = frame.filter(frame.customer_id == customer)
        rows = mine
        # In place of all others a stranger on each side of the customer's name, who did just the same.
        for stranger in ("a", "z"):
            keys = {
                key: stranger + mine[key] for key, _, _ in CHANGES.values() if key in mine.columns and key != "event"
            }
            rows = rows.union(mine.mutate(customer_id=ibis.literal(stranger), **keys))
        others[name] = rows
    among_all = built(tables, as_of, own, customers=[customer])
    among_others = built(replace(tables, frames=others), as_of, own, customers=[customer])
    pd.testing.assert_frame_equal(among_all.frame, among_others.frame, check_exact=True)


@settings(max_examples=5)
@given(data=st.data())
def test_the_spine_comes_out_whole_and_in_order(tables: CheckedTables, data: st.DataObject) -> None:
    names = [f"c{number}" for number in range(8)]
    spine = data.draw(st.lists(st.sampled_from([*names, "nobody"]), min_size=1, max_size=20))
    as_of, families = date(2024, 3, 10), FAMILIES[:2]
    every = built(tables, as_of, families).frame.set_index("customer_id").drop(columns=["unit_id", "as_of"])
    frame = built(tables, as_of, families, customers=spine).frame
    assert frame.customer_id.tolist() == spine
    assert frame.unit_id.tolist() == [f"u{row}" for row in range(len(spine))]
    assert (frame.as_of == pd.Timestamp(as_of)).all()
    for row in frame[frame.customer_id != "nobody"].itertuples(index=False):
        assert every.loc[row.customer_id].equals(pd.Series(row[3:], index=every.columns, name=row.customer_id))
    nobody = frame[frame.customer_id == "nobody"]
    assert (nobody.activities_ever == 0).all()
    assert nobody.days_since_last_activity.isna().all()


def test_batches_change_nothing(tables: CheckedTables, monkeypatch: pytest.MonkeyPatch) -> None:
    as_of = date(2024, 3, 10)
    at_once = built(tables, as_of, ALL).frame
    monkeypatch.setattr(batches, "ROWS_AT_ONCE", 200)
    in_batches = built(tables, as_of, ALL).frame
    pd.testing.assert_frame_equal(at_once, in_batches, check_exact=True)
