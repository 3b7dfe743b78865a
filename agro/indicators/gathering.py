"""The Book of records as the store has it: sites, plots, plantings, logbook, deliveries, rain.

Each record's source names the logbook's entry, the statement or the survey, so that a figure is
followed back to it. What nobody noted or stated is missing here, and its indicators say so.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime, time, timedelta
from math import isnan, nan
from statistics import median
from typing import Any

from sqlalchemy import Connection

from agro.chain.local import local
from agro.indicators.book import (
    Book,
    Cycle,
    Plot,
    References,
    Roof,
    Source,
)
from agro.indicators.gathering_climate import climate
from agro.indicators.gathering_kept import kept, plot_of, references, site_of, united
from agro.indicators.gathering_log import Ground, delivered, logged
from agro.indicators.noting import BOOK
from agro.records import Planting
from agro.records import Plot as Bed
from agro.store import deliveries, farms
from agro.store.deliveries import Delivered
from agro.store.values import time_zone

_PRICE_LOW, _PRICE_HIGH = 0.1, 10.0  # of the median: TAPE's rule for prices that cannot be


def gather(
    c: Connection,
    start: date,
    end: date,
    *,
    sites: Collection[str] | None = None,
    book: int | None = None,
    weather: bool = True,
) -> Book:
    """The records of all sites, or of some, from the first day to the last, both included.

    With the number of an imported farm `book` what is said of the whole city is that book's alone,
    inhabitants too where it states them. Without `weather` the store's rain and demand, which take
    the most time, are left out.
    """
    zone = time_zone(c)
    since = datetime.combine(start, time(), zone)
    until = datetime.combine(end + timedelta(days=1), time(), zone)
    gardens = [one for one in farms.sites(c) if sites is None or one.slug in sites]
    slugs = {one.slug for one in gardens}
    ground = Ground(
        zone=zone,
        plots={(one.site, one.slug): one for one in farms.plots(c) if one.site in slugs},
        systems={(one.site, one.slug): one for one in farms.irrigation_systems(c)},
        sites={one.slug: one for one in gardens},
    )
    grown = [one for one in farms.plantings(c) if one.site in slugs]
    gone = deliveries.deliveries(c, start=since, end=until)
    registers: dict[str, Any] = logged(c, ground, since, until)
    registers |= delivered(gone, local(c), ground)
    registers |= {"roofs": _roofs(c, slugs), "cycles": _cycles(grown, ground.plots, start, end)}
    stated = kept(c, slugs, start, end, book=book)
    untold = [one for one in gardens if weather and one.slug not in stated.told]
    registers |= climate(c, untold, start, until)
    together: dict[str, Any] = united(registers, stated)
    return Book(
        start=start,
        end=end,
        sites=tuple(site_of(site, stated) for site in gardens),
        plots=tuple(
            plot_of(_plot(bed, grown, start, end), stated) for bed in ground.plots.values()
        ),
        references=references(_references(c, gone), stated, alone=book is not None),
        stated=stated.stated,
        said=stated.said,
        **together,
    )


def key(site: str, plot: str) -> str:
    """A plot of the store as a key that is its own in the whole city; "" of the whole site."""
    return f"{site}/{plot}" if plot else ""


def _roofs(c: Connection, sites: Collection[str]) -> tuple[Roof, ...]:
    return tuple(
        Roof(source=Source("tank", f"{tank.site}/{tank.slug}"), site=tank.site, area=tank.roof_area)
        for tank in farms.tanks(c)
        if tank.roof_area > 0.0 and tank.site in sites
    )


def _plot(bed: Bed, grown: list[Planting], start: date, end: date) -> Plot:
    return Plot(
        source=Source("plot", key(bed.site, bed.slug)),
        site=bed.site,
        plot=key(bed.site, bed.slug),
        area=bed.area,
        cultivated=cultivated(bed, grown, start, end),
    )


def cultivated(bed: Bed, grown: list[Planting], start: date, end: date) -> float:
    """The most of a bed that was under crops on one day of the period. [m²]

    0 where its plantings are known and none falls in the period, NaN where none was ever noted.
    """
    own = [one for one in grown if (one.site, one.plot) == (bed.site, bed.slug)]
    if not own:
        return nan
    here = [one for one in own if _grows(one, start, end)]
    days = {max(one.planted, start) for one in here}
    areas = [sum(_area(o, bed) for o in here if _grows(o, day, day)) for day in days]
    return min(max(areas, default=0.0), bed.area)


def _grows(one: Planting, start: date, end: date) -> bool:
    return one.planted <= end and (one.removed is None or one.removed >= start)


def _area(one: Planting, bed: Bed) -> float:
    return bed.area if isnan(one.area) else one.area


def _cycles(
    grown: list[Planting], beds: Mapping[tuple[str, str], Bed], start: date, end: date
) -> tuple[Cycle, ...]:
    return tuple(
        Cycle(
            source=Source("planting", f"{one.site}/{one.plot}/{one.crop}/{one.planted}"),
            site=one.site,
            plot=key(one.site, one.plot),
            crop=one.crop,
            area=_area(one, beds[one.site, one.plot]),
            variety=one.variety,
            start=one.planted,
            end=one.removed,
        )
        for one in grown
        if _grows(one, start, end)
    )


def _references(c: Connection, gone: list[Delivered]) -> References:
    people = {one.code: float(one.population) for one in farms.communes(c) if one.population}
    return References(populations=people, prices=noted_prices(gone))


def noted_prices(gone: list[Delivered]) -> dict[str, float]:
    """The median price of each crop as its sales noted it. [EUR/kg]

    A price outside 0.1 to 10 times the median is taken out of it first (TAPE's rule). Sales that a
    farm book brought make none: a book states its prices.
    """
    by_crop: dict[str, list[float]] = {}
    for one in gone:
        price = one.delivery.price
        if one.delivery.entry.source == BOOK:
            continue
        if deliveries.is_sale(one.delivery) and one.unit == "kg" and price > 0.0 < one.amount:
            by_crop.setdefault(one.delivery.entry.crop, []).append(price / one.amount)
    return {crop: _typical(prices) for crop, prices in by_crop.items() if crop}


def _typical(prices: list[float]) -> float:
    middle = median(prices)
    likely = [p for p in prices if _PRICE_LOW * middle <= p <= _PRICE_HIGH * middle]
    return median(likely)
