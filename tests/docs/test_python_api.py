"""The code of docs/python-api.md runs from top to bottom as one script, and does what the page says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "python-api.md"


def test_the_pages_code_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert len(blocks) >= 8
    monkeypatch.chdir(ROOT)
    code = "\n".join(blocks).replace("out/workbench", str(tmp_path))
    there: dict[str, Any] = {}
    exec(compile(code, str(PAGE), "exec"), there)
    assert there["company"].readiness.ready
    assert len(there["mine"]) == 2
    assert there["by_weekday"].orders.sum() > 100_000
    assert set(there["brought"].frame.label) == {0.0, 1.0}
    assert there["found"].gain("ours", against="five")["auroc"].has_interval
    assert there["scored"].probability.between(0, 1).all()
    assert set(there["train"].frame.customer_id).isdisjoint(there["test"].frame.customer_id)
    assert list(there["rows"].frame.columns)[:3] == ["unit_id", "customer_id", "as_of"]
    assert there["rows"].features == there["company"].features(there["mine"]).features
