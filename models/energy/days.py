"""Tomorrow's radiation as equally likely members, and how they fare against simple rules.

Everything is said in clearness, the radiation of a day as a share of that of a clear one: so days
of June and of December can be compared. The members are a forecast with the errors of past ones
laid on it; without a forecast, the clearness of the day before pulled towards its mean.

References
----------
[1] Roulston, Smith (2003), Combining dynamical and statistical ensembles.
    doi:10.1034/j.1600-0870.2003.201378.x
[2] Hersbach (2000), Decomposition of the continuous ranked probability score for ensemble
    prediction systems. doi:10.1175/1520-0434(2000)015<0559:DOTCRP>2.0.CO;2
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

FEWEST = 20  # past days, below which no interval is given
DRAWN = 100  # members that several days are brought to
LEAST, MOST = 0.02, 1.2  # clearness that a day can have
QUANTILES = (0.1, 0.5, 0.9)


def members(forecast: float, past_forecast: ArrayLike, past_observed: ArrayLike) -> Array:
    """A day's clearness with the errors of past forecasts laid on it [1].

    Parameters
    ----------
    forecast : Clearness forecast for the day. [-]
    past_forecast, past_observed : (days,)  Of days that were over at the time of issue. [-]

    Returns
    -------
    (members,)  In rising order; NaN where fewer than `FEWEST` past days are known. [-]
    """
    error = np.asarray(past_observed, float) - np.asarray(past_forecast, float)
    known = np.sort(error[np.isfinite(error)])
    if known.size < FEWEST:
        return np.full(1, np.nan)
    return np.clip(forecast + known, LEAST, MOST)


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


def interval(drawn: ArrayLike) -> Array:
    """The 10 %, 50 % and 90 % quantile of members. (members, …) to (3, …); NaN gives NaN."""
    return np.asarray(np.quantile(np.asarray(drawn, float), QUANTILES, axis=0), float)


def crps(drawn: ArrayLike, observed: float) -> float:
    """Continuous ranked probability score of members [2], in their unit; 0 is perfect."""
    values = np.asarray(drawn, float)
    apart = np.abs(values[:, None] - values[None, :]).mean()
    return float(np.abs(values - observed).mean() - apart / 2.0)


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
