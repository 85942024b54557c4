"""The XLSX sink: for people who work through the list in a spreadsheet.

Texts are written as text cells, which no spreadsheet runs, so ids stand there to the letter, without an apostrophe.
Those that look like a formula also carry Excel's own mark for text, so that they stay text when somebody edits the
cell. Accepted: whoever saves the sheet as CSV by hand loses that protection, because Excel writes the bare text; the
neutralised list.csv lies beside this file for that purpose, and changing ids here would break every look-up by id.

Characters that XML cannot hold are written as the format's own escapes (_x0001_), which Excel undoes and openpyxl does
not. One kind of text comes back changed, by a defect of XlsxWriter: two escapes that share an underscore and are meant
literally (_x0041_x0042_).

In a language with other conventions the sheet is for people alone: headings instead of column names, days as texts of
that language's calendar (the heading says which), figures that stay numbers, so that they can be sorted and added up,
under a format that shows them in its digits. Programs read the CSV or the Parquet file.
"""

from __future__ import annotations

import datetime
import io
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter
from xlsxwriter.exceptions import XlsxWriterException

from contract.said import marked
from outreach.cell import Plain, plain_rows, would_run
from outreach.language import ENGLISH, Words
from outreach.list import HEADINGS

SHEET = marked("list")

#: How numbers are shown, by column; others are shown as they are.
NUMBER_FORMATS: dict[str, str] = {
    "probability": "0.0%",
    "value_at_risk": "#,##0.00",
    "priority": "#,##0.00",
}

#: Columns of sums of money: where one comes to so much, nobody reads its cents.
MONEY: tuple[str, ...] = ("value_at_risk", "priority")
WHOLE_FROM = 10_000

#: Put before a number format, it shows the number in the digits of the language: shape of numerals (3), any calendar,
#: locale (0429), as Excel writes it itself. A program that does not know it shows 0 to 9; the number is the same.
DIGITS: dict[str, str] = {"fa": "[$-3000429]"}

#: The columns whose texts are words of ours.
WORDED: tuple[str, ...] = ("target", "currency")

#: How a heading says that its days are of another calendar, by the language.
CALENDARS: dict[str, str] = {"fa": marked("{heading} (Iranian calendar)")}

#: Widths in characters: readable without dragging, narrow enough for a screen.
NARROWEST, WIDEST = 8, 60

#: What Excel's file format holds.
MOST_ROWS, LONGEST_TEXT = 1_048_576, 32_767

#: The file says when it was created. A fixed day keeps the bytes the same for the same list.
CREATED = datetime.datetime(2000, 1, 1)


def write(frame: pd.DataFrame, path: Path) -> None:
    """One line a row of the frame, under a frozen line of column names with filters. Same frame, same bytes."""
    write_in(frame, path, ENGLISH)


def write_in(frame: pd.DataFrame, path: Path, words: Words) -> None:
    """The same in a language: headings, days, digits and the sheet's direction are its own.

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
            _fill(book, names, rows, words)
    except XlsxWriterException as error:
        raise ValueError(f"the list cannot be written as XLSX: {error}") from error
    path.write_bytes(file.getvalue())


def _fill(book: xlsxwriter.Workbook, names: list[str], rows: list[tuple[Plain, ...]], words: Words) -> None:
    sheet = book.add_worksheet(words.gettext(SHEET))
    own: dict[str, Any] = {}
    if words.conventions.from_right:
        sheet.right_to_left()
        own["reading_order"] = 2  # from the right, whatever letter comes first
    if words.conventions.font:
        own["font_name"] = words.conventions.font
    header = book.add_format({"bold": True, "bottom": 1, **own})
    text = book.add_format({"num_format": "@", **own})
    looks_like_formula = book.add_format({"num_format": "@", "quote_prefix": True, **own})
    day = book.add_format({"num_format": "yyyy-mm-dd", **own})
    for column, name in enumerate(names):
        cells = [_shown(name, row[column], words) for row in rows]
        heading = _heading(name, words, has_days=any(isinstance(row[column], datetime.date) for row in rows))
        sheet.write_string(0, column, heading, header)
        shape = DIGITS.get(words.language, "")
        number = book.add_format({"num_format": shape + _number_format(name, cells), **own})
        longest = len(heading) + 3  # room for the filter's button
        for line, value in enumerate(cells, start=1):
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


def _number_format(name: str, cells: list[Plain]) -> str:
    numbers = (abs(cell) for cell in cells if isinstance(cell, int | float))
    if name in MONEY and max(numbers, default=0) >= WHOLE_FROM:
        return "#,##0"
    return NUMBER_FORMATS.get(name, "General")


def _heading(name: str, words: Words, *, has_days: bool) -> str:
    """English sheets have the names of the columns, which look-ups go by."""
    if words.language == ENGLISH.language:
        return name
    heading = words.gettext(HEADINGS[name]) if name in HEADINGS else name
    if has_days and words.language in CALENDARS:
        return words.gettext(CALENDARS[words.language]).format(heading=heading)
    return heading


def _shown(name: str, value: Plain, words: Words) -> Plain:
    """The cell in its language. Only newer Excels format days of the Iranian calendar, so they are texts everywhere."""
    if isinstance(value, datetime.date) and words.language in CALENDARS:
        return words.conventions.day_in_figures(value)
    return words.word(value) if isinstance(value, str) and name in WORDED and value else value


def _check_length(text: str, *, name: str, line: int) -> None:
    if len(text) > LONGEST_TEXT:
        raise ValueError(
            f"the list, column {name}, row {line}: a text of {len(text)} characters; XLSX holds {LONGEST_TEXT}. "
            "Shorten it at its source, or leave the xlsx sink out"
        )
