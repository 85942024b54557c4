"""How strongly everything acts on everything: the planted truth in numbers, each with what it means.

Satisfaction, need, habit and friction are in units of about one standard deviation between customers. They are tuned so
that planted probabilities separate outcomes with an AUROC of .70 to .85, and so that what happened to a customer
(waits, lateness, effort) tells more than how often the customer came.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Strengths:
    """The planted truth."""

    # Satisfaction: what it keeps of its distance from rest in a week, and what no experience explains.
    satisfaction_keeps: float = 0.91
    satisfaction_noise: float = 0.02
    # A delivery: on time, late, and for each day of lateness (at most `late_days_felt`).
    on_time: float = 0.24
    late: float = -0.32
    late_a_day: float = -0.09
    late_days_felt: int = 5
    drift_late: float = 1.35
    # A contact: settled at once; effort above what is expected; each transfer; not settled; waiting (log of the wait
    # over what people expect of the channel).
    settled: float = 0.2
    effort: float = -0.05
    transfer: float = -0.12
    unsettled: float = -0.26
    waiting: float = -0.2
    # An outage that is met, a price that rose, a payment that failed and was asked for again.
    outage: float = -0.6
    price_rise: float = -0.55
    payment_retry: float = -0.4
    # A complaint: settled well, or not.
    redressed: float = 0.4
    not_redressed: float = -0.5
    # Grievance: what it keeps a week; the week's bad experiences are added.
    grievance_keeps: float = 0.76
    # Need: what it keeps a week, its wobble, and the life changes that nothing tells of: how often, how much.
    need_keeps: float = 0.975
    need_noise: float = 0.012
    life_change: float = 0.001
    life_change_size: float = -0.9
    # What need does to the size of an order (log): who needs less first buys less at a time.
    basket_of_need: float = 1.0
    # Habit follows satisfaction and need: how fast, how strongly.
    habit_follows: float = 0.35
    habit_of_satisfaction: float = 0.55
    # Staying away for some weeks after a week as bad as this; how likely, and what is left of visits.
    away_after: float = 0.9
    away_chance: float = 0.015
    away_weeks: tuple[int, int] = (5, 8)
    away_visits: float = 0.2
    # Friction: what it keeps a week, and its wobble.
    friction_keeps: float = 0.985
    friction_noise: float = 0.025
    # The effort of a contact about friction and the queue, and what is left to chance.
    effort_of_queue: float = 0.3
    effort_noise: float = 0.55
    # A week's contacts at rest, and what friction and grievance do to them (log).
    contacts: float = 0.28
    contacts_of_friction: float = 0.25
    contacts_of_grievance: float = 0.12
    # Log-odds of opening a complaint in a week.
    complaint: float = -5.5
    complaint_of_grievance: float = 0.95
    complaint_of_satisfaction: float = -0.65
    # Log-odds of not renewing, monthly and by the year.
    ends: float = -3.0
    ends_of_satisfaction: float = -0.95
    ends_of_need: float = -0.4
    year_ends: float = -2.2
    # A subscription is taken out: log-odds a week.
    subscribes: float = -5.0
    subscribes_of_satisfaction: float = 0.5
    # Answers: the noise around satisfaction, and below what an answer is low (csat to 2, nps to 6) or an effort high
    # (ces from 5).
    answer_noise: float = 1.2
    csat_low: float = -1.6
    nps_low: float = -0.8
    ces_noise: float = 0.7
    ces_high: float = 0.85


STRENGTHS = Strengths()
