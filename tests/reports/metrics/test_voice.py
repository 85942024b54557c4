"""Answers and silence, on drawn surveys, by hand."""

from __future__ import annotations

from collections.abc import Callable

from reports.metrics.seen import NO_TABLE, NOT_ASKED, Lack, Seen
from reports.metrics.voice import voice_rows
from tests.reports.metrics.conftest import sums

SURVEYS = """
    customer_id | kind | channel | touchpoint | about | invited_at | responded_at | score
    ann         | nps  | mail    | renewal    |       | 2024-01-01 |              |
    ann         | nps  | mail    | renewal    |       | 2024-02-05 | 2024-02-06   | 9
    ann         | nps  | app     | renewal    |       | 2024-02-07 | 2024-02-08   | 10
    bob         | nps  | mail    | renewal    |       | 2024-02-05 | 2024-02-06   | 6
    cem         | nps  | mail    | call       |       | 2024-02-05 | 2024-02-06   | 8
    dia         | nps  | mail    | renewal    |       | 2024-02-05 | 2024-02-06   | 0
    eve         | nps  | mail    | renewal    |       | 2024-02-05 |              |
    ann         | csat | mail    | call       | k1    | 2024-02-05 | 2024-02-20   | 4
    bob         | csat | mail    | call       | k2    | 2024-02-05 | 2024-02-19   | 3
    cem         | csat | mail    | call       |       | 2024-02-28 | 2024-03-02   | 5
    ann         | ces  | mail    | call       | k1    | 2024-02-05 | 2024-02-06   | 5
    bob         | ces  | mail    | call       | k2    | 2024-02-05 | 2024-02-06   | 4
    cem         | ces  | mail    | call       |       | 2024-02-05 | 2024-02-06   | 1
"""
CASES = """
    customer_id | case_id | kind    | team  | opened_at
    ann         | k1      | request | north | 2024-02-01
    bob         | k2      | request | south | 2024-02-01
"""
FEBRUARY, MARCH = 0, 1


def test_scores_by_the_month_of_the_answer(see_at: Callable[..., Seen]) -> None:
    rows, lacking = voice_rows(see_at("2024-04-01", surveys=SURVEYS))
    assert lacking == {}
    # Two of 9 and 10, two of 0 to 6, of five.
    assert sums(rows["nps"], FEBRUARY) == (0, 5)
    assert sums(rows["nps"], FEBRUARY, "channel") == {"mail": (-100, 4), "app": (100, 1)}
    assert sums(rows["nps"], FEBRUARY, "touchpoint") == {"renewal": (0, 4), "call": (0, 1)}
    assert (sums(rows["csat"], FEBRUARY), sums(rows["csat"], MARCH)) == ((1, 2), (1, 1))
    assert sums(rows["csat_mean"], FEBRUARY) == (7, 2)
    # Of ces more is worse: 5 of 7 is much effort.
    assert (sums(rows["ces"], FEBRUARY), sums(rows["ces_mean"], FEBRUARY)) == ((1, 3), (10, 3))


def test_a_survey_has_the_team_of_its_case(see_at: Callable[..., Seen]) -> None:
    rows, _ = voice_rows(see_at("2024-04-01", surveys=SURVEYS, cases=CASES))
    assert sums(rows["ces"], FEBRUARY, "team") == {"north": (1, 1), "south": (0, 1), None: (0, 1)}
    assert sums(rows["ces"], FEBRUARY) == (1, 3), "the case that a survey is not about makes no row of it"


def test_an_answer_counts_when_it_comes_within_two_weeks(see_at: Callable[..., Seen]) -> None:
    rows, _ = voice_rows(see_at("2024-04-01", surveys=SURVEYS))
    assert sums(rows["nps_response"], FEBRUARY) == (5, 6)
    # On day 15 it is too late, on day 14 it is not; the answer in March was in time for its own month of invitation.
    assert sums(rows["csat_response"], FEBRUARY) == (2, 3)


def test_invitations_whose_two_weeks_are_not_over_are_left_out(see_at: Callable[..., Seen]) -> None:
    rows, _ = voice_rows(see_at("2024-03-13", full=1, surveys=SURVEYS))
    # The 14th day after 28 February begins only now; the answer is there and counts as an answer.
    assert sums(rows["csat_response"], FEBRUARY) == (1, 2)
    assert sums(rows["csat"], MARCH) == (1, 1)
    late, _ = voice_rows(see_at("2024-03-14", full=1, surveys=SURVEYS))
    assert sums(late["csat_response"], FEBRUARY) == (2, 3)


def test_a_kind_that_nobody_was_asked_is_named(see_at: Callable[..., Seen]) -> None:
    only_nps = "\n".join(line for line in SURVEYS.splitlines() if "csat" not in line and "ces" not in line)
    rows, lacking = voice_rows(see_at("2024-04-01", surveys=only_nps))
    assert set(rows) == {"nps", "nps_response"}
    assert lacking == dict.fromkeys(
        ("csat", "csat_mean", "csat_response", "ces", "ces_mean", "ces_response"), Lack(NOT_ASKED)
    )
    _, lacking = voice_rows(see_at("2024-04-01", cases=CASES))
    assert len(lacking) == 8
    assert set(lacking.values()) == {Lack(NO_TABLE, "surveys")}
