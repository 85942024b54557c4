"""One small company of each calendar, lived through once for all tests of the room."""

from __future__ import annotations

import pytest

from simulator.company import Simulated, simulate


@pytest.fixture(scope="session", params=["gregorian", "iranian"])
def company(request: pytest.FixtureRequest) -> Simulated:
    return simulate(customers=400, months=14, seed=3, calendar=request.param)


@pytest.fixture(scope="session")
def market() -> Simulated:
    """Large enough that shares and probabilities can be told from noise."""
    return simulate(customers=3000, months=14, seed=5)
