"""How a week goes: experiences come from the state of things, and change it. All customers at once, week by week."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

from simulator.days import WEEK, Days
from simulator.people import PLANS, People
from simulator.strengths import Strengths
from simulator.world import CHANNELS, World

DRIVERS = ("service_wait", "delivery", "effort", "outage", "price", "need_gone", "payment")
WAIT, DELIVERY, EFFORT, OUTAGE, PRICE, NEED, PAYMENT = range(len(DRIVERS))
#: What the memory of a bad experience keeps a week, for telling a month's dominant driver, and below what it is none.
STOCK_KEEPS = 0.85
STOCK_TELLS = 0.4
#: Days from the beginning of an order's week to the day that it is promised for, on average; and how late it may be.
#: A late one hurts when it comes: in one of so many weeks after.
PROMISED_AFTER = 5
MOST_DAYS_LATE = 21
WEEKS_ON_THE_WAY = (PROMISED_AFTER + MOST_DAYS_LATE) // WEEK
#: Seconds that people expect to wait, by channel, and how far waits lie above them at rest (log).
EXPECTED_WAIT = np.array([120.0, 90.0, 14_400.0, 3600.0])
USUAL_WAIT = -0.1
#: Categories of cases; a complaint is about what hurt most.
CATEGORIES = ("service", "delivery", "account", "outage", "billing", "product", "payment")
CATEGORY_OF = (0, 1, 0, 3, 4, 5, 6)
OF_REQUESTS = (0.1, 0.3, 0.2, 0.05, 0.15, 0.15, 0.05)
RENEWED, CHANGED, CANCELLED, UNPAID = range(4)
END_REASONS = ("renewed", "changed plan", "cancelled by customer", "payment failed")
MONTHS_A_YEAR = 12
#: Share of the subscriptions that are bound for a year; the others renew each month.
YEARLY = 0.15
#: Attempts to take a payment before the subscription is ended, and how likely a further one succeeds.
ATTEMPTS = 3
RETRY_SUCCEEDS = 0.55
#: A matter that was not settled is taken up again so often at most, each time next week with this probability.
REPEATS = 3
REPEAT_CHANCE = 0.7

Rows = Mapping[str, np.ndarray]


def sigmoid(values: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-values)))


@dataclass(kw_only=True)
class State:
    """One value a customer: what is true at the beginning of a week, seen by nobody.

    `sub` is the number of the running subscription (-1 for none), which renews on day `renews` and is paid on day
    `pays`; `coming` [customer, weeks ahead] is what late deliveries that are on their way will hurt; `pending` is the
    case that was not settled (-1 for none), taken up `tries` times already.
    """

    satisfaction: np.ndarray
    need: np.ndarray
    habit: np.ndarray
    grievance: np.ndarray
    friction: np.ndarray
    away: np.ndarray
    stock: np.ndarray
    coming: np.ndarray
    pending: np.ndarray
    pending_effort: np.ndarray
    tries: np.ndarray
    sub: np.ndarray
    plan: np.ndarray
    is_year: np.ndarray
    began: np.ndarray
    renews: np.ndarray
    pays: np.ndarray
    price: np.ndarray
    subs: int = 0
    cases: int = 0

    def copy(self) -> State:
        arrays = {f.name: getattr(self, f.name).copy() for f in fields(self) if f.name not in ("subs", "cases")}
        return State(**arrays, subs=self.subs, cases=self.cases)


@dataclass(frozen=True, kw_only=True)
class Months:
    """The same day of the next month, for days of the month up to the 28th."""

    first: np.ndarray
    number: np.ndarray
    begin: int

    def after(self, day: np.ndarray, months: int | np.ndarray) -> np.ndarray:
        number = self.number[day - self.begin]
        return np.asarray(self.first[number + months] + day - self.first[number])

    def payable(self, day: np.ndarray) -> np.ndarray:
        """The day itself, or the 28th of its month."""
        first = self.first[self.number[day - self.begin]]
        return np.asarray(np.minimum(day, first + 27))


def months_of(begin: int, end: int) -> Months:
    """The months of the days from `begin` to before `end` (days from 1970-01-01), and a few beyond."""
    days = np.arange(begin, end).astype("datetime64[D]").astype("datetime64[M]").astype(int)
    lowest = days[0]
    count = days[-1] - lowest + 2 * MONTHS_A_YEAR
    first = (np.arange(count) + lowest).astype("datetime64[M]").astype("datetime64[D]").astype(int)
    return Months(first=first, number=days - lowest, begin=begin)


@dataclass(frozen=True, kw_only=True)
class Chances:
    """One value a customer: what a week holds, by the model's own hazards."""

    visits: np.ndarray
    complaint: np.ndarray
    ends: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Company:
    """What does not change from week to week."""

    people: People
    world: World
    days: Days
    months: Months
    strengths: Strengths
    prices: np.ndarray


