"""The night: check, score, publish. Safe to run late, twice, or again after a crash."""

from __future__ import annotations

import time
from typing import Any

from prefect import flow

from pipelines.check_data import check
from pipelines.lock import alone
from pipelines.publish_lists import publish
from pipelines.score_customers import score
from pipelines.settings import settings_of


@flow(name="run_nightly")
def run_nightly(config: str, out: str | None = None, as_of: str | None = None) -> dict[str, Any]:
    """Each stage starts only when the one before it succeeded, so a bad night leaves the last good list in place.

    The as_of that the check settles on is handed on: a night that begins before midnight stays the same night.
    """
    seconds: dict[str, float] = {}
    with alone(settings_of(config, out).out):
        begin = time.perf_counter()
        night = check(config, out, as_of)
        seconds["check"] = round(time.perf_counter() - begin, 2)
        begin = time.perf_counter()
        score(config, out, night)
        seconds["score"] = round(time.perf_counter() - begin, 2)
        begin = time.perf_counter()
        summary = publish(config, out, night)
        seconds["publish"] = round(time.perf_counter() - begin, 2)
    return {**summary, "seconds_by_stage": seconds}
