"""How companies call what the contract calls otherwise: the words by which `vafa init` guesses a mapping.

Names are compared in small letters with underscores (CustomerID, "Customer ID" and customer_id are the same). The
first that fits is taken, so the surest word stands first.
"""

from __future__ import annotations

import re

#: Words in a file's name, in the singular, that tell which table it is.
FILE_WORDS: dict[str, tuple[str, ...]] = {
    "customers": ("customer", "client", "account", "user", "member", "household", "subscriber", "crm"),
    "subscriptions": ("subscription", "contract", "membership"),
    "orders": ("order", "transaction", "sale", "purchase", "invoice", "basket", "receipt", "retail"),
    "usage": ("usage", "event", "activity", "log", "session", "click", "visit"),
    "contacts": ("contact", "ticket", "call", "conversation", "chat", "interaction", "support"),
    "labels": ("label", "outcome"),
}

_CUSTOMER = (
    *("customer_id", "customer", "customer_number", "customer_no", "customer_key", "cust_id", "client_id", "client"),
    *("account_id", "user_id", "userid", "member_id", "household_id", "household_key", "subscriber_id", "buyer_id"),
    *("shopper_id", "person_id"),
)
_MOMENT = (
    "happened_at",
    "created_at",
    "created",
    "occurred_at",
    "date_time",
    "datetime",
    "timestamp",
    "time",
    "date",
    "day",
)
_KNOWN = ("known_at", "loaded_at", "load_time", "ingested_at", "inserted_at")

#: The contract's columns by table, each with the names under which it is found.
COLUMN_WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "customers": {
        "customer_id": (*_CUSTOMER, "id"),
        "joined_at": (
            *("joined_at", "join_date", "signup_date", "signup_at", "signed_up_at", "registered_at"),
            *("registration_date", "customer_since", "member_since", "created_at", "created", "start_date"),
        ),
        "segment": ("segment", "tier", "plan_tier", "plan", "customer_type"),
        "preferred_channel": ("preferred_channel",),
        "language": ("language", "lang", "locale"),
        "owner": ("owner", "account_manager", "sales_rep"),
        "contact_allowed": ("contact_allowed", "marketing_consent", "marketing_opt_in", "opt_in"),
        "profiling_allowed": ("profiling_allowed", "profiling_consent"),
        "known_at": _KNOWN,
    },
    "subscriptions": {
        "customer_id": _CUSTOMER,
        "subscription_id": (
            *("subscription_id", "subscription", "subscription_number", "contract_id", "contract_number"),
            *("membership_id", "id"),
        ),
        "plan": ("plan", "plan_tier", "plan_name", "tier", "product", "package"),
        "monthly_amount": ("monthly_amount", "mrr", "mrr_amount", "monthly_price", "monthly_fee"),
        "started_at": ("started_at", "start_date", "starts_at", "start", "began_at", "valid_from", "activated_at"),
        "renews_at": ("renews_at", "renewal_date", "next_renewal"),
        "ended_at": (
            *("ended_at", "end_date", "ends_at", "end", "valid_to", "cancelled_at", "canceled_at"),
            *("cancellation_date", "terminated_at"),
        ),
        "end_reason": ("end_reason", "cancellation_reason", "cancel_reason", "churn_reason"),
        "known_at": _KNOWN,
    },
    "orders": {
        "customer_id": _CUSTOMER,
        "order_id": (
            *("order_id", "order_number", "order_no", "order", "invoice_id", "invoice_no", "invoice_number", "invoice"),
            *("basket_id", "transaction_id", "receipt_id", "receipt_number", "sale_id", "purchase_id", "id"),
        ),
        "happened_at": (
            *("ordered_at", "order_date", "order_timestamp", "placed_at", "purchased_at", "purchase_date"),
            *("invoice_date", "transaction_timestamp", "transaction_date", "transaction_time", "sold_at", "sale_date"),
            *("paid_at", *_MOMENT),
        ),
        "kind": ("kind", "order_type", "type"),
        "amount": (
            *("amount", "total_amount", "order_total", "order_value", "total_price", "total", "sales_value", "revenue"),
            *("net_amount", "gross_amount", "sales", "spend", "value", "price", "unit_price"),
        ),
        "currency": ("currency", "currency_code"),
        "items": ("items", "quantity", "qty", "item_count", "number_of_items", "pieces", "units"),
        "discount": ("discount", "discount_amount", "retail_disc", "rebate"),
        "category": ("category", "product_category", "department"),
        "promised_at": ("promised_at", "promised_date", "estimated_delivery_date", "expected_delivery_date"),
        "delivered_at": ("delivered_at", "delivery_date", "delivered_on"),
        "known_at": _KNOWN,
    },
    "usage": {
        "customer_id": _CUSTOMER,
        "event": ("event", "event_name", "event_type", "action", "feature", "feature_name", "activity", "page"),
        "happened_at": ("event_time", "event_timestamp", "event_date", "usage_date", *_MOMENT),
        "quantity": ("quantity", "usage_count", "event_count", "count", "hits"),
        "subscription_id": ("subscription_id",),
        "known_at": _KNOWN,
    },
    "contacts": {
        "customer_id": _CUSTOMER,
        "contact_id": ("contact_id", "ticket_id", "call_id", "conversation_id", "chat_id", "interaction_id", "id"),
        "happened_at": ("contacted_at", "started_at", "opened_at", "submitted_at", "call_time", "call_date", *_MOMENT),
        "channel": ("channel", "medium"),
        "direction": ("direction",),
        "topic": ("topic", "subject", "reason", "category"),
        "case_id": ("case_id",),
        "resolved": ("resolved", "is_resolved"),
        "resolved_at": ("resolved_at", "resolution_date", "closed_at"),
        "known_at": _KNOWN,
    },
    "labels": {
        "customer_id": _CUSTOMER,
        "unit_id": ("unit_id",),
        "as_of": ("as_of", "snapshot_date", "reference_date", "decision_date"),
        "target": ("target",),
        "label": ("label", "outcome"),
        "known_at": _KNOWN,
    },
}

#: Names of an amount that is a piece's, to be multiplied by the quantity.
PIECE_PRICES = ("price", "unit_price")

#: How dates are written around the world, the day before the month first.
DATE_FORMATS = (
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%Y/%m/%d",
    "%Y%m%d",
    "%d/%m/%y",
    "%m/%d/%y",
)
TIME_FORMATS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")


def plain(name: str) -> str:
    """A name in small letters with underscores between its words."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return re.sub(r"\W+", "_", parted).strip("_")


def is_named_for(table: str, file_name: str) -> bool:
    """Whether a file's name speaks of the table."""
    words = set(plain(file_name).split("_"))
    return any(word in words or f"{word}s" in words for word in FILE_WORDS[table])
