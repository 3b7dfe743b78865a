"""What lack of water, heat and frost take of a yield.

References
----------
[1] Doorenbos, Kassam (1979). Yield response to water. FAO Irrigation and Drainage Paper 33.
[2] Allen, Pereira, Raes, Smith (1998). Crop evapotranspiration. FAO Irrigation and Drainage
    Paper 56, eq. 90.
[3] Rao, Sarma, Chander (1988). A simple dated water-production function for use in irrigated
    agriculture. Agricultural Water Management 13. doi:10.1016/0378-3774(88)90130-8
[4] Zhao et al. (2019). A SIMPLE crop model. European Journal of Agronomy 104.
    doi:10.1016/j.eja.2019.01.009
"""

import csv
from dataclasses import dataclass
from functools import cache
from math import isfinite, nan
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.harvest.phenology import PHENOLOGY
from models.water import tables

Array = NDArray[np.float64]

_DATA = Path(__file__).parent / "data"
PERIODS = ("vegetative", "flowering", "formation", "ripening")
"""The growth periods of FAO-33 [1]. Initial and development stage of FAO-56 are vegetative, the
mid stage is half flowering and half yield formation, the late stage is ripening: ours."""

UNKNOWN_KY = 1.0  # where nothing is published: yield falls as evapotranspiration does
FROST_MOST = 0.5  # share that the worst night takes: leaves grow again, fruits set again. Ours.


@dataclass(frozen=True, slots=True)
class WaterResponse:
    """K_y of the growth periods, NaN where none is published, and of the whole season. [-]"""

    periods: tuple[float, float, float, float]
    season: float
    source: str


@dataclass(frozen=True, slots=True)
class TemperatureStress:
    """Growth falls from `heat_begins` to nothing at `heat_stops`. Frost harms from `frost_young`
    on, from the mid stage from `frost_late` on, and most at `frost_kill`. NaN where nothing is
    published. [°C]"""

    heat_begins: float = nan
    heat_stops: float = nan
    frost_young: float = nan
    frost_late: float = nan
    frost_kill: float = nan


def _number(text: str) -> float:
    return float(text) if text else nan


