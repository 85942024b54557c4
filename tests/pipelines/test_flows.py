"""The flows under a real Prefect, and runs that are killed."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipelines import stages
from pipelines.prefect_home import prepare_prefect
from pipelines.settings import load_settings
from tests.pipelines.company import NEWEST, baskets, write_company
from tests.pipelines.conftest import Night
from tests.pipelines.test_stages import snapshot

ROOT = Path(__file__).parents[2]
ROOMS = ("contract", "features", "labels", "models", "outreach", "reports", "pipelines")
FLOWS = ("check_data", "train_models", "score_customers", "publish_lists", "run_nightly")

pytestmark = pytest.mark.flow


def records() -> list[tuple[str, str, str]]:
    """The flow runs in Prefect's records, oldest first: flow, state, and the message of the state."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.sorting import FlowRunSort

    with get_client(sync_client=True) as client:
        names = {flow.id: flow.name for flow in client.read_flows()}
        runs = client.read_flow_runs(sort=FlowRunSort.START_TIME_ASC)
    return [(names[run.flow_id], run.state.name, run.state.message or "") for run in runs]


def said() -> str:
    """Every log line in Prefect's records."""
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        return "\n".join(line.message for line in client.read_logs(limit=200))


@pytest.mark.parametrize("name", FLOWS)
def test_no_flow_is_named_like_a_room(name: str) -> None:
    """Prefect puts a flow's folder first on sys.path: a file named like a room would stand in for it."""
    assert (ROOT / "pipelines" / f"{name}.py").is_file()
    assert not {path.stem for path in (ROOT / "pipelines").glob("*.py")} & set(ROOMS)


def test_from_scratch_in_another_folder_the_list_is_the_same(
    night: Night, tmp_path: Path, prefect_records: None
) -> None:
    """Trained again from the same rows, through the flows, in a folder that knows nothing: the same bytes."""
    from pipelines.run_nightly import run_nightly
    from pipelines.train_models import train_models

    config = write_company(tmp_path / "another")
    already = len(records())
    (trained,) = train_models(str(config))
    assert trained["grade"] == night.trained.grade
    assert trained["version"] == 1
    (first,) = run_nightly(str(config))
    (again,) = run_nightly(str(config))
    assert (Path(first["folder"]) / "list.csv").read_bytes() == night.csv
    assert (first["is_new"], again["is_new"]) == (True, False)
    assert again["folder"] == first["folder"]
    assert set(first["seconds_by_stage"]) == {"check", "score", "publish"}
    assert [(flow, state) for flow, state, _ in records()[already:]] == [
        ("train_models", "Completed"),
        ("run_nightly", "Completed"),
        ("run_nightly", "Completed"),
    ]


def test_a_night_that_is_not_ready_stands_as_failed(copied: Night, prefect_records: None) -> None:
    from pipelines.run_nightly import run_nightly

    before = snapshot(copied.settings.lists)
    baskets()[::2].to_parquet(copied.config.parent / "baskets.parquet", index=False)
    with pytest.raises(stages.NotReady):
        run_nightly(str(copied.config))
    flow, state, message = records()[-1]
    assert (flow, state) == ("run_nightly", "Failed")
    assert "1 problem stops the run" in message
    assert snapshot(copied.settings.lists) == before


def test_check_score_and_publish_run_by_themselves(copied: Night, prefect_records: None) -> None:
    from pipelines.check_data import check_data
    from pipelines.publish_lists import publish_lists
    from pipelines.score_customers import score_customers

    config = str(copied.config)
    assert check_data(config) == NEWEST.isoformat()
    assert score_customers(config)[0]["folder"] == str(stages.score_folder(copied.settings, NEWEST))
    assert publish_lists(config)[0]["is_new"] is False
    assert [(flow, state) for flow, state, _ in records()[-3:]] == [
        ("check_data", "Completed"),
        ("score_customers", "Completed"),
        ("publish_lists", "Completed"),
    ]


