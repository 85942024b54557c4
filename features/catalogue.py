"""Every feature family. Derived columns may use the columns of families that stand before them."""

from features.breadth import BREADTH
from features.calendar import CALENDAR
from features.family import Family
from features.frequency import FREQUENCY
from features.outcomes import OUTCOMES
from features.recency import RECENCY
from features.rhythm import RHYTHM
from features.tenure import TENURE
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
)
