"""Settings: vafa.toml, under the environment (VAFA_OUTREACH__CAPACITY=50 is [outreach] capacity = 50)."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from datetime import date, time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from contract.address import holds_password, without_password
from contract.calendar import Calendar
from contract.catalogue import ACTIVITY_TABLES
from contract.engine import EngineLimits
from contract.expectations import RESPONSE_HOURS, WAIT_SECONDS, Expectations
from contract.mapping import CompanyMapping, SourceSpec, TableSpec
from contract.readiness import CannotRead
from labels.catalogue import AMOUNTS, TARGETS, defaults_of, parameters_of
from outreach.language import translations
from outreach.plays import plays
from outreach.sinks.catalogue import SINKS
from reports.metrics.months import CalendarName

PREFIX, NESTED = "VAFA_", "__"
#: How long ago a customer may have been active to count as one, where a target asks and the file is silent.
DEFAULT_ACTIVE_DAYS = 90
#: The keys of a target that not every target has, and who has them instead.
ONLY_OF_SOME = {
    "active_days": ", whose cohort is not who was active",
    "grace_days": "; contract_churn has it",
    "fresh_days": "; the targets of cases have it",
}
#: A variable in a source's path.
VARIABLE = re.compile(r"\$\{(\w+)\}")


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Company(_Section):
    """Who it is for."""

    name: str = Field(default="Our company", min_length=1)
    language: str = "en"
    currency: str | None = None
    calendar: CalendarName | None = None

    @field_validator("language")
    @classmethod
    def is_spoken(cls, language: str) -> str:
        translations(language)
        return language

    @field_validator("currency")
    @classmethod
    def is_a_code(cls, currency: str | None) -> str | None:
        if currency is not None and not re.fullmatch("[A-Z]{3}", currency):
            raise ValueError(f"{currency!r} is no currency: write its three letters, as EUR, or leave it out")
        return currency

    @property
    def months_of(self) -> CalendarName:
        """The calendar whose months people read: the one that is asked for, or else that of the language."""
        return self.calendar or ("jalali" if self.language == "fa" else "gregorian")


class Time(_Section):
    """The business calendar, and when a night decides."""

    zone: str = "UTC"
    weekend: tuple[str, ...] = ("saturday", "sunday")
    holidays: tuple[date, ...] = ()
    opens: time = time(9)
    closes: time = time(17)
    load_window_hours: float = Field(default=6.0, ge=0)
    as_of: Literal["today", "newest"] | date = "today"
    activity: tuple[str, ...] = ACTIVITY_TABLES

    @field_validator("as_of", mode="wrap")
    @classmethod
    def is_a_day(cls, given: Any, checked: ValidatorFunctionWrapHandler) -> Any:
        try:
            return checked(given)
        except ValidationError:
            raise ValueError(f"{given!r} is no day: write 2026-01-31, today or newest") from None

    @model_validator(mode="after")
    def sound(self) -> Self:
        self.calendar  # noqa: B018 - the calendar checks itself
        strange = [name for name in self.activity if name not in ACTIVITY_TABLES]
        if strange or not self.activity:
            raise ValueError(f"activity = {list(self.activity)}; choose from {', '.join(ACTIVITY_TABLES)}")
        return self

    @property
    def calendar(self) -> Calendar:
        return Calendar(
            zone=self.zone,
            weekend=self.weekend,
            holidays=tuple(sorted(self.holidays)),
            opens=self.opens,
            closes=self.closes,
        )

    @property
    def load_window(self) -> timedelta:
        return timedelta(hours=self.load_window_hours)


class TargetSettings(_Section):
    """What to foresee, how far ahead, and for whom. A name that is none of ours is one of the company's own labels."""

    name: str = "inactivity"
    horizon_days: int = Field(default=28, ge=1)
    gap_days: int = Field(default=1, ge=0)
    active_days: int | None = Field(default=None, ge=1)
    grace_days: int | None = Field(default=None, ge=0)
    fresh_days: int | None = Field(default=None, ge=1)
    delay_days: int | None = Field(default=None, ge=0)
    spacing_days: int | None = Field(default=None, ge=1)
    capacity: int | None = Field(default=None, ge=1)

    @field_validator("name")
    @classmethod
    def can_be_listed(cls, name: str) -> str:
        if name in AMOUNTS:
            raise ValueError(f"{name} is an amount and no risk: a list needs one of {', '.join(TARGETS)}")
        if not re.fullmatch("[a-z][a-z0-9_]*", name):
            raise ValueError(f"{name!r} is no name of a target: small letters, digits and _, as late_payer")
        return name

    @model_validator(mode="after")
    def is_of_the_target(self) -> Self:
        for key, why in ONLY_OF_SOME.items():
            if getattr(self, key) is not None and key not in parameters_of(self.name):
                raise ValueError(f"{key} has no meaning for {self.name}{why}: leave it out")
        return self

    @property
    def parameters(self) -> dict[str, int]:
        """What the target is made of, all of it stated."""
        given = {**defaults_of(self.name), **self.model_dump(exclude={"name"}, exclude_none=True)}
        given.setdefault("active_days", DEFAULT_ACTIVE_DAYS)
        return {key: given[key] for key in parameters_of(self.name)}


