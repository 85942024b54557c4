"""A generated company for the speed figures: checked tables on disk, as contract/check.py writes them.

Nothing is drawn from a generator with a state: every value is a hash of its row's number, so the same sizes give the
same files on every machine.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from contract.calendar import Calendar
from contract.catalogue import TABLES
from contract.checked import MANIFEST, CheckedTable, new_set, publish_set
from contract.engine import EngineLimits, connect, literal

CALENDAR = Calendar(zone="Europe/Berlin", holidays=(date(2024, 12, 25), date(2025, 1, 1), date(2025, 12, 25)))
FIRST_DAY = date(2024, 1, 1)
DAYS = 730
ACTIVITY = ("orders", "usage")
#: Of 100 events: a shop with an app. One order in a hundred is corrected a few days later, by a second version.
SHARES = {"usage": 0.75, "orders": 0.17, "contacts": 0.08}


def write_company(folder: Path, *, events: int, customers: int, spill: Path) -> Path:
    """Write the checked tables of a company with so many events; nothing is done where they are there already."""
    if (folder / MANIFEST).exists():
        return folder
    fresh = new_set(folder)
    connection = connect(EngineLimits(memory="3GB", spill_folder=spill))
    days = CALENDAR.days(FIRST_DAY - timedelta(days=1), FIRST_DAY + timedelta(days=DAYS + 1))
    connection.con.register("calendar_days", days)
    connection.raw_sql(f"CREATE TEMP TABLE people AS {_people(customers)}").fetchall()
    about = {}
    for name, rows in {
        "customers": _customers(),
        "orders": _orders(round(events * SHARES["orders"]), customers),
        "usage": _usage(round(events * SHARES["usage"]), customers),
        "contacts": _contacts(round(events * SHARES["contacts"]), customers),
    }.items():
        file = fresh / f"{name}.parquet"
        connection.raw_sql(f"COPY ({_checked(name, rows)}) TO {literal(str(file))} (FORMAT parquet, COMPRESSION zstd)")
        counted = connection.raw_sql(
            "SELECT count(*), min(local_day), max(local_day), bool_or(is_versioned) "
            f"FROM read_parquet({literal(str(file))})"
        ).fetchall()
        total, starts_on, ends_on, has_versions = counted[0]
        about[name] = CheckedTable(rows=total, starts_on=starts_on, ends_on=ends_on, has_versions=has_versions)
    connection.disconnect()
    publish_set(fresh, about, CALENDAR, ready=True, baseline={})
    return folder


def _uniform(row: str, salt: int) -> str:
    """A number in [0, 1) that depends on the row's number alone."""
    return f"((hash({row} * 1000003 + {salt}) >> 11) / 9007199254740992.0)"


def _people(customers: int) -> str:
    """One row a customer: when it came and when it stopped. A third is gone before the end."""
    came, stayed = _uniform("number", 1), _uniform("number", 2)
    return f"""
        SELECT number, 'C' || lpad(CAST(number AS VARCHAR), 7, '0') AS customer_id,
               came, least({DAYS}.0, came + 30 + {stayed} * {stayed} * 1800) AS went
        FROM (SELECT number, {came} * 600 AS came FROM (SELECT range AS number FROM range({customers})))"""


def _moment(row: str, salt: int) -> str:
    """When an event of a row's customer happened: by day of life, in waking hours."""
    seconds = (
        f"(floor(came + {_uniform(row, salt)} * (went - came)) * 86400 + 25000 + {_uniform(row, salt + 1)} * 55000)"
    )
    return f"(TIMESTAMP '{FIRST_DAY}' + to_seconds(CAST({seconds} AS BIGINT)))"


def _events(rows: int, customers: int, salt: int) -> str:
    """Events and whose they are: few customers have most."""
    number = f"CAST(floor(pow({_uniform('range', salt)}, 1.7) * {customers}) AS BIGINT)"
    return f"(SELECT range AS row, {number} AS number FROM range({rows})) JOIN people USING (number)"


def _customers() -> str:
    return f"""
        SELECT customer_id, TIMESTAMP '{FIRST_DAY}' + to_seconds(CAST(came * 86400 AS BIGINT)) AS joined_at,
               'S' || (number % 5) AS segment, NULL::VARCHAR AS preferred_channel, NULL::VARCHAR AS language,
               NULL::VARCHAR AS owner, true AS contact_allowed, true AS profiling_allowed,
               TIMESTAMP '{FIRST_DAY}' + to_seconds(CAST(came * 86400 AS BIGINT)) AS happened_at,
               TIMESTAMP '{FIRST_DAY}' + to_seconds(CAST(came * 86400 AS BIGINT)) AS known_at, false AS is_versioned
        FROM people"""


