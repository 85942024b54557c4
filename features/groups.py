"""The reason groups: in whose name the columns of all families speak when a person asks why."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ReasonGroup:
    """One reason group. `shows` are the columns that may be shown for it, the most telling first."""

    name: str
    title: str
    shows: tuple[str, ...]


GROUPS: dict[str, ReasonGroup] = {
    group.name: group
    for group in (
        ReasonGroup(name="gone_quiet", title="Silence, fewer active days", shows=("days_since_last_activity",)),
        ReasonGroup(name="buys_less", title="Orders", shows=("orders_last_28d", "orders_last_91d")),
        ReasonGroup(name="spends_less", title="Spending", shows=("amount_last_28d", "average_order_last_91d")),
        ReasonGroup(name="narrower", title="Breadth", shows=("categories_last_91d", "average_categories_last_91d")),
        ReasonGroup(name="uses_less", title="Usage", shows=("usage_days_last_28d",)),
        ReasonGroup(name="contacts", title="Contacts", shows=("contacts_last_28d", "contacts_last_91d")),
        ReasonGroup(
            name="service",
            title="Waiting and effort",
            # Repeats need no clock of the queue, which many companies do not have.
            shows=("repeat_contacts_within_28d_last_91d", "average_wait_minutes_last_91d", "cases_without_response"),
        ),
        ReasonGroup(name="complaints", title="Cases and complaints", shows=("complaints_last_91d", "open_cases")),
        ReasonGroup(
            name="said",
            title="What the customer said",
            shows=("last_csat", "last_nps", "last_ces", "unhappy_share_last_91d", "last_sentiment"),
        ),
        ReasonGroup(name="deliveries", title="Deliveries", shows=("late_share_last_91d", "overdue_orders")),
        ReasonGroup(
            name="renewal",
            title="Contract and payments",
            shows=("days_to_renewal", "failed_payments_last_91d", "days_since_last_price_rise"),
        ),
        ReasonGroup(name="returns", title="Returns", shows=("returns_last_91d",)),
        ReasonGroup(name="quiet_before", title="Earlier quiet periods", shows=("quiet_share_28d",)),
        ReasonGroup(name="new_or_old", title="Time as a customer", shows=("days_since_first_activity",)),
        ReasonGroup(name="times", title="Times of activity", shows=("weekend_share_last_182d",)),
    )
}
