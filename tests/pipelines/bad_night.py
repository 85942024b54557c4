"""A bad night of the small company: its input is broken, the command runs, and what was published must stand."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from typer.testing import CliRunner, Result

from pipelines import cli
from pipelines.lock import LOCK
from tests.pipelines.company import MARK

#: "   0.3 s  checking orders"
PROGRESS = re.compile(r" *\d+\.\d s  ")

#: What vafa.toml of the small company says of its orders.
ORDERS_SECTION = '[tables.orders]\nsource = "baskets"\ntime_zone = "Europe/Berlin"'

Change = Callable[[pd.DataFrame], pd.DataFrame]


class BadNight:
    """The small company after a good night, in a folder of its own, to be broken in one place."""

    def __init__(self, config: Path) -> None:
        self.config = config
        self.folder = config.parent
        self.out = config.parent / "out"

    def change_orders(self, change: Change) -> pd.DataFrame:
        """Gives the orders as they now are."""
        changed = change(pd.read_parquet(self.folder / "baskets.parquet"))
        changed.to_parquet(self.folder / "baskets.parquet", index=False)
        return changed

    def change_people(self, change: Change, *, header: bool = True, encoding: str = "utf-8") -> None:
        people = pd.read_csv(self.folder / "people.csv", dtype=str, keep_default_na=False)
        change(people).to_csv(self.folder / "people.csv", index=False, header=header, encoding=encoding)

    def change_toml(self, old: str, new: str) -> None:
        text = self.config.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} was to be replaced"
        self.config.write_text(text.replace(old, new), encoding="utf-8")

    def add_toml(self, text: str) -> None:
        self.config.write_text(f"{self.config.read_text(encoding='utf-8')}\n{text}\n", encoding="utf-8")

    def run(self, verb: str, *words: str | Path) -> Result:
        # Wide, so that no word of a message is broken between two lines.
        runner = CliRunner(env={"COLUMNS": "300"})
        return runner.invoke(cli.app, [verb, "--config", str(self.config), *map(str, words)])

    def refused(self, *words: str | Path, code: int, verb: str = "nightly") -> str:
        """Run it, see that it ends with `code`, names nobody and leaves all that was published to the last byte.

        Gives what it said, in one line, without the steps that it told on its way.
        """
        before = published(self.out)
        assert any(name.endswith("list.csv") for name in before), "there is a good list to lose"
        result = self.run(verb, *words)
        assert result.exit_code == code, result.output
        assert "Traceback" not in result.output
        assert MARK not in result.output
        assert result.stdout == "", "what went wrong is told on standard error"
        for report in (self.out / "work").glob("readiness.*"):
            assert MARK not in report.read_text(encoding="utf-8")
        assert published(self.out) == before
        assert list(self.out.rglob("*.partial")) == []
        told = "\n".join(line for line in result.stderr.splitlines() if not PROGRESS.match(line))
        return " ".join(told.split())

    def goes_on(self, *words: str | Path) -> Result:
        """Run a night that has only something to warn of."""
        result = self.run("nightly", *words)
        assert result.exit_code == cli.READY, result.stderr
        return result

    def newest_list(self) -> pd.DataFrame:
        folder = max((self.out / "lists").glob("*_v*"), key=lambda path: int(path.name.rpartition("_v")[2]))
        return pd.read_parquet(folder / "list.parquet")

    def page(self) -> str:
        return (self.out / "report.html").read_text(encoding="utf-8")


def published(out: Path) -> dict[str, str]:
    """The digest of every file in the output folder, by its name. Work in progress and the lock may change."""
    return {
        str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.relative_to(out).parts[0] not in ("work", LOCK)
    }