class Training(_Section):
    """How much is learned from, and how much work it may be."""

    spacing_days: int = Field(default=28, ge=1)
    bags: int = Field(default=3, ge=1)
    seed: int = Field(default=1, ge=0)
    replicates: int = Field(default=1000, ge=100)


class Outreach(_Section):
    """The list: how long, in which files, with which actions, and what acting is assumed to be worth."""

    capacity: int = Field(default=100, ge=1)
    sinks: tuple[str, ...] = ("csv", "xlsx", "parquet")
    plays: dict[str, str] = {}
    save_rate: float = Field(default=0.3, ge=0, le=1, description="assumed share of called leavers who stay")
    contact_cost: float = Field(default=0.0, ge=0)

    @field_validator("sinks")
    @classmethod
    def are_listed(cls, sinks: tuple[str, ...]) -> tuple[str, ...]:
        strange = [sink for sink in sinks if sink not in SINKS]
        if strange:
            raise ValueError(f"there is no sink {strange[0]!r}; there are: {', '.join(SINKS)}")
        if "csv" not in sinks:
            raise ValueError("csv is left out; it tells whether a list is new, so add it")
        return sinks

    @field_validator("plays")
    @classmethod
    def are_of_groups(cls, own: dict[str, str]) -> dict[str, str]:
        plays(own)
        return own


class Service(_Section):
    """What customers expect of each channel: seconds in a queue, and business hours until the first response."""

    wait_seconds: dict[str, Annotated[float, Field(gt=0)]] = {}
    response_hours: dict[str, Annotated[float, Field(gt=0)]] = {}
    other_wait_seconds: float = Field(default=Expectations().other_wait_seconds, gt=0)
    other_response_hours: float = Field(default=Expectations().other_response_hours, gt=0)

    @property
    def expectations(self) -> Expectations:
        """Those of the file over ours."""
        return Expectations(
            wait_seconds=_over(WAIT_SECONDS, self.wait_seconds),
            response_hours=_over(RESPONSE_HOURS, self.response_hours),
            other_wait_seconds=self.other_wait_seconds,
            other_response_hours=self.other_response_hours,
        )


def _over(ours: Mapping[str, float], own: Mapping[str, float]) -> dict[str, float]:
    return {**ours, **{channel.lower(): expected for channel, expected in own.items()}}


class Engine(_Section):
    """What the engine may take of the machine."""

    memory: str = "2GB"
    threads: int = Field(default=2, ge=1)
    spill: str = "20GB"

    @field_validator("memory", "spill")
    @classmethod
    def is_a_size(cls, size: str) -> str:
        if not re.fullmatch(r"\d+(\.\d+)? ?[KMGT]i?B", size):
            raise ValueError(f"{size!r} is no size: write 500MB or 2GB")
        return size


