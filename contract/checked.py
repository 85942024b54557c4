"""Checked tables on disk: what the checks let through, typed, with local clocks, sorted by customer and time."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from contract.calendar import Calendar, from_day_number
from contract.expectations import Expectations
from contract.readiness import CannotRead

MANIFEST = "tables.json"
#: Each check writes a set of its own: set-000001, set-000002, ...
SET = "set-"


@dataclass(frozen=True, kw_only=True)
class CheckedTable:
    """What is known of one checked table: one a table.

    `starts_on` is the local day (days from 1970-01-01) on which its history begins: a window that reaches further
    back is null. It is a property of the table, not of a customer's rows. `delay_seconds` is the source's delay,
    which also dates values that are filled in later. `values` counts the rows with a value, by column that the
    source fills.
    """

    rows: int
    starts_on: int
    ends_on: int
    has_versions: bool
    delay_seconds: float = 0.0
    values: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class CheckedTables:
    """All checked tables of a company, and the calendar by which their days were cut.

    Beside the columns of the contract each table carries: local_day (days from 1970-01-01), local_weekday, local_hour,
    is_weekend, is_holiday, business_hours (working hours from 1970-01-01 to then), is_versioned (its key has several
    versions), `<name>_day` for every timestamp column besides the clocks, and `<name>_business_hours` for timed ones.
    `ready` is false where the check found
    something to stop for: look, but publish nothing.
    """

    frames: Mapping[str, ir.Table]
    about: Mapping[str, CheckedTable]
    calendar: Calendar
    ready: bool = True
    expectations: Expectations = field(default_factory=Expectations)

    def __contains__(self, name: object) -> bool:
        return name in self.frames


def new_set(folder: Path) -> Path:
    """An empty folder for the next set of checked tables, beside the one that is open to readers."""
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f"{SET}{max(map(_number_of, _sets(folder)), default=0) + 1:06d}"
    fresh.mkdir()
    return fresh


def publish_set(
    fresh: Path,
    about: Mapping[str, CheckedTable],
    calendar: Calendar,
    *,
    ready: bool,
    last_good: Mapping[str, CheckedTable],
) -> None:
    """Make `fresh` the set that open_checked opens, in one step, and remove the older ones.

    `last_good` is kept when the set is not ready; a set that is ready becomes the last good one itself.
    """
    folder = fresh.parent
    manifest = {
        "set": fresh.name,
        "ready": ready,
        "last_good": {name: asdict(table) for name, table in (about if ready else last_good).items()},
        "calendar": calendar.as_dict(),
        "tables": {name: asdict(table) for name, table in about.items()},
    }
    written = fresh / MANIFEST
    written.write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    # The manifest names the set: until it is replaced, which is one step, the old set is the one that is open.
    written.replace(folder / MANIFEST)
    for other in _sets(folder):
        if _number_of(other) < _number_of(fresh):
            shutil.rmtree(other)


def read_last_good(folder: Path) -> dict[str, CheckedTable]:
    """What the last check that found nothing to stop for knew of each table, or nothing where there was none."""
    manifest = _manifest(folder)
    return {name: CheckedTable(**table) for name, table in manifest["last_good"].items()} if manifest else {}


def open_checked(
    connection: Backend, folder: Path, calendar: Calendar, expectations: Expectations | None = None
) -> CheckedTables:
    """The tables of the last finished check of `folder`; `ready` says whether it found nothing to stop for.

    Raises CannotRead when there are none, or when they were cut by another calendar than today's.
    """
    manifest = _manifest(folder)
    if not manifest:
        raise CannotRead(f"there are no checked tables in {folder}: run vafa check first")
    if manifest["calendar"] != calendar.as_dict():
        raise CannotRead(f"the tables in {folder} were checked under another calendar: run vafa check again")
    about = {name: CheckedTable(**table) for name, table in manifest["tables"].items()}
    files = {name: folder / manifest["set"] / f"{name}.parquet" for name in about}
    missing = [name for name, file in files.items() if not file.exists()]
    if missing:
        raise CannotRead(f"the checked tables in {folder} have lost {', '.join(missing)}: run vafa check again")
    frames = {name: connection.read_parquet(file, table_name=f"checked_{name}") for name, file in files.items()}
    return CheckedTables(
        frames=frames,
        about=about,
        calendar=calendar,
        ready=bool(manifest["ready"]),
        expectations=expectations or Expectations(),
    )


def _manifest(folder: Path) -> dict[str, Any]:
    """What the last finished check wrote; empty where there was none, or one of another version of Vafa."""
    path = folder / MANIFEST
    if not path.exists():
        return {}
    manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return manifest if manifest.keys() == {"set", "ready", "last_good", "calendar", "tables"} else {}


def _sets(folder: Path) -> list[Path]:
    return [path for path in folder.glob(f"{SET}[0-9]*") if path.is_dir()]


def _number_of(path: Path) -> int:
    return int(path.name.removeprefix(SET))


def newest_as_of(about: Mapping[str, CheckedTable], activity: tuple[str, ...]) -> str:
    """The midnight after the last local day on which anybody was active, as an ISO date."""
    return from_day_number(max(about[name].ends_on for name in activity if name in about) + 1).isoformat()
