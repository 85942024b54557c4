"""Leak tests on the rows of a panel: what columns tell that no night could have told by them.

Nothing is built here, and nothing but small models is fitted. A finding is an alarm: it may have an honest reason,
which a person must give. Only a procedure that foresees labels drawn by lot is a leak.

Every AUROC is one within dates: who had the outcome and who had not are compared at the same as_of, so that a column
that only tells the date tells nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from contract.said import marked, said
from features.family import Family, Feature
from labels.target import Target
from models.candidates import CURATED_BELOW
from models.concordance import Auroc, Z, binned
from models.dataset import Panel, rarer_class_customers
from models.fit import forward_folds
from models.leaks import LeakResult
from models.learner import Fitted
from models.logistic import fit_logistic
from models.trees import fit_trees

#: One column alone, or one family, tells so much by honest means only where there is little to foresee.
ALONE, TOGETHER = 0.90, 0.95
#: The small model of a family: half of what the folds try first.
ROUNDS, STRENGTH = 100, 0.03
#: Times the labels are drawn anew, and how far from chance all of them together may be: once in a thousand nights.
PERMUTATIONS, PERMUTED_Z = 5, 3.29

PERMUTED = marked("labels drawn by lot")
ALONE_TEST = marked("one feature alone")
FAMILY_TEST = marked("one family alone")
WHOLE_TEST = marked("all features together")

#: fit(train, test) -> scores of the test rows; both have a label.
Procedure = Callable[[pd.DataFrame, pd.DataFrame], np.ndarray]


@dataclass(frozen=True)
class _Halves:
    """The earlier dates of a panel, to learn from, and the later ones, to judge by: rows, and numbers for their dates
    and customers."""

    early: pd.DataFrame
    late: pd.DataFrame
    dates: np.ndarray
    customers: np.ndarray

    @classmethod
    def of(cls, frame: pd.DataFrame) -> _Halves | None:
        dates = np.sort(frame.as_of.unique())
        if len(dates) < 2 or frame.label.nunique() < 2:
            return None
        is_late = (frame.as_of >= dates[len(dates) // 2]).to_numpy()
        late = frame[is_late]
        return cls(frame[~is_late], late, pd.factorize(late.as_of)[0], pd.factorize(late.customer_id)[0])

    def auroc(self, score: np.ndarray) -> Auroc:
        return Auroc.of(score, self.late.label.to_numpy(), self.dates, self.customers)


def tables_of(families: Sequence[Family]) -> dict[str, str]:
    """By feature the tables that it is made of, as "orders" or "activity, orders"."""
    tables: dict[str, tuple[str, ...]] = {}
    for family in families:
        tables |= {f.name: (m.table,) for m in family.measures for f in m.features}
        tables |= {f.name: (c.table,) for c in family.computed for f in c.features}
    for family in families:
        for derived in family.derived:
            tables[derived.feature.name] = tuple(sorted({t for name in derived.of for t in tables.get(name, ())}))
    return {name: ", ".join(those) for name, those in tables.items()}


def alone(panel: Panel, families: Sequence[Family]) -> tuple[LeakResult, ...]:
    """Every feature by itself on the later half of the dates: by its rank, with nulls below or above all, and by what
    its values meant on the earlier half. One alarm a feature whose AUROC is above .90 with its whole interval."""
    halves = _Halves.of(panel.frame)
    if halves is None:
        return ()
    tables, label = tables_of(families), halves.early.label.to_numpy()
    found, best, strongest = [], 0.0, ""
    for name in panel.feature_names:
        values = halves.late[name].to_numpy()
        ways = [_filled(values, np.inf), binned(halves.early[name].to_numpy(), label, values)[1]]
        ways += [_filled(values, -np.inf)] if np.isnan(values).any() else []
        told = max((halves.auroc(way).told for way in ways), key=lambda one: one.value)
        if told.value > best:
            best, strongest = told.value, name
        if told.low <= ALONE:
            continue
        found.append(
            LeakResult(
                test=ALONE_TEST,
                passed=False,
                kind="alarm",
                id=f"alone/{name}",
                feature=name,
                table=tables.get(name, ""),
                says=said(
                    "{feature} alone tells who had the outcome with an AUROC of {auroc:.3f} (at least {low:.3f}); "
                    "above {bound:.2f} somebody must say why",
                    feature=name,
                    auroc=told.value,
                    low=told.low,
                    bound=ALONE,
                ),
                cure=said(
                    "look up, for three customers who had the outcome, when each row behind {feature} was written: if "
                    "that was after the outcome, give the source its known_at or leave the column out",
                    feature=name,
                ),
                evidence={"auroc": told.value, "low": told.low, "bound": ALONE},
            )
        )
    if found:
        return tuple(found)
    says = said(
        "of {features} features none tells more than {bound:.2f} alone; the most telling is {first} with {auroc:.3f}",
        features=len(panel.features),
        bound=ALONE,
        first=strongest or said("nothing"),
        auroc=best,
    )
    return (LeakResult(test=ALONE_TEST, passed=True, kind="alarm", id="alone", says=says, evidence={"auroc": best}),)


def _filled(values: np.ndarray, null: float) -> np.ndarray:
    return np.where(np.isnan(values), null, values)


def small_model(train: pd.DataFrame, features: Sequence[Feature], *, seed: int) -> Fitted:
    """What is quick to fit and tells what there is: trees, or of few customers a ridge logistic regression."""
    label = train.label.to_numpy()
    if rarer_class_customers(train) < CURATED_BELOW:
        return fit_logistic(train, label, features, strength=STRENGTH)
    return fit_trees(train, label, [f.name for f in features], rounds=ROUNDS, seed=seed, bags=1, threads=1)


def _told_by(features: Sequence[Feature], halves: _Halves, *, seed: int) -> Auroc:
    """What these columns tell by the better of two small models: trees see steps, a regression sees differences."""
    if not features:
        return halves.auroc(np.zeros(len(halves.late)))
    models = [small_model(halves.early, features, seed=seed)]
    if models[0].kind != "logistic":
        models.append(fit_logistic(halves.early, halves.early.label.to_numpy(), features, strength=STRENGTH))
    return max((halves.auroc(model.predict(halves.late)) for model in models), key=lambda one: one.value)


def family_alone(panel: Panel, families: Sequence[Family], *, seed: int) -> tuple[LeakResult, ...]:
    """Small models of each family's columns, learned from the earlier half of the dates, on the later half.

    An alarm is a family above .90 with its whole interval that knows what the others do not: without it they tell less,
    by a paired interval. Where a whole company is easy to foresee, every family is strong and none stands out.
    """
    halves = _Halves.of(panel.frame)
    if halves is None:
        return ()
    there, tables = {f.name: f for f in panel.features}, tables_of(families)
    found, best, strongest = [], 0.0, ""
    for family in families:
        own = [there[f.name] for f in family.features if f.name in there]
        if not own:
            continue
        told = _told_by(own, halves, seed=seed)
        if told.value > best:
            best, strongest = told.value, family.name
        if told.low <= ALONE:
            continue
        names = {f.name for f in own}
        others = [f for f in panel.features if f.name not in names]
        rest = _told_by(others, halves, seed=seed)
        more, error = told.less(rest)
        if more - Z * error <= 0:
            continue
        found.append(
            LeakResult(
                test=FAMILY_TEST,
                passed=False,
                kind="alarm",
                id=f"family/{family.name}",
                table=", ".join(dict.fromkeys(tables[f.name] for f in own)),
                says=said(
                    "the {number} features of {family} alone tell who had the outcome with an AUROC of {auroc:.3f} (at "
                    "least {low:.3f}), all others together only with {rest:.3f}",
                    number=len(own),
                    family=family.name,
                    auroc=told.value,
                    low=told.low,
                    rest=rest.value,
                ),
                cure=said("look at what writes the tables of {family}, and when", family=family.name),
                evidence={"auroc": told.value, "low": told.low, "rest": rest.value, "bound": ALONE},
            )
        )
    if found:
        return tuple(found)
    says = said(
        "no family tells more than {bound:.2f} that the others do not; the most telling is {first} with {auroc:.3f}",
        bound=ALONE,
        first=strongest or said("nothing"),
        auroc=best,
    )
    return (LeakResult(test=FAMILY_TEST, passed=True, kind="alarm", id="family", says=says, evidence={"auroc": best}),)


def whole(rows: pd.DataFrame, score: np.ndarray) -> LeakResult:
    """The scores that judging gave to rows it had not learned from (customer_id, as_of, label): above .95 is an alarm.

    The point counts, not the interval: all columns together are one figure, and a person looks at it once.
    """
    label = rows.label.to_numpy()
    told = Auroc.of(score, label, pd.factorize(rows.as_of)[0], pd.factorize(rows.customer_id)[0])
    passed = not told.value > TOGETHER
    says = said(
        "together they tell with an AUROC of {auroc:.3f}; the bound is {bound:.2f}", auroc=told.value, bound=TOGETHER
    )
    cure = said("who leaves is seldom so plain: find the columns by which it is told, and when their rows are written")
    return LeakResult(
        test=WHOLE_TEST,
        passed=passed,
        kind="alarm",
        id="whole",
        says=says,
        cure="" if passed else cure,
        evidence={"auroc": told.value, "bound": TOGETHER},
    )


def permuted(
    panel: Panel, target: Target, *, seed: int, procedure: Procedure | None = None, times: int = PERMUTATIONS
) -> LeakResult:
    """Labels drawn by lot within each as_of: whatever learns from them must not foresee those of a later date.

    `procedure` is what is tested; by default the small model. It gets the drawn labels of train and test, as the
    judging has them, so one that looks at the test's is found. Judged at the last date; the sum over draws may be off
    chance by what happens once in a thousand nights. Kept honest by theory: under the lot the error of an AUROC is
    known exactly.
    """
    folds = forward_folds(panel.dates, target)
    frame = panel.frame
    distances = []
    random = np.random.default_rng(seed)
    for number in range(times if folds else 0):
        lot = frame.assign(label=frame.groupby("as_of").label.transform(lambda part: random.permutation(part)))
        train = lot[lot.as_of.isin([pd.Timestamp(day) for day in folds[-1].train])]
        test = lot[lot.as_of == pd.Timestamp(folds[-1].test)]
        if train.label.nunique() < 2 or test.label.nunique() < 2:
            continue
        if procedure:
            score = procedure(train, test)
        else:
            score = small_model(train, panel.features, seed=seed + number).predict(test)
        nothing, ids = np.zeros(len(test), dtype=int), np.arange(len(test))
        value = Auroc.of(score, test.label.to_numpy(), nothing, ids).value
        ours, theirs = float(test.label.sum()), float((1 - test.label).sum())
        distances.append((value - 0.5) / np.sqrt((ours + theirs + 1) / (12 * ours * theirs)))
    z = float(np.sum(distances) / np.sqrt(len(distances))) if distances else 0.0
    passed = abs(z) <= PERMUTED_Z
    says = said(
        "{times} times labels were drawn by lot: foresight of them was {z:.1f} standard errors from chance",
        times=len(distances),
        z=z,
    )
    cure = "" if passed else said("the procedure sees the labels of the rows that it is judged by: find where")
    evidence = {"z": z, "bound": PERMUTED_Z}
    return LeakResult(test=PERMUTED, passed=passed, id="permuted", says=says, cure=cure, evidence=evidence)
