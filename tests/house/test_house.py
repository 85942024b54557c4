"""House law that a machine can hold us to: arrows, catalogues, names, clocks, reasons, and documents that are true."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
ROOMS: tuple[str, ...] = tuple(PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
#: Words of the field that need no entry in our glossary.
STANDARD = {"features", "models", "reports", "pipelines", "tests", "docs", "benchmarks", "examples", "notebooks", "adr"}
#: Names that say nothing of what is in the file.
NOTHING_SAID = {"utils", "util", "helpers", "helper", "common", "manager", "misc", "core", "base", "lib", "tools"}


def modules(*rooms: str) -> list[Path]:
    return [path for room in rooms for path in sorted((ROOT / room).rglob("*.py"))]


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def dotted(node: ast.AST) -> str:
    """`datetime.now` of the call `datetime.now(...)`; empty for anything that is no chain of names."""
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return node.id if isinstance(node, ast.Name) else ""


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def committed() -> list[Path]:
    """What is, or would be, committed: known to git, or neither known nor ignored."""
    told = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    return [ROOT / name for name in told.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


# Arrows


def test_arrows_of_the_house() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_room_is_under_the_arrows() -> None:
    linter = PROJECT["tool"]["importlinter"]
    assert set(linter["root_packages"]) == set(ROOMS) == set(PROJECT["tool"]["mypy"]["packages"])
    layered = {room.strip() for layer in linter["contracts"][0]["layers"] for room in layer.split("|")}
    assert layered == set(ROOMS)


@pytest.mark.parametrize(("library", "where"), [("prefect", "pipelines/"), ("mlflow", "models/tracking.py")])
def test_a_library_stays_where_it_belongs(library: str, where: str) -> None:
    """import-linter says the same of imports at the top; this sees those inside of functions by name, too."""
    for path in modules(*ROOMS):
        imported = {
            name.split(".")[0]
            for node in ast.walk(parsed(path))
            for name in (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
        }
        assert library not in imported or named(path).startswith(where), named(path)


# Catalogues


def declared(path: Path, kind: str) -> Iterator[str]:
    """The names at the top of a file that are made by calling `kind`."""
    for node in parsed(path).body:
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        if isinstance(value, ast.Call) and dotted(value.func) == kind:
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                yield dotted(target)


@pytest.mark.parametrize(
    ("folder", "kind", "catalogue"),
    [
        ("features", "Family", "FAMILIES"),
        ("contract/tables", "Table", "TABLES"),
        ("contract/sources", "Source", "SOURCES"),
    ],
)
def test_what_a_file_declares_is_listed(folder: str, kind: str, catalogue: str) -> None:
    room = folder.split("/")[0] if kind == "Table" else folder.replace("/", ".")
    listed = getattr(import_module(f"{room}.catalogue"), catalogue)
    entries = list(listed.values() if isinstance(listed, dict) else listed)
    found = [
        getattr(import_module(f"{folder.replace('/', '.')}.{path.stem}"), name)
        for path in (ROOT / folder).glob("*.py")
        for name in declared(path, kind)
    ]
    assert found
    assert all(any(entry is one for entry in entries) for one in found)
    assert len(found) == len(entries)


def test_every_target_is_listed() -> None:
    from labels.catalogue import AMOUNTS, BROUGHT, TARGETS

    found = [
        (path.stem, node.name)
        for path in (ROOT / "labels").glob("*.py")
        for node in parsed(path).body
        if isinstance(node, ast.FunctionDef) and node.returns is not None and dotted(node.returns) == "Target"
    ]
    # One makes a target by its name; the other makes those that only answers can tell.
    found = [(file, function) for file, function in found if file not in ("catalogue", "answers")]
    # A file is one target, for customers and, where it says so, for their cases.
    assert all(function in (file, f"case_{file}") for file, function in found), found
    listed = {function.__name__ for function in (*TARGETS.values(), *AMOUNTS.values(), BROUGHT)}
    assert {function for _, function in found} == listed


def test_every_sink_is_listed() -> None:
    from outreach.sinks.catalogue import SINKS

    found = {
        path.stem
        for path in (ROOT / "outreach" / "sinks").glob("*.py")
        if any(isinstance(node, ast.FunctionDef) and node.name == "write" for node in parsed(path).body)
    }
    assert found == set(SINKS)


def test_every_flow_is_a_verb_and_a_noun() -> None:
    flows = {
        path.stem: node.name
        for path in modules("pipelines")
        for node in parsed(path).body
        if isinstance(node, ast.FunctionDef)
        and any(isinstance(mark, ast.Call) and dotted(mark.func) == "flow" for mark in node.decorator_list)
    }
    assert len(flows) >= 5
    assert all(file == function and "_" in file for file, function in flows.items()), flows


# Names


def test_no_file_or_folder_is_named_like_a_drawer() -> None:
    for path in committed():
        parts = path.relative_to(ROOT).parts
        assert not {part.removesuffix(".py") for part in parts} & NOTHING_SAID, path


def test_tests_are_no_package() -> None:
    """With __init__.py under tests/ pytest would import the rooms' names from there."""
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_tests_mirror_the_rooms() -> None:
    folders = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir() and not path.name.startswith("_")}
    assert set(ROOMS) <= folders


