"""The made-up worlds are what they claim to be, and the page says what was measured."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from benchmarks.quality_nonresponse import MECHANISMS, TITLES, measure, section, world


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    return measure(worlds=2, seed=3)


def test_the_page_says_what_was_measured(found: dict[str, Any]) -> None:
    text = section(found)
    for mechanism in MECHANISMS:
        one = found["mechanisms"][mechanism]
        assert f"| {TITLES[mechanism]} | {one['published']} of 2 | {100 * one['error_naive']:.2f} |" in text
        assert f"| {100 * one['band_covers']:.1f}% | {one['width_ratio']:.2f} |" in text
    assert "2 worlds a mechanism of 3,000 customers" in text
    assert f"| {TITLES['silent']} | 6 | {found['mechanisms']['silent']['beyond'][1]['published']} |" in text


def test_what_is_measured_is_there_for_every_mechanism(found: dict[str, Any]) -> None:
    for mechanism in MECHANISMS:
        one = found["mechanisms"][mechanism]
        assert one["worlds"] == 2
        assert sum(part["worlds"] for part in one["by_strength"]) == 2
        assert 0 < one["width_ratio"] < 1
        assert one["says_it_cannot_know"] == 1


def test_without_published_rates_the_page_has_gaps_and_not_figures() -> None:
    bare = {"worlds": 1, "published": 0, "by_strength": [], "beyond": [], "straight": {"published": 0}}
    text = section({"worlds": 1, "customers": 3000, "gamma": 3.0, "mechanisms": dict.fromkeys(MECHANISMS, bare)})
    assert f"| {TITLES['silent']} | 0 of 1 |  |  |  |  |  |  |" in text


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_a_seed_is_a_world(mechanism: str) -> None:
    one, same, other = (world(mechanism, seed=(1, number)) for number in (1, 1, 2))
    assert one.rows.equals(same.rows)
    assert not one.rows.equals(other.rows)
    assert 0.10 <= one.truth <= 0.351
    assert 0.05 < one.rows.label.notna().mean() < 0.45


def test_the_dissatisfied_stay_silent_as_strongly_as_is_said() -> None:
    ratios = []
    for draw in range(10):
        one = world("silent", seed=(9, draw), strength=6.0)
        said = one.rows.label.mean()
        ratios.append((said / (1 - said)) / (one.truth / (1 - one.truth)))
    # Six times against those who stay silent; against all customers, some of whom answered, less.
    assert 1 / 6 < np.median(ratios) < 1 / 2.5


def test_the_features_alone_make_the_odds_ratio_that_is_said() -> None:
    for draw in range(5):
        one = world("features", seed=(8, draw), strength=2.0)
        answered = one.rows.label.notna().mean()
        angry = one.rows.label.sum() / len(one.rows) / one.truth
        content = (answered - angry * one.truth) / (1 - one.truth)
        ratio = (angry / (1 - angry)) / (content / (1 - content))
        assert max(ratio, 1 / ratio) == pytest.approx(one.strength, rel=0.3)
        assert one.strength == pytest.approx(2.0, rel=0.01)
