"""A judgement as JSON, as it lies beside its model, and as the page that people read."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import date
from typing import Any

import pandas as pd

from contract.readiness import Finding, Readiness, TableReadiness, TargetReadiness
from contract.said import Figure, Said, marked, read_said, said, with_said
from features.groups import GROUPS
from labels.target import Target
from models.calibrate import KINDS as RECALIBRATIONS
from models.evaluate import CalibrationBin, Estimate
from models.fit import Learned
from models.judge import MODEL, Judgement
from models.leaks import LeakResult
from models.silence import Silence
from models.spend import REGRESSION, SpendJudged
from pipelines.settings import Settings
from reports.quality import (
    DriverRow,
    FoldRow,
    GainRow,
    LiftPoint,
    MethodRow,
    QualityPage,
    SegmentRow,
)
from reports.wording import finite

#: How the page calls what was chosen.
CANDIDATE_WORDS = {
    "logistic": marked("the ridge logistic"),
    "trees": marked("the trees"),
    "mean": marked("the mean of logistic and trees"),
}


def judgement_json(
    judgement: Judgement,
    *,
    learned: Learned | None,
    spend: SpendJudged | None,
    silence: Silence | None = None,
    gone: int = 0,
    apart: int = 0,
    leaks: tuple[LeakResult, ...],
    champion: str,
    rows: int,
    censored: Mapping[str, int],
) -> str:
    """Everything but the predictions, as strict JSON: what is not a number is null. Sentences stand there in English,
    and their parts beside them (`says`, `says_said`), so that a page in another language can be made of it.

    `rows` were learned from, `gone` left inside the gap and `apart` stand apart; `censored` counts, by feature, those
    whose window reaches back before the history began.
    """
    told = {
        "rows": rows,
        "censored": dict(censored),
        "grade": judgement.grade,
        "says": judgement.says,
        "champion": champion,
        "best_rule": judgement.best_rule,
        "capacity": judgement.capacity,
        "units": judgement.units,
        "base_rate": judgement.base_rate,
        "choice": asdict(judgement.choice),
        "recalibration": {**learned.recalibration.as_dict(), "because": learned.recalibrated_because}
        if learned
        else None,
        "spend": asdict(spend) if spend else None,
        "silence": _silence_json(silence) if silence else None,
        "gone": gone,
        "apart": apart,
        "methods": {method.name: _figures(method.metrics) for method in judgement.methods},
        "gains": {rule: _figures(figures) for rule, figures in judgement.gains.items()},
        "folds": [
            {
                "as_of": fold.as_of.isoformat(),
                "units": fold.units,
                "base_rate": fold.base_rate,
                "mean_probability": fold.mean_probability,
                "ece_noise": fold.ece_noise,
                "choice": asdict(fold.choice),
                "recalibration": fold.recalibration.as_dict(),
                **_figures(fold.metrics),
            }
            for fold in judgement.folds
        ],
        "segments": [
            {"segment": s.segment, "units": s.units, "base_rate": s.base_rate, **_figures(s.metrics)}
            for s in judgement.segments
        ],
        "calibration": [asdict(bin) for bin in judgement.calibration],
        "lift_curve": [
            {"list_length": length, "model": lift, "rule": rule}
            for (length, lift), (_, rule) in zip(judgement.curve, judgement.rule_curve, strict=True)
        ],
        "leaks": [asdict(leak) for leak in leaks],
    }
    return json.dumps(finite(with_said(told)), indent=1, ensure_ascii=False, allow_nan=False)


def _silence_json(silence: Silence) -> dict[str, Any]:
    # Each sentence in a place of its own, so that its parts can stand beside it.
    return {**asdict(silence), "says": [{"text": sentence} for sentence in silence.says]}


def _figures(metrics: dict[str, Estimate]) -> dict[str, Any]:
    return {name: asdict(figure) for name, figure in metrics.items()}


def page_of(
    told: str,
    *,
    settings: Settings,
    target: Target,
    as_of: date,
    scored: int,
    listed: pd.DataFrame | None,
    head: int,
    drivers: pd.Series,
    readiness: dict[str, Any],
    not_contactable: int,
) -> QualityPage:
    """The page of one list: the judgement that lies beside its model, and the list's first rows. Where it was refused
    there is none of it: `listed` is None, and no method makes the list."""
    judged = json.loads(told)
    champion = judged["champion"] if listed is not None else None
    # Where there were too few customers for a model, a rule stood in its place: it is shown under its own name alone.
    shown = [name for name in judged["methods"] if name != MODEL or "brier" in judged["methods"][MODEL]]
    notes: list[str] = [
        said(
            "Figures are pooled over {nights} past nights that the model had not seen; at each, the candidate was "
            "chosen on nights that were over by then.",
            nights=len(judged["folds"]),
        )
    ]
    if listed is not None:
        notes += _worth(judged, settings)
    notes += _at_stake(judged, target)
    notes += _silent(judged)
    notes += _left_out(judged)
    if judged["censored"]:
        longest, rows = max(judged["censored"].items(), key=lambda item: item[1])
        notes.append(
            said(
                "{features} features reach back further than the history at some past dates and are unknown there, not "
                "smaller: {longest}, for one, in {rows:,} of {of_rows:,} rows.",
                features=len(judged["censored"]),
                longest=longest,
                rows=rows,
                of_rows=judged["rows"],
            )
        )
    if not_contactable:
        notes.append(
            said(
                "{customers:,} customers may not be contacted and were left out of the list.",
                customers=not_contactable,
            )
        )
    return QualityPage(
        company=settings.company.name,
        target_title=target.title,
        target_says=target.meaning,
        outcome_says=target.outcome_says,
        as_of=as_of.isoformat(),
        capacity=judged["capacity"],
        units_scored=scored,
        listed=0 if listed is None else len(listed),
        base_rate=judged["base_rate"],
        grade=judged["grade"],
        grade_says=read_said(judged, "says"),
        champion=champion,
        chosen_because=_because(judged, champion) if champion else "",
        best_baseline=judged["best_rule"],
        methods=tuple(_method(name, figures) for name, figures in judged["methods"].items() if name in shown),
        gains=tuple(
            GainRow(
                against=rule,
                auroc_gain=_estimate(gain["auroc"]),
                lift_gain=_estimate(gain["lift_at_k"]),
                value_gain=_estimate(gain["value_at_k"]),
            )
            for rule, gain in judged["gains"].items()
            if MODEL in shown
        ),
        folds=tuple(
            FoldRow(
                as_of=fold["as_of"],
                units=fold["units"],
                base_rate=fold["base_rate"],
                auroc=_estimate(fold["auroc"]),
                lift_at_k=_estimate(fold["lift_at_k"]),
                chosen=_chosen(fold),
                mean_probability=fold["mean_probability"],
            )
            for fold in judged["folds"]
        ),
        segments=tuple(
            SegmentRow(
                segment=read_said(row, "segment"),
                units=row["units"],
                base_rate=row["base_rate"],
                auroc=_estimate(row["auroc"]) if "auroc" in row else None,
                lift_at_k=None,
            )
            for row in judged["segments"]
        ),
        calibration=tuple(CalibrationBin(**bin) for bin in judged["calibration"]),
        lift_curve=tuple(
            LiftPoint(list_length=point["list_length"], model=_number(point["model"]), baseline=_number(point["rule"]))
            for point in judged["lift_curve"]
        ),
        drivers=tuple(
            DriverRow(group=str(group), title=GROUPS[str(group)].title if group in GROUPS else str(group), share=share)
            for group, share in drivers.items()
        ),
        leaks=tuple(
            LeakResult(test=leak["test"], passed=leak["passed"], says=read_said(leak, "says"))
            for leak in judged["leaks"]
        ),
        readiness=readiness_of(readiness),
        list_head=pd.DataFrame() if listed is None else _head(listed, head),
        notes=tuple(notes),
        language=settings.company.language,
        currency=settings.company.currency,
    )


def _at_stake(judged: dict[str, Any], target: Target) -> list[str]:
    """What stands behind the value at risk; nothing where no money is known."""
    spend = judged["spend"]
    if spend is None:
        return []
    what = said(
        "what a customer to whom it does not happen is expected to spend in the {days} days", days=target.horizon_days
    )
    if spend["basis"] != REGRESSION:
        because = read_said(spend, "because")
        return [
            said("Value at risk is {what}, by the customer's own past rate ({because}).", what=what, because=because)
        ]
    return [
        said(
            "Value at risk is {what}, foreseen by a regression: on past nights it said {ratio} of what was spent, off "
            "by {error:,.0f} a customer; the own past rate {ratio_own_rate}, off by {error_own_rate:,.0f}.",
            what=what,
            ratio=Figure(f"{spend['ratio']:.0%}"),
            error=spend["mean_error"],
            ratio_own_rate=Figure(f"{spend['ratio_own_rate']:.0%}"),
            error_own_rate=spend["mean_error_own_rate"],
        )
    ]


def _worth(judged: dict[str, Any], settings: Settings) -> list[str]:
    """What a night's calls are worth, by the assumption that the settings state; nothing where no money is known."""
    if judged.get("silence"):
        return []  # A bad answer that is averted is worth something, but not what is at stake when somebody leaves.
    ours, rule = (judged["methods"][name]["profit_at_k"] for name in (judged["champion"], judged["best_rule"]))
    if settings.company.currency is None or ours["value"] is None or rule["value"] is None:
        return []

    def money(amount: float) -> Said:
        return said("{amount} {currency}", amount=Figure(f"{amount:,.0f}"), currency=settings.company.currency)

    interval = said("no interval")
    if ours["low"] is not None:
        interval = said("{low} to {high}", low=Figure(f"{ours['low']:,.0f}"), high=Figure(f"{ours['high']:,.0f}"))
    assumed = said(
        "calling averts it for {save_rate} of those called to whom it would happen, and saves all that is at stake "
        "with them (two assumptions)",
        save_rate=Figure(f"{settings.outreach.save_rate:.0%}"),
    )
    if settings.outreach.contact_cost:
        assumed = said("{assumed} and a call costs {cost}", assumed=assumed, cost=money(settings.outreach.contact_cost))
    return [
        said(
            "If {assumed}, a night's calls are worth about {value} ({interval}); by the best simple rule {rule}.",
            assumed=assumed,
            value=money(ours["value"]),
            interval=interval,
            rule=money(rule["value"]),
        )
    ]


