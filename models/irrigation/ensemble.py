"""The weather of the days ahead as equally likely members, seeded, so that it comes out the same.

Members are quantiles of each day's own distribution, drawn by Latin hypercube: a wetter forecast
makes every member wetter, and no member count is too small for a fair share of dry days. Where no
forecast is known the climate speaks; rain is never taken as zero because nobody forecast it.

References
----------
[1] McKay, Beckman, Conover (1979), Comparison of three methods for selecting values of input
    variables. doi:10.2307/1268522
[2] Richardson (1981), Stochastic simulation of daily precipitation, temperature, and solar
    radiation. doi:10.1029/WR017i001p00182
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import gamma, norm

Array = NDArray[np.float64]

MEMBERS = 100
RAIN_SHAPE = 0.7  # of the gamma distribution of rain on wet days [2]
PERSISTENCE = 0.7  # correlation of a member's ET₀ error from day to day
FORECAST_ET0_ERROR = 0.12  # relative, on the first day
ET0_ERROR_PER_DAY = 0.02  # relative, added for each day further ahead
CLIMATE_ET0_ERROR = 0.25  # relative, of a day taken from the climate


@dataclass(frozen=True, slots=True)
class Ahead:
    """Weather of the days ahead. `rain`, `et0` : (days, members). [mm d⁻¹]"""

    rain: Array
    et0: Array


def ranks(days: int, members: int, seed: int) -> Array:
    """Latin hypercube: for each day every (i + ½) / members once, in its own order.

    Returns
    -------
    (days, members)  Probabilities within (0, 1). [-]
    """
    generator = np.random.default_rng(seed)
    levels = (np.arange(members) + 0.5) / members
    return np.stack([generator.permutation(levels) for _ in range(days)])


def forecast_rain(rain: ArrayLike, low: ArrayLike, high: ArrayLike, chances: Array) -> Array:
    """Rain of each member from a forecast with its 80 % interval.

    Parameters
    ----------
    rain, low, high : (days,)  Best estimate, 10 % and 90 % quantiles. [mm d⁻¹]
    chances : (days, members)  Quantile of each member. [-]

    Returns
    -------
    (days, members)  Grows with `rain`, `low` and `high` in every member. [mm d⁻¹]
    """
    middle = np.asarray(rain, dtype=float)
    lowest = np.minimum(np.asarray(low, dtype=float), middle)
    highest = np.maximum(np.asarray(high, dtype=float), middle)
    knots = np.array([0.0, 0.1, 0.5, 0.9, 1.0])
    levels = np.stack([lowest / 2, lowest, middle, highest, 1.3 * highest], axis=1)
    return np.stack([np.interp(u, knots, v) for u, v in zip(chances, levels, strict=True)])


def climate_rain(rain: ArrayLike, wet_share: ArrayLike, chances: Array) -> Array:
    """Rain of each member where only the climate is known: wet or dry, then a gamma amount.

    Parameters
    ----------
    rain : (days,)  Mean daily rain of the season. [mm d⁻¹]
    wet_share : (days,)  Share of wet days, within (0, 1]. [-]
    chances : (days, members)  Quantile of each member. [-]

    References
    ----------
    Richardson [2], with the gamma distribution for amounts.
    """
    share = np.clip(np.asarray(wet_share, dtype=float), 0.01, 1.0)[:, None]
    mean = np.asarray(rain, dtype=float)[:, None] / share
    within = np.clip((chances - (1.0 - share)) / share, 0.0, 1.0)
    amount = gamma.ppf(within, RAIN_SHAPE, scale=1.0) * mean / RAIN_SHAPE
    return np.where(chances <= 1.0 - share, 0.0, amount)


def et0_members(et0: ArrayLike, error: ArrayLike, chances: Array) -> Array:
    """ET₀ of each member: log-normal about the forecast, errors persisting from day to day.

    Parameters
    ----------
    et0 : (days,)  Best estimate. [mm d⁻¹]
    error : (days,)  Relative standard error. [-]
    chances : (days, members)  Quantile of each member. [-]

    Returns
    -------
    (days, members)  [mm d⁻¹]
    """
    shocks = norm.ppf(chances)
    noise = np.empty_like(shocks)
    noise[0] = shocks[0]
    for day in range(1, len(shocks)):
        noise[day] = PERSISTENCE * noise[day - 1] + np.sqrt(1 - PERSISTENCE**2) * shocks[day]
    spread = np.asarray(error, dtype=float)[:, None]
    return np.asarray(et0, dtype=float)[:, None] * np.exp(spread * noise)


def forecast_et0_error(days: int) -> Array:
    """Relative standard error of forecast ET₀ for each day ahead. (days,) [-]"""
    return FORECAST_ET0_ERROR + ET0_ERROR_PER_DAY * np.arange(days, dtype=float)


def depletion_members(depletion: ArrayLike, error: ArrayLike, taw: ArrayLike, seed: int) -> Array:
    """Members of today's depletion: normal, kept within 0 and total available water.

    Parameters
    ----------
    depletion, error, taw : (beds,)  [mm]

    Returns
    -------
    (beds, members)  Grows with `depletion` in every member. [mm]
    """
    centre = np.asarray(depletion, dtype=float)[:, None]
    noise = norm.ppf(ranks(1, MEMBERS, seed))
    spread = np.asarray(error, dtype=float)[:, None]
    return np.clip(centre + spread * noise, 0.0, np.asarray(taw, dtype=float)[:, None])
