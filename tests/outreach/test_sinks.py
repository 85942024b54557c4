"""The sinks, read back with the readers that others use."""

from __future__ import annotations

import csv
import datetime
import io
import math
import re
import tempfile
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from outreach.cell import would_run
from outreach.language import ENGLISH, translations
from outreach.list import CASE_COLUMNS, DAY, HEADINGS
from outreach.sinks import catalogue
from outreach.sinks.catalogue import SINKS
from outreach.sinks.xlsx import LONGEST_TEXT

SURVIVES = [
    'says "hello"', "'quoted'", '"', '""', "a,b", "two\nlines", "two\r\nlines", "old\rmac", "\nfirst", " padded ",
    "مشتری ۱۲", "می‌خواهم", "😀", "00123", "1E5", "a=b", "a\tb", "a;b", "3-4", "x@y.z", "https://x.y", "TRUE", "NaN",
]  # fmt: skip

RUNNABLE = [
    "=1+1", "+49 170", "-5", "@SUM(A1)", "\t=1", "\tx", "\rx", "\r\nx", " =1", "\n=1", "\u00a0=1", "\u200f=1",
    "\ufeff=1",
    "\x00=1", "\uff1d1", "\uff0b1", "\uff0d1", "\uff20x", "\ufe661", "=cmd|' /C calc'!A0", '=HYPERLINK("x")', "-", "@",
]  # fmt: skip


def listed(ids: list[str]) -> pd.DataFrame:
    size = len(ids)
    return pd.DataFrame(
        {
            "rank": pd.Series(range(1, size + 1), dtype="int64"),
            "customer_id": pd.Series(ids, dtype="str"),
            "as_of": pd.Series([datetime.date(2025, 3, 1)] * size, dtype=DAY),
            "probability": pd.Series([0.1234, math.nan, *[0.5] * size][:size], dtype="float64"),
            "value_at_risk": pd.Series([-12.5, *[1e-7] * size][:size], dtype="float64"),
            "reason_1": pd.Series(["Spent -120 in 28 days"] * size, dtype="str"),
        }
    )


def written(name: str, frame: pd.DataFrame) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / SINKS[name].file_name
        SINKS[name].write(frame, path)
        return path.read_bytes()


