"""The least water that would have kept a crop from stress, had one known the weather.

No plan can do with less, so it is the bound that plans are held against.

References
----------
[1] Allen, Pereira, Raes, Smith (1998), Crop evapotranspiration, FAO Irrigation and Drainage 56.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def least_irrigation(
    crop_et: ArrayLike, rain: ArrayLike, raw: ArrayLike, *, initial: ArrayLike = 0.0
) -> Array:
    """Irrigation of each day that keeps depletion at or under `raw` with the least water in all.

    Watering as late as possible, and only what the day needs, keeps the soil as dry as it may be,
    so that least of the rain drains. That is the least for a bucket (eq. 85 with what exceeds
    field capacity draining), whose evapotranspiration watering does not raise.

    Parameters
    ----------
    crop_et : (days, …)  Evapotranspiration of the unstressed crop. [mm d⁻¹]
    rain : (days, …)  Less runoff. [mm d⁻¹]
    raw : (days, …)  Greatest depletion allowed when the day's evapotranspiration begins; inf on
        days without a crop. [mm]
    initial : Depletion before the first day. [mm]

    Returns
    -------
    (days, …)  [mm d⁻¹]

    References
    ----------
    FAO-56 [1], eq. 85 and 88.
    """
    use, falls, limit = (np.asarray(x, float) for x in (crop_et, rain, raw))
    depletion = np.broadcast_to(np.asarray(initial, float), use.shape[1:]).copy()
    irrigation = np.zeros_like(use)
    for day in range(len(use)):
        before = depletion - falls[day]
        irrigation[day] = np.maximum(before - limit[day], 0.0)
        depletion = np.maximum(before - irrigation[day] + use[day], 0.0)
    return irrigation
