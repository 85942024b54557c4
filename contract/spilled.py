"""Files of our own in the engine's spill folder: rows that are fetched once and read several times."""

from __future__ import annotations

import fcntl
import os
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ibis.backends.duckdb import Backend

from contract.engine import first_row

PREFIX = "vafa-source-"


@contextmanager
def spilled_file(connection: Backend) -> Iterator[Path]:
    """An empty file that lives as long as the connection, and goes at once where the block raises.

    A process holds a lock on each of its files, and the system lets go of it however the process ends. So whoever comes
    next knows what killed ones left, and removes it.
    """
    folder = _spill_folder(connection)
    _remove_what_killed_ones_left(folder)
    descriptor, name = _locked_file(folder)
    remove = weakref.finalize(connection, _remove, descriptor, name)
    try:
        yield Path(name)
    except BaseException:
        remove()
        raise


def _spill_folder(connection: Backend) -> Path:
    """The engine's own, or the system's where it was given none: its default is relative to wherever we are."""
    folder = Path(first_row(connection, "SELECT current_setting('temp_directory')")[0])
    return folder if folder.is_absolute() else Path(tempfile.gettempdir())


def _remove_what_killed_ones_left(folder: Path) -> None:
    for path in folder.glob(f"{PREFIX}*"):
        with suppress(OSError), path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()


def _locked_file(folder: Path) -> tuple[int, str]:
    while True:
        descriptor, name = tempfile.mkstemp(prefix=PREFIX, dir=folder)
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        if os.stat(descriptor).st_nlink:
            return descriptor, name
        # Another process came by before the lock was ours, and took the file for one that was left.
        os.close(descriptor)


def _remove(descriptor: int, name: str) -> None:
    Path(name).unlink(missing_ok=True)
    os.close(descriptor)
