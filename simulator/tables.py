"""The company's tables in the columns of the contract, before anything goes wrong with them.

Each is an Arrow table with a column `number` besides, by which what is planted in it can be told again; times are naive
UTC. What came after the end is not known yet: such rows are left out, and dates that lie ahead are empty.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simulator import centre, shop, surveys, texts
from simulator.course import Course
from simulator.days import Days
from simulator.ids import opaque
from simulator.life import CATEGORIES, END_REASONS, RENEWED, UNPAID, Company, Rows
from simulator.moments import AT_ONCE, HOUR, MINUTE, loaded
from simulator.people import PLANS, SEGMENTS
from simulator.shop import Visits
from simulator.world import CHANNELS

OWNERS = 9
#: Business customers have somebody who looks after them; of the others, few.
OWNED, OWNED_BUSINESS = 0.08, 0.9
NOT_TO_CONTACT, NOT_TO_PROFILE = 0.05, 0.02
FAILURES = ("card expired", "no funds", "declined by bank")
CURRENCIES = {"gregorian": "EUR", "iranian": "IRR"}


def words(names: Sequence[str], codes: np.ndarray) -> pa.Array:
    """The names of codes; -1 is null."""
    return pa.array(names, pa.string()).take(pa.array(codes, mask=codes < 0))


def moments(seconds: np.ndarray, *, end: int | None = None) -> pa.Array:
    """Seconds of UTC as naive timestamps; 0, and what lies at `end` or later, is null."""
    missing = seconds == 0
    if end is not None:
        missing = missing | (seconds >= end)
    return pa.array(seconds.astype(np.int64), mask=missing).cast(pa.timestamp("s")).cast(pa.timestamp("us"))


def money(amounts: np.ndarray) -> pa.Array:
    return pa.array(np.round(amounts, 2))


def customers(rng: np.random.Generator, company: Company, ids: pa.Array) -> pa.Table:
    people, days = company.people, company.days
    many = len(people)
    joined = days.seconds(people.joined_day, rng.integers(9 * HOUR, 20 * HOUR, many))
    owned = rng.random(many) < np.where(people.segment == SEGMENTS.index("business"), OWNED_BUSINESS, OWNED)
    owner = np.where(owned, rng.integers(0, OWNERS, many), -1)
    preferred = np.where(rng.random(many) < 0.8, people.channel, rng.integers(0, len(CHANNELS), many))
    return pa.table(
        {
            "number": np.arange(many),
            "customer_id": ids,
            "joined_at": moments(joined),
            "segment": words(SEGMENTS, people.segment),
            "preferred_channel": words(CHANNELS, preferred),
            "language": words(("en", "fa"), people.is_persian.astype(int)),
            "owner": words([f"owner {number + 1}" for number in range(OWNERS)], owner),
            "contact_allowed": rng.random(many) >= NOT_TO_CONTACT,
            "profiling_allowed": rng.random(many) >= NOT_TO_PROFILE,
            "happened_at": moments(joined),
            "known_at": moments(loaded(days, joined, "customers")),
        }
    )


def orders(rows: Rows, company: Company, ids: pa.Array, *, seed: int, currency: str) -> pa.Table:
    end = company.days.end_seconds
    many = len(rows["customer"])
    return pa.table(
        {
            "number": rows["order"],
            "order_id": opaque(rows["order"], prefix="o", seed=seed),
            "customer_id": ids.take(pa.array(rows["customer"])),
            "kind": words(("purchase", "return"), rows["is_return"].astype(int)),
            "amount": money(rows["amount"]),
            "currency": pa.repeat(currency, many),
            "items": rows["items"],
            "discount": money(rows["discount"]),
            "channel": words(("shop", "app"), rows["is_app"].astype(int)),
            "category": words(shop.CATEGORIES, rows["category"]),
            "categories": rows["categories"],
            "promised_at": moments(rows["promised"]),
            "delivered_at": moments(rows["delivered"], end=end),
            "happened_at": moments(rows["moment"]),
            "known_at": moments(loaded(company.days, rows["moment"], "orders")),
        }
    )


def usage(rows: Rows, company: Company, ids: pa.Array, sub_ids: pa.Array) -> pa.Table:
    sub = rows["sub"].astype(np.int64)
    return pa.table(
        {
            "number": np.arange(len(sub)),
            "customer_id": ids.take(pa.array(rows["customer"])),
            "event": words(shop.EVENTS, rows["event"]),
            "quantity": rows["quantity"],
            "subscription_id": sub_ids.take(pa.array(sub, mask=sub < 0)),
            "happened_at": moments(rows["moment"]),
            "known_at": moments(loaded(company.days, rows["moment"], "usage")),
        }
    )


def subscriptions(course: Course, company: Company, ids: pa.Array, sub_ids: pa.Array) -> pa.Table:
    """A period that was renewed or changed ends when the next one begins, and says so in end_reason."""
    rows, ends, days = course.rows["periods"], course.rows["ends"], company.days
    end = days.end_seconds
    second = 9 * HOUR + 37 * (np.arange(len(sub_ids)) * 7919 % 900)
    # A period is told by its subscription and the day on which it began.
    key = rows["sub"] * 100_000 + rows["began"]
    order = np.argsort(key)
    at = order[np.searchsorted(key[order], ends["sub"] * 100_000 + ends["began"])]
    ended = np.zeros(len(key), dtype=np.int64)
    ended[at] = days.seconds(ends["day"], second[ends["sub"]])
    reason = np.full(len(key), -1)
    reason[at] = ends["reason"]
    reason[ended >= end] = -1
    started = days.seconds(rows["began"], second[rows["sub"]])
    return pa.table(
        {
            "number": np.arange(len(key)),
            "subscription_id": sub_ids.take(pa.array(rows["sub"])),
            "customer_id": ids.take(pa.array(rows["customer"])),
            "plan": words(PLANS, rows["plan"]),
            "monthly_amount": money(rows["price"]),
            "started_at": moments(started),
            "renews_at": moments(days.seconds(rows["renews"], second[rows["sub"]])),
            "ended_at": moments(ended, end=end),
            "end_reason": words(END_REASONS, reason),
            "is_involuntary": pa.array(reason == UNPAID, mask=reason < RENEWED),
            "happened_at": moments(started),
            "known_at": moments(loaded(days, started, "subscriptions")),
        }
    )


def payments(
    rng: np.random.Generator, course: Course, company: Company, ids: pa.Array, sub_ids: pa.Array, *, seed: int
) -> pa.Table:
    rows, days = course.rows["payments"], company.days
    many = len(rows["customer"])
    moment = days.seconds(rows["day"], rng.integers(10 * HOUR, 12 * HOUR, many))
    failed = np.where(rows["succeeded"], -1, rng.integers(0, len(FAILURES), many))
    return pa.table(
        {
            "number": np.arange(many),
            "payment_id": opaque(np.arange(many), prefix="p", seed=seed),
            "customer_id": ids.take(pa.array(rows["customer"])),
            "subscription_id": sub_ids.take(pa.array(rows["sub"])),
            "amount": money(rows["amount"]),
            "succeeded": rows["succeeded"],
            "failure": words(FAILURES, failed),
            "happened_at": moments(moment),
            "known_at": moments(loaded(days, moment, "payments")),
        }
    )


def contacts(
    rng: np.random.Generator,
    rows: Rows,
    follow_ups: Rows,
    campaigns: Rows,
    company: Company,
    ids: pa.Array,
    fragments: texts.Fragments,
    *,
    seed: int,
) -> pa.Table:
    """Contacts that customers began, then the company's messages in open cases, then its campaigns."""
    end = company.days.end_seconds
    counts = [len(rows["customer"]), len(follow_ups["customer"]), len(campaigns["customer"])]
    begun, many = counts[0], sum(counts)

    def together(first: np.ndarray, second: np.ndarray | int, third: np.ndarray | int) -> np.ndarray:
        parts = [np.broadcast_to(part, count) for part, count in zip((first, second, third), counts, strict=True)]
        return np.concatenate(parts)

    def only(values: np.ndarray) -> pa.Array:
        return pa.array(together(values, 0, 0), mask=np.arange(many) >= begun)

    # What came in by phone is noted now and then; what was written is kept.
    noted = rng.random(begun) < np.where(rows["channel"] == CHANNELS.index("phone"), 0.3, 0.95)
    about = np.where(rng.random(begun) < 0.12, rng.integers(len(CATEGORIES), len(texts.TOPICS), begun), rows["about"])
    text = texts.compose(
        rng,
        fragments,
        persian=company.people.is_persian[rows["customer"]],
        topic=about,
        mood=rows["mood"] - 0.35 * rows["effort"] - 0.5 * rows["is_complaint"],
    )
    text = pc.if_else(pa.array(noted), text, pa.scalar(None, pa.large_string()))
    moment = together(rows["moment"], follow_ups["moment"], campaigns["moment"])
    channel = together(rows["channel"], CHANNELS.index("e-mail"), campaigns["channel"])
    case = together(rows["case"], follow_ups["case"], -1)
    resolved_at = together(rows["resolved_at"], 0, 0)
    number = np.arange(many)
    changed = company.world.unit_change_weeks
    # From one release to the next the chat told its waits in milliseconds.
    wait = np.where(
        (rows["channel"] == CHANNELS.index("chat")) & (rows["week"] >= changed.start) & (rows["week"] < changed.stop),
        rows["wait"] * 1000,
        rows["wait"],
    )
    return pa.table(
        {
            "number": number,
            "contact_id": opaque(number, prefix="k", seed=seed),
            "customer_id": ids.take(
                pa.array(together(rows["customer"], follow_ups["customer"], campaigns["customer"]))
            ),
            "channel": words(CHANNELS, channel),
            "direction": words(("inbound", "outbound"), (number >= begun).astype(int)),
            "topic": words((*texts.TOPICS, "offer"), together(about, follow_ups["about"], len(texts.TOPICS))),
            "case_id": opaque(case, prefix="q", seed=seed),
            "agent_id": words(
                [f"agent {number + 1}" for number in range(len(CHANNELS) * centre.AGENTS_A_TEAM)],
                together(rows["agent"], -1, -1),
            ),
            "team": words([f"{name} team" for name in CHANNELS], channel),
            "wait_seconds": only(wait),
            "handle_seconds": only(rows["handle"]),
            "transfers": only(rows["transfers"]),
            "resolved": pa.array(
                together(rows["settled"], False, False), mask=(number >= begun) | (resolved_at >= end)
            ),
            "resolved_at": moments(resolved_at, end=end),
            "text": pa.concat_arrays([text, pa.nulls(many - begun, pa.large_string())]),
            "happened_at": moments(moment),
            "known_at": moments(moment + AT_ONCE),
        }
    )


