"""The planted probabilities: what the window after an as_of holds by the model's own hazards, and what then came."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import ndtr

from simulator.course import Course
from simulator.days import WEEK
from simulator.life import CANCELLED, Company, State, advance, chances
from simulator.strengths import Strengths

TARGETS = ("inactivity", "contract_churn", "complaint", "low_csat", "nps_detractor", "high_effort")
GAP_DAYS, HORIZON_DAYS, ACTIVE_DAYS = 1, 28, 90
#: Futures that are lived through from every state. Along each one probabilities are added up, not coins tossed, so few
#: are enough.
PATHS = 12


def planted(
    course: Course, company: Company, seed: int, *, paths: int = PATHS, progress: Callable[[str], None]
) -> dict[int, dict[str, np.ndarray]]:
    """By week of as_of and target: one probability a customer. Of contract_churn it is NaN without a subscription."""
    found = {}
    for week, state in course.states.items():
        progress(f"looking ahead from week {week}")
        # A generator of its own: how many futures are looked into changes nothing of what happens.
        rng = np.random.default_rng([seed, 1, week])
        sums = {target: np.zeros(len(company.people)) for target in TARGETS}
        for _ in range(paths):
            for target, chance in _ahead(state.copy(), company, week, rng).items():
                sums[target] += chance
        found[week] = {target: total / paths for target, total in sums.items()}
    return found


def _ahead(state: State, company: Company, week: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """One future of everybody: the probabilities over the label window, given its experiences."""
    s, days = company.strengths, company.days
    many = len(company.people)
    from_day = days.day(week) + GAP_DAYS
    visits, no_complaint, stays = np.zeros(many), np.zeros(many), np.ones(many)
    asked = {target: np.zeros(many) for target in ("low_csat", "nps_detractor", "high_effort")}
    had = state.sub >= 0
    whole = HORIZON_DAYS // WEEK
    for ahead in range(whole + 1):
        now = week + ahead
        share, working = days.shares[now], days.working_shares[now]
        # The window begins a day after as_of, and so ends a day into the fifth week.
        inside = slice(GAP_DAYS, None) if ahead == 0 else slice(0, GAP_DAYS) if ahead == whole else slice(0, None)
        hold = chances(state, company, now)
        visits += hold.visits * share[inside].sum()
        no_complaint += np.log1p(-hold.complaint * working[inside].sum())
        due = had & (state.sub >= 0) & (state.renews >= from_day) & (state.renews < from_day + HORIZON_DAYS)
        due &= (state.renews >= days.day(now)) & (state.renews < days.day(now + 1))
        stays = np.where(due, stays * (1 - hold.ends), stays)
        if ahead < whole:
            for target, chance in if_asked(state, company, now, s).items():
                asked[target] += chance / whole
            advance(state, company, now, rng, spared=True)
    return {
        "inactivity": np.exp(-visits),
        "contract_churn": np.where(had, 1 - stays, np.nan),
        "complaint": -np.expm1(no_complaint),
        **asked,
    }


def if_asked(state: State, company: Company, week: int, s: Strengths) -> dict[str, np.ndarray]:
    """The probabilities of a low answer, and of a high effort of a case opened now."""
    queue = company.world.queue[week, company.people.channel]
    effort = state.friction + s.effort_of_queue * queue
    return {
        "low_csat": ndtr((s.csat_low - state.satisfaction) / s.answer_noise),
        "nps_detractor": ndtr((s.nps_low - state.satisfaction) / s.answer_noise),
        "high_effort": ndtr((effort - s.ces_high) / np.hypot(s.effort_noise, s.ces_noise)),
    }


def outcomes(
    course: Course,
    company: Company,
    seed: int,
    *,
    activity: tuple[np.ndarray, np.ndarray],
    complaints: tuple[np.ndarray, np.ndarray],
) -> dict[int, dict[str, np.ndarray]]:
    """By week of as_of and target: 1 where it came, 0 where not, NaN where it could not (outside of the cohort), or
    where the window is not over. `activity` and `complaints` are (customer, day), one an event.

    What nobody was asked at a random moment of the window is answered here, by the same law as real answers.
    """
    many, days, s = len(company.people), company.days, company.strengths
    ends = course.rows["ends"]
    chosen = ends["reason"] == CANCELLED
    found = {}
    for week, state in course.states.items():
        day = days.day(week)
        first, last = day + GAP_DAYS, day + GAP_DAYS + HORIZON_DAYS
        over = last <= days.day(days.weeks)

        def came(events: tuple[np.ndarray, np.ndarray], since: int, to: int) -> np.ndarray:
            who, when = events
            return np.bincount(who[(when >= since) & (when < to)], minlength=many) > 0

        active = came(activity, day - ACTIVE_DAYS, day)
        left = came((ends["customer"][chosen], ends["day"][chosen]), first, last)
        there = company.people.joined_week < week
        rng = np.random.default_rng([seed, 2, week])
        later = week + rng.integers(0, HORIZON_DAYS // WEEK, many)
        mood = course.satisfaction[np.minimum(later, days.weeks - 1), np.arange(many)]
        mood = mood + rng.normal(0, s.answer_noise, many)
        queue = company.world.queue[later, company.people.channel]
        effort = state.friction + s.effort_of_queue * queue
        effort += rng.normal(0, np.hypot(s.effort_noise, s.ces_noise), many)
        told = {
            "inactivity": np.where(active, ~came(activity, first, last), np.nan),
            "contract_churn": np.where(state.sub >= 0, left, np.nan),
            "complaint": np.where(there, came(complaints, first, last), np.nan),
            "low_csat": np.where(there, mood < s.csat_low, np.nan),
            "nps_detractor": np.where(there, mood < s.nps_low, np.nan),
            "high_effort": np.where(there, effort > s.ces_high, np.nan),
        }
        found[week] = told if over else {name: np.full(many, np.nan) for name in told}
    return found
