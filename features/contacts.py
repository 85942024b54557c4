"""Contacts: by which channel and on what customers get in touch, how that went, and whether it becomes more.

How many contacts there were, the last one, and the different channels and topics are told by frequency, recency and
breadth; here is what they were about. Only contacts that the customer began count.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import ibis
import ibis.expr.types as ir

from features.family import EVER, Computed, Derived, Family, Feature, Measure, earlier, last
from features.usual import quartiles

#: The channels that have a column of their own, by the ways of writing them; capital letters do not matter.
CHANNELS: Mapping[str, tuple[str, ...]] = {
    "phone": ("phone",),
    "chat": ("chat",),
    "email": ("e-mail", "email"),
    "social": ("social",),
    "shop": ("shop",),
    "app": ("app",),
}

# A topic is about a subject when one of these stands anywhere in it; capital letters do not matter. Words that are
# part of others are left out ("fee" is in feedback, "charge" in charger): a missed topic is better than a wrong one.
# Persian words stand twice where an Arabic keyboard writes them with other letters.
CANCELLATION: tuple[str, ...] = ("cancel", "terminat", "unsubscri", "close account", "لغو", "انصراف", "فسخ")
BILLING: tuple[str, ...] = (
    *("bill", "invoice", "payment", "refund"),
    *("صورتحساب", "صورت حساب", "صورت‌حساب", "فاکتور", "فاكتور", "قبض", "پرداخت"),
)
DELIVERY: tuple[str, ...] = (
    *("deliver", "shipping", "shipment", "courier", "parcel"),
    *("تحویل", "تحويل", "ارسال", "مرسوله"),
)


def inbound(contacts: ir.Table) -> ir.BooleanValue:
    """Contacts that the customer began."""
    return contacts.direction == "inbound"


def usual_contacts(history: Mapping[str, ir.Table]) -> ir.Table:
    """One row a customer: the quartiles of contacts that the customer began in 28 days."""
    contacts = history["contacts"]
    return quartiles(contacts.filter(inbound(contacts)), usual_contacts_28d=ibis.literal(1))


def _by(spellings: tuple[str, ...]) -> Callable[[ir.Table], ir.BooleanValue]:
    return lambda rows: inbound(rows) & ibis.or_(*(rows.channel.lower() == spelling for spelling in spellings))


def _about(words: tuple[str, ...]) -> Callable[[ir.Table], ir.BooleanValue]:
    return lambda rows: inbound(rows) & ibis.or_(*(rows.topic.lower().contains(word) for word in words))


def _told(rows: ir.Table) -> ir.BooleanValue:
    return inbound(rows) & rows.resolved.notnull()


def _by_channel(channel: str, words: str) -> Measure:
    return Measure(
        stem=f"{channel}_contacts",
        table="contacts",
        how="count",
        where=_by(CHANNELS[channel]),
        windows=last(91),
        description=words,
        unit="contacts",
        group="contacts",
    )


CONTACTS = Family(
    name="contacts",
    meaning="by which channel and on what customers get in touch, how that went, and whether it becomes more",
    measures=(
        Measure(
            stem="contacts",
            table="contacts",
            how="count",
            where=inbound,
            windows=(earlier(91, 182),),
            description="contacts that the customer began",
            unit="contacts",
            group="contacts",
        ),
        _by_channel("phone", "contacts by phone that the customer began"),
        _by_channel("chat", "contacts by chat that the customer began"),
        _by_channel("email", "contacts by e-mail that the customer began"),
        _by_channel("social", "contacts on a social network that the customer began"),
        _by_channel("shop", "contacts in a shop that the customer began"),
        _by_channel("app", "contacts in the app that the customer began"),
        Measure(
            stem="cancellation_contacts",
            table="contacts",
            how="count",
            where=_about(CANCELLATION),
            windows=last(28, 91, 364),
            description="contacts about cancelling",
            unit="contacts",
            group="contacts",
        ),
        Measure(
            stem="billing_contacts",
            table="contacts",
            how="count",
            where=_about(BILLING),
            windows=last(91, 364),
            description="contacts about bills and payments",
            unit="contacts",
            group="contacts",
        ),
        Measure(
            stem="delivery_contacts",
            table="contacts",
            how="count",
            where=_about(DELIVERY),
            windows=last(91, 364),
            description="contacts about deliveries",
            unit="contacts",
            group="contacts",
        ),
        Measure(
            stem="unresolved_share",
            table="contacts",
            how="mean",
            # Of contacts of which nobody said how they went, nothing is known.
            what=lambda rows: ibis.ifelse(rows.resolved, 0, 1),
            where=_told,
            windows=last(91, 364),
            description="share of contacts that did not settle the matter",
            unit="share",
            group="contacts",
        ),
        Measure(
            stem="last_contact_unresolved",
            named=("last_contact_unresolved",),
            table="contacts",
            how="last",
            what=lambda rows: ibis.ifelse(rows.resolved, 0, 1),
            where=_told,
            windows=(EVER,),
            description="1 if the last contact did not settle the matter, 0 if it did",
            unit="1 or 0",
            group="contacts",
        ),
        Measure(
            stem="average_handle_minutes",
            table="contacts",
            how="mean",
            # A decimal: its sum does not depend on the order of rows.
            what=lambda rows: (rows.handle_seconds / 60).cast("decimal(18, 4)"),
            where=inbound,
            windows=last(91),
            description="minutes that a contact took on average, waiting apart,",
            unit="minutes",
            group="contacts",
        ),
    ),
    computed=(
        Computed(
            table="contacts",
            compute=usual_contacts,
            features=(
                Feature(
                    name="usual_contacts_28d_low",
                    description="lower quartile of contacts a 28-day period",
                    unit="contacts",
                    group="contacts",
                ),
                Feature(
                    name="usual_contacts_28d_high",
                    description="upper quartile of contacts a 28-day period",
                    unit="contacts",
                    group="contacts",
                ),
            ),
        ),
    ),
    derived=(
        Derived(
            feature=Feature(
                name="contacts_trend_91d",
                description="contacts in the last 91 days as a share of the last 182",
                unit="share",
                group="contacts",
                reach=182,
            ),
            of=("contacts_last_91d", "contacts_92_to_182d_ago"),
            derive=lambda row: row.contacts_last_91d / (row.contacts_last_91d + row.contacts_92_to_182d_ago).nullif(0),
        ),
    ),
)
