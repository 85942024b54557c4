"""From histories and labels to rows that a model learns from (a panel over many as_of) or scores (one matrix).

The only room that sees both features and labels. A training row is the scoring row of the same as_of, with a label.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import pandas as pd
from ibis.backends.duckdb import Backend

from contract.calendar import from_day_number
from contract.checked import CheckedTables
from contract.cut import Unit, future, history
from features.build import build_features
from features.family import Family, Feature
from labels.target import Outcomes, Target, outcomes_of, spine_of

#: Fewer dates than this give no forward folds worth the name.
MINIMUM_DATES = 6
#: Of those who did not answer, at most so many rows an answer are kept, and never fewer than that a date: enough to
#: learn who answers, without the features of everybody.
SILENT_AN_ANSWER, SILENT_A_DATE = 4, 1000


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
    """One row a unit and as_of: unit_id, customer_id, as_of, then a float column a feature and, once labelled, `label`.

    `censored` counts the rows by column whose window is longer than the history that existed at their as_of: null
    there, not a smaller number. `gone` counts the rows whose customer left inside the gap, `apart` those to whom
    something else happened: they are not in the frame. Of a target that only answers can tell, `silent` has the same
    columns of rows without an answer, with `asked` (whether there was an invitation) and `stands_for` (how many such
    rows it was drawn from); else it is empty.
    """

    frame: pd.DataFrame
    features: tuple[Feature, ...]
    censored: dict[str, int]
    gone: int = 0
    apart: int = 0
    silent: pd.DataFrame = field(default_factory=pd.DataFrame)

    def where(self, chosen: pd.Series) -> Panel:
        """The rows for which `chosen` (one boolean a row) is true, as train and test."""
        return replace(self, frame=self.frame[chosen.to_numpy(dtype=bool)].reset_index(drop=True))

    def labelled(self, label: pd.Series) -> Panel:
        """The same rows with a label a row; those whose label is NaN are left out."""
        frame = self.frame.assign(label=label.to_numpy())
        return replace(self, frame=frame[frame.label.notna()].reset_index(drop=True))

    @property
    def share(self) -> float:
        """The share of the cohort that is in the frame: 1, but of a target that only answers can tell."""
        return len(self.frame) / (len(self.frame) + float(self.silent.stands_for.sum())) if len(self.silent) else 1.0

    @property
    def dates(self) -> tuple[date, ...]:
        return tuple(moment.date() for moment in sorted(self.frame.as_of.unique()))

    @property
    def feature_names(self) -> list[str]:
        return [feature.name for feature in self.features]


@dataclass(frozen=True, kw_only=True)
class Counted:
    """How much there is to learn from: dates, labelled rows, rows that had the outcome, and the distinct customers
    who have a row of the rarer class; and the rows that left inside the gap, that stand apart, and that were asked."""

    dates: int
    units: int
    positives: int
    rarer_class_customers: int
    gone: int = 0
    apart: int = 0
    asked: int = 0


def labelled_dates(tables: CheckedTables, window: Window, *, now: date, spacing_days: int) -> tuple[date, ...]:
    """The as_of dates to learn from, oldest first, spaced by `spacing_days` back from the newest whose label is known.

    A date counts from when the history is as long as the cohort looks back: before that the cohort is another one.
    Raises NotEnoughHistory when there are fewer than six.
    """
    target = window.target
    if target.brought:
        return _brought_dates(tables, target, now=now)
    missing = [name for name in target.tables if name not in tables]
    if missing:
        raise NotEnoughHistory(f"target {target.name}: it is made of {missing[0]}, and that table is not there: map it")
    present = [name for name in target.tables or window.activity if name in tables]
    if not present:
        raise NotEnoughHistory(
            f"target {target.name}: none of the tables that count as activity is there ({', '.join(window.activity)}): "
            "map one of them"
        )
    # A target needs all of its tables from the first date on; of tables of activity any one is enough.
    begins = (max if target.tables else min)(tables.about[name].starts_on for name in present)
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


def _brought_dates(tables: CheckedTables, target: Target, *, now: date) -> tuple[date, ...]:
    """The dates of the company's own labels that are known by now, oldest first."""
    if "labels" not in tables:
        raise NotEnoughHistory(
            f"target {target.name}: it is none of ours, and no table of labels is mapped: map tables.labels, or choose "
            "another target"
        )
    labels = tables.frames["labels"]
    mine = labels.filter(labels.target == target.name)
    # The version known last: a label that was emptied later is none.
    newest = mine.group_by("customer_id", "unit_id", "local_day").agg(
        label=mine.label.fill_null(-1).argmax(mine.known_at)
    )
    known = newest.filter(newest.label >= 0).select("local_day").distinct()
    days = labels.get_backend().to_pyarrow(known)["local_day"].to_pylist()
    if not days:
        there = sorted(labels.get_backend().to_pyarrow(labels.select("target").distinct())["target"].to_pylist())
        raise NotEnoughHistory(
            f"target {target.name}: tables.labels has no label of it; its targets are {', '.join(there[:10])}: choose "
            "one of them under [target] name, or bring such labels"
        )
    dates = tuple(from_day_number(day) for day in sorted(days) if target.known_on(from_day_number(day)) <= now)
    if len(dates) < MINIMUM_DATES:
        raise NotEnoughHistory(
            f"target {target.name}: labels of {len(dates)} dates are known by {now}, of {len(days)} in the table, and "
            f"at least {MINIMUM_DATES} are needed: bring labels of more as_of (the column target must say "
            f"{target.name!r})"
        )
    return dates


