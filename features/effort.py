"""Effort: how often customers must come back about one thing, are passed on, or must change the channel.

Only contacts that the customer began count, here as what came before too: being called back costs the customer nothing.
"""

from __future__ import annotations

from collections.abc import Callable

import ibis
import ibis.expr.types as ir

from features.contacts import inbound
from features.family import EVER, Derived, Family, Feature, Measure, last

DAY = 86_400
#: So many days after the last contact on it, an issue is a new one: then no change of channel is counted either.
SAME_ISSUE_DAYS = 28


def _before(contacts: ir.Table, value: ir.Value) -> ir.Value:
    """By contact, a value of the previous one that the same customer began on the same issue.

    An issue is a case, or where there is none, a topic. Contacts of the same second stand by channel: of those that
    also came by one channel it makes no difference which is first, so that no engine's order of ids decides.
    """
    return value.lag().over(
        group_by=[
            contacts.customer_id,
            contacts.direction,
            contacts.case_id,
            ibis.ifelse(contacts.case_id.isnull(), contacts.topic, ibis.null("string")),
        ],
        order_by=[contacts.age_seconds.desc(), contacts.channel.lower()],
    )


def _repeated(days: int) -> Callable[[ir.Table], ir.BooleanValue]:
    """Whether the customer had begun a contact on the same issue at most so many times 24 hours before."""

    def where(contacts: ir.Table) -> ir.BooleanValue:
        has_issue = contacts.case_id.notnull() | contacts.topic.notnull()
        passed = _before(contacts, contacts.age_seconds) - contacts.age_seconds
        return inbound(contacts) & has_issue & (passed <= days * DAY)

    return where


def _hopped(contacts: ir.Table) -> ir.BooleanValue:
    channel = contacts.channel.lower()
    return _repeated(SAME_ISSUE_DAYS)(contacts) & (channel != _before(contacts, channel))


EFFORT = Family(
    name="effort",
    meaning="how often customers must come back about one thing, are passed on, or must change the channel",
    measures=(
        Measure(
            stem="repeat_contacts_within_7d",
            table="contacts",
            how="count",
            where=_repeated(7),
            windows=last(28, 91),
            description="contacts within 7 days of another on the same issue",
            unit="contacts",
            group="service",
        ),
        Measure(
            stem="repeat_contacts_within_28d",
            table="contacts",
            how="count",
            where=_repeated(28),
            windows=last(91, 182),
            description="contacts within 28 days of another on the same issue",
            unit="contacts",
            group="service",
        ),
        Measure(
            stem="days_since_last_repeat_contact",
            named=("days_since_last_repeat_contact",),
            table="contacts",
            how="min",
            what=lambda rows: rows.age_seconds / DAY,
            where=_repeated(28),
            windows=(EVER,),
            description="days since the last contact within 28 days of another on the same issue",
            unit="days",
            group="service",
        ),
        Measure(
            stem="transfers",
            table="contacts",
            how="sum",
            what=lambda rows: rows.transfers,
            where=inbound,
            windows=last(91, 364),
            description="times that the customer was passed on to somebody else",
            unit="transfers",
            group="service",
        ),
        Measure(
            stem="most_transfers",
            table="contacts",
            how="max",
            what=lambda rows: rows.transfers,
            where=inbound,
            windows=last(91),
            description="most times that the customer was passed on in one contact",
            unit="transfers",
            group="service",
        ),
        Measure(
            stem="transferred_share",
            table="contacts",
            how="mean",
            what=lambda rows: ibis.ifelse(rows.transfers > 0, 1, 0),
            where=lambda rows: inbound(rows) & rows.transfers.notnull(),
            windows=last(91, 364),
            description="share of contacts in which the customer was passed on",
            unit="share",
            group="service",
        ),
        Measure(
            stem="channel_hops",
            table="contacts",
            how="count",
            where=_hopped,
            windows=last(91, 182),
            description="times that the customer came back about an issue by another channel within 28 days",
            unit="changes",
            group="service",
        ),
        Measure(
            stem="contacts_on_cases",
            table="contacts",
            how="count",
            where=lambda rows: inbound(rows) & rows.case_id.notnull(),
            windows=last(182),
            description="contacts on a request or complaint",
            unit="contacts",
            group="service",
        ),
        Measure(
            stem="cases_contacted_on",
            table="contacts",
            how="distinct",
            what=lambda rows: rows.case_id,
            where=inbound,
            windows=last(182),
            description="different requests and complaints on which the customer got in touch",
            unit="cases",
            group="service",
        ),
        Measure(
            stem="reopened_cases",
            table="cases",
            how="count",
            where=lambda rows: rows.reopened_days_ago.notnull(),
            # By the day on which the case was first opened: so the window is as exact as any other.
            windows=last(182),
            description="cases that had to be opened again, of those first opened",
            unit="cases",
            group="service",
        ),
    ),
    derived=(
        Derived(
            feature=Feature(
                name="repeat_share_last_91d",
                description="share of contacts within 28 days of another on the same issue, last 91 days",
                unit="share",
                group="service",
                reach=91,
            ),
            of=("repeat_contacts_within_28d_last_91d", "contacts_last_91d"),
            derive=lambda row: row.repeat_contacts_within_28d_last_91d / row.contacts_last_91d.nullif(0),
        ),
        Derived(
            feature=Feature(
                name="contacts_per_case_last_182d",
                description="contacts on a request or complaint on average, last 182 days",
                unit="contacts",
                group="service",
                reach=182,
            ),
            of=("contacts_on_cases_last_182d", "cases_contacted_on_last_182d"),
            derive=lambda row: row.contacts_on_cases_last_182d / row.cases_contacted_on_last_182d.nullif(0),
        ),
    ),
)
