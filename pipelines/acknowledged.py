"""What people said of alarms: kept beside the lists, so that a night need not ask twice."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path

from contract.readiness import CannotRead
from models.leak_suite import Acknowledgement
from pipelines.lock import aside
from pipelines.settings import Settings


def read_acknowledged(settings: Settings) -> tuple[Acknowledgement, ...]:
    """Those of one list, in the order in which they were given."""
    path = _path(settings)
    if not path.exists():
        return ()
    told = json.loads(path.read_text(encoding="utf-8"))
    return tuple(
        Acknowledgement(id=one["id"], by=one["by"], because=one["because"], on=date.fromisoformat(one["on"]))
        for one in told
    )


def acknowledge(settings: Settings, name: str, *, by: str, because: str, on: date) -> Acknowledgement:
    """Keep that a person answers for an alarm; an earlier word on the same one stays before it.

    Raises CannotRead without a name or a reason, and where no such alarm was raised last time.
    """
    if not by.strip() or not because.strip():
        raise CannotRead("an alarm is acknowledged by a person, with a reason: give --by NAME and --because TEXT")
    raised = json.loads(found_path(settings).read_text(encoding="utf-8")) if found_path(settings).exists() else []
    open_alarms = [one["id"] for one in raised if one["kind"] == "alarm" and not one["passed"]]
    if name not in open_alarms:
        there = f"there are {', '.join(open_alarms)}" if open_alarms else "there are none"
        raise CannotRead(f"no alarm {name!r} was raised of {settings.target.name}; {there}: run vafa leaks first")
    said = Acknowledgement(id=name, by=by.strip(), because=because.strip(), on=on)
    kept = [{**asdict(one), "on": one.on.isoformat()} for one in (*read_acknowledged(settings), said)]
    path = _path(settings)
    partial = aside(path)
    partial.write_text(json.dumps(kept, indent=1, ensure_ascii=False), encoding="utf-8")
    partial.replace(path)
    return said


def found_path(settings: Settings) -> Path:
    """What the leak tests last found of the list."""
    return settings.beside("leaks.json")


def _path(settings: Settings) -> Path:
    return settings.out / f"acknowledged-{settings.target.name}.json"
