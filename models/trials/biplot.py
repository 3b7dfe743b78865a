"""Varieties and environments on one map: AMMI and GGE.

References
----------
[1] Gauch (1988), Model selection and validation for yield trials with interaction.
    doi:10.2307/2531585
[2] Gollob (1968), A statistical model which combines features of factor analytic and analysis of
    variance techniques. doi:10.1007/BF02289676
[3] Yan, Hunt, Sheng, Szlavnics (2000), doi:10.2135/cropsci2000.403597x
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import f as fisher

from models.trials import stability

Array = NDArray[np.float64]

ROUNDING = 1e-10  # share of the first singular value below which an axis is nothing


@dataclass(frozen=True, slots=True)
class Biplot:
    """Axes of a table of means, the first the longest.

    `variety_scores` is (varieties, axes), `environment_scores` (environments, axes): singular
    vectors times the root of the singular value, so that their products give the table back. The
    variety farthest out on an axis is on its positive side.
    """

    singular_values: Array
    percent: Array
    variety_scores: Array
    environment_scores: Array


@dataclass(frozen=True, slots=True)
class AxisTest:
    """Gollob's test of one axis of an AMMI, on the scale of the plots."""

    axis: int
    df: int
    sum_sq: float
    mean_sq: float
    f: float
    p: float


def ammi(table: Array) -> Biplot:
    """Additive main effects, multiplicative interaction [1].

    Parameters
    ----------
    table : (varieties, environments)  Means, complete. [unit]
    """
    stability.complete(table)
    return _axes(stability.doubly_centred(table), most=min(table.shape) - 1)


def gge(table: Array) -> Biplot:
    """Varieties with their interaction: the table without the means of the environments [3]."""
    stability.complete(table)
    return _axes(table - table.mean(axis=0), most=min(table.shape[0] - 1, table.shape[1]))


def gollob(
    table: Array, *, replicates: float, error_mean_sq: float, error_df: float
) -> tuple[AxisTest, ...]:
    """F of each axis against the error of the plots [2]; liberal for the later axes.

    Parameters
    ----------
    table : (varieties, environments)  Means, complete. [unit]
    replicates : Plots behind each mean.
    error_mean_sq, error_df : Residual mean square between plots, and its degrees of freedom.
    """
    g, e = table.shape
    found = []
    for axis, value in enumerate(ammi(table).singular_values, start=1):
        df = g + e - 1 - 2 * axis
        sum_sq = replicates * float(value) ** 2
        f = sum_sq / df / error_mean_sq
        p = float(fisher.sf(f, df, error_df))
        found.append(AxisTest(axis, df, sum_sq, sum_sq / df, f, p))
    return tuple(found)


def _axes(table: Array, *, most: int) -> Biplot:
    left, values, right = np.linalg.svd(table, full_matrices=False)
    left, values, right = left[:, :most], values[:most], right[:most].T
    kept = np.where(values > ROUNDING * values.max(initial=0.0), values, 0.0)
    farthest = np.argmax(np.abs(left), axis=0)
    signs = np.where(left[farthest, np.arange(len(kept))] < 0.0, -1.0, 1.0)
    root = signs * np.sqrt(kept)
    total = float(np.sum(kept**2))
    percent = 100.0 * kept**2 / total if total > 0.0 else np.full(len(kept), np.nan)
    return Biplot(kept, percent, left * root, right * root)
