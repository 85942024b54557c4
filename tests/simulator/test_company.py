"""The same arguments give the same bytes, and Vafa finds the company ready, with the bad rows that were planted."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from contract.catalogue import TABLES
from simulator.company import Simulated, simulate, write
from tests.simulator.companies import checked

PLANTED_TABLES = set(TABLES) - {"text_scores", "labels"}


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("first", "second"):
        write(simulate(customers=120, months=7, seed=11, calendar="iranian"), tmp_path / name)
    files = sorted(path.relative_to(tmp_path / "first") for path in (tmp_path / "first").rglob("*") if path.is_file())
    assert len(files) == len(PLANTED_TABLES) + 7 + 2
    for file in files:
        assert (tmp_path / "first" / file).read_bytes() == (tmp_path / "second" / file).read_bytes(), file


def test_another_seed_gives_another_company() -> None:
    first, second = (simulate(customers=60, months=6, seed=seed) for seed in (1, 2))
    assert first.tables["orders"] != second.tables["orders"]
    assert not set(first.tables["customers"]["customer_id"].to_pylist()) & set(
        second.tables["customers"]["customer_id"].to_pylist()
    )


def test_what_is_asked_of_surveys_changes_nothing_else() -> None:
    silent, random = (simulate(customers=60, months=6, seed=1, non_response=how) for how in ("silent", "random"))
    assert silent.tables["orders"] == random.tables["orders"]
    assert silent.truth["probabilities"] == random.truth["probabilities"]
    assert silent.tables["surveys"] != random.tables["surveys"]


def test_vafa_finds_it_ready_and_every_planted_bad_row(company: Simulated, tmp_path: Path) -> None:
    settings, readiness = checked(company, tmp_path)
    assert readiness.ready, [finding for finding in readiness.findings if finding.severity == "stop"]
    assert settings.time.as_of == company.as_of
    done = company.truth["rows"].to_pandas()
    assert {table.table for table in readiness.tables} == PLANTED_TABLES
    for table in readiness.tables:
        mine = done[done.table == table.table]
        assert table.rows_quarantined == mine.what.str.startswith("broken").sum(), table.table
        assert table.duplicates_dropped == (mine.what == "duplicate").sum(), table.table
        assert table.rows_read == company.tables[table.table].num_rows
    assert (done.what.str.startswith("broken").groupby(done.table).sum() > 0).sum() == 5
    # Nothing is wrong with it that was not planted.
    planted = {"amount", "customer_id", "happened_at", "closed_at", "score"}
    assert {finding.column for finding in readiness.findings if finding.severity == "warning"} == planted


def test_nothing_lies_beyond_the_end(company: Simulated) -> None:
    end = pd.Timestamp(company.as_of).tz_localize(_zone(company)).tz_convert("UTC").tz_localize(None)
    for name, table in company.tables.items():
        frame = table.select([c for c in table.column_names if c.endswith("_at")]).to_pandas()
        for column in set(frame) - {"renews_at", "promised_at", "known_at"}:
            assert frame[column].max() < end, (name, column)
        assert frame.known_at.max() < end + pd.Timedelta(hours=6), name


def test_ids_carry_no_information(market: Simulated) -> None:
    for table, key in (("customers", "customer_id"), ("orders", "order_id"), ("contacts", "contact_id")):
        frame = market.tables[table].to_pandas().drop_duplicates(key)
        rank = frame[key].rank()
        # 3,000 and more ids: by chance a rank correlation stays within four hundredths per standard error of 1/sqrt(n).
        assert abs(rank.corr(frame.happened_at.rank())) < 4 / len(frame) ** 0.5
        assert frame[key].str.fullmatch("[a-z][0-9a-f]{13}").all()
    states = market.truth["states"].to_pandas()
    last = states[states.as_of == states.as_of.max()]
    assert abs(last.customer_id.rank().corr(last.satisfaction)) < 4 / len(last) ** 0.5


def test_ids_of_different_tables_that_meet_are_the_same(company: Simulated) -> None:
    cases = set(company.tables["cases"]["case_id"].to_pylist())
    for table, key in (("contacts", "case_id"), ("surveys", "about")):
        named = set(company.tables[table][key].drop_null().to_pylist())
        assert named
        assert named <= cases
    contacts = set(company.tables["contacts"]["contact_id"].to_pylist())
    assert set(company.tables["reviews"]["contact_id"].to_pylist()) <= contacts


def test_a_subscription_is_one_period_after_the_other(company: Simulated) -> None:
    periods = company.tables["subscriptions"].to_pandas().sort_values(["subscription_id", "started_at"])
    following = periods.groupby("subscription_id").started_at.shift(-1)
    goes_on = following.notna()
    assert (periods.ended_at[goes_on] == following[goes_on]).all()
    assert set(periods.end_reason[goes_on]) == {"renewed", "changed plan"}
    last = periods[~goes_on]
    assert set(last.end_reason.dropna()) == {"cancelled by customer", "payment failed"}
    unpaid = last.end_reason == "payment failed"
    assert last.is_involuntary[unpaid].all()
    assert not last.is_involuntary[last.end_reason == "cancelled by customer"].any()
    assert (periods.renews_at > periods.started_at).all()


@pytest.mark.parametrize(("arguments", "says"), [({"months": 3}, "months = 3"), ({"customers": 0}, "customers = 0")])
def test_what_cannot_be_simulated_says_so(arguments: dict[str, int], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        simulate(**arguments)  # type: ignore[arg-type]


def _zone(company: Simulated) -> str:
    return "Asia/Tehran" if 'zone = "Asia/Tehran"' in company.vafa_toml else "Europe/Berlin"