def _rows(name: str) -> list[dict[str, str]]:
    with (_DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def _by_period() -> dict[str, tuple[tuple[float, float, float, float], str]]:
    found = {}
    for row in _rows("yield_response.csv"):
        first, second, third, fourth = (_number(row[f"ky_{period}"]) for period in PERIODS)
        found[row["crop"]] = ((first, second, third, fourth), row["source"])
    return found


@cache
def _heat() -> dict[str, tuple[float, float]]:
    return {
        row["crop"]: (float(row["heat_begins"]), float(row["heat_stops"]))
        for row in _rows("heat.csv")
    }


def water_response(crop: str) -> WaterResponse:
    """K_y of a crop by period [1], and of the season: FAO-56's Table 24, else 1."""
    none = ((nan, nan, nan, nan), "")
    periods, source = _by_period().get(crop, none)
    season = tables.crop(crop).yield_response
    return WaterResponse(periods, season if isfinite(season) else UNKNOWN_KY, source)


def temperature_stress(crop: str) -> TemperatureStress:
    """At what temperatures a crop suffers: heat of [4], frost of `models.harvest.phenology`."""
    begins, stops = _heat().get(crop, (nan, nan))
    known = PHENOLOGY.get(crop)
    if known is None:
        return TemperatureStress(begins, stops)
    return TemperatureStress(begins, stops, known.frost_young, known.frost_late, known.frost_kill)


def period_of(days: ArrayLike, lengths: ArrayLike) -> NDArray[np.int64]:
    """The growth period of each day since planting: its place in `PERIODS`.

    Parameters
    ----------
    days : Since planting, or since the spring of a perennial. [d]
    lengths : (4,)  Of the stages of FAO-56; the last one lasts until removal. [d]
    """
    ini, dev, mid, _ = np.asarray(lengths, float)
    ends = np.array([ini + dev, ini + dev + mid / 2.0, ini + dev + mid])
    return np.searchsorted(ends, np.asarray(days, float), side="right").astype(np.int64)


def deficit(needed: ArrayLike, used: ArrayLike) -> Array:
    """Share of the evapotranspiration that was missing, 0 where none was needed. [-]"""
    most, had = np.asarray(needed, float), np.asarray(used, float)
    share = np.divide(had, most, out=np.ones(np.broadcast(most, had).shape), where=most > 0.0)
    return np.clip(1.0 - share, 0.0, 1.0)


def seasonal(needed: ArrayLike, used: ArrayLike, *, ky: float) -> Array:
    """Share of the yield that is left after a season short of water. [-]

    Parameters
    ----------
    needed, used : (…, periods)  Crop evapotranspiration without stress, and with it. [mm]
    ky : Of the whole season. [-]

    References
    ----------
    FAO-56 [2], eq. 90, after FAO-33 [1].
    """
    short = deficit(np.sum(needed, axis=-1), np.sum(used, axis=-1))
    return np.clip(1.0 - ky * short, 0.0, 1.0)


def by_period(needed: ArrayLike, used: ArrayLike, *, ky: ArrayLike) -> Array:
    """Share of the yield left after each period's shortage: the product is the season's. [-]

    Parameters
    ----------
    needed, used : (…, periods)  [mm]
    ky : (periods,)  NaN where none is published: that period takes nothing. [-]

    References
    ----------
    FAO-33 [1], multiplied over the periods as in [3].
    """
    factor = np.nan_to_num(np.asarray(ky, float), nan=0.0)
    return np.clip(1.0 - factor * deficit(needed, used), 0.0, 1.0)


def water(
    needed: ArrayLike, used: ArrayLike, *, response: WaterResponse, weight: ArrayLike = 0.5
) -> Array:
    """Share of the yield left, between what the season's and the periods' K_y say. [-]

    K_y of the season holds for a shortage that is spread out, those of the periods for one within
    a period: `weight` is how much the latter count, in logarithms. Where none is published by
    period the season's speaks alone.

    Parameters
    ----------
    needed, used : (…, periods)  [mm]
    weight : (…,)  From 0 to 1. [-]
    """
    whole = seasonal(needed, used, ky=response.season)
    if np.isnan(response.periods).all():
        return whole
    parts = by_period(needed, used, ky=response.periods).prod(axis=-1)
    share = np.asarray(weight, float)
    return np.asarray(whole ** (1.0 - share) * parts**share, dtype=float)


def heat(tmax: ArrayLike, stress: TemperatureStress) -> Array:
    """Share of a day's growth that heat leaves; 1 where nothing is known. [-]

    References
    ----------
    SIMPLE [4], f(heat): straight from 1 at `heat_begins` to 0 at `heat_stops`.
    """
    top = np.asarray(tmax, float)
    if not isfinite(stress.heat_begins):
        return np.ones_like(top)
    left = (stress.heat_stops - top) / (stress.heat_stops - stress.heat_begins)
    return np.where(np.isnan(top), 1.0, np.clip(left, 0.0, 1.0))


def frost(tmin: ArrayLike, periods: ArrayLike, stress: TemperatureStress) -> Array:
    """Share of the yield that each night leaves; 1 where nothing is known. [-]

    Straight from 1 where damage begins to 1 − `FROST_MOST` where it kills: how much a night takes
    is ours, and doubtful.

    Parameters
    ----------
    tmin : (days,)  [°C]
    periods : (days,)  Place of the growth period in `PERIODS`.
    """
    nights = np.asarray(tmin, float)
    begins = np.where(np.asarray(periods) >= 1, stress.frost_late, stress.frost_young)
    span = begins - stress.frost_kill
    known = np.isfinite(nights) & np.isfinite(span)
    depth = np.where(known, begins - nights, 0.0) / np.where(known, np.maximum(span, 0.5), 1.0)
    return np.asarray(1.0 - FROST_MOST * np.clip(depth, 0.0, 1.0), dtype=float)
