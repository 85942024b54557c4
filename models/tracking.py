"""The only file that knows MLflow: runs, and models by alias, kept as text and never as pickles."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from contextlib import redirect_stderr
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# MLflow reads these when it is imported: nothing phones home, and no pickle is ever loaded.
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["DO_NOT_TRACK"] = "true"
os.environ["MLFLOW_ALLOW_PICKLE_DESERIALIZATION"] = "false"
os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")

import mlflow
import numpy as np
import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.models import Model, ModelSignature
from mlflow.types import ColSpec, Schema

from models.candidates import read

CHAMPION = "champion"
FLAVOR = "vafa"
DATA = "model"
#: How MLflow says that a model has no such version or alias.
NOT_THERE = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")


class NoChampion(Exception):
    """There is no model to score with yet. The text says how to get one."""


@dataclass(frozen=True, kw_only=True)
class Store:
    """Where runs and models are kept: a tracking address (sqlite by default) and a folder for files."""

    address: str
    files: Path


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A model as it was kept: its texts by file name, its version, and the run that made it."""

    texts: Mapping[str, str]
    version: int
    run_id: str


def sqlite_store(folder: Path) -> Store:
    """A store in a folder: one database file, and files beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    return Store(address=f"sqlite:///{(folder / 'mlflow.db').resolve()}", files=(folder / "files").resolve())


def log_training(
    store: Store,
    *,
    experiment: str,
    run_name: str,
    parameters: Mapping[str, Any],
    metrics: Mapping[str, float],
    documents: Mapping[str, str],
    model: Mapping[str, str] | None,
    columns: list[str],
    name: str,
) -> tuple[str, int | None]:
    """Write one training run; register its model as champion where there is one. Gives the run's id and the version.

    `documents` and `model` are texts by file name. The model carries a signature: doubles in, doubles out.
    """
    mlflow.set_tracking_uri(store.address)
    if mlflow.get_experiment_by_name(experiment) is None:
        mlflow.create_experiment(experiment, artifact_location=store.files.as_uri())
    mlflow.set_experiment(experiment)
    with mlflow.start_run(run_name=run_name) as run:
        mlflow.log_params({key: str(value)[:500] for key, value in parameters.items()})
        mlflow.log_metrics({key: float(value) for key, value in metrics.items() if np.isfinite(value)})
        for file, text in documents.items():
            mlflow.log_text(text, file)
        version = None
        if model is not None:
            # It tells its own steps on standard error, past its switch for that. What goes wrong is raised.
            with redirect_stderr(io.StringIO()):
                info = Model.log(
                    artifact_path=None,
                    name=name,
                    flavor=_Flavor,
                    registered_model_name=name,
                    texts=dict(model),
                    signature=_signature(columns),
                )
            version = int(info.registered_model_version)
            mlflow.MlflowClient().set_registered_model_alias(name, CHAMPION, str(version))
    return run.info.run_id, version


def champion(store: Store, name: str, *, version: int | None = None) -> Kept:
    """The model that scores tonight, or a given version of it. Raises NoChampion where none was ever good enough."""
    mlflow.set_tracking_uri(store.address)
    client = mlflow.MlflowClient()
    try:
        if version is None:
            found = client.get_model_version_by_alias(name, CHAMPION)
        else:
            found = client.get_model_version(name, str(version))
    except MlflowException as error:
        if error.error_code not in NOT_THERE:  # a store that cannot be read is another trouble: training mends nothing
            raise
        missing = f"there is no champion of {name} yet" if version is None else f"{name} has no version {version} now"
        raise NoChampion(f"{missing}: run vafa train first") from error
    folder = Path(mlflow.artifacts.download_artifacts(f"models:/{name}/{found.version}"))
    texts = {file.name: file.read_text(encoding="utf-8") for file in sorted((folder / DATA).iterdir())}
    return Kept(texts=texts, version=int(found.version), run_id=str(found.run_id))


class _Flavor:
    """How MLflow writes our models: text files in a folder, under a flavor of ours and one that anybody can call."""

    @staticmethod
    def save_model(path: str, mlflow_model: Model, texts: Mapping[str, str], signature: ModelSignature) -> None:
        folder = Path(path)
        (folder / DATA).mkdir(parents=True)
        for name, text in texts.items():
            (folder / DATA / name).write_text(text, encoding="utf-8")
        mlflow_model.signature = signature
        mlflow_model.add_flavor(FLAVOR, data=DATA)
        mlflow.pyfunc.add_to_model(mlflow_model, loader_module="models.tracking", data=DATA)
        mlflow_model.save(str(folder / "MLmodel"))


class _Scorer:
    """What `mlflow.pyfunc.load_model` gives back."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._model = read(texts)

    def predict(self, frame: pd.DataFrame, params: Mapping[str, Any] | None = None) -> np.ndarray:
        return self._model.predict(frame)


def _load_pyfunc(path: str) -> _Scorer:
    """MLflow calls this by name."""
    return _Scorer({file.name: file.read_text(encoding="utf-8") for file in Path(path).iterdir()})


def _signature(columns: list[str]) -> ModelSignature:
    # Null is an ordinary value of a feature, and doubles carry it; integers would lose the signature.
    return ModelSignature(
        inputs=Schema([ColSpec("double", name) for name in columns]),
        outputs=Schema([ColSpec("double")]),
    )
