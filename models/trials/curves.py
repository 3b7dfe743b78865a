"""How the response follows the dose: a line, a parabola, or a rise that stops at a plateau.

The join of a plateau is found by its profile: at a given join the curve is linear in what is left,
so the sum of squares is a function of the join alone, searched between every two doses.

References
----------
[1] Cerrato, Blackmer (1990), Comparison of models for describing corn yield response to nitrogen
    fertilizer. doi:10.2134/agronj1990.00021962008200010030x
[2] Draper, Smith (1998), Applied Regression Analysis, 3rd edition, chapters 2 and 24.
    doi:10.1002/9781118625590
[3] Fieller (1954), Some problems in interval estimation. J. R. Statist. Soc. B 16, 175–185.
[4] Bates, Watts (1988), Nonlinear Regression Analysis and Its Applications, section 6.1.2.
    doi:10.1002/9780470316757
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import f as fisher
from scipy.stats import t as student

Array = NDArray[np.float64]
Shape = Callable[[Array, float], Array]

GRID = 40  # joins tried between two doses before the best is refined
FLAT = 1e-9  # of the range of the response: a rise that is rounding
INSIDE = 0.01  # of the first step between doses: the earliest join that is tried


@dataclass(frozen=True, slots=True)
class Line:
    """intercept + slope x; `lack_of_fit` as of Quadratic."""

    intercept: float
    slope: float
    slope_se: float
    rss: float
    lack_of_fit: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Quadratic:
    """intercept + linear x + quadratic x²; `optimum` is where it turns, a maximum if `concave`.

    `covariance` is that of the linear and quadratic coefficients. `lack_of_fit` compares it with a
    mean for each dose: F, its two degrees of freedom and p; NaN without replicates.
    """

    intercept: float
    linear: float
    quadratic: float
    linear_se: float
    quadratic_se: float
    optimum: float
    concave: bool
    rss: float
    covariance: Array
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


def line(dose: Array, response: Array, *, others: Array | None = None) -> Line:
    """Least squares of a straight line; arguments as of `quadratic`, two doses at least."""
    x, y, rest = _given(dose, response, others, least=2)
    columns = np.column_stack([np.ones(len(x)), x, rest])
    beta, rss, df, inverse = _least_squares(columns, y)
    se = float(np.sqrt(inverse[1, 1] * (rss / df if df else np.nan)))
    return Line(float(beta[0]), float(beta[1]), se, rss, _lack_of_fit(x, y, rest, (rss, df)))


def quadratic(dose: Array, response: Array, *, others: Array | None = None) -> Quadratic:
    """Least squares of a parabola.

    Parameters
    ----------
    dose, response : (n,)  NaN where the plot is missing; three doses at least.
    others : (n, p)  Columns of blocks or covariates, taken at their mean. [-]
    """
    x, y, rest = _given(dose, response, others, least=3)
    columns = np.column_stack([np.ones(len(x)), x, x**2, rest])
    beta, rss, df, inverse = _least_squares(columns, y)
    covariance = inverse[1:3, 1:3] * (rss / df if df else np.nan)
    se = np.sqrt(np.diag(covariance))
    turn = -beta[1] / (2.0 * beta[2]) if beta[2] != 0.0 else float("nan")
    return Quadratic(
        intercept=float(beta[0]),
        linear=float(beta[1]),
        quadratic=float(beta[2]),
        linear_se=float(se[0]),
        quadratic_se=float(se[1]),
        optimum=float(turn),
        concave=bool(beta[2] < 0.0),
        rss=rss,
        covariance=covariance,
        lack_of_fit=_lack_of_fit(x, y, rest, (rss, df)),
    )


def turn_interval(curve: Quadratic, df: float, *, alpha: float = 0.05) -> tuple[float, float]:
    """The doses at which a parabola may turn [3]; NaN where its bend is not told from nothing.

    `df` : Residual degrees of freedom of its fit. [-]
    """
    spread = float(student.isf(alpha / 2.0, df)) ** 2 * curve.covariance
    b, c = curve.linear, curve.quadratic
    # (b + 2cθ)² ≤ t² Var(b + 2cθ): a parabola in θ that opens upwards if c differs from 0.
    top = 4.0 * (c * c - spread[1, 1])
    middle = 4.0 * (b * c - spread[0, 1])
    within = middle**2 - 4.0 * top * (b * b - spread[0, 0])
    if not (top > 0.0 and within >= 0.0):
        return float("nan"), float("nan")
    root = float(np.sqrt(within))
    return float((-middle - root) / (2.0 * top)), float((-middle + root) / (2.0 * top))


def quadratic_plateau(
    dose: Array, response: Array, *, others: Array | None = None
) -> QuadraticPlateau:
    """The parabola that ends in its own summit [1], at the least of all sums of squares.

    Parameters as of `quadratic`.
    """
    seen = _Seen(*_given(dose, response, others, least=3), _parabola)
    join = seen.best_join()
    (ymax, k), rss = seen.at(join)
    below = np.maximum(join - seen.x, 0.0)
    slopes = np.column_stack([np.ones(len(seen.x)), -0.5 * below**2, -k * below])
    ymax_se, k_se, join_se = _standard_errors(slopes, rss, seen.basis)
    known = _identified(join, seen.x, rises=k * join**2 > FLAT * float(np.ptp(seen.y)))
    return QuadraticPlateau(ymax, k, join, ymax_se, k_se, join_se, rss, known)


def linear_plateau(dose: Array, response: Array, *, others: Array | None = None) -> LinearPlateau:
    """The straight rise that ends in a plateau [1], at the least of all sums of squares.

    Parameters as of `quadratic`.
    """
    seen = _Seen(*_given(dose, response, others, least=3), np.minimum)
    join = seen.best_join()
    (intercept, slope), rss = seen.at(join)
    rises = slope * float(np.ptp(seen.x)) > FLAT * float(np.ptp(seen.y))
    known = _identified(join, seen.x, rises=rises)
    return LinearPlateau(intercept, slope, join, intercept + slope * join, rss, known)


def join_interval(
    curve: QuadraticPlateau | LinearPlateau,
    dose: Array,
    response: Array,
    *,
    df: float,
    others: Array | None = None,
    alpha: float = 0.05,
) -> tuple[float, float]:
    """The joins whose sum of squares F does not tell from the least [4], cut at the doses tried.

    `df` : Residual degrees of freedom of the curve. [-]
    """
    shape = _parabola if isinstance(curve, QuadraticPlateau) else np.minimum
    seen = _Seen(*_given(dose, response, others, least=3), shape)
    most = curve.rss * (1.0 + float(fisher.isf(alpha, 1, df)) / df)
    doses = np.unique(seen.x)
    return (
        _crossing(seen, curve.join, float(doses[0] + INSIDE * (doses[1] - doses[0])), most),
        _crossing(seen, curve.join, float(doses[-1]), most),
    )


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


def _given(
    dose: Array, response: Array, others: Array | None, *, least: int
) -> tuple[Array, Array, Array]:
    """Doses, responses and the other columns about their mean, of the plots that have both."""
    used = np.isfinite(dose) & np.isfinite(response)
    doses = len(np.unique(dose[used]))
    if doses < least:
        raise ValueError(f"dose must have {least} levels with a response at least: {doses}")
    rest = np.empty((int(used.sum()), 0)) if others is None else others[used]
    return dose[used], response[used], np.asarray(rest - rest.mean(axis=0), dtype=float)


class _Seen:
    """Plots seen through one shape; what other columns say is taken out of both sides."""

    def __init__(self, x: Array, y: Array, rest: Array, shape: Shape) -> None:
        self.x, self.y, self.shape = x, y, shape
        self.basis = _basis(np.column_stack([np.ones(len(x)), rest]))
        self.left = self._outside(y)

    def _outside(self, values: Array) -> Array:
        return np.asarray(values - self.basis @ (self.basis.T @ values), dtype=float)

    def at(self, join: float) -> tuple[tuple[float, float], float]:
        """The two coefficients that are linear at a given join, and the sum of squares."""
        column = self.shape(self.x, join)
        off = self._outside(column)
        spread = float(off @ off)
        slope = float(off @ self.left) / spread if spread > 0.0 else 0.0
        level = float(self.y.mean() - slope * column.mean())
        residual = self.left - slope * off
        return (level, slope), float(residual @ residual)

    def best_join(self) -> float:
        """The join with the least sum of squares, the best of every gap refined in its cell."""
        doses = np.unique(self.x)
        grid = _joins(doses)
        tried = [self.at(float(join))[1] for join in grid]
        best = int(np.argmin(tried))
        found = minimize_scalar(
            lambda join: self.at(float(join))[1],
            bounds=(grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]),
            method="bounded",
            options={"xatol": 1e-9 * float(doses[-1] - doses[0])},
        )
        return float(found.x) if found.fun < tried[best] else float(grid[best])


def _joins(doses: Array) -> Array:
    """The joins that are tried: a grid in every gap between two doses."""
    starts = np.concatenate([[doses[0] + INSIDE * (doses[1] - doses[0])], doses[1:]])
    gaps = zip(starts[:-1], doses[1:], strict=True)
    return np.concatenate([*(np.linspace(a, b, GRID, endpoint=False) for a, b in gaps), doses[-1:]])


def _basis(columns: Array) -> Array:
    """An orthonormal basis of columns of any rank."""
    left, values, _ = np.linalg.svd(columns, full_matrices=False)
    return np.asarray(left[:, values > 1e-10 * values[0]], dtype=float)


def _crossing(seen: _Seen, join: float, end: float, most: float) -> float:
    """Where the sum of squares first exceeds `most` on the way from the best join to an end."""
    before = join
    for tried in np.linspace(join, end, 4 * GRID)[1:]:
        if seen.at(float(tried))[1] > most:
            return float(brentq(lambda at: seen.at(float(at))[1] - most, before, float(tried)))
        before = float(tried)
    return end


def _identified(join: float, x: Array, *, rises: bool) -> bool:
    """Two doses below the join and one above determine it, on a curve that rises."""
    doses = np.unique(x)
    return bool(rises and np.sum(doses < join) >= 2 and np.any(doses > join))


def _least_squares(columns: Array, y: Array) -> tuple[Array, float, int, Array]:
    """Coefficients, sum of squares, degrees of freedom and inverse of the products [2]."""
    scale = np.abs(columns).max(axis=0)
    scale = np.where(scale > 0.0, scale, 1.0)
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
    x: Array, y: Array, rest: Array, fitted: tuple[float, int]
) -> tuple[float, float, float, float]:
    """F, degrees of freedom and p of what a mean for each dose explains beyond the curve [2]."""
    means = np.column_stack([x[:, None] == np.unique(x), rest]).astype(float)
    _, pure, pure_df, _ = _least_squares(means, y)
    rss, df = fitted
    lost = df - pure_df
    if lost < 1 or pure_df < 1 or pure <= 0.0:
        return float("nan"), float(lost), float(pure_df), float("nan")
    f = (rss - pure) / lost / (pure / pure_df)
    return float(f), float(lost), float(pure_df), float(fisher.sf(f, lost, pure_df))


def _standard_errors(slopes: Array, rss: float, basis: Array) -> list[float]:
    """Of a curve's parameters, from its slopes at the solution [2]; NaN where they are not free.

    `basis` holds the mean and the other columns, which are fitted too.
    """
    scale = np.linalg.norm(slopes, axis=0)
    df = len(slopes) - (slopes.shape[1] - 1) - basis.shape[1]
    if df < 1 or not scale.all() or np.linalg.matrix_rank(slopes / scale, 1e-8) < len(scale):
        return [float("nan")] * len(scale)
    ones = np.full((len(slopes), 1), len(slopes) ** -0.5)
    rest = basis - ones @ (ones.T @ basis)
    left, values, _ = np.linalg.svd(rest, full_matrices=False)
    others = left[:, values > 1e-10]
    free = slopes / scale - others @ (others.T @ (slopes / scale))
    inverse = np.linalg.inv(free.T @ free)
    return [float(one) for one in np.sqrt(np.diag(inverse) * rss / df) / scale]
