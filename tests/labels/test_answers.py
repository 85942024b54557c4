"""Answers as labels, drawn: who was asked when, who answered in time, and which answer counts."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.calendar import Calendar
from contract.checked import CheckedTables
from labels.low_csat import case_low_csat, low_csat
from tests.drawn import checked
from tests.labels.told import told

AS_OF = date(2024, 3, 5)


def answered(tables: CheckedTables, *, horizon_days: int = 7, gap_days: int = 1, delay_days: int = 7) -> dict[str, str]:
    """By customer who was active in the last 30 days: yes is an answer of 2 of 5 or less."""
    target = low_csat(active_days=30, horizon_days=horizon_days, gap_days=gap_days, delay_days=delay_days)
    return told(tables, target, AS_OF)


def of_cases(tables: CheckedTables, *, gap_days: int = 1, fresh_days: int = 1, load_hours: float = 6) -> dict[str, str]:
    """By case that was opened or closed just now: yes is an answer of 2 of 5 or less."""
    target = case_low_csat(horizon_days=7, gap_days=gap_days, fresh_days=fresh_days)
    return told(tables, target, AS_OF, load_hours=load_hours)


def bought(*names: str) -> str:
    return "\n".join(["customer_id | happened_at", *(f"{name} | 2024-03-01 10:00" for name in names)])


# Customers


def test_the_invitation_falls_into_the_window(tmp_path: Path) -> None:
    """As of the 5th, with a gap of one day and seven days ahead, the window is the 6th to the 12th."""
    tables = checked(
        tmp_path,
        orders=bought("first moment", "last moment", "just too early", "just too late", "of before", "never"),
        surveys="""
            customer_id    | kind | invited_at                 | responded_at     | score
            first moment   | csat | 2024-03-06 00:00           | 2024-03-06 10:00 | 1
            last moment    | csat | 2024-03-12 23:59:59.999999 | 2024-03-13 10:00 | 1
            just too early | csat | 2024-03-05 23:59:59.999999 | 2024-03-07 10:00 | 1
            just too late  | csat | 2024-03-13 00:00           | 2024-03-13 10:00 | 1
            of before      | csat | 2024-03-01 10:00           | 2024-03-02 10:00 | 1
            not active     | csat | 2024-03-06 00:00           | 2024-03-06 10:00 | 1
        """,
    )
    assert answered(tables) == {
        "first moment": "yes",
        "last moment": "yes",
        "just too early": "not asked",
        "just too late": "not asked",
        "of before": "not asked",
        "never": "not asked",
    }
    assert answered(tables, gap_days=0)["just too early"] == "yes"


def test_the_days_are_those_of_the_business_zone(tmp_path: Path) -> None:
    """In New York: invited on the 12th, which is the 13th in UTC; answered on the 19th, which is the 20th in UTC."""
    tables = checked(
        tmp_path,
        calendar=Calendar(zone="America/New_York"),
        orders=bought("in time", "asked late", "answered late", "asked in the gap"),
        surveys="""
            customer_id      | kind | invited_at           | responded_at         | score
            in time          | csat | 2024-03-13 03:59:59Z | 2024-03-20 03:59:59Z | 2
            asked late       | csat | 2024-03-13 04:00Z    | 2024-03-13 05:00Z    | 2
            answered late    | csat | 2024-03-13 03:59:59Z | 2024-03-20 04:00Z    | 2
            asked in the gap | csat | 2024-03-06 04:59:59Z | 2024-03-06 06:00Z    | 2
        """,
    )
    assert answered(tables) == {
        "in time": "yes",
        "asked late": "not asked",
        "answered late": "silent",
        "asked in the gap": "not asked",
    }


def test_an_answer_counts_until_the_delay_is_over(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        orders=bought("last moment", "too late", "no answer", "no score"),
        surveys="""
            customer_id | kind | invited_at       | responded_at               | score
            last moment | csat | 2024-03-06 10:00 | 2024-03-19 23:59:59.999999 | 2
            too late    | csat | 2024-03-06 10:00 | 2024-03-20 00:00           | 2
            no answer   | csat | 2024-03-06 10:00 |                            |
            no score    | csat | 2024-03-06 10:00 | 2024-03-07 10:00           |
        """,
    )
    silent = {"too late": "silent", "no answer": "silent", "no score": "silent"}
    assert answered(tables) == {"last moment": "yes", **silent}
    assert answered(tables, delay_days=8) == {"last moment": "yes", **silent, "too late": "yes"}
    assert set(answered(tables, delay_days=0).values()) == {"silent"}
    assert low_csat(active_days=30, horizon_days=7, gap_days=1).known_on(AS_OF) == date(2024, 3, 20)


def test_of_several_answers_the_last_counts(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        orders=bought("better", "worse", "one day", "the last too late", "answered out of order", "other kind"),
        surveys="""
            customer_id           | survey_id | kind | invited_at       | responded_at     | score
            better                | s1        | csat | 2024-03-06 10:00 | 2024-03-07 10:00 | 1
            better                | s2        | csat | 2024-03-08 10:00 | 2024-03-09 10:00 | 5
            worse                 | s3        | csat | 2024-03-06 10:00 | 2024-03-07 10:00 | 5
            worse                 | s4        | csat | 2024-03-08 10:00 | 2024-03-09 10:00 | 1
            one day               | s6        | csat | 2024-03-06 10:00 | 2024-03-07 10:00 | 1
            one day               | s5        | csat | 2024-03-06 10:00 | 2024-03-07 18:00 | 5
            the last too late     | s7        | csat | 2024-03-06 10:00 | 2024-03-07 10:00 | 5
            the last too late     | s8        | csat | 2024-03-12 10:00 | 2024-03-20 10:00 | 1
            answered out of order | s9        | csat | 2024-03-06 10:00 | 2024-03-10 10:00 | 1
            answered out of order | t1        | csat | 2024-03-07 10:00 | 2024-03-08 10:00 | 5
            other kind            | t2        | csat | 2024-03-06 10:00 | 2024-03-07 10:00 | 5
            other kind            | t3        | ces  | 2024-03-08 10:00 | 2024-03-09 10:00 | 1
        """,
    )
    assert answered(tables) == {
        "better": "no",
        "worse": "yes",
        "one day": "yes",
        "the last too late": "no",
        "answered out of order": "yes",
        "other kind": "no",
    }


def test_a_corrected_answer_counts_as_known_last(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        orders=bought("mistyped", "taken back", "put in later"),
        surveys="""
            customer_id  | survey_id | kind | invited_at       | responded_at     | score | known_at
            mistyped     | s1        | csat | 2024-03-06 10:00 | 2024-03-07 10:00 | 1     | 2024-03-07 10:00
            mistyped     | s1        | csat | 2024-03-06 10:00 | 2024-03-07 10:00 | 5     | 2024-05-07 10:00
            taken back   | s2        | csat | 2024-03-06 10:00 | 2024-03-07 10:00 | 1     | 2024-03-07 10:00
            taken back   | s2        | csat | 2024-03-06 10:00 |                  |       | 2024-05-07 10:00
            put in later | s3        | csat | 2024-03-06 10:00 |                  |       | 2024-03-06 10:00
            put in later | s3        | csat | 2024-03-06 10:00 | 2024-03-07 10:00 | 1     | 2024-05-07 10:00
        """,
    )
    assert answered(tables) == {"mistyped": "no", "taken back": "silent", "put in later": "yes"}


def test_who_left_or_forbids_profiling_is_asked_nothing(tmp_path: Path) -> None:
    names = ("gone", "leaves in gap", "leaves later", "silent, leaves", "forbids")
    tables = checked(
        tmp_path,
        customers="\n".join(
            [
                "customer_id | joined_at | profiling_allowed",
                *(f"{name} | 2020-01-01 | {'false' if name == 'forbids' else ''}" for name in names),
            ]
        ),
        orders=bought(*names),
        subscriptions="""
            customer_id    | subscription_id | started_at | ended_at
            gone           | a1              | 2024-01-01 | 2024-03-02
            leaves in gap  | b1              | 2024-01-01 | 2024-03-05
            leaves later   | c1              | 2024-01-01 | 2024-03-08
            silent, leaves | d1              | 2024-01-01 | 2024-03-05
        """,
        surveys="\n".join(
            [
                "customer_id | kind | invited_at | responded_at | score",
                *(f"{name} | csat | 2024-03-07 | 2024-03-08 | 1" for name in names if name != "silent, leaves"),
                "silent, leaves | csat | 2024-03-07 | |",
            ]
        ),
    )
    assert answered(tables) == {"leaves in gap": "gone", "leaves later": "yes", "silent, leaves": "gone"}


# Cases


def surveys(*lines: str) -> str:
    return "\n".join(["customer_id | about | kind | invited_at | responded_at | score", *lines])


def test_cohort_of_cases_is_what_was_opened_or_closed_the_day_before(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        calendar=Calendar(zone="America/New_York"),
        orders=bought("ann"),
        cases="""
            customer_id | case_id          | kind      | opened_at             | closed_at
            ann         | opened           | request   | 2024-03-04 00:00      |
            ann         | opened and shut  | complaint | 2024-03-04 10:00      | 2024-03-04 23:59:59.999999
            ben         | closed           | request   | 2024-01-04 10:00      | 2024-03-04 10:00
            ben         | closed as UTC 5th | request  | 2024-01-04 10:00      | 2024-03-05 04:59:59Z
            ben         | two days ago     | request   | 2024-03-03 23:59:59   |
            ben         | closed before    | request   | 2024-01-04 10:00      | 2024-03-03 23:59:59
            ben         | closes later     | request   | 2024-01-04 10:00      | 2024-03-05 00:00
            ben         | opens later      | request   | 2024-03-05 00:00      |
        """,
        surveys=surveys("ann | opened | csat | 2024-03-05 10:00 | |"),
    )
    asked = {"opened": "silent"}
    yesterday = dict.fromkeys(("opened and shut", "closed", "closed as UTC 5th"), "not asked")
    assert of_cases(tables) == {**yesterday, **asked}
    assert set(of_cases(tables, fresh_days=2)) == {*yesterday, *asked, "two days ago", "closed before"}


CASES = """
    customer_id | case_id | kind    | opened_at        | closed_at
    ann         | k1      | request | 2024-03-04 10:00 |
    ann         | k2      | request | 2024-03-01 10:00 | 2024-03-04 10:00
    ben         | k3      | request | 2024-03-04 10:00 |
