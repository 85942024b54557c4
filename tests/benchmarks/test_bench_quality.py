"""A part whose data are not on the machine is left as it was measured last, and asked for alone says what it lacks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import bench_quality


@pytest.fixture
def result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the result goes; the text part was measured before, and its variable is not set now."""
    monkeypatch.delenv("SNAPPFOOD", raising=False)
    monkeypatch.setattr(bench_quality, "RESULT", tmp_path / "quality.json")
    monkeypatch.setattr(bench_quality, "PARTS", {"text": bench_quality.text, "other": lambda: {"figure": 1.0}})
    monkeypatch.setattr(bench_quality, "permuted", lambda times: {"times": times})
    (tmp_path / "quality.json").write_text('{"text": {"figure": 0.5}}')
    return tmp_path / "quality.json"


def test_the_others_are_measured(result: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    told: list[dict[str, Any]] = []
    monkeypatch.setattr(bench_quality, "write_table", lambda found, path: told.append(found))
    monkeypatch.setattr("sys.argv", ["bench_quality"])
    bench_quality.main()
    found = json.loads(result.read_text())
    assert found["text"] == {"figure": 0.5}
    assert found["other"]["figure"] == 1.0
    assert told == [found]
    assert "left as it was: set SNAPPFOOD" in capsys.readouterr().out


def test_alone_it_says_what_it_lacks(result: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["bench_quality", "--only", "text"])
    with pytest.raises(SystemExit, match="SNAPPFOOD"):
        bench_quality.main()
    assert json.loads(result.read_text()) == {"text": {"figure": 0.5}}
