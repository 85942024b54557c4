"""A first vafa.toml for a folder of files: what can be guessed is guessed and said to be a guess."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ibis.backends.duckdb import Backend

from contract.casts import FALSE_WORDS, TRUE_WORDS
from contract.catalogue import ACTIVITY_TABLES, TABLES
from contract.engine import connect, first_row, literal, quoted
from contract.mapping import SourceSpec
from contract.order_of_dates import AFTER_JOINING
from contract.readiness import CannotRead
from contract.samples import File, is_number, look_at
from contract.sources.catalogue import SOURCES
from contract.synonyms import COLUMN_WORDS, PIECE_PRICES, is_named_for, plain
from contract.table import Column

TO_FILL_IN = "# to fill in, required:"
ZONE_GUESS = 'time_zone = "UTC"  # a guess: in which zone are these times?\n'


@dataclass(frozen=True)
class Draft:
    """The text of a vafa.toml, and notes for a person: what was guessed, what is missing, what was left out."""

    text: str
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class _Guess:
    """Which file fills a table, and which of its columns which of the contract's."""

    table: str
    file: File
    columns: Mapping[str, str]
    score: int

    @property
    def missing(self) -> list[Column]:
        """Required columns that were not found."""
        found = {*self.columns, TABLES[self.table].happened_from and "happened_at"}
        columns = TABLES[self.table].columns
        return [column for column in columns if column.required and not column.default and column.name not in found]


def draft(folder: Path) -> Draft:
    """Look at the Parquet, CSV and DuckDB files of a folder and draft a mapping for them.

    Values are looked at, to tell types and formats, and never written. Raises CannotRead when the folder has no file
    of these kinds.
    """
    connection = connect()
    notes: list[str] = []
    files = look_at(connection, folder, notes)
    if not files:
        endings = ", ".join(ending for source in SOURCES.values() for ending in source.endings)
        raise CannotRead(f"{folder} has no file that can be read; put your tables there as files in {endings}")
    guesses = _choose(connection, files)
    parts = [_head(folder, guesses)]
    tables: list[str] = []
    used: dict[str, File] = {}
    main = next((guesses[name] for name in ACTIVITY_TABLES if name in guesses and _is_usable(guesses[name])), None)
    if "customers" in guesses:
        tables.append(_columns_text(guesses["customers"], notes))
        used[guesses["customers"].file.name] = guesses["customers"].file
    elif main is not None:
        held = [guesses[name] for name in AFTER_JOINING.tables if name in guesses and _is_usable(guesses[name])]
        tables.append(_customers_from(held))
        names = ", ".join(guess.file.name for guess in held)
        notes.append(f"customers: no file with one row a customer and a join date; drafted from {names}")
    else:
        tables.append(_nothing_for("customers", files))
        notes.append("customers: nothing fits; fill in [tables.customers]")
    for name in (name for name in TABLES if name in guesses and name != "customers"):
        guess = guesses[name]
        text = _orders_text(guess, connection, notes) if name == "orders" else _columns_text(guess, notes)
        tables.append(text if _is_usable(guess) else _commented(text))
        used[guess.file.name] = guess.file
    if main is None:
        tables.append(_nothing_for(ACTIVITY_TABLES[0], files))
        notes.append(f"activity: nothing fits {' or '.join(ACTIVITY_TABLES)}; fill in one of them")
    left_out = [file for file in files if file.name not in used]
    parts += [_source_text(file) for file in used.values()]
    parts += [_commented(_source_text(file)) for file in left_out]
    if left_out:
        notes.append(f"not used: {', '.join(file.name for file in left_out)}")
    return Draft(text="\n".join([*parts, *tables]), notes=tuple(notes))


# Guessing


def _choose(connection: Backend, files: list[File]) -> dict[str, _Guess]:
    """At most one file a table and one table a file, the surest first."""
    guesses = [guess for file in files for table in TABLES if (guess := _guess(connection, table, file)) is not None]
    chosen: dict[str, _Guess] = {}
    for guess in sorted(guesses, key=lambda guess: -guess.score):
        if guess.table not in chosen and all(other.file.name != guess.file.name for other in chosen.values()):
            chosen[guess.table] = guess
    return chosen


