"""Which lots are still goods: those that are not past the days for which their crop keeps.

A harvest past these days of which no delivery was noted is nobody's stock: it was eaten, sold or
lost long ago, and the records do not say which.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from math import isnan

from agro.store.lots import Lot
from models.harvest.keeping import keeping

# Days for crops of which the table does not tell: the median of the ends that it gives.
DEFAULT_DAYS = 21


def keeps_days(crop: str) -> int:
    """Days for which the goods of a crop keep at most: the high end, else the one figure given."""
    kept = keeping(crop)
    if kept is None:
        return DEFAULT_DAYS
    return int(kept.days_low if isnan(kept.days_high) else kept.days_high)


def last_day(lot: Lot) -> date:
    """The last day on which a lot still is goods."""
    return lot.day + timedelta(days=keeps_days(lot.crop))


def is_fresh(lot: Lot, day: date) -> bool:
    """Whether a lot still is goods on a day."""
    return day <= last_day(lot)


def fresh(found: Iterable[Lot], day: date) -> list[Lot]:
    """The lots that still are goods on a day."""
    return [lot for lot in found if is_fresh(lot, day)]