def cases(
    rng: np.random.Generator, rows: Rows, company: Company, ids: pa.Array, fragments: texts.Fragments, *, seed: int
) -> pa.Table:
    end = company.days.end_seconds
    number = np.arange(len(rows["customer"]))
    text = texts.compose(
        rng,
        fragments,
        persian=company.people.is_persian[rows["customer"]],
        topic=rows["about"],
        mood=rows["mood"] - 0.35 * rows["effort"] - 0.7 * rows["is_complaint"],
        short=0.2,
    )
    closed = rows["closed"] < end
    return pa.table(
        {
            "number": number,
            "case_id": opaque(number, prefix="q", seed=seed),
            "customer_id": ids.take(pa.array(rows["customer"])),
            "kind": words(("request", "complaint"), rows["is_complaint"].astype(int)),
            "category": words(CATEGORIES, rows["about"]),
            "severity": rows["severity"],
            "channel": words(CHANNELS, rows["channel"]),
            "team": words([f"{name} team" for name in CHANNELS], rows["channel"]),
            "opened_at": moments(rows["opened"]),
            "first_response_at": moments(rows["responded"], end=end),
            "closed_at": moments(rows["closed"], end=end),
            "resolved": pa.array(rows["resolved"], mask=~closed),
            "reopened_at": moments(rows["reopened"], end=end),
            "text": text,
            "happened_at": moments(rows["opened"]),
            "known_at": moments(rows["opened"] + AT_ONCE),
        }
    )


