"""The one module that cuts time.

History is what happened strictly before `as_of` and was known when the night decides. The label window is
`[as_of + gap, as_of + gap + horizon)`, in local days. Families and targets get ages and days, never dates: what they
cannot see they cannot leak.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import reduce
from typing import Literal

import ibis
import ibis.expr.types as ir

from contract.calendar import day_number
from contract.catalogue import TABLES
from contract.checked import CheckedTables
from contract.table import Table

#: The name under which the events of all activity tables stand together in a history or a future.
ACTIVITY = "activity"
#: What a row of a dataset is about: a customer, or one of the customer's cases.
Unit = Literal["customer", "case"]
LOCAL_CLOCK = ("local_weekday", "local_hour", "is_weekend", "is_holiday")


@dataclass(frozen=True)
class History(Mapping[str, ir.Table]):
    """What was known at one `as_of`: by table, one row an event in the version then in force.

    In place of dates each row has `age_seconds` (more than 0), `days_ago` (local days; yesterday is 1),
    `business_hours_ago`, and for every other timestamp column `<name>_days_ago` (null until it came; negative for a
    planned day that lies ahead), for timed ones `<name>_age_seconds` and `<name>_business_hours_ago` too. Contacts
    carry `expected_wait_seconds` and cases `expected_response_hours` (business hours): what customers expect of the
    channel. `reach` says how many days back each table's history goes.
    """

    tables: Mapping[str, ir.Table]
    reach: Mapping[str, int]
    activity: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> ir.Table:
        return self.tables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.tables)

    def __len__(self) -> int:
        return len(self.tables)


@dataclass(frozen=True)
class Future(Mapping[str, ir.Table]):
    """What came in the label window: by table, one row an event, with `days_ahead` (local days after `as_of`).

    `previous` holds the window of the same length that ends with `as_of`, in the same columns and as now known too: a
    label that compares the customer with the customer's own past reads both sides by one clock. `records` holds all
    rows of the tables whose rows go on after they began (a subscription that ends, a case that is closed), whenever
    they began: with `days_ahead`, and `<name>_days_ahead` for every timestamp, both negative before `as_of`. The window
    is `first_day <= days_ahead < end_day`. A table of labels brought by the company stands under its name with the rows
    of this very `as_of`.
    """

    tables: Mapping[str, ir.Table] = field(default_factory=dict)
    previous: Mapping[str, ir.Table] = field(default_factory=dict)
    records: Mapping[str, ir.Table] = field(default_factory=dict)
    first_day: int = 0
    end_day: int = 0

    def __getitem__(self, name: str) -> ir.Table:
        return self.tables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.tables)

    def __len__(self) -> int:
        return len(self.tables)


def history(tables: CheckedTables, as_of: date, *, load_window: timedelta, activity: tuple[str, ...]) -> History:
    """What had happened before the midnight that begins `as_of` and was known `load_window` after it."""
    midnight = tables.calendar.midnight(as_of)
    decided = midnight + load_window
    day = day_number(as_of)
    hours = tables.calendar.business_hours_to(as_of)
    seen: dict[str, ir.Table] = {}
    reach: dict[str, int] = {}
    for name, frame in tables.frames.items():
        table, about = TABLES[name], tables.about[name]
        if table.is_outcome:
            continue
        past = frame.filter((frame.happened_at < _moment(midnight)) & (frame.known_at < _moment(decided)))
        past = _in_force(past, table, has_versions=about.has_versions)
        if table.company_made is not None:
            past = past.filter(~table.company_made(past))
        delay = timedelta(seconds=about.delay_seconds)
        # A value filled in later came with its own load: it counts from its date on, if that load was in by then.
        dated_before = min(midnight, decided - delay)
        aged = _aged(past, table, midnight=midnight, dated_before=dated_before, day=day, hours=hours)
        if name == "contacts":
            aged = aged.mutate(expected_wait_seconds=tables.expectations.wait_of(aged.channel))
        if name == "cases":
            aged = aged.mutate(expected_response_hours=tables.expectations.response_of(aged.channel))
        seen[name] = aged
        reach[name] = day - about.starts_on
    present = tuple(name for name in activity if name in seen)
    if present:
        seen[ACTIVITY] = _together(seen, present, ("days_ago", "age_seconds", "business_hours_ago", *LOCAL_CLOCK))
        reach[ACTIVITY] = max(reach[name] for name in present)
    return History(tables=seen, reach=reach, activity=present)


def as_known(tables: CheckedTables, as_of: date, *, load_window: timedelta) -> CheckedTables:
    """The checked tables as they stood when the night of `as_of` decided: without rows and versions that came later,
    and without what was filled in later. Labels made of them are those that could be learned from that night.

    Rows of the very day and after it stay where they were known ahead: what a night may see is for `history` to cut.
    """
    midnight = tables.calendar.midnight(as_of)
    decided = midnight + load_window
    frames: dict[str, ir.Table] = {}
    for name, frame in tables.frames.items():
        table, delay = TABLES[name], timedelta(seconds=tables.about[name].delay_seconds)
        known = frame.filter(frame.known_at < _moment(decided))
        values: dict[str, ir.Value] = {}
        for column in table.own_columns:
            dated_by = table.dating(column)
            if dated_by is None or dated_by == table.happened_from:
                continue
            later = (known[dated_by] >= _moment(min(midnight, decided - delay))).fill_null(False)
            told = (column.name, f"{column.name}_day", f"{column.name}_business_hours")
            values |= {one: ibis.ifelse(later, ibis.null(), known[one]) for one in told if one in known.columns}
        frames[name] = known.mutate(**values)
    return replace(tables, frames=frames)


#: What a history of cases is made of.
CASE_TABLES = ("cases", "contacts", "text_scores")


def by_case(past: History) -> History:
    """The same history, case by case: the rows that belong to a case, with the case in the place of the customer.

    So a family about cases is written as any other: `customer_id` is the case that it is about.
    """
    found: dict[str, ir.Table] = {}
    if "cases" in past:
        found["cases"] = past["cases"].drop("customer_id").mutate(customer_id=past["cases"].case_id)
    if "contacts" in past:
        about = past["contacts"].filter(past["contacts"].case_id.notnull())
        found["contacts"] = about.drop("customer_id").mutate(customer_id=about.case_id)
    if "text_scores" in past:
        about = past["text_scores"].filter(past["text_scores"].text_of == "cases")
        found["text_scores"] = about.drop("customer_id").mutate(customer_id=about.text_id)
    return History(tables=found, reach={name: past.reach[name] for name in found}, activity=())


def future(
    tables: CheckedTables, as_of: date, *, gap_days: int, horizon_days: int, activity: tuple[str, ...]
) -> Future:
    """What happened in the `horizon_days` local days that begin `gap_days` after `as_of`, as now known.

    Windows are half-open, so those of consecutive `as_of` tile.
    """
    day = day_number(as_of)
    ahead = _between(tables, day, first=day + gap_days, last=day + gap_days + horizon_days, activity=activity)
    before = _between(tables, day, first=day - horizon_days, last=day, activity=activity)
    for name, frame in tables.frames.items():
        if TABLES[name].is_outcome:
            brought = _in_force(frame, TABLES[name], has_versions=tables.about[name].has_versions)
            kept = [column.name for column in TABLES[name].columns if column.type != "timestamp"]
            ahead[name] = brought.filter(brought.local_day == day).select(*kept)
    return Future(
        tables=ahead,
        previous=before,
        records=_records(tables, day),
        first_day=gap_days,
        end_day=gap_days + horizon_days,
    )


def _records(tables: CheckedTables, day: int) -> dict[str, ir.Table]:
    """By table with dates of its own, every row in the version known last, with days from `day` on for its dates."""
    seen: dict[str, ir.Table] = {}
    for name, frame in tables.frames.items():
        table = TABLES[name]
        if table.is_outcome or not table.timestamps:
            continue
        rows = _in_force(frame, table, has_versions=tables.about[name].has_versions)
        kept = [column.name for column in table.columns if column.type != "timestamp"]
        ahead = {f"{_stem(column.name)}_days_ahead": rows[f"{column.name}_day"] - day for column in table.timestamps}
        seen[name] = rows.select(*kept, days_ahead=rows.local_day - day, **ahead)
    return seen


def _between(
    tables: CheckedTables, day: int, *, first: int, last: int, activity: tuple[str, ...]
) -> dict[str, ir.Table]:
    """By table, what happened from the local day `first` to before `last`, in the version known last."""
    seen: dict[str, ir.Table] = {}
    for name, frame in tables.frames.items():
        table = TABLES[name]
        if table.is_outcome:
            continue
        rows = _in_force(frame, table, has_versions=tables.about[name].has_versions)
        rows = rows.filter((rows.local_day >= first) & (rows.local_day < last))
        if table.company_made is not None:
            rows = rows.filter(~table.company_made(rows))
        kept = [column.name for column in table.columns if column.type != "timestamp"]
        seen[name] = rows.select(*kept, *LOCAL_CLOCK, days_ahead=rows.local_day - day)
    present = tuple(name for name in activity if name in seen)
    if present:
        seen[ACTIVITY] = _together(seen, present, ("days_ahead", *LOCAL_CLOCK))
    return seen


def label_known_on(as_of: date, *, gap_days: int, horizon_days: int, delay_days: int) -> date:
    """The first day on which the label of `as_of` is known."""
    return as_of + timedelta(days=gap_days + horizon_days + delay_days)


def _moment(moment: object) -> ir.TimestampScalar:
    return ibis.literal(moment, type="timestamp(6)")


def _in_force(rows: ir.Table, table: Table, *, has_versions: bool) -> ir.Table:
    """Of each key the version known last. Rows whose key has one version only pass by: the window is for the few."""
    if not has_versions:
        return rows
    newest = ibis.row_number().over(
        group_by=[rows[name] for name in table.key], order_by=[rows.known_at.desc(), rows.happened_at.desc()]
    )
    several = rows.filter(rows.is_versioned).mutate(version=newest)
    several = several.filter(several.version == 0).drop("version")
    return rows.filter(~rows.is_versioned).union(several)


def _aged(past: ir.Table, table: Table, *, midnight: object, dated_before: object, day: int, hours: float) -> ir.Table:
    """Ages in place of dates; values that were filled in later are null until their date."""
    columns: dict[str, ir.Value] = {}
    now = _moment(midnight).epoch_seconds()
    for column in table.columns:
        if column.name in ("happened_at", "known_at"):
            continue
        name, value = column.name, past[column.name]
        if column.type == "timestamp":
            name, value = f"{_stem(column.name)}_days_ago", day - past[f"{column.name}_day"]
        aged = {name: value}
        if column.timed:
            aged[f"{_stem(column.name)}_age_seconds"] = now - past[column.name].epoch_seconds()
            aged[f"{_stem(column.name)}_business_hours_ago"] = hours - past[f"{column.name}_business_hours"]
        dated_by = table.dating(column)
        if dated_by is not None and dated_by != table.happened_from:
            came = past[dated_by] < _moment(dated_before)
            aged = {name: ibis.ifelse(came, value, ibis.null()) for name, value in aged.items()}
        columns |= aged
    return past.select(
        **columns,
        age_seconds=now - past.happened_at.epoch_seconds(),
        days_ago=day - past.local_day,
        business_hours_ago=hours - past.business_hours,
        **{name: past[name] for name in LOCAL_CLOCK},
    )


def _stem(timestamp: str) -> str:
    return timestamp.removesuffix("_at")


def _together(seen: Mapping[str, ir.Table], present: tuple[str, ...], kept: tuple[str, ...]) -> ir.Table:
    """The events of all activity tables, one row an event, with what they have in common."""
    parts = []
    for name in present:
        rows, is_activity = seen[name], TABLES[name].is_activity
        if is_activity is None:
            raise ValueError(f"table {name} does not say which of its rows are activity")
        parts.append(rows.filter(is_activity(rows)).select("customer_id", *kept))
    return reduce(lambda left, right: left.union(right), parts)
