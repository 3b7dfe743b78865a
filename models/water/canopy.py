"""How a crop covers the ground, day by day: stages, basal coefficient, height, roots, cover.

`day` counts from planting (0 on the day itself; negative before). Arrays broadcast.

References
----------
[1] Allen, Pereira, Raes, Smith (1998). FAO Irrigation and Drainage Paper 56, chapters 6 to 9.
"""

import numpy as np
from numpy.typing import ArrayLike

from models.water.et0 import Array

NEVER = 1e9  # d, later than any season
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


def day_of_cycle(
    day: ArrayLike,
    *,
    first_cut: ArrayLike = np.inf,
    cutting_interval: ArrayLike = np.inf,
    cuts: ArrayLike = (),
) -> Array:
    """Day of a forage's stages: after each cut leaves and stems begin again, roots go on. [d]

    `first_cut` and `cutting_interval` in days, inf = none; or `cuts` (cuts, …), the day of each
    one. The stages of later cycles are shorter in the proportion of the interval to the first
    cycle, as those of alfalfa in FAO-56 [1], Table 11 (60 days, then 30).
    """
    since, first, every = (np.asarray(x, float) for x in (day, first_cut, cutting_interval))
    first_day = np.where(np.isfinite(first), first, NEVER)
    interval = np.where(np.isfinite(every), every, NEVER)
    pace = np.where(np.isfinite(every), first_day / interval, 1.0)
    into = since - first_day
    into = into - np.floor(into / interval) * interval
    cycle = np.where(since >= first_day, into * pace, since)
    for cut, quick in zip(np.asarray(cuts, float), paces(cuts), strict=True):
        cycle = np.where(since >= cut, (since - cut) * quick, cycle)
    return cycle


def paces(cuts: ArrayLike) -> Array:
    """How much faster than the first the cycle after each cut is. (cuts, …) [-]

    Each lasts until the next cut; after the last that is known the crop grows as before it.
    """
    days = np.asarray(cuts, float)
    found = np.ones_like(days)
    for number in range(len(days)):
        before = found[number - 1] if number else np.ones_like(days[number])
        if number + 1 == len(days):
            found[number] = before
            continue
        known = np.isfinite(days[number + 1])
        length = np.where(known, days[number + 1], 1.0) - np.where(known, days[number], 0.0)
        found[number] = np.where(known, days[0] / length, before)
    return found


def kcb_full(crop_height: ArrayLike, *, wind_2m: ArrayLike, rh_min: ArrayLike) -> Array:
    """K_cb of a full cover that shades the ground, at mid season. [-]  FAO-56 [1], eq. 99–100."""
    height = np.asarray(crop_height, float)
    standard = np.minimum(1.0 + 0.1 * height, 1.2)
    return standard + climate_adjustment(wind_2m, rh_min, height)


def kcb_from_lai(kcb_full: ArrayLike, leaf_area_index: ArrayLike) -> Array:
    """K_cb of a canopy that does not close, from its leaf area index. [-]  FAO-56 [1], eq. 97."""
    light = 1.0 - np.exp(-0.7 * np.asarray(leaf_area_index, float))
    return KC_MIN + (np.asarray(kcb_full, float) - KC_MIN) * light


def kcb_from_cover(
    kcb_full: ArrayLike, canopy_cover: ArrayLike, *, crop_height: ArrayLike
) -> Array:
    """K_cb of trees, vines and wide rows from the ground they shade. [-]  FAO-56 [1], eq. 98.

    `canopy_cover` is the effective cover of eq. 101: the shade near solar noon.
    """
    cover = np.clip(np.asarray(canopy_cover, float), 0.0, 1.0)
    height = np.asarray(crop_height, float)
    share = np.minimum(np.minimum(1.0, 2.0 * cover), cover ** (1.0 / (1.0 + height)))
    return KC_MIN + (np.asarray(kcb_full, float) - KC_MIN) * share
