"""Planting and ending as a person decides: checked first, every fault told at once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from math import isnan
from typing import Any

from sqlalchemy import Connection

from agro.errors import BadInput
from agro.records import Planting, Plot
from agro.store import farms, plantings
from agro.store.values import time_zone

FURTHEST_BACK = date(2000, 1, 1)
FURTHEST_AHEAD = timedelta(days=731)

_LINES = {
    "too_early": "planted: {planted} is before 2000; correct the year",
    "too_late": "planted: {planted} is more than two years ahead; correct the year",
    "removed_first": "removed: {removed} is not after planting on {planted}; correct one of them",
    "removed_too_late": "removed: {removed} is more than two years ahead; correct the year",
    "exists": "planting: {crop} of {planted} stands on {plot} already; end it, or name the variety",
    "occupied": "plot: {plot} still bears {crop}, planted {planted}; end that first, choose"
    " another day or plot, or give the areas of both",
    "area_too_large": "area: {area:g} m² is more than the {free:g} m² that are free on {plot}",
    "area_wrong": "area: {area:g} m² must be above 0",
    "plants_wrong": "plants: {plants:g} must be above 0",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a planting cannot be as it is said: a code and the numbers of its sentence."""

    code: str
    facts: Mapping[str, Any]

    @property
    def line(self) -> str:
        """The fault as a line of a command."""
        return _LINES[self.code].format_map(self.facts)


def faults(
    planting: Planting, plot: Plot, others: Sequence[Planting], today: date
) -> tuple[Fault, ...]:
    """Everything that cannot be of a planting beside the others of its plot."""
    return (*_of_dates(planting, today), *_of_numbers(planting), *_of_plot(planting, plot, others))


def _of_dates(planting: Planting, today: date) -> Iterator[Fault]:
    facts = {"planted": planting.planted, "removed": planting.removed}
    if planting.planted < FURTHEST_BACK:
        yield Fault("too_early", facts)
    if planting.planted > today + FURTHEST_AHEAD:
        yield Fault("too_late", facts)
    if planting.removed is not None and planting.removed <= planting.planted:
        yield Fault("removed_first", facts)
    elif planting.removed is not None and planting.removed > today + FURTHEST_AHEAD:
        yield Fault("removed_too_late", facts)


def _of_numbers(planting: Planting) -> Iterator[Fault]:
    if planting.area <= 0.0:
        yield Fault("area_wrong", {"area": planting.area})
    if planting.plants <= 0.0:
        yield Fault("plants_wrong", {"plants": planting.plants})


def _of_plot(planting: Planting, plot: Plot, others: Sequence[Planting]) -> Iterator[Fault]:
    """The same planting again, or more than the plot has room for."""
    here = [one for one in others if one.plot == plot.slug]
    facts = {"plot": plot.slug, "crop": planting.crop, "planted": planting.planted}
    if any(_key(one) == _key(planting) for one in here):
        yield Fault("exists", facts)
        return
    beside = [one for one in here if _overlap(planting, one)]
    areas = [one.area for one in beside]
    if beside and (isnan(planting.area) or any(map(isnan, areas))):
        other = next((one for one in beside if isnan(one.area)), beside[-1])
        yield Fault("occupied", facts | {"crop": other.crop, "planted": other.planted})
        return
    free = plot.area - sum(areas)
    if planting.area > free + 1e-9:
        yield Fault("area_too_large", {"area": planting.area, "free": free, "plot": plot.slug})


def _key(one: Planting) -> tuple[str, str, date]:
    return one.crop, one.variety, one.planted


def _overlap(a: Planting, b: Planting) -> bool:
    """Whether both stand on one day; a bed cleared on the day of planting is free."""
    return (b.removed is None or b.removed > a.planted) and (
        a.removed is None or a.removed > b.planted
    )


def add(c: Connection, planting: Planting, *, who: str, at: datetime) -> Planting:
    """Keep a new planting as a person's; what stands as kept.

    Raises
    ------
    BadInput  It cannot be: one line for each fault.
    """
    plot = _plot(c, planting.site, planting.plot)
    found = faults(planting, plot, farms.plantings(c, planting.site), _today(c, at))
    if found:
        raise BadInput(fault.line for fault in found)
    kept = replace(planting, source=plantings.PERSON)
    plantings.add(c, kept, who=who, at=at)
    return kept


def end(c: Connection, planting: Planting, removed: date, *, who: str, at: datetime) -> Planting:
    """Say when a planting was or will be removed; it stays in the record.

    Raises
    ------
    BadInput  The day cannot be.
    """
    kept = replace(planting, removed=removed, source=plantings.PERSON)
    found = [one for one in _of_dates(kept, _today(c, at)) if one.code.startswith("removed")]
    if found:
        raise BadInput(fault.line for fault in found)
    plantings.end(c, planting, removed, who=who, at=at)
    return kept


def named(
    known: Sequence[Planting], plot: str, crop: str, variety: str | None, planted: date | None
) -> Planting:
    """The one planting of a plot that is meant, of those that have not ended.

    Raises
    ------
    BadInput  There is none, or more than one.
    """
    found = [
        one
        for one in known
        if one.plot == plot
        and one.crop == crop
        and one.removed is None
        and variety in (None, one.variety)
        and planted in (None, one.planted)
    ]
    if len(found) == 1:
        return found[0]
    if not found:
        here = ", ".join(f"{one.crop} of {one.planted}" for one in known if one.plot == plot)
        told = f"known there: {here}" if here else "nothing is planted there"
        raise BadInput([f"crop: no {crop!r} stands on {plot}; {told}"])
    several = ", ".join(f"{one.variety or '(no variety)'} of {one.planted}" for one in found)
    raise BadInput([f"crop: several {crop!r} stand on {plot}: {several}; give variety or planted"])


def _plot(c: Connection, site: str, slug: str) -> Plot:
    found = next((one for one in farms.plots(c, site) if one.slug == slug), None)
    if found is None:
        known = ", ".join(one.slug for one in farms.plots(c, site)) or "none"
        raise BadInput([f"plot: {slug!r} is not on site {site!r}; known: {known}"])
    return found


def _today(c: Connection, at: datetime) -> date:
    return at.astimezone(time_zone(c)).date()
