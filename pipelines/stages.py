"""The stages of the work as plain functions: read, call, write. Flows string them together; tests call them directly.

Between stages go files and ids, never frames: each stage finds what it needs where the one before put it.
"""

from __future__ import annotations

import json
import logging
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from ibis.backends.duckdb import Backend

from contract.calendar import EPOCH
from contract.check import check_tables
from contract.checked import CheckedTables, newest_as_of, open_checked
from contract.cut import ACTIVITY, as_known, history
from contract.engine import connect
from contract.readiness import CannotRead, Readiness, TargetReadiness
from contract.said import said, with_said
from features.build import available
from features.catalogue import FAMILIES
from features.last_dates import last_dates
from labels.catalogue import target_of
from labels.expected_value import expected_value
from models import tracking
from models.backtest import FEWEST_NIGHTS, Champion, backtest
from models.baselines import fit_five, fit_rule, rules_of
from models.calibrate import Recalibration
from models.candidates import RULE_BELOW, keep, read
from models.candidates import Settings as FitSettings
from models.dataset import (
    NotEnoughHistory,
    Panel,
    Window,
    count_outcomes,
    features_of,
    labelled_dates,
    labels_at,
    matrix,
    panel,
)
from models.explain import drivers, reasons
from models.fit import Learned, fit_chosen
from models.judge import MODEL, Judgement, judge
from models.leak_suite import leak_suite, unanswered
from models.leaks import multiply_acts, poison_future
from models.learner import Fitted
from models.score import CannotScore, score
from models.silence import Silence, silence_of
from models.spend import REGRESSION, SpendJudged, SpendRegression, fit_spend, forward_spend
from outreach.language import translations
from outreach.list import outreach_list
from outreach.plays import plays, suggest
from outreach.priority import rank
from outreach.publish import publish
from outreach.reasons import reasons_in_words
from outreach.value import NO_AMOUNTS, Value, value_at_risk
from pipelines.acknowledged import found_path, read_acknowledged
from pipelines.judgement import judgement_json, page_of
from pipelines.lock import aside
from pipelines.refusal import Refusal, forget_refusal, read_refusal, write_refusal
from pipelines.settings import Settings
from pipelines.texts import made_text_scores
from reports import backtest as backtest_report
from reports import quality
from reports import readiness as readiness_report
from reports.backtest import BacktestPage
from reports.metrics.measure import Measured, measure
from reports.metrics.page import render
from reports.metrics.telling import to_json
from reports.wording import finite

#: Progress goes here: the command line shows it, and Prefect keeps it with the run.
LOG = logging.getLogger("vafa")

#: Rows of the list that the page shows.
HEAD = 20


class NotReady(Exception):
    """The data are not fit to train or to score from. `readiness` says why."""

    def __init__(self, text: str, readiness: Readiness | None = None) -> None:
        super().__init__(text)
        self.readiness = readiness


class Refused(Exception):
    """No model and no rule was good enough, or a leak was found: nothing is published. The text says which, and the
    cure."""


class SomeFailed(Exception):
    """Of several lists some could not be made. The text says which and why; `done` is what was made of the others."""

    def __init__(self, failures: Mapping[str, Exception], done: list[dict[str, Any]]) -> None:
        super().__init__("; ".join(f"{name}: {error}" for name, error in failures.items()))
        self.failures = dict(failures)
        self.done = done


class NoScores(Exception):
    """There are no scores that a list could be made of. The text says how to get them."""


