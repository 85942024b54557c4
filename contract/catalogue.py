"""Every table of the contract, in the order in which they are read: customers first."""

from contract.table import Table
from contract.tables.contacts import CONTACTS
from contract.tables.customers import CUSTOMERS
from contract.tables.orders import ORDERS
from contract.tables.usage import USAGE

TABLES: dict[str, Table] = {table.name: table for table in (CUSTOMERS, ORDERS, USAGE, CONTACTS)}

#: The tables whose rows can say that a customer is active.
ACTIVITY_TABLES: tuple[str, ...] = tuple(name for name, table in TABLES.items() if table.is_activity)
