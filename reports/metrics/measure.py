"""Checked tables at one `as_of` to everything that is shown: figures by month and part, and what changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd
from ibis.backends.duckdb import Backend

from contract.checked import CheckedTables
from contract.said import Figure, Said, said
from reports.metrics.change import Change, changes
from reports.metrics.definitions import METRICS, WITH_US, Metric
from reports.metrics.estimate import Cell, cell
from reports.metrics.months import CalendarName, Month, months_to
from reports.metrics.population import Rows, basis_of, population_rows
from reports.metrics.seen import TOO_SHORT, Lack, Seen, see
from reports.metrics.service import service_rows
from reports.metrics.voice import voice_rows
from reports.wording import decimal, share_said

#: The kinds of survey whose silence a note speaks of, with what the answers counted say.
_SILENT = ("nps", "csat", "ces")


@dataclass(frozen=True)
class Figures:
    """One metric: a cell a month of `Measured.months` (None where the tables do not reach it), and by dimension the
    parts of the last full month, the heaviest first, None for rows that do not say theirs."""

    months: tuple[Cell | None, ...]
    parts: Mapping[str, tuple[tuple[str | None, Cell], ...]]


@dataclass(frozen=True, kw_only=True)
class Measured:
    """All metrics of one company at `as_of`, by name in the order of METRICS.

    `last` and `before` are the places in `months` of the last month that is over and the one before it. What is not
    measured stands in `lacking`, with the reason and the cure.
    """

    as_of: date
    months: tuple[Month, ...]
    last: int | None
    before: int | None
    figures: Mapping[str, Figures]
    changes: tuple[Change, ...]
    lacking: Mapping[str, Lack]
    notes: tuple[Said | str, ...]

    @property
    def told(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.is_told)

    @property
    def unmeasured(self) -> tuple[Said, ...]:
        """Why metrics are not there, one sentence a reason."""
        return tuple(
            lack.of(*(METRICS[name].title for name, why in self.lacking.items() if why == lack))
            for lack in dict.fromkeys(self.lacking.values())
        )

    def since(self, change: Change) -> Month | None:
        """The month that a change is held against, where it is not the month before; else None."""
        return self.months[change.since] if change.since != self.before else None

    def is_over(self, place: int) -> bool:
        return self.last is not None and place <= self.last


def measure(
    connection: Backend,
    tables: CheckedTables,
    as_of: date,
    *,
    calendar: CalendarName,
    full_months: int,
    load_window: timedelta,
    activity: tuple[str, ...],
) -> Measured:
    """Every metric that the tables allow, for the last `full_months` months that are over and the running one.

    Nothing after `as_of` is seen, nor what was not known by then. A month is over when its end and the days by which
    sources may be late have passed.
    """
    months = months_to(as_of, full=full_months, calendar=calendar)
    seen = see(connection, tables, as_of, months, load_window=load_window, activity=activity)
    late = max(seen.late_days.values(), default=0)
    over = [place for place, month in enumerate(months) if month.end_day + late <= seen.day]
    last = over[-1] if over else None
    before = last - 1 if last else None
    rows, lacking = _rows(seen)
    figures = {name: _figures(METRICS[name], rows[name], len(months), last) for name in METRICS if name in rows}
    for name in METRICS:
        if name in lacking or (name in figures and any(figures[name].months)):
            continue
        figures.pop(name, None)
        rows.pop(name, None)
        lacking[name] = Lack(TOO_SHORT)
    found = changes(rows, before, last) if before is not None and last is not None else ()
    return Measured(
        as_of=as_of,
        months=months,
        last=last,
        before=before,
        figures=figures,
        changes=found,
        lacking={name: lacking[name] for name in METRICS if name in lacking},
        notes=_notes(seen, figures, last),
    )


def _rows(seen: Seen) -> tuple[Rows, dict[str, Lack]]:
    """By metric, its rows with a number for each customer, and the customer's segment as it is known now."""
    rows: Rows = {}
    lacking: dict[str, Lack] = {}
    for part in (population_rows, voice_rows, service_rows):
        made, missing = part(seen)
        rows |= made
        lacking |= missing
    people = seen.past["customers"]
    segments = seen.frame(people.select("customer_id", "segment")).set_index("customer_id").segment
    numbered = {}
    for name, found in rows.items():
        # Sums of the same rows in another order differ in their last bits.
        frame = found.sort_values(list(found.columns), ignore_index=True)
        codes, _ = pd.factorize(frame.customer_id)
        numbered[name] = frame.assign(customer=codes, segment=frame.customer_id.map(segments)).drop(
            columns="customer_id"
        )
    return numbered, lacking


def _figures(metric: Metric, rows: pd.DataFrame, months: int, last: int | None) -> Figures:
    by_month = dict(tuple(rows.groupby("month")))
    cells = tuple(cell(metric, by_month[place]) if place in by_month else None for place in range(months))
    parts = {}
    if last is not None and last in by_month:
        for dimension in metric.dimensions:
            if dimension in rows.columns:
                found = _parts(metric, by_month[last], dimension)
                if len(found) > 1:
                    parts[dimension] = found
    return Figures(cells, parts)


def _parts(metric: Metric, rows: pd.DataFrame, dimension: str) -> tuple[tuple[str | None, Cell], ...]:
    weight = None
    if dimension in metric.of_the_count:
        weight = float(rows.den.sum())
        rows = rows[rows.num != 0]
    found = [
        (None if pd.isna(part) else str(part), cell(metric, of_part, weight=weight))
        for part, of_part in rows.groupby(dimension, dropna=False)
    ]
    return tuple(sorted(found, key=lambda one: (one[0] is None, -one[1].customers, one[0] or "")))


def _notes(seen: Seen, figures: Mapping[str, Figures], last: int | None) -> tuple[Said | str, ...]:
    notes: list[Said | str] = []
    basis = basis_of(seen)
    if basis is not None:
        notes.append(said("With us: {meaning}", meaning=WITH_US[basis]))
    if last is None:
        return tuple(notes)
    for kind in _SILENT:
        note = _silence(kind, figures, last)
        if note is not None:
            notes.append(note)
    return tuple(notes)


def _silence(kind: str, figures: Mapping[str, Figures], last: int) -> Said | None:
    """Where the figure of a survey would lie if nothing is assumed of those who did not answer: at one end of the scale
    all of them, then at the other (Manski 1989, "Anatomy of the selection problem")."""
    metric = METRICS[kind]
    cells = [figures[name].months[last] for name in (kind, metric.response or "") if name in figures]
    estimates = [one.estimate for one in cells if one is not None and one.estimate is not None]
    if len(estimates) != 2 or metric.bounds is None:
        return None
    answered, rate = estimates[0].value, estimates[1].value
    ends = [rate * answered + (1 - rate) * end for end in metric.bounds]
    low, high = (Figure(decimal(end, signed=True)) if metric.unit == "points" else share_said(end) for end in ends)
    return said(
        "{title} counts answers alone, and {rate} of those asked answered. If nothing is assumed of the others, it "
        "lies anywhere from {low} to {high}: compare it with itself, and mind who answers.",
        title=metric.title,
        rate=share_said(rate),
        low=low,
        high=high,
    )
