"""The languages of the list."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from outreach import language
from outreach.language import ROOM, extract_messages, languages, main, translations
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

    def said(value: float) -> str:
        return sentence("days_since_last_activity", value=value, usual_low=6, usual_high=9, translations=fa)

    assert said(34) == "34 روز بی‌خبر؛ معمولاً هر 6 تا 9 روز"
    assert said(1) == "یک روز بی‌خبر؛ معمولاً هر 6 تا 9 روز"
    assert plays(translations=fa).otherwise == "زنگ بزنید و حال بپرسید"
    wait = {"wait": "Longest wait, seconds"}
    assert sentence("wait", value=5, descriptions=wait, translations=fa) == "درازترین انتظار، ثانیه: 5"
    nothing = pd.DataFrame(
        {"unit_id": ["u"], "group": ["a"], "contribution": [-1.0], "shows": ["orders_last_28d"], "value": [1.0]}
    ).assign(usual_low=float("nan"), usual_high=float("nan"))
    assert reasons_in_words(nothing, translations=fa)["reason_1"].tolist() == ["دلیل غالبی نیست"]


def test_what_is_not_translated_or_fuzzy_stays_english(tmp_path: Path) -> None:
    fa = translations("fa", folder=catalogue(tmp_path, PERSIAN))
    assert sentence("orders_last_28d", value=3, translations=fa) == "3 orders in 28 days"


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
    for said in SENTENCES.values():
        for text in (said.words,) if isinstance(said.words, str) else said.words:
            assert f'"{text}"' in pot
    for text in (*DEFAULT_PLAYS.values(), OTHERWISE, "No dominant reason", "{fact}; usually {low} to {high}"):
        assert f'"{text}"' in pot
    assert "Date" not in pot


def test_pot_of_the_repository_matches_the_code() -> None:
    assert main(["--check"]) == 0


def test_check_finds_a_new_message_and_write_cures_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    room = tmp_path / "outreach"
    shutil.copytree(ROOM, room, ignore=shutil.ignore_patterns("__pycache__"))
    assert main(["--check"], room=room) == 0
    (room / "new.py").write_text('from x import marked\nA = marked("A sentence of tomorrow")\n', encoding="utf-8")
    assert main(["--check"], room=room) == 1
    assert "python -m outreach.language --write" in capsys.readouterr().err
    assert main(["--write"], room=room) == 0
    assert main(["--check"], room=room) == 0
    written = (room / "locale" / "vafa.pot").read_bytes()
    assert b"A sentence of tomorrow" in written
    assert main(["--write"], room=room) == 0
    assert (room / "locale" / "vafa.pot").read_bytes() == written


def test_every_shipped_catalogue_can_be_read() -> None:
    for name in languages():
        assert translations(name).gettext(OTHERWISE)
    assert language.FOLDER.is_dir()
