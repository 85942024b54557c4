"""One row a text: what customers write, in Persian and English, scored for sentiment and topic.

Each score comes from a model that was fitted only on what was known before: texts fall into blocks of `block_days` by
their `known_at`, counted from a fixed origin, and a block is scored by models of texts and answers that were known
before it began. A later night therefore changes no earlier score, and the scores can enter history like any other
table. The same customer's other texts may be among what was learned from: they are the past, too, and tonight's
customers have written before just so.

The sentiment is the mean, weighted by stacking, of two linear models of words and pieces of words: a ridge logistic on
TF-IDF times naive Bayes log-count ratios (Wang and Manning 2012, "Baselines and bigrams") and multinomial naive Bayes
on the words alone. One errs where the other does not; what each is worth, and the level of the probabilities, is
learned from predictions for texts that they had not seen (Wolpert 1992, "Stacked generalization"). Both are linear,
and so is what is kept: one weight a word or piece. Models are made from history each time and not stored.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix, diags, hstack
from sklearn.base import clone
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from models.evaluate import log_loss_rows
from models.learner import probability_of

KEY = ["text_of", "text_id"]
#: What is handed through, in this order; `text`, the answers and their dates are read and not handed on.
HANDED_ON = [*KEY, "customer_id", "happened_at", "known_at"]
DATES = ["known_at", "unhappy_known_at", "topic_known_at"]
READ = [*HANDED_ON, "text", "unhappy", "unhappy_known_at", "topic", "topic_known_at"]
#: Blocks are counted from here, whatever the data: a Monday.
ORIGIN = pd.Timestamp("2001-01-01")

#: Words, and the signs that carry a mood: each ! and ? and each picture is a word.
WORD = r"(?u)\w+|[!?\u2600-\u27bf\U0001f300-\U0001faff]"
#: Of words, singles and pairs: "not good" is a pair. Of pieces, what survives a misspelling or an ending.
WORDS, PIECES = (1, 2), (3, 5)
#: A word or pair must stand in two of the texts that are learned from, a piece in five: rarer ones are names and slips.
LEAST_TEXTS_OF_WORD, LEAST_TEXTS_OF_PIECE = 2, 5
#: Laplace's rule: one text more than was seen.
SMOOTHING = 1.0
#: Inverse of the ridge's strength, by topic. Not chosen on data: the topics that are given decide by being right
#: or not out of fold (`topic_right`).
TOPIC_STRENGTH = 4.0


@dataclass(frozen=True, kw_only=True)
class TextSettings:
    """How texts are scored. Numbers of texts are of different texts: "thanks" a thousand times is one."""

    block_days: int = 28
    #: Different texts of the unhappy, and as many of the others, without which there is no sentiment.
    least_of_each: int = 50
    #: Different texts without which a topic is not learned. Of such topics there must be two.
    least_of_topic: int = 30
    #: Of the texts that get a topic, this share must have been right out of fold; the less sure ones get none.
    topic_right: float = 0.8
    #: A model is fitted anew once so many times more is known than it was fitted on, or after so many blocks: in
    #: between the next one would say nearly the same, and fitting is what takes time.
    grown: float = 1.5
    blocks_in_force: int = 6
    #: The latest answers that are learned from, and the beginning of each text: what bounds time and memory.
    most_texts: int = 20_000
    most_topic_texts: int = 4_000
    most_characters: int = 1_000
    #: Inverses of the ridge's strength, of which the inner folds choose.
    strengths: tuple[float, ...] = (0.3, 1.0, 3.0)
    inner_folds: int = 5

    def __post_init__(self) -> None:
        if min(self.block_days, self.most_texts, self.most_characters) < 1 or not self.strengths:
            raise ValueError("block_days, most_texts and most_characters must be at least 1, and strengths not empty")
        if min(self.least_of_each, self.least_of_topic, self.inner_folds) < 2:
            raise ValueError("least_of_each, least_of_topic and inner_folds must be at least 2: a fold is left out")
        if self.grown < 1 or self.blocks_in_force < 1 or self.most_topic_texts < 1:
            raise ValueError("grown, blocks_in_force and most_topic_texts must be at least 1")
        if not 0 < self.topic_right <= 1:
            raise ValueError("topic_right is a share above 0, at most 1")


DEFAULTS = TextSettings()


# One spelling


_MARKS = re.compile(
    r"[\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed]"
)
_INVISIBLE = re.compile(r"[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\u0640]")
_SPACES = re.compile(r"[\s\u200c\u200d]+")
_SAME: dict[str, str | None] = {
    **dict.fromkeys("ٱٲٳٵ", "ا"),
    **dict.fromkeys("يىېۍێے", "ی"),
    **dict.fromkeys("كڪګڬ", "ک"),
    **dict.fromkeys("ةەہھۃ", "ه"),
    **dict.fromkeys("ۆۇۈۋ", "و"),
    "ء": None,
    **{chr(zero + digit): str(digit) for zero in (0x0660, 0x06F0) for digit in range(10)},
    **dict(zip("؟،؛٪٫٬۔", "?,;%.,.", strict=True)),
}
_ONE_LETTER = str.maketrans(_SAME)
_PERSIAN_RUN = re.compile(r"([\u0620-\u06ff])\1{2,}")
_OTHER_RUN = re.compile(r"([^\W\d_])\1{2,}")
# Not before یی nor after هه: three of a letter in a row would be a run, and the next pass would change it again.
_VERB_PREFIX = re.compile(r"\b(ن?می) (?=[\u0620-\u06ff])(?!یی)")
_ENDINGS = "ها|های|هایی|هایم|هایت|هایش|هایمان|هایتان|هایشان|هاش|هامون|هاتون|هاشون"
_PLURAL = re.compile(rf"(?<=[\u0620-\u064a\u066e-\u06d3])(?<!هه) ({_ENDINGS})\b")


def normalise(text: str) -> str:
    """One spelling of a text; of one that has been through here already, the text itself. In this order:

    - Compatibility forms (NFKD): the joined letters of old systems, full-width Latin, … as three dots.
    - Diacritics go, Latin and Arabic, and so do hamza and madda: few write them always (é e, آ أ إ ا, ئ ی, ؤ و, ۀ ه).
    - Latin lower-case, in the wide sense of casefold: shouting is told by the exclamation marks.
    - Tatweel, the soft hyphen, marks of direction and joining: they are looks, not letters.
    - Letters that other keyboards have for the same sound become Persian: ي ى ی, ك ک, ة ه.
    - Persian and Arabic digits and punctuation become ASCII: one price, one question mark.
    - The half-space (ZWNJ; ZWJ, where it is meant for one) and every run of white space become one space, and none at
      the ends: some type the half-space, many type a space for it.
    - A letter three or more times is emphasis: once in the Arabic script, where few words have a letter twice in a row
      (عالیییی عالی); twice in others (goooood good). Digits and signs stay as often as they are.
    - می, نمی and the plural's ها with its endings are joined to their word, so that the three ways to write می‌شود are
      one. Other endings are left alone: as words of their own they mean something else (تر, ام, هات).
    """
    plain = _MARKS.sub("", unicodedata.normalize("NFKD", text)).casefold()
    plain = _MARKS.sub("", unicodedata.normalize("NFKD", plain))
    plain = unicodedata.normalize("NFC", _INVISIBLE.sub("", plain).translate(_ONE_LETTER))
    plain = _SPACES.sub(" ", plain).strip()
    plain = _OTHER_RUN.sub(r"\1\1", _PERSIAN_RUN.sub(r"\1", plain))
    return _PLURAL.sub(r"\1", _VERB_PREFIX.sub(r"\1", plain))


def normalised(texts: pd.Series) -> pd.Series:
    """`normalise` of each row; a null is an empty text."""
    # Many say the same: each text is gone through once.
    codes, different = pd.factorize(texts)
    clean = np.array([*(normalise(str(text)) for text in different), ""], dtype=object)
    return pd.Series(clean[codes], index=texts.index, name=texts.name, dtype="str")


_PERSIAN = re.compile(r"[\u0620-\u064a\u066e-\u06d3\u06fa-\u06fc]")
_LATIN = re.compile(r"[a-z]")


def language_of(text: str) -> str | None:
    """ "fa" or "en" by the script that most letters of a normalised text are in (of as many, "fa": product names are
    Latin in Persian, too); None without a letter of either. It tells scripts, not languages."""
    persian, latin = len(_PERSIAN.findall(text)), len(_LATIN.findall(text))
    return None if persian + latin == 0 else "fa" if persian >= latin else "en"


# Words and pieces


@dataclass(frozen=True)
class _Counts:
    """How often each text has each word and each piece: texts by columns, one matrix a view."""

    words: csr_matrix
    pieces: csr_matrix

    def of(self, rows: np.ndarray) -> _Counts:
        return _Counts(self.words[rows], self.pieces[rows])


@dataclass(frozen=True)
class _Vocabulary:
    words: CountVectorizer
    pieces: CountVectorizer
    most_characters: int

    @classmethod
    def of(cls, texts: Sequence[str], settings: TextSettings) -> tuple[_Vocabulary, _Counts]:
        """The vocabulary of normalised texts, and their counts."""
        words = CountVectorizer(lowercase=False, token_pattern=WORD, ngram_range=WORDS, min_df=_least(texts, True))
        pieces = CountVectorizer(lowercase=False, analyzer="char_wb", ngram_range=PIECES, min_df=_least(texts, False))
        cut = [text[: settings.most_characters] for text in texts]
        counts = _Counts(words.fit_transform(cut), pieces.fit_transform(cut))
        return cls(words, pieces, settings.most_characters), counts

    def count(self, texts: Sequence[str]) -> _Counts:
        cut = [text[: self.most_characters] for text in texts]
        return _Counts(self.words.transform(cut), self.pieces.transform(cut))


def _least(texts: Sequence[str], words: bool) -> int:
    # Of a handful of texts nothing stands in five.
    return min(LEAST_TEXTS_OF_WORD if words else LEAST_TEXTS_OF_PIECE, max(1, len(texts) // 10))


@dataclass(frozen=True)
class _Weighting:
    """TF-IDF with logged counts, each view of length one. What is too rare in the fitting texts weighs nothing."""

    words: np.ndarray
    pieces: np.ndarray

    @classmethod
    def of(cls, counts: _Counts) -> _Weighting:
        texts = counts.words.shape[0]

        def rarity(view: csr_matrix, least: int) -> np.ndarray:
            within = np.asarray((view > 0).sum(axis=0)).ravel()
            return np.where(within >= min(least, max(1, texts // 10)), np.log((1 + texts) / (1 + within)) + 1, 0.0)

        return cls(rarity(counts.words, LEAST_TEXTS_OF_WORD), rarity(counts.pieces, LEAST_TEXTS_OF_PIECE))

    def apply(self, counts: _Counts) -> csr_matrix:
        """Texts by words, then pieces."""
        views = []
        for view, rarity in ((counts.words, self.words), (counts.pieces, self.pieces)):
            weighed = view.astype(float)
            weighed.data = 1 + np.log(weighed.data)
            weighed = csr_matrix(weighed @ diags(rarity))
            length = np.sqrt(np.asarray(weighed.multiply(weighed).sum(axis=1)).ravel())
            views.append(diags(1 / np.where(length > 0, length, 1.0)) @ weighed)
        stacked = csr_matrix(hstack(views))
        stacked.eliminate_zeros()
        return stacked


@dataclass(frozen=True)
class _Line:
    """Log-odds = text x weights + intercept."""

    weights: np.ndarray
    intercept: float

    def odds(self, weighed: csr_matrix) -> np.ndarray:
        odds: np.ndarray = weighed @ self.weights + self.intercept
        return odds


def _ridge_lines(weighed: csr_matrix, label: np.ndarray, views: _Weighting, strengths: Sequence[float]) -> list[_Line]:
    """Ridge logistics on columns that are scaled by naive Bayes log-count ratios, one a strength."""
    present = weighed > 0
    ratios = []
    for view in np.split(np.arange(weighed.shape[1]), [len(views.words)]):
        of_1 = SMOOTHING + np.asarray(present[label == 1][:, view].sum(axis=0)).ravel()
        of_0 = SMOOTHING + np.asarray(present[label == 0][:, view].sum(axis=0)).ravel()
        ratios.append(np.log(of_1 / of_1.sum()) - np.log(of_0 / of_0.sum()))
    ratio = np.concatenate(ratios)
    scaled = csr_matrix(weighed @ diags(ratio))
    # The dual comes to the same weights, many times sooner, where there are as many columns as texts.
    shape = LogisticRegression(solver="liblinear", dual=True, tol=1e-3, random_state=0)
    fitted = [clone(shape).set_params(C=one).fit(scaled, label) for one in strengths]
    return [_Line(one.coef_[0] * ratio, float(one.intercept_[0])) for one in fitted]


def _bayes_line(weighed: csr_matrix, label: np.ndarray, views: _Weighting) -> _Line:
    """Multinomial naive Bayes on the weighed words: a line, too. Pieces repeat each other, which it cannot bear."""
    words = weighed[:, : len(views.words)]
    of_1 = SMOOTHING + np.asarray(words[label == 1].sum(axis=0)).ravel()
    of_0 = SMOOTHING + np.asarray(words[label == 0].sum(axis=0)).ravel()
    ratio = np.log(of_1 / of_1.sum()) - np.log(of_0 / of_0.sum())
    odds = np.log(label.sum() / (len(label) - label.sum()))
    return _Line(np.concatenate([ratio, np.zeros(len(views.pieces))]), float(odds))


# Sentiment


@dataclass(frozen=True)
class Sentiment:
    """A fitted model of who is unhappy: one weight a word, pair of words or piece of a word."""

    vocabulary: _Vocabulary
    weighting: _Weighting
    line: _Line
    strength: float

    def predict(self, texts: Sequence[str]) -> np.ndarray:
        """The probability that the writer is unhappy, one a text; NaN for a text without one known word or piece."""
        return self.of_normalised([normalise(text) for text in texts])

    def of_normalised(self, texts: Sequence[str]) -> np.ndarray:
        """`predict` of texts that are in one spelling already. Each different one is looked at once."""
        place, different = pd.factorize(np.array(texts, dtype=object))
        weighed = self.weighting.apply(self.vocabulary.count(different.tolist()))
        return np.where(np.diff(weighed.indptr) > 0, probability_of(self.line.odds(weighed)), np.nan)[place]


def fit_sentiment(
    texts: Sequence[str], labels: np.ndarray, *, seed: int, settings: TextSettings = DEFAULTS
) -> Sentiment:
    """The model of these texts, label 1 for the unhappy. The order of the rows does not matter.

    Inner folds, in which one text is never on both sides, give predictions for texts not seen; on these the ridge's
    strength is chosen (by log loss) and the two models are stacked, which also sets the level of the probabilities.
    Then everything is refitted on all texts. Raises ValueError without two different texts of each class.
    """
    rows = _in_order(texts, labels.astype(int))
    clean, label = rows.text.tolist(), rows.label.to_numpy()
    different = _different(rows)
    if set(rows.label) - {0, 1} or (different.reindex([0, 1], fill_value=0) < 2).any():
        raise ValueError(f"labels must be 0 and 1, with two different texts of each; here {different.to_dict()}")
    vocabulary, counts = _Vocabulary.of(clean, settings)
    ridges, bayes = np.empty((len(settings.strengths), len(label))), np.empty(len(label))
    for train, test in _inner_folds(rows, settings.inner_folds, seed):
        weighting = _Weighting.of(counts.of(train))
        seen, unseen = weighting.apply(counts.of(train)), weighting.apply(counts.of(test))
        lines = _ridge_lines(seen, label[train], weighting, settings.strengths)
        ridges[:, test] = [line.odds(unseen) for line in lines]
        bayes[test] = _bayes_line(seen, label[train], weighting).odds(unseen)
    stacks = [LogisticRegression().fit(np.column_stack([ridge, bayes]), label) for ridge in ridges]
    losses = [
        log_loss_rows(stack.predict_proba(np.column_stack([ridge, bayes]))[:, 1], label).mean()
        for stack, ridge in zip(stacks, ridges, strict=True)
    ]
    best = int(np.argmin(losses))
    strength, stack = settings.strengths[best], stacks[best]
    weighting = _Weighting.of(counts)
    weighed = weighting.apply(counts)
    ridge_line = _ridge_lines(weighed, label, weighting, [strength])[0]
    bayes_line = _bayes_line(weighed, label, weighting)
    of_ridge, of_bayes = stack.coef_[0]
    line = _Line(
        of_ridge * ridge_line.weights + of_bayes * bayes_line.weights,
        float(stack.intercept_[0] + of_ridge * ridge_line.intercept + of_bayes * bayes_line.intercept),
    )
    return Sentiment(vocabulary, weighting, line, strength)


# Topic


@dataclass(frozen=True)
class Topics:
    """A fitted model of what texts are about: one line a topic, and how sure it must be to name one."""

    vocabulary: _Vocabulary
    weighting: _Weighting
    topics: tuple[str, ...]
    lines: tuple[_Line, ...]
    least_confidence: float

    def predict(self, texts: Sequence[str]) -> list[str | None]:
        """The topic of each text; None where the model is not sure enough, or knows not one word or piece."""
        return self.of_normalised([normalise(text) for text in texts])

    def of_normalised(self, texts: Sequence[str]) -> list[str | None]:
        """`predict` of texts that are in one spelling already. Each different one is looked at once."""
        place, different = pd.factorize(np.array(texts, dtype=object))
        weighed = self.weighting.apply(self.vocabulary.count(different.tolist()))
        best, confidence = _likeliest(self.lines, weighed)
        sure = (confidence >= self.least_confidence) & (np.diff(weighed.indptr) > 0)
        said = [self.topics[one] if is_sure else None for one, is_sure in zip(best, sure, strict=True)]
        return [said[one] for one in place]


def fit_topics(
    texts: Sequence[str], topics: Sequence[str], *, seed: int, settings: TextSettings = DEFAULTS
) -> Topics | None:
    """The model of the topics that have enough different texts; None where not two have. Row order does not matter.

    How sure is sure enough is learned on inner folds: the least confidence from which on `topic_right` of the topics
    that are named are right. Texts of topics too rare to be learned count there as wrong, as they are bound to be; and
    where fewer than `least_of_topic` texts would be named, none is.
    """
    rows = _in_order(texts, np.asarray(topics, dtype=object))
    different = _different(rows)
    learned = sorted(different.index[different >= settings.least_of_topic])
    if len(learned) < 2:
        return None
    label = rows.label.map({topic: number for number, topic in enumerate(learned)}).fillna(-1).to_numpy(dtype=int)
    vocabulary, counts = _Vocabulary.of(rows.text.tolist(), settings)
    confidence, is_right = np.empty(len(rows)), np.empty(len(rows), dtype=bool)
    for train, test in _inner_folds(rows, settings.inner_folds, seed):
        common = train[label[train] >= 0]
        weighting = _Weighting.of(counts.of(common))
        lines = _topic_lines(weighting.apply(counts.of(common)), label[common], len(learned))
        best, confidence[test] = _likeliest(lines, weighting.apply(counts.of(test)))
        is_right[test] = best == label[test]
    common = np.flatnonzero(label >= 0)
    weighting = _Weighting.of(counts.of(common))
    lines = _topic_lines(weighting.apply(counts.of(common)), label[common], len(learned))
    least = _least_confidence(confidence, is_right, share=settings.topic_right, texts=settings.least_of_topic)
    return Topics(vocabulary, weighting, tuple(learned), tuple(lines), least)


def _topic_lines(weighed: csr_matrix, label: np.ndarray, topics: int) -> list[_Line]:
    """One topic against all others, for each."""
    # The dual: there are many times more columns than texts, and the primal takes minutes of them.
    shape = LogisticRegression(C=TOPIC_STRENGTH, solver="liblinear", dual=True, tol=1e-3, random_state=0)
    fitted = [clone(shape).fit(weighed, label == topic) for topic in range(topics)]
    return [_Line(one.coef_[0], float(one.intercept_[0])) for one in fitted]


def _likeliest(lines: Sequence[_Line], weighed: csr_matrix) -> tuple[np.ndarray, np.ndarray]:
    """The number of the likeliest topic of each text, and its share of the probabilities of all topics."""
    probability = np.column_stack([probability_of(line.odds(weighed)) for line in lines])
    return probability.argmax(axis=1), probability.max(axis=1) / probability.sum(axis=1)


def _least_confidence(confidence: np.ndarray, is_right: np.ndarray, *, share: float, texts: int) -> float:
    order = np.argsort(-confidence, kind="stable")
    named = np.arange(1, len(order) + 1)
    enough = (np.cumsum(is_right[order]) >= share * named) & (named >= texts)
    # Of equal confidences all are named or none.
    ends = np.append(np.diff(confidence[order]) < 0, True)
    last = np.flatnonzero(enough & ends)
    return float(confidence[order][last[-1]]) if len(last) else np.inf


# What both learn from


def _in_order(texts: Sequence[str], labels: np.ndarray) -> pd.DataFrame:
    """Normalised text and label, sorted: rows that are the same in both are the same to every model."""
    rows = pd.DataFrame({"text": [normalise(text) for text in texts], "label": labels})
    return rows.sort_values(["text", "label"], ignore_index=True)


def _of_texts(rows: pd.DataFrame) -> pd.DataFrame:
    """One row a different text: the label that most of its rows have, of as many the first."""
    counted = rows.groupby(["text", "label"], as_index=False).size()
    ranked = counted.sort_values(["text", "size", "label"], ascending=[True, False, True])
    return ranked.drop_duplicates("text")[["text", "label"]]


def _different(rows: pd.DataFrame) -> pd.Series:
    """How many different texts each label has; empty ones say nothing and do not count."""
    return _of_texts(rows[rows.text != ""]).label.value_counts().sort_index()


def _inner_folds(rows: pd.DataFrame, folds: int, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Rows to fit on and rows to predict, by position: each label spread evenly, all rows of one text in one fold."""
    texts = _of_texts(rows).sample(frac=1, random_state=seed)
    fold = rows.text.map(dict(zip(texts.text, texts.groupby("label").cumcount() % folds, strict=True))).to_numpy()
    for number in np.unique(fold):
        yield np.flatnonzero(fold != number), np.flatnonzero(fold == number)


