"""How far forecasts were off, all judged on the same days.

References
----------
[1] Murphy (1988), Skill scores based on the mean square error and their relationships to the
    correlation coefficient. doi:10.1175/1520-0493(1988)116<2417:SSBOTM>2.0.CO;2
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def rmse(error: Array) -> float:
    """Root mean square of the errors that are known; NaN where none is."""
    known = error[np.isfinite(error)]
    return float(np.sqrt(np.mean(known**2))) if known.size else float("nan")


def skill(error: Array, reference: Array) -> float:
    """Share of the reference's mean square error that is spared; below 0 is worse [1]. [-]"""
    both = np.isfinite(error) & np.isfinite(reference)
    if not both.any() or not np.any(reference[both]):
        return float("nan")
    return float(1.0 - np.mean(error[both] ** 2) / np.mean(reference[both] ** 2))


def coverage(observed: Array, low: Array, high: Array) -> float:
    """Share of the observations within their intervals; NaN where none has one. [-]"""
    known = np.isfinite(observed) & np.isfinite(low) & np.isfinite(high)
    inside = (observed >= low) & (observed <= high)
    return float(inside[known].mean()) if known.any() else float("nan")


def recency(age: Array, *, half_life: float) -> Array:
    """Weights that halve with each `half_life`, both in days. [-]"""
    return np.asarray(0.5 ** (np.maximum(age, 0.0) / half_life), dtype=float)
