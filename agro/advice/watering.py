"""What the logbook says was watered, as depths that reached the root zone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isnan, nan

from sqlalchemy import Connection

from agro.advice.beds import Bed
from agro.advice.moment import Moment
from agro.records import LogEntry
from agro.store import logbook

_LITRES = {"l": 1.0, "litre": 1.0, "litres": 1.0, "m3": 1000.0, "m³": 1000.0}
_MINUTES = {"min": 1.0, "minute": 1.0, "minutes": 1.0, "h": 60.0, "hour": 60.0, "hours": 60.0}
_MILLIMETRES = {"mm": 1.0, "l/m2": 1.0, "l/m²": 1.0, "cm": 10.0}


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount of water that reached a plot at a time. [mm]"""

    time: datetime
    depth: float


@dataclass(frozen=True, slots=True)
class Watering:
    """The watering of one plot. `guessed`: an entry told no amount that could be used."""

    amounts: tuple[Amount, ...] = ()
    guessed: bool = False


def waterings(
    c: Connection, site: str, beds: Sequence[Bed], start: datetime, moment: Moment
) -> dict[str, Watering]:
    """The watering of each plot from `start` until the moment."""
    entries = logbook.entries(c, site=site, types=["irrigation"], start=start, end=moment.end)
    watered = [bed for bed in beds if bed.can_water] or list(beds)
    shared_area = sum(bed.plot.area for bed in watered)
    whole_site = {bed.plot.slug for bed in watered}
    found: dict[str, Watering] = {}
    for bed in beds:
        amounts, guessed = [], False
        for entry in entries:
            if entry.plot != bed.plot.slug and (entry.plot or bed.plot.slug not in whole_site):
                continue
            area = bed.plot.area if entry.plot else shared_area
            depth = applied_depth(entry, bed, area)
            guessed |= isnan(depth)
            amounts.append(Amount(entry.time, bed.minimum_dose if isnan(depth) else depth))
        found[bed.plot.slug] = Watering(tuple(amounts), guessed)
    return found


def applied_depth(entry: LogEntry, bed: Bed, area: float) -> float:
    """Depth that reached the roots; NaN when the entry does not tell. [mm]"""
    unit = entry.unit.strip().lower()
    if unit in _MILLIMETRES:
        return entry.quantity * _MILLIMETRES[unit] * bed.efficiency
    if unit in _LITRES and area > 0:
        return entry.quantity * _LITRES[unit] / area * bed.efficiency
    if unit in _MINUTES and bed.plot.area > 0:
        return entry.quantity * _MINUTES[unit] * bed.flow / bed.plot.area * bed.efficiency
    return nan
