"""Each planting as it stands today: stage, warmth, harvest window, rotation, frost and heat."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from math import isfinite, nan

import numpy as np
from sqlalchemy import Connection

from agro.advice.warmth import Warmth, warmth
from agro.records import LogEntry, Planting, Plot
from agro.store import farms, logbook, plantings
from agro.store.values import time_zone
from models.harvest import hazards
from models.harvest.hazards import Hazard
from models.harvest.phenology import Phenology, degree_days, harvest_window, phenology, stage
from models.harvest.rotation import Stand, TooSoon, too_soon
from models.harvest.temperatures import Temperatures
from models.water.tables import CROPS

NEXT_DAYS = 7
GUESSED = 0.25  # share of the days behind that nobody measured, above which it is said
_A_YEAR = 365
_NOTED = ("seeding", "transplanting", "harvest")
_BEFORE = 120  # days before planting in which a sowing in trays belongs to it


@dataclass(frozen=True, slots=True)
class Planned:
    """A planting and what is expected of it. Days are the garden's dates, None = not reached.

    `season` is the day it started from, a perennial's of this year; `stage` one of planned, ini,
    dev, mid, late, over, ended. `degrees` since then [°C d], NaN where the crop goes by days
    (`by`). First harvests fall between `earliest` and `latest` in 8 of 10 cases, about `likely`;
    the last about `end`. `frost` and `heat` of the next 7 days with the day of the greatest
    chance. `sown`, `transplanted`, `harvested`: what the logbook says. `who` planted or ended it.
    `cautions`: covered, by_days, weather_guessed, no_forecast, forecast_stale, not_ripe,
    no_weather.
    """

    planting: Planting
    season: date
    stage: str
    degrees: float
    by: str
    earliest: date | None = None
    likely: date | None = None
    latest: date | None = None
    end: date | None = None
    rotation: TooSoon | None = None
    frost: Hazard | None = None
    frost_day: date | None = None
    heat: Hazard | None = None
    heat_day: date | None = None
    sown: date | None = None
    transplanted: date | None = None
    harvested: date | None = None
    who: str = ""
    cautions: tuple[str, ...] = ()

    @property
    def ends(self) -> date:
        """When it leaves the plot, as said or as expected."""
        if self.planting.removed is not None:
            return self.planting.removed
        table = self.season + timedelta(days=round(CROPS[self.planting.crop].season_length))
        return self.end or table


@dataclass(frozen=True, slots=True)
class Outlook:
    """A garden's plan: its plantings by plot, the newest first, and what they stand on."""

    plots: tuple[Plot, ...]
    planned: tuple[Planned, ...]
    today: date
    forecast: str
    issued_at: datetime | None

    def on(self, plot: str) -> tuple[Planned, ...]:
        """The plantings of one plot."""
        return tuple(one for one in self.planned if one.planting.plot == plot)


def plan(c: Connection, site: str, at: datetime) -> Outlook | None:
    """A garden's crop plan as known at `at`; None before a city is loaded.

    Raises
    ------
    ValueError  `at` is naive, or there is no such garden.
    """
    known = farms.plantings(c, site)
    air = warmth_of(c, site, at, known)
    if air is None:
        return None
    plots = farms.plots(c, site)
    zone = time_zone(c)
    notes = logbook.entries(c, site=site, types=_NOTED, end=air.moment.end)
    said = plantings.said_by(c, site)
    found = []
    for planting in known:
        plot = next(one for one in plots if one.slug == planting.plot)
        others = [one for one in known if one.plot == planting.plot and one is not planting]
        one = foresee(planting, plot, others, air)
        own = (planting.plot, planting.crop, planting.variety, planting.planted)
        found.append(_noted(one, notes, zone, said.get(own, "")))
    order = {plot.slug: index for index, plot in enumerate(plots)}
    found.sort(key=lambda one: (order[one.planting.plot], -one.planting.planted.toordinal()))
    return Outlook(tuple(plots), tuple(found), air.today, air.source, air.issued_at)


def warmth_of(c: Connection, site: str, at: datetime, of: Sequence[Planting]) -> Warmth | None:
    """The temperatures that these plantings need, as known at `at`.

    Raises
    ------
    ValueError  `at` is naive, or there is no such garden.
    """
    day = at.astimezone(time_zone(c)).date() if at.tzinfo else at.date()
    standing = [one for one in of if one.removed is None or one.removed > day]
    first = min((season_of(one, day) for one in standing), default=day)
    return warmth(c, site, at, first)


def preview(planting: Planting, plot: Plot, others: Sequence[Planting], air: Warmth) -> Planned:
    """What is to be expected of a planting that is only thought of."""
    return foresee(planting, plot, [one for one in others if one.plot == plot.slug], air)


