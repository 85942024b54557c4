"""What a text says, in numbers: made by Vafa (models/text.py), or brought by a company that scores its own."""

from contract.table import Column, Table

TEXT_SCORES = Table(
    name="text_scores",
    grain="one row a text",
    key=("text_of", "text_id"),
    own_columns=(
        Column(
            name="text_of",
            type="text",
            meaning="the table that the text stands in",
            required=True,
            allowed=("contacts", "cases", "surveys"),
        ),
        Column(name="text_id", type="text", meaning="its contact_id, case_id or survey_id there", required=True),
        Column(
            name="sentiment",
            type="decimal",
            meaning="how likely the customer who wrote it is unhappy, from 0 to 1",
            minimum=0,
            maximum=1,
        ),
        Column(name="topic", type="text", meaning="what it is about"),
        Column(name="language", type="text", meaning="in which language it is, as en or fa"),
    ),
)