#: One process imports everything once, takes the time of scoring, and then forks child after child that score and
#: publish, and kills each after so many times that time; from 1 on it counts from the end of scoring.
KILLER = """
import json, os, signal, sys, time
from pathlib import Path
from pipelines import stages
from pipelines.lock import alone
from pipelines.settings import load_settings

settings, scored = load_settings(Path(sys.argv[1])), Path(sys.argv[3])

def child(publish=True):
    pid = os.fork()
    if pid:
        return pid
    try:
        with alone(settings.out):
            stages.score_night(settings)
            scored.touch()
            if publish:
                stages.publish_night(settings)
    finally:
        os._exit(0)

begin = time.perf_counter()
os.waitpid(child(publish=False), 0)
scoring = time.perf_counter() - begin
for times in json.loads(sys.argv[2]):
    scored.unlink(missing_ok=True)
    pid = child()
    if times < 1:
        time.sleep(times * scoring)
    else:
        # In publishing, however slow the machine is today: from when the scores are there.
        while not scored.exists():
            time.sleep(0.01)
        time.sleep((times - 1) * scoring)
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    lists = {
        str(path.relative_to(settings.lists)): path.stat().st_size
        for path in sorted(settings.lists.glob("*_v*/*"))
    }
    print(json.dumps({
        "times": times,
        "killed": os.WIFSIGNALED(status),
        "scored": scored.exists(),
        "pointer": (settings.lists / "current.json").read_text(),
        "lists": lists,
    }), flush=True)
"""


def test_killed_at_any_moment_the_last_good_list_stands_and_a_rerun_completes(copied: Night, tmp_path: Path) -> None:
    """A list of last week is published; tonight's run is killed again and again, in score and in publish."""
    settings = copied.settings
    shutil.rmtree(settings.lists)
    shutil.rmtree(settings.scores)
    stages.ensure_ready(settings, as_of="2025-06-24")
    stages.score_night(settings)
    good = stages.publish_night(settings).folder
    pointer = (settings.lists / "current.json").read_text()
    before = snapshot(good)
    stages.ensure_ready(settings)
    drawn = random.Random(4)
    moments = [0.1, drawn.uniform(0.2, 0.9), *sorted(drawn.uniform(1, 1.5) for _ in range(4))]
    done = subprocess.run(
        [sys.executable, "-c", KILLER, str(copied.config), json.dumps(moments), str(tmp_path / "scored")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    told: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
    assert any(one["killed"] and not one["scored"] for one in told)
    assert any(one["killed"] and one["scored"] for one in told)
    tonight = f"{NEWEST}_inactivity_v1"
    for one in told:
        assert snapshot(good) == before
        names = {name for name in one["lists"] if name.startswith(tonight)}
        # Whole or not at all; and the pointer never names what is not there.
        assert len(names) in (0, 5), one
        assert json.loads(one["pointer"]) in (json.loads(pointer), {"inactivity": tonight}), one
        assert tonight not in one["pointer"] or names, one
    stages.score_night(settings)
    again = stages.publish_night(settings)
    assert again.folder.name == tonight
    assert (again.folder / "list.csv").read_bytes() == copied.csv
    assert json.loads((settings.lists / "current.json").read_text()) == {"inactivity": tonight}


def test_the_command_in_a_process_of_its_own(copied: Night, prefect_records: None) -> None:
    """What a schedule sees, down to what libraries print when the process ends. Prefect's server is that of the tests:
    to start one takes seconds, and `make demo` does."""
    from prefect.settings import PREFECT_API_URL

    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    environment["PREFECT_API_URL"] = str(PREFECT_API_URL.value())

    def vafa(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pipelines.cli", *words, "--config", str(copied.config), "--json"]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)

    done = vafa("nightly")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["is_new"] is False
    done = vafa("score", "--as-of", "2025-07-09")
    assert done.returncode == 1
    assert done.stderr.startswith("vafa: the tables were checked for 2025-07-01, and 2025-07-09 is later")
    assert len(done.stderr.splitlines()) == 1, "the engine complains of connections that are left open"
    assert json.loads(done.stdout)["exit_code"] == 1


@pytest.mark.parametrize(
    ("environment", "paths", "home"),
    [
        ({}, "", "out/prefect"),
        ({}, '[paths]\nprefect = "records"', "records"),
        ({"PREFECT_HOME": "/srv/prefect"}, '[paths]\nprefect = "records"', "/srv/prefect"),
    ],
)
def test_where_prefect_keeps_its_records(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], paths: str, home: str
) -> None:
    config = write_company(tmp_path)
    config.write_text(config.read_text(encoding="utf-8") + paths, encoding="utf-8")
    mine = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")} | environment
    monkeypatch.setattr(os, "environ", mine)
    prepare_prefect(load_settings(config))
    assert mine["PREFECT_HOME"] == str(tmp_path / home)
    assert mine["PREFECT_LOGGING_LEVEL"] == "CRITICAL"