# Block by block


def score_texts(
    texts: pd.DataFrame, *, seed: int, settings: TextSettings = DEFAULTS, since: datetime | None = None
) -> pd.DataFrame:
    """One row a text, in the order given: what it says by models of what was known before its block.

    `texts` has one row a text, written by a customer: text_of (contacts, cases, surveys), text_id, customer_id,
    happened_at, known_at, text, unhappy (1, 0 or null: the answer that tells) with unhappy_known_at, topic (or null)
    with topic_known_at; other columns are not read. Times are naive UTC.

    - sentiment: the probability that the customer is unhappy, also where the answer is known: a score means one thing.
    - topic: the one that was given where it was known with the text, else the model's. A topic that is given later
      teaches later blocks and is not told here: the row says what could be said at `known_at`.
    - language: "fa" or "en", by script.

    Null where the text is empty, strange to the model, or in a block before which too few answers were known.

    A model is in force for some blocks (`grown`, `blocks_in_force`). `since` leaves out the texts that were known
    before it (they are learned from all the same). Scores of earlier blocks do not change while what was known before
    them does not, so a night may keep the table and ask for what came since.
    """
    _check(texts)
    rows = texts[READ].assign(
        unhappy=texts.unhappy.astype(float), **{name: pd.to_datetime(texts[name]) for name in DATES}
    )
    rows = rows.reset_index(drop=True)
    is_asked = rows.known_at >= (pd.Timestamp.min if since is None else pd.Timestamp(since))
    block = (rows.known_at - ORIGIN) // pd.Timedelta(days=settings.block_days)
    has_text = rows.text.notna()
    clean = normalised(rows.text)
    sentiment = np.full(len(rows), np.nan)
    topic = rows.topic.where(rows.topic_known_at <= rows.known_at).astype(object).to_numpy(copy=True)
    by_sentiment, by_topic = _fitted_before(rows, "unhappy", settings), _fitted_before(rows, "topic", settings)
    moods: dict[int, Sentiment | None] = {}
    kinds: dict[int, Topics | None] = {}
    for number in np.unique(block[is_asked]):
        here = np.flatnonzero(is_asked & (block == number) & has_text)
        before = by_sentiment.get(number)
        if len(here) and before is not None:
            if before not in moods:
                moods[before] = _sentiment_before(rows, before, seed, settings)
            mood = moods[before]
            if mood is not None:
                sentiment[here] = mood.of_normalised(clean[here].tolist())
        unnamed = here[pd.isna(topic[here])]
        before = by_topic.get(number)
        if len(unnamed) and before is not None:
            if before not in kinds:
                named = _latest(rows, "topic", before, settings).tail(settings.most_topic_texts)
                kinds[before] = fit_topics(named.text.tolist(), named.topic.tolist(), seed=seed, settings=settings)
            kind = kinds[before]
            if kind is not None:
                topic[unnamed] = kind.of_normalised(clean[unnamed].tolist())
    found = texts[HANDED_ON].assign(
        sentiment=sentiment,
        topic=pd.array(topic, dtype="str"),
        language=pd.array([language_of(text) for text in clean], dtype="str"),
    )
    return found[is_asked.to_numpy()]


