"""How customers are served: complaints, time to close, first-contact resolution."""

from __future__ import annotations

import ibis
import pandas as pd

from features.cases import closed_now
from reports.metrics.definitions import CLOSE_DAYS, REPEAT_DAYS
from reports.metrics.population import Rows, active_customers
from reports.metrics.seen import NO_COLUMN, NO_TABLE, Lack, Seen, null_text

DAY = 86_400


def service_rows(seen: Seen) -> tuple[Rows, dict[str, Lack]]:
    """By metric, the rows that it is made of; and why metrics are not there."""
    rows: Rows = {}
    lacking: dict[str, Lack] = {}
    if "cases" in seen.past:
        cases = _cases(seen)
        if cases.is_closed.any():
            rows["close_mean"] = rows["close_median"] = cases[cases.is_old_enough].assign(den=1.0)
        else:
            for name in ("close_mean", "close_median"):
                lacking[name] = Lack(NO_COLUMN, "cases.closed_at")
        active = active_customers(seen)
        if active is None:
            lacking["complaints"] = Lack(NO_TABLE, "subscriptions")
        else:
            first = min(seen.covered("cases"), default=len(seen.months))
            rows["complaints"] = _complaints(cases, active[0], max(first, active[1]))
    else:
        for name in ("complaints", "close_mean", "close_median"):
            lacking[name] = Lack(NO_TABLE, "cases")
    if "contacts" in seen.past:
        rows["first_contact"] = _issues(seen)
    else:
        lacking["first_contact"] = Lack(NO_TABLE, "contacts")
    kept = ["customer_id", "month", "channel", "team", "num", "den"]
    return {name: frame[kept] for name, frame in rows.items()}, lacking


def _cases(seen: Seen) -> pd.DataFrame:
    """One row a case opened in the months; `num` is its business hours to close, at most those of CLOSE_DAYS."""
    cases = seen.by_month(seen.past["cases"], "days_ago", "cases")
    longest = CLOSE_DAYS * seen.hours_a_day
    is_closed = closed_now(cases)
    hours = cases.business_hours_ago - cases.closed_business_hours_ago
    late = seen.late_days["cases"] * seen.hours_a_day
    return seen.frame(
        cases.select(
            "customer_id",
            "month",
            "kind",
            "channel",
            "team",
            is_closed=is_closed,
            is_old_enough=cases.business_hours_ago >= longest + late,
            num=ibis.ifelse(is_closed, ibis.least(hours.cast("float64"), longest), longest),
        )
    )


def _complaints(cases: pd.DataFrame, active: pd.DataFrame, first: int) -> pd.DataFrame:
    """Rows of complaints, which count, and of active customers, against whom they are held, from a month on."""
    complaints = cases[cases.kind == "complaint"].assign(num=100.0, den=0.0)
    against = active.assign(num=0.0, den=1.0, channel=None, team=None)
    both = pd.concat([complaints, against], ignore_index=True)
    return both[both.month >= first]


def _issues(seen: Seen) -> pd.DataFrame:
    """One row a customer, month and part of the issues' first contacts: how many issues, how many settled by it.

    An issue is a case, or without one a topic, as in features/effort.py; contacts that name neither are of one. It
    begins anew where the customer had not come about it for REPEAT_DAYS.
    """
    contacts = seen.past["contacts"]
    inbound = contacts.filter(contacts.direction == "inbound")
    same = ibis.window(
        group_by=[
            inbound.customer_id,
            inbound.case_id,
            ibis.ifelse(inbound.case_id.isnull(), inbound.topic, null_text()),
        ],
        order_by=[inbound.age_seconds.desc(), inbound.contact_id],
    )
    span = REPEAT_DAYS * DAY
    placed = inbound.mutate(
        before=inbound.age_seconds.lag().over(same) - inbound.age_seconds,
        after=inbound.age_seconds - inbound.age_seconds.lead().over(same),
    )
    begun = placed.filter(
        (placed.before.isnull() | (placed.before > span))
        & (placed.age_seconds >= span + seen.late_days["contacts"] * DAY)
    )
    settled = (begun.after.isnull() | (begun.after > span)) & begun.resolved.fill_null(True)
    # A month before whose beginning the history holds no such span might take a second contact for a first.
    issues = seen.by_month(
        begun.mutate(settled=settled.cast("float64")), "days_ago", "contacts", days_before=REPEAT_DAYS
    )
    return seen.frame(
        issues.group_by("customer_id", "month", "channel", "team").aggregate(
            num=ibis._.settled.sum(), den=ibis._.count().cast("float64")
        )
    )