@dataclass(frozen=True, kw_only=True)
class Trained:
    """One training run: how it was judged, what was kept of it, and how long each part took."""

    grade: str
    says: str
    run_id: str
    version: int | None
    champion: str
    judgement: Judgement = field(repr=False)
    seconds: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One published list: where it lies, and the summary that machines read. `is_new` is False when the same list was
    already there, `is_current` when a list of a later as_of stays the one to work from."""

    folder: Path
    is_new: bool
    is_current: bool
    summary: dict[str, Any]


# Where a night stands


def decision_day(settings: Settings, as_of: str | None, *, now: datetime) -> date | None:
    """The as_of that is meant: given on the command line, or in the settings; None is the newest the data allow.

    Raises CannotRead where it lies before all dates that the contract allows, which no calendar can count back from.
    """
    wanted = as_of or (settings.time.as_of if isinstance(settings.time.as_of, str) else settings.time.as_of.isoformat())
    if wanted == "newest":
        return None
    if wanted == "today":
        return settings.time.calendar.local_day(now)
    day = date.fromisoformat(wanted)
    if day < EPOCH:
        raise CannotRead(f"as_of {day} lies before {EPOCH}, and so before all data: choose a day inside your own")
    return day


def utc_now() -> datetime:
    """The wall clock in naive UTC, read at the edge and nowhere else."""
    return datetime.now(UTC).replace(tzinfo=None)


def window_of(settings: Settings) -> Window:
    target = target_of(settings.target.name, **settings.target.parameters)
    return Window(target=target, activity=settings.time.activity, load_window=settings.time.load_window)


def store_of(settings: Settings) -> tracking.Store:
    files = settings.out / "mlflow"
    store = tracking.sqlite_store(files)
    return replace(store, address=settings.paths.mlflow) if settings.paths.mlflow else store


def _opened(settings: Settings, as_of: str | None) -> tuple[Backend, CheckedTables, date]:
    """The tables of the last check and the day to decide for: that of the check, unless an earlier one is asked for.

    A later one is refused: of the days in between the check knew nothing, and all would look as if they had gone.
    """
    report = last_report(settings)
    connection = connect(settings.limits)
    tables = open_checked(connection, settings.checked, settings.time.calendar, settings.service.expectations)
    if not (tables.ready and report["ready"]):
        raise NotReady("the last check found something to stop for: run vafa check and read what it says")
    checked = date.fromisoformat(report["as_of"])
    if as_of is None:
        return connection, tables, checked
    now = utc_now()
    day = decision_day(settings, as_of, now=now) or _newest(tables, settings, now=now)
    if day > checked:
        raise NotReady(f"the tables were checked for {checked}, and {day} is later: run vafa check --as-of {day} first")
    return connection, tables, day


def _newest(tables: CheckedTables, settings: Settings, *, now: datetime) -> date:
    newest = date.fromisoformat(newest_as_of(tables.about, settings.time.activity))
    return min(newest, settings.time.calendar.local_day(now))


def _asked(settings: Settings) -> dict[str, Any]:
    """The question that a model answers: it may only be asked the one that it was trained on.

    When labels are known is no part of it: that only says which rows could be learned from.
    """
    return {
        "target.name": settings.target.name,
        **{f"target.{key}": days for key, days in settings.target.parameters.items() if key != "delay_days"},
        "time.activity": sorted(settings.time.activity),
        "time.load_window_hours": settings.time.load_window_hours,
    }


def _differences(made: dict[str, Any], settings: Settings) -> str:
    """Where the settings ask another question than the one that was answered; empty where they do not."""
    asked = _asked(settings)
    return ", ".join(
        f"{key} = {made.get(key)} then and {value} now" for key, value in asked.items() if made.get(key) != value
    )


# Check


def check(settings: Settings, *, as_of: str | None = None, now: datetime | None = None) -> Readiness:
    """Read and check the company's tables, count the outcomes, and write the readiness report beside them.

    Raises CannotRead when something could not be read at all, or as_of lies in the future.
    """
    now = now or utc_now()
    calendar = settings.time.calendar
    today = calendar.local_day(now)
    decided = decision_day(settings, as_of, now=now)
    if decided is not None and decided > today:
        raise CannotRead(
            f"as_of {decided} lies in the future: it is {today} in {calendar.zone}; choose that, or earlier"
        )
    connection = connect(settings.limits)
    readiness = check_tables(
        connection,
        settings.mapping,
        calendar=calendar,
        activity=settings.time.activity,
        as_of=decided,
        now=now,
        folder=settings.checked,
        quarantine=settings.quarantine,
        currency=settings.company.currency,
        made={"text_scores": lambda folder: _text_scores(settings, connection, folder)},
        progress=LOG.info,
    )
    # Rows of this very day make tomorrow the newest; but today is not over, so what is missing of it says nothing.
    day = min(date.fromisoformat(readiness.as_of), today)
    readiness = replace(readiness, as_of=day.isoformat())
    if now < calendar.midnight(day) + settings.time.load_window:
        LOG.warning("the load window of %s is still open: a later run knows more", day)
    if readiness.ready:
        tables = open_checked(connection, settings.checked, calendar, settings.service.expectations)
        counted = tuple(_target_readiness(connection, tables, one, now=day) for one in settings.each())
        readiness = replace(readiness, targets=counted)
    work = settings.out / "work"
    _write(work / "readiness.json", readiness_report.to_json(readiness))
    _write(work / "readiness.md", readiness_report.to_markdown(readiness))
    return readiness


def _text_scores(settings: Settings, connection: Backend, folder: Path) -> Path | None:
    LOG.info("scoring texts")
    return made_text_scores(
        connection,
        folder,
        kept=settings.out / "work" / "texts",
        delay_seconds={name: spec.delay_hours * 3600 for name, spec in settings.mapping.tables.items()},
        seed=settings.training.seed,
    )


def _target_readiness(connection: Backend, tables: CheckedTables, settings: Settings, *, now: date) -> TargetReadiness:
    window = window_of(settings)
    LOG.info("counting outcomes of %s", window.target.name)

    def told(
        enough: bool, says: str, dates: int = 0, units: int = 0, positives: int = 0, rarer: int = 0
    ) -> TargetReadiness:
        return TargetReadiness(
            target=window.target.name,
            as_of_dates=dates,
            units=units,
            positives=positives,
            rarer_class_customers=rarer,
            enough=enough,
            says=says,
        )

    try:
        dates = labelled_dates(tables, window, now=now, spacing_days=settings.training.spacing_days)
    except NotEnoughHistory as error:
        return told(False, str(error))
    found = count_outcomes(connection, tables, window, dates=dates)
    counts = {
        "dates": found.dates,
        "units": found.units,
        "positives": found.positives,
        "rarer": found.rarer_class_customers,
    }
    if not found.rarer_class_customers:
        which = "had the outcome" if not found.positives else "did not have the outcome"
        says = (
            f"of {found.units:,} rows at {found.dates} dates none {which}, so there is nothing to tell apart: bring a "
            "longer history, or choose another horizon or cohort"
        )
        return told(False, says, **counts)
    had = said(
        "{positives:,} of {units:,} rows at {dates} dates had the outcome",
        positives=found.positives,
        units=found.units,
        dates=found.dates,
    )
    if found.rarer_class_customers >= RULE_BELOW:
        return told(True, had, **counts)
    few = said(
        "{had}; only {customers} different customers are of the rarer class, and a model needs {needed}: the list will "
        "follow a simple rule and claim no probabilities",
        had=had,
        customers=found.rarer_class_customers,
        needed=RULE_BELOW,
    )
    return told(True, few, **counts)


def ensure_ready(settings: Settings, *, as_of: str | None = None) -> Readiness:
    """Check, and raise NotReady where the data are not fit."""
    readiness = check(settings, as_of=as_of)
    if not readiness.ready:
        raise NotReady(readiness_report.verdict(readiness), readiness)
    return readiness


# Train


def train(settings: Settings, *, as_of: str | None = None) -> Trained:
    """Learn from everything labelled before `as_of`, judge it on forward folds, and keep what deserves it.

    A model of grade A or B becomes champion; with C the best simple rule does. Raises Refused when a leak was found
    or nothing beats calling at random: the run is kept, an earlier champion stays, and a page shows the judgement.
    """
    seconds: dict[str, float] = {}
    connection, tables, day = _opened(settings, as_of)
    window = window_of(settings)
    dates = labelled_dates(tables, window, now=day, spacing_days=settings.training.spacing_days)
    with _timed(seconds, "features"):
        rows = panel(connection, tables, FAMILIES, window, dates=dates, progress=LOG.info)
    with _timed(seconds, "leak test"):
        middle = dates[len(dates) // 2]
        LOG.info("leak test: poisoning the future")
        leaks = poison_future(connection, tables, FAMILIES, window, as_of=middle)
        LOG.info("leak test: multiplying what the company did")
        leaks += multiply_acts(connection, tables, FAMILIES, window, as_of=middle)
    with _timed(seconds, "judging"):
        worth, spend = _at_stake(connection, tables, window, rows)
        judgement = _judged(settings, connection, tables, window, rows, day, worth)
        silence = _silence(settings, window, rows, judgement)
    leaked = [leak for leak in leaks if not leak.passed]
    if leaked:
        judgement = replace(judgement, grade="refused", says=f"{leaked[0].test}: {leaked[0].says}")
    learned, champion, texts = None, MODEL, {}
    if judgement.grade != "refused":
        with _timed(seconds, "fitting"):
            LOG.info("fitting on everything labelled")
            tonight = matrix(connection, tables, FAMILIES, window, as_of=day)
            learned, champion = _fitted(settings, rows, judgement, window, tonight.frame, day)
            texts = keep(learned.model) | _spend_texts(rows, spend)
    with _timed(seconds, "keeping"):
        LOG.info("keeping the run in MLflow")
        told = judgement_json(
            judgement,
            learned=learned,
            spend=spend.judged if spend else None,
            silence=silence,
            gone=rows.gone,
            apart=rows.apart,
            leaks=leaks,
            champion=champion,
            rows=len(rows.frame),
            censored=rows.censored,
        )
        run_id, version = _keep(settings, rows, judgement, told, learned, texts, champion, day, _filled(tables))
    if judgement.grade == "refused":
        raise _refuse(settings, tables, day, told, judgement.says, leaked=bool(leaked))
    forget_refusal(settings)
    return Trained(
        grade=judgement.grade,
        says=judgement.says,
        run_id=run_id,
        version=version,
        champion=champion,
        judgement=judgement,
        seconds=seconds,
    )


@dataclass(frozen=True, kw_only=True)
class Spend:
    """What was spent in the label window of every row, and how foreseeing it did."""

    spent: np.ndarray
    judged: SpendJudged


def _at_stake(
    connection: Backend, tables: CheckedTables, window: Window, rows: Panel
) -> tuple[np.ndarray, Spend | None]:
    """What every row's customer is worth over the horizon, by what was known at its date; and how well that is known,
    where the company has orders with amounts."""
    frame, target = rows.frame, window.target
    own = np.ones(len(frame))
    priced = False
    for _, at in frame.groupby("as_of"):
        worth = value_at_risk(at, horizon_days=target.horizon_days)
        own[at.index] = worth.series
        priced = priced or worth.basis != NO_AMOUNTS
    if not priced:
        return own, None
    LOG.info("counting what was spent")
    amount = expected_value(
        active_days=1, horizon_days=target.horizon_days, gap_days=target.gap_days, delay_days=target.delay_days
    )
    spent = labels_at(connection, tables, replace(window, target=amount), frame).to_numpy()
    worth_then, judged = forward_spend(frame, spent, own, rows.features, target)
    return np.round(worth_then, 2), Spend(spent=spent, judged=judged)


def _silence(settings: Settings, window: Window, rows: Panel, judgement: Judgement) -> Silence | None:
    """Who did not answer, where only answers can tell; None of any other target."""
    if window.target.asked is None:
        return None
    LOG.info("asking who did not answer")
    return silence_of(
        rows,
        judgement.predictions.assign(score=judgement.predictions[MODEL]),
        claims="brier" in judgement.method(MODEL).metrics,
        capacity=judgement.capacity,
        seed=settings.training.seed,
        replicates=settings.training.replicates,
    )


def _spend_texts(rows: Panel, spend: Spend | None) -> dict[str, str]:
    """The regression of spend on everything labelled, as text, where it did better than the own past rate."""
    if spend is None or spend.judged.basis != REGRESSION:
        return {}
    stayed = (rows.frame.label == 0).to_numpy()
    return dict(fit_spend(rows.frame[stayed], spend.spent[stayed], rows.features).texts())


def _judged(
    settings: Settings,
    connection: Backend,
    tables: CheckedTables,
    window: Window,
    rows: Panel,
    day: date,
    worth: np.ndarray,
) -> Judgement:
    return judge(
        rows,
        window.target,
        value=lambda frame: worth[frame.index],
        segments=_segments(connection, tables, window, day),
        capacity=settings.outreach.capacity,
        settings=_fit_settings(settings),
        replicates=settings.training.replicates,
        save_rate=settings.outreach.save_rate,
        contact_cost=settings.outreach.contact_cost,
        share=rows.share,
        progress=LOG.info,
    )


def _segments(connection: Backend, tables: CheckedTables, window: Window, day: date) -> pd.Series | None:
    """The company's segment by customer_id, or nothing where none is mapped."""
    customers = history(tables, day, load_window=window.load_window, activity=window.activity)["customers"]
    known = customers.filter(customers.segment.notnull()).select("customer_id", "segment")
    frame = connection.to_pyarrow(known).to_pandas()
    return frame.set_index("customer_id").segment if len(frame) else None


