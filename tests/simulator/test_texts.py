"""Texts: thousands of different ones, two languages, topic and tone that no single word gives away."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline

from simulator import words_en, words_fa
from simulator.company import Simulated
from simulator.texts import TONES, TOPICS, Fragments, compose, render


@pytest.fixture(scope="module")
def fragments() -> Fragments:
    return render(1)


def written(fragments: Fragments, *, persian: bool, many: int = 6000) -> tuple[list[str], np.ndarray, np.ndarray]:
    rng = np.random.default_rng(2)
    topic, mood = rng.integers(0, len(TOPICS), many), rng.normal(-0.3, 1.0, many)
    texts = compose(rng, fragments, persian=np.full(many, persian), topic=topic, mood=mood)
    return texts.to_pylist(), topic, mood


def test_both_languages_say_everything_in_every_tone() -> None:
    for words in (words_en, words_fa):
        assert set(words.OPENINGS) == set(words.ENDINGS) == set(TONES)
        assert set(words.STORIES) == set(TOPICS)
        assert all(set(by_tone) == set(TONES) for by_tone in words.STORIES.values())


@pytest.mark.parametrize("persian", [False, True])
def test_there_are_thousands_and_no_slot_is_left_open(fragments: Fragments, persian: bool) -> None:
    texts, _, _ = written(fragments, persian=persian)
    assert len(set(texts)) > 5000
    assert not any("{" in text or "}" in text or not text.strip() for text in texts)
    letters = [sum("\u0600" <= letter <= "\u06ff" for letter in text) for text in texts]
    assert all((count > 0) == persian for count in letters)


def test_persian_comes_as_it_is_typed(fragments: Fragments) -> None:
    texts, _, _ = written(fragments, persian=True)

    def share(letters: str) -> float:
        return sum(any(letter in text for letter in letters) for text in texts) / len(texts)

    assert 0.1 < share("يك") < 0.6
    assert 0.2 < share("\u200c") < 0.9
    assert share("0123456789") > 0.03
    assert share("۰۱۲۳۴۵۶۷۸۹") > 0.03
    assert share("٠١٢٣٤٥٦٧٨٩") > 0.01
    assert any("می خوام" in text or "می‌خوام" in text for text in texts)


@pytest.mark.parametrize("persian", [False, True])
def test_topic_and_tone_can_be_learned_but_not_by_one_word(fragments: Fragments, persian: bool) -> None:
    texts, topic, mood = written(fragments, persian=persian)
    half = len(texts) // 2
    unhappy = mood < -0.3
    learner = make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression(C=3, max_iter=500))
    learner.fit(texts[:half], unhappy[:half])
    assert roc_auc_score(unhappy[half:], learner.predict_proba(texts[half:])[:, 1]) > 0.85
    learner.fit(texts[:half], topic[:half])
    assert (learner.predict(texts[half:]) == topic[half:]).mean() > 0.8
    seen = CountVectorizer(binary=True, min_df=5).fit_transform(texts).toarray()
    alone = [abs(roc_auc_score(unhappy, seen[:, word]) - 0.5) for word in range(seen.shape[1])]
    assert max(alone) < 0.15


def test_customers_write_in_their_language(company: Simulated) -> None:
    cases = company.tables["cases"].to_pandas()
    language = company.tables["customers"].to_pandas().drop_duplicates("customer_id").set_index("customer_id").language
    persian = cases.text.str.contains("[\u0600-\u06ff]", regex=True)
    assert (persian == (language.reindex(cases.customer_id).to_numpy() == "fa")).all()
    mostly = "fa" if "Asia/Tehran" in company.vafa_toml else "en"
    assert (language == mostly).mean() > 0.8
