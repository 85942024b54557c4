"""Reasons in words."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest

from features.catalogue import FAMILIES
from features.family import last
from features.groups import GROUPS
from outreach.language import translations
from outreach.reasons import COLUMNS, LAST_NEWS_DAYS, SENTENCES, _stem, reasons_in_words, sentence

NAN = math.nan


@pytest.mark.parametrize(
    ("column", "value", "low", "high", "says"),
    [
        ("days_since_last_activity", 34.0, 6.0, 9.0, "Nothing for 34 days; usually every 6 to 9 days"),
        # Inside of the usual gaps "usually every 8 to 38" would say that all is well.
        ("days_since_last_activity", 27.0, 8.0, 38.0, "Nothing for 27 days; usually every 8 days"),
        ("last_csat", 3.0, 2.0, NAN, "Satisfaction 3 of 5 at the last survey"),
        ("last_csat", 2.0, 4.0, NAN, "Satisfaction 2 of 5 at the last survey; usually 4"),
        ("last_ces", 5.0, 6.0, NAN, "Effort 5 of 7 at the last survey"),
        ("last_ces", 6.0, 2.5, NAN, "Effort 6 of 7 at the last survey; usually 2.5"),
        ("days_since_last_activity", 34.2, 6.6, 7.4, "Nothing for 34 days; usually every 7 days"),
        ("days_since_last_activity", 3.0, 0.1, 1.2, "Nothing for 3 days; usually every day"),
        ("days_since_last_activity", 34.0, NAN, 9.0, "Nothing for 34 days; usually every 9 days"),
        ("days_since_last_activity", 34.0, NAN, NAN, "Nothing for 34 days"),
        ("days_since_last_activity", 1.0, NAN, NAN, "Nothing for 1 day"),
        ("days_since_first_activity", 34.0, NAN, NAN, "First seen 34 days ago"),
        ("days_since_first_activity", 1.0, 2.0, 3.0, "First seen 1 day ago"),
        ("orders_last_28d", 3.0, 11.0, 14.0, "3 orders in 28 days; usually 11 to 14"),
        ("orders_last_28d", 3.0, 14.0, 11.0, "3 orders in 28 days; usually 11 to 14"),
        ("orders_last_91d", 1.0, 11.0, 11.3, "1 order in 91 days; usually 11"),
        ("orders_last_28d", 0.0, 0.4, 2.5, "0 orders in 28 days; usually 0.4 to 2.5"),
        ("amount_last_28d", 120.4, 300.0, 420.0, "Spent 120 USD in 28 days; usually 300 to 420"),
        ("amount_last_28d", 12345.6, NAN, NAN, "Spent 12346 USD in 28 days"),
        ("amount_last_28d", 9.5, 9.999, 10.004, "Spent 9.50 USD in 28 days; usually 10"),
        ("amount_last_28d", 0.0, 5.0, 20.0, "Spent 0 USD in 28 days; usually 5.00 to 20"),
        ("amount_last_28d", -120.0, NAN, NAN, "Spent -120 USD in 28 days"),
        ("average_order_last_182d", 35.0, NAN, NAN, "35 USD an order on average"),
        ("usage_days_last_28d", 3.0, 11.0, 14.0, "Used on 3 days of 28; usually 11 to 14"),
        ("usage_days_last_28d", 1.0, NAN, NAN, "Used on 1 day of 28"),
        ("categories_last_91d", 2.0, 5.0, 5.0, "Bought in 2 categories in 91 days; usually 5"),
        ("categories_last_91d", 1.0, 5.0, 5.0, "Bought in 1 category in 91 days; usually 5"),
        ("channels_last_91d", 2.0, NAN, NAN, "Came through 2 channels in 91 days"),
        ("contacts_last_91d", 2.0, 0.0, 1.0, "2 contacts in 91 days; usually 0 to 1"),
        ("returns_last_91d", 1.0, 0.0, 0.0, "1 return in 91 days; usually 0"),
        ("quiet_share_28d", 0.4, 0.1, 0.2, "Quiet in 40% of all earlier 28-day periods"),
        ("weekend_share_last_182d", 0.351, 0.2, 0.3, "35% of activity at weekends; usually 20% to 30%"),
        ("wait_seconds_last_91d", 65.0, 10.0, 20.0, "Longest wait in 91 days, seconds: 65; usually 10 to 20"),
        (
            "repeat_contacts_within_28d_last_91d",
            3.0,
            NAN,
            NAN,
            "Had to come back about the same thing 3 times in 91 days",
        ),
        ("channel_hops_last_91d", 1.0, NAN, NAN, "Had to change the channel about one thing 1 time in 91 days"),
        ("transfers_last_91d", 2.0, NAN, NAN, "Passed on 2 times in 91 days"),
        ("average_wait_minutes_last_28d", 12.5, 2.0, 4.0, "Waited 12 minutes on average in 28 days; usually 2 to 4"),
        ("last_wait_minutes", 1.0, 0.25, 0.5, "Waited 1 minute the last time; usually 0.2 to 0.5"),
        ("long_waits_last_91d", 1.0, NAN, NAN, "Waited longer than expected 1 time in 91 days"),
        ("cases_without_response", 1.0, NAN, NAN, "1 case waits too long for a first answer"),
        ("cases_without_response", 2.0, NAN, NAN, "2 cases wait too long for a first answer"),
        ("mean_outcome_last_364d", 40.0, NAN, NAN, "Reviewed contacts came to 40 of 100 for the customer"),
        ("open_complaints", 1.0, NAN, NAN, "1 complaint is open"),
        ("complaints_last_91d", 2.0, NAN, NAN, "2 complaints in 91 days"),
        ("open_cases", 2.0, NAN, NAN, "2 requests or complaints are open"),
        ("oldest_open_case_days", 12.4, NAN, NAN, "A case has been open for 12 days"),
        ("cancellation_contacts_last_91d", 1.0, NAN, NAN, "Asked about cancelling 1 time in 91 days"),
        ("last_contact_unresolved", 1.0, NAN, NAN, "The last contact did not settle the matter"),
        ("last_csat", 2.0, 3.5, 3.5, "Satisfaction 2 of 5 at the last survey; usually 3.5"),
        # After the only answer so far it is not "usually" the same.
        ("last_csat", 2.0, 2.0, 2.0, "Satisfaction 2 of 5 at the last survey"),
        ("last_nps", 6.0, 9.0, 9.0, "Would recommend us: 6 of 10 at the last survey; usually 9"),
        ("last_ces", 6.0, NAN, NAN, "Effort 6 of 7 at the last survey"),
        ("last_sentiment", 0.93, 0.4, 0.4, "The last text sounds unhappy"),
        ("unhappy_share_last_91d", 0.5, 0.2, 0.2, "50% of texts in 91 days sound unhappy; usually 20%"),
        ("answered_share_last_364d", 0.1, 0.4, 0.4, "Answered 10% of surveys in 364 days; usually 40%"),
        ("late_share_last_91d", 0.5, 0.5, 0.5, "50% of deliveries late in 91 days"),
        ("last_days_late", 1.0, 0.5, 0.5, "The last order came 1 day late"),
        ("overdue_orders", 1.0, NAN, NAN, "1 order overdue"),
        ("days_to_renewal", 1.0, NAN, NAN, "Renews in 1 day"),
        ("failed_payments_last_91d", 2.0, NAN, NAN, "2 failed payments in 91 days"),
        ("days_since_last_price_rise", 20.0, NAN, NAN, "The price rose 20 days ago"),
        ("case_response_hours", 9.25, NAN, NAN, "Without an answer about the case for 9.2 business hours"),
        ("case_contacts", 3.0, NAN, NAN, "3 contacts about the case"),
        ("case_transfers", 1.0, NAN, NAN, "Passed on 1 time about the case"),
        ("case_longest_wait_minutes", 25.0, NAN, NAN, "Waited up to 25 minutes about the case"),
        ("case_severity", 4.0, NAN, NAN, "Severity 4 of 5"),
        ("case_is_unresolved", 1.0, NAN, NAN, "The case was closed without what the customer wanted"),
        ("case_was_reopened", 1.0, NAN, NAN, "The case had to be opened again"),
        ("hops_last_91d", 0.25, NAN, NAN, "hops last 91d: 0.2"),
    ],
)
def test_sentence(column: str, value: float, low: float, high: float, says: str) -> None:
    descriptions = {"wait_seconds_last_91d": "Longest wait in 91 days, seconds"}
    said = sentence(column, value=value, usual_low=low, usual_high=high, currency="USD", descriptions=descriptions)
    assert said == says


@pytest.mark.parametrize(
    ("column", "value", "low", "high", "says"),
    [
        ("days_since_last_activity", 34.0, 6.0, 9.0, "۳۴ روز بدون فعالیت؛ معمولاً هر ۶ تا ۹ روز یک بار"),
        ("days_since_last_activity", 3.0, 0.1, 1.2, "۳ روز بدون فعالیت؛ معمولاً هر روز"),
        ("orders_last_28d", 3.0, 11.0, 14.0, "۳ سفارش در ۲۸ روز؛ معمولاً ۱۱ تا ۱۴"),
        ("orders_last_28d", 0.0, 0.4, 2.5, "۰ سفارش در ۲۸ روز؛ معمولاً ۰٫۴ تا ۲٫۵"),
        ("amount_last_28d", 12345678.6, 30000.0, 900.0, "۱۲٬۳۴۵٬۶۷۹ ریال خرید در ۲۸ روز؛ معمولاً ۹۰۰ تا ۳۰٬۰۰۰"),
        ("amount_last_28d", 9.5, NAN, NAN, "۹٫۵۰ ریال خرید در ۲۸ روز"),
        ("amount_last_28d", -120.0, NAN, NAN, "\u200e\u2212۱۲۰ ریال خرید در ۲۸ روز"),
        ("quiet_share_28d", 0.4, NAN, NAN, "خاموش در ۴۰٪ از دوره‌های ۲۸روزهٔ پیشین"),
        ("repeat_contacts_within_28d_last_91d", 3.0, NAN, NAN, "۳ بار پیگیری دوبارهٔ یک موضوع در ۹۱ روز"),
        ("average_wait_minutes_last_28d", 12.5, 2.0, 4.0, "میانگین انتظار ۱۲ دقیقه در ۲۸ روز؛ معمولاً ۲ تا ۴"),
        ("last_nps", 6.0, 9.0, 9.0, "نمرهٔ ۶ از ۱۰ برای معرفی ما در آخرین نظرسنجی؛ معمولاً ۹"),
        ("late_share_last_91d", 0.5, 0.25, 0.25, "تأخیر در ۵۰٪ از تحویل‌ها در ۹۱ روز؛ معمولاً ۲۵٪"),
        ("days_to_renewal", 12.0, NAN, NAN, "۱۲ روز تا تمدید"),
        ("case_response_hours", 30.0, NAN, NAN, "۳۰ ساعت کاری بی‌پاسخ دربارهٔ پرونده"),
        ("case_is_unresolved", 1.0, NAN, NAN, "پرونده بی‌آنکه مشتری به خواسته‌اش برسد بسته شده است"),
        ("active_days_last_91d", 12.0, NAN, NAN, "روزهای فعال در ۹۱ روز گذشته: ۱۲"),
        ("strange_91d", 0.25, NAN, NAN, "\u2068strange 91d\u2069: ۰٫۲"),
    ],
)
def test_sentence_in_persian(column: str, value: float, low: float, high: float, says: str) -> None:
    descriptions = {"active_days_last_91d": last(91)[0].of("days with activity")}
    said = sentence(
        column,
        value=value,
        usual_low=low,
        usual_high=high,
        currency="IRR",
        descriptions=descriptions,
        translations=translations("fa"),
    )
    assert said == says


@pytest.mark.parametrize(
    ("column", "value", "usual", "days_ago", "english", "persian"),
    [
        (
            "last_csat", 2.0, 4.0, 54.0,
            "Satisfaction 2 of 5 at the last survey (54 days ago); usually 4",
            "رضایت ۲ از ۵ در آخرین نظرسنجی (۵۴ روز پیش)؛ معمولاً ۴",
        ),
        (
            "last_days_late", 3.0, NAN, 1.0,
            "The last order came 3 days late (1 day ago)",
            "آخرین سفارش با ۳ روز تأخیر رسید (۱ روز پیش)",
        ),
        (
            "last_contact_unresolved", 1.0, NAN, 12.0,
            "The last contact did not settle the matter (12 days ago)",
            "آخرین تماس مسئله را حل نکرد (۱۲ روز پیش)",
        ),
        ("last_csat", 2.0, NAN, NAN, "Satisfaction 2 of 5 at the last survey", "رضایت ۲ از ۵ در آخرین نظرسنجی"),
    ],
)  # fmt: skip
def test_the_last_of_something_says_how_long_ago_it_was(
    column: str, value: float, usual: float, days_ago: float, english: str, persian: str
) -> None:
    told = {"value": value, "usual_low": usual, "usual_high": usual, "days_ago": days_ago}
    assert sentence(column, **told) == english
    assert sentence(column, **told, translations=translations("fa")) == persian


def test_money_without_a_currency_is_a_bare_number() -> None:
    assert sentence("amount_last_28d", value=120.0) == "Spent 120 in 28 days"


def test_description_with_braces_is_shown_as_it_is() -> None:
    assert sentence("strange", value=1.0, descriptions={"strange": "A {number} {x} {"}) == "A {number} {x} {: 1"


def test_every_sentence_can_be_said_and_claims_no_cause() -> None:
    for stem in SENTENCES:
        column = f"{stem}_28d" if not stem.startswith("days_") else stem
        for value in (0.0, 0.5, 1.0, 2.0, 1234.5, -3.0):
            said = sentence(column, value=value, usual_low=1.0, usual_high=2.0, currency="EUR")
            assert "{" not in said
            assert not {"because", "due", "caused", "therefore", "since"} & set(said.lower().split())


def contributions(*rows: tuple[Any, ...]) -> pd.DataFrame:
    """unit, group, contribution; each shows a number of orders."""
    frame = pd.DataFrame(list(rows), columns=["unit_id", "group", "contribution"])
    return frame.assign(place=1, shows="orders_last_28d", value=3.0, usual_low=NAN, usual_high=NAN, days_ago=NAN)


def groups_of(frame: pd.DataFrame) -> dict[str, list[str]]:
    said = reasons_in_words(frame)
    return {row["unit_id"]: [row[f"group_{n}"] for n in (1, 2, 3) if row[f"group_{n}"]] for _, row in said.iterrows()}


def test_reasons_are_the_largest_that_raise_the_risk() -> None:
    drawn = contributions(
        ("four", "d", 0.2), ("four", "c", 0.3), ("four", "b", 0.4), ("four", "a", 0.5),
        ("lowering", "a", 0.5), ("lowering", "b", -2.0),
        ("ten_percent", "a", 0.9), ("ten_percent", "b", 0.1),
        ("under_ten", "a", 0.91), ("under_ten", "b", 0.09),
        ("equal", "z", 0.5), ("equal", "m", 0.5),
        ("only_lowering", "a", -1.0),
        ("weak", "a", 0.14), ("weak", "b", -0.86),
        ("just_enough", "a", 0.15), ("just_enough", "b", -0.85),
        ("nothing", "a", 0.0), ("unknown", "a", NAN),
    )  # fmt: skip
    assert groups_of(drawn) == {
        "four": ["a", "b", "c"],
        "lowering": ["a"],
        "ten_percent": ["a", "b"],
        "under_ten": ["a"],
        "equal": ["m", "z"],
        "only_lowering": [],
        "weak": [],
        "just_enough": ["a"],
        "nothing": [],
        "unknown": [],
    }


def test_texts_stand_beside_their_groups_and_unused_places_are_empty() -> None:
    said = reasons_in_words(contributions(("u", "buys_less", 1.0), ("v", "a", -1.0)))
    assert list(said.columns) == list(COLUMNS)
    assert said.to_dict("split", index=False)["data"] == [
        ["u", "3 orders in 28 days", "", "", "buys_less", "", "", "orders_last_28d", "", ""],
        ["v", "No dominant reason", "", "", "", "", "", "", "", ""],
    ]


@pytest.mark.parametrize(("shows", "value"), [(None, 3.0), (NAN, 3.0), ("orders_last_28d", NAN)])
def test_group_with_nothing_to_show_counts_but_is_not_listed(shows: Any, value: float) -> None:
    frame = contributions(("u", "times", 8.0), ("u", "buys_less", 2.0), ("u", "narrower", 0.5))
    frame["shows"] = frame["shows"].astype("object")
    frame.loc[0, ["shows", "value"]] = [shows, value]
    # narrower has 0.5 of the 2.5 that can be said, but only 0.5 of the 10.5 that raise the risk
    assert groups_of(frame) == {"u": ["buys_less"]}


def test_nothing_is_mutated_and_order_of_rows_changes_nothing() -> None:
    frame = contributions(("u", "a", 1.0), ("u", "b", 2.0), ("v", "a", 1.0), ("v", "b", 1.0))
    before = frame.copy()
    said = reasons_in_words(frame)
    pd.testing.assert_frame_equal(frame, before)
    backwards = reasons_in_words(frame.iloc[::-1]).iloc[::-1].reset_index(drop=True)
    pd.testing.assert_frame_equal(said, backwards)


def test_no_units_give_an_empty_frame_and_repeats_are_refused() -> None:
    assert list(reasons_in_words(contributions()).columns) == list(COLUMNS)
    with pytest.raises(ValueError, match="1 rows repeat a unit, group and place"):
        reasons_in_words(contributions(("u", "a", 1.0), ("u", "a", 2.0)))


def test_unknown_usual_may_be_null_in_a_column_of_objects() -> None:
    frame = contributions(("u", "a", 1.0)).astype({"usual_low": "object", "usual_high": "object", "value": "object"})
    frame.loc[0, ["usual_low", "usual_high"]] = None
    assert reasons_in_words(frame)["reason_1"].tolist() == ["3 orders in 28 days"]


@pytest.mark.parametrize(
    ("shows", "value", "usual", "is_said"),
    [
        ("orders_last_28d", 3, (11, 14), True),
        ("orders_last_28d", 14, (11, 14), True),
        ("orders_last_28d", 15, (11, 14), False),
        ("days_since_last_activity", 34, (6, 9), True),
        ("days_since_last_activity", 2, (6, 9), False),
        # Just as ever is no news where less is worse.
        ("orders_last_28d", 3, (3, 3), False),
        ("answered_share_last_364d", 0.4, (0.4, 0.4), False),
        ("answered_share_last_364d", 0.1, (0.4, 0.4), True),
        ("complaints_last_91d", 0, (math.nan, math.nan), False),
        ("average_wait_minutes_last_28d", 9, (2, 4), True),
        ("average_wait_minutes_last_28d", 1, (2, 4), False),
        ("average_wait_minutes_last_28d", 0.5, (0.1, 0.2), False),
        # What was answered is judged by itself, not by what was answered before.
        ("last_csat", 2, (1.5, 1.5), True),
        ("last_csat", 4, (5, 5), False),
        ("last_nps", 6, (3, 3), True),
        ("last_nps", 7, (10, 10), False),
        ("last_ces", 5, (6, 6), True),
        ("last_ces", 4, (1, 1), False),
        ("last_sentiment", 0.2, (0.1, 0.1), False),
        ("days_to_renewal", 14, (math.nan, math.nan), True),
        ("days_to_renewal", -3, (math.nan, math.nan), False),
        ("days_to_renewal", 300, (math.nan, math.nan), False),
        ("days_since_last_price_rise", 300, (math.nan, math.nan), False),
        ("case_contacts", 1, (math.nan, math.nan), False),
        ("case_is_unresolved", 0, (math.nan, math.nan), False),
        ("case_is_unresolved", 1, (math.nan, math.nan), True),
        ("returns_last_91d", 0, (math.nan, math.nan), False),
        ("returns_last_91d", 2, (math.nan, math.nan), True),
        ("a_column_without_a_sentence", 0, (5, 9), True),
    ],
)
def test_a_number_on_the_good_side_of_the_usual_is_no_reason(
    shows: str, value: float, usual: tuple[float, float], is_said: bool
) -> None:
    row = {"unit_id": "u", "group": "g", "contribution": 1.0, "place": 1, "shows": shows, "value": value}
    frame = pd.DataFrame([row | {"usual_low": usual[0], "usual_high": usual[1], "days_ago": NAN}])
    assert (reasons_in_words(frame).reason_1[0] != "No dominant reason") == is_said


def places(*rows: tuple[Any, ...]) -> pd.DataFrame:
    """unit, group, contribution, place, shows, value."""
    names = ["unit_id", "group", "contribution", "place", "shows", "value"]
    return pd.DataFrame(list(rows), columns=names).assign(usual_low=NAN, usual_high=NAN, days_ago=NAN)


def test_of_a_group_the_first_is_said_that_tells_against_the_customer() -> None:
    drawn = places(
        ("first", "said", 1.0, 1, "last_csat", 2.0), ("first", "said", 1.0, 2, "last_nps", 1.0),
        ("good", "said", 1.0, 1, "last_csat", 5.0), ("good", "said", 1.0, 2, "last_nps", 1.0),
        ("unknown", "said", 1.0, 1, "last_csat", NAN), ("unknown", "said", 1.0, 2, "last_nps", 1.0),
        ("all_good", "said", 1.0, 1, "last_csat", 5.0), ("all_good", "said", 1.0, 2, "last_nps", 10.0),
    )  # fmt: skip
    for frame in (drawn, drawn.iloc[::-1]):
        said = reasons_in_words(frame).set_index("unit_id").reason_1
        assert said.to_dict() == {
            "first": "Satisfaction 2 of 5 at the last survey",
            "good": "Would recommend us: 1 of 10 at the last survey",
            "unknown": "Would recommend us: 1 of 10 at the last survey",
            "all_good": "No dominant reason",
        }


def test_what_was_said_long_ago_is_no_reason_to_call_today() -> None:
    drawn = places(
        ("fresh", "said", 1.0, 1, "last_csat", 2.0), ("fresh", "said", 1.0, 2, "last_nps", 1.0),
        ("old", "said", 1.0, 1, "last_csat", 2.0), ("old", "said", 1.0, 2, "last_nps", 1.0),
    )  # fmt: skip
    drawn["days_ago"] = [LAST_NEWS_DAYS, 3.0, LAST_NEWS_DAYS + 1.0, 3.0]
    assert reasons_in_words(drawn).set_index("unit_id").reason_1.to_dict() == {
        "fresh": "Satisfaction 2 of 5 at the last survey (182 days ago)",
        "old": "Would recommend us: 1 of 10 at the last survey (3 days ago)",
    }


def test_a_group_counts_once_however_many_columns_it_may_show() -> None:
    drawn = places(
        ("u", "said", 0.8, 1, "last_csat", 5.0), ("u", "said", 0.8, 2, "last_nps", 10.0),
        ("u", "returns", 0.2, 1, "returns_last_91d", 2.0),
    )  # fmt: skip
    # 0.2 of 1.0; with the unsaid group counted at both places it would be 0.2 of 1.8, and not dominant.
    assert groups_of(drawn) == {"u": ["returns"]}


@pytest.mark.parametrize(
    ("target", "shows", "value", "usual", "is_said"),
    [
        (None, "orders_last_28d", 20.0, 14.0, False),
        ("inactivity", "orders_last_28d", 20.0, 14.0, False),
        ("contract_churn", "usage_days_last_28d", 20.0, 14.0, False),
        ("partial_churn", "amount_last_28d", 20.0, 14.0, True),
        ("of_our_own", "orders_last_28d", 20.0, 14.0, True),
        # Bad service is bad news before anything.
        ("partial_churn", "complaints_last_91d", 0.0, NAN, False),
        ("partial_churn", "last_csat", 5.0, 4.0, False),
    ],
)
def test_more_activity_than_usual_is_good_news_of_those_alone_who_might_leave(
    target: str | None, shows: str, value: float, usual: float, is_said: bool
) -> None:
    drawn = places(("u", "g", 1.0, 1, shows, value)).assign(usual_low=usual, usual_high=usual)
    assert (reasons_in_words(drawn, target=target).reason_1[0] != "No dominant reason") == is_said


def test_every_sentence_speaks_of_a_column_that_is_there() -> None:
    columns = {feature.name for family in FAMILIES for feature in family.features}
    stems = {_stem(name)[0] for name in columns}
    assert set(SENTENCES) - stems == set()
    shown = {_stem(name)[0] for group in GROUPS.values() for name in group.shows}
    # What stands without a sentence would be judged by nothing.
    assert shown - set(SENTENCES) == {"average_categories_last"}


def test_only_the_last_place_of_a_group_may_be_judged_by_nothing() -> None:
    for group in GROUPS.values():
        for name in group.shows[:-1]:
            said = SENTENCES[_stem(name)[0]]
            assert said.worse is not None or said.bad != (-math.inf, math.inf) or group.name == "narrower", name
