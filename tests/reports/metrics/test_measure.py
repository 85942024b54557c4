"""Tables at one midnight to all metrics: the clock, what is left out and why, and the change that was planted."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from contract.checked import CheckedTables
from reports.metrics.definitions import METRICS
from reports.metrics.measure import Measured
from reports.metrics.seen import TOO_SHORT, Lack
from reports.metrics.telling import as_dict
from tests.drawn import checked
from tests.reports.metrics.company import as_drawn, company
from tests.reports.metrics.conftest import measured_of


def test_everything_is_measured_where_every_table_is_there(measured: Measured) -> None:
    assert list(measured.figures) == list(METRICS)
    assert measured.lacking == {}
    assert [month.key for month in measured.months] == ["2023-12", "2024-01", "2024-02", "2024-03", "2024-04"]
    assert (measured.last, measured.before) == (3, 2)
    assert [measured.is_over(place) for place in range(5)] == [True, True, True, True, False]
    for figures in measured.figures.values():
        cell = figures.months[3]
        assert cell is not None
        assert cell.estimate is not None
        assert cell.estimate.has_interval
        assert (cell.estimate.low or 0) <= cell.estimate.value <= (cell.estimate.high or 0)


def test_the_planted_change_comes_first_with_the_part_that_drove_it(measured: Measured) -> None:
    first = measured.changes[0]
    assert (first.metric, first.is_told) == ("complaints", True)
    assert first.drove is not None
    assert (first.drove.dimension, first.drove.part, first.drove.by) == ("segment", "خانواده", "rate")
    assert {change.metric for change in measured.told} == {"complaints"}


def test_retention_and_churn_add_up(measured: Measured) -> None:
    for stays, leaves in zip(measured.figures["retention"].months, measured.figures["churn"].months, strict=True):
        if stays is not None and leaves is not None and stays.estimate and leaves.estimate:
            assert stays.estimate.value + leaves.estimate.value == pytest.approx(1)


def test_parts_are_of_the_last_full_month(measured: Measured) -> None:
    parts = measured.figures["csat"].parts
    assert set(parts) == {"segment", "channel", "touchpoint"}, "no survey is about a case, so none has a team"
    cell = measured.figures["csat"].months[3]
    assert cell is not None
    assert sum(of_part.weight for _, of_part in parts["channel"]) == cell.weight


def test_what_comes_later_changes_nothing(rich: CheckedTables, measured: Measured, tmp_path: Path) -> None:
    """Rows that happen after the midnight, and versions that are known after it, of every table."""
    as_of = datetime(2024, 4, 5)
    tables = company()
    later = {}
    clocks = {"surveys": "invited_at", "cases": "opened_at", "subscriptions": "started_at", "customers": "joined_at"}
    for name, frame in tables.items():
        clock = clocks.get(name, "happened_at")
        seen = frame.assign(known_at=frame[clock])
        # Versions of rows there are, told later: other values, and ends that came after.
        told = frame.head(80).assign(known_at=as_of + timedelta(days=1))
        if name == "subscriptions":
            told = told.assign(ended_at=as_of - timedelta(days=20), monthly_amount=1000)
        if name == "cases":
            told = told.assign(kind="complaint", closed_at=as_of + timedelta(hours=10))
        if name == "customers":
            told = told.assign(segment="other")
        if name == "surveys":
            told = told.assign(kind="csat", responded_at=as_of - timedelta(days=1), score=5)
            told = told[pd.to_datetime(told.invited_at) < as_of - timedelta(days=2)]
        if name == "contacts":
            told = told.assign(topic="billing", resolved="false", resolved_at=told.happened_at)
        # And rows that had not happened.
        new = frame.head(60).copy()
        key = next((column for column in frame.columns if column.endswith("_id") and column != "customer_id"), None)
        parts = [seen, told]
        if key is not None:
            moved = {clock: as_of + timedelta(hours=3), key: [f"new{number}" for number in range(60)]}
            dated = {column: None for column in ("ended_at", "closed_at", "responded_at", "score") if column in frame}
            parts.append(new.assign(**moved, **dated, known_at=as_of + timedelta(hours=4)))
        later[name] = as_drawn(pd.concat(parts, ignore_index=True))
    again = measured_of(checked(tmp_path, **later), "2024-04-05", full=4)
    assert as_dict(again, company="x") == as_dict(measured, company="x")


def test_the_same_tables_a_month_later_differ(rich: CheckedTables, measured: Measured) -> None:
    """Else the test above would prove nothing."""
    later = measured_of(rich, "2024-04-08", full=4)
    assert as_dict(later, company="x")["metrics"] != as_dict(measured, company="x")["metrics"]


def test_a_source_that_is_late_holds_the_month_open(tmp_path: Path) -> None:
    drawn = {name: as_drawn(frame) for name, frame in company().items()}
    late = checked(tmp_path, delay_hours=60, **drawn)
    # 60 hours less the load window of 6 are more than two days.
    assert (
        measured_of(late, "2024-04-03", full=4).months[measured_of(late, "2024-04-03", full=4).last or 0].key
        == "2024-02"
    )
    assert (
        measured_of(late, "2024-04-04", full=4).months[measured_of(late, "2024-04-04", full=4).last or 0].key
        == "2024-03"
    )


def test_jalali_months(rich: CheckedTables) -> None:
    """1403 began on 20 March 2024: on that day Esfand is over, the day before it is not."""
    nowruz = measured_of(rich, "2024-03-20", full=3, calendar="jalali")
    assert [month.key for month in nowruz.months] == ["1402-10", "1402-11", "1402-12"]
    assert nowruz.last == 2
    eve = measured_of(rich, "2024-03-19", full=3, calendar="jalali")
    assert [month.key for month in eve.months] == ["1402-09", "1402-10", "1402-11", "1402-12"]
    assert eve.last == 2


def test_orders_alone_give_what_they_can(rich: CheckedTables, tmp_path: Path) -> None:
    tables = company()
    some = checked(tmp_path, customers=as_drawn(tables["customers"]), orders=as_drawn(tables["orders"]))
    found = measured_of(some, "2024-04-05", full=3)
    assert set(found.figures) == {"retention", "churn", "newcomers"}
    assert set(found.lacking) == set(METRICS) - set(found.figures)
    assert [why.partition(" these")[0] for why in found.unmeasured] == [
        "Without the table subscriptions",
        "Without the table surveys",
        "Without the table cases",
        "Without the table contacts",
    ]
    assert "Involuntary churn, Net revenue retention, Gross revenue retention." in found.unmeasured[0]
    assert found.notes[0].startswith("With us: Active in the 90 days")


def test_a_history_that_is_too_short_says_so(tmp_path: Path) -> None:
    orders = "customer_id | happened_at\n" + "\n".join(f"c{n} | 2024-03-20" for n in range(50))
    found = measured_of(checked(tmp_path, orders=orders), "2024-04-05", full=2)
    assert found.figures == {}
    assert found.lacking["churn"] == Lack(TOO_SHORT)
    assert "no whole month of these: Retention, Churn, New customers." in found.unmeasured[0]
    assert found.changes == ()


def test_silence_is_bounded_by_assuming_nothing(measured: Measured) -> None:
    """With half the invitations answered and a figure in the middle, NPS may lie 50 points to either side."""
    cell, rate = (measured.figures[name].months[3] for name in ("nps", "nps_response"))
    assert cell is not None
    assert cell.estimate is not None
    assert rate is not None
    assert rate.estimate is not None
    low = rate.estimate.value * cell.estimate.value - 100 * (1 - rate.estimate.value)
    (note,) = (note for note in measured.notes if note.startswith("NPS counts answers alone"))
    assert f"from {low:+.0f} to".replace("-", "−") in note
