"""What the report tests share: a real browser, and one believable page of grocery households."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from contract.readiness import Finding, Readiness, TableReadiness, TargetReadiness
from contract.said import said
from features.groups import GROUPS
from labels.inactivity import inactivity
from models.judge import grade_of
from models.leaks import POISONS
from reports.quality import (
    CalibrationBin,
    DriverRow,
    Estimate,
    FoldRow,
    GainRow,
    LeakResult,
    LiftPoint,
    MethodRow,
    QualityPage,
    SegmentRow,
)

CHROMIUM = Path("/usr/bin/chromium")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Debian's chromium. Without it these tests are skipped at home and fail where everything must run."""
    if not CHROMIUM.exists():
        says = f"no browser at {CHROMIUM}: apt-get install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(says)
        pytest.skip(says)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(QUIET))
        yield chromium
        chromium.close()


@pytest.fixture
def readiness() -> Readiness:
    """A night that may go on, with something to read."""
    return Readiness(
        as_of="2017-11-20",
        tables=(
            TableReadiness(
                table="customers",
                rows_read=2_469,
                rows_clean=2_469,
                rows_quarantined=0,
                duplicates_dropped=0,
                customers=2_469,
                first_happened="2017-01-01T00:00:00",
                last_happened="2017-01-01T00:00:00",
                last_known="2017-01-01T00:00:00",
            ),
            TableReadiness(
                table="orders",
                rows_read=1_469_307,
                rows_clean=1_469_287,
                rows_quarantined=8,
                duplicates_dropped=12,
                customers=2_469,
                first_happened="2017-01-01T11:53:26",
                last_happened="2017-11-20T04:59:48",
                last_known="2017-11-20T05:59:48",
            ),
        ),
        findings=(
            Finding(
                table="orders",
                column=None,
                problem="the same key and the same clocks stand twice",
                rows=12,
                of_rows=1_469_307,
                example=None,
                cure="nothing: one of each was kept",
                severity="note",
            ),
            Finding(
                table="orders",
                column="amount",
                problem="below the minimum of 0",
                rows=8,
                of_rows=1_469_307,
                example="-3.49",
                cure="map returns as kind = 'return' with a positive amount",
                severity="warning",
            ),
        ),
        targets=(
            TargetReadiness(
                target="inactivity",
                as_of_dates=8,
                units=15_912,
                positives=2_228,
                rarer_class_customers=911,
                enough=True,
                says="911 customers have left at least once; 500 are asked for trees.",
            ),
        ),
    )


def estimate(value: float, half: float) -> Estimate:
    return Estimate(value=value, low=value - half, high=value + half)


def method(name: str, kind: Any, auroc: float, lift: float, **rest: Any) -> MethodRow:
    return MethodRow(
        name=name,
        kind=kind,
        auroc=estimate(auroc, 0.016),
        average_precision=estimate(auroc - 0.34, 0.031),
        lift_at_k=estimate(lift, 0.42),
        precision_at_k=estimate(lift * 0.14, 0.42 * 0.14),
        recall_at_k=estimate(lift * 0.14 * 100 / 287, 0.02),
        **rest,
    )


REASONS = (
    ("No visit for 23 days; usually 4 to 6", "1 basket in 28 days; usually 5 to 7"),
    ("Spent $12 in 28 days; usually $140 to $190",),
    ("2 baskets in 28 days; usually 9 to 11", "Fewer departments: 3, usually 8", "No coupon used in 91 days"),
    ("No dominant reason",),
)


