"""Plays: the suggested action per reason group, or per column that speaks for one. Effort and attention come before
discounts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pandas as pd

from contract.said import marked
from features.groups import GROUPS
from outreach.language import ENGLISH, Words

#: What to do where no reason dominates, or its group has no play.
OTHERWISE = marked("Call and ask how things are")

#: The group whose play goes before all others, wherever it stands among the reasons: whoever waits for a case to be
#: put right hears nothing else.
FIRST = "complaints"

#: Groups that say only what the customer does. What we did to them tells better what to do now.
OWN_DOING: tuple[str, ...] = (
    "gone_quiet",
    "buys_less",
    "spends_less",
    "narrower",
    "uses_less",
    "quiet_before",
    "new_or_old",
    "times",
)

#: What to do, by reason group.
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
    "deliveries": marked(
        "Say sorry that it came late, ask whether all was well with it, and watch over the next delivery"
    ),
    "renewal": marked("Go through plan and payments together before the renewal: a plan that fits, before a discount"),
    "returns": marked("Ask what was wrong with what came back, and put it right before being asked"),
    "new_or_old": marked("New: see that the first steps worked. Long with us: say thanks with a small surprise"),
    "times": marked("Call at the hours when the customer is usually there, and ask how things are"),
}


#: What to do where this very column is said of the group.
PLAYS_OF_COLUMNS: dict[str, str] = {
    "overdue_orders": marked("Say sorry for the delay, tell unasked how things stand, and name a day that will hold"),
    "cases_without_response": marked("Answer the waiting case first, by a person with a name; then call"),
    "case_response_hours": marked("Answer the case now, by a person with a name, and say when it will be settled"),
    "cancellation_contacts_last_91d": marked(
        "Call soon: ask what made them think of leaving, and what would have to be different; no discount unasked"
    ),
    "last_ces": marked("Ask what took so much effort, do that part for the customer, and say what gets easier now"),
    "failed_payments_last_91d": marked(
        "Ask whether the payment details still hold, and settle it before anything is cut"
    ),
    "days_since_last_price_rise": marked("Tell what the new price pays for, and look together for a plan that fits"),
}


@dataclass(frozen=True, kw_only=True)
class Plays:
    """One text a reason group and, for some, a column; and the text for all `otherwise`."""

    by_group: Mapping[str, str]
    by_column: Mapping[str, str]
    otherwise: str

    def of(self, group: str, column: str) -> str:
        return self.by_column.get(column) or self.by_group.get(group, self.otherwise)


def plays(
    overrides: Mapping[str, str] | None = None,
    *,
    groups: Collection[str] = (),
    translations: Words = ENGLISH,
) -> Plays:
    """One text a reason group or column: ours in the language asked for, or the company's own from the settings, as
    written. A company's own play of a group stands above ours of its columns.

    `groups` names the groups that other families bring; they may be overridden too. Raises ValueError for an
    override of a group or column that does not exist, or without a text.
    """
    known = {*DEFAULT_PLAYS, *groups, *PLAYS_OF_COLUMNS}
    own = dict(overrides or {})
    strange = sorted(set(own) - known)
    if strange:
        raise ValueError(f"plays: there is no play of {strange[0]!r}; there are: {', '.join(sorted(known))}")
    blank = sorted(name for name, text in own.items() if not text.strip())
    if blank:
        raise ValueError(f"plays: the text for {blank[0]!r} is empty; write what to do, or leave it out")
    replaced = {name for group in own if group in GROUPS for name in GROUPS[group].shows}
    by_column = {
        column: translations.gettext(text) for column, text in PLAYS_OF_COLUMNS.items() if column not in replaced
    }
    ours = {group: translations.gettext(text) for group, text in DEFAULT_PLAYS.items()}
    return Plays(
        by_group=ours | {group: text for group, text in own.items() if group not in PLAYS_OF_COLUMNS},
        by_column=by_column | {column: text for column, text in own.items() if column in PLAYS_OF_COLUMNS},
        otherwise=translations.gettext(OTHERWISE),
    )


def suggest(reasons: pd.DataFrame, plays: Plays) -> pd.DataFrame:
    """One row a unit (unit_id, action), in the order of `reasons`: the play of cases and complaints where they are any
    of the reasons, else of the first reason that is not merely the customer's own doing, else of the first."""
    groups = reasons.filter(regex=r"^group_\d$").to_numpy()
    columns = reasons.filter(regex=r"^shows_\d$").to_numpy()
    places = [_place(list(names)) for names in groups]
    action = [plays.of(groups[row, place], columns[row, place]) for row, place in enumerate(places)]
    return pd.DataFrame({"unit_id": reasons["unit_id"].to_numpy(), "action": pd.Series(action, dtype="str")})


def _place(groups: list[str]) -> int:
    """Which of the reasons says what to do."""
    if FIRST in groups:
        return groups.index(FIRST)
    return next((place for place, group in enumerate(groups) if group and group not in OWN_DOING), 0)
