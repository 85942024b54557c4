"""What changed since the month before, and which part of the company drove it.

What is asked in waves, as NPS each quarter, has too few answers in the months between: it is held against the newest
month before that has enough.

A change is a difference of two ratios of which many customers are in both: its standard error is that of the
difference of their influences. Of all metrics compared, those count as changed that pass the rule of Benjamini and
Hochberg (1995) at 5%: of the changes told, at most one in twenty is expected to be chance.

A change falls into parts exactly, into what became of the part's own figure (rate) and of its share in the whole (mix):
the decomposition of Kitagawa (1955, "Components of a difference between two rates"), both months weighted alike. A
part is said to have driven it only where it adds more than its share would if all parts changed alike, beyond chance
(Bonferroni over all parts): a large part of an even change drives nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from models.evaluate import Estimate
from reports.metrics.definitions import FEWEST, METRICS, Metric
from reports.metrics.estimate import Sums, standard_error

#: Of what is told at most this share is expected to be chance; of parts that drove nothing at most this share is named.
CHANCE = 0.05


@dataclass(frozen=True, kw_only=True)
class Part:
    """What one part adds to a change: `contribution` = `rate` + `mix`; those of a dimension add up to the change.

    `before` and `after` are its own figure in both months (None where it was not there), `share_before` and
    `share_after` its share of the weight. `excess` is what it adds beyond its share of the change, and
    `standard_errors` that in its own. `part` is None for rows that do not say theirs.
    """

    dimension: str
    part: str | None
    before: float | None
    after: float | None
    share_before: float
    share_after: float
    rate: float
    mix: float
    excess: float
    standard_errors: float
    customers: tuple[int, int]

    @property
    def contribution(self) -> float:
        return self.rate + self.mix

    @property
    def by(self) -> Literal["rate", "mix"]:
        return "rate" if abs(self.rate) >= abs(self.mix) else "mix"


@dataclass(frozen=True, kw_only=True)
class Change:
    """How one metric changed from the month at the place `since` to the last full one. `is_told` where it is more than
    noise among all those compared; `drove` is the part that drove it, None where none stands out."""

    metric: str
    since: int
    before: float
    after: float
    difference: Estimate
    standard_errors: float
    p: float
    is_told: bool = False
    drove: Part | None = None
    parts: tuple[Part, ...] = ()


def changes(rows: Mapping[str, pd.DataFrame], before: int, after: int) -> tuple[Change, ...]:
    """Every metric that can be compared, those told first, by size in standard errors.

    `rows` by metric have customer, month, num, den and the dimensions; the months to compare are given by place, where
    `before` may be an earlier one, the newest that has enough customers.
    """
    found = [
        change
        for name, frame in rows.items()
        if METRICS[name].is_compared
        for since in [_newest_with_enough(frame, before)]
        for change in [_change(METRICS[name], since, _two(frame, since, after))]
        if change is not None
    ]
    told = _told([change.p for change in found])
    made = []
    for change, is_told in zip(found, told, strict=True):
        metric = METRICS[change.metric]
        parts = _parts(metric, _two(rows[change.metric], change.since, after))
        drove = _drove(parts, change) if is_told else None
        made.append(replace(change, is_told=is_told, parts=parts, drove=drove))
    return tuple(sorted(made, key=lambda one: (not one.is_told, -abs(one.standard_errors))))


@dataclass(frozen=True)
class _Two:
    """The rows of both months, with one numbering of customers; `sums` are of rows that a mask chooses."""

    rows: tuple[pd.DataFrame, pd.DataFrame]
    codes: tuple[np.ndarray, np.ndarray]
    customers: int

    def sums(self, chosen: Sequence[np.ndarray] | None = None) -> tuple[Sums, Sums]:
        made = []
        for month, (rows, codes) in enumerate(zip(self.rows, self.codes, strict=True)):
            kept = slice(None) if chosen is None else chosen[month]
            num, den = (rows[name].to_numpy("float64")[kept] for name in ("num", "den"))
            made.append(
                Sums(*(np.bincount(codes[kept], weights=values, minlength=self.customers) for values in (num, den)))
            )
        return made[0], made[1]

    def counted(self, chosen: Sequence[np.ndarray] | None = None) -> tuple[int, int]:
        """Different customers of both months."""
        kept = (codes if chosen is None else codes[chosen[month]] for month, codes in enumerate(self.codes))
        first, second = (len(np.unique(codes)) for codes in kept)
        return first, second


def _two(rows: pd.DataFrame, before: int, after: int) -> _Two:
    first, second = (rows[rows.month == month] for month in (before, after))
    codes, found = pd.factorize(pd.concat([first.customer, second.customer], ignore_index=True))
    return _Two((first, second), (codes[: len(first)], codes[len(first) :]), len(found))


def _newest_with_enough(rows: pd.DataFrame, before: int) -> int:
    """The newest month up to `before` whose customers are enough to compare with; `before` itself where none is."""
    customers = rows[rows.month.between(0, before)].groupby("month").customer.nunique()
    return int(customers.index[customers >= FEWEST].max()) if (customers >= FEWEST).any() else before


def _change(metric: Metric, since: int, two: _Two) -> Change | None:
    counted = two.counted()
    if min(counted) < FEWEST:
        return None
    was, now = two.sums()
    if was.den.sum() <= 0 or now.den.sum() <= 0:
        return None
    error = standard_error(now.influence - was.influence, two.customers)
    difference = now.ratio - was.ratio
    freedom = min(counted) - 1
    sized = difference / error if error > 0 else 0.0
    half = float(stats.t.ppf(0.975, freedom)) * error
    return Change(
        metric=metric.name,
        since=since,
        before=was.ratio,
        after=now.ratio,
        difference=Estimate(value=difference, low=difference - half, high=difference + half),
        standard_errors=sized,
        p=float(2 * stats.t.sf(abs(sized), freedom)),
    )


def _told(chances: Sequence[float]) -> list[bool]:
    """Which pass the step-up rule of Benjamini and Hochberg."""
    ordered = sorted(chances)
    passing = [p for rank, p in enumerate(ordered, start=1) if p <= CHANCE * rank / len(ordered)]
    return [bool(passing) and p <= max(passing) for p in chances]


def _parts(metric: Metric, two: _Two) -> tuple[Part, ...]:
    """The parts of every dimension in which there are several."""
    found: list[Part] = []
    for dimension in metric.dimensions:
        if dimension not in two.rows[0].columns:
            continue
        is_of_the_count = dimension in metric.of_the_count
        # What it is held against has no part where only the count has one.
        labels = [rows[dimension].astype(object).where(rows[dimension].notna(), None) for rows in two.rows]
        masked = [(rows.num != 0).to_numpy() if is_of_the_count else np.ones(len(rows), bool) for rows in two.rows]
        named = [label[mask] for label, mask in zip(labels, masked, strict=True)]
        names = sorted({name for series in named for name in series}, key=lambda name: (name is None, str(name)))
        if len(names) < 2:
            continue
        made = _counted_parts if is_of_the_count else _divided_parts
        for name in names:
            chosen = [
                (label.isna() if name is None else label.eq(name)).to_numpy(bool) & mask
                for label, mask in zip(labels, masked, strict=True)
            ]
            found.append(made(dimension, name, two, chosen))
    return tuple(found)


def _divided_parts(dimension: str, name: str | None, two: _Two, chosen: list[np.ndarray]) -> Part:
    """A part that has its own weight, as a segment its customers."""
    whole, part = two.sums(), two.sums(chosen)
    totals = [sums.den.sum() for sums in whole]
    shares = [own.den.sum() / total for own, total in zip(part, totals, strict=True)]
    adds = [own.num.sum() / total for own, total in zip(part, totals, strict=True)]
    own_ratio = [own.ratio if own.den.sum() > 0 else None for own in part]
    middle = (whole[0].ratio + whole[1].ratio) / 2
    shift, share = shares[1] - shares[0], (shares[0] + shares[1]) / 2
    contribution = adds[1] - adds[0] - shift * middle
    first, second = own_ratio
    if first is not None and second is not None:
        rate = (second - first) * share
    else:
        # A part that was not there had no figure to change: all is mix. What adds to the count without ever having a
        # weight (newcomers of a segment that nobody was in) is rate.
        rate = contribution if first is second else 0.0
    mix = contribution - rate
    change = whole[1].ratio - whole[0].ratio
    influence = [sums.influence for sums in whole]
    of_adds, of_shares = (
        [
            (getattr(own, side) - value * all_of.den) / total
            for own, value, all_of, total in zip(part, values, whole, totals, strict=True)
        ]
        for side, values in (("num", adds), ("den", shares))
    )
    moved = influence[1] - influence[0]
    of_contribution = (
        of_adds[1] - of_adds[0] - (of_shares[1] - of_shares[0]) * middle - shift * (influence[0] + influence[1]) / 2
    )
    of_excess = of_contribution - share * moved - change * (of_shares[0] + of_shares[1]) / 2
    return _part(
        dimension, name, two, chosen, own_ratio, shares, (rate, mix), (contribution - share * change, of_excess)
    )


def _counted_parts(dimension: str, name: str | None, two: _Two, chosen: list[np.ndarray]) -> Part:
    """A part of the count alone, as the channel of a complaint: all that it adds is rate."""
    whole, part = two.sums(), two.sums(chosen)
    totals, counts = ([getattr(sums, side).sum() for sums in whole] for side in ("den", "num"))
    adds = [own.num.sum() / total for own, total in zip(part, totals, strict=True)]
    shares = [own.num.sum() / count if count else 0.0 for own, count in zip(part, counts, strict=True)]
    change, share = whole[1].ratio - whole[0].ratio, (shares[0] + shares[1]) / 2
    of_adds = [
        (own.num - value * all_of.den) / total
        for own, value, all_of, total in zip(part, adds, whole, totals, strict=True)
    ]
    of_shares = [
        (own.num - value * all_of.num) / count if count else np.zeros_like(own.num)
        for own, value, all_of, count in zip(part, shares, whole, counts, strict=True)
    ]
    moved = whole[1].influence - whole[0].influence
    of_excess = of_adds[1] - of_adds[0] - share * moved - change * (of_shares[0] + of_shares[1]) / 2
    rate = adds[1] - adds[0]
    return _part(dimension, name, two, chosen, adds, shares, (rate, 0.0), (rate - share * change, of_excess))


def _part(
    dimension: str,
    name: str | None,
    two: _Two,
    chosen: list[np.ndarray],
    figures: Sequence[float | None],
    shares: Sequence[float],
    adds: tuple[float, float],
    beyond: tuple[float, np.ndarray],
) -> Part:
    error = standard_error(beyond[1], two.customers)
    return Part(
        dimension=dimension,
        part=name,
        before=figures[0],
        after=figures[1],
        share_before=float(shares[0]),
        share_after=float(shares[1]),
        rate=float(adds[0]),
        mix=float(adds[1]),
        excess=float(beyond[0]),
        standard_errors=float(beyond[0] / error) if error > 0 else 0.0,
        customers=two.counted(chosen),
    )


def _drove(parts: Sequence[Part], change: Change) -> Part | None:
    """The part that stands out most in the direction of the change, if any does beyond chance."""
    # One that is named, and that is large enough in each month to speak, or was not there in one of them.
    able = [
        part
        for part in parts
        if part.part is not None
        and max(part.customers) >= FEWEST
        and (min(part.customers) >= FEWEST or 0 in part.customers)
    ]
    if not able:
        return None
    sign = np.sign(change.difference.value)
    best = max(able, key=lambda part: sign * part.standard_errors)
    chance = 2 * float(stats.norm.sf(sign * best.standard_errors))
    return best if chance <= CHANCE / len(able) and sign * best.contribution > 0 else None