@pytest.fixture
def make_page(readiness: Readiness) -> Callable[..., QualityPage]:
    """A page of grocery households, 100 calls a night; keywords replace fields."""

    def make(**changed: Any) -> QualityPage:
        people = [
            {
                "rank": rank + 1,
                "customer_id": f"{(rank * 7919 + 1042) % 2469:04d}",
                "probability": 0.84 - 0.021 * rank,
                "value_at_risk": 1240.0 - 83 * ((rank * 5) % 9),
                "reasons": REASONS[rank % 4],
                "play": ("Call: ask what is missing", "Offer delivery", "Call: ask what is missing")[rank % 3],
                "owner": ("Maria", "Tom", "Ana")[rank % 3],
                "due_at": pd.Timestamp("2017-11-21"),
            }
            for rank in range(8)
        ]
        fields: dict[str, Any] = {
            "company": "Corner Grocery",
            "target_title": "Households about to stop shopping",
            "target_says": "No purchase in the 28 days after tomorrow, among households active in the last 90 days.",
            "as_of": "2017-11-20",
            "capacity": 100,
            "units_scored": 2_051,
            "listed": 100,
            "base_rate": 0.14,
            "grade": "A",
            "grade_says": "Better than the best simple rule in AUROC and in lift at 100, both by more than chance.",
            "champion": "Blend of logistic and trees",
            "chosen_because": "911 households have left at least once: the blend beat both of its parts.",
            "best_baseline": "five-feature logistic",
            "methods": (
                method(
                    "Blend of logistic and trees",
                    "model",
                    0.861,
                    4.43,
                    list_precision_at_k=estimate(0.38, 0.03),
                    value_at_k=estimate(0.22, 0.02),
                    brier=estimate(0.081, 0.004),
                    ece=estimate(0.014, 0.005),
                ),
                method("Trees", "candidate", 0.858, 4.36, brier=estimate(0.082, 0.004), ece=estimate(0.017, 0.005)),
                method("Logistic", "candidate", 0.855, 4.29, brier=estimate(0.083, 0.004), ece=estimate(0.019, 0.006)),
                method(
                    "five-feature logistic",
                    "baseline",
                    0.849,
                    3.93,
                    list_precision_at_k=estimate(0.36, 0.03),
                    value_at_k=estimate(0.19, 0.02),
                    brier=estimate(0.085, 0.004),
                    ece=estimate(0.022, 0.006),
                ),
                method("days since last order", "baseline", 0.771, 2.86),
                method("own past rate", "baseline", 0.742, 2.5),
                method("random", "baseline", 0.5, 1.0),
            ),
            "gains": (
                GainRow(
                    against="five-feature logistic", auroc_gain=estimate(0.012, 0.007), lift_gain=estimate(0.5, 0.44)
                ),
                GainRow(
                    against="days since last order", auroc_gain=estimate(0.09, 0.014), lift_gain=estimate(1.57, 0.5)
                ),
                GainRow(against="Trees", auroc_gain=estimate(0.003, 0.004), lift_gain=estimate(0.07, 0.21)),
            ),
            "folds": tuple(
                FoldRow(
                    as_of=as_of,
                    units=units,
                    base_rate=rate,
                    auroc=estimate(auroc, 0.024),
                    lift_at_k=estimate(lift, 0.6),
                    chosen="blend",
                )
                for as_of, units, rate, auroc, lift in (
                    ("2017-07-31", 1_988, 0.131, 0.852, 4.61),
                    ("2017-08-28", 2_004, 0.139, 0.866, 4.35),
                    ("2017-09-25", 2_031, 0.148, 0.863, 4.28),
                )
            ),
            "segments": (
                SegmentRow(
                    segment="1 person",
                    units=611,
                    base_rate=0.171,
                    auroc=estimate(0.85, 0.03),
                    lift_at_k=estimate(3.9, 0.6),
                ),
                SegmentRow(
                    segment="2 people",
                    units=842,
                    base_rate=0.138,
                    auroc=estimate(0.866, 0.03),
                    lift_at_k=estimate(4.5, 0.7),
                ),
                SegmentRow(segment="6 and more", units=38, base_rate=0.105, auroc=None, lift_at_k=None),
            ),
            "calibration": tuple(
                CalibrationBin(predicted=p, observed=o, low=o - w, high=o + w, units=205)
                for p, o, w in (
                    (0.006, 0.01, 0.008),
                    (0.02, 0.018, 0.012),
                    (0.05, 0.058, 0.02),
                    (0.11, 0.1, 0.03),
                    (0.2, 0.215, 0.041),
                    (0.33, 0.31, 0.052),
                    (0.49, 0.52, 0.062),
                    (0.68, 0.65, 0.07),
                )
            ),
            "lift_curve": tuple(
                LiftPoint(list_length=n, model=1 + 4.4 * 2.718 ** (-n / 400), baseline=1 + 3.8 * 2.718 ** (-n / 380))
                for n in range(10, 501, 10)
            ),
            "drivers": (
                DriverRow(group="recency", title="Time since the last visit", share=0.34),
                DriverRow(group="rhythm", title="Rhythm of visits", share=0.22),
                DriverRow(group="spend", title="Spend against the usual", share=0.17),
                DriverRow(group="breadth", title="Departments visited", share=0.12),
                DriverRow(group="tenure", title="Length of the relation", share=0.09),
                DriverRow(group="coupons", title="Coupons used", share=0.06),
            ),
            "leaks": (
                LeakResult(test="Poisoned future", passed=True, says="No feature moved when rows after as_of changed."),
                LeakResult(test="Shuffled labels", passed=True, says="AUROC fell to 0.50."),
                LeakResult(test="One feature alone", passed=True, says="Recency reaches 0.77; alarm at 0.90."),
            ),
            "readiness": readiness,
            "list_head": pd.DataFrame(people),
            "notes": ("19 households bought inside the gap and were taken out of the cohort.",),
            "currency": "USD",
        }
        return QualityPage(**{**fields, **changed})

    return make