def begin(rng: np.random.Generator, company: Company) -> tuple[State, dict[str, np.ndarray]]:
    """The state at the first week, and the subscription periods that run then (one row a period)."""
    people, days = company.people, company.days
    many = len(people)
    there = people.joined_week < 0
    sub = there & (rng.random(many) < 0.5)
    plan = rng.choice(len(PLANS), many, p=(0.5, 0.32, 0.18))
    is_year = rng.random(many) < YEARLY
    began = company.months.payable(days.start - rng.integers(1, 25, many))
    # The month in which the running year began: eleven months ago to this one.
    back = rng.integers(0, MONTHS_A_YEAR, many)
    began = np.where(is_year, company.months.after(began, -back), began)
    renews = company.months.after(began, np.where(is_year, MONTHS_A_YEAR, 1))
    pays = np.where(is_year, company.months.after(began, back + 1), renews)
    number = np.where(sub, np.cumsum(sub) - 1, -1)
    state = State(
        satisfaction=people.patience + rng.normal(0, 0.7, many),
        need=rng.normal(0, 0.2, many),
        habit=np.zeros(many),
        grievance=np.zeros(many),
        friction=people.difficulty + rng.normal(0, 0.3, many),
        away=np.zeros(many, dtype=np.int64),
        stock=np.zeros((many, len(DRIVERS))),
        coming=np.zeros((many, WEEKS_ON_THE_WAY)),
        pending=np.full(many, -1),
        pending_effort=np.zeros(many),
        tries=np.zeros(many, dtype=np.int64),
        sub=number,
        plan=plan,
        is_year=is_year,
        began=began,
        renews=renews,
        pays=pays,
        price=company.prices[plan] * 1.0,
        subs=int(sub.sum()),
    )
    rows = np.flatnonzero(sub)
    return state, _periods(state, rows)


def _periods(state: State, rows: np.ndarray) -> dict[str, np.ndarray]:
    return {
        "customer": rows,
        "sub": state.sub[rows],
        "plan": state.plan[rows],
        "price": state.price[rows],
        "began": state.began[rows],
        "renews": state.renews[rows],
    }


def chances(state: State, company: Company, week: int) -> Chances:
    """What the week that begins with this state holds: mean visits, and the probabilities of a complaint, and of not
    renewing if the subscription renews in it."""
    s, people = company.strengths, company.people
    there = people.joined_week < week
    visits = people.visits * np.exp(state.habit) * company.days.traffic[week]
    visits = np.where(there, visits * np.where(state.away > 0, s.away_visits, 1.0), 0.0)
    complaint = sigmoid(
        s.complaint
        + s.complaint_of_grievance * state.grievance
        + s.complaint_of_satisfaction * state.satisfaction
        + people.complains
    )
    ends = sigmoid(
        np.where(state.is_year, s.year_ends, s.ends)
        + s.ends_of_satisfaction * state.satisfaction
        + s.ends_of_need * state.need
    )
    return Chances(visits=visits, complaint=np.where(there, complaint, 0.0), ends=ends)