def _fit_settings(settings: Settings) -> FitSettings:
    return FitSettings(bags=settings.training.bags, seed=settings.training.seed, threads=settings.engine.threads)


def _fitted(
    settings: Settings, rows: Panel, judgement: Judgement, window: Window, tonight: pd.DataFrame, day: date
) -> tuple[Learned, str]:
    """The champion on everything labelled, and its name in the judgement: the model, or the rule it did not beat."""
    frame, choice = rows.frame, judgement.choice
    if judgement.grade != "C":
        learned = fit_chosen(
            frame,
            rows.features,
            choice,
            _fit_settings(settings),
            experience=judgement.experience,
            cohort=tonight if len(tonight) else None,
            day=day,
        )
        return learned, MODEL
    rules = rules_of(window.target, rows.features)
    if judgement.best_rule in rules:
        model: Fitted = fit_rule(frame, rules[judgement.best_rule])
    else:
        model = fit_five(frame, frame.label.to_numpy(), rows.features)
    learned = Learned(model=model, choice=choice, recalibration=Recalibration(), recalibrated_because="")
    return learned, judgement.best_rule


def _keep(
    settings: Settings,
    rows: Panel,
    judgement: Judgement,
    told: str,
    learned: Learned | None,
    texts: dict[str, str],
    champion: str,
    day: date,
    filled: dict[str, list[str]],
) -> tuple[str, int | None]:
    """Write the run; without a model (it was refused) the champion stays who it was."""
    model = learned.model if learned else None
    recalibration = learned.recalibration.as_dict() if learned else {}
    readiness = (settings.out / "work" / "readiness.json").read_text(encoding="utf-8")
    about = {
        "trained_as_of": day.isoformat(),
        "asked": _asked(settings),
        "features": [asdict(feature) for feature in rows.features],
        "champion": champion,
        "filled": filled,
    }
    kept = {**texts, "about.json": json.dumps(about, indent=1), "judgement.json": told} if model else None
    metrics = {
        f"{method.name.replace(' ', '_')}.{name}": figure.value
        for method in judgement.methods
        for name, figure in method.metrics.items()
    }
    return tracking.log_training(
        store_of(settings),
        experiment="vafa",
        run_name=f"{settings.target.name} {day}",
        parameters={
            "as_of": day,
            "dates": len(rows.dates),
            "rows": len(rows.frame),
            "features": len(rows.features),
            "grade": judgement.grade,
            "target.name": settings.target.name,
            **{f"target.{key}": days for key, days in settings.target.parameters.items()},
            **{f"recalibration.{key}": value for key, value in recalibration.items()},
            **{f"choice.{key}": value for key, value in asdict(judgement.choice).items()},
            **{f"training.{key}": value for key, value in settings.training.model_dump().items()},
        },
        metrics=metrics,
        documents={"judgement.json": told, "readiness.json": readiness},
        model=kept,
        columns=model.columns if model else [],
        name=settings.model_name,
    )


