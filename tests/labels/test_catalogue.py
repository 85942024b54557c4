"""The catalogue of targets names every target file of the room."""

from __future__ import annotations

from pathlib import Path

import labels
from labels.catalogue import TARGETS

NOT_TARGETS = {"__init__", "catalogue", "target"}


def test_every_file_of_a_target_is_listed_under_its_name() -> None:
    folder = Path(str(labels.__file__)).parent
    files = {file.stem for file in folder.glob("*.py")} - NOT_TARGETS
    assert set(TARGETS) == files


def test_every_target_calls_itself_as_it_is_listed() -> None:
    for name, make in TARGETS.items():
        target = make(active_days=90, horizon_days=28, gap_days=1)
        assert target.name == name
        assert target.title
        assert target.meaning
        assert (target.horizon_days, target.gap_days, target.delay_days) == (28, 1, 0)
