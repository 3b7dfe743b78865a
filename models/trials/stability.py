"""Which varieties keep their rank from one place and year to the next.

Everything works on the table of means, varieties in rows and environments in columns.

References
----------
[1] Finlay, Wilkinson (1963), doi:10.1071/AR9630742; Eberhart, Russell (1966),
    doi:10.2135/cropsci1966.0011183X000600010011x
[2] Wricke (1962), ecovalence, Z. Pflanzenzüchtung 47, 92–96.
[3] Shukla (1972), doi:10.1038/hdy.1972.87
[4] Lin, Binns (1988), doi:10.4141/cjps88-018
[5] Francis, Kannenberg (1978), doi:10.4141/cjps78-157
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Regression:
    """Regression of each variety on the mean of the environments; arrays are (varieties,).

    A slope of 1 follows the environments as varieties do on average; `deviation_ms` is the mean
    square around the line, with environments − 2 degrees of freedom.
    """

    mean: Array
    slope: Array
    slope_se: Array
    deviation_ms: Array
    r2: Array


@dataclass(frozen=True, slots=True)
class Stability:
    """Measures of each variety; arrays are (varieties,), [unit²] but for `cv`. [%]

    ecovalence      share in the interaction's sum of squares [2]
    shukla          stability variance; may be negative [3]
    superiority     mean squared distance to the best of each environment, halved [4]
    cv              coefficient of variation over the environments [5]
    variance        over the environments
    """

    ecovalence: Array
    shukla: Array
    superiority: Array
    cv: Array
    variance: Array


def finlay_wilkinson(table: Array) -> Regression:
    """Each variety regressed on the centred means of the environments [1].

    Parameters
    ----------
    table : (varieties, environments)  Means, NaN where a variety was not grown. [unit]

    Returns
    -------
    NaN for a variety that was grown in fewer than three environments.
    """
    grown = np.isfinite(table)
    at = np.nanmean(table, axis=0)
    index = np.where(grown, at - at.mean(), 0.0)
    count = grown.sum(axis=1)
    mean = np.where(grown, table, 0.0).sum(axis=1) / count
    off = np.where(grown, index - (index.sum(axis=1) / count)[:, None], 0.0)
    seen = np.where(grown, table - mean[:, None], 0.0)
    sxx, sxy, syy = (off**2).sum(axis=1), (off * seen).sum(axis=1), (seen**2).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = sxy / sxx
        around = np.where(count > 2, (syy - slope * sxy) / (count - 2), np.nan)
        se, r2 = np.sqrt(around / sxx), slope * sxy / syy
    few = count < 3
    slope[few], r2[few] = np.nan, np.nan
    return Regression(mean, slope, se, around, r2)


def stability(table: Array) -> Stability:
    """Measures of stability of a complete table.

    Parameters
    ----------
    table : (varieties, environments)  Means. [unit]
    """
    complete(table)
    g, e = table.shape
    ecovalence = (doubly_centred(table) ** 2).sum(axis=1)
    shukla = np.full(g, np.nan)
    if g > 2:
        shared = ecovalence.sum() / ((g - 1.0) * (g - 2.0) * (e - 1.0))
        shukla = g * ecovalence / ((g - 2.0) * (e - 1.0)) - shared
    superiority = ((table - table.max(axis=0)) ** 2).sum(axis=1) / (2.0 * e)
    variance = table.var(axis=1, ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        cv = 100.0 * np.sqrt(variance) / table.mean(axis=1)
    return Stability(ecovalence, shukla, superiority, cv, variance)


def doubly_centred(table: Array) -> Array:
    """What is left of a complete table without the effects of varieties and environments."""
    rows, columns = table.mean(axis=1, keepdims=True), table.mean(axis=0)
    return np.asarray(table - rows - columns + table.mean(), dtype=float)


def complete(table: Array) -> None:
    """Refuse a table with a hole, or with one variety or environment."""
    if min(table.shape) < 2:
        raise ValueError(f"table must have 2 varieties and 2 environments at least: {table.shape}")
    holes = np.argwhere(~np.isfinite(table))
    if len(holes):
        row, column = (int(one) for one in holes[0])
        raise ValueError(
            f"table must be complete: {len(holes)} means are missing, the first of variety {row} "
            f"in environment {column} (counted from 0); leave out the variety or the environment"
        )
