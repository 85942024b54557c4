"""What the checks found: the readiness report as plain data. reports/readiness.py renders it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from contract.said import with_said

Severity = Literal["stop", "warning", "note"]


class CannotRead(Exception):
    """The data or the configuration cannot be read at all. The text names what, where, and the cure."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that is wrong: one row a table, column and problem.

    `rows` counts the rows concerned out of `of_rows`. `example` is one offending value, or a description of it where
    the column is personal. A `stop` keeps anything from being published; a `warning` is for a person to read; a
    `note` says what was done and needs nobody.
    """

    table: str
    column: str | None
    problem: str
    rows: int
    of_rows: int
    example: str | None
    cure: str
    severity: Severity

    @property
    def share(self) -> float:
        return self.rows / self.of_rows if self.of_rows else 0.0


@dataclass(frozen=True, kw_only=True)
class TableReadiness:
    """What became of one table's rows: one a table. Read = clean + quarantined + duplicates dropped."""

    table: str
    rows_read: int
    rows_clean: int
    rows_quarantined: int
    duplicates_dropped: int
    customers: int
    first_happened: str | None
    last_happened: str | None
    last_known: str | None


@dataclass(frozen=True, kw_only=True)
class TargetReadiness:
    """Whether a target has enough data to learn from: one a target."""

    target: str
    as_of_dates: int
    units: int
    positives: int
    rarer_class_customers: int
    enough: bool
    says: str


@dataclass(frozen=True, kw_only=True)
class Readiness:
    """The whole report: what was read, what is wrong, and whether the night may go on."""

    as_of: str
    tables: tuple[TableReadiness, ...]
    findings: tuple[Finding, ...] = ()
    targets: tuple[TargetReadiness, ...] = ()
    ready: bool = field(init=False)

    def __post_init__(self) -> None:
        stops = any(finding.severity == "stop" for finding in self.findings)
        # One target that cannot be learned yet is no reason to do without the lists of the others.
        enough = not self.targets or any(target.enough for target in self.targets)
        object.__setattr__(self, "ready", not stops and enough)

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON writes it, with the parts of its sentences. Every finding carries its share of rows."""
        report: dict[str, Any] = with_said(asdict(self))
        for row, finding in zip(report["findings"], self.findings, strict=True):
            row["share"] = finding.share
        return report