def _guess(connection: Backend, table: str, file: File) -> _Guess | None:
    columns = _columns(table, file)
    if "customer_id" not in columns:
        return None
    named = is_named_for(table, file.name)
    guess = _Guess(table=table, file=file, columns=columns, score=0)
    if table == "customers":
        # A file of customers has each of them once, and says since when.
        named_otherwise = any(is_named_for(other, file.name) for other in TABLES if other != table)
        key = [columns["customer_id"], *([columns["known_at"]] if "known_at" in columns else [])]
        if guess.missing or (named_otherwise and not named) or not file.is_unique(key, connection):
            return None
    elif TABLES[table].happened_from:
        # An id and a start are in many files: only its name tells that a file is of this table.
        if TABLES[table].happened_from not in columns or not named:
            return None
    elif "happened_at" not in columns or not (named or (_is_usable(guess) and len(columns) > 2)):
        return None
    return _Guess(table=table, file=file, columns=columns, score=10 * (not guess.missing) + 5 * named + len(columns))


def _columns(table: str, file: File) -> dict[str, str]:
    """The contract's columns that the file seems to have. No column of the file is taken twice."""
    by_plain_name: dict[str, str] = {}
    for column in file.types:
        by_plain_name.setdefault(plain(column), column)
    found: dict[str, str] = {}
    for name, words in COLUMN_WORDS[table].items():
        wanted = TABLES[table].column(name)
        present = (by_plain_name[word] for word in words if word in by_plain_name)
        fitting = [column for column in present if column not in found.values() and _can_be(wanted, file, column)]
        if fitting:
            found[name] = fitting[0]
    return found


def _can_be(wanted: Column, file: File, column: str) -> bool:
    kind, values = file.types[column], file.values.get(column, ())
    if wanted.type == "timestamp":
        return column in file.times
    if wanted.allowed:
        return bool(values) and set(values) <= set(wanted.allowed)
    if wanted.type in ("integer", "decimal"):
        if kind == "VARCHAR":
            return all(is_number(value) for value in values)
        return kind.startswith(("DECIMAL", "DOUBLE", "FLOAT")) or kind.endswith(("INT", "INTEGER"))
    if wanted.type == "boolean":
        return kind == "BOOLEAN" or (
            bool(values) and {str(value).lower() for value in values} <= {*TRUE_WORDS, *FALSE_WORDS}
        )
    return column not in file.times


def _is_usable(guess: _Guess) -> bool:
    """Whether the table can be read as drafted. Orders without a number can: one a customer and moment."""
    missing = {column.name for column in guess.missing}
    return not missing - ({"order_id"} if guess.table == "orders" else set())


# Writing


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _sql_text(sql: str) -> str:
    escaped = sql.replace("\\", "\\\\").replace('"""', '""\\"')
    return f'sql = """\n{escaped}\n"""'


def _commented(text: str) -> str:
    return "".join(f"# {line}\n" if line and not line.startswith("#") else f"{line}\n" for line in text.splitlines())


def _head(folder: Path, guesses: Mapping[str, _Guess]) -> str:
    activity = [name for name in ACTIVITY_TABLES if name in guesses and _is_usable(guesses[name])]
    company = folder.resolve().name.replace("_", " ").replace("-", " ").title()
    orders = guesses.get("orders")
    currencies = orders.file.values.get(orders.columns.get("currency", ""), ()) if orders else ()
    currency = (
        f"{_text(currencies[0])}" if len(currencies) == 1 else '"USD"  # a guess: in which money are the amounts?'
    )
    return f"""\
# Drafted by vafa init from the files of this folder. Read it before you run it: lines that say "a guess" may be
# wrong, and lines that say "to fill in" wait for you.

[company]
name = {_text(company)}
currency = {currency}

[time]
zone = "UTC"  # a guess: days are cut at midnight in the zone of the business, as "Europe/Berlin" or "Asia/Tehran"
as_of = "today"  # "newest" decides at the midnight after the last row: for data that has ended
activity = {json.dumps(activity or [ACTIVITY_TABLES[0]])}

[target]
name = "inactivity"
horizon_days = 28
gap_days = 1
active_days = 90

[outreach]
capacity = 100  # how many customers can be called a night
"""


