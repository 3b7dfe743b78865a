"""Several treatments against one control: the multivariate Student distribution, two-sided.

Means that are estimated independently have correlations of product form, r_ij = b_i b_j, and the
probability is a double integral, found to ten digits. Other correlations (covariates, lost plots,
incomplete blocks) are near that form: Genz's separation of variables, on one fixed low-discrepancy
set, gives the difference between them and the nearest correlations of product form, and what it
errs by nearly cancels. The same question gets the same figure every time.

References
----------
[1] Dunnett (1955), A multiple comparison procedure for comparing several treatments with a
    control. doi:10.1080/01621459.1955.10501294
[2] Genz, Bretz (2009), Computation of Multivariate Normal and t Probabilities.
    doi:10.1007/978-3-642-01689-9
[3] Harman, Jones (1966), Factor analysis by minimizing residuals. doi:10.1007/BF02289468
"""

from collections.abc import Callable

import numpy as np
from numpy.polynomial import Chebyshev
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import gammaincinv, ndtr, ndtri
from scipy.stats import qmc

from models.trials import smooth

Array = NDArray[np.float64]
Codes = NDArray[np.int64]
Coverage = Callable[[float, float], float]

FEWEST, MOST_POINTS = 12, 14  # powers of two: points at which coverage is within 0.0001
COORDINATES = 19  # power of two: points × treatments that are spent in between
MANY = 12
DF_NODES = 4  # degrees of freedom at which a critical value itself is found
C_NODES = 32  # values of c at which what MANY treatments are off is found; 16 err by 0.002
C_LOW, C_TOP = 0.5, 7.5  # outside, that is below 0.0001
LARGEST_DF = 1e7  # as good as infinite
SWEEPS = 1000
MOST = 0.95  # of a loading: beyond, the steps over z are too coarse for what is left
SAME = 1e-9  # correlations as near as that are of product form
RIDGE = 1e-12  # smallest share of a variance that is left when correlations are singular


def p_values(t: Array, correlation: Array, df: Array) -> Array:
    """Probability that the largest |t| of the family exceeds each of those seen.

    Parameters
    ----------
    t : (k,)  Student statistics, treatment against control; NaN gives NaN.
    correlation : (k, k)  Of the differences, of full or lower rank.
    df : (k,)  Degrees of freedom. [-]
    """
    product, off = _coverage(correlation, df)
    found = np.full(len(t), np.nan)
    for i in np.flatnonzero(np.isfinite(t) & (df > 0.0)):
        c, of = abs(float(t[i])), float(df[i])
        found[i] = 1.0 - product(c, of) - off(c, of)
    return np.asarray(np.clip(found, 0.0, 1.0), dtype=float)


def critical_values(alpha: float, correlation: Array, df: Array) -> Array:
    """(k,) What the largest |t| exceeds with probability alpha, for each of `df`."""
    product, off = _coverage(correlation, df)
    return smooth.over_df(
        lambda once: np.array([_critical(product, off, alpha, float(one)) for one in once]),
        df,
        nodes=DF_NODES,
    )


def _critical(product: Coverage, off: Coverage, alpha: float, df: float) -> float:
    """The root of product + off, whose second part is small and hardly changes nearby."""
    near = _root(product, 1.0 - alpha, df)
    rest = off(near, df)
    return _root(product, min(1.0 - alpha - rest, 1.0 - 0.1 * alpha), df) if rest else near


def _root(product: Coverage, share: float, df: float) -> float:
    top = 4.0
    while product(top, df) < share:
        top *= 2.0
    return float(brentq(lambda c: product(float(c), df) - share, 0.0, top, xtol=1e-7))


def _coverage(correlation: Array, df: Array) -> tuple[Coverage, Coverage]:
    """Two functions (c, df) whose sum is P(all |t| ≤ c), for df like those given.

    The first is the probability of the nearest correlations of product form, the second by how much
    it is off.
    """
    loadings = _loadings(correlation)
    near = np.outer(loadings, loadings)
    np.fill_diagonal(near, 1.0)
    once, times = np.unique(np.round(loadings, 12), return_counts=True)

    def product(c: float, df: float) -> float:
        return _product(c, once, times, df)

    if len(correlation) == 1 or float(np.abs(near - correlation).max()) < SAME:
        return product, lambda _c, _df: 0.0
    off = _off(correlation, near)
    if len(correlation) >= MANY:
        middle = float(np.median(df[df > 0.0])) if np.any(df > 0.0) else 1.0
        off = _interpolated(off, middle)
    return product, off


