"""Publish: tonight's outreach list, whole or not at all."""

from __future__ import annotations

from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from pipelines import stages
from pipelines.each_list import each_list, names_of
from pipelines.lock import alone
from pipelines.settings import settings_of


@task(name="publish", cache_policy=NO_CACHE)
def publish(config: str, out: str | None = None, as_of: str | None = None, target: str | None = None) -> dict[str, Any]:
    """Gives the summary of the list, with the folder it lies in."""
    settings = settings_of(config, out, target)
    listed = stages.publish_night(settings, as_of=as_of)
    return {
        **listed.summary,
        "folder": str(listed.folder),
        "is_new": listed.is_new,
        "is_current": listed.is_current,
    }


@flow(name="publish_lists")
def publish_lists(
    config: str, out: str | None = None, as_of: str | None = None, target: str | None = None
) -> list[dict[str, Any]]:
    """One summary a list: make and publish the lists of the scores of as_of."""
    settings = settings_of(config, out, target)
    with alone(settings.out):
        return each_list(names_of(settings, target), lambda name: publish(config, out, as_of, name))
