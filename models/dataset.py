"""From histories and labels to rows that a model learns from (a panel over many as_of) or scores (one matrix).

The only room that sees both features and labels. A training row is the scoring row of the same as_of, with a label.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd
from ibis.backends.duckdb import Backend

from contract.calendar import from_day_number
from contract.checked import CheckedTables
from contract.cut import future, history
from features.build import build_features
from features.family import Family, Feature
from labels.target import Target, labels_of, spine_of

#: Fewer dates than this give no forward folds worth the name.
MINIMUM_DATES = 6


class NotEnoughHistory(Exception):
    """There are too few dates, customers or outcomes to learn from. The text says how many, and the cure."""


@dataclass(frozen=True, kw_only=True)
class Window:
    """What a dataset is cut by: the target, the load window, and which tables count as activity."""

    target: Target
    activity: tuple[str, ...]
    load_window: timedelta


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """One row a unit of the cohort at one as_of: unit_id, customer_id, as_of, then a float column a feature."""

    frame: pd.DataFrame
    features: tuple[Feature, ...]
    censored: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One row a unit and as_of, by as_of and unit_id: a matrix a date, below each other, and the column `label`.

    `censored` counts the rows by column whose window is longer than the history that existed at their as_of: null
    there, not a smaller number.
    """

    frame: pd.DataFrame
    features: tuple[Feature, ...]
    censored: dict[str, int]

    @property
    def dates(self) -> tuple[date, ...]:
        return tuple(moment.date() for moment in sorted(self.frame.as_of.unique()))

    @property
    def feature_names(self) -> list[str]:
        return [feature.name for feature in self.features]


@dataclass(frozen=True, kw_only=True)
class Outcomes:
    """How much there is to learn from: dates, labelled rows, rows that had the outcome, and the distinct customers
    who have a row of the rarer class."""

    dates: int
    units: int
    positives: int
    rarer_class_customers: int


def labelled_dates(tables: CheckedTables, window: Window, *, now: date, spacing_days: int) -> tuple[date, ...]:
    """The as_of dates to learn from, oldest first, spaced by `spacing_days` back from the newest whose label is known.

    A date counts from when the history is as long as the cohort looks back: before that the cohort is another one.
    Raises NotEnoughHistory when there are fewer than six.
    """
    target = window.target
    present = [name for name in window.activity if name in tables]
    if not present:
        raise NotEnoughHistory(
            f"target {target.name}: none of the tables that count as activity is there ({', '.join(window.activity)}): "
            "map one of them"
        )
    begins = min(tables.about[name].starts_on for name in present)
    first = from_day_number(begins) + timedelta(days=target.cohort_reach_days)
    newest = now - timedelta(days=target.label_days)
    steps = (newest - first).days // spacing_days
    dates = tuple(newest - timedelta(days=step * spacing_days) for step in range(steps, -1, -1))
    if len(dates) < MINIMUM_DATES:
        needed = target.cohort_reach_days + target.label_days + (MINIMUM_DATES - 1) * spacing_days
        raise NotEnoughHistory(
            f"target {target.name}: {len(dates)} dates with known labels, and at least {MINIMUM_DATES} are needed; "
            f"the history begins on {from_day_number(begins)} and needs {needed} days before {now}: bring older rows, "
            "or shorten horizon, active_days or the spacing of dates"
        )
    return dates


def matrix(
    connection: Backend, tables: CheckedTables, families: Sequence[Family], window: Window, *, as_of: date
) -> Matrix:
    """Tonight's rows: the cohort at `as_of` with its features."""
    past = history(tables, as_of, load_window=window.load_window, activity=window.activity)
    spine = spine_of(connection, past, window.target, as_of)
    built = build_features(connection, past, spine, families)
    return Matrix(frame=built.frame, features=built.features, censored=built.censored)


def labelled(
    connection: Backend, tables: CheckedTables, window: Window, *, as_of: date, spine: pd.DataFrame
) -> pd.Series:
    """The labels of a spine's rows at one as_of, in the spine's order."""
    target = window.target
    ahead = future(tables, as_of, gap_days=target.gap_days, horizon_days=target.horizon_days, activity=window.activity)
    return labels_of(connection, ahead, target, spine)


def count_outcomes(connection: Backend, tables: CheckedTables, window: Window, *, dates: Sequence[date]) -> Outcomes:
    """Labels counted without building a feature: cheap enough for every check."""
    parts = []
    forbade = _forbade_profiling(connection, tables)
    for as_of in dates:
        past = history(tables, as_of, load_window=window.load_window, activity=window.activity)
        spine = _without(spine_of(connection, past, window.target, as_of), forbade)
        label = labelled(connection, tables, window, as_of=as_of, spine=spine)
        parts.append(spine.assign(label=label.to_numpy())[["customer_id", "label"]].dropna())
    rows = pd.concat(parts, ignore_index=True)
    positives = int(rows.label.sum())
    rarer = 1.0 if positives * 2 <= len(rows) else 0.0
    return Outcomes(
        dates=len(parts),
        units=len(rows),
        positives=positives,
        rarer_class_customers=int(rows.customer_id[rows.label == rarer].nunique()),
    )


def panel(
    connection: Backend,
    tables: CheckedTables,
    families: Sequence[Family],
    window: Window,
    *,
    dates: Sequence[date],
    progress: Callable[[str], None] = lambda _: None,
) -> Panel:
    """Labelled rows at many as_of. The loop is over dates: one query of all of them needs six times the memory.

    Who forbids profiling now is not learned from at any date, though profiling was allowed then: the one thing that a
    training row may know of later than its as_of.
    """
    parts: list[pd.DataFrame] = []
    censored: dict[str, int] = {}
    features: tuple[Feature, ...] = ()
    forbade = _forbade_profiling(connection, tables)
    for as_of in sorted(dates):
        progress(f"features at {as_of}")
        built = matrix(connection, tables, families, window, as_of=as_of)
        rows = _without(built.frame, forbade)
        label = labelled(connection, tables, window, as_of=as_of, spine=rows)
        frame = rows.assign(label=label.to_numpy())
        parts.append(frame[frame.label.notna()])
        features = built.features
        for name in built.censored:
            censored[name] = censored.get(name, 0) + len(parts[-1])
    return Panel(frame=pd.concat(parts, ignore_index=True), features=features, censored=censored)


def _forbade_profiling(connection: Backend, tables: CheckedTables) -> set[str]:
    """The customers who forbid profiling by the newest version that there is."""
    customers = tables.frames["customers"]
    newest = customers.group_by("customer_id").agg(
        allowed=customers.profiling_allowed.fill_null(True).argmax(customers.known_at)
    )
    forbade = newest.filter(~newest.allowed).select("customer_id")
    return set(connection.to_pyarrow(forbade)["customer_id"].to_pylist())


def _without(rows: pd.DataFrame, customers: set[str]) -> pd.DataFrame:
    return rows[~rows.customer_id.isin(customers)].reset_index(drop=True)
