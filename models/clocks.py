"""Leak tests that hold one time against another: columns that carry a clock, columns that know less tonight, rows that
a night would have scored otherwise, and what came to be known later. Nothing is fitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from ibis.backends.duckdb import Backend

from contract.catalogue import TABLES
from contract.checked import CheckedTables
from contract.said import marked, said
from features.family import Family
from models.concordance import Auroc, binned
from models.dataset import Panel, Window, features_of, matrix
from models.leaks import CLOSE, LeakResult
from models.tells import tables_of

#: Customers of like age whose later rows are told from earlier ones so surely carry a clock.
CLOCK = 0.95
#: Dates at which the panel is parted into earlier and later. A unit that changed shows beside one date alone: a column
#: that moves so much at any of these is parted at every date.
PARTINGS, MOVES = 5, 0.75
#: Customers are of like age if they came within so many days.
LIKE_AGE_DAYS = 28
#: The columns by which customers are of like age: those that grow by a day each day, and may.
AGES: tuple[str, ...] = ("days_since_first_activity", "days_since_joined")
#: Fewer customers than this on either side say nothing about a clock.
FEWEST = 20
#: Dates so far apart are compared: within a quarter even the day of the last order hardly tells them apart.
APART_DAYS = 84
#: A column must tell so much of past dates before it is asked whether it tells as much tonight.
WORTH_ASKING = 0.55
#: The share of leavers that a column sees tonight may be so many times more or less than on the middle past date, and
#: lie so many standard errors from it; and it may be what it was on some past date. Only beyond all three it is no
#: season. (Of 1,950 honest columns held against a past date one was beyond; at three standard errors 36 were.)
TIMES, FALLEN_Z = 2.0, 4.0
#: Customers whose rows came late had the outcome so much more often, or seldom, that lateness itself tells.
LATE_TELLS = 0.65

CLOCK_TEST = marked("telling the date")
TONIGHT_TEST = marked("past dates against tonight")
TWICE_TEST = marked("training rows are scoring rows")
SINCE_TEST = marked("as known then and as known now")


def telling_date(panel: Panel, families: Sequence[Family]) -> tuple[LeakResult, ...]:
    """By which columns an early date is told from a late one: numbers that the systems count up, absolute dates, units
    that changed.

    Customers grow older, and their counts in all history with them: that is no clock. So only rows of customers of like
    age are compared (by first activity and by joining, where the panel has them): a late row of somebody who came half
    a year later with an early row of somebody who came half a year earlier. An order number is told apart by that, a
    tenure is not. Nulls are left out: a window longer than the history is null on early dates, and may be.
    """
    frame = panel.frame
    dates = np.sort(frame.as_of.unique())
    if len(dates) < 2:
        return ()
    customers = pd.factorize(frame.customer_id)[0]
    age = _like_age(frame)
    place = np.searchsorted(dates, frame.as_of.to_numpy())
    # A short panel has no dates so far apart: then half of its length must do.
    hole = min(pd.Timedelta(days=APART_DAYS), pd.Timedelta(dates[-1] - dates[0]) / 2)
    partings = np.unique(np.linspace(1, len(dates) - 1, min(PARTINGS, len(dates) - 1)).round().astype(int))
    tables = tables_of(families)
    found, compared, most, strongest = [], 0, 0.5, ""
    for name in panel.feature_names:
        if name in AGES:
            continue
        values = frame[name].to_numpy()
        known = ~np.isnan(values)
        if not known.any() or values[known].min() == values[known].max():
            continue
        told, parting = None, 0
        # Few partings for all columns, every one for those that move.
        for cut in (*partings, *(cut for cut in range(1, len(dates)) if cut not in partings)):
            if told is not None and cut not in partings and told.value < MOVES:
                break
            # Of dates close together nothing can be said: between them lies less than one customer differs by.
            apart = known & ((place >= cut) | (frame.as_of <= dates[cut] - hole).to_numpy())
            one = Auroc.of(values[apart], (place[apart] >= cut).astype(float), age[apart], customers[apart]).told
            if one.rarer >= FEWEST and (told is None or one.low > told.low):
                told, parting = one, int(cut)
        if told is None:
            continue
        compared += 1
        if told.value > most:
            most, strongest = told.value, name
        if told.low > CLOCK:
            found.append(
                LeakResult(
                    test=CLOCK_TEST,
                    passed=False,
                    kind="alarm",
                    id=f"clock/{name}",
                    feature=name,
                    table=tables.get(name, ""),
                    says=said(
                        "{feature} tells rows before {day} from later ones of customers of like age with an AUROC of "
                        "{auroc:.3f}: it follows the wall clock, not the customer",
                        feature=name,
                        day=pd.Timestamp(dates[parting]).date(),
                        auroc=told.value,
                    ),
                    cure=said(
                        "a number that the systems count up, an absolute date or a unit that changed then: make it an "
                        "age or a share, or bring both sides to one unit"
                    ),
                    evidence={"auroc": told.value, "low": told.low, "bound": CLOCK},
                )
            )
    if found:
        return tuple(found)
    says = said(
        "{compared} features were compared between dates, for customers of like age; most moved {first} with "
        "{auroc:.3f}",
        compared=compared,
        first=strongest or said("nothing"),
        auroc=most,
    )
    return (LeakResult(test=CLOCK_TEST, passed=True, kind="alarm", id="clock", says=says, evidence={"auroc": most}),)


def _like_age(frame: pd.DataFrame) -> np.ndarray:
    """A number a row: the same for customers who came within the same days before their as_of."""
    ages = [frame[name].fillna(-1) // LIKE_AGE_DAYS for name in AGES if name in frame]
    if not ages:
        return np.zeros(len(frame), dtype=int)
    return pd.MultiIndex.from_arrays(ages).factorize()[0]


def past_and_tonight(panel: Panel, tonight: pd.DataFrame, families: Sequence[Family]) -> tuple[LeakResult, ...]:
    """Columns that see another share of leavers tonight than they saw on every past date.

    Of the past the company now knows what came; of tonight it does not. A status that is overwritten when somebody
    leaves stands in all past rows of the leaver, and in no row of tonight: by it nobody leaves. The days to the next
    order are known of all past rows but the leavers', and of none of tonight: by them everybody leaves. So each telling
    column is asked how large a share of leavers it sees at each date: with what its values meant over the whole panel,
    that is about the share of outcomes. `tonight` has one row a unit of the cohort, with the same columns and no label.

    Not asked of a target that only answers can tell: who answered is not the cohort of tonight. A column that drifts by
    itself from date to date is given as much room as it drifts.
    """
    if len(panel.silent) or panel.frame.label.nunique() < 2 or not len(tonight):
        return ()
    frame = panel.frame
    label = frame.label.to_numpy()
    dates, customers = pd.factorize(frame.as_of)[0], pd.factorize(frame.customer_id)[0]
    tables = tables_of(families)
    found, asked = [], 0
    for name in panel.feature_names:
        past, now = binned(frame[name].to_numpy(), label, tonight[name].to_numpy())
        if Auroc.of(past, label, dates, customers).low < WORTH_ASKING:
            continue
        asked += 1
        stayed, left = past[label == 0].mean(), past[label == 1].mean()
        seen = (np.bincount(dates, past) / np.bincount(dates) - stayed) / (left - stayed)
        tonight_seen = float((now.mean() - stayed) / (left - stayed))
        error = FALLEN_Z * float(np.hypot(now.std() / np.sqrt(len(now)) / (left - stayed), seen.std()))
        usually, least, most = float(np.median(seen)), float(seen.min()), float(seen.max())
        fewer = tonight_seen < min(usually / TIMES, least) and tonight_seen + error < usually
        more = tonight_seen > max(usually * TIMES, most) and tonight_seen - error > usually
        if not (fewer or more):
            continue
        found.append(
            LeakResult(
                test=TONIGHT_TEST,
                passed=False,
                kind="alarm",
                id=f"tonight/{name}",
                feature=name,
                table=tables.get(name, ""),
                says=said(
                    "by {feature} from {least:.1%} to {most:.1%} of the cohort looked like leaving on past dates, and "
                    "tonight {tonight:.1%}: of the past it may know what came",
                    feature=name,
                    least=least,
                    most=most,
                    tonight=tonight_seen,
                ),
                cure=said(
                    "a value that is overwritten, rows that are written afterwards, or a load that is not in yet: "
                    "bring {table} with every version and its known_at, or leave {feature} out",
                    table=tables.get(name, "") or said("the table"),
                    feature=name,
                ),
                evidence={"least": least, "most": most, "tonight": tonight_seen, "error": error},
            )
        )
    if found:
        return tuple(found)
    says = said(
        "{asked} features that tell much of past dates see about as many leavers tonight as they saw then", asked=asked
    )
    return (LeakResult(test=TONIGHT_TEST, passed=True, kind="alarm", id="tonight", says=says),)


# What a past night saw


def rows_twice(
    connection: Backend,
    tables: CheckedTables,
    families: Sequence[Family],
    window: Window,
    panel: Panel,
    *,
    dates: Sequence[date],
) -> LeakResult:
    """The rows that were learned from at these dates are the rows that were scored: built once more as a night builds
    its matrix, every value is the same (but for the last bits of a sum).

    Rows that no night would have scored (brought labels of others than the cohort) cannot be compared, and are not.
    """
    moved: dict[str, int] = {}
    compared = 0
    for as_of in dates:
        trained = panel.frame[panel.frame.as_of == pd.Timestamp(as_of)].set_index("unit_id")
        scored = matrix(connection, tables, families, window, as_of=as_of).frame.set_index("unit_id")
        both = trained.index.intersection(scored.index)
        compared += len(both)
        for name in panel.feature_names:
            one = trained.loc[both, name].to_numpy()
            other = scored.loc[both, name].to_numpy() if name in scored else np.full(len(both), np.nan)
            differs = ~np.isclose(one, other, rtol=CLOSE, atol=CLOSE, equal_nan=True)
            if differs.any():
                moved[name] = moved.get(name, 0) + int(differs.sum())
    if not moved:
        what = "{rows:,} rows of {dates} dates are what a night would have scored"
        says = said(what, rows=compared, dates=len(dates))
        return LeakResult(test=TWICE_TEST, passed=True, id="twice", says=says, evidence={"rows": float(compared)})
    first = max(moved, key=lambda name: moved[name])
    return LeakResult(
        test=TWICE_TEST,
        passed=False,
        id="twice",
        feature=first,
        table=tables_of(families).get(first, ""),
        says=said(
            "{number} features of the training rows are not what a night would have scored, first {first}: it differs "
            "in {differ:,} of {rows:,} rows",
            number=len(moved),
            first=first,
            differ=moved[first],
            rows=compared,
        ),
        cure=said("build training rows and scoring rows by the same function, from history alone"),
        evidence={"features": float(len(moved)), "differ": float(moved[first]), "rows": float(compared)},
    )


def known_since(
    connection: Backend,
    tables: CheckedTables,
    families: Sequence[Family],
    window: Window,
    panel: Panel,
    *,
    dates: Sequence[date],
) -> tuple[LeakResult, ...]:
    """What the company learned afterwards: the rows of these past dates built once more from all that is known now,
    late rows and newest versions.

    That knowledge comes later is no leak: `known_at` keeps it out, and the last result only says how much there is, and
    what it would add. But where lateness itself tells the outcome, `known_at` is not when a row was first known: it is
    when it was last touched, by leaving. Such rows are missing in the past of just those who left. That is an alarm.
    """
    late = {name: frame for name, frame in tables.frames.items() if not TABLES[name].is_outcome}
    about = {name: replace(tables.about[name], has_versions=False, delay_seconds=0.0) for name in late}
    whole = {name: _as_known_now(frame, name, tables) for name, frame in late.items()}
    now = replace(tables, frames={**tables.frames, **whole}, about={**tables.about, **about})
    then = panel.frame[panel.frame.as_of.isin([pd.Timestamp(day) for day in dates])].reset_index(drop=True)
    if not len(then) or then.label.nunique() < 2:
        return ()
    frame, _, _ = features_of(
        connection,
        now,
        families,
        then,
        load_window=window.load_window,
        activity=window.activity,
        unit=window.target.unit,
    )
    label = then.label.to_numpy()
    moments, whose, of = pd.factorize(then.as_of)[0], pd.factorize(then.customer_id)[0], tables_of(families)

    def told(values: np.ndarray) -> Auroc:
        return Auroc.of(np.nan_to_num(values, nan=-np.inf), label, moments, whose).told

    results, differ, added = [], {}, {}
    for name in panel.feature_names:
        before, after = then[name].to_numpy(), frame[name].to_numpy()
        moved = ~np.isclose(before, after, rtol=CLOSE, atol=CLOSE, equal_nan=True)
        if not moved.any():
            continue
        differ[name] = float(moved.mean())
        added[name] = told(after).value - told(before).value
        lateness = told(moved.astype(float))
        if lateness.low > LATE_TELLS:
            results.append(
                LeakResult(
                    test=SINCE_TEST,
                    passed=False,
                    kind="alarm",
                    id=f"since/{name}",
                    feature=name,
                    table=of.get(name, ""),
                    says=said(
                        "that {feature} came to be known later tells by itself who had the outcome, with an AUROC of "
                        "{auroc:.3f}",
                        feature=name,
                        auroc=lateness.value,
                    ),
                    cure=said(
                        "known_at of {table} must be when a row was first known, not when it was last touched: map the "
                        "load time, or bring every version",
                        table=of.get(name, "") or said("the table"),
                    ),
                    evidence={"auroc": lateness.value, "low": lateness.low, "differ": differ[name]},
                )
            )
    if not differ:
        says = said("nothing that came to be known later changes a feature at {dates} past dates", dates=len(dates))
        return (LeakResult(test=SINCE_TEST, passed=True, kind="alarm", id="since", says=says),)
    first = max(differ, key=lambda name: differ[name])
    gained = max(added, key=lambda name: added[name])
    says = said(
        "what came to be known later would change {number} of {features} features, most {first} ({share:.1%} of rows); "
        "it would add {gain:.3f} to the AUROC of {gained}: known_at keeps it out",
        number=len(differ),
        features=len(panel.features),
        first=first,
        share=differ[first],
        gain=added[gained],
        gained=gained,
    )
    evidence = {"features": float(len(differ)), "differ": differ[first], "gain": added[gained]}
    return (*results, LeakResult(test=SINCE_TEST, passed=True, id="since", says=says, evidence=evidence))


def _as_known_now(rows: ir.Table, name: str, tables: CheckedTables) -> ir.Table:
    """Every key in the version known last, as if it had been known at once."""
    if tables.about[name].has_versions:
        newest = ibis.row_number().over(
            group_by=[rows[key] for key in TABLES[name].key], order_by=[rows.known_at.desc(), rows.happened_at.desc()]
        )
        rows = rows.mutate(version=newest)
        rows = rows.filter(rows.version == 0).drop("version")
    return rows.mutate(known_at=rows.happened_at, is_versioned=ibis.literal(False))