def is_trained(settings: Settings) -> bool:
    """Whether there is a champion: without one a night can only begin by training."""
    try:
        tracking.champion(store_of(settings), settings.model_name)
    except tracking.NoChampion:
        return False
    return True


# Refused


def _refuse(settings: Settings, tables: CheckedTables, day: date, told: str, says: str, *, leaked: bool) -> Refused:
    """Write it down, with its page, for the nights after; gives the error to raise."""
    section = f"[targets.{settings.target.name}]" if settings.targets else "[target]"
    if leaked:
        cure = "mend the feature family that it names, then run vafa train"
    else:
        cure = f"bring a longer history, choose another horizon or capacity in {section}" + (
            ", or leave that section out: the other lists do without" if len(settings.lists_of) > 1 else ""
        )
    refusal = Refusal(as_of=day.isoformat(), says=str(says), cure=cure, asked=_learned_from(settings, tables))
    page = page_of(
        told,
        settings=settings,
        target=window_of(settings).target,
        as_of=day,
        scored=0,
        listed=None,
        head=HEAD,
        drivers=pd.Series(dtype="float64"),
        readiness=last_report(settings),
        not_contactable=0,
    )
    write_refusal(settings, refusal, quality.render(page))
    return Refused(refusal.told(settings))


def ensure_not_refused(settings: Settings, *, as_of: str) -> None:
    """Raises Refused where the last training was, a few days ago, on the same question to the same history."""
    _, tables, day = _opened(settings, as_of)
    refusal = read_refusal(settings)
    if refusal is not None and refusal.holds(day, _learned_from(settings, tables)):
        raise Refused(refusal.told(settings, later=True))


