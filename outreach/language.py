"""The languages that people read: messages are written in English in the code, other languages are .po files in
locale/, and outreach/persian.py knows how Persian writes figures and days.

A new message needs no more than its mark where it is written: `said("{rows} rows are late", rows=3)` for a sentence,
`marked("Orders")` for a text in a table, `say("The list")` in a template. Descriptions of features, titles of reason
groups and the words of targets are messages by themselves. `python -m outreach.language --write` finds them all, writes
locale/vafa.pot and enters what is new, untranslated, into every catalogue; `--check` tells whether that was done.

A new language is one file, `outreach/locale/<language>/LC_MESSAGES/vafa.po`, made from `outreach/locale/vafa.pot`.
"""

from __future__ import annotations

import argparse
import io
import string
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po, write_po

from contract.said import Said
from outreach import persian

DOMAIN = "vafa"
ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "outreach" / "locale"
#: Where messages are written.
ROOMS: tuple[str, ...] = ("contract", "features", "labels", "models", "outreach", "reports", "pipelines")

#: The calls whose texts are messages: gettext's own, those of contract/said.py, and what templates call.
KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "gettext": None,
    "ngettext": (1, 2),
    "marked": None,
    "marked_plural": (1, 2),
    "said": None,
    "said_plural": (1, 2),
    "say": None,
    "say_plural": (1, 2),
}

#: Written by hand instead of by Babel, whose header carries the time and its own version: the file must be the same
#: for the same code, on every machine and day.
POT_HEADER = """\
# The messages of Vafa, extracted by `python -m outreach.language --write`.
msgid ""
msgstr ""
"Project-Id-Version: vafa\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


@dataclass(frozen=True, kw_only=True)
class Conventions:
    """How a language writes what is no message. Figures come in as English writes them.

    `day` is for sentences, `day_in_figures` for tables; `order` is a key to sort names by; `isolated` sets a foreign
    name apart in a sentence; `comma` stands between the parts of a list. `from_right` says which way it is written,
    `font` what a spreadsheet shows it in where its own would not do.
    """

    figure: Callable[[str], str] = str
    day: Callable[[date], str] = date.isoformat
    day_in_figures: Callable[[date], str] = date.isoformat
    order: Callable[[str], Any] = str
    isolated: Callable[[str], str] = str
    comma: str = ", "
    from_right: bool = False
    font: str | None = None


#: Of languages that write otherwise than English.
CONVENTIONS: dict[str, Conventions] = {
    "fa": Conventions(
        figure=persian.figure,
        day=persian.day_in_words,
        day_in_figures=persian.day_in_figures,
        order=persian.order,
        isolated=persian.isolated,
        comma="، ",
        from_right=True,
        # On every Windows and Mac, and with Persian letters and digits of its own.
        font="Tahoma",
    )
}


class Words(NullTranslations):
    """One language: its messages and its conventions. What has no translation stays English."""

    def __init__(self, language: str = "en", catalogue: NullTranslations | None = None) -> None:
        super().__init__()
        if catalogue is not None:
            self.add_fallback(catalogue)
        self.language = language
        self.conventions = CONVENTIONS.get(language, Conventions())

    @property
    def comma(self) -> str:
        return self.conventions.comma

    def figure(self, text: str) -> str:
        return self.conventions.figure(text)

    def day(self, day: date) -> str:
        return self.conventions.day(day)

    def word(self, text: str) -> str:
        """The text in this language where it is a message; else a name."""
        # The empty message is the catalogue's own header.
        worded = self.gettext(text) if text else ""
        return worded if worded != text else self.name(text)

    def name(self, text: str) -> str:
        """The text as it is, set apart from the sentence around it."""
        return self.conventions.isolated(text)


#: English needs no catalogue: the messages are English.
ENGLISH = Words()


def languages(folder: Path = FOLDER) -> tuple[str, ...]:
    """The languages that can be asked for, English first."""
    found = {path.parent.parent.name for path in folder.glob(f"*/LC_MESSAGES/{DOMAIN}.po")}
    return ("en", *sorted(found - {"en"}))


def translations(language: str, *, folder: Path = FOLDER) -> Words:
    """One language, its catalogue read from its .po file. Messages that it lacks stay English.

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
    path = _file_of(language, folder)
    catalogue = _catalogue(path, language)
    _check_placeholders(catalogue, path)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Words(language, GNUTranslations(compiled))


