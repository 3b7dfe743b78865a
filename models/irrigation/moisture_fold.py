"""One fold of a rolling-origin run: buckets and corrections fitted on what was before it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from models.irrigation import moisture_bucket as bucket
from models.irrigation import moisture_features as features
from models.irrigation import moisture_learned as learned
from models.irrigation.moisture_features import Scale, Series
from models.irrigation.moisture_weather import past_weeks
from models.learning import splits

Array = NDArray[np.float64]
Index = NDArray[np.intp]

CANDIDATES = ("bucket", "linear", "boosted")
MEMBERS = 12  # weeks of rain that stand for an unknown one
FROZEN_ROWS = 300.0  # frozen days in the past after which corrections hold half on frozen soil
LEAST_DAYS = 10  # of a probe before it is forecast


@dataclass(frozen=True, slots=True)
class Forecasts:
    """All forecasts for one number of days ahead, by probe and origin, all (probes, days).

    NaN where none was made. `bucket`, `linear`, `boosted`, `blend`, `chosen` are changes from the
    origin; `low` and `high` bound the change; `factor` widened them. [m³ m⁻³], [-]
    """

    days: int
    bucket: Array
    linear: Array
    boosted: Array
    blend: Array
    chosen: Array
    low: Array
    high: Array
    factor: Array

    def before(self, day: int) -> "Forecasts":
        """Those that were made before `day`."""
        names = (*CANDIDATES, "blend", "chosen", "low", "high", "factor")
        return Forecasts(self.days, *(getattr(self, name)[:, :day] for name in names))


def empty(horizon: int, probes: int, days: int) -> Forecasts:
    return Forecasts(horizon, *(np.full((probes, days), np.nan) for _ in range(8)))


@dataclass(slots=True)
class Fitted:
    """What a fold knows: parameters and scale of each probe, and its bucket from every origin."""

    parameters: list[Array | None]
    scales: list[Scale] = field(default_factory=list)
    buckets: list[Array] = field(default_factory=list)


def fit_buckets(
    panel: Sequence[Series], fold: splits.Fold, fitted: Fitted, *, rain_known: bool, seed: int
) -> None:
    """Fit every bucket on the days before the fold; forecast from every day before its end."""
    fitted.scales, fitted.buckets = [], []
    for probe, series in enumerate(panel):
        forecasts = np.full((bucket.DAYS, len(series.rain)), np.nan)
        fitted.buckets.append(forecasts)
        if np.isfinite(series.water_content[: fold.start]).sum() < LEAST_DAYS:
            fitted.scales.append(Scale(0.0, 1.0))
            continue
        fitted.scales.append(features.scale_of(series.water_content[: fold.start]))
        past = bucket.Past(series.water_content, series.rain, series.demand, series.frozen)
        parameters = bucket.fit(past, series.depth_cm, fold.start, begin=fitted.parameters[probe])
        fitted.parameters[probe] = parameters
        origins = np.flatnonzero(np.isfinite(series.water_content[: fold.stop]))
        if rain_known or not series.rain_measured:
            forecasts[:, origins] = bucket.forecast(parameters, past, origins)
        else:
            forecasts[:, origins] = _unknown_rain(parameters, past, series, origins, fold, seed)


def _unknown_rain(
    parameters: Array,
    past: bucket.Past,
    series: Series,
    origins: Index,
    fold: splits.Fold,
    seed: int,
) -> Array:
    """The bucket's mean over past weeks of rain, by the season of each month of origins."""
    found = np.empty((bucket.DAYS, len(origins)))
    months = (series.day_of_year[origins] // 31).astype(int)
    for month in np.unique(months):
        chosen = months == month
        middle = 31.0 * month + 15.0
        weeks = past_weeks(
            series.rain[: fold.start],
            series.day_of_year[: fold.start],
            middle,
            days=bucket.DAYS,
            members=MEMBERS,
            seed=seed + int(month),
        )
        found[:, chosen] = bucket.forecast_members(parameters, past, origins[chosen], weeks)
    return found


@dataclass(frozen=True, slots=True)
class Learned:
    """The corrections of one horizon, and how many frozen days (of all probes) they have seen."""

    linear: learned.Linear | None
    boosted: learned.Boosted | None
    frozen_rows: float

    def changes(self, probe: int, rows: Array, scale: Scale, frozen: Array) -> Array:
        """(n, 3) changes by bucket, linear and boosted; NaN where nothing could be learned."""
        bucketed = rows[:, -1]
        held = 1.0 - frozen * FROZEN_ROWS / (FROZEN_ROWS + self.frozen_rows)
        found = np.full((len(rows), 3), np.nan)
        found[:, 0] = bucketed
        if self.linear is not None:
            found[:, 1] = bucketed + self.linear.predict(probe, rows) * held
        if self.boosted is not None:
            found[:, 2] = bucketed + self.boosted.predict(rows) * held
        return found * scale.width


def tables(panel: Sequence[Series], fitted: Fitted, days: int, *, rain_known: bool) -> list[Array]:
    """The features of every probe: (days, features) each."""
    each = zip(panel, fitted.scales, fitted.buckets, strict=True)
    return [features.table(*one, days, rain_known=rain_known) for one in each]


def learn(
    panel: Sequence[Series],
    fitted: Fitted,
    inputs: Sequence[Array],
    days: int,
    stop: int,
    *,
    seed: int,
) -> Learned:
    """Learn what the bucket missed in forecasts whose truth was known before `stop`."""
    known, missed, frozen = [], [], 0.0
    for series, scale, rows in zip(panel, fitted.scales, inputs, strict=True):
        change = features.shifted(series.water_content, -days) - series.water_content
        error = change / scale.width - rows[:, -1]
        past = np.flatnonzero(np.isfinite(error[: max(stop - days, 0)]))
        known.append(rows[past])
        missed.append(error[past])
        frozen += float(series.frozen[past].sum())
    boosted = learned.fit_boosted(known, missed, seed=seed)
    return Learned(learned.fit_linear(known, missed), boosted, frozen)


def origins_of(
    panel: Sequence[Series], fold: splits.Fold, fitted: Fitted
) -> Iterator[tuple[int, Index]]:
    """Each probe that has a bucket, and its measured days of the fold."""
    for probe, series in enumerate(panel):
        known = np.isfinite(series.water_content) & np.isfinite(fitted.buckets[probe][0])
        known[: fold.start] = False
        known[fold.stop :] = False
        origins = np.flatnonzero(known)
        if len(origins):
            yield probe, origins


def changes_of(found: Forecasts, probe: int, origins: Index) -> Array:
    """(n, 3) changes; a forecast that could not be learned yet is the bucket's."""
    columns = [getattr(found, name)[probe, origins] for name in CANDIDATES]
    return np.column_stack([np.where(np.isfinite(one), one, columns[0]) for one in columns])
