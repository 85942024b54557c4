"""What customers did in the product."""

from contract.table import Column, Table

USAGE = Table(
    name="usage",
    grain="one row a customer, moment (or day) and event",
    key=("customer_id", "event", "happened_at", "subscription_id"),
    is_activity=lambda usage: usage.event.notnull(),
    own_columns=(
        Column(name="event", type="text", meaning="what was done: a feature's name, a page, a call", required=True),
        Column(
            name="quantity",
            type="decimal",
            meaning="how much or how often",
            unit="the event's own",
            default="1",
            minimum=0,
            maximum=1e9,
        ),
        Column(name="subscription_id", type="text", meaning="under which subscription, where it matters"),
    ),
)
