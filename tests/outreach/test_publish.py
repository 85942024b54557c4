"""Publishing: whole or not at all, immutable, with a pointer that only moves forward."""

from __future__ import annotations

import datetime
import errno
import fcntl
import hashlib
import json
import os
import resource
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import outreach.publish as publish_module
from outreach.publish import CannotPublish, Published, current_list, publish
from outreach.sinks.catalogue import SINKS

DAY = datetime.date(2025, 3, 1)
TARGET = "inactivity_churn"
FIRST, SECOND = "2025-03-01_inactivity_churn_v1", "2025-03-01_inactivity_churn_v2"
PARTIAL = f".{SECOND}.0123456789abcdef.partial"


def listed(*ids: str) -> pd.DataFrame:
    return pd.DataFrame({"rank": range(1, len(ids) + 1), "customer_id": pd.Series(ids, dtype="str")})


def put(folder: Path, *ids: str, **changes: Any) -> Published:
    given: dict[str, Any] = {"folder": folder, "as_of": DAY, "target": TARGET}
    return publish(listed(*ids), **(given | changes))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def is_whole(path: Path) -> bool:
    """Every file that the manifest names is there, with its sum, and nothing else."""
    sums = json.loads((path / "manifest.json").read_text())["sha256"]
    assert {file.name for file in path.iterdir()} == {*sums, "manifest.json"}
    return all(hashlib.sha256((path / name).read_bytes()).hexdigest() == expected for name, expected in sums.items())


