"""Files of our own in the spill folder: how long they live, and what becomes of those of a killed process."""

from __future__ import annotations

import fcntl
import gc
import tempfile
from pathlib import Path

import pytest

from contract.engine import EngineLimits, connect
from contract.spilled import spilled_file


def test_a_file_lives_as_long_as_its_connection(tmp_path: Path) -> None:
    connection = connect(EngineLimits(spill_folder=tmp_path))
    with spilled_file(connection) as one, spilled_file(connection) as other:
        one.write_text("rows")
    gc.collect()
    assert sorted(tmp_path.iterdir()) == sorted([one, other])
    assert one.read_text() == "rows"
    assert one.stat().st_mode & 0o077 == 0, "nobody else may read it"
    del connection
    gc.collect()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_file_goes_at_once_when_writing_it_fails(tmp_path: Path, error: type[BaseException]) -> None:
    connection = connect(EngineLimits(spill_folder=tmp_path))

    def half_way() -> None:
        with spilled_file(connection) as file:
            file.write_text("half")
            raise error

    with pytest.raises(error):
        half_way()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_removed_and_what_another_one_uses_stays(tmp_path: Path) -> None:
    left, used, foreign = (tmp_path / name for name in ("vafa-source-left", "vafa-source-used", "duckdb_temp"))
    for file in (left, used, foreign):
        file.write_text("rows")
    connection = connect(EngineLimits(spill_folder=tmp_path))
    with used.open() as held:
        # The lock that a living process has on its file; the system takes it from a dead one.
        fcntl.flock(held, fcntl.LOCK_SH)
        with spilled_file(connection):
            assert not left.exists()
            assert used.exists()
            assert foreign.exists()


def test_an_engine_without_a_spill_folder_uses_the_systems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with spilled_file(connect()) as file:
        assert file.parent == tmp_path
