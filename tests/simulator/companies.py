"""Small companies that the tests share: lived through once, checked once."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from contract.check import check_tables
from contract.engine import EngineLimits, connect
from contract.readiness import Readiness
from pipelines.settings import Settings, load_settings
from simulator.company import Simulated, write

#: After the end of every company here: nothing lies in the future.
NOW = datetime(2026, 9, 1)


def checked(simulated: Simulated, folder: Path) -> tuple[Settings, Readiness]:
    """What Vafa itself says of the company that was written to `folder`."""
    write(simulated, folder)
    settings = load_settings(folder / "vafa.toml")
    limits = EngineLimits(memory="1GB", threads=1, spill="1GB", spill_folder=folder / "spill")
    readiness = check_tables(
        connect(limits),
        settings.mapping,
        calendar=settings.time.calendar,
        activity=settings.time.activity,
        as_of=simulated.as_of,
        now=NOW,
        folder=folder / "checked",
        quarantine=folder / "quarantine",
        currency=settings.company.currency,
    )
    return settings, readiness
