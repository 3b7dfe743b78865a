"""Repeated measures: do all differences between two times vary alike?

References
----------
[1] Mauchly (1940), Significance test for sphericity. doi:10.1214/aoms/1177731915
[2] Anderson (1958), An Introduction to Multivariate Statistical Analysis.
[3] Greenhouse, Geisser (1959), doi:10.1007/BF02289823
[4] Huynh, Feldt (1976), doi:10.3102/10769986001001069
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2
from scipy.stats import f as fisher

Array = NDArray[np.float64]
Codes = NDArray[np.int64]

SINGULAR = 1e-12  # of the largest eigenvalue
RANK = 1e-10  # of the largest singular value, below which a column says nothing new


@dataclass(frozen=True, slots=True)
class Sphericity:
    """Mauchly's test and the factors by which degrees of freedom shrink where it fails.

    `huynh_feldt` may exceed 1; a correction never uses more than 1.
    """

    w: float
    p: float
    greenhouse_geisser: float
    huynh_feldt: float


def sphericity(
    table: Array, group: Codes | None = None, *, design: Array | None = None
) -> Sphericity:
    """Sphericity of the residuals of subjects: R's `mauchly.test` and `anova.mlm(X = ~1)`.

    Parameters
    ----------
    table : (subjects, times)  Complete. [unit]
    group : (subjects,)  Codes of the treatments whose means are removed; None removes one mean.
    design : (subjects, p)  Columns of any rank, the mean among them, that are removed instead.

    Returns
    -------
    With two times there is nothing to test: 1 and NaN. Mauchly's figures are NaN with fewer
    residual degrees of freedom than differences.
    """
    if not np.isfinite(table).all():
        raise ValueError("table must be complete: leave out subjects with a missing time")
    subjects, times = table.shape
    basis = _basis(_groups(subjects, group) if design is None else design)
    df = subjects - basis.shape[1]
    if times < 2 or df < 1:
        raise ValueError(f"table must have 2 times and replicated subjects: {table.shape}")
    scores = (table - basis @ (basis.T @ table)) @ _helmert(times)
    products = scores.T @ scores / df
    w, p = _mauchly(products, df)
    return Sphericity(w, p, *_factors(products, df))


def corrected_p(f: float, df: float, error_df: float, factor: float) -> float:
    """Probability of an F whose degrees of freedom both shrink by a factor of at most 1 [3]."""
    kept = min(max(factor, 1.0 / df), 1.0)
    return float(fisher.sf(f, kept * df, kept * error_df))


def _groups(subjects: int, group: Codes | None) -> Array:
    """One column for each group of subjects. (subjects, groups)"""
    if group is None:
        return np.ones((subjects, 1))
    return np.asarray(group[:, None] == np.unique(group), dtype=float)


def _basis(columns: Array) -> Array:
    """An orthonormal basis of columns of any rank."""
    left, values, _ = np.linalg.svd(columns, full_matrices=False)
    return np.asarray(left[:, values > RANK * values[0]], dtype=float)


def _helmert(times: int) -> Array:
    """(times, times − 1) Orthonormal columns that sum to 0."""
    centred = np.eye(times) - 1.0 / times
    basis, _ = np.linalg.qr(centred[:, : times - 1])
    return np.asarray(basis, dtype=float)


def _mauchly(products: Array, df: int) -> tuple[float, float]:
    """W [1] and its probability, with the second term of the expansion [2]."""
    d = len(products)
    if d == 1:
        return 1.0, float("nan")
    values = np.linalg.eigvalsh(products)
    if df < d or values[0] <= SINGULAR * values[-1]:
        return float("nan"), float("nan")
    log_w = float(np.log(values).sum() - d * np.log(values.mean()))
    rho = 1.0 - (2.0 * d**2 + d + 2.0) / (6.0 * d * df)
    statistic = -df * rho * log_w
    second = (d + 2.0) * (d - 1.0) * (d - 2.0) * (2.0 * d**3 + 6.0 * d**2 + 3.0 * d + 2.0)
    second /= 288.0 * (df * d * rho) ** 2
    free = d * (d + 1) / 2 - 1
    first, next_ = float(chi2.sf(statistic, free)), float(chi2.sf(statistic, free + 4))
    return float(np.exp(log_w)), first + second * (next_ - first)


def _factors(products: Array, df: int) -> tuple[float, float]:
    """Greenhouse and Geisser [3]; Huynh and Feldt [4], by the residual degrees of freedom."""
    d = len(products)
    epsilon = float(np.trace(products)) ** 2 / (d * float(np.sum(products**2)))
    below = d * (df - d * epsilon)
    wide = ((df + 1.0) * d * epsilon - 2.0) / below if below > 0.0 else float("nan")
    return epsilon, wide
