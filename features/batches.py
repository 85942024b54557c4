"""Batches of customers on the embedded engine: memory and time that do not depend on how large the company is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
from ibis.backends.duckdb import Backend

from contract.cut import History

#: A batch has so many customers that they have about so many rows in all tables together.
ROWS_AT_ONCE = 8_000_000
#: Days that no window reaches back.
ENDLESS = 10**9
#: What a batch is called on the connection, for as long as it is built.
STAGED, PEOPLE, FEATURES = "batch_of_", "batch_people", "batch_features"


@dataclass(frozen=True)
class Compiled:
    """What is asked of a batch: one select over its staged tables, the columns by table that it reads, and the little
    tables that families bring themselves, by name."""

    sql: str
    read: Mapping[str, Sequence[str]]
    brought: Mapping[str, pa.Table]


def compiled(
    connection: Backend,
    schemas: Mapping[str, ibis.Schema],
    activity: tuple[str, ...],
    table_of: Callable[[History, ir.Table], ir.Table],
) -> Compiled:
    """`table_of` a history with these tables, as SQL. It holds for any as_of: a history has ages and no dates.

    How far back a history reaches is another matter: here it is endless, and whoever asks blots out what is censored.
    """
    leaves = {name: _leaf(name, schema) for name, schema in schemas.items()}
    staged = History(tables=leaves, reach=dict.fromkeys(leaves, ENDLESS), activity=activity)
    expression = table_of(staged, ibis.table({"customer_id": "int64"}, name=PEOPLE))
    little = {node.name: node.data.to_pyarrow(node.schema) for node in expression.op().find(ops.InMemoryTable)}
    return Compiled(sql=connection.compile(expression), read=_columns_read(expression, leaves), brought=little)


def in_batches(connection: Backend, history: History, customers: pd.Series, asked: Compiled) -> pd.DataFrame:
    """One row a customer, in their order: what is asked of the history for these customers.

    A batch of customers is cut out of the history once, with a number in place of the customer_id and only the columns
    that are asked for; all families then read that. `customers` are sorted, as the files are, so that a batch reads its
    own part of them. Only what a customer's own rows say can be built so.
    """
    parts: list[pd.DataFrame] = []
    with _put_away(connection, asked):
        for name, table in asked.brought.items():
            connection.con.register(name, table)
        for batch in _split(customers, _number_of_batches(connection, history, asked.read, len(customers))):
            _stage(connection, history, batch, asked.read)
            if not parts:  # once: what the families ask is the same of every batch
                _run(connection, f"CREATE OR REPLACE TEMP VIEW {FEATURES} AS {asked.sql}")
            rows = connection.table(FEATURES).to_pyarrow().to_pandas()
            parts.append(rows.sort_values("customer_id"))
    built: pd.DataFrame = pd.concat(parts, ignore_index=True)
    return built


def _leaf(name: str, schema: ibis.Schema) -> ir.Table:
    """The table as it stands while a batch is built."""
    columns = {column: kind for column, kind in schema.items() if column != "customer_id"}
    return ibis.table({"customer_id": "int64", **columns}, name=STAGED + name)


def _columns_read(expression: ir.Table, leaves: Mapping[str, ir.Table]) -> dict[str, list[str]]:
    """By table that is read at all, the columns besides customer_id that are.

    A column that nobody names counts only where whole rows are taken as they are, as in a distinct of them.
    """
    root = expression.op()
    used = {table.name for table in root.find(ops.UnboundTable)}
    rows: dict[ops.Relation, str] = {leaf.op(): name for name, leaf in leaves.items()}
    passing = root.find((ops.Filter, ops.JoinReference))
    while more := {node: rows[node.parent] for node in passing if node not in rows and node.parent in rows}:
        rows |= more
    named = {(rows[field.rel], field.name) for field in root.find(ops.Field) if field.rel in rows}
    by_name = (ops.Project, ops.Aggregate, ops.Filter, ops.JoinReference, ops.JoinChain, ops.JoinLink)
    taken = [node for node in root.find(ops.Relation) if not isinstance(node, by_name)]
    whole = {rows[child] for node in taken for child in node.__children__ if child in rows}
    return {
        name: [c for c in leaf.columns if c != "customer_id" and (name in whole or (name, c) in named)]
        for name, leaf in leaves.items()
        if STAGED + name in used
    }


def _number_of_batches(connection: Backend, history: History, read: Collection[str], customers: int) -> int:
    """How many batches: by the rows of the files, which are there without reading them."""
    files = {file for name in read for file in history[name].op().find(ops.DatabaseTable)}
    rows = sum(int(connection.to_pyarrow(file.to_expr().count()).as_py()) for file in files)
    return max(1, min(customers, -(-rows // ROWS_AT_ONCE)))


def _split(customers: pd.Series, number: int) -> list[pd.Series]:
    size = max(1, -(-len(customers) // number))
    return [customers.iloc[first : first + size] for first in range(0, len(customers), size)] or [customers]


def _stage(connection: Backend, history: History, batch: pd.Series, read: Mapping[str, Sequence[str]]) -> None:
    """One batch of customers out of the history, into temporary tables."""
    numbered = pd.DataFrame({"whose_row": batch.to_numpy(), "customer_id": range(len(batch))})
    connection.con.register("batch_frame", numbered.astype({"whose_row": "str", "customer_id": "int64"}))
    _run(connection, f"CREATE OR REPLACE TEMP TABLE {PEOPLE} AS SELECT * FROM batch_frame")
    connection.con.unregister("batch_frame")
    for name, columns in read.items():
        rows = history[name]
        if len(batch):
            rows = rows.filter(rows.customer_id.between(batch.iloc[0], batch.iloc[-1]))
        sql = connection.compile(rows.select(*columns, whose_row="customer_id"))
        _run(
            connection,
            f"CREATE OR REPLACE TEMP TABLE {STAGED}{name} AS "
            f"SELECT people.customer_id, past.* EXCLUDE (whose_row) FROM ({sql}) past "
            f"JOIN {PEOPLE} people USING (whose_row)",
        )


@contextmanager
def _put_away(connection: Backend, asked: Compiled) -> Iterator[None]:
    """Afterwards nothing of the batch is left on the connection."""
    try:
        yield
    finally:
        _run(connection, f"DROP VIEW IF EXISTS {FEATURES}")
        for name in (PEOPLE, *(STAGED + name for name in asked.read)):
            _run(connection, f"DROP TABLE IF EXISTS {name}")
        for name in asked.brought:
            connection.con.unregister(name)


def _run(connection: Backend, sql: str) -> None:
    connection.raw_sql(sql).fetchall()
