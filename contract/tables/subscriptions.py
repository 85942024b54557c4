"""What customers are subscribed to, and until when."""

from contract.table import Column, Table

SUBSCRIPTIONS = Table(
    name="subscriptions",
    # The same subscription under another plan or price is a new period, so the number alone is no key.
    grain="one row a subscription period (a later known_at replaces an earlier one)",
    key=("subscription_id", "started_at"),
    happened_from="started_at",
    own_columns=(
        Column(
            name="subscription_id", type="text", meaning="the subscription, through all of its periods", required=True
        ),
        Column(name="plan", type="text", meaning="what is subscribed to"),
        Column(
            name="monthly_amount",
            type="decimal",
            meaning="what it costs a month; a year's price is divided by twelve",
            unit="the company's currency",
            minimum=0,
            maximum=1e9,
        ),
        Column(name="started_at", type="timestamp", meaning="when the period began", unit="UTC", required=True),
        Column(
            name="renews_at",
            type="timestamp",
            # A date that the source moves on at each renewal would tell the past who is going to stay.
            meaning="when it renews unless it is ended, as was planned when the period began",
            unit="UTC",
            planned=True,
        ),
        Column(name="ended_at", type="timestamp", meaning="when it ended; empty while it runs", unit="UTC"),
        Column(name="end_reason", type="text", meaning="why it ended", dated_by="ended_at"),
        Column(
            name="is_involuntary",
            type="boolean",
            # No default: an end of which nothing is said counts as the customer's own.
            meaning="true: the customer did not choose the end (a payment failed, the company ended it)",
            dated_by="ended_at",
        ),
    ),
)