def _orders(rows: int, customers: int) -> str:
    amount = f"CAST(round(exp(2.5 + 1.5 * {_uniform('row', 15)}), 2) AS DECIMAL(18, 4))"
    drawn = f"""
        SELECT customer_id, 'O' || row AS order_id,
               CASE WHEN {_uniform("row", 13)} < .06 THEN 'return' ELSE 'purchase' END AS kind,
               CASE WHEN {_uniform("row", 14)} < .01 THEN NULL ELSE {amount} END AS amount, 'EUR' AS currency,
               CAST(1 + floor({_uniform("row", 16)} * 8) AS BIGINT) AS items,
               CAST(round({_uniform("row", 17)} * 5, 2) AS DECIMAL(18, 4)) AS discount, NULL::VARCHAR AS channel,
               'K' || CAST(floor(pow({_uniform("row", 18)}, 2) * 12) AS BIGINT) AS category,
               CAST(1 + floor({_uniform("row", 19)} * 4) AS BIGINT) AS categories,
               NULL::TIMESTAMP AS promised_at, {_moment("row", 11)} AS happened_at, row
        FROM {_events(rows, customers, 10)}"""
    return f"""
        SELECT * EXCLUDE (row), happened_at + INTERVAL 2 DAY AS delivered_at, happened_at + INTERVAL 1 HOUR AS known_at,
               row % 100 = 0 AS is_versioned
        FROM ({drawn})
        UNION ALL BY NAME
        SELECT * EXCLUDE (row) REPLACE (amount + 1 AS amount), happened_at + INTERVAL 2 DAY AS delivered_at,
               happened_at + INTERVAL 4 DAY AS known_at, true AS is_versioned
        FROM ({drawn}) WHERE row % 100 = 0"""


def _usage(rows: int, customers: int) -> str:
    return f"""
        SELECT customer_id, 'E' || CAST(floor(pow({_uniform("row", 23)}, 2) * 20) AS BIGINT) AS event,
               CAST(1 + floor({_uniform("row", 24)} * 10) AS DECIMAL(18, 4)) AS quantity,
               NULL::VARCHAR AS subscription_id, {_moment("row", 21)} AS happened_at,
               {_moment("row", 21)} + INTERVAL 1 HOUR AS known_at, false AS is_versioned
        FROM {_events(rows, customers, 20)}"""


def _contacts(rows: int, customers: int) -> str:
    return f"""
        SELECT customer_id, 'N' || row AS contact_id,
               CASE WHEN {_uniform("row", 33)} < .5 THEN 'phone' WHEN {_uniform("row", 33)} < .8 THEN 'chat'
                    ELSE 'e-mail' END AS channel,
               CASE WHEN {_uniform("row", 34)} < .7 THEN 'inbound' ELSE 'outbound' END AS direction,
               ['Bill', 'Delivery', 'Cancellation', 'T3', 'T4', 'T5', 'T6', 'T7', NULL]
                 [1 + CAST(floor({_uniform("row", 35)} * 9) AS BIGINT)] AS topic,
               CASE WHEN {_uniform("row", 36)} < .3 THEN 'S' || number || '-' || row % 3 END AS case_id,
               NULL::VARCHAR AS agent_id, NULL::VARCHAR AS team,
               CASE WHEN {_uniform("row", 37)} < .9 THEN CAST(floor(exp({_uniform("row", 38)} * 7)) AS BIGINT) END
                 AS wait_seconds,
               CASE WHEN {_uniform("row", 37)} < .8 THEN CAST(floor({_uniform("row", 39)} * 1500) AS BIGINT) END
                 AS handle_seconds,
               CASE WHEN {_uniform("row", 40)} < .9 THEN CAST(floor(3 * pow({_uniform("row", 41)}, 3)) AS BIGINT) END
                 AS transfers,
               CASE WHEN {_uniform("row", 42)} < .8 THEN {_uniform("row", 43)} < .7 END AS resolved,
               {_moment("row", 31)} + INTERVAL 2 DAY AS resolved_at, NULL::VARCHAR AS text,
               {_moment("row", 31)} AS happened_at,
               {_moment("row", 31)} + INTERVAL 1 HOUR AS known_at, false AS is_versioned
        FROM {_events(rows, customers, 30)}"""


def _checked(name: str, rows: str) -> str:
    """The rows as the check writes them: typed, with local clocks, sorted by customer and time."""
    table = TABLES[name]
    zone = literal(CALENDAR.zone)
    columns = ", ".join(f"s.{column.name}" for column in table.columns)

    def local_day(column: str) -> str:
        local = f"CAST(timezone({zone}, timezone('UTC', {column})) AS DATE)"
        return f"CAST(date_diff('day', DATE '1970-01-01', {local}) AS INTEGER)"

    dated = "".join(f", {local_day(column.name)} AS {column.name}_day" for column in table.timestamps)
    since_midnight = "(hour(local) + minute(local) / 60.0 + second(local) / 3600.0)"
    return f"""
        SELECT {columns}{dated}, s.local_day, CAST(d.local_weekday AS INTEGER) AS local_weekday,
               CAST(hour(local) AS INTEGER) AS local_hour, d.is_weekend, d.is_holiday,
               CAST(d.business_hours_before + CASE WHEN d.is_working_day
                    THEN greatest(0, least(17, {since_midnight}) - 9) ELSE 0 END AS DOUBLE) AS business_hours,
               s.is_versioned
        FROM (SELECT *, timezone({zone}, timezone('UTC', happened_at)) AS local,
                     {local_day("happened_at")} AS local_day FROM ({rows})) s
        JOIN calendar_days d USING (local_day)
        ORDER BY s.customer_id, s.happened_at, s.known_at"""


def last_as_of() -> date:
    """The midnight at which all of the generated history lies behind."""
    return FIRST_DAY + timedelta(days=DAYS)


def as_of_dates(number: int) -> list[date]:
    """So many midnights, 28 days apart, the newest with all history behind it."""
    return [last_as_of() - timedelta(days=28 * back) for back in reversed(range(number))]
