"""Addresses of servers in settings: a password is refused in the file, taken from the environment, and never shown."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

from contract.readiness import CannotRead
from pipelines.settings import load_settings

SECRET = "Kx9-not-to-be-shown"
WHOLE = f"postgresql://reader:{SECRET}@db/shop"


def written(folder: Path, *lines: str) -> Path:
    config = folder / "vafa.toml"
    head = ["[tables.customers]", 'source = "shop"', "[sources.shop]", 'kind = "postgres"']
    config.write_text("\n".join([*head, *lines]), encoding="utf-8")
    return config


@pytest.mark.parametrize("path", [WHOLE, f"postgresql://reader@db/shop?password={SECRET}", f"password={SECRET}"])
def test_a_password_in_the_file_is_refused(tmp_path: Path, path: str) -> None:
    config = written(tmp_path, f'path = "{path}"', 'table = "orders"')
    with pytest.raises(CannotRead, match=r"vafa\.toml: sources\.shop\.path holds a password.* PGPASSWORD") as caught:
        load_settings(config)
    assert "VAFA_SOURCES__SHOP__PATH" in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("line", ["", 'path = "postgresql://reader@db/shop"'])
def test_the_whole_address_comes_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.setenv("VAFA_SOURCES__SHOP__PATH", WHOLE)
    settings = load_settings(written(tmp_path, line, 'table = "orders"'))
    assert settings.sources["shop"].path == WHOLE
    assert SECRET not in f"{settings} {settings!r} {settings.mapping!r}"


def test_the_password_comes_from_a_variable_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = written(tmp_path, 'path = "postgresql://reader:${SHOP_PASSWORD}@db/shop"', 'table = "orders"')
    monkeypatch.setenv("SHOP_PASSWORD", SECRET)
    settings = load_settings(config)
    assert settings.sources["shop"].path == WHOLE
    assert SECRET not in f"{settings} {settings!r}"


@pytest.mark.parametrize("lines", [[], ['table = "a"', 'query = "select 1"'], ['tabel = "a"'], ["table = 3"]])
def test_no_mistake_in_the_settings_shows_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: list[str]) -> None:
    monkeypatch.setenv("VAFA_SOURCES__SHOP__PATH", WHOLE)
    with pytest.raises(CannotRead, match=r"sources\.shop") as caught:
        load_settings(written(tmp_path, *lines))
    # With the errors that it came from, as a log of a run shows it.
    assert SECRET not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("value", [WHOLE, f'"{WHOLE}"'])
def test_an_address_in_the_place_of_a_section_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("VAFA_SOURCES__SHOP", value)
    with pytest.raises(CannotRead, match=r"sources\.shop must be a section") as caught:
        load_settings(written(tmp_path, 'table = "orders"', 'path = "postgresql://reader@db/shop"'))
    assert SECRET not in "".join(traceback.format_exception(caught.value))
