"""How far off the power of an hour may be, learned from forecasts whose hours are over.

An error is told as a share of what a clear sky would give in that hour, so that hours of June and
of December can be compared. The interval of an hour is made of the errors of earlier days at the
same time of day, of the same lead, with room for one that has not been seen yet [1]. What the last
whole hour was off is carried on into the next ones, as far as past days say that it lasts.

References
----------
[1] Vovk, Gammerman, Shafer (2005), Algorithmic Learning in a Random World (conformal prediction).
    doi:10.1007/b106715
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.energy.days import FEWEST, QUANTILES

Array = NDArray[np.float64]

LEAST_SUN = 0.05  # of the day's highest clear power: below, an hour's share of it says nothing
BESIDE = 1  # hours either side that count as the same time of day
MOST_SHARE = 1.3  # of a clear sky's power: broken clouds add their own light


@dataclass(frozen=True, slots=True)
class Carried:
    """What the last whole hour says of the next ones.

    Attributes
    ----------
    hold : (hours,)  Share of its error that lasts. [-]
    left : (days, hours)  What past days were still off with it.
    """

    hold: Array
    left: Array


def shares(told: Array, seen: Array, clear: Array) -> Array:
    """Errors as shares of a clear sky's power. [-]

    Parameters
    ----------
    told, seen, clear : (days, hours)  Power forecast, measured and under a clear sky. [kW]

    Returns
    -------
    (days, hours)  NaN where something is missing or the sun stands low.
    """
    highest = np.max(np.nan_to_num(clear), axis=-1, keepdims=True)
    is_up = (clear >= LEAST_SUN * highest) & (clear > 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(is_up, (seen - told) / clear, np.nan)


def carried(past: Array, last: int) -> Carried:
    """How long an error lasts, from days on which it was seen.

    Parameters
    ----------
    past : (days, hours)  Errors of days that are over; NaN where not known. [-]
    last : The last whole hour; those after it are the next ones.

    Returns
    -------
    Nothing is carried into an hour (0) before `FEWEST` days have both, nor where it would not
    have helped on the later half of the days with what the earlier half taught.
    """
    hold = np.zeros(past.shape[1])
    before = past[:, last]
    for hour in range(last + 1, past.shape[1]):
        both = np.isfinite(before) & np.isfinite(past[:, hour])
        if both.sum() >= FEWEST:
            hold[hour] = _lasting(before[both], past[both, hour])
    known = np.where(np.isfinite(before), before, 0.0)
    return Carried(hold, past - known[:, None] * hold)


def _lasting(before: Array, after: Array) -> float:
    half = len(before) // 2
    taught = _slope(before[:half], after[:half])
    late, seen = after[half:], before[half:]
    helps = np.abs(late - taught * seen).mean() < np.abs(late).mean()
    return _slope(before, after) if helps else 0.0


def _slope(before: Array, after: Array) -> float:
    spread = float(before @ before)
    return float(np.clip(before @ after / spread, 0.0, 1.0)) if spread > 0.0 else 0.0


def quantiles(past: Array) -> Array:
    """The 10 %, 50 % and 90 % quantile of the errors of each hour, as a share of a clear sky's.

    Parameters
    ----------
    past : (days, hours)  As `shares` gives them. [-]

    Returns
    -------
    (3, hours)  NaN where fewer than `FEWEST` days tell of an hour.
    """
    found = np.full((len(QUANTILES), past.shape[1]), np.nan)
    is_known = np.isfinite(past)
    for hour in np.flatnonzero(is_known.any(axis=0)):
        near = slice(max(hour - BESIDE, 0), hour + BESIDE + 1)
        days = int(is_known[:, near].any(axis=1).sum())
        if days >= FEWEST:
            found[:, hour] = np.quantile(past[:, near][is_known[:, near]], _outer(days))
    return found


def _outer(days: int) -> Array:
    """Levels that leave room for one day that has not been seen yet [1]."""
    levels = np.asarray(QUANTILES)
    return np.clip(0.5 + (levels - 0.5) * (days + 1.0) / days, 0.0, 1.0)


def bounded(told: Array, clear: Array, errors: Array, limit: float) -> Array:
    """Power with its errors: low, middle and high of each hour. [kW]

    Parameters
    ----------
    told, clear : (hours,)  Forecast, and under a clear sky. [kW]
    errors : (3, hours)  As `quantiles` gives them. [-]
    limit : What the plant gives at most. [kW]

    Returns
    -------
    (3, hours)  In the hours of low sun, which tell nothing, anything up to a clear sky's power; NaN
    where errors are not known in the hours of sun.
    """
    most = np.minimum(MOST_SHARE * clear, limit)
    found = np.clip(told + errors * clear, 0.0, np.maximum(most, told))
    is_low = clear < LEAST_SUN * np.max(np.nan_to_num(clear), initial=0.0)
    wide = np.stack([np.zeros_like(told), told, np.maximum(most, told)])
    if np.isnan(errors).all():
        return np.full_like(found, np.nan)
    return np.where(is_low, wide, found)
