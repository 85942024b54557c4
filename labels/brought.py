"""Labels that the company brings itself, in a table of its own: what no other table can tell."""

from __future__ import annotations

import ibis.expr.types as ir

from contract.cut import Future
from contract.said import said
from labels.target import SimpleRule, Target, active_within


def brought(*, name: str, active_days: int, horizon_days: int, gap_days: int, delay_days: int = 0) -> Target:
    """The target `name` of the table `labels`: one row a unit and as_of, label 1 or 0.

    The table says of whom and of which dates there are labels. Cohort (who is scored tonight): active in the last
    `active_days` before as_of. `gap_days`, `horizon_days` and `delay_days` say when the label of an as_of is known.
    """

    def outcome(future: Future, cohort: ir.Table) -> ir.Table:
        labels = future["labels"]
        mine = labels.filter((labels.target == name) & labels.label.notnull()).semi_join(cohort, "customer_id")
        return mine.select("customer_id", unit_id=mine.unit_id.fill_null(mine.customer_id), label=mine.label)

    return Target(
        name=name,
        title=name.replace("_", " ").capitalize(),
        outcome_says=said("would get the label {name}", name=name),
        meaning=said("{name}, as the company's own labels have it", name=name),
        horizon_days=horizon_days,
        gap_days=gap_days,
        delay_days=delay_days,
        cohort=active_within(active_days),
        outcome=outcome,
        cohort_reach_days=active_days,
        rules=(SimpleRule(name="recency", column="days_since_last_activity"),),
        brought=True,
    )