def _learned_from(settings: Settings, tables: CheckedTables) -> dict[str, Any]:
    """What a judgement follows from, but for a few more days of the same history; as JSON gives it back."""
    made_of = {
        "asked": _asked(settings),
        "training": settings.training.model_dump(),
        "capacity": settings.outreach.capacity,
        "tables": {name: table.starts_on for name, table in tables.about.items()},
        "filled": _filled(tables),
    }
    known: dict[str, Any] = json.loads(json.dumps(made_of))
    return known


def _champion(settings: Settings) -> tracking.Kept:
    """The model that scores tonight. Raises Refused where there is none because it was refused, else NoChampion."""
    try:
        return tracking.champion(store_of(settings), settings.model_name)
    except tracking.NoChampion:
        refusal = read_refusal(settings)
        if refusal is None:
            raise
        raise Refused(refusal.told(settings, later=True)) from None


# Score


def score_folder(settings: Settings, day: date) -> Path:
    return settings.scores / f"{day}_{settings.target.name}"


def score_night(settings: Settings, *, as_of: str | None = None) -> Path:
    """Score tonight's cohort with the champion: a folder with scores, the matrix and what made them, whole or not at
    all.

    Raises NoChampion before the first training, Refused where that was refused, and CannotScore where the champion was
    trained for another target, or on columns that have no value any more.
    """
    connection, tables, day = _opened(settings, as_of)
    kept = _champion(settings)
    trained = json.loads(kept.texts["about.json"])
    differs = _differences(trained.get("asked", {}), settings)
    if differs:
        raise CannotScore(
            f"the champion {settings.model_name} version {kept.version} was trained for something else ({differs}): "
            "run vafa train, or set vafa.toml back"
        )
    lost = _lost(trained.get("filled", {}), _filled(tables))
    if lost:
        raise CannotScore(
            f"the champion {settings.model_name} version {kept.version} was trained with {', '.join(lost)}, where no "
            "value is left: map it again and run vafa check, or run vafa train to learn without"
        )
    window = window_of(settings)
    LOG.info("features at %s", day)
    tonight = matrix(connection, tables, FAMILIES, window, as_of=day)
    if not len(tonight.frame):
        raise Refused(f"nobody is in the cohort at {day}: {window.target.meaning}; is the as_of inside the data?")
    LOG.info("scoring %s %ss", f"{len(tonight.frame):,}", window.target.unit)
    scored = score(read(kept.texts), tonight.frame)
    worth = _worth_tonight(kept.texts, tonight.frame, window)
    people = history(tables, day, load_window=window.load_window, activity=window.activity)["customers"]
    said = connection.to_pyarrow(
        people.select("customer_id", "owner", "preferred_channel", "contact_allowed")
    ).to_pandas()
    scored = scored.assign(value_at_risk=worth.series.to_numpy()).merge(
        said, on="customer_id", how="left", validate="many_to_one"
    )
    about = {
        "as_of": day.isoformat(),
        "asked": _asked(settings),
        "tables": _contents(tables),
        "model": settings.model_name,
        "version": kept.version,
        "run_id": kept.run_id,
        "value_basis": worth.basis,
        "censored": list(tonight.censored),
    }
    folder = score_folder(settings, day)
    partial = aside(folder)
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(parents=True)
        scored.to_parquet(partial / "scores.parquet", index=False)
        tonight.frame.to_parquet(partial / "matrix.parquet", index=False)
        _write(partial / "about.json", json.dumps(about, indent=1))
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    # A folder cannot be replaced in one step. Killed between these two lines there are no scores, and a rerun makes
    # them again; the published lists are not touched.
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)
    return folder


