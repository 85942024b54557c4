"""Reasons in words: at most three sentences a listed unit, raw numbers against the customer's own usual.

A sentence says what was seen, never that it is the cause: the numbers behind it are a model's contributions.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
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

COLUMNS: tuple[str, ...] = ("unit_id", "reason_1", "reason_2", "reason_3", "group_1", "group_2", "group_3")


@dataclass(frozen=True)
class Sentence:
    """How one column is said. `words` is one message, or two for one and many, with {number} and {days} (the window).

    `number` says what kind of number it is, `usual` how the customer's own usual follows: as plain numbers, as a
    gap between days of activity, or not at all where the column already speaks of the whole past. `worse` says which
    way is bad news, where one is: a number on the good side of the usual is no reason that a person would understand.
    """

    words: str | tuple[str, str]
    number: Literal["count", "days", "money", "share"]
    usual: Literal["numbers", "gap", "none"] = "numbers"
    worse: Literal["less", "more"] | None = None

    def tells_against(self, value: float, usual_low: float, usual_high: float) -> bool:
        """Whether the number can stand as bad news: not better than usual, and not "0" where less is better."""
        if self.worse == "less":
            return not value > usual_high
        if self.worse == "more":
            return value > 0 and not value < usual_low
        return True


#: What is said of a column, by its name without the window: `orders_last` speaks for orders_last_28d and any other.
SENTENCES: dict[str, Sentence] = {
    "days_since_last_activity": Sentence(
        marked_plural("Nothing for {number} day", "Nothing for {number} days"), "days", "gap", "more"
    ),
    "days_since_first_activity": Sentence(
        marked_plural("First seen {number} day ago", "First seen {number} days ago"), "days", "none"
    ),
    "orders_last": Sentence(
        marked_plural("{number} order in {days} days", "{number} orders in {days} days"), "count", worse="less"
    ),
    "amount_last": Sentence(marked("Spent {number} in {days} days"), "money", worse="less"),
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
        marked_plural("Used on {number} day of {days}", "Used on {number} days of {days}"), "count", worse="less"
    ),
    "quiet_share": Sentence(
        marked("Quiet in {number} of all earlier {days}-day periods"), "share", "none", worse="more"
    ),
    "weekend_share_last": Sentence(marked("{number} of activity at weekends"), "share"),
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

_WINDOW = re.compile(r"(?P<stem>.+)_(?P<days>\d+)d")


def reasons_in_words(
    contributions: pd.DataFrame,
    *,
    currency: str | None = None,
    descriptions: Mapping[str, str] | None = None,
    translations: Words = ENGLISH,
) -> pd.DataFrame:
    """One row a unit, in the order in which units first appear: unit_id, reason_1 to _3, group_1 to _3.

    `contributions` has one row a unit and reason group: unit_id, group, contribution (log-odds, positive raises the
    risk), shows (the column to show, or null), value, usual_low, usual_high (numbers, NaN where unknown). Reasons
    are those that raise the risk, largest first, equal ones by group name. A group that has nothing to show (no
    column, or an unknown value) counts in the shares but cannot be said, so it is not listed. Unused places are
    empty texts. With no dominant reason, reason_1 says so and all groups are empty.

    `descriptions` (column -> description) words the columns that have no sentence of their own.

    Raises ValueError when a unit has the same group twice.
    """
    twice = contributions.duplicated(["unit_id", "group"])
    if twice.any():
        raise ValueError(
            f"contributions: {int(twice.sum())} rows repeat a unit and group; sum them into one row a unit and group"
        )
    rows: list[list[object]] = []
    for unit_id, groups in contributions.groupby("unit_id", sort=False):
        chosen = _chosen(groups)
        texts = [
            sentence(
                row["shows"],
                value=row["value"],
                usual_low=row["usual_low"],
                usual_high=row["usual_high"],
                currency=currency,
                descriptions=descriptions,
                translations=translations,
            )
            for row in chosen.to_dict("records")
        ]
        names = [str(group) for group in chosen["group"]]
        if not texts:
            texts = [translations.gettext("No dominant reason")]
        rows.append([unit_id, *_padded(texts), *_padded(names)])
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(dict.fromkeys(COLUMNS[1:], "str"))


def _padded(texts: list[str]) -> list[str]:
    return texts + [""] * (MOST - len(texts))


def _chosen(groups: pd.DataFrame) -> pd.DataFrame:
    """The rows of one unit that become its reasons, in their order; none when no reason is dominant."""
    groups = groups.astype(dict.fromkeys(("contribution", "value", "usual_low", "usual_high"), "float64"))
    contribution = groups["contribution"].fillna(0.0)
    can_be_said = groups["shows"].notna() & groups["value"].abs().lt(math.inf) & _tells_against(groups)
    raising = groups[can_be_said & (contribution > 0)]
    raising = raising.sort_values(["contribution", "group"], ascending=[False, True])
    everything = float(contribution.abs().sum())
    if raising.empty or raising["contribution"].iloc[0] < (DOMINANT_SHARE - GRACE) * everything:
        return raising.head(0)
    all_raising = float(contribution.clip(lower=0.0).sum())
    return raising[raising["contribution"] >= (LISTED_SHARE - GRACE) * all_raising].head(MOST)


def _tells_against(groups: pd.DataFrame) -> pd.Series:
    """By row: whether its number can stand as a reason, by the sentence of its column."""
    told = []
    for row in groups.to_dict("records"):
        said = SENTENCES.get(_stem(str(row["shows"]))[0])
        told.append(said is None or said.tells_against(row["value"], row["usual_low"], row["usual_high"]))
    return pd.Series(told, index=groups.index, dtype="bool")


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
    currency: str | None = None,
    descriptions: Mapping[str, str] | None = None,
    translations: Words = ENGLISH,
) -> str:
    """One sentence about one column of one customer: the number now, and the customer's own usual where known.

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
    fact = words.format(number=number, days=translations.figure(days))
    if said.usual == "gap":
        return _with_gap(fact, usual, translations)
    return _with_numbers(fact, usual, plain, translations) if said.usual == "numbers" else fact


def _with_numbers(fact: str, usual: list[float], plain: Callable[[float], str], words: Words) -> str:
    """The fact, then the usual as one number or from one to another."""
    shown = list(dict.fromkeys(plain(number) for number in usual))
    if not shown:
        return fact
    if len(shown) == 1:
        return words.gettext("{fact}; usually {number}").format(fact=fact, number=shown[0])
    return words.gettext("{fact}; usually {low} to {high}").format(fact=fact, low=shown[0], high=shown[1])


def _with_gap(fact: str, usual: list[float], words: Words) -> str:
    """The fact, then how often the customer usually comes. Several times a day counts as every day."""
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
