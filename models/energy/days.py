"""The next day's radiation from the day before, and how forecasts fare against simple rules.

Everything is said in clearness, the radiation of a day as a share of that of a clear one: so days
of June and of December can be compared.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

FEWEST = 20  # past days, below which no interval is given
QUANTILES = (0.1, 0.5, 0.9)


@dataclass(frozen=True, slots=True)
class Pull:
    """The next day's clearness from that of the day before: `mean` + `hold` × (last − mean)."""

    mean: float
    hold: float

    def predict(self, last: ArrayLike) -> Array:
        """Clearness of the day after; the mean where the day before is not known. [-]"""
        before = np.asarray(last, float)
        return self.mean + self.hold * np.where(np.isnan(before), 0.0, before - self.mean)


def fit(clearness: ArrayLike) -> Pull:
    """Learn how far clearness holds from one day to the next, from days in their order.

    Parameters
    ----------
    clearness : (days,)  NaN where it is not known. [-]
    """
    days = np.asarray(clearness, float)
    both = np.isfinite(days[1:]) & np.isfinite(days[:-1])
    if both.sum() < FEWEST:
        return Pull(float("nan"), float("nan"))
    mean = float(np.nanmean(days))
    before, after = days[:-1][both] - mean, days[1:][both] - mean
    spread = float(before @ before)
    hold = float(before @ after) / spread if spread > 0.0 else 0.0
    return Pull(mean, float(np.clip(hold, 0.0, 1.0)))


@dataclass(frozen=True, slots=True)
class Told:
    """How rules fared on the same days. Mean absolute errors in the unit of the energy.

    `inside` is the share of the days within the 10 % to 90 % interval; 0.8 would be right.
    """

    days: int
    forecast: float
    persistence: float
    climatology: float
    inside: float


def compare(
    observed: ArrayLike, low: ArrayLike, middle: ArrayLike, high: ArrayLike, climate: ArrayLike
) -> Told:
    """A forecast of each day's energy beside the day before and what the season usually gives.

    Parameters
    ----------
    observed, low, middle, high : (days,)  In their order; NaN where not known.
    climate : (days,)  Of the season, made of the days before each.
    """
    seen, best, usual = (np.asarray(x, float) for x in (observed, middle, climate))
    last = np.concatenate([[np.nan], seen[:-1]])
    judged = np.isfinite(seen) & np.isfinite(best) & np.isfinite(last) & np.isfinite(usual)
    if not judged.any():
        return Told(0, *(float("nan"),) * 4)
    off = [float(np.abs(rule - seen)[judged].mean()) for rule in (best, last, usual)]
    within = ((seen >= np.asarray(low, float)) & (seen <= np.asarray(high, float)))[judged]
    return Told(int(judged.sum()), off[0], off[1], off[2], float(within.mean()))