def _file_of(language: str, folder: Path) -> Path:
    return folder / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def _catalogue(path: Path, language: str) -> Catalog:
    try:
        with path.open("rb") as file:
            return read_po(file, locale=language, domain=DOMAIN, abort_invalid=True)
    except (PoFileError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is no valid catalogue: {error}. Correct it there") from error


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


def lacking(language: str, *, folder: Path = FOLDER, messages: Catalog | None = None) -> list[str]:
    """What the catalogue of a language lacks, one sentence a message: not translated, fuzzy, other placeholders in one
    of its forms (the form of one may leave out the number), or no message of ours any longer."""
    wanted = {_texts(message.id): message for message in messages or _messages(ROOT) if message.id}
    path = _file_of(language, folder)
    there = {_texts(message.id): message for message in _catalogue(path, language) if message.id}
    told = []
    for key in wanted:
        message = there.get(key)
        strings = _texts(message.string or "") if message else ()
        if message is None or not all(strings):
            told.append(f"{key[0]!r} is not translated")
        elif message.fuzzy:
            told.append(f"{key[0]!r} is fuzzy: read its translation, then remove the flag")
        else:
            # The number may stand as a word; everything else must be said in every form.
            needed = [_fields(text) for text in (*key, *strings)]
            if any(fields - {("number", "")} != needed[-1] - {("number", "")} for fields in needed):
                told.append(f"{key[0]!r} and its translation differ in what stands in braces")
    told += [f"{key[0]!r} is no message any longer: remove it" for key in there if key not in wanted]
    return told


def _fields(text: str) -> set[tuple[str, str]]:
    """What stands in braces, with its format."""
    return {(name, spec or "") for _, name, spec, _ in string.Formatter().parse(text) if name is not None}


def extract_messages(root: Path = ROOT) -> str:
    """The text of the .pot: every message of the rooms' Python files and templates and of what features, groups and
    targets declare, sorted, without times or line numbers."""
    return _pot(_messages(root))


def _pot(messages: Catalog) -> str:
    return POT_HEADER + _entries(messages)


def _entries(catalogue: Catalog) -> str:
    written = io.BytesIO()
    write_po(
        written,
        catalogue,
        width=0,
        sort_output=True,
        omit_header=True,
        include_lineno=False,
        ignore_obsolete=True,
    )
    return written.getvalue().decode("utf-8").strip() + "\n"


def _messages(root: Path) -> Catalog:
    catalogue = Catalog(domain=DOMAIN, charset="utf-8")
    methods: tuple[tuple[str, Any], ...] = (("*.py", "python"), ("*.j2", "jinja2.ext:babel_extract"))
    for room in ROOMS:
        for pattern, method in methods:
            for path in sorted((root / room).rglob(pattern)):
                with path.open("rb") as file:
                    for _, message, comments, context in extract(method, file, keywords=KEYWORDS, options=_JINJA):
                        name = path.relative_to(root).as_posix()
                        catalogue.add(message, locations=[(name, 0)], auto_comments=comments, context=context)
    for where, text in _declared():
        catalogue.add(text, locations=[(where, 0)])
    return catalogue


#: As the page's own environment reads them.
_JINJA = {"trimmed": "true", "trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}


def _declared() -> Iterator[tuple[str, str]]:
    """What is a message by being declared: where, and the text."""
    # Only here: they bring the engine along, which `vafa --help` need not wait for.
    from contract.catalogue import TABLES
    from features.catalogue import FAMILIES
    from features.groups import GROUPS
    from labels.catalogue import AMOUNTS, TARGETS, parameters_of

    for family in FAMILIES:
        for feature in family.features:
            yield from _texts_of(f"features/{family.name}.py", feature.description, feature.unit)
    for group in GROUPS.values():
        yield from _texts_of("features/groups.py", group.title)
    for name, made in (TARGETS | AMOUNTS).items():
        where = f"labels/{made.__name__}.py"
        yield where, name
        first, second = (made(**dict.fromkeys(parameters_of(name), days)) for days in (28, 29))
        rules = [rule.name for rule in first.rules]
        words = (first.title, first.meaning, first.outcome_says, *rules)
        if {text for _, text in _texts_of(where, *words)} != {
            text for _, text in _texts_of(where, second.title, second.meaning, second.outcome_says, *rules)
        }:
            raise ValueError(f"{where}: a number stands in a message; write it as said('... {{days}} ...', days=...)")
        yield from _texts_of(where, *words)
    for table in TABLES.values():
        # Those of columns that a cure speaks of (contract/staging.py).
        said_of = [column.meaning for column in table.columns if column.required or column.minimum is not None]
        yield from _texts_of(f"contract/tables/{table.name}.py", table.grain, *said_of)


def _texts_of(where: str, *texts: str) -> Iterator[tuple[str, str]]:
    """The messages of these texts: of a sentence made by `said`, the texts that are filled in."""
    for text in texts:
        if isinstance(text, Said):
            yield from _texts_of(where, *(value for value in text.values.values() if isinstance(value, str)))
        else:
            yield where, text


def _brought_up(language: str, messages: Catalog, folder: Path) -> str:
    """The catalogue of a language with every message: what is new waits for its translation, what is gone is left
    out."""
    path = _file_of(language, folder)
    catalogue = _catalogue(path, language)
    header = path.read_text(encoding="utf-8").partition("\n\n")[0]
    # Without guesses: a sentence that is nearly right reads as if somebody had written it.
    catalogue.update(messages, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    return header + "\n\n" + _entries(catalogue)


def main(arguments: Sequence[str] | None = None, *, root: Path = ROOT) -> int:
    """0 when the .pot and the catalogues hold the messages of the code (or were just written), 1 when not."""
    parser = argparse.ArgumentParser(prog="python -m outreach.language", description="the messages people read")
    job = parser.add_mutually_exclusive_group(required=True)
    job.add_argument("--check", action="store_true", help="tell whether locale/ has the messages of the code")
    job.add_argument("--write", action="store_true", help="write locale/ from the code, and tell what to translate")
    wanted = parser.parse_args(arguments)
    folder = root / "outreach" / "locale"
    messages = _messages(root)
    files = {folder / f"{DOMAIN}.pot": _pot(messages)}
    files |= {_file_of(name, folder): _brought_up(name, messages, folder) for name in languages(folder)[1:]}
    is_in_step = True
    for path, text in files.items():
        if wanted.write:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        elif not path.exists() or path.read_bytes() != text.encode("utf-8"):
            is_in_step = False
            cure = "run: python -m outreach.language --write"
            print(f"{path} does not match the messages in the code; {cure}", file=sys.stderr)
    for name in languages(folder)[1:]:
        for lack in lacking(name, folder=folder, messages=messages) if wanted.write or is_in_step else ():
            is_in_step = False
            print(f"{_file_of(name, folder)}: {lack}", file=sys.stderr)
    return 0 if wanted.write or is_in_step else 1


if __name__ == "__main__":
    sys.exit(main())
