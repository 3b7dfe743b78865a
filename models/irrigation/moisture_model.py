"""A soil-moisture forecast fitted to all that is known, to be kept and asked on later days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from models.irrigation import moisture_bucket as bucket
from models.irrigation import moisture_choose as choose
from models.irrigation import moisture_fold as folds
from models.irrigation.moisture_features import Scale, Series
from models.irrigation.moisture_spread import history_start, judged_before
from models.learning.splits import Fold

Array = NDArray[np.float64]

TRUSTED = (
    "models.irrigation.moisture_features.Scale",
    "models.irrigation.moisture_learned.Boosted",
    "models.irrigation.moisture_learned.Linear",
    "models.irrigation.moisture_learned.Standard",
    "models.irrigation.moisture_model.Correction",
    "models.irrigation.moisture_fold.Learned",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
)


@dataclass(frozen=True, slots=True)
class Correction:
    """What is kept.

    Attributes
    ----------
    probes : Site and depth [cm] of each probe, in the order of the rest.
    parameters : (8,) of each probe's bucket, on the fitted scale.
    learned, weights : Days ahead → corrections, and weights of bucket, linear and boosted.
    """

    probes: tuple[tuple[str, float], ...]
    parameters: tuple[Array, ...]
    scales: tuple[Scale, ...]
    learned: dict[int, folds.Learned]
    weights: dict[int, Array]

    def forecast(self, panel: Sequence[Series], origin: int) -> dict[int, Array]:
        """Water content expected so many days after day `origin`, with the rain between known.

        Parameters
        ----------
        panel : The same probes in the same order, with rain up to the days asked for.

        Returns
        -------
        Days ahead → (probes,); NaN where the probe says nothing on that day. [m³ m⁻³]
        """
        if tuple((one.site, one.depth_cm) for one in panel) != self.probes:
            told = ", ".join(f"{one.site} {one.depth_cm:g} cm" for one in panel)
            raise ValueError(f"panel must have the probes it was fitted on, got: {told}")
        fitted = folds.Fitted(list(self.parameters), list(self.scales))
        for parameters, series in zip(self.parameters, panel, strict=True):
            fitted.buckets.append(_buckets(parameters, series, origin))
        return {days: self._ahead(panel, fitted, origin, days) for days in self.learned}

    def _ahead(
        self, panel: Sequence[Series], fitted: folds.Fitted, origin: int, days: int
    ) -> Array:
        inputs = folds.tables(panel, fitted, days, rain_known=True)
        found = np.full(len(panel), np.nan)
        for probe, series in enumerate(panel):
            rows = inputs[probe][[origin]]
            changes = self.learned[days].changes(
                probe, rows, self.scales[probe], series.frozen[[origin]]
            )[0]
            whole = np.where(np.isfinite(changes), changes, changes[0])
            found[probe] = series.water_content[origin] + whole @ self.weights[days]
        return found


def _buckets(parameters: Array, series: Series, origin: int) -> Array:
    found = np.full((bucket.DAYS, len(series.rain)), np.nan)
    if np.isfinite(series.water_content[origin]):
        past = bucket.Past(series.water_content, series.rain, series.demand, series.frozen)
        found[:, [origin]] = bucket.forecast(parameters, past, np.array([origin]))
    return found


def fit(
    panel: Sequence[Series], rolled: Mapping[int, folds.Forecasts], *, seed: int = 0
) -> Correction:
    """Fit on all days, with the weights that the rolling-origin run `rolled` has earned.

    Every probe needs at least `moisture_folds.LEAST_DAYS` values.
    """
    days = len(panel[0].rain)
    fold = Fold(days, days)
    fitted = folds.Fitted([None] * len(panel))
    with threadpool_limits(limits=1):
        folds.fit_buckets(panel, fold, fitted, rain_known=True, seed=seed)
        learned = {
            ahead: folds.learn(
                panel,
                fitted,
                folds.tables(panel, fitted, ahead, rain_known=True),
                ahead,
                days,
                seed=seed,
            )
            for ahead in rolled
        }
    history = days - history_start(panel)
    weights = {}
    for ahead, found in rolled.items():
        judged, _ = judged_before(panel, fold, fitted, found)
        weights[ahead] = choose.weights(judged, history, rain_known=True)
    parameters = tuple(one for one in fitted.parameters if one is not None)
    if len(parameters) < len(panel):
        raise ValueError(f"every probe needs {folds.LEAST_DAYS} values, leave shorter ones out")
    probes = tuple((one.site, one.depth_cm) for one in panel)
    return Correction(probes, parameters, tuple(fitted.scales), learned, weights)
