"""The page in a real browser: phone and desktop, light and dark, and on paper."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reports.quality import QualityPage, render

pytestmark = pytest.mark.browser

SCREENS = [pytest.param(375, 812, id="phone"), pytest.param(1280, 900, id="desktop")]


@pytest.fixture
def open_page(browser: Any, tmp_path: Path) -> Any:
    """Open a page at a size; hands back the tab and what its console complained about."""
    tabs = []

    def open_it(page: QualityPage, width: int, height: int, **context: Any) -> tuple[Any, list[str]]:
        file = tmp_path / f"page{len(tabs)}.html"
        file.write_text(render(page), encoding="utf-8")
        tab = browser.new_page(viewport={"width": width, "height": height}, **context)
        tabs.append(tab)
        complaints: list[str] = []
        tab.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("request", lambda asked: None if asked.url.startswith("file:") else complaints.append(asked.url))
        tab.goto(file.as_uri())
        return tab, complaints

    yield open_it
    for tab in tabs:
        tab.close()


def overflow(tab: Any) -> int:
    return int(tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@pytest.mark.parametrize(("width", "height"), SCREENS)
@pytest.mark.parametrize("kind", ["A", "rule", "refused"])
def test_it_fits_and_answers_on_the_first_screen(
    kind: str,
    width: int,
    height: int,
    open_page: Any,
    make_page: Callable[..., QualityPage],
    rule_page: QualityPage,
    refused_page: QualityPage,
) -> None:
    page = {"A": make_page(), "rule": rule_page, "refused": refused_page}[kind]
    tab, complaints = open_page(page, width, height)
    assert overflow(tab) <= 0
    for part in ("h1", ".grade") if kind == "refused" else ("h1", ".answer", ".bars", ".grade"):
        box = tab.locator(part).bounding_box()
        assert 0 <= box["y"] <= height - box["height"], f"{part} is not on the first screen"
    assert tab.locator(".people tbody tr").count() == len(page.list_head)
    for row in tab.locator(".people tbody tr").all():
        assert row.is_visible()
        for cell in row.locator("td").all():
            box = cell.bounding_box()
            assert 0 <= box["x"] <= width - box["width"]
    assert complaints == []


@pytest.mark.parametrize("width", [320, 600, 768, 1024])
def test_no_width_makes_the_page_scroll_sideways(
    width: int, open_page: Any, make_page: Callable[..., QualityPage]
) -> None:
    long = "x" * 300
    page = make_page()
    page = make_page(company=long, list_head=page.list_head.assign(customer_id=long, play=long), target_title=long)
    tab, _ = open_page(page, width, 800)
    assert overflow(tab) <= 0


def test_a_wide_table_scrolls_in_its_own_box_and_by_keyboard(
    open_page: Any, make_page: Callable[..., QualityPage]
) -> None:
    tab, _ = open_page(make_page(), 375, 812)
    box = tab.locator("#methods .scroll")
    assert box.evaluate("e => e.scrollWidth > e.clientWidth")
    assert box.get_attribute("tabindex") == "0"


def test_hostile_text_stays_text(open_page: Any, make_page: Callable[..., QualityPage]) -> None:
    hostile = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
    page = make_page()
    head = page.list_head.assign(customer_id=hostile, reasons=[(hostile,)] * len(page.list_head))
    tab, complaints = open_page(make_page(list_head=head, company=hostile), 1280, 900)
    assert tab.locator("img, script").count() == 0
    assert tab.locator(".c-customer_id bdi").first.inner_text() == hostile
    assert complaints == []


@pytest.mark.parametrize(("width", "height"), SCREENS)
def test_right_to_left_fits_too(width: int, height: int, open_page: Any, make_page: Callable[..., QualityPage]) -> None:
    tab, complaints = open_page(make_page(language="fa"), width, height)
    assert tab.evaluate("getComputedStyle(document.body).direction") == "rtl"
    assert overflow(tab) <= 0
    assert complaints == []


#: The visible texts of the page, those of names apart: ids, names of columns and files, quoted values, and <bdi> that
#: say neither a reason nor a method.
VISIBLE = """() => {
  const texts = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const text = walk.currentNode, element = text.parentElement;
    const name = element.closest('code, .c-customer_id, #readiness tbody th, p bdi, li bdi');
    if (!name && element.checkVisibility() && text.data.trim()) texts.push(text.data.trim());
  }
  return texts;
}"""
#: What has one name in every language.
TERMS = {"AUROC", "ECE", "K", "A"}


@pytest.mark.parametrize(("width", "height"), SCREENS)
def test_a_persian_page_is_persian(width: int, height: int, open_page: Any, persian_page: QualityPage) -> None:
    tab, complaints = open_page(persian_page, width, height)
    root = tab.locator("html")
    assert (root.get_attribute("lang"), root.get_attribute("dir")) == ("fa", "rtl")
    assert overflow(tab) <= 0
    texts = tab.evaluate(VISIBLE)
    assert "بله. با این فهرست تماس بگیرید." in texts
    assert "ظرفیت ۱۰۰" in texts, "the words of a plot are texts"
    assert len(texts) > 200
    assert [text for text in texts if re.search("[0-9٠-٩]", text)] == []
    words = {word for text in texts for word in re.findall("[A-Za-z]+", text)}
    assert words <= TERMS, f"not translated: {sorted(words - TERMS)}"
    assert complaints == []


def test_persian_letters_are_joined_and_bars_grow_from_the_right(open_page: Any, persian_page: QualityPage) -> None:
    tab, _ = open_page(persian_page, 1280, 900)
    # Letters that the browser shapes are narrower together than apart.
    widths = """() => {
      const measure = text => {
        const span = document.createElement('span');
        span.textContent = text; document.body.append(span);
        const width = span.getBoundingClientRect().width; span.remove();
        return width;
      };
      return [measure('بببب'), 4 * measure('ب')];
    }"""
    joined, apart = tab.evaluate(widths)
    assert joined < apart
    bar = tab.locator(".bar.list .track").bounding_box()
    fill = tab.locator(".bar.list .fill").bounding_box()
    assert abs(bar["x"] + bar["width"] - fill["x"] - fill["width"]) < 1
    heading = tab.locator("th").filter(has_text="مشتری").first.bounding_box()
    customer = tab.locator(".c-customer_id bdi").first
    assert customer.evaluate("e => getComputedStyle(e).textAlign") == "right"
    assert heading["x"] > tab.locator("thead th").nth(2).bounding_box()["x"]


def test_text_stands_out_from_the_paper_in_light_and_dark(
    open_page: Any, make_page: Callable[..., QualityPage]
) -> None:
    contrast = """() => {
      const channel = c => { c /= 255; return c <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4; };
      const light = text => {
        const [r, g, b] = text.match(/[\\d.]+/g).map(Number);
        return .2126 * channel(r) + .7152 * channel(g) + .0722 * channel(b);
      };
      const paper = light(getComputedStyle(document.documentElement).backgroundColor);
      return ['h1', '.gloss', '.kicker', '.says.better', 'figcaption'].map(where => {
        const ink = light(getComputedStyle(document.querySelector(where)).color);
        return (Math.max(ink, paper) + .05) / (Math.min(ink, paper) + .05);
      });
    }"""
    for scheme in ("light", "dark"):
        tab, _ = open_page(make_page(), 1280, 900, color_scheme=scheme)
        assert min(tab.evaluate(contrast)) >= 4.5, scheme


def test_it_prints(open_page: Any, make_page: Callable[..., QualityPage]) -> None:
    tab, complaints = open_page(make_page(), 1280, 900)
    paper = tab.pdf(prefer_css_page_size=True)
    assert paper.startswith(b"%PDF")
    tab.emulate_media(media="print")
    tab.set_viewport_size({"width": 695, "height": 1017})  # A4 without its margins, at 96 dots an inch
    assert overflow(tab) <= 0
    cut = "[...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth + 1).length"
    assert tab.evaluate(cut) == 0, "a table is wider than the paper"
    assert complaints == []
