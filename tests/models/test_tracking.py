"""MLflow for real: runs, and models by alias, kept as text."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow.exceptions import MlflowException

from models.candidates import fit_candidate, keep, read
from models.learner import Fitted
from models.tracking import NoChampion, Store, champion, log_training, sqlite_store
from tests.models.panels import FEATURES, QUICK, chosen, labelled_rows, what_rules_cannot_see

pytestmark = pytest.mark.flow
NAME = "vafa-inactivity"


def fitted(candidate: str) -> Fitted:
    frame = labelled_rows(what_rules_cannot_see)
    return fit_candidate(frame, frame.label.to_numpy(), FEATURES, chosen(candidate, rounds=10), QUICK)


def logged(store: Store, model: Fitted, *, is_good: bool = True, run_name: str = "night") -> tuple[str, int | None]:
    return log_training(
        store,
        experiment="vafa",
        run_name=run_name,
        parameters={"grade": "A" if is_good else "refused", "long": "x" * 2000},
        metrics={"Vafa.auroc": 0.8, "Vafa.ece": float("nan")},
        documents={"judgement.json": '{"says": "گروه"}'},
        model={**keep(model), "about.json": "{}"} if is_good else None,
        columns=model.columns,
        name=NAME,
    )


@dataclass
class Trained:
    """A store after three trainings: a good one, a good one of another kind, and one that was refused."""

    store: Store
    models: tuple[Fitted, ...]
    runs: tuple[tuple[str, int | None], ...]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    store = sqlite_store(tmp_path_factory.mktemp("tracking") / "mlflow")
    models = (fitted("logistic"), fitted("mean"))
    runs = (
        logged(store, models[0], run_name="first"),
        logged(store, models[1], run_name="second"),
        logged(store, models[0], is_good=False, run_name="third"),
    )
    return Trained(store, models, runs)


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return labelled_rows(what_rules_cannot_see, seed=3)


def test_the_alias_moves_with_every_good_training_and_stays_when_one_is_refused(
    trained: Trained, rows: pd.DataFrame
) -> None:
    assert [version for _, version in trained.runs] == [1, 2, None]
    kept = champion(trained.store, NAME)
    assert (kept.version, kept.run_id) == (2, trained.runs[1][0])
    assert dict(kept.texts) == {**keep(trained.models[1]), "about.json": "{}"}
    np.testing.assert_array_equal(read(kept.texts).predict(rows), trained.models[1].predict(rows))


def test_mlflow_says_nothing_of_its_own_when_it_registers(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    store = sqlite_store(tmp_path / "mlflow")
    for _ in range(2):
        logged(store, fitted("logistic"))
    told = capfd.readouterr()
    assert "egistered model" not in told.out + told.err
    assert "Created version" not in told.out + told.err


def test_an_earlier_version_can_still_be_read(trained: Trained, rows: pd.DataFrame) -> None:
    kept = champion(trained.store, NAME, version=1)
    assert (kept.version, kept.run_id) == (1, trained.runs[0][0])
    np.testing.assert_array_equal(read(kept.texts).predict(rows), trained.models[0].predict(rows))


def test_a_run_keeps_parameters_metrics_and_documents(trained: Trained) -> None:
    champion(trained.store, NAME)  # points MLflow at the store
    found = mlflow.MlflowClient().get_run(trained.runs[0][0])
    assert (found.info.run_name, found.info.status) == ("first", "FINISHED")
    assert found.data.params == {"grade": "A", "long": "x" * 500}
    assert found.data.metrics == {"Vafa.auroc": 0.8}  # what is not a number is not kept as one
    document = mlflow.artifacts.load_text(f"runs:/{trained.runs[0][0]}/judgement.json")
    assert json.loads(document) == {"says": "گروه"}
    refused = mlflow.MlflowClient().get_run(trained.runs[2][0])
    assert (refused.info.status, refused.data.params["grade"]) == ("FINISHED", "refused")


def test_anybody_with_mlflow_gets_the_same_predictions(trained: Trained, rows: pd.DataFrame) -> None:
    champion(trained.store, NAME)
    loaded = mlflow.pyfunc.load_model(f"models:/{NAME}@champion")
    names = trained.models[1].columns
    signature = loaded.metadata.signature
    assert [column.name for column in signature.inputs.inputs] == names
    assert {str(column.type) for column in [*signature.inputs.inputs, *signature.outputs.inputs]} == {"DataType.double"}
    assert rows.two.isna().any()
    np.testing.assert_array_equal(loaded.predict(rows[names]), trained.models[1].predict(rows))
    with pytest.raises(MlflowException, match="two"):
        loaded.predict(rows[names].drop(columns="two"))


def test_nothing_is_pickled_and_all_lies_in_the_store(trained: Trained) -> None:
    written = [file for file in trained.store.files.parent.rglob("*") if file.is_file()]
    assert {file.name for file in written} >= {"mlflow.db", "MLmodel", "logistic.json", "trees_0.txt", "judgement.json"}
    assert {file.suffix for file in written} <= {".db", ".json", ".txt", ".yaml", ".yml", "", ".db-shm", ".db-wal"}
    assert not [file for file in written if file.read_bytes()[:1] == b"\x80"]  # how a pickle begins


def test_before_the_first_good_training_there_is_no_champion(tmp_path: Path) -> None:
    store = sqlite_store(tmp_path / "empty")
    with pytest.raises(NoChampion, match="there is no champion of vafa-inactivity yet: run vafa train first"):
        champion(store, NAME)
    logged(store, fitted("logistic"), is_good=False)
    with pytest.raises(NoChampion, match="run vafa train first"):
        champion(store, NAME)


def test_a_version_that_is_gone_is_named(trained: Trained) -> None:
    with pytest.raises(NoChampion, match="vafa-inactivity has no version 99"):
        champion(trained.store, NAME, version=99)


def test_another_trouble_of_the_store_is_not_called_a_missing_champion(
    monkeypatch: pytest.MonkeyPatch, trained: Trained
) -> None:
    def locked(*_: object) -> None:
        raise MlflowException("database is locked")

    monkeypatch.setattr(mlflow.MlflowClient, "get_model_version_by_alias", locked)
    with pytest.raises(MlflowException, match="database is locked"):
        champion(trained.store, NAME)