def advance(
    state: State, company: Company, week: int, rng: np.random.Generator, *, spared: bool = False
) -> dict[str, Rows]:
    """Live through a week: changes `state` in place, and returns what happened, by kind of row.

    With `spared` nobody complains and nobody chooses to end a subscription: the path of those who have not done so
    yet, along which probabilities are added up (truth.py).
    """
    people, s = company.people, company.strengths
    there = people.joined_week < week
    hold = chances(state, company, week)
    felt = np.zeros((len(people), len(DRIVERS)))
    good = np.zeros(len(people))
    rows: dict[str, Rows] = {}
    rows["visits"] = _visits(state, company, week, rng, hold.visits, felt, good)
    complains = np.zeros(len(people), dtype=bool) if spared else rng.random(len(people)) < hold.complaint
    rows |= _contacts(state, company, week, rng, there, complains, felt, good)
    rows |= _subscriptions(state, company, week, rng, there, hold, felt, spared=spared)
    bad = -felt.sum(axis=1)
    state.satisfaction = (
        people.patience
        + s.satisfaction_keeps * (state.satisfaction - people.patience)
        + people.sensitivity * (good - bad)
        + rng.normal(0, s.satisfaction_noise, len(people))
    ).clip(-3.5, 2.5)
    state.grievance = (s.grievance_keeps * state.grievance + bad).clip(0, 4)
    changed = rng.random(len(people)) < s.life_change
    state.need = s.need_keeps * state.need + rng.normal(0, s.need_noise, len(people)) + s.life_change_size * changed
    wanted = s.habit_of_satisfaction * state.satisfaction + state.need
    state.habit = (state.habit + s.habit_follows * (wanted - state.habit)).clip(-2.5, 1.5)
    leaves = (state.away == 0) & (people.sensitivity * bad > s.away_after) & (rng.random(len(people)) < s.away_chance)
    length = rng.integers(s.away_weeks[0], s.away_weeks[1] + 1, len(people))
    state.away = np.where(leaves, length, np.maximum(state.away - 1, 0))
    state.friction = (
        people.difficulty
        + s.friction_keeps * (state.friction - people.difficulty)
        + rng.normal(0, s.friction_noise, len(people))
    )
    state.stock = STOCK_KEEPS * state.stock - felt
    state.stock[:, NEED] = np.maximum(-state.need, 0)
    return rows


def _visits(
    state: State,
    company: Company,
    week: int,
    rng: np.random.Generator,
    rate: np.ndarray,
    felt: np.ndarray,
    good: np.ndarray,
) -> Rows:
    """One row a visit to a shop or the app; some are orders, some of those are delivered."""
    people, world, s = company.people, company.world, company.strengths
    many = len(people)
    who = np.repeat(np.arange(many), rng.poisson(rate))
    is_order = rng.random(len(who)) < people.buys[who]
    is_app = ~is_order | (rng.random(len(who)) < people.by_app[who])
    is_sent = is_order & is_app
    late = is_sent & (rng.random(len(who)) < sigmoid(world.depot[week, people.depot[who]] + people.remote[who]))
    late_days = np.where(late, 1 + rng.geometric(0.38, len(who)), 0).clip(0, MOST_DAYS_LATE)
    hurt = s.late + s.late_a_day * np.minimum(late_days, s.late_days_felt)
    if week >= world.drift_week:
        hurt = np.where(people.is_app_lover[who], hurt * s.drift_late, hurt)
    felt[:, DELIVERY] += state.coming[:, 0]
    comes = (PROMISED_AFTER + late_days[late]) // WEEK
    place = np.ravel_multi_index((who[late], comes - 1), state.coming.shape)
    later = np.concatenate([state.coming[:, 1:], np.zeros((many, 1))], axis=1)
    state.coming = later + np.bincount(place, hurt[late], later.size).reshape(later.shape)
    good += np.bincount(who, np.where(is_sent & ~late, s.on_time, 0.0), many)
    met = np.zeros(len(who), dtype=bool)
    if world.outage[week] > 0:
        met = is_app & (rng.random(len(who)) < world.outage[week])
        felt[:, OUTAGE] += s.outage * (np.bincount(who, met, many) > 0)
    return {
        "customer": who,
        "is_order": is_order,
        "is_app": is_app,
        "is_sent": is_sent,
        "late_days": late_days,
        "met_outage": met,
    }


