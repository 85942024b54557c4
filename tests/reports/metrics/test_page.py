"""The page as text, and the screen."""

from __future__ import annotations

import re
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from reports.metrics.definitions import METRICS
from reports.metrics.measure import Measured
from reports.metrics.page import MOST_PARTS, render
from reports.metrics.screen import to_screen
from tests.drawn import checked
from tests.reports.metrics.company import as_drawn, company
from tests.reports.metrics.conftest import measured_of


@pytest.fixture(scope="module")
def html(measured: Measured) -> str:
    return render(measured, company="Müller & <Söhne>", language="en")


def test_it_is_one_file_that_fetches_nothing_and_runs_nothing(html: str) -> None:
    assert not re.search(r"<script|\bsrc=|url\((?!#)|@import", html)
    assert "Müller &amp; &lt;Söhne&gt;" in html


def test_the_same_figures_give_the_same_bytes(html: str, measured: Measured) -> None:
    assert render(measured, company="Müller & <Söhne>", language="en") == html


def test_what_changed_stands_first(html: str) -> None:
    assert re.search(r'<h1 id="headline">Complaints rose by [\d.]+\.</h1>', html)
    assert "Segment خانواده drove it" in html
    assert '<span class="says worse">worse</span>' in html
    assert "April 2024</span> is not over" in html
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))


def test_every_metric_has_its_plot_and_its_definition(html: str) -> None:
    assert html.count('<svg class="plot"') == len(METRICS)
    for metric in METRICS.values():
        assert f"<dt>{metric.title}</dt>" in html


def test_quiet_months_and_few_customers_say_so(measured: Measured) -> None:
    """A survey that is not sent every month is shown as it last was, with that month."""
    figures = dict(measured.figures)
    months = list(figures["nps"].months)
    months[3] = None
    figures["nps"] = replace(figures["nps"], months=tuple(months))
    few = figures["csat"].months[3]
    assert few is not None
    months = list(figures["csat"].months)
    months[3] = replace(few, estimate=None, customers=12)
    figures["csat"] = replace(figures["csat"], months=tuple(months))
    html = render(replace(measured, figures=figures), company="x", language="en")
    overview = html[html.index('id="overview"') : html.index('id="customers"')]
    nps = overview[overview.index(">NPS<") :]
    assert nps.index("February 2024") < nps.index("</tr>")
    csat = overview[overview.index(">CSAT<") :]
    assert csat.index("too few") < csat.index("</tr>")


def test_a_wave_stands_beside_the_one_before_and_says_when_that_was(measured: Measured) -> None:
    (nps,) = (change for change in measured.changes if change.metric == "nps")
    waves = replace(measured, changes=(replace(nps, since=1, is_told=True),))
    html = render(waves, company="x", language="en")
    row = re.search(r"<tr><th[^>]*>NPS<.*?</tr>", html[html.index('id="overview"') :], re.S)
    assert row is not None
    assert measured.months[1].title in row.group()
    assert f"in {measured.months[1].title} to" in html
    printed = StringIO()
    to_screen(waves, Console(file=printed, width=80))
    assert f"({measured.months[1].key})" in printed.getvalue()
    assert max(map(len, printed.getvalue().splitlines())) <= 80


def test_the_screen_says_which_differences_may_be_chance(measured: Measured) -> None:
    printed = StringIO()
    to_screen(measured, Console(file=printed, width=80))
    assert printed.getvalue().count(" noise\n") == len(measured.changes) - len(measured.told)


def test_many_parts_are_cut_short(tmp_path: Path) -> None:
    tables = company()
    tables["contacts"]["team"] = [f"team {number % 20:02d}" for number in range(len(tables["contacts"]))]
    some = checked(tmp_path, customers=as_drawn(tables["customers"]), contacts=as_drawn(tables["contacts"]))
    html = render(measured_of(some, "2024-04-05", full=2), company="x", language="en")
    assert len(re.findall(r"<bdi>team \d\d</bdi>", html)) == MOST_PARTS
    assert f"and {20 - MOST_PARTS} smaller parts, in metrics.json" in html
    assert re.search("Without the table surveys these are not measured: NPS, .*Map it in vafa.toml", html)


def test_the_screen_fits_80_columns(measured: Measured) -> None:
    printed = StringIO()
    to_screen(measured, Console(file=printed, width=80))
    lines = printed.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert any(re.match(r"First-contact resolution +\d+\.\d% \d+\.\d%–\d+\.\d% +\d", line) for line in lines)
    assert any(line.startswith("Complaints rose by") for line in lines)
    assert any(line.rstrip().endswith("worse") for line in lines)


def test_long_names_of_months_fit_too(measured: Measured) -> None:
    from reports.metrics.months import months_to

    months = months_to(measured.as_of.replace(month=6, day=10), full=4, calendar="jalali")
    printed = StringIO()
    to_screen(
        replace(measured, months=(*months[:2], months[-2], months[-2], months[-1])), Console(file=printed, width=80)
    )
    assert "Ordibehesht" in printed.getvalue()
    assert max(map(len, printed.getvalue().splitlines())) <= 80
    assert "Gross revenue retention" in printed.getvalue()


def test_before_any_month_is_over(tmp_path: Path) -> None:
    orders = "customer_id | happened_at\n" + "\n".join(f"c{n} | 2024-03-20" for n in range(50))
    found = measured_of(checked(tmp_path, orders=orders, delay_hours=2000), "2024-04-05", full=2)
    assert found.last is None
    printed = StringIO()
    to_screen(found, Console(file=printed, width=80))
    assert printed.getvalue().startswith("No month is over yet")
    assert "There is no month to compare with yet." in render(found, company="x", language="en")
