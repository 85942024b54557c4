"""How figures and foreign text are worded in every report: one function a kind of figure, text in, text out."""

from __future__ import annotations

import math
import unicodedata
from typing import Any

from contract.said import Figure, said
from models.evaluate import Estimate

#: Stands where a figure does not exist (a rule claims no probability, a baseline has no interval).
NOTHING = "—"

#: Marks that turn the reading direction of all text after them: an identifier with one could make a line lie.
_TURNS_DIRECTION = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def printable(text: str) -> str:
    """`text` without what a terminal or a page would obey instead of show.

    Values from a user's tables are foreign: escape sequences, line breaks and direction overrides become a space or
    vanish, half surrogates become the replacement sign. The zero-width non-joiner stays: Persian is spelled with it.
    """
    kept = []
    for sign in text:
        if sign in _TURNS_DIRECTION:
            continue
        category = unicodedata.category(sign)
        if category in ("Cc", "Zl", "Zp"):
            kept.append(" ")
        else:
            kept.append("\ufffd" if category == "Cs" else sign)
    return "".join(kept)


def exists(value: float | None) -> bool:
    """Whether there is a figure to word."""
    return value is not None and math.isfinite(value)


def decimal(value: float | None, digits: int = 0, *, signed: bool = False) -> str:
    """A number with thousands separators and a true minus; with `signed`, a plus where it is above zero."""
    if value is None or not math.isfinite(value):
        return NOTHING
    rounded = round(value, digits) + 0.0  # adding zero turns -0.0 into 0.0
    worded = f"{abs(rounded):,.{digits}f}"
    if rounded < 0:
        return f"\u2212{worded}"
    return f"+{worded}" if signed and rounded > 0 else worded


def percent(share: float | None, digits: int = 0) -> str:
    """A share as a percentage. Never 0% where there is something, never 100% where something is missing."""
    return str(share_said(share, digits))


def share_said(share: float | None, digits: int = 0) -> str:
    """The same as it can be said in any language."""
    if share is None or not math.isfinite(share):
        return NOTHING
    # 1,077 of 2,000 is 53.85%, though the product of its share and a hundred is a little less.
    percentage = round(share * 100, 9)
    step, rounded = 10.0**-digits, round(percentage, digits)
    if share > 0 and rounded == 0:
        return said("<{percent}", percent=Figure(f"{step:.{digits}f}%"))
    if share < 1 and rounded == 100:
        return said(">{percent}", percent=Figure(f"{100 - step:.{digits}f}%"))
    return Figure(f"{decimal(percentage, digits)}%")


def in_a_hundred(share: float) -> str:
    """How many of 100 people: '62', 'fewer than 1'. It can be said in any language."""
    return said("fewer than 1") if 0 < share < 0.005 else Figure(decimal(share * 100))


def interval_said(estimate: Estimate | None, digits: int, as_percent: bool = False, signed: bool = False) -> str:
    """Two ends as '0.84-0.88', or '-0.01 to +0.02' where a sign may stand; empty where there is no interval."""
    if estimate is None or estimate.low is None or estimate.high is None or not estimate.has_interval:
        return ""
    low, high = (
        (share_said(end, digits) if as_percent else Figure(decimal(end, digits, signed=signed)))
        for end in (estimate.low, estimate.high)
    )
    # A dash beside a minus cannot be read.
    if signed or estimate.low < 0:
        return said("{low} to {high}", low=low, high=high)
    return said("{low}\u2013{high}", low=low, high=high)


def finite(value: Any) -> Any:
    """The same, with None for every number that JSON cannot write."""
    if isinstance(value, dict):
        return {key: finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
