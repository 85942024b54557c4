"""The XLSX sink: for people who work through the list in a spreadsheet.

Texts are written as text cells, which no spreadsheet runs, so ids stand there to the letter, without an apostrophe.
Those that look like a formula also carry Excel's own mark for text, so that they stay text when somebody edits the
cell. Accepted: whoever saves the sheet as CSV by hand loses that protection, because Excel writes the bare text; the
neutralised list.csv lies beside this file for that purpose, and changing ids here would break every look-up by id.

Characters that XML cannot hold are written as the format's own escapes (_x0001_), which Excel undoes and openpyxl does
not. One kind of text comes back changed, by a defect of XlsxWriter: two escapes that share an underscore and are meant
literally (_x0041_x0042_).
"""

from __future__ import annotations

import datetime
import io
from pathlib import Path

import pandas as pd
import xlsxwriter
from xlsxwriter.exceptions import XlsxWriterException

from outreach.cell import Plain, plain_rows, would_run

#: How numbers are shown, by column; others are shown as they are.
NUMBER_FORMATS: dict[str, str] = {
    "probability": "0.0%",
    "value_at_risk": "#,##0.00",
    "priority": "#,##0.00",
}

#: Widths in characters: readable without dragging, narrow enough for a screen.
NARROWEST, WIDEST = 8, 60

#: What Excel's file format holds.
MOST_ROWS, LONGEST_TEXT = 1_048_576, 32_767

#: The file says when it was created. A fixed day keeps the bytes the same for the same list.
CREATED = datetime.datetime(2000, 1, 1)


def write(frame: pd.DataFrame, path: Path) -> None:
    """One line a row of the frame, under a frozen line of column names with filters. Same frame, same bytes.

    Raises ValueError when Excel's format cannot hold the frame: too many rows, too long a text.
    """
    rows = plain_rows(frame)
    names = [str(name) for name in frame.columns]
    if len(rows) + 1 > MOST_ROWS:
        raise ValueError(f"the list has {len(rows)} rows; XLSX holds {MOST_ROWS - 1}. Leave the xlsx sink out")
    file = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    try:
        with xlsxwriter.Workbook(file, options) as book:
            book.set_properties({"created": CREATED})
            _fill(book, names, rows)
    except XlsxWriterException as error:
        raise ValueError(f"the list cannot be written as XLSX: {error}") from error
    path.write_bytes(file.getvalue())


def _fill(book: xlsxwriter.Workbook, names: list[str], rows: list[tuple[Plain, ...]]) -> None:
    sheet = book.add_worksheet("list")
    header = book.add_format({"bold": True, "bottom": 1})
    text = book.add_format({"num_format": "@"})
    looks_like_formula = book.add_format({"num_format": "@", "quote_prefix": True})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for column, name in enumerate(names):
        sheet.write_string(0, column, name, header)
        number = book.add_format({"num_format": NUMBER_FORMATS.get(name, "General")})
        longest = len(name) + 3  # room for the filter's button
        for line, row in enumerate(rows, start=1):
            value = row[column]
            if isinstance(value, str):
                _check_length(value, name=name, line=line)
                sheet.write_string(line, column, value, looks_like_formula if would_run(value) else text)
            elif isinstance(value, bool):
                sheet.write_boolean(line, column, value)
            elif isinstance(value, datetime.date):
                sheet.write_datetime(line, column, value, day)
            elif isinstance(value, int | float):
                sheet.write_number(line, column, value, number)
            longest = max(longest, min(len(str(value)), WIDEST))
        sheet.set_column(column, column, max(NARROWEST, longest))
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, len(rows), len(names) - 1)
    # Ids of digits are meant as texts; Excel need not mark each of them as a mistake.
    sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{len(rows) + 1}"})


def _check_length(text: str, *, name: str, line: int) -> None:
    if len(text) > LONGEST_TEXT:
        raise ValueError(
            f"the list, column {name}, row {line}: a text of {len(text)} characters; XLSX holds {LONGEST_TEXT}. "
            "Shorten it at its source, or leave the xlsx sink out"
        )
