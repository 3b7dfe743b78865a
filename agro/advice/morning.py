"""Advice for every plot of a site: the records as they stood, through the models, to decisions."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import nan
from typing import Any

import numpy as np
from sqlalchemy import Connection

from agro.advice.beds import Bed
from agro.advice.beds import beds as beds_of
from agro.advice.city import City, city_at, growing
from agro.advice.decide import Known, advice_of, undecided
from agro.advice.inflow import RecentRain, total
from agro.advice.learned import shift
from agro.advice.meant import least_ks
from agro.advice.moment import Moment, next_start
from agro.advice.order import BedOrder, allowed_hours, bed_orders
from agro.advice.outlook import SEED, Outlook
from agro.advice.probes import Probes
from agro.advice.sky import Sky, newest
from agro.advice.standing import Standing, standing_of
from agro.advice.supply import (
    Hours,
    greatest_dose,
    longest_run,
    soak,
    supply,
    tank_levels,
    windows,
)
from agro.advice.watering import Watering
from agro.records import Advice, Site, Tank
from agro.store import farms
from models.irrigation import ensemble, plan, strategies
from models.irrigation.ahead import Beds as AheadBeds
from models.irrigation.ahead import Water
from models.irrigation.plan import Rules

RECENTLY = timedelta(hours=48)  # rain that a decision is explained by
BALANCE, PROBES, PLAN = "fao56-dual-kc/1", "ensemble-kalman/1", "ensemble-plan/2"


@dataclass(frozen=True, slots=True)
class _Place:
    """What all plots of a site share."""

    garden: Standing
    station_seen: datetime | None
    tanks: Sequence[Tank]
    orders: Sequence[BedOrder | None]
    allowed: Sequence[Hours | None]
    sources: Mapping[str, Any]


def advise(
    c: Connection,
    *,
    site: str | None = None,
    among: Collection[str] | None = None,
    at: datetime,
    allowed_hours: Mapping[str, Hours] | None = None,
) -> list[Advice]:
    """What every plot needs, of one site, `among` some or all: a pure function of the records.

    `allowed_hours` are those in which a site may be watered, (days, 24) from today on; sites that
    it does not name may be watered at any hour.

    Raises
    ------
    ValueError  `at` is naive, or there is no such site.
    """
    wanted = among if site is None else [site]
    with city_at(c, at, wanted=wanted) as city:
        if city is None:
            return []
        allowed = allowed_hours or {}
        return [
            advice
            for one in city.wanted
            for advice in advise_site(city, one, allowed.get(one.slug))
        ]


def advise_site(city: City, site: Site, allowed: Hours | None = None) -> list[Advice]:
    """What every plot of one garden of the city needs."""
    c, moment = city.c, city.moment
    beds = beds_of(c, site, moment)
    garden = standing_of(city, site, growing(beds))
    orders = dict(zip(beds, bed_orders(c, site.slug, beds, moment), strict=True))
    if garden is None:
        return [_without(bed, moment, orders[bed]) for bed in beds]
    told = _decided(_place(city, garden, [orders[bed] for bed in garden.growing], allowed))
    decided = dict(zip(garden.growing, told, strict=True))
    return [decided[bed] if bed in decided else _without(bed, moment, orders[bed]) for bed in beds]


def _without(bed: Bed, moment: Moment, order: BedOrder | None) -> Advice:
    """For a plot on which nothing can be computed; the law holds there too."""
    if bed.planting is None:
        return undecided(bed, moment, "wait", "no_crop")
    sources = {"drought_order": order.facts()} if order else {}
    if order and order.kind == "forbidden" and bed.can_water:
        return undecided(bed, moment, "forbidden", "drought_order", sources=sources)
    reason = "no_weather" if bed.has_soil else "no_soil_data"
    return undecided(bed, moment, "unknown", reason, sources=sources)


def _place(
    city: City, garden: Standing, orders: Sequence[BedOrder | None], allowed: Hours | None
) -> _Place:
    """A garden with what its decisions need beside its water."""
    slug, moment = garden.site.slug, city.moment
    own = [device.device for device in city.stations.devices if device.site == slug]
    return _Place(
        garden,
        station_seen=newest(city.c, own, "air_temperature", moment),
        tanks=farms.tanks(city.c, slug),
        orders=orders,
        allowed=allowed_hours(orders, moment.today, allowed),
        sources=_shared_sources(garden.sky, garden.rain, garden.outlook),
    )


def _decided(place: _Place) -> list[Advice]:
    """Every growing bed of the site, planned at once."""
    garden = place.garden
    growing, season, moment = garden.growing, garden.season, garden.moment
    row = season.row(moment.today)
    ahead = season.ahead.since(row)
    least = least_ks(growing, moment)
    known = [_known(index, place, least[0, index]) for index in range(len(growing))]
    depletion = np.array([one.now.depletion for one in known])
    error = np.array([one.now.error for one in known])
    surface = np.array([one.now.surface_depletion for one in known])
    members = ensemble.depletion_members(depletion, error, ahead.taw[0], SEED + 2)
    hours = windows(growing, moment, place.allowed)
    rules = Rules(
        minimum_dose=np.array([bed.minimum_dose for bed in growing]),
        first_chance=np.array([0 if bed.can_water else plan.NEVER for bed in growing]),
        stands=hours.stands(),
        greatest_dose=np.array([greatest_dose(bed) for bed in growing]),
        risk=np.array([_risk(bed) for bed in growing]),
        first_share=garden.outlook.first_share,
        least_ks=least,
        open_days=hours.open_days,
    )
    levels = tank_levels(place.tanks, growing, season, garden.watered, moment)
    restricted = np.array([one is not None for one in place.allowed], dtype=bool)
    water = Water(members, np.repeat(surface[:, None], members.shape[1], axis=1))
    known = _with_shift(known, garden, water, ahead)
    result = plan.plan(
        water,
        ahead,
        garden.weather,
        rules,
        recent_rain=np.array([one.rain_since for one in known]),
        supply=supply(growing, place.tanks, hours, garden.outlook, levels, restricted=restricted),
    )
    return [advice_of(one, result, i, garden.outlook, moment) for i, one in enumerate(known)]


def _with_shift(
    known: list[Known], garden: Standing, water: Water, ahead: AheadBeds
) -> list[Known]:
    """The same, told by how much what is learned moves the evenings of beds left alone."""
    if not any(one.used for one in garden.learned):
        return known
    moved = shift(
        water,
        ahead,
        garden.outlook.members,
        garden.weather,
        first_share=garden.outlook.first_share,
    )
    return [
        replace(one, sources={**one.sources, "learned": {**one.sources["learned"], "shift_mm": mm}})
        if own.used
        else one
        for one, own, mm in zip(known, garden.learned, moved.T.round(3).tolist(), strict=True)
    ]


def _risk(bed: Bed) -> float:
    """The chance of stress that the farmer accepts on this planting."""
    return strategies.RISKS[bed.planting.risk] if bed.planting else plan.RISK


def _known(index: int, place: _Place, least_ks: float) -> Known:
    garden = place.garden
    season, moment, bed = garden.season, garden.moment, garden.growing[index]
    order = place.orders[index]
    watering = garden.watered[bed.plot.slug]
    row = season.row(moment.today)
    probes = season.probes(index)
    system = bed.system
    seen = [at for at in (probes.time, place.station_seen) if at is not None]
    taw, raw = season.ahead.taw[row, index], season.ahead.raw[row, index]
    rain_since = total(garden.rain.measured, moment.at - RECENTLY, moment.at)
    return Known(
        bed=bed,
        now=garden.water(index),
        raw=float(raw),
        taw=float(taw),
        basal_et=float(season.ahead.kcb[row, index] * garden.outlook.days["et0"].mean()),
        probes=probes,
        chance_at=next_start(moment, system.start, system.end) if system else moment.at,
        rain_since=rain_since * float(season.ahead.rain_share[index]),
        data_age_h=(moment.at - max(seen)) / timedelta(hours=1) if seen else nan,
        cautions=_cautions(garden, probes, watering, bed) + (order.cautions if order else ()),
        allowed=float(strategies.allowed_depletion(taw, raw, least_ks)),
        longest_run=longest_run(bed),
        soak=soak(bed),
        sources=_sources(place, probes)
        | season.seen(index)
        | garden.learned[index].sources()
        | ({"drought_order": order.facts()} if order else {}),
        order=order,
    )


def _cautions(garden: Standing, probes: Probes, watering: Watering, bed: Bed) -> tuple[str, ...]:
    """What lowers confidence; a gauge tells nothing of a bed under cover."""
    guessed = ("irrigation_amount_unknown",) if watering.guessed else ()
    tank = ("tank_level_computed",) if bed.system and bed.system.tank else ()
    found = (*probes.cautions, *garden.sky.cautions, *garden.outlook.cautions, *guessed, *tank)
    return tuple(one for one in found if not bed.plot.covered or one != "rain_gauge_suspect")


def _sources(place: _Place, probes: Probes) -> dict[str, Any]:
    """Where the numbers come from, for whoever asks."""
    return {
        "probes": sorted({level.device for level in probes.levels}),
        "probes_rejected": dict(probes.rejected),
        **place.sources,
    }


def _shared_sources(sky: Sky, rain: RecentRain, ahead: Outlook) -> dict[str, Any]:
    """Where what all plots of a site share comes from."""
    issued = ahead.issued_at
    return {
        "station": sky.station,
        "weather_days": sky.counts("source"),
        "rain_days": sky.counts("rain_source"),
        "gauge_today": rain.gauge,
        "gauges_suspect": list(sky.suspect),
        "forecast": ahead.source,
        "forecast_issued_at": None if issued is None else issued.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "models": {"balance": BALANCE, "probes": PROBES, "plan": PLAN},
    }