def _source_text(file: File) -> str:
    spec = file.spec
    lines = [f"[sources.{file.name}]", f"kind = {_text(spec.kind)}", f"path = {_text(spec.path)}"]
    defaults = SourceSpec(kind=spec.kind, path=spec.path)
    lines += [
        f"{name} = {_text(str(getattr(spec, name)))}"
        for name in ("delimiter", "encoding", "table")
        if getattr(spec, name) != getattr(defaults, name)
    ]
    return "\n".join(lines) + "\n"


def _zone_line(guess: _Guess) -> str:
    times = [guess.file.times[column] for name, column in guess.columns.items() if column in guess.file.times]
    if all(time.carries_zone for time in times):
        return ""
    return ZONE_GUESS


def _columns_text(guess: _Guess, notes: list[str]) -> str:
    """The table as columns of its file; required columns that were not found as lines to fill in."""
    file = guess.file
    lines = []
    for name, column in guess.columns.items():
        look = file.times.get(column) if TABLES[guess.table].column(name).type == "timestamp" else None
        if look is not None and look.format:
            guessed = "  # a guess: day or month first?" if look.may_be_month_first else ""
            lines.append(f"{name} = {{ column = {_text(column)}, format = {_text(look.format)} }}{guessed}")
        else:
            lines.append(f"{name} = {_text(column)}")
    free = [column for column in file.types if column not in guess.columns.values()]
    for wanted in guess.missing:
        choice = f" (one of {', '.join(wanted.allowed)})" if wanted.allowed else ""
        lines.append(
            f"{TO_FILL_IN} {wanted.name}, {wanted.meaning}{choice}; still free: {', '.join(free) or 'nothing'}"
        )
        lines.append(f'# {wanted.name} = "..."')
        notes.append(f"{guess.table}: {wanted.name} was not found in {file.name}; fill it in")
    head = f"[tables.{guess.table}]\nsource = {_text(file.name)}\n{_zone_line(guess)}"
    return f"{head}\n[tables.{guess.table}.columns]\n" + "\n".join(lines) + "\n"


def _orders_text(guess: _Guess, connection: Backend, notes: list[str]) -> str:
    """Orders as columns where a row is an order; as a select that adds up where a row is a line of one."""
    file, columns = guess.file, guess.columns
    per_piece = plain(columns.get("amount", "")) in PIECE_PRICES and "items" in columns
    key = [columns[name] for name in ("order_id", "kind", "known_at") if name in columns]
    unnumbered = "order_id" not in columns or _has_nulls(connection, file, columns["order_id"])
    is_lines = unnumbered or not file.is_unique(key, connection)
    amount = _amount(guess, per_piece=per_piece)
    below = amount and first_row(connection, f"SELECT min({amount}) < 0 FROM {quoted(file.sample)}")[0]
    if not (is_lines or per_piece or below) or "known_at" in columns:
        return _columns_text(guess, notes)
    customer = quoted(columns["customer_id"])
    moment = _moment(file, columns["happened_at"])
    says = "# a guess: a row is a line of an order, and they are added up\n" if is_lines else ""
    number = quoted(columns["order_id"]) if "order_id" in columns else ""
    if unnumbered:
        moment_of_customer = f"concat({customer}, ' ', {moment})"
        number = f"coalesce(cast({number} as varchar), {moment_of_customer})" if number else moment_of_customer
        says += "# a guess: without an order number, what a customer bought at one moment is one order\n"
    kept = {"order_id": number, "customer_id": customer, "happened_at": f"min({moment})"}
    grouped = [number, customer]
    if "currency" in columns:
        kept["currency"] = quoted(columns["currency"])
        grouped.append(kept["currency"])
    if "kind" in columns:
        kept["kind"] = quoted(columns["kind"])
        grouped.append(kept["kind"])
    if amount:
        kept["amount"] = f"sum({amount})"
        if below and "kind" not in columns:
            kept["kind"] = f"case when sum({amount}) < 0 then 'return' else 'purchase' end"
            says += "# a guess: what is below zero was sent back\n"
        if below:
            kept["amount"] = f"abs(sum({amount}))"
    for name in ("items", "discount"):
        if name in columns:
            kept[name] = f"abs(sum({_amount_of(file, columns[name])}))"
    if "category" in columns:
        kept["category"] = (
            f"arg_max({quoted(columns['category'])}, {amount})" if amount else (f"max({quoted(columns['category'])})")
        )
    for name in ("promised_at", "delivered_at"):
        if name in columns:
            kept[name] = f"max({_moment(file, columns[name])})"
    if per_piece:
        says += "# a guess: the price is a piece's, so it is multiplied by the quantity\n"
    if file.times[columns["happened_at"]].may_be_month_first:
        says += "# a guess: is the day or the month written first?\n"
    where = ""
    if _has_nulls(connection, file, columns["customer_id"]):
        where = f"\nwhere {customer} is not null  -- a guess: rows of nobody are left out"
    select = ",\n       ".join(f"{sql} as {name}" for name, sql in kept.items())
    sql = f"select {select}\nfrom {quoted(file.name)}{where}\ngroup by {', '.join(grouped)}"
    notes.append(f"orders: drafted as a select over {file.name}; read it")
    return f"[tables.orders]\n{says}{_zone_line(guess)}{_sql_text(sql)}\n"


