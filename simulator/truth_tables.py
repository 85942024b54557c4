"""What is true of the company, as tables: nothing here may ever be read by a model."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from contract.calendar import from_day_number
from simulator import surveys, truth
from simulator.course import Course
from simulator.ids import opaque
from simulator.life import DRIVERS, STOCK_TELLS, Company, Rows
from simulator.people import OUTREACH_EFFECTS, OUTREACH_TYPES
from simulator.tables import moments, words

#: Between customers of one type, the effect of a call varies by so much.
EFFECT_SPREAD = 0.2


def all_truth(
    course: Course,
    company: Company,
    chances: Mapping[int, Mapping[str, np.ndarray]],
    came: Mapping[int, Mapping[str, np.ndarray]],
    asked: Rows,
    done: pa.Table,
    *,
    seed: int,
) -> dict[str, pa.Table]:
    ids = opaque(np.arange(len(company.people)), prefix="c", seed=seed)
    return {
        "probabilities": _by_target(company, chances, ids),
        "outcomes": _by_target(company, came, ids),
        "states": _states(course, company, ids),
        "nonresponse": _nonresponse(asked, company, ids, seed=seed),
        "outreach_effect": _outreach_effect(company, ids, seed=seed),
        "rows": done,
        "events": _events(company),
    }


def _as_of(company: Company, week: int) -> pa.Scalar:
    return pa.scalar(from_day_number(company.days.day(week)), pa.date32())


def _by_target(company: Company, values: Mapping[int, Mapping[str, np.ndarray]], ids: pa.Array) -> pa.Table:
    """One row a customer who had joined and as_of; null where a target cannot be said."""
    parts = []
    for week in sorted(values):
        there = np.flatnonzero(company.people.joined_week < week)
        columns = {target: values[week][target][there] for target in truth.TARGETS}
        parts.append(
            pa.table(
                {
                    "customer_id": ids.take(pa.array(there)),
                    "as_of": pa.repeat(_as_of(company, week), len(there)),
                    **{target: pa.array(column, mask=np.isnan(column)) for target, column in columns.items()},
                }
            )
        )
    return pa.concat_tables(parts)


def _states(course: Course, company: Company, ids: pa.Array) -> pa.Table:
    """One row a customer who had joined and as_of: the latent state, and the driver that hurt most of late."""
    parts = []
    for week in sorted(course.states):
        state = course.states[week]
        there = np.flatnonzero(company.people.joined_week < week)
        stock = state.stock[there]
        driver = np.where(stock.max(axis=1) >= STOCK_TELLS, stock.argmax(axis=1), len(DRIVERS))
        parts.append(
            pa.table(
                {
                    "customer_id": ids.take(pa.array(there)),
                    "as_of": pa.repeat(_as_of(company, week), len(there)),
                    "satisfaction": state.satisfaction[there],
                    "need": state.need[there],
                    "habit": state.habit[there],
                    "grievance": state.grievance[there],
                    "friction": state.friction[there],
                    "weeks_away": state.away[there],
                    "driver": words((*DRIVERS, "none"), driver),
                    **{f"hurt_{name}": stock[:, number] for number, name in enumerate(DRIVERS)},
                }
            )
        )
    return pa.concat_tables(parts)


def _nonresponse(asked: Rows, company: Company, ids: pa.Array, *, seed: int) -> pa.Table:
    """One row an invitation (also those after the end): what would have been answered, whether it was, why not."""
    return pa.table(
        {
            "survey_id": opaque(np.arange(len(asked["customer"])), prefix="s", seed=seed),
            "customer_id": ids.take(pa.array(asked["customer"])),
            "kind": words(surveys.KINDS, asked["kind"]),
            "invited_at": moments(asked["moment"]),
            "answer": asked["answer"],
            "answered": asked["responded"] > 0,
            "why": words(surveys.WHY, asked["why"]),
        }
    )


def _outreach_effect(company: Company, ids: pa.Array, *, seed: int) -> pa.Table:
    """One row a customer: what a call adds to the log-odds of leaving; above zero it harms."""
    kind = company.people.outreach_type
    spread = np.random.default_rng([seed, 5]).normal(0, EFFECT_SPREAD, len(kind))
    return pa.table(
        {
            "customer_id": ids,
            "type": words(OUTREACH_TYPES, kind),
            "churn_log_odds": np.array(OUTREACH_EFFECTS)[kind] + spread,
        }
    )


def _events(company: Company) -> pa.Table:
    """One row a thing that happened to everybody: what, from which day, to before which day, how much."""
    world, days = company.world, company.days
    found: list[tuple[str, int, int, float]] = []
    for week in np.unique(world.outage_weeks):
        found.append(("outage", days.day(week), days.day(week + 1), float(world.outage[week])))
    for week in world.price_weeks:
        rise = float(world.price[week] / world.price[week - 1] - 1)
        found.append(("price rise", days.day(week), days.day(days.weeks), rise))
    found.append(("drift", days.day(world.drift_week), days.day(days.weeks), company.strengths.drift_late))
    changed = world.unit_change_weeks
    found.append(("chat waits in milliseconds", days.day(changed.start), days.day(changed.stop), 1000.0))
    first, last = days.day(0), days.day(days.weeks)
    for day in days.calendar.holidays:
        number = (day - from_day_number(0)).days
        if first <= number < last:
            found.append(("holiday", number, number + 1, 1.0))
    found.sort(key=lambda event: (event[1], event[0]))
    return pa.table(
        {
            "what": pa.array([event[0] for event in found]),
            "from_day": pa.array([from_day_number(event[1]) for event in found]),
            "before_day": pa.array([from_day_number(event[2]) for event in found]),
            "size": pa.array([event[3] for event in found]),
        }
    )


def about(company: Company) -> dict[str, object]:
    """What of the truth fits into a sentence."""
    days = company.days
    return {
        "first_day": from_day_number(days.start).isoformat(),
        "gap_days": truth.GAP_DAYS,
        "horizon_days": truth.HORIZON_DAYS,
        "active_days": truth.ACTIVE_DAYS,
        "drift_day": from_day_number(days.day(company.world.drift_week)).isoformat(),
    }
