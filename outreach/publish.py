"""Publishing a list: one folder a list, whole or not at all, never changed afterwards, and a pointer to the current.

Written aside, flushed to disk, then renamed in one step: a run that is killed anywhere leaves the last good list and
its pointer in place, and a rerun finishes the job.
"""

from __future__ import annotations

import contextlib
import datetime
import errno
import fcntl
import hashlib
import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from outreach.language import ENGLISH, Words
from outreach.sinks.catalogue import SINKS

POINTER = "current.json"
MANIFEST = "manifest.json"
LOCK = ".lock"

_TARGET = re.compile(r"[a-z][a-z0-9_]*")
_LIST = re.compile(r"(?P<as_of>\d{4}-\d{2}-\d{2})_(?P<target>[a-z][a-z0-9_]*)_v(?P<version>[1-9]\d*)")
#: What a killed run leaves behind: a list or a pointer that never got its name.
_PARTIAL = re.compile(rf"\.({_LIST.pattern}|{re.escape(POINTER)})\.[0-9a-f]{{16}}\.partial")

#: What to do about an error of the system.
CURES: dict[int | None, str] = {
    errno.ENOSPC: "free some disk space",
    errno.EDQUOT: "free some disk space, or raise the quota",
    errno.EFBIG: "raise the limit on the size of files",
    errno.EACCES: "give this user the right to write there",
    errno.EPERM: "give this user the right to write there",
    errno.EROFS: "mount it for writing, or choose another folder",
    errno.ENOENT: "choose another folder (--out, or [paths] out), where files can be made",
    errno.ENOTDIR: "choose a folder; a part of this path is a file",
    errno.EEXIST: "choose a folder; this path is a file",
}


class CannotPublish(Exception):
    """The list could not be published; the last good one stands. The text names the path and the cure."""


@dataclass(frozen=True, kw_only=True)
class Published:
    """One published list: its folder and version.

    `is_new` is False when the same list was already there. `is_current` is False when the pointer names a list of a
    later as_of, which a late run for an earlier day must not replace.
    """

    path: Path
    version: int
    is_new: bool
    is_current: bool


def publish(
    frame: pd.DataFrame,
    *,
    folder: Path,
    as_of: datetime.date,
    target: str,
    sinks: Sequence[str] = tuple(SINKS),
    extra_files: Mapping[str, bytes | str] | None = None,
    beside: Callable[[str], Mapping[Path, str]] = lambda _: {},
    lock_timeout: float = 60.0,
    words: Words = ENGLISH,
) -> Published:
    """One folder for the list of one as_of and target: `<folder>/<as_of>_<target>_v<version>/`.

    It holds a file a sink, the `extra_files` (name -> content) and manifest.json (as_of, target, version, rows, and
    the sha256 of every file). The same list.csv as in the newest version means that nothing new is written, unless
    that version is damaged or lacks a sink that is asked for; otherwise the next version is made. Then
    `<folder>/current.json` (target -> name of the list) moves forward to it, never back to an earlier as_of.

    `beside` gives, by the list's name, the files elsewhere that speak of the current list (path -> text). They are
    written aside before the pointer moves and take their names with it: a disk that fills up leaves all as it was.
    `words` is the language of the files that people open.

    Raises CannotPublish, with the last good list and the pointer untouched, when the disk or another run stands in
    the way (waiting `lock_timeout` seconds for the other run), and ValueError when asked for the impossible.
    """
    extra = dict(extra_files or {})
    _check(target, sinks, extra)
    # A pandas Timestamp is a date too, but prints a time.
    day = as_of.date() if isinstance(as_of, datetime.datetime) else as_of
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder, timeout=lock_timeout):
            _remove_partials(folder)
            pointer = _read_pointer(folder)
            version, is_new = _write_list(frame, folder, day, target, sinks, extra, words)
            name = _name(day, target, version)
            is_current = not _is_later(pointer.get(target), than=name, folder=folder)
            if is_current:
                with _written_aside(beside(name)) as asides:
                    if pointer.get(target) != name:
                        _write_pointer(folder, pointer | {target: name})
                    for path, aside in asides.items():
                        os.replace(aside, path)
    except OSError as error:
        place = error.filename or folder
        cure = CURES.get(error.errno, "look at what is wrong there")
        raise CannotPublish(
            f"{place}: {error.strerror or error}. The last good list stands. Cure: {cure}, then run again"
        ) from error
    return Published(path=folder / name, version=version, is_new=is_new, is_current=is_current)


def current_list(folder: Path, *, target: str) -> Path | None:
    """The folder of the current list of a target, or None when none was published."""
    name = _read_pointer(folder).get(target)
    return folder / name if name else None


def _check(target: str, sinks: Sequence[str], extra: Mapping[str, bytes | str]) -> None:
    if not _TARGET.fullmatch(target):
        raise ValueError(f"target {target!r}: a target's name has small letters, digits and underscores only")
    strange = [sink for sink in sinks if sink not in SINKS]
    if strange:
        raise ValueError(f"there is no sink {strange[0]!r}; there are: {', '.join(SINKS)}")
    if "csv" not in sinks:
        raise ValueError("the csv sink is left out; it tells whether a list is new, so add it to the sinks")
    taken = {MANIFEST, *(sink.file_name for sink in SINKS.values())}
    for name in extra:
        if not name or name in taken or name.startswith(".") or name != Path(name).name:
            raise ValueError(f"extra file {name!r}: give a plain file name other than {', '.join(sorted(taken))}")


