"""What customers write and say: fragments rendered once from a grammar, then put together by index for all rows.

The tone comes from satisfaction, the topic from what the matter is about; neither hangs on one word, since fragments of
neighbouring tones share words, and many texts mix a polite opening with a bad story. Persian comes as people type it:
with and without the half-space, with Arabic ي and ك, Persian, Arabic or Latin digits, formal and colloquial.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simulator import words_en, words_fa

TOPICS = ("service", "delivery", "account", "outage", "billing", "product", "payment", "plan", "cancellation", "staff")
TONES = ("angry", "cool", "even", "warm")
#: Where one tone ends and the next begins, in units of satisfaction.
TONE_EDGES = (-1.3, -0.3, 0.7)
#: Rendered stories a language, topic and tone, and openings and endings a language and tone. They are combined, so the
#: number of different texts is their product.
STORIES, EDGES = 160, 48
#: Share of fragments with a slip of the finger.
TYPOS = 0.12


@dataclass(frozen=True, kw_only=True)
class Fragments:
    """By language, then (of stories) topic, then tone, then variant: one array each."""

    openings: pa.Array
    stories: pa.Array
    endings: pa.Array


def render(seed: int) -> Fragments:
    """Every fragment, from the grammar."""
    draw = random.Random(seed)
    openings, stories, endings = [], [], []
    for words in (words_en, words_fa):
        for tone in TONES:
            openings += [_fragment(draw, words, words.OPENINGS[tone]) for _ in range(EDGES)]
            endings += [_fragment(draw, words, words.ENDINGS[tone]) for _ in range(EDGES)]
        for topic in TOPICS:
            for tone in TONES:
                stories += [_fragment(draw, words, words.STORIES[topic][tone]) for _ in range(STORIES)]
    return Fragments(
        openings=pa.array(openings, pa.large_string()),
        stories=pa.array(stories, pa.large_string()),
        endings=pa.array(endings, pa.large_string()),
    )


def _fragment(draw: random.Random, words: object, templates: Sequence[str]) -> str:
    text = _filled(draw, words.SLOTS, draw.choice(templates))  # type: ignore[attr-defined]
    if draw.random() < TYPOS:
        text = _slipped(draw, text)
    return str(words.as_typed(draw, text))  # type: ignore[attr-defined]


def _filled(draw: random.Random, slots: Mapping[str, Sequence[str]], template: str) -> str:
    """Every {slot} replaced by one of its words, which may have slots themselves; {n} is a number."""
    while (start := template.find("{")) >= 0:
        end = template.index("}", start)
        name = template[start + 1 : end]
        word = str(draw.randint(2, 9)) if name == "n" else draw.choice(slots[name])
        template = template[:start] + word + template[end + 1 :]
    return template


def _slipped(draw: random.Random, text: str) -> str:
    """Two neighbours exchanged, a letter lost, or one doubled."""
    letters = [place for place in range(1, len(text) - 2) if text[place].isalpha() and text[place + 1].isalpha()]
    if not letters:
        return text
    at, how = draw.choice(letters), draw.randrange(3)
    if how == 0:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + (text[at + 1 :] if how == 1 else text[at] + text[at:])


def compose(
    rng: np.random.Generator,
    fragments: Fragments,
    *,
    persian: np.ndarray,
    topic: np.ndarray,
    mood: np.ndarray,
    short: float = 0.4,
) -> pa.Array:
    """One text a row. `short` is the share without an opening, and again the share without an ending."""
    many = len(persian)
    # What is written scatters around how somebody feels.
    tone = np.searchsorted(TONE_EDGES, mood + rng.normal(0, 0.45, many))
    language = persian.astype(np.int64)
    edge = (language * len(TONES) + tone) * EDGES
    story = ((language * len(TOPICS) + topic) * len(TONES) + tone) * STORIES
    parts = [
        _some(rng, fragments.openings, edge + rng.integers(0, EDGES, many), short),
        fragments.stories.take(pa.array(story + rng.integers(0, STORIES, many))),
        _some(rng, fragments.endings, edge + rng.integers(0, EDGES, many), short),
    ]
    return pc.binary_join_element_wise(*parts, pa.scalar(" ", pa.large_string()), null_handling="skip")


def _some(rng: np.random.Generator, bank: pa.Array, at: np.ndarray, without: float) -> pa.Array:
    return bank.take(pa.array(at, mask=rng.random(len(at)) < without))
