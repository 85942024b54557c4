"""All leak tests of a night in one call, and what people said of their alarms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd
from ibis.backends.duckdb import Backend

from contract.checked import CheckedTables
from features.family import Family
from models.cliffs import gap_curve, tell_tale_events
from models.clocks import known_since, past_and_tonight, rows_twice, telling_date
from models.dataset import Panel, Window
from models.leaks import LeakResult, multiply_acts, poison_future
from models.tells import alone, family_alone, permuted, whole


@dataclass(frozen=True)
class Acknowledgement:
    """What a person said of one alarm: by its id, who, why, and on which day."""

    id: str
    by: str
    because: str
    on: date


def unanswered(results: Sequence[LeakResult], said_of: Sequence[Acknowledgement]) -> tuple[LeakResult, ...]:
    """What stands between a model and the morning: failed leaks, whatever was said of them, and failed alarms of which
    nobody has said anything."""
    answered = {one.id for one in said_of if one.by.strip() and one.because.strip()}
    return tuple(one for one in results if not one.passed and (one.kind == "leak" or one.id not in answered))


def leak_suite(
    connection: Backend,
    tables: CheckedTables,
    families: Sequence[Family],
    window: Window,
    panel: Panel,
    *,
    tonight: pd.DataFrame,
    judged: pd.DataFrame | None,
    now: date,
    capacity: int,
    seed: int,
    progress: Callable[[str], None] = lambda _: None,
) -> tuple[LeakResult, ...]:
    """Every leak test, in the order in which a person would read them.

    `panel` is what was learned from, `tonight` the frame of tonight's matrix, `judged` what judging said of rows that
    it had not learned from (customer_id, as_of, label, score), if it did. Tests that build rows again do so at the
    middle date and the newest.
    """
    middle = panel.dates[len(panel.dates) // 2]
    two = tuple(dict.fromkeys((middle, panel.dates[-1])))
    tests: tuple[tuple[str, Callable[[], tuple[LeakResult, ...]]], ...] = (
        ("poisoning the future", lambda: poison_future(connection, tables, families, window, as_of=middle)),
        ("multiplying what the company did", lambda: multiply_acts(connection, tables, families, window, as_of=middle)),
        ("one feature alone", lambda: alone(panel, families)),
        ("one family alone", lambda: family_alone(panel, families, seed=seed)),
        ("all features together", lambda: () if judged is None else (whole(judged, judged.score.to_numpy()),)),
        ("events right before", lambda: tell_tale_events(connection, tables, window, panel, now=now)),
        (
            "foresight by gap",
            lambda: gap_curve(connection, tables, families, window, panel, now=now, capacity=capacity, seed=seed),
        ),
        ("labels drawn by lot", lambda: (permuted(panel, window.target, seed=seed),)),
        ("telling the date", lambda: telling_date(panel, families)),
        ("past dates against tonight", lambda: past_and_tonight(panel, tonight, families)),
        ("rows twice", lambda: (rows_twice(connection, tables, families, window, panel, dates=two),)),
        ("what came to be known later", lambda: known_since(connection, tables, families, window, panel, dates=two)),
    )
    results: list[LeakResult] = []
    for name, test in tests:
        progress(f"leak test: {name}")
        results += test()
    return tuple(results)
