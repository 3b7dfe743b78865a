"""How the response follows the dose: a parabola, or a rise that stops at a plateau.

The join of a plateau is found by its profile: at a given join the curve is linear in what is left,
so the sum of squares is a function of the join alone, searched between every two doses.

References
----------
[1] Cerrato, Blackmer (1990), Comparison of models for describing corn yield response to nitrogen
    fertilizer. doi:10.2134/agronj1990.00021962008200010030x
[2] Draper, Smith (1998), Applied Regression Analysis, 3rd edition, chapters 2 and 24.
    doi:10.1002/9781118625590
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.stats import f as fisher

Array = NDArray[np.float64]
Shape = Callable[[Array, float], Array]

GRID = 40  # joins tried between two doses before the best is refined
FLAT = 1e-9  # of the range of the response: a rise that is rounding
INSIDE = 0.01  # of the first step between doses: the earliest join that is tried


@dataclass(frozen=True, slots=True)
class Quadratic:
    """intercept + linear x + quadratic x²; `optimum` is where it turns, a maximum if `concave`.

    `lack_of_fit` compares it with a mean for each dose: F, its two degrees of freedom and p; NaN
    without replicates.
    """

    intercept: float
    linear: float
    quadratic: float
    linear_se: float
    quadratic_se: float
    optimum: float
    concave: bool
    rss: float
    lack_of_fit: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class QuadraticPlateau:
    """ymax − k (join − x)² / 2 below the join, ymax above.

    Where `identified` is False the doses do not determine the join: only `rss` means something.
    """

    ymax: float
    k: float
    join: float
    ymax_se: float
    k_se: float
    join_se: float
    rss: float
    identified: bool


@dataclass(frozen=True, slots=True)
class LinearPlateau:
    """intercept + slope x up to the join, `plateau` above; `identified` as of QuadraticPlateau."""

    intercept: float
    slope: float
    join: float
    plateau: float
    rss: float
    identified: bool


def quadratic(dose: Array, response: Array, *, others: Array | None = None) -> Quadratic:
    """Least squares of a parabola.

    Parameters
    ----------
    dose, response : (n,)  NaN where the plot is missing.
    others : (n, p)  Columns of blocks or covariates, taken at their mean. [-]
    """
    used = _used(dose, response, least=3)
    x, y = dose[used], response[used]
    rest = np.empty((len(x), 0)) if others is None else others[used] - others[used].mean(axis=0)
    columns = np.column_stack([np.ones(len(x)), x, x**2])
    beta, rss, df, inverse = _least_squares(np.column_stack([columns, rest]), y)
    se = np.sqrt(np.diag(inverse)[1:3] * (rss / df if df else np.nan))
    turn = -beta[1] / (2.0 * beta[2]) if beta[2] != 0.0 else float("nan")
    means = np.column_stack([x[:, None] == np.unique(x), rest]).astype(float)
    _, pure, pure_df, _ = _least_squares(means, y)
    return Quadratic(
        intercept=float(beta[0]),
        linear=float(beta[1]),
        quadratic=float(beta[2]),
        linear_se=float(se[0]),
        quadratic_se=float(se[1]),
        optimum=float(turn),
        concave=bool(beta[2] < 0.0),
        rss=rss,
        lack_of_fit=_lack_of_fit(rss, df, pure, pure_df),
    )


def quadratic_plateau(dose: Array, response: Array) -> QuadraticPlateau:
    """The parabola that ends in its own summit [1], at the least of all sums of squares.

    Parameters
    ----------
    dose, response : (n,)  NaN where the plot is missing; three doses at least.
    """
    used = _used(dose, response, least=3)
    x, y = dose[used], response[used]
    join = _best_join(x, y, _parabola)
    (ymax, k), rss = _at(join, x, y, _parabola)
    below = np.maximum(join - x, 0.0)
    slopes = np.column_stack([np.ones(len(x)), -0.5 * below**2, -k * below])
    ymax_se, k_se, join_se = _standard_errors(slopes, rss)
    known = _identified(join, x, rises=k * join**2 > FLAT * float(np.ptp(y)))
    return QuadraticPlateau(ymax, k, join, ymax_se, k_se, join_se, rss, known)


def linear_plateau(dose: Array, response: Array) -> LinearPlateau:
    """The straight rise that ends in a plateau [1], at the least of all sums of squares.

    Parameters
    ----------
    dose, response : (n,)  NaN where the plot is missing; three doses at least.
    """
    used = _used(dose, response, least=3)
    x, y = dose[used], response[used]
    join = _best_join(x, y, np.minimum)
    (intercept, slope), rss = _at(join, x, y, np.minimum)
    known = _identified(join, x, rises=slope * float(np.ptp(x)) > FLAT * float(np.ptp(y)))
    return LinearPlateau(intercept, slope, join, intercept + slope * join, rss, known)


def economic_optimum(curve: Quadratic | QuadraticPlateau | LinearPlateau, ratio: float) -> float:
    """The dose beyond which one more unit costs more than it brings [1].

    Parameters
    ----------
    curve : Fitted.
    ratio : Price of a unit of dose over price of a unit of response.

    Returns
    -------
    Not below 0; NaN for a parabola without a maximum or a plateau that is not identified.
    """
    if isinstance(curve, Quadratic):
        best = (ratio - curve.linear) / (2.0 * curve.quadratic) if curve.concave else float("nan")
    elif not curve.identified:
        best = float("nan")
    elif isinstance(curve, QuadraticPlateau):
        best = curve.join - ratio / curve.k
    else:
        best = curve.join if curve.slope > ratio else 0.0
    return best if np.isnan(best) else max(best, 0.0)


def _parabola(x: Array, join: float) -> Array:
    return np.asarray(-0.5 * np.maximum(join - x, 0.0) ** 2, dtype=float)


def _used(dose: Array, response: Array, *, least: int) -> NDArray[np.bool_]:
    used = np.isfinite(dose) & np.isfinite(response)
    doses = len(np.unique(dose[used]))
    if doses < least:
        raise ValueError(f"dose must have {least} levels with a response at least: {doses}")
    return np.asarray(used)


def _best_join(x: Array, y: Array, shape: Shape) -> float:
    """The join with the least sum of squares, the best of every gap refined within its cell."""
    doses = np.unique(x)
    starts = np.concatenate([[doses[0] + INSIDE * (doses[1] - doses[0])], doses[1:]])
    grid = np.concatenate(
        [
            np.linspace(a, b, GRID, endpoint=False)
            for a, b in zip(starts[:-1], doses[1:], strict=True)
        ]
        + [doses[-1:]]
    )
    tried = [_at(float(join), x, y, shape)[1] for join in grid]
    best = int(np.argmin(tried))
    span = float(doses[-1] - doses[0])
    found = minimize_scalar(
        lambda join: _at(float(join), x, y, shape)[1],
        bounds=(grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]),
        method="bounded",
        options={"xatol": 1e-9 * span},
    )
    return float(found.x) if found.fun < tried[best] else float(grid[best])


def _at(join: float, x: Array, y: Array, shape: Shape) -> tuple[tuple[float, float], float]:
    """The two coefficients that are linear at a given join, and the sum of squares."""
    column = shape(x, join)
    off = column - column.mean()
    spread = float(off @ off)
    slope = float(off @ y) / spread if spread > 0.0 else 0.0
    level = float(y.mean() - slope * column.mean())
    residual = y - level - slope * column
    return (level, slope), float(residual @ residual)


def _identified(join: float, x: Array, *, rises: bool) -> bool:
    """Two doses below the join and one above determine it, on a curve that rises."""
    doses = np.unique(x)
    return bool(rises and np.sum(doses < join) >= 2 and np.any(doses > join))


def _least_squares(columns: Array, y: Array) -> tuple[Array, float, int, Array]:
    """Coefficients, sum of squares, degrees of freedom and inverse of the products [2]."""
    scale = np.maximum(np.abs(columns).max(axis=0), np.finfo(float).tiny)
    inverse = np.linalg.pinv(columns / scale, rcond=1e-10)
    beta = inverse @ y / scale
    residual = y - columns @ beta
    rank = int(np.linalg.matrix_rank(columns / scale))
    return (
        beta,
        float(residual @ residual),
        len(y) - rank,
        inverse @ inverse.T / np.outer(scale, scale),
    )


def _lack_of_fit(
    rss: float, df: int, pure: float, pure_df: int
) -> tuple[float, float, float, float]:
    lost = df - pure_df
    if lost < 1 or pure_df < 1 or pure <= 0.0:
        return float("nan"), float(lost), float(pure_df), float("nan")
    f = (rss - pure) / lost / (pure / pure_df)
    return float(f), float(lost), float(pure_df), float(fisher.sf(f, lost, pure_df))


def _standard_errors(slopes: Array, rss: float) -> list[float]:
    """Of a curve's parameters, from its slopes at the solution [2]; NaN where they are not free."""
    scale = np.linalg.norm(slopes, axis=0)
    df = len(slopes) - slopes.shape[1]
    if df < 1 or not scale.all() or np.linalg.matrix_rank(slopes / scale, 1e-8) < len(scale):
        return [float("nan")] * len(scale)
    inverse = np.linalg.inv((slopes / scale).T @ (slopes / scale))
    return [float(one) for one in np.sqrt(np.diag(inverse) * rss / df) / scale]
