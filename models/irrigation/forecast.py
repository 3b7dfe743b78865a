"""From a weather forecast to equally likely members, as spread as forecasts are wrong.

A forecast of a day's rain is right, but for the garden's place within the shower, or it is worth
no more than the climate: how often it is right is its trust. So no day is dry because nobody
forecast rain. The chance of any rain is the service's where it states one. Trust is stated for a
place without a record, and learned from what was forecast and then measured where there is one.

References
----------
[1] Murphy, Epstein (1989), Skill scores and correlation coefficients in model verification.
    doi:10.1175/1520-0493(1989)117<0572:SSACCI>2.0.CO;2
[2] Sloughter, Raftery, Gneiting, Fraley (2007), Probabilistic quantitative precipitation
    forecasting using Bayesian model averaging. doi:10.1175/MWR3441.1
[3] Roulston, Smith (2003), Combining dynamical and statistical ensembles.
    doi:10.3402/tellusa.v55i1.12082
[4] Richardson (1981), Stochastic simulation of daily precipitation, temperature, and solar
    radiation. doi:10.1029/WR017i001p00182
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import gamma

Array = NDArray[np.float64]

WET = 0.2  # mm d⁻¹ from which a day is wet, one tip of a bucket
# A free daily forecast in Western Europe: slope of measured on forecast rain from the first day on.
TRUST, TRUST_PER_DAY, LEAST_TRUST = 0.85, 0.08, 0.15
CLIMATE_SHAPE = 0.7  # gamma, of rain on wet days [4]
ET0_ERROR, ET0_ERROR_PER_DAY = 0.12, 0.02  # relative
PRIOR_CASES = 25.0  # measured days that weigh as much as what is stated above
SHOWER = 0.7  # mm: a forecast of so little, if right, is rain in two gardens of three
POINT_SHAPE = 4.0  # gamma, of a garden's rain about that of a model's cell
MEMBER_TRUST, MEMBER_TRUST_PER_DAY = 0.97, 0.01  # of an ensemble's members [3]
LEAST_CHANCE = 0.02
MOST_DRAWN = 3.0  # times by which the luck of the draw is mended


@dataclass(frozen=True, slots=True)
class Skill:
    """How right forecasts are, for each day ahead. (leads,)

    Attributes
    ----------
    trust : Share of days whose rain is as forecast: the slope of measured on forecast rain. [-]
    et0_bias : Measured over forecast ET₀. [-]
    et0_error : Relative standard error of ET₀. [-]
    cases : Measured days it was learned from. [-]
    """

    trust: Array
    et0_bias: Array
    et0_error: Array
    cases: Array


def stated(leads: int) -> Skill:
    """The skill of a place without a record of forecasts."""
    lead = np.arange(leads, dtype=float)
    return Skill(
        trust=np.maximum(TRUST - TRUST_PER_DAY * lead, LEAST_TRUST),
        et0_bias=np.ones(leads),
        et0_error=ET0_ERROR + ET0_ERROR_PER_DAY * lead,
        cases=np.zeros(leads),
    )


def learned(
    prior: Skill,
    *,
    rain: Array,
    measured_rain: Array,
    climate_rain: Array,
    et0: Array,
    measured_et0: Array,
) -> Skill:
    """The skill that past forecasts had, drawn towards `prior` where there are few.

    Parameters
    ----------
    rain, measured_rain, climate_rain : (cases, leads)  NaN where not known. [mm d⁻¹]
    et0, measured_et0 : (cases, leads)  [mm d⁻¹]

    References
    ----------
    Murphy and Epstein [1], conditional bias: the slope is what a forecast is worth.
    """
    known = np.isfinite(rain) & np.isfinite(measured_rain) & np.isfinite(climate_rain)
    trust = _trust(prior.trust, rain, measured_rain, known)
    ratio, both = _ratios(et0, measured_et0)
    cases = both.sum(axis=0)
    bias = ratio.sum(axis=0) / (PRIOR_CASES + cases)
    left = np.where(both, ratio - bias, 0.0)
    error = (PRIOR_CASES * prior.et0_error**2 + (left**2).sum(axis=0)) / (PRIOR_CASES + cases)
    return Skill(trust, np.exp(bias), np.sqrt(error), known.sum(axis=0).astype(float))


def _trust(prior: Array, rain: Array, measured: Array, known: NDArray[np.bool_]) -> Array:
    """Slope of measured on forecast, of square roots: a single cloudburst decides nothing.

    Neighbouring leads lend each other their cases.
    """
    told, fell = np.sqrt(np.where(known, rain, 0.0)), np.sqrt(np.where(known, measured, 0.0))
    count = max(int(known.sum()), 1)
    away = np.where(known, told - told.sum() / count, 0.0)
    moved = np.where(known, fell - fell.sum() / count, 0.0)
    weight = PRIOR_CASES * max(float((away**2).sum()) / count, 1.0)
    above = _with_neighbours((away * moved).sum(axis=0))
    below = _with_neighbours((away**2).sum(axis=0))
    return np.clip((weight * prior + above) / (weight + below), 0.0, 1.0)


def _with_neighbours(sums: Array) -> Array:
    """Sums of each lead, and half of those beside it."""
    padded = np.pad(sums, 1)
    return sums + 0.5 * (padded[:-2] + padded[2:])


def _ratios(et0: Array, measured: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Logarithm of measured over forecast where both are known and not nearly nothing."""
    both = (et0 > 0.2) & (measured > 0.2)
    over = np.divide(measured, et0, out=np.ones_like(et0), where=both)
    return np.log(over), both


