"""One small company for all tests of this room: checked, trained, scored and published once a session."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

# Prefect reads these when it is imported: its records must not land in the home of whoever runs the tests.
HOME = Path(tempfile.mkdtemp(prefix="vafa-prefect-"))
os.environ["PREFECT_HOME"] = str(HOME)
# And what the command would set, for flows that tests call without it.
os.environ["PREFECT_LOGGING_EXTRA_LOGGERS"] = "vafa"
os.environ["PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW"] = "ignore"

from contract.readiness import Readiness  # noqa: E402 - after the switches
from models.leaks import LeakResult  # noqa: E402
from pipelines import stages  # noqa: E402
from pipelines.settings import Settings, load_settings  # noqa: E402
from tests.pipelines.bad_night import BadNight  # noqa: E402
from tests.pipelines.company import write_company  # noqa: E402
from tests.postgres_server import postgres  # noqa: E402

__all__ = ["postgres"]


def pytest_sessionfinish() -> None:
    shutil.rmtree(HOME, ignore_errors=True)


@dataclass(frozen=True, kw_only=True)
class Night:
    """One night of the small company: its settings, and what the stages gave back."""

    config: Path
    settings: Settings
    readiness: Readiness
    trained: stages.Trained
    listed: stages.Listed
    rows: Any

    @property
    def csv(self) -> bytes:
        return (self.listed.folder / "list.csv").read_bytes()


@pytest.fixture(scope="session")
def night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    """The first night, by the plain stages. Tests that change anything ask for `copied`."""
    config = write_company(tmp_path_factory.mktemp("company"))
    settings = load_settings(config)
    seen = {}
    panel = stages.panel

    def kept(*arguments: Any, **named: Any) -> Any:
        seen["rows"] = panel(*arguments, **named)
        return seen["rows"]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(stages, "panel", kept)
        readiness = stages.ensure_ready(settings)
        trained = stages.train(settings, as_of=readiness.as_of)
    stages.score_night(settings, as_of=readiness.as_of)
    listed = stages.publish_night(settings, as_of=readiness.as_of)
    return Night(
        config=config, settings=settings, readiness=readiness, trained=trained, listed=listed, rows=seen["rows"]
    )


@pytest.fixture
def copied(night: Night, tmp_path: Path) -> Night:
    """The same night in a folder of its own, to be changed."""
    folder = tmp_path / "company"
    shutil.copytree(night.config.parent, folder)
    settings = load_settings(folder / "vafa.toml")
    listed = replace(night.listed, folder=settings.lists / night.listed.folder.name)
    return replace(night, config=folder / "vafa.toml", settings=settings, listed=listed)


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch, night: Night) -> Callable[..., None]:
    """Make the next training come to another judgement of the same rows, without the minutes of judging them."""

    def say(*, leak: str | None = None, **changed: Any) -> None:
        leaks = (LeakResult(test="future removed", passed=leak is None, says=leak or "not a bit differs"),)
        monkeypatch.setattr(stages, "panel", lambda *_, **__: night.rows)
        monkeypatch.setattr(stages, "poison_future", lambda *_, **__: leaks)
        monkeypatch.setattr(stages, "judge", lambda *_, **__: replace(night.trained.judgement, **changed))

    return say


@pytest.fixture
def plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Flows and tasks as the functions that they wrap: a Prefect server would take seconds a test."""
    from prefect import Flow, Task

    from pipelines import publish_lists, run_nightly, score_customers, train_models

    for module in (run_nightly, train_models, score_customers, publish_lists):
        for name, value in list(vars(module).items()):
            if isinstance(value, Flow | Task):
                monkeypatch.setattr(module, name, value.fn)


@pytest.fixture
def bad(copied: Night, plainly: None) -> BadNight:
    """The morning after a good night, to be broken."""
    return BadNight(copied.config)


@pytest.fixture(scope="session")
def prefect_records() -> Iterator[None]:
    """Prefect with records of its own, started once: it takes seconds."""
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=180):
        yield