def _off(correlation: Array, near: Array) -> Coverage:
    """By how much the coverage differs from that of the nearest product form."""
    factor, near_factor = _factor(correlation), _factor(near)
    draws = _points(len(correlation))
    return lambda c, df: _genz(c, factor, df, draws) - _genz(c, near_factor, df, draws)


def _interpolated(off: Coverage, df: float) -> Coverage:
    """The same from a few values of c, at one df: with many treatments each of them takes long."""
    curve = Chebyshev.interpolate(
        lambda x: np.array([off(float(c), df) for c in x]), C_NODES - 1, domain=[C_LOW, C_TOP]
    )
    return lambda c, _: float(curve(c)) if C_LOW < c < C_TOP else 0.0


def _loadings(correlation: Array) -> Array:
    """The b_i, 0 ≤ b_i < 1, whose products are nearest to the correlations off the diagonal [3].

    One loading at a time takes its least-squares value given the others, until none moves.
    """
    k = len(correlation)
    b = np.full(k, np.sqrt(0.5)) if k > 1 else np.zeros(1)
    off = correlation - np.diag(np.diag(correlation))
    for _ in range(SWEEPS if k > 1 else 0):
        before = b.copy()
        for i in range(k):
            others = float(b @ b - b[i] ** 2)
            b[i] = np.clip(off[i] @ b / others if others > 0.0 else 0.0, 0.0, MOST)
        if float(np.abs(b - before).max()) < 1e-14:
            break
    return b


def _product(c: float, loadings: Array, times: Codes, df: float) -> float:
    """[1, 2]: over the shared normal value z, then the standard deviation s."""
    z = np.arange(-7.5, 7.55, 0.2)
    weights = 0.2 * np.exp(-0.5 * z**2) / np.sqrt(2.0 * np.pi)
    s, mass = _deviations(df)
    rest = np.sqrt(1.0 - loadings**2)
    inside = np.ones((len(s), len(z)))
    for b, a, power in zip(loadings, rest, times, strict=True):
        reach = (c * s / a)[:, None]
        inside *= (ndtr(reach - b * z / a) - ndtr(-reach - b * z / a)) ** power
    return float(mass @ (inside @ weights))


def _deviations(df: float) -> tuple[Array, Array]:
    """Nodes and weights of s = √(χ²/df); the rule of `tukey`, without its shift."""
    freedom = min(df, LARGEST_DF)
    share = 40.0 / freedom
    low, high = -share - np.sqrt(share), 0.5 * np.log1p(4.0 * (share + np.sqrt(share)))
    t = np.linspace(low, high, 320 if freedom < 10.0 else 64)
    density = np.exp(freedom * (t - 0.5 * np.expm1(2.0 * t)))
    return np.exp(t), density / density.sum()


def _points(k: int) -> Array:
    """(points, k + 1) Sobol points inside the unit cube; the first column is for s."""
    sobol = qmc.Sobol(k + 1, scramble=True, rng=np.random.default_rng(19550101))
    power = int(np.clip(COORDINATES - np.ceil(np.log2(k)), FEWEST, MOST_POINTS))
    drawn = sobol.random(2**power)
    return np.asarray(np.clip(drawn, 1e-12, 1.0 - 1e-12), dtype=float)


def _factor(correlation: Array) -> Array:
    """Lower triangle L with L Lᵀ = R; a treatment that others determine gets a tiny rest."""
    k = len(correlation)
    factor = np.zeros((k, k))
    for j in range(k):
        rest = float(correlation[j, j] - factor[j, :j] @ factor[j, :j])
        factor[j, j] = np.sqrt(max(rest, RIDGE))
        below = correlation[j + 1 :, j] - factor[j + 1 :, :j] @ factor[j, :j]
        factor[j + 1 :, j] = below / factor[j, j] if rest > RIDGE else 0.0
    return factor


def _genz(c: float, factor: Array, df: float, draws: Array) -> float:
    """[2]: one treatment after the other, each given those before it."""
    s = _quantile_of_deviation(draws[:, 0], df)
    z = np.zeros((len(draws), len(factor)))
    inside = np.ones(len(draws))
    for j in range(len(factor)):
        shift = z[:, :j] @ factor[j, :j]
        low = ndtr((-c * s - shift) / factor[j, j])
        width = ndtr((c * s - shift) / factor[j, j]) - low
        inside *= width
        z[:, j] = ndtri(np.clip(low + draws[:, j + 1] * width, 1e-16, 1.0 - 1e-16))
    return float(inside.mean())


def _quantile_of_deviation(share: Array, df: float) -> Array:
    """The quantiles of s = √(χ²/df)."""
    freedom = min(df, LARGEST_DF)
    return np.asarray(np.sqrt(2.0 * gammaincinv(freedom / 2.0, share) / freedom), dtype=float)