def _worth_tonight(texts: Mapping[str, str], frame: pd.DataFrame, window: Window) -> Value:
    """What is at stake with everybody: foreseen where that did better than the own past rate, else the rate. Where the
    amounts are lost there is nothing to foresee from."""
    own = value_at_risk(frame, horizon_days=window.target.horizon_days)
    if "spend.json" not in texts or own.basis == NO_AMOUNTS:
        return own
    said = SpendRegression.from_texts(texts).predict(frame)
    return Value(series=pd.Series(said, index=frame.index, name="value_at_risk").round(2), basis=REGRESSION)


def _filled(tables: CheckedTables) -> dict[str, list[str]]:
    """By table, the columns that have a value in any row: what can be learned from."""
    return {name: [column for column, values in table.values.items() if values] for name, table in tables.about.items()}


def _lost(then: dict[str, list[str]], now: dict[str, list[str]]) -> list[str]:
    """The columns that had values when the champion was trained, and have none now. (Of a whole table that is gone
    the model says so itself.)"""
    return [
        f"{table}.{column}"
        for table, columns in then.items()
        if table in now
        for column in columns
        if column not in now[table]
    ]


def _contents(tables: CheckedTables) -> dict[str, dict[str, Any]]:
    """What the checked tables hold, told well enough to notice when another check has replaced them."""
    return {name: asdict(table) for name, table in tables.about.items()}


# Publish


def publish_night(settings: Settings, *, as_of: str | None = None) -> Listed:
    """Make the list of tonight's scores and publish it with its page: whole or not at all.

    Raises NoScores where there are none of this day, of these tables and of this target; NoChampion or Refused where
    there can be none.
    """
    connection, tables, day = _opened(settings, as_of)
    settings = _in_the_orders_currency(settings, connection, tables)
    folder = score_folder(settings, day)
    if not (folder / "about.json").exists():
        _champion(settings)
        raise NoScores(f"there are no scores for {day} yet: run vafa score first")
    about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
    differs = _differences(about["asked"], settings)
    if differs:
        raise NoScores(f"the scores of {day} are for something else ({differs}): run vafa score again")
    if about["tables"] != _contents(tables):
        raise NoScores(f"the tables were checked again since {day} was scored, and differ: run vafa score again")
    kept = tracking.champion(store_of(settings), about["model"], version=about["version"])
    model = read(kept.texts)
    scored = pd.read_parquet(folder / "scores.parquet")
    window = window_of(settings)
    LOG.info("making the list")
    ranking = rank(scored, capacity=settings.outreach.capacity)
    rows = pd.read_parquet(folder / "matrix.parquet")
    rows = rows.set_index("unit_id", drop=False).loc[ranking.frame.unit_id].reset_index(drop=True)
    features = available(FAMILIES, (*tables.about, ACTIVITY), unit=window.target.unit)
    LOG.info("explaining %d customers", len(rows))
    explained = reasons(model, _with_last_dates(connection, tables, window, rows), features)
    words = translations(settings.company.language)
    currency = settings.company.currency if about["value_basis"] != "none" else None
    said = reasons_in_words(
        explained,
        currency=settings.company.currency,
        descriptions={feature.name: feature.description for feature in features},
        target=window.target.name,
        translations=words,
    )
    actions = suggest(said, plays(settings.outreach.plays, translations=words))
    due_on = settings.time.calendar.first_working_day(day)
    listed = outreach_list(
        ranking.frame,
        said,
        actions,
        scored[["customer_id", "owner", "preferred_channel"]].drop_duplicates("customer_id"),
        target=window.target.name,
        currency=currency,
        due_on=due_on,
        unit=window.target.unit,
    )
    summary = {
        **_summary(kept.texts, day, window.target.name, scored=len(scored), listed=len(listed)),
        "model_version": kept.version,
        "run_id": kept.run_id,
    }
    page = page_of(
        kept.texts["judgement.json"],
        settings=settings,
        target=window.target,
        as_of=day,
        scored=len(scored),
        listed=listed,
        head=HEAD,
        drivers=drivers(explained),
        readiness=last_report(settings),
        not_contactable=ranking.not_contactable,
    )
    html = quality.render(page)
    LOG.info("publishing")
    published = publish(
        listed,
        folder=settings.lists,
        as_of=day,
        target=window.target.name,
        sinks=settings.outreach.sinks,
        words=words,
        extra_files={"report.html": html},
        # A late run for an earlier day leaves what people have open.
        beside=lambda name: {
            settings.beside("report.html"): html,
            settings.beside("summary.json"): _summary_text({**summary, "list": name}),
        },
    )
    return Listed(
        folder=published.path,
        is_new=published.is_new,
        is_current=published.is_current,
        summary={**summary, "list": published.path.name},
    )


