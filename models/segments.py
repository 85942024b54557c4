"""Under which name a segment is told: the largest by their own, the small ones together."""

from __future__ import annotations

import pandas as pd

#: Segments told one by one.
MOST = 20


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
    return segments.where(segments.isin(largest), f"other: {len(sizes) - MOST:,} smaller segments")