def read_csv(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def read_xlsx_texts(content: bytes, column: str) -> list[str]:
    """The texts of one column as the file format defines them: _xHHHH_ stands for a character (ECMA-376, 22.9.2.19).

    openpyxl does not undo these escapes, Excel does.
    """
    names = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        shared = ElementTree.fromstring(file.read("xl/sharedStrings.xml"))
        sheet = ElementTree.fromstring(file.read("xl/worksheets/sheet1.xml"))
    texts = [item.findtext("x:t", default="", namespaces=names) for item in shared.findall("x:si", names)]
    cells = [cell for cell in sheet.iterfind(".//x:c", names) if re.fullmatch(rf"{column}\d+", cell.attrib["r"])]
    assert all(cell.attrib["t"] == "s" and cell.find("x:f", names) is None for cell in cells)
    found = [texts[int(cell.findtext("x:v", default="", namespaces=names))] for cell in cells]
    return [re.sub("_x([0-9A-Fa-f]{4})_", lambda match: chr(int(match[1], 16)), text) for text in found[1:]]


def test_every_sink_is_listed() -> None:
    files = {path.stem for path in Path(catalogue.__file__).parent.glob("*.py")} - {"__init__", "catalogue"}
    assert set(SINKS) == files
    assert all(name == sink.name for name, sink in SINKS.items())
    assert len({sink.file_name for sink in SINKS.values()}) == len(SINKS)


@pytest.mark.parametrize("text", RUNNABLE)
def test_text_that_a_spreadsheet_would_run_is_seen(text: str) -> None:
    assert would_run(text)


@pytest.mark.parametrize("text", ["", " ", "\n", *SURVIVES])
def test_other_text_is_left_alone(text: str) -> None:
    assert not would_run(text)


def test_csv_neutralises_texts_and_nothing_else() -> None:
    rows = read_csv(written("csv", listed(RUNNABLE + SURVIVES)))[1:]
    assert [row[1] for row in rows] == [f"'{text}" for text in RUNNABLE] + SURVIVES
    assert rows[0] == ["1", "'=1+1", "2025-03-01", "0.1234", "-12.5", "Spent -120 in 28 days"]
    assert rows[1][3:5] == ["", "1e-07"]


def test_csv_neutralises_column_names_too() -> None:
    assert read_csv(written("csv", pd.DataFrame({"=x": [-1]}))) == [["'=x"], ["-1"]]


def test_csv_opens_in_excel_as_unicode_with_crlf() -> None:
    content = written("csv", listed(["مشتری"]))
    assert content.startswith(b"\xef\xbb\xbfrank,customer_id,")
    assert content.count(b"\r\n") == 2
    assert content.replace(b"\r\n", b"").count(b"\n") == 0


def test_xlsx_read_back_by_openpyxl() -> None:
    ids = [text for text in SURVIVES + RUNNABLE if "\r" not in text and "\x00" not in text]
    book = openpyxl.load_workbook(io.BytesIO(written("xlsx", listed(ids))))
    sheet = book.active
    rows = list(sheet.iter_rows(min_row=2))
    assert [row[1].value for row in rows] == ids
    assert {row[1].data_type for row in rows} == {"s"}  # never "f", a formula
    # Excel's mark for text: it stays text when somebody edits the cell
    assert [row[1].quotePrefix for row in rows] == [text in RUNNABLE for text in ids]
    assert {row[1].hyperlink for row in rows} == {None}
    assert [cell.value for cell in rows[0]][2:] == [
        datetime.datetime(2025, 3, 1), 0.1234, -12.5, "Spent -120 in 28 days"
    ]  # fmt: skip
    assert [cell.data_type for cell in rows[0]][2:5] == ["d", "n", "n"]
    assert rows[1][3].value is None
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == f"A1:F{len(ids) + 1}"
    assert book.properties.created == datetime.datetime(2000, 1, 1)
    assert 8 <= sheet.column_dimensions["B"].width <= 62


def put(name: str, frame: pd.DataFrame, language: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / SINKS[name].file_name
        SINKS[name].put(frame, path, translations(language))
        return path.read_bytes()


@pytest.mark.parametrize("name", SINKS)
def test_in_english_a_file_is_what_it_always_was(name: str) -> None:
    frame = listed(SURVIVES + RUNNABLE)
    assert put(name, frame, ENGLISH.language) == written(name, frame)


@pytest.mark.parametrize("name", ["csv", "parquet"])
def test_machines_read_the_same_file_in_every_language(name: str) -> None:
    frame = listed(SURVIVES + RUNNABLE)
    assert put(name, frame, "fa") == written(name, frame)


def test_every_column_has_a_heading_in_every_language() -> None:
    assert tuple(HEADINGS) == CASE_COLUMNS
    assert all(translations("fa").gettext(heading) != heading for heading in HEADINGS.values())


def test_persian_sheet_is_for_people() -> None:
    frame = listed(["C-12", "مشتری", "=1+1"]).assign(
        target="inactivity", currency=["IRR", "XTS", ""], reason_1="۳ سفارش در ۲۸ روز"
    )
    before = frame.copy()
    content = put("xlsx", frame, "fa")
    pd.testing.assert_frame_equal(frame, before)
    assert put("xlsx", frame.copy(), "fa") == content
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert sheet.title == "فهرست"
    assert sheet.sheet_view.rightToLeft
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:H4"
    assert [cell.value for cell in sheet[1]] == [
        "رتبه", "مشتری", "تاریخ تصمیم (هجری شمسی)", "احتمال", "ارزش در خطر", "دلیل ۱", "پیش‌بینی", "ارز",
    ]  # fmt: skip
    rows = list(sheet.iter_rows(min_row=2))
    # Ids stay to the letter, figures stay numbers under a format of Persian digits, days are texts that sort.
    assert [row[1].value for row in rows] == ["C-12", "مشتری", "=1+1"]
    assert [row[1].quotePrefix for row in rows] == [False, False, True]
    assert [cell.value for cell in rows[0]][2:] == [
        "۱۴۰۳/۱۲/۱۱", 0.1234, -12.5, "۳ سفارش در ۲۸ روز", "بی‌فعالیتی", "ریال"
    ]  # fmt: skip
    assert [cell.data_type for cell in rows[0]] == ["n", "s", "s", "n", "n", "s", "s", "s"]
    assert [rows[0][place].number_format for place in (0, 3, 4)] == [
        "[$-3000429]General", "[$-3000429]0.0%", "[$-3000429]#,##0.00"
    ]  # fmt: skip
    # A currency that has no name in Persian keeps its letters, without signs that a look-up would trip over.
    assert [row[7].value for row in rows] == ["ریال", "XTS", ""]
    assert {cell.font.name for row in rows for cell in row if cell.value is not None} == {"Tahoma"}
    assert {cell.alignment.readingOrder for row in rows for cell in row if cell.value is not None} == {2}


@pytest.mark.parametrize(("language", "shape"), [("en", ""), ("fa", "[$-3000429]")])
def test_large_sums_are_shown_without_cents_and_kept_with_them(language: str, shape: str) -> None:
    frame = listed(["a", "b", "c"]).assign(value_at_risk=[3_456_789.25, 12.5, None])
    sheet = openpyxl.load_workbook(io.BytesIO(put("xlsx", frame, language))).active
    column = list(frame.columns).index("value_at_risk")
    first, second, _ = (row[column] for row in sheet.iter_rows(min_row=2))
    assert (first.value, second.value) == (3_456_789.25, 12.5)
    assert first.number_format == second.number_format == f"{shape}#,##0"


def test_parquet_holds_exact_values() -> None:
    ids = SURVIVES + RUNNABLE
    table = pq.read_table(io.BytesIO(written("parquet", listed(ids))))
    assert table.column_names == list(listed(ids).columns)
    assert table["customer_id"].to_pylist() == ids
    assert table["as_of"].type == pa.date32()
    assert table["probability"].to_pylist()[:2] == [0.1234, None]
    assert table["value_at_risk"].to_pylist()[:2] == [-12.5, 1e-7]


@pytest.mark.parametrize("name", SINKS)
def test_same_frame_gives_the_same_bytes_and_another_does_not(name: str) -> None:
    frame = listed(SURVIVES + RUNNABLE)
    before = frame.copy()
    first = written(name, frame)
    pd.testing.assert_frame_equal(frame, before)
    assert written(name, frame.copy()) == first
    assert written(name, frame.assign(rank=frame["rank"] + 1)) != first


@pytest.mark.parametrize("name", SINKS)
def test_empty_list_has_its_columns(name: str) -> None:
    frame = listed([])
    content = written(name, frame)
    if name == "csv":
        assert read_csv(content) == [list(frame.columns)]
    elif name == "xlsx":
        assert [cell.value for cell in openpyxl.load_workbook(io.BytesIO(content)).active[1]] == list(frame.columns)
    else:
        schema = pq.read_table(io.BytesIO(content)).schema
        assert (schema.field("as_of").type, schema.field("rank").type) == (pa.date32(), pa.int64())


# Texts that no table can hold (lone halves of surrogate pairs) are left out.
any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
nasty_text = st.text(st.sampled_from("=+-@'\"\t\r\n,; aپ\u200c\x00\x01\uff1d_x0D5F"), max_size=12)
# A defect of XlsxWriter that outreach/sinks/xlsx.py names: if it is repaired one day, the test below says so.
chained_escapes = re.compile("_x[0-9A-Fa-f]{4}_x[0-9A-Fa-f]{4}_")


@settings(max_examples=150, deadline=None)
@given(st.lists(any_text | nasty_text, min_size=1, max_size=8))
@example(["\x00", "\x08", "\x0b", "\x1f", "\x7f", "\x85", "\u2028", "\ufffe", "\uffff", "_x0041_", "_x005F_"])
def test_any_text_survives_in_every_sink(ids: list[str]) -> None:
    frame = listed(ids)
    assert pq.read_table(io.BytesIO(written("parquet", frame)))["customer_id"].to_pylist() == ids
    cells = [row[1] for row in read_csv(written("csv", frame))[1:]]
    assert cells == [f"'{text}" if would_run(text) else text for text in ids]
    assert not any(would_run(cell) for cell in cells)
    if not any(chained_escapes.search(text) for text in ids):
        assert read_xlsx_texts(written("xlsx", frame), "B") == ids


def test_known_defect_of_xlsxwriter_is_still_there() -> None:
    assert read_xlsx_texts(written("xlsx", listed(["_x0041_x0042_"])), "B") == ["_x0041B"]


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from("=+-@\t\r\uff1d\uff0b\uff0d\uff20"),
    any_text,
    st.text(st.sampled_from(" \t\n\r\u200c\u00a0"), max_size=3),
)
def test_dangerous_beginnings_are_always_seen(sign: str, rest: str, space: str) -> None:
    assert would_run(sign + rest)
    assert would_run(space + sign + rest) or sign in "\t\r"


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (math.inf, ValueError, "infinite"),
        (datetime.datetime(2025, 3, 1, 5), TypeError, "a datetime"),
        (["a"], TypeError, "a list"),
    ],
)
def test_what_a_list_does_not_hold_is_refused(value: Any, error: type[Exception], text: str) -> None:
    frame = pd.DataFrame({"x": pd.Series([value], dtype="object")})
    for name in ("csv", "xlsx"):
        with pytest.raises(error, match=text):
            written(name, frame)


def test_numpy_values_in_mixed_columns_are_plain_numbers() -> None:
    frame = pd.DataFrame({"x": pd.Series([np.int64(-3), np.float64(0.5), None, "=x"], dtype="object")})
    assert read_csv(written("csv", frame)) == [["x"], ["-3"], ["0.5"], [""], ["'=x"]]


def test_text_too_long_for_excel_is_refused_and_not_cut() -> None:
    written("xlsx", listed(["x" * LONGEST_TEXT]))
    with pytest.raises(ValueError, match="column customer_id, row 2: a text of 32768 characters"):
        written("xlsx", listed(["a", "x" * (LONGEST_TEXT + 1)]))
