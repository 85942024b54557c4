"""The outreach list: what the success team sees, one line a customer to contact."""

from __future__ import annotations

import datetime

import pandas as pd
import pyarrow as pa

from contract.cut import Unit
from contract.said import marked

#: The columns of the published list, in their order, with what heads them where only people read. (English sheets too
#: have the names of the columns: they are looked up by them.)
HEADINGS: dict[str, str] = {
    "rank": marked("Rank"),
    "customer_id": marked("Customer"),
    "case_id": marked("Case"),
    "as_of": marked("As of"),
    "target": marked("What is foreseen"),
    "probability": marked("Probability"),
    "value_at_risk": marked("Value at risk"),
    "currency": marked("Currency"),
    "priority": marked("Priority"),
    "reason_1": marked("Reason 1"),
    "reason_2": marked("Reason 2"),
    "reason_3": marked("Reason 3"),
    "action": marked("Suggested action"),
    "owner": marked("Owner"),
    "preferred_channel": marked("Preferred channel"),
    "due_on": marked("Due"),
}
#: Those of a list of customers; a list of cases has the case beside its customer.
COLUMNS: tuple[str, ...] = tuple(name for name in HEADINGS if name != "case_id")
CASE_COLUMNS: tuple[str, ...] = tuple(HEADINGS)

#: A calendar day, which a list of no rows keeps too; pandas itself only knows moments.
DAY = pd.ArrowDtype(pa.date32())


def outreach_list(
    ranked: pd.DataFrame,
    reasons: pd.DataFrame,
    actions: pd.DataFrame,
    customers: pd.DataFrame,
    *,
    target: str,
    currency: str | None,
    due_on: datetime.date,
    unit: Unit = "customer",
) -> pd.DataFrame:
    """One row a listed unit, in the order of rank; exactly the columns of COLUMNS, or of CASE_COLUMNS where the unit
    is the case.

    `ranked` is the frame of a Ranking. `reasons` and `actions` have one row a listed unit (unit_id), `customers`
    one row a customer with owner and preferred_channel; what a customer lacks, or a customer who is not there, is
    an empty text. The probability has 4 decimals, the priority 2; both are NaN where a rule is published.
    `currency` is None where no money is known.

    Raises ValueError when a listed unit has no reasons or no action, or comes twice in any of the frames.
    """
    _check_covered(ranked, reasons, name="reasons")
    _check_covered(ranked, actions, name="actions")
    _check_unique(customers, "customer_id", name="customers")
    said = reasons.set_index("unit_id").reindex(ranked["unit_id"])
    done = actions.set_index("unit_id").reindex(ranked["unit_id"])
    people = customers.set_index("customer_id").reindex(ranked["customer_id"])
    texts = {
        "reason_1": said["reason_1"],
        "reason_2": said["reason_2"],
        "reason_3": said["reason_3"],
        "action": done["action"],
        "owner": people["owner"],
        "preferred_channel": people["preferred_channel"],
    }
    rows = ranked.reset_index(drop=True)
    listed = pd.DataFrame(
        {
            "rank": rows["rank"].astype("int64"),
            "customer_id": rows["customer_id"].astype("str"),
            "case_id": rows["unit_id"].astype("str"),
            "as_of": _day(rows["as_of"]),
            "target": pd.Series(target, index=rows.index, dtype="str"),
            "probability": rows["probability"].astype("float64").round(4),
            "value_at_risk": rows["value_at_risk"].astype("float64").round(2),
            "currency": pd.Series(currency or "", index=rows.index, dtype="str"),
            "priority": rows["priority"].astype("float64").round(2),
            **{name: text.reset_index(drop=True).fillna("").astype("str") for name, text in texts.items()},
            "due_on": _day(pd.Series(due_on, index=rows.index, dtype="object")),
        }
    )
    columns = COLUMNS if unit == "customer" else CASE_COLUMNS
    return listed[list(columns)].sort_values("rank", kind="stable").reset_index(drop=True)


def _day(moments: pd.Series) -> pd.Series:
    # as_of is a midnight of the business time zone: its day is the day on its own clock, whatever UTC says.
    return pd.Series(pd.to_datetime(moments).dt.date, dtype=DAY)


def _check_unique(frame: pd.DataFrame, key: str, *, name: str) -> None:
    twice = int(frame[key].duplicated().sum())
    if twice:
        raise ValueError(f"{name}: {twice} rows repeat a {key}; give one row a {key}")


def _check_covered(ranked: pd.DataFrame, frame: pd.DataFrame, *, name: str) -> None:
    _check_unique(ranked, "unit_id", name="ranked")
    _check_unique(frame, "unit_id", name=name)
    without = int((~ranked["unit_id"].isin(frame["unit_id"])).sum())
    if without:
        raise ValueError(f"{name}: {without} of {len(ranked)} listed units have no row; give one row a listed unit")
