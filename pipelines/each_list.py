"""Several lists of one company, one after the other: what fails for one is no reason to do without the others."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from models.dataset import NotEnoughHistory
from models.score import CannotScore
from models.tracking import NoChampion
from pipelines.settings import Settings
from pipelines.stages import LOG, NoScores, Refused, SomeFailed

#: What concerns one list alone. A full disk, or a table that cannot be read, concerns them all.
OF_ONE_LIST = (Refused, NotEnoughHistory, CannotScore, NoScores, NoChampion)


def names_of(settings: Settings, target: str | None) -> tuple[str, ...]:
    """The lists that are meant: one, or all."""
    return (target,) if target else settings.lists_of


def each_list(names: Sequence[str], job: Callable[[str], dict[str, Any]]) -> list[dict[str, Any]]:
    """What `job` gives of each list, by the target's name.

    Raises what went wrong with a single list as it is, and of several SomeFailed at the end, when the others are done.
    """
    done: list[dict[str, Any]] = []
    failures: dict[str, Exception] = {}
    for name in names:
        try:
            with _named(name if len(names) > 1 else None):
                done.append(job(name))
        except OF_ONE_LIST as error:
            if len(names) == 1:
                raise
            LOG.warning("%s: %s", name, error)
            # Its frames hold open connections, and the engine complains at length about those that outlive it.
            traceback.clear_frames(error.__traceback__)
            failures[name] = error
    if failures:
        raise SomeFailed(failures, done)
    return done


@contextmanager
def _named(name: str | None) -> Iterator[None]:
    """Inside, what is told of the progress says of which list."""

    def named(record: logging.LogRecord) -> bool:
        record.msg = f"{name}: {record.msg}"
        return True

    if name is not None:
        LOG.addFilter(named)
    try:
        yield
    finally:
        LOG.removeFilter(named)
