"""The company's days: weeks that end with as_of, holidays, weekends."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest

from simulator.days import NOWRUZ, holidays_of, lay_out


def test_weeks_run_back_from_the_end() -> None:
    days = lay_out(months=12, calendar="gregorian", end=date(2026, 6, 30))
    assert days.as_of == date(2026, 7, 1)
    assert days.weeks == 52
    assert np.allclose(days.shares.sum(axis=1), 1)
    assert np.allclose(days.working_shares.sum(axis=1), 1)
    # The clock of Berlin is two hours ahead in summer, one in winter.
    assert days.end_seconds % 86_400 == 22 * 3600
    winter = days.midnights[days.start - days.first_midnight + 200]
    assert winter % 86_400 == 23 * 3600


def test_nowruz_is_a_tropical_year_apart() -> None:
    """A year of the Iranian calendar has 365 or 366 days, and four of them nearly 1461."""
    known = [NOWRUZ[year] for year in sorted(NOWRUZ)]
    assert {(later - sooner).days for sooner, later in pairwise(known)} == {365, 366}
    assert (known[-1] - known[0]).days == pytest.approx(365.2422 * (len(known) - 1), abs=1)


def test_the_holidays_of_iran() -> None:
    found = holidays_of("iranian", date(2025, 3, 1), date(2026, 2, 28))
    # 30 Esfand 1403 was a day of its own: 29 Esfand fell on March 19, the nationalisation of oil.
    wanted = [(2025, 3, 19), (2025, 3, 21), (2025, 3, 22), (2025, 3, 23), (2025, 3, 24), (2025, 4, 1), (2025, 4, 2)]
    wanted += [(2025, 6, 4), (2025, 6, 5), (2026, 2, 11)]
    assert found == tuple(date(*day) for day in wanted)
    with pytest.raises(ValueError, match="are known from 2011 to 2032"):
        holidays_of("iranian", date(2009, 1, 1), date(2009, 12, 31))


def test_the_weekend_of_iran_is_thursday_and_friday() -> None:
    days = lay_out(months=12, calendar="iranian", end=date(2026, 6, 30))
    monday = (days.as_of - timedelta(days=7 * days.weeks)).weekday()
    for place in range(7):
        weekday = (monday + place) % 7
        mean = days.working_shares[:, place].mean()
        assert (mean < 0.1) == (weekday in (3, 4)), weekday
