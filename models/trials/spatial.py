"""Plots that resemble their neighbours: residuals that fade along rows and columns of the field.

The correlation of two plots is ρᵣ^|Δrow| ρ_c^|Δcolumn|, first-order autoregressive in both
directions, with or without a share ν of each plot's variance that no neighbour has:
V = σ² [(1 − ν) AR1 ⊗ AR1 + ν I].

References
----------
[1] Gilmour, Cullis, Verbyla (1997), Accounting for natural and extraneous variation in the analysis
    of field experiments. doi:10.2307/1400446
[2] Cullis, Gleeson (1991), Spatial analysis of field experiments: an extension to two dimensions.
    doi:10.2307/2532398
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import linalg, optimize

from models.trials.sheet import Array, Factor

MOST = 0.995  # of a correlation: nearer to one, the field has a trend and no correlation
MOST_NUGGET = 0.98  # of a share; beyond it nothing is left to be correlated
STARTS = (0.2, 0.7)  # correlations that the search begins from
PLOTS = 1500  # above which the matrix of all pairs of plots is too large to be searched over


@dataclass(frozen=True, slots=True)
class Correlation:
    """How plots resemble each other at the greatest restricted likelihood.

    `variance` is σ² [unit of the response²], `nugget` the share ν; `loglik` is the restricted
    log-likelihood with this X; `root` is the lower Cholesky factor of V / σ².
    """

    variance: float
    rho_row: float
    rho_column: float
    nugget: float
    loglik: float
    root: Array


def position(lines: Factor) -> Array:
    """Where each plot lies along its rows or columns: their numbers, else their order. (plots,)"""
    try:
        places = np.array([float(level) for level in lines.levels])
    except ValueError:
        places = np.arange(len(lines.levels), dtype=float)
    return np.asarray(places[lines.codes])


def fit(y: Array, x: Array, row: Array, column: Array, *, nugget: bool) -> Correlation:
    """Correlations of neighbours by restricted maximum likelihood [1, 2].

    Parameters
    ----------
    y : (plots,)  Response, without missing values.
    x : (plots, coefficients)  Fixed columns of full rank.
    row, column : (plots,)  Place of each plot, in plots.
    nugget : Whether each plot also has a variance of its own.

    Raises
    ------
    ValueError  There are more plots than the search can hold.
    """
    if len(y) > PLOTS:
        raise ValueError(f"spatial analysis holds {PLOTS} plots at most: {len(y)}; split the trial")
    apart = (np.abs(row[:, None] - row), np.abs(column[:, None] - column))

    def lost(place: Array) -> float:
        return -_likelihood(y, x, _correlation(apart, place))[0]

    found = min((_searched(lost, start, nugget) for start in STARTS), key=lost)
    correlation = _correlation(apart, found)
    loglik, variance = _likelihood(y, x, correlation)
    share = float(found[2]) if nugget else 0.0
    root = np.asarray(np.linalg.cholesky(correlation), dtype=float)
    return Correlation(variance, float(found[0]), float(found[1]), share, loglik, root)


def independent(y: Array, x: Array) -> float:
    """The restricted log-likelihood when no plot resembles another."""
    return _likelihood(y, x, np.eye(len(y)))[0]


def _searched(lost: Callable[[Array], float], start: float, nugget: bool) -> Array:
    """The correlations at which least is lost, from one start."""
    place = [start, start, *([0.3] if nugget else [])]
    bounds = [(-MOST, MOST)] * 2 + [(0.0, MOST_NUGGET)] * nugget
    near = optimize.minimize(lost, place, method="L-BFGS-B", bounds=bounds)
    exact = optimize.minimize(
        lost,
        np.asarray(near.x, dtype=float),
        method="Nelder-Mead",
        bounds=bounds,
        options={"xatol": 1e-7, "fatol": 1e-9, "maxiter": 2000},
    )
    return np.asarray(exact.x, dtype=float)


def _correlation(apart: tuple[Array, Array], place: Array) -> Array:
    """V / σ²; a plot is alike with itself, whatever the correlation of neighbours. [-]"""
    alike = fading(float(place[0]), apart[0]) * fading(float(place[1]), apart[1])
    own = float(place[2]) if len(place) > 2 else 0.0
    alike = (1.0 - own) * alike
    alike[np.diag_indices_from(alike)] += own
    return alike


def fading(rho: float, apart: Array) -> Array:
    """ρ^d, also 0⁰ = 1; below zero it takes turns from plot to plot."""
    size: Array = abs(rho) ** apart
    return size if rho >= 0.0 else size * np.cos(np.pi * apart)


def _likelihood(y: Array, x: Array, correlation: Array) -> tuple[float, float]:
    """Restricted log-likelihood with σ² at its best, and that σ²."""
    try:
        root = np.linalg.cholesky(correlation)
    except np.linalg.LinAlgError:
        return -np.inf, np.nan
    white = linalg.solve_triangular(root, np.column_stack([x, y]), lower=True)
    return restricted(white, 2.0 * float(np.log(np.diag(root)).sum()))


def restricted(white: Array, logdet: float) -> tuple[float, float]:
    """Restricted log-likelihood with σ² at its best, and that σ².

    Parameters
    ----------
    white : (plots, coefficients + 1)  X and then y, times the inverse root of V / σ².
    logdet : log |V / σ²|.
    """
    triangle = linalg.qr(white, mode="r")[0]
    coefficients = white.shape[1] - 1
    degrees = len(white) - coefficients
    variance = float(triangle[coefficients, coefficients] ** 2) / degrees
    inside = np.abs(np.diag(triangle)[:coefficients])
    logdet += 2.0 * float(np.log(inside).sum())
    return -0.5 * (degrees * (np.log(2.0 * np.pi * variance) + 1.0) + logdet), variance