def _fitted_before(rows: pd.DataFrame, answer: str, settings: TextSettings) -> dict[int, int]:
    """By block, the block before which the model in force was fitted: one as soon as anything is known, the next when
    much more is, or after a while. It depends on nothing but what was known before each block."""
    days = pd.Timedelta(days=settings.block_days)
    blocks = (rows.known_at - ORIGIN) // days
    known = rows[rows[answer].notna() & rows.text.notna()]
    # From the block after the one in which both the text and its answer were known.
    usable = (known[["known_at", f"{answer}_known_at"]].max(axis=1) - ORIGIN) // days + 1
    counts = usable.value_counts().sort_index().cumsum()
    in_force: dict[int, int] = {}
    fitted, on = None, 0
    for number in range(int(blocks.min()), int(blocks.max()) + 1) if len(rows) else ():
        there = counts[counts.index <= number]
        found = int(there.iloc[-1]) if len(there) else 0
        if found and (fitted is None or found >= settings.grown * on or number - fitted >= settings.blocks_in_force):
            fitted, on = number, found
        if fitted is not None:
            in_force[number] = fitted
    return in_force


def _sentiment_before(rows: pd.DataFrame, number: int, seed: int, settings: TextSettings) -> Sentiment | None:
    answered = _latest(rows, "unhappy", number, settings)
    if not _enough(answered, settings):
        return None
    return fit_sentiment(answered.text.tolist(), answered.unhappy.to_numpy(), seed=seed, settings=settings)


