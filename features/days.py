"""Days: on which local days something happened."""

import ibis.expr.types as ir


def days_of(rows: ir.Table) -> ir.Table:
    """One row a customer and local day with at least one of these rows: customer_id and days_ago."""
    return rows.select("customer_id", "days_ago").distinct()
