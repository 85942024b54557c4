"""The reason groups: in whose name the columns of all families speak when a person asks why."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ReasonGroup:
    """One reason group. `shows` are the columns that may be shown for it, the most telling first: the first is said
    that tells against the customer. So a column that has no usual beside it, and would always do, stands last."""

    name: str
    title: str
    shows: tuple[str, ...]


GROUPS: dict[str, ReasonGroup] = {
    group.name: group
    for group in (
        ReasonGroup(name="gone_quiet", title="Silence, fewer active days", shows=("days_since_last_activity",)),
        ReasonGroup(name="buys_less", title="Orders", shows=("orders_last_28d",)),
        ReasonGroup(name="spends_less", title="Spending", shows=("amount_last_28d",)),
        ReasonGroup(name="narrower", title="Breadth", shows=("categories_last_91d", "average_categories_last_91d")),
        ReasonGroup(name="uses_less", title="Usage", shows=("usage_days_last_28d",)),
        ReasonGroup(
            name="contacts",
            title="Contacts",
            shows=(
                "cancellation_contacts_last_91d",
                "last_contact_unresolved",
                "contacts_last_28d",
                "contacts_last_91d",
            ),
        ),
        ReasonGroup(
            name="service",
            title="Waiting and effort",
            shows=(
                # Of this case, on lists of cases.
                "case_response_hours",
                "case_contacts",
                "case_transfers",
                "case_longest_wait_minutes",
                "cases_without_response",
                # Repeats need no clock of the queue, which many companies do not have.
                "repeat_contacts_within_28d_last_91d",
                "channel_hops_last_91d",
                "transfers_last_91d",
                "long_waits_last_91d",
                "last_wait_minutes",
                "average_wait_minutes_last_28d",
                "average_wait_minutes_last_91d",
                "mean_outcome_last_364d",
            ),
        ),
        ReasonGroup(
            name="complaints",
            title="Cases and complaints",
            shows=(
                "case_is_unresolved",
                "case_was_reopened",
                "case_severity",
                "case_is_complaint",
                "open_complaints",
                "complaints_last_91d",
                "oldest_open_case_days",
                "open_cases",
                "complaints_last_364d",
            ),
        ),
        ReasonGroup(
            name="said",
            title="What the customer said",
            # A score is said as it was given; how a text sounds is a model's own guess.
            shows=(
                "last_csat",
                "last_nps",
                "last_ces",
                "case_sentiment",
                "last_sentiment",
                "unhappy_share_last_91d",
                "unhappy_share_last_364d",
                "answered_share_last_364d",
            ),
        ),
        ReasonGroup(
            name="deliveries",
            title="Deliveries",
            shows=("overdue_orders", "last_days_late", "late_share_last_91d", "late_share_last_364d"),
        ),
        ReasonGroup(
            name="renewal",
            title="Contract and payments",
            shows=("failed_payments_last_91d", "days_to_renewal", "days_since_last_price_rise"),
        ),
        ReasonGroup(name="returns", title="Returns", shows=("returns_last_91d",)),
        ReasonGroup(name="quiet_before", title="Earlier quiet periods", shows=("quiet_share_28d",)),
        ReasonGroup(name="new_or_old", title="Time as a customer", shows=("days_since_first_activity",)),
        ReasonGroup(name="times", title="Times of activity", shows=("weekend_share_last_182d",)),
    )
}
