"""Which forecast to believe, from what each was worth out of sample before.

The weights of bucket, linear and boosted forecast are those that would have served best lately,
drawn towards what is usual while there is little to judge by. Their sum may stay under one: the
rest is persistence. Where the weighted forecast was not clearly better than persistence,
persistence speaks.

References
----------
[1] Breiman (1996), Stacked regressions. doi:10.1007/BF00117832
[2] Bates, Granger (1969), The combination of forecasts. doi:10.1057/jors.1969.103
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from models.learning.scores import recency

Array = NDArray[np.float64]

YOUNG = np.array([0.7, 0.15, 0.15])  # bucket, linear, boosted, at first and with the rain known
GROWN = np.array([0.1, 0.45, 0.45])  # the same after years
GROWING = 365.0  # days of history after which they count alike
LEAST_JUDGED = 60.0  # days of forecasts, below which nothing is said against or for any
LEAST_JUDGED_UNKNOWN = 365.0  # the same with rain unknown: what a season taught, the next undoes
TRUSTED_AFTER = 150.0  # forecasts that weigh as much as what is usual
HALF_LIFE = 730.0  # days
CLEARLY = 0.97  # of persistence's mean square error


@dataclass(frozen=True, slots=True)
class Judged:
    """Forecasts whose truth is known, each on its probe's scale.

    Attributes
    ----------
    changes : (n, 3)  What bucket, linear and boosted expected. [-]
    observed : (n,)  What came. [-]
    chosen : (n,)  What was believed at the time. [-]
    age : (n,)  Days since. [d]
    """

    changes: Array
    observed: Array
    chosen: Array
    age: Array


def usual(history: float, *, rain_known: bool) -> Array:
    """Weights before anything was judged, after `history` days. (3,) [-]"""
    if not rain_known:
        return np.zeros(3)
    share = history / (history + GROWING)
    return (1.0 - share) * YOUNG + share * GROWN


def weights(judged: Judged, history: float, *, rain_known: bool) -> Array:
    """Weights of bucket, linear and boosted forecast; what lacks to one is persistence. (3,) [-]"""
    before = usual(history, rain_known=rain_known)
    least = LEAST_JUDGED if rain_known else LEAST_JUDGED_UNKNOWN
    if len(judged.age) < 10 or np.ptp(judged.age) < least:
        return before
    trust = np.sqrt(recency(judged.age, half_life=HALF_LIFE))
    rows, told = judged.changes * trust[:, None], judged.observed * trust
    pull = np.sqrt(TRUSTED_AFTER * np.mean(rows**2)) * np.eye(len(before))
    found, _ = nnls(np.vstack([rows, pull]), np.concatenate([told, pull @ before]))
    found = found / max(found.sum(), 1.0)
    if not _is_better(judged, found, trust):
        return np.zeros(3)
    return np.asarray(found, dtype=float)


def _is_better(judged: Judged, found: Array, trust: Array) -> bool:
    """Whether these weights would clearly have been better than persistence."""
    still = np.mean((judged.observed * trust) ** 2)
    now = np.mean(((judged.observed - judged.changes @ found) * trust) ** 2)
    return bool(now < CLEARLY * still)
