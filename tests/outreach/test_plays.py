"""Suggested actions."""

from __future__ import annotations

import pandas as pd
import pytest

from features.groups import GROUPS
from outreach.plays import DEFAULT_PLAYS, OTHERWISE, OWN_DOING, PLAYS_OF_COLUMNS, plays, suggest


def drawn(**groups: list[str]) -> pd.DataFrame:
    """One row a unit, with the groups of its reasons; what is said of them has no play of its own."""
    rows = [[unit, *(names + [""] * 3)[:3], "", "", ""] for unit, names in groups.items()]
    names = [f"{what}_{number}" for what in ("group", "shows") for number in (1, 2, 3)]
    return pd.DataFrame(rows, columns=["unit_id", *names])


def test_action_follows_the_group_of_the_first_reason() -> None:
    reasons = drawn(b=["gone_quiet", "buys_less"], a=["buys_less"], c=[], d=["of_a_new_family"])
    actions = suggest(reasons, plays({"buys_less": "Ring the bell"}))
    assert actions.to_dict("split", index=False) == {
        "columns": ["unit_id", "action"],
        "data": [["b", DEFAULT_PLAYS["gone_quiet"]], ["a", "Ring the bell"], ["c", OTHERWISE], ["d", OTHERWISE]],
    }


def test_service_recovery_comes_first_wherever_it_stands() -> None:
    reasons = drawn(
        first=["complaints"],
        third=["gone_quiet", "service", "complaints"],
        none=["buys_less", "gone_quiet"],
    )
    before = reasons.copy()
    recovery, other = DEFAULT_PLAYS["complaints"], DEFAULT_PLAYS["buys_less"]
    assert suggest(reasons, plays())["action"].tolist() == [recovery, recovery, other]
    pd.testing.assert_frame_equal(reasons, before)


def test_what_we_did_to_them_says_better_what_to_do_than_what_they_do() -> None:
    reasons = drawn(
        late=["gone_quiet", "buys_less", "deliveries"],
        two=["quiet_before", "said", "service"],
        own=["times", "narrower"],
    )
    expected = [DEFAULT_PLAYS[group] for group in ("deliveries", "said", "times")]
    assert suggest(reasons, plays())["action"].tolist() == expected


@pytest.mark.parametrize(
    ("own", "overdue", "came_late"),
    [
        ({}, PLAYS_OF_COLUMNS["overdue_orders"], DEFAULT_PLAYS["deliveries"]),
        ({"overdue_orders": "Look where it is"}, "Look where it is", DEFAULT_PLAYS["deliveries"]),
        ({"deliveries": "Send a driver"}, "Send a driver", "Send a driver"),
        ({"deliveries": "Send a driver", "overdue_orders": "Look where it is"}, "Look where it is", "Send a driver"),
    ],
)
def test_what_is_still_to_come_and_what_came_late_want_different_things(
    own: dict[str, str], overdue: str, came_late: str
) -> None:
    reasons = drawn(waits=["gone_quiet", "deliveries"], has_it=["deliveries"])
    reasons.loc[0, "shows_2"] = "overdue_orders"
    reasons.loc[1, "shows_1"] = "last_days_late"
    assert suggest(reasons, plays(own))["action"].tolist() == [overdue, came_late]


def test_every_column_with_a_play_is_said_of_its_group() -> None:
    assert set(PLAYS_OF_COLUMNS) <= {name for group in GROUPS.values() for name in group.shows}


def test_every_group_has_a_play_of_its_own() -> None:
    assert set(DEFAULT_PLAYS) == {
        "gone_quiet", "buys_less", "spends_less", "narrower", "uses_less",
        "quiet_before", "contacts", "returns", "new_or_old", "times",
        "service", "complaints", "said", "deliveries", "renewal",
    }  # fmt: skip
    assert set(DEFAULT_PLAYS) == set(GROUPS)
    assert set(OWN_DOING) < set(GROUPS)
    assert len(set(DEFAULT_PLAYS.values()) | {OTHERWISE}) == len(DEFAULT_PLAYS) + 1


def test_group_of_a_new_family_can_be_given_a_play() -> None:
    own = plays({"effort": "Say sorry for the waiting"}, groups=["effort"])
    assert suggest(drawn(a=["effort"]), own)["action"].tolist() == ["Say sorry for the waiting"]


def test_unknown_group_and_empty_text_are_refused() -> None:
    with pytest.raises(ValueError, match=r"no play of 'gone_quite'; there are: buys_less, "):
        plays({"gone_quite": "Call"})
    with pytest.raises(ValueError, match="the text for 'times' is empty"):
        plays({"times": "  "})


def test_overriding_changes_no_default() -> None:
    before = dict(DEFAULT_PLAYS)
    plays({"times": "Call"})
    assert before == DEFAULT_PLAYS
