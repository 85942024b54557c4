"""Where Prefect keeps its records when nobody said otherwise. Set before Prefect is imported: it reads these once."""

from __future__ import annotations

import os

from pipelines.settings import Settings


def prepare_prefect(settings: Settings) -> None:
    """Keep run records under the company's own folder, and stay quiet.

    What the environment already says (a server's PREFECT_API_URL, a PREFECT_HOME) is left as it is.
    """
    home = settings.folder / settings.paths.prefect if settings.paths.prefect else settings.out / "prefect"
    if "PREFECT_HOME" not in os.environ:
        # Prefect makes the last folder of the path only, and waits in vain for its server when it cannot.
        home.mkdir(parents=True, exist_ok=True)
        os.environ["PREFECT_HOME"] = str(home.resolve())
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "CRITICAL")
    os.environ.setdefault("PREFECT_LOGGING_EXTRA_LOGGERS", "vafa")
    # Between two flows of one command a line belongs to no run.
    os.environ.setdefault("PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW", "ignore")
    os.environ.setdefault("PREFECT_SERVER_LOGGING_LEVEL", "CRITICAL")
    # MLflow tells of every database table that it makes.
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")
    # The first start of a server writes its database, which takes a while on a small machine.
    os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120")
