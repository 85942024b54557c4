"""Conversations between customers and the company."""

from contract.table import Column, Table

CONTACTS = Table(
    name="contacts",
    grain="one row a contact",
    key=("contact_id",),
    company_made=lambda contacts: (contacts.direction == "outbound") & contacts.case_id.isnull(),
    company_made_meaning="outbound contacts without an open case: the company chose whom to contact",
    own_columns=(
        Column(name="contact_id", type="text", meaning="the contact", required=True),
        Column(name="channel", type="text", meaning="phone, chat, e-mail, shop, ...", required=True),
        Column(
            name="direction",
            type="text",
            meaning="inbound: the customer began; outbound: the company did",
            required=True,
            allowed=("inbound", "outbound"),
        ),
        Column(name="topic", type="text", meaning="what it was about"),
        Column(name="case_id", type="text", meaning="the request or complaint that it belongs to"),
        Column(name="agent_id", type="text", meaning="who of the company had it", personal=True),
        Column(name="team", type="text", meaning="the team of that person"),
        Column(
            name="wait_seconds",
            type="integer",
            meaning="how long the customer waited for somebody to answer",
            unit="seconds",
            minimum=0,
            maximum=1e8,
        ),
        Column(
            name="handle_seconds",
            type="integer",
            meaning="how long it took from then on",
            unit="seconds",
            minimum=0,
            maximum=1e8,
        ),
        Column(
            name="transfers",
            type="integer",
            meaning="how often the customer was passed on to somebody else",
            unit="transfers",
            minimum=0,
            maximum=1000,
        ),
        Column(
            name="resolved",
            type="boolean",
            meaning="whether the matter was settled",
            dated_by="resolved_at",
        ),
        Column(name="resolved_at", type="timestamp", meaning="when that was said", unit="UTC"),
        Column(name="text", type="text", meaning="what the customer wrote or said", personal=True),
    ),
)
