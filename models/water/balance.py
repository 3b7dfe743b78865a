"""The root zone's water, day by day, for all beds at once: the FAO-56 dual crop coefficient.

Parameters (`Beds`), state (`State`) and fluxes (`Fluxes`) are apart. A day goes in this order:
rain and irrigation wet the soil first (as in the book's example 35), then the surface evaporates,
the crop transpires as far as it is not stressed, and what exceeds field capacity drains.

References
----------
[1] Allen, Pereira, Raes, Smith (1998). FAO Irrigation and Drainage Paper 56, chapters 7 and 8.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.errors import BalanceError
from models.water import canopy, soil
from models.water.et0 import CALM, Array
from models.water.tables import Crop, Soil

Numbers = Array | float

RH_MIN = 45.0  # %, of the sub-humid climate the tables are made for (p. 123 [1])
TOLERANCE = 1e-9  # mm, how well a day must close
_LENGTHS = ("length_ini", "length_dev", "length_mid", "length_late")
_WETTING_RAIN = 0.2  # of ET₀: less rain than this does not wet the whole surface (p. 155 [1])


@dataclass(frozen=True, slots=True)
class Beds:
    """What does not change through a season, each (beds,) or scalar.

    `kcb_…`, `depletion_fraction` [-]; `height`, `root_depth_…` [m]; `length_…` [d];
    `field_capacity`, `wilting_point` [m³ m⁻³]; `rew`, `tew` [mm]; `wetted_fraction` of the
    irrigation system, `drip` whether it drips; `rain_share` 1 in the open, 0 under cover;
    `planted` and `removed` are days counted from the first row (`removed` inf while it grows);
    `curve_number` NaN = no runoff.
    """

    kcb_ini: Numbers
    kcb_mid: Numbers
    kcb_end: Numbers
    height: Numbers
    root_depth_min: Numbers
    root_depth_max: Numbers
    depletion_fraction: Numbers
    length_ini: Numbers
    length_dev: Numbers
    length_mid: Numbers
    length_late: Numbers
    field_capacity: Numbers
    wilting_point: Numbers
    rew: Numbers
    tew: Numbers
    wetted_fraction: Numbers = 1.0
    drip: NDArray[np.bool_] | bool = False
    rain_share: Numbers = 1.0
    planted: Numbers = 0.0
    removed: Numbers = np.inf
    curve_number: Numbers = np.nan


@dataclass(frozen=True, slots=True)
class Bed:
    """One bed for `beds()`: a crop on a soil, and what the place adds to them.

    `planted` and `removed` are days counted from the first row of the weather; `root_limit` m is
    the depth of a container or of the soil, and the reach of roots where one is known.
    """

    crop: Crop
    soil: Soil
    planted: float = 0.0
    removed: float = np.inf
    wetted_fraction: float = 1.0
    drip: bool = False
    covered: bool = False
    root_limit: float = np.inf
    curve_number: float = np.nan


@dataclass(frozen=True, slots=True)
class DailyWeather:
    """Days of weather, each (days,) or (days, beds).

    `et0` [mm d⁻¹] and `rain` [mm] must be whole; `wind_2m` [m s⁻¹] and `rh_min` [%] only shift the
    crop coefficients and fall back to the tables' climate where NaN.
    """

    et0: ArrayLike
    rain: ArrayLike
    wind_2m: ArrayLike = CALM
    rh_min: ArrayLike = RH_MIN


@dataclass(frozen=True, slots=True)
class State:
    """Water missing at the end of a day, (beds,) [mm]; share of the surface that is wetted [-]."""

    depletion: Array
    surface_depletion: Array
    wetted_fraction: Array


@dataclass(frozen=True, slots=True)
class Fluxes:
    """What a day did, (beds,) each.

    `crop_et` = (kcb + ke)·et0, what the crop would use without stress; `actual_et` =
    (ks·kcb + ke)·et0, what left; amounts in mm d⁻¹, coefficients and `canopy_cover` [-],
    `taw`, `raw` [mm], `root_depth` [m]. `closure` is the balance's own residual [mm].
    """

    kcb: Array
    ke: Array
    ks: Array
    crop_et: Array
    actual_et: Array
    evaporation: Array
    transpiration: Array
    rain: Array
    irrigation: Array
    runoff: Array
    deep_percolation: Array
    taw: Array
    raw: Array
    root_depth: Array
    canopy_cover: Array
    closure: Array


@dataclass(frozen=True, slots=True)
class Season:
    """Every state and flux of a run, (days, beds) each; units as in `State` and `Fluxes`."""

    depletion: Array
    surface_depletion: Array
    wetted_fraction: Array
    kcb: Array
    ke: Array
    ks: Array
    crop_et: Array
    actual_et: Array
    evaporation: Array
    transpiration: Array
    rain: Array
    irrigation: Array
    runoff: Array
    deep_percolation: Array
    taw: Array
    raw: Array
    root_depth: Array
    canopy_cover: Array
    closure: Array


def beds(rows: Sequence[Bed]) -> Beds:
    """Columns from rows: the crops and soils of many beds as arrays.

    Raises
    ------
    ValueError  A soil holds no water: its wilting point is not below its field capacity.
    """
    for row in rows:
        if not row.soil.wilting_point < row.soil.field_capacity:
            raise ValueError(
                f"wilting_point must be below field_capacity: {row.soil.wilting_point:g} >= "
                f"{row.soil.field_capacity:g} m³ m⁻³ in soil {row.soil.texture!r}"
            )
    of_crop = ("kcb_ini", "kcb_mid", "kcb_end", "height", "depletion_fraction", *_LENGTHS)
    of_soil = ("field_capacity", "wilting_point", "rew", "tew")
    of_bed = ("planted", "removed", "wetted_fraction", "drip", "curve_number")
    columns = {name: np.array([getattr(row.crop, name) for row in rows]) for name in of_crop}
    columns |= {name: np.array([getattr(row.soil, name) for row in rows]) for name in of_soil}
    columns |= {name: np.array([getattr(row, name) for row in rows]) for name in of_bed}
    limit = np.array([row.root_limit for row in rows])
    for name in ("root_depth_min", "root_depth_max"):
        columns[name] = np.minimum(np.array([getattr(row.crop, name) for row in rows]), limit)
    columns["rain_share"] = np.array([0.0 if row.covered else 1.0 for row in rows])
    return Beds(**columns)


def start(beds: Beds, *, depletion: ArrayLike = 0.0, shape: tuple[int, ...] = ()) -> State:
    """The state before the first day; `depletion` of the root zone [mm], 0 = full.

    The surface is taken as dry as the root zone, as far as it can be.
    """
    size = np.broadcast_shapes(*(np.shape(getattr(beds, f.name)) for f in fields(beds)), shape)
    root = np.broadcast_to(np.asarray(depletion, float), size).copy()
    return State(root, np.minimum(root, beds.tew), np.ones(size))


def step(
    state: State,
    *,
    day: ArrayLike,
    et0: ArrayLike,
    rain: ArrayLike,
    beds: Beds,
    irrigation: ArrayLike = 0.0,
    wind_2m: ArrayLike = CALM,
    rh_min: ArrayLike = RH_MIN,
) -> tuple[State, Fluxes]:
    """One day. Everything broadcasts, so beds × members of an ensemble run alike.

    Parameters
    ----------
    state : At the end of the day before.
    day : Days since the first row of the season (not since planting).
    et0, rain, irrigation : Of the day; irrigation as it reaches the soil, over the bed. [mm]
    wind_2m, rh_min : Of the day. [m s⁻¹, %]

    Raises
    ------
    BalanceError  The day does not close to 1e-9 mm.
    """
    reference = np.asarray(et0, float)
    falls = np.asarray(rain, float) * beds.rain_share
    given = np.asarray(irrigation, float)
    plant = _plant(day, beds, wind_2m, rh_min)
    ran = soil.runoff(falls, beds.curve_number)
    wetted = _wetted(state.wetted_fraction, falls, given, reference, beds.wetted_fraction)
    surface = _wet_surface(state.surface_depletion, falls - ran, given, wetted)
    most = canopy.kc_max(plant.kcb, wind_2m=wind_2m, rh_min=rh_min, crop_height=plant.height)
    cover = canopy.canopy_cover(plant.kcb, kc_max=most, crop_height=plant.height)
    drips = np.asarray(beds.drip, bool) & (wetted < 1.0)
    exposed = soil.exposed_wetted_fraction(cover, wetted, drip=drips)
    reduction = soil.kr(surface, tew=beds.tew, rew=beds.rew)
    ke = soil.ke(plant.kcb, kr=reduction, kc_max=most, exposed=exposed)
    crop_et = (plant.kcb + ke) * reference
    taw = soil.taw(beds.field_capacity, beds.wilting_point, plant.root_depth)
    raw = soil.raw(taw, crop_et, depletion_fraction=beds.depletion_fraction)
    # Water above field capacity drains after the day's evapotranspiration has had its share.
    before = state.depletion - (falls - ran) - given
    ks = soil.ks(np.maximum(before, 0.0), taw=taw, raw=raw)
    left = np.maximum(taw - before, 0.0)
    evaporation = np.minimum(ke * reference, left)
    transpiration = np.minimum(ks * plant.kcb * reference, left - evaporation)
    unlimited = before + evaporation + transpiration
    percolation = np.maximum(-unlimited, 0.0)
    depletion = np.maximum(unlimited, 0.0)
    closure = depletion - state.depletion + falls + given - ran
    closure = closure - evaporation - transpiration - percolation
    _must_close(closure, depletion)
    after = State(
        depletion,
        _dried_surface(surface, evaporation, exposed, beds.tew),
        np.broadcast_to(wetted, depletion.shape),
    )
    return after, Fluxes(
        kcb=plant.kcb,
        ke=ke,
        ks=ks,
        crop_et=crop_et,
        actual_et=evaporation + transpiration,
        evaporation=evaporation,
        transpiration=transpiration,
        rain=falls,
        irrigation=given,
        runoff=ran,
        deep_percolation=percolation,
        taw=taw,
        raw=raw,
        root_depth=plant.root_depth,
        canopy_cover=cover,
        closure=closure,
    )


@dataclass(frozen=True, slots=True)
class _Plant:
    kcb: Array
    height: Array
    root_depth: Array


def _plant(day: ArrayLike, beds: Beds, wind_2m: ArrayLike, rh_min: ArrayLike) -> _Plant:
    """The crop of the day; before planting and after removal the soil is bare (K_cb 0)."""
    since = np.asarray(day, float) - beds.planted
    grows = (since >= 0.0) & (np.asarray(day, float) < beds.removed)
    grown = canopy.growth(since, length_ini=beds.length_ini, length_dev=beds.length_dev)
    height = np.where(grows, np.maximum(grown * beds.height, 0.0), 0.0)
    kcb = canopy.stage_curve(
        since,
        ini=beds.kcb_ini,
        mid=canopy.adjusted_kcb(beds.kcb_mid, wind_2m, rh_min, beds.height),
        end=canopy.adjusted_kcb(beds.kcb_end, wind_2m, rh_min, beds.height),
        lengths=(beds.length_ini, beds.length_dev, beds.length_mid, beds.length_late),
    )
    reach = np.asarray(beds.root_depth_max, float) - beds.root_depth_min
    root_depth = beds.root_depth_min + np.maximum(reach, 0.0) * grown
    return _Plant(np.where(grows, np.maximum(kcb, 0.0), 0.0), height, root_depth)


def _wetted(
    before: ArrayLike, rain: Array, irrigation: Array, et0: Array, system: ArrayLike
) -> Array:
    """Share of the surface that the last wetting reached. [-]  FAO-56 [1], pp. 148, 155."""
    by_rain = rain > np.maximum(_WETTING_RAIN * et0, 1e-9)
    by_system = np.where(irrigation > 0.0, system, before)
    return np.where(by_rain, 1.0, by_system)


def _wet_surface(
    surface_depletion: Array, rain: ArrayLike, irrigation: ArrayLike, wetted: ArrayLike
) -> Array:
    """Surface depletion after the day's wetting, never below field capacity. [mm]  Eq. 77 [1]."""
    wet = np.asarray(rain, float) + np.asarray(irrigation, float) / np.maximum(wetted, 0.01)
    return np.maximum(surface_depletion - wet, 0.0)


