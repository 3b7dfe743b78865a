"""How a crop covers the ground, day by day: stages, basal coefficient, height, roots, cover.

`day` counts from planting (0 on the day itself; negative before). Arrays broadcast.

References
----------
[1] Allen, Pereira, Raes, Smith (1998). FAO Irrigation and Drainage Paper 56, chapters 6, 7 and 8.
"""

import numpy as np
from numpy.typing import ArrayLike

from models.water.et0 import Array

KC_MIN = 0.15  # of dry bare soil with no ground cover, p. 148 [1]


def stage_curve(
    day: ArrayLike,
    *,
    ini: ArrayLike,
    mid: ArrayLike,
    end: ArrayLike,
    lengths: tuple[ArrayLike, ArrayLike, ArrayLike, ArrayLike],
) -> Array:
    """A coefficient through the four stages. [-]  FAO-56 [1], eq. 66.

    Constant in the initial and mid stages, linear between; `end` is held after the late stage.
    """
    length_ini, length_dev, length_mid, length_late = (np.asarray(x, float) for x in lengths)
    d = np.asarray(day, float)
    growing = np.clip((d - length_ini) / np.maximum(length_dev, 1e-9), 0.0, 1.0)
    past = length_ini + length_dev + length_mid
    ripening = np.clip((d - past) / np.maximum(length_late, 1e-9), 0.0, 1.0)
    low, top, last = np.asarray(ini, float), np.asarray(mid, float), np.asarray(end, float)
    return low + (top - low) * growing + (last - top) * ripening


def climate_adjustment(wind_2m: ArrayLike, rh_min: ArrayLike, crop_height: ArrayLike) -> Array:
    """What wind and dry air add to a mid- or late-season coefficient. [-]  FAO-56 [1], eq. 62, 70.

    The book bounds the inputs: wind 1–6 m s⁻¹, rh_min 20–80 %, height 0.1–10 m.
    """
    wind = np.clip(np.asarray(wind_2m, float), 1.0, 6.0)
    humid = np.clip(np.asarray(rh_min, float), 20.0, 80.0)
    height = np.clip(np.asarray(crop_height, float), 0.1, 10.0)
    return (0.04 * (wind - 2.0) - 0.004 * (humid - 45.0)) * (height / 3.0) ** 0.3


def adjusted_kcb(
    kcb: ArrayLike, wind_2m: ArrayLike, rh_min: ArrayLike, crop_height: ArrayLike
) -> Array:
    """A tabulated K_cb in this climate; values of 0.45 or less stay. [-]  FAO-56 [1], eq. 70."""
    tabulated = np.asarray(kcb, float)
    adjusted = tabulated + climate_adjustment(wind_2m, rh_min, crop_height)
    return np.where(tabulated > 0.45, adjusted, tabulated)


def kc_max(
    kcb: ArrayLike, *, wind_2m: ArrayLike, rh_min: ArrayLike, crop_height: ArrayLike
) -> Array:
    """Upper limit of evapotranspiration from any cropped surface. [-]  FAO-56 [1], eq. 72."""
    energy = 1.2 + climate_adjustment(wind_2m, rh_min, crop_height)
    return np.maximum(energy, np.asarray(kcb, float) + 0.05)


def canopy_cover(kcb: ArrayLike, *, kc_max: ArrayLike, crop_height: ArrayLike) -> Array:
    """Share of the ground that leaves cover. [-]  FAO-56 [1], eq. 76; at most 0.99.

    A K_cb at or below that of bare soil is no cover: never NaN.
    """
    above = np.maximum(np.asarray(kcb, float) - KC_MIN, 0.0)
    span = np.maximum(np.asarray(kc_max, float) - KC_MIN, 0.01)
    power = 1.0 + 0.5 * np.asarray(crop_height, float)
    return np.minimum(np.minimum(above / span, 1.0) ** power, 0.99)


def growth(day: ArrayLike, *, length_ini: ArrayLike, length_dev: ArrayLike) -> Array:
    """How far roots and stems have come: 0 at planting, 1 from the mid stage on. [-]

    Linear through the initial and development stages (chapter 8, annex 8 [1]).
    """
    grown = np.asarray(day, float) / np.maximum(
        np.asarray(length_ini, float) + np.asarray(length_dev, float), 1e-9
    )
    return np.clip(grown, 0.0, 1.0)


def season_day(day: float, *, day_of_year: int, season_start: int, annual: bool) -> float:
    """Day within the season of a perennial that was planted more than a season ago.

    A perennial starts again on `season_start` (day of the year) of each year; before it, in
    winter, it waits at day −1. An annual, or a perennial in its first season, counts from planting.
    """
    if annual or day < 365:
        return day
    since = day_of_year - season_start
    return float(since) if since >= 0 else -1.0
