"""Return on investment of advised watering, with the records it was reckoned from.

Only plots whose waterings were written down are compared: of the others nobody knows what they
got, and the timer's whole water would count as spared. A site that notes its waterings as a whole
counts with all its plots. Of a year only the days count from the first to the last watering that
the site wrote down: before and after, nobody knows whether it rained, or nothing was noted.
Waterings outside the timer's season are in neither side.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from math import isnan, nan
from typing import Any

from sqlalchemy import Connection

from agro.indicators.book import Book, Cycle, Irrigation, Plot, Source
from agro.indicators.disclosure import hidden_cells, too_few
from agro.indicators.gathering import gather
from agro.indicators.scope import Scope, known_keys, within
from models.energy.payback import NAMES, Assumptions, Payback, Range, Watered, payback

SEASON = (5, 9)  # first and last month in which a timer is set: an assumption
METERED = "metered"


@dataclass(frozen=True, slots=True)
class Return:
    """What advised watering spared in a scope and period.

    `plots` of the `known` plots with crops have records of watering; `metered` is the share of
    the water that a meter counted (NaN without water); `sources` are the records behind.
    """

    scope: Scope
    start: date
    end: date
    watered: Watered
    assumptions: Assumptions
    spared: Payback
    plots: int
    known: int
    metered: float
    sources: tuple[Source, ...]


def returns(
    c: Connection,
    scope: Scope,
    period: tuple[date, date],
    assumptions: Assumptions | None = None,
    *,
    shifted: float = 0.0,
) -> Return:
    """The return in a scope from the first day to the last, both included.

    `shifted` is the value of energy moved into the sun's surplus [EUR].
    """
    return of_book(gather(c, *period), scope, assumptions or Assumptions(), shifted=shifted)


def of_book(book: Book, scope: Scope, assumptions: Assumptions, *, shifted: float = 0.0) -> Return:
    """The return that these records tell."""
    here = within(book, scope)
    grown = {plot.plot: _growing(plot, here) for plot in here.plots}
    known = [plot for plot in here.plots if grown[plot.plot]]
    waterings = [one for one in here.irrigations if one.day is None or _in_season(one.day)]
    told = [plot for plot in known if _told(plot, waterings)]
    keys, sites = {plot.plot for plot in told}, {plot.site for plot in told}
    used = [one for one in waterings if one.plot in keys or (not one.plot and one.site in sites)]
    everywhere = [one for one in book.irrigations if one.day is None or _in_season(one.day)]
    days = {plot.plot: len(_noted(plot, grown[plot.plot], everywhere)) for plot in told}
    watered = Watered(
        given=sum(one.volume for one in used) if used else nan,
        area_days=sum(_area(plot) * days[plot.plot] for plot in told) if told else nan,
        plots=len(told),
        plot_days=float(sum(days.values())) if told else nan,
        days=float(here.days),
    )
    return Return(
        scope=scope,
        start=here.start,
        end=here.end,
        watered=watered,
        assumptions=assumptions,
        spared=payback(watered, assumptions, shifted=shifted),
        plots=len(told),
        known=len(known),
        metered=_metered(used),
        sources=_sources(here, used, told),
    )


def tells_of_few(book: Book, scope: Scope) -> bool:
    """Whether so few sites have records of watering that the return tells of a single garden.

    A commune is hidden as well where what others hide could be had of it by subtraction.
    """
    if scope.level != "commune":
        return too_few(_contributions(book, scope)) or scope.level == "plot"
    cells = {
        key: _contributions(book, Scope("commune", key)) for key in known_keys(book, "commune")
    }
    return scope.key in hidden_cells(cells)


def _contributions(book: Book, scope: Scope) -> dict[str, tuple[float, float]]:
    """Site → the water it gave and its area times days."""
    found = {}
    for site in within(book, scope).sites:
        one = of_book(book, Scope("site", site.site), Assumptions()).watered
        if one.plots:
            found[site.site] = (one.given, one.area_days)
    return found


def row(found: Return) -> dict[str, Any]:
    """A return as others script against it; every assumption stands in it."""
    return {
        "scope": str(found.scope),
        "start": found.start.isoformat(),
        "end": found.end.isoformat(),
        "plots": found.plots,
        "plots_known": found.known,
        "water_given_m3": found.watered.given,
        "metered_share": found.metered,
        **{name: _ends(getattr(found.spared, name)) for name in found.spared.__slots__},
        "season_months": list(SEASON),
        "assumptions": {
            name: {
                key: getattr(getattr(found.assumptions, name), key)
                for key in ("value", "low", "high", "unit", "source")
            }
            for name in NAMES
        },
        "sources": [{"kind": s.kind, "key": s.key, "row": s.row} for s in found.sources],
    }


def _ends(one: Range) -> dict[str, float]:
    return {"low": one.low, "middle": one.middle, "high": one.high}


def _in_season(day: date) -> bool:
    return SEASON[0] <= day.month <= SEASON[1]


def _growing(plot: Plot, book: Book) -> set[date]:
    """The days of the season on which a plot had a crop."""
    days: set[date] = set()
    for one in book.cycles:
        if one.plot == plot.plot:
            days |= set(_days(one, book))
    return days


def _days(one: Cycle, book: Book) -> Iterable[date]:
    first = max(one.start or book.start, book.start)
    last = min(one.end or book.end, book.end)
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        if _in_season(day):
            yield day


def _noted(plot: Plot, days: set[date], waterings: list[Irrigation]) -> set[date]:
    """The days in the years of a plot's waterings, between the first and last of its site.

    A watering that is of no day is of the whole period.
    """
    own = [one for one in waterings if _is_of(one, plot)]
    if any(one.day is None for one in own):
        return days
    years = {one.day.year for one in own if one.day is not None}
    told = [one.day for one in waterings if one.site == plot.site and one.day is not None]
    spans = {
        year: (min(own_year), max(own_year))
        for year in years
        for own_year in [[day for day in told if day.year == year]]
    }
    return {day for day in days if day.year in spans and _lies(day, spans[day.year])}


def _lies(day: date, span: tuple[date, date]) -> bool:
    return span[0] <= day <= span[1]


def _is_of(one: Irrigation, plot: Plot) -> bool:
    """Whether a watering is a plot's, or its whole site's."""
    return one.plot == plot.plot or (not one.plot and one.site == plot.site)


def _told(plot: Plot, waterings: list[Irrigation]) -> bool:
    """Whether a plot's waterings were written down, for itself or for its whole site."""
    if isnan(_area(plot)):
        return False
    return any(_is_of(one, plot) for one in waterings)


def _area(plot: Plot) -> float:
    return plot.area if isnan(plot.cultivated) else plot.cultivated


def _metered(used: list[Irrigation]) -> float:
    volume = sum(one.volume for one in used)
    counted = sum(one.volume for one in used if one.method == METERED)
    return counted / volume if volume > 0.0 else nan


def _sources(book: Book, used: list[Irrigation], told: list[Plot]) -> tuple[Source, ...]:
    keys = {plot.plot for plot in told}
    grown = [one.source for one in book.cycles if one.plot in keys]
    return tuple(dict.fromkeys([*(one.source for one in used), *grown]))
