"""Root-zone water of many beds over the days ahead, under every member of the weather.

The equations are those of the season's balance, taken in `SUBSTEPS` a day: a small pot can lose
more in a day than the whole width of its stress range, and a daily step would then overshoot, so
that a drier bed could end the day wetter. Within a day rain and irrigation come first.

References
----------
[1] Allen, Pereira, Raes, Smith (1998), Crop evapotranspiration, FAO Irrigation and Drainage 56.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.irrigation.ensemble import Ahead
from models.water import balance, canopy, capillary, soil
from models.water.et0 import CALM
from models.water.parameters import cut_days

Array = NDArray[np.float64]

SUBSTEPS = 4


@dataclass(frozen=True, slots=True)
class Beds:
    """What the days ahead need to know of the beds.

    Attributes
    ----------
    kcb, kc_max : (days, beds)  Basal and greatest crop coefficient. [-]
    exposed_wetted_fraction : (days, beds)  Soil that is wet and in the sun. [-]
    taw, raw : (days, beds)  Total and readily available water. [mm]
    tew, rew : (beds,)  Total and readily evaporable water. [mm]
    rain_share : (beds,)  Share of the rain that reaches the soil; 0 under cover. [-]
    wetted_fraction : (beds,)  Share of the soil that irrigation wets. [-]
    evaporates : (beds,)  Share of the evaporation that a mulch lets through. [-]
    salt : (beds,)  Stress coefficient of a salt soil. [-]
    greatest_rise : (days, beds)  From the water table to dry roots; 0 without one. [mm d⁻¹]

    K_cb and K_c max are those of the ET₀ outside: a glasshouse's share of it is in them.
    """

    kcb: Array
    kc_max: Array
    exposed_wetted_fraction: Array
    taw: Array
    raw: Array
    tew: Array
    rew: Array
    rain_share: Array
    wetted_fraction: Array
    evaporates: Array
    salt: Array
    greatest_rise: Array

    def since(self, day: int) -> "Beds":
        """The same beds with `day` as day 0."""
        daily = {name: getattr(self, name)[day:] for name in _DAILY}
        return replace(self, **daily)

    def one(self, bed: int) -> "Beds":
        """A single bed."""
        daily = {name: getattr(self, name)[:, [bed]] for name in _DAILY}
        fixed = {name: getattr(self, name)[[bed]] for name in _FIXED}
        return replace(self, **daily, **fixed)


def of_season(
    weather: balance.DailyWeather,
    beds: balance.Beds,
    *,
    kcb: Array,
    canopy_cover: Array,
    taw: Array,
    wetted: Array,
) -> Beds:
    """What the plan needs of the days of a season that has been run.

    The readily available water follows the demand of the crop alone: a wet surface that evaporates
    more must not make the same roots look thirstier.

    Parameters
    ----------
    weather : `et0` (days,), `wind_2m`, `rh_min` (days,) or a number; NaN = the tables' climate.
    beds : (beds,)  With `planted` counted from the first of these days.
    kcb, canopy_cover, taw : (days, beds)  Of the run. [-, -, mm]
    wetted : (beds,) or (days, beds)  Share of the surface that is wetted. [-]
    """
    days, size = kcb.shape
    wind, humid = (
        np.broadcast_to(np.asarray(values, float), days)[:, None]
        for values in (weather.wind_2m, weather.rh_min)
    )
    kc_max = canopy.kc_max(
        kcb,
        wind_2m=np.where(np.isnan(wind), CALM, wind),
        rh_min=np.where(np.isnan(humid), balance.RH_MIN, humid),
        crop_height=_height(beds, days),
    )
    share = np.asarray(beds.et0_share, float)
    drip = np.asarray(beds.drip) & (wetted < 1.0)
    demand = kcb * share * np.asarray(weather.et0, float)[:, None]
    return Beds(
        kcb=kcb * share,
        kc_max=kc_max * share,
        exposed_wetted_fraction=soil.exposed_wetted_fraction(canopy_cover, wetted, drip=drip),
        taw=taw,
        raw=soil.raw(taw, demand, depletion_fraction=beds.depletion_fraction),
        tew=np.broadcast_to(beds.tew, size),
        rew=np.broadcast_to(beds.rew, size),
        rain_share=np.broadcast_to(beds.rain_share, size),
        wetted_fraction=np.broadcast_to(beds.wetted_fraction, size),
        evaporates=np.broadcast_to(soil.mulch_share(beds.mulch_cover, beds.mulch_reduction), size),
        salt=np.broadcast_to(_salt(beds), size),
        greatest_rise=_greatest_rise(beds, taw),
    )


def _height(beds: balance.Beds, days: int) -> Array:
    """(days, beds)  As in the season's balance, bare soil apart. [m]"""
    since = np.arange(days)[:, None] - np.asarray(beds.planted, float)
    cycle = canopy.day_of_cycle(
        since,
        first_cut=beds.first_cut,
        cutting_interval=beds.cutting_interval,
        cuts=cut_days(beds),
    )
    grown = canopy.growth(cycle, length_ini=beds.length_ini, length_dev=beds.length_dev)
    tall = beds.height_min + (np.asarray(beds.height, float) - beds.height_min) * grown
    return np.asarray(np.maximum(tall, 0.0))


