"""The catalogue of metrics is whole, and the document knows all of it."""

from __future__ import annotations

import re
from pathlib import Path

from reports.metrics.definitions import DIMENSIONS, GROUPS, METRICS

DOCUMENT = (Path(__file__).parents[3] / "docs" / "metrics.md").read_text(encoding="utf-8")


def test_every_metric_is_defined_in_the_document() -> None:
    defined = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`[^|]+) \|", DOCUMENT, re.MULTILINE))))
    assert defined == set(METRICS)


def test_metrics_name_what_is_there() -> None:
    for name, metric in METRICS.items():
        assert metric.name == name
        assert metric.group in GROUPS
        assert set(metric.of_the_count) <= set(metric.dimensions) <= set(DIMENSIONS)
        assert metric.response is None or metric.response in METRICS
        assert not (metric.is_median and metric.is_compared)
