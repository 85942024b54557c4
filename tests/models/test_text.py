"""Texts: one spelling, who is unhappy and about what, by what was known before and nothing else."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from models.evaluate import log_loss_rows
from models.text import (
    ORIGIN,
    TextSettings,
    _fitted_before,
    fit_sentiment,
    fit_topics,
    language_of,
    normalise,
    normalised,
    score_texts,
)

SMALL = TextSettings(block_days=28, least_of_each=10, least_of_topic=10, inner_folds=3)
SAD = ("سرد بود", "دیر رسید", "خوب نبود", "was late", "is broken", "افتضاح")
GLAD = ("گرم بود", "زود رسید", "خوب بود", "was quick", "works well", "عالی")
ABOUT = {"delivery": ("پیک", "the courier", "ارسال"), "food": ("پیتزا", "the burger", "برنج")}
OTHER = ("امروز", "again", "دوباره", "this week", "خیلی", "really", "برای ما", "at home", "")


# One spelling


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("كتاب علي", "کتاب علی"),
        ("خانة ما", "خانه ما"),
        ("خانۀ ما", "خانه ما"),
        ("آب أحمد إيران ٱلله", "اب احمد ایران الله"),
        ("مسئول مؤثر جزء", "مسیول موثر جز"),
        ("۱۲۳ و ٤٥٦", "123 و 456"),
        ("چرا؟ نه،", "چرا? نه,"),
        ("می\u200cشود", "میشود"),
        ("می شود", "میشود"),
        ("میشود", "میشود"),
        ("نمی‌ خواهم", "نمیخواهم"),
        ("غذا\u200cهای سرد", "غذاهای سرد"),
        ("غذا های سرد", "غذاهای سرد"),
        ("هات داگ ها", "هات داگها"),
        ("عـــالی", "عالی"),
        ("عالیییییی", "عالی"),
        ("ممنون الله", "ممنون الله"),
        ("مُشکِل", "مشکل"),
        ("Goooood CAFÉ", "good cafe"),
        ("1000 !!!", "1000 !!!"),
        ("\ufeff\u200f  سلام \t\n سلام\u200e ", "سلام سلام"),
        ("ﺳﻼﻡ Ｆｕｌｌ", "سلام full"),
        ("❤️", "❤"),
        ("", ""),
    ],
)
def test_one_spelling(written: str, expected: str) -> None:
    assert normalise(written) == expected


mixed = st.text(
    st.one_of(
        st.sampled_from("می نهاهایشیيیكکةۀەهآأإئؤءـ\u200c\u200d\u200f\u0651\u0301۱٣aAbßİſﬁﷺﻻ؟! _\n\u0345\u06df\u06e9"),
        st.characters(),
    ),
    max_size=30,
)


@settings(max_examples=1000)
@given(mixed)
@example("می یی ها")
@example("قهقهه ها")
@example("می می می شد ها ها")
@example("می یییی شد")
@example("İ\u0345ſ")
def test_a_normalised_text_is_normalised(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert once == once.strip()
    assert not {"ي", "ك", "\u200c", "ـ", "۱", "أ"} & set(once)
    assert normalise(unicodedata.normalize("NFC", text)) == once


def test_a_column_is_normalised_row_by_row() -> None:
    found = normalised(pd.Series(["كتاب", None, "A"], index=[3, 1, 2]))
    pd.testing.assert_series_equal(found, pd.Series(["کتاب", "", "a"], index=[3, 1, 2], dtype="str"))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("غذا سرد بود", "fa"),
        ("it was cold", "en"),
        ("پیتزا margherita special", "en"),
        ("سلام hey", "fa"),
        ("12 !", None),
        ("", None),
        ("привет", None),
    ],
)
def test_the_script_tells_the_language(text: str, language: str | None) -> None:
    assert language_of(normalise(text)) == language


# The models


def written(number: int, *, seed: int) -> pd.DataFrame:
    """Texts that say whether their writer is unhappy, and what they are about; one in ten answers is wrong."""
    random = np.random.default_rng(seed)
    rows = []
    for _ in range(number):
        unhappy, topic = int(random.random() < 0.4), str(random.choice(list(ABOUT)))
        parts = [random.choice(ABOUT[topic]), random.choice(SAD if unhappy else GLAD), *random.choice(OTHER, 2)]
        answer = 1 - unhappy if random.random() < 0.1 else unhappy
        rows.append({"text": " ".join(parts), "truth": unhappy, "unhappy": answer, "topic": topic})
    return pd.DataFrame(rows)


def test_sentiment_is_learned_and_its_probabilities_are_at_the_level() -> None:
    train, test = written(600, seed=1), written(600, seed=2)
    said = fit_sentiment(train.text.tolist(), train.unhappy.to_numpy(), seed=1).predict(test.text.tolist())
    assert ((said > 0.5) == test.truth).mean() > 0.97
    assert said.mean() == pytest.approx(test.unhappy.mean(), abs=0.05)
    # Knowing the truth, and that a tenth of the answers is wrong, one cannot do better than this.
    best = log_loss_rows(np.where(test.truth == 1, 0.9, 0.1), test.unhappy.to_numpy()).mean()
    assert log_loss_rows(said, test.unhappy.to_numpy()).mean() < best + 0.05


def test_answers_that_have_nothing_to_do_with_the_texts_give_the_share_of_the_unhappy() -> None:
    train, test = written(400, seed=1), written(200, seed=2)
    label = np.random.default_rng(3).permutation(train.unhappy.to_numpy())
    said = fit_sentiment(train.text.tolist(), label, seed=1).predict(test.text.tolist())
    assert np.abs(said - label.mean()).mean() < 0.1


def test_row_order_changes_nothing_and_a_seed_gives_the_same_again() -> None:
    train, test = written(300, seed=1), written(50, seed=2)
    shuffled = train.sample(frac=1, random_state=5)
    first, again = (
        fit_sentiment(one.text.tolist(), one.unhappy.to_numpy(), seed=1).predict(test.text.tolist())
        for one in (train, shuffled)
    )
    np.testing.assert_array_equal(first, again)
    topics, topics_again = (fit_topics(one.text.tolist(), one.topic.tolist(), seed=1) for one in (train, shuffled))
    assert topics is not None
    assert topics_again is not None
    assert topics.predict(test.text.tolist()) == topics_again.predict(test.text.tolist())
    assert topics.least_confidence == topics_again.least_confidence


def test_of_an_empty_or_strange_text_nothing_is_said() -> None:
    train = written(300, seed=1)
    model = fit_sentiment(train.text.tolist(), train.unhappy.to_numpy(), seed=1)
    said = model.predict(["", "  \u200c ", "жжж", "پیک دیر رسید"])
    assert np.isnan(said).tolist() == [True, True, True, False]
    topics = fit_topics(train.text.tolist(), train.topic.tolist(), seed=1)
    assert topics is not None
    assert topics.predict(["", "жжж", "پیک دیر رسید"]) == [None, None, "delivery"]


def test_one_class_alone_is_refused() -> None:
    with pytest.raises(ValueError, match="two different texts of each"):
        fit_sentiment(["سرد", "دیر", "good", "good"], np.array([1, 1, 0, 0]), seed=1)


def test_topics_that_texts_do_not_tell_are_not_named() -> None:
    train, test = written(400, seed=1), written(100, seed=2)
    topics = np.random.default_rng(3).choice(["a", "b", "c"], len(train)).tolist()
    model = fit_topics(train.text.tolist(), topics, seed=1)
    assert model is not None
    assert sum(one is not None for one in model.predict(test.text.tolist())) <= 5


def test_as_many_topics_are_right_as_was_asked_for() -> None:
    train, test = written(1500, seed=1), written(1500, seed=2)
    random = np.random.default_rng(4)
    # Of those about the courier half are filed under anything.
    filed = [
        str(random.choice(["delivery", "food"])) if topic == "delivery" and random.random() < 0.5 else topic
        for topic in train.topic
    ]
    demanding = replace(SMALL, topic_right=0.95)
    for given_settings, bound in ((replace(SMALL, topic_right=0.5), 0.0), (demanding, 0.95)):
        model = fit_topics(train.text.tolist(), filed, seed=1, settings=given_settings)
        assert model is not None
        said = pd.Series(model.predict(test.text.tolist()), dtype="object")
        assert (said == test.topic)[said.notna()].mean() >= bound
        assert said.notna().all() == (bound == 0.0)
    assert said.notna().any()


def test_a_topic_too_rare_is_not_learned_and_counts_as_wrong() -> None:
    train = written(200, seed=1)
    few = pd.DataFrame({"text": [f"صورتحساب {n}" for n in range(5)], "topic": "bill"})
    rows = pd.concat([train, few])
    model = fit_topics(rows.text.tolist(), rows.topic.tolist(), seed=1, settings=SMALL)
    assert model is not None
    assert model.topics == ("delivery", "food")
    assert fit_topics(few.text.tolist() * 20, few.topic.tolist() * 20, seed=1, settings=SMALL) is None


# Block by block


def company(number: int = 480, *, seed: int = 1, days: int = 140) -> pd.DataFrame:
    """Five blocks of texts; an answer comes up to ten days after the text, in a third of the cases never."""
    random = np.random.default_rng(seed)
    said = written(number, seed=seed)
    known_at = ORIGIN + pd.to_timedelta(np.sort(random.uniform(0, days, number)), unit="D")
    later = known_at + pd.to_timedelta(random.uniform(0, 10, number), unit="D")
    answered, named = random.random(number) < 0.67, random.random(number) < 0.67
    return pd.DataFrame(
        {
            "text_of": random.choice(["contacts", "cases", "surveys"], number),
            "text_id": [f"t{n}" for n in range(number)],
            "customer_id": [f"c{n % 40}" for n in range(number)],
            "happened_at": known_at - pd.Timedelta(hours=1),
            "known_at": known_at,
            "text": said.text,
            "unhappy": said.unhappy.where(answered),
            "unhappy_known_at": pd.Series(later).where(answered),
            "topic": said.topic.where(named),
            "topic_known_at": pd.Series(later).where(named),
        }
    )


def begin_of(block: int) -> pd.Timestamp:
    return ORIGIN + block * pd.Timedelta(days=SMALL.block_days)


@pytest.fixture(scope="module")
def texts() -> pd.DataFrame:
    return company()


@pytest.fixture(scope="module")
def scores(texts: pd.DataFrame) -> pd.DataFrame:
    return score_texts(texts, seed=1, settings=SMALL)


def test_one_row_a_text_and_nothing_before_there_was_something_to_learn(
    texts: pd.DataFrame, scores: pd.DataFrame
) -> None:
    assert list(scores.columns) == [
        *("text_of", "text_id", "customer_id", "happened_at", "known_at"),
        *("sentiment", "topic", "language"),
    ]
    pd.testing.assert_frame_equal(scores.iloc[:, :5], texts.iloc[:, :5])
    is_first = texts.known_at < begin_of(1)
    assert scores.sentiment[is_first].isna().all()
    assert scores.topic[is_first].isna().all()
    assert scores.sentiment[~is_first].notna().all()
    assert scores.sentiment.dropna().between(0, 1).all()
    assert scores.topic[~is_first].notna().mean() > 0.9
    assert set(scores.language) == {"fa", "en"}


def test_a_block_is_scored_by_the_model_of_what_was_known_before_it(texts: pd.DataFrame, scores: pd.DataFrame) -> None:
    begin, end = begin_of(2), begin_of(3)
    before = texts[(texts.known_at < begin) & (texts.unhappy_known_at < begin)]
    model = fit_sentiment(before.text.tolist(), before.unhappy.to_numpy(), seed=1, settings=SMALL)
    here = texts.known_at.between(begin, end, inclusive="left")
    np.testing.assert_array_equal(scores.sentiment[here], model.predict(texts.text[here].tolist()))
    # There are texts of before whose answer came too late; with them the scores would differ.
    late = texts[(texts.known_at < begin) & texts.unhappy.notna()]
    assert len(late) > len(before)
    other = fit_sentiment(late.text.tolist(), late.unhappy.to_numpy(), seed=1, settings=SMALL)
    assert not np.array_equal(scores.sentiment[here], other.predict(texts.text[here].tolist()))


def test_a_text_that_came_after_its_answer_teaches_only_when_it_came(texts: pd.DataFrame) -> None:
    is_late = (texts.index % 2 == 0) & (texts.known_at < begin_of(2))
    delayed = texts.assign(known_at=texts.known_at.where(~is_late, begin_of(4)))
    scores = score_texts(delayed, seed=1, settings=SMALL)
    here = delayed.known_at.between(begin_of(2), begin_of(3), inclusive="left")
    without = score_texts(delayed[~is_late], seed=1, settings=SMALL)
    pd.testing.assert_frame_equal(scores[here], without[here[~is_late]])
    assert scores.sentiment[here].notna().all()


@pytest.mark.parametrize("what", ["gone", "other words", "other answers", "answered by now"])
def test_what_is_known_later_changes_no_earlier_score(texts: pd.DataFrame, scores: pd.DataFrame, what: str) -> None:
    now = begin_of(3) + pd.Timedelta(days=9, hours=5)
    is_later, begin = texts.known_at >= now, begin_of(3)
    changes: dict[str, Any] = {
        "gone": lambda: texts[~is_later],
        "other words": lambda: texts.assign(text=texts.text.where(~is_later, "پیک عالی the courier")),
        "other answers": lambda: texts.assign(
            unhappy=texts.unhappy.where(~(texts.unhappy_known_at >= begin), 1 - texts.unhappy),
            topic=texts.topic.where(~(texts.topic_known_at >= now), "food"),
        ),
        "answered by now": lambda: texts.assign(
            unhappy=texts.unhappy.fillna(1.0),
            unhappy_known_at=texts.unhappy_known_at.fillna(now),
            topic=texts.topic.fillna("food"),
            topic_known_at=texts.topic_known_at.fillna(now),
        ),
    }
    changed = score_texts(changes[what](), seed=1, settings=SMALL)
    pd.testing.assert_frame_equal(
        changed[changed.known_at < now], scores[~is_later] if what == "gone" else scores[scores.known_at < now]
    )


def test_a_night_asks_for_what_is_new_and_gets_the_same(texts: pd.DataFrame, scores: pd.DataFrame) -> None:
    since = (begin_of(3) + pd.Timedelta(days=4)).to_pydatetime()
    tail = score_texts(texts, seed=1, settings=SMALL, since=since)
    pd.testing.assert_frame_equal(tail, scores[scores.known_at >= since])
    assert 0 < len(tail) < len(scores)
    assert score_texts(texts, seed=1, settings=SMALL, since=datetime(2100, 1, 1)).empty


def test_row_order_and_index_change_nothing(texts: pd.DataFrame, scores: pd.DataFrame) -> None:
    before = texts.copy()
    shuffled = texts.sample(frac=1, random_state=3).set_axis(np.zeros(len(texts), dtype=int))
    found = score_texts(shuffled, seed=1, settings=SMALL)
    assert found.text_id.tolist() == shuffled.text_id.tolist()
    pd.testing.assert_frame_equal(
        found.sort_values("text_id", ignore_index=True), scores.sort_values("text_id", ignore_index=True)
    )
    pd.testing.assert_frame_equal(texts, before)


def test_a_given_topic_is_told_only_where_it_was_known_with_the_text(texts: pd.DataFrame) -> None:
    at_once = texts.assign(topic="given", topic_known_at=texts.known_at)
    assert (score_texts(at_once, seed=1, settings=SMALL).topic == "given").all()
    later = at_once.assign(topic_known_at=texts.known_at + pd.Timedelta(minutes=1))
    assert score_texts(later, seed=1, settings=SMALL).topic.isna().all()


def test_the_latest_answers_are_learned_from(texts: pd.DataFrame) -> None:
    few = replace(SMALL, most_texts=60, grown=1)
    scores = score_texts(texts, seed=1, settings=few, since=begin_of(4).to_pydatetime())
    begin = begin_of(4)
    before = texts[(texts.known_at < begin) & (texts.unhappy_known_at < begin)]
    latest = before.sort_values("unhappy_known_at").tail(60)
    model = fit_sentiment(latest.text.tolist(), latest.unhappy.to_numpy(), seed=1, settings=few)
    np.testing.assert_array_equal(scores.sentiment, model.predict(texts.text[texts.known_at >= begin].tolist()))


def test_one_text_a_thousand_times_is_one_text(texts: pd.DataFrame) -> None:
    same = texts.assign(text=texts.text.where(texts.unhappy != 1, "افتضاح"))
    assert score_texts(same, seed=1, settings=SMALL).sentiment.isna().all()


def test_nothing_at_all_is_scored_as_nothing(texts: pd.DataFrame) -> None:
    assert score_texts(texts[:0], seed=1).empty
    nulls = texts.assign(text=None, unhappy=None, unhappy_known_at=None, topic=None, topic_known_at=None)
    scores = score_texts(nulls, seed=1, settings=SMALL)
    assert len(scores) == len(texts)
    assert scores[["sentiment", "topic", "language"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"known_at": pd.NaT}, "480 rows have no known_at"),
        ({"unhappy": 3.0}, "480 rows have an unhappy other than"),
        ({"unhappy": 1.0, "unhappy_known_at": pd.NaT}, "480 rows have unhappy without unhappy_known_at.*t0"),
        ({"topic": "x", "topic_known_at": pd.NaT}, "480 rows have topic without topic_known_at"),
        ({"text_of": "cases", "text_id": "t"}, "479 rows repeat a text_of and text_id.*cases t"),
    ],
)
def test_what_cannot_be_scored_honestly_is_refused(texts: pd.DataFrame, changed: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        score_texts(texts.assign(**changed), seed=1)
    with pytest.raises(ValueError, match="no column unhappy_known_at"):
        score_texts(texts.drop(columns="unhappy_known_at"), seed=1)


@pytest.mark.parametrize(
    "wrong", [{"block_days": 0}, {"least_of_each": 1}, {"inner_folds": 1}, {"topic_right": 0.0}, {"strengths": ()}]
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"must be|a share"):
        TextSettings(**wrong)


def test_a_model_is_in_force_until_much_more_is_known_or_it_is_old() -> None:
    """By block, how many answers come: the next model at half as many again, or after three blocks."""
    counts = [0, 10, 2, 2, 1, 0, 0, 20]
    rows = pd.DataFrame(
        [
            {"known_at": begin_of(block) + pd.Timedelta(hours=number), "unhappy": 1.0, "text": "late"}
            for block, count in enumerate(counts)
            for number in range(count)
        ]
    )
    rows = rows.assign(unhappy_known_at=rows.known_at)
    few = replace(SMALL, grown=1.5, blocks_in_force=3)
    found = _fitted_before(rows, "unhappy", few)
    # 10 answers lie in block 1, so block 2 is the first that has a model; at 5 it is old.
    assert found == {2: 2, 3: 2, 4: 2, 5: 5, 6: 5, 7: 5}
