"""What the company asked customers, and what they answered."""

from contract.table import Column, Table

#: The scales by kind. Of csat and nps more is better; of ces more is worse: it is the effort that it took.
SCALES = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7)}

SURVEYS = Table(
    name="surveys",
    grain="one row an invitation, answered or not",
    key=("survey_id",),
    happened_from="invited_at",
    asked=True,
    own_columns=(
        Column(name="survey_id", type="text", meaning="the invitation", required=True),
        Column(
            name="kind",
            type="text",
            meaning="what is asked: nps (would recommend), csat (satisfied), ces (how much effort it took)",
            required=True,
            allowed=tuple(SCALES),
        ),
        Column(name="channel", type="text", meaning="how it was asked: e-mail, text message, app, ..."),
        Column(name="touchpoint", type="text", meaning="what it follows: a delivery, a call, a visit, a renewal, ..."),
        Column(name="about", type="text", meaning="the case that it is about, where it is about one"),
        Column(name="invited_at", type="timestamp", meaning="when the customer was asked", unit="UTC", required=True),
        Column(
            name="responded_at",
            type="timestamp",
            meaning="when the customer answered; empty until then",
            unit="UTC",
            not_before="invited_at",
        ),
        Column(
            name="score",
            type="integer",
            meaning="the answer: nps 0 to 10, csat 1 to 5 (5 is best), ces 1 to 7 (7 is most effort)",
            dated_by="responded_at",
            ranges=("kind", SCALES),
        ),
        Column(
            name="comment",
            type="text",
            meaning="what the customer added in words",
            dated_by="responded_at",
            personal=True,
        ),
    ),
)