def _salt(beds: balance.Beds) -> Array:
    return soil.ks_salinity(
        beds.soil_salinity,
        threshold=beds.salt_threshold,
        slope=beds.salt_slope,
        yield_response=beds.yield_response,
    )


def _greatest_rise(beds: balance.Beds, taw: Array) -> Array:
    """What rises to roots that have used all their water. (days, beds) [mm d⁻¹]"""
    held = 1000.0 * (np.asarray(beds.field_capacity, float) - beds.wilting_point)
    return capillary.rise(
        np.full_like(taw, np.inf),
        taw=taw,
        root_depth=taw / held,
        water_table=beds.water_table,
        a=beds.capillary_a,
        b=beds.capillary_b,
    )


_DAILY = ("kcb", "kc_max", "exposed_wetted_fraction", "taw", "raw", "greatest_rise")
_FIXED = ("tew", "rew", "rain_share", "wetted_fraction", "evaporates", "salt")


@dataclass(frozen=True, slots=True)
class Water:
    """Root-zone and surface depletion of every bed and member: (beds, members). [mm]"""

    depletion: Array
    surface_depletion: Array


@dataclass(frozen=True, slots=True)
class Course:
    """What happened on each day: (days, beds, members), depletion at the day's end. [mm]"""

    depletion: Array
    et: Array


def wetted(water: Water, beds: Beds, *, rain: Array, irrigation: Array) -> Water:
    """The water after rain and irrigation; what exceeds field capacity shows below 0 for now.

    Parameters
    ----------
    rain : (members,)  [mm]
    irrigation : (beds,) or (beds, members)  [mm]

    References
    ----------
    FAO-56 [1], eq. 77 and 85.
    """
    depth = irrigation[:, None] if irrigation.ndim == 1 else irrigation
    fallen = beds.rain_share[:, None] * rain
    surface = water.surface_depletion - fallen - depth / beds.wetted_fraction[:, None]
    return Water(water.depletion - fallen - depth, np.maximum(surface, 0.0))


def dried(
    water: Water, beds: Beds, day: int, *, et0: Array, share: float = 1.0
) -> tuple[Water, Array]:
    """The water after the evapotranspiration of `share` of a day, and that evapotranspiration.

    What is then still above field capacity drains.

    Parameters
    ----------
    et0 : (members,)  Of the whole day. [mm d⁻¹]

    References
    ----------
    FAO-56 [1], eq. 71 (Ke), 74 (Kr), 80 (ETc adj), 84 (Ks), 88 (drainage), 89 (salt), p. 196
    (mulch); capillary rise as in `models.water.capillary`.
    """
    taw, raw = beds.taw[day][:, None], beds.raw[day][:, None]
    tew, rew = beds.tew[:, None], beds.rew[:, None]
    exposed = beds.exposed_wetted_fraction[day][:, None]
    kcb, kc_max = beds.kcb[day][:, None], beds.kc_max[day][:, None]
    part = et0 * share / SUBSTEPS
    basal, below_mulch = beds.salt[:, None] * kcb, beds.evaporates[:, None] * part
    depletion, surface = _risen(water.depletion, beds, day, share), water.surface_depletion
    total = np.zeros_like(depletion)
    for _ in range(SUBSTEPS):
        ks = soil.ks(depletion, taw=taw, raw=raw)
        kr = soil.kr(surface, tew=tew, rew=rew)
        ke = soil.ke(kcb, kr=kr, kc_max=kc_max, exposed=exposed)
        evaporation = np.minimum(ke * below_mulch, (tew - surface) * exposed)
        lost = np.minimum(ks * basal * part + evaporation, taw - depletion)
        surface = surface + evaporation / exposed
        depletion = depletion + np.maximum(lost, 0.0)
        total = total + np.maximum(lost, 0.0)
    return Water(np.maximum(depletion, 0.0), surface), total


def _risen(depletion: Array, beds: Beds, day: int, share: float) -> Array:
    """The depletion after what rises from a water table, once as in the season's balance."""
    greatest = beds.greatest_rise[day][:, None] * share
    if not greatest.any():
        return depletion
    return depletion - capillary.risen(depletion, taw=beds.taw[day][:, None], greatest=greatest)


def walk(
    water: Water,
    beds: Beds,
    weather: Ahead,
    *,
    irrigation: Array,
    first: int = 0,
    first_share: float = 1.0,
) -> Course:
    """Each day in turn from day `first`, with `irrigation` (days, beds) from that day on. [mm]

    `first_share` is the share of day 0's evapotranspiration that is still to come.
    """
    depletions, ets = [], []
    for day, depth in enumerate(irrigation, start=first):
        water = wetted(water, beds, rain=weather.rain[day], irrigation=depth)
        share = first_share if day == 0 else 1.0
        water, et = dried(water, beds, day, et0=weather.et0[day], share=share)
        depletions.append(water.depletion)
        ets.append(et)
    return Course(np.stack(depletions), np.stack(ets))
