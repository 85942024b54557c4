"""One run at a time in an output folder: two would take the tables away from under each other."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK = ".lock"
#: What a killed run leaves behind: a file or a folder that never got its name (see `aside`).
PARTIAL = re.compile(r"\..+\.\d+\.partial")


class AnotherRun(Exception):
    """Another run is at work in the folder. The text says which process."""


def aside(path: Path) -> Path:
    """Where a file or a folder is written before it gets its name in one step."""
    return path.with_name(f".{path.name}.{os.getpid()}.partial")


@contextmanager
def alone(out: Path) -> Iterator[None]:
    """Hold the folder `out`; what killed runs left half-written in it is cleared away first.

    The system lets go of the lock when the process ends, however it ends. Raises AnotherRun at once rather than wait:
    a schedule that starts a second night while the first runs should hear of it.
    """
    out.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(out / LOCK, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            process = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip() or "unknown"
            raise AnotherRun(
                f"another run (process {process}) is at work in {out}: wait until it ends, or give another --out"
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)
        _clear(out)
        yield
    finally:
        os.close(descriptor)


def _clear(out: Path) -> None:
    for folder in (out, out / "work", out / "scores"):
        for path in folder.iterdir() if folder.is_dir() else ():
            if not PARTIAL.fullmatch(path.name):
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
