"""The CSV sink: for people who open it in a spreadsheet and for programs that read text.

UTF-8 with a byte order mark, because without it Excel reads Persian as Latin rubbish; fields after commas, lines
ended by CR LF, quotes doubled, as RFC 4180 has it. Line breaks inside a text stay what they are.

A text that a spreadsheet would run gets an apostrophe in front; nothing else is changed, and numbers never are: a
negative one keeps its sign. A program that must have every id to the letter reads the Parquet file.

Accepted: a spreadsheet that is set to another separator, and splits a text at its own semicolons or line breaks, may
run what then stands first; ids with such characters are to survive unchanged. The XLSX file has no separators.
"""

from __future__ import annotations

import csv
import datetime
import io
from pathlib import Path

import pandas as pd

from outreach.cell import Plain, plain_rows, would_run


def write(frame: pd.DataFrame, path: Path) -> None:
    """One line a row of the frame, under a line of column names. The same frame gives the same bytes."""
    text = io.StringIO(newline="")
    lines = csv.writer(text, lineterminator="\r\n")
    lines.writerow([_written(name) for name in frame.columns])
    lines.writerows([_written(value) for value in row] for row in plain_rows(frame))
    path.write_bytes(text.getvalue().encode("utf-8-sig"))


def _written(value: Plain) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if would_run(value) else value
    return value.isoformat() if isinstance(value, datetime.date) else value
