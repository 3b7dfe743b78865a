"""What came and what is expected of each crop, week by week: for planning sales."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from math import isfinite, nan

import pandas as pd

from agro.forecast.record import Log
from agro.records import YieldForecast
from agro.units import mass_kg

COLUMNS = ("week", "crop", "mass", "expected")
WEEKS_BEHIND, WEEKS_AHEAD = 8, 16

Planting = tuple[str, str, date]


def weekly(
    found: Sequence[YieldForecast], log: Log, picked: Mapping[Planting, float]
) -> pd.DataFrame:
    """Columns week (its Monday), crop, mass [kg], expected (whether it is still to come).

    What is expected comes in evenly over what is left of the harvest.

    Parameters
    ----------
    picked : (plot, crop, planted) → kg that is in; NaN where nothing was weighed.
    """
    today = log.moment.today
    rows = [*_behind(log, today), *_ahead(found, picked, today)]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    sums = table.groupby(["week", "crop", "expected"])["mass"].sum()
    return sums.reset_index()[list(COLUMNS)]


def monday(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def left(one: YieldForecast, picked: float) -> float:
    """What is still to come of a planting; NaN where nothing is foreseen. [kg]"""
    mass = one.middle * one.area
    return max(mass - (picked if isfinite(picked) else 0.0), 0.0)


def _behind(log: Log, today: date) -> Iterable[tuple[date, str, float, bool]]:
    first = monday(today) - timedelta(weeks=WEEKS_BEHIND)
    for entry in log.entries:
        mass, day = mass_kg(entry.quantity, entry.unit), log.day(entry)
        if isfinite(mass) and entry.crop and day >= first:
            yield monday(day), entry.crop, mass, False


def _ahead(
    found: Iterable[YieldForecast], picked: Mapping[Planting, float], today: date
) -> Iterable[tuple[date, str, float, bool]]:
    last = monday(today) + timedelta(weeks=WEEKS_AHEAD)
    for one in found:
        mass = left(one, picked.get((one.plot, one.crop, one.planted), nan))
        if not isfinite(mass) or one.start is None:
            continue
        start = max(one.start, today)
        end = max(one.end or start, start)
        days = (end - start).days + 1
        for n in range(days):
            week = monday(start + timedelta(days=n))
            if week < last:
                yield week, one.crop, mass / days, True
