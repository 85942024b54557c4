"""The features once more, slowly and by other means: plain Python over the raw rows of one customer at a time."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from contract.calendar import WEEKDAYS, Calendar
from tests.features.reference_voice import KEYS, voice

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
            ("cases", ["case_id"], company["cases"]),
            ("customers", ["customer_id"], company["customers"].assign(happened_at=company["customers"].joined_at)),
            *((table, key, company[table]) for table, key in KEYS.items()),
        )
    }
    names = sorted(company["customers"].customer_id.unique())
    each = [_one(name, rows) | voice(name, rows, as_of, calendar) for name in names]
    return pd.DataFrame(each).set_index("customer_id")


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
    return _told_by_then(rows, as_of, midnight, calendar)


def _told_by_then(rows: pd.DataFrame, as_of: date, midnight: pd.Timestamp, calendar: Calendar) -> pd.DataFrame:
    """With `<name>_ago` (local days) and `<name>_hours` (business hours from the row on) for dates that had come by
    then; what comes with a date that had not come yet is None."""
    rows = rows.copy()
    for dated, comes in (
        ("first_response", ()),
        ("closed", ("resolved",)),
        ("reopened", ()),
        ("resolved", ("resolved",)),
    ):
        if f"{dated}_at" not in rows or rows.empty:
            continue
        moments = rows[f"{dated}_at"].dt.tz_localize("UTC").dt.tz_convert(midnight.tz)
        began = rows.happened_at.dt.tz_localize("UTC").dt.tz_convert(midnight.tz)
        came = (moments < midnight).to_list()
        rows[f"{dated}_ago"] = [
            (as_of - moment.date()).days if told else NULL for moment, told in zip(moments, came, strict=True)
        ]
        rows[f"{dated}_hours"] = [
            _business_hours(begin, moment, calendar) if told else NULL
            for begin, moment, told in zip(began, moments, came, strict=True)
        ]
        for name in comes:
            rows[name] = rows[name].where(pd.Series(came, index=rows.index), None)
    if "first_response_at" in rows:
        began = rows.happened_at.dt.tz_localize("UTC").dt.tz_convert(midnight.tz)
        rows["open_hours"] = [_business_hours(begin, midnight, calendar) for begin in began]
    return rows


def _business_hours(begin: pd.Timestamp, end: pd.Timestamp, calendar: Calendar) -> float:
    """Second by second in spirit: of every working day between two local moments the part in business hours."""
    seconds, day = 0, begin.date()
    opens, closes = (moment.hour * 3600 + moment.minute * 60 for moment in (calendar.opens, calendar.closes))
    while day <= end.date():
        if WEEKDAYS[day.weekday()] not in calendar.weekend and day not in calendar.holidays:
            since = max(opens, _second(begin)) if day == begin.date() else opens
            until = min(closes, _second(end)) if day == end.date() else closes
            seconds += max(0, until - since)
        day += timedelta(days=1)
    return seconds / 3600


def _second(moment: pd.Timestamp) -> int:
    return moment.hour * 3600 + moment.minute * 60 + moment.second


def _one(name: str, rows: Mapping[str, pd.DataFrame]) -> dict[str, object]:
    orders, usage, contacts, cases, customers = (
        rows[table][rows[table].customer_id == name] for table in ("orders", "usage", "contacts", "cases", "customers")
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
    out |= _quartiles(contacts, "usual_contacts_28d", [1.0] * len(contacts))
    out |= _contacts(contacts) | _effort(contacts, cases) | _waits(contacts) | _responses(cases) | _cases(cases)
    return out | _derived(out)


def _contacts(contacts: pd.DataFrame) -> dict[str, object]:
    """Of contacts that the customer began."""
    out: dict[str, object] = {"contacts_92_to_182d_ago": len(_in(contacts, 91, 182))}
    spelt = {"email": ["email", "e-mail"]}
    for channel in ("phone", "chat", "email", "social", "shop", "app"):
        channels = _in(contacts, 0, 91).channel.str.lower()
        out[f"{channel}_contacts_last_91d"] = int(channels.isin(spelt.get(channel, [channel])).sum())
    for subject, words, windows in (
        ("cancellation", ("cancel", "لغو"), (28, 91, 364)),
        ("billing", ("bill", "invoice"), (91, 364)),
        ("delivery", ("delivery",), (91, 364)),
    ):
        for days in windows:
            topics = [topic.lower() for topic in _in(contacts, 0, days).topic if not pd.isna(topic)]
            out[f"{subject}_contacts_last_{days}d"] = sum(any(word in topic for word in words) for topic in topics)
    for days in (91, 364):
        said = [how for how in _in(contacts, 0, days).resolved if not pd.isna(how)]
        out[f"unresolved_share_last_{days}d"] = said.count("false") / len(said) if said else NULL
    told = sorted((row.age, row.resolved == "false") for row in contacts.itertuples() if not pd.isna(row.resolved))
    out["last_contact_unresolved"] = float(told[0][1]) if told else NULL
    handled = [round(seconds / 60, 4) for seconds in _there(_in(contacts, 0, 91).handle_seconds)]
    return out | {"average_handle_minutes_last_91d": _mean(pd.Series(handled, dtype="float64"))}


def _effort(contacts: pd.DataFrame, cases: pd.DataFrame) -> dict[str, object]:
    """Repeats, transfers and changes of channel, of contacts that the customer began; cases opened again."""
    again: list[tuple[float, int, float, bool]] = []
    before: dict[tuple[str, str], tuple[float, str]] = {}
    for row in sorted(contacts.itertuples(), key=lambda row: (-row.age, row.channel.lower())):
        issue = ("topic", row.topic) if pd.isna(row.case_id) else ("case", row.case_id)
        if pd.isna(issue[1]):
            continue
        if issue in before:
            age, channel = before[issue]
            again.append((row.age, row.ago, age - row.age, channel != row.channel.lower()))
        before[issue] = (row.age, row.channel.lower())
    out: dict[str, object] = {}
    for within, windows in ((7, (28, 91)), (28, (91, 182))):
        for days in windows:
            out[f"repeat_contacts_within_{within}d_last_{days}d"] = sum(
                ago <= days and passed <= within * 86400 for _, ago, passed, _ in again
            )
    ages = [age for age, _, passed, _ in again if passed <= 28 * 86400]
    out["days_since_last_repeat_contact"] = min(ages, default=NULL) / 86400
    for days in (91, 182):
        out[f"channel_hops_last_{days}d"] = sum(
            ago <= days and passed <= 28 * 86400 and hopped for _, ago, passed, hopped in again
        )
    for days in (91, 364):
        transfers = _there(_in(contacts, 0, days).transfers)
        out[f"transfers_last_{days}d"] = sum(transfers)
        out[f"transferred_share_last_{days}d"] = _share(number > 0 for number in transfers)
    out["most_transfers_last_91d"] = _largest(_in(contacts, 0, 91).transfers)
    with_case = [case for case in _in(contacts, 0, 182).case_id if not pd.isna(case)]
    out["contacts_on_cases_last_182d"] = len(with_case)
    out["cases_contacted_on_last_182d"] = len(set(with_case))
    out["contacts_per_case_last_182d"] = len(with_case) / len(set(with_case)) if with_case else NULL
    out["repeat_share_last_91d"] = (
        out["repeat_contacts_within_28d_last_91d"] / len(_in(contacts, 0, 91))  # type: ignore[operator]
        if len(_in(contacts, 0, 91))
        else NULL
    )
    out["reopened_cases_last_182d"] = len(_there(_in(cases, 0, 182).reopened_ago))
    return out


def _waits(contacts: pd.DataFrame) -> dict[str, object]:
    """Of contacts that the customer began and of which the wait is known."""
    expected = {"phone": 120, "chat": 60, "app": 60}
    waits = [
        (row.ago, row.age, int(row.wait_seconds), expected.get(row.channel.lower(), 300))
        for row in contacts.itertuples()
        if not pd.isna(row.wait_seconds)
    ]
    out: dict[str, object] = {}
    for days in (28, 91, 364):
        minutes = pd.Series([round(wait / 60, 4) for ago, _, wait, _ in waits if ago <= days], dtype="float64")
        out[f"average_wait_minutes_last_{days}d"] = _mean(minutes)
        out[f"longest_wait_minutes_last_{days}d"] = _largest(minutes)
    last = sorted((age, wait) for _, age, wait, _ in waits)
    out["last_wait_minutes"] = round(last[0][1] / 60, 4) if last else NULL
    for days in (28, 91):
        out[f"long_waits_last_{days}d"] = sum(ago <= days and wait > long for ago, _, wait, long in waits)
        multiples = [min(10.0, math.floor(100 * wait / long) / 100) for ago, _, wait, long in waits if ago <= days]
        out[f"average_wait_to_expected_last_{days}d"] = _mean(pd.Series(multiples, dtype="float64"))
    for days in (91, 364):
        out[f"long_wait_share_last_{days}d"] = _share(wait > long for ago, _, wait, long in waits if ago <= days)
    usual = [wait / 60 for ago, _, wait, _ in waits if 28 < ago <= 364]
    low, high = np.quantile(usual, [0.25, 0.75]) if len(usual) >= 3 else (NULL, NULL)
    return out | {"usual_wait_minutes_low": float(low), "usual_wait_minutes_high": float(high)}


def _responses(cases: pd.DataFrame) -> dict[str, object]:
    """Business hours until the first response, beside what is expected of the channel."""
    expected = {"phone": 4.0, "social": 1.0}
    told = [
        (row.ago, row.age, row.first_response_hours, expected.get(str(row.channel).lower(), 8.0), row)
        for row in cases.itertuples()
    ]
    answered = [(ago, age, hours, soon) for ago, age, hours, soon, _ in told if not math.isnan(hours)]
    out: dict[str, object] = {}
    for days in (91, 364):
        out[f"average_response_hours_last_{days}d"] = _mean(
            pd.Series([round(hours, 4) for ago, _, hours, _ in answered if ago <= days], dtype="float64")
        )
        out[f"late_response_share_last_{days}d"] = _share(
            hours > soon for ago, _, hours, soon in answered if ago <= days
        )
    newest = sorted((age, round(hours, 4)) for _, age, hours, _ in answered)
    out["last_response_hours"] = newest[0][1] if newest else NULL
    out["cases_without_response"] = sum(
        math.isnan(hours) and _is_open(row) and row.open_hours > soon for _, _, hours, soon, row in told
    )
    return out


def _is_open(case: Any) -> bool:
    if math.isnan(case.closed_ago):
        return True
    return not math.isnan(case.reopened_ago) and case.reopened_at > case.closed_at


def _cases(cases: pd.DataFrame) -> dict[str, object]:
    every = list(cases.itertuples())
    waiting, closed = [row for row in every if _is_open(row)], [row for row in every if not _is_open(row)]
    grave = [row.severity for row in waiting if not pd.isna(row.severity)]
    complaints, requests = cases[cases.kind == "complaint"], cases[cases.kind == "request"]
    out: dict[str, object] = {
        "open_cases": len(waiting),
        "open_complaints": sum(row.kind == "complaint" for row in waiting),
        "reopened_open_cases": sum(not math.isnan(row.reopened_ago) for row in waiting),
        "oldest_open_case_days": max((row.age for row in waiting), default=NULL) / 86400,
        "oldest_open_case_hours": max((row.open_hours for row in waiting), default=NULL),
        "highest_open_severity": max(grave, default=NULL),
        "days_since_last_complaint": _smallest(complaints.age) / 86400,
        "cases_closed_last_7d": sum(row.closed_ago <= 7 for row in closed),
        "average_severity_last_364d": _mean(_in(cases, 0, 364).severity),
    }
    for days in (28, 91, 364):
        out[f"complaints_last_{days}d"] = len(_in(complaints, 0, days))
    for days in (91, 364):
        out[f"requests_last_{days}d"] = len(_in(requests, 0, days))
        out[f"highest_severity_last_{days}d"] = _largest(_in(cases, 0, days).severity)
    for days in (182, 364):
        hours = [round(row.closed_hours, 4) for row in closed if row.ago <= days]
        out[f"average_hours_to_close_last_{days}d"] = _mean(pd.Series(hours, dtype="float64"))
        out[f"unresolved_cases_share_last_{days}d"] = _share(
            row.resolved == "false" for row in closed if row.ago <= days and not pd.isna(row.resolved)
        )
    newest = sorted((row.age, round(row.closed_hours, 4)) for row in closed)
    out["last_hours_to_close"] = newest[0][1] if newest else NULL
    opened = len(_in(cases, 0, 364))
    out["complaint_share_last_364d"] = len(_in(complaints, 0, 364)) / opened if opened else NULL
    return out


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
        "contacts_trend_91d": newer("contacts_last_91d", "contacts_92_to_182d_ago"),
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


def _share(said: Iterable[bool]) -> float:
    told = list(said)
    return sum(told) / len(told) if told else NULL


def _smallest(values: pd.Series) -> float:
    return min(_there(values), default=NULL)


def _largest(values: pd.Series) -> float:
    return max(_there(values), default=NULL)


def _mean(values: pd.Series) -> float:
    there = _there(values)
    return sum(there) / len(there) if there else NULL
