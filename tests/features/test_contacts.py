"""By which channel and on what customers get in touch, how that went, and whether it becomes more."""

from datetime import date
from pathlib import Path

from features.contacts import CONTACTS
from features.frequency import FREQUENCY
from tests.drawn import checked
from tests.features.companies import built, features_of


def test_channels_and_topics(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        contacts="""
            customer_id | channel | direction | topic               | case_id | happened_at
            ann         | Phone   | inbound   | Cancel my plan      |         | 2024-03-10 10:00
            ann         | e-mail  | inbound   | INVOICE of a parcel |         | 2024-03-09 10:00
            ann         | email   | inbound   |                     |         | 2024-03-08 10:00
            ann         | letter  | inbound   | لغو اشتراک          |         | 2024-02-11 10:00
            ann         | phone   | outbound  | cancellation        | s1      | 2024-03-10 10:00
            ann         | phone   | inbound   | feedback            |         | 2023-12-10 10:00
            ben         | chat    | outbound  | delivery            | s2      | 2024-03-10 10:00
            cyd         | app     | inbound   | payment             |         | 2023-03-01 10:00
        """,
    )
    frame = built(tables, date(2024, 3, 11), [FREQUENCY, CONTACTS], activity=()).frame
    names = (*(feature.name for feature in CONTACTS.features[:14]), "contacts_trend_91d")
    assert features_of(frame, "ann", *names) == {
        "contacts_92_to_182d_ago": 1.0,
        "phone_contacts_last_91d": 1.0,
        "chat_contacts_last_91d": 0.0,
        "email_contacts_last_91d": 2.0,
        "social_contacts_last_91d": 0.0,
        "shop_contacts_last_91d": 0.0,
        "app_contacts_last_91d": 0.0,
        "cancellation_contacts_last_28d": 1.0,
        "cancellation_contacts_last_91d": 2.0,
        "cancellation_contacts_last_364d": 2.0,
        "billing_contacts_last_91d": 1.0,
        "billing_contacts_last_364d": 1.0,
        "delivery_contacts_last_91d": 1.0,
        "delivery_contacts_last_364d": 1.0,
        "contacts_trend_91d": 0.8,
    }
    # The company began it, so it is none of ben's; and cyd's is too long ago.
    nothing = {**dict.fromkeys(names, 0.0), "contacts_trend_91d": None}
    assert features_of(frame, "ben", *names) == nothing
    assert features_of(frame, "cyd", *names) == nothing


def test_how_contacts_went(tmp_path: Path) -> None:
    tables = checked(
        tmp_path,
        contacts="""
            customer_id | channel | direction | handle_seconds | resolved | resolved_at      | happened_at
            ann         | phone   | inbound   | 60             | false    | 2024-03-10 11:00 | 2024-03-08 10:00
            ann         | phone   | inbound   | 100            | true     | 2024-03-11 00:00 | 2024-03-10 10:00
            ann         | phone   | inbound   |                | true     | 2024-03-08 12:00 | 2024-03-07 10:00
            ann         | phone   | inbound   | 20             |          |                  | 2024-03-09 10:00
            ann         | phone   | inbound   | 9000           | false    | 2023-12-10 11:00 | 2023-12-10 10:00
            ben         | phone   | inbound   |                | true     | 2024-03-11 00:00 | 2024-03-10 10:00
            cyd         | phone   | inbound   |                |          |                  | 2023-01-01 10:00
        """,
    )
    names = (
        "unresolved_share_last_91d",
        "unresolved_share_last_364d",
        "last_contact_unresolved",
        "average_handle_minutes_last_91d",
    )
    frame = built(tables, date(2024, 3, 11), [CONTACTS], activity=()).frame
    assert features_of(frame, "ann", *names) == {
        # What was said at the midnight of as_of is not known yet; what nobody said does not count.
        "unresolved_share_last_91d": 0.5,
        "unresolved_share_last_364d": round(2 / 3, 6),
        "last_contact_unresolved": 1.0,
        "average_handle_minutes_last_91d": round((1 + 1.6667 + 0.3333) / 3, 6),
    }
    assert set(features_of(frame, "ben", *names).values()) == {None}
    # A night later it is known that the last one settled the matter.
    frame = built(tables, date(2024, 3, 12), [CONTACTS], activity=()).frame
    assert features_of(frame, "ann", *names[:3]) == {
        "unresolved_share_last_91d": round(1 / 3, 6),
        "unresolved_share_last_364d": 0.5,
        "last_contact_unresolved": 0.0,
    }


def test_usual_contacts(tmp_path: Path) -> None:
    """Earlier periods with 0, 1, 1 and 3 contacts; the current one, and the one that is not whole, do not count."""
    tables = checked(
        tmp_path,
        contacts="""
            customer_id | channel | direction | happened_at
            ann         | phone   | inbound   | 2024-03-10 10:00
            ann         | phone   | inbound   | 2024-03-09 10:00
            ann         | phone   | inbound   | 2024-01-10 10:00
            ann         | phone   | inbound   | 2023-12-10 10:00
            ann         | phone   | inbound   | 2023-11-10 10:00
            ann         | chat    | inbound   | 2023-11-11 10:00
            ann         | chat    | inbound   | 2023-11-12 10:00
            ann         | chat    | inbound   | 2023-10-22 10:00
        """,
    )
    frame = built(tables, date(2024, 3, 11), [FREQUENCY, CONTACTS], activity=()).frame
    assert features_of(frame, "ann", "contacts_last_28d", "usual_contacts_28d_low", "usual_contacts_28d_high") == {
        "contacts_last_28d": 2.0,
        "usual_contacts_28d_low": 0.75,
        "usual_contacts_28d_high": 1.5,
    }
