"""How much faster a bed dries than the physics says, as a kept model has learned it.

The model is asked with the last weeks of a probe what it expects if nothing falls and nothing is
poured, and so is the probe's own bucket from the same day: their difference is what was learned.
Neither the rain to come nor a watering that is still being decided is in it. What came before is
taken as the probe felt it, by its rises, and not from a gauge.

It is asked for every wetness that this course of weeks may have ended with, and the answers are
made monotone over them: what is added may grow as the soil dries and never falls. So a bed whose
probe reads less is never taken to use less, nor one that reads more to use more, whatever the
trees have learned.

References
----------
[1] Barlow, Bartholomew, Bremner, Brunk (1972), Statistical Inference under Order Restrictions
    (isotonic regression).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import isotonic_regression
from threadpoolctl import threadpool_limits

from models.irrigation import moisture_bucket as bucket
from models.irrigation import moisture_fold as folds
from models.irrigation.moisture_features import Series
from models.irrigation.moisture_model import Correction

Array = NDArray[np.float64]
Index = NDArray[np.intp]

BEFORE = 31  # days of a probe, as far back as any feature looks
DAYS = 7  # ahead, as far as there is an answer
WETNESS = np.linspace(1.0, 0.0, 11)  # of the probe's scale, at which it is asked


@dataclass(frozen=True, slots=True)
class Course:
    """The last `BEFORE` days of a probe, the newest last, all (days,).

    Attributes
    ----------
    water_content : Of the last day there must be one. [m³ m⁻³]
    above, below : Water content of the next probes of the place; NaN without. [m³ m⁻³]
    demand, daily_demand : Expected of the days after each day; of the day itself. [mm d⁻¹]
    temperature, frozen : Of the topsoil, [°C]; share that is frozen, [-].
    day_of_year : [-]
    """

    water_content: Array
    above: Array
    below: Array
    demand: Array
    daily_demand: Array
    temperature: Array
    frozen: Array
    day_of_year: Array


@dataclass(frozen=True, slots=True)
class Curve:
    """What a bed loses beside what its bucket says, by how wet it is.

    Attributes
    ----------
    content : (levels,)  Water content, falling. [m³ m⁻³]
    extra : (days, levels)  Of each of the days ahead; grows as the soil dries. [m³ m⁻³ d⁻¹]
    """

    content: Array
    extra: Array

    def at(self, content: float) -> Array:
        """The extra loss of the days ahead at a water content; that of an end beyond it. (days,)"""
        return np.array([np.interp(content, self.content[::-1], one[::-1]) for one in self.extra])


def curve(
    model: Correction,
    probe: int,
    course: Course,
    horizons: Sequence[int],
) -> Curve:
    """The curve of probe number `probe`, from the horizons at which it is believed.

    Between two horizons the days are alike; after the last there is nothing extra.
    """
    scale = model.scales[probe]
    content = scale.dry + scale.width * WETNESS
    with threadpool_limits(limits=1):
        lost = _lost(model, probe, course, content, horizons)
    extra = np.zeros((DAYS, len(content)))
    done, before = 0, np.zeros(len(content))
    for days in sorted(horizons):
        extra[done:days] = isotonic_regression((lost[days] - before) / (days - done))
        done, before = days, lost[days]
    return Curve(content, extra)


def _lost(
    model: Correction, probe: int, course: Course, content: Array, horizons: Sequence[int]
) -> Mapping[int, Array]:
    """What is lost beside the bucket so many days after each level: (levels,) each. [m³ m⁻³]"""
    parameters, scale = model.parameters[probe], model.scales[probe]
    series = _levels(parameters, *model.probes[probe], course, content)
    origins = BEFORE - 1 + (BEFORE + DAYS) * np.arange(len(content))
    past = bucket.Past(series.water_content, series.rain, series.demand, series.frozen)
    buckets = np.full((bucket.DAYS, len(series.rain)), np.nan)
    buckets[:, origins] = bucket.forecast(parameters, past, origins)
    fitted = folds.Fitted([parameters], [scale], [buckets])
    found = {}
    for days in horizons:
        rows = folds.tables([series], fitted, days, rain_known=True)[0][origins]
        changes = model.learned[days].changes(probe, rows, scale, series.frozen[origins])
        whole = np.where(np.isfinite(changes), changes, changes[:, :1])
        found[days] = whole[:, 0] - whole @ model.weights[days]
    return found


def _levels(
    parameters: Array, site: str, depth_cm: float, course: Course, content: Array
) -> Series:
    """The course once for each level it may have ended with, each followed by dry days."""
    moved = content - course.water_content[-1]
    dry = np.zeros(DAYS)

    def each(values: Array) -> Array:
        return np.tile(np.append(values, np.full(DAYS, values[-1])), len(content))

    def at_levels(values: Array) -> Array:
        whole = np.append(values, np.full(DAYS, np.nan))
        return np.asarray((whole[None, :] + moved[:, None]).ravel())

    return Series(
        site=site,
        depth_cm=depth_cm,
        water_content=at_levels(course.water_content),
        rain=np.tile(np.append(felt(parameters, course.water_content), dry), len(content)),
        rain_measured=True,
        demand=each(course.demand),
        daily_demand=each(course.daily_demand),
        temperature=each(course.temperature),
        frozen=each(course.frozen),
        day_of_year=each(course.day_of_year),
        above=at_levels(course.above),
        below=at_levels(course.below),
    )


def felt(parameters: Array, content: Array) -> Array:
    """The water that a probe felt on each day, by its rises; none while it was silent. [mm d⁻¹]

    Parameters
    ----------
    parameters : (8,)  Of its bucket, on the fitted scale.
    content : (days,)  [m³ m⁻³]
    """
    rises = np.diff(content, prepend=content[0])
    return np.asarray(np.where(rises > 0.0, rises, 0.0) / np.exp(parameters[0]), dtype=float)
