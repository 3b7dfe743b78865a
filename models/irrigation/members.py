"""Members of a bed's balance: the same season, run with what nobody knows exactly.

Members differ in how much the crop uses, what rain and watering really reached the bed, how full it
was at first, its soil, how fast it drains, and what each probe reads too much or too little. Each
goes through the balance of `models.water.balance` [1] day by day. A probe's error is mostly
constant (one spot, one soil, one maker's curve), so it is a state that drifts slowly and not a
noise that many readings would average away.

References
----------
[1] Allen, Pereira, Raes, Smith (1998), Crop evapotranspiration, FAO Irrigation and Drainage 56.
[2] Evensen (2009), The ensemble Kalman filter for combined state and parameter estimation.
    doi:10.1109/MCS.2009.932223
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.irrigation.state import LEAST_POROSITY, SATURATION_MARGIN
from models.water import balance, soil
from models.water.et0 import CALM
from models.water.parameters import cut_days

Array = NDArray[np.float64]

MEMBERS = 50

# Rows of `Ensemble.values`; from `FIXED` on one row for each probe's offset.
DEPLETION, SURFACE, CROP, RAIN, WATERING, HELD, DRAINAGE, UNNAMED, FIXED = range(9)

# Standard errors at the start. The logarithms are of factors about 1.
CROP_ERROR = 0.15  # log, of a crop's evapotranspiration against the tables', all season
RAIN_ERROR = 0.1  # log, of a gauge against the bed, all season
WATERING_ERROR = 0.25  # log, of what a noted watering brought to the roots
HELD_ERROR = 0.25  # log, of the water a soil holds for plants, by its texture
DRAINAGE_DAYS, DRAINAGE_ERROR = 0.7, 0.7  # d and log: how long water above field capacity stays
START_ERROR = 0.2  # share of total available water

# What a day adds to them.
DAY_ET_ERROR = 0.1  # log, where the weather is measured
DAY_RAIN_ERROR = 0.3  # log, where the rain is measured
MEMORY = 60.0  # d, over which factors, soil and offsets return to what is known beforehand
UNNAMED_ERROR = 0.002  # m³ m⁻³ d⁻¹, what no term of the balance names: layers, slopes, roots
UNNAMED_MEMORY = 5.0  # d, over which that lasts

# What a bed may have done while no probe watched it.
BLIND_AFTER = 7.0  # d, a silence that its balance bridges well
BLIND_ERROR, BLIND_MEMORY = 0.5, 20.0  # share of total available water, and d to reach it
_BLIND_SEED = 20100705

MOST_LOG = 1.0  # factors stay within 1/e and e

_ERRORS = (
    (CROP, CROP_ERROR),
    (RAIN, RAIN_ERROR),
    (WATERING, WATERING_ERROR),
    (HELD, HELD_ERROR),
    (DRAINAGE, DRAINAGE_ERROR),
)


@dataclass(frozen=True, slots=True)
class Weather:
    """Days of weather with their errors, each (days,) or a number.

    `et0`, `rain` [mm d⁻¹]; `wind_2m` [m s⁻¹], `rh_min` [%], NaN = the tables' climate;
    `et0_error`, `rain_error` : standard errors of their logarithms. [-]
    """

    et0: ArrayLike
    rain: ArrayLike
    wind_2m: ArrayLike = np.nan
    rh_min: ArrayLike = np.nan
    et0_error: ArrayLike = DAY_ET_ERROR
    rain_error: ArrayLike = DAY_RAIN_ERROR

    def days(self) -> Iterator["Sky"]:
        """One `Sky` for each day."""
        count = len(np.atleast_1d(np.asarray(self.et0, float)))
        names = [f.name for f in fields(self)]
        columns = [np.broadcast_to(np.asarray(getattr(self, n), float), count) for n in names]
        for row in zip(*columns, strict=True):
            known = {n: float(value) for n, value in zip(names, row, strict=True)}
            known["wind_2m"] = CALM if np.isnan(known["wind_2m"]) else known["wind_2m"]
            known["rh_min"] = balance.RH_MIN if np.isnan(known["rh_min"]) else known["rh_min"]
            yield Sky(**known)


@dataclass(frozen=True, slots=True)
class Sky:
    """One day of `Weather`."""

    et0: float
    rain: float
    wind_2m: float
    rh_min: float
    et0_error: float
    rain_error: float


@dataclass(frozen=True, slots=True)
class Ensemble:
    """Beds × members at the end of a day.

    Attributes
    ----------
    values : (rows, beds, members)  Rows named by the constants above; one more for each probe.
        A depletion below 0 is water above field capacity that still drains.
    wetted_fraction : (beds, members)  [-]
    root_depth : (beds,)  [m]
    field_capacity, held : (beds,)  Stated field capacity, and its excess over the wilting point;
        what is wrong with them shows in the probes' offsets and in `HELD`. [m³ m⁻³]
    offset, offset_error : (beds, probes)  What each probe was thought to read too much at first,
        and the standard error of that. [m³ m⁻³]
    unseen : (beds,)  Days since the last reading of any probe, or since the start. [d]
    """

    values: Array
    wetted_fraction: Array
    root_depth: Array
    field_capacity: Array
    held: Array
    offset: Array
    offset_error: Array
    unseen: Array

    @property
    def probes(self) -> int:
        """Probes of the bed that has most."""
        return len(self.values) - FIXED

    def one(self, bed: int) -> "Ensemble":
        """A single bed."""
        fixed = {
            name: getattr(self, name)[[bed]]
            for name in (
                "wetted_fraction",
                "root_depth",
                "field_capacity",
                "held",
                "offset",
                "offset_error",
                "unseen",
            )
        }
        return replace(self, values=self.values[:, [bed]], **fixed)

    @property
    def depletion(self) -> Array:
        """(beds, members)  Never below 0. [mm]"""
        return np.maximum(self.values[DEPLETION], 0.0)

    @property
    def water_content(self) -> Array:
        """(beds, members)  Mean of the root zone. [m³ m⁻³]"""
        depth = 1000.0 * self.root_depth[:, None]
        return self.field_capacity[:, None] - self.values[DEPLETION] / depth

    @property
    def drainage_tau(self) -> Array:
        """(beds, members)  In which water above field capacity falls to 1/e. [d]"""
        return DRAINAGE_DAYS * np.exp(self.values[DRAINAGE])

    @property
    def crop_factor(self) -> Array:
        """(beds, members)  What the crop uses against the tables. [-]"""
        return np.exp(self.values[CROP])


def start(
    beds: balance.Beds,
    *,
    depletion: ArrayLike,
    offset: Array,
    offset_error: Array,
    seed: int,
    members: int = MEMBERS,
) -> Ensemble:
    """The members before the first day.

    Parameters
    ----------
    depletion : (beds,)  [mm]
    offset, offset_error : (beds, probes)  What each probe is thought to read too much, and the
        standard error of that; NaN where a bed has fewer probes. [m³ m⁻³]
    """
    size, probes = offset.shape
    first = balance.start(beds, depletion=depletion, shape=(size,))
    noise = _normal((seed,), FIXED + probes, members)
    fc, wp = _column(beds.field_capacity, size), _column(beds.wilting_point, size)
    roots = _column(beds.root_depth_min, size)
    values = np.zeros((FIXED + probes, size, members))
    spread = START_ERROR * soil.taw(fc, wp, roots)
    values[DEPLETION] = np.maximum(first.depletion[:, None] + spread * noise[DEPLETION], 0.0)
    values[SURFACE] = first.surface_depletion[:, None]
    for row, error in _ERRORS:
        values[row] = error * noise[row]
    stated = np.where(np.isnan(offset), 0.0, offset)
    doubt = np.where(np.isnan(offset_error), 0.0, offset_error)
    values[FIXED:] = stated.T[:, :, None] + doubt.T[:, :, None] * noise[FIXED:, None]
    wetted = np.ones((size, members))
    return within(
        Ensemble(
            values,
            wetted,
            root_depth=roots[:, 0],
            field_capacity=fc[:, 0],
            held=(fc - wp)[:, 0],
            offset=stated,
            offset_error=doubt,
            unseen=np.zeros(size),
        )
    )


def forecast(
    now: Ensemble,
    beds: balance.Beds,
    sky: Sky,
    *,
    day: int,
    irrigation: ArrayLike,
    seed: int,
) -> Ensemble:
    """One day on: every member through the balance with its own weather, crop and soil.

    Water above field capacity drains over some days, and the crop drinks of it meanwhile.

    Parameters
    ----------
    beds : (beds,), or from `columns` where many days follow.
    day : Days since the first row of the season.
    irrigation : (beds,)  As it reaches the soil. [mm]
    seed : The same seed and day give the same errors, whatever the length of the season.
    """
    values = now.values.copy()
    noise = _normal((seed, day), len(values), values.shape[2])
    _drift(values, noise, now)
    after, flux = balance.step(
        balance.State(values[DEPLETION], values[SURFACE], now.wetted_fraction),
        day=day,
        et0=sky.et0 * _factor(values[CROP], sky.et0_error, noise[SURFACE]),
        rain=sky.rain * _factor(values[RAIN], sky.rain_error, noise[RAIN]),
        beds=_of_members(beds, values, now),
        irrigation=np.asarray(irrigation, float)[:, None] * np.exp(values[WATERING]),
        wind_2m=sky.wind_2m,
        rh_min=sky.rh_min,
    )
    roots = np.broadcast_to(flux.root_depth, after.depletion.shape)[:, 0]
    values[DEPLETION] = after.depletion + 1000.0 * roots[:, None] * values[UNNAMED]
    values[SURFACE] = after.surface_depletion
    return within(
        replace(
            now,
            values=values,
            wetted_fraction=after.wetted_fraction,
            root_depth=roots,
            unseen=now.unseen + 1.0,
        )
    )


def _drift(values: Array, noise: Array, now: Ensemble) -> None:
    """Let a day pass over what is known of factors, soils and probes; in place.

    A stationary first-order process keeps the members from agreeing for ever on what one dry spell
    taught them.
    """
    kept = 1.0 - 1.0 / MEMORY
    for row, error in _ERRORS:
        values[row] *= kept
        values[row] += error * np.sqrt(1.0 - kept**2) * noise[row]
    lasts = np.exp(-1.0 / UNNAMED_MEMORY)
    values[UNNAMED] *= lasts
    values[UNNAMED] += UNNAMED_ERROR * np.sqrt(1.0 - lasts**2) * noise[UNNAMED]
    stated, doubt = now.offset.T[:, :, None], now.offset_error.T[:, :, None]
    values[FIXED:] = stated + kept * (values[FIXED:] - stated)
    values[FIXED:] += doubt * np.sqrt(1.0 - kept**2) * noise[FIXED:, None]


def blindness(now: Ensemble) -> Array:
    """What the balance of a bed that no probe watched may have missed. (beds, members) [mm]

    Waterings that nobody noted and weather that nobody measured near by have no bound but the
    bed's own: after some weeks a first reading finds it anywhere between full and empty.
    """
    blind = np.maximum(now.unseen - BLIND_AFTER, 0.0)
    share = BLIND_ERROR * np.sqrt(1.0 - np.exp(-blind / BLIND_MEMORY))
    taw = 1000.0 * now.held * now.root_depth
    noise = _normal((_BLIND_SEED,), 1, now.values.shape[2])[0]
    return np.asarray((share * taw)[:, None] * noise)


def within(ensemble: Ensemble) -> Ensemble:
    """The members, none beyond what a soil can hold or a factor can be. Changes them in place."""
    values = ensemble.values
    depth = 1000.0 * ensemble.root_depth[:, None]
    np.clip(values[CROP : WATERING + 1], -MOST_LOG, MOST_LOG, out=values[CROP : WATERING + 1])
    np.clip(values[DRAINAGE], -2.0 * MOST_LOG, 2.0 * MOST_LOG, out=values[DRAINAGE])
    np.clip(values[HELD], -MOST_LOG, MOST_LOG, out=values[HELD])
    fc = ensemble.field_capacity[:, None]
    full = np.maximum(LEAST_POROSITY - fc, SATURATION_MARGIN) * depth
    taw = ensemble.held[:, None] * np.exp(values[HELD]) * depth
    values[DEPLETION] = np.clip(values[DEPLETION], -full, taw)
    np.maximum(values[SURFACE], 0.0, out=values[SURFACE])
    return ensemble


def _factor(logarithm: Array, error: float, noise: Array) -> Array:
    """Log-normal about the season's own factor, of that mean. [-]"""
    return np.exp(logarithm + error * noise - error**2 / 2.0)