@pytest.fixture
def persian_page(make_page: Callable[..., QualityPage]) -> QualityPage:
    """The page of a company that speaks Persian: what Vafa says is said by its parts, names are the company's own."""
    target = inactivity(active_days=90, horizon_days=28, gap_days=1)
    page = make_page()
    names = dict(
        zip([method.name for method in page.methods], ("Vafa", "trees", "logistic"), strict=False),
        **{"days since last order": "recency"},
    )
    methods = tuple(replace(method, name=names.get(method.name, method.name)) for method in page.methods)
    grade, says = grade_of(
        dict(zip(("auroc", "lift_at_k"), (methods[0].auroc, methods[0].lift_at_k), strict=True)),
        {"auroc": page.gains[0].auroc_gain, "lift_at_k": page.gains[0].lift_gain},
        dict(zip(("auroc", "lift_at_k"), (methods[3].auroc, methods[3].lift_at_k), strict=True)),
        best_rule="five-feature logistic",
    )
    as_of = date(2017, 11, 20)
    reasons = (("۲۳ روز بدون فعالیت؛ معمولاً هر ۴ تا ۶ روز یک بار", "۱ سفارش در ۲۸ روز؛ معمولاً ۵ تا ۷"),)
    assert page.readiness is not None
    orders, copies = page.readiness.findings[1], page.readiness.findings[0]
    return make_page(
        language="fa",
        company="فروشگاه گلستان",
        currency="IRR",
        target_title=target.title,
        target_says=target.meaning,
        grade=grade,
        grade_says=says,
        champion="Vafa",
        chosen_because=said("{says!c}.", says=says),
        methods=methods,
        gains=tuple(replace(gain, against=names.get(gain.against, gain.against)) for gain in page.gains),
        folds=tuple(
            replace(fold, chosen=said("{candidate}, {kind}", candidate="mean", kind="level"), mean_probability=0.1)
            for fold in page.folds
        ),
        segments=tuple(
            replace(segment, segment=name)
            for segment, name in zip(
                page.segments, ("گیلان", "تهران", said("other: {number:,} smaller segments", number=12)), strict=True
            )
        ),
        drivers=tuple(
            replace(driver, title=group.title) for driver, group in zip(page.drivers, GROUPS.values(), strict=False)
        ),
        leaks=tuple(
            LeakResult(
                test=test,
                passed=True,
                says=said(
                    "{features} features of {customers:,} customers at {as_of} are the same to the last bit",
                    features=81,
                    customers=2469,
                    as_of=as_of,
                ),
            )
            for test in POISONS
        ),
        readiness=replace(
            page.readiness,
            findings=(
                replace(
                    copies,
                    problem="exact duplicate rows, dropped",
                    example=said("row {number}: {told}", number=17, told="order_id 'A-12'"),
                    cure=said(
                        "nothing to do if loads repeat; if these are separate events, add them up: {grain}",
                        grain="one row an order or a return",
                    ),
                ),
                replace(
                    orders,
                    problem=said("below {minimum:g}", minimum=0),
                    cure="check the unit, and for a slipped comma",
                ),
            ),
            targets=tuple(
                replace(
                    one,
                    says=said(
                        "{positives:,} of {units:,} rows at {dates} dates had the outcome",
                        positives=one.positives,
                        units=one.units,
                        dates=one.as_of_dates,
                    ),
                )
                for one in page.readiness.targets
            ),
        ),
        list_head=page.list_head.assign(
            reasons=reasons * len(page.list_head), play="تماس بگیرید و جویای احوال شوید", owner="مریم"
        ),
        notes=(said("{customers:,} customers may not be contacted and were left out of the list.", customers=19),),
    )


@pytest.fixture
def rule_page(make_page: Callable[..., QualityPage]) -> QualityPage:
    """Grade C: the rule is published, and claims no probabilities; one fold, no segments."""
    page = make_page()
    head = page.list_head.assign(probability=float("nan"))
    return make_page(
        grade="C",
        grade_says="No model beat days since last order by more than chance.",
        champion="days since last order",
        best_baseline="days since last order",
        calibration=(),
        gains=(),
        drivers=(),
        segments=(),
        folds=page.folds[:1],
        list_head=head,
    )


@pytest.fixture
def refused_page(make_page: Callable[..., QualityPage]) -> QualityPage:
    """Refused: the data is broken, nothing was trained, nobody is listed."""
    broken = Readiness(
        as_of="2017-11-20",
        tables=(),
        findings=(
            Finding(
                table="usage",
                column="happened_at",
                problem="before the subscription that it belongs to",
                rows=19_250,
                of_rows=25_000,
                example="2023-02-01 for a subscription from 2024-05-13",
                cure="correct the export of usage, or map its subscription_id",
                severity="stop",
            ),
        ),
    )
    return make_page(
        grade="refused",
        grade_says="The data is not fit to learn from.",
        champion=None,
        best_baseline=None,
        chosen_because="",
        listed=0,
        units_scored=0,
        list_head=pd.DataFrame(),
        readiness=broken,
        **dict.fromkeys(("methods", "gains", "folds", "segments", "calibration", "lift_curve", "drivers", "leaks"), ()),
    )
