"""What a cell of a written list is: a plain value, and whether a spreadsheet would run its text."""

from __future__ import annotations

import datetime
import math
import unicodedata

import numpy as np
import pandas as pd

#: What one cell can hold once pandas and numpy are stripped off it.
Plain = str | int | float | bool | datetime.date | None

#: Signs that a spreadsheet takes for the beginning of a formula.
FORMULA_SIGNS = frozenset("=+-@")

#: Signs that a spreadsheet may drop at the front of a cell, so that what follows comes first.
DROPPED_AT_FRONT = ("\t", "\r")


def would_run(text: str) -> bool:
    """Whether a spreadsheet may take this text for a formula.

    True for a text that begins with = + - @, a tab or a carriage return; also when white space, control or
    invisible characters stand in front (some programs trim them), and for the full-width and small variants of the
    four signs (Excel in East Asian languages takes them for the plain ones).
    """
    if text.startswith(DROPPED_AT_FRONT):
        return True
    for character in text:
        if unicodedata.category(character) in ("Cc", "Cf", "Zs", "Zl", "Zp"):
            continue
        return unicodedata.normalize("NFKC", character) in FORMULA_SIGNS
    return False


def plain_rows(frame: pd.DataFrame) -> list[tuple[Plain, ...]]:
    """One tuple a row of the frame, with Python's own values; None where nothing is known.

    Raises TypeError for what a list does not hold (a moment, a nested value), ValueError for an infinite number.
    """
    columns = [[_plain(value) for value in frame[name].tolist()] for name in frame.columns]
    return list(zip(*columns, strict=True))


def _plain(value: object) -> Plain:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, str):
        return str(value)
    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, float) and math.isinf(value):
        raise ValueError("a cell holds an infinite number; correct the amount that it comes from")
    # A moment is a date to Python, but a list is about days: as a day it would lose its hours unseen.
    if isinstance(value, bool | int | float | datetime.date) and not isinstance(value, datetime.datetime):
        return value
    raise TypeError(f"a cell holds a {type(value).__name__}; lists hold texts, numbers, days and nothing else")
