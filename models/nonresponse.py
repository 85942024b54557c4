"""How many customers are dissatisfied when most never answer: answers weighted, and a band for what they cannot say.

Who is asked and answers is not like the rest. What differs in the features can be corrected; whether the angry stay
silent more often than the content with the same features cannot be learned from any number of answers. So a rate of
the whole cohort comes as two things: a corrected figure, right if the silent are like the answered with the same
features, and a band, right if they differ by no more than a stated odds ratio.

Where a customer was never asked the silence counts like any other: the rate is "if everybody were asked, and answered".
Somebody whom nobody asked differs less from the answered than somebody who was asked and said nothing, so for cohorts
of which few were asked the band is wide rather than narrow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from sklearn.linear_model import LogisticRegression

from contract.said import Figure, Said, marked
from features.family import Feature
from models.evaluate import Called, Draws, Metric, Ranks, brier, draws, log_loss_rows, standard_error
from models.learner import log_odds, probability_of
from models.terms import terms_of

#: Fewer customers who answered, or fewer of the rarer answer, carry no rate: of 20 the rate's relative standard error
#: is more than a fifth already, and a cross-fitted logistic regression has some four of them to be checked on.
MINIMUM_ANSWERED = 50
MINIMUM_RARER = 20
#: Fewer customers than this after weighting (Kish) leave a standard error of 8 points around a rate of a quarter.
MINIMUM_EFFECTIVE = 30
#: No answer speaks for more than ten times as many customers as the average answer, nor for less than a tenth. A bound
#: trades variance for bias (Cole and Hernan 2008, "Constructing inverse probability weights"); they cut at percentiles,
#: which among some fifty answers is hardly a cut, so the bound is a number. The residuals of the doubly robust rate
#: carry the same bound; its outcome model does not, so what is cut off is still foretold.
CLIP = 10.0
#: The odds of answering of the dissatisfied and of the satisfied with the same features may differ this many times,
#: either way. An assumption, which no answer can confirm: two to three times is what is usually feared, and this is the
#: upper end. It can be more: Perneger et al. (2020, 717 hospital surveys) infer that some 20% of the middling answered
#: where half of all did and 70% of the most satisfied, odds ratios of 4 and 9 before any feature is accounted for. Who
#: has reason to fear the like sets 5.
GAMMA = 3.0
#: Tried for both models, C of the logistic regression, each with and without squares; the least log loss on customers
#: not fitted on is taken. (Trees, alone or in the mean, were tried and left more of the bias in.)
STRENGTHS = (0.01, 0.1, 1.0)
#: Squares are taken of terms within so many standard deviations: farther out one row would bend the curve.
FARTHEST_TERM = 4.0
FOLDS = 5
#: How far an odds ratio is followed for a tipping point: beyond it, "no plausible difference".
FARTHEST = 100.0
#: 1.96: of the 95% interval.
Z = 1.959963984540054

#: What is said, by code: English, with named numbers. Translations are made of these, never of finished sentences.
TEMPLATES: Mapping[str, str] = {
    "too_few_answered": marked(
        "No rate is published: {answered:,} of {cohort:,} customers answered, and it takes {needed}. Ask more "
        "customers, or wait for more answers."
    ),
    "too_few_rarer": marked(
        "No rate is published: of {answered} customers who answered only {rarer} gave the rarer answer, and it takes "
        "{needed}. Ask more customers, or take in answers of a longer time."
    ),
    "too_uneven": marked(
        "No rate is published: {answered} customers answered, but they are so unlike the others that after weighting "
        "they count as {effective}, and it takes {needed}. Ask customers at random, above all those of the kind that "
        "seldom answers."
    ),
    "all_answered": marked(
        "All {cohort} customers answered: the rate is {rate} ({low} to {high}), and nothing is assumed."
    ),
    "corrected": marked(
        "{answered:,} of {cohort:,} customers answered. Of their answers alone {naive} are dissatisfied. With the "
        "answers weighted so that they stand for all customers, by all that is known of them beforehand, it is {rate} "
        "({low} to {high})."
    ),
    "cannot_know": marked(
        "Whether the dissatisfied stay silent more often than the satisfied of whom the same is known cannot be known "
        "from these data, and the corrected rate assumes that they do not."
    ),
    "band": marked(
        "If the odds of answering differ between them by up to {gamma} times, either way, the rate of all customers "
        "lies between {low} and {high}. {gamma} times is assumed, not measured. With nothing assumed it lies between "
        "{lowest} and {highest}."
    ),
    "unlike": marked(
        "{unlike} of the customers are of a kind that hardly ever answers: what is said of them rests on the model, "
        "not on answers."
    ),
    "holds_above": marked(
        "The rate is above {level} as long as the odds of answering differ by less than {tipping} times."
    ),
    "holds_below": marked(
        "The rate is below {level} as long as the odds of answering differ by less than {tipping} times."
    ),
    "always_above": marked("The rate is above {level} even if the odds of answering differ by {tipping} times."),
    "always_below": marked("The rate is below {level} even if the odds of answering differ by {tipping} times."),
    "open": marked(
        "Whether the rate is above or below {level} is open even if the silent are like those who answered."
    ),
}


@dataclass(frozen=True, kw_only=True)
class Message:
    """A sentence to be put together in any language: the code of its template, and its numbers by kind."""

    code: str
    counts: Mapping[str, int] = field(default_factory=dict)
    shares: Mapping[str, float] = field(default_factory=dict)
    times: Mapping[str, float] = field(default_factory=dict)

    @property
    def text(self) -> Said:
        """As it is said: in English, and in every language."""
        counts = {name: Figure(f"{count:,}") for name, count in self.counts.items()}
        shares = {name: Figure(f"{100 * share:.1f}%") for name, share in self.shares.items()}
        times = {name: Figure(f"{ratio:.1f}".removesuffix(".0")) for name, ratio in self.times.items()}
        return Said(TEMPLATES[self.code], {**counts, **shares, **times})


@dataclass(frozen=True, kw_only=True)
class Band:
    """Where a rate lies, sampling included: 95% at each end."""

    low: float
    high: float

    @property
    def width(self) -> float:
        return self.high - self.low

    def covers(self, rate: float) -> bool:
        return self.low <= rate <= self.high


@dataclass(frozen=True, kw_only=True)
class Rate(Band):
    """A rate with its 95% interval."""

    value: float


@dataclass(frozen=True, kw_only=True)
class Weights:
    """Of how many each answer speaks, by the index of the rows that answered; 1 on average.

    `effective` is Kish's effective number of customers; `clipped` the share of the answers that hit a bound.
    """

    values: pd.Series = field(repr=False)
    effective: float
    clipped: float


@dataclass(frozen=True, kw_only=True)
class Answers:
    """One row a unit and as_of: who answered, what, and what models that never saw the row's customer foretell.

    `label` is 0 where nobody answered. `stabilised` is the share of answers over the propensity, within the bounds, and
    `propensity` what these bounds leave of P(answered | features); `outcome` is P(dissatisfied | answered, features).
    """

    customers: np.ndarray
    answered: np.ndarray
    label: np.ndarray
    stabilised: np.ndarray
    clipped: np.ndarray
    propensity: np.ndarray
    outcome: np.ndarray

    @property
    def naive(self) -> Rate:
        """The rate of those who answered."""
        return self._ratio(self.answered.astype(float))

    @property
    def weighted(self) -> Rate:
        """The answers weighted (Hajek 1971): their weights are taken as known, so the interval is a little wide."""
        return self._ratio(np.where(self.answered, self.stabilised, 0.0))

    def rate_if(self, gamma: float) -> Rate:
        """The rate of the cohort if the odds of dissatisfaction of the silent are `gamma` times those of the answered
        with the same features; of gamma 1 the doubly robust rate (Robins, Rotnitzky and Zhao 1994).

        The answered count as they answered, the silent as the outcome model foretells, tilted, and the answered who
        are like them correct it by what it missed: the one-step estimate along the influence function, whose errors
        are summed by customer. The tilt is that of Robins, Rotnitzky and Scharfstein (2000) and of Franks, D'Amour and
        Feller (2020). An odds ratio reads the same both ways round: the silent's odds of being dissatisfied are gamma
        times the answered's, and the satisfied's odds of answering are gamma times the dissatisfied's.
        """
        silent = ~self.answered
        if not silent.any():
            return self.naive
        missed = np.where(self.answered, (1 - self.propensity) / self.propensity, 0.0)
        # The answered stand for exactly as many silent as there are.
        missed = missed * (silent.sum() / missed.sum())
        slope = gamma / (1 + (gamma - 1) * self.outcome) ** 2
        told = np.where(self.answered, self.label, tilted(self.outcome, gamma))
        share = told + missed * slope * (self.label - self.outcome)
        # By chance the correction may leave what is possible at all.
        lowest = float(self.label.mean())
        rate = float(np.clip(share.mean(), lowest, lowest + silent.mean()))
        return _interval(rate, standard_error(share, self.customers))

    def band(self, gamma: float) -> Band:
        """If the silent differ from the answered with the same features by an odds ratio of up to `gamma` either way:
        from the lower end of the interval at 1 / gamma to the upper end at gamma. At most the assume-nothing band."""
        widest = self.assume_nothing
        low, high = max(self.rate_if(1 / gamma).low, widest.low), min(self.rate_if(gamma).high, widest.high)
        return Band(low=low, high=high)

    @property
    def assume_nothing(self) -> Band:
        """All silent satisfied ... all silent dissatisfied (Manski 1990, "Nonparametric bounds")."""
        happy = self.label
        angry = self.label + ~self.answered
        lowest = _interval(float(happy.mean()), standard_error(happy, self.customers))
        highest = _interval(float(angry.mean()), standard_error(angry, self.customers))
        return Band(low=lowest.low, high=highest.high)

    def tipping_point(self, level: float) -> Tipping:
        """How far the silent may differ before it is no longer sure that the rate lies on this side of `level`."""
        here = self.rate_if(1.0)
        is_above = here.value > level

        def margin(log_gamma: float) -> float:
            found = self.rate_if(float(np.exp(-log_gamma if is_above else log_gamma)))
            return found.low - level if is_above else level - found.high

        # Not bisection over the whole stretch: the correction may bend the curve, and the first crossing counts.
        steps = np.linspace(0.0, np.log(FARTHEST), 47)
        before = steps[0]
        if margin(before) <= 0:
            return Tipping(level=level, is_above=is_above, gamma=1.0)
        for step in steps[1:]:
            if margin(step) <= 0:
                return Tipping(level=level, is_above=is_above, gamma=float(np.exp(brentq(margin, before, step))))
            before = step
        return Tipping(level=level, is_above=is_above, gamma=None)

    def _ratio(self, weight: np.ndarray) -> Rate:
        rate = float((weight * self.label).sum() / weight.sum())
        return _interval(rate, standard_error(weight * (self.label - rate) / weight.mean(), self.customers))


@dataclass(frozen=True, kw_only=True)
class Tipping:
    """The odds ratio at which "the rate is above `level`" (or below) is no longer sure at 95%.

    1 where it is not sure even if the silent are like the answered, None where it is sure up to FARTHEST.
    """

    level: float
    is_above: bool
    gamma: float | None

    @property
    def says(self) -> Message:
        shares, side = {"level": self.level}, "above" if self.is_above else "below"
        if self.gamma is None:
            return Message(code=f"always_{side}", shares=shares, times={"tipping": FARTHEST})
        if self.gamma <= 1:
            return Message(code="open", shares=shares)
        return Message(code=f"holds_{side}", shares=shares, times={"tipping": self.gamma})


@dataclass(frozen=True, kw_only=True)
class CohortRate:
    """The rate of the whole cohort: of answers alone, weighted, corrected (doubly robust), and its bands.

    `unlike` is the share of the cohort whose propensity lies below the bound of the weights. `says` is all of it in
    words, what cannot be known included.
    """

    cohort: int
    answered: int
    naive: Rate
    weighted: Rate
    corrected: Rate
    gamma: float
    band: Band
    assume_nothing: Band
    weights: Weights
    unlike: float
    says: tuple[Message, ...]
    answers: Answers = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class TooFewAnswers:
    """No rate is published; `says` why, how many there are, and the cure."""

    cohort: int
    answered: int
    rarer: int
    says: tuple[Message, ...]


def cohort_rate(
    rows: pd.DataFrame,
    features: Sequence[Feature],
    *,
    gamma: float = GAMMA,
    levels: Sequence[float] = (),
    seed: int = 1,
) -> CohortRate | TooFewAnswers:
    """The rate of dissatisfaction of a cohort of which some answered.

    `rows` is the whole cohort (or all who were asked, if the rate is to be theirs): one row a unit and as_of with
    customer_id, the feature columns as they stood at as_of, and label, 1 dissatisfied, 0 not, null without an answer.
    `levels` are those for which a tipping point is told. Raises ValueError for columns that are not there, labels that
    are neither, and a gamma below 1.
    """
    _check(rows, features, gamma)
    answered = rows.label.notna()
    cohort, people = rows.customer_id.nunique(), rows.customer_id[answered].nunique()
    rarer = min(rows.customer_id[rows.label == value].nunique() for value in (0, 1))
    counts = {"cohort": cohort, "answered": people}

    def refused(code: str, **more: int) -> TooFewAnswers:
        says = Message(code=code, counts={**counts, **more})
        return TooFewAnswers(cohort=cohort, answered=people, rarer=rarer, says=(says,))

    if people < MINIMUM_ANSWERED:
        return refused("too_few_answered", needed=MINIMUM_ANSWERED)
    if rarer < MINIMUM_RARER:
        return refused("too_few_rarer", rarer=rarer, needed=MINIMUM_RARER)
    answers = cross_fit(rows, features, seed=seed)
    weights = weights_of(answers, rows.index)
    if weights.effective < MINIMUM_EFFECTIVE:
        return refused("too_uneven", effective=int(weights.effective), needed=MINIMUM_EFFECTIVE)
    corrected, band, nothing = answers.rate_if(1.0), answers.band(gamma), answers.assume_nothing
    unlike = float((answers.stabilised >= CLIP).mean())
    told = CohortRate(
        cohort=cohort,
        answered=people,
        naive=answers.naive,
        weighted=answers.weighted,
        corrected=corrected,
        gamma=gamma,
        band=band,
        assume_nothing=nothing,
        weights=weights,
        unlike=unlike,
        says=(),
        answers=answers,
    )
    return _said(told, [answers.tipping_point(level) for level in levels])


def cross_fit(rows: pd.DataFrame, features: Sequence[Feature], *, seed: int = 1) -> Answers:
    """Propensity and outcome of every row, by models fitted on the other customers' rows.

    Which setting (squares or not, which of STRENGTHS) is taken is the only thing that the customer has a share in.
    """
    answered = rows.label.notna().to_numpy()
    label = np.where(answered, rows.label.to_numpy("float64", na_value=np.nan), 0.0)
    customers = rows.customer_id.to_numpy()
    fold = folds_of(rows, seed=seed)
    everybody = np.ones(len(rows), dtype=bool)
    propensity, base = _foretold(rows, answered.astype(float), everybody, features, fold)
    outcome, _ = _foretold(rows, label, answered, features, fold)
    stabilised, clipped = stabilise(propensity, base)
    return Answers(
        customers=customers,
        answered=answered,
        label=label,
        stabilised=stabilised,
        clipped=clipped,
        propensity=base / stabilised,
        outcome=outcome,
    )


def folds_of(rows: pd.DataFrame, *, seed: int) -> np.ndarray:
    """The fold of every row: all rows of a customer in one, and those who answered, and how, dealt out evenly.

    The order of the rows does not matter.
    """
    codes, names = pd.factorize(rows.customer_id, sort=True)
    label = rows.label.to_numpy("float64", na_value=np.nan)
    said = np.zeros(len(names))
    # 0 never answered, 1 satisfied, 2 dissatisfied at least once.
    np.maximum.at(said, codes, np.where(np.isnan(label), 0.0, 1.0 + np.nan_to_num(label)))
    dealt = np.lexsort((np.random.default_rng(seed).random(len(names)), said))
    fold = np.empty(len(names), dtype=int)
    fold[dealt] = np.arange(len(names)) % FOLDS
    of_row: np.ndarray = fold[codes]
    return of_row


def stabilise(propensity: np.ndarray, share: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Share of answers over propensity (Robins, Hernan and Brumback 2000), within 1 / CLIP and CLIP; and whether a
    bound was hit."""
    raw = share / propensity
    return np.clip(raw, 1 / CLIP, CLIP), (raw > CLIP) | (raw < 1 / CLIP)


