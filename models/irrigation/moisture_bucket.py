"""A bucket for one probe: rain in, drainage and evapotranspiration out, fitted to its own past.

Water content rises with rain towards saturation, drains towards field capacity by the same share
each day, and dries by the demand as long as there is water above the wilting point. Frozen soil
neither takes nor gives. It starts from what the probe says, so it has no state of its own.
All six parameters are fitted with a prior, so that a month of data is enough to begin with.

References
----------
[1] Allen, Pereira, Raes, Smith (1998), Crop evapotranspiration, FAO Irrigation and Drainage 56.
[2] Brocca, Melone, Moramarco (2008), On the estimation of antecedent wetness conditions in
    rainfall–runoff modelling. doi:10.1002/hyp.6629
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

Array = NDArray[np.float64]
Index = NDArray[np.intp]

DAYS = 7  # as far as it is asked to look
FITTED_DAYS = (1, 3, 7)
USUAL_ERROR = np.array([0.5, 0.8, 1.0])  # of the days fitted, relative to one another
NARROWEST = 0.03  # m³ m⁻³ between dry and wet that is believed at least
CORRELATED = 15.0  # neighbouring origins tell the same: as many count as one
MOST_ORIGINS = 1200
EVALUATIONS = 25


@dataclass(frozen=True, slots=True)
class Past:
    """What a fit and a forecast need of a series, all (days,).

    Attributes
    ----------
    water_content : NaN where not measured. [m³ m⁻³]
    rain : Without gaps. [mm d⁻¹]
    demand : Expected of the days after each day. [mm d⁻¹]
    frozen : Share of the soil that is frozen. [-]
    """

    water_content: Array
    rain: Array
    demand: Array
    frozen: Array


@dataclass(frozen=True, slots=True)
class Prior:
    """Most likely parameters and how sure that is, on the scale they are fitted on: (8,)."""

    mean: Array
    deviation: Array


def prior(water_content: Array, depth_cm: float) -> Prior:
    """What is likely before any fit, from the range a probe has shown and from its depth.

    Parameters
    ----------
    water_content : (days,)  So far; NaN where missing. [m³ m⁻³]
    """
    low, high = np.nanpercentile(water_content, [1.0, 99.0])
    width = max(high - low, NARROWEST)
    soil_mm = 16.0 * max(depth_cm, 5.0)  # a probe feels rather more than the soil above it
    # log share per mm, wilting point, log widths up to field capacity and saturation,
    # log drainage per day, log crop coefficient, logit share of same-day rain, log intercepted mm
    mean = [-np.log(soil_mm), low - 0.05 * width, np.log(0.6 * width), np.log(0.5 * width)]
    deviation = [0.7, 0.25 * width, 0.5, 0.6]
    return Prior(
        np.array([*mean, np.log(0.25), np.log(0.5), 0.0, 0.0]),
        np.array([*deviation, 0.8, 0.7, 1.5, 1.0]),
    )


def simulate(parameters: Array, start: Array, rain: Array, demand: Array, frozen: Array) -> Array:
    """Water content on the days after each origin.

    Parameters
    ----------
    parameters : (8,)  On the fitted scale.
    start : (origins,)  Water content on the origin's day. [m³ m⁻³]
    rain : (days + 1, origins)  From the origin's own day on: part of it arrives a day late. [mm]
    demand : (origins,)  Of each of the days ahead. [mm d⁻¹]
    frozen : (origins,)  [-]

    Returns
    -------
    (days, origins)  [m³ m⁻³]
    """
    per_mm, drainage, crop = np.exp(parameters[[0, 4, 5]])
    wilting = parameters[1]
    capacity = wilting + np.exp(parameters[2])
    saturation = capacity + np.exp(parameters[3])
    same_day = 1.0 / (1.0 + np.exp(-parameters[6]))
    thawed = 1.0 - frozen
    arriving = per_mm * np.maximum(rain - np.exp(parameters[7]), 0.0)
    drained_share = 1.0 - np.exp(-drainage)
    drying = per_mm * crop * demand / (capacity - wilting)
    found = np.empty((len(rain) - 1, len(start)))
    content = start
    for day in range(len(found)):
        water = (same_day * arriving[day + 1] + (1.0 - same_day) * arriving[day]) * thawed
        room = np.maximum(saturation - content, 1e-4)
        content = content + room * (1.0 - np.exp(-water / room))
        drained = drained_share * np.maximum(content - capacity, 0.0)
        dried = drying * np.clip(content - wilting, 0.0, capacity - wilting)
        content = content - (drained + dried) * thawed
        found[day] = content
    return found


def fit(past: Past, depth_cm: float, stop: int, *, begin: Array | None = None) -> Array:
    """Parameters that forecast the days before `stop` best, near the prior where they tell little.

    Parameters
    ----------
    begin : (8,)  Where to begin, e.g. the fit of the month before.
    """
    usual = prior(past.water_content[:stop], depth_cm)
    origins = np.flatnonzero(np.isfinite(past.water_content[: max(stop - DAYS, 0)]))
    if len(origins) < 5:
        return usual.mean
    if len(origins) > MOST_ORIGINS:
        origins = origins[np.linspace(0, len(origins) - 1, MOST_ORIGINS).astype(np.intp)]
    residuals = _residuals(past, usual, origins)
    found = least_squares(
        residuals,
        usual.mean if begin is None else begin,
        x_scale=usual.deviation,
        max_nfev=EVALUATIONS,
    )
    return np.asarray(found.x, dtype=float)


def _residuals(past: Past, usual: Prior, origins: Index) -> Callable[[Array], Array]:
    """The function whose squares are to be least: errors of three horizons, then the prior."""
    start, demand, frozen = (
        values[origins] for values in (past.water_content, past.demand, past.frozen)
    )
    rain = ahead(past.rain, origins)
    rows = [day - 1 for day in FITTED_DAYS]
    observed = np.stack([past.water_content[origins + day] for day in FITTED_DAYS])
    known = np.isfinite(observed)
    error = max(0.3 * float(np.std(start)), 0.004)
    weight = (1.05 - frozen) / (error * np.sqrt(CORRELATED)) / USUAL_ERROR[:, None]

    def residuals(parameters: Array) -> Array:
        off = simulate(parameters, start, rain, demand, frozen)[rows] - observed
        weighted = np.where(known, off * weight, 0.0)
        return np.concatenate([weighted.ravel(), (parameters - usual.mean) / usual.deviation])

    return residuals


def ahead(daily: Array, origins: Index) -> Array:
    """The values from each origin's day to the last of the horizon: (days + 1, origins)."""
    last = len(daily) - 1  # what lies beyond is asked of nobody
    return np.stack([daily[np.minimum(origins + day, last)] for day in range(DAYS + 1)])


def forecast(parameters: Array, past: Past, origins: Index) -> Array:
    """Water content after each origin with its rain known: (days, origins). [m³ m⁻³]"""
    return simulate(
        parameters,
        past.water_content[origins],
        ahead(past.rain, origins),
        past.demand[origins],
        past.frozen[origins],
    )


def forecast_members(parameters: Array, past: Past, origins: Index, weeks: Array) -> Array:
    """The mean over equally likely weeks of rain: (days, origins). [m³ m⁻³]

    Parameters
    ----------
    weeks : (days, members)  [mm d⁻¹]
    """
    start, demand, frozen = (
        values[origins] for values in (past.water_content, past.demand, past.frozen)
    )
    total = np.zeros((DAYS, len(origins)))
    for member in weeks.T:
        rest = np.broadcast_to(member[:, None], (len(member), len(origins)))
        rain = np.vstack([past.rain[origins], rest])
        total += simulate(parameters, start, rain, demand, frozen)
    return total / weeks.shape[1]