def _amount(guess: _Guess, *, per_piece: bool) -> str:
    if "amount" not in guess.columns:
        return ""
    amount = _amount_of(guess.file, guess.columns["amount"])
    return f"{amount} * {_amount_of(guess.file, guess.columns['items'])}" if per_piece else amount


def _amount_of(file: File, column: str) -> str:
    if file.types[column] == "VARCHAR":
        return f"cast(nullif(trim({quoted(column)}), '') as decimal(18, 4))"
    return quoted(column)


def _has_nulls(connection: Backend, file: File, column: str) -> bool:
    """Over the whole file: the part without a number or a customer may come late."""
    return bool(first_row(connection, f"SELECT count(*) > count({quoted(column)}) FROM {quoted(file.name)}")[0])


def _moment(file: File, column: str) -> str:
    how = file.times[column].format
    return f"strptime({quoted(column)}, {literal(how)})" if how else quoted(column)


def _customers_from(held: list[_Guess]) -> str:
    """Without a file of customers: everybody of whom there is a row, since the first one.

    Over all tables that are held to the day of joining: whoever wrote before buying joined with the letter.
    """
    if len(held) == 1:
        customer, moment = quoted(held[0].columns["customer_id"]), _moment_of(held[0])
        rows, zone = quoted(held[0].file.name), _zone_line(held[0])
    else:
        customer, moment, zone = "customer_id", "moment", ZONE_GUESS
        # Files write times in several ways: only as times is the earliest the earliest.
        parts = [
            f"  select {quoted(guess.columns['customer_id'])} as customer_id,"
            f" try_cast({_moment_of(guess)} as timestamp) as moment from {quoted(guess.file.name)}"
            for guess in held
        ]
        rows = "(\n" + "\n  union all\n".join(parts) + "\n)"
    sql = f"""\
select {customer} as customer_id, min({moment}) as joined_at
from {rows}
where {customer} is not null
group by {customer}"""
    says = "# a guess: no file of customers was found, so they are those of the tables below, since their first row\n"
    return f"[tables.customers]\n{says}{zone}{_sql_text(sql)}\n"


def _moment_of(guess: _Guess) -> str:
    return _moment(guess.file, guess.columns[TABLES[guess.table].happened_from or "happened_at"])


def _nothing_for(table: str, files: list[File]) -> str:
    required = [column for column in TABLES[table].columns if column.required and not column.default]
    has = "\n".join(f"# {file.name} has {', '.join(file.types)}" for file in files)
    lines = "\n".join(
        f'# {column.name} = "..."  # {column.meaning}'
        for column in required
        if not (column.name == "happened_at" and TABLES[table].happened_from)
    )
    return (
        f"{TO_FILL_IN} {table}, {TABLES[table].grain}\n{has}\n"
        f'# [tables.{table}]\n# source = "..."\n# [tables.{table}.columns]\n{lines}\n'
    )
