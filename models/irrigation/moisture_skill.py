"""The rolling-origin run of a soil-moisture forecast over one or many probes.

Every forecast is made by models that were fitted, weighted and given their intervals on the days
before; the only thing known of the days ahead is their rain, and only if asked for.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from models.irrigation import moisture_choose as choose
from models.irrigation.moisture_features import Series
from models.irrigation.moisture_fold import (
    CANDIDATES,
    Fitted,
    Forecasts,
    changes_of,
    empty,
    fit_buckets,
    learn,
    origins_of,
    tables,
)
from models.irrigation.moisture_spread import (
    history_start,
    judged_before,
    signs,
    spread_of,
    usual_changes,
    widen,
)
from models.learning import splits

Array = NDArray[np.float64]
Told = Callable[[int, int], None]

HORIZONS = (1, 3, 7)


def roll(
    panel: Sequence[Series], *, rain_known: bool, seed: int = 0, told: Told | None = None
) -> dict[int, Forecasts]:
    """Forecast every measured day of every probe from the days before, refitting as time goes.

    Parameters
    ----------
    panel : Probes on one calendar.
    told : Hears how many of how many folds are done.

    Returns
    -------
    Days ahead → forecasts.
    """
    days = len(panel[0].water_content)
    found = {horizon: empty(horizon, len(panel), days) for horizon in HORIZONS}
    seen = np.flatnonzero(np.isfinite([one.water_content for one in panel]).any(axis=0))
    folds = splits.folds(int(seen[0]), int(seen[-1]) + 1)
    fitted = Fitted([None] * len(panel))
    rain_known = rain_known and any(one.rain_measured for one in panel)
    for done, fold in enumerate(folds):
        # Threads cost more than they bring on tables as small as these.
        with threadpool_limits(limits=1):
            _run(panel, fold, fitted, found, rain_known=rain_known, seed=seed)
        if told is not None:
            told(done + 1, len(folds))
    return found


def _run(
    panel: Sequence[Series],
    fold: splits.Fold,
    fitted: Fitted,
    found: dict[int, Forecasts],
    *,
    rain_known: bool,
    seed: int,
) -> None:
    """One fold: fit on what was before, forecast and choose what comes."""
    fit_buckets(panel, fold, fitted, rain_known=rain_known, seed=seed)
    for forecasts in found.values():
        _forecast(panel, fold, fitted, forecasts, rain_known=rain_known, seed=seed)
        _choose(panel, fold, fitted, forecasts, rain_known=rain_known)


def _forecast(
    panel: Sequence[Series],
    fold: splits.Fold,
    fitted: Fitted,
    found: Forecasts,
    *,
    rain_known: bool,
    seed: int,
) -> None:
    """Bucket, linear and boosted forecasts of one fold, into `found`."""
    inputs = tables(panel, fitted, found.days, rain_known=rain_known)
    corrections = learn(panel, fitted, inputs, found.days, fold.start, seed=seed)
    for probe, origins in origins_of(panel, fold, fitted):
        changes = corrections.changes(
            probe, inputs[probe][origins], fitted.scales[probe], panel[probe].frozen[origins]
        )
        for name, column in zip(CANDIDATES, changes.T, strict=True):
            getattr(found, name)[probe, origins] = column


def _choose(
    panel: Sequence[Series],
    fold: splits.Fold,
    fitted: Fitted,
    found: Forecasts,
    *,
    rain_known: bool,
) -> None:
    """Blend, chosen forecast and interval of one fold, from the forecasts of earlier ones."""
    judged, probes = judged_before(panel, fold, fitted, found)
    weights = choose.weights(judged, fold.start - history_start(panel), rain_known=rain_known)
    usual = usual_changes(panel, fold, fitted, found.days)
    spread = spread_of(judged, usual[probes], found.days, rain_known=rain_known)
    for probe, origins in origins_of(panel, fold, fitted):
        changes = changes_of(found, probe, origins)
        found.blend[probe, origins] = changes.mean(axis=1)
        chosen = changes @ weights
        found.chosen[probe, origins] = chosen
        width = fitted.scales[probe].width
        told = signs(changes / width, chosen / width, np.full(len(chosen), usual[probe]))
        size = spread.size(told) * width
        found.low[probe, origins] = chosen + spread.low * size
        found.high[probe, origins] = chosen + spread.high * size
    widen(panel, fold, found)
