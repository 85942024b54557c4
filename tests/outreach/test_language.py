"""The languages of the list."""

from __future__ import annotations

import re
import shutil
import string
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from babel.messages.pofile import read_po

from contract.said import said, said_plural
from features.catalogue import FAMILIES
from features.groups import GROUPS
from outreach import language
from outreach.language import FOLDER, ROOMS, ROOT, extract_messages, lacking, languages, main, translations
from outreach.plays import DEFAULT_PLAYS, OTHERWISE, plays
from outreach.reasons import SENTENCES, reasons_in_words, sentence

HEADER = """\
msgid ""
msgstr ""
"Language: fa\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\\n"

"""

PERSIAN = """\
msgid "Nothing for {number} day"
msgid_plural "Nothing for {number} days"
msgstr[0] "یک روز بی‌خبر"
msgstr[1] "{number} روز بی‌خبر"

msgid "{fact}; usually every {low} to {high} day"
msgid_plural "{fact}; usually every {low} to {high} days"
msgstr[0] "{fact}؛ معمولاً هر روز"
msgstr[1] "{fact}؛ معمولاً هر {low} تا {high} روز"

msgid "No dominant reason"
msgstr "دلیل غالبی نیست"

msgid "Call and ask how things are"
msgstr "زنگ بزنید و حال بپرسید"

msgid "Longest wait, seconds"
msgstr "درازترین انتظار، ثانیه"

#, fuzzy
msgid "{number} order in {days} days"
msgid_plural "{number} orders in {days} days"
msgstr[0] "{nonsense}"
msgstr[1] "{nonsense}"
"""


def catalogue(folder: Path, text: str, name: str = "fa") -> Path:
    path = folder / name / "LC_MESSAGES" / "vafa.po"
    path.parent.mkdir(parents=True)
    path.write_text(HEADER + text, encoding="utf-8")
    return folder


def test_english_needs_no_catalogue() -> None:
    assert languages()[0] == "en"
    assert translations("en").gettext("No dominant reason") == "No dominant reason"


def test_persian_comes_by_a_file_alone(tmp_path: Path) -> None:
    fa = translations("fa", folder=catalogue(tmp_path, PERSIAN))

    def said(value: float, **usual: float) -> str:
        return sentence("days_since_last_activity", value=value, **usual, translations=fa)

    assert said(34, usual_low=6, usual_high=9) == "۳۴ روز بی‌خبر؛ معمولاً هر ۶ تا ۹ روز"
    assert said(1) == "یک روز بی‌خبر"
    assert plays(translations=fa).otherwise == "زنگ بزنید و حال بپرسید"
    wait = {"wait": "Longest wait, seconds"}
    assert sentence("wait", value=5, descriptions=wait, translations=fa) == "درازترین انتظار، ثانیه: ۵"
    nothing = pd.DataFrame(
        {"unit_id": ["u"], "group": ["a"], "contribution": [-1.0], "shows": ["orders_last_28d"], "value": [1.0]}
    ).assign(place=1, usual_low=float("nan"), usual_high=float("nan"), days_ago=float("nan"))
    assert reasons_in_words(nothing, translations=fa)["reason_1"].tolist() == ["دلیل غالبی نیست"]


def test_what_is_not_translated_or_fuzzy_stays_english(tmp_path: Path) -> None:
    fa = translations("fa", folder=catalogue(tmp_path, PERSIAN))
    assert sentence("orders_last_28d", value=3, translations=fa) == "۳ orders in ۲۸ days"


