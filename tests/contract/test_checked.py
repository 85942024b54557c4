"""Checked tables on disk: opened as they were written, or not at all."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from contract.calendar import Calendar
from contract.checked import MANIFEST, CheckedTable, open_checked, publish_set, read_last_good
from contract.engine import EngineLimits, connect
from contract.readiness import CannotRead
from tests.drawn import check, checked

ORDERS = "customer_id | happened_at\nann | 2024-01-05\nann | 2024-01-09"


def reopen(folder: Path, calendar: Calendar) -> object:
    return open_checked(connect(EngineLimits(memory="300MB", threads=1)), folder / "checked", calendar)


def test_what_is_known_of_each_table(tmp_path: Path) -> None:
    tables = checked(tmp_path, delay_hours=2, orders=ORDERS)
    assert tables.about["orders"] == CheckedTable(
        rows=2,
        starts_on=19727,
        ends_on=19731,
        has_versions=False,
        delay_seconds=7200,
        values={"order_id": 2, "customer_id": 2, "happened_at": 2},
    )
    assert "orders" in tables
    assert "usage" not in tables
    assert tables.ready


def test_another_calendar_needs_another_check(tmp_path: Path) -> None:
    calendar = Calendar(zone="Asia/Tehran", weekend=("friday",), holidays=(date(2024, 3, 20),))
    check(tmp_path, calendar=calendar, orders=ORDERS)
    reopen(tmp_path, calendar)
    with pytest.raises(CannotRead, match="checked under another calendar: run vafa check again"):
        reopen(tmp_path, Calendar(zone="Asia/Tehran", weekend=("friday",)))


def test_no_tables_say_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(CannotRead, match=r"no checked tables in .*checked: run vafa check first"):
        reopen(tmp_path, Calendar())


def test_a_manifest_of_another_version_is_as_none(tmp_path: Path) -> None:
    (tmp_path / "checked").mkdir()
    (tmp_path / "checked" / MANIFEST).write_text(json.dumps({"tables": {}, "calendar": {}}))
    assert read_last_good(tmp_path / "checked") == {}
    with pytest.raises(CannotRead, match="run vafa check first"):
        reopen(tmp_path, Calendar())


def test_a_lost_file_is_named(tmp_path: Path) -> None:
    check(tmp_path, orders=ORDERS)
    (lost,) = (tmp_path / "checked").glob("set-*/orders.parquet")
    lost.unlink()
    with pytest.raises(CannotRead, match="have lost orders: run vafa check again"):
        reopen(tmp_path, Calendar())


def test_the_last_good_set_is_the_last_ready_one(tmp_path: Path) -> None:
    def about(rows: int) -> dict[str, CheckedTable]:
        return {"orders": CheckedTable(rows=rows, starts_on=0, ends_on=1, has_versions=False, values={"amount": rows})}

    for name, ready in (("set-000001", True), ("set-000002", False)):
        (tmp_path / name).mkdir()
        publish_set(tmp_path / name, about(9), Calendar(), ready=ready, last_good=about(20))
        assert read_last_good(tmp_path) == about(9 if ready else 20)
    assert [path.name for path in tmp_path.glob("set-*")] == ["set-000002"]
