"""What customers bought and sent back."""

from contract.table import Column, Table

ORDERS = Table(
    name="orders",
    grain="one row an order or a return",
    key=("order_id", "kind"),
    is_activity=lambda orders: orders.kind == "purchase",
    own_columns=(
        Column(name="order_id", type="text", meaning="the order, or the return's own number", required=True),
        Column(
            name="kind",
            type="text",
            meaning="a purchase, or a return (a row of its own, never an edit of the purchase)",
            required=True,
            default="purchase",
            allowed=("purchase", "return"),
        ),
        Column(
            name="amount",
            type="decimal",
            meaning="what was paid, or paid back for a return; never negative",
            unit="the row's currency",
            minimum=0,
            maximum=1e9,
        ),
        Column(name="currency", type="text", meaning="three letters, as EUR"),
        Column(name="items", type="integer", meaning="pieces in the order", unit="pieces", minimum=0, maximum=1e6),
        Column(
            name="discount",
            type="decimal",
            meaning="what was taken off the price; never negative",
            unit="the row's currency",
            minimum=0,
            maximum=1e9,
        ),
        Column(name="channel", type="text", meaning="where it was bought: shop, app, web, phone, ..."),
        Column(name="category", type="text", meaning="what most of the order's money went to"),
        Column(
            name="categories",
            type="integer",
            meaning="different categories in the order",
            unit="categories",
            minimum=0,
            maximum=1e5,
        ),
        Column(name="promised_at", type="timestamp", meaning="when delivery was promised", unit="UTC", planned=True),
        Column(name="delivered_at", type="timestamp", meaning="when it was delivered", unit="UTC"),
    ),
)
