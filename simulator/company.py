"""The example company: `simulate` lives it through, `write` puts tables, vafa.toml and truth into a folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from simulator import nuisances, shop, truth, truth_tables
from simulator.course import live
from simulator.days import DAYS_AFTER, DAYS_BEFORE, DEFAULT_END, WEEK, CalendarName, lay_out
from simulator.life import Company, months_of
from simulator.mapping import vafa_toml
from simulator.moments import HOUR, local_day
from simulator.people import PLAN_PRICES, make_people
from simulator.strengths import STRENGTHS, Strengths
from simulator.surveys import NonResponse
from simulator.tables import CURRENCIES, all_tables, known_by_the_end
from simulator.world import make_world

#: The hour by which the last night's loads are in: what vafa.toml has by default.
LOAD_HOURS = 6
#: A history shorter than this has no as_of with a quarter behind it and a window ahead.
FEWEST_MONTHS = 6


@dataclass(frozen=True, kw_only=True)
class Simulated:
    """A company: `tables` in the columns of the contract, what is `true` of it, and its `vafa_toml`."""

    tables: dict[str, pa.Table]
    truth: dict[str, pa.Table]
    about: dict[str, object]
    vafa_toml: str
    as_of: date

    @property
    def rows(self) -> int:
        return sum(table.num_rows for table in self.tables.values())


def simulate(
    *,
    customers: int = 5000,
    months: int = 24,
    seed: int = 7,
    calendar: CalendarName = "gregorian",
    end: date = DEFAULT_END,
    non_response: NonResponse = "mixed",
    strengths: Strengths = STRENGTHS,
    progress: Callable[[str], None] = lambda _: None,
) -> Simulated:
    """The company of `customers` over the `months` that end with the day `end`. The same arguments, the same company.

    Raises ValueError for a history too short to decide anything in, and where the calendar's holidays are not known.
    """
    if customers < 1 or months < FEWEST_MONTHS:
        raise ValueError(f"customers = {customers}, months = {months}: at least 1 and {FEWEST_MONTHS} are needed")
    days = lay_out(months=months, calendar=calendar, end=end)
    world = make_world(np.random.default_rng([seed, 0, 0]), days)
    people = make_people(np.random.default_rng([seed, 0, 1]), customers=customers, days=days, calendar=calendar)
    last = days.start + len(days.shares) * WEEK + DAYS_AFTER
    company = Company(
        people=people,
        world=world,
        days=days,
        months=months_of(days.start - DAYS_BEFORE, last),
        strengths=strengths,
        prices=np.array(PLAN_PRICES[calendar]),
    )
    course = live(company, np.random.default_rng([seed, 0, 2]), progress=progress)
    visits = shop.visits_of(np.random.default_rng([seed, 0, 3]), course, company)
    progress("writing down what happened")
    tables, rows = all_tables(
        course, company, visits, seed=seed, currency=CURRENCIES[calendar], non_response=non_response
    )
    tables, done = _troubled(tables, company, seed)
    complaint = rows["cases"]["is_complaint"]
    opened = rows["contacts"]["moment"][rows["cases"]["contact"]][complaint]
    came = truth.outcomes(
        course,
        company,
        seed,
        activity=(visits.customer, visits.day),
        complaints=(rows["cases"]["customer"][complaint], local_day(days, opened)),
    )
    chances = truth.planted(course, company, seed, progress=progress)
    about: dict[str, object] = {
        "customers": customers,
        "months": months,
        "seed": seed,
        "calendar": calendar,
        "as_of": days.as_of.isoformat(),
        "non_response": non_response,
        **truth_tables.about(company),
    }
    return Simulated(
        tables=tables,
        truth=truth_tables.all_truth(course, company, chances, came, rows["surveys"], done, seed=seed),
        about=about,
        vafa_toml=vafa_toml(
            calendar=days.calendar, name=calendar, as_of=days.as_of, currency=CURRENCIES[calendar], tables=tuple(tables)
        ),
        as_of=days.as_of,
    )


def _troubled(tables: dict[str, pa.Table], company: Company, seed: int) -> tuple[dict[str, pa.Table], pa.Table]:
    """The tables as they arrive, in the order of their loads, and what was done to which row."""
    days = company.days
    late = nuisances.late_rows(np.random.default_rng([seed, 4, 0]), tables)
    corrected = nuisances.corrections(np.random.default_rng([seed, 4, 1]), late.tables)
    known = {name: known_by_the_end(table, days, load_hours=LOAD_HOURS) for name, table in corrected.tables.items()}
    twice = nuisances.twice_loaded(np.random.default_rng([seed, 4, 2]), known, days)
    broken = nuisances.broken_rows(np.random.default_rng([seed, 4, 3]), twice.tables, seed=seed)
    done = pa.concat_tables([*late.done, *corrected.done, *twice.done, *broken.done])
    end = pa.scalar(days.end_seconds + LOAD_HOURS * HOUR, pa.timestamp("s"))
    done = done.filter(pc.less(done["known_at"], end))
    return {name: _as_loaded(name, table) for name, table in broken.tables.items()}, done


def _as_loaded(name: str, table: pa.Table) -> pa.Table:
    """In the order of the loads; customers, of whom nobody comes first, by id. The numbers stay behind."""
    first = ("customer_id", "known_at") if name == "customers" else ("known_at",)
    order = pc.sort_indices(table, sort_keys=[(column, "ascending") for column in first])
    return table.take(order).drop_columns(["number"])


def write(simulated: Simulated, folder: Path) -> None:
    """Parquet files by table, vafa.toml beside them, and the truth in a folder of its own. The same company gives the
    same bytes."""
    hidden = folder / "truth"
    hidden.mkdir(parents=True, exist_ok=True)
    for name, table in simulated.tables.items():
        _write(table, folder / f"{name}.parquet")
    for name, table in simulated.truth.items():
        _write(table, hidden / f"{name}.parquet")
    (hidden / "about.json").write_text(
        json.dumps(simulated.about, ensure_ascii=False, indent=2, sort_keys=True) + "\n", encoding="utf-8"
    )
    (folder / "vafa.toml").write_text(simulated.vafa_toml, encoding="utf-8")


def _write(table: pa.Table, file: Path) -> None:
    # Without Arrow's own schema in the file: any reader sees plain texts and numbers.
    pq.write_table(table, file, compression="zstd", store_schema=False)
