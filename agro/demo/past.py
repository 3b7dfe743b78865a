"""Three seasons before the demo's: what stood where, and what each planting gave in all.

Each year the beds of a kind pass their crops on to the next, so that a rotation can be seen.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from agro.demo.farm import Farm
from agro.demo.notes import SOURCE, on_day, person, seed_lot, sowings
from agro.demo.picking import HABITS, expected
from agro.records import LogEntry, Planting
from agro.store import plantings
from models.water.tables import CROPS

YEARS = 3
_MISSED = 0.94  # of what grew: not everything is picked


def plant(c: Connection, farm: Farm, past: list[Planting], until: datetime) -> None:
    """Keep the past plantings as people's own, which no pack overwrites."""
    known = {(one.site, one.plot, one.crop, one.variety, one.planted) for one in farm.plantings}
    for one in past:
        if (one.site, one.plot, one.crop, one.variety, one.planted) not in known:
            who = person(farm, one.site, one.planted)
            plantings.add(c, one, who=who, at=min(on_day(farm, one.planted, 20), until))


def past_plantings(farm: Farm, year: int) -> list[Planting]:
    """What grew on the beds in the years before this one, crops that stay apart."""
    return [
        one
        for back in range(1, YEARS + 1)
        for planting in farm.plantings
        if (one := _before(farm, planting, year, back)) is not None
    ]


def _before(farm: Farm, planting: Planting, year: int, back: int) -> Planting | None:
    planted, removed = planting.planted, planting.removed
    plot = farm.index(planting.site, planting.plot)
    whole_year = planted.year == year and removed is not None and removed.year == year
    if not whole_year or removed is None or plot is None or planting.crop not in HABITS:
        return None
    here = farm.plots[plot]
    same = [
        other.slug
        for other in farm.plots
        if (other.site, other.kind, other.covered) == (here.site, here.kind, here.covered)
        and other.slug not in _stay(farm, here.site, year)
    ]
    moved = same[(same.index(here.slug) + back) % len(same)]
    then = replace(planting, plot=moved, source="person", cuts=())
    then = replace(then, planted=_years(planted, back), removed=_years(removed, back))
    return replace(then, lot=seed_lot(then))


def _stay(farm: Farm, site: str, year: int) -> set[str]:
    """The plots of a site whose crop stays for years."""
    return {
        one.plot
        for one in farm.plantings
        if one.site == site and CROPS[one.crop].season_start and one.planted.year < year
    }


def _years(day: date, back: int) -> date:
    return day.replace(year=day.year - back, day=min(day.day, 28))


def harvests(farm: Farm, past: list[Planting], year: int, seed: int) -> list[LogEntry]:
    """The whole harvest of each past planting, and of the crops that stay each year's."""
    found = [_total(farm, one, one.removed or one.planted, seed) for one in past]
    for planting in farm.plantings:
        crop = CROPS[planting.crop]
        if not crop.season_start or planting.crop not in HABITS:
            continue
        ends = int(crop.season_start + HABITS[planting.crop].last * crop.season_length)
        for back in range(1, YEARS + 1):
            day = date(year - back, 1, 1) + timedelta(days=min(ends, 350))
            if (day - planting.planted).days > 60:
                found.append(_total(farm, planting, day, seed))
    return found


def notes(farm: Farm, past: list[Planting], until: datetime, seed: int) -> list[LogEntry]:
    """Everything that is written of the past seasons."""
    year = until.astimezone(farm.zone).year
    return [*sowings(farm, past, until), *harvests(farm, past, year, seed)]


def _total(farm: Farm, planting: Planting, day: date, seed: int) -> LogEntry:
    plot = farm.index(planting.site, planting.plot)
    mass = expected(farm.plots[plot or 0], planting, day.year, seed) * _MISSED
    told = "Total de la saison" if farm.tongue == "fr" else "Total of the season"
    return LogEntry(
        site=planting.site,
        plot=planting.plot,
        type="harvest",
        time=on_day(farm, day - timedelta(days=1), 18),
        quantity=round(mass, 1),
        unit="kg",
        crop=planting.crop,
        variety=planting.variety,
        notes=told,
        source=SOURCE,
        method="weighed",
        who=person(farm, planting.site, day),
    )