def test_unknown_language_names_those_that_exist(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no language 'de'; there are: en, fa\."):
        translations("de", folder=catalogue(tmp_path, PERSIAN))
    with pytest.raises(ValueError, match=r"no language '\.\./fa'"):
        translations("../fa", folder=tmp_path)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('msgid "{number} of activity at weekends"\nmsgstr "{count} !"\n', r"names \['count'\]"),
        ('msgid "{number} of activity at weekends"\nmsgstr "{number !"\n', "a brace is not closed"),
        ('msgid "a"\nnonsense\n', "no valid catalogue"),
    ],
)
def test_catalogue_that_would_break_a_night_is_refused_when_read(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        translations("fa", folder=catalogue(tmp_path, text))


def test_pot_holds_every_sentence_and_play() -> None:
    pot = extract_messages()
    for one in SENTENCES.values():
        for text in (one.words,) if isinstance(one.words, str) else one.words:
            assert f'"{text}"' in pot
    for text in (*DEFAULT_PLAYS.values(), OTHERWISE, "No dominant reason", "{fact}; usually {low} to {high}"):
        assert f'"{text}"' in pot
    assert "Date" not in pot


def test_pot_holds_what_lower_rooms_and_templates_say_and_what_is_declared() -> None:
    pot = extract_messages()
    for room, text in (
        ("contract", "exact duplicate rows, dropped"),
        ("labels", "Partial churn"),
        ("models", "a rule claims no probabilities"),
        ("pipelines", "no interval"),
        ("reports", "Is the list worth calling?"),
        *(("features/groups.py", group.title) for group in GROUPS.values()),
        *(("features", feature.unit) for family in FAMILIES for feature in family.features),
    ):
        assert f'"{text}"' in pot, room
    # Once a measure, not once a window.
    assert 'msgid "days with activity"' in pot
    assert "days with activity in the last 182 days" not in pot


def test_pot_of_the_repository_matches_the_code() -> None:
    pot = (FOLDER / "vafa.pot").read_text(encoding="utf-8")
    assert pot == extract_messages(), "messages were added or changed; run: python -m outreach.language --write"


@pytest.mark.parametrize("name", languages()[1:])
def test_every_language_says_everything(name: str) -> None:
    lacks = lacking(name)
    assert not lacks, (
        f"{FOLDER}/{name}/LC_MESSAGES/vafa.po lacks {len(lacks)} messages. Run python -m outreach.language --write, "
        "which enters new ones there with an empty msgstr, then translate these (docs/persian.md):\n" + "\n".join(lacks)
    )


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The rooms without their tests, to write into."""
    for room in ROOMS:
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    main(["--write"], root=tmp_path)
    return tmp_path


def persian_of(root: Path) -> Path:
    return root / "outreach" / "locale" / "fa" / "LC_MESSAGES" / "vafa.po"


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("models/new.py", 'A = marked("A sentence of tomorrow")\n'),
        ("contract/new.py", 'A = said("A sentence of tomorrow", rows=3)\n'),
        ("reports/templates/new.html.j2", '<p>{{ say("A sentence of tomorrow") }}</p>\n'),
    ],
)
def test_check_finds_a_new_message_write_enters_it_and_its_translation_is_asked_for(
    file: str, text: str, copied: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (copied / file).write_text(text, encoding="utf-8")
    capsys.readouterr()
    assert main(["--check"], root=copied) == 1
    assert "python -m outreach.language --write" in capsys.readouterr().err
    assert main(["--write"], root=copied) == 0
    assert "'A sentence of tomorrow' is not translated" in capsys.readouterr().err
    assert main(["--check"], root=copied) == 1
    assert "'A sentence of tomorrow' is not translated" in capsys.readouterr().err
    pot, persian = copied / "outreach" / "locale" / "vafa.pot", persian_of(copied)
    assert "A sentence of tomorrow" in pot.read_text(encoding="utf-8")
    empty = 'msgid "A sentence of tomorrow"\nmsgstr ""'
    assert persian.read_text(encoding="utf-8").count(empty) == 1
    written = pot.read_bytes(), persian.read_bytes()
    assert main(["--write"], root=copied) == 0
    assert (pot.read_bytes(), persian.read_bytes()) == written


@pytest.mark.parametrize(
    ("old", "new", "lack"),
    [
        ('msgstr "{number}٪"', 'msgstr ""', "'{number}%' is not translated"),
        ('msgstr "{number}٪"', 'msgstr "٪"', None),
        ('msgid "The list"', '#, fuzzy\nmsgid "The list"', "'The list' is fuzzy"),
        ('msgstr "{candidate} {loss:.4f}"', 'msgstr "{candidate} {loss}"', "differ in what stands in braces"),
        ('msgstr "{candidate} {loss:.4f}"', 'msgstr "{candidate}"', "differ in what stands in braces"),
        ('msgid "The list"', 'msgid "The lists"', "'The lists' is no message any longer"),
    ],
)
def test_what_a_catalogue_lacks_is_told(old: str, new: str, lack: str | None, tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path, dirs_exist_ok=True)
    before = lacking("fa", folder=tmp_path)
    file = tmp_path / "fa" / "LC_MESSAGES" / "vafa.po"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    found = [told for told in lacking("fa", folder=tmp_path) if told not in before]
    assert any(lack in told for told in found) if lack else not found


def test_a_target_with_a_number_in_its_words_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from labels import catalogue
    from labels.inactivity import inactivity

    def careless(*, active_days: int, horizon_days: int, gap_days: int) -> object:
        made = inactivity(active_days=active_days, horizon_days=horizon_days, gap_days=gap_days)
        return replace(made, meaning=f"no activity in {horizon_days} days")

    monkeypatch.setitem(catalogue.TARGETS, "inactivity", careless)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="a number stands in a message"):
        extract_messages()


def persian_texts() -> list[str]:
    with persian_of(ROOT).open("rb") as file:
        catalogue = read_po(file, locale="fa")
    strings = [message.string for message in catalogue if message.id]
    return [text for one in strings for text in ([one] if isinstance(one, str) else one or ())]


def test_persian_is_spelled_with_persian_letters_and_digits() -> None:
    texts = persian_texts()
    assert len(texts) > 300
    for text in texts:
        spoken = "".join(literal for literal, _, _, _ in string.Formatter().parse(text))
        assert not re.search("[يكىة٠-٩]", spoken), text
        assert not re.search("[0-9,;?%]", spoken), text
        # The plural and the prefixes of verbs are joined by a half-space, never by a space.
        assert not re.search(r"(^|\s)(ن?می|ها|های|هایی|تر|ترین)(?=$|[\s.،؛:)])", spoken), text
        assert spoken == spoken.strip() or "{" in text, text


def test_sentences_of_lower_rooms_are_said_in_persian() -> None:
    fa = translations("fa")
    says = said(
        "{features} features of {customers:,} customers at {as_of} are the same to the last bit",
        features=81,
        customers=2469,
        as_of=date(2026, 11, 23),
    )
    assert says.in_words(fa) == "۸۱ ویژگیِ ۲٬۴۶۹ مشتری در ۲ آذر ۱۴۰۵ تا آخرین بیت یکسان ماند"
    assert said_plural("{number:,} row", "{number:,} rows", 1469307).in_words(fa) == "۱٬۴۶۹٬۳۰۷ سطر"
    assert fa.word("recency") == "تازگی فعالیت"
    # A column may be called like a word of ours.
    assert fa.name("orders") == "orders"
    assert fa.word("") == ""


def test_every_shipped_catalogue_can_be_read() -> None:
    for name in languages():
        assert translations(name).gettext(OTHERWISE)
    assert language.FOLDER.is_dir()