def test_list_has_its_files_and_a_manifest_without_clock(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "lists"
    published = put(folder, "a", "b", extra_files={"report.html": "<p>سلام</p>", "scores.bin": b"\x00"})
    assert published == Published(path=folder / FIRST, version=1, is_new=True, is_current=True)
    assert {path.name for path in published.path.iterdir()} == {
        "list.csv", "list.xlsx", "list.parquet", "manifest.json", "report.html", "scores.bin",
    }  # fmt: skip
    assert is_whole(published.path)
    manifest = json.loads((published.path / "manifest.json").read_text())
    assert {name: manifest[name] for name in manifest if name != "sha256"} == {
        "as_of": "2025-03-01", "target": TARGET, "version": 1, "rows": 2,
    }  # fmt: skip
    assert (published.path / "report.html").read_text(encoding="utf-8") == "<p>سلام</p>"
    assert current_list(folder, target=TARGET) == published.path
    assert current_list(folder, target="other") is None
    other = tmp_path / "other"
    put(other, "a", "b", extra_files={"report.html": "<p>سلام</p>", "scores.bin": b"\x00"})
    assert contents(other) == contents(folder)


def test_same_list_twice_writes_nothing(tmp_path: Path) -> None:
    put(tmp_path, "a")
    before = contents(tmp_path)
    again = put(tmp_path, "a", extra_files={"report.html": "another day's report"}, as_of=pd.Timestamp(DAY))
    assert again == Published(path=tmp_path / FIRST, version=1, is_new=False, is_current=True)
    assert contents(tmp_path) == before


def test_another_list_is_the_next_version_and_the_old_one_stays(tmp_path: Path) -> None:
    put(tmp_path, "a")
    before = contents(tmp_path / FIRST)
    assert put(tmp_path, "b").version == 2
    assert contents(tmp_path / FIRST) == before
    assert current_list(tmp_path, target=TARGET) == tmp_path / SECOND
    assert put(tmp_path, "a").version == 3  # only the newest is compared


def test_files_beside_the_list_go_with_the_pointer_or_not_at_all(tmp_path: Path) -> None:
    """A folder that is gone stands for a disk that fills up: the page is refused when the list has been written."""
    folder, page = tmp_path / "lists", tmp_path / "report.html"
    put(folder, "a", beside=lambda name: {page: f"about {name}"})
    assert page.read_text(encoding="utf-8") == f"about {FIRST}"
    with pytest.raises(CannotPublish, match="The last good list stands"):
        put(folder, "b", beside=lambda name: {page: f"about {name}", tmp_path / "gone" / "summary.json": name})
    assert current_list(folder, target=TARGET) == folder / FIRST
    assert page.read_text(encoding="utf-8") == f"about {FIRST}"
    assert {path.name for path in tmp_path.iterdir()} == {"lists", "report.html"}
    put(folder, "b", beside=lambda name: {page: f"about {name}"})
    assert current_list(folder, target=TARGET) == folder / SECOND
    assert page.read_text(encoding="utf-8") == f"about {SECOND}"
    put(folder, "c", as_of=datetime.date(2025, 2, 1), beside=lambda name: {page: "a late run for an earlier day"})
    assert page.read_text(encoding="utf-8") == f"about {SECOND}"


def test_versions_are_counted_as_numbers(tmp_path: Path) -> None:
    for n in range(11):
        put(tmp_path, str(n), sinks=["csv"])
    assert put(tmp_path, "x", sinks=["csv"]).version == 12


@pytest.mark.parametrize("pointer", [None, {TARGET: FIRST}, {TARGET: "2031-01-01_inactivity_churn_v1"}])
def test_pointer_that_is_missing_behind_or_dangling_is_repaired(tmp_path: Path, pointer: dict[str, str] | None) -> None:
    put(tmp_path, "a")
    put(tmp_path, "b")
    (tmp_path / "current.json").unlink()
    if pointer:
        (tmp_path / "current.json").write_text(json.dumps(pointer))
    assert not put(tmp_path, "b").is_new
    assert current_list(tmp_path, target=TARGET) == tmp_path / SECOND


def test_targets_have_their_own_pointers(tmp_path: Path) -> None:
    put(tmp_path, "a")
    put(tmp_path, "a", target="nps_detractor")
    put(tmp_path, "a", target="inactivity")  # the beginning of another's name
    assert json.loads((tmp_path / "current.json").read_text()) == {
        TARGET: FIRST,
        "inactivity": "2025-03-01_inactivity_v1",
        "nps_detractor": "2025-03-01_nps_detractor_v1",
    }


def test_late_run_for_an_earlier_day_does_not_turn_the_pointer_back(tmp_path: Path) -> None:
    put(tmp_path, "a")
    late = put(tmp_path, "b", as_of=datetime.date(2025, 2, 1))
    assert (late.is_new, late.is_current) == (True, False)
    assert current_list(tmp_path, target=TARGET) == tmp_path / FIRST
    assert put(tmp_path, "c", as_of=datetime.date(2025, 3, 2)).is_current


def damage_file(path: Path) -> None:
    (path / "list.xlsx").write_bytes(b"")


def damage_manifest(path: Path) -> None:
    (path / "manifest.json").write_text("[]")


def lose_file(path: Path) -> None:
    (path / "list.parquet").unlink()


def lose_everything(path: Path) -> None:
    shutil.rmtree(path)
    path.mkdir()


@pytest.mark.parametrize("damage", [damage_file, damage_manifest, lose_file, lose_everything])
def test_damaged_list_is_not_taken_for_the_same(tmp_path: Path, damage: Any) -> None:
    put(tmp_path, "a")
    damage(tmp_path / FIRST)
    again = put(tmp_path, "a")
    assert (again.version, again.is_new, is_whole(again.path)) == (2, True, True)


def test_sink_that_is_asked_for_later_makes_a_new_version(tmp_path: Path) -> None:
    put(tmp_path, "a", sinks=["csv"])
    assert {path.name for path in (tmp_path / FIRST).iterdir()} == {"list.csv", "manifest.json"}
    assert put(tmp_path, "a", sinks=["csv", "xlsx"]).version == 2
    assert not put(tmp_path, "a", sinks=["csv"]).is_new


def test_leftovers_of_killed_runs_go_and_nothing_else(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "keep").write_text("x")
    folder = tmp_path / "lists"
    stays = [".mine.partial", f".{SECOND}.partial", f"{SECOND}.0123456789abcdef.partial", "notes", f"x{FIRST}"]
    goes = [PARTIAL, ".current.json.0123456789abcdef.partial", PARTIAL.replace("v2", "v7")]
    for name in (*stays, PARTIAL):
        (folder / name).mkdir(parents=True)
        (folder / name / "file").write_text("x")
    (folder / goes[1]).write_text("x")
    (folder / goes[2]).symlink_to(outside)
    put(folder, "a")
    assert {path.name for path in folder.iterdir()} == {*stays, FIRST, "current.json", ".lock"}
    assert (outside / "keep").exists()


def refuse(*_: Any, **__: Any) -> None:
    raise OSError(errno.ENOSPC, "No space left on device", "/somewhere/list")


@pytest.mark.parametrize("broken", ["os.fsync", "os.rename", "csv", "parquet", "write_text"])
def test_full_disk_leaves_the_last_good_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    put(tmp_path, "a")
    before = contents(tmp_path)
    with monkeypatch.context() as patch:
        if broken.startswith("os."):
            patch.setattr(os, broken.removeprefix("os."), refuse)
        elif broken in SINKS:
            sink = SINKS[broken]
            patch.setitem(SINKS, broken, type(sink)(name=broken, file_name=sink.file_name, write=refuse))
        else:
            patch.setattr(Path, broken, refuse)
        with pytest.raises(CannotPublish, match=r"/somewhere/list: No space .* free some disk space, then run again"):
            put(tmp_path, "b")
    assert contents(tmp_path) == before
    assert {path.name for path in tmp_path.iterdir()} == {FIRST, "current.json", ".lock"}
    assert put(tmp_path, "b").version == 2


def test_system_that_refuses_large_files_leaves_the_last_good_list(tmp_path: Path) -> None:
    put(tmp_path, "a", sinks=["csv"])
    before = contents(tmp_path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200, hard))
    try:
        with pytest.raises(CannotPublish, match="raise the limit on the size of files"):
            put(tmp_path, *map(str, range(100)), sinks=["csv"])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert contents(tmp_path) == before


