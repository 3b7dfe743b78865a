"""The temperatures of a season: measured until today, foreseen for a week, then the climate's.

References
----------
[1] SAFRAN reanalysis, daily means of a catchment of eastern France, 1999–2018: deviations from
    their yearly course, for `DAY_ERROR` and `MEMORY`.
[2] Buizza, Leutbecher (2015). The forecast skill horizon. Quarterly Journal of the Royal
    Meteorological Society 141. 10.1002/qj.2619
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from models.water.et0 import Array

MEMBERS = 30
DAY_ERROR = 3.6  # °C, standard deviation of a day's mean from the climate's [1]
MEMORY = 0.81  # of it that the next day keeps [1]
# °C: of a forecast's extremes on its first day, and what each day adds, until the climate knows
# as much; ours, for a single forecast of a public service [2].
FORECAST_ERROR, FORECAST_GROWTH = 1.2, 0.25


@dataclass(frozen=True, slots=True)
class Temperatures:
    """Daily extremes, (days, members) each. [°C]"""

    tmin: Array
    tmax: Array

    def since(self, day: int) -> "Temperatures":
        """From this row on."""
        return Temperatures(self.tmin[day:], self.tmax[day:])


def anomalies(days: int, *, seed: int, members: int = MEMBERS) -> Array:
    """What a day is warmer than its mean, in lasting spells: (days, members), of unit variance."""
    noise = np.random.default_rng(seed).standard_normal((days, members))
    found = np.empty_like(noise)
    fresh = np.sqrt(1.0 - MEMORY**2)
    for day in range(days):
        found[day] = noise[day] if day == 0 else MEMORY * found[day - 1] + fresh * noise[day]
    return found


def observed(tmin: ArrayLike, tmax: ArrayLike, *, members: int = MEMBERS) -> Temperatures:
    """What was measured, the same in every member. (days,) → (days, members)"""
    low, high = (np.asarray(one, float)[:, None] for one in (tmin, tmax))
    return Temperatures(*(np.repeat(one, members, axis=1) for one in (low, high)))


def foreseen(
    tmin: ArrayLike, tmax: ArrayLike, *, seed: int, members: int = MEMBERS
) -> Temperatures:
    """Members about a single forecast, whose error grows day by day. (days,) → (days, members)"""
    low, high = (np.asarray(one, float)[:, None] for one in (tmin, tmax))
    error = FORECAST_ERROR + FORECAST_GROWTH * np.arange(len(low))
    strays = np.minimum(error, DAY_ERROR)[:, None] * anomalies(len(low), seed=seed, members=members)
    return Temperatures(low + strays, high + strays)


def climate_years(
    tmin: ArrayLike, tmax: ArrayLike, *, seed: int, members: int = MEMBERS
) -> Temperatures:
    """Years as the climate's normals have them, each with its own spells. (days,) → (days, members)

    Parameters
    ----------
    tmin, tmax : (days,)  Normals of each day. [°C]
    """
    low, high = (np.asarray(one, float)[:, None] for one in (tmin, tmax))
    strays = DAY_ERROR * anomalies(len(low), seed=seed, members=members)
    return Temperatures(low + strays, high + strays)


def joined(*parts: Temperatures) -> Temperatures:
    """One after the other."""
    return Temperatures(
        np.concatenate([part.tmin for part in parts]),
        np.concatenate([part.tmax for part in parts]),
    )
