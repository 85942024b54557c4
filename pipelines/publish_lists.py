"""Publish: tonight's outreach list, whole or not at all."""

from __future__ import annotations

from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from pipelines import stages
from pipelines.lock import alone
from pipelines.settings import settings_of


@task(name="publish", cache_policy=NO_CACHE)
def publish(config: str, out: str | None = None, as_of: str | None = None) -> dict[str, Any]:
    """Gives the summary of the list, with the folder it lies in."""
    settings = settings_of(config, out)
    listed = stages.publish_night(settings, as_of=as_of)
    return {
        **listed.summary,
        "folder": str(listed.folder),
        "is_new": listed.is_new,
        "is_current": listed.is_current,
    }


@flow(name="publish_lists")
def publish_lists(config: str, out: str | None = None, as_of: str | None = None) -> dict[str, Any]:
    """Make and publish the list of the scores of as_of."""
    with alone(settings_of(config, out).out):
        return publish(config, out, as_of)
