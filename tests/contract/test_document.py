"""docs/contract.md follows the declarations."""

from contract.catalogue import TABLES
from contract.document import main, page


def test_the_page_is_in_step() -> None:
    assert main(["--check"]) == 0, "run: python -m contract.document --write"


def test_every_table_and_column_is_on_the_page() -> None:
    for section in page(TABLES).split("\n## ")[1:]:
        table = TABLES[section.partition("\n")[0]]
        assert all(f"| `{column.name}` |" in section for column in table.columns)
        assert all(f"one of {', '.join(column.allowed)}" in section for column in table.columns if column.allowed)
