"""The Parquet sink: for programs. Values are exact and nothing is neutralised, because nothing runs them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq


def write(frame: pd.DataFrame, path: Path) -> None:
    """One row a row of the frame, without its index; null where nothing is known. Same frame, same bytes."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    # Without what pandas notes about itself: the types are enough for every reader.
    pq.write_table(table.replace_schema_metadata(None), path, compression="zstd")
