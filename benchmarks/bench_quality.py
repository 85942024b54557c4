"""How good the procedure is on public and made-up data: `make bench-quality`.

Writes results/quality.json and docs/benchmarks.md.

One configuration for all: the procedure as shipped (models/fit.py, models/judge.py) with its defaults. What differs
between data sets is the mapping and the question.

- `online_retail`: one as_of, 30% of the customers held out, 15 splits.
- `cdnow_sample`: the same protocol on 2,357 customers.
- `cdnow_curve`: learn from 250, 1,000 and 2,500 customers at two dates, test on all others at a third.
- `completejourney`: forward folds, as the demo judges itself; inactivity and partial churn.
- `simulator`: the example company, whose planted probabilities are known: the share of them that is found.
- `nonresponse`: made-up worlds in which everybody's answer is known: is the rate of a silent cohort told honestly?
- `text`: the sentiment of Persian reviews.
- `permuted`: the demo's data with labels permuted within each as_of: nothing may be found.

Online Retail II is read from ONLINE_RETAIL (examples/online_retail/vafa.toml says where to get it), CDNOW
from the wheel of the package lifetimes: its path in CDNOW_WHEEL, or pip downloads it into the temp folder. The reviews
are read from SNAPPFOOD (benchmarks/quality_text.py says what is in the file). A part whose variable is not set is left
as it was measured last.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import warnings
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks import quality_nonresponse, quality_simulator, quality_text
from benchmarks.quality_btyd import fit_bgnbd, quiet_probability
from benchmarks.quality_table import write_table
from labels.catalogue import target_of
from models.baselines import fit_five
from models.candidates import Settings
from models.dataset import Panel
from models.evaluate import calibration_noise
from models.figures import Calls, Figures, figures
from models.fit import fit
from models.judge import MODEL, Judgement, judge
from models.score import score
from outreach.value import value_at_risk
from pipelines.workbench import Company, open_company

ROOT = Path(__file__).parents[1]
RESULT = Path(__file__).parent / "results" / "quality.json"
FOLDER = Path(tempfile.gettempdir()) / "vafa_quality"
SETTINGS = Settings()
FIVE, BTYD = "five-feature logistic", "BG/NBD"
SPLITS = range(4000, 4015)
HELD_OUT = 0.3
#: CDNOW's customers all came in the first twelve weeks from here.
BEGIN = date(1997, 1, 1)
CURVE_SIZES, CURVE_DRAWS = (250, 1_000, 2_500), 20


class NoData(Exception):
    """A part's data are not on this machine. The text says which variable names them."""


# One as_of, customers held out


def held_out(rows: Panel, *, horizon_days: int, published: dict[str, Any]) -> dict[str, Any]:
    """Fit on 70% of the customers and score the others, 15 times; figures are means over the splits."""
    target = target_of("inactivity", active_days=3650, horizon_days=horizon_days, gap_days=0)
    customers = np.array(sorted(rows.frame.customer_id.unique()))
    parts, chosen = [], []
    for seed in SPLITS:
        order = np.random.default_rng(seed).permutation(len(customers))
        test_ids = set(customers[order[: round(HELD_OUT * len(customers))]])
        is_test = rows.frame.customer_id.isin(test_ids)
        train, test = rows.where(~is_test), rows.where(is_test)
        learned = fit(train.frame, rows.features, target, SETTINGS)
        chosen.append(f"{learned.choice.candidate} on {learned.choice.columns} columns, {learned.recalibration.kind}")
        five = fit_five(train.frame, train.frame.label.to_numpy(), rows.features)
        parts.append(
            test.frame[["unit_id", "customer_id", "as_of", "label"]].assign(
                split=seed,
                **{
                    MODEL: learned.model.predict(test.frame),
                    FIVE: five.predict(test.frame),
                    BTYD: quiet_probability(fit_bgnbd(train.frame), test.frame, horizon_days=horizon_days),
                },
            )
        )
        print(f"  split {seed}: {chosen[-1]}", flush=True)
    said = pd.concat(parts, ignore_index=True)
    methods = (MODEL, FIVE, BTYD)
    by_split = {name: pd.DataFrame([_plain(part, name) for _, part in said.groupby("split")]) for name in methods}
    pooled = figures(said, methods, Calls(capacity=100), claims=methods)
    difference = by_split[MODEL].brier - by_split[FIVE].brier
    return {
        "customers": len(customers),
        "base_rate": float(rows.frame.label.mean()),
        **_means(by_split[MODEL]),
        "baselines": {name: _means(by_split[name]) for name in (FIVE, BTYD)},
        "published": published,
        "brier_less_than_five": _interval(pooled, "brier", against=FIVE),
        "brier_less_than_five_by_split": {
            "value": float(difference.mean()),
            "splits_better": int((difference < 0).sum()),
            # Splits share customers: the corrected resampled interval (Nadeau and Bengio 2003).
            "half_width": float(
                2.145 * difference.std(ddof=1) * np.sqrt(1 / len(difference) + HELD_OUT / (1 - HELD_OUT))
            ),
        },
        "chosen": _counted(chosen),
    }