def test_pointer_that_cannot_be_written_is_repaired_by_the_rerun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "a")
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", refuse)
        with pytest.raises(CannotPublish):
            put(tmp_path, "b")
    assert current_list(tmp_path, target=TARGET) == tmp_path / FIRST
    assert {path.name for path in tmp_path.iterdir()} == {FIRST, SECOND, "current.json", ".lock"}
    assert put(tmp_path, "b") == Published(path=tmp_path / SECOND, version=2, is_new=False, is_current=True)
    assert current_list(tmp_path, target=TARGET) == tmp_path / SECOND


def test_place_that_is_no_folder_is_named_with_a_cure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(CannotPublish, match=r"file: File exists.*choose a folder; this path is a file"):
        put(tmp_path / "file", "a")
    with pytest.raises(CannotPublish, match="a part of this path is a file"):
        put(tmp_path / "file" / "lists", "a")


def test_name_that_is_taken_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / FIRST).write_text("mine")
    assert put(tmp_path, "a").version == 2
    assert (tmp_path / FIRST).read_text() == "mine"


@pytest.mark.parametrize("text", ["{", '["a"]', '{"x": 1}'])
def test_spoilt_pointer_stops_before_anything_is_written(tmp_path: Path, text: str) -> None:
    put(tmp_path, "a")
    (tmp_path / "current.json").write_text(text)
    before = contents(tmp_path)
    with pytest.raises(CannotPublish, match=r"current\.json was changed by hand .* Cure: delete it and run again"):
        put(tmp_path, "b")
    assert contents(tmp_path) == before
    (tmp_path / "current.json").unlink()
    assert put(tmp_path, "b").version == 2


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"target": "../x"}, "target '../x'"),
        ({"target": "Churn"}, "small letters"),
        ({"sinks": ["csv", "fax"]}, "no sink 'fax'; there are: csv, xlsx, parquet"),
        ({"sinks": ["xlsx"]}, "the csv sink is left out"),
        ({"extra_files": {"list.csv": "x"}}, "extra file 'list.csv'"),
        ({"extra_files": {"manifest.json": "x"}}, "extra file 'manifest.json'"),
        ({"extra_files": {"../x": "x"}}, "extra file '../x'"),
        ({"extra_files": {"..": "x"}}, "extra file '..'"),
        ({"extra_files": {"": "x"}}, "extra file ''"),
    ],
)
def test_the_impossible_is_refused_before_anything_is_written(tmp_path: Path, changes: Any, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        put(tmp_path / "lists", "a", **changes)
    assert not (tmp_path / "lists").exists()


def test_error_in_a_sink_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="a text of 40000 characters"):
        put(tmp_path, "x" * 40_000)
    assert {path.name for path in tmp_path.iterdir()} == {".lock"}


