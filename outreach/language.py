"""The languages of the list: messages are written in English in the code, other languages are .po files in locale/.

A new language is one file, `outreach/locale/<language>/LC_MESSAGES/vafa.po`, made from `outreach/locale/vafa.pot`;
no code changes. `python -m outreach.language --check` tells whether the .pot still matches the code, `--write`
brings it up to date.
"""

from __future__ import annotations

import argparse
import io
import string
import sys
from collections.abc import Iterable
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po, write_po

DOMAIN = "vafa"
ROOM = Path(__file__).parent
FOLDER = ROOM / "locale"

#: English needs no catalogue: the messages are English.
ENGLISH = NullTranslations()

#: The calls whose texts are messages: gettext's own, and the two marks below.
KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "gettext": None,
    "ngettext": (1, 2),
    "marked": None,
    "marked_plural": (1, 2),
}

#: Written by hand instead of by Babel, whose header carries the time and its own version: the file must be the same
#: for the same code, on every machine and day.
POT_HEADER = """\
# The messages of Vafa, extracted from outreach/ by `python -m outreach.language --write`.
msgid ""
msgstr ""
"Project-Id-Version: vafa\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


def marked(text: str) -> str:
    """The text itself, marked as a message that is translated where it is used."""
    return text


def marked_plural(one: str, many: str) -> tuple[str, str]:
    """The two texts themselves, marked as a message with plural forms."""
    return one, many


def languages(folder: Path = FOLDER) -> tuple[str, ...]:
    """The languages that can be asked for, English first."""
    found = {path.parent.parent.name for path in folder.glob(f"*/LC_MESSAGES/{DOMAIN}.po")}
    return ("en", *sorted(found - {"en"}))


def translations(language: str, *, folder: Path = FOLDER) -> NullTranslations:
    """The catalogue of one language, read from its .po file. Messages that it lacks stay English.

    Raises ValueError for a language that is not there, and for a catalogue that cannot be read or whose
    translations name a placeholder that their message does not have: better now than in the middle of a night.
    """
    known = languages(folder)
    if language not in known:
        raise ValueError(
            f"there is no language {language!r}; there are: {', '.join(known)}. To add it, translate "
            f"{DOMAIN}.pot into {folder}/<language>/LC_MESSAGES/{DOMAIN}.po"
        )
    if language == "en":
        return ENGLISH
    path = folder / language / "LC_MESSAGES" / f"{DOMAIN}.po"
    try:
        with path.open("rb") as file:
            catalogue = read_po(file, locale=language, domain=DOMAIN, abort_invalid=True)
    except (PoFileError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is no valid catalogue: {error}. Correct it there") from error
    _check_placeholders(catalogue, path)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


def _check_placeholders(catalogue: Catalog, path: Path) -> None:
    for message in catalogue:
        if not message.id or not message.string or message.fuzzy:  # a fuzzy one is not used
            continue
        allowed = _placeholders(_texts(message.id))
        try:
            strange = _placeholders(_texts(message.string)) - allowed
        except ValueError as error:
            raise ValueError(f"{path}, {message.id!r}: a brace is not closed ({error}). Correct it there") from error
        if strange:
            raise ValueError(
                f"{path}, {message.id!r}: the translation names {sorted(strange)}, which the message does not have; "
                f"it has {sorted(allowed)}"
            )


def _texts(text: str | Iterable[str]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def _placeholders(texts: Iterable[str]) -> set[str]:
    return {name for text in texts for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def extract_messages(room: Path = ROOM) -> str:
    """The text of the .pot: every message of the room's Python files, sorted, without times or line numbers."""
    catalogue = Catalog(domain=DOMAIN, charset="utf-8")
    for path in sorted(room.rglob("*.py")):
        with path.open("rb") as file:
            for _, message, comments, context in extract("python", file, keywords=KEYWORDS):
                name = path.relative_to(room.parent).as_posix()
                catalogue.add(message, locations=[(name, 0)], auto_comments=comments, context=context)
    written = io.BytesIO()
    write_po(written, catalogue, width=0, sort_output=True, omit_header=True, include_lineno=False)
    return POT_HEADER + written.getvalue().decode("utf-8").strip() + "\n"


def main(arguments: list[str] | None = None, *, room: Path = ROOM) -> int:
    """0 when the .pot matches the code (or was just written), 1 when it does not."""
    parser = argparse.ArgumentParser(prog="python -m outreach.language", description="the .pot of the sentences")
    job = parser.add_mutually_exclusive_group(required=True)
    job.add_argument("--check", action="store_true", help="tell whether locale/vafa.pot matches the code")
    job.add_argument("--write", action="store_true", help="write locale/vafa.pot from the code")
    wanted = parser.parse_args(arguments)
    pot = room / "locale" / f"{DOMAIN}.pot"
    text = extract_messages(room)
    if wanted.write:
        pot.parent.mkdir(parents=True, exist_ok=True)
        pot.write_text(text, encoding="utf-8", newline="\n")
        return 0
    if pot.exists() and pot.read_bytes() == text.encode("utf-8"):
        return 0
    print(f"{pot} does not match the messages in the code; run: python -m outreach.language --write", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
