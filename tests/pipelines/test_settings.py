"""Settings: what stands when nothing is said, what stands above what, and what a person hears of a mistake."""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from pathlib import Path

import pytest

from contract.readiness import CannotRead
from pipelines.settings import Settings, load_settings, sections, settings_of

LEAST = """
[sources.people]
kind = "csv"
path = "people.csv"

[tables.customers]
source = "people"
"""


def written(folder: Path, more: str = "", *, before: str = "") -> Path:
    config = folder / "vafa.toml"
    config.write_text(before + "\n" + LEAST + more, encoding="utf-8")
    return config


def test_what_stands_when_nothing_is_said(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path))
    assert settings.company.model_dump() == {
        "name": "Our company",
        "language": "en",
        "currency": None,
        "calendar": None,
    }
    assert settings.time.model_dump() == {
        "zone": "UTC",
        "weekend": ("saturday", "sunday"),
        "holidays": (),
        "opens": time(9),
        "closes": time(17),
        "load_window_hours": 6.0,
        "as_of": "today",
        "activity": ("orders", "usage"),
    }
    assert settings.target.model_dump() == {
        "name": "inactivity",
        "horizon_days": 28,
        "gap_days": 1,
        "active_days": None,
        "grace_days": None,
        "fresh_days": None,
        "delay_days": None,
        "spacing_days": None,
        "capacity": None,
    }
    assert settings.target.parameters == {"active_days": 90, "horizon_days": 28, "gap_days": 1, "delay_days": 0}
    assert settings.training.model_dump() == {"spacing_days": 28, "bags": 3, "seed": 1, "replicates": 1000}
    assert settings.outreach.model_dump() == {
        "capacity": 100,
        "sinks": ("csv", "xlsx", "parquet"),
        "plays": {},
        "save_rate": 0.3,
        "contact_cost": 0.0,
    }
    assert settings.engine.model_dump() == {"memory": "2GB", "threads": 2, "spill": "20GB"}
    assert settings.paths.model_dump() == {"out": Path("out"), "prefect": None, "mlflow": None}
    assert settings.model_name == "vafa-inactivity"


def test_the_file_is_read(tmp_path: Path) -> None:
    settings = load_settings(
        written(
            tmp_path,
            """
[time]
zone = "Asia/Tehran"
weekend = ["thursday", "friday"]
holidays = [2026-03-21, 2026-03-20]
load_window_hours = 4.5
as_of = 2026-01-31

[outreach]
capacity = 7
plays = { gone_quiet = "Write a card" }
""",
        )
    )
    assert settings.time.as_of == date(2026, 1, 31)
    assert settings.time.load_window == timedelta(hours=4, minutes=30)
    assert settings.time.calendar.holidays == (date(2026, 3, 20), date(2026, 3, 21))
    assert settings.outreach.plays == {"gone_quiet": "Write a card"}
    assert settings.outreach.save_rate == 0.3, "what the section does not say keeps its default"


def test_the_environment_stands_above_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = written(tmp_path, "[outreach]\ncapacity = 7\nsave_rate = 0.2\n")
    monkeypatch.setenv("VAFA_OUTREACH__CAPACITY", "50")
    monkeypatch.setenv("VAFA_OUTREACH__SINKS", '["csv"]')
    monkeypatch.setenv("VAFA_OUTREACH__PLAYS__GONE_QUIET", "Write a card")
    monkeypatch.setenv("VAFA_TIME__AS_OF", "2026-01-31")
    monkeypatch.setenv("VAFA_TABLES__CUSTOMERS__DELAY_HOURS", "3")
    settings = load_settings(config)
    assert settings.outreach.capacity == 50
    assert settings.outreach.save_rate == 0.2, "the file's other keys stay"
    assert settings.outreach.sinks == ("csv",)
    assert settings.outreach.plays == {"gone_quiet": "Write a card"}
    assert settings.time.as_of == date(2026, 1, 31)
    assert settings.tables["customers"].delay_hours == 3
    assert settings.tables["customers"].source == "people"


def test_paths_are_relative_to_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    config = written(tmp_path, '[paths]\nout = "night/out"\n')
    settings = load_settings(config)
    assert settings.out == tmp_path / "night" / "out"
    assert settings.mapping.folder == tmp_path
    inside = (settings.checked, settings.quarantine, settings.lists, settings.scores, settings.limits.spill_folder)
    assert all(path is not None and path.is_relative_to(settings.out) for path in inside)


