"""Attempts to take money that is due, as for a subscription."""

from contract.table import Column, Table

PAYMENTS = Table(
    name="payments",
    grain="one row an attempt to take a payment",
    key=("payment_id",),
    own_columns=(
        Column(name="payment_id", type="text", meaning="the attempt", required=True),
        Column(name="subscription_id", type="text", meaning="what was to be paid for, where it is a subscription"),
        Column(
            name="amount",
            type="decimal",
            meaning="what was to be paid; never negative",
            unit="the company's currency",
            minimum=0,
            maximum=1e9,
        ),
        Column(name="succeeded", type="boolean", meaning="whether the money came", required=True),
        Column(name="failure", type="text", meaning="why it did not"),
    ),
)
