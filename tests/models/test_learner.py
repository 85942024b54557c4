"""Log-odds and probabilities, there and back."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.learner import log_odds, probability_of


@given(st.floats(1e-9, 1 - 1e-9))
def test_there_and_back(probability: float) -> None:
    np.testing.assert_allclose(probability_of(log_odds(np.array([probability]))), [probability], rtol=1e-6)


def test_certainty_is_finite_and_far_odds_are_certain() -> None:
    assert np.isfinite(log_odds(np.array([0.0, 1.0]))).all()
    with np.errstate(all="raise"):
        assert probability_of(np.array([-700.0, 0.0, 700.0])).round(9).tolist() == [0.0, 0.5, 1.0]
        assert probability_of(np.array([1e6])).tolist() == [1.0]