def test_folders_are_words_of_the_glossary() -> None:
    glossary = (ROOT / "GLOSSARY.md").read_text(encoding="utf-8")
    words = {word for entry in re.findall(r"\*\*(.+?)\*\*", glossary) for word in re.findall(r"[a-z_]+", entry.lower())}
    folders = {path.name for room in ROOMS for path in [ROOT / room, *(ROOT / room).iterdir()] if path.is_dir()}
    folders -= {"__pycache__", "locale", "templates", "static", "fonts", *STANDARD}
    assert folders
    strange = {name for name in folders if name not in words and name.removesuffix("s") not in words}
    # The tables of the contract are explained under it.
    assert strange <= {"tables"}, strange


# Clocks and the environment

ENVIRONMENT = ("os.environ", "os.getenv", "os.putenv", "environ", "getenv")
WALL_CLOCK = re.compile(r"(^|\.)(now|utcnow|today|fromtimestamp)$|^time\.(time|time_ns|localtime|gmtime|ctime)$")
STOPWATCH = re.compile(r"(^|\.)(perf_counter|process_time)(_ns)?$")
#: models/tracking.py only sets MLflow's own switches, which MLflow reads when it is imported; it reads nothing.
SETS_SWITCHES = "models/tracking.py"


@pytest.mark.parametrize("path", modules(*(room for room in ROOMS if room != "pipelines")), ids=named)
def test_only_the_edge_reads_the_environment_and_the_clock(path: Path) -> None:
    for node in ast.walk(parsed(path)):
        name = dotted(node) if isinstance(node, ast.Attribute | ast.Name) else ""
        place = f"{named(path)}:{getattr(node, 'lineno', '')}: {name}"
        if named(path) != SETS_SWITCHES:
            assert name not in ENVIRONMENT, place
        if isinstance(node, ast.Attribute):
            assert not STOPWATCH.search(name), place
        if isinstance(node, ast.Call):
            called = dotted(node.func)
            assert not WALL_CLOCK.search(called) or "." not in called, f"{named(path)}:{node.lineno}: {called}()"


def test_tracking_sets_switches_and_reads_nothing() -> None:
    for node in ast.walk(parsed(ROOT / SETS_SWITCHES)):
        if isinstance(node, ast.Subscript) and dotted(node.value) == "os.environ":
            assert isinstance(node.ctx, ast.Store), f"line {node.lineno} reads the environment"
        if isinstance(node, ast.Call) and dotted(node.func).startswith("os."):
            assert dotted(node.func) == "os.environ.setdefault", f"line {node.lineno}"


# Reasons, and no addresses


