"""Orders, returns and usage, out of the visits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.course import Course
from simulator.life import Company, sigmoid
from simulator.moments import DAY, HOUR, days_of, place_in_week, seconds_of

CATEGORIES = ("groceries", "household", "baby", "drinks", "fresh", "beauty", "pets", "electronics")
CATEGORY_SHARES = (0.28, 0.17, 0.1, 0.12, 0.15, 0.09, 0.05, 0.04)
#: What is done in the app: what everybody does, and what those do who are not content.
EVENTS = ("open", "search", "product_page", "wishlist", "order_status", "help_page", "plan_page", "returns_page")
USUAL_SHARES = (0.34, 0.24, 0.27, 0.09, 0.06)
UNEASY_SHARES = (0.25, 0.4, 0.2, 0.15)
#: Log-odds that something done is of the second kind, and what satisfaction does to it.
UNEASY, UNEASY_OF_SATISFACTION = -2.0, -0.5
#: Things done in a visit beside the first; from the drift on the app lovers' app logs this share of them.
DONE_A_VISIT = 1.2
LOGGED_AFTER_DRIFT = 0.35
#: Days between order and promised delivery; share of orders sent back, if late more.
PROMISED_DAYS = (1, 4)
RETURNED, RETURNED_IF_LATE = 0.05, 0.14
DELIVERED_SECOND = 12 * HOUR


@dataclass(frozen=True, kw_only=True)
class Visits:
    """One row a visit: when it began (day number, seconds of UTC), with what the course says of it."""

    customer: np.ndarray
    week: np.ndarray
    day: np.ndarray
    moment: np.ndarray
    is_order: np.ndarray
    is_app: np.ndarray
    is_sent: np.ndarray
    late_days: np.ndarray


def visits_of(rng: np.random.Generator, course: Course, company: Company) -> Visits:
    rows, days = course.rows["visits"], company.days
    day = days_of(rng, rows["week"], days.shares, days)
    second = seconds_of(rng, len(day)) + place_in_week(rows["customer"], rows["week"])
    return Visits(
        customer=rows["customer"],
        week=rows["week"],
        day=day,
        moment=days.seconds(day, second),
        is_order=rows["is_order"],
        is_app=rows["is_app"],
        is_sent=rows["is_sent"],
        late_days=rows["late_days"],
    )


def orders_of(rng: np.random.Generator, visits: Visits, course: Course, company: Company) -> dict[str, np.ndarray]:
    """One row an order or a return. `order` is its number; promised and delivered are 0 where nothing is sent."""
    at = np.flatnonzero(visits.is_order)
    who, many, days = visits.customer[at], len(at), company.days
    sent = visits.is_sent[at]
    promised_day = visits.day[at] + rng.integers(*PROMISED_DAYS, many)
    early = (visits.late_days[at] == 0) & (rng.random(many) < 0.3)
    delivered_day = np.maximum(promised_day + visits.late_days[at] - early, visits.day[at] + 1)
    delivered = days.seconds(delivered_day, DELIVERED_SECOND + rng.integers(-4 * HOUR, 8 * HOUR, many))
    size = np.exp(company.strengths.basket_of_need * course.need[visits.week[at], who])
    amount = np.round(company.people.spends[who] * size * np.exp(rng.normal(0, 0.5, many)), 2)
    discount = np.where(rng.random(many) < 0.16, np.round(amount * rng.uniform(0.03, 0.25, many), 2), 0.0)
    items = 1 + rng.poisson(4 * size)
    orders = {
        "order": at,
        "customer": who,
        "is_return": np.zeros(many, dtype=bool),
        "moment": visits.moment[at],
        "amount": amount,
        "discount": discount,
        "items": items,
        "is_app": visits.is_app[at],
        "category": rng.choice(len(CATEGORIES), many, p=CATEGORY_SHARES),
        "categories": np.minimum(1 + rng.poisson(1.3, many), items),
        "promised": np.where(sent, days.seconds(promised_day, np.asarray(20 * HOUR)), 0),
        "delivered": np.where(sent, delivered, 0),
    }
    back = rng.random(many) < np.where(visits.late_days[at] > 0, RETURNED_IF_LATE, RETURNED)
    after = np.maximum(orders["delivered"], orders["moment"]) + rng.integers(1 * DAY, 14 * DAY, many)
    share = np.where(rng.random(many) < 0.6, 1.0, rng.uniform(0.2, 0.9, many))
    returns = {name: values[back] for name, values in orders.items()}
    returns |= {
        "order": len(visits.customer) + at[back],
        "is_return": np.ones(int(back.sum()), dtype=bool),
        "moment": after[back],
        "amount": np.round(amount * share, 2)[back],
        "discount": np.zeros(int(back.sum())),
        "items": np.maximum(1, items * share).astype(np.int64)[back],
        "promised": np.zeros(int(back.sum()), dtype=np.int64),
        "delivered": np.zeros(int(back.sum()), dtype=np.int64),
    }
    return {name: np.concatenate([orders[name], returns[name]]) for name in orders}


def usage_of(rng: np.random.Generator, visits: Visits, course: Course, company: Company) -> dict[str, np.ndarray]:
    """One row a visit to the app and thing done: how often, and under which subscription (-1 for none)."""
    at = np.flatnonzero(visits.is_app)
    who, week = visits.customer[at], visits.week[at]
    drifted = (week >= company.world.drift_week) & company.people.is_app_lover[who]
    done = 1 + rng.poisson(np.where(drifted, DONE_A_VISIT * LOGGED_AFTER_DRIFT, DONE_A_VISIT))
    row = np.repeat(np.arange(len(at)), done)
    mood = course.satisfaction[week, who][row]
    uneasy = rng.random(len(row)) < sigmoid(UNEASY + UNEASY_OF_SATISFACTION * mood)
    drawn = rng.random(len(row))
    usual = np.searchsorted(np.cumsum(USUAL_SHARES)[:-1], drawn)
    other = len(EVENTS) - len(UNEASY_SHARES) + np.searchsorted(np.cumsum(UNEASY_SHARES)[:-1], drawn)
    key, times = np.unique(row * len(EVENTS) + np.where(uneasy, other, usual), return_counts=True)
    row, event = key // len(EVENTS), key % len(EVENTS)
    return {
        "customer": who[row],
        "event": event,
        # A multiple of the step, so that one event of two visits can never fall into one second.
        "moment": visits.moment[at][row] + 16 * event,
        "quantity": times,
        "sub": course.sub[week, who][row],
    }
