"""What a planting will give this season: its potential, less what stress takes, with an interval.

References
----------
[1] Doorenbos, Kassam (1979). Yield response to water. FAO Irrigation and Drainage Paper 33.
[2] Evensen (2003). The Ensemble Kalman Filter: theoretical formulation and practical
    implementation. Ocean Dynamics 53. doi:10.1007/s10236-003-0036-9
"""

from dataclasses import dataclass, field
from math import isfinite, log, nan, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from models.harvest import response
from models.harvest.phenology import Window
from models.harvest.potential import Potential
from models.harvest.response import PERIODS, TemperatureStress, WaterResponse

Array = NDArray[np.float64]

MEMBERS = 400
SEED = 33  # any fixed number: the same records give the same members
TAIL = 0.1  # on either side of an 80 % interval
LEAST_SHARE = 0.05  # of the harvest, before which what was picked tells nothing of the whole
# Standard error of the logarithm of what is picked by a day, of what should have been: ours.
PICKED_ERROR, FINISHED_ERROR = 0.35, 0.05
WORTH_TELLING = 0.005  # a factor that moves the yield by less is not told

_NEVER = 3650.0  # days, of what is not ripe within the days that are looked at
_WATER = "water_{period}"


@dataclass(frozen=True, slots=True)
class Weathered:
    """What a planting has been through, and what it still needs.

    `needed`, `used` (periods,) crop evapotranspiration of the days behind, without stress and
    with it; `to_come` (periods,) what the days ahead will need without stress. [mm]
    `heat` share of the growth since flowering that heat left, `heat_days` on how many it took
    some; `frost` share of the yield that frost left, `frost_nights`. `behind` is the share of the
    days since flowering that are over. [-]
    """

    needed: Array
    used: Array
    to_come: Array
    heat: float = 1.0
    heat_days: int = 0
    frost: float = 1.0
    frost_nights: int = 0
    behind: float = 1.0


@dataclass(frozen=True, slots=True)
class Picked:
    """What has been harvested: kg m⁻², NaN where nobody noted anything; 0 is a statement.

    `share` (members,) of the whole harvest that should be in by now. [-]
    """

    yield_per_area: float = nan
    share: Array = field(default_factory=lambda: np.zeros(1))


@dataclass(frozen=True, slots=True)
class Foreseen:
    """The yield of a season. kg m⁻²; 80 % between `low` and `high`.

    `effects` : code → the share by which it moves the yield: water_… by growth period, heat,
    frost, record (the place's own seasons against the reference), picked (what is in already).
    """

    low: float
    middle: float
    high: float
    members: Array
    effects: dict[str, float]


def stress_left(
    weathered: Weathered, water: WaterResponse, *, weight: Array, dryness: Array, harm: Array
) -> Array:
    """Share of the yield that water, heat and frost leave. (members,) [-]

    Parameters
    ----------
    weight : (members,)  How much K_y of the periods counts beside the season's. [-]
    dryness : (members,)  Shortage of the days ahead, in shares of that of the days behind. [-]
    harm : (members,)  Of heat and frost, in shares of what the tables say. [-]
    """
    short = response.deficit(weathered.needed.sum(), weathered.used.sum())
    ahead = np.clip(short * dryness, 0.0, 1.0)[:, None]
    needed = weathered.needed + weathered.to_come
    used = weathered.used + weathered.to_come * (1.0 - ahead)
    left = response.water(needed, used, response=water, weight=weight)
    warm = 1.0 - (1.0 - weathered.heat) * weathered.behind
    return np.asarray(left * (warm * weathered.frost) ** harm, dtype=float)


def foresee(
    potential: Potential, weathered: Weathered, water: WaterResponse, picked: Picked | None = None
) -> Foreseen:
    """The yield of a planting as its potential and its season so far let expect.

    The members differ in the potential of the place and of the season, in how far the K_y of the
    periods hold beside the season's, in how dry the days ahead are, and in what heat and frost
    do. Where something is harvested, the members are drawn to it, and none gives less.
    """
    draws = _draws(5)
    spread = sqrt(potential.spread**2 + potential.season_spread**2)
    grown = np.exp(potential.log_mean + spread * norm.ppf(draws[0]))
    left = stress_left(
        weathered, water, weight=draws[1], dryness=0.5 + draws[2], harm=0.5 + draws[3]
    )
    before = np.maximum(grown * left, 1e-6)
    members = _drawn_to(before, picked, norm.ppf(draws[4])) if picked is not None else before
    low, middle, high = np.quantile(members, [TAIL, 0.5, 1.0 - TAIL])
    effects = _effects(potential, weathered, water)
    moved = float(middle / np.median(before) - 1.0)
    effects |= {"picked": moved} if abs(moved) >= WORTH_TELLING else {}
    return Foreseen(float(low), float(middle), float(high), members, effects)