def _silent(judged: dict[str, Any]) -> list[str]:
    """What those who did not answer do to the figures; nothing of a target that everybody's deeds can tell."""
    silence = judged.get("silence")
    if not silence:
        return []
    notes: list[str] = [
        said(
            "Learned from answers: {asked:.0%} of the customers were asked at those nights, and {answered:.0%} of them "
            "answered. The probability is that of a bad answer, if asked.",
            asked=silence["asked_share"],
            answered=silence["answered_share"],
        ),
        *(read_said(one, "text") for one in silence["says"]),
    ]
    figures = silence["figures"]
    if figures:
        ours, weighted = figures["answered"]["auroc"], figures["cohort"]["auroc"]
        notes.append(
            said(
                "The model's AUROC is {auroc:.3f} among those who answered, and {weighted:.3f} ({low:.3f} to "
                "{high:.3f}) with the answers weighted so that they stand for all.",
                auroc=_number(ours["value"]),
                weighted=_number(weighted["value"]),
                low=_number(weighted["low"]),
                high=_number(weighted["high"]),
            )
        )
    return notes


def _left_out(judged: dict[str, Any]) -> list[str]:
    """The rows of past nights of which nothing could be learned."""
    notes: list[str] = []
    if judged.get("gone"):
        notes.append(
            said(
                "{rows:,} rows of past nights were left out: their customers had left before the window began.",
                rows=judged["gone"],
            )
        )
    if judged.get("apart"):
        notes.append(
            said(
                "{rows:,} rows of past nights stand apart: an end that the customer did not choose is neither leaving "
                "nor staying.",
                rows=judged["apart"],
            )
        )
    return notes


