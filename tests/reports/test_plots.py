"""The plots: the same bytes, safe inside one page."""

from __future__ import annotations

import re

import matplotlib
import pytest

from outreach.language import translations
from reports.plots import CalibrationBin, LiftPoint, MonthPoint, calibration_plot, lift_plot, month_plot

POINTS = [LiftPoint(list_length=n, model=5 - n / 100, baseline=4 - n / 100) for n in (10, 100, 200)]
BINS = [CalibrationBin(predicted=0.1, observed=0.12, low=0.08, high=0.16, units=50)]


def both() -> list[str]:
    lift = lift_plot(POINTS, capacity=100, with_baseline=True, title="Lift")
    return [lift, calibration_plot(BINS, title="Calibration")]


def test_same_input_same_bytes_whatever_the_users_matplotlib_settings() -> None:
    before = both()
    with matplotlib.rc_context({"font.size": 20, "axes.facecolor": "red", "svg.fonttype": "none"}):
        assert both() == before


def test_persian_words_and_digits_are_texts_that_the_browser_joins() -> None:
    fa = translations("fa")
    lift = lift_plot(POINTS, capacity=100, with_baseline=True, title="x", words=fa)
    calibration = calibration_plot(BINS, title="x", words=fa)
    assert lift_plot(POINTS, capacity=100, with_baseline=True, title="x", words=fa) == lift
    texts = re.findall(r"<text [^>]*>([^<]*)</text>", lift + calibration)
    assert {"ظرفیت ۱۰۰", "شمار افراد فهرست", "احتمال پیش‌بینی‌شده", "۲×"} <= set(texts)
    assert not [text for text in texts if re.search("[0-9A-Za-z]", text)]
    assert "var(--sans)" in lift
    assert "<text" not in "".join(both()), "English ones are shapes: they look the same without the font"


def test_the_users_settings_are_left_as_they_were() -> None:
    with matplotlib.rc_context({"font.size": 20}):
        both()
        assert matplotlib.rcParams["font.size"] == 20


def test_ids_are_unique_in_a_page_and_references_meet_them() -> None:
    page = "".join(both())
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page) + re.findall(r"url\(#([^)]+)\)", page)) <= set(ids)


def test_svg_scales_has_a_name_and_takes_its_colours_from_the_page() -> None:
    for svg in both():
        head = svg[: svg.index(">")]
        assert "viewBox=" in head
        assert "width=" not in head
        assert 'role="img"' in head
        assert "<title>" in svg
        assert not set(re.findall(r"#[0-9a-f]{6}", svg)) - {"#000000", "#ffffff"}
        assert "var(--accent)" in svg


def test_a_title_cannot_break_out() -> None:
    assert "<script" not in calibration_plot(BINS, title='"><script>')


@pytest.mark.parametrize("capacity", [1, 100, 5000])
def test_any_capacity_and_a_single_point_can_be_drawn(capacity: int) -> None:
    assert lift_plot(POINTS[:1], capacity=capacity, with_baseline=False, title="Lift").endswith("</svg>")


def test_months_without_a_figure_break_the_line_and_the_running_one_is_hollow() -> None:
    points = [
        MonthPoint(label="2024-01", is_over=True, value=0.1, low=0.05, high=0.2),
        MonthPoint(label="2024-02", is_over=True),
        MonthPoint(label="2024-03", is_over=True, value=0.3, low=0.2, high=0.4),
        MonthPoint(label="2024-04", is_over=False, value=0.2, low=0.1, high=0.3),
    ]
    drawn = month_plot(points, name="churn", title="Churn <month by month>", written="{:.0%}".format)
    assert "<title>Churn &lt;month by month&gt;</title>" in drawn
    # Three figures have a dot and an interval; one dot has no inside.
    assert len(re.findall(r"<use [^>]*fill: var\(--accent\)", drawn)) == 2
    assert len(re.findall(r"<use [^>]*fill-opacity: 0;", drawn)) == 1
    bare = [MonthPoint(label="2024-01", is_over=True)]
    assert "<use" in month_plot(bare, name="churn", title="Churn", written="{:.0%}".format)
    assert month_plot(points, name="churn", title="x", written=str) == month_plot(
        points, name="churn", title="x", written=str
    )
