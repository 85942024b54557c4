"""The people or companies who may leave."""

from contract.table import Column, Table

CUSTOMERS = Table(
    name="customers",
    grain="one row a customer and version (a later known_at replaces an earlier one)",
    key=("customer_id",),
    happened_from="joined_at",
    own_columns=(
        Column(name="joined_at", type="timestamp", meaning="when the customer joined", unit="UTC", required=True),
        Column(name="segment", type="text", meaning="the group that the company sorts the customer into"),
        Column(name="preferred_channel", type="text", meaning="how the customer likes to be reached"),
        Column(name="language", type="text", meaning="the customer's language, as en or fa"),
        Column(name="owner", type="text", meaning="who in the company looks after the customer"),
        Column(name="contact_allowed", type="boolean", default="true", meaning="false: never put on an outreach list"),
        Column(name="profiling_allowed", type="boolean", default="true", meaning="false: never scored, never learned"),
    ),
)
