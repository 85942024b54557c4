"""What a kind of source is: it makes a company's rows visible to the engine under the source's name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from glob import glob
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from ibis.backends.duckdb import Backend

from contract.address import without_password
from contract.engine import literal
from contract.mapping import SourceSpec
from contract.readiness import CannotRead

#: open(connection, name, spec, place) makes a view called `name`; it raises CannotRead with the cure. `place` is what
#: `locate` gave: a Path for files.
Opener = Callable[[Backend, str, SourceSpec, Any], None]


class Locator(Protocol):
    """What a source's path means; it raises CannotRead where it means nothing."""

    def __call__(self, path: str, *, folder: Path, name: str) -> Any: ...


def resolve(path: str, *, folder: Path, name: str) -> Path:
    """The file or folder that a source's path means.

    Raises CannotRead when a `package:` path names a package that is not installed, or when nothing is there.
    """
    if "://" in path:
        raise CannotRead(
            f"source {name}: its path is an address ({without_password(path)}), and its kind reads files: mend "
            f"sources.{name}.kind, or put the files on a disk"
        )
    if path.startswith("package:"):
        package, _, rest = path.removeprefix("package:").partition("/")
        try:
            found = find_spec(package)
        except (ModuleNotFoundError, ValueError):  # a parent package is missing, or there is no name at all
            found = None
        if found is None or not found.submodule_search_locations:
            raise CannotRead(
                f"source {name}: the package {package} is not installed; install it: pip install {package}"
            )
        resolved = Path(found.submodule_search_locations[0]) / rest
    else:
        resolved = (folder / Path(path).expanduser()).resolve()
    if not resolved.exists() and not glob(str(resolved), recursive=True):
        raise CannotRead(f"source {name}: nothing at {resolved}; mend sources.{name}.path in vafa.toml")
    return resolved


def files_of(path: Path, endings: tuple[str, ...], *, name: str) -> str:
    """The files of a source as SQL: one file or pattern as it is, or all files of a folder that end as they should."""
    if not path.is_dir():
        return literal(str(path))
    files = sorted(str(file) for file in path.iterdir() if file.name.lower().endswith(endings))
    if not files:
        raise CannotRead(f"source {name}: no {' or '.join(endings)} file in {path}; mend sources.{name}.path")
    return f"[{', '.join(map(literal, files))}]"


@dataclass(frozen=True, kw_only=True)
class Source:
    """One kind of source. `endings` are the file endings by which `vafa init` recognises it."""

    kind: str
    open: Opener
    endings: tuple[str, ...] = ()
    locate: Locator = resolve
