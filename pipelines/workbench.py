"""The Python side of Vafa, for data scientists: a company's tables, features of any rows, labels, fits, figures.

    company = open_company("examples/completejourney/vafa.toml")
    rows = company.labelled_rows(company.target)
    learned = fit(rows.frame, rows.features, company.target, Settings())

The same functions as every night's run, called one by one. docs/python-api.md shows them at work.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.backends.duckdb import Backend

from contract.checked import CheckedTables, open_checked
from contract.cut import Unit, history
from contract.engine import connect
from contract.readiness import Readiness
from features.catalogue import FAMILIES
from features.family import Family, Feature
from labels.catalogue import AMOUNTS, TARGETS, defaults_of, parameters_of, target_of
from labels.target import Target, spine_of
from models.dataset import NotEnoughHistory, Panel, Window, features_of, labelled_dates, labels_at, panel
from pipelines import stages
from pipelines.judgement import readiness_of
from pipelines.settings import Settings, load_settings

#: What a frozen file says of itself, in the Parquet file's own metadata.
ABOUT = b"vafa"
SPINE = ("unit_id", "customer_id", "as_of")
LABELS = (*SPINE, "target", "label")


@dataclass(frozen=True)
class Company:
    """A company whose tables are checked and open: what is known of it, and what can be asked."""

    settings: Settings
    connection: Backend
    tables: CheckedTables
    readiness: Readiness

    @property
    def target(self) -> Target:
        """The target of vafa.toml."""
        return stages.window_of(self.settings).target

    def target_named(self, name: str, **parameters: int) -> Target:
        """Another target: horizon_days, gap_days and, where it asks for it, active_days. A name that is none of ours
        means the company's own labels of that name. Raises ValueError where a parameter is missing, or has no meaning.
        """
        takes = parameters_of(name)
        strange = [key for key in parameters if key not in takes]
        missing = [key for key in takes if key not in parameters and key not in defaults_of(name)]
        if strange or missing:
            what = f"{strange[0]} has no meaning for it" if strange else f"{missing[0]} is missing"
            known = (*TARGETS, *AMOUNTS)
            ours = "" if name in known else f" (none of ours, which are {', '.join(known)}: so one of your own labels)"
            raise ValueError(f"target {name}{ours}: {what}; it takes {', '.join(takes)}")
        return target_of(name, **parameters)

    def dates(self, target: Target, *, spacing_days: int | None = None) -> tuple[date, ...]:
        """The dates whose labels are known, oldest first. Raises NotEnoughHistory where there are fewer than six."""
        now = date.fromisoformat(self.readiness.as_of)
        spacing = spacing_days or self.settings.training.spacing_days
        return labelled_dates(self.tables, self._window(target), now=now, spacing_days=spacing)

    def spine(self, target: Target, dates: Sequence[date]) -> pd.DataFrame:
        """Who is in the target's cohort at these dates: one row a unit and as_of."""
        strange = [day for day in dates if type(day) is not date]
        if strange:
            raise ValueError(f"{strange[0]!r} is no date: write date(2026, 1, 31), one or several of them in a list")
        parts = []
        for as_of in sorted(dates):
            past = history(self.tables, as_of, load_window=self._load_window, activity=self._activity)
            parts.append(spine_of(self.connection, past, target, as_of))
        return pd.concat(parts, ignore_index=True)

    def features(
        self,
        spine: pd.DataFrame,
        families: Sequence[Family] = FAMILIES,
        *,
        unit: Unit = "customer",
        progress: Callable[[str], None] = lambda _: None,
    ) -> Panel:
        """Any rows with their features, by what was known at the as_of of each: exactly these rows, in their order.

        `spine` has unit_id, customer_id and as_of (a midnight of the business calendar, as a date); other columns stay
        behind. Where a row is about a case (`unit`, as a target's), the unit_id is the case's. Raises ValueError where
        a column is missing, or a unit comes twice at an as_of.
        """
        frame, features, censored = features_of(
            self.connection,
            self.tables,
            families,
            _spine(spine),
            load_window=self._load_window,
            activity=self._activity,
            unit=unit,
            progress=progress,
        )
        return Panel(frame=frame, features=features, censored=censored)

    def labels(self, spine: pd.DataFrame, target: Target) -> pd.Series:
        """The labels of any rows, in their order: of a risk 1 or 0, of an amount money; NaN where nothing can be said.
        A label window that has not ended by the last check is NaN too."""
        spine = _spine(spine)
        label = labels_at(self.connection, self.tables, self._window(target), spine)
        now = date.fromisoformat(self.readiness.as_of)
        known = spine.as_of.map(lambda moment: target.known_on(pd.Timestamp(moment).date()) <= now)
        return label.where(known.to_numpy(dtype=bool))

    def labelled_rows(
        self,
        target: Target,
        dates: Sequence[date] | None = None,
        families: Sequence[Family] = FAMILIES,
        *,
        progress: Callable[[str], None] = lambda _: None,
    ) -> Panel:
        """What a night would learn from: the cohorts of these dates (by default all whose labels are known), with
        features and labels. Raises NotEnoughHistory where a date's label window has not ended by the last check."""
        now = date.fromisoformat(self.readiness.as_of)
        open_ones = [day for day in dates or () if target.known_on(day) > now]
        if open_ones:
            raise NotEnoughHistory(
                f"target {target.name}: the labels of {len(open_ones)} of {len(dates or ())} dates are not known yet, "
                f"first {open_ones[0]}: they are on {target.known_on(open_ones[0])}, and the tables were checked as of "
                f"{now}; leave such dates out, or ask for features and labels one by one"
            )
        return panel(
            self.connection,
            self.tables,
            families,
            self._window(target),
            dates=self.dates(target) if dates is None else dates,
            progress=progress,
        )

    def _window(self, target: Target) -> Window:
        return Window(target=target, activity=self._activity, load_window=self._load_window)

    @property
    def _activity(self) -> tuple[str, ...]:
        return self.settings.time.activity

    @property
    def _load_window(self) -> timedelta:
        return self.settings.time.load_window


