"""Advice for every plot of a site: the records as they stood, through the models, to decisions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import nan
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import Connection

from agro.advice import beds as farm
from agro.advice.beds import Bed
from agro.advice.decide import Known, advice_of, undecided
from agro.advice.inflow import Inflow, RecentRain, recent_rain, total
from agro.advice.moment import Moment, is_afternoon, next_start
from agro.advice.outlook import SEED, Outlook, outlook
from agro.advice.probes import Probes, read_probes
from agro.advice.season import Season, run_season
from agro.advice.sky import Sky, nearest, neighbours, newest, read_stations, sky_of
from agro.advice.state import now
from agro.advice.watering import Watering, waterings
from agro.records import Advice, Normals, Site
from agro.store import farms
from models.irrigation import ensemble, plan
from models.irrigation.ahead import Water
from models.irrigation.plan import Rules

LONGEST_SEASON = timedelta(days=400)
RECENTLY = timedelta(hours=48)  # rain that a decision is explained by
BALANCE, PLAN = "fao56-dual-kc/1", "ensemble-plan/1"


@dataclass(frozen=True, slots=True)
class _Place:
    """What all plots of a site share."""

    site: Site
    sky: Sky
    outlook: Outlook
    rain: RecentRain
    moment: Moment
    station_seen: datetime | None


def advise(c: Connection, *, site: str | None = None, at: datetime) -> list[Advice]:
    """What every plot needs, of one site or all: a pure function of the records until `at`.

    Raises
    ------
    ValueError  `at` is naive, or there is no such site.
    """
    if at.tzinfo is None:
        raise ValueError(f"at must be aware: {at.isoformat()}; give it a time zone")
    city = farms.city(c)
    if city is None:
        return []
    moment = Moment(at.astimezone(UTC).replace(microsecond=0), ZoneInfo(city.timezone))
    sites = farms.sites(c)
    wanted = [one for one in sites if site in (None, one.slug)]
    if site is not None and not wanted:
        known = ", ".join(one.slug for one in sites)
        raise ValueError(f"no site {site!r}; the sites are {known}")
    normals = farms.normals(c)
    found: list[Advice] = []
    for one in wanted:
        found += _of_site(c, one, sites, normals, moment)
    return found


def _of_site(
    c: Connection, site: Site, sites: Sequence[Site], normals: Normals | None, moment: Moment
) -> list[Advice]:
    beds = farm.beds(c, site, moment)
    growing = [bed for bed in beds if bed.planting and bed.has_soil]
    if not growing:
        return [_without(bed, moment) for bed in beds]
    first = _first_day(growing, moment.today)
    place = _place(c, site, sites, normals, first, moment)
    if place is None:
        return [_without(bed, moment) for bed in beds]
    watered = waterings(c, site.slug, growing, moment.midnight(first), moment)
    season = run_season(growing, place.sky, place.outlook, watered, moment)
    decided = dict(zip(growing, _decided(c, growing, place, season, watered), strict=True))
    return [decided[bed] if bed in decided else _without(bed, moment) for bed in beds]


def _first_day(beds: Sequence[Bed], today: date) -> date:
    """The day the season starts: that of the oldest crop that still stands."""
    started = min((bed.started(today) for bed in beds), default=today)
    return max(started, today - LONGEST_SEASON)


def _without(bed: Bed, moment: Moment) -> Advice:
    """For a plot on which nothing can be computed."""
    if bed.planting is None:
        return undecided(bed, moment, "wait", "no_crop")
    if not bed.has_soil:
        return undecided(bed, moment, "unknown", "no_soil_data")
    return undecided(bed, moment, "unknown", "no_weather")


def _place(
    c: Connection,
    site: Site,
    sites: Sequence[Site],
    normals: Normals | None,
    first: date,
    moment: Moment,
) -> _Place | None:
    """The site's weather, past and ahead; None where neither measured nor known otherwise."""
    stations = read_stations(c, first, moment)
    sky = sky_of(c, site, sites, stations, normals, first, moment)
    if sky is None:
        return None
    own = [device.device for device in stations.devices if device.site == site.slug]
    rain = recent_rain(c, own, sky.days, moment, sky.suspect)
    for device in neighbours(site, sites, stations.devices):
        if rain.heard_today:
            break
        rain = recent_rain(c, [device.device], sky.days, moment)
    asked = (site, *nearest(site, sites))
    ahead = outlook(
        c, asked, normals, moment, latest_et0=sky.latest_et0, heard_today=rain.heard_today
    )
    if ahead is None:
        return None
    return _Place(site, sky, ahead, rain, moment, newest(c, own, "air_temperature", moment))


