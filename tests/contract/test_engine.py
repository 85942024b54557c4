"""The embedded engine: capped, in UTC, offline, and discreet about values."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.engine import EngineLimits, connect, literal, quoted, told


def test_limits_are_the_engines(tmp_path: Path) -> None:
    spill = tmp_path / "spill"
    connection = connect(EngineLimits(memory="200MB", threads=1, spill_folder=spill, spill="1GB"))
    (row,) = connection.raw_sql(
        "SELECT current_setting('memory_limit'), current_setting('threads'), current_setting('temp_directory'), "
        "current_setting('max_temp_directory_size'), current_setting('TimeZone'), "
        "current_setting('autoinstall_known_extensions')"
    ).fetchall()
    assert row == ("190.7 MiB", 1, str(spill), "953.6 MiB", "UTC", False)


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_any_text_survives_as_a_literal(text: str) -> None:
    assert duckdb.sql(f"SELECT {literal(text)}").fetchall() == [(text,)]


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1))
def test_any_text_survives_as_a_name(text: str) -> None:
    assert duckdb.sql(f"SELECT 1 AS {quoted(text)}").columns == [text]


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("SELECT * FROM nowhere", "Catalog Error: Table with name nowhere does not exist!"),
        ("SELECT 'O''Ann\n\"B\"'::INT", "Conversion Error: Could not convert string ..."),
        ("SELECT 'ann'::INT", "Conversion Error: Could not convert string ..."),
        (
            "SELECT strptime('ann', '%Y')",
            "Invalid Input Error: Could not parse string ...",
        ),
        (
            "SELECT 12345678912::INT",
            "Conversion Error: Type INT64 with value ... can't be cast because the value is out of range for the "
            "destination type INT32",
        ),
    ],
)
def test_errors_tell_names_but_no_values(sql: str, says: str) -> None:
    with pytest.raises(duckdb.Error) as caught:
        duckdb.sql(sql).fetchall()
    assert told(caught.value) == says