"""


@pytest.mark.parametrize(
    ("invited", "responded", "word"),
    [
        ("2024-03-04 11:00", "2024-03-04 23:59:59", None),
        ("2024-03-04 11:00", "2024-03-05 00:00", "gone"),
        ("2024-03-04 11:00", "2024-03-05 23:59:59", "gone"),
        ("2024-03-04 11:00", "2024-03-06 00:00", "yes"),
        ("2024-03-05 11:00", "2024-03-12 23:59:59", "yes"),
        ("2024-03-12 11:00", "2024-03-12 23:59:59", "yes"),
        ("2024-03-05 11:00", "2024-03-13 00:00", "silent"),
        ("2024-03-04 11:00", "", "silent"),
        ("2024-03-12 23:59", "", "silent"),
        ("2024-03-13 00:00", "", "not asked"),
        ("2024-03-13 00:00", "2024-03-14 10:00", "not asked"),
    ],
)
def test_the_answer_about_a_case_falls_into_the_window(
    tmp_path: Path, invited: str, responded: str, word: str | None
) -> None:
    """Answered before the decision or in the gap, it is over; who has not answered by the end kept silent."""
    score = 1 if responded else ""
    tables = checked(
        tmp_path,
        orders=bought("ann"),
        cases=CASES,
        surveys=surveys(f"ann | k1 | csat | {invited} | {responded} | {score}"),
    )
    other = {"k2": "not asked", "k3": "not asked"}
    assert of_cases(tables) == (other if word is None else {**other, "k1": word})


def test_an_answer_of_which_the_night_did_not_know_ends_it_as_well(tmp_path: Path) -> None:
    """Answered on the 4th, loaded on the 6th: the case is in tonight's list, and is nothing to learn from."""
    tables = checked(
        tmp_path,
        orders=bought("ann"),
        cases=CASES,
        surveys="""
            customer_id | survey_id | about | kind | invited_at       | responded_at     | score | known_at
            ann         | s1        | k1    | csat | 2024-03-04 11:00 |                  |       | 2024-03-04 11:00
            ann         | s1        | k1    | csat | 2024-03-04 11:00 | 2024-03-04 12:00 | 1     | 2024-03-06 11:00
        """,
    )
    assert of_cases(tables)["k1"] == "gone"


