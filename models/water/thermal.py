"""How long a crop's stages last when warmth decides, not the calendar.

References
----------
[1] FAO (2025). Crop evapotranspiration, FAO Irrigation and Drainage Paper 56, revision 1: base and
    upper temperature and cumulative growing degrees of crops.
[2] McMaster, Wilhelm (1997). Growing degree-days: one equation, two interpretations. Agricultural
    and Forest Meteorology 87. 10.1016/S0168-1923(97)00027-0
"""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from models.water.et0 import Array
from models.water.tables import Crop


def growing_degrees(
    tmin: ArrayLike, tmax: ArrayLike, *, base: ArrayLike, upper: ArrayLike
) -> Array:
    """Warmth of a day that drives growth; NaN where a temperature is. [°C d]

    The mean of the extremes, kept within base and upper temperature: method 1 of [2].
    """
    mean = (np.asarray(tmin, float) + np.asarray(tmax, float)) / 2.0
    return np.clip(mean, base, upper) - np.asarray(base, float)


def stage_lengths(degrees: ArrayLike, *, needed: float, lengths: ArrayLike) -> Array:
    """Days of the four stages of a season that needs `needed` °C d.

    Parameters
    ----------
    degrees : (days,)  From planting on. A missing day is as warm as the mean of the others. [°C d]
    needed : From planting to the end of the late stage. [°C d]
    lengths : (4,)  Days of the stages in the table: the season's warmth is shared out as they are.

    Returns
    -------
    (4,)  [d]  What lies beyond the last day goes on at the table's pace.

    Raises
    ------
    ValueError  `needed` is not a positive number.
    """
    if not 0.0 < needed < np.inf:
        raise ValueError(f"needed must be above 0 °C d: {needed:g} °C d; the crop gives none")
    table = np.asarray(lengths, float)
    warm = np.asarray(degrees, float)
    told = warm[~np.isnan(warm)]
    warm = np.where(np.isnan(warm), told.mean() if told.size else 0.0, warm)
    summed = np.concatenate(([0.0], np.cumsum(warm)))
    pace = needed / table.sum()
    ends = needed * np.cumsum(table) / table.sum()
    # The first day that brings the sum to a stage's end, and how far into it.
    on = np.clip(np.searchsorted(summed, ends), 1, max(warm.size, 1))
    before, after = summed[on - 1], summed[np.minimum(on, warm.size)]
    days = on - 1 + (ends - before) / np.maximum(after - before, 1e-9)
    late = np.maximum(ends - summed[-1], 0.0)
    return np.diff(np.where(late > 0.0, warm.size + late / pace, days), prepend=0.0)


def with_stages_of(crop: Crop, tmin: ArrayLike, tmax: ArrayLike, *, lateness: float = 0.5) -> Crop:
    """The crop with the stages that these days' temperatures give it.

    Parameters
    ----------
    tmin, tmax : (days,)  From planting on. [°C]
    lateness : 0 for a short variety, 1 for a long one. [-]

    Raises
    ------
    ValueError  The crop has no thermal time.
    """
    short, long = crop.thermal_time_short, crop.thermal_time_long
    if np.isnan(short + long):
        raise ValueError(f"crop {crop.key!r} has no thermal time; its stages are in days only")
    warm = growing_degrees(tmin, tmax, base=crop.base_temperature, upper=crop.upper_temperature)
    table = (crop.length_ini, crop.length_dev, crop.length_mid, crop.length_late)
    found = stage_lengths(warm, needed=short + lateness * (long - short), lengths=table)
    ini, dev, mid, late = (float(days) for days in found)
    return replace(crop, length_ini=ini, length_dev=dev, length_mid=mid, length_late=late)
