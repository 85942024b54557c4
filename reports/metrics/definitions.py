"""What is measured: one declaration a metric. Every metric but the median is a ratio of two sums over rows.

The definitions, with their sources, stand in docs/metrics.md; what a row is, in population.py, voice.py and service.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from contract.said import Said, marked, said

#: share: 0 to 1, shown as a percentage; points: from -100 to 100; score: a mean answer; hours: business hours;
#: per_100: of a hundred customers.
Unit = Literal["share", "points", "score", "hours", "per_100"]
Group = Literal["customers", "voice", "service"]

#: Without subscriptions, who was active in so many days before a moment was with us then: a quarter, as in the targets'
#: cohorts, so that a customer of a slow rhythm is not lost and found every other month.
ACTIVE_DAYS = 90
#: An invitation that was not answered in so many days counts as not answered: nearly all answers come within days.
ANSWER_DAYS = 14
#: An issue was settled by its first contact where no other came within so many days (the usual span of the field).
REPEAT_DAYS = 7
#: So many working days after its opening a case is counted as not closed yet: a mean needs an end.
CLOSE_DAYS = 10
#: Answers that say so: satisfied 4 or 5 of 5, much effort 5 or more of 7, promoters 9 and 10, detractors 0 to 6.
SATISFIED, MUCH_EFFORT, PROMOTER, DETRACTOR = 4, 5, 9, 6
#: Fewer customers carry no figure: an interval of 95% around a half would be 36 points wide.
FEWEST = 30

#: The parts that a figure falls into, with their headings.
DIMENSIONS: dict[str, str] = {
    "segment": marked("Segment"),
    "channel": marked("Channel"),
    "touchpoint": marked("Touchpoint"),
    "team": marked("Team"),
}
GROUPS: dict[Group, str] = {
    "customers": marked("Who stays"),
    "voice": marked("What customers say"),
    "service": marked("How they are served"),
}


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric. `better` says which way is good, or neither. `bounds` hold every row of weight 1, and so the figure;
    without them it is a positive ratio. Of the dimensions `of_the_count` only what is counted has the part, not those
    it is held against: a complaint has a channel, a customer has none. `is_compared` with the month before; a metric
    that another one says already is not, nor a median. `response` names the rate of answers that it lives by."""

    name: str
    group: Group
    title: str
    meaning: str
    unit: Unit
    better: Literal["higher", "lower"] | None
    bounds: tuple[float, float] | None = None
    dimensions: tuple[str, ...] = ("segment",)
    of_the_count: tuple[str, ...] = ()
    is_compared: bool = True
    is_median: bool = False
    response: str | None = None


_ASKED = ("segment", "channel", "touchpoint", "team")
_SERVED = ("segment", "channel", "team")


def _response(kind: str, title: str) -> Metric:
    return Metric(
        name=f"{kind}_response",
        group="voice",
        title=title,
        meaning=said(
            "Of the invitations of the month, the share that was answered within {days} days; only invitations as old "
            "as that.",
            days=ANSWER_DAYS,
        ),
        unit="share",
        better="higher",
        bounds=(0, 1),
        dimensions=_ASKED,
    )


def _both(*metrics: Metric) -> dict[str, Metric]:
    return {metric.name: metric for metric in metrics}


