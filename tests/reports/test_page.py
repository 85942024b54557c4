"""The words of a page, in one language."""

from __future__ import annotations

from datetime import date

import pytest
from markupsafe import Markup

from contract.said import Figure, Name, said
from outreach.language import ENGLISH, translations
from reports.page import PageWords, environment

ENGLISH_PAGE = PageWords(ENGLISH)
PERSIAN_PAGE = PageWords(translations("fa"))


def rendered(page: PageWords, template: str, **values: object) -> str:
    return environment(page).from_string(template).render(**values)


@pytest.mark.parametrize(
    ("template", "values", "english", "persian"),
    [
        ("{{ say('The list') }}", {}, "The list", "فهرست"),
        (
            "{{ say('first {shown} of {listed:,}', shown=20, listed=1204) }}",
            {},
            "first 20 of 1,204",
            "۲۰ نفر نخست از ۱٬۲۰۴ نفر",
        ),
        ("{{ say_plural('{number:,} row', '{number:,} rows', 1) }}", {}, "1 row", "۱ سطر"),
        ("{{ text | worded }}", {"text": said("{what}.", what="recency")}, "recency.", "تازگی فعالیت."),
        ("{{ text | worded }}", {"text": Figure("1,204.5")}, "1,204.5", "۱٬۲۰۴٫۵"),
        ("{{ n | number }}|{{ s | percent(1) }}", {"n": 1204, "s": 0.5}, "1,204|50.0%", "۱٬۲۰۴|۵۰٫۰٪"),
        ("{{ s | percent(1) }}", {"s": 0.0001}, "&lt;0.1%", "کمتر از ۰٫۱٪"),
        ("{{ n | decimal(1, signed=true) }}", {"n": -0.5}, "\u22120.5", "\u200e\u2212۰٫۵"),
        ("{{ d | day }}", {"d": "2026-11-23"}, "2026-11-23", "۲ آذر ۱۴۰۵"),
        ("{{ d | day_in_figures }}", {"d": date(2026, 11, 23)}, "2026-11-23", "۱۴۰۵/۰۹/۰۲"),
        ("{{ d | day_in_figures }}", {"d": "soon"}, "soon", "soon"),
        (
            "{{ text | worded }}",
            {"text": said("row {number}: {told}", number=3, told="a<b \u202e1-2")},
            "row 3: a&lt;b 1-2",
            "سطر ۳: <bdi>a&lt;b 1-2</bdi>",
        ),
        ("{{ text | worded }}", {"text": said("not one of {allowed}", allowed=(Name("return"),))},
         "not one of return", "هیچ‌یک از این‌ها نیست: return"),
        ("{{ say('as of {day}', day=piece) }}", {"piece": Markup("<b>1.5</b>")},
         "as of <b>1.5</b>", "بر پایهٔ داده‌ها تا <b>1.5</b>"),
    ],
)  # fmt: skip
def test_words(template: str, values: dict[str, object], english: str, persian: str) -> None:
    assert rendered(ENGLISH_PAGE, template, **values) == english
    assert rendered(PERSIAN_PAGE, template, **values) == persian


@pytest.mark.parametrize("page", [ENGLISH_PAGE, PERSIAN_PAGE])
@pytest.mark.parametrize("template", ["{{ text }}", "{{ text | worded }}", "{{ say('as of {day}', day=text) }}"])
def test_what_comes_from_outside_is_escaped_and_turns_nothing(page: PageWords, template: str) -> None:
    html = rendered(page, template, text="<script>\u202e\x00\u2069<b>")
    assert "<script" not in html
    assert "<b>" not in html
    assert not set(html) & set("\u202e\u2068\u2069\x00")
    assert html.count("<bdi>") == html.count("</bdi>")