def _decided(
    c: Connection,
    growing: Sequence[Bed],
    place: _Place,
    season: Season,
    watered: Mapping[str, Watering],
) -> list[Advice]:
    """Every growing bed of the site, planned at once."""
    moment = place.moment
    row = season.row(moment.today)
    ahead = season.ahead.since(row)
    known = [
        _known(c, bed, index, place, season, watered[bed.plot.slug])
        for index, bed in enumerate(growing)
    ]
    depletion = np.array([one.now.depletion for one in known])
    error = np.array([one.now.error for one in known])
    surface = np.array([one.now.surface_depletion for one in known])
    members = ensemble.depletion_members(depletion, error, ahead.taw[0], SEED + 2)
    chances = np.array([_chance_day(one, moment) for one in known])
    stands = np.array([int(is_afternoon(one.chance_at, moment)) for one in known])
    doses = np.array([bed.minimum_dose for bed in growing])
    greatest = np.array([bed.greatest_dose for bed in growing])
    result = plan.plan(
        Water(members, np.repeat(surface[:, None], members.shape[1], axis=1)),
        ahead,
        place.outlook.members,
        Rules(doses, chances, stands, greatest, first_share=place.outlook.first_share),
        recent_rain=np.array([one.rain_since for one in known]),
    )
    return [advice_of(one, result, i, place.outlook, moment) for i, one in enumerate(known)]


def _chance_day(known: Known, moment: Moment) -> int:
    """Day of the next chance to water, counted from today."""
    if not known.bed.can_water:
        return plan.NEVER
    return (moment.date_of(known.chance_at) - moment.today).days


def _known(
    c: Connection, bed: Bed, index: int, place: _Place, season: Season, watering: Watering
) -> Known:
    moment = place.moment
    row = season.row(moment.today)
    probes = read_probes(c, bed, moment, expected_change=season.expected_change(row, index))
    inflow = Inflow(place.rain.amounts, watering.amounts)
    system = bed.system
    seen = [at for at in (probes.time, place.station_seen) if at is not None]
    taw, raw = season.ahead.taw[row, index], season.ahead.raw[row, index]
    rain_since = total(place.rain.measured, moment.at - RECENTLY, moment.at)
    return Known(
        bed=bed,
        now=now(bed, index, season, inflow, probes, moment),
        raw=float(raw),
        taw=float(taw),
        basal_et=float(season.ahead.kcb[row, index] * place.outlook.days["et0"].mean()),
        probes=probes,
        chance_at=next_start(moment, system.start, system.end) if system else moment.at,
        rain_since=rain_since * float(season.ahead.rain_share[index]),
        data_age_h=(moment.at - max(seen)) / timedelta(hours=1) if seen else nan,
        cautions=_cautions(place, probes, watering, bed),
        sources=_sources(place, probes),
    )


def _cautions(place: _Place, probes: Probes, watering: Watering, bed: Bed) -> tuple[str, ...]:
    """What lowers confidence; a gauge tells nothing of a bed under cover."""
    guessed = ("irrigation_amount_unknown",) if watering.guessed else ()
    found = (*probes.cautions, *place.sky.cautions, *place.outlook.cautions, *guessed)
    return tuple(one for one in found if not bed.plot.covered or one != "rain_gauge_suspect")


def _sources(place: _Place, probes: Probes) -> dict[str, Any]:
    """Where the numbers come from, for whoever asks."""
    issued = place.outlook.issued_at
    return {
        "probes": sorted({level.device for level in probes.levels}),
        "probes_rejected": dict(probes.rejected),
        "station": place.sky.station,
        "weather_days": place.sky.counts("source"),
        "rain_days": place.sky.counts("rain_source"),
        "gauge_today": place.rain.gauge,
        "gauges_suspect": list(place.sky.suspect),
        "forecast": place.outlook.source,
        "forecast_issued_at": None if issued is None else issued.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "models": {"balance": BALANCE, "plan": PLAN},
    }