def _dried_surface(surface: Array, evaporation: Array, exposed: Array, tew: ArrayLike) -> Array:
    """Surface depletion after evaporation from its wet, sunlit share. [mm]  Eq. 77 [1]."""
    return np.minimum(surface + evaporation / exposed, np.maximum(tew, surface))


def _must_close(closure: Array, depletion: Array) -> None:
    worst = np.nanmax(np.abs(closure)) if closure.size else 0.0
    if worst > TOLERANCE * max(1.0, float(np.nanmax(np.abs(depletion), initial=0.0)) / 1e3):
        raise BalanceError(f"the water balance of a day misses {worst:.3g} mm")


def run(
    weather: DailyWeather,
    beds: Beds,
    *,
    irrigation: ArrayLike = 0.0,
    initial_depletion: ArrayLike = 0.0,
    initial_state: State | None = None,
) -> Season:
    """A season of all beds at once, looping over days.

    Parameters
    ----------
    weather : (days,) or (days, beds)
    beds : (beds,)
    irrigation : (days,), (days, beds) or 0. As it reaches the soil. [mm]
    initial_depletion : (beds,) Before the first day, in the root zone of that day. [mm]
    initial_state : Instead of `initial_depletion`, a state from an earlier run.

    Returns
    -------
    Season  (days, beds) each.

    Raises
    ------
    ValueError  `et0` or `rain` is missing or negative on a day.
    """
    size = int(np.prod(start(beds).depletion.shape)) if start(beds).depletion.shape else 1
    days = int(np.shape(weather.et0)[0])
    et0, rain = _days(weather.et0, days, size, "et0"), _days(weather.rain, days, size, "rain")
    wind = _filled(weather.wind_2m, days, size, CALM)
    humid = _filled(weather.rh_min, days, size, RH_MIN)
    water = _days(irrigation, days, size, "irrigation")
    state = initial_state or _start_within(beds, initial_depletion, size)
    out = {f.name: np.empty((days, size)) for f in fields(Season)}
    for day in range(days):
        state, fluxes = step(
            state,
            day=day,
            et0=et0[day],
            rain=rain[day],
            beds=beds,
            irrigation=water[day],
            wind_2m=wind[day],
            rh_min=humid[day],
        )
        for part in (state, fluxes):
            for f in fields(part):
                out[f.name][day] = getattr(part, f.name)
    return Season(**out)


