"""How often customers must come back about one thing, are passed on, or must change the channel."""

from datetime import date
from pathlib import Path

from features.effort import EFFORT
from features.frequency import FREQUENCY
from tests.drawn import checked
from tests.features.companies import built, features_of

AS_OF = date(2024, 3, 11)


def test_repeats_are_counted_from_contact_to_contact(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        contacts="""
            customer_id | channel | direction | topic | case_id | happened_at
            ann         | phone   | inbound   | bill  | s1      | 2024-02-01 10:00:00
            ann         | phone   | inbound   | bill  | s1      | 2024-02-08 10:00:00
            ann         | phone   | inbound   | price | s1      | 2024-02-15 10:00:01
            ann         | phone   | inbound   | bill  |         | 2024-02-15 11:00:00
            ann         | chat    | inbound   | bill  |         | 2024-03-10 11:00:00
            ben         | phone   | inbound   | bill  | s1      | 2024-02-08 11:00:00
            ben         | phone   | inbound   |       |         | 2024-02-09 11:00:00
            ben         | phone   | inbound   |       |         | 2024-02-09 12:00:00
            cyd         | phone   | inbound   | bill  | s3      | 2023-10-01 10:00:00
            cyd         | phone   | inbound   | bill  | s3      | 2023-10-29 10:00:00
            cyd         | phone   | inbound   | bill  | s3      | 2023-11-26 10:00:01
            dee         | phone   | inbound   | bill  | s4      | 2024-03-01 10:00:00
            dee         | phone   | outbound  | bill  | s4      | 2024-03-09 10:00:00
            dee         | phone   | inbound   | bill  | s4      | 2024-03-09 11:00:00
        """,
    )
    frame = built(tables, AS_OF, [FREQUENCY, EFFORT], activity=()).frame
    names = (
        "repeat_contacts_within_7d_last_28d",
        "repeat_contacts_within_7d_last_91d",
        "repeat_contacts_within_28d_last_91d",
        "repeat_share_last_91d",
        "days_since_last_repeat_contact",
    )
    # On s1 a week to the second, and a week and a second; on the bill, which is another issue, 24 days.
    assert features_of(frame, "ann", *names) == dict(zip(names, (0.0, 1.0, 3.0, 0.6, round(13 / 24, 6)), strict=True))
    # Ann's case of the same name is not ben's, and what is about nothing repeats nothing.
    assert features_of(frame, "ben", *names) == dict(zip(names, (0.0, 0.0, 0.0, 0.0, None), strict=True))
    # Four weeks to the second, and a second more: from 92 to 182 days ago, but for the days since the last.
    assert features_of(frame, "cyd", *names) == dict(
        zip(names, (0.0, 0.0, 0.0, None, round(133 + 14 / 24, 6)), strict=True)
    )
    # Called back in between: the customer came back after eight days all the same.
    assert features_of(frame, "dee", *names) == dict(
        zip(names, (0.0, 0.0, 1.0, 0.5, round(1 + 13 / 24, 6)), strict=True)
    )


def test_changes_of_channel(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        contacts="""
            customer_id | channel | direction | topic | case_id | happened_at
            ann         | phone   | inbound   |       | s1      | 2024-02-01 10:00
            ann         | Phone   | inbound   |       | s1      | 2024-02-02 10:00
            ann         | chat    | outbound  |       | s1      | 2024-02-03 10:00
            ann         | shop    | inbound   |       | s1      | 2024-02-04 10:00
            ann         | phone   | inbound   |       | s1      | 2024-02-05 10:00
            ann         | chat    | inbound   |       | s2      | 2024-02-06 10:00
            ann         | shop    | inbound   |       | s2      | 2024-03-06 10:00
            ben         | phone   | inbound   | bill  |         | 2024-02-01 10:00
            ben         | phone   | inbound   | bill  |         | 2024-02-03 10:00
            ben         | chat    | inbound   | bill  |         | 2024-02-03 10:00
            cyd         | phone   | inbound   |       | s3      | 2023-08-01 10:00
        """,
    )
    frame = built(tables, AS_OF, [EFFORT], activity=()).frame
    # Phone to shop and back; from chat to shop there were 29 days.
    assert features_of(frame, "ann", "channel_hops_last_91d", "contacts_on_cases_last_182d") == {
        "channel_hops_last_91d": 2.0,
        "contacts_on_cases_last_182d": 6.0,
    }
    assert features_of(frame, "ann", "cases_contacted_on_last_182d", "contacts_per_case_last_182d") == {
        "cases_contacted_on_last_182d": 2.0,
        "contacts_per_case_last_182d": 3.0,
    }
    # At the same second chat stands before phone: to chat and back.
    assert features_of(frame, "ben", "channel_hops_last_91d", "contacts_per_case_last_182d") == {
        "channel_hops_last_91d": 2.0,
        "contacts_per_case_last_182d": None,
    }


def test_transfers_and_cases_opened_again(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        contacts="""
            customer_id | channel | direction | transfers | case_id | happened_at
            ann         | phone   | inbound   | 3         |         | 2024-03-01 10:00
            ann         | phone   | inbound   | 0         |         | 2024-03-02 10:00
            ann         | phone   | inbound   |           |         | 2024-03-03 10:00
            ann         | phone   | outbound  | 9         | s1      | 2024-03-03 10:00
            ann         | phone   | inbound   | 5         |         | 2023-12-01 10:00
            ben         | phone   | outbound  | 9         | s1      | 2023-03-03 10:00
        """,
        cases="""
            customer_id | case_id | kind    | opened_at        | closed_at        | reopened_at
            ann         | s1      | request | 2024-03-01 10:00 | 2024-03-02 10:00 | 2024-03-05 10:00
            ann         | s2      | request | 2024-03-01 10:00 | 2024-03-02 10:00 | 2024-03-11 00:00
            ann         | s3      | request | 2023-09-10 10:00 | 2024-03-02 10:00 | 2024-03-05 10:00
            ben         | s4      | request | 2023-01-01 10:00 | 2024-03-02 10:00 |
        """,
    )
    frame = built(tables, AS_OF, [EFFORT], activity=()).frame
    assert features_of(
        frame,
        "ann",
        "transfers_last_91d",
        "transfers_last_364d",
        "most_transfers_last_91d",
        "transferred_share_last_91d",
        "transferred_share_last_364d",
        "reopened_cases_last_182d",
    ) == {
        "transfers_last_91d": 3.0,
        "transfers_last_364d": 8.0,
        "most_transfers_last_91d": 3.0,
        "transferred_share_last_91d": 0.5,
        "transferred_share_last_364d": round(2 / 3, 6),
        # s2 is opened again at the very midnight, s3 was first opened 183 days ago.
        "reopened_cases_last_182d": 1.0,
    }
    assert features_of(
        frame, "ben", "transfers_last_364d", "transferred_share_last_364d", "reopened_cases_last_182d"
    ) == {
        "transfers_last_364d": 0.0,
        "transferred_share_last_364d": None,
        "reopened_cases_last_182d": 0.0,
    }
