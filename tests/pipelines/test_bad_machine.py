"""A machine that is full, locked or not ours to write on, end to end: what is said, and that the last list stands."""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipelines import cli
from pipelines.lock import LOCK
from tests.pipelines.bad_night import BadNight, published

ROOT = Path(__file__).parents[2]
#: A folder that is there, and in which nobody can make a file, root included.
UNWRITABLE = Path("/proc/self")

# Memory, and room to spill


@pytest.mark.parametrize("memory", ["10MB", "20MB"], ids=["while checking", "while building features"])
def test_memory_and_spill_that_do_not_suffice(bad: BadNight, memory: str) -> None:
    bad.add_toml(f'[engine]\nmemory = "{memory}"\nspill = "1MB"')
    told = bad.refused(code=cli.CANNOT)
    assert told.startswith("vafa: the engine has no memory left, or no room on the disk (Out of Memory Error: ")
    assert "raise engine.memory or engine.spill" in told


@pytest.mark.parametrize("memory", ["10MB", "20MB"], ids=["while checking", "while building features"])
def test_a_spill_folder_that_cannot_be_written(bad: BadNight, memory: str) -> None:
    spill = bad.out / "work" / "spill"
    shutil.rmtree(spill, ignore_errors=True)
    spill.symlink_to(UNWRITABLE)
    bad.add_toml(f'[engine]\nmemory = "{memory}"')
    told = bad.refused(code=cli.CANNOT)
    assert told.startswith("vafa: the engine has no memory left, or no room on the disk (IO Error: ")
    assert f'Cannot open file "{spill}' in told
    assert told.endswith("look that the output folder, and work/spill in it, has room and can be written")


def test_a_spill_folder_that_is_a_file(bad: BadNight) -> None:
    spill = bad.out / "work" / "spill"
    shutil.rmtree(spill, ignore_errors=True)
    spill.write_text("")
    assert bad.refused(code=cli.CANNOT) == (
        f"vafa: {spill}: File exists; choose a folder; this path is a file, then run again"
    )


# An output folder that cannot be written


def test_an_output_folder_where_nothing_can_be_made(bad: BadNight) -> None:
    """/proc stands for a folder that is read-only: root may write to any other."""
    says = (
        "vafa: /proc/vafa: No such file or directory; choose another folder (--out, or [paths] out), where files can "
        "be made, then run again"
    )
    assert bad.refused("--out", "/proc/vafa", code=cli.CANNOT) == says
    bad.add_toml('[paths]\nout = "/proc/vafa"')
    assert bad.refused(code=cli.CANNOT) == says


def test_an_output_folder_that_is_a_file(bad: BadNight) -> None:
    file = bad.folder / "people.csv"
    assert bad.refused("--out", file, code=cli.CANNOT) == (
        f"vafa: {file}: File exists; choose a folder; this path is a file, then run again"
    )


def test_a_folder_of_lists_that_cannot_be_written(bad: BadNight) -> None:
    """What was published is moved away by somebody, and a link to nowhere stands in its place."""
    lists = bad.out / "lists"
    lists.rename(bad.out / "moved")
    lists.symlink_to(UNWRITABLE)
    assert bad.refused(code=cli.CANNOT, verb="publish") == (
        f"vafa: {lists / LOCK}: No such file or directory. The last good list stands. Cure: choose another folder "
        "(--out, or [paths] out), where files can be made, then run again"
    )


# A disk that is full. A limit on the size of files stands for it: there too the system refuses in the middle of a file,
# it needs no disk of its own, and root is not above it.


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("size", [1_000, 50_000], ids=["in the list", "in the page of the list"])
def test_publishing_a_new_list_on_a_full_disk(bad: BadNight, size: int) -> None:
    bad.change_toml("capacity = 25", "capacity = 20")
    with files_of_at_most(size):
        told = bad.refused(code=cli.CANNOT, verb="publish")
    assert told == (
        f"vafa: {bad.out / 'lists'}: File too large. The last good list stands. Cure: raise the limit on the size of "
        "files, then run again"
    )
    before = published(bad.out)
    assert bad.run("publish").exit_code == cli.READY
    assert published(bad.out) != before, "the list of 20, now that there is room"


def test_publishing_the_page_of_the_same_list_on_a_full_disk(bad: BadNight) -> None:
    with files_of_at_most(50_000):
        told = bad.refused(code=cli.CANNOT, verb="publish")
    assert "File too large. The last good list stands." in told


def test_scoring_on_a_full_disk(bad: BadNight) -> None:
    with files_of_at_most(1_000):
        told = bad.refused(code=cli.CANNOT, verb="score")
    assert "File too large" in told
    assert told.endswith("raise the limit on the size of files, then run again")


def test_checking_on_a_full_disk(bad: BadNight) -> None:
    with files_of_at_most(1_000):
        told = bad.refused(code=cli.CANNOT)
    assert told.startswith("vafa: the engine has no memory left, or no room on the disk (IO Error: ")
    assert "customers.staged.parquet" in told


# Two runs at once

HOLD = """
import sys
from pathlib import Path
from pipelines.lock import alone
with alone(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_run(out: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the output folder, killed in the end as a machine that loses its power would."""
    command = [sys.executable, "-c", HOLD, str(out)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


def test_a_second_run_ends_at_once_and_says_which_is_at_work(bad: BadNight) -> None:
    with another_run(bad.out) as first:
        for verb in ("check", "train", "score", "publish", "nightly"):
            assert bad.refused(code=cli.CANNOT, verb=verb) == (
                f"vafa: another run (process {first.pid}) is at work in {bad.out}: wait until it ends, or give another "
                "--out"
            )
    # Killed, it has left its lock file behind; the system let go of the lock itself.
    assert (bad.out / LOCK).read_text(encoding="ascii") == f"{first.pid}\n"
    assert bad.run("check").exit_code == cli.READY
