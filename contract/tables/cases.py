"""Requests and complaints, from the day they are opened until they are closed."""

from contract.table import Column, Table

CASES = Table(
    name="cases",
    grain="one row a case (a later known_at replaces an earlier one)",
    key=("case_id",),
    happened_from="opened_at",
    own_columns=(
        Column(name="case_id", type="text", meaning="the case", required=True),
        Column(
            name="kind",
            type="text",
            meaning="what the customer wants: help, or redress",
            required=True,
            allowed=("request", "complaint"),
        ),
        Column(name="category", type="text", meaning="what it is about: delivery, billing, ..."),
        Column(
            name="severity",
            type="integer",
            meaning="how grave it is, from 1 (slight) to 5 (grave)",
            minimum=1,
            maximum=5,
        ),
        Column(name="channel", type="text", meaning="how it reached the company: phone, chat, e-mail, shop, ..."),
        Column(name="team", type="text", meaning="who has it"),
        Column(name="opened_at", type="timestamp", meaning="when it was opened", unit="UTC", required=True),
        Column(
            name="first_response_at",
            type="timestamp",
            meaning="when the customer first heard of a person, beyond a receipt",
            unit="UTC",
            not_before="opened_at",
            timed=True,
        ),
        Column(
            name="closed_at",
            type="timestamp",
            meaning="when it was closed; empty while it is open",
            unit="UTC",
            not_before="opened_at",
            timed=True,
        ),
        Column(
            name="resolved",
            type="boolean",
            meaning="whether the customer got what it was about",
            dated_by="closed_at",
        ),
        Column(
            name="reopened_at",
            type="timestamp",
            meaning="when it was last opened again; after closed_at it is open now",
            unit="UTC",
            not_before="opened_at",
            timed=True,
        ),
        Column(name="text", type="text", meaning="what the customer wrote", personal=True),
    ),
)