def expected_rain(rain: ArrayLike, climate: ArrayLike, trust: ArrayLike) -> Array:
    """Mean rain to expect of a forecast: between what it says and the climate. [mm d⁻¹]"""
    share = np.asarray(trust, dtype=float)
    return share * np.asarray(rain, dtype=float) + (1.0 - share) * np.asarray(climate, dtype=float)


def chance_of_rain(rain: ArrayLike, wet_share: ArrayLike, trust: ArrayLike) -> Array:
    """Chance of a wet day where the service states none; grows with the forecast. [-]"""
    share = np.asarray(trust, dtype=float)
    return share * _seen(rain) + (1.0 - share) * np.asarray(wet_share, dtype=float)


def _seen(rain: ArrayLike) -> Array:
    """Share of gardens that a forecast, if right, makes wet. [-]"""
    return 1.0 - np.exp(-np.asarray(rain, dtype=float) / SHOWER)


def rain_members(
    rain: ArrayLike,
    chance: ArrayLike,
    climate: ArrayLike,
    *,
    wet_share: ArrayLike,
    trust: ArrayLike,
    chances: Array,
    picks: Array,
) -> Array:
    """Rain of each member: dry or wet by the chance; if wet, as forecast or as the climate's.

    Parameters
    ----------
    rain, climate : (days,)  Forecast, and the climate's mean. [mm d⁻¹]
    chance : (days,)  Of any rain, as the service states it; NaN where it does not. [-]
    wet_share : (days,)  Share of wet days in the climate. [-]
    trust : (days,)  As in `Skill`. [-]
    chances, picks : (days, members)  Quantile of each member's rain, and which of the wet members
        are as forecast. [-]

    Returns
    -------
    (days, members)  [mm d⁻¹]

    References
    ----------
    Sloughter et al. [2]: a point mass at zero, and gamma distributions, mixed.
    """
    told, share = np.asarray(rain, dtype=float), np.asarray(wet_share, dtype=float)
    stated_chance = np.asarray(chance, dtype=float)
    own = chance_of_rain(told, share, trust)
    wet = np.clip(np.where(np.isnan(stated_chance), own, stated_chance), LEAST_CHANCE, 1.0)
    as_told = np.minimum(np.asarray(trust, dtype=float) * _seen(told) / wet, 1.0)[:, None]
    usual = (np.asarray(climate, dtype=float) / np.maximum(share, 0.05))[:, None]
    dry = 1.0 - wet[:, None]
    within = np.clip((chances - dry) / wet[:, None], 0.0, 1.0)
    right = gamma.ppf(within, POINT_SHAPE) * told[:, None] / POINT_SHAPE
    other = gamma.ppf(within, CLIMATE_SHAPE) * usual / CLIMATE_SHAPE
    found = np.where(chances <= dry, 0.0, np.where(picks <= as_told, right, other))
    expected = expected_rain(told, climate, trust)
    return np.where(np.isnan(stated_chance)[:, None], _of_mean(found, expected), found)


def _of_mean(members: Array, mean: Array) -> Array:
    """Members whose mean is as expected, so that a hundred draws order two forecasts rightly."""
    drawn = members.mean(axis=1)
    share = np.divide(mean, drawn, out=np.ones_like(drawn), where=drawn > 0.0)
    return members * np.clip(share, 1.0 / MOST_DRAWN, MOST_DRAWN)[:, None]


def quantile_rain_members(amounts: Array, chance: ArrayLike, chances: Array) -> Array:
    """Members by quantiles, dry below the chance of no rain where that is stated.

    Parameters
    ----------
    amounts, chances : (days, members)  Rain at the quantile of each member. [mm d⁻¹], [-]
    chance : (days,)  Of any rain; NaN where it is not stated. [-]
    """
    stated_chance = np.asarray(chance, dtype=float)[:, None]
    dry = chances <= 1.0 - stated_chance
    wet = chances > 1.0 - stated_chance
    return np.where(dry, 0.0, np.where(wet, np.maximum(amounts, WET), amounts))


def resampled(members: int, count: int, seed: int) -> NDArray[np.int64]:
    """Which member of a service's each of ours is: each as often as any other, give or take one."""
    generator = np.random.default_rng(seed)
    times = -(-count // members)
    drawn = np.concatenate([generator.permutation(members) for _ in range(times)])
    return drawn[:count]


def dressed_rain(members: Array, climate: Array, chances: Array, picks: Array) -> Array:
    """Members of an ensemble, each as one garden may have it; a few are the climate's.

    Parameters
    ----------
    members : (days, members)  Of a model's cell. [mm d⁻¹]
    climate : (days, members)  What the climate would bring in their place. [mm d⁻¹]
    chances, picks : (days, members)  Quantile of the garden within the cell, and which are the
        climate's. [-]

    References
    ----------
    Roulston and Smith [3], dressing.
    """
    lead = np.arange(len(members), dtype=float)[:, None]
    trust = MEMBER_TRUST - MEMBER_TRUST_PER_DAY * lead
    point = members * gamma.ppf(chances, POINT_SHAPE) / POINT_SHAPE
    return np.where(picks <= trust, point, climate)