def test_each_case_has_its_own_answer(tmp_path: Path) -> None:
    """Two cases of one customer; surveys about another case, about none, or of another kind say nothing of it."""
    tables = checked(
        tmp_path,
        orders=bought("ann"),
        cases=CASES,
        surveys=surveys(
            "ann | k1    | csat | 2024-03-06 10:00 | 2024-03-07 10:00 | 2",
            "ann | k2    | csat | 2024-03-06 10:00 | 2024-03-07 10:00 | 3",
            "ben | other | csat | 2024-03-06 10:00 | 2024-03-07 10:00 | 1",
            "ben |       | csat | 2024-03-06 10:00 | 2024-03-07 10:00 | 1",
            "ben | k3    | ces  | 2024-03-06 10:00 | 2024-03-07 10:00 | 1",
            "ben | k3    | nps  | 2024-03-01 10:00 | 2024-03-02 10:00 | 1",
        ),
    )
    assert of_cases(tables) == {"k1": "yes", "k2": "no", "k3": "not asked"}


def test_of_several_answers_about_a_case_the_last_in_the_window_counts(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        orders=bought("ann"),
        cases=CASES,
        surveys=surveys(
            "ann | k1 | csat | 2024-03-06 10:00 | 2024-03-08 10:00 | 5",
            "ann | k1 | csat | 2024-03-06 10:00 | 2024-03-07 10:00 | 1",
            "ann | k1 | csat | 2024-03-06 10:00 | 2024-03-13 10:00 | 1",
            "ann | k2 | csat | 2024-03-04 10:00 | 2024-03-05 10:00 | 5",
            "ann | k2 | csat | 2024-03-06 10:00 | 2024-03-07 10:00 | 1",
        ),
    )
    assert of_cases(tables) == {"k1": "no", "k2": "gone", "k3": "not asked"}