def _with_last_dates(connection: Backend, tables: CheckedTables, window: Window, rows: pd.DataFrame) -> pd.DataFrame:
    """The listed rows, each with the days since the last of what its columns speak of."""
    spine = rows[["unit_id", "customer_id", "as_of"]]
    if spine.empty:
        return rows
    dated, _, _ = features_of(
        connection,
        tables,
        (last_dates(FAMILIES),),
        spine,
        load_window=window.load_window,
        activity=window.activity,
        unit=window.target.unit,
    )
    return rows.join(dated.drop(columns=list(spine.columns)))


def _in_the_orders_currency(settings: Settings, connection: Backend, tables: CheckedTables) -> Settings:
    """Where the company states no currency, that of its orders: the check stops where they are not all in one."""
    if settings.company.currency is not None or "orders" not in tables:
        return settings
    orders = tables.frames["orders"]
    currency = connection.to_pyarrow(orders.filter(orders.amount.notnull()).currency.max()).as_py()
    return settings.model_copy(update={"company": settings.company.model_copy(update={"currency": currency})})


def write_summary(settings: Settings, summary: dict[str, Any]) -> None:
    """What machines read of the current list."""
    _write(settings.beside("summary.json"), _summary_text(summary))


def _summary_text(summary: dict[str, Any]) -> str:
    return json.dumps(summary, indent=1, ensure_ascii=False, allow_nan=False)


def last_report(settings: Settings) -> dict[str, Any]:
    """The report of the last check. Raises CannotRead before the first."""
    path = settings.out / "work" / "readiness.json"
    if not path.exists():
        raise CannotRead(f"there is no {path}: run vafa check first")
    report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return report


def _summary(texts: Mapping[str, str], day: date, target: str, *, scored: int, listed: int) -> dict[str, Any]:
    """What a machine wants to know of a list: metrics are pooled over the forward folds. What could not be said is
    null, as in the judgement that it is taken from."""
    told = json.loads(texts["judgement.json"])
    model = told["methods"][told["champion"]]
    rule, best = told["best_rule"], told["methods"][told["best_rule"]]
    gain = told["gains"][rule]

    def interval(figure: dict[str, float] | None) -> list[float] | None:
        return [figure["low"], figure["high"]] if figure else None

    return {
        "as_of": day.isoformat(),
        "target": target,
        "customers_scored": scored,
        "listed": listed,
        "base_rate": told["base_rate"],
        "champion": told["champion"],
        "auroc": model["auroc"]["value"],
        "auroc_ci": interval(model["auroc"]),
        "best_baseline": rule,
        "best_baseline_auroc": best["auroc"]["value"],
        "auroc_gain_ci": interval(gain["auroc"]),
        "lift_at_k": model["lift_at_k"]["value"],
        "lift_at_k_ci": interval(model["lift_at_k"]),
        "lift_gain_ci": interval(gain["lift_at_k"]),
        "brier": model["brier"]["value"] if "brier" in model else None,
        "ece": model["ece"]["value"] if "ece" in model else None,
        "grade": told["grade"],
        "grade_says": told["says"],
        "methods": {
            name: {key: figures[key] for key in ("auroc", "lift_at_k", "brier", "ece") if key in figures}
            for name, figures in told["methods"].items()
        },
    }


# Leaks


