"""How much of what is seen between varieties would be seen again: heritability of a trial.

References
----------
[1] Cullis, Smith, Coombes (2006), On the design of early generation variety trials with correlated
    data. doi:10.1198/108571106X154443
[2] Piepho, Möhring (2007), Computing heritability and selection response from unbalanced plant
    breeding trials. doi:10.1534/genetics.107.074229
[3] Henderson (1975), Best linear unbiased estimation and prediction under a selection model.
    doi:10.2307/2529430
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import pinvh

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Prediction:
    """Best linear unbiased predictions of one random term, and the covariance of their errors."""

    effects: Array
    error_covariance: Array


@dataclass(frozen=True, slots=True)
class Heritability:
    """Shares of variance between 0 and 1; NaN where there is no genetic variance to share."""

    cullis: float
    piepho: float
    standard: float


def predictions(
    y: Array, x: Array, random: Mapping[str, Array], variances: Mapping[str, float], residual: float
) -> dict[str, Prediction]:
    """Henderson's mixed model equations at given variances [3].

    Parameters
    ----------
    y : (n,)  Response, without missing values.
    x : (n, p)  Fixed columns, of any rank.
    random : name → (n, levels)  Indicators of each random term.
    variances : name → variance of the term. [unit²]
    residual : Variance of a plot. [unit²]

    Returns
    -------
    Effects are 0, with no error, for a term whose variance is 0.
    """
    live = [name for name in random if variances[name] > 0.0]
    columns = np.column_stack([x, *(random[name] for name in live)])
    shrink = np.concatenate(
        [np.zeros(x.shape[1])]
        + [np.full(random[name].shape[1], residual / variances[name]) for name in live]
    )
    inverse = pinvh(columns.T @ columns + np.diag(shrink))
    solution = inverse @ (columns.T @ y)
    found = {name: _none(random[name].shape[1]) for name in random}
    start = x.shape[1]
    for name in live:
        part = slice(start, start + random[name].shape[1])
        found[name] = Prediction(solution[part], residual * inverse[part, part])
        start = part.stop
    return found


def mean_variance_of_difference(covariance: Array) -> float:
    """Mean over all pairs of the variance of a difference of two estimates. [unit²]

    `covariance` : (k, k) of adjusted means, or of the errors of predictions.
    """
    k = len(covariance)
    if k < 2:
        return float("nan")
    total = k * float(np.trace(covariance)) - float(covariance.sum())
    return 2.0 * total / (k * (k - 1.0))


def heritability(
    genetic: float,
    residual: float,
    *,
    blue_difference: float,
    blup_difference: float,
    replicates: float,
) -> Heritability:
    """Heritability of the means of a trial, by three definitions.

    Parameters
    ----------
    genetic, residual : Variances between varieties and of a plot. [unit²]
    blue_difference : Mean variance of a difference of adjusted means, varieties fixed. [unit²]
    blup_difference : The same of the errors of predictions, varieties random. [unit²]
    replicates : Plots of a variety, the harmonic mean where they differ.

    Returns
    -------
    `cullis` [1]: 1 − blup / 2σ²; `piepho` [2], eq. 19: σ² / (σ² + blue / 2); `standard`:
    σ² / (σ² + residual / replicates), which holds for complete blocks only.
    """
    if not genetic > 0.0:
        return Heritability(float("nan"), float("nan"), float("nan"))
    return Heritability(
        cullis=1.0 - blup_difference / (2.0 * genetic),
        piepho=genetic / (genetic + blue_difference / 2.0),
        standard=genetic / (genetic + residual / replicates),
    )


def _none(levels: int) -> Prediction:
    return Prediction(np.zeros(levels), np.zeros((levels, levels)))
