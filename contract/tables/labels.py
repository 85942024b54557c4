"""Labels that a company brings itself, for what no table of the contract can tell."""

from contract.table import Column, Table

LABELS = Table(
    name="labels",
    grain="one row a unit, target and as_of",
    key=("customer_id", "unit_id", "target", "as_of"),
    happened_from="as_of",
    is_outcome=True,
    own_columns=(
        Column(name="unit_id", type="text", meaning="what is labelled; left out, the customer", personal=True),
        Column(name="as_of", type="timestamp", meaning="the midnight of decision", unit="UTC", required=True),
        Column(name="target", type="text", meaning="the name of what is foretold", required=True),
        Column(
            name="label",
            type="integer",
            meaning="1: it came to be; 0: it did not; empty: cannot be said",
            minimum=0,
            maximum=1,
        ),
    ),
)
