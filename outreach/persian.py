"""How Persian is written: digits and signs, days of the Iranian calendar, the order of letters, and mixed directions.

Texts in, texts out. Numbers come as English writes them. Signs and separators are those of the Unicode CLDR for fa.
"""

from __future__ import annotations

import re
from datetime import date

from persiantools.jdatetime import JalaliDate

#: Left-to-right mark: a sign before a number stays before it, whatever the direction of the text around.
_LTR = "\u200e"

_DIGITS = str.maketrans("0123456789,.%", "۰۱۲۳۴۵۶۷۸۹٬٫٪")
_SIGNS = str.maketrans({"-": f"{_LTR}\u2212", "\u2212": f"{_LTR}\u2212", "+": f"{_LTR}+"})

MONTHS: tuple[str, ...] = (
    "فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور", "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند",
)  # fmt: skip

#: The alphabet as dictionaries have it. By code points پ چ ژ ک گ ی would stand behind all Arabic letters.
ALPHABET = "ءآابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی"

#: Letters of Arabic keyboards that Persian readers take for their own.
_SAME = str.maketrans("يىئكةۀأإٱؤ", "یییکههاااو")
_PLACE = {letter: place for place, letter in enumerate(ALPHABET)}
#: Vowel signs, tatweel and joiners do not decide where a word stands.
_IGNORED = re.compile(r"[\u0640\u064b-\u065f\u0670\u200c\u200d\u200e\u200f]")
_NUMBER = re.compile(r"([0-9]+)")
_TO_ASCII = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "01234567890123456789")

#: Around text of another direction, so that its signs and digits do not change places with what stands beside it.
ISOLATE, POP_ISOLATE = "\u2068", "\u2069"


def figure(text: str) -> str:
    """A number, as 1,234.5 or -12%, in Persian digits and signs. Letters in it stay."""
    return text.translate(_SIGNS).translate(_DIGITS)


def day_in_words(day: date) -> str:
    """As ۲ آذر ۱۴۰۵."""
    jalali = _jalali(day)
    return figure(f"{jalali.day}") + f" {MONTHS[jalali.month - 1]} " + figure(f"{jalali.year}")


def day_in_figures(day: date) -> str:
    """As ۱۴۰۵/۰۹/۰۲: of one length, so that it also sorts as text."""
    jalali = _jalali(day)
    return figure(f"{jalali.year:04d}/{jalali.month:02d}/{jalali.day:02d}")


def _jalali(day: date) -> JalaliDate:
    return JalaliDate(day)


def order(text: str) -> tuple[tuple[int, int, str], ...]:
    """A key to sort names by: numbers by their value, then Persian letters by the alphabet, then all other letters."""
    plain = _IGNORED.sub("", text.translate(_SAME)).translate(_TO_ASCII).casefold().strip()
    key: list[tuple[int, int, str]] = []
    for part in _NUMBER.split(plain):
        if part.isdecimal():
            key.append((1, int(part), ""))
        else:
            key += [(2, _PLACE[sign], "") if sign in _PLACE else (_kind(sign), 0, sign) for sign in part]
    # Of equal names, the code points decide: the order is always the same.
    return (*key, (-1, 0, text))


def _kind(sign: str) -> int:
    """Spaces and punctuation before numbers, other letters behind Persian ones."""
    return 3 if sign.isalpha() else 0


def isolated(text: str) -> str:
    """A name that is no Persian: set apart where its signs or digits could change places with what stands around."""
    is_foreign = any(sign.isascii() and sign.isalnum() for sign in text)
    return f"{ISOLATE}{text}{POP_ISOLATE}" if is_foreign and not text.isalpha() else text