def season_of(planting: Planting, today: date) -> date:
    """When its season started: its planting, for a perennial of years its last spring."""
    start = CROPS[planting.crop].season_start
    if not start or (today - planting.planted).days < _A_YEAR:
        return planting.planted
    spring = date(today.year, 1, 1) + timedelta(days=start - 1)
    return spring if spring <= today else spring.replace(year=today.year - 1)


def foresee(planting: Planting, plot: Plot, others: Sequence[Planting], air: Warmth) -> Planned:
    """A planting beside the others of its plot."""
    of, today = phenology(planting.crop), air.today
    season = season_of(planting, today)
    rotation = too_soon(_stand(planting, today), [_stand(one, today) for one in others])
    if planting.removed is not None and planting.removed <= today:
        return Planned(planting, season, "ended", nan, of.by, rotation=rotation)
    if season < air.first:
        cautions = ("no_weather",)
        return Planned(planting, season, "over", nan, of.by, rotation=rotation, cautions=cautions)
    degrees = _degrees(of, season, air)
    now = _stage(of, season, today, degrees)
    earliest, likely, latest, end = _window(of, season, air)
    frost, heat = _hazards(of, now, plot, air)
    return Planned(
        planting,
        season,
        now,
        degrees,
        of.by,
        earliest,
        likely,
        latest,
        end,
        rotation=rotation,
        frost=frost,
        frost_day=_day_of(frost, today),
        heat=heat,
        heat_day=_day_of(heat, today),
        cautions=_cautions(of, plot, season, air, ripe=likely is not None),
    )


def _stand(planting: Planting, today: date) -> Stand:
    """The planting as the rotation sees it: what nobody removed stands as long as its season."""
    length = timedelta(days=round(CROPS[planting.crop].season_length))
    end = planting.removed or max(planting.planted + length, today)
    return Stand(planting.crop, planting.planted, end, planting.variety)


def _degrees(of: Phenology, season: date, air: Warmth) -> float:
    """Warmth from the season's start to yesterday; NaN for a crop that goes by days. [°C d]"""
    if of.by not in ("warmth", "table"):
        return nan
    behind = air.until_today(season)
    return float(np.nansum(degree_days(of, behind.tmin[:, 0], behind.tmax[:, 0])))


def _stage(of: Phenology, season: date, today: date, degrees: float) -> str:
    if season > today:
        return "planned"
    return stage(of, age=(today - season).days, degrees=degrees)


def _window(of: Phenology, season: date, air: Warmth) -> tuple[date | None, ...]:
    """Earliest, likely and latest first harvest, and the likely last."""
    ahead = air.since(season)
    found = harvest_window(of, ahead.tmin, ahead.tmax) if len(ahead.tmin) else None
    if found is None:
        return (None, None, None, None)
    days = (found.earliest, found.likely, found.latest, found.end)
    return tuple(_date(season, day) for day in days)


def _date(start: date, days: float) -> date | None:
    return start + timedelta(days=int(days)) if isfinite(days) else None


def _hazards(
    of: Phenology, now: str, plot: Plot, air: Warmth
) -> tuple[Hazard | None, Hazard | None]:
    """Frost and heat of the next days; under glass the air outside tells neither."""
    ahead = air.next_days
    if plot.covered or now in ("planned", "over") or not len(ahead.tmin):
        return None, None
    week = Temperatures(ahead.tmin[:NEXT_DAYS], ahead.tmax[:NEXT_DAYS])
    return hazards.frost(of, now, week), hazards.heat(of, week)


def _day_of(hazard: Hazard | None, today: date) -> date | None:
    return today + timedelta(days=hazard.day) if hazard else None


def _cautions(
    of: Phenology, plot: Plot, season: date, air: Warmth, *, ripe: bool
) -> tuple[str, ...]:
    found = []
    if plot.covered:
        found.append("covered")
    if of.by in ("days", "table"):
        found.append("by_days")
    if of.by != "days" and air.guessed(season) > GUESSED:
        found.append("weather_guessed")
    if not air.week:
        found.append("no_forecast")
    elif air.is_stale:
        found.append("forecast_stale")
    if of.by != "none" and not ripe:
        found.append("not_ripe")
    return tuple(found)


def _noted(one: Planned, notes: Sequence[LogEntry], zone: tzinfo, who: str) -> Planned:
    """The planting with what the logbook says of its sowing, transplanting and first harvest."""
    planting = one.planting
    own = [
        (entry.type, entry.time.astimezone(zone).date())
        for entry in notes
        if entry.plot == planting.plot and entry.crop == planting.crop
    ]
    last = planting.removed or date.max
    about = one.planting.planted - timedelta(days=_BEFORE)
    sown = [day for type_, day in own if type_ == "seeding" and about <= day <= last]
    moved = [day for type_, day in own if type_ == "transplanting" and about <= day <= last]
    picked = [day for type_, day in own if type_ == "harvest" and one.season <= day <= last]
    return replace(
        one,
        sown=max(sown, default=None),
        transplanted=max(moved, default=None),
        harvested=min(picked, default=None),
        who=who,
    )
