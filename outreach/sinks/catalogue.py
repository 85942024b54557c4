"""Every sink: where a published list can be written to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from outreach.language import Words
from outreach.sinks import csv, parquet, xlsx


@dataclass(frozen=True, kw_only=True)
class Sink:
    """One kind of file. `write` puts a frame at a path; the same frame gives the same bytes.

    `write_in` does so in the words of a language, where people read the file. Machines read the others: these have the
    names of the columns, days as 2026-11-23 and plain digits, whatever the company speaks.
    """

    name: str
    file_name: str
    write: Callable[[pd.DataFrame, Path], None]
    write_in: Callable[[pd.DataFrame, Path, Words], None] | None = None

    def put(self, frame: pd.DataFrame, path: Path, words: Words) -> None:
        """Write it in that language, if this kind of file has one."""
        if self.write_in is None:
            self.write(frame, path)
        else:
            self.write_in(frame, path, words)


SINKS: dict[str, Sink] = {
    sink.name: sink
    for sink in (
        Sink(name="csv", file_name="list.csv", write=csv.write),
        Sink(name="xlsx", file_name="list.xlsx", write=xlsx.write, write_in=xlsx.write_in),
        Sink(name="parquet", file_name="list.parquet", write=parquet.write),
    )
}