def _draws(count: int) -> Array:
    """Latin hypercube of `count` numbers for each member. (count, members) [-]"""
    generator = np.random.default_rng(SEED)
    levels = (np.arange(MEMBERS) + 0.5) / MEMBERS
    return np.stack([generator.permutation(levels) for _ in range(count)])


def share_picked(window: Window, *, age: float) -> Array:
    """Share of the harvest that should be in at this age of a planting. (members,) [-]

    It comes in evenly between the first and the last day of each member: ours.

    Parameters
    ----------
    window : Days after planting.
    age : Days since planting. [d]
    """
    levels = _draws(7)[5:]
    starts, ends = (
        np.interp(level, [TAIL, 0.5, 1.0 - TAIL], np.minimum(days, _NEVER))
        for level, days in zip(
            levels,
            (
                (window.earliest, window.likely, window.latest),
                (window.end_earliest, window.end, window.end_latest),
            ),
            strict=True,
        )
    )
    return np.clip((age - starts) / np.maximum(ends - starts, 1.0), 0.0, 1.0)


def _drawn_to(members: Array, picked: Picked, noise: Array) -> Array:
    """The members once something was picked, as an ensemble Kalman update of logarithms [2]."""
    had = picked.yield_per_area
    if not isfinite(had):
        return members
    share = np.broadcast_to(picked.share, members.shape)
    if had <= 0.0 or share.mean() < LEAST_SHARE:
        return np.maximum(members, had)
    logs = np.log(members)
    expected = logs + np.log(np.maximum(share, LEAST_SHARE))
    error = max(PICKED_ERROR * (1.0 - float(share.mean())), FINISHED_ERROR)
    gain = np.cov(logs, expected)[0, 1] / (expected.var() + error**2)
    drawn = logs + gain * (log(had) + error * noise - expected)
    return np.asarray(np.maximum(np.exp(drawn), had), dtype=float)


def _effects(potential: Potential, weathered: Weathered, water: WaterResponse) -> dict[str, float]:
    """By how much each cause moves the yield, those that hardly do left out. [-]"""
    found = {
        _WATER.format(period=name): float(share - 1.0)
        for name, share in zip(PERIODS, _by_cause(weathered, water), strict=True)
    }
    found["heat"] = (weathered.heat - 1.0) * weathered.behind
    found["frost"] = weathered.frost - 1.0
    if potential.seasons and isfinite(potential.reference):
        found["record"] = potential.middle / potential.reference - 1.0
    return {code: effect for code, effect in found.items() if abs(effect) >= WORTH_TELLING}


def _by_cause(weathered: Weathered, water: WaterResponse) -> Array:
    """Share of the yield that the shortage behind leaves in each period; their product is all."""
    needed = weathered.needed + weathered.to_come
    used = weathered.used + weathered.to_come
    short = needed - used
    total = short.sum()
    if not total > 0.0:
        return np.ones(len(PERIODS))
    whole = log(max(float(response.seasonal(needed, used, ky=water.season)), 1e-6))
    spread = whole * short / total
    if np.isnan(water.periods).all():
        return np.asarray(np.exp(spread))
    parts = np.log(np.maximum(response.by_period(needed, used, ky=water.periods), 1e-6))
    return np.asarray(np.exp(0.5 * spread + 0.5 * parts))


def weathered(
    periods: NDArray[np.int64],
    *,
    crop_et: Array,
    actual_et: Array,
    today: int,
    tmin: Array,
    tmax: Array,
    stress: TemperatureStress,
) -> Weathered:
    """What these days did to a planting.

    Parameters
    ----------
    periods : (days,)  Growth period of each day from planting to the end of the harvest.
    crop_et, actual_et : (days,)  Of the days ahead only `crop_et` counts. [mm d⁻¹]
    today : Rows before it are over.
    tmin, tmax : (today,)  [°C]
    """
    behind = np.arange(len(periods)) < today
    rows = np.asarray(crop_et, float)
    lost = np.clip(rows - np.asarray(actual_et, float), 0.0, None)
    generative = periods[:today] >= 1
    growth = response.heat(tmax, stress)[generative]
    total = int((periods >= 1).sum())
    nights = response.frost(tmin, periods[:today], stress)
    return Weathered(
        needed=_sums(periods, np.where(behind, rows, 0.0)),
        used=_sums(periods, np.where(behind, rows - lost, 0.0)),
        to_come=_sums(periods, np.where(behind, 0.0, rows)),
        heat=float(growth.mean()) if growth.size else 1.0,
        heat_days=int((growth < 1.0).sum()),
        frost=float(nights.min(initial=1.0)),
        frost_nights=int((nights < 1.0).sum()),
        behind=float(generative.sum()) / total if total else 1.0,
    )


def _sums(periods: NDArray[np.int64], values: Array) -> Array:
    return np.bincount(periods, weights=values, minlength=len(PERIODS)).astype(float)