def _chosen(fold: dict[str, Any]) -> str:
    """The candidate of one night, and how it was recalibrated, in a word each."""
    candidate, kind = str(fold["choice"]["candidate"]), fold["recalibration"]["kind"]
    return candidate if kind == "none" else said("{candidate}, {kind}", candidate=candidate, kind=kind)


def _because(judged: dict[str, Any], champion: str) -> str:
    choice, recalibration = judged["choice"], judged["recalibration"]
    if champion != MODEL:
        return said("{says!c}.", says=read_said(judged, "says"))
    return said(
        "Tonight's candidate is {candidate}: {because}. Its probabilities: {recalibration} ({why}).",
        candidate=CANDIDATE_WORDS[choice["candidate"]],
        because=read_said(choice, "because"),
        recalibration=RECALIBRATIONS[recalibration["kind"]],
        why=read_said(recalibration, "because"),
    )


def _method(name: str, figures: dict[str, Any]) -> MethodRow:
    optional = {
        key: _estimate(figures[key]) for key in ("list_precision_at_k", "value_at_k", "brier", "ece") if key in figures
    }
    return MethodRow(
        name=name,
        kind="model" if name == MODEL else "baseline",
        auroc=_estimate(figures["auroc"]),
        average_precision=_estimate(figures["average_precision"]),
        lift_at_k=_estimate(figures["lift_at_k"]),
        precision_at_k=_estimate(figures["precision_at_k"]),
        recall_at_k=_estimate(figures["recall_at_k"]),
        **optional,
    )


def _estimate(figure: dict[str, Any]) -> Estimate:
    return Estimate(value=_number(figure["value"]), low=figure["low"], high=figure["high"])


def _number(value: float | None) -> float:
    """A number as it was before JSON, which has no word for what is none."""
    return math.nan if value is None else value


def _head(listed: pd.DataFrame, rows: int) -> pd.DataFrame:
    """The list's first rows under the page's column names: reasons together in one cell."""
    first = listed.head(rows)
    reasons = first[["reason_1", "reason_2", "reason_3"]].apply(
        lambda row: [reason for reason in row if reason], axis=1, result_type="reduce"
    )
    return first.assign(reasons=reasons, play=first.action, due_at=first.due_on.astype(str))


def readiness_of(report: dict[str, Any]) -> Readiness:
    """The report as it was written to JSON."""

    def made(kind: type, row: dict[str, Any]) -> Any:
        names = {field.name for field in fields(kind)}
        return kind(**{key: read_said(row, key) for key in row if key in names})

    return Readiness(
        as_of=report["as_of"],
        tables=tuple(made(TableReadiness, row) for row in report["tables"]),
        findings=tuple(made(Finding, row) for row in report["findings"]),
        targets=tuple(made(TargetReadiness, row) for row in report["targets"]),
    )
