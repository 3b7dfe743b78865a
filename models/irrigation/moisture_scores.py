"""What rolling-origin forecasts of soil moisture were worth, probe by probe and in all.

Every candidate is judged on the same days: those after a third of the probe's series (at most a
year) on which a forecast was made and its truth was measured. Of dry days only those count after
which hardly any water came until the day foretold.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.irrigation.moisture_features import Series, shifted
from models.irrigation.moisture_fold import Forecasts
from models.irrigation.moisture_skill import HORIZONS
from models.learning import scores, splits

Array = NDArray[np.float64]

SHOWN = ("persistence", "bucket", "linear", "boosted", "blend", "chosen")
DRY = 2.0  # mm of rain and watering until the day foretold, up to which a forecast is of dry days


@dataclass(frozen=True, slots=True)
class Judgement:
    """One horizon: `n` forecasts judged, RMSE by candidate [m³ m⁻³], coverage at 80 % [-]."""

    days: int
    n: int
    rmse: dict[str, float]
    coverage_80: float


@dataclass(frozen=True, slots=True)
class _Errors:
    """Errors by candidate, and truth with its bounds, all (n,)."""

    of: dict[str, Array]
    truth: Array
    low: Array
    high: Array


def judge(
    panel: Sequence[Series], found: Mapping[int, Forecasts], *, dry: bool = False
) -> tuple[list[list[Judgement]], list[Judgement]]:
    """Judgements of each probe, and of all together, by horizon; of `dry` days only if asked."""
    errors = [
        [_errors(series, probe, found[days], dry=dry) for days in HORIZONS]
        for probe, series in enumerate(panel)
    ]
    single = [[_judgement(days, one) for days, one in _horizons(each)] for each in errors]
    together = [_together([each[i] for each in errors]) for i in range(len(HORIZONS))]
    return single, [_judgement(days, one) for days, one in _horizons(together)]


def _horizons(errors: Sequence[_Errors]) -> "zip[tuple[int, _Errors]]":
    return zip(HORIZONS, errors, strict=True)


def _errors(series: Series, probe: int, found: Forecasts, *, dry: bool) -> _Errors:
    """The errors of one probe at one horizon, on the days that count."""
    measured = np.flatnonzero(np.isfinite(series.water_content))
    truth = shifted(series.water_content, -found.days) - series.water_content
    counted = np.isfinite(truth) & np.isfinite(found.chosen[probe])
    if len(measured):
        counted[: splits.warm_up(int(measured[0]), int(measured[-1]) + 1)] = False
    if dry:
        counted &= water_ahead(series, found.days) <= DRY
    of = {"persistence": -truth[counted]}
    for name in SHOWN[1:]:
        change = getattr(found, name)[probe][counted]
        of[name] = change - truth[counted]
    low, high = found.low[probe][counted], found.high[probe][counted]
    return _Errors(of, truth[counted], low, high)


def water_ahead(series: Series, days: int) -> Array:
    """Rain and watering of the days after each origin; NaN beyond the end. (days,) [mm]"""
    each = [shifted(series.rain, -day) for day in range(1, days + 1)]
    return np.asarray(np.sum(each, axis=0), dtype=float)


def _together(errors: Sequence[_Errors]) -> _Errors:
    of = {name: np.concatenate([one.of[name] for one in errors]) for name in SHOWN}
    parts = (np.concatenate([getattr(e, n) for e in errors]) for n in ("truth", "low", "high"))
    return _Errors(of, *parts)


def _judgement(days: int, errors: _Errors) -> Judgement:
    rmse = {name: scores.rmse(errors.of[name]) for name in SHOWN}
    covered = scores.coverage(errors.truth, errors.low, errors.high)
    return Judgement(days, len(errors.truth), rmse, covered)


def persistence_only(water_content: Array) -> list[Judgement]:
    """Judgements of a series too short for anything else. (days,) [m³ m⁻³]"""
    found = []
    for days in HORIZONS:
        error = water_content - shifted(water_content, -days)
        rmse = dict.fromkeys(SHOWN, float("nan"))
        rmse["persistence"] = rmse["chosen"] = scores.rmse(error)
        found.append(Judgement(days, int(np.isfinite(error).sum()), rmse, float("nan")))
    return found