def weights_of(answers: Answers, index: pd.Index) -> Weights:
    """The weights of the rows that answered, 1 on average. `index` is that of all rows."""
    there = answers.answered
    values = answers.stabilised[there] / answers.stabilised[there].mean()
    by_customer = pd.Series(values).groupby(answers.customers[there]).sum().to_numpy()
    return Weights(
        values=pd.Series(values, index=index[there], name="weight"),
        effective=effective(by_customer),
        clipped=float(answers.clipped[there].mean()),
    )


def effective(weights: np.ndarray) -> float:
    """Kish's (1965) effective sample size: how many equal weights would leave as much noise."""
    return float(weights.sum() ** 2 / (weights**2).sum())


def tilted(probability: np.ndarray, gamma: float) -> np.ndarray:
    """The probability with `gamma` times the odds."""
    moved: np.ndarray = gamma * probability / (1 + (gamma - 1) * probability)
    return moved


def reweighted(metric: Metric, weights: np.ndarray) -> Metric:
    """The metric of rows of which each counts `weights` times."""
    return lambda drawn: metric(drawn * weights[:, None])


def weighted_metrics(
    rows: pd.DataFrame, weights: pd.Series, *, cohort: int, capacity: int, seed: int = 1, replicates: int = 1000
) -> dict[str, dict[str, Draws]]:
    """Figures of a score among those who answered, as they are ("answered") and weighted to the cohort ("cohort"):
    auroc, brier (where scores are probabilities), base_rate, lift_at_k. All are drawn on the same reweightings of
    customers, so that their differences have paired intervals.

    `rows` has one row an answer: customer_id, as_of, label, score; `weights` are theirs by the same index. `cohort` is
    the number of rows of the whole cohort: each answer stands for cohort / answers of them, so that the `capacity`
    called are those of the cohort's list, and not the whole of a few answers.
    """
    score, label = rows.score.to_numpy("float64"), rows.label.to_numpy("float64")
    each = np.full(len(rows), cohort / len(rows))
    metrics: dict[str, Metric] = {
        "auroc": Ranks(score, label).auroc,
        "base_rate": _mean(label),
        "lift_at_k": Called(score, label, rows.as_of.to_numpy(), capacity=capacity).lift,
    }
    if score.min() >= 0 and score.max() <= 1:
        metrics["brier"] = brier(score, label)
    of = {"answered": each, "cohort": each * weights.loc[rows.index].to_numpy()}
    found = draws(
        {f"{who}|{name}": reweighted(metric, each) for who, each in of.items() for name, metric in metrics.items()},
        rows.customer_id,
        seed=seed,
        replicates=replicates,
    )
    return {who: {name: found[f"{who}|{name}"] for name in metrics} for who in of}


