"""Speed: how long customers wait for somebody, and how soon their cases hear of a person, beside what they expect.

Waits are those of contacts that the customer began. What is expected of a channel stands in the settings; capital
letters of channels do not matter.
"""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from features.cases import open_now
from features.contacts import inbound
from features.family import EVER, Computed, Family, Feature, Measure, last

#: A wait of more than so many times the expected one counts as so many: one night in a queue is not the whole story.
LONGEST_RATIO = 10
#: Business hours are broken numbers. What is late is late by a second at least, so half of one decides nothing.
GRACE_HOURS = 0.5 / 3600
#: With fewer earlier waits a customer has no usual one yet; those of the last 28 days are what is compared with it,
#: and those of more than a year ago are not "usual".
MINIMUM_WAITS = 3
RECENT_DAYS, USUAL_DAYS = 28, 364


def usual_waits(history: Mapping[str, ir.Table]) -> ir.Table:
    """One row a customer with at least three waits from 29 to 364 days ago: their quartiles in minutes."""
    contacts = history["contacts"]
    waits = contacts.filter(_waited(contacts) & (contacts.days_ago > RECENT_DAYS) & (contacts.days_ago <= USUAL_DAYS))
    waits = waits.select("customer_id", minutes=waits.wait_seconds / 60)
    told = waits.group_by("customer_id").agg(
        waits=waits.count(),
        usual_wait_minutes_low=waits.minutes.quantile(0.25),
        usual_wait_minutes_high=waits.minutes.quantile(0.75),
    )
    return told.filter(told.waits >= MINIMUM_WAITS)


def _waited(contacts: ir.Table) -> ir.BooleanValue:
    return inbound(contacts) & contacts.wait_seconds.notnull()


def _minutes(contacts: ir.Table) -> ir.Value:
    # A decimal: its sum does not depend on the order of rows.
    return (contacts.wait_seconds / 60).cast("decimal(18, 4)")


def _too_long(contacts: ir.Table) -> ir.BooleanValue:
    return contacts.wait_seconds > contacts.expected_wait_seconds


def _to_expected(contacts: ir.Table) -> ir.Value:
    """The wait over the expected one, in whole hundredths: they are exact on every engine, and so are their sums."""
    hundredths = (contacts.wait_seconds * 100) // contacts.expected_wait_seconds.nullif(0)
    return (hundredths.clip(upper=100 * LONGEST_RATIO) / 100).cast("decimal(18, 4)")


def _response_hours(cases: ir.Table) -> ir.Value:
    return cases.business_hours_ago - cases.first_response_business_hours_ago


def _answered(cases: ir.Table) -> ir.BooleanValue:
    return cases.first_response_days_ago.notnull()


def _waits_too_long(cases: ir.Table) -> ir.BooleanValue:
    """Open, without a first response, and past the hours in which one is expected."""
    late = cases.business_hours_ago > cases.expected_response_hours + GRACE_HOURS
    return open_now(cases) & ~_answered(cases) & late


_USUAL = ("usual_wait_minutes_low", "usual_wait_minutes_high")

SPEED = Family(
    name="speed",
    meaning="how long customers wait for somebody, and how soon their cases hear of a person, beside what they expect",
    measures=(
        Measure(
            stem="average_wait_minutes",
            table="contacts",
            how="mean",
            what=_minutes,
            where=inbound,
            windows=last(28, 91, 364),
            description="minutes that the customer waited on average for somebody to answer",
            unit="minutes",
            group="service",
            usual={"average_wait_minutes_last_28d": _USUAL},
        ),
        Measure(
            stem="longest_wait_minutes",
            table="contacts",
            how="max",
            what=_minutes,
            where=inbound,
            windows=last(28, 91, 364),
            description="longest wait in minutes",
            unit="minutes",
            group="service",
            usual={"longest_wait_minutes_last_28d": _USUAL},
        ),
        Measure(
            stem="last_wait_minutes",
            named=("last_wait_minutes",),
            table="contacts",
            how="last",
            what=_minutes,
            where=inbound,
            windows=(EVER,),
            description="minutes that the customer waited the last time",
            unit="minutes",
            group="service",
            usual={"last_wait_minutes": _USUAL},
        ),
        Measure(
            stem="long_waits",
            table="contacts",
            how="count",
            where=lambda rows: _waited(rows) & _too_long(rows),
            windows=last(28, 91),
            description="contacts that waited longer than is expected of the channel",
            unit="contacts",
            group="service",
        ),
        Measure(
            stem="long_wait_share",
            table="contacts",
            how="mean",
            what=lambda rows: ibis.ifelse(_too_long(rows), 1, 0),
            where=_waited,
            windows=last(91, 364),
            description="share of contacts that waited longer than is expected of the channel",
            unit="share",
            group="service",
        ),
        Measure(
            stem="average_wait_to_expected",
            table="contacts",
            how="mean",
            what=_to_expected,
            where=_waited,
            windows=last(28, 91),
            description="the wait as a multiple of the expected one (at most 10), on average",
            unit="ratio",
            group="service",
        ),
        Measure(
            stem="average_response_hours",
            table="cases",
            how="mean",
            what=lambda rows: _response_hours(rows).cast("decimal(18, 4)"),
            windows=last(91, 364),
            description="business hours until a case had its first response, on average of those opened",
            unit="business hours",
            group="service",
        ),
        Measure(
            stem="last_response_hours",
            named=("last_response_hours",),
            table="cases",
            how="last",
            what=lambda rows: _response_hours(rows).cast("decimal(18, 4)"),
            windows=(EVER,),
            description="business hours until the newest of the answered cases had its first response",
            unit="business hours",
            group="service",
        ),
        Measure(
            stem="late_response_share",
            table="cases",
            how="mean",
            what=lambda rows: ibis.ifelse(_response_hours(rows) > rows.expected_response_hours + GRACE_HOURS, 1, 0),
            where=_answered,
            windows=last(91, 364),
            description="share of answered cases whose first response came later than expected, of those opened",
            unit="share",
            group="service",
        ),
        Measure(
            stem="cases_without_response",
            named=("cases_without_response",),
            table="cases",
            how="count",
            where=_waits_too_long,
            windows=(EVER,),
            description="open cases that wait for a first response longer than is expected",
            unit="cases",
            group="service",
        ),
    ),
    computed=(
        Computed(
            table="contacts",
            compute=usual_waits,
            features=(
                Feature(
                    name="usual_wait_minutes_low",
                    description="lower quartile of the customer's earlier waits in minutes",
                    unit="minutes",
                    group="service",
                ),
                Feature(
                    name="usual_wait_minutes_high",
                    description="upper quartile of the customer's earlier waits in minutes",
                    unit="minutes",
                    group="service",
                ),
            ),
        ),
    ),
)