def invitations(
    rng: np.random.Generator, rows: Rows, company: Company, ids: pa.Array, fragments: texts.Fragments, *, seed: int
) -> pa.Table:
    end = company.days.end_seconds
    number = np.arange(len(rows["customer"]))
    answered = (rows["responded"] > 0) & (rows["responded"] < end)
    commented = answered & rows["comments"]
    topic = np.where(rows["about"] >= 0, rows["about"], rng.integers(0, len(texts.TOPICS), len(number)))
    comment = texts.compose(
        rng,
        fragments,
        persian=company.people.is_persian[rows["customer"]],
        topic=topic,
        mood=-0.3 + 1.7 * rows["good"],
        short=0.75,
    )
    return pa.table(
        {
            "number": number,
            "survey_id": opaque(number, prefix="s", seed=seed),
            "customer_id": ids.take(pa.array(rows["customer"])),
            "kind": words(surveys.KINDS, rows["kind"]),
            "channel": words(surveys.ASKED_BY, rows["asked_by"]),
            "touchpoint": words(surveys.TOUCHPOINTS, rows["touchpoint"]),
            "about": opaque(rows["case"], prefix="q", seed=seed),
            "invited_at": moments(rows["moment"]),
            "responded_at": moments(rows["responded"], end=end),
            "score": pa.array(rows["answer"], mask=~answered),
            "comment": pc.if_else(pa.array(commented), comment, pa.scalar(None, pa.large_string())),
            "happened_at": moments(rows["moment"]),
            "known_at": moments(rows["moment"] + AT_ONCE),
        }
    )