def _plain(part: pd.DataFrame, name: str) -> dict[str, float]:
    probability, label = part[name].to_numpy(), part.label.to_numpy()
    found = figures(part, (name,), Calls(capacity=100), claims=(name,), replicates=1).of(name)
    noise = calibration_noise(probability, seed=1)
    return {
        "brier": found["brier"].value,
        "ece": found["ece"].value,
        "ece_noise": noise,
        "auroc": found["auroc"].value,
        "mean_probability": float(probability.mean()),
        "base_rate": float(label.mean()),
    }


def _means(frame: pd.DataFrame) -> dict[str, float]:
    found = {name: float(frame[name].mean()) for name in ("brier", "ece", "ece_noise", "auroc")}
    return {**found, "ece_beyond_noise": found["ece"] - found["ece_noise"]}


def online_retail() -> dict[str, Any]:
    if "ONLINE_RETAIL" not in os.environ:
        raise NoData("set ONLINE_RETAIL: examples/online_retail/vafa.toml says where to get the data")
    company = open_company(ROOT / "examples/online_retail/vafa.toml", out=FOLDER / "online_retail")
    target = company.target_named("inactivity", active_days=3650, horizon_days=182, gap_days=0)
    rows = company.labelled_rows(target, [date(2010, 12, 1)])
    found = held_out(
        rows,
        horizon_days=182,
        published={"boosted trees": {"brier": 0.1980, "ece": 0.0515}, "BTYD": {"brier": 0.2303}},
    )
    print("  its own nights", flush=True)
    nights = judged(company, company.target.name, horizon_days=91, active_days=182, gap_days=1)
    return {**found, "by_as_of": nights["by_as_of"], "nights": nights}


def cdnow_sample() -> dict[str, Any]:
    company = _cdnow("CDNOW_sample.txt")
    target = target_of("inactivity", active_days=3650, horizon_days=182, gap_days=0)
    rows = company.labelled_rows(target, [BEGIN + timedelta(weeks=39)])
    return held_out(rows, horizon_days=182, published={"BTYD": {"brier": 0.1486}, "boosted trees": {"brier": 0.1538}})


def cdnow_curve() -> dict[str, Any]:
    """AUROC on all other customers at week 39 by how many customers were learned from, at weeks 13 and 26."""
    company = _cdnow("CDNOW_master.txt")
    target = target_of("inactivity", active_days=3650, horizon_days=91, gap_days=0)
    dates = [BEGIN + timedelta(weeks=week) for week in (13, 26, 39)]
    rows = company.labelled_rows(target, dates)
    customers = np.array(sorted(rows.frame.customer_id.unique()))
    last = rows.frame.as_of == pd.Timestamp(dates[-1])
    found: dict[str, Any] = {
        "customers": len(customers),
        "published": {"LightGBM": {"250": 0.734, "1000": 0.764, "2500": 0.766}},
    }
    for size in CURVE_SIZES:
        draws, chosen = [], []
        for draw in range(CURVE_DRAWS):
            taken = set(np.random.default_rng(5000 + draw).permutation(customers)[:size])
            mine = rows.frame.customer_id.isin(taken)
            train, test = rows.where(mine & ~last), rows.where(~mine & last)
            learned = fit(train.frame, rows.features, target, SETTINGS, cohort=test.frame, as_of=dates[-1])
            five = fit_five(train.frame, train.frame.label.to_numpy(), rows.features)
            scored = score(learned.model, test.frame)
            said = test.frame[["unit_id", "customer_id", "as_of", "label"]].assign(
                **{MODEL: scored.score.to_numpy(), FIVE: five.predict(test.frame)}
            )
            claims = (MODEL, FIVE) if scored.probability.notna().all() else (FIVE,)
            of = figures(said, (MODEL, FIVE), Calls(capacity=100), claims=claims, replicates=1)
            ours, theirs = of.of(MODEL), of.of(FIVE)
            draws.append(
                {
                    "auroc": ours["auroc"].value,
                    "auroc_five": theirs["auroc"].value,
                    "brier": ours["brier"].value if "brier" in ours else np.nan,
                    "brier_five": theirs["brier"].value,
                    "ece": ours["ece"].value if "ece" in ours else np.nan,
                    "customers_of_rarer_class": learned.choice.customers,
                }
            )
            chosen.append(
                f"{learned.choice.candidate} on {learned.choice.columns} columns, {learned.recalibration.kind}"
            )
        frame = pd.DataFrame(draws)
        gain = frame.auroc - frame.auroc_five
        found[str(size)] = {
            "auroc": float(frame.auroc.mean()),
            "brier": float(frame.brier.mean()),
            "ece": float(frame.ece.mean()),
            "baselines": {FIVE: {"auroc": float(frame.auroc_five.mean()), "brier": float(frame.brier_five.mean())}},
            "auroc_gain": {
                "value": float(gain.mean()),
                "low": float(gain.mean() - 2.093 * gain.std(ddof=1) / np.sqrt(len(gain))),
                "high": float(gain.mean() + 2.093 * gain.std(ddof=1) / np.sqrt(len(gain))),
            },
            "customers_of_rarer_class": float(frame.customers_of_rarer_class.mean()),
            "chosen": _counted(chosen),
        }
        print(f"  {size}: {found[str(size)]}", flush=True)
    return found


