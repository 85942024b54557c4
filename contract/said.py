"""A sentence that a lower room makes and a person reads, in whatever language: its message and what is filled in.

Whoever makes the sentence knows no language: it writes `said("{rows} rows are late", rows=3)`. That is a str, the
English sentence, for logs, JSON and tests; and it keeps its parts, so that whoever shows it can say it in Persian.
`python -m outreach.language --write` finds the messages by these names (docs/persian.md).

The parts live as long as the value itself: what is made of it with an f-string, or kept in a column of pandas, is the
English text alone. `with_said` and `read_said` carry them through JSON.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Protocol

#: Added to a key of JSON for the parts of the sentence that stands under it.
BESIDE = "_said"


def marked(text: str) -> str:
    """The text itself, marked as a message that is translated where it is used."""
    return text


def marked_plural(one: str, many: str) -> tuple[str, str]:
    """The two texts themselves, marked as a message with forms for one and many."""
    return one, many


class Speaker(Protocol):
    """A language: its messages, and how figures, days, names and lists are written in it."""

    @property
    def comma(self) -> str:
        """What stands between the parts of a list."""

    def gettext(self, message: str) -> str: ...

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str: ...

    def figure(self, text: str) -> str:
        """A number that is written as English writes it."""

    def day(self, day: date) -> str:
        """A calendar day, where there is room."""

    def word(self, text: str) -> str:
        """A text that may be a message of ours, as the name of a rule; else a name."""

    def name(self, text: str) -> str:
        """What is called so in every language: a column, a key of vafa.toml, a word of the company's files."""


class _English:
    comma = ", "

    def gettext(self, message: str) -> str:
        return message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return msgid1 if n == 1 else msgid2

    def figure(self, text: str) -> str:
        return text

    def day(self, day: date) -> str:
        return day.isoformat()

    def word(self, text: str) -> str:
        return text

    def name(self, text: str) -> str:
        return text


class Name(str):
    """A text that stays as it is even where it is a word of ours: the column `orders`, the kind `return`."""


class Figure(str):
    """A number that is written already, as English writes it: 1,234.5 or -12%."""


class Said(str):
    """The English sentence, with the message and the values that it was made of.

    Values are numbers, figures, days, names, words, other sentences, and tuples of these. `many` is the message for
    more than one, by the value `number`. `{name!c}` begins the value with a capital letter, where the script has any.
    """

    message: str
    many: str | None
    values: Mapping[str, Any]

    def __new__(cls, message: str, values: Mapping[str, Any] | None = None, many: str | None = None) -> Said:
        # Numbers of numpy become Python's, which JSON can write.
        plain = {key: value.item() if hasattr(value, "item") else value for key, value in (values or {}).items()}
        made = super().__new__(cls, _worded(message, many, plain, _English()))
        made.message, made.many, made.values = message, many, plain
        return made

    def __getnewargs__(self) -> tuple[Any, ...]:
        return self.message, self.values, self.many

    def in_words(self, speaker: Speaker) -> str:
        """The sentence in that language."""
        return _worded(self.message, self.many, self.values, speaker)

    def as_dict(self) -> dict[str, Any]:
        """The parts as JSON can write them."""
        told: dict[str, Any] = {"message": self.message, "values": {k: _kept(v) for k, v in self.values.items()}}
        return told if self.many is None else {**told, "many": self.many}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Said:
        return cls(told["message"], {k: _read(v) for k, v in told["values"].items()}, told.get("many"))


def said(message: str, **values: Any) -> Said:
    """A sentence that can be said in every language."""
    return Said(message, values)


def said_plural(one: str, many: str, number: int, **values: Any) -> Said:
    """The same with forms for one and many: `{number}` is how many."""
    return Said(one, {"number": number, **values}, many)


def in_words(text: str, speaker: Speaker) -> str:
    """A text in that language: a sentence by its parts, any other text where it is itself a message."""
    return _Filled(speaker).format_field(text, "")


def with_said(told: Any) -> Any:
    """The same JSON, with the parts of every sentence beside it, under its key and `_said`."""
    if isinstance(told, Mapping):
        kept: dict[str, Any] = {}
        for key, value in told.items():
            kept[key] = with_said(value)
            if isinstance(value, Said):
                kept[f"{key}{BESIDE}"] = value.as_dict()
        return kept
    return [with_said(value) for value in told] if isinstance(told, list | tuple) else told


def read_said(told: Mapping[str, Any], key: str) -> str:
    """The sentence under that key; the bare English text where JSON was written without its parts."""
    parts = told.get(f"{key}{BESIDE}")
    return Said.from_dict(parts) if parts else told[key]


def _worded(message: str, many: str | None, values: Mapping[str, Any], speaker: Speaker) -> str:
    template = speaker.gettext(message) if many is None else speaker.ngettext(message, many, abs(values["number"]))
    return _Filled(speaker).vformat(template, (), values)


class _Ready(str):
    """A text that is in its language already."""


class _Filled(string.Formatter):
    """Fills a message in: every value as its language writes it."""

    def __init__(self, speaker: Speaker) -> None:
        self.speaker = speaker

    def convert_field(self, value: Any, conversion: Any) -> Any:
        if conversion != "c":
            return super().convert_field(value, conversion)
        text = self.format_field(value, "")
        return _Ready(text[:1].upper() + text[1:])

    def format_field(self, value: Any, format_spec: str) -> str:
        by_kind: tuple[tuple[Any, Callable[[], str]], ...] = (
            (_Ready, lambda: value),
            (Said, lambda: value.in_words(self.speaker)),
            (Figure, lambda: self.speaker.figure(value)),
            (Name, lambda: self.speaker.name(value)),
            (str, lambda: self.speaker.word(value)),
            (tuple | list, lambda: self.speaker.comma.join(self.format_field(one, format_spec) for one in value)),
            (date, lambda: self.speaker.day(value)),
        )
        for kind, write in by_kind:
            if isinstance(value, kind):
                return write()
        return self.speaker.figure(format(value, format_spec))


def _kept(value: Any) -> Any:
    if isinstance(value, Said):
        return value.as_dict()
    if isinstance(value, Figure | Name):
        return {type(value).__name__.lower(): str(value)}
    if isinstance(value, tuple | list):
        return [_kept(one) for one in value]
    return {"day": value.isoformat()} if isinstance(value, date) else value


def _read(value: Any) -> Any:
    if isinstance(value, Mapping):
        for kind in (Figure, Name):
            if kind.__name__.lower() in value:
                return kind(value[kind.__name__.lower()])
        return date.fromisoformat(value["day"]) if "day" in value else Said.from_dict(value)
    return tuple(_read(one) for one in value) if isinstance(value, list) else value
