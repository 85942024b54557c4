"""What the measures read: history as of one midnight, and the months that it is cut into."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from operator import add

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis.backends.duckdb import Backend

from contract.calendar import day_number
from contract.checked import CheckedTables
from contract.cut import History, history
from contract.said import Name, Said, marked
from reports.metrics.months import Month

#: The columns of the rows that a metric is made of; those of DIMENSIONS that its table has stand beside them.
ROW = ("customer_id", "month", "num", "den")


#: Why metrics are not there, and the cure. `what` is a table or a column.
NO_TABLE = marked("Without the table {what} these are not measured: {titles}. Map it in vafa.toml.")
NO_COLUMN = marked("{what} is empty everywhere, so these are not measured: {titles}. Map it in vafa.toml.")
NOT_ASKED = marked(
    "Nobody was asked in these months, so these are not measured: {titles}. Map such surveys, or leave it."
)
TOO_SHORT = marked("The history holds no whole month of these: {titles}. Bring a longer one.")


@dataclass(frozen=True)
class Lack:
    """Why a metric is not there: one of the messages above, and the table or column that it speaks of."""

    message: str
    what: str = ""

    def of(self, *titles: str) -> Said:
        """The sentence about the metrics with these titles."""
        return Said(self.message, {"what": Name(self.what), "titles": titles})


@dataclass(frozen=True)
class Seen:
    """History at `day` (days from 1970-01-01), `months` in order, and how many days late each table's rows may come.

    `month` of a row is the place of its month in `months`.
    """

    connection: Backend
    past: History
    day: int
    months: tuple[Month, ...]
    late_days: dict[str, int]
    hours_a_day: float

    def starts_on(self, table: str) -> int:
        """The local day on which the table's history begins."""
        return self.day - self.past.reach[table]

    def covered(self, table: str, *, days_before: int = 0) -> tuple[int, ...]:
        """The months that the table's history holds from so many days before their beginning on."""
        starts = self.starts_on(table)
        return tuple(place for place, month in enumerate(self.months) if month.first_day - days_before >= starts)

    def month(self, days_ago: ir.IntegerValue) -> ir.IntegerValue:
        """The month of so many days ago; -1 before the first."""
        since = [(days_ago <= self.day - month.first_day).cast("int64") for month in self.months]
        return reduce(add, since) - 1

    def ends(self, place: int) -> int:
        """The local day before which the month ends, or the history where it is the running one."""
        return min(self.months[place].end_day, self.day)

    def frame(self, table: ir.Table) -> pd.DataFrame:
        found: pd.DataFrame = self.connection.to_pyarrow(table).to_pandas()
        return found

    def by_month(self, rows: ir.Table, days_ago: str, table: str, *, days_before: int = 0) -> ir.Table:
        """The rows of the months that the table covers, with their month by the column `days_ago`."""
        first = min(self.covered(table, days_before=days_before), default=len(self.months))
        placed = rows.mutate(month=self.month(rows[days_ago]))
        return placed.filter(placed.month >= first)


def see(
    connection: Backend,
    tables: CheckedTables,
    as_of: date,
    months: tuple[Month, ...],
    *,
    load_window: timedelta,
    activity: tuple[str, ...],
) -> Seen:
    """History at `as_of`, cut by contract/cut.py as for every feature: what had happened, and was known by then."""
    return Seen(
        connection=connection,
        past=history(tables, as_of, load_window=load_window, activity=activity),
        day=day_number(as_of),
        months=months,
        late_days={name: late_days(about.delay_seconds, load_window) for name, about in tables.about.items()},
        hours_a_day=tables.calendar.hours_a_day,
    )


def late_days(delay_seconds: float, load_window: timedelta) -> int:
    """Whole days by which a source's rows may miss the night in which they are asked for."""
    return max(0, math.ceil((delay_seconds - load_window.total_seconds()) / 86_400))


def null_text() -> ir.StringValue:
    return ibis.null("string")
