"""Score: tonight's cohort with the champion."""

from __future__ import annotations

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from pipelines import stages
from pipelines.lock import alone
from pipelines.settings import settings_of


@task(name="score", cache_policy=NO_CACHE)
def score(config: str, out: str | None = None, as_of: str | None = None) -> str:
    """Gives the folder with tonight's scores."""
    settings = settings_of(config, out)
    return str(stages.score_night(settings, as_of=as_of))


@flow(name="score_customers")
def score_customers(config: str, out: str | None = None, as_of: str | None = None) -> str:
    """Score everybody in the cohort at as_of from the tables of the last check."""
    with alone(settings_of(config, out).out):
        return score(config, out, as_of)