def matrix(
    connection: Backend, tables: CheckedTables, families: Sequence[Family], window: Window, *, as_of: date
) -> Matrix:
    """Tonight's rows: the cohort at `as_of` with its features."""
    past = history(tables, as_of, load_window=window.load_window, activity=window.activity)
    spine = spine_of(connection, past, window.target, as_of)
    built = build_features(connection, past, spine, families, unit=window.target.unit)
    return Matrix(frame=built.frame, features=built.features, censored=built.censored)


def training_spine(connection: Backend, tables: CheckedTables, window: Window, *, as_of: date) -> pd.DataFrame:
    """The rows to learn from at `as_of`: the cohort of then, or whom the company brought labels of.

    Who forbids profiling now is not among them, though profiling was allowed then: the one thing that a training row
    may know of later than its as_of.
    """
    target = window.target
    if target.brought:
        ahead = future(tables, as_of, gap_days=0, horizon_days=1, activity=window.activity)["labels"]
        mine = ahead.filter((ahead.target == target.name) & ahead.label.notnull())
        named = mine.select("customer_id", unit_id=mine.unit_id.fill_null(mine.customer_id))
        frame = connection.to_pyarrow(named).to_pandas().sort_values("unit_id", ignore_index=True)
        spine = frame[["unit_id", "customer_id"]].assign(as_of=pd.Timestamp(as_of))
    else:
        past = history(tables, as_of, load_window=window.load_window, activity=window.activity)
        spine = spine_of(connection, past, target, as_of)
    forbade = _forbade_profiling(connection, tables)
    return pd.DataFrame(spine[~spine.customer_id.isin(forbade)]).reset_index(drop=True)


def features_of(
    connection: Backend,
    tables: CheckedTables,
    families: Sequence[Family],
    spine: pd.DataFrame,
    *,
    load_window: timedelta,
    activity: tuple[str, ...],
    unit: Unit = "customer",
    progress: Callable[[str], None] = lambda _: None,
) -> tuple[pd.DataFrame, tuple[Feature, ...], dict[str, int]]:
    """Any spine with its features: exactly its rows, in its order; with the features, and the rows by feature whose
    window is longer than the history that existed at their as_of (null there, not a smaller number).

    `spine` has one row a unit and as_of: unit_id, customer_id, as_of (a midnight). The loop is over dates: one query
    of all of them needs six times the memory. Raises ValueError for a spine without rows, a row without an as_of, and
    a unit that stands twice at one as_of.
    """
    frame, features, short = _built(
        connection, tables, families, spine, load_window=load_window, activity=activity, unit=unit, progress=progress
    )
    rows = frame.as_of.value_counts()
    return frame, features, {name: int(rows[moments].sum()) for name, moments in short.items()}


def _built(
    connection: Backend,
    tables: CheckedTables,
    families: Sequence[Family],
    spine: pd.DataFrame,
    *,
    load_window: timedelta,
    activity: tuple[str, ...],
    unit: Unit,
    progress: Callable[[str], None],
) -> tuple[pd.DataFrame, tuple[Feature, ...], dict[str, list[pd.Timestamp]]]:
    """The same, with the as_of by feature at which its window is longer than the history."""
    if not len(spine):
        raise ValueError("the spine has no row: without one there is nothing to build features for")
    parts: list[pd.DataFrame] = []
    short: dict[str, list[pd.Timestamp]] = {}
    features: tuple[Feature, ...] = ()
    for as_of, rows in _by_date(spine):
        progress(f"features at {as_of}")
        past = history(tables, as_of, load_window=load_window, activity=activity)
        built = build_features(connection, past, rows.reset_index(drop=True), families, unit=unit)
        parts.append(built.frame.set_index(rows.index))
        features = built.features
        for name in built.censored:
            short.setdefault(name, []).append(rows.as_of.iloc[0])
    # Copied, so that its columns lie together: else pandas complains of every column that is added.
    return pd.concat(parts).sort_index(ignore_index=True).copy(), features, short


def came_of(
    connection: Backend, tables: CheckedTables, window: Window, *, as_of: date, spine: pd.DataFrame
) -> Outcomes:
    """What came of a spine's rows at one as_of, in the spine's order."""
    target = window.target
    ahead = future(tables, as_of, gap_days=target.gap_days, horizon_days=target.horizon_days, activity=window.activity)
    return outcomes_of(connection, ahead, target, spine)


def labels_at(connection: Backend, tables: CheckedTables, window: Window, spine: pd.DataFrame) -> pd.Series:
    """The labels of any spine's rows, in its order: a number, or NaN where nothing can be said."""
    label = pd.Series(float("nan"), index=range(len(spine)), name="label")
    for as_of, rows in _by_date(spine):
        label[rows.index] = came_of(connection, tables, window, as_of=as_of, spine=rows).label
    return label


