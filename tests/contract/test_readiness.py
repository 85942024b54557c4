"""The readiness report as plain data."""

from __future__ import annotations

import json

import pytest

from contract.readiness import Finding, Readiness, Severity, TargetReadiness


def finding(severity: Severity, *, rows: int = 1, of_rows: int = 4) -> Finding:
    return Finding(
        table="orders",
        column="amount",
        problem="below 0",
        rows=rows,
        of_rows=of_rows,
        example="row 7: '-1'",
        cure="never negative",
        severity=severity,
    )


def target(*, enough: bool) -> TargetReadiness:
    return TargetReadiness(
        target="inactivity", as_of_dates=6, units=10, positives=2, rarer_class_customers=2, enough=enough, says=""
    )


@pytest.mark.parametrize(
    ("findings", "targets", "ready"),
    [
        ((), (), True),
        ((finding("note"), finding("warning")), (target(enough=True),), True),
        ((finding("note"), finding("stop")), (), False),
        ((), (target(enough=False),), False),
        ((), (target(enough=True), target(enough=False)), True),
        ((finding("stop"),), (target(enough=True),), False),
    ],
)
def test_ready_is_no_stop_and_enough_for_a_target(
    findings: tuple[Finding, ...], targets: tuple[TargetReadiness, ...], ready: bool
) -> None:
    assert Readiness(as_of="2024-01-05", tables=(), findings=findings, targets=targets).ready is ready


def test_the_report_can_be_written_as_json_with_shares() -> None:
    report = Readiness(as_of="2024-01-05", tables=(), findings=(finding("warning"), finding("note", of_rows=0)))
    written = json.loads(json.dumps(report.as_dict()))
    assert written["ready"] is True
    assert [row["share"] for row in written["findings"]] == [0.25, 0.0]