def columns(beds: balance.Beds) -> balance.Beds:
    """The beds as (beds, 1), for members beside them; what is so already stays as it is."""
    table = {f.name: np.asarray(getattr(beds, f.name)) for f in fields(beds)}
    if table["cuts"].ndim == 1:
        table["cuts"] = cut_days(beds)
    tall = {"cuts": table.pop("cuts")} | {n: one for n, one in table.items() if one.ndim == 1}
    return replace(beds, **{name: one[..., None] for name, one in tall.items() if one.ndim})


def _of_members(beds: balance.Beds, values: Array, now: Ensemble) -> balance.Beds:
    """The beds with each member's soil."""
    return replace(
        columns(beds) if np.ndim(beds.kcb_mid) == 1 else beds,
        wilting_point=now.field_capacity[:, None] - now.held[:, None] * np.exp(values[HELD]),
        drainage_tau=DRAINAGE_DAYS * np.exp(values[DRAINAGE]),
    )


def _column(values: ArrayLike, size: int) -> Array:
    return np.broadcast_to(np.asarray(values, float), size)[:, None]


@lru_cache(maxsize=512)
def _normal(seed: tuple[int, ...], rows: int, members: int) -> Array:
    """(rows, members) standard normal errors, of mean 0 and variance 1 in every row."""
    drawn = np.random.default_rng(seed).standard_normal((rows, members))
    drawn -= drawn.mean(axis=1, keepdims=True)
    drawn /= drawn.std(axis=1, keepdims=True)
    drawn.flags.writeable = False
    return drawn