def _start_within(beds: Beds, depletion: ArrayLike, size: int) -> State:
    """The first state; a depletion beyond what the young roots reach is all they have."""
    wanted = np.asarray(depletion, float)
    if np.any(wanted < 0.0) or np.any(np.isnan(wanted)):
        raise ValueError(f"initial_depletion must be 0 or more: {np.nanmin(wanted):g} mm")
    first = start(beds, depletion=wanted, shape=(size,))
    roots = _plant(0.0, beds, CALM, RH_MIN).root_depth
    most = soil.taw(beds.field_capacity, beds.wilting_point, roots)
    return replace(first, depletion=np.minimum(first.depletion, most))


def _days(values: ArrayLike, days: int, size: int, name: str) -> Array:
    array = _table(values, days, size)
    wrong = np.argwhere(np.isnan(array) | (array < 0.0) | np.isinf(array))
    if wrong.size:
        row, bed = wrong[0]
        raise ValueError(
            f"{name} must be 0 or more on every day: {array[row, bed]:g} mm on day {row} "
            f"of bed {bed}; fill the gap first"
        )
    return array


def _filled(values: ArrayLike, days: int, size: int, fallback: float) -> Array:
    array = _table(values, days, size)
    return np.where(np.isnan(array), fallback, array)


def _table(values: ArrayLike, days: int, size: int) -> Array:
    array = np.asarray(values, float)
    column = array[:, None] if array.ndim == 1 else array
    return np.broadcast_to(column, (days, size))
