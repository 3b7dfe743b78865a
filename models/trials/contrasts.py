"""Questions asked before the trial was sown: named contrasts, and the shape over a dose.

References
----------
[1] Kuehl (2000), Design of Experiments, 2nd edition, chapter 3.
[2] Emerson (1968), Numerical construction of orthogonal polynomials from a general recurrence
    formula. Biometrics 24, 695–701.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t as student

Array = NDArray[np.float64]

POWERS = ("linear", "quadratic", "cubic", "quartic", "quintic")


@dataclass(frozen=True, slots=True)
class Contrast:
    """A weighted sum of means, in the unit of the response times that of the weights."""

    name: str
    estimate: float
    se: float
    df: float
    t: float
    p: float
    lower: float
    upper: float


def contrasts(
    weights: Mapping[str, Array],
    means: Array,
    covariance: Array,
    df: ArrayLike,
    *,
    alpha: float = 0.05,
) -> tuple[Contrast, ...]:
    """Each contrast on its own, without adjustment for their number.

    Parameters
    ----------
    weights : (k,) each, in the order of the means; they sum to 0.
    means : (k,)
    covariance : (k, k)  Of the means' estimates.
    df : Degrees of freedom of each contrast, or one for all. [-]
    alpha : 1 − coverage of each interval. [-]
    """
    freedom = np.broadcast_to(np.asarray(df, dtype=float), (len(weights),))
    return tuple(
        _contrast(name, np.asarray(row, dtype=float), means, covariance, float(one), alpha)
        for (name, row), one in zip(weights.items(), freedom, strict=True)
    )


def polynomial(doses: ArrayLike, degree: int | None = None) -> dict[str, Array]:
    """Orthonormal polynomial contrasts of the doses, equally spaced or not: R's `contr.poly`.

    Parameters
    ----------
    doses : (k,)  Distinct, in the order of the means.
    degree : Highest power; None is k − 1, at most 5.
    """
    x = np.asarray(doses, dtype=float)
    k = len(x)
    if len(np.unique(x)) < k:
        raise ValueError(f"doses must be distinct: {x.tolist()}")
    highest = min(k - 1, len(POWERS)) if degree is None else degree
    if not 1 <= highest <= min(k - 1, len(POWERS)):
        raise ValueError(f"degree must be 1 to {min(k - 1, len(POWERS))} for {k} doses: {degree}")
    centred = (x - x.mean()) / np.ptp(x)
    basis, triangle = np.linalg.qr(np.vander(centred, highest + 1, increasing=True))
    signed = basis * np.sign(np.diag(triangle))
    return {POWERS[i - 1]: signed[:, i] for i in range(1, highest + 1)}


def _contrast(
    name: str, row: Array, means: Array, covariance: Array, df: float, alpha: float
) -> Contrast:
    if len(row) != len(means):
        raise ValueError(f"contrast {name} has {len(row)} weights for {len(means)} means")
    if abs(row.sum()) > 1e-8 * np.abs(row).max():
        raise ValueError(f"the weights of contrast {name} must sum to 0: {row.sum():g}")
    return judged(name, float(row @ means), float(np.sqrt(row @ covariance @ row)), df, alpha)


def judged(name: str, estimate: float, se: float, df: float, alpha: float) -> Contrast:
    """A contrast by Student's t; NaN where the estimate, its error or its freedom is not known."""
    t = estimate / se if se > 0.0 else float("nan")
    reach = float(student.isf(alpha / 2.0, df)) * se
    p = float(2.0 * student.sf(abs(t), df))
    return Contrast(name, estimate, se, df, t, p, estimate - reach, estimate + reach)