def test_second_run_waits_for_the_first_and_says_when_it_gives_up(tmp_path: Path) -> None:
    with (tmp_path / ".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(CannotPublish, match=r"\.lock: another run has been publishing here for 0\.2 seconds"):
            put(tmp_path, "a", lock_timeout=0.2)
        assert {path.name for path in tmp_path.iterdir()} == {".lock"}
        release = threading.Timer(0.3, fcntl.flock, (held, fcntl.LOCK_UN))
        release.start()
        started = time.monotonic()
        assert put(tmp_path, "a", lock_timeout=30).is_new
        assert time.monotonic() - started < 20
        release.join()


def test_many_runs_at_once_make_one_list(tmp_path: Path) -> None:
    results: list[Published] = []
    threads = [threading.Thread(target=lambda: results.append(put(tmp_path, "a", sinks=["csv"]))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(result.is_new for result in results) == [False] * 5 + [True]
    assert {path.name for path in tmp_path.iterdir()} == {FIRST, "current.json", ".lock"}


# Publishes a second list over a copy of the first, and is killed by the system at the n-th touch of the folder: an
# audit hook sees every open, rename, mkdir and remove before it happens. One import, one fork a point.
KILLER = """
import datetime, os, shutil, signal, sys
from pathlib import Path
import pandas as pd
from outreach.publish import publish

base, root = Path(sys.argv[1]), Path(sys.argv[2])
frame = pd.DataFrame({"rank": [1, 2], "customer_id": pd.Series(["b", "c"], dtype="str")})
for n in range(1, 400):
    folder = root / str(n)
    shutil.copytree(base, folder)
    child = os.fork()
    if child == 0:
        seen = 0
        def kill(event, arguments):
            global seen
            if arguments and str(folder) in str(arguments[0]):
                seen += 1
                if seen == n:
                    os.kill(os.getpid(), signal.SIGKILL)
        sys.addaudithook(kill)
        publish(frame, folder=folder, as_of=datetime.date(2025, 3, 1), target="inactivity_churn")
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status):
        sys.exit(os.waitstatus_to_exitcode(status))
sys.exit("the run never ended by itself")
"""


@pytest.mark.parametrize("before", [(), ("a",)])
def test_killed_anywhere_the_old_list_or_the_new_one_stands_whole(tmp_path: Path, before: tuple[str, ...]) -> None:
    base, root = tmp_path / "base", tmp_path / "killed"
    base.mkdir()
    root.mkdir()
    if before:
        put(base, *before)
    (base / PARTIAL).mkdir()  # so that the run also dies while it cleans up after an earlier one
    (base / PARTIAL / "list.csv").write_text("half")
    room = Path(publish_module.__file__).parents[1]
    run = subprocess.run(
        [sys.executable, "-c", KILLER, str(base), str(root)],
        cwd=room, env=os.environ | {"PYTHONPATH": str(room)}, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr

    folders = sorted(root.iterdir(), key=lambda path: int(path.name))
    old, new = (FIRST, SECOND) if before else (None, FIRST)
    current: list[str | None] = []
    kept_partial = 0
    for folder in folders:
        lists = {path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")}
        assert lists <= {name for name in (old, new) if name}
        assert all(is_whole(folder / name) for name in lists)
        if old:
            assert contents(folder / old) == contents(base / old)
        kept_partial += any(path.name.endswith(".partial") for path in folder.iterdir())
        pointed = current_list(folder, target=TARGET)
        assert pointed is None or pointed.is_dir()
        current.append(pointed.name if pointed else None)

        again = put(folder, "b", "c")
        assert (again.path.name, again.is_current, is_whole(again.path)) == (new, True, True)
        assert current_list(folder, target=TARGET) == folder / new
        assert not [path for path in folder.iterdir() if path.name.endswith(".partial")]

    # The kills fell before, between and after the two renames, or this test would prove nothing.
    assert len(folders) > 20
    assert current[0] == old
    assert current[-1] == new
    assert kept_partial > 10
    assert current == sorted(current, key=lambda name: name == new)
