"""This case: what it is about, how it was answered so far, and what it cost the customer. For rows about a case."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import ibis
import ibis.expr.types as ir

from features.cases import is_complaint, open_now
from features.contacts import inbound
from features.family import EVER, Computed, Family, Feature, Measure


def answered_with(history: Mapping[str, ir.Table]) -> ir.Table:
    """One row a case: business hours until the first response and until it was closed, beside what is expected.

    A case that waits still has waited until now.
    """
    cases = history["cases"]
    now = ibis.literal(0.0)
    response = cases.business_hours_ago - cases.first_response_business_hours_ago.fill_null(now)
    closed = ibis.ifelse(open_now(cases), now, cases.closed_business_hours_ago)
    return cases.select(
        "customer_id",
        case_response_hours=response,
        case_response_to_expected=response / cases.expected_response_hours.nullif(0),
        case_hours=cases.business_hours_ago - closed,
    )


def _of_the_case(
    name: str,
    description: str,
    unit: str,
    what: Callable[[ir.Table], ir.Value],
    *,
    table: str = "cases",
    group: str = "complaints",
    where: Callable[[ir.Table], ir.BooleanValue] | None = None,
) -> Measure:
    """A value that a case has one of; of several rows the largest."""
    return Measure(
        stem=name,
        named=(name,),
        table=table,
        how="max",
        what=what,
        where=where,
        windows=(EVER,),
        description=description,
        unit=unit,
        group=group,
    )


def _one_if(condition: Callable[[ir.Table], ir.BooleanValue]) -> Callable[[ir.Table], ir.Value]:
    return lambda rows: ibis.ifelse(condition(rows), 1, 0)


THIS_CASE = Family(
    name="this_case",
    meaning="what the case is about, how it was answered so far, and what it cost the customer",
    unit="case",
    measures=(
        _of_the_case("case_is_complaint", "whether the case is a complaint", "0 or 1", _one_if(is_complaint)),
        _of_the_case("case_severity", "how grave the case is, from 1 to 5", "1 to 5", lambda rows: rows.severity),
        _of_the_case("case_is_open", "whether the case is open", "0 or 1", _one_if(open_now)),
        _of_the_case(
            "case_is_unresolved",
            "whether the case was closed without what the customer wanted",
            "0 or 1",
            _one_if(lambda rows: ~rows.resolved),
            where=lambda rows: rows.resolved.notnull() & ~open_now(rows),
        ),
        _of_the_case(
            "case_was_reopened",
            "whether the case had to be opened again",
            "0 or 1",
            _one_if(lambda rows: rows.reopened_days_ago.notnull()),
        ),
        _of_the_case("case_days", "days since the case was opened", "days", lambda rows: rows.age_seconds / 86400),
        Measure(
            stem="case_contacts",
            named=("case_contacts",),
            table="contacts",
            how="count",
            where=inbound,
            windows=(EVER,),
            description="contacts about the case that the customer began",
            unit="contacts",
            group="service",
        ),
        Measure(
            stem="case_transfers",
            named=("case_transfers",),
            table="contacts",
            how="sum",
            what=lambda rows: rows.transfers,
            where=inbound,
            windows=(EVER,),
            description="times that the customer was passed on about the case",
            unit="transfers",
            group="service",
        ),
        Measure(
            stem="case_channels",
            named=("case_channels",),
            table="contacts",
            how="distinct",
            what=lambda rows: rows.channel,
            where=inbound,
            windows=(EVER,),
            description="different channels by which the customer came about the case",
            unit="channels",
            group="service",
        ),
        _of_the_case(
            "case_longest_wait_minutes",
            "the longest wait about the case",
            "minutes",
            lambda rows: rows.wait_seconds / 60,
            table="contacts",
            group="service",
            where=inbound,
        ),
        _of_the_case(
            "case_sentiment",
            "how unhappy the text of the case sounds, from 0 to 1",
            "0 to 1",
            lambda rows: rows.sentiment,
            table="text_scores",
            group="said",
        ),
    ),
    computed=(
        Computed(
            table="cases",
            compute=answered_with,
            features=(
                Feature(
                    name="case_response_hours",
                    description="business hours until the first response to the case, or until now",
                    unit="business hours",
                    group="service",
                ),
                Feature(
                    name="case_response_to_expected",
                    description="the same as a multiple of what customers expect of the channel",
                    unit="multiple",
                    group="service",
                ),
                Feature(
                    name="case_hours",
                    description="business hours that the case took until it was closed, or takes until now",
                    unit="business hours",
                    group="complaints",
                ),
            ),
        ),
    ),
)
