"""How sure the forecasts of a fold are, from what earlier ones missed."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.irrigation import moisture_choose as choose
from models.irrigation import moisture_features as features
from models.irrigation.moisture_features import Series
from models.irrigation.moisture_fold import Fitted, Forecasts, changes_of
from models.learning import intervals, splits
from models.learning.scores import recency

Array = NDArray[np.float64]
Index = NDArray[np.intp]

LEAST_WINDOWS = 10  # horizons' length of forecasts judged before their errors make intervals
LEAST_ERRORS = 15


def history_start(panel: Sequence[Series]) -> int:
    """The first day on which any probe was read."""
    known = np.isfinite([one.water_content for one in panel]).any(axis=0)
    return int(np.flatnonzero(known)[0])


def judged_before(
    panel: Sequence[Series], fold: splits.Fold, fitted: Fitted, found: Forecasts
) -> tuple[choose.Judged, Index]:
    """Earlier forecasts of this horizon whose truth is known before the fold, and their probes."""
    parts: list[tuple[Array, Array, Array, Array, Index]] = []
    for probe, series in enumerate(panel):
        truth = features.shifted(series.water_content, -found.days) - series.water_content
        known = np.isfinite(truth) & np.isfinite(found.chosen[probe])
        known[max(fold.start - found.days, 0) :] = False
        at = np.flatnonzero(known)
        width = fitted.scales[probe].width
        parts.append(
            (
                changes_of(found, probe, at) / width,
                truth[at] / width,
                found.chosen[probe, at] / width,
                fold.start - at.astype(float),
                np.full(len(at), probe),
            )
        )
    changes, truth, chosen, age, probes = (np.concatenate(one) for one in zip(*parts, strict=True))
    return choose.Judged(changes, truth, chosen, age), probes


def signs(changes: Array, chosen: Array, usual: Array) -> Array:
    """What tells of an error's size: constant, change expected, disagreement, usual. (n, 4)"""
    constant = np.full(len(chosen), 0.05)
    return np.column_stack([constant, np.abs(chosen), np.ptp(changes, axis=1), usual])


def usual_changes(panel: Sequence[Series], fold: splits.Fold, fitted: Fitted, days: int) -> Array:
    """Mean absolute change of each probe in so many days before, on its scale. (probes,)"""
    found = np.full(len(panel), 0.05)
    for probe, series in enumerate(panel):
        past = series.water_content[: fold.start]
        change = np.abs(past[days:] - past[:-days]) if len(past) > days else past[:0]
        if np.isfinite(change).any():
            found[probe] = float(np.nanmean(change)) / fitted.scales[probe].width
    return found


def usual_spread(days: int, *, rain_known: bool) -> intervals.Spread:
    """The spread before there are errors: of a tenth of the scale a day, as of a random walk.

    Where the rain is not known a dry month tells little of what a wet day does: twice as much.
    """
    walk, usual = (0.8, 0.4) if rain_known else (1.6, 0.8)
    return intervals.Spread(np.array([walk * np.sqrt(days), 0.3, 0.3, usual]), -1.8, 1.8)


def spread_of(
    judged: choose.Judged, usual: Array, days: int, *, rain_known: bool
) -> intervals.Spread:
    """The spread of earlier errors; a usual one until there are some."""
    if len(judged.age) < LEAST_ERRORS or np.ptp(judged.age) < LEAST_WINDOWS * days:
        return usual_spread(days, rain_known=rain_known)
    weights = recency(judged.age, half_life=365.0)
    error = judged.observed - judged.chosen
    independent = 1.0 + float(np.ptp(judged.age)) / days
    told = signs(judged.changes, judged.chosen, usual)
    return intervals.fit(error, told, weights, independent=independent)


def widen(panel: Sequence[Series], fold: splits.Fold, found: Forecasts) -> None:
    """Widen the intervals of each day of the fold by what those judged until then missed.

    What all probes missed counts for each, and what one missed for that one.
    """
    observed = np.stack([series.water_content for series in panel])
    factor = found.factor[:, max(fold.start - 1, 0)].copy()
    factor[~np.isfinite(factor)] = 1.0
    judged = int(np.isfinite(found.factor[0, : fold.start]).sum())
    for day in range(fold.start, fold.stop):
        origin = day - found.days
        if origin >= 0:
            truth = observed[:, day] - observed[:, origin]
            low, high = found.low[:, origin], found.high[:, origin]
            known = np.isfinite(truth) & np.isfinite(low)
            missed = np.where(known, (truth < low) | (truth > high), np.nan)
            factor = intervals.widened(factor, missed, judged)
            judged += 1
        found.factor[:, day] = factor
        for bound in (found.low, found.high):
            bound[:, day] = found.chosen[:, day] + factor * (bound[:, day] - found.chosen[:, day])
