"""What every page is made with: the templates' environment, and the words that templates call in one language.

A template writes `say("The list")`, `say_plural("{number} row", "{number} rows", n)`, `text | worded` for what may be a
sentence of ours, `n | number`, `share | percent(1)`, `"2026-11-23" | day`. All of it is escaped; a name that is foreign
to the language stands in a <bdi> of its own. English pages read as the messages do.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from contract.said import Figure, Said, in_words
from outreach.language import ENGLISH, Words
from outreach.persian import ISOLATE, POP_ISOLATE
from reports import wording
from reports.wording import printable

#: Stand for pieces of markup while the sentence around them is worded and escaped; no text has them (private use).
_PIECES = range(0xE000, 0xE0FF)


class PageWords:
    """One language on a page. What comes from outside cannot turn the reading direction of what stands beside it."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self.comma = words.comma
        self.is_english = words.language == ENGLISH.language

    def gettext(self, message: str) -> str:
        return self.words.gettext(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.words.ngettext(msgid1, msgid2, n)

    def figure(self, text: str) -> str:
        return self.words.figure(text)

    def word(self, text: str) -> str:
        return self.words.word(printable(text))

    def name(self, text: str) -> str:
        return self.words.name(printable(text))

    def day(self, day: date | str) -> str:
        """A day, or the text of one, where there is room; any other text as it is."""
        return self._day(day, self.words.day)

    def day_in_figures(self, day: date | str) -> str:
        """The same in a table."""
        return self._day(day, self.words.conventions.day_in_figures)

    def _day(self, day: date | str, write: Callable[[date], str]) -> str:
        if isinstance(day, date):
            return write(day)
        try:
            return day if self.is_english else write(date.fromisoformat(day))
        except ValueError:
            return day

    def plain(self, text: str) -> str:
        """A text of ours in this language, for a title or a label."""
        return in_words(text, self)

    def worded(self, text: str) -> Markup:
        """The same for the page."""
        return _marked_up(self.plain(text))

    def say(self, message: str, **values: Any) -> Markup:
        """A sentence of the template. Values may be pieces of markup."""
        return self._said(message, None, values)

    def say_plural(self, one: str, many: str, number: int, **values: Any) -> Markup:
        """The same with forms for one and many."""
        return self._said(one, many, {"number": number, **values})

    def _said(self, message: str, many: str | None, values: dict[str, Any]) -> Markup:
        pieces = {name: value for name, value in values.items() if isinstance(value, Markup)}
        signs = {name: chr(sign) for name, sign in zip(pieces, _PIECES, strict=False)}
        # A figure, because nothing is done to its letters.
        stands_for = {name: Figure(sign) for name, sign in signs.items()}
        text = str(_marked_up(Said(message, values | stands_for, many).in_words(self)))
        for name, piece in pieces.items():
            text = text.replace(signs[name], str(piece))
        return Markup(text)

    def number(self, number: int) -> str:
        return self.figure(f"{number:,}")

    def decimal(self, value: float | None, digits: int = 0, *, signed: bool = False) -> str:
        return self.figure(wording.decimal(value, digits, signed=signed))

    def percent(self, share: float | None, digits: int = 0) -> str:
        return self.plain(wording.share_said(share, digits))


def _marked_up(text: str) -> Markup:
    """Escaped; what is set apart by signs in plain text, by an element on a page."""
    return Markup(str(escape(text)).replace(ISOLATE, "<bdi>").replace(POP_ISOLATE, "</bdi>"))


def environment(page: PageWords) -> Environment:
    """Where templates are found, what they may call, and that all they print is escaped."""
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates", encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.globals |= {"say": page.say, "say_plural": page.say_plural}
    made.filters |= {
        "day": page.day,
        "day_in_figures": page.day_in_figures,
        "decimal": page.decimal,
        "number": page.number,
        "percent": page.percent,
        "plain": page.plain,
        "worded": page.worded,
    }
    return made