def open_company(config: str | Path, *, out: str | Path | None = None, check: bool = True) -> Company:
    """Check the tables of a vafa.toml and open them. With `check=False` those of the last check are opened.

    The tables are open even where the check found something to stop for: `readiness` says what. Raises CannotRead
    where something could not be read at all.
    """
    settings = load_settings(Path(config), out=Path(out) if out is not None else None)
    readiness = stages.check(settings) if check else readiness_of(stages.last_report(settings))
    connection = connect(settings.limits)
    tables = open_checked(connection, settings.checked, settings.time.calendar, settings.service.expectations)
    return Company(settings=settings, connection=connection, tables=tables, readiness=readiness)


def brought_labels(rows: Panel, labels: pd.DataFrame, target: str) -> Panel:
    """Rows with labels of your own: a frame with unit_id, customer_id, as_of, target and label, one row a unit, as_of
    and target. Rows without a label of `target` are left out.

    Raises ValueError where a column is missing, none is of that target, a unit has two labels at an as_of, or none of
    the rows has a label.
    """
    missing = [name for name in LABELS if name not in labels.columns]
    if missing:
        raise ValueError(f"the labels have no column {', '.join(missing)}; they need {', '.join(LABELS)}")
    mine = labels[labels.target == target]
    if not len(mine):
        there = ", ".join(sorted(map(str, labels.target.unique()))[:10])
        raise ValueError(f"none of {len(labels)} labels is of target {target!r}; there are {there or 'none'}")
    keyed = mine.assign(as_of=pd.to_datetime(mine.as_of), unit_id=mine.unit_id.astype("str"))
    twice = int(keyed.duplicated(list(SPINE)).sum())
    if twice:
        raise ValueError(f"{twice} of {len(keyed)} labels of {target} repeat a unit and as_of: keep one of each")
    keys = rows.frame[list(SPINE)].assign(unit_id=rows.frame.unit_id.astype("str"))
    found = keys.merge(keyed[[*SPINE, "label"]], on=list(SPINE), how="left", validate="many_to_one").label
    if not found.notna().any():
        raise ValueError(
            f"none of {len(keys)} rows has a label of {target}: do unit_id, customer_id and as_of mean the same in "
            "both?"
        )
    return rows.labelled(found.astype("float64"))


def freeze(rows: Panel, path: str | Path) -> Path:
    """Write rows to a Parquet file that says by itself what its columns are: the same experiment a year from now."""
    about = {"features": [asdict(feature) for feature in rows.features], "censored": rows.censored}
    table = pa.Table.from_pandas(rows.frame, preserve_index=False)
    table = table.replace_schema_metadata({**(table.schema.metadata or {}), ABOUT: json.dumps(about).encode()})
    pq.write_table(table, path, compression="zstd")
    return Path(path)


def thaw(path: str | Path) -> Panel:
    """The rows that `freeze` wrote. Raises ValueError where another tool wrote the file."""
    table = pq.read_table(path)
    written = (table.schema.metadata or {}).get(ABOUT)
    if written is None:
        raise ValueError(f"{path} was not written by freeze: it does not say what its columns are")
    about = json.loads(written)
    features = tuple(_feature(feature) for feature in about["features"])
    frame = table.to_pandas()
    # Parquet has no seconds; the frames of a night do.
    frame["as_of"] = frame.as_of.astype("datetime64[s]")
    return Panel(frame=frame, features=features, censored=dict(about["censored"]))


def _feature(kept: dict[str, Any]) -> Feature:
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in kept.items()}
    return Feature(**values)


def _spine(rows: pd.DataFrame) -> pd.DataFrame:
    missing = [name for name in SPINE if name not in rows.columns]
    if missing:
        raise ValueError(f"the rows have no column {', '.join(missing)}; they need {', '.join(SPINE)}")
    spine = rows[list(SPINE)].reset_index(drop=True)
    as_of = pd.to_datetime(spine.as_of)
    if as_of.dt.tz is not None:
        raise ValueError(f"as_of carries a time zone ({as_of.dt.tz}): give dates, midnights of the business zone")
    odd = as_of[as_of != as_of.dt.normalize()]
    if len(odd):
        raise ValueError(f"{len(odd)} of {len(spine)} as_of are no midnight, as {odd.iloc[0]}: give dates")
    return spine.assign(as_of=as_of)
