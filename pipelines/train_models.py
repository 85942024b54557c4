"""Train: check the data, learn, judge on forward folds, keep what deserves it."""

from __future__ import annotations

from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from pipelines import stages
from pipelines.check_data import check
from pipelines.each_list import each_list, names_of
from pipelines.lock import alone
from pipelines.settings import settings_of


@task(name="train", cache_policy=NO_CACHE)
def train(config: str, out: str | None = None, as_of: str | None = None, target: str | None = None) -> dict[str, Any]:
    """What a machine wants to know of the run: target, grade, run id, version, seconds by part."""
    settings = settings_of(config, out, target)
    trained = stages.train(settings, as_of=as_of)
    return {
        "target": settings.target.name,
        "model": settings.model_name,
        "grade": trained.grade,
        "says": trained.says,
        "champion": trained.champion,
        "run_id": trained.run_id,
        "version": trained.version,
        "seconds_by_stage": trained.seconds,
    }


@flow(name="train_models")
def train_models(
    config: str, out: str | None = None, as_of: str | None = None, target: str | None = None
) -> list[dict[str, Any]]:
    """One run a list. Learn from everything labelled before as_of. A run that is refused leaves the champion as it
    was."""
    settings = settings_of(config, out, target)
    with alone(settings.out):
        checked = check(config, out, as_of)
        return each_list(names_of(settings, target), lambda name: train(config, out, checked, name))
