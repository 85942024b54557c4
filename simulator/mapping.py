"""The company's vafa.toml."""

from __future__ import annotations

from datetime import date

from contract.calendar import Calendar
from simulator.days import CalendarName

NAMES: dict[CalendarName, str] = {"gregorian": "Nordstern Market", "iranian": "Golestan Market"}
#: In which the lists and pages are written; most of the Iranian company's people read Persian.
LANGUAGES: dict[CalendarName, str] = {"gregorian": "en", "iranian": "fa"}


def vafa_toml(*, calendar: Calendar, name: CalendarName, as_of: date, currency: str, tables: tuple[str, ...]) -> str:
    """The columns have the contract's names, so a table needs its source and the zone of its times only."""
    holidays = "".join(f"    {day.isoformat()},\n" for day in calendar.holidays)
    sources = "\n".join(f'[sources.{table}]\nkind = "parquet"\npath = "{table}.parquet"\n' for table in tables)
    mapped = "\n".join(f'[tables.{table}]\nsource = "{table}"\ntime_zone = "UTC"\n' for table in tables)
    weekend = ", ".join(f'"{day}"' for day in calendar.weekend)
    return f"""# An example company, made by vafa simulate. What is true of it lies in truth/, which no model may read.

[company]
name = "{NAMES[name]}"
language = "{LANGUAGES[name]}"
currency = "{currency}"

[time]
zone = "{calendar.zone}"
weekend = [{weekend}]
holidays = [
{holidays}]
as_of = {as_of.isoformat()}              # the midnight after the last simulated day
activity = ["orders", "usage"]

# Three lists: who is about to leave, who is unhappy (predicted, if asked), and whose case needs service recovery.
[targets.inactivity]
horizon_days = 28
gap_days = 1
active_days = 90

[targets.low_csat]
horizon_days = 28
gap_days = 1
active_days = 90

[targets.case_low_csat]
horizon_days = 28
gap_days = 1
spacing_days = 14               # a list of one day's cases: more past days to learn from

{sources}
{mapped}"""
