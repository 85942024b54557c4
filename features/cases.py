"""Cases: what is open now, how many complaints there were and how grave, and how they ended."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from features.family import EVER, Derived, Family, Feature, Measure, last


def open_now(cases: ir.Table) -> ir.BooleanValue:
    """Cases that are not closed, or were opened again after they were closed.

    One that was opened again at the very moment of the closing counts as closed (where a source gives days only, on its
    day): if that is wrong, it is put right as soon as the case is closed again, while a closed case that counts as open
    would grow older for ever.
    """
    reopened = (cases.reopened_age_seconds < cases.closed_age_seconds).fill_null(False)
    return cases.closed_days_ago.isnull() | reopened


def closed_now(cases: ir.Table) -> ir.BooleanValue:
    return ~open_now(cases)


def is_complaint(cases: ir.Table) -> ir.BooleanValue:
    return cases.kind == "complaint"


def _hours_to_close(cases: ir.Table) -> ir.Value:
    # A decimal: its sum does not depend on the order of rows.
    return (cases.business_hours_ago - cases.closed_business_hours_ago).cast("decimal(18, 4)")


CASES = Family(
    name="cases",
    meaning="what is open now, how many complaints there were and how grave, and how they ended",
    measures=(
        Measure(
            stem="open_cases",
            named=("open_cases",),
            table="cases",
            how="count",
            where=open_now,
            windows=(EVER,),
            description="requests and complaints that are open now",
            unit="cases",
            group="complaints",
        ),
        Measure(
            stem="open_complaints",
            named=("open_complaints",),
            table="cases",
            how="count",
            where=lambda rows: is_complaint(rows) & open_now(rows),
            windows=(EVER,),
            description="complaints that are open now",
            unit="cases",
            group="complaints",
        ),
        Measure(
            stem="reopened_open_cases",
            named=("reopened_open_cases",),
            table="cases",
            how="count",
            where=lambda rows: open_now(rows) & rows.reopened_days_ago.notnull(),
            windows=(EVER,),
            description="open requests and complaints that had to be opened again",
            unit="cases",
            group="complaints",
        ),
        Measure(
            stem="oldest_open_case_days",
            named=("oldest_open_case_days",),
            table="cases",
            how="max",
            what=lambda rows: rows.age_seconds / 86400,
            where=open_now,
            windows=(EVER,),
            description="days since the oldest open case was first opened",
            unit="days",
            group="complaints",
        ),
        Measure(
            stem="oldest_open_case_hours",
            named=("oldest_open_case_hours",),
            table="cases",
            how="max",
            what=lambda rows: rows.business_hours_ago,
            where=open_now,
            windows=(EVER,),
            description="business hours since the oldest open case was first opened",
            unit="business hours",
            group="complaints",
        ),
        Measure(
            stem="highest_open_severity",
            named=("highest_open_severity",),
            table="cases",
            how="max",
            what=lambda rows: rows.severity,
            where=open_now,
            windows=(EVER,),
            description="how grave the gravest open case is, from 1 to 5",
            unit="1 to 5",
            group="complaints",
        ),
        Measure(
            stem="complaints",
            table="cases",
            how="count",
            where=is_complaint,
            windows=last(28, 91, 364),
            description="complaints",
            unit="complaints",
            group="complaints",
        ),
        Measure(
            stem="days_since_last_complaint",
            named=("days_since_last_complaint",),
            table="cases",
            how="min",
            what=lambda rows: rows.age_seconds / 86400,
            where=is_complaint,
            windows=(EVER,),
            description="days since the last complaint",
            unit="days",
            group="complaints",
        ),
        Measure(
            stem="requests",
            table="cases",
            how="count",
            where=lambda rows: rows.kind == "request",
            windows=last(91, 364),
            description="requests for help",
            unit="requests",
            group="complaints",
        ),
        Measure(
            stem="average_severity",
            table="cases",
            how="mean",
            what=lambda rows: rows.severity,
            windows=last(364),
            description="how grave requests and complaints were on average, from 1 to 5,",
            unit="1 to 5",
            group="complaints",
        ),
        Measure(
            stem="highest_severity",
            table="cases",
            how="max",
            what=lambda rows: rows.severity,
            windows=last(91, 364),
            description="how grave the gravest request or complaint was, from 1 to 5,",
            unit="1 to 5",
            group="complaints",
        ),
        Measure(
            stem="average_hours_to_close",
            table="cases",
            how="mean",
            what=_hours_to_close,
            where=closed_now,
            windows=last(182, 364),
            description="business hours until a case was closed, on average of those opened",
            unit="business hours",
            group="complaints",
        ),
        Measure(
            stem="last_hours_to_close",
            named=("last_hours_to_close",),
            table="cases",
            how="last",
            what=_hours_to_close,
            where=closed_now,
            windows=(EVER,),
            description="business hours until the newest of the closed cases was closed",
            unit="business hours",
            group="complaints",
        ),
        Measure(
            stem="unresolved_cases_share",
            table="cases",
            how="mean",
            what=lambda rows: ibis.ifelse(rows.resolved, 0, 1),
            where=lambda rows: closed_now(rows) & rows.resolved.notnull(),
            windows=last(182, 364),
            description="share of closed cases in which the customer did not get what it was about, of those opened",
            unit="share",
            group="complaints",
        ),
        Measure(
            stem="cases_closed_last_7d",
            named=("cases_closed_last_7d",),
            table="cases",
            how="count",
            where=lambda rows: closed_now(rows) & (rows.closed_days_ago <= 7),
            # By the day of the closing, whenever the case was opened.
            windows=(EVER,),
            description="cases closed in the last 7 days",
            unit="cases",
            group="complaints",
        ),
    ),
    derived=(
        Derived(
            feature=Feature(
                name="complaint_share_last_364d",
                description="complaints as a share of requests and complaints, last 364 days",
                unit="share",
                group="complaints",
                reach=364,
            ),
            of=("complaints_last_364d", "requests_last_364d"),
            derive=lambda row: row.complaints_last_364d / (row.complaints_last_364d + row.requests_last_364d).nullif(0),
        ),
    ),
)
