"""The studentised range: probabilities and quantiles to about twelve digits.

The range of `groups` standard normal values is integrated once for each number of groups and kept
as a spline; a probability is then one integral over the standard deviation. Both integrands are
smooth and die away at both ends, where the trapezoidal rule converges exponentially [2].

References
----------
[1] Hochberg, Tamhane (1987), Multiple Comparison Procedures, appendix 3.
    doi:10.1002/9780470316672
[2] Trefethen, Weideman (2014), The exponentially convergent trapezoidal rule.
    doi:10.1137/130932132
"""

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import BSpline, make_interp_spline
from scipy.optimize import elementwise
from scipy.special import ndtr

Array = NDArray[np.float64]

LOG_RANGE = (float(np.log(1e-6)), float(np.log(1e12)))  # where quantiles are looked for
WIDEST = 40.0  # range beyond which nothing is left: e^-400
LARGEST_DF = 1e10  # as good as infinite
TAIL = 40.0  # −log of the share of an integrand that is left out at each end
NODES, FEW_NODES = 320, 128
NARROW = 10.0  # df from which the density of the deviation is so narrow that few nodes will do
ROWS = 4096  # probabilities at a time, so that memory stays bounded


def p_value(q: ArrayLike, groups: int, df: ArrayLike) -> Array:
    """Probability that a studentised range exceeds q: R's `ptukey(q, groups, df, lower = FALSE)`.

    Parameters
    ----------
    q : Studentised range. [-]
    groups : Number of means of the family.
    df : Degrees of freedom of the standard error, of any broadcastable shape; may be infinite. [-]

    Returns
    -------
    1 where q ≤ 0; NaN where q or df is NaN, or df is not positive.
    """
    _check(groups)
    ranges, freedom = np.broadcast_arrays(np.asarray(q, float), np.asarray(df, float))
    known = np.isfinite(freedom) | np.isposinf(freedom)
    known = known & (freedom > 0.0) & ~np.isnan(ranges)
    found = np.full(ranges.shape, np.nan)
    found[known] = _in_parts(ranges[known], freedom[known], groups)
    return found


def quantile(p: ArrayLike, groups: int, df: ArrayLike) -> Array:
    """The range that is exceeded with probability p: R's `qtukey(1 - p, groups, df)`.

    Parameters
    ----------
    p : Upper probability, between 0 and 1. [-]
    groups : Number of means of the family.
    df : Degrees of freedom, of any broadcastable shape. [-]
    """
    upper, freedom = np.broadcast_arrays(np.asarray(p, float), np.asarray(df, float))
    found = elementwise.find_root(
        _excess,
        (LOG_RANGE[0], LOG_RANGE[1]),
        args=(upper, freedom, np.int64(groups)),
        tolerances={"xatol": 1e-13},
    )
    return np.asarray(np.where(found.success, np.exp(found.x), np.nan), dtype=float)


def _excess(log_q: Array, p: Array, df: Array, groups: Array) -> Array:
    """How much more often than p the range exceeds q; elementwise, all of one family."""
    return p_value(np.exp(log_q), int(np.max(groups)), df) - p


def _check(groups: int) -> None:
    if groups < 2:
        raise ValueError(f"groups must be at least 2 to have a range: {groups}")


def _in_parts(q: Array, df: Array, groups: int) -> Array:
    """`_survival` of long vectors, a bounded number at a time."""
    found = np.empty(q.shape)
    for chosen, nodes in ((df < NARROW, NODES), (df >= NARROW, FEW_NODES)):
        places = np.flatnonzero(chosen)
        for start in range(0, len(places), ROWS):
            part = places[start : start + ROWS]
            found[part] = _survival(q[part], np.minimum(df[part], LARGEST_DF), groups, nodes)
    return found


def _survival(q: Array, df: Array, groups: int, nodes: int) -> Array:
    """The integral over t = log(s), s the estimated standard deviation in units of the true one.

    The density of t is s^df · exp(−df s² / 2) up to a constant, which the same nodes give.
    """
    spline = _log_range_survival(groups)
    above = np.maximum(q, 0.0)
    share = TAIL / df
    peak = -0.5 * np.log1p(np.minimum(above, 2.0 * WIDEST) ** 2 / (2.0 * df))  # of the product
    low = peak - share - np.sqrt(share)
    high = 0.5 * np.log1p(4.0 * (share + np.sqrt(share)))
    t = low[:, None] + np.linspace(0.0, 1.0, nodes) * (high - low)[:, None]
    log_density = df[:, None] * (t - 0.5 * np.expm1(2.0 * t))
    ranges = np.minimum(above[:, None] * np.exp(t), WIDEST)
    weights = np.exp(log_density)
    p = (weights * np.exp(spline(ranges))).sum(axis=1) / weights.sum(axis=1)
    return np.asarray(np.where(q <= 0.0, 1.0, np.clip(p, 0.0, 1.0)), dtype=float)


@lru_cache(maxsize=128)
def _log_range_survival(groups: int) -> BSpline:
    """Log of the probability that the range of so many normal values exceeds w [1]."""
    step = 0.05
    w = np.arange(0.0, WIDEST + step / 2.0, step)
    z = np.arange(-9.0, WIDEST / 2.0 + 9.0, 0.1)
    below = ndtr(z)
    density = np.exp(-0.5 * z**2) / np.sqrt(2.0 * np.pi)
    # With a = Φ(z), b = Φ(z − w): a^(k−1) − (a − b)^(k−1), without loss where b is small.
    with np.errstate(divide="ignore"):
        log_rest = np.log1p(-np.minimum(ndtr(z - w[:, None]) / below, 1.0))
    lost = -(below ** (groups - 1)) * np.expm1((groups - 1) * log_rest)
    survival = groups * 0.1 * (density * lost).sum(axis=1)
    return make_interp_spline(w, np.log(survival / survival[0]), k=7)