def test_cases_of_who_left_or_forbids_profiling_stay_out(tmp_path: Path) -> None:
    names = ("forbids", "gone", "in the gap", "later", "bought since", "stays")
    tables = checked(
        tmp_path,
        customers="\n".join(
            [
                "customer_id | joined_at | profiling_allowed",
                *(f"{name} | 2020-01-01 | {'false' if name == 'forbids' else ''}" for name in names),
            ]
        ),
        orders=bought("bought since"),
        subscriptions="""
            customer_id  | subscription_id | started_at | ended_at
            gone         | a1              | 2024-01-01 | 2024-03-02
            in the gap   | b1              | 2024-01-01 | 2024-03-05
            later        | c1              | 2024-01-01 | 2024-03-08
            bought since | d1              | 2024-01-01 | 2024-02-02
        """,
        cases="\n".join(
            [
                "customer_id | case_id | kind | opened_at",
                *(f"{name} | of {name} | request | 2024-03-04" for name in names),
            ]
        ),
        surveys=surveys(*(f"{name} | of {name} | csat | 2024-03-07 | 2024-03-08 | 1" for name in names)),
    )
    assert of_cases(tables) == {
        "of in the gap": "gone",
        "of later": "yes",
        "of bought since": "yes",
        "of stays": "yes",
    }


def test_before_anybody_was_asked_every_fresh_case_is_in_the_cohort(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        orders=bought("ann"),
        cases=CASES,
        surveys=surveys("ann | k1 | csat | 2024-09-06 10:00 | 2024-09-08 10:00 | 5"),
    )
    assert of_cases(tables) == {"k1": "not asked", "k2": "not asked", "k3": "not asked"}


# Properties


WHO = ("ann", "ben", "cem")
#: Invitations by customer and the hour from as_of on, answered so many hours later, with a score.
ASKED = st.lists(
    st.tuples(st.sampled_from(WHO), st.integers(-72, 480), st.integers(0, 300), st.integers(1, 5)),
    min_size=1,
    max_size=8,
)


@settings(max_examples=8, deadline=None)
@given(asked=ASKED, later=ASKED, gap=st.integers(0, 3))
def test_what_happens_once_the_label_is_known_changes_nothing(
    tmp_path: Path,
    asked: list[tuple[str, int, int, int]],
    later: list[tuple[str, int, int, int]],
    gap: int,
) -> None:
    """Invitations that go out then, and answers that come then: of customers and of cases."""
    start = Calendar(zone="UTC").midnight(AS_OF)
    orders = bought(*WHO)
    cases = "\n".join(f"{who} | of {who} | request | 2024-03-04 10:00" for who in WHO)
    cases = f"customer_id | case_id | kind | opened_at\n{cases}"
    for target, tell in (
        (low_csat(active_days=30, horizon_days=7, gap_days=gap), answered),
        (case_low_csat(horizon_days=7, gap_days=gap), of_cases),
    ):
        known = target.label_days * 24
        first = [row for row in asked if row[1] < known]
        after = [(who, known + abs(hours), wait, score) for who, hours, wait, score in later]

        def lines(rows: list[tuple[str, int, int, int]], *, until: int) -> list[str]:
            told = []
            for who, hours, wait, score in rows:
                invited, responded = start + timedelta(hours=hours), start + timedelta(hours=hours + wait)
                answer = f"{responded:%Y-%m-%d %H:%M} | {score}" if hours + wait < until else " | "
                told.append(f"{who} | of {who} | csat | {invited:%Y-%m-%d %H:%M} | {answer}")
            return told

        then = surveys(*lines(first, until=known), "dee | | csat | 2024-03-01 10:00 | 2024-03-01 11:00 | 1")
        now = surveys(*lines(first + after, until=10**9))
        before = tell(checked(tmp_path / "then", orders=orders, cases=cases, surveys=then), gap_days=gap)
        assert tell(checked(tmp_path / "now", orders=orders, cases=cases, surveys=now), gap_days=gap) == before
