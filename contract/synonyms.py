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
    "contacts": ("contact", "call", "conversation", "chat", "interaction", "support"),
    "cases": ("case", "ticket", "complaint", "request", "incident", "issue"),
    "surveys": ("survey", "nps", "csat", "ces", "feedback", "questionnaire"),
    "reviews": ("review", "audit", "scorecard"),
    "payments": ("payment", "charge", "billing", "debit"),
    "text_scores": ("sentiment",),
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
        "agent_id": ("agent_id", "agent", "operator", "representative"),
        "team": ("team", "department", "queue", "skill_group"),
        "wait_seconds": ("wait_seconds", "wait_time_seconds", "waiting_seconds", "queue_seconds"),
        "handle_seconds": ("handle_seconds", "handle_time_seconds", "duration_seconds", "talk_seconds"),
        "transfers": ("transfers", "transfer_count", "number_of_transfers"),
        "text": ("text", "message", "body", "transcript", "description"),
        "topic": ("topic", "subject", "reason", "category"),
        "case_id": ("case_id",),
        "resolved": ("resolved", "is_resolved"),
        "resolved_at": ("resolved_at", "resolution_date", "closed_at"),
        "known_at": _KNOWN,
    },
    "cases": {
        "customer_id": _CUSTOMER,
        "case_id": ("case_id", "ticket_id", "complaint_id", "request_id", "incident_id", "issue_id", "case", "id"),
        "opened_at": ("opened_at", "submitted_at", "reported_at", "open_date", "submission_date", *_MOMENT),
        "kind": ("kind", "case_type", "ticket_type", "type"),
        "category": ("category", "topic", "subject", "reason"),
        "severity": ("severity",),
        "channel": ("channel", "medium", "origin", "source"),
        "team": ("team", "department", "queue", "assigned_team"),
        "first_response_at": ("first_response_at", "first_reply_at", "responded_at"),
        "closed_at": ("closed_at", "resolved_at", "close_date", "resolution_date", "solved_at"),
        "resolved": ("resolved", "is_resolved"),
        "reopened_at": ("reopened_at", "reopen_date"),
        "text": ("text", "description", "message", "body"),
        "known_at": _KNOWN,
    },
    "surveys": {
        "customer_id": _CUSTOMER,
        "survey_id": ("survey_id", "invitation_id", "feedback_id", "response_id", "id"),
        "kind": ("kind", "survey_type", "metric", "type"),
        "channel": ("channel", "medium"),
        "touchpoint": ("touchpoint", "touch_point", "trigger", "journey_step"),
        "about": ("about", "case_id", "ticket_id"),
        "invited_at": ("invited_at", "sent_at", "asked_at", "invitation_date", "sent_date", *_MOMENT),
        "responded_at": ("responded_at", "answered_at", "response_date", "completed_at", "submitted_at"),
        "score": ("score", "rating", "answer", "satisfaction_score"),
        "comment": ("comment", "comments", "verbatim", "feedback", "text"),
        "known_at": _KNOWN,
    },
    "reviews": {
        "customer_id": _CUSTOMER,
        "review_id": ("review_id", "audit_id", "id"),
        "contact_id": ("contact_id", "call_id", "conversation_id", "interaction_id"),
        "agent_id": ("agent_id", "agent", "operator", "representative"),
        "team": ("team", "department"),
        "reviewed_at": ("reviewed_at", "review_date", "audit_date", *_MOMENT),
        "soft_skills": ("soft_skills", "soft_skill_score"),
        "process": ("process", "process_score"),
        "compliance": ("compliance", "compliance_score"),
        "outcome": ("outcome", "outcome_score"),
        "known_at": _KNOWN,
    },
    "payments": {
        "customer_id": _CUSTOMER,
        "payment_id": ("payment_id", "charge_id", "attempt_id", "transaction_id", "id"),
        "happened_at": ("attempted_at", "charged_at", "paid_at", "payment_date", "charge_date", *_MOMENT),
        "subscription_id": ("subscription_id", "contract_id"),
        "amount": ("amount", "total", "value"),
        "succeeded": ("succeeded", "success", "is_successful", "paid"),
        "failure": ("failure", "failure_reason", "decline_reason", "error"),
        "known_at": _KNOWN,
    },
    "text_scores": {
        "customer_id": _CUSTOMER,
        "text_of": ("text_of",),
        "text_id": ("text_id",),
        "happened_at": _MOMENT,
        "sentiment": ("sentiment", "negative_probability"),
        "topic": ("topic",),
        "language": ("language", "lang"),
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
