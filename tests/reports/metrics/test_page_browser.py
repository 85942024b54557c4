"""The page of the metrics in a real browser: phone and desktop, English and Persian, and on paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contract.checked import CheckedTables
from reports.metrics.page import render
from tests.reports.metrics.conftest import measured_of

pytestmark = pytest.mark.browser

SCREENS = [pytest.param(375, 812, id="phone"), pytest.param(1280, 900, id="desktop")]


@pytest.fixture(scope="module")
def pages(rich: CheckedTables, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A page a language: Gregorian months in English, Jalali ones in Persian."""
    folder = tmp_path_factory.mktemp("pages")
    made = {}
    for language, calendar in (("en", "gregorian"), ("fa", "jalali")):
        measured = measured_of(rich, "2024-04-05", full=4, calendar=calendar)
        made[language] = folder / f"{language}.html"
        made[language].write_text(render(measured, company="گلستان", language=language), encoding="utf-8")
    return made


@pytest.fixture
def open_page(browser: Any, pages: dict[str, Path]) -> Iterator[Any]:
    tabs = []

    def open_it(language: str, width: int, height: int) -> tuple[Any, list[str]]:
        tab = browser.new_page(viewport={"width": width, "height": height})
        tabs.append(tab)
        complaints: list[str] = []
        tab.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        tab.on("request", lambda asked: None if asked.url.startswith("file:") else complaints.append(asked.url))
        tab.goto(pages[language].as_uri())
        return tab, complaints

    yield open_it
    for tab in tabs:
        tab.close()


def overflow(tab: Any) -> int:
    return int(tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@pytest.mark.parametrize(("width", "height"), [*SCREENS, (320, 800), (768, 1024)])
@pytest.mark.parametrize("language", ["en", "fa"])
def test_it_fits_open_and_closed(language: str, width: int, height: int, open_page: Any) -> None:
    tab, complaints = open_page(language, width, height)
    assert overflow(tab) <= 0
    for part in ("h1", ".kicker"):
        box = tab.locator(part).first.bounding_box()
        assert 0 <= box["x"] <= width - box["width"]
        assert 0 <= box["y"] <= height - box["height"], f"{part} is not on the first screen"
    tab.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert tab.locator("#customers-month").is_visible()
    assert overflow(tab) <= 0
    for plot in tab.locator(".plot").all():
        box = plot.bounding_box()
        assert 0 <= box["x"] <= width - box["width"]
    assert complaints == []


def test_wide_tables_scroll_in_their_own_box_and_by_keyboard(open_page: Any) -> None:
    tab, _ = open_page("en", 375, 812)
    box = tab.locator("#voice .scroll").first
    assert box.evaluate("e => e.scrollWidth > e.clientWidth")
    assert box.get_attribute("tabindex") == "0"


#: The visible texts, those of names apart.
VISIBLE = """() => {
  const texts = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const text = walk.currentNode, element = text.parentElement;
    if (!element.closest('tbody th bdi') && element.checkVisibility() && text.data.trim()) texts.push(text.data.trim());
  }
  return texts;
}"""
#: What has one name in every language, and the names of files.
TERMS = {"NPS", "CSAT", "CES", "metrics", "json"}


@pytest.mark.parametrize(("width", "height"), SCREENS)
def test_a_persian_page_is_persian(width: int, height: int, open_page: Any) -> None:
    tab, _ = open_page("fa", width, height)
    root = tab.locator("html")
    assert (root.get_attribute("lang"), root.get_attribute("dir")) == ("fa", "rtl")
    assert tab.evaluate("getComputedStyle(document.body).direction") == "rtl"
    tab.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    texts = tab.evaluate(VISIBLE)
    assert len(texts) > 200
    # 5 April 2024 is in Farvardin 1403; the last month that is over is Esfand 1402.
    assert any("اسفند ۱۴۰۲" in text for text in texts)
    assert "۱۴۰۳/۰۱" in texts, "the months under a plot are texts"
    assert [text for text in texts if re.search("[0-9٠-٩]", text)] == []
    words = {word for text in texts for word in re.findall("[A-Za-z]+", text)}
    assert words <= TERMS, f"not translated: {sorted(words - TERMS)}"


def test_headings_do_not_grow_together_with_what_stands_beside_them(open_page: Any) -> None:
    """Persian letters join across elements where no space is between them."""
    tab, _ = open_page("fa", 1280, 900)
    assert re.match(r"بخش\s+اسفند ۱۴۰۲", tab.locator("#customers-segment").inner_text())


@pytest.mark.parametrize("language", ["en", "fa"])
def test_it_prints(language: str, open_page: Any) -> None:
    tab, complaints = open_page(language, 1280, 900)
    assert tab.pdf(prefer_css_page_size=True).startswith(b"%PDF")
    tab.emulate_media(media="print")
    tab.set_viewport_size({"width": 695, "height": 1017})  # A4 without its margins, at 96 dots an inch
    assert overflow(tab) <= 0
    cut = "[...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth + 1).length"
    assert tab.evaluate(cut) == 0, "a table is wider than the paper"
    assert complaints == []