class Paths(_Section):
    """Where things are kept. Relative to the folder of vafa.toml, unless said otherwise on the command line."""

    out: Path = Path("out")
    prefect: Path | None = None
    mlflow: str | None = None


class Settings(BaseSettings):
    """All settings of one company."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix=PREFIX,
        env_nested_delimiter=NESTED,
        nested_model_default_partial_update=True,
        # Pydantic's own texts would show the address of a server with its password.
        hide_input_in_errors=True,
    )

    company: Company = Company()
    time: Time = Time()
    target: TargetSettings = TargetSettings()
    targets: dict[str, TargetSettings] = {}
    training: Training = Training()
    outreach: Outreach = Outreach()
    service: Service = Service()
    engine: Engine = Engine()
    paths: Paths = Paths()
    sources: dict[str, SourceSpec] = {}
    tables: Annotated[dict[str, TableSpec], Field(min_length=1)]
    folder: Path = Path()

    @property
    def mapping(self) -> CompanyMapping:
        return CompanyMapping(sources=self.sources, tables=self.tables, folder=self.folder)

    @model_validator(mode="after")
    def mapping_is_sound(self) -> Self:
        self.mapping  # noqa: B018 - the mapping checks itself
        return self

    @field_validator("targets", mode="before")
    @classmethod
    def bear_their_names(cls, targets: Any) -> Any:
        """The key is the name: [targets.low_csat] needs no name of its own."""
        if not isinstance(targets, Mapping):
            return targets
        named = {}
        for name, written in targets.items():
            if isinstance(written, Mapping) and written.get("name", name) != name:
                raise ValueError(
                    f"[targets.{name}] says name = {written['name']!r}; the section's name is the target's"
                )
            named[name] = {**written, "name": name} if isinstance(written, Mapping) else written
        return named

    @model_validator(mode="after")
    def targets_are_there(self) -> Self:
        if self.targets and self.target != TargetSettings():
            raise ValueError("[target] and [targets] are both given: write one section [targets.NAME] a list")
        for target in self._targets():
            if target.name not in TARGETS and "labels" not in self.tables:
                raise ValueError(
                    f"target.name: there is no target {target.name!r}; there are: {', '.join(TARGETS)}, and those of "
                    "your own labels, once tables.labels is mapped"
                )
        return self

    @model_validator(mode="after")
    def gap_covers_the_load_window(self) -> Self:
        """The night decides when its loads are in; a label window that had begun by then would hold known events."""
        for target in self._targets():
            if self.time.load_window > timedelta(days=target.gap_days):
                raise ValueError(
                    f"target.gap_days = {target.gap_days} is shorter than time.load_window_hours = "
                    f"{self.time.load_window_hours:g}: the decision is made when the loads are in, so raise the gap, "
                    "or set the load window to 0 where rows arrive at once"
                )
        return self

    def _targets(self) -> tuple[TargetSettings, ...]:
        return tuple(self.targets.values()) or (self.target,)

    @property
    def lists_of(self) -> tuple[str, ...]:
        """The targets that have a list, the first one first: of it speak report.html and summary.json."""
        return tuple(target.name for target in self._targets())

    def each(self) -> tuple[Settings, ...]:
        """The settings of every list: as if the company had that target alone."""
        return tuple(self.of(name) for name in self.lists_of)

    def of(self, name: str) -> Settings:
        """The settings of one list. Raises CannotRead where the company has no such target."""
        found = {target.name: target for target in self._targets()}
        if name not in found:
            raise CannotRead(f"there is no list of {name}: vafa.toml has {', '.join(found)}")
        target = found[name]
        update: dict[str, Any] = {"target": target}
        if target.capacity is not None:
            update["outreach"] = self.outreach.model_copy(update={"capacity": target.capacity})
        if target.spacing_days is not None:
            update["training"] = self.training.model_copy(update={"spacing_days": target.spacing_days})
        return self.model_copy(update=update)

    def beside(self, name: str) -> Path:
        """A file of the output folder that speaks of this list: of the first as it is, of others with their name."""
        if self.target.name == self.lists_of[0]:
            return self.out / name
        path = self.out / name
        return path.with_name(f"{path.stem}-{self.target.name}{path.suffix}")

    @property
    def out(self) -> Path:
        return (self.folder / self.paths.out).resolve()

    @property
    def checked(self) -> Path:
        return self.out / "work" / "tables"

    @property
    def quarantine(self) -> Path:
        return self.out / "work" / "quarantine"

    @property
    def lists(self) -> Path:
        return self.out / "lists"

    @property
    def scores(self) -> Path:
        return self.out / "scores"

    @property
    def limits(self) -> EngineLimits:
        return EngineLimits(
            memory=self.engine.memory,
            threads=self.engine.threads,
            spill=self.engine.spill,
            spill_folder=self.out / "work" / "spill",
        )

    @property
    def model_name(self) -> str:
        return f"vafa-{self.target.name}"


def load_settings(config: Path, *, out: Path | None = None, target: str | None = None) -> Settings:
    """The settings of `config`, with the environment's on top, and `out` in place of the configured folder.

    Of several lists they are those of `target`, or else of the first; `each` gives them all.

    Raises CannotRead that names the section and the key, and says what is wrong with it.
    """
    config = config.resolve()
    if not config.is_file():
        raise CannotRead(f"there is no file {config}: draft one with vafa init DIR, or name yours with --config")
    try:
        written = tomllib.loads(config.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CannotRead(f"{config} is not TOML: {error}") from error
    strange = [name for name in written if name not in sections()]
    if strange:
        raise CannotRead(f"{config}: {strange[0]} is no section; there are {', '.join(sections())}")
    _ensure_no_password(config, written.get("sources"))
    _ensure_environment_is_ours(os.environ)

    class FromFile(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=config)

    try:
        settings: Settings = FromFile(folder=config.parent)  # type: ignore[call-arg]  # the file gives the rest
    except ValidationError as error:
        raise CannotRead(f"{config}: {'; '.join(map(_told, error.errors()))}") from error
    except SettingsError as error:
        # Its own text names the section but neither the variable nor the cure.
        raise CannotRead(
            f"the environment: a {PREFIX} variable is not written as JSON, as a list or a table must be: "
            f'{PREFIX}OUTREACH{NESTED}SINKS=\'["csv", "xlsx"]\' ({error})'
        ) from error
    settings = _with_paths_of(os.environ, settings)
    if out is not None:
        settings = settings.model_copy(update={"paths": settings.paths.model_copy(update={"out": out.resolve()})})
    return settings.of(target or settings.lists_of[0])


def _with_paths_of(environment: Mapping[str, str], settings: Settings) -> Settings:
    """Paths of sources may name variables, as "${INVOICES}/2011.parquet": where data lie differs from machine to
    machine, and an address of a database may hold a secret."""
    sources = {}
    for name, spec in settings.sources.items():
        missing = [variable for variable in VARIABLE.findall(spec.path) if not environment.get(variable)]
        if missing:
            raise CannotRead(
                f"sources.{name}.path names the environment variable {missing[0]}, which is not set: "
                f"export {missing[0]}=..., as the comments of vafa.toml say, or write the path itself"
            )
        path = VARIABLE.sub(lambda found: environment[found[1]], spec.path)
        sources[name] = spec.model_copy(update={"path": path}) if path != spec.path else spec
    return settings.model_copy(update={"sources": sources})


def settings_of(config: str, out: str | None, target: str | None = None) -> Settings:
    """The same of paths as text: what a flow is handed, and Prefect keeps."""
    return load_settings(Path(config), out=Path(out) if out else None, target=target)


def sections() -> tuple[str, ...]:
    """The sections that vafa.toml may have. (`folder` is where it lies, and nobody's to set.)"""
    return tuple(name for name in Settings.model_fields if name != "folder")


def _ensure_no_password(config: Path, sources: Any) -> None:
    """A file is copied, mailed and committed, and a password with it."""
    for name, written in sources.items() if isinstance(sources, dict) else ():
        path = written.get("path") if isinstance(written, dict) else None
        if isinstance(path, str) and holds_password(VARIABLE.sub("", path)):
            raise CannotRead(
                f"{config}: sources.{name}.path holds a password, and a file is no place for one. Leave it out of the "
                'address, and give it as PGPASSWORD, in ~/.pgpass, or by a variable of your own ("${SHOP_PASSWORD}"); '
                f"or give the whole address as {PREFIX}SOURCES{NESTED}{name.upper()}{NESTED}PATH"
            )


def _ensure_environment_is_ours(environment: Mapping[str, str]) -> None:
    """A mistyped variable would be passed over in silence, and the file's value stand."""
    for name in environment:
        if not name.upper().startswith(PREFIX):
            continue
        section, parted, _ = name.upper().removeprefix(PREFIX).partition(NESTED)
        if not parted or section.lower() not in sections():
            raise CannotRead(
                f"the environment: {name} is no setting: write {PREFIX}SECTION{NESTED}KEY, as "
                f"{PREFIX}OUTREACH{NESTED}CAPACITY=50; the sections are {', '.join(sections())}"
            )


#: What is wrong, by pydantic's word for it, as a person says it.
_SAYINGS = {
    "missing": "is missing",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "finite_number": "must be a number",
    "string_type": "must be a text in quotes",
    "string_too_short": "must not be empty",
    "tuple_type": 'must be a list, as ["csv", "xlsx"]',
    "dict_type": "must be a section with keys of its own",
    "model_type": "must be a section with keys of its own",
    "model_attributes_type": "must be a section with keys of its own",
    "path_type": "must be a path in quotes",
    "time_parsing": 'must be a time of day, as "09:00"',
    "time_type": 'must be a time of day, as "09:00"',
    "greater_than_equal": "must be at least {ge:g}",
    "less_than_equal": "must be at most {le:g}",
    "too_short": "must not be empty",
}


def _told(problem: ErrorDetails) -> str:
    """One thing that is wrong with the settings: section and key, what is wrong there, and what was written."""
    place = [str(part) for part in problem["loc"]]
    kind = problem["type"]
    if kind == "extra_forbidden":
        keys = _keys_of(place[:-1])
        return f"{'.'.join(place)} is no setting" + (
            f"; [{'.'.join(place[:-1])}] has {', '.join(keys)}" if keys else ""
        )
    if kind.startswith(("date_", "datetime_")):
        said = "must be a day, as 2026-01-31"
    elif kind in _SAYINGS:
        said = _SAYINGS[kind].format(**problem.get("ctx", {}))
    else:
        said = problem["msg"].removeprefix("Value error, ")
        return f"{'.'.join(place)}: {said}" if place else said
    given = problem["input"]
    if isinstance(given, str):
        given = without_password(given)
    shown = f", not {given!r}" if kind != "missing" and isinstance(given, str | int | float | bool) else ""
    return f"{'.'.join(place)} {said}{shown}"


def _keys_of(place: list[str]) -> list[str]:
    """The keys that a section may have."""
    if place[:1] == ["sources"]:
        return list(SourceSpec.model_fields)
    if place[:1] == ["tables"] and len(place) == 2:
        return list(TableSpec.model_fields)
    section = Settings.model_fields[place[0]].annotation if len(place) == 1 and place[0] in sections() else None
    return list(section.model_fields) if isinstance(section, type) and issubclass(section, BaseModel) else []
