"""docs/benchmarks.md is what the measured figures say, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.quality_table import write_table

ROOT = Path(__file__).parents[2]


def test_the_page_is_written_from_the_figures(tmp_path: Path) -> None:
    result = json.loads((ROOT / "benchmarks" / "results" / "quality.json").read_text(encoding="utf-8"))
    write_table(result, tmp_path / "benchmarks.md")
    written = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    assert (tmp_path / "benchmarks.md").read_text(encoding="utf-8") == written, "run make bench-quality"
    assert {"online_retail", "cdnow_sample", "cdnow_curve", "completejourney"} <= set(result)
    assert {"text", "nonresponse", "simulator"} <= set(result)
