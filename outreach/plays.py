"""Plays: the suggested action per reason group. Effort and attention come before discounts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pandas as pd

from contract.said import marked
from outreach.language import ENGLISH, Words

#: What to do where no reason dominates, or its group has no play.
OTHERWISE = marked("Call and ask how things are")

#: The group whose play goes before all others, wherever it stands among the reasons: whoever waits for a case to be
#: put right hears nothing else.
FIRST = "complaints"

#: What to do, by the group of the first reason.
DEFAULT_PLAYS: dict[str, str] = {
    "gone_quiet": marked("A call by the owner: ask what was missing and what would make the next visit easy"),
    "buys_less": marked("Call and ask what is bought elsewhere or no longer needed; offer help before a discount"),
    "spends_less": marked("Ask what has changed and offer what fits better now; a discount only if effort is not it"),
    "narrower": marked("Show something new from what used to be bought, with a small surprise"),
    "uses_less": marked("Offer help: go together through the part that is no longer used"),
    "quiet_before": marked("A short personal note by the owner with one useful thing; no pressure"),
    "contacts": marked("Read the last contacts, then call with a solution unasked; nobody tells the story twice"),
    "service": marked(
        "A call by the owner: say sorry for the trouble, settle the matter in one go, offer the direct number"
    ),
    "complaints": marked(
        "First see how the case stands: say sorry, put it right, then call and tell what was done; sell nothing now"
    ),
    "said": marked("Call and ask openly how it went, give thanks for every frank word, and tell what changes now"),
    "deliveries": marked("Say sorry for the delay, tell unasked how things stand, and name a day that will hold"),
    "renewal": marked("Go through plan and payments together before the renewal: a plan that fits, before a discount"),
    "returns": marked("Ask what was wrong with what came back, and put it right before being asked"),
    "new_or_old": marked("New: see that the first steps worked. Long with us: say thanks with a small surprise"),
    "times": marked("Call at the hours when the customer is usually there, and ask how things are"),
}


@dataclass(frozen=True, kw_only=True)
class Plays:
    """One text a reason group, and the text for all `otherwise`."""

    by_group: Mapping[str, str]
    otherwise: str


def plays(
    overrides: Mapping[str, str] | None = None,
    *,
    groups: Collection[str] = (),
    translations: Words = ENGLISH,
) -> Plays:
    """One text a reason group: ours in the language asked for, or the company's own from the settings, as written.

    `groups` names the groups that other families bring; they may be overridden too. Raises ValueError for an
    override of a group that does not exist, or without a text.
    """
    known = {*DEFAULT_PLAYS, *groups}
    own = dict(overrides or {})
    strange = sorted(set(own) - known)
    if strange:
        raise ValueError(f"plays: there is no reason group {strange[0]!r}; there are: {', '.join(sorted(known))}")
    blank = sorted(group for group, text in own.items() if not text.strip())
    if blank:
        raise ValueError(f"plays: the text for {blank[0]!r} is empty; write what to do, or leave the group out")
    ours = {group: translations.gettext(text) for group, text in DEFAULT_PLAYS.items()}
    return Plays(by_group=ours | own, otherwise=translations.gettext(OTHERWISE))


def suggest(reasons: pd.DataFrame, plays: Plays) -> pd.DataFrame:
    """One row a unit (unit_id, action), in the order of `reasons`: the play of the first reason's group, or that of
    cases and complaints where they are any of the reasons."""
    recovers = reasons.filter(regex=r"^group_\d$").isin([FIRST]).any(axis=1)
    groups = [FIRST if first else group for first, group in zip(recovers, reasons["group_1"], strict=True)]
    action = [plays.by_group.get(group, plays.otherwise) for group in groups]
    return pd.DataFrame({"unit_id": reasons["unit_id"].to_numpy(), "action": pd.Series(action, dtype="str")})
