"""The night: check, score, publish. Safe to run late, twice, or again after a crash."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from prefect import flow

from pipelines import stages
from pipelines.check_data import check
from pipelines.each_list import each_list, names_of
from pipelines.lock import alone
from pipelines.publish_lists import publish
from pipelines.score_customers import score
from pipelines.settings import settings_of
from pipelines.train_models import train


@flow(name="run_nightly")
def run_nightly(
    config: str, out: str | None = None, as_of: str | None = None, target: str | None = None
) -> list[dict[str, Any]]:
    """One summary a list. Each stage starts only when the one before it succeeded, so a bad night leaves the last good
    list in place. A list that has no champion yet is learned first, and one that was refused not again for
    some days.

    The as_of that the check settles on is handed on: a night that begins before midnight stays the same night.
    """
    settings = settings_of(config, out, target)
    with alone(settings.out):
        checking: dict[str, float] = {}
        with _timed(checking, "check"):
            night = check(config, out, as_of)

        def list_of(name: str) -> dict[str, Any]:
            seconds = dict(checking)
            if not stages.is_trained(settings.of(name)):
                stages.ensure_not_refused(settings.of(name), as_of=night)
                with _timed(seconds, "train"):
                    train(config, out, night, name)
            with _timed(seconds, "score"):
                score(config, out, night, name)
            with _timed(seconds, "publish"):
                summary = publish(config, out, night, name)
            return {**summary, "seconds_by_stage": seconds}

        return each_list(names_of(settings, target), list_of)


@contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    begin = time.perf_counter()
    yield
    seconds[stage] = round(time.perf_counter() - begin, 2)
