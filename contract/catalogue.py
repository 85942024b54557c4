"""Every table of the contract, in the order in which they are read: what others belong to comes before them."""

from contract.table import Table
from contract.tables.cases import CASES
from contract.tables.contacts import CONTACTS
from contract.tables.customers import CUSTOMERS
from contract.tables.labels import LABELS
from contract.tables.orders import ORDERS
from contract.tables.payments import PAYMENTS
from contract.tables.reviews import REVIEWS
from contract.tables.subscriptions import SUBSCRIPTIONS
from contract.tables.surveys import SURVEYS
from contract.tables.text_scores import TEXT_SCORES
from contract.tables.usage import USAGE

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        CUSTOMERS,
        SUBSCRIPTIONS,
        ORDERS,
        USAGE,
        CONTACTS,
        CASES,
        SURVEYS,
        REVIEWS,
        PAYMENTS,
        TEXT_SCORES,
        LABELS,
    )
}

#: The tables whose rows can say that a customer is active.
ACTIVITY_TABLES: tuple[str, ...] = tuple(name for name, table in TABLES.items() if table.is_activity)