def _cdnow(name: str) -> Company:
    """The purchases of CDNOW's customers, a file of the lifetimes wheel, as a company of its own."""
    folder = FOLDER / name.removesuffix(".txt")
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(_wheel()) as wheel:
        lines = wheel.read(f"lifetimes/datasets/{name}").decode().splitlines()
    fields = [line.split() for line in lines if line.strip() and "customer_id" not in line]
    frame = pd.DataFrame(
        {
            "customer": [line[0] for line in fields],
            "day": pd.to_datetime([line[-3] for line in fields]),
            "items": [int(line[-2]) for line in fields],
            "amount": [float(line[-1]) for line in fields],
        }
    )
    frame.to_parquet(folder / "purchases.parquet")
    (folder / "vafa.toml").write_text(CDNOW_TOML, encoding="utf-8")
    return open_company(folder / "vafa.toml", out=folder / "out")


CDNOW_TOML = """
[company]
currency = "USD"
[time]
as_of = "newest"
activity = ["orders"]
[sources.purchases]
kind = "parquet"
path = "purchases.parquet"
[tables.customers]
time_zone = "UTC"
sql = "select customer as customer_id, min(day) as joined_at from purchases group by 1"
[tables.orders]
time_zone = "UTC"
sql = '''
select customer || ' ' || cast(day as date) as order_id, customer as customer_id, day as happened_at,
       sum(amount) as amount, 'USD' as currency, sum(items) as items
from purchases group by 1, 2, 3
'''
"""


def _wheel() -> Path:
    if "CDNOW_WHEEL" in os.environ:
        return Path(os.environ["CDNOW_WHEEL"])
    FOLDER.mkdir(parents=True, exist_ok=True)
    if not list(FOLDER.glob("*ifetimes-*.whl")):
        print("  pip downloads the lifetimes wheel for its data files (set CDNOW_WHEEL to spare it)", flush=True)
        fetch = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "lifetimes==0.11.3", "-d", str(FOLDER)]
        subprocess.run(fetch, check=True)
    return next(FOLDER.glob("*ifetimes-*.whl"))


# Forward folds


def completejourney() -> dict[str, Any]:
    company = open_company(ROOT / "examples/completejourney/vafa.toml", out=FOLDER / "completejourney")
    inactivity = judged(company, "inactivity", horizon_days=28, active_days=90, gap_days=1)
    return {**inactivity, "partial_churn": judged(company, "partial_churn", horizon_days=28, gap_days=1)}


def judged(company: Company, name: str, **parameters: int) -> dict[str, Any]:
    target = company.target_named(name, **parameters)
    return _told(_judgement(company.labelled_rows(target), target, parameters["horizon_days"]))


def _judgement(rows: Panel, target: Any, horizon_days: int) -> Judgement:
    return judge(
        rows,
        target,
        value=lambda frame: value_at_risk(frame, horizon_days=horizon_days).series.to_numpy(),
        segments=None,
        capacity=100,
        settings=SETTINGS,
        replicates=1000,
        save_rate=0.3,
        contact_cost=0.0,
    )


