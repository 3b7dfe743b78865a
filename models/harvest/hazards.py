"""Frost and heat that a crop may meet in the days ahead, with their chance.

Thresholds are those of `data/phenology.csv`, frost's by the classes of [2], stage by stage:
flowers, curds, ears and fruit are hurt sooner than leaves. Temperatures are the air's at 1.5 to
2 m, as forecasts tell them; on clear nights leaves near the ground are some degrees colder still
[1], which no threshold here allows for.

References
----------
[1] Snyder, de Melo-Abreu (2005). Frost protection: fundamentals, practice and economics. FAO
    Environment and Natural Resources Series 10, vol. 1.
[2] Mathematical optimization of frost resistant crop production (2023). Scientific Reports 13,
    8254, Table 2: damaging temperature ranges of temperate crops; PMC10202904.
"""

from dataclasses import dataclass
from math import isnan, nan
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from models.harvest.phenology import Phenology
from models.harvest.temperatures import Temperatures
from models.water.et0 import Array

Kind = Literal["frost", "heat"]
LEAST_CHANCE = 0.1  # below it nobody is told: one day in ten is what the climate brings anyway
LATE = ("mid", "late", "over")


@dataclass(frozen=True, slots=True)
class Hazard:
    """A frost or a heat ahead.

    `chance` of at least one such day [-]; `day` the first row on which its chance is greatest,
    `day_chance` that chance; `threshold` °C; `extreme` the median of the coldest or hottest [°C].
    `kills` : chance of a frost that ends the crop. [-]
    """

    kind: Kind
    chance: float
    day: int
    day_chance: float
    threshold: float
    extreme: float
    kills: float = 0.0


def frost_threshold(of: Phenology, stage: str) -> float:
    """The minimum that damages the crop in this stage; NaN where none is published. [°C]"""
    return of.frost_late if stage in LATE else of.frost_young


def frost(of: Phenology, stage: str, ahead: Temperatures) -> Hazard | None:
    """The frost of the days ahead; None below `LEAST_CHANCE` or where no threshold is published.

    Parameters
    ----------
    ahead : (days, members)  A missing minimum is no frost and no warmth: its day does not count.
    """
    threshold = frost_threshold(of, stage)
    if isnan(threshold):
        return None
    kills = 0.0 if isnan(of.frost_kill) else _chance(ahead.tmin <= of.frost_kill)
    return _hazard("frost", ahead.tmin <= threshold, ahead.tmin, threshold, kills)


def heat(of: Phenology, ahead: Temperatures) -> Hazard | None:
    """The heat of the days ahead; None below `LEAST_CHANCE` or where no threshold is published."""
    if isnan(of.heat):
        return None
    return _hazard("heat", ahead.tmax >= of.heat, ahead.tmax, of.heat, 0.0)


def _hazard(
    kind: Kind, meets: NDArray[np.bool_], temperature: Array, threshold: float, kills: float
) -> Hazard | None:
    chance = _chance(meets)
    if not chance >= LEAST_CHANCE:
        return None
    by_day = meets.mean(axis=1)
    day = int(by_day.argmax())
    pick = np.nanmin if kind == "frost" else np.nanmax
    extreme = float(np.median(pick(temperature, axis=0)))
    return Hazard(kind, chance, day, float(by_day[day]), threshold, extreme, kills)


def _chance(meets: NDArray[np.bool_]) -> float:
    """Share of members with at least one such day."""
    return float(meets.any(axis=0).mean()) if meets.size else nan
