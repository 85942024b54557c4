"""What becomes of sound rows that do not stand alone: copies, versions, contradictions, rows of strangers.

The verdicts lie in the temporary table _fate: duplicate (dropped), version (goes on, and is marked), and those that
send a row into quarantine and say why: contradiction, orphan, and early (contract/order_of_dates.py).
"""

from __future__ import annotations

from pathlib import Path

from ibis.backends.duckdb import Backend

from contract.engine import first_number, first_row, literal, quoted, run
from contract.readiness import Finding
from contract.said import Name, marked, said
from contract.table import Table

CONTRADICTION = marked("one key with two different rows known at the same moment")
STRANGER = marked("not in customers")


def settle_keys(connection: Backend, table: Table, staged: str, rows_read: int, *, knows_when: bool) -> list[Finding]:
    """Say what becomes of rows that share a key: exact copies are dropped, versions stay, contradictions go aside.

    Without a known_at of its own a table cannot tell a version from a contradiction, so two different rows of one key
    are a contradiction there.
    """
    columns = [quoted(column.name) for column in table.columns]
    key = ", ".join(quoted(name) for name in table.key)
    same_moment = f"{key}, known_at" if knows_when else key
    on = " AND ".join(f"s.{quoted(name)} IS NOT DISTINCT FROM k.{quoted(name)}" for name in table.key)
    sound = f"(SELECT * FROM {staged} WHERE len(broken) = 0)"
    reason = literal(f"{', '.join(table.key)}: {CONTRADICTION}")
    run(connection, "CREATE OR REPLACE TEMP TABLE _fate (row_number BIGINT, fate VARCHAR, reason VARCHAR)")
    run(
        connection,
        f"""CREATE OR REPLACE TEMP TABLE _several AS
        SELECT s.*, row_number() OVER (PARTITION BY {", ".join(f"s.{name}" for name in columns)} ORDER BY row_number)
               AS copy
        FROM {sound} s SEMI JOIN (SELECT {key} FROM {sound} GROUP BY {key} HAVING count(*) > 1) k ON {on}""",
    )
    run(connection, "INSERT INTO _fate SELECT row_number, 'duplicate', NULL FROM _several WHERE copy > 1")
    run(
        connection,
        f"""INSERT INTO _fate SELECT row_number, 'contradiction', {reason} FROM (
          SELECT row_number, count(*) OVER (PARTITION BY {same_moment}) AS twins FROM _several WHERE copy = 1
        ) WHERE twins > 1""",
    )
    run(
        connection,
        f"""INSERT INTO _fate SELECT row_number, 'version', NULL FROM (
          SELECT row_number, count(*) OVER (PARTITION BY {key}) AS versions
          FROM _several ANTI JOIN _fate USING (row_number)
        ) WHERE versions > 1""",
    )
    findings = []
    duplicates = first_number(connection, "SELECT count(*) FROM _fate WHERE fate = 'duplicate'")
    if duplicates:
        findings.append(
            Finding(
                table=table.name,
                column=None,
                problem=marked("exact duplicate rows, dropped"),
                rows=duplicates,
                of_rows=rows_read,
                example=_key_example(connection, table, "duplicate"),
                cure=said(
                    "nothing to do if loads repeat; if these are separate events, add them up: {grain}",
                    grain=table.grain,
                ),
                severity="note",
            )
        )
    contradictions = first_number(connection, "SELECT count(*) FROM _fate WHERE fate = 'contradiction'")
    if contradictions:
        cure = (
            said("keep one row a ({key}) and known_at", key=tuple(map(Name, table.key)))
            if knows_when
            else said(
                "keep one row a ({key}), or map known_at, so that the later row replaces the earlier",
                key=tuple(map(Name, table.key)),
            )
        )
        findings.append(
            Finding(
                table=table.name,
                column=", ".join(table.key),
                problem=CONTRADICTION,
                rows=contradictions,
                of_rows=rows_read,
                example=_key_example(connection, table, "contradiction"),
                cure=cure,
                severity="warning",
            )
        )
    return findings


def _key_example(connection: Backend, table: Table, fate: str) -> str:
    shown = [name for name in table.key if not table.column(name).personal]
    values = ", ".join(["row_number", *(f"CAST({quoted(name)} AS VARCHAR)" for name in shown)])
    sql = (
        f"SELECT {values} FROM _several JOIN _fate USING (row_number) WHERE fate = '{fate}' ORDER BY row_number LIMIT 1"
    )
    row = first_row(connection, sql)
    told = ", ".join(f"{name} {value!r}" for name, value in zip(shown, row[1:], strict=True))
    if not told:
        return said("row {number}", number=row[0])
    return said("row {number}: {told}", number=row[0], told=told)


def settle_orphans(connection: Backend, table: Table, staged: str, rows_read: int, folder: Path) -> list[Finding]:
    """Rows of a customer whom the customers table does not have go aside."""
    customers = folder / "customers.parquet"
    if table.name == "customers":
        return []
    known = (
        f"SELECT customer_id FROM read_parquet({literal(str(customers))})"
        if customers.exists()
        else "SELECT NULL AS customer_id WHERE false"
    )
    run(
        connection,
        f"""INSERT INTO _fate SELECT row_number, 'orphan', 'customer_id: {STRANGER}'
        FROM (SELECT * FROM {staged} WHERE len(broken) = 0) ANTI JOIN ({known}) USING (customer_id)
        WHERE row_number NOT IN (SELECT row_number FROM _fate WHERE fate <> 'version')""",
    )
    orphans, first = first_row(connection, "SELECT count(*), min(row_number) FROM _fate WHERE fate = 'orphan'")
    if not orphans:
        return []
    return [
        Finding(
            table=table.name,
            column="customer_id",
            problem=STRANGER,
            rows=orphans,
            of_rows=rows_read,
            example=said("row {number}: (personal, not shown)", number=first),
            cure=marked("add the customers to the customers table, or leave the rows of strangers out of the select"),
            severity="warning",
        )
    ]
