"""docs/features.md follows the declarations."""

from pathlib import Path

import pytest

from features.catalogue import FAMILIES
from features.document import main, page
from features.groups import GROUPS


def test_the_page_is_in_step() -> None:
    assert main(["--check"]) == 0, "run: python -m features.document --write"


def test_every_family_and_feature_is_on_the_page() -> None:
    text = page(FAMILIES, GROUPS)
    for family in FAMILIES:
        assert f"## {family.name.capitalize()}\n" in text
        assert all(f"| `{feature.name}` |" in text for feature in family.features)


def test_a_page_out_of_step_is_an_error_that_names_the_cure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "docs" / "features.md"
    assert main(["--check"], file=file) == 1
    assert main(["--write"], file=file) == 0
    assert main(["--check"], file=file) == 0
    file.write_text(file.read_text().replace("`activities_ever`", "`activity_ever`"))
    capsys.readouterr()
    assert main(["--check"], file=file) == 1
    said = capsys.readouterr().err
    assert "1 lines are missing, 1 are too many" in said
    assert "python -m features.document --write" in said
