"""How a garden stands at a moment: its growing beds, its weather, its season behind and ahead.

What the pages ask beside the advice stands on the same run as the advice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from agro.advice.beds import Bed, beds
from agro.advice.evidence import corrected
from agro.advice.inflow import Inflow, RecentRain, recent_rain
from agro.advice.moment import Moment
from agro.advice.outlook import Outlook, outlook
from agro.advice.season import Season, run_season
from agro.advice.sky import Sky, nearest, neighbours, sky_of
from agro.advice.state import Now, now
from agro.advice.stations import Stations, read_stations
from agro.advice.watering import Watering, waterings
from agro.records import Site
from agro.store import farms


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

    def index(self, plot: str) -> int | None:
        """The season's column of a plot; None where nothing grows."""
        slugs = [bed.plot.slug for bed in self.growing]
        return slugs.index(plot) if plot in slugs else None

    def water(self, index: int) -> Now:
        """The water of a bed at the moment, as the advice takes it."""
        bed = self.growing[index]
        inflow = Inflow(self.rain.amounts, self.watered[bed.plot.slug].amounts)
        return now(bed, index, self.season, inflow, self.season.probes(index), self.moment)


def standing(c: Connection, site: str, at: datetime) -> Standing | None:
    """A garden at `at`; None where there is none, nothing grows or there is no weather at all."""
    city, sites = farms.city(c), farms.sites(c)
    here = next((one for one in sites if one.slug == site), None)
    if city is None or here is None:
        return None
    moment = Moment(at.astimezone(UTC).replace(microsecond=0), ZoneInfo(city.timezone))
    growing = tuple(bed for bed in beds(c, here, moment) if bed.planting and bed.has_soil)
    if not growing:
        return None
    first = min(bed.started(moment.today) for bed in growing)
    normals = farms.normals(c)
    stations = read_stations(c, first, moment)
    sky = sky_of(c, here, sites, stations, normals, first, moment)
    if sky is None:
        return None
    rain = _rain(c, here, sites, stations, sky, moment)
    asked = (here, *nearest(here, sites))
    ahead = outlook(
        c,
        asked,
        normals,
        moment,
        latest_et0=sky.latest_et0,
        heard_today=rain.heard_today,
        past=sky.days,
    )
    if ahead is None:
        return None
    watered = waterings(c, site, growing, moment.midnight(first), moment)
    season = corrected(c, growing, run_season(growing, sky, ahead, watered, moment), moment)
    return Standing(here, moment, growing, sky, rain, ahead, watered, season)


def _rain(
    c: Connection,
    site: Site,
    sites: Sequence[Site],
    stations: Stations,
    sky: Sky,
    moment: Moment,
) -> RecentRain:
    """Rain of the last days by the garden's own gauges, else by the nearest that has spoken."""
    own = [device.device for device in stations.devices if device.site == site.slug]
    rain = recent_rain(c, own, sky.days, moment, sky.suspect)
    for device in neighbours(site, sites, stations.devices):
        if rain.heard_today:
            break
        rain = recent_rain(c, [device.device], sky.days, moment)
    return rain
