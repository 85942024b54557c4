"""Suggested actions."""

from __future__ import annotations

import pandas as pd
import pytest

from features.groups import GROUPS
from outreach.plays import DEFAULT_PLAYS, OTHERWISE, plays, suggest


def test_action_follows_the_group_of_the_first_reason() -> None:
    reasons = pd.DataFrame(
        {
            "unit_id": ["b", "a", "c", "d"],
            "group_1": ["gone_quiet", "buys_less", "", "of_a_new_family"],
            "group_2": ["buys_less", "", "", ""],
        }
    )
    actions = suggest(reasons, plays({"buys_less": "Ring the bell"}))
    assert actions.to_dict("split", index=False) == {
        "columns": ["unit_id", "action"],
        "data": [["b", DEFAULT_PLAYS["gone_quiet"]], ["a", "Ring the bell"], ["c", OTHERWISE], ["d", OTHERWISE]],
    }


def test_service_recovery_comes_first_wherever_it_stands() -> None:
    reasons = pd.DataFrame(
        {
            "unit_id": ["first", "third", "none"],
            "group_1": ["complaints", "gone_quiet", "buys_less"],
            "group_2": ["", "buys_less", "gone_quiet"],
            "group_3": ["", "complaints", ""],
        }
    )
    before = reasons.copy()
    recovery, other = DEFAULT_PLAYS["complaints"], DEFAULT_PLAYS["buys_less"]
    assert suggest(reasons, plays())["action"].tolist() == [recovery, recovery, other]
    pd.testing.assert_frame_equal(reasons, before)


def test_every_group_has_a_play_of_its_own() -> None:
    assert set(DEFAULT_PLAYS) == {
        "gone_quiet", "buys_less", "spends_less", "narrower", "uses_less",
        "quiet_before", "contacts", "returns", "new_or_old", "times",
        "service", "complaints", "said", "deliveries", "renewal",
    }  # fmt: skip
    assert set(DEFAULT_PLAYS) == set(GROUPS)
    assert len(set(DEFAULT_PLAYS.values()) | {OTHERWISE}) == len(DEFAULT_PLAYS) + 1


def test_group_of_a_new_family_can_be_given_a_play() -> None:
    own = plays({"effort": "Say sorry for the waiting"}, groups=["effort"])
    assert suggest(pd.DataFrame({"unit_id": ["a"], "group_1": ["effort"]}), own)["action"].tolist() == [
        "Say sorry for the waiting"
    ]


def test_unknown_group_and_empty_text_are_refused() -> None:
    with pytest.raises(
        ValueError, match=r"no reason group 'gone_quite'; there are: buys_less, complaints, contacts, deliveries"
    ):
        plays({"gone_quite": "Call"})
    with pytest.raises(ValueError, match="the text for 'times' is empty"):
        plays({"times": "  "})


def test_overriding_changes_no_default() -> None:
    before = dict(DEFAULT_PLAYS)
    plays({"times": "Call"})
    assert before == DEFAULT_PLAYS