def test_out_on_the_command_line_is_relative_to_where_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    config = written(tmp_path, '[paths]\nout = "night/out"\n')
    assert load_settings(config, out=Path("here")).out == elsewhere / "here"
    assert settings_of(str(config), str(elsewhere / "here")).out == elsewhere / "here"
    assert settings_of(str(config), None).out == tmp_path / "night" / "out"


MISTAKES = {
    "an unknown key": ("[outreach]\ncapacityy = 5", "outreach.capacityy is no setting; [outreach] has capacity, sinks"),
    "an unknown section": ("[outreachh]\ncapacity = 5", "outreachh is no section; there are company, time"),
    "where the file lies": ("", 'folder = "x"', "folder is no section"),
    "a word for a number": ('[outreach]\ncapacity = "many"', "outreach.capacity must be a whole number, not 'many'"),
    "a share of a customer": ("[outreach]\ncapacity = 2.5", "outreach.capacity must be a whole number, not 2.5"),
    "no capacity": ("[outreach]\ncapacity = 0", "outreach.capacity must be at least 1, not 0"),
    "more than all": ("[outreach]\nsave_rate = 1.5", "outreach.save_rate must be at most 1, not 1.5"),
    "a word for a list": ('[outreach]\nsinks = "csv"', "outreach.sinks must be a list"),
    "no such sink": ('[outreach]\nsinks = ["csv", "fax"]', "outreach.sinks: there is no sink 'fax'; there are: csv"),
    "no csv": ('[outreach]\nsinks = ["xlsx"]', "outreach.sinks: csv is left out"),
    "no such group": ('[outreach.plays]\nfoo = "Call"', "outreach.plays: plays: there is no play of 'foo'"),
    "a number for a text": ("[outreach.plays]\ngone_quiet = 3", "outreach.plays.gone_quiet must be a text in quotes"),
    "a section for a value": ("", "outreach = 3", "outreach must be a section with keys of its own, not 3"),
    "no such day": (
        '[time]\nas_of = "tomorrow"',
        "time.as_of: 'tomorrow' is no day: write 2026-01-31, today or newest",
    ),
    "no such zone": ('[time]\nzone = "Mars"', "time: time zone 'Mars' is not known"),
    "no such weekday": ('[time]\nweekend = ["freeday"]', "time: weekend names ['freeday']"),
    "no such holiday": ('[time]\nholidays = ["Easter"]', "time.holidays.0 must be a day, as 2026-01-31, not 'Easter'"),
    "no such hour": ('[time]\nopens = "late"', "time.opens must be a time of day"),
    "closed all day": ("[time]\nopens = 17:00:00\ncloses = 09:00:00", "time: business hours end at 09:00:00"),
    "no such activity": ('[time]\nactivity = ["sleep"]', "time: activity = ['sleep']; choose from orders"),
    "no activity": ("[time]\nactivity = []", "time: activity = []; choose from orders"),
    "a window before midnight": ("[time]\nload_window_hours = -1", "time.load_window_hours must be at least 0"),
    "a gap too short": ("[target]\ngap_days = 0", "target.gap_days = 0 is shorter than time.load_window_hours = 6"),
    "no such target": ('[target]\nname = "nps"', "target.name: there is no target 'nps'; there are: inactivity"),
    "no horizon": ("[target]\nhorizon_days = 0", "target.horizon_days must be at least 1, not 0"),
    "no such language": ('[company]\nlanguage = "xx"', "company.language: there is no language 'xx'; there are: en"),
    "no such currency": ('[company]\ncurrency = "euros"', "company.currency: 'euros' is no currency"),
    "nobody's company": ('[company]\nname = ""', "company.name must not be empty"),
    "no size": ('[engine]\nmemory = "much"', "engine.memory: 'much' is no size: write 500MB or 2GB"),
    "a number for a size": ("[engine]\nspill = 3", "engine.spill must be a text in quotes, not 3"),
    "too few redraws": ("[training]\nreplicates = 5", "training.replicates must be at least 100, not 5"),
    "no such table": ('[tables.ordrs]\nsource = "people"', "tables.ordrs is no table of the contract"),
    "no such column": (
        '[tables.orders]\nsource = "people"\ncolumns = { amountt = "x" }',
        "tables.orders.columns.amountt is no column of orders",
    ),
    "no such source": ('[tables.orders]\nsource = "shop"', "tables.orders.source = 'shop', but the sources are people"),
    "a key of no table": (
        '[tables.orders]\nsource = "people"\nstale = 1',
        "tables.orders.stale is no setting; [tables.orders] has source, sql",
    ),
    "a source of nowhere": ('[sources.shop]\nkind = "csv"', "sources.shop.path is missing"),
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_told_in_words(tmp_path: Path, mistake: tuple[str, ...]) -> None:
    more, *before, says = mistake
    with pytest.raises(CannotRead) as told:
        load_settings(written(tmp_path, more, before="".join(before)))
    assert says in str(told.value)
    assert str(tmp_path / "vafa.toml") in str(told.value)
    for jargon in ("Input should", "Extra inputs", "type=", "literal["):
        assert jargon not in str(told.value)


def test_no_customers(tmp_path: Path) -> None:
    config = tmp_path / "vafa.toml"
    config.write_text('[company]\nname = "A"\n', encoding="utf-8")
    with pytest.raises(CannotRead, match="tables is missing"):
        load_settings(config)


def test_no_file_and_no_toml(tmp_path: Path) -> None:
    with pytest.raises(CannotRead, match=r"there is no file .*vafa\.toml: draft one with vafa init"):
        load_settings(tmp_path / "vafa.toml")
    config = tmp_path / "vafa.toml"
    config.write_text("[company\n", encoding="utf-8")
    with pytest.raises(CannotRead, match="is not TOML"):
        load_settings(config)
    config.write_bytes(b"[company]\nname = '\xff'\n")
    with pytest.raises(CannotRead, match="is not TOML"):
        load_settings(config)


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("VAFA_OUTREACH_CAPACITY", "50", "VAFA_OUTREACH_CAPACITY is no setting: write VAFA_SECTION__KEY"),
        ("VAFA_OUTREECH__CAPACITY", "50", "VAFA_OUTREECH__CAPACITY is no setting"),
        ("VAFA_OUTREACH__CAPACITYY", "50", "outreach.capacityy is no setting"),
        ("VAFA_OUTREACH__CAPACITY", "many", "outreach.capacity must be a whole number, not 'many'"),
        ("VAFA_OUTREACH__SINKS", "csv", "is not written as JSON"),
    ],
)
def test_a_mistake_in_the_environment_is_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, says: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(CannotRead, match=says):
        load_settings(written(tmp_path))


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path))
    with pytest.raises(ValueError, match="frozen"):
        settings.outreach.capacity = 3


