"""docs/benchmarks.md from the measured figures: nothing on that page is typed by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks import quality_nonresponse, quality_simulator, quality_text

HEAD = """# Benchmarks

How good the shipped procedure is on public and made-up data, and against what. Written by `make bench-quality` from
`benchmarks/results/quality.json`; do not edit. One configuration for all: nothing is set per data set but the mapping
and the question. Brier and ECE: lower is better. *Noise* is the ECE that a perfect model with the same probabilities
would show by chance (simulated); what lies beyond it is miscalibration. How fast features are built is measured by
`make bench-speed` (`benchmarks/results/speed.json`).
"""


def write_table(result: dict[str, Any], path: Path) -> None:
    """The page of the parts that were measured; the others are left out."""
    parts = [HEAD]
    for name, title, question in (
        (
            "online_retail",
            "Online Retail II: who buys in the next 182 days",
            "One `as_of` (2010-12-01), {customers:,} customers who had bought before; 30% are held out, 15 times "
            "(seeds 4000 to 4014); means over the splits.",
        ),
        (
            "cdnow_sample",
            "CDNOW, the sample: who buys in the next 26 weeks",
            "One `as_of` after 39 weeks, {customers:,} customers; 30% are held out, 15 times (seeds 4000 to 4014).",
        ),
    ):
        if name in result:
            parts.append(_held_out(result[name], title, question))
    if "cdnow_curve" in result:
        parts.append(_curve(result["cdnow_curve"]))
    if "completejourney" in result:
        found = result["completejourney"]
        parts.append(_forward(found, "The Complete Journey: inactivity churn (the demo)"))
        parts.append(_forward(found["partial_churn"], "The Complete Journey: partial churn"))
    if "online_retail" in result:
        parts.append(_forward(result["online_retail"]["nights"], "Online Retail II, night by night"))
    for name, section in (
        ("simulator", quality_simulator.section),
        ("nonresponse", quality_nonresponse.section),
        ("text", quality_text.section),
    ):
        if name in result:
            parts.append(section(result[name]))
    if "permuted" in result:
        found = result["permuted"]
        parts.append(
            "## Nothing to find\n\nThe demo's data with labels permuted within each `as_of`: "
            f"**{found['refused']} of {found['times']} refused**.\n"
        )
    path.write_text("\n".join(parts), encoding="utf-8")


def _held_out(found: dict[str, Any], title: str, question: str) -> str:
    rows = [("Vafa", found), *found["baselines"].items()]
    rows += [(f"{name} (published)", figures) for name, figures in found["published"].items()]
    lines = [
        f"## {title}",
        "",
        question.format(**found),
        "",
        "| method | Brier | ECE | noise | AUROC |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {name} | {_n(f.get('brier'))} | {_n(f.get('ece'))} | {_n(f.get('ece_noise'))} | {_n(f.get('auroc'))} |"
        for name, f in rows
    ]
    paired, split = found["brier_less_than_five"], found["brier_less_than_five_by_split"]
    lines += [
        "",
        f"Brier against the five-feature logistic: {paired['value']:+.4f} "
        f"[{paired['low']:+.4f}, {paired['high']:+.4f}] "
        f"by customers; {split['value']:+.4f} give or take {split['half_width']:.4f} by splits (Nadeau and "
        f"Bengio's correction), better in {split['splits_better']} of 15. Chosen: {_chosen(found['chosen'])}.",
        "",
    ]
    return "\n".join(lines)


def _curve(found: dict[str, Any]) -> str:
    lines = [
        "## CDNOW: how many customers does it take?",
        "",
        f"Learn from some of {found['customers']:,} customers at weeks 13 and 26, test on all others at week 39; 13 "
        "weeks ahead; 20 draws. AUROC; the interval is that of the mean paired difference over the draws.",
        "",
        "| learned from | rarer class | Vafa | five-feature logistic | difference | LightGBM alone, a trial | chosen |",
        "|---|---|---|---|---|---|---|",
    ]
    for size in ("250", "1000", "2500"):
        one = found[size]
        gain = one["auroc_gain"]
        lines.append(
            f"| {int(size):,} | {one['customers_of_rarer_class']:.0f} | {_n(one['auroc'])} "
            f"| {_n(one['baselines']['five-feature logistic']['auroc'])} "
            f"| {gain['value']:+.4f} [{gain['low']:+.4f}, {gain['high']:+.4f}] "
            f"| {_n(found['published']['LightGBM'][size])} | {_chosen(one['chosen'])} |"
        )
    return "\n".join([*lines, ""])


def _forward(found: dict[str, Any], title: str) -> str:
    lines = [
        f"## {title}",
        "",
        f"Forward folds, {found['rows']:,} rows, base rate {found['base_rate']:.1%}. Grade {found['grade']}: "
        f"{found['says']}.",
        "",
        "| method | AUROC | gain of Vafa | lift at 100 | Brier | ECE |",
        "|---|---|---|---|---|---|",
        f"| Vafa | {_n(found['auroc'])} | | {_n(found['lift_at_k'], 2)} | {_n(found['brier'])} | {_n(found['ece'])} |",
    ]
    for name, f in found["baselines"].items():
        gain = found["gains"][name]["auroc"]
        lines.append(
            f"| {name} | {_n(f.get('auroc'))} | {gain['value']:+.4f} [{gain['low']:+.4f}, {gain['high']:+.4f}] "
            f"| {_n(f.get('lift_at_k'), 2)} | {_n(f.get('brier'))} | {_n(f.get('ece'))} |"
        )
    lines += [
        "",
        "| as_of | customers | foretold | came to be | level right | ECE | noise | chosen |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {one['as_of']} | {one['units']:,} | {one['mean_probability']:.1%} | {one['base_rate']:.1%} "
        f"| {'yes' if one['level_is_right'] else 'no'} | {_n(one['ece'])} | {_n(one['ece_noise'])} | {one['chosen']} |"
        for one in found["by_as_of"]
    ]
    lines += [
        "",
        "Level right: the interval of foretold less came-to-be covers zero, or they differ by at most a tenth.",
        "",
    ]
    return "\n".join(lines)


def _n(value: float | None, digits: int = 4) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def _chosen(counted: dict[str, int]) -> str:
    return "; ".join(f"{words} ({times})" for words, times in sorted(counted.items(), key=lambda item: -item[1]))
