"""Ids: one to one, the same for the same seed, null where there is nothing to name."""

from __future__ import annotations

import numpy as np

from simulator.ids import opaque


def test_ids_are_one_to_one_and_repeatable() -> None:
    numbers = np.arange(200_000)
    found = opaque(numbers, prefix="c", seed=1)
    assert len(found.unique()) == len(numbers)
    assert found == opaque(numbers, prefix="c", seed=1)
    shuffled = numbers[::-1].copy()
    assert opaque(shuffled, prefix="c", seed=1).to_pylist() == found.to_pylist()[::-1]
    for other in (opaque(numbers, prefix="c", seed=2), opaque(numbers, prefix="o", seed=1)):
        assert not set(other.to_pylist()) & set(found.to_pylist())


def test_neighbours_are_no_neighbours() -> None:
    found = np.array([int(text[1:], 16) for text in opaque(np.arange(5000), prefix="o", seed=4).to_pylist()])
    assert abs(np.corrcoef(np.arange(5000), found)[0, 1]) < 0.06
    for digit in range(13):
        digits = (found >> (4 * digit)) & 15
        assert np.bincount(digits, minlength=16).min() > 200


def test_nothing_has_no_id() -> None:
    assert opaque(np.array([3, -1]), prefix="q", seed=1).is_null().to_pylist() == [False, True]