def test_the_document_knows_every_key_and_default() -> None:
    """docs/vafa-toml.md cannot drift: every section has its heading, every key its row, every default its value."""
    document = (Path(__file__).parents[2] / "docs" / "vafa-toml.md").read_text(encoding="utf-8")
    parts = document.split("\n## ")
    rows_of = {part.split("`")[1].strip("[]").split(".")[0]: _rows(part) for part in parts[1:] if part.startswith("`[")}
    assert list(rows_of) == list(sections())
    for section in sections():
        if section == "targets":  # the keys of [target], which stand there
            continue
        model = _model_of(section)
        shown = {
            name: _shown(field.get_default(call_default_factory=True)) for name, field in model.model_fields.items()
        }
        assert rows_of[section] == shown, f"[{section}] of docs/vafa-toml.md"


def test_the_examples_of_the_document_are_settings(tmp_path: Path) -> None:
    document = (Path(__file__).parents[2] / "docs" / "vafa-toml.md").read_text(encoding="utf-8")
    examples = re.findall(r"```toml\n(.*?)```", document, re.DOTALL)
    assert len(examples) == len(sections())
    assert len([one for one in examples if one.startswith("[target")]) == 2  # one list, or several
    one = load_settings(written(tmp_path, "\n".join(e for e in examples if not e.startswith("[targets."))))
    assert one.tables["orders"].columns is not None
    assert one.outreach.capacity == 40
    several = load_settings(written(tmp_path, "\n".join(e for e in examples if not e.startswith("[target]"))))
    assert several.lists_of == ("contract_churn", "low_csat", "case_low_csat")