def _contacts(
    state: State,
    company: Company,
    week: int,
    rng: np.random.Generator,
    there: np.ndarray,
    complains: np.ndarray,
    felt: np.ndarray,
    good: np.ndarray,
) -> dict[str, Rows]:
    """One row a contact that the customer began: of new requests, of matters taken up again, and of complaints."""
    people, world, s = company.people, company.world, company.strengths
    many = len(people)
    rate = s.contacts * np.exp(s.contacts_of_friction * state.friction + s.contacts_of_grievance * state.grievance)
    asked = np.repeat(np.arange(many), rng.poisson(np.where(there, rate * company.days.traffic[week], 0.0)))
    again = np.flatnonzero((state.pending >= 0) & (rng.random(many) < REPEAT_CHANCE))
    angry = np.flatnonzero(complains)
    who = np.concatenate([asked, again, angry])
    kinds = np.repeat([0, 1, 2], [len(asked), len(again), len(angry)])
    usual = rng.random(len(who)) < 0.8
    channel = np.where(usual, people.channel[who], rng.integers(0, len(CHANNELS), len(who)))
    queue = world.queue[week, channel]
    effort = state.friction[who] + s.effort_of_queue * queue + rng.normal(0, s.effort_noise, len(who))
    effort = np.where(kinds == 1, (effort + state.pending_effort[who]) / 2, effort)
    over = USUAL_WAIT + 0.7 * queue + 0.5 * effort + rng.normal(0, 0.3, len(who))
    transfers = rng.poisson(np.exp(-1.5 + 0.8 * effort.clip(-3, 2.5)))
    settled = rng.random(len(who)) < sigmoid(1.4 - 0.9 * effort)
    complaint = kinds == 2
    wait_hurt = s.waiting * np.maximum(over, 0)
    effort_hurt = s.effort * np.maximum(effort, 0) + s.transfer * np.minimum(transfers, 4) + s.unsettled * ~settled
    effort_hurt += np.where(complaint & ~settled, s.not_redressed, 0.0)
    felt[:, WAIT] += np.bincount(who, wait_hurt, many)
    felt[:, EFFORT] += np.bincount(who, effort_hurt, many)
    good += np.bincount(who, np.where(settled, s.settled, 0.0) + np.where(complaint & settled, s.redressed, 0.0), many)
    # Cases: every complaint, most requests; who takes a matter up again does so in the case of before.
    opens = complaint | ((kinds == 0) & ((rng.random(len(who)) < 0.75) | ~settled))
    case = np.full(len(who), -1)
    case[opens] = state.cases + np.arange(opens.sum())
    case[kinds == 1] = state.pending[again]
    state.cases += int(opens.sum())
    about = np.where(
        complaint,
        np.array(CATEGORY_OF)[state.stock[who].argmax(axis=1)],
        rng.choice(len(CATEGORIES), len(who), p=OF_REQUESTS),
    )
    tries = np.where(kinds == 1, state.tries[who] + 1, 0)
    given_up = (case >= 0) & ~settled & (tries >= REPEATS)
    closes = (case >= 0) & (settled | given_up)
    state.pending[again] = -1
    waits = (case >= 0) & ~closes
    state.pending[who[waits]] = case[waits]
    state.pending_effort[who[waits]] = effort[waits]
    state.tries[who[waits]] = tries[waits]
    # Whose matter was not settled and who did not come back this week stays pending; a complaint that was settled
    # clears the air.
    cleared = who[complaint & settled]
    state.grievance[cleared] *= 0.25
    return {
        "contacts": {
            "customer": who,
            "channel": channel,
            "effort": effort,
            "over": over,
            "transfers": transfers,
            "settled": settled,
            "case": case,
            "is_complaint": complaint,
            "about": about,
            "opens": opens,
            "closes": closes,
            "mood": state.satisfaction[who],
        }
    }


