"""A city on one morning: what its gardens share is read once, their own records by the block."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from agro.advice.beds import Bed
from agro.advice.kept import Kept, kept_before
from agro.advice.moment import Moment
from agro.advice.probes import READ_BACK
from agro.advice.sky import nearest
from agro.advice.stations import Stations, read_stations
from agro.config import settings
from agro.records import Normals, Site
from agro.store import farms
from agro.store.readahead import ReadAhead, reading_ahead

BLOCK = 50  # gardens whose records are in memory at once
LONGEST_SEASON = timedelta(days=400)
_LOOKED_BACK = timedelta(days=91)  # for when a silent probe last spoke


@dataclass(slots=True)
class City:
    """What the advice of any garden stands on beside its own records.

    `wanted` are the gardens to advise, of all `sites`; no season starts before `first`.
    """

    c: Connection
    moment: Moment
    sites: Sequence[Site]
    wanted: Sequence[Site]
    normals: Normals | None
    ahead: ReadAhead
    first: date
    _stations: list[Stations] = field(default_factory=list)
    _kept: list[Kept | None] = field(default_factory=list)

    @property
    def kept(self) -> Kept | None:
        """The learned soil-moisture model that this morning may use."""
        if not self._kept:
            self._kept.append(kept_before(settings().var / "models", self.moment.today))
        return self._kept[0]

    @property
    def stations(self) -> Stations:
        """What all stations measured since the oldest season began."""
        if not self._stations:
            near = [one.slug for one in self._from_here()]
            found = read_stations(self.c, self.first, self.moment, nearest=near)
            self._stations.append(found)
        return self._stations[0]

    def _from_here(self) -> Sequence[Site]:
        """All gardens, nearest first, where one alone is wanted."""
        if len(self.wanted) != 1:
            return ()
        (here,) = self.wanted
        return (here, *nearest(here, self.sites))

    def turn_to(self, site: Site) -> None:
        """Let the records of this garden, and of those after it, be read at once."""
        if site.slug not in self.ahead.sites:
            slugs = [one.slug for one in self.wanted]
            start = slugs.index(site.slug)
            self.ahead.turn_to(slugs[start : start + BLOCK])


@contextmanager
def city_at(
    c: Connection, at: datetime, *, wanted: Collection[str] | None = None
) -> Iterator[City | None]:
    """The city at a moment, of which some gardens are wanted, or all; None before a pack is loaded.

    Raises
    ------
    ValueError  `at` is naive, or a wanted garden does not exist.
    """
    if at.tzinfo is None:
        raise ValueError(f"at must be aware: {at.isoformat()}; give it a time zone")
    city, sites = farms.city(c), farms.sites(c)
    if city is None:
        yield None
        return
    known = [one.slug for one in sites]
    for slug in wanted or ():
        if slug not in known:
            raise ValueError(f"no site {slug!r}; the sites are {', '.join(known)}")
    moment = Moment(at.astimezone(UTC).replace(microsecond=0), ZoneInfo(city.timezone))
    chosen = [one for one in sites if wanted is None or one.slug in wanted]
    recent = moment.midnight(moment.date_of(moment.at - READ_BACK))
    alone = len(chosen) == 1
    with reading_ahead(c, first=recent, recent=recent, end=moment.end, alone=alone) as ahead:
        first = _earliest(c, chosen, moment)
        ahead.first = moment.midnight(min(first, moment.today - _LOOKED_BACK))
        yield City(c, moment, sites, chosen, farms.normals(c), ahead, first)


def _earliest(c: Connection, gardens: Sequence[Site], moment: Moment) -> date:
    """No season of these gardens starts before: the oldest planting that stands."""
    today = moment.today
    planted = (
        one.planted
        for garden in gardens
        for one in farms.plantings(c, garden.slug)
        if one.planted <= today and not (one.removed and one.removed <= today)
    )
    return max(min(planted, default=today), today - LONGEST_SEASON)


def growing(of: Sequence[Bed]) -> list[Bed]:
    """The beds on which something grows in a soil that is described."""
    return [bed for bed in of if bed.planting and bed.has_soil]


def first_day(of: Sequence[Bed], today: date) -> date:
    """The day the season starts: that of the oldest crop that still stands."""
    started = min((bed.started(today) for bed in of), default=today)
    return max(started, today - LONGEST_SEASON)