def _told(judgement: Judgement) -> dict[str, Any]:
    ours = judgement.method(MODEL).metrics
    by_as_of = []
    for fold in judgement.folds:
        level = fold.metrics["calibration_in_the_large"]
        covers = level.low is not None and level.high is not None and level.low <= 0 <= level.high
        within = abs(float(fold.mean_probability or np.nan) / fold.base_rate - 1) <= 0.1
        by_as_of.append(
            {
                "as_of": fold.as_of.isoformat(),
                "units": fold.units,
                "base_rate": fold.base_rate,
                "mean_probability": fold.mean_probability,
                "level_is_right": bool(covers or within),
                "interval_covers": bool(covers),
                "auroc": fold.metrics["auroc"].value,
                "brier": fold.metrics["brier"].value,
                "ece": fold.metrics["ece"].value,
                "ece_noise": fold.ece_noise,
                "ece_beyond_noise": fold.metrics["ece"].value - float(fold.ece_noise or np.nan),
                "chosen": f"{fold.choice.candidate} on {fold.choice.columns} columns, {fold.recalibration.kind}",
            }
        )
    return {
        "grade": judgement.grade,
        "says": judgement.says,
        "rows": judgement.units,
        "base_rate": judgement.base_rate,
        **{name: ours[name].value for name in ("brier", "ece", "auroc", "lift_at_k")},
        "baselines": {
            method.name: {
                name: method.metrics[name].value
                for name in ("brier", "ece", "auroc", "lift_at_k")
                if name in method.metrics
            }
            for method in judgement.methods
            if method.name != MODEL
        },
        "published": {},
        "gains": {
            rule: {name: {"value": e.value, "low": e.low, "high": e.high} for name, e in gain.items()}
            for rule, gain in judgement.gains.items()
        },
        "by_as_of": by_as_of,
        "choice": judgement.choice.because,
    }


def permuted(times: int) -> dict[str, Any]:
    """Labels permuted within each as_of, so that nothing can be foretold: how often that is noticed."""
    company = open_company(ROOT / "examples/completejourney/vafa.toml", out=FOLDER / "completejourney")
    target = company.target
    rows = company.labelled_rows(target)
    grades = []
    for draw in range(times):
        random = np.random.default_rng(6000 + draw)
        label = rows.frame.groupby("as_of").label.transform(lambda column, r=random: r.permutation(column.to_numpy()))
        drawn = Panel(frame=rows.frame.assign(label=label), features=rows.features, censored=rows.censored)
        grades.append(_judgement(drawn, target, target.horizon_days).grade)
        print(f"  permutation {draw}: {grades[-1]}; refused {grades.count('refused')} of {len(grades)}", flush=True)
    return {"times": times, "refused": grades.count("refused"), "grades": _counted(grades)}


# Parts that measure themselves


def simulator() -> dict[str, Any]:
    return quality_simulator.measure(progress=lambda what: print(f"  {what}", flush=True))


def nonresponse() -> dict[str, Any]:
    return quality_nonresponse.measure(worlds=200, seed=20260)


def text() -> dict[str, Any]:
    if "SNAPPFOOD" not in os.environ:
        raise NoData("set SNAPPFOOD to the file of the reviews: benchmarks/quality_text.py says what is in it")
    return quality_text.measure(Path(os.environ["SNAPPFOOD"]))


# Small print


def _interval(found: Figures, metric: str, *, against: str) -> dict[str, float | None]:
    gain = found.gain(MODEL, against)[metric]
    return {"value": gain.value, "low": gain.low, "high": gain.high}


def _counted(words: list[str]) -> dict[str, int]:
    return {word: words.count(word) for word in sorted(set(words))}


PARTS: dict[str, Callable[[], dict[str, Any]]] = {
    "online_retail": online_retail,
    "cdnow_sample": cdnow_sample,
    "cdnow_curve": cdnow_curve,
    "completejourney": completejourney,
    "simulator": simulator,
    "nonresponse": nonresponse,
    "text": text,
}


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--only", choices=[*PARTS, "permuted"], help="this part alone; the others stay as they are")
    asked.add_argument("--permutations", type=int, default=100)
    given = asked.parse_args()
    warnings.simplefilter("ignore")
    parts = {**PARTS, "permuted": lambda: permuted(given.permutations)}
    for name, part in parts.items():
        if given.only in (None, name):
            print(name, flush=True)
            begin = time.perf_counter()
            try:
                found = {**part(), "seconds": round(time.perf_counter() - begin)}
            except NoData as missing:
                if given.only:
                    raise SystemExit(str(missing)) from missing
                print(f"  left as it was: {missing}", flush=True)
                continue
            # Read again: another part may have been measured meanwhile.
            result = {**_kept(), name: _finite(found)}
            RESULT.parent.mkdir(exist_ok=True)
            RESULT.write_text(json.dumps(result, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    write_table(_kept(), ROOT / "docs" / "benchmarks.md")


def _kept() -> dict[str, Any]:
    kept: dict[str, Any] = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else {}
    return kept


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value


if __name__ == "__main__":
    main()
