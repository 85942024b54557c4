"""The whole course of the company: every week lived through, what happened kept by kind of row, and the states."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from simulator.life import Company, Rows, State, advance, begin

#: as_of dates lie four weeks apart, back from the end; the first has this many weeks of history before it.
WEEKS_APART = 4
FIRST_AS_OF = 13


@dataclass(frozen=True, kw_only=True)
class Course:
    """`rows` by kind (visits, contacts, periods, ends, payments), one row an event, with its `week`; -1 is before the
    first. `states` by week: the state at the beginning of every week that is an as_of. `satisfaction`, `need` and
    `sub` [week, customer] are those of the week's beginning."""

    rows: Mapping[str, Rows]
    states: Mapping[int, State]
    satisfaction: np.ndarray
    need: np.ndarray
    sub: np.ndarray


def live(company: Company, rng: np.random.Generator, *, progress: Callable[[str], None]) -> Course:
    weeks = company.days.weeks
    as_of = range(weeks, FIRST_AS_OF - 1, -WEEKS_APART)
    state, periods = begin(rng, company)
    kept: dict[str, list[Rows]] = {"periods": [{**periods, "week": np.full(len(periods["customer"]), -1)}]}
    states: dict[int, State] = {}
    satisfaction = np.empty((weeks, len(company.people)), dtype=np.float32)
    need = np.empty_like(satisfaction)
    sub = np.empty((weeks, len(company.people)), dtype=np.int32)
    for week in range(weeks):
        if week in as_of:
            states[week] = state.copy()
        if week % 26 == 0:
            progress(f"living through week {week + 1} of {weeks}")
        satisfaction[week], need[week], sub[week] = state.satisfaction, state.need, state.sub
        for kind, rows in advance(state, company, week, rng).items():
            here = np.full(len(rows["customer"]), week)
            kept.setdefault(kind, []).append({**rows, "week": here})
    states[weeks] = state.copy()
    return Course(
        rows={
            kind: {name: np.concatenate([part[name] for part in parts]) for name in parts[-1]}
            for kind, parts in kept.items()
        },
        states=states,
        satisfaction=satisfaction,
        need=need,
        sub=sub,
    )
