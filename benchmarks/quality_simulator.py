"""How much of what is planted in the example company is found: shares of what could be known, a target.

The company's own probabilities order its customers with an AUROC that no model can beat for long: what they leave is
chance. The share of a method is (its AUROC - .5) / (theirs - .5) on the same rows of dates that were not learned from.
Everything else is as in a night: the tables are written and checked, texts are scored, and models/judge.py judges.

Of a target that only answers can tell, the rows are those who answered; what everybody else would have answered is
known too, and told beside it.
"""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features.catalogue import FAMILIES
from features.family import Feature
from labels.catalogue import parameters_of, target_of
from labels.target import Target
from models.baselines import rules_of
from models.candidates import Settings, fit_candidate
from models.dataset import MINIMUM_DATES, Panel, Window, came_of, features_of, training_spine
from models.evaluate import Draws, Metric, Ranks, draws
from models.fit import forward_folds
from models.judge import FIVE_LOGISTIC, MODEL, RANDOM, Judgement, judge
from pipelines.workbench import Company, open_company
from simulator.company import simulate, write
from simulator.truth import ACTIVE_DAYS, GAP_DAYS, HORIZON_DAYS, TARGETS

PARAMETERS = {"active_days": ACTIVE_DAYS, "horizon_days": HORIZON_DAYS, "gap_days": GAP_DAYS}
#: The newest dates whose labels are known: enough to judge at six of them, and to have chosen before. Of a target of
#: which everybody has a label fewer are taken, so that no more than these rows are learned from: what bounds the time.
DATES, MOST_ROWS = 14, 180_000
SETTINGS = Settings()
REPLICATES = 200
PLANTED = "planted"
#: What is asked for: of the planted probabilities themselves, of the model, and of the best simple rule.
PLANTED_BETWEEN, MODEL_AT_LEAST, BASELINE_AT_MOST = (0.70, 0.85), 0.85, 0.8
KEY = ["customer_id", "as_of"]


