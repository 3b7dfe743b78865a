"""How a garden stands at a moment: its growing beds, its weather, its season behind and ahead.

The advice and what the pages ask beside it stand on the same run.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from agro.advice.beds import Bed, beds
from agro.advice.city import City, city_at, first_day, growing
from agro.advice.evidence import corrected
from agro.advice.inflow import Inflow, RecentRain, recent_rain
from agro.advice.learned import Learned, learned, weather_of
from agro.advice.moment import Moment
from agro.advice.outlook import Outlook, outlook
from agro.advice.season import Season, run_season
from agro.advice.sky import Sky, nearest, neighbours, sky_of
from agro.advice.state import Now, now
from agro.advice.watering import Watering, waterings
from agro.records import Site
from agro.store import farms
from models.irrigation.ensemble import Ahead


@dataclass(frozen=True, slots=True)
class Standing:
    """A garden's growing beds, in the order of the season's columns, and what they share."""

    site: Site
    moment: Moment
    growing: tuple[Bed, ...]
    sky: Sky
    rain: RecentRain
    outlook: Outlook
    watered: Mapping[str, Watering]
    season: Season
    learned: tuple[Learned, ...] = ()

    @property
    def weather(self) -> Ahead:
        """The members of the weather ahead, as each bed uses it."""
        return weather_of(self.outlook.members, self.learned)

    def index(self, plot: str) -> int | None:
        """The season's column of a plot; None where nothing grows."""
        slugs = [bed.plot.slug for bed in self.growing]
        return slugs.index(plot) if plot in slugs else None

    def water(self, index: int) -> Now:
        """The water of a bed at the moment, as the advice takes it."""
        bed = self.growing[index]
        inflow = Inflow(self.rain.amounts, self.watered[bed.plot.slug].amounts)
        return now(bed, index, self.season, inflow, self.season.probes(index), self.moment)


@dataclass(frozen=True, slots=True)
class Behind:
    """A garden's growing beds until yesterday: the rows of `season` that `sky` has days of.

    What probes and forecasts say of today is left out, which takes most of the time of a
    `Standing`; the days behind are the same.
    """

    site: Site
    growing: tuple[Bed, ...]
    sky: Sky
    season: Season


def standing(c: Connection, site: str, at: datetime) -> Standing | None:
    """A garden at `at`; None where there is none, nothing grows or there is no weather at all."""
    if site not in {one.slug for one in farms.sites(c)}:
        return None
    with city_at(c, at, wanted=[site]) as city:
        if city is None:
            return None
        (here,) = city.wanted
        return standing_of(city, here, growing(beds(c, here, city.moment)))


def standing_of(city: City, site: Site, of: Sequence[Bed]) -> Standing | None:
    """The same of these beds of a garden of the city, on all of which something grows."""
    if not of:
        return None
    city.turn_to(site)
    c, moment, sites, normals = city.c, city.moment, city.sites, city.normals
    first = first_day(of, moment.today)
    sky = sky_of(c, site, sites, city.stations, normals, first, moment)
    if sky is None:
        return None
    rain = _rain(city, site, sky)
    ahead = outlook(
        c,
        (site, *nearest(site, sites)),
        normals,
        moment,
        latest_et0=sky.latest_et0,
        heard_today=rain.heard_today,
        past=sky.days,
    )
    if ahead is None:
        return None
    watered = waterings(c, site.slug, of, moment.midnight(first), moment)
    season = corrected(c, of, run_season(of, sky, ahead, watered, moment), moment)
    found = learned(c, city.kept, of, season, ahead, moment)
    return Standing(site, moment, tuple(of), sky, rain, ahead, watered, season, found)


def behind(c: Connection, sites: Collection[str], at: datetime) -> dict[str, Behind]:
    """The seasons of these gardens until the day before `at`; those without one are left out.

    Raises
    ------
    ValueError  There is no such garden.
    """
    with city_at(c, at, wanted=sites) as city:
        if city is None:
            return {}
        found = (_behind_of(city, one, growing(beds(c, one, city.moment))) for one in city.wanted)
        return {one.site.slug: one for one in found if one is not None}


def _behind_of(city: City, site: Site, of: Sequence[Bed]) -> Behind | None:
    if not of:
        return None
    city.turn_to(site)
    c, moment, sites, normals = city.c, city.moment, city.sites, city.normals
    first = first_day(of, moment.today)
    sky = sky_of(c, site, sites, city.stations, normals, first, moment)
    if sky is None:
        return None
    near = (site, *nearest(site, sites))
    ahead = outlook(c, near, normals, moment, latest_et0=sky.latest_et0, heard_today=False)
    if ahead is None:
        return None
    watered = waterings(c, site.slug, of, moment.midnight(first), moment)
    return Behind(site, tuple(of), sky, run_season(of, sky, ahead, watered, moment))


def _rain(city: City, site: Site, sky: Sky) -> RecentRain:
    """Rain of the last days by the garden's own gauges, else by the nearest that has spoken."""
    c, moment, stations = city.c, city.moment, city.stations.devices
    own = [device.device for device in stations if device.site == site.slug]
    rain = recent_rain(c, own, sky.days, moment, sky.suspect)
    for device in neighbours(site, city.sites, stations):
        if rain.heard_today:
            break
        rain = recent_rain(c, [device.device], sky.days, moment)
    return rain
