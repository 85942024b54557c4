"""The features once more, slowly and by other means: plain Python over the raw rows of one customer at a time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from contract.calendar import WEEKDAYS, Calendar

NULL = math.nan


def reference(
    company: Mapping[str, pd.DataFrame], as_of: date, calendar: Calendar, load_window: timedelta
) -> pd.DataFrame:
    """One row a customer, all features; windows are not cut short by where the history begins."""
    rows = {
        name: _known(frame, key, as_of, calendar, load_window)
        for name, key, frame in (
            ("orders", ["order_id", "kind"], company["orders"]),
            ("usage", ["customer_id", "event", "happened_at"], company["usage"]),
            ("contacts", ["contact_id"], company["contacts"]),
            ("customers", ["customer_id"], company["customers"].assign(happened_at=company["customers"].joined_at)),
        )
    }
    names = sorted(company["customers"].customer_id.unique())
    return pd.DataFrame([_one(name, rows) for name in names]).set_index("customer_id")


def _known(
    frame: pd.DataFrame, key: list[str], as_of: date, calendar: Calendar, load_window: timedelta
) -> pd.DataFrame:
    zone = ZoneInfo(calendar.zone)
    midnight = pd.Timestamp(as_of).tz_localize(zone)
    rows = frame.copy()
    rows["known_at"] = rows.known_at if "known_at" in rows else rows.happened_at
    moment, known = rows.happened_at.dt.tz_localize("UTC"), rows.known_at.dt.tz_localize("UTC")
    rows = rows[(moment < midnight) & (known < midnight.tz_convert("UTC") + load_window)]
    rows = rows.sort_values("known_at", kind="stable").drop_duplicates(key, keep="last")
    local = rows.happened_at.dt.tz_localize("UTC").dt.tz_convert(zone)
    rows["ago"] = [(as_of - moment.date()).days for moment in local]
    rows["age"] = [(midnight - moment).total_seconds() for moment in local]
    rows["weekend"] = [WEEKDAYS[moment.weekday()] in calendar.weekend for moment in local]
    rows["holiday"] = [moment.date() in calendar.holidays for moment in local]
    rows["evening"] = [moment.hour >= 17 for moment in local]
    return rows


def _one(name: str, rows: Mapping[str, pd.DataFrame]) -> dict[str, object]:
    orders, usage, contacts, customers = (
        rows[table][rows[table].customer_id == name] for table in ("orders", "usage", "contacts", "customers")
    )
    bought, returned = orders[orders.kind == "purchase"], orders[orders.kind == "return"]
    contacts = contacts[contacts.direction == "inbound"]
    activity = pd.concat([bought, usage])
    out: dict[str, object] = {"customer_id": name}

    for thing, frame in (("activity", activity), ("return", returned), ("contact", contacts), ("usage", usage)):
        out[f"days_since_last_{thing}"] = _smallest(frame.age) / 86400
    out["days_since_first_activity"] = _largest(activity.age) / 86400
    out["days_since_joined"] = _largest(customers.age) / 86400
    for days in (28, 91, 182):
        out[f"activities_last_{days}d"] = len(_in(activity, 0, days))
    out["activities_ever"] = len(activity)
    for days in (14, 28, 91, 182):
        out[f"active_days_last_{days}d"] = _in(activity, 0, days).ago.nunique()
    for days in (7, 28, 91, 364):
        out[f"orders_last_{days}d"] = len(_in(bought, 0, days))
    for days in (28, 91):
        out[f"items_last_{days}d"] = _total(_in(bought, 0, days)["items"])
    for days in (91, 364):
        out[f"returns_last_{days}d"] = len(_in(returned, 0, days))
    for days in (28, 91, 364):
        out[f"contacts_last_{days}d"] = len(_in(contacts, 0, days))
    for days in (28, 91, 182, 364):
        out[f"amount_last_{days}d"] = _total(_in(bought, 0, days).amount)
    out["amount_ever"] = _total(bought.amount)
    out["largest_order_last_91d"] = _largest(_in(bought, 0, 91).amount)
    paid = sorted((row.age, float(row.amount)) for row in bought.itertuples() if row.amount is not None)
    out["last_order_amount"] = paid[0][1] if paid else NULL
    out["discount_last_91d"] = _total(_in(bought, 0, 91).discount)
    out["returned_amount_last_364d"] = _total(_in(returned, 0, 364).amount)
    for since, to in ((28, 56), (91, 182)):
        window = f"{since + 1}_to_{to}d_ago"
        out[f"active_days_{window}"] = _in(activity, since, to).ago.nunique()
        out[f"orders_{window}"] = len(_in(bought, since, to))
        out[f"amount_{window}"] = _total(_in(bought, since, to).amount)
    out["active_days_183_to_364d_ago"] = _in(activity, 182, 364).ago.nunique()
    for window, since, to in (("last_91d", 0, 91), ("last_182d", 0, 182), ("92_to_182d_ago", 91, 182)):
        out[f"categories_{window}"] = _in(bought, since, to).category.nunique()
    for window, since, to in (("last_91d", 0, 91), ("92_to_182d_ago", 91, 182)):
        out[f"average_categories_{window}"] = _mean(_in(bought, since, to).categories)
    out["channels_last_91d"] = _in(contacts, 0, 91).channel.nunique()
    out["topics_last_91d"] = _in(contacts, 0, 91).topic.nunique()
    for part in ("weekend", "holiday", "evening"):
        out[f"{part}_activities_last_182d"] = int(_in(activity, 0, 182)[part].sum())
    for window, since, to in (("last_7d", 0, 7), ("last_28d", 0, 28), ("last_91d", 0, 91), ("29_to_56d_ago", 28, 56)):
        out[f"usage_days_{window}"] = _in(usage, since, to).ago.nunique()
        if window != "last_7d":
            out[f"usage_quantity_{window}"] = _total(_in(usage, since, to).quantity)
    for days in (28, 91):
        out[f"usage_events_last_{days}d"] = _in(usage, 0, days).event.nunique()

    out |= _rhythm(activity) | _quiet(activity)
    out |= _quartiles(bought, "usual_orders_28d", [1.0] * len(bought))
    out |= _quartiles(bought, "usual_amount_28d", [_number(value) for value in bought.amount])
    days = usage.drop_duplicates("ago")
    out |= _quartiles(days, "usual_usage_days_28d", [1.0] * len(days))
    return out | _derived(out)


def _rhythm(activity: pd.DataFrame) -> dict[str, object]:
    days = sorted(set(activity.ago))
    gaps = [older - newer for newer, older in pairwise(days)]
    told = len(gaps) >= 3
    return {
        "gaps": len(gaps) if told else NULL,
        "usual_days_between": float(np.quantile(gaps, 0.5)) if told else NULL,
        "usual_longest_gap": float(np.quantile(gaps, 0.9)) if told else NULL,
        "longest_gap": max(gaps) if told else NULL,
    }


def _quiet(activity: pd.DataFrame) -> dict[str, object]:
    periods = max(activity.ago) // 28 if len(activity) else 0
    if not periods:
        return {"periods_28d": NULL, "quiet_periods_28d": NULL, "quiet_periods_28d_of_last_3": NULL}
    quiet = [not len(_in(activity, period * 28, period * 28 + 28)) for period in range(periods)]
    return {"periods_28d": periods, "quiet_periods_28d": sum(quiet), "quiet_periods_28d_of_last_3": sum(quiet[:3])}


def _quartiles(rows: pd.DataFrame, name: str, values: list[float]) -> dict[str, object]:
    periods = max(rows.ago) // 28 if len(rows) else 0
    if periods <= 3:
        return {f"{name}_low": NULL, f"{name}_high": NULL}
    sums = [0.0] * 13
    for ago, value in zip(rows.ago, values, strict=True):
        if (ago - 1) // 28 <= 12:
            sums[(ago - 1) // 28] += value
    low, high = np.quantile(sums[1 : min(periods, 13)], [0.25, 0.75])
    return {f"{name}_low": float(low), f"{name}_high": float(high)}


def _derived(out: Mapping[str, object]) -> dict[str, object]:
    def get(name: str) -> float:
        return float(out[name])  # type: ignore[arg-type]

    def over(part: float, whole: float) -> float:
        return NULL if whole == 0 or math.isnan(whole) else part / whole

    def newer(now: str, then: str) -> float:
        return over(get(now), get(now) + get(then))

    first, latest = get("days_since_first_activity"), get("days_since_last_activity")
    return {
        "average_order_last_28d": over(get("amount_last_28d"), get("orders_last_28d")),
        "average_order_last_91d": over(get("amount_last_91d"), get("orders_last_91d")),
        "discount_share_last_91d": newer("discount_last_91d", "amount_last_91d"),
        "returned_share_last_364d": over(get("returned_amount_last_364d"), get("amount_last_364d")),
        "overdue_ratio": over(latest, get("usual_days_between")),
        "days_past_longest_gap": latest - get("usual_longest_gap"),
        "gap_spread": over(get("usual_longest_gap"), get("usual_days_between")),
        "active_days_trend_28d": newer("active_days_last_28d", "active_days_29_to_56d_ago"),
        "active_days_trend_91d": newer("active_days_last_91d", "active_days_92_to_182d_ago"),
        "orders_trend_28d": newer("orders_last_28d", "orders_29_to_56d_ago"),
        "orders_trend_91d": newer("orders_last_91d", "orders_92_to_182d_ago"),
        "amount_trend_28d": newer("amount_last_28d", "amount_29_to_56d_ago"),
        "amount_trend_91d": newer("amount_last_91d", "amount_92_to_182d_ago"),
        "active_days_newest_share": over(get("active_days_last_14d"), get("active_days_last_91d")),
        "average_categories_trend_91d": newer("average_categories_last_91d", "average_categories_92_to_182d_ago"),
        "days_from_first_to_last_activity": first - latest,
        "activities_per_28d": NULL if math.isnan(first) else get("activities_ever") * 28 / max(first, 28),
        "weekend_share_last_182d": over(get("weekend_activities_last_182d"), get("activities_last_182d")),
        "holiday_share_last_182d": over(get("holiday_activities_last_182d"), get("activities_last_182d")),
        "evening_share_last_182d": over(get("evening_activities_last_182d"), get("activities_last_182d")),
        "quiet_share_28d": over(get("quiet_periods_28d"), get("periods_28d")),
        "usage_days_trend_28d": newer("usage_days_last_28d", "usage_days_29_to_56d_ago"),
        "usage_quantity_trend_28d": newer("usage_quantity_last_28d", "usage_quantity_29_to_56d_ago"),
    }


def _in(rows: pd.DataFrame, since: int, to: int) -> pd.DataFrame:
    return rows[(rows.ago > since) & (rows.ago <= to)]


def _number(value: object) -> float:
    return 0.0 if value is None or pd.isna(value) else float(value)  # type: ignore[arg-type]


def _total(values: pd.Series) -> float:
    return math.fsum(_number(value) for value in values)


def _there(values: pd.Series) -> list[float]:
    return [float(value) for value in values if not pd.isna(value)]


def _smallest(values: pd.Series) -> float:
    return min(_there(values), default=NULL)


def _largest(values: pd.Series) -> float:
    return max(_there(values), default=NULL)


def _mean(values: pd.Series) -> float:
    there = _there(values)
    return sum(there) / len(there) if there else NULL
