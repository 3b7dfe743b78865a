"""Intervals from errors that were made out of sample, wider where errors are wont to be.

Errors are divided by what was expected of their size; the quantiles of the quotients, weighted by
how recent they are, give the interval of the next forecast. What past intervals missed widens the
next ones.

References
----------
[1] Vovk, Gammerman, Shafer (2005), Algorithmic Learning in a Random World (normalised conformal
    prediction). doi:10.1007/b106715
[2] Gibbs, Candès (2021), Adaptive conformal inference under distribution shift.
    arXiv:2106.00170
[3] Barber, Candès, Ramdas, Tibshirani (2023), Conformal prediction beyond exchangeability.
    doi:10.1214/23-AOS2276
[4] Angelopoulos, Candès, Tibshirani (2023), Conformal PID control for time series prediction.
    NeurIPS 36.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

Array = NDArray[np.float64]

NOMINAL = 0.8
STEP = 0.1  # relative width that a day of nothing but misses adds, less what one of none takes
FIRST_STEP = 0.5  # the same, added on the first day
MOST = 6.0  # times wider or narrower than past errors say
PULL = 0.005  # of the sizes towards one constant, as a share of the rows


@dataclass(frozen=True, slots=True)
class Spread:
    """What makes an interval: `weights` of the signs of size, `low` and `high` quotients."""

    weights: Array
    low: float
    high: float

    def size(self, signs: Array) -> Array:
        """Expected absolute error. `signs` : (n, k) ≥ 0, the first of them constant."""
        return np.asarray(signs @ self.weights, dtype=float)


def fit(
    error: Array, signs: Array, weights: Array, *, independent: float, level: float = NOMINAL
) -> Spread:
    """The spread of past errors.

    Parameters
    ----------
    error : (n,)  Observed less forecast.
    signs : (n, k)  Not negative, of the error's unit; the first is a positive constant.
    weights : (n,)  How much each error counts. [-]
    independent : As how many errors they count; forecasts that overlap are one.
    level : Share of the errors that the interval holds. [-]
    """
    root = np.sqrt(weights)
    pull = np.sqrt(PULL * weights.sum()) * np.diag(signs.std(axis=0) + 1e-9)
    rows = np.vstack([signs * root[:, None], pull[1:]])
    told = np.concatenate([np.abs(error) * root, np.zeros(len(pull) - 1)])
    found, _ = nnls(rows, told)
    floor = 0.05 * np.average(np.abs(error), weights=weights) / signs[0, 0]
    found[0] = max(found[0], floor, 1e-9)
    quotient = error / (signs @ found)
    tail = (1.0 - level) / 2.0
    low, high = (
        quantile(quotient, weights, one, independent=independent) for one in (tail, 1.0 - tail)
    )
    return Spread(found, low, high)


def quantile(values: Array, weights: Array, level: float, *, independent: float) -> float:
    """Weighted quantile; the tails keep room for one error that has not been seen yet [3]."""
    order = np.argsort(values)
    ranked, mass = values[order], weights[order]
    share = (np.cumsum(mass) - 0.5 * mass) / mass.sum()
    seen = max(independent, 1.0)
    outer = 0.5 + (level - 0.5) * (seen + 1.0) / seen
    return float(np.interp(np.clip(outer, 0.0, 1.0), share, ranked))


def widened(factor: Array, missed: Array, judged: int, *, level: float = NOMINAL) -> Array:
    """How much wider the next intervals must be, after those that were judged today.

    Parameters
    ----------
    factor : (series,)  By which today's were widened. [-]
    missed : (series,)  1 where today's observation fell outside, 0 inside, NaN without one.
    judged : Days judged before: the first ones teach most.

    References
    ----------
    Gibbs and Candès [2], with the width rather than the level adapted, as in [4].
    """
    known = np.isfinite(missed)
    if not known.any():
        return factor
    step = STEP + FIRST_STEP / (1.0 + judged / 3.0)
    together = float(missed[known].mean()) - (1.0 - level)
    own = np.where(known, missed - (1.0 - level), 0.0)
    found = factor * np.exp(step * (together + own) / 2.0)
    return np.asarray(np.clip(found, 1.0 / MOST, MOST), dtype=float)
