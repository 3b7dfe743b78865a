"""What a period's harvests come to, and how much of the period anybody spoke of.

A week is covered by a statement: a harvest, or that there was none. A week nobody spoke of is no
zero, so every total stands beside the weeks it rests on.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import isnan
from zoneinfo import ZoneInfo

from agro.records import LogEntry, Planting
from agro.units import mass_kg


@dataclass(frozen=True, slots=True)
class CropTotal:
    """A crop's harvests: kg, counts that were not weighed (unit → number), weeks spoken of."""

    crop: str
    mass_kg: float
    counts: tuple[tuple[str, float], ...]
    unmeasured: int
    weeks: int


@dataclass(frozen=True, slots=True)
class Totals:
    """The crops, the heaviest first; `covered` weeks of `weeks` have a statement."""

    crops: tuple[CropTotal, ...]
    mass_kg: float
    covered: int
    weeks: int


def totals(
    entries: Sequence[LogEntry],
    plantings: Sequence[Planting],
    start: date,
    end: date,
    *,
    zone: ZoneInfo,
) -> Totals:
    """The harvests among entries; the season begins when something grew or was harvested first."""
    harvests = [entry for entry in entries if entry.type == "harvest"]
    said = {id(entry): _monday(entry.time, zone) for entry in harvests}
    season = _season(plantings, said.values(), start, end)
    grown = {(one.plot, one.crop) for one in plantings}
    by_crop: dict[str, list[LogEntry]] = {}
    for entry in harvests:
        if entry.crop or entry.quantity != 0:
            by_crop.setdefault(entry.crop, []).append(entry)
    crops = []
    for crop, own in by_crop.items():
        none = [e for e in harvests if not e.crop and (not e.plot or (e.plot, crop) in grown)]
        crops.append(_crop(crop, own, {said[id(entry)] for entry in [*own, *none]} & season))
    crops.sort(key=lambda one: -one.mass_kg)
    covered = set(said.values()) & season
    total = sum(one.mass_kg for one in crops)
    return Totals(tuple(crops), total, len(covered), len(season))


def _crop(crop: str, entries: Sequence[LogEntry], weeks: set[date]) -> CropTotal:
    mass, unmeasured, counts = 0.0, 0, dict[str, float]()
    for entry in entries:
        kg = mass_kg(entry.quantity, entry.unit)
        if isnan(entry.quantity):
            unmeasured += 1
        elif isnan(kg):
            counts[entry.unit] = counts.get(entry.unit, 0.0) + entry.quantity
        else:
            mass += kg
    return CropTotal(crop, mass, tuple(counts.items()), unmeasured, len(weeks))


def _season(
    plantings: Iterable[Planting], said: Iterable[date], start: date, end: date
) -> set[date]:
    """The Mondays of the weeks of [start, end] in which something grew or was harvested."""
    weeks = {week for week in said if start - timedelta(days=6) <= week <= end}
    for one in plantings:
        first, last = max(one.planted, start), min(one.removed or end, end)
        week = first - timedelta(days=first.weekday())
        while week <= last:
            weeks.add(week)
            week += timedelta(days=7)
    return weeks


def _monday(time: datetime, zone: ZoneInfo) -> date:
    day = time.astimezone(zone).date()
    return day - timedelta(days=day.weekday())