def _write_list(
    frame: pd.DataFrame,
    folder: Path,
    as_of: datetime.date,
    target: str,
    sinks: Sequence[str],
    extra: Mapping[str, bytes | str],
    words: Words,
) -> tuple[int, bool]:
    """The version that now holds the list, and whether it was written just now."""
    newest = max(_versions(folder, as_of, target), default=0)
    name = _name(as_of, target, newest + 1)
    partial = folder / _partial_name(name)
    try:
        partial.mkdir()
        SINKS["csv"].write(frame, partial / SINKS["csv"].file_name)
        if newest and _holds_the_same(folder / _name(as_of, target, newest), partial, sinks):
            shutil.rmtree(partial)
            return newest, False
        for sink in (SINKS[other] for other in sinks if other != "csv"):
            sink.put(frame, partial / sink.file_name, words)
        for file_name, content in extra.items():
            (partial / file_name).write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        manifest = {
            "as_of": as_of.isoformat(),
            "target": target,
            "version": newest + 1,
            "rows": len(frame),
            "sha256": {path.name: _sha256(path) for path in sorted(partial.iterdir())},
        }
        (partial / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
        for path in partial.iterdir():
            _flush(path)
        _flush(partial)
        os.rename(partial, folder / name)
        _flush(folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return newest + 1, True


def _holds_the_same(published: Path, partial: Path, sinks: Sequence[str]) -> bool:
    """Whether a published list is whole, has every sink asked for, and the same list.csv as the new one."""
    csv_name = SINKS["csv"].file_name
    try:
        sums: dict[str, str] = json.loads((published / MANIFEST).read_text(encoding="utf-8"))["sha256"]
        is_whole = all(_sha256(published / name) == expected for name, expected in sums.items())
    except (FileNotFoundError, NotADirectoryError, ValueError, KeyError, TypeError, AttributeError):
        return False
    has_all = all(SINKS[sink].file_name in sums for sink in sinks)
    return is_whole and has_all and sums[csv_name] == _sha256(partial / csv_name)


def _versions(folder: Path, as_of: datetime.date, target: str) -> list[int]:
    found = (_LIST.fullmatch(path.name) for path in folder.iterdir())
    return [
        int(match["version"])
        for match in found
        if match and match["as_of"] == as_of.isoformat() and match["target"] == target
    ]


def _name(as_of: datetime.date, target: str, version: int) -> str:
    return f"{as_of.isoformat()}_{target}_v{version}"


def _partial_name(name: str) -> str:
    # Random only so that a name is never met twice; it is gone before anybody reads the list.
    return f".{name}.{secrets.token_hex(8)}.partial"


def _remove_partials(folder: Path) -> None:
    """Under the lock nobody else is writing: what has the name of a partial was left by a killed run."""
    for path in folder.iterdir():
        if not _PARTIAL.fullmatch(path.name):
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _read_pointer(folder: Path) -> dict[str, str]:
    path = folder / POINTER
    try:
        pointer = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise CannotPublish(_spoilt(path, str(error))) from error
    if not isinstance(pointer, dict) or not all(isinstance(name, str) for name in pointer.values()):
        raise CannotPublish(_spoilt(path, "it does not map targets to lists"))
    return pointer


def _spoilt(path: Path, why: str) -> str:
    return f"{path} was changed by hand and cannot be read ({why}). Cure: delete it and run again; lists are safe"


def _write_pointer(folder: Path, pointer: Mapping[str, str]) -> None:
    aside = folder / _partial_name(POINTER)
    try:
        aside.write_text(json.dumps(pointer, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        _flush(aside)
        os.replace(aside, folder / POINTER)
        _flush(folder)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def _written_aside(texts: Mapping[Path, str]) -> Iterator[dict[Path, Path]]:
    """Where each text lies until it takes its name; what took none is gone afterwards."""
    # By the process, as pipelines/lock.py knows what a killed run left behind.
    asides = {path: path.with_name(f".{path.name}.{os.getpid()}.partial") for path in texts}
    try:
        for path, aside in asides.items():
            aside.write_text(texts[path], encoding="utf-8")
            _flush(aside)
        yield asides
    finally:
        for aside in asides.values():
            aside.unlink(missing_ok=True)


def _is_later(pointed: str | None, *, than: str, folder: Path) -> bool:
    """Whether the pointer names a list that exists and is of a later as_of than this one."""
    now, new = _LIST.fullmatch(pointed or ""), _LIST.fullmatch(than)
    return bool(now and new and now["as_of"] > new["as_of"] and (folder / now[0]).is_dir())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush(path: Path) -> None:
    """Make a file or a folder's names reach the disk, so that a power cut after the rename finds them."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _locked(folder: Path, *, timeout: float) -> Iterator[None]:
    """Hold the folder's lock. The system lets go of it when the process ends, however it ends."""
    path = folder / LOCK
    deadline = time.monotonic() + timeout
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise CannotPublish(
                        f"{path}: another run has been publishing here for {timeout:g} seconds. The last good list "
                        "stands. Cure: wait until that run ends, or end it, then run again"
                    ) from None
                time.sleep(0.05)
        yield
    finally:
        os.close(descriptor)
