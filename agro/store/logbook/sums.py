"""What the harvests of a garden add up to, and which weeks anybody spoke of: summed where they lie.

A week is that of the city's clock, from Monday to Sunday: the hours by which it is ahead of UTC
change twice a year, so a query is told each of them with the time until which it holds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, case, func, literal, or_, select

from agro.store import schema
from agro.store.values import from_epoch, to_epoch

HARVEST = "harvest"
_DAY, _WEEK = 86_400, 7 * 86_400  # s
_MONDAY = 3 * _DAY  # s; 1 January 1970 was a Thursday
_FIRST_WEEK = date(1969, 12, 29)


@dataclass(frozen=True, slots=True)
class HarvestSum:
    """The harvests of a crop in one unit: how many, how many tell an amount, and their sum."""

    crop: str
    unit: str
    entries: int
    told: int
    quantity: float


@dataclass(frozen=True, slots=True)
class Spoken:
    """A week (its Monday) of which a harvest, or that there was none, is noted.

    `plot` is told where no crop is: such a statement is of all that grows there, "" of the garden.
    """

    week: date
    crop: str
    plot: str


def harvest_sums(c: Connection, site: str, start: datetime | None) -> list[HarvestSum]:
    """The harvests of a garden that stand, since a time (None: all), by crop and unit.

    A statement that nothing was harvested, of no crop in particular, is no harvest.
    """
    log = schema.log.c
    said = or_(log.crop != "", log.quantity.is_(None), log.quantity != 0.0)
    sums = (func.count(), func.count(log.quantity), func.coalesce(func.sum(log.quantity), 0.0))
    asked = _of(select(log.crop, log.unit, *sums), site, start).where(said)
    asked = asked.group_by(log.crop, log.unit).order_by(log.crop, log.unit)
    return [HarvestSum(*row) for row in c.execute(asked)]


def harvest_weeks(c: Connection, site: str, start: datetime | None, zone: tzinfo) -> set[Spoken]:
    """The weeks of which somebody spoke, since a time (None: ever)."""
    span = _span(c, site, start)
    if span is None:
        return set()
    log = schema.log.c
    week = (log.time + _ahead(zone, *span) + _MONDAY) // _WEEK
    plot = case((log.crop == "", func.coalesce(schema.plot.c.slug, "")), else_="")
    asked = _of(select(week.label("week"), log.crop, plot.label("plot")), site, start).distinct()
    return {
        Spoken(_FIRST_WEEK + timedelta(weeks=int(number)), crop, slug)
        for number, crop, slug in c.execute(asked)
    }


def first_harvest(c: Connection, site: str) -> datetime | None:
    """When the first harvest of a garden was, or was said not to be; None when none is noted."""
    span = _span(c, site, None)
    return None if span is None else span[0]


def _of(asked: Select[Any], site: str, start: datetime | None) -> Select[Any]:
    log = schema.log.c
    asked = (
        asked.select_from(schema.log)
        .join(schema.site, schema.site.c.id == log.site_id)
        .outerjoin(schema.plot, schema.plot.c.id == log.plot_id)
        .where(schema.site.c.slug == site, log.type == HARVEST, log.struck_at.is_(None))
    )
    return asked if start is None else asked.where(log.time >= to_epoch(start))


def _span(c: Connection, site: str, start: datetime | None) -> tuple[datetime, datetime] | None:
    """The times of the first and the last harvest."""
    log = schema.log.c
    first, last = c.execute(_of(select(func.min(log.time), func.max(log.time)), site, start)).one()
    return None if first is None else (from_epoch(first), from_epoch(last))


def _ahead(zone: tzinfo, start: datetime, end: datetime) -> ColumnElement[int]:
    """By how much the clock is ahead of UTC at the time of an entry. [s]"""
    *before, (_, last) = offsets(zone, start, end)
    if not before:
        return literal(last)
    return case(*((schema.log.c.time < until, ahead) for until, ahead in before), else_=last)


def offsets(zone: tzinfo, start: datetime, end: datetime) -> Sequence[tuple[int, int]]:
    """(until when, seconds ahead of UTC) through [start, end]; the last holds for good."""
    found = list[tuple[int, int]]()
    at, stop = to_epoch(start), to_epoch(end)
    ahead = _offset(zone, at)
    while at <= stop:
        later = min(at + _DAY, stop + 1)
        then = _offset(zone, later)
        if then != ahead:
            found.append((_change(zone, at, later), ahead))
            ahead = then
        at = later
    return [*found, (stop + 1, ahead)]


def _change(zone: tzinfo, before: int, after: int) -> int:
    """The second in (before, after] from which another offset holds."""
    old = _offset(zone, before)
    while after - before > 1:
        middle = (before + after) // 2
        before, after = (middle, after) if _offset(zone, middle) == old else (before, middle)
    return after


def _offset(zone: tzinfo, at: int) -> int:
    ahead = datetime.fromtimestamp(at, UTC).astimezone(zone).utcoffset()
    return int((ahead or timedelta()).total_seconds())
