"""Under which name a segment is told: the largest by their own, the small ones together."""

from __future__ import annotations

import re

import pandas as pd

from contract.said import marked, said

#: Segments told one by one.
MOST = 20
#: The customers of whom the company says none.
NOT_KNOWN = marked("not known")
_OTHER = re.compile(r"other: ([\d,]+) smaller segments")


def shown_segments(segments: pd.Series) -> pd.Series:
    """One row a row: the segment under which it is told, the row's own or "other".

    A column of ten thousand values is no grouping. Told one by one they make a page that nobody reads, and each costs
    intervals of its own. Of equal size, the first by name is told.
    """
    sizes = segments.value_counts().rename_axis("segment").reset_index(name="rows")
    # One alone would only lose its name.
    if len(sizes) <= MOST + 1:
        return segments
    largest = sizes.sort_values(["rows", "segment"], ascending=[False, True]).segment.head(MOST)
    return segments.where(segments.isin(largest), str(_other(len(sizes) - MOST)))


def segment_said(segment: str) -> str:
    """The name under which a segment is told, with its parts where it is the one of the small ones: a column of texts
    keeps no parts."""
    found = _OTHER.fullmatch(segment)
    return _other(int(found[1].replace(",", ""))) if found else segment


def _other(number: int) -> str:
    return said("other: {number:,} smaller segments", number=number)
