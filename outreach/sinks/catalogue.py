"""Every sink: where a published list can be written to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from outreach.sinks import csv, parquet, xlsx


@dataclass(frozen=True, kw_only=True)
class Sink:
    """One kind of file. `write` puts a frame at a path; the same frame gives the same bytes."""

    name: str
    file_name: str
    write: Callable[[pd.DataFrame, Path], None]


SINKS: dict[str, Sink] = {
    sink.name: sink
    for sink in (
        Sink(name="csv", file_name="list.csv", write=csv.write),
        Sink(name="xlsx", file_name="list.xlsx", write=xlsx.write),
        Sink(name="parquet", file_name="list.parquet", write=parquet.write),
    )
}
