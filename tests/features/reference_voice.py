"""The features of surveys, reviews, deliveries, renewal and texts once more, in plain Python."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from contract.calendar import Calendar

NULL = math.nan
#: By table, its key, and the columns that are dates: planned ones are there from the start.
KEYS: Mapping[str, list[str]] = {
    "surveys": ["survey_id"],
    "reviews": ["review_id"],
    "subscriptions": ["subscription_id", "started_at"],
    "payments": ["payment_id"],
    "text_scores": ["text_of", "text_id"],
}
DATES: Mapping[str, tuple[str, ...]] = {
    "orders": ("promised_at", "delivered_at"),
    "surveys": ("responded_at",),
    "subscriptions": ("renews_at", "ended_at"),
}
PLANNED = ("promised_at", "renews_at")
Row = dict[str, Any]


def voice(name: str, rows: Mapping[str, pd.DataFrame], as_of: date, calendar: Calendar) -> dict[str, float]:
    """One customer's features; `rows` are what was known at as_of, with `ago` (days) and `age` (seconds)."""
    own = {table: _told(table, rows[table], name, as_of, calendar) for table in (*KEYS, "orders")}
    return (
        _surveys(own["surveys"])
        | _reviews(own["reviews"])
        | _deliveries([row for row in own["orders"] if row["kind"] == "purchase"])
        | _subscriptions(own["subscriptions"])
        | _payments(own["payments"])
        | _texts(own["text_scores"])
    )


def _told(table: str, frame: pd.DataFrame, name: str, as_of: date, calendar: Calendar) -> list[Row]:
    """A customer's rows with days ago for their dates; None for what had not come by as_of."""
    zone, midnight = ZoneInfo(calendar.zone), pd.Timestamp(calendar.midnight(as_of))
    told: list[Row] = []
    for row in frame[frame.customer_id == name].to_dict("records"):
        row = {key: None if pd.isna(value) else value for key, value in row.items()}
        for column in DATES.get(table, ()):
            moment = row[column]
            if moment is not None and column not in PLANNED and moment >= midnight:
                moment = None
            local = moment.tz_localize("UTC").tz_convert(zone).date() if moment is not None else None
            row[column] = (as_of - local).days if local is not None else None
        told.append(row)
    return told


def _surveys(rows: list[Row]) -> dict[str, float]:
    out = {}
    for kind in ("csat", "nps", "ces"):
        answers = [row for row in rows if row["kind"] == kind and row["responded_at"] is not None]
        scores = [(row["age"], float(row["score"]), row["ago"]) for row in answers if row["score"] is not None]
        latest = min(scores)[1] if scores else NULL
        out[f"last_{kind}"] = latest
        out[f"mean_{kind}_ever"] = _mean(score for _, score, _ in scores)
        out[f"mean_{kind}_last_364d"] = _mean(score for _, score, ago in scores if ago <= 364)
        out[f"{kind}_change"] = latest - _mean(score for age, score, _ in scores if age > min(scores)[0])
    out["days_since_last_answer"] = _least(row["responded_at"] for row in rows if row["responded_at"] is not None)
    invited = [(row["age"], float(row["responded_at"] is not None), row["ago"]) for row in rows if row["ago"] > 7]
    out["answered_share_ever"] = _mean(answered for _, answered, _ in invited)
    out["answered_share_last_364d"] = _mean(answered for _, answered, ago in invited if ago <= 364)
    out["last_invitation_answered"] = min(invited)[1] if invited else NULL
    return out


def _reviews(rows: list[Row]) -> dict[str, float]:
    out = {}
    for area in ("soft_skills", "process", "compliance", "outcome"):
        scores = [(row["age"], float(row[area]), row["ago"]) for row in rows if row[area] is not None]
        year = [score for _, score, ago in scores if ago <= 364]
        out[f"last_{area}"] = min(scores)[1] if scores else NULL
        out[f"mean_{area}_last_364d"] = _mean(year)
        out[f"lowest_{area}_last_364d"] = _least(year)
    return out


