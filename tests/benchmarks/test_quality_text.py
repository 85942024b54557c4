"""The benchmark of sentiment: on made-up reviews its figures are what they must be, and so is its section."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks import quality_text


def test_it_measures_and_tells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quality_text, "REPLICATES", 200)
    random = np.random.default_rng(1)
    label = np.tile([0, 1], 60)
    words = [["سرد بود", "دیر رسید"] if one else ["گرم بود", "زود رسید"] for one in label]
    comment = [
        f"{random.choice(pair)} {random.choice(['امروز', 'دیروز', 'باز'])} {random.integers(99)}" for pair in words
    ]
    pd.DataFrame({"comment": comment, "label_id": label}).to_csv(tmp_path / "reviews.tsv", sep="\t")
    found = quality_text.measure(tmp_path / "reviews.tsv")
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["texts"] == 120
    assert found["vafa"]["accuracy"] == pytest.approx(np.mean(found["vafa"]["accuracy_by_fold"])) == 1.0
    gain = found["accuracy_gain"]
    assert gain["value"] == pytest.approx(1.0 - found["baseline"]["accuracy"])
    assert gain["low"] <= gain["value"] <= gain["high"]
    told = quality_text.section(found)
    assert "| Vafa | 1.0000 | 1.0000 | 1.0000 |" in told
    assert f"{gain['value']:+.4f} [{gain['low']:+.4f}, {gain['high']:+.4f}]" in told


def test_the_gain_is_paired() -> None:
    ours, theirs = np.tile([True, True, False, True], 50), np.tile([True, False, False, True], 50)
    gain = quality_text._gain(ours, theirs)
    assert gain["value"] == pytest.approx(0.25)
    # 200 differences of which a quarter is 1: the standard error is .0306.
    assert gain["low"] == pytest.approx(0.25 - 1.96 * 0.0306, abs=0.01)
    assert gain["high"] == pytest.approx(0.25 + 1.96 * 0.0306, abs=0.01)
