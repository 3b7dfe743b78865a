"""What was harvested, of a planting that stands and of the seasons before it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import isfinite, isnan, nan

from sqlalchemy import Connection

from agro.advice.moment import Moment
from agro.forecast.plantings import Standing
from agro.records import LogEntry, Planting, Plot
from agro.store import farms, logbook
from agro.units import mass_kg
from models.harvest.potential import Past


@dataclass(frozen=True, slots=True)
class Harvested:
    """The harvest of a planting: kg, NaN where nothing was weighed; 0 is a statement.

    `unweighed` entries tell no mass (bunches, pieces) and are in no total. `first` is the day of
    the first that was not of nothing.
    """

    mass: float = nan
    entries: int = 0
    unweighed: int = 0
    first: date | None = None


@dataclass(frozen=True, slots=True)
class Gathered:
    """The harvests of one season of a crop on a plot: kg, m².

    `year` in which it was planted; `planted` is None where nobody noted it, or it stays for years.
    """

    plot: str
    crop: str
    year: int
    planted: date | None
    area: float
    mass: float


@dataclass(frozen=True, slots=True)
class Log:
    """The harvest entries of a site until the moment."""

    entries: tuple[LogEntry, ...]
    moment: Moment

    def day(self, entry: LogEntry) -> date:
        """The local date of an entry."""
        return self.moment.date_of(entry.time)

    def of(self, plot: str, crop: str) -> Iterable[LogEntry]:
        """The entries of a crop on a plot."""
        return (one for one in self.entries if one.plot == plot and one.crop == crop)


def harvest_log(c: Connection, site: str, moment: Moment) -> Log:
    """The harvests that were noted of a site for the time until the moment."""
    return Log(tuple(logbook.entries(c, site=site, types=["harvest"], end=moment.end)), moment)


def harvested(log: Log, one: Standing) -> Harvested:
    """What of a standing planting is in."""
    _, plot, crop = one.place
    own = [entry for entry in log.of(plot, crop) if log.day(entry) >= one.started]
    masses = [mass_kg(entry.quantity, entry.unit) for entry in own]
    known = [mass for mass in masses if isfinite(mass)]
    first = min((log.day(entry) for entry in own if entry.quantity != 0.0), default=None)
    return Harvested(sum(known) if known else nan, len(own), len(own) - len(known), first)


def gathered(
    log: Log, plantings: Sequence[Planting], plots: Mapping[str, Plot], today: date
) -> list[Gathered]:
    """The seasons that are over, each with what it gave.

    A planting that was removed is a season; of one that stays for years, and of harvests whose
    planting nobody noted, every calendar year that is over is one.
    """
    sums: dict[tuple[str, str, int, date | None, float], float] = {}
    for entry in log.entries:
        mass, day = mass_kg(entry.quantity, entry.unit), log.day(entry)
        plot = plots.get(entry.plot)
        if isnan(mass) or plot is None or not entry.crop:
            continue
        found = _season(entry, day, plantings, today)
        if found is None:
            continue
        year, planted, area = found
        key = (entry.plot, entry.crop, year, planted, area if area > 0.0 else plot.area)
        sums[key] = sums.get(key, 0.0) + mass
    return [Gathered(*key, mass) for key, mass in sums.items()]


def _season(
    entry: LogEntry, day: date, plantings: Sequence[Planting], today: date
) -> tuple[int, date | None, float] | None:
    """Year, planting and area of an entry's season; None where it is not over yet."""
    own = [
        one
        for one in plantings
        if (one.plot, one.crop) == (entry.plot, entry.crop)
        and one.planted <= day
        and (one.removed is None or day <= one.removed)
    ]
    if not own:
        return (day.year, None, nan) if day.year < today.year else None
    last = own[-1]
    if last.removed is not None and last.removed <= today:
        return last.planted.year, last.planted, last.area
    is_perennial = (day - last.planted).days > 0 and day.year < today.year
    return (day.year, None, last.area) if is_perennial else None


def past_of(seasons: Iterable[Gathered], one: Standing) -> list[Past]:
    """The seasons of the same crop on the site, as the potential takes them."""
    _, plot, crop = one.place
    return [
        Past(season.year, season.mass / season.area, season.plot == plot)
        for season in seasons
        if season.crop == crop and season.area > 0.0
    ]


def seasons(c: Connection, site: str, log: Log) -> list[Gathered]:
    """The seasons of a site that are over at the moment of its log."""
    plots = {plot.slug: plot for plot in farms.plots(c, site)}
    return gathered(log, farms.plantings(c, site), plots, log.moment.today)
