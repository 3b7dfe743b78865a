"""The day's lowest humidity from whatever tells of the air, for the crop coefficients.

References
----------
[1] Allen, Pereira, Raes, Smith (1998). FAO Irrigation and Drainage Paper 56, chapters 3 and 6.
"""

import numpy as np
from numpy.typing import ArrayLike

from models.water.et0 import Array, saturation_vapour_pressure


def rh_min(
    *,
    tmin: ArrayLike,
    tmax: ArrayLike,
    rh_min: ArrayLike = np.nan,
    vapour_pressure: ArrayLike = np.nan,
    rh_max: ArrayLike = np.nan,
    rh_mean: ArrayLike = np.nan,
) -> Array:
    """Lowest relative humidity of a day, NaN where the temperatures lack too. [%]  Eq. 63, 64 [1].

    As measured, else the air's vapour pressure at the day's highest temperature; the vapour
    pressure is that of the file, of `rh_max` (eq. 18), of `rh_mean` (eq. 19) or of `tmin` as the
    dewpoint (eq. 64).

    Parameters
    ----------
    tmin, tmax : (days,)  Air temperature. [°C]
    rh_min, rh_max, rh_mean : (days,)  NaN where missing. [%]
    vapour_pressure : (days,)  NaN where missing. [kPa]
    """
    low = saturation_vapour_pressure(np.asarray(tmin, float))
    high = saturation_vapour_pressure(np.asarray(tmax, float))
    ways = (
        np.asarray(vapour_pressure, float),
        low * np.asarray(rh_max, float) / 100.0,
        (low + high) / 2.0 * np.asarray(rh_mean, float) / 100.0,
        low,
    )
    moist = np.full(np.broadcast_shapes(*(np.shape(way) for way in ways)), np.nan)
    for way in ways:
        moist = np.where(np.isnan(moist), way, moist)
    estimated = np.minimum(100.0 * moist / high, 100.0)
    given = np.asarray(rh_min, float)
    return np.where(np.isnan(given), estimated, given)
