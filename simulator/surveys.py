"""Surveys: who is asked, what each would answer, and who does answer; the rest stays silent, and not by chance."""

from __future__ import annotations

from typing import Literal

import numpy as np

from simulator.course import Course
from simulator.life import Company, Rows, sigmoid
from simulator.moments import DAY, HOUR, local_day

#: How silence depends on the answer: not at all beyond what is known of the customer; the middle is silent; the unhappy
#: are; a mild mix of both.
NonResponse = Literal["random", "extremes", "silent", "mixed"]
KINDS = ("csat", "ces", "nps")
CSAT, CES, NPS = range(len(KINDS))
TOUCHPOINTS = ("delivery", "case", "quarter")
ASKED_BY = ("e-mail", "text message", "app")
#: Share of deliveries and of closed cases after which somebody is asked, and of customers asked each quarter.
AFTER_DELIVERY, AFTER_CASE_CSAT, AFTER_CASE_CES, QUARTERLY = 0.2, 0.3, 0.5, 0.9
QUARTER_WEEKS, QUARTER_FIRST = 13, 5
#: What the touchpoint itself adds to the answer: a late delivery, one on time, a case per effort.
LATE, IN_TIME, OF_EFFORT = -0.35, 0.06, -0.2
#: Steps between answers, in units of satisfaction (csat, nps) and of effort (ces).
CSAT_STEPS, NPS_STEPS, CES_STEPS = (-0.9, 0.0, 0.8, 1.8), (-2.6, -2.1, -1.6, -1.2, -0.8, -0.4, 0.0, 0.5, 1.0, 1.7), 0.55
#: Log-odds of answering at rest, by what is known of the customer.
ANSWERS = -1.45
OF_APP, OF_PERSIAN, OF_SOCIAL = 0.25, 0.15, -0.3
#: What the answer does to it.
LEANINGS: dict[NonResponse, tuple[float, float]] = {
    "random": (0.0, 0.0),
    "extremes": (0.0, 0.55),
    "silent": (0.6, 0.0),
    "mixed": (0.3, 0.25),
}
#: Why somebody did not answer: the message never came; the answer kept the customer from it; no time.
WHY = ("answered", "not reached", "silent for what the answer would be", "no time")
NOT_REACHED = 0.06
COMMENTED = 0.45


def surveys_of(
    rng: np.random.Generator, course: Course, company: Company, orders: Rows, cases: Rows, non_response: NonResponse
) -> dict[str, np.ndarray]:
    """One row an invitation: what would be answered, whether it was, and why not. `case` is -1 where it is about none.

    `responded` is 0 for those who did not answer.
    """
    asked = _asked(rng, company, orders, cases)
    people, s, days = company.people, company.strengths, company.days
    who, kind, many = asked["customer"], asked["kind"], len(asked["customer"])
    week = ((local_day(days, asked["moment"]) - days.start) // 7).clip(0, days.weeks - 1)
    mood = course.satisfaction[week, who] + asked["touch"] + rng.normal(0, s.answer_noise, many)
    effort = asked["effort"] + rng.normal(0, s.ces_noise, many)
    csat = 1 + np.searchsorted(s.csat_low + np.array(CSAT_STEPS), mood)
    nps = np.searchsorted(s.nps_low + np.array(NPS_STEPS), mood)
    ces = (5 + np.floor((effort - s.ces_high) / CES_STEPS)).clip(1, 7).astype(np.int64)
    answer = np.choose(kind, [csat, ces, nps])
    # How good the answer is, -1 to 1, whatever its scale.
    good = np.choose(kind, [(csat - 3) / 2, (4 - ces) / 3, (nps - 5) / 5])
    lean, extremes = LEANINGS[non_response]
    base = ANSWERS + OF_APP * people.is_app_lover[who] + OF_PERSIAN * people.is_persian[who]
    base = base + OF_SOCIAL * (people.channel[who] == 3)
    # Around the usual answer and its usual distance from the middle, so that the share that answers stays the same.
    odds = base + lean * 2 * (good - good.mean()) + extremes * 3 * (np.abs(good) - np.abs(good).mean())
    drawn = rng.random(many)
    reached = rng.random(many) >= NOT_REACHED
    answered = reached & (drawn < sigmoid(odds))
    why = np.select([answered, ~reached, drawn < sigmoid(base)], [0, 1, 2], 3)
    responded = asked["moment"] + (HOUR * rng.exponential(22, many)).astype(np.int64) + 120
    return {
        **asked,
        "answer": answer,
        "good": good,
        "mood": mood,
        "responded": np.where(answered, responded, 0),
        "why": why,
        "comments": answered & (rng.random(many) < COMMENTED),
        "asked_by": rng.choice(len(ASKED_BY), many, p=(0.5, 0.3, 0.2)),
    }


def _asked(rng: np.random.Generator, company: Company, orders: Rows, cases: Rows) -> dict[str, np.ndarray]:
    people, days = company.people, company.days
    sent = np.flatnonzero(orders["delivered"] > 0)
    sent = sent[rng.random(len(sent)) < AFTER_DELIVERY]
    late = orders["delivered"][sent] > orders["promised"][sent] + DAY // 2
    drawn = rng.random(len(cases["closed"]))
    closed = np.flatnonzero(drawn < AFTER_CASE_CSAT + AFTER_CASE_CES)
    about_effort = drawn[closed] >= AFTER_CASE_CSAT
    weeks = np.arange(QUARTER_FIRST, days.weeks, QUARTER_WEEKS)
    quarter, people_asked = np.nonzero(rng.random((len(weeks), len(people))) < QUARTERLY)
    there = people.joined_week[people_asked] < weeks[quarter]
    quarter, people_asked = quarter[there], people_asked[there]
    day = days.start + 7 * weeks[quarter] + rng.integers(0, 5, len(quarter))
    counts = [len(sent), len(closed), len(quarter)]
    return {
        "customer": np.concatenate([orders["customer"][sent], cases["customer"][closed], people_asked]),
        "kind": np.concatenate([np.full(counts[0], CSAT), np.where(about_effort, CES, CSAT), np.full(counts[2], NPS)]),
        "touchpoint": np.repeat([0, 1, 2], counts),
        "case": np.concatenate([np.full(counts[0], -1), closed, np.full(counts[2], -1)]),
        "about": np.concatenate([np.full(counts[0], 1), cases["about"][closed], np.full(counts[2], -1)]),
        "effort": np.concatenate([np.zeros(counts[0]), cases["effort"][closed], np.zeros(counts[2])]),
        "touch": np.concatenate(
            [np.where(late, LATE, IN_TIME), OF_EFFORT * cases["effort"][closed], np.zeros(counts[2])]
        ),
        "moment": np.concatenate(
            [
                orders["delivered"][sent] + rng.integers(HOUR, DAY, counts[0]),
                cases["closed"][closed] + rng.integers(HOUR, DAY, counts[1]),
                days.seconds(day, rng.integers(9 * HOUR, 18 * HOUR, counts[2])),
            ]
        ),
    }