def _deliveries(rows: list[Row]) -> dict[str, float]:
    rows = [row for row in rows if row["promised_at"] is not None]
    came = [row | {"late": row["promised_at"] - row["delivered_at"]} for row in rows if row["delivered_at"] is not None]
    waiting = [row["promised_at"] for row in rows if row["delivered_at"] is None]
    out = {}
    for days in (91, 364):
        late = [row["late"] for row in came if row["ago"] <= days]
        out[f"late_share_last_{days}d"] = _mean(float(by > 0) for by in late)
        out[f"mean_days_late_last_{days}d"] = _mean(max(by, 0) for by in late)
        out[f"most_days_late_last_{days}d"] = max((float(max(by, 0)) for by in late), default=NULL)
    newest = sorted((row["age"], max(row["late"], 0)) for row in came)
    out["last_days_late"] = float(newest[0][1]) if newest else NULL
    overdue = [days for days in waiting if 1 <= days <= 91]
    out["overdue_orders"] = float(len(overdue))
    out["days_overdue"] = float(max(overdue)) if overdue else NULL
    out["orders_on_the_way"] = float(sum(days <= 0 for days in waiting))
    out["days_since_last_late_delivery"] = _least(row["delivered_at"] for row in came if row["late"] > 0)
    return out


def _subscriptions(rows: list[Row]) -> dict[str, float]:
    chains: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: -row["age"]):
        chains.setdefault(row["subscription_id"], []).append(row)
    changed, rose, shares = [], [], []
    for chain in chains.values():
        for before, now in pairwise(chain):
            if before["plan"] and now["plan"] and before["plan"] != now["plan"]:
                changed.append(now)
            was, price = float(before["monthly_amount"]), float(now["monthly_amount"])
            if price > was:
                rose.append(now["age"])
            if was and now is chain[-1] and now["ended_at"] is None:
                shares.append((now["age"], price / was - 1))
    running = [row for row in rows if row["ended_at"] is None]
    newest = sorted((row["age"], -row["renews_at"]) for row in running)
    ends = [row["ended_at"] for row in rows] if not running else []
    heads = [chain[-1] for chain in chains.values() if chain[-1]["ended_at"] is None]
    return {
        "days_to_renewal": float(newest[0][1]) if newest else NULL,
        "days_since_period_began": _least(row["age"] for row in running) / 86_400,
        "days_since_first_subscription": max((row["age"] for row in rows), default=NULL) / 86_400,
        "renewals_due_28d": float(len({row["subscription_id"] for row in running if -28 <= row["renews_at"] <= 0})),
        "running_subscriptions": float(len({row["subscription_id"] for row in running})),
        "plan_changes_last_364d": float(sum(row["ago"] <= 364 for row in changed)),
        "days_since_last_plan_change": _least(row["age"] for row in changed) / 86_400,
        "monthly_amount": math.fsum(float(row["monthly_amount"]) for row in heads),
        "price_change": min(shares)[1] if shares else NULL,
        "days_since_last_price_rise": _least(rose) / 86_400,
        "days_since_last_end": _least(ends),
    }


def _payments(rows: list[Row]) -> dict[str, float]:
    failed = [row for row in rows if row["succeeded"] == "false"]
    out = {"days_since_last_failed_payment": _least(row["age"] for row in failed) / 86_400}
    for days in (28, 91, 364):
        out[f"failed_payments_last_{days}d"] = float(sum(row["ago"] <= days for row in failed))
        tried = [row for row in rows if row["ago"] <= days]
        out[f"failed_payment_share_last_{days}d"] = _mean(float(row["succeeded"] == "false") for row in tried)
    return out


def _texts(rows: list[Row]) -> dict[str, float]:
    read = [(row["age"], float(row["sentiment"]), row["ago"]) for row in rows if row["sentiment"] is not None]
    out = {"last_sentiment": min(read)[1] if read else NULL}
    for days in (91, 364):
        recent = [sentiment for _, sentiment, ago in read if ago <= days]
        out[f"mean_sentiment_last_{days}d"] = _mean(recent)
        out[f"unhappy_share_last_{days}d"] = _mean(float(sentiment > 0.5) for sentiment in recent)
    out["sentiment_change_91d"] = out["mean_sentiment_last_91d"] - out["mean_sentiment_last_364d"]
    unasked = {row["topic"] for row in rows if row["ago"] <= 91 and row["text_of"] != "surveys" and row["topic"]}
    out["text_topics_last_91d"] = float(len(unasked))
    out["days_since_last_unhappy_text"] = _least(age for age, sentiment, _ in read if sentiment > 0.5) / 86_400
    return out


def _mean(values: Iterable[float]) -> float:
    there = list(values)
    return math.fsum(there) / len(there) if there else NULL


def _least(values: Iterable[float] | Sequence[float]) -> float:
    return float(min(values, default=NULL))