def _subscriptions(
    state: State,
    company: Company,
    week: int,
    rng: np.random.Generator,
    there: np.ndarray,
    hold: Chances,
    felt: np.ndarray,
    *,
    spared: bool,
) -> dict[str, Rows]:
    """What became of the subscriptions in a week: periods that began, periods that ended, attempts to be paid."""
    s, months, people = company.strengths, company.months, company.people
    today = company.days.day(week)
    many = len(people)
    draws = rng.random((4, many))
    active = state.sub >= 0
    due = active & (state.renews >= today) & (state.renews < today + WEEK)
    leaves = due & (draws[0] < hold.ends) & (not spared)
    ended = [_ends(state, np.flatnonzero(leaves), state.renews, CANCELLED)]
    renews = np.flatnonzero(due & ~leaves)
    new_plan = (state.plan[renews] + np.where(draws[1][renews] < 0.5, 1, len(PLANS) - 1)) % len(PLANS)
    changes = draws[2][renews] < 0.02
    reason = np.where(changes, CHANGED, RENEWED)
    ended.append(_ends(state, renews, state.renews, reason))
    was = state.price[renews]
    state.plan[renews] = np.where(changes, new_plan, state.plan[renews])
    state.began[renews] = state.renews[renews]
    state.price[renews] = company.prices[state.plan[renews]] * company.world.price[week]
    rose = renews[~changes & (state.price[renews] > was)]
    felt[rose, PRICE] += s.price_rise * people.price_sensitivity[rose]
    state.renews[renews] = months.after(state.began[renews], np.where(state.is_year[renews], MONTHS_A_YEAR, 1))
    state.sub[leaves] = -1
    begun = [_periods(state, renews)]
    # Payments, monthly also of those who are bound for a year.
    pays = np.flatnonzero((state.sub >= 0) & (state.pays >= today) & (state.pays < today + WEEK))
    failed = draws[3][pays] < sigmoid(people.card[pays])
    extra = rng.geometric(RETRY_SUCCEEDS, len(pays))
    attempts = np.where(failed, 1 + np.minimum(extra, ATTEMPTS - 1), 1)
    lost = failed & (extra > ATTEMPTS - 1)
    felt[pays, PAYMENT] += s.payment_retry * (attempts - 1)
    row = np.repeat(np.arange(len(pays)), attempts)
    attempt = np.arange(len(row)) - np.repeat(np.cumsum(attempts) - attempts, attempts)
    payments = {
        "customer": pays[row],
        "sub": state.sub[pays][row],
        "amount": state.price[pays][row],
        "day": state.pays[pays][row] + attempt,
        "succeeded": (attempt == attempts[row] - 1) & ~lost[row],
    }
    unpaid = pays[lost]
    ended.append(_ends(state, unpaid, state.pays + ATTEMPTS, UNPAID))
    state.pays[pays] = months.after(state.pays[pays], 1)
    state.sub[unpaid] = -1
    takes = there & (state.sub < 0) & ~leaves
    takes[unpaid] = False
    odds = s.subscribes + s.subscribes_of_satisfaction * state.satisfaction
    new = np.flatnonzero(takes & (rng.random(many) < sigmoid(odds)))
    state.sub[new] = state.subs + np.arange(len(new))
    state.subs += len(new)
    state.plan[new] = rng.choice(len(PLANS), len(new), p=(0.5, 0.32, 0.18))
    state.is_year[new] = rng.random(len(new)) < YEARLY
    state.began[new] = months.payable(today + rng.integers(0, WEEK, len(new)))
    state.began[new] = np.maximum(state.began[new], today)
    state.price[new] = company.prices[state.plan[new]] * company.world.price[week]
    state.renews[new] = months.after(state.began[new], np.where(state.is_year[new], MONTHS_A_YEAR, 1))
    state.pays[new] = months.after(state.began[new], 1)
    begun.append(_periods(state, new))
    return {"periods": joined(begun), "ends": joined(ended), "payments": payments}


def _ends(state: State, rows: np.ndarray, day: np.ndarray, reason: int | np.ndarray) -> dict[str, np.ndarray]:
    return {
        "customer": rows,
        "sub": state.sub[rows],
        "began": state.began[rows],
        "day": day[rows],
        "reason": np.broadcast_to(reason, len(rows)).copy(),
    }


def joined(parts: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Rows below each other."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
