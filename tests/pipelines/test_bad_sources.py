"""Bad files and settings, end to end: what the night says of them, and that the last good list stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest

from models.segments import MOST
from pipelines import cli, stages
from tests.pipelines.bad_night import ORDERS_SECTION, BadNight, Change
from tests.pipelines.company import CUSTOMERS, FIRST_DAY, NEWEST, customer
from tests.pipelines.conftest import Night

PEOPLE_SECTION = '[tables.customers]\nsource = "people"\ntime_zone = "Europe/Berlin"'

# Files


def cut_off(share: float) -> Callable[[bytes], bytes]:
    return lambda content: content[: int(len(content) * share)]


@pytest.mark.parametrize("damage", [cut_off(0), cut_off(0.5), cut_off(0.999)], ids=["empty", "half", "last bytes gone"])
def test_parquet_that_ends_in_the_middle(bad: BadNight, damage: Callable[[bytes], bytes]) -> None:
    file = bad.folder / "baskets.parquet"
    file.write_bytes(damage(file.read_bytes()))
    told = bad.refused(code=cli.CANNOT)
    assert told.startswith(f"vafa: source baskets: {file} cannot be read as Parquet (Invalid Input Error: ")
    assert told.endswith("it may end in the middle: write it again, or mend the path")


def test_parquet_with_a_hole_that_only_reading_it_finds(bad: BadNight) -> None:
    file = bad.folder / "baskets.parquet"
    content = file.read_bytes()
    quarter = len(content) // 4
    file.write_bytes(content[:quarter] + bytes(quarter) + content[2 * quarter :])
    told = bad.refused(code=cli.CANNOT)
    assert told.startswith("vafa: table orders: its rows cannot be read (")
    assert told.endswith("mend the source or tables.orders")


def test_csv_without_a_byte(bad: BadNight) -> None:
    (bad.folder / "people.csv").write_bytes(b"")
    assert "table customers: column customer_id (whose row this is) is required" in bad.refused(code=cli.CANNOT)


CSV_CURE = (
    "check delimiter (','), quote ('\"') and encoding (utf-8) of sources.people (utf-8, utf-16 and latin-1 can be "
    "read), and that every quote is closed"
)


def never_closed(lines: list[str]) -> list[str]:
    return [*lines[:200], lines[200].replace(",phone", ',"phone').replace(",mail", ',"mail'), *lines[201:]]


def text_behind(lines: list[str]) -> list[str]:
    return [*lines[:200], lines[200].replace(",phone", ',"pho"ne').replace(",mail", ',"ma"il'), *lines[201:]]


@pytest.mark.parametrize("broken", [never_closed, text_behind])
def test_csv_with_broken_quotes(bad: BadNight, broken: Callable[[list[str]], list[str]]) -> None:
    file = bad.folder / "people.csv"
    lines = file.read_text(encoding="utf-8").splitlines()
    assert broken(lines) != lines
    file.write_text("\n".join(broken(lines)) + "\n", encoding="utf-8")
    told = bad.refused(code=cli.CANNOT)
    assert told.startswith(f"vafa: source people: {file} cannot be read as CSV (Invalid Input Error: ")
    assert told.endswith(CSV_CURE)


def test_csv_in_which_one_cell_swallows_fifty_lines(bad: BadNight) -> None:
    """A quote that the next one closes, fifty lines later, is sound CSV: the customers who are gone are missed."""
    file = bad.folder / "people.csv"
    lines = file.read_text(encoding="utf-8").splitlines()
    lines[101], lines[151] = lines[101].replace(",small,", ',"small,'), lines[151].replace(",small,", ',small",')
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    told = bad.refused(code=cli.NOT_READY)
    assert f"customers: fewer rows than at the last good check 50 of {CUSTOMERS} rows (12.5%)" in told
    assert "Cure: a load may be missing; if it is right, raise tables.customers.tolerated_shrinkage" in told
    assert "orders.customer_id: not in customers" in told
    assert "(personal, not shown) Cure: add the customers to the customers table" in told


def test_csv_in_another_encoding_than_said(bad: BadNight) -> None:
    """One letter in the last line, where no sample would look."""
    last = CUSTOMERS - 1
    bad.change_people(lambda rows: rows.assign(owner=rows.owner.where(rows.index < last, "Zoë")), encoding="latin-1")
    file = bad.folder / "people.csv"
    assert bad.refused(code=cli.CANNOT) == (
        f"vafa: source people: {file} cannot be read as CSV (Invalid Input Error: CSV Error on Line: {CUSTOMERS + 1}); "
        + CSV_CURE
    )
    bad.change_toml('path = "people.csv"', 'path = "people.csv"\nencoding = "latin-1"')
    assert bad.run("check").exit_code == cli.READY


# Time zones


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            '[time]\nzone = "Europe/Berlin"',
            '[time]\nzone = "Europe/Birlin"',
            "time: time zone 'Europe/Birlin' is not known: write a name of the IANA list, as Asia/Tehran or "
            "Europe/Berlin",
        ),
        (
            ORDERS_SECTION,
            ORDERS_SECTION.replace("Europe/Berlin", "CEST"),
            "tables.orders.time_zone: time zone 'CEST' is not known: write a name of the IANA list, as UTC or "
            "Asia/Tehran",
        ),
    ],
)
def test_an_unknown_time_zone(bad: BadNight, old: str, new: str, says: str) -> None:
    bad.change_toml(old, new)
    assert bad.refused(code=cli.CANNOT) == f"vafa: {bad.config}: {says}"


def test_typed_times_without_a_zone(bad: BadNight) -> None:
    bad.change_toml(ORDERS_SECTION, ORDERS_SECTION.rpartition("\n")[0])
    assert bad.refused(code=cli.CANNOT) == (
        "vafa: table orders: the times of happened_at carry no zone; say which they are in: "
        'tables.orders.time_zone = "UTC", or the zone of the place'
    )


def test_written_times_without_a_zone(bad: BadNight) -> None:
    """A text may carry a zone, row by row: so it is the rows that are refused."""
    bad.change_toml(PEOPLE_SECTION, PEOPLE_SECTION.rpartition("\n")[0])
    assert (
        f"customers.joined_at: not a time {CUSTOMERS} of {CUSTOMERS} rows (100.0%), for example row 1: '2023-12-31' "
        "Cure: write times as 2026-01-31 14:05, or give their format; times without a zone need time_zone, under "
        "[tables.customers]"
    ) in bad.refused(code=cli.NOT_READY)


# The day that is asked for


def test_an_as_of_before_the_data(bad: BadNight) -> None:
    told = bad.refused("--as-of", "2020-01-01", code=cli.NOT_READY)
    assert "Not ready: 1 target has too little data. Data as of 2020-01-01." in told
    first = pd.read_parquet(bad.folder / "baskets.parquet").happened_at.min().date()
    assert first >= FIRST_DAY
    assert f"0 dates with known labels, and at least 6 are needed; the history begins on {first} and needs" in told
    assert "bring older rows, or shorten horizon, active_days or the spacing of dates" in told


@pytest.mark.parametrize("verb", ["nightly", "score"])
def test_an_as_of_before_all_calendars(bad: BadNight, verb: str) -> None:
    assert bad.refused("--as-of", "0001-01-01", code=cli.CANNOT, verb=verb) == (
        "vafa: as_of 0001-01-01 lies before 1970-01-01, and so before all data: choose a day inside your own"
    )


def test_an_as_of_in_the_future(bad: BadNight) -> None:
    says = "vafa: as_of 2999-01-01 lies in the future: it is "
    assert bad.refused("--as-of", "2999-01-01", code=cli.CANNOT).startswith(says)
    bad.change_toml('as_of = "newest"', "as_of = 2999-01-01")
    told = bad.refused(code=cli.CANNOT)
    assert told.startswith(says)
    assert told.endswith("in Europe/Berlin; choose that, or earlier")


# A target that cannot be learned


def everybody_stays(rows: pd.DataFrame) -> pd.DataFrame:
    """All order every ten days, to the end."""
    days = pd.date_range(FIRST_DAY, NEWEST, freq="10D", inclusive="left")
    moments = [*days, pd.Timestamp(NEWEST) - pd.Timedelta(hours=5)]
    return ordered([(customer(number), moment) for number in range(CUSTOMERS) for moment in moments])


def everybody_leaves(rows: pd.DataFrame) -> pd.DataFrame:
    """Each orders once; day by day somebody else."""
    moments = pd.date_range(FIRST_DAY, pd.Timestamp(NEWEST) - pd.Timedelta(hours=5), periods=CUSTOMERS)
    return ordered([(customer(number), moment) for number, moment in enumerate(moments)])


def ordered(rows: list[tuple[str, pd.Timestamp]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["customer_id", "happened_at"]).astype({"happened_at": "datetime64[us]"})
    return frame.assign(order_id=[f"o{row}" for row in range(len(frame))], amount=5.0, currency="EUR")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (everybody_stays, "none had the outcome"),
        (everybody_leaves, "none did not have the outcome"),
    ],
    ids=["nobody leaves", "everybody leaves"],
)
def test_a_target_with_one_class(bad: BadNight, change: Change, says: str) -> None:
    bad.change_orders(change)
    bad.change_toml(ORDERS_SECTION, f"{ORDERS_SECTION}\ntolerated_shrinkage = 1")
    told = bad.refused(code=cli.NOT_READY, verb="train")
    assert "Not ready: 1 target has too little data." in told
    assert f"{says}, so there is nothing to tell apart: bring a longer history, or choose another horizon" in told


# Thousands of categories


def test_ten_thousand_categories(bad: BadNight) -> None:
    rows = bad.change_orders(lambda rows: rows.assign(category=[f"kind-{row % 10_000}" for row in range(len(rows))]))
    assert rows.category.nunique() == 10_000
    before = len(bad.page())
    bad.goes_on()
    assert len(bad.page()) < 1.1 * before
    assert "kind-" not in bad.page()


def test_a_segment_a_customer_leaves_the_page_readable(
    bad: BadNight, night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trained again, with a segment that is no segment, on some rows of the good night: segments change none."""
    few = night.rows.frame[night.rows.frame.as_of.isin(night.rows.frame.as_of.drop_duplicates().nlargest(3))]
    monkeypatch.setattr(stages, "panel", lambda *_, **__: replace(night.rows, frame=few.reset_index(drop=True)))
    monkeypatch.setattr(stages, "poison_future", lambda *_, **__: ())
    bad.change_people(lambda rows: rows.assign(segment=[f"segment-{row}" for row in range(len(rows))]))
    assert bad.run("train").exit_code == cli.READY
    bad.goes_on()
    told = bad.page().count("segment-")
    assert 0 < told <= 2 * MOST
    assert "smaller segments" in bad.page()