@dataclass(frozen=True, kw_only=True)
class Lived:
    """A company that was lived through: its tables, checked; and of every customer and as_of what was planted and what
    came, one column a target."""

    company: Company
    probabilities: pd.DataFrame
    outcomes: pd.DataFrame


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Of all targets: the cohorts with their labels by target (unit_id, customer_id, as_of, label), and the features of
    whoever is in one of them, built once."""

    cohorts: dict[str, pd.DataFrame]
    frame: pd.DataFrame
    features: tuple[Feature, ...]
    censored: dict[str, int]

    def panel(self, name: str) -> Panel:
        """The labelled rows of the newest dates: at most MOST_ROWS, and six dates whatever they hold."""
        cohort = self.cohorts[name]
        labelled = cohort[cohort.label.notna()]
        held = labelled.groupby("as_of").size().sort_index(ascending=False).cumsum()
        taken = held.index[: max(MINIMUM_DATES, int((held <= MOST_ROWS).sum()))]
        return self.of(labelled[labelled.as_of.isin(taken)])

    def of(self, chosen: pd.DataFrame) -> Panel:
        """These rows of a cohort with their features and labels."""
        place = pd.MultiIndex.from_frame(self.frame[KEY]).get_indexer(pd.MultiIndex.from_frame(chosen[KEY]))
        frame = self.frame.iloc[place].reset_index(drop=True)
        return Panel(frame=frame.assign(label=chosen.label.to_numpy()), features=self.features, censored=self.censored)


def measure(
    seeds: Sequence[int] = (11, 12, 13),
    customers: int = 20_000,
    months: int = 24,
    *,
    progress: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """By target: AUROCs and shares of the planted AUROC, a company each of the seeds, and over all of them."""
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in TARGETS}
    drawn: dict[tuple[str, str], list[Draws]] = {}
    for seed in seeds:
        progress(f"seed {seed}: living")
        with tempfile.TemporaryDirectory(prefix="vafa_simulator_") as folder:
            lived = live(Path(folder), seed=seed, customers=customers, months=months)
            rows = rows_of(lived, progress=progress)
            for name in TARGETS:
                figures, shares = _target(lived, rows, name)
                for of, share in shares.items():
                    drawn.setdefault((name, of), []).append(share)
                found[name].append({"seed": seed, **figures})
                progress(f"seed {seed}: {name} {_brief(figures)}")
            lived.company.connection.disconnect()
        del lived, rows
        gc.collect()
    return {
        "seeds": list(seeds),
        "customers": customers,
        "months": months,
        "dates": DATES,
        "most_rows": MOST_ROWS,
        "targets": {
            name: _over_seeds(one, {of: drawn[key, of] for key, of in drawn if key == name})
            for name, one in found.items()
        },
    }


def section(found: dict[str, Any]) -> str:
    """Its part of docs/benchmarks.md."""
    low, high = PLANTED_BETWEEN
    lines = [
        "## The example company: how much of what is planted is found",
        "",
        f"{len(found['seeds'])} companies of {found['customers']:,} customers and {found['months']} months (seeds "
        f"{', '.join(map(str, found['seeds']))}); the procedure as shipped on at most {found['dates']} newest dates "
        f"and {found['most_rows']:,} rows, judged on the last six by forward folds. *Planted* is the AUROC of the "
        "company's own probabilities; a *share* is (AUROC - .5) / (planted - .5) on the same rows, with a 95% interval "
        "by customers. Asked for: "
        f"planted between {low:.2f} and {high:.2f}, a share of at least {MODEL_AT_LEAST:.2f}, and of at most "
        f"{BASELINE_AT_MOST:.2f} for the best baseline (calling at random, the target's simple rules, the "
        "five-feature logistic).",
        "",
        "| target | rows | base rate | planted | Vafa | share | by seed | best baseline | its share | all met |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name, one in found["targets"].items():
        share, best = one["share"], one["best_baseline"]
        by_seed = ", ".join(f"{seed['share']['value']:.3f}" for seed in one["by_seed"])
        lines.append(
            f"| {name} | {one['rows']:,} | {one['base_rate']:.1%} | {one['planted']:.3f} | {one['auroc']:.3f} "
            f"| {share['value']:.3f} [{share['low']:.3f}, {share['high']:.3f}] "
            f"| {by_seed} | {best} {one['baselines'][best]:.3f} | {one['baseline_share']:.3f} "
            f"| {'yes' if one['met'] else 'no'} |"
        )
    asked = {name: one for name, one in found["targets"].items() if "everybody" in one}
    if asked:
        lines += [
            "",
            "The surveys' targets are learned and judged on those who answered. What everybody of the cohort would "
            "have answered, asked at a random moment of the window, is known here, and by it is told whether what is "
            "planted lies in between:",
            "",
            "| target | rows | base rate | planted | Vafa | share |",
            "|---|---|---|---|---|---|",
        ]
    for name, one in asked.items():
        them, share = one["everybody"], one["everybody"]["share"]
        lines.append(
            f"| {name} | {them['rows']:,} | {them['base_rate']:.1%} | {them['planted']:.3f} | {them['auroc']:.3f} "
            f"| {share['value']:.3f} [{share['low']:.3f}, {share['high']:.3f}] |"
        )
    return "\n".join([*lines, ""])


# A company


def live(folder: Path, *, seed: int, customers: int, months: int) -> Lived:
    """The company, written into `folder` and checked from there."""
    write(simulate(customers=customers, months=months, seed=seed), folder)
    company = open_company(folder / "vafa.toml", out=folder / "out")
    if not company.readiness.ready:
        stops = [finding.problem for finding in company.readiness.findings if finding.severity == "stop"]
        raise RuntimeError(f"the check of the example company stops: {'; '.join(stops)}")
    return Lived(
        company=company,
        probabilities=_truth(folder, "probabilities"),
        outcomes=_truth(folder, "outcomes"),
    )


def _truth(folder: Path, name: str) -> pd.DataFrame:
    frame = pd.read_parquet(folder / "truth" / f"{name}.parquet")
    # The seconds of the frames of a night.
    return frame.assign(as_of=pd.to_datetime(frame.as_of).astype("datetime64[s]"))


def rows_of(lived: Lived, *, progress: Callable[[str], None]) -> Rows:
    """The rows of all targets at the newest dates whose labels are all known."""
    company = lived.company
    targets = {name: _named(name) for name in TARGETS}
    now = date.fromisoformat(company.readiness.as_of)
    planted = [pd.Timestamp(moment).date() for moment in sorted(lived.probabilities.as_of.unique())]
    dates = [day for day in planted if all(target.known_on(day) <= now for target in targets.values())][-DATES:]
    cohorts = {}
    for name, target in targets.items():
        progress(f"labels of {name}")
        parts = []
        for day in dates:
            spine = training_spine(company.connection, company.tables, _window(company, target), as_of=day)
            came = came_of(company.connection, company.tables, _window(company, target), as_of=day, spine=spine)
            parts.append(spine.assign(label=came.label)[~came.gone & ~came.apart])
        cohorts[name] = pd.concat(parts, ignore_index=True)
    spine = pd.concat([cohort[["unit_id", *KEY]] for cohort in cohorts.values()]).drop_duplicates(KEY)
    frame, features, censored = features_of(
        company.connection,
        company.tables,
        FAMILIES,
        spine.sort_values(["as_of", "unit_id"], ignore_index=True),
        load_window=company.settings.time.load_window,
        activity=company.settings.time.activity,
        progress=progress,
    )
    # A copy is in one piece: each target takes its rows of it.
    return Rows(cohorts=cohorts, frame=frame.copy(), features=features, censored=censored)


def _named(name: str) -> Target:
    takes = parameters_of(name)
    return target_of(name, **{key: days for key, days in PARAMETERS.items() if key in takes})


def _window(company: Company, target: Target) -> Window:
    time = company.settings.time
    return Window(target=target, activity=time.activity, load_window=time.load_window)


# A target


def _target(lived: Lived, rows: Rows, name: str) -> tuple[dict[str, Any], dict[str, Draws]]:
    """The figures of one target, and the reweighted shares: of `answers`, and, where only they tell, of `everybody`."""
    target = _named(name)
    panel = rows.panel(name)
    judgement = judge(
        panel,
        target,
        # What a customer is worth is no part of an AUROC.
        value=lambda frame: np.ones(len(frame)),
        segments=None,
        capacity=100,
        settings=SETTINGS,
        replicates=1,
        save_rate=0.3,
        contact_cost=0.0,
    )
    baselines = (RANDOM, *rules_of(target, rows.features), FIVE_LOGISTIC)
    figures, share = _figures(_with_planted(judgement.predictions, lived, name), (MODEL, *baselines))
    figures |= {
        "dates": [fold.as_of.isoformat() for fold in judgement.folds],
        "learned_from": len(panel.frame),
        "chosen": [
            f"{fold.choice.candidate} on {fold.choice.columns} columns, {fold.recalibration.kind}"
            for fold in judgement.folds
        ],
    }
    shares = {"answers": share}
    if target.asked is not None:
        everybody, shares["everybody"] = _figures(_everybody(lived, rows, panel, judgement, name), (MODEL,))
        figures["everybody"] = everybody
    return figures, shares


def _everybody(lived: Lived, rows: Rows, panel: Panel, judgement: Judgement, name: str) -> pd.DataFrame:
    """The cohort of the judged dates with what each would have answered, predicted by what was chosen at each date."""
    target = _named(name)
    trained = {fold.test: fold.train for fold in forward_folds(panel.dates, target)}
    cohort = rows.cohorts[name]
    parts = []
    for fold in judgement.folds:
        train = panel.frame[panel.frame.as_of.isin([pd.Timestamp(day) for day in trained[fold.as_of]])]
        model = fit_candidate(train, train.label.to_numpy(), panel.features, fold.choice, SETTINGS)
        them = rows.of(cohort[cohort.as_of == pd.Timestamp(fold.as_of)]).frame
        parts.append(them[["unit_id", *KEY]].assign(**{MODEL: fold.recalibration.apply(model.predict(them))}))
    said = pd.concat(parts, ignore_index=True)
    would = lived.outcomes[[*KEY, name]].rename(columns={name: "label"})
    found = _with_planted(said.merge(would, on=KEY, how="left", validate="one_to_one"), lived, name)
    return found[found.label.notna()].reset_index(drop=True)


def _with_planted(said: pd.DataFrame, lived: Lived, name: str) -> pd.DataFrame:
    """With the planted probability. A customer of whom none is planted (the tables say running, and it was not) is left
    out."""
    planted = lived.probabilities[[*KEY, name]].rename(columns={name: PLANTED})
    found = said.merge(planted, on=KEY, how="left", validate="many_to_one")
    return found[found[PLANTED].notna()].reset_index(drop=True)


def _figures(said: pd.DataFrame, methods: Sequence[str]) -> tuple[dict[str, Any], Draws]:
    """AUROCs and shares of the methods against the planted probability, on the same reweightings of customers."""
    label = said.label.to_numpy("float64")
    metrics: dict[str, Metric] = {
        name: Ranks(said[name].to_numpy("float64"), label).auroc for name in (*methods, PLANTED)
    }
    found = draws(metrics, said.customer_id, seed=SETTINGS.seed, replicates=REPLICATES)
    planted = found[PLANTED]
    share = {name: _share(found[name], planted) for name in methods}
    return {
        "rows": len(said),
        "base_rate": float(label.mean()),
        "planted": planted.value,
        "auroc": found[MODEL].value,
        "share": _told(share[MODEL]),
        "baselines": {name: found[name].value for name in methods if name != MODEL},
        "baseline_shares": {name: share[name].value for name in methods if name != MODEL},
    }, share[MODEL]


def _share(method: Draws, planted: Draws) -> Draws:
    return Draws((method.value - 0.5) / (planted.value - 0.5), (method.drawn - 0.5) / (planted.drawn - 0.5))


def _over_seeds(by_seed: list[dict[str, Any]], shares: dict[str, list[Draws]]) -> dict[str, Any]:
    """Means over the companies, and whether what is asked for is met by them."""
    baselines = {name: _mean(one["baselines"][name] for one in by_seed) for name in by_seed[0]["baselines"]}
    share_of = {name: _mean(one["baseline_shares"][name] for one in by_seed) for name in baselines}
    best = max(baselines, key=lambda name: share_of[name])
    told = _summary(by_seed, shares["answers"])
    everybody = _summary([one["everybody"] for one in by_seed], shares["everybody"]) if "everybody" in shares else None
    low, high = PLANTED_BETWEEN
    # Who answers is not like the others: the planted probabilities are of everybody, if asked.
    met = low <= (everybody or told)["planted"] <= high and told["share"]["value"] >= MODEL_AT_LEAST
    found = {
        **told,
        "baselines": baselines,
        "best_baseline": best,
        "baseline_share": share_of[best],
        "met": bool(met and share_of[best] <= BASELINE_AT_MOST),
        "by_seed": by_seed,
    }
    return found if everybody is None else {**found, "everybody": everybody}


def _summary(by_seed: list[dict[str, Any]], shares: list[Draws]) -> dict[str, Any]:
    return {
        "rows": sum(one["rows"] for one in by_seed),
        **{name: _mean(one[name] for one in by_seed) for name in ("base_rate", "planted", "auroc")},
        # The companies are independent, so any reweighting of one goes with any of another.
        "share": _told(Draws(_mean(one.value for one in shares), np.mean([one.drawn for one in shares], axis=0))),
    }


def _told(drawn: Draws) -> dict[str, float | None]:
    estimate = drawn.estimate
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high}


def _mean(values: Any) -> float:
    return float(np.mean(list(values)))


def _brief(figures: dict[str, Any]) -> str:
    best = max(figures["baseline_shares"], key=lambda name: figures["baseline_shares"][name])
    return (
        f"planted {figures['planted']:.3f}, share {figures['share']['value']:.3f}, "
        f"{best} {figures['baseline_shares'][best]:.3f}"
        + (f", of everybody {figures['everybody']['share']['value']:.3f}" if "everybody" in figures else "")
    )
