"""The root zone's water, day by day, for all beds at once: the FAO-56 dual crop coefficient.

Parameters (`Beds`), state (`State`) and fluxes (`Fluxes`) are apart. A day goes in this order:
rain and irrigation wet the soil first (as in the book's example 35), then the surface evaporates,
the crop transpires as far as it is not stressed, and what exceeds field capacity drains.

References
----------
[1] Allen, Pereira, Raes, Smith (1998). FAO Irrigation and Drainage Paper 56, chapters 7 and 8.
"""

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import ArrayLike

from models.errors import BalanceError
from models.water import canopy, capillary, soil
from models.water.et0 import CALM, Array
from models.water.fluxes import RH_MIN, DailyWeather, Fluxes, Season, State
from models.water.parameters import Bed, Beds, beds, cut_days, shape_of

__all__ = [
    "RH_MIN",
    "TOLERANCE",
    "Bed",
    "Beds",
    "DailyWeather",
    "Fluxes",
    "Season",
    "State",
    "beds",
    "run",
    "start",
    "step",
]

TOLERANCE = 1e-9  # mm, how well a day must close
# Bed-days from which loading the compiled kernel costs less than the plain loop takes.
COMPILED_FROM = 2_000_000
_WETTING_RAIN = 0.2  # of ET₀: less rain than this does not wet the whole surface (p. 155 [1])


