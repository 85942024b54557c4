"""Reasons in words: at most three sentences a listed unit, raw numbers against the customer's own usual.

A sentence says what was seen, never that it is the cause: the numbers behind it are a model's contributions.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from contract.said import in_words, marked, marked_plural
from outreach.language import ENGLISH, Words

#: How many reasons a person can act on.
MOST = 3

#: A reason is listed when it carries this share of all that raises the risk,
LISTED_SHARE = 0.10

#: and only when at least one carries this share of everything, raising or lowering: else naming any would mislead.
DOMINANT_SHARE = 0.15

#: Shares are compared with this much grace, so that the last bits of a sum decide nothing.
GRACE = 1e-9

#: The targets at whose end a customer is gone. Before anything else that may come (half the spending, a complaint, a
#: label of the company's own) more activity than usual can stand as well as less.
LEAVING: tuple[str, ...] = ("inactivity", "contract_churn")

#: A wait that is shorter is no burden to anybody.
FELT_MINUTES = 1

#: So long after it, a rise of the price is no news; so long before it, neither is the renewal.
NEWS_DAYS = 91

#: And so long ago the last of something was, it is no reason to call today. Longer, because surveys are rare: asked
#: each quarter, who answers every other time is heard of twice a year.
LAST_NEWS_DAYS = 182

COLUMNS: tuple[str, ...] = (
    "unit_id",
    *(f"{what}_{number}" for what in ("reason", "group", "shows") for number in range(1, MOST + 1)),
)


@dataclass(frozen=True)
class Sentence:
    """How one column is said. `words` is one message, or two for one and many, with {number} and {days} (the window);
    a fact needs neither.

    `number` says what kind of number it is, `usual` how the customer's own usual follows: as plain numbers, as a gap
    between days of activity, as what was so far (left out where it is this very number, as after the first answer, or
    where it was worse: "3 of 5; usually 2" sounds like good news), or not at all where the column already speaks of the
    whole past.

    `worse` says which way is bad news, where one is: a number on the good side of the usual is no reason that a person
    would understand. `bad` are the lowest and the highest number that is bad news by itself, whatever is usual.
    `activity` says that less of it is bad news for those who leave only.
    """

    words: str | tuple[str, str]
    number: Literal["count", "days", "money", "share"]
    usual: Literal["numbers", "gap", "past", "none"] = "numbers"
    worse: Literal["less", "more"] | None = None
    bad: tuple[float, float] = (-math.inf, math.inf)
    activity: bool = False

    def tells_against(self, value: float, usual_low: float, usual_high: float, *, leaving: bool = True) -> bool:
        """Whether the number can stand as bad news: not better than usual, not just as ever where less is worse, and
        not "0" where more is."""
        if not self.bad[0] <= value <= self.bad[1]:
            return False
        if self.worse == "less":
            return (self.activity and not leaving) or not (value > usual_high or value == usual_low == usual_high)
        if self.worse == "more":
            return value > 0 and not value < usual_low
        return True

    def was_worse(self, value: float, usual: Sequence[float]) -> bool:
        """Whether some of what was so far lies further on the side that is bad news by itself."""
        low, high = (math.isfinite(bound) for bound in self.bad)
        return (high and any(past < value for past in usual)) or (low and any(past > value for past in usual))


#: What is said of a column, by its name without the window: `orders_last` speaks for orders_last_28d and any other.
SENTENCES: dict[str, Sentence] = {
    "days_since_last_activity": Sentence(
        marked_plural("Nothing for {number} day", "Nothing for {number} days"), "days", "gap", "more"
    ),
    "days_since_first_activity": Sentence(
        marked_plural("First seen {number} day ago", "First seen {number} days ago"), "days", "none"
    ),
    "orders_last": Sentence(
        marked_plural("{number} order in {days} days", "{number} orders in {days} days"),
        "count",
        worse="less",
        activity=True,
    ),
    "amount_last": Sentence(marked("Spent {number} in {days} days"), "money", worse="less", activity=True),
    "average_order_last": Sentence(marked("{number} an order on average"), "money"),
    "returns_last": Sentence(
        marked_plural("{number} return in {days} days", "{number} returns in {days} days"), "count", worse="more"
    ),
    "categories_last": Sentence(
        marked_plural("Bought in {number} category in {days} days", "Bought in {number} categories in {days} days"),
        "count",
    ),
    "channels_last": Sentence(
        marked_plural("Came through {number} channel in {days} days", "Came through {number} channels in {days} days"),
        "count",
    ),
    "contacts_last": Sentence(
        marked_plural("{number} contact in {days} days", "{number} contacts in {days} days"), "count", worse="more"
    ),
    "usage_days_last": Sentence(
        marked_plural("Used on {number} day of {days}", "Used on {number} days of {days}"),
        "count",
        worse="less",
        activity=True,
    ),
    "quiet_share": Sentence(
        marked("Quiet in {number} of all earlier {days}-day periods"), "share", "none", worse="more"
    ),
    "weekend_share_last": Sentence(marked("{number} of activity at weekends"), "share"),
    # Effort and waiting.
    "repeat_contacts_within_28d_last": Sentence(
        marked_plural(
            "Had to come back about the same thing {number} time in {days} days",
            "Had to come back about the same thing {number} times in {days} days",
        ),
        "count",
        worse="more",
    ),
    "channel_hops_last": Sentence(
        marked_plural(
            "Had to change the channel about one thing {number} time in {days} days",
            "Had to change the channel about one thing {number} times in {days} days",
        ),
        "count",
        worse="more",
    ),
    "transfers_last": Sentence(
        marked_plural("Passed on {number} time in {days} days", "Passed on {number} times in {days} days"),
        "count",
        worse="more",
    ),
    "average_wait_minutes_last": Sentence(
        marked_plural(
            "Waited {number} minute on average in {days} days", "Waited {number} minutes on average in {days} days"
        ),
        "count",
        worse="more",
        bad=(FELT_MINUTES, math.inf),
    ),
    "last_wait_minutes": Sentence(
        marked_plural("Waited {number} minute the last time", "Waited {number} minutes the last time"),
        "count",
        worse="more",
        bad=(FELT_MINUTES, math.inf),
    ),
    "long_waits_last": Sentence(
        marked_plural(
            "Waited longer than expected {number} time in {days} days",
            "Waited longer than expected {number} times in {days} days",
        ),
        "count",
        worse="more",
    ),
    "cases_without_response": Sentence(
        marked_plural(
            "{number} case waits too long for a first answer", "{number} cases wait too long for a first answer"
        ),
        "count",
        worse="more",
    ),
    # A guess: forms differ, but nobody calls three fifths of what is asked for a good outcome.
    "mean_outcome_last": Sentence(
        marked("Reviewed contacts came to {number} of 100 for the customer"), "count", bad=(-math.inf, 60)
    ),
    # Cases and complaints.
    "open_complaints": Sentence(
        marked_plural("{number} complaint is open", "{number} complaints are open"), "count", worse="more"
    ),
    "complaints_last": Sentence(
        marked_plural("{number} complaint in {days} days", "{number} complaints in {days} days"), "count", worse="more"
    ),
    "open_cases": Sentence(
        marked_plural("{number} request or complaint is open", "{number} requests or complaints are open"),
        "count",
        worse="more",
    ),
    # In the first week a case is being worked on.
    "oldest_open_case_days": Sentence(
        marked_plural("A case has been open for {number} day", "A case has been open for {number} days"),
        "days",
        bad=(7, math.inf),
    ),
    "cancellation_contacts_last": Sentence(
        marked_plural(
            "Asked about cancelling {number} time in {days} days",
            "Asked about cancelling {number} times in {days} days",
        ),
        "count",
        worse="more",
    ),
    "last_contact_unresolved": Sentence(
        marked("The last contact did not settle the matter"), "count", "none", worse="more"
    ),
    # What the customer said. Satisfied is from 4 of 5; detractors go to 6 of 10; effort is high from 5 of 7.
    "last_csat": Sentence(marked("Satisfaction {number} of 5 at the last survey"), "count", "past", bad=(-math.inf, 3)),
    "last_nps": Sentence(
        marked("Would recommend us: {number} of 10 at the last survey"), "count", "past", bad=(-math.inf, 6)
    ),
    "last_ces": Sentence(marked("Effort {number} of 7 at the last survey"), "count", "past", bad=(5, math.inf)),
    # A likelihood is no number for a person; half is where features/texts.py calls a text unhappy.
    "last_sentiment": Sentence(marked("The last text sounds unhappy"), "count", "none", bad=(0.5, math.inf)),
    "unhappy_share_last": Sentence(
        marked("{number} of texts in {days} days sound unhappy"), "share", "past", worse="more"
    ),
    "answered_share_last": Sentence(
        marked("Answered {number} of surveys in {days} days"), "share", "past", worse="less"
    ),
    # Deliveries.
    "overdue_orders": Sentence(
        marked_plural("{number} order overdue", "{number} orders overdue"), "count", worse="more"
    ),
    "late_share_last": Sentence(marked("{number} of deliveries late in {days} days"), "share", "past", worse="more"),
    "last_days_late": Sentence(
        marked_plural("The last order came {number} day late", "The last order came {number} days late"),
        "days",
        "none",
        bad=(1, math.inf),
    ),
    # Contract and payments.
    "failed_payments_last": Sentence(
        marked_plural("{number} failed payment in {days} days", "{number} failed payments in {days} days"),
        "count",
        worse="more",
    ),
    # A day of renewal that has passed is not said: the new period may only be entered late.
    "days_to_renewal": Sentence(
        marked_plural("Renews in {number} day", "Renews in {number} days"), "days", bad=(0, NEWS_DAYS)
    ),
    "days_since_last_price_rise": Sentence(
        marked_plural("The price rose {number} day ago", "The price rose {number} days ago"),
        "days",
        bad=(0, NEWS_DAYS),
    ),
    # This case. Answered or not: so long there was no answer; within a working day nobody is kept waiting.
    "case_response_hours": Sentence(
        marked_plural(
            "Without an answer about the case for {number} business hour",
            "Without an answer about the case for {number} business hours",
        ),
        "count",
        bad=(8, math.inf),
    ),
    "case_contacts": Sentence(
        marked_plural("{number} contact about the case", "{number} contacts about the case"), "count", bad=(2, math.inf)
    ),
    "case_transfers": Sentence(
        marked_plural("Passed on {number} time about the case", "Passed on {number} times about the case"),
        "count",
        worse="more",
    ),
    "case_longest_wait_minutes": Sentence(
        marked_plural("Waited up to {number} minute about the case", "Waited up to {number} minutes about the case"),
        "count",
        bad=(FELT_MINUTES, math.inf),
    ),
    "case_severity": Sentence(marked("Severity {number} of 5"), "count", bad=(3, math.inf)),
    "case_is_unresolved": Sentence(
        marked("The case was closed without what the customer wanted"), "count", "none", worse="more"
    ),
    "case_was_reopened": Sentence(marked("The case had to be opened again"), "count", "none", worse="more"),
    "case_is_complaint": Sentence(marked("The case is a complaint"), "count", "none", worse="more"),
    "case_sentiment": Sentence(marked("The text of the case sounds unhappy"), "count", "none", bad=(0.5, math.inf)),
}

#: Between three digits and three digits of a whole part.
_THOUSANDS = re.compile(r"(?<=\d)(?<!\.\d)(?<!\.\d\d)(?=(\d{3})+(?!\d))")

#: Currencies that have a name of their own in some language; others are shown by their letters.
CURRENCIES: tuple[str, ...] = (
    marked("IRR"),
    marked("IRT"),
    marked("USD"),
    marked("EUR"),
    marked("GBP"),
    marked("AED"),
    marked("TRY"),
    marked("AFN"),
)

_NUMBERS_OF_A_ROW = ("contribution", "value", "usual_low", "usual_high", "days_ago")

_WINDOW = re.compile(r"(?P<stem>.+)_(?P<days>\d+)d")


def reasons_in_words(
    contributions: pd.DataFrame,
    *,
    currency: str | None = None,
    descriptions: Mapping[str, str] | None = None,
    target: str | None = None,
    translations: Words = ENGLISH,
) -> pd.DataFrame:
    """One row a unit, in the order in which units first appear: unit_id, reason_1 to _3, group_1 to _3, shows_1 to _3
    (the column that is said).

    `contributions` has one row a unit, reason group and place: unit_id, group, contribution (log-odds, positive raises
    the risk; the same at every place), place (1 is the most telling), shows (the column to show, or null), value,
    usual_low, usual_high, days_ago (numbers, NaN where unknown). Reasons are the groups that raise the risk, largest
    first, equal ones by name; of each, the first place is said that tells against the customer. A group that has none
    (no column, unknown values, good news alone) counts in the shares but cannot be said, so it is not listed. Unused
    places are empty texts. With no dominant reason, reason_1 says so and all groups are empty.

    `descriptions` (column -> description) words the columns that have no sentence of their own: they are judged by
    nothing. `target` is the name of what is foreseen, without which it is that customers leave.

    Raises ValueError when a unit has the same group twice at a place.
    """
    twice = contributions.duplicated(["unit_id", "group", "place"])
    if twice.any():
        raise ValueError(
            f"contributions: {int(twice.sum())} rows repeat a unit, group and place; sum them into one row a unit, "
            "group and place"
        )
    told = contributions.astype(dict.fromkeys(_NUMBERS_OF_A_ROW, "float64"))
    told = told.assign(can_be_said=_can_be_said(told, leaving=target is None or target in LEAVING))
    rows: list[list[object]] = []
    for unit_id, places in told.groupby("unit_id", sort=False):
        chosen = _chosen(places)
        texts = [
            sentence(
                row["shows"],
                value=row["value"],
                usual_low=row["usual_low"],
                usual_high=row["usual_high"],
                days_ago=row["days_ago"],
                currency=currency,
                descriptions=descriptions,
                translations=translations,
            )
            for row in chosen.to_dict("records")
        ]
        names, shown = ([str(name) for name in chosen[column]] for column in ("group", "shows"))
        if not texts:
            texts = [translations.gettext("No dominant reason")]
        rows.append([unit_id, *_padded(texts), *_padded(names), *_padded(shown)])
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(dict.fromkeys(COLUMNS[1:], "str"))


def _padded(texts: list[str]) -> list[str]:
    return texts + [""] * (MOST - len(texts))


def _chosen(places: pd.DataFrame) -> pd.DataFrame:
    """The rows of one unit that become its reasons, in their order; none when no reason is dominant."""
    contribution = places.drop_duplicates("group")["contribution"].fillna(0.0)
    raising = places[places["can_be_said"] & (places["contribution"] > 0)]
    raising = raising.sort_values("place").drop_duplicates("group")
    raising = raising.sort_values(["contribution", "group"], ascending=[False, True])
    everything = float(contribution.abs().sum())
    if raising.empty or raising["contribution"].iloc[0] < (DOMINANT_SHARE - GRACE) * everything:
        return raising.head(0)
    all_raising = float(contribution.clip(lower=0.0).sum())
    return raising[raising["contribution"] >= (LISTED_SHARE - GRACE) * all_raising].head(MOST)


def _can_be_said(places: pd.DataFrame, *, leaving: bool) -> pd.Series:
    """By row: whether there is a number that can stand as a reason, by the sentence of its column."""
    told = []
    columns = ("shows", "value", "usual_low", "usual_high", "days_ago")
    for shows, value, low, high, days_ago in zip(*(places[name] for name in columns), strict=True):
        said = None if pd.isna(shows) else SENTENCES.get(_stem(str(shows))[0])
        is_there = not pd.isna(shows) and math.isfinite(value) and not days_ago > LAST_NEWS_DAYS
        told.append(is_there and (said is None or said.tells_against(value, low, high, leaving=leaving)))
    return pd.Series(told, index=places.index, dtype="bool")


def _stem(column: str) -> tuple[str, str]:
    """A column's name without the window, and the window's days."""
    window = _WINDOW.fullmatch(column)
    return (window["stem"], window["days"]) if window else (column, "")


def sentence(
    column: str,
    *,
    value: float,
    usual_low: float = math.nan,
    usual_high: float = math.nan,
    days_ago: float = math.nan,
    currency: str | None = None,
    descriptions: Mapping[str, str] | None = None,
    translations: Words = ENGLISH,
) -> str:
    """One sentence about one column of one customer: the number now, how long ago it came about where that is not now,
    and the customer's own usual where known.

    A column without a sentence of its own is said by its description, or else by its name.
    """
    stem, days = _stem(column)
    usual = sorted(number for number in (usual_low, usual_high) if math.isfinite(number))
    said = SENTENCES.get(stem)
    if said is None:
        description = (descriptions or {}).get(column) or column.replace("_", " ")
        plain = _shown(_decimal, translations)
        fact = translations.gettext("{description}: {number}").format(
            description=in_words(description, translations), number=plain(value)
        )
        return _with_numbers(fact, usual, plain, translations)

    english = _NUMBERS[said.number]
    plain = _percent(translations) if said.number == "share" else _shown(english, translations)
    if isinstance(said.words, str):
        words = translations.gettext(said.words)
    else:
        words = translations.ngettext(*said.words, _grammatical(english(value)))
    number = _money(value, currency, translations) if said.number == "money" else plain(value)
    fact = _dated(words.format(number=number, days=translations.figure(days)), days_ago, translations)
    if said.usual == "gap":
        return _with_gap(fact, value, usual, translations)
    if said.usual == "past" and ({plain(one) for one in usual} == {plain(value)} or said.was_worse(value, usual)):
        return fact
    return fact if said.usual == "none" else _with_numbers(fact, usual, plain, translations)


def _dated(fact: str, days_ago: float, words: Words) -> str:
    if not math.isfinite(days_ago):
        return fact
    days = round(days_ago)
    ago = words.ngettext("{fact} ({number} day ago)", "{fact} ({number} days ago)", days)
    return ago.format(fact=fact, number=words.figure(str(days)))


def _with_numbers(fact: str, usual: list[float], plain: Callable[[float], str], words: Words) -> str:
    """The fact, then the usual as one number or from one to another."""
    shown = list(dict.fromkeys(plain(number) for number in usual))
    if not shown:
        return fact
    if len(shown) == 1:
        return words.gettext("{fact}; usually {number}").format(fact=fact, number=shown[0])
    return words.gettext("{fact}; usually {low} to {high}").format(fact=fact, low=shown[0], high=shown[1])


def _with_gap(fact: str, value: float, usual: list[float], words: Words) -> str:
    """The fact, then how often the customer usually comes. Several times a day counts as every day."""
    if usual and value <= usual[-1]:
        # Among the customer's long gaps: beside their range the number would look like nothing.
        usual = usual[:1]
    shown = sorted({max(1, round(number)) for number in usual})
    if not shown:
        return fact
    figures = [words.figure(str(number)) for number in shown]
    if len(shown) == 1:
        every = words.ngettext("{fact}; usually every day", "{fact}; usually every {number} days", shown[0])
        return every.format(fact=fact, number=figures[0])
    every = words.ngettext(
        "{fact}; usually every {low} to {high} day", "{fact}; usually every {low} to {high} days", shown[1]
    )
    return every.format(fact=fact, low=figures[0], high=figures[1])


def _whole(number: float) -> str:
    return str(round(number))


def _decimal(number: float) -> str:
    """Whole where it is whole or large; one decimal below 10 (a usual of 0.4 orders is not 0), two below 0.1."""
    places = 0 if abs(number) >= 10 else 1 if abs(number) >= 0.1 else 2
    text = f"{number:.{places}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _amount(number: float) -> str:
    """Money: whole from 10 on, with cents below; nothing is "0"."""
    cents = f"{number:.2f}"
    if float(cents) == 0:
        return "0"
    return cents if abs(float(cents)) < 10 else f"{number:.0f}"


def _money(number: float, currency: str | None, words: Words) -> str:
    amount = _shown(_amount, words)(number)
    if not currency:
        return amount
    return words.gettext("{amount} {currency}").format(amount=amount, currency=words.word(currency))


def _percent(words: Words) -> Callable[[float], str]:
    # The sign stands in a message of its own: next to other words Babel takes it for a placeholder of the % kind.
    return lambda share: words.gettext("{number}%").format(number=words.figure(_percentage(share)))


def _shown(english: Callable[[float], str], words: Words) -> Callable[[float], str]:
    """The number as the language writes it. English reasons have no separators between thousands; elsewhere the digits
    of large sums run together."""
    if words.language == ENGLISH.language:
        return english
    return lambda number: words.figure(_THOUSANDS.sub(",", english(number)))


def _percentage(share: float) -> str:
    return _whole(100 * share)


_NUMBERS: dict[str, Callable[[float], str]] = {
    "count": _decimal,
    "days": _whole,
    "money": _amount,
    "share": _percentage,
}


def _grammatical(shown: str) -> int:
    """The whole number that the plural form goes by: the one that is shown. A broken number speaks as many do."""
    number = abs(float(shown))
    return int(number) if number.is_integer() else max(2, math.ceil(number))
