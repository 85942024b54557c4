"""A part of the same columns in pandas, as an experienced user would write it: the pandas figure of bench_speed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.speed_data import CALENDAR
from contract.calendar import day_number
from features.calendar import CALENDAR as CALENDAR_FAMILY
from features.family import Family
from features.frequency import FREQUENCY
from features.recency import RECENCY
from features.value import VALUE

#: What both sides build here. Medians and quartiles by customer are left out: pandas needs minutes for them.
FAMILIES: tuple[Family, ...] = (RECENCY, FREQUENCY, VALUE, CALENDAR_FAMILY)

CLOCKS = ["local_day", "happened_at"]
LOCAL = ["is_weekend", "is_holiday", "local_hour"]


def in_pandas(files: Mapping[str, Path], as_of: date, load_window: timedelta) -> pd.DataFrame:
    """One row a customer, indexed by customer_id, with the columns of FAMILIES at one as_of."""
    read = _Reader(files, as_of, load_window)
    orders = read("orders", ["order_id", "kind", "amount", "items", "discount", "known_at", "is_versioned", *LOCAL])
    several = orders[orders.is_versioned].sort_values(["known_at", "happened_at"])
    several = several.drop_duplicates(["order_id", "kind"], keep="last")
    orders = pd.concat([orders[~orders.is_versioned], several])
    bought, returned = orders[orders.kind == "purchase"], orders[orders.kind == "return"]
    usage = read("usage", LOCAL)
    activity = pd.concat([frame[["customer_id", "ago", "age", *LOCAL]] for frame in (bought, usage)])
    contacts = read("contacts", ["direction"])
    contacts = contacts[contacts.direction == "inbound"]

    zero: dict[str, pd.Series] = {}
    null: dict[str, pd.Series] = {}
    for name, frame in {"activity": activity, "return": returned, "contact": contacts}.items():
        null[f"days_since_last_{name}"] = _by(frame).age.min() / 86400
    zero["activities_ever"] = _by(activity).size()
    for days in (28, 91, 182):
        zero[f"activities_last_{days}d"] = _by(activity[activity.ago <= days]).size()
    active_days = activity.loc[activity.ago <= 182, ["customer_id", "ago"]].drop_duplicates()
    for days in (14, 28, 91, 182):
        zero[f"active_days_last_{days}d"] = _by(active_days[active_days.ago <= days]).size()
    half = activity[activity.ago <= 182]
    zero["weekend_activities_last_182d"] = _by(half[half.is_weekend]).size()
    zero["holiday_activities_last_182d"] = _by(half[half.is_holiday]).size()
    zero["evening_activities_last_182d"] = _by(half[half.local_hour >= 17]).size()
    for days in (7, 28, 91, 364):
        zero[f"orders_last_{days}d"] = _by(bought[bought.ago <= days]).size()
    for days in (28, 91):
        zero[f"items_last_{days}d"] = _by(bought[bought.ago <= days])["items"].sum()
    for days in (91, 364):
        zero[f"returns_last_{days}d"] = _by(returned[returned.ago <= days]).size()
    for days in (28, 91, 364):
        zero[f"contacts_last_{days}d"] = _by(contacts[contacts.ago <= days]).size()
    for days in (28, 91, 182, 364):
        zero[f"amount_last_{days}d"] = _by(bought[bought.ago <= days]).amount.sum()
    zero["amount_ever"] = _by(bought).amount.sum()
    quarter = bought[bought.ago <= 91]
    null["largest_order_last_91d"] = _by(quarter).amount.max()
    paid = bought[bought.amount.notna()].sort_values(["age", "amount"])
    null["last_order_amount"] = _by(paid).amount.first()
    zero["discount_last_91d"] = _by(quarter).discount.sum()
    zero["returned_amount_last_364d"] = _by(returned[returned.ago <= 364]).amount.sum()

    rows = pd.DataFrame(null, index=read.customers).join(pd.DataFrame(zero, index=read.customers).fillna(0.0))
    for days in (28, 91):
        rows[f"average_order_last_{days}d"] = rows[f"amount_last_{days}d"] / rows[f"orders_last_{days}d"]
    full_price = rows.amount_last_91d + rows.discount_last_91d
    rows["discount_share_last_91d"] = rows.discount_last_91d / full_price
    rows["returned_share_last_364d"] = (rows.returned_amount_last_364d / rows.amount_last_364d).where(
        rows.amount_last_364d > 0
    )
    for part in ("weekend", "holiday", "evening"):
        rows[f"{part}_share_last_182d"] = rows[f"{part}_activities_last_182d"] / rows.activities_last_182d
    return rows


def _by(frame: pd.DataFrame) -> pd.api.typing.DataFrameGroupBy:
    return frame.groupby("customer_id", observed=True, sort=False)


class _Reader:
    """What was known at an as_of, with ago (days) and age (seconds); customers as categories, money as floats."""

    def __init__(self, files: Mapping[str, Path], as_of: date, load_window: timedelta) -> None:
        self.files, self.midnight, self.window = files, CALENDAR.midnight(as_of), load_window
        self.day = day_number(as_of)
        self.customers = pq.read_table(files["customers"], columns=["customer_id"])["customer_id"].to_pandas()
        self.kinds = pd.CategoricalDtype(self.customers)

    def __call__(self, name: str, columns: list[str]) -> pd.DataFrame:
        table = pq.read_table(
            self.files[name],
            columns=["customer_id", *CLOCKS, *columns],
            filters=[("happened_at", "<", self.midnight), ("known_at", "<", self.midnight + self.window)],
        )
        for number, field in enumerate(table.schema):
            if pa.types.is_decimal(field.type):
                table = table.set_column(number, field.name, table[field.name].cast("float64"))
        frame = table.to_pandas()
        frame["customer_id"] = frame.customer_id.astype(self.kinds)
        frame["ago"] = self.day - frame.local_day
        frame["age"] = (pd.Timestamp(self.midnight) - frame.happened_at.dt.floor("s")).dt.total_seconds()
        return frame
