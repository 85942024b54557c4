"""The call centre: contacts, the cases that they belong to, and the reviews of a few, out of what people wanted."""

from __future__ import annotations

import numpy as np

from simulator.course import Course
from simulator.life import EXPECTED_WAIT, Company, Rows
from simulator.moments import DAY, HOUR, MINUTE, days_of, seconds_of
from simulator.world import CHANNELS

AGENTS_A_TEAM = 14
#: How long a contact takes at rest, by channel, seconds.
HANDLED = np.array([320.0, 520.0, 900.0, 420.0])
#: Days after which a case that nobody came back to is closed, not resolved.
FORGOTTEN_DAYS = (21, 45)
#: Share of contacts by phone and chat that are reviewed, and within how many days.
REVIEWED = 0.04
REVIEWED_WITHIN = (1, 10)
#: Campaigns: weeks between them, the share of customers who are chosen, and how the choice leans to those who spend
#: much and to those who are about to leave (the company knows more than a feature may).
CAMPAIGN_EVERY = 4
CAMPAIGN_SHARE = 0.06
CAMPAIGN_OF_SPEND, CAMPAIGN_OF_SATISFACTION = 0.8, -0.7
#: Share of closed cases after which the company writes once more: outbound, but in a case, so not company-made.
FOLLOWED_UP = 0.12


def contacts_of(rng: np.random.Generator, course: Course, company: Company) -> dict[str, np.ndarray]:
    """One row a contact that the customer began, in the order of the course; the index is the contact's number."""
    rows, days = course.rows["contacts"], company.days
    many = len(rows["customer"])
    moment = days.seconds(days_of(rng, rows["week"], days.working_shares, days), seconds_of(rng, many))
    wait = np.round(EXPECTED_WAIT[rows["channel"]] * np.exp(rows["over"])).astype(np.int64)
    handle = HANDLED[rows["channel"]] * np.exp(0.25 * rows["effort"] + rng.normal(0, 0.4, many))
    agent = rows["channel"] * AGENTS_A_TEAM + rng.integers(0, AGENTS_A_TEAM, many)
    return {
        **rows,
        "moment": moment,
        "wait": wait,
        "handle": np.maximum(20, handle).astype(np.int64),
        "agent": agent,
        "resolved_at": moment + wait + np.maximum(20, handle).astype(np.int64),
    }


def cases_of(rng: np.random.Generator, contacts: Rows) -> dict[str, np.ndarray]:
    """One row a case, in the order of its number. closed and reopened are 0 where they never came."""
    first = np.flatnonzero(contacts["opens"])
    first = first[np.argsort(contacts["case"][first])]
    many = len(first)
    opened = contacts["moment"][first]
    last = np.zeros(many, dtype=np.int64)
    taken = np.flatnonzero(contacts["case"] >= 0)
    np.maximum.at(last, contacts["case"][taken], contacts["moment"][taken])
    closing = np.flatnonzero(contacts["closes"])
    number = contacts["case"][closing]
    closed = last + rng.integers(*FORGOTTEN_DAYS, many) * DAY
    resolved = np.zeros(many, dtype=bool)
    after = (HOUR * rng.exponential(14 * np.exp(0.3 * contacts["effort"][closing].clip(-2, 3)))).astype(np.int64)
    closed[number] = contacts["resolved_at"][closing] + MINUTE + after
    resolved[number] = contacts["settled"][closing]
    complaint = contacts["is_complaint"][first]
    severity = 1.6 + 1.2 * complaint + 0.5 * contacts["effort"][first] - 0.25 * contacts["mood"][first]
    severity = np.round(severity + rng.normal(0, 0.6, many)).clip(1, 5).astype(np.int64)
    response = contacts["moment"][first] + contacts["wait"][first]
    return {
        "customer": contacts["customer"][first],
        "contact": first,
        "is_complaint": complaint,
        "about": contacts["about"][first],
        "severity": severity,
        "channel": contacts["channel"][first],
        "opened": opened,
        "responded": np.minimum(response, closed),
        "closed": closed,
        "resolved": resolved,
        "reopened": np.where(last > opened, last, 0),
        "mood": contacts["mood"][first],
        "effort": contacts["effort"][first],
    }


def follow_ups_of(rng: np.random.Generator, cases: Rows) -> dict[str, np.ndarray]:
    """One row a message that the company sends after it closed a case."""
    case = np.flatnonzero(rng.random(len(cases["closed"])) < FOLLOWED_UP)
    return {
        "customer": cases["customer"][case],
        "case": case,
        "about": cases["about"][case],
        "moment": cases["closed"][case] + rng.integers(HOUR, DAY, len(case)),
    }


def campaigns_of(rng: np.random.Generator, course: Course, company: Company) -> dict[str, np.ndarray]:
    """One row a call or mail of a campaign: company-made. It changes nothing of anybody."""
    people, days = company.people, company.days
    parts: list[tuple[np.ndarray, np.ndarray]] = []
    value = np.log(people.spends)
    value = (value - value.mean()) / value.std()
    for start in range(2, days.weeks, CAMPAIGN_EVERY):
        lean = CAMPAIGN_OF_SPEND * value + CAMPAIGN_OF_SATISFACTION * course.satisfaction[start]
        weight = np.exp(lean.clip(-3, 3)) * (people.joined_week < start)
        chance = np.minimum(1, weight * CAMPAIGN_SHARE * len(people) / max(weight.sum(), 1e-9))
        chosen = np.flatnonzero(rng.random(len(people)) < chance)
        parts.append((chosen, np.full(len(chosen), start)))
    who = np.concatenate([part[0] for part in parts])
    week = np.concatenate([part[1] for part in parts])
    day = days_of(rng, week, days.working_shares, days)
    return {
        "customer": who,
        "channel": np.where(rng.random(len(who)) < 0.5, 0, CHANNELS.index("e-mail")),
        "moment": days.seconds(day, seconds_of(rng, len(who))),
    }


def reviews_of(rng: np.random.Generator, contacts: Rows) -> dict[str, np.ndarray]:
    """One row a reviewed contact: four scores of 0 to 100, moved by the agent and by how the contact went."""
    live = contacts["channel"] < CHANNELS.index("e-mail")
    at = np.flatnonzero(live & (rng.random(len(live)) < REVIEWED))
    skill = rng.normal(0, 6, len(CHANNELS) * AGENTS_A_TEAM)[contacts["agent"][at]]
    effort, settled = contacts["effort"][at], contacts["settled"][at]

    def score(middle: np.ndarray | float, spread: float) -> np.ndarray:
        return np.round(middle + skill + rng.normal(0, spread, len(at))).clip(0, 100).astype(np.int64)

    return {
        "contact": at,
        "customer": contacts["customer"][at],
        "agent": contacts["agent"][at],
        "channel": contacts["channel"][at],
        "moment": contacts["resolved_at"][at]
        + rng.integers(REVIEWED_WITHIN[0] * DAY, REVIEWED_WITHIN[1] * DAY, len(at)),
        "soft_skills": score(80 - 2 * effort, 8),
        "process": score(84 - 4 * effort, 9),
        "compliance": score(91.0, 5),
        "outcome": score(78 - 7 * effort - 18 * ~settled, 9),
    }