METRICS: dict[str, Metric] = _both(
    Metric(
        name="retention",
        group="customers",
        title=marked("Retention"),
        meaning=marked("Of the customers who were with us when the month began, the share who still were at its end."),
        unit="share",
        better="higher",
        bounds=(0, 1),
        is_compared=False,
    ),
    Metric(
        name="churn",
        group="customers",
        title=marked("Churn"),
        meaning=marked(
            "Of the customers who were with us when the month began, the share who no longer were at its end."
        ),
        unit="share",
        better="lower",
        bounds=(0, 1),
    ),
    Metric(
        name="involuntary_churn",
        group="customers",
        title=marked("Involuntary churn"),
        meaning=marked(
            "The part of churn that the customer did not choose: a payment failed, or the company ended it."
        ),
        unit="share",
        better="lower",
        bounds=(0, 1),
    ),
    Metric(
        name="newcomers",
        group="customers",
        title=marked("New customers"),
        meaning=marked(
            "Customers with us at the month's end who were not when it began, for each hundred who were; who came back "
            "is among them."
        ),
        unit="per_100",
        better="higher",
    ),
    Metric(
        name="net_retention",
        group="customers",
        title=marked("Net revenue retention"),
        meaning=marked(
            "What the customers of the month's beginning pay a month at its end, as a share of what they paid then. "
            "Above 100% what remains grew by more than was lost: negative churn."
        ),
        unit="share",
        better="higher",
    ),
    Metric(
        name="gross_retention",
        group="customers",
        title=marked("Gross revenue retention"),
        meaning=marked("The same without what grew: no customer counts for more than at the month's beginning."),
        unit="share",
        better="higher",
        bounds=(0, 1),
    ),
    Metric(
        name="nps",
        group="voice",
        title=marked("NPS"),
        meaning=marked("The share of answers 9 and 10 minus that of 0 to 6, of the answers of the month, in points."),
        unit="points",
        better="higher",
        bounds=(-100, 100),
        dimensions=_ASKED,
        response="nps_response",
    ),
    _response("nps", marked("NPS response rate")),
    Metric(
        name="csat",
        group="voice",
        title=marked("CSAT"),
        meaning=marked("The share of answers 4 and 5 of 5, of the answers of the month."),
        unit="share",
        better="higher",
        bounds=(0, 1),
        dimensions=_ASKED,
        response="csat_response",
    ),
    Metric(
        name="csat_mean",
        group="voice",
        title=marked("Mean CSAT score"),
        meaning=marked("The mean of the same answers, from 1 to 5."),
        unit="score",
        better="higher",
        bounds=(1, 5),
        dimensions=_ASKED,
        is_compared=False,
    ),
    _response("csat", marked("CSAT response rate")),
    Metric(
        name="ces",
        group="voice",
        title=marked("High effort (CES)"),
        meaning=marked("The share of answers 5 to 7 of 7, where 7 is most effort, of the answers of the month."),
        unit="share",
        better="lower",
        bounds=(0, 1),
        dimensions=_ASKED,
        response="ces_response",
    ),
    Metric(
        name="ces_mean",
        group="voice",
        title=marked("Mean CES score"),
        meaning=marked("The mean of the same answers, from 1 to 7; lower is better."),
        unit="score",
        better="lower",
        bounds=(1, 7),
        dimensions=_ASKED,
        is_compared=False,
    ),
    _response("ces", marked("CES response rate")),
    Metric(
        name="complaints",
        group="service",
        title=marked("Complaints"),
        meaning=said(
            "Complaints opened in the month for each hundred active customers: with a subscription that ran on a day "
            "of it, or active in the {days} days before its end. By channel and team: the complaints of that part for "
            "each hundred of all active customers.",
            days=ACTIVE_DAYS,
        ),
        unit="per_100",
        better="lower",
        dimensions=_SERVED,
        of_the_count=("channel", "team"),
    ),
    Metric(
        name="close_mean",
        group="service",
        title=marked("Mean time to close"),
        meaning=said(
            "Business hours from opening to closing, of the cases opened in the month. A case that took longer than "
            "{days} working days, or is still open, counts as {days} working days; younger ones are left out.",
            days=CLOSE_DAYS,
        ),
        unit="hours",
        better="lower",
        dimensions=_SERVED,
    ),
    Metric(
        name="close_median",
        group="service",
        title=marked("Median time to close"),
        meaning=marked("Of the same cases: half were closed in so many business hours or fewer."),
        unit="hours",
        better="lower",
        dimensions=_SERVED,
        is_compared=False,
        is_median=True,
    ),
    Metric(
        name="first_contact",
        group="service",
        title=marked("First-contact resolution"),
        meaning=said(
            "Of the issues that customers brought up in the month, the share that one contact settled: nobody said "
            "that it did not, and no other contact of the customer on it came within {days} days; only issues as old "
            "as that. An issue is a case, or without one a topic.",
            days=REPEAT_DAYS,
        ),
        unit="share",
        better="higher",
        bounds=(0, 1),
        dimensions=_SERVED,
    ),
)

#: What "with us" means, by what says so.
WITH_US: dict[str, Said | str] = {
    "subscriptions": marked(
        "A subscription ran: on the last day before the month for its beginning, on its last day for its end."
    ),
    "activity": said(
        "Active in the {days} days before the month for its beginning, in the last {days} days of it for its end. "
        "Subscriptions would say it more sharply.",
        days=ACTIVE_DAYS,
    ),
}
