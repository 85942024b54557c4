"""Every feature family. Derived columns may use the columns of families that stand before them."""

from features.breadth import BREADTH
from features.calendar import CALENDAR
from features.cases import CASES
from features.contacts import CONTACTS
from features.deliveries import DELIVERIES
from features.effort import EFFORT
from features.family import Family
from features.frequency import FREQUENCY
from features.outcomes import OUTCOMES
from features.recency import RECENCY
from features.renewal import RENEWAL
from features.reviews import REVIEWS
from features.rhythm import RHYTHM
from features.speed import SPEED
from features.surveys import SURVEYS
from features.tenure import TENURE
from features.texts import TEXTS
from features.this_case import THIS_CASE
from features.trend import TREND
from features.usage import USAGE
from features.value import VALUE

FAMILIES: tuple[Family, ...] = (
    RECENCY,
    FREQUENCY,
    VALUE,
    RHYTHM,
    TREND,
    BREADTH,
    TENURE,
    CALENDAR,
    OUTCOMES,
    USAGE,
    CONTACTS,
    EFFORT,
    SPEED,
    CASES,
    SURVEYS,
    REVIEWS,
    DELIVERIES,
    RENEWAL,
    TEXTS,
    THIS_CASE,
)
