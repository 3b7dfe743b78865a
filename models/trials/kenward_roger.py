"""Tests of fixed effects in small mixed models: Kenward and Roger, Satterthwaite.

References
----------
[1] Kenward, Roger (1997), Small sample inference for fixed effects from restricted maximum
    likelihood. doi:10.2307/2533558
[2] Halekoh, Højsgaard (2014), A Kenward-Roger approximation and parametric bootstrap methods for
    tests in linear mixed models. doi:10.18637/jss.v059.i09
[3] Fai, Cornelius (1996), Approximate F-tests of multiple degree of freedom hypotheses in
    generalized least squares analyses of unbalanced split-plot experiments.
    doi:10.1080/00949659608811740
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import linalg
from scipy.stats import f as fisher

from models.trials.mixed import Fit

Array = NDArray[np.float64]

NEAR_TWO = 0.01  # denominator degrees of freedom this near to 2 leave F unscaled [2]


@dataclass(frozen=True, slots=True)
class Adjusted:
    """The covariance of the fixed effects, allowing for estimated variances.

    `slopes` are Pᵢ = −X'V⁻¹VᵢV⁻¹X, `uncertainty` the covariance W of the variances.
    """

    covariance: Array
    plain: Array
    slopes: tuple[Array, ...]
    uncertainty: Array


@dataclass(frozen=True, slots=True)
class Test:
    """An F test of a hypothesis about the fixed effects."""

    df: float
    ddf: float
    f: float
    p: float


def adjusted(fit: Fit) -> Adjusted:
    """Covariance of the fixed effects after Kenward and Roger [1], V linear in its variances.

    The products of V⁻¹ that they need are taken in the space of the coefficients, from
    V⁻¹ = V⁻¹ V V⁻¹ for those of the residual.
    """
    plain = fit.covariance
    total = float(fit.variances.sum())
    uncertainty = np.asarray(2.0 * total**2 * linalg.pinvh(_scaled(fit.information, total)))
    slopes, products = _products(fit)
    middle = np.zeros_like(plain)
    for row, weights, slope in zip(products, uncertainty, slopes, strict=True):
        middle += sum(w * q for w, q in zip(weights, row, strict=True))
        middle -= slope @ plain @ sum(w * p for w, p in zip(weights, slopes, strict=True))
    middle = 0.5 * (middle + middle.T)
    covariance = plain + 2.0 * plain @ middle @ plain
    return Adjusted(covariance, plain, tuple(slopes), uncertainty)


def _scaled(information: Array, total: float) -> Array:
    """The information on variances as shares of their total: one tolerance serves all units."""
    return information * total**2


def _products(fit: Fit) -> tuple[list[Array], list[list[Array]]]:
    """Pᵢ and Qᵢⱼ = X'V⁻¹VᵢV⁻¹VⱼV⁻¹X of each pair of variances, the residual last [1]."""
    spans, residual = fit.design.spans, float(fit.variances[-1])
    others = fit.variances[:-1]
    tall, square = fit.pieces.zvx, fit.pieces.zvz
    # Zᵢ'V⁻²X and X'V⁻²X
    spread = np.repeat(others, [span.stop - span.start for span in spans])
    twice = (tall - square @ (spread[:, None] * tall)) / residual
    grams = [tall[s].T @ tall[s] for s in spans]
    xvvx = fit.pieces.xvx.copy()
    for variance, gram in zip(others, grams, strict=True):
        xvvx -= variance * gram
    xvvx /= residual
    slopes = [-g for g in grams] + [-xvvx]
    products = [[tall[a].T @ square[a, b] @ tall[b] for b in spans] for a in spans]
    crossed = [tall[s].T @ twice[s] for s in spans]
    for row, cross in zip(products, crossed, strict=True):
        row.append(cross)
    last = xvvx.copy()
    for variance, cross in zip(others, crossed, strict=True):
        last -= variance * cross
    products.append([*(cross.T for cross in crossed), last / residual])
    return slopes, products


def wald(fit: Fit, known: Adjusted, contrasts: Array) -> Test:
    """F test of L β = 0 with the scaling and denominator of Kenward and Roger [1, 2].

    Parameters
    ----------
    contrasts : (rows, coefficients)  L, of rows that do not depend on each other.
    """
    rows, q = contrasts, contrasts.shape[0]
    if q == 0:
        return Test(0.0, np.nan, np.nan, np.nan)
    estimate = rows @ fit.beta
    raw = float(estimate @ np.linalg.solve(rows @ known.covariance @ rows.T, estimate)) / q
    scaling, ddf = _scaling(known, rows, q)
    value = scaling * raw
    return Test(float(q), ddf, value, float(fisher.sf(value, q, ddf)))


