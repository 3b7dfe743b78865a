"""Scales on which effects add and variances agree, and the way back to the grower's unit.

References
----------
[1] Box, Cox (1964), An analysis of transformations. doi:10.1111/j.2517-6161.1964.tb00553.x
[2] Lenth (2016), Least-squares means: the R package lsmeans. doi:10.18637/jss.v069.i01
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq, minimize_scalar
from scipy.special import expit, logit
from scipy.stats import chi2
from scipy.stats import t as student

Array = NDArray[np.float64]
Scale = Callable[[Array], Array]

GRID = 81  # powers tried before the best is refined
NEAR_LOG = 1e-6  # powers nearer to 0 are the logarithm


@dataclass(frozen=True, slots=True)
class BoxCox:
    """The power that suits the model best and its profile interval, cut at the range tried."""

    power: float
    lower: float
    upper: float
    log_likelihood: float


@dataclass(frozen=True, slots=True)
class BackTransformed:
    """Means in the unit of the response; of a log or root they are medians, not means."""

    mean: Array
    se: Array
    lower: Array
    upper: Array


@dataclass(frozen=True, slots=True)
class Transformation:
    """A scale: the way to it, the way back, the slope of the way back, and what it is defined on.

    Values lie in [`low`, `high`], without `low` itself where `open_low`, nor `high` where
    `open_high`; `floor` and `ceiling` are the ends of the transformed scale.
    """

    to: Scale
    back: Scale
    slope: Scale
    low: float
    high: float
    open_low: bool
    open_high: bool
    floor: float
    ceiling: float


TRANSFORMATIONS: Mapping[str, Transformation] = {
    "log": Transformation(np.log, np.exp, np.exp, 0.0, np.inf, True, True, -np.inf, np.inf),
    "log1p": Transformation(np.log1p, np.expm1, np.exp, 0.0, np.inf, False, True, 0.0, np.inf),
    "sqrt": Transformation(
        np.sqrt, np.square, lambda x: 2.0 * x, 0.0, np.inf, False, True, 0.0, np.inf
    ),
    "arcsine": Transformation(
        lambda x: np.arcsin(np.sqrt(x)),
        lambda x: np.sin(x) ** 2,
        lambda x: np.sin(2.0 * x),
        0.0,
        1.0,
        False,
        False,
        0.0,
        np.pi / 2.0,
    ),
    "logit": Transformation(
        logit, expit, lambda x: expit(x) * expit(-x), 0.0, 1.0, True, True, -np.inf, np.inf
    ),
}


def transformed(response: Array, name: str) -> Array:
    """The response on another scale; NaN stays NaN.

    Parameters
    ----------
    response : (n,)  Shares between 0 and 1 for `arcsine` and `logit`.
    name : A key of TRANSFORMATIONS.
    """
    scale = _scale(name)
    low = response <= scale.low if scale.open_low else response < scale.low
    high = response >= scale.high if scale.open_high else response > scale.high
    wrong = np.flatnonzero(low | high)
    if len(wrong):
        raise ValueError(
            f"{name} is not defined for {response[wrong[0]]:g} (plot {int(wrong[0]) + 1}): values "
            f"must lie between {scale.low:g} and {scale.high:g}; choose another scale"
        )
    return np.asarray(scale.to(response), dtype=float)


def power_scale(power: float) -> Transformation:
    """The scale (y^λ − 1) / λ of positive values, the logarithm at λ = 0 [1]."""
    if abs(power) < NEAR_LOG:
        return TRANSFORMATIONS["log"]
    end = -1.0 / power  # where y^λ is 0

    def back(x: Array) -> Array:
        return np.asarray(np.maximum(1.0 + power * x, 0.0) ** (1.0 / power), dtype=float)

    def slope(x: Array) -> Array:
        return np.asarray(np.maximum(1.0 + power * x, 0.0) ** (1.0 / power - 1.0), dtype=float)

    floor, ceiling = (end, np.inf) if power > 0.0 else (-np.inf, end)
    return Transformation(
        lambda y: np.asarray((y**power - 1.0) / power, dtype=float),
        back,
        slope,
        *(0.0, np.inf, True, True, floor, ceiling),
    )


def back_transformed(
    mean: Array, se: Array, df: ArrayLike, name: str, *, alpha: float = 0.05
) -> BackTransformed:
    """Means of a transformed response in its own unit, by a key of TRANSFORMATIONS [2]."""
    return taken_back(mean, se, df, _scale(name), alpha=alpha)


def taken_back(
    mean: Array, se: Array, df: ArrayLike, scale: Transformation, *, alpha: float = 0.05
) -> BackTransformed:
    """Means of a transformed response in its own unit [2].

    Parameters
    ----------
    mean, se : (k,)  On the transformed scale.
    df : Degrees of freedom of each mean, or one for all. [-]
    alpha : 1 − coverage of each interval. [-]

    Returns
    -------
    The standard error is that of the tangent (delta method); the interval is that of the
    transformed scale, its ends taken back, and cut where the scale ends.
    """
    reach = student.isf(alpha / 2.0, np.asarray(df, dtype=float)) * se
    lower, upper = (
        np.clip(mean + sign * reach, scale.floor, scale.ceiling) for sign in (-1.0, 1.0)
    )
    with np.errstate(divide="ignore"):
        tangent = np.abs(scale.slope(mean)) * se
        return BackTransformed(scale.back(mean), tangent, scale.back(lower), scale.back(upper))


def box_cox(
    response: Array, design: Array, *, low: float = -2.0, high: float = 2.0, level: float = 0.95
) -> BoxCox:
    """The power of the response with the greatest likelihood under a model: R's `MASS::boxcox`.

    Parameters
    ----------
    response : (n,)  Positive; NaN where the plot is missing.
    design : (n, p)  Columns of the model, of any rank.
    low, high : Range of powers; 0 is the logarithm, 1 no change. [-]
    level : Coverage of the interval. [-]

    Returns
    -------
    NaN where the model leaves no degree of freedom.
    """
    used = np.isfinite(response)
    y = response[used]
    if float(y.min(initial=np.inf)) <= 0.0:
        raise ValueError(f"response must be positive for Box–Cox: {y.min():g}; add a constant")
    left, values, _ = np.linalg.svd(design[used], full_matrices=False)
    basis = left[:, values > 1e-10 * values.max(initial=0.0)]
    if basis.shape[1] >= len(y):
        return BoxCox(float("nan"), float("nan"), float("nan"), float("nan"))
    profile = _profile(y / np.exp(np.log(y).mean()), np.asarray(basis, dtype=float))
    grid = np.linspace(low, high, GRID)
    best = int(np.argmax([profile(float(power)) for power in grid]))
    found = minimize_scalar(
        lambda power: -profile(float(power)),
        bounds=(grid[max(best - 1, 0)], grid[min(best + 1, GRID - 1)]),
        method="bounded",
        options={"xatol": 1e-8},
    )
    power, top = float(found.x), -float(found.fun)
    cut = top - 0.5 * float(chi2.ppf(level, 1))
    lower, upper = (_crossing(profile, power, end, cut) for end in (low, high))
    return BoxCox(power, lower, upper, top)


def _scale(name: str) -> Transformation:
    if name not in TRANSFORMATIONS:
        raise ValueError(f"transformation must be one of {', '.join(TRANSFORMATIONS)}: {name}")
    return TRANSFORMATIONS[name]


def _profile(unit: Array, basis: Array) -> Callable[[float], float]:
    """Log-likelihood of a power, of a response whose geometric mean is 1 [1]."""
    logs = np.log(unit)

    def log_likelihood(power: float) -> float:
        near = abs(power) < NEAR_LOG
        z = logs * (1.0 + power * logs / 2.0) if near else np.expm1(power * logs) / power
        residual = z - basis @ (basis.T @ z)
        return -0.5 * len(z) * float(np.log(residual @ residual))

    return log_likelihood


def _crossing(profile: Callable[[float], float], power: float, end: float, cut: float) -> float:
    """Where the profile falls to the cut between the best power and an end of the range."""
    if profile(end) >= cut:
        return end
    low, high = min(power, end), max(power, end)
    return float(brentq(lambda x: profile(float(x)) - cut, low, high, xtol=1e-10))
