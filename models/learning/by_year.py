"""Skill and intervals where years, not rows, are the independent cases.

All places of one year share its weather and its mishaps, so a table of 14 places and 19 years is
closer to 19 cases than to 266. Skill gets its interval over years, and a year's errors weigh
together as one when an interval is made of them.

References
----------
[1] Cochran (1977), Sampling Techniques, 3rd edition, section 6.4 (variance of a ratio estimate).
[2] Barber, Candès, Ramdas, Tibshirani (2021), Predictive inference with the jackknife+.
    doi:10.1214/20-AOS1965
[3] Dunn, Wasserman, Ramdas (2023), Distribution-free prediction sets for two-layer hierarchical
    models. doi:10.1080/01621459.2022.2060112
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from models.learning import intervals, scores

Array = NDArray[np.float64]
Codes = NDArray[np.int64]

SHRINKAGE = 5.0  # errors of all groups that a group's own scale is drawn to


@dataclass(frozen=True, slots=True)
class Skill:
    """Share of the reference's mean square error that is spared, and its interval over years."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Band:
    """What makes an interval: the `scale` of each group's errors, `low` and `high` quotients."""

    scale: Array
    low: float
    high: float


def skill(
    error: Array, reference: Array, year: Codes, *, level: float = intervals.NOMINAL
) -> Skill:
    """Skill with a Student interval over years, as of a ratio of yearly sums [1].

    Parameters
    ----------
    error, reference : (n,)  Errors of a candidate and of what it must beat, NaN where not judged.
    year : (n,)  Code of the year of each row.
    level : Share of such intervals that hold the true skill. [-]

    Returns
    -------
    The interval is NaN with fewer than three years.
    """
    value = scores.skill(error, reference)
    both = np.isfinite(error) & np.isfinite(reference)
    years, code = np.unique(year[both], return_inverse=True)
    n = len(years)
    if n < 3 or value != value:
        return Skill(value, float("nan"), float("nan"))
    lost = np.bincount(code, reference[both] ** 2)
    spared = lost - np.bincount(code, error[both] ** 2)
    off = spared - value * lost
    spread = float(np.sqrt(n / (n - 1.0) * np.sum(off**2)) / lost.sum())
    reach = float(student.ppf(0.5 + level / 2.0, n - 1)) * spread
    return Skill(value, value - reach, value + reach)


def band(
    error: Array, group: Codes, year: Codes, *, groups: int, level: float = intervals.NOMINAL
) -> Band | None:
    """The interval of the next year's errors, from errors of years held out [2, 3].

    Parameters
    ----------
    error : (n,)  Observed less predicted, of models that had not seen the row's year; NaN unknown.
    group, year : (n,)  Codes.
    groups : How many groups there are, with those that have no error yet.
    level : Share of the errors that the interval holds. [-]

    Returns
    -------
    None where fewer than three years have errors.
    """
    known = np.isfinite(error)
    _, code, times = np.unique(year[known], return_inverse=True, return_counts=True)
    if len(times) < 3:
        return None
    scale = _scale(error[known], group[known], groups)
    quotient = error[known] / scale[group[known]]
    weights = 1.0 / times[code]
    tail = (1.0 - level) / 2.0
    low, high = (
        intervals.quantile(quotient, weights, one, independent=float(len(times)))
        for one in (tail, 1.0 - tail)
    )
    return Band(scale, low, high)


def _scale(error: Array, group: Codes, groups: int) -> Array:
    """Root mean square of each group's errors, drawn to that of all."""
    overall = float(np.mean(error**2))
    squares = np.bincount(group, error**2, minlength=groups)
    counts = np.bincount(group, minlength=groups)
    pooled = (squares + SHRINKAGE * overall) / (counts + SHRINKAGE)
    return np.asarray(np.sqrt(np.maximum(pooled, 1e-18)), dtype=float)