def look_for_leaks(settings: Settings, *, as_of: str | None = None) -> dict[str, Any]:
    """Every leak test of one list, from the tables of the last check: what was found, what nobody has answered for, and
    the file for machines. Nothing is refused here, and no champion changes."""
    connection, tables, day = _opened(settings, as_of)
    window = window_of(settings)
    dates = labelled_dates(tables, window, now=day, spacing_days=settings.training.spacing_days)
    rows = panel(connection, tables, FAMILIES, window, dates=dates, progress=LOG.info)
    tonight = matrix(connection, tables, FAMILIES, window, as_of=day)
    results = leak_suite(
        connection,
        tables,
        FAMILIES,
        window,
        rows,
        tonight=tonight.frame,
        judged=None,
        now=day,
        capacity=settings.outreach.capacity,
        seed=settings.training.seed,
        progress=LOG.info,
    )
    said_of = read_acknowledged(settings)
    waiting = {one.id or one.test for one in unanswered(results, said_of)}
    told = [{**asdict(one), "waits_for_an_answer": (one.id or one.test) in waiting} for one in results]
    _write(found_path(settings), json.dumps(finite(with_said(told)), indent=1, ensure_ascii=False, allow_nan=False))
    return {
        "target": settings.target.name,
        "tests": told,
        "unanswered": sorted(waiting),
        "acknowledged": [{**asdict(one), "on": one.on.isoformat()} for one in said_of],
        "json": str(found_path(settings)),
    }


# Backtest


def replay(settings: Settings, *, as_of: str | None = None, nights: int = FEWEST_NIGHTS) -> dict[str, Any]:
    """Replay the last `nights` past nights of one list, from the tables of the last check; nothing is kept in MLflow
    and no champion changes. Gives where it lies, and what it comes to.

    Written to backtest.html, for people, and backtest.json, for machines, each replaced in one step.
    """
    connection, tables, day = _opened(settings, as_of)
    window = window_of(settings)
    dates = labelled_dates(tables, window, now=day, spacing_days=settings.training.spacing_days)
    rows = panel(connection, tables, FAMILIES, window, dates=dates, progress=LOG.info)
    worth, spend = _at_stake(connection, tables, window, rows)

    def known_then(learned: pd.DataFrame, night: date) -> pd.Series:
        world = as_known(tables, night, load_window=window.load_window)
        return labels_at(connection, world, window, learned[["unit_id", "customer_id", "as_of"]])

    tested = backtest(
        rows,
        window.target,
        value=lambda frame: worth[frame.index],
        segments=_segments(connection, tables, window, day),
        capacity=settings.outreach.capacity,
        settings=_fit_settings(settings),
        replicates=settings.training.replicates,
        save_rate=settings.outreach.save_rate,
        contact_cost=settings.outreach.contact_cost,
        share=rows.share,
        nights=nights,
        known_then=known_then,
        champion=_in_use(settings),
        progress=LOG.info,
    )
    LOG.info("drawing the page")
    priced = _in_the_orders_currency(settings, connection, tables).company.currency if spend else None
    page = BacktestPage(
        company=settings.company.name,
        target=window.target,
        as_of=day,
        currency=priced,
        # A bad answer that is averted is worth something, but not what is at stake when somebody leaves.
        is_priced=spend is not None and window.target.asked is None,
        save_rate=settings.outreach.save_rate,
        contact_cost=settings.outreach.contact_cost,
        tested=tested,
    )
    html, told = settings.beside("backtest.html"), settings.beside("backtest.json")
    _write(told, backtest_report.to_json(page))
    _write(html, backtest_report.render(page, language=settings.company.language))
    return {
        "target": settings.target.name,
        "grade": tested.judgement.grade,
        "says": tested.judgement.says,
        "nights": len(tested.nights),
        "page": str(html),
        "json": str(told),
    }


def _in_use(settings: Settings) -> Champion | None:
    """The model that scores, where there is one of these settings: a rule stands among the baselines anyway."""
    try:
        kept = tracking.champion(store_of(settings), settings.model_name)
    except tracking.NoChampion:
        return None
    about = json.loads(kept.texts["about.json"])
    if about["champion"] != MODEL or _differences(about["asked"], settings):
        return None
    trained = date.fromisoformat(about["trained_as_of"])
    return Champion(name=f"version {kept.version}", trained_as_of=trained, model=read(kept.texts))


# Metrics


def measure_metrics(settings: Settings, *, as_of: str | None = None, months: int) -> Measured:
    """The customer-experience metrics of the last `months` full months at `as_of`, from the tables of the last check.

    They are written to metrics.html, for people, and metrics.json, for machines, each replaced in one step.
    """
    connection, tables, day = _opened(settings, as_of)
    LOG.info("measuring %d months to %s", months, day)
    measured = measure(
        connection,
        tables,
        day,
        calendar=settings.company.months_of,
        full_months=months,
        load_window=settings.time.load_window,
        activity=settings.time.activity,
    )
    LOG.info("drawing the page")
    company, language = settings.company.name, settings.company.language
    _write(settings.out / "metrics.json", to_json(measured, company=company))
    _write(settings.out / "metrics.html", render(measured, company=company, language=language))
    return measured


# Small print


def _write(path: Path, text: str) -> None:
    """A text file, replaced in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = aside(path)
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


@contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    begin = time.perf_counter()
    yield
    seconds[stage] = round(time.perf_counter() - begin, 2)
