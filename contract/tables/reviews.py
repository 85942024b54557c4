"""Contacts that a reviewer listened to or read, by the call-quality form."""

from contract.table import Column, Table


def _score(name: str, meaning: str) -> Column:
    return Column(name=name, type="integer", meaning=meaning, unit="of 100", minimum=0, maximum=100)


REVIEWS = Table(
    name="reviews",
    grain="one row a reviewed contact (a later known_at replaces an earlier one)",
    key=("review_id",),
    happened_from="reviewed_at",
    asked=True,
    own_columns=(
        Column(name="review_id", type="text", meaning="the review", required=True),
        Column(name="contact_id", type="text", meaning="the contact that was reviewed", required=True),
        Column(name="agent_id", type="text", meaning="who had the contact", personal=True),
        Column(name="team", type="text", meaning="the team of that person"),
        Column(name="reviewed_at", type="timestamp", meaning="when it was reviewed", unit="UTC", required=True),
        _score("soft_skills", "how the customer was spoken to"),
        _score("process", "whether the process was kept to"),
        _score("compliance", "whether the rules were kept to"),
        _score("outcome", "what came of it for the customer"),
    ),
)