def _model_of(section: str) -> type:
    from contract.mapping import SourceSpec, TableSpec

    special = {"sources": SourceSpec, "tables": TableSpec}
    return special.get(section) or Settings.model_fields[section].annotation


def _rows(part: str) -> dict[str, str]:
    """The default by key, as the first table of a section of the document has them."""
    lines = [line for line in part.splitlines() if line.startswith("| `")]
    cells = [[cell.strip() for cell in line.replace("\\|", "/").strip("|").split("|")] for line in lines]
    return {row[0].strip("`"): row[2].strip("`") for row in cells}


def _shown(default: object) -> str:
    from pydantic_core import PydanticUndefined

    if default is PydanticUndefined:
        return "needed"
    if default is None:
        return "none"
    if isinstance(default, tuple):
        return "[" + ", ".join(f'"{value}"' for value in default) + "]"
    if isinstance(default, dict):
        return "{}"
    if isinstance(default, time):
        return default.isoformat()
    if isinstance(default, str | Path):
        return f'"{default}"'
    return str(default)


# Several lists

SEVERAL = """
[targets.contract_churn]
grace_days = 14

[targets.low_csat]
active_days = 180
capacity = 40

[targets.case_low_csat]
spacing_days = 7
"""


def test_several_lists_each_with_what_is_its_own(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, before=SEVERAL))
    assert settings.lists_of == ("contract_churn", "low_csat", "case_low_csat")
    churn, csat, case = settings.each()
    assert settings.target == churn.target  # the first stands for them all
    assert churn.target.parameters == {"horizon_days": 28, "gap_days": 1, "grace_days": 14, "delay_days": 0}
    assert csat.target.parameters == {"active_days": 180, "horizon_days": 28, "gap_days": 1, "delay_days": 7}
    assert case.target.parameters == {"horizon_days": 28, "gap_days": 1, "fresh_days": 1, "delay_days": 0}
    assert [one.outreach.capacity for one in (churn, csat, case)] == [100, 40, 100]
    assert [one.training.spacing_days for one in (churn, csat, case)] == [28, 28, 7]
    assert [one.model_name for one in (churn, csat)] == ["vafa-contract_churn", "vafa-low_csat"]
    assert [one.beside("report.html").name for one in (churn, csat)] == ["report.html", "report-low_csat.html"]
    again = load_settings(written(tmp_path, before=SEVERAL), target="low_csat")
    assert again.model_dump() == csat.model_dump()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ('[target]\nname = "return"\n[targets.low_csat]\n', r"\[target\] and \[targets\] are both given"),
        ('[targets.low_csat]\nname = "complaint"\n', r"\[targets.low_csat\] says name = 'complaint'"),
        ("[targets.low_csat]\ngrace_days = 3\n", "grace_days has no meaning for low_csat; contract_churn has it"),
        ("[targets.case_low_csat]\nactive_days = 3\n", "active_days has no meaning for case_low_csat"),
        ("[targets.late_payer]\n", "there is no target 'late_payer'"),
        ("[targets.expected_value]\n", "expected_value is an amount"),
        ("[targets.low_csat]\ngap_days = 0\n", "target.gap_days = 0 is shorter than time.load_window_hours"),
        ("[service.wait_seconds]\nphone = 0\n", "service.wait_seconds.phone"),
    ],
)
def test_what_is_wrong_with_several_lists_is_said(tmp_path: Path, wrong: str, said: str) -> None:
    with pytest.raises(CannotRead, match=said):
        load_settings(written(tmp_path, before=wrong))


def test_a_list_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CannotRead, match=r"there is no list of return: vafa\.toml has contract_churn, low_csat"):
        load_settings(written(tmp_path, before=SEVERAL), target="return")


def test_the_environment_reaches_one_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAFA_TARGETS__LOW_CSAT__HORIZON_DAYS", "56")
    csat = load_settings(written(tmp_path, before=SEVERAL), target="low_csat")
    assert (csat.target.horizon_days, csat.target.active_days) == (56, 180)


def test_own_expectations_stand_above_ours(tmp_path: Path) -> None:
    own = "[service]\nother_wait_seconds = 20\n[service.wait_seconds]\nPhone = 45\n"
    expected = load_settings(written(tmp_path, before=own)).service.expectations
    assert (expected.wait_seconds["phone"], expected.wait_seconds["chat"], expected.other_wait_seconds) == (45, 60, 20)
