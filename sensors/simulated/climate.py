"""Monthly climate normals and how they run through the year."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_MID_MONTH = np.array([15.5, 45, 74.5, 105, 135.5, 166, 196.5, 227.5, 258, 288.5, 319, 349.5])
_MONTH_DAYS = np.array([31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class Climate:
    """Twelve monthly values each, January first, and where they hold.

    `tmin`, `tmax` °C; `rain` mm a month; `rain_days` days a month with 1 mm or more; `rh_mean` %;
    `wind_2m` m s⁻¹; `solar_radiation` MJ m⁻² d⁻¹; `latitude`, `longitude` °; `elevation` m.
    """

    latitude: float
    longitude: float
    elevation: float
    tmin: tuple[float, ...]
    tmax: tuple[float, ...]
    rain: tuple[float, ...]
    rain_days: tuple[float, ...]
    rh_mean: tuple[float, ...]
    wind_2m: tuple[float, ...]
    solar_radiation: tuple[float, ...]


def through_the_year(monthly: tuple[float, ...], day_of_year: Floats) -> Floats:
    """The normal of each day, in a straight line from mid-month to mid-month."""
    return np.asarray(np.interp(day_of_year, _MID_MONTH, np.array(monthly), period=_YEAR))


def chance_of_rain(climate: Climate, day_of_year: Floats) -> Floats:
    """Share of the days that are wet (1 mm or more). [-]"""
    monthly = np.array(climate.rain_days) / _MONTH_DAYS
    return np.asarray(np.clip(through_the_year(tuple(monthly), day_of_year), 0.02, 0.9))


def rain_of_a_wet_day(climate: Climate, day_of_year: Floats) -> Floats:
    """Mean rain of a wet day. [mm]"""
    monthly = np.array(climate.rain) / np.maximum(np.array(climate.rain_days), 0.1)
    return np.maximum(through_the_year(tuple(monthly), day_of_year), 1.2)
