"""Leak tests of how soon it came true: foresight that falls off a cliff, and events right before the outcome."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd
from ibis.backends.duckdb import Backend

from contract.catalogue import TABLES
from contract.checked import CheckedTables
from contract.cut import future
from contract.said import Name, marked, said
from features.family import Family
from models.concordance import Auroc, Z
from models.dataset import Panel, Window, came_of
from models.evaluate import lift_at, wilson
from models.leaks import LeakResult
from models.tells import small_model, tables_of

#: Days between the decision and the label window at which the foresight is measured.
GAPS = (0, 1, 3, 7, 14, 28)
#: Foresight that is lost from one gap to the next, as a share of all there was over chance: more is a cliff.
CLIFF = 0.25
#: There must be so much foresight over chance before its fall is worth a word.
WORTH_LOSING = 0.05
#: What follows an event so soon, so many times likelier (in odds: a share cannot be 50 times a half), was decided.
SOON_DAYS, TIMES = 3, 50.0
#: The newest dates at which events are looked at (a kind is rare, and three days of each date are seen), and the most
#: values that a column of kinds has.
EVENT_DATES, KINDS = 24, 50
#: Tables whose rows are no events of the customer's.
NO_EVENTS = ("customers", "text_scores", "outreach")

CLIFF_TEST = marked("foresight by gap")
EVENT_TEST = marked("events that come right before")


def gap_curve(
    connection: Backend,
    tables: CheckedTables,
    families: Sequence[Family],
    window: Window,
    panel: Panel,
    *,
    now: date,
    capacity: int,
    seed: int,
) -> tuple[LeakResult, ...]:
    """How foresight falls when the label window begins 0, 1, 3, 7, 14, 28 days after the decision: the same rows, the
    same features, a small model a gap, learned from the earlier half of the dates and judged on the later.

    Who leaves inside a gap leaves the cohort. What the team could act on fades slowly; what falls off a cliff was told
    by something that customers do once they have decided. Not asked of labels that the company brings: they have one
    window. `now` is the day by which labels must be known.
    """
    target = window.target
    if target.brought:
        return ()
    frame = pd.concat([panel.frame, panel.silent], ignore_index=True)
    last = now - timedelta(days=GAPS[-1] + target.horizon_days + target.delay_days)
    frame = frame[frame.as_of <= pd.Timestamp(last)].reset_index(drop=True)
    dates = np.sort(frame.as_of.unique())
    if len(dates) < 2:
        return ()
    is_late = (frame.as_of >= dates[len(dates) // 2]).to_numpy()
    late = frame[is_late].reset_index(drop=True)
    moments, whose = pd.factorize(late.as_of)[0], pd.factorize(late.customer_id)[0]
    labels, scores, evidence = {}, {}, {}
    for gap in GAPS:
        shifted = replace(window, target=replace(target, gap_days=gap))
        label = pd.Series(np.nan, index=frame.index)
        for as_of, rows in _by_date(frame):
            label[rows.index] = came_of(
                connection, tables, shifted, as_of=as_of, spine=rows.reset_index(drop=True)
            ).label.to_numpy()
        train = frame.assign(label=label)[~is_late & label.notna()]
        labels[gap] = label[is_late].to_numpy()
        known = ~np.isnan(labels[gap])
        if train.label.nunique() < 2 or len(np.unique(labels[gap][known])) < 2:
            return ()
        scores[gap] = small_model(train, panel.features, seed=seed).predict(late)
        evidence[f"auroc_gap_{gap}"] = Auroc.of(
            scores[gap][known], labels[gap][known], moments[known], whose[known]
        ).value
        lift = lift_at(scores[gap][known], labels[gap][known], moments[known], capacity=capacity)
        evidence[f"lift_gap_{gap}"] = float(lift(np.ones((int(known.sum()), 1)))[0])
    gain = evidence[f"auroc_gap_{GAPS[0]}"] - 0.5
    steps = tuple(said("{auroc:.3f} at {days}", auroc=evidence[f"auroc_gap_{gap}"], days=gap) for gap in GAPS)
    curve = said("AUROC by gap: {steps}", steps=steps)
    for near, far in pairwise(GAPS):
        both = ~np.isnan(labels[near]) & ~np.isnan(labels[far])

        def told(gap: int, score: np.ndarray, both: np.ndarray = both) -> Auroc:
            return Auroc.of(score[both], labels[gap][both], moments[both], whose[both])

        fall, error = told(near, scores[near]).less(told(far, scores[far]))
        if gain < WORTH_LOSING or fall - Z * error <= CLIFF * gain:
            continue
        falls = {}
        for name in panel.feature_names:
            values = np.nan_to_num(late[name].to_numpy(), nan=-np.inf)
            falls[name] = told(near, values).told.value - told(far, values).told.value
        first = max(falls, key=lambda name: falls[name])
        table = tables_of(families).get(first, "")
        return (
            LeakResult(
                test=CLIFF_TEST,
                passed=False,
                kind="alarm",
                id=f"gap/{near}-{far}",
                feature=first,
                table=table,
                says=said(
                    "{curve}: from {near} to {far} days it loses {share:.0%} of its foresight, {feature} most of all",
                    curve=curve,
                    near=near,
                    far=far,
                    share=fall / gain,
                    feature=first,
                ),
                cure=said(
                    "customers do something that shows in {table} once they have decided: let the gap be as long as "
                    "the team needs to act (gap_days), or leave that event out",
                    table=table or said("the table"),
                ),
                evidence={**evidence, "fall": fall, "error": error, "near": float(near), "far": float(far)},
            ),
        )
    return (LeakResult(test=CLIFF_TEST, passed=True, kind="alarm", id="gap", says=curve, evidence=evidence),)


def _by_date(frame: pd.DataFrame) -> Iterator[tuple[date, pd.DataFrame]]:
    for moment, rows in frame.groupby("as_of", sort=True):
        yield pd.Timestamp(str(moment)).date(), rows


# Events that come right before the outcome


def tell_tale_events(
    connection: Backend, tables: CheckedTables, window: Window, panel: Panel, *, now: date
) -> tuple[LeakResult, ...]:
    """Kinds of events after which the outcome comes within three days, at 50 times the odds of anybody's.

    Of every date's cohort, those with such an event in its first three days are held against all, by what came in the
    three days after. A target of silence (the shorter the window, the more are silent) keeps its own horizon there,
    and so does one that only answers can tell; of brought labels the events of the three days before as_of are taken.
    A kind is a value of a column of few values, or any row of a table; what the company chose to start is left out, as
    in histories. Bounds are Wilson's on both sides, so a handful of events proves nothing.
    """
    target = window.target
    rows = pd.concat([panel.frame, panel.silent], ignore_index=True)
    after = replace(window, target=replace(target, gap_days=SOON_DAYS, horizon_days=SOON_DAYS))
    keeps = replace(window, target=replace(target, gap_days=SOON_DAYS))
    parts = []
    dates = [day for day in panel.dates if target.brought or keeps.target.known_on(day) <= now][-EVENT_DATES:]
    longer = target.asked is not None
    if not (target.brought or longer) and dates:
        soon = _came(connection, tables, after, rows, dates[-1]).label.mean()
        longer = bool(soon > panel.frame.label[panel.frame.as_of == pd.Timestamp(dates[-1])].mean())
    for as_of in dates:
        if target.brought:
            came, first = panel.frame[panel.frame.as_of == pd.Timestamp(as_of)], as_of - timedelta(days=SOON_DAYS)
        else:
            came, first = _came(connection, tables, keeps if longer else after, rows, as_of), as_of
        known = came[came.label.notna()].groupby("customer_id", as_index=False).label.max()
        events = _events(connection, tables, first, window.activity)
        parts.append((known, events))
    everybody = pd.concat([known for known, _ in parts]) if parts else pd.DataFrame({"label": []})
    if not everybody.label.sum():
        return ()
    kinds = pd.concat([known.merge(events, on="customer_id") for known, events in parts], ignore_index=True)
    _, base = wilson(float(everybody.label.sum()), len(everybody))
    kinds = kinds[kinds.groupby(["table", "column"]).value.transform("nunique") <= KINDS]
    found, most, strongest = [], 0.0, ""
    for (table, column, value), those in kinds.groupby(["table", "column", "value"]):
        low, _ = wilson(float(those.label.sum()), len(those))
        times = (low / (1 - low)) / (base / (1 - base))
        kind = f"{table}.{column} = {value}" if column else f"{table}"
        if times > most:
            most, strongest = times, kind
        if times <= TIMES:
            continue
        found.append(
            LeakResult(
                test=EVENT_TEST,
                passed=False,
                kind="alarm",
                id=f"event/{table}/{column}/{value}",
                feature=kind,
                table=str(table),
                says=said(
                    "after {kind} the outcome came for {positives} of {customers} customers, of all for {base:.1%}: at "
                    "least {times:,.0f} times the odds",
                    kind=Name(kind),
                    positives=int(those.label.sum()),
                    customers=len(those),
                    base=float(everybody.label.mean()),
                    times=times,
                ),
                cure=said(
                    "an act of leaving itself, or what follows it: let the outcome begin with it, lengthen gap_days, "
                    "or keep such rows out of {table}",
                    table=str(table),
                ),
                evidence={"times": times, "customers": float(len(those)), "positives": float(those.label.sum())},
            )
        )
    if found:
        return tuple(found)
    says = said(
        "none of {kinds} kinds of events is followed by the outcome at {bound:.0f} times the odds; the nearest is "
        "{first} with {times:.1f}",
        kinds=len(kinds.groupby(["table", "column", "value"])),
        bound=TIMES,
        first=Name(strongest) if strongest else said("nothing"),
        times=most,
    )
    return (LeakResult(test=EVENT_TEST, passed=True, kind="alarm", id="event", says=says, evidence={"times": most}),)


def _came(connection: Backend, tables: CheckedTables, window: Window, rows: pd.DataFrame, as_of: date) -> pd.DataFrame:
    spine = rows.loc[rows.as_of == pd.Timestamp(as_of), ["unit_id", "customer_id", "as_of"]].reset_index(drop=True)
    return spine.assign(label=came_of(connection, tables, window, as_of=as_of, spine=spine).label)


def _events(connection: Backend, tables: CheckedTables, first: date, activity: tuple[str, ...]) -> pd.DataFrame:
    """customer_id, table, column, value: the kinds of events of each customer in the three days from `first` on."""
    seen = future(tables, first, gap_days=0, horizon_days=SOON_DAYS, activity=activity)
    parts = [pd.DataFrame({"customer_id": [], "table": [], "column": [], "value": []}, dtype="str")]
    for name in tables.frames:
        if name in NO_EVENTS or TABLES[name].is_outcome:
            continue
        kinds = [
            column.name
            for column in TABLES[name].own_columns
            if column.type in ("text", "boolean")
            and column.name not in TABLES[name].key
            and not (column.personal or column.dated_by or column.name.endswith("_id"))
        ]
        rows = connection.to_pyarrow(seen[name].select("customer_id", *kinds).distinct()).to_pandas()
        parts.append(rows[["customer_id"]].assign(table=name, column="", value=""))
        for kind in kinds:
            some = rows[rows[kind].notna()]
            parts.append(
                pd.DataFrame({"customer_id": some.customer_id, "value": some[kind].astype("str")}).assign(
                    table=name, column=kind
                )
            )
    return pd.concat(parts, ignore_index=True).drop_duplicates()
