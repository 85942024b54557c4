"""Reasons: groups and numbers that add up to what the model said."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features.family import Feature
from models.baselines import fit_rule
from models.candidates import CANDIDATES, fit_candidate
from models.explain import COLUMNS, drivers, reasons
from models.learner import Fitted
from tests.drawn import rows
from tests.models.panels import FEATURES, QUICK, RECENCY, RULES, chosen, labelled_rows, what_rules_cannot_see


class Said:
    """A model that says what a test tells it to."""

    kind = "said"

    def __init__(self, parts: dict[str, list[float]]) -> None:
        self._parts = parts

    @property
    def columns(self) -> list[str]:
        return list(self._parts)

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        raise AssertionError("nobody asked")

    def contributions(self, frame: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame(self._parts, index=frame.index)

    def texts(self) -> dict[str, str]:
        raise AssertionError("nobody asked")


def feature(name: str, group: str, usual: tuple[str, str] | None = None) -> Feature:
    return Feature(name=name, description=name, unit="orders", group=group, usual=usual)


DRAWN = (
    feature("orders_last_28d", "buys_less", ("usual_low", "usual_high")),
    feature("orders_last_91d", "buys_less"),
    feature("days_to_renewal", "renewal"),
    feature("failed_payments_last_91d", "renewal"),
    feature("unheard_of_low", "unheard_of"),
    feature("unheard_of_high", "unheard_of"),
)


def test_columns_of_a_group_are_added_up_and_shown_with_what_is_usual() -> None:
    model: Fitted = Said(
        {
            "orders_last_28d": [0.5, -0.25],
            "orders_last_91d": [0.25, 0.125],
            "days_to_renewal": [0.5, 0.0],
            "unheard_of_low": [0.0, 0.0],
            "unheard_of_high": [-1.0, 2.0],
        }
    )
    listed = pd.DataFrame(
        {
            "unit_id": ["ann", "ben"],
            "orders_last_28d": [3.0, np.nan],
            "orders_last_91d": [9.0, 1.0],
            "days_to_renewal": [20.0, np.nan],
            "failed_payments_last_91d": [0.0, 2.0],
            "unheard_of_low": [1.0, 2.0],
            "unheard_of_high": [5.0, 6.0],
            "usual_low": [11.0, 0.0],
            "usual_high": [14.0, 2.0],
            "days_to_renewal_days_ago": [7.0, np.nan],
        },
        index=[7, 3],
    )
    before = listed.copy()
    found = reasons(model, listed, DRAWN)
    assert list(found.columns) == list(COLUMNS)
    # All declared columns of a group that are there stand in their order, whether or not the model looks at them; of a
    # group without one, the column that moves most.
    names = ("unit_id", "group", "contribution", "place", "shows", "value", "usual_low", "usual_high", "days_ago")
    assert rows(found) == [
        dict(zip(names, row, strict=True))
        for row in (
            ("ann", "buys_less", 0.75, 1, "orders_last_28d", 3.0, 11.0, 14.0, None),
            ("ben", "buys_less", -0.125, 1, "orders_last_28d", None, 0.0, 2.0, None),
            ("ann", "renewal", 0.5, 1, "failed_payments_last_91d", 0.0, None, None, None),
            ("ben", "renewal", 0.0, 1, "failed_payments_last_91d", 2.0, None, None, None),
            ("ann", "renewal", 0.5, 2, "days_to_renewal", 20.0, None, None, 7.0),
            ("ben", "renewal", 0.0, 2, "days_to_renewal", None, None, None, None),
            ("ann", "unheard_of", -1.0, 1, "unheard_of_high", 5.0, None, None, None),
            ("ben", "unheard_of", 2.0, 1, "unheard_of_high", 6.0, None, None, None),
        )
    ]
    pd.testing.assert_frame_equal(listed, before)
    shares = drivers(found)
    # A group with two columns to show moves no more than it does.
    assert shares.to_dict() == pytest.approx({"unheard_of": 24 / 35, "buys_less": 7 / 35, "renewal": 4 / 35})
    assert list(shares.index) == ["unheard_of", "buys_less", "renewal"]


@pytest.mark.parametrize("candidate", CANDIDATES)
def test_groups_of_every_candidate_add_up_to_its_contributions(candidate: str) -> None:
    frame = labelled_rows(what_rules_cannot_see)
    model = fit_candidate(frame, frame.label.to_numpy(), FEATURES, chosen(candidate, rounds=20), QUICK)
    listed = frame.iloc[:30]
    found = reasons(model, listed, FEATURES)
    places = found.drop_duplicates(["unit_id", "group"])
    assert len(places) == 30 * len({feature.group for feature in FEATURES})
    by_unit = places.groupby("unit_id").contribution.sum()
    expected = model.contributions(listed).sum(axis=1).set_axis(listed.unit_id)
    np.testing.assert_allclose(by_unit.loc[expected.index], expected, atol=1e-9)
    assert drivers(found).sum() == pytest.approx(1)
    assert drivers(found).index[0] == "buys_less"


def test_a_rule_speaks_for_one_group_and_raises_everyone_on_its_list() -> None:
    frame = labelled_rows(what_rules_cannot_see)
    listed = frame.nlargest(20, RECENCY)
    found = reasons(fit_rule(frame, RULES[0]), listed, FEATURES)
    assert set(found.group) == {"gone_quiet"}
    assert (found.contribution > 0).all()
    assert found.value.tolist() == listed[RECENCY].tolist()


def test_an_empty_list_has_no_reasons() -> None:
    frame = labelled_rows(what_rules_cannot_see)
    model = fit_candidate(frame, frame.label.to_numpy(), FEATURES, chosen("mean", rounds=5), QUICK)
    found = reasons(model, frame.iloc[:0], FEATURES)
    assert list(found.columns) == list(COLUMNS)
    assert found.empty
    assert drivers(found).empty


def test_a_model_that_tells_nobody_apart_has_no_drivers() -> None:
    model: Fitted = Said({"orders_last_28d": [0.0], "unheard_of_low": [0.0]})
    listed = pd.DataFrame({"unit_id": ["ann"], "orders_last_28d": [3.0], "unheard_of_low": [1.0]})
    assert drivers(reasons(model, listed, DRAWN)).to_dict() == {"buys_less": 0.0, "unheard_of": 0.0}
