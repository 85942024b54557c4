"""Check the company's tables: the first stage of every night."""

from __future__ import annotations

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from pipelines import stages
from pipelines.lock import alone
from pipelines.settings import settings_of


@task(name="check", cache_policy=NO_CACHE)
def check(config: str, out: str | None = None, as_of: str | None = None) -> str:
    """Gives the as_of that the check settled on. Raises NotReady: nothing after it may run."""
    settings = settings_of(config, out)
    return stages.ensure_ready(settings, as_of=as_of).as_of


@flow(name="check_data")
def check_data(config: str, out: str | None = None, as_of: str | None = None) -> str:
    """Read and check every table, and write the readiness report."""
    with alone(settings_of(config, out).out):
        return check(config, out, as_of)