def _scaling(known: Adjusted, rows: Array, q: int) -> tuple[float, float]:
    """Scale of F and denominator degrees of freedom [1, section 3], guarded as in [2]."""
    half = rows @ known.plain
    factor = linalg.cho_factor(half @ rows.T)
    turned = [linalg.cho_solve(factor, half @ slope @ half.T) for slope in known.slopes]
    traces = np.array([float(np.trace(part)) for part in turned])
    crossed = np.array([[float((a * b.T).sum()) for b in turned] for a in turned])
    a1 = float(traces @ known.uncertainty @ traces)
    a2 = float((known.uncertainty * crossed).sum())
    b = (a1 + 6.0 * a2) / (2.0 * q)
    g = _ratio((q + 1.0) * a1 - (q + 4.0) * a2, (q + 2.0) * a2)
    c = 3.0 * q + 2.0 * (1.0 - g)
    v0, v1, v2 = 1.0 + g / c * b, 1.0 - (q - g) / c * b, 1.0 - (q + 2.0 - g) / c * b
    v0 = 0.0 if abs(v0) < 1e-10 else v0
    rho = (_ratio(1.0 - a2 / q, v1) ** 2) * v0 / (q * v2)
    ddf = 4.0 + (q + 2.0) / (q * rho - 1.0)
    scaling = 1.0 if abs(ddf - 2.0) < NEAR_TWO else ddf * (1.0 - a2 / q) / (ddf - 2.0)
    return scaling, ddf


def _ratio(above: float, below: float) -> float:
    """A quotient of the scaling; 0/0, which balanced layouts give, counts as one [2]."""
    if abs(above) < 1e-10 and abs(below) < 1e-10:
        return 1.0
    return above / below


def single_df(known: Adjusted, contrasts: Array) -> Array:
    """Degrees of freedom of each row of L by itself: with one row, [1] reduces to this.

    Parameters
    ----------
    contrasts : (rows, coefficients)

    Returns
    -------
    (rows,)
    """
    half = contrasts @ known.plain
    size = (half * contrasts).sum(axis=1)
    slopes = np.array([((half @ slope) * half).sum(axis=1) for slope in known.slopes])
    spread = np.einsum("ir,ij,jr->r", slopes, known.uncertainty, slopes)
    return np.asarray(2.0 * size**2 / spread, dtype=float)


def satterthwaite(fit: Fit, known: Adjusted, contrasts: Array) -> Test:
    """F test of L β = 0 with the denominator of Satterthwaite [3].

    The hypothesis is turned into independent contrasts of which each has its own degrees of
    freedom. The covariance stays plain, that of the variances follows from the observed
    information, and variances at zero count as known.
    """
    known = _observed(fit, known)
    q = contrasts.shape[0]
    values, vectors = np.linalg.eigh(contrasts @ known.plain @ contrasts.T)
    turned = vectors.T @ contrasts
    t2 = (turned @ fit.beta) ** 2 / values
    value = float(t2.mean())
    each = single_df(known, turned)
    ddf = float(each[0]) if q == 1 else _pooled_df(each)
    return Test(float(q), ddf, value, float(fisher.sf(value, q, ddf)))


def _pooled_df(each: Array) -> float:
    """Denominator of the mean of squared t values [3]; equal ones pool to themselves."""
    if float(np.ptp(each)) < 1e-8 * float(each.mean()):
        return float(each.mean())
    if float(each.min()) <= 2.0:
        return 2.0
    expected = float((each / (each - 2.0)).sum())
    return 2.0 * expected / (expected - len(each))


def _observed(fit: Fit, known: Adjusted) -> Adjusted:
    """The variances' covariance by the observed information, of those that are above zero."""
    free = fit.variances > 0.0
    total = float(fit.variances.sum())
    inner = np.ix_(free, free)
    uncertainty = np.zeros_like(fit.observed)
    uncertainty[inner] = 2.0 * total**2 * linalg.pinvh(_scaled(fit.observed, total)[inner])
    return replace(known, uncertainty=uncertainty)