def _by_date(spine: pd.DataFrame) -> Iterator[tuple[date, pd.DataFrame]]:
    """The rows of each as_of, oldest first; their index says at which place of the spine they stand."""
    nowhen = int(spine.as_of.isna().sum())
    if nowhen:
        raise ValueError(f"{nowhen} of {len(spine)} rows of the spine have no as_of: leave them out")
    for moment, rows in spine.reset_index(drop=True).groupby("as_of", sort=True):
        yield pd.Timestamp(str(moment)).date(), rows


def count_outcomes(connection: Backend, tables: CheckedTables, window: Window, *, dates: Sequence[date]) -> Counted:
    """Labels counted without building a feature: cheap enough for every check."""
    parts = []
    for as_of in dates:
        spine = training_spine(connection, tables, window, as_of=as_of)
        came = came_of(connection, tables, window, as_of=as_of, spine=spine)
        parts.append(
            spine[["customer_id"]].assign(label=came.label, asked=came.asked, gone=came.gone, apart=came.apart)
        )
    rows = pd.concat(parts, ignore_index=True)
    known = rows[rows.label.notna()]
    return Counted(
        dates=len(parts),
        units=len(known),
        positives=int(known.label.sum()),
        rarer_class_customers=rarer_class_customers(known),
        gone=int(rows.gone.sum()),
        apart=int(rows.apart.sum()),
        asked=int(rows.asked.sum()),
    )


def rarer_class_customers(rows: pd.DataFrame) -> int:
    """How many different customers have a row of the rarer class: by them the kind of model is chosen."""
    rarer = 1.0 if rows.label.sum() * 2 <= len(rows) else 0.0
    return int(rows.customer_id[rows.label == rarer].nunique())


def panel(
    connection: Backend,
    tables: CheckedTables,
    families: Sequence[Family],
    window: Window,
    *,
    dates: Sequence[date],
    progress: Callable[[str], None] = lambda _: None,
) -> Panel:
    """Labelled rows at many as_of; of a target that only answers can tell, rows without an answer beside them."""
    parts = []
    for as_of in sorted(dates):
        rows = training_spine(connection, tables, window, as_of=as_of)
        came = came_of(connection, tables, window, as_of=as_of, spine=rows)
        parts.append(rows.assign(label=came.label, asked=came.asked, gone=came.gone, apart=came.apart))
    spine = pd.concat(parts, ignore_index=True)
    known = spine.label.notna()
    if not known.any():
        raise NotEnoughHistory(
            f"target {window.target.name}: none of the {len(spine)} rows at {len(dates)} dates has a label: "
            "is anybody in the cohort?"
        )
    silent = _drawn_silent(spine[~known & ~spine.gone & ~spine.apart], known.sum()) if window.target.asked else None
    taken = known if silent is None else known | spine.index.isin(silent.index)
    chosen = spine[taken]
    frame, features, short = _built(
        connection,
        tables,
        families,
        chosen.reset_index(drop=True),
        load_window=window.load_window,
        activity=window.activity,
        unit=window.target.unit,
        progress=progress,
    )
    frame = frame.set_index(chosen.index)
    labelled = spine.as_of[known].value_counts()
    beside = pd.DataFrame()
    if silent is not None:
        beside = frame.loc[silent.index].assign(asked=silent.asked, stands_for=silent.stands_for)
    return Panel(
        frame=frame[known[taken]].assign(label=spine.label[known]).reset_index(drop=True),
        features=features,
        censored={name: int(labelled.reindex(moments).fillna(0).sum()) for name, moments in short.items()},
        gone=int(spine.gone.sum()),
        apart=int(spine.apart.sum()),
        silent=beside.reset_index(drop=True),
    )


def _drawn_silent(rows: pd.DataFrame, answers: int) -> pd.DataFrame:
    """Some of the rows without an answer, with `stands_for`: the asked and the others drawn apart at every date."""
    groups = rows.groupby(["as_of", "asked"], sort=True)
    most = max(SILENT_A_DATE, SILENT_AN_ANSWER * answers // max(1, rows.as_of.nunique()))
    # A draw by the row itself, another one at every date: one row more or less puts at most one other in or out.
    drawn = []
    for _, group in groups:
        order = pd.util.hash_pandas_object(group[["as_of", "unit_id"]], index=False)
        kept = group.loc[order.set_axis(group.index).sort_values().index[:most]]
        drawn.append(kept.assign(stands_for=len(group) / len(kept)))
    return pd.concat(drawn).sort_index() if drawn else rows.assign(stands_for=1.0)


def _forbade_profiling(connection: Backend, tables: CheckedTables) -> set[str]:
    """The customers who forbid profiling by the newest version that there is."""
    customers = tables.frames["customers"]
    newest = customers.group_by("customer_id").agg(
        allowed=customers.profiling_allowed.fill_null(True).argmax(customers.known_at)
    )
    forbade = newest.filter(~newest.allowed).select("customer_id")
    return set(connection.to_pyarrow(forbade)["customer_id"].to_pylist())