def _foretold(
    rows: pd.DataFrame, label: np.ndarray, learn: np.ndarray, features: Sequence[Feature], fold: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Probability of every row by ridge logistic regressions of the other folds' rows of `learn`, and the share that
    those rows have. Of the settings that with the least log loss on rows not fitted on is taken."""
    share = np.empty(len(rows))
    told = {(bent, strength): np.empty(len(rows)) for bent in (False, True) for strength in STRENGTHS}
    for number in range(FOLDS):
        here, from_these = fold == number, (fold != number) & learn
        seen = label[from_these]
        share[here] = seen.mean()
        terms, inputs = terms_of(rows[from_these], features)
        if not terms or seen.min() == seen.max():
            for probability in told.values():
                probability[here] = share[here]
            continue
        others = np.column_stack([term.values(rows[term.column].to_numpy()[here]) for term in terms])
        for bent in (False, True):
            fitted_on, foretold = (_bent(inputs), _bent(others)) if bent else (inputs, others)
            for strength in STRENGTHS:
                regression = LogisticRegression(C=strength, solver="newton-cholesky", max_iter=100, tol=1e-8)
                regression.fit(fitted_on, seen)
                odds = foretold @ regression.coef_[0] + regression.intercept_[0]
                told[bent, strength][here] = probability_of(odds)
    losses = {setting: float(log_loss_rows(one[learn], label[learn]).mean()) for setting, one in told.items()}
    return told[min(losses, key=lambda setting: losses[setting])], share


def _bent(inputs: np.ndarray) -> np.ndarray:
    """The terms with their squares beside them: who answers is often those at both ends of a column."""
    within = np.clip(inputs, -FARTHEST_TERM, FARTHEST_TERM)
    both: np.ndarray = np.column_stack([inputs, within**2 - 1])
    return both


def _interval(rate: float, error: float) -> Rate:
    """The 95% interval on the scale of log-odds, so that it stays within 0 and 1."""
    if not 0 < rate < 1:
        return Rate(value=rate, low=rate, high=rate)
    half = Z * error / (rate * (1 - rate))
    low, high = probability_of(log_odds(np.array([rate])) + np.array([-half, half]))
    return Rate(value=rate, low=float(low), high=float(high))


def _mean(label: np.ndarray) -> Metric:
    return lambda weights: np.einsum("r,rw->w", label, weights) / weights.sum(axis=0)


def _check(rows: pd.DataFrame, features: Sequence[Feature], gamma: float) -> None:
    absent = [name for name in ("customer_id", "label", *(f.name for f in features)) if name not in rows.columns]
    if absent:
        raise ValueError(f"the rows have no column {absent[0]}; there are {', '.join(map(str, rows.columns))}")
    odd = rows.label[rows.label.notna() & ~rows.label.isin((0, 1))]
    if len(odd):
        raise ValueError(
            f"label has {len(odd)} values that are neither 1 nor 0, such as {odd.iloc[0]}: turn scores into "
            "dissatisfied or not, and leave it null where nobody answered"
        )
    if gamma < 1:
        raise ValueError(f"gamma is {gamma}; an odds ratio either way is at least 1")


def _said(told: CohortRate, tipping: Sequence[Tipping]) -> CohortRate:
    """The same, with its words."""
    counts = {"cohort": told.cohort, "answered": told.answered}
    ends = {"rate": told.corrected.value, "low": told.corrected.low, "high": told.corrected.high}
    if told.answers.answered.all():
        return replace(told, says=(Message(code="all_answered", counts={"cohort": told.cohort}, shares=ends),))
    band, nothing = told.band, told.assume_nothing
    says = [
        Message(code="corrected", counts=counts, shares={"naive": told.naive.value, **ends}),
        Message(code="cannot_know"),
        Message(
            code="band",
            shares={"low": band.low, "high": band.high, "lowest": nothing.low, "highest": nothing.high},
            times={"gamma": told.gamma},
        ),
    ]
    if told.unlike > 0:
        says.append(Message(code="unlike", shares={"unlike": told.unlike}))
    return replace(told, says=(*says, *(one.says for one in tipping)))
