"""The quality page as text: what it says, that it is stable, safe and self-contained."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from reports.quality import Estimate, GainRow, QualityPage, SegmentRow, render

MakePage = Callable[..., QualityPage]
HOSTILE = "<script>alert('x')</script>"


def words(html: str) -> str:
    """The page as a reader gets it: no tags, no style, single spaces."""
    body = re.sub(r"<style>.*?</style>", " ", html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def test_same_input_same_bytes_and_the_list_untouched(make_page: MakePage) -> None:
    page = make_page()
    before = page.list_head.copy(deep=True)
    assert render(page) == render(make_page())
    pd.testing.assert_frame_equal(page.list_head, before)


def test_the_answer_in_plain_words(make_page: MakePage) -> None:
    said = words(render(make_page()))
    assert "Yes. Call this list." in said
    assert "Of 100 calls, about 38 reach somebody who would leave (calling at random: 14)" in said
    assert "together they reach 22% of the money at stake with those to whom it happens" in said
    assert "Ordered by risk alone, 62 of 100 calls would" in said
    assert "five-feature logistic, 55; the model is better by more than chance." in said


@pytest.mark.parametrize(
    ("gain", "says"),
    [
        (Estimate(value=0.5, low=0.1, high=0.9), "better by more than chance"),
        (Estimate(value=-0.5, low=-0.9, high=-0.1), "worse by more than chance"),
        (Estimate(value=0.5, low=-0.1, high=1.1), "the difference may be chance"),
        (Estimate(value=0.5, low=0.0, high=1.0), "the difference may be chance"),
        (Estimate(value=0.5), "was not measured"),
    ],
)
def test_a_difference_that_includes_zero_is_called_noise(make_page: MakePage, gain: Estimate, says: str) -> None:
    row = GainRow(against="five-feature logistic", auroc_gain=gain, lift_gain=gain)
    html = render(make_page(gains=(row,)))
    assert says in words(html)
    assert ('<span class="says noise">noise</span>' in html) == ("may be" in says)


def test_the_bars_show_the_list_as_it_is_published_and_beside_it_the_order_of_the_rule(make_page: MakePage) -> None:
    """The headline's number is the list's; by risk alone, as the rule is ordered, it is another one."""
    bars = re.findall(r"<dt>([^<]+)</dt>\s*<dd>.*?amount[^>]*>([^<]+)<", render(make_page()), flags=re.S)
    shown = dict(bars[:4])
    assert list(shown) == ["This list", "By risk alone", "Best simple rule", "At random"]
    assert shown["This list"] == "38"
    assert "Of 100 calls, about 38 reach somebody" in render(make_page())


def test_another_outcome_is_worded_as_its_own(make_page: MakePage) -> None:
    assert "somebody who would complain (calling" in words(render(make_page(outcome_says="would complain")))


def test_a_rule_claims_no_probabilities(rule_page: QualityPage) -> None:
    html = render(rule_page)
    said = words(html)
    assert "a simple rule made it, not a model" in said
    assert "It claims no probabilities" in said or "it claims no probabilities" in said
    cells = re.findall(r'<td role="cell" class="c-probability[^>]*>(.*?)</td>', html)
    assert len(cells) == 8
    assert all("—" in cell for cell in cells)
    assert "The best simple rule," not in said
    assert "Only one past as of could be judged" in said
    assert "Segment by segment" not in said
    assert not re.search(r"\bnan\b", said.lower())


def test_refused_shows_why_and_no_list(refused_page: QualityPage) -> None:
    said = words(render(refused_page))
    assert "No list was published." in said
    assert "Not ready: 1 problem stops the run." in said
    assert "19,250 of 25,000 rows (77.0%)" in said
    assert "Of 100 calls" not in said
    assert "Probability" not in said


def test_a_refusal_after_judging_still_shows_the_judgement(make_page: MakePage) -> None:
    page = make_page(grade="refused", grade_says="Nothing beats chance.", listed=0, list_head=pd.DataFrame())
    said = words(render(page))
    assert "Every method, on the same customers" in said
    assert "Of 100 calls" not in said


def test_a_failed_leak_test_is_said_on_the_first_screen(make_page: MakePage) -> None:
    leaks = tuple(dataclasses.replace(leak, passed=False) for leak in make_page().leaks[:1])
    html = render(make_page(leaks=leaks))
    assert "1 leak test failed" in words(html[: html.index('class="facts"')])


def test_missing_figures_are_dashes(make_page: MakePage) -> None:
    page = make_page()
    bare = tuple(
        dataclasses.replace(method, value_at_k=None, brier=None, ece=None, auroc=Estimate(value=float("nan")))
        for method in page.methods
    )
    segment = SegmentRow(segment="tiny", units=3, base_rate=float("nan"), auroc=None, lift_at_k=None)
    said = words(render(make_page(methods=bare, segments=(segment,), base_rate=float("nan"))))
    assert not re.search(r"\bnan\b", said.lower())
    assert "None" not in said


def test_an_empty_list_is_not_a_broken_one(make_page: MakePage) -> None:
    assert "Nobody is on the list" in words(render(make_page(listed=0, list_head=pd.DataFrame())))


def test_reasons_come_as_text_tuple_or_array_and_unknown_columns_stay_off(make_page: MakePage) -> None:
    head = pd.DataFrame(
        {
            "customer_id": ["a", "b", "c", "d"],
            "reasons": ["one", ("two", "three"), np.array(["four"]), None],
            "due_at": [pd.Timestamp("2024-05-01"), pd.NaT, None, "soon"],
            "national_id": "0012345678",
            "owner": None,
        }
    )
    html = render(make_page(list_head=head))
    said = words(html)
    for reason in ("one", "two", "three", "four"):
        assert f"<bdi>{reason}</bdi>" in html
    assert "2024-05-01" in said
    assert "NaT" not in said
    assert "0012345678" not in html
    assert "Owner" not in said


@pytest.mark.parametrize(
    "field", ["company", "target_title", "target_says", "as_of", "grade_says", "chosen_because", "outcome_says"]
)
def test_hostile_text_in_a_field_is_escaped(make_page: MakePage, field: str) -> None:
    html = render(make_page(**{field: HOSTILE}))
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_hostile_text_in_rows_is_escaped(make_page: MakePage) -> None:
    page = make_page()
    names = {method.name: f"{method.name} {HOSTILE}" for method in page.methods}
    assert page.readiness is not None
    hostile = make_page(
        methods=tuple(dataclasses.replace(method, name=names[method.name]) for method in page.methods),
        champion=names[str(page.champion)],
        best_baseline=names[str(page.best_baseline)],
        gains=tuple(dataclasses.replace(gain, against=HOSTILE) for gain in page.gains),
        folds=tuple(dataclasses.replace(fold, chosen=HOSTILE, as_of=HOSTILE) for fold in page.folds),
        segments=tuple(dataclasses.replace(segment, segment=HOSTILE) for segment in page.segments),
        drivers=tuple(dataclasses.replace(driver, title=HOSTILE) for driver in page.drivers),
        leaks=tuple(dataclasses.replace(leak, test=HOSTILE, says=HOSTILE) for leak in page.leaks),
        notes=(HOSTILE, "line\u202eturned\x00"),
        readiness=dataclasses.replace(
            page.readiness,
            findings=tuple(
                dataclasses.replace(finding, problem=HOSTILE, example=HOSTILE, cure=HOSTILE)
                for finding in page.readiness.findings
            ),
        ),
        list_head=page.list_head.assign(customer_id=HOSTILE, reasons=HOSTILE, play=HOSTILE, owner=HOSTILE),
        language='en"><script>',
        currency=HOSTILE,
    )
    html = render(hostile)
    assert "<script" not in html
    assert "\u202e" not in html
    assert "\x00" not in html


def test_nothing_is_fetched(make_page: MakePage) -> None:
    html = render(make_page())
    addresses = re.findall(r"""(?:src|href|action|data)\s*=\s*["']([^"']*)""", html)
    assert {address for address in addresses if not address.startswith("#")} == {"data:,"}
    assert not re.findall(r"@import|url\((?!#)", html)
    assert not re.findall(r"""(?<!xmlns=")(?<!xmlns:xlink=")https?://""", html)


def test_tags_are_balanced_and_ids_unique(
    make_page: MakePage, rule_page: QualityPage, refused_page: QualityPage
) -> None:
    class Tags(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.stack: list[str] = []
            self.ids: list[str] = []

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.ids += [value or "" for name, value in attrs if name == "id"]
            if tag not in ("meta", "link"):
                self.stack.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert self.stack.pop() == tag

    for page in (make_page(), rule_page, refused_page):
        tags = Tags()
        tags.feed(render(page))
        assert tags.stack == []
        assert len(tags.ids) == len(set(tags.ids))


def test_direction_follows_the_language(make_page: MakePage) -> None:
    assert '<html lang="fa" dir="rtl">' in render(make_page(language="fa"))
    assert '<html lang="en" dir="ltr">' in render(make_page())


def test_a_persian_page_says_what_lower_rooms_said(persian_page: QualityPage) -> None:
    html = render(persian_page)
    said = words(html)
    for sentence in (
        "از هر ۱۰۰ تماس، حدود ۳۸ تماس به کسی می‌رسد که در آستانهٔ رفتن است (با تماس تصادفی: ۱۴)",
        "بهتر از بهترین قاعدهٔ ساده (لجستیک پنج‌ویژگی)",
        "هیچ فعالیتی در ۲۸ روزی که ۱ روز پس از تصمیم آغاز می‌شود",
        "۸۱ ویژگیِ ۲٬۴۶۹ مشتری در ۲۹ آبان ۱۳۹۶ تا آخرین بیت یکسان ماند",
        "میانگین، سطح",
        "با ۱۹ مشتری نباید تماس گرفت",
        "از ۱۵٬۹۱۲ سطر در ۸ تاریخ، در ۲٬۲۲۸ سطر رخ داده است",
        "ارزش در خطر (ریال)",
    ):
        assert sentence in said, sentence
    # In tables days are in figures, in sentences in words; the days of files stay in files.
    assert "۱۳۹۶/۰۸/۳۰" in said
    assert "بر پایهٔ داده‌ها تا ۲۹ آبان ۱۳۹۶" in said
    assert "2017" not in said
    # Names of columns and quoted values stand apart.
    assert "<code><bdi>سطر ۱۷: <bdi>order_id &#39;A-12&#39;</bdi></bdi></code>" in html


def test_names_are_in_the_order_of_the_readers_alphabet(persian_page: QualityPage) -> None:
    html = render(persian_page)
    table = html[html.index('id="segments"') :]
    rows = re.findall(r'<tr><th scope="row"><bdi>(.*?)</bdi>', table[: table.index("</table>")])
    # By code points گیلان would come last but one, and what is no segment of the company's own first.
    assert rows == ["تهران", "گیلان", "دیگر: ۱۲ بخش کوچک‌تر"]


def test_a_page_in_a_language_without_a_catalogue_is_english(make_page: MakePage) -> None:
    html = render(make_page(language="ar"))
    assert '<html lang="ar" dir="rtl">' in html
    assert "Yes. Call this list." in html


def test_a_page_that_contradicts_itself_is_not_made(make_page: MakePage) -> None:
    with pytest.raises(ValueError, match="add its MethodRow"):
        make_page(champion="nobody")
    with pytest.raises(ValueError, match="add its MethodRow"):
        make_page(best_baseline="nobody")
    with pytest.raises(ValueError, match="publishes no list"):
        make_page(grade="refused")
    with pytest.raises(ValueError, match="customer_id is required"):
        make_page(list_head=pd.DataFrame({"rank": [1]}))
    with pytest.raises(ValueError, match="stands twice"):
        make_page(methods=make_page().methods * 2)