def test_every_dependency_has_its_reason_beside_it() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    wanted = [*PROJECT["project"]["dependencies"]]
    for extra in PROJECT["project"].get("optional-dependencies", {}).values():
        wanted += extra
    for requirement in wanted:
        line = next(line for line in text.splitlines() if line.strip().startswith(f'"{requirement}"'))
        reason = line.partition("#")[2].strip()
        assert len(reason) >= 5, f"{requirement} has no reason beside it"


def test_every_dependency_is_locked_with_hashes() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    for requirement in PROJECT["project"]["dependencies"]:
        name = re.split(r"[\[<>=~! ]", requirement)[0]
        found = re.search(rf"^{re.escape(name)}==[^\n]*\\\n +--hash=sha256:", lock, re.MULTILINE | re.IGNORECASE)
        assert found, f"{name} is not in requirements.lock"


REGISTRY = re.compile(
    r"https?://[^\s\"')>]*"
    r"(pypi\.org/simple|pythonhosted|artifactory|jfrog|nexus|/simple/?\b|npmjs|registry\.|/mirror|mirror\.|proxy\.golang)",
    re.IGNORECASE,
)


def test_no_address_of_a_registry_is_committed() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    assert not re.search(r"^-(i|f)\b|--(extra-)?index-url|--find-links|--trusted-host", lock, re.MULTILINE)
    for path in committed():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found = REGISTRY.search(text)
        assert not found, f"{named(path)}: {found and found.group()}"


# Documents that are true

DOCUMENTS = ("README.md", "CONTRIBUTING.md", "docs/vafa-toml.md")


def test_commands_of_the_documents_exist() -> None:
    from typer.main import get_command

    from pipelines.cli import app

    verbs = set(get_command(app).commands)  # type: ignore[attr-defined]
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    mentioned = set()
    for name in DOCUMENTS:
        text = (ROOT / name).read_text(encoding="utf-8")
        code = "\n".join(_code_of(text))
        found = set(re.findall(r"(?:^|[ /])vafa ([a-z]+)", code, re.MULTILINE))
        assert found <= verbs, f"{name}: {found - verbs}"
        assert set(re.findall(r"(?:^|\s)make ([a-z-]+)", code, re.MULTILINE)) <= targets, name
        for module in re.findall(r"python -m ([a-z_.]+)", code):
            assert module in ("pytest",) or (ROOT / f"{module.replace('.', '/')}.py").is_file(), f"{name}: {module}"
        for command in re.findall(r"\.venv/bin/([a-z-]+)", code):
            assert (Path(sys.executable).parent / command).exists(), f"{name}: {command}"
        mentioned |= found
    assert mentioned >= {"init", "check", "train", "nightly"}


def test_every_verb_is_in_the_readme() -> None:
    from typer.main import get_command

    from pipelines.cli import app

    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for verb in get_command(app).commands:  # type: ignore[attr-defined]
        assert re.search(rf"(vafa|make) {verb}\b", text), f"README.md does not mention vafa {verb}"


def _code_of(text: str) -> list[str]:
    """What is written as code: blocks with a language, and words between backticks. (Drawings have no language.)"""
    fences = re.findall(r"^```(\w*)\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    prose = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    return [block for language, block in fences if language] + re.findall(r"`([^`]+)`", prose)


def test_links_of_the_documents_lead_somewhere() -> None:
    for path in committed():
        if path.suffix != ".md":
            continue
        for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text(encoding="utf-8")):
            if "://" not in link:
                assert (path.parent / link).exists(), f"{named(path)}: {link}"


def test_paths_of_contributing_exist() -> None:
    """`features/NAME.py` stands for any file of the folder: the folder must be there."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    paths = {code for code in _code_of(text) if re.fullmatch(r"[A-Za-z_.-]+(/[A-Za-z_.-]*)+", code)}
    assert len(paths) > 8
    for path in sorted(paths - {".venv/bin/pre-commit"}):
        there = ROOT / (path if "NAME" not in path else path.rpartition("/")[0])
        assert there.exists() or path.startswith(".venv/"), f"CONTRIBUTING.md: {path}"