def _latest(rows: pd.DataFrame, answer: str, number: int, settings: TextSettings) -> pd.DataFrame:
    """The texts that were known, with their answers, before a block: the latest `most_texts`, whatever their order."""
    begin = ORIGIN + number * pd.Timedelta(days=settings.block_days)
    is_known = rows[answer].notna() & (rows[f"{answer}_known_at"] < begin) & (rows.known_at < begin)
    known = rows[is_known & rows.text.notna()]
    return known.sort_values([f"{answer}_known_at", "known_at", *KEY]).tail(settings.most_texts)


def _enough(answered: pd.DataFrame, settings: TextSettings) -> bool:
    if answered.unhappy.nunique() < 2:
        return False
    different = _different(_in_order(answered.text.tolist(), answered.unhappy.to_numpy()))
    return bool((different.reindex([0, 1], fill_value=0) >= settings.least_of_each).all())


def _check(texts: pd.DataFrame) -> None:
    """Raises ValueError, with the cure, for what cannot be scored honestly."""
    lacking = [name for name in READ if name not in texts]
    if lacking:
        raise ValueError(f"texts: no column {', '.join(lacking)}; give it, null where nothing is known")
    wrong = [
        (texts.duplicated(KEY), "rows repeat a text_of and text_id: keep the version in force"),
        (texts.known_at.isna(), "rows have no known_at: without it nobody can say what was known before"),
        (~texts.unhappy.isin([0, 1]) & texts.unhappy.notna(), "rows have an unhappy other than 1, 0 or null"),
        *(
            (
                texts[name].notna() & texts[f"{name}_known_at"].isna(),
                f"rows have {name} without {name}_known_at: give the date of the answer, or no answer",
            )
            for name in ("unhappy", "topic")
        ),
    ]
    for rows, what in wrong:
        if rows.any():
            example = texts.loc[rows, KEY].astype(str).agg(" ".join, axis=1).iloc[0]
            raise ValueError(f"texts: {int(rows.sum()):,} {what}; for example {example}")