def start(beds: Beds, *, depletion: ArrayLike = 0.0, shape: tuple[int, ...] = ()) -> State:
    """The state before the first day; `depletion` of the root zone [mm], 0 = full.

    The surface is taken as dry as the root zone, as far as it can be.
    """
    size = np.broadcast_shapes(shape_of(beds), shape)
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
    canopy_cover: ArrayLike = np.nan,
) -> tuple[State, Fluxes]:
    """One day. Everything broadcasts, so beds × members of an ensemble run alike.

    Parameters
    ----------
    state : At the end of the day before.
    day : Days since the first row of the season (not since planting).
    et0, rain, irrigation : Of the day; irrigation as it reaches the soil, over the bed. [mm]
    wind_2m, rh_min : Of the day. [m s⁻¹, %]
    canopy_cover : Where it was seen; NaN is the one that goes with K_cb. [-]

    Raises
    ------
    BalanceError  The day does not close to 1e-9 mm.
    """
    reference = np.asarray(et0, float) * beds.et0_share
    falls = np.asarray(rain, float) * beds.rain_share
    given = np.asarray(irrigation, float)
    plant = _plant(day, beds, wind_2m, rh_min)
    number = soil.curve_number_of_day(
        beds.curve_number, surface_depletion=state.surface_depletion, tew=beds.tew, rew=beds.rew
    )
    ran = soil.runoff(falls, number)
    wetted = _wetted(state.wetted_fraction, falls, given, reference, beds.wetted_fraction)
    surface = _wet_surface(state.surface_depletion, falls - ran, given, wetted)
    most = canopy.kc_max(plant.kcb, wind_2m=wind_2m, rh_min=rh_min, crop_height=plant.height)
    own = canopy.canopy_cover(plant.kcb, kc_max=most, crop_height=plant.height)
    cover = np.where(np.isnan(canopy_cover), own, canopy_cover)
    drips = np.asarray(beds.drip, bool) & (wetted < 1.0)
    exposed = soil.exposed_wetted_fraction(cover, wetted, drip=drips)
    reduction = soil.kr(surface, tew=beds.tew, rew=beds.rew)
    bare = soil.ke(plant.kcb, kr=reduction, kc_max=most, exposed=exposed)
    ke = soil.mulched(bare, mulch_cover=beds.mulch_cover, mulch_reduction=beds.mulch_reduction)
    crop_et = (plant.kcb + ke) * reference
    taw = soil.taw(beds.field_capacity, beds.wilting_point, plant.root_depth)
    raw = soil.raw(taw, crop_et, depletion_fraction=beds.depletion_fraction)
    root = _root_zone(state.depletion - (falls - ran) - given, beds, plant, taw, raw, ke, reference)
    closure = root.depletion - state.depletion + falls + given - ran + root.capillary_rise
    closure = closure - root.evaporation - root.transpiration - root.deep_percolation
    _must_close(closure, root.depletion)
    after = State(
        root.depletion,
        _dried_surface(surface, root.evaporation, exposed, beds.tew),
        np.broadcast_to(wetted, root.depletion.shape),
    )
    return after, Fluxes(
        kcb=plant.kcb,
        ke=ke,
        ks=root.ks,
        crop_et=crop_et,
        actual_et=root.evaporation + root.transpiration,
        evaporation=root.evaporation,
        transpiration=root.transpiration,
        rain=falls,
        irrigation=given,
        runoff=ran,
        capillary_rise=root.capillary_rise,
        deep_percolation=root.deep_percolation,
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
    cycle = canopy.day_of_cycle(
        since,
        first_cut=beds.first_cut,
        cutting_interval=beds.cutting_interval,
        cuts=cut_days(beds),
    )
    grown = canopy.growth(cycle, length_ini=beds.length_ini, length_dev=beds.length_dev)
    tall = beds.height_min + (beds.height - beds.height_min) * grown
    kcb = canopy.stage_curve(
        cycle,
        ini=beds.kcb_ini,
        mid=canopy.adjusted_kcb(beds.kcb_mid, wind_2m, rh_min, beds.height),
        end=canopy.adjusted_kcb(beds.kcb_end, wind_2m, rh_min, beds.height),
        lengths=(beds.length_ini, beds.length_dev, beds.length_mid, beds.length_late),
    )
    reach = np.asarray(beds.root_depth_max, float) - beds.root_depth_min
    rooted = canopy.growth(since, length_ini=beds.length_ini, length_dev=beds.length_dev)
    return _Plant(
        kcb=np.where(grows, np.maximum(kcb, 0.0), 0.0),
        height=np.where(grows, np.maximum(tall, 0.0), 0.0),
        root_depth=beds.root_depth_min + np.maximum(reach, 0.0) * rooted,
    )


@dataclass(frozen=True, slots=True)
class _RootZone:
    depletion: Array
    ks: Array
    evaporation: Array
    transpiration: Array
    capillary_rise: Array
    deep_percolation: Array


def _root_zone(
    wetted: Array, beds: Beds, plant: _Plant, taw: Array, raw: Array, ke: Array, et0: Array
) -> _RootZone:
    """The root zone from its depletion after the day's wetting to the end of the day. Eq. 85 [1].

    Water above field capacity drains after the day's evapotranspiration has had its share.
    """
    risen = capillary.rise(
        np.maximum(wetted, 0.0),
        taw=taw,
        root_depth=plant.root_depth,
        water_table=beds.water_table,
        a=beds.capillary_a,
        b=beds.capillary_b,
    )
    before = wetted - risen
    salt = soil.ks_salinity(
        beds.soil_salinity,
        threshold=beds.salt_threshold,
        slope=beds.salt_slope,
        yield_response=beds.yield_response,
    )
    ks = soil.ks(np.maximum(before, 0.0), taw=taw, raw=raw) * salt
    left = np.maximum(taw - before, 0.0)
    evaporation = np.minimum(ke * et0, left)
    transpiration = np.minimum(ks * plant.kcb * et0, left - evaporation)
    unlimited = before + evaporation + transpiration
    percolation = soil.percolation(
        np.maximum(-unlimited, 0.0),
        drained_share=soil.drained_share(beds.drainage_tau),
        greatest_excess=soil.greatest_excess(
            beds.saturation, beds.field_capacity, plant.root_depth
        ),
    )
    return _RootZone(unlimited + percolation, ks, evaporation, transpiration, risen, percolation)


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
    """A season of all beds at once; long runs of many beds go through the compiled kernel.

    Which way depends on the size alone, so the same records give the same bits.

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
    size = max(start(beds).depletion.size, initial_state.depletion.size if initial_state else 1)
    days = int(np.shape(weather.et0)[0])
    if days * size >= COMPILED_FROM:
        from models.water import kernel

        return kernel.run(
            weather,
            beds,
            irrigation=irrigation,
            initial_depletion=initial_depletion,
            initial_state=initial_state,
        )
    initial = initial_state or first_state(beds, initial_depletion, size)
    return plain(weather, beds, initial, irrigation=irrigation, size=size)


def plain(
    weather: DailyWeather, beds: Beds, state: State, *, irrigation: ArrayLike, size: int
) -> Season:
    """`run` as a readable loop over days: what the compiled kernel equals to 1e-12."""
    days = int(np.shape(weather.et0)[0])
    et0, rain = _days(weather.et0, days, size, "et0"), _days(weather.rain, days, size, "rain")
    wind = _filled(weather.wind_2m, days, size, CALM)
    humid = _filled(weather.rh_min, days, size, RH_MIN)
    water = _days(irrigation, days, size, "irrigation")
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


def first_state(beds: Beds, depletion: ArrayLike, size: int) -> State:
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