def reviews(rows: Rows, ids: pa.Array, *, seed: int) -> pa.Table:
    number = np.arange(len(rows["customer"]))
    return pa.table(
        {
            "number": number,
            "review_id": opaque(number, prefix="r", seed=seed),
            "contact_id": opaque(rows["contact"], prefix="k", seed=seed),
            "customer_id": ids.take(pa.array(rows["customer"])),
            "agent_id": words(
                [f"agent {number + 1}" for number in range(len(CHANNELS) * centre.AGENTS_A_TEAM)], rows["agent"]
            ),
            "team": words([f"{name} team" for name in CHANNELS], rows["channel"]),
            "reviewed_at": moments(rows["moment"]),
            **{name: rows[name] for name in ("soft_skills", "process", "compliance", "outcome")},
            "happened_at": moments(rows["moment"]),
            "known_at": moments(rows["moment"] + MINUTE),
        }
    )


def known_by_the_end(table: pa.Table, days: Days, *, load_hours: int) -> pa.Table:
    """The rows that had happened before the end, and were loaded in the night after it."""
    end = days.end_seconds
    happened, known = pa.scalar(end, pa.timestamp("s")), pa.scalar(end + load_hours * HOUR, pa.timestamp("s"))
    return table.filter(pc.and_(pc.less(table["happened_at"], happened), pc.less(table["known_at"], known)))


def all_tables(
    course: Course,
    company: Company,
    visits: Visits,
    *,
    seed: int,
    currency: str,
    non_response: surveys.NonResponse,
) -> tuple[dict[str, pa.Table], dict[str, Rows]]:
    """The tables by name, and the rows that truth needs again: contacts, cases, invitations."""

    def rng(purpose: int) -> np.random.Generator:
        return np.random.default_rng([seed, 3, purpose])

    ids = opaque(np.arange(len(company.people)), prefix="c", seed=seed)
    count = int(course.rows["periods"]["sub"].max(initial=-1)) + 1
    sub_ids = opaque(np.arange(count), prefix="u", seed=seed)
    fragments = texts.render(seed)
    bought = shop.orders_of(rng(0), visits, course, company)
    begun = centre.contacts_of(rng(1), course, company)
    opened = centre.cases_of(rng(2), begun)
    follow_ups = centre.follow_ups_of(rng(3), opened)
    campaigns = centre.campaigns_of(rng(4), course, company)
    asked = surveys.surveys_of(rng(5), course, company, bought, opened, non_response)
    used = shop.usage_of(rng(6), visits, course, company)
    found = {
        "customers": customers(rng(7), company, ids),
        "subscriptions": subscriptions(course, company, ids, sub_ids),
        "orders": orders(bought, company, ids, seed=seed, currency=currency),
        "usage": usage(used, company, ids, sub_ids),
        "contacts": contacts(rng(8), begun, follow_ups, campaigns, company, ids, fragments, seed=seed),
        "cases": cases(rng(9), opened, company, ids, fragments, seed=seed),
        "surveys": invitations(rng(10), asked, company, ids, fragments, seed=seed),
        "reviews": reviews(centre.reviews_of(rng(11), begun), ids, seed=seed),
        "payments": payments(rng(12), course, company, ids, sub_ids, seed=seed),
    }
    return found, {"contacts": begun, "cases": opened, "surveys": asked}
