"""Score: tonight's cohort with the champion."""

from __future__ import annotations

from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from pipelines import stages
from pipelines.each_list import each_list, names_of
from pipelines.lock import alone
from pipelines.settings import settings_of


@task(name="score", cache_policy=NO_CACHE)
def score(config: str, out: str | None = None, as_of: str | None = None, target: str | None = None) -> str:
    """Gives the folder with tonight's scores."""
    settings = settings_of(config, out, target)
    return str(stages.score_night(settings, as_of=as_of))


@flow(name="score_customers")
def score_customers(
    config: str, out: str | None = None, as_of: str | None = None, target: str | None = None
) -> list[dict[str, Any]]:
    """One folder of scores a list: everybody in the cohort at as_of, from the tables of the last check."""
    settings = settings_of(config, out, target)
    with alone(settings.out):
        return each_list(
            names_of(settings, target),
            lambda name: {"target": name, "folder": score(config, out, as_of, name)},
        )
