"""Made-up companies, second part: what customers say when asked and unasked, deliveries, subscriptions and payments."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

FIRST = pd.Timestamp("2023-06-01")
DAY, HOUR = 86_400, 3600


def heard(company: dict[str, pd.DataFrame], seed: int, *, days: int, events: int = 260) -> dict[str, pd.DataFrame]:
    """The company with promised days in its orders, and surveys, reviews, subscriptions, payments and scored texts.

    Ties, empty cells, late and corrected rows, answers that never came, periods that nobody ended. The last customer
    never does anything.
    """
    drawn = np.random.default_rng([seed, 2])
    names = company["customers"].customer_id.tolist()[:-1]

    def moments(number: int) -> pd.Series:
        seconds = drawn.integers(0, days, number) * DAY + drawn.choice([0, 4, 5, 12, 20, 23], number) * HOUR
        return pd.Series(FIRST + pd.to_timedelta(seconds + drawn.choice([0, 0, 1799, 1800], number), "s"))

    def later(moments: pd.Series, hours: Sequence[int]) -> pd.Series:
        return moments + pd.to_timedelta(drawn.choice(hours, len(moments)), "h")

    def some(values: Sequence[object], share: float) -> np.ndarray:
        return np.where(drawn.random(len(values)) < share, None, np.asarray(values, dtype=object))

    def events_of(number: int, **columns: object) -> pd.DataFrame:
        happened = moments(number)
        frame = pd.DataFrame({"customer_id": drawn.choice(names, number), "happened_at": happened, **columns})
        return frame.assign(known_at=later(happened, [0, 0, 1, 9, 200]))

    def corrected(frame: pd.DataFrame, **columns: Sequence[object]) -> pd.DataFrame:
        """Some rows a second time, known later, with other values."""
        wrong = frame.sample(frac=0.2, random_state=seed)
        wrong = wrong.assign(**{name: drawn.choice(values, len(wrong)) for name, values in columns.items()})
        return pd.concat([frame, wrong.assign(known_at=later(wrong.known_at, [1, 24, 240]))], ignore_index=True)

    orders = company["orders"]
    orders = orders.assign(
        promised_at=later(orders.happened_at, [0, 24, 72, 240, 1000]).where(drawn.random(len(orders)) < 0.9),
        delivered_at=later(orders.known_at, [0, 30, 60, 90, 400, 2000]).where(drawn.random(len(orders)) < 0.8),
    )

    surveys = events_of(2 * events, survey_id=[f"v{row}" for row in range(2 * events)])
    surveys["kind"] = drawn.choice(["csat", "nps", "ces"], len(surveys))
    surveys["invited_at"] = surveys.happened_at
    surveys["responded_at"] = later(surveys.happened_at, [0, 5, 50, 170, 900]).where(drawn.random(len(surveys)) < 0.6)
    best = surveys.kind.map({"csat": 5, "nps": 10, "ces": 7})
    surveys["score"] = (1 + (drawn.random(len(surveys)) * best).astype("int64")).clip(upper=best)
    surveys["score"] = surveys.score.astype(object).where(
        surveys.responded_at.notna() & (drawn.random(len(surveys)) < 0.9), None
    )
    answered = surveys[surveys.score.notna()].sample(frac=0.2, random_state=seed)
    answered = answered.assign(score=1, known_at=later(answered.known_at, [1, 24, 240]))

    reviews = events_of(events, review_id=[f"r{row}" for row in range(events)])
    reviews["reviewed_at"] = reviews.happened_at
    reviews["contact_id"] = [f"n{row}" for row in range(events)]
    for area in ("soft_skills", "process", "compliance", "outcome"):
        reviews[area] = some(drawn.integers(0, 101, events), 0.1)

    payments = events_of(
        events,
        payment_id=[f"p{row}" for row in range(events)],
        amount=some(drawn.choice([5.5, 10.0], events), 0.1),
        succeeded=drawn.choice(["true", "true", "false"], events),
    )

    texts = events_of(events, text_id=[f"t{row}" for row in range(events)])
    texts["text_of"] = drawn.choice(["contacts", "cases", "surveys"], events)
    # Texts of cases are those of the cases that are there, and of whom these belong to.
    whose = company["cases"].drop_duplicates("case_id").set_index("case_id").customer_id
    of_case = (texts.text_of == "cases") & ("s" + texts.index.astype(str)).isin(whose.index)
    texts.loc[of_case, "text_id"] = "s" + texts.index[of_case].astype(str)
    texts.loc[of_case, "customer_id"] = texts.text_id[of_case].map(whose)
    texts["sentiment"] = some(drawn.choice([0.0, 0.1, 0.4999, 0.5, 0.5001, 0.93], events), 0.1)
    texts["topic"] = some(drawn.choice(["bill", "delivery", "price", "app"], events), 0.2)

    return company | {
        "orders": orders,
        "surveys": pd.concat([surveys, answered], ignore_index=True),
        "reviews": corrected(reviews, outcome=[3, 77]),
        "subscriptions": corrected(_periods(names, drawn, days), monthly_amount=[3.5, 21.0]),
        "payments": corrected(payments, succeeded=["true", "false"]),
        "text_scores": corrected(texts, sentiment=[0.2, 0.8], topic=["bill", "staff"]),
    }


def _periods(names: Sequence[str], drawn: np.random.Generator, days: int) -> pd.DataFrame:
    """Subscriptions as chains of periods: renewed, at another price or plan, or ended; a few ends were forgotten.

    Every second customer rarely stays for long.
    """
    rows = []
    for number, name in enumerate([*names, *names[::2]]):
        stays = name in names[::2]
        start, plan, price = int(drawn.integers(0, 150 * DAY)) // HOUR * HOUR, "basic", 10.0
        while start < days * DAY:
            length = int(drawn.choice([30, 61, 91]))
            ends = start + length * DAY - int(drawn.choice([0, 0, 0, 700_000]))
            goes_on = drawn.random() < (0.9 if stays else 0.4)
            is_told = not stays or drawn.random() < 0.9
            rows.append((name, f"s{number}", plan, price, start, start + length * DAY, ends if is_told else None))
            if not goes_on:
                break
            start = ends + int(drawn.choice([0, 0, 3600]))
            plan = str(drawn.choice(["basic", "basic", "plus", ""]))
            price = float(drawn.choice([price, price, 12.5, 8.0, 0.0]))
    columns = ["customer_id", "subscription_id", "plan", "monthly_amount", "started_at", "renews_at", "ended_at"]
    frame = pd.DataFrame(rows, columns=columns)
    for name in ("started_at", "renews_at", "ended_at"):
        frame[name] = FIRST + pd.to_timedelta(frame[name].astype("float64"), "s")
    known = frame.started_at + pd.to_timedelta(drawn.choice([0, 0, 5, 100], len(frame)), "h")
    return frame.assign(plan=frame.plan.where(frame.plan != "", None), happened_at=frame.started_at, known_at=known)
