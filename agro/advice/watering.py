"""What the logbook says was watered, as depths that reached the root zone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import isnan, nan

from numpy import nansum
from sqlalchemy import Connection

from agro.advice.beds import Bed
from agro.advice.moment import Moment
from agro.records import LogEntry
from agro.store import logbook
from agro.store.meter_notes import counted_by, is_within
from agro.store.meters import MACHINES, METER

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
    """The watering of each plot from `start` until the moment, each of them counted once.

    Where a meter counted what somebody also noted, the meter's figure is taken. What a meter or
    valve of the whole site told is shared by the beds of which nobody noted anything meanwhile,
    the meter's less what was noted of the others.
    """
    entries = logbook.entries(c, site=site, types=["irrigation"], start=start, end=moment.end)
    counted = zip(entries, counted_by(entries), strict=True)
    entries = [entry for entry, better in counted if better is None]
    watered = [bed for bed in beds if bed.can_water] or list(beds)
    amounts: dict[str, list[Amount]] = {bed.plot.slug: [] for bed in beds}
    guessed = set()
    for entry in entries:
        if entry.plot:
            own = [bed for bed in beds if bed.plot.slug == entry.plot]
            here, quantity = own, entry.quantity
        else:
            here, quantity = _shared(entry, entries, watered)
        area = sum(bed.plot.area for bed in here)
        for bed in here:
            depth = applied_depth(replace(entry, quantity=quantity), bed, area)
            guessed |= {bed.plot.slug} if isnan(depth) else set()
            given = Amount(entry.time, bed.minimum_dose if isnan(depth) else depth)
            amounts[bed.plot.slug].append(given)
    return {plot: Watering(tuple(given), plot in guessed) for plot, given in amounts.items()}


def _shared(
    entry: LogEntry, entries: Sequence[LogEntry], watered: list[Bed]
) -> tuple[list[Bed], float]:
    """The beds that an entry of the whole site is of, and how much of it is theirs."""
    if entry.source not in MACHINES:
        return watered, entry.quantity
    own = {bed.plot.slug: bed for bed in watered}
    noted = [one for one in entries if one.plot in own and is_within(entry, one)]
    told = {one.plot for one in noted}
    others = [bed for bed in watered if bed.plot.slug not in told]
    if entry.source != METER:  # the minutes of a valve are those of every bed
        return others, entry.quantity
    litres = [_litres(one, own[one.plot]) for one in noted]
    return others, max(entry.quantity - nansum(litres), 0.0)


def _litres(entry: LogEntry, bed: Bed) -> float:
    """What an entry of a bed took from the tap; NaN when it does not tell. [L]"""
    return applied_depth(entry, bed, bed.plot.area) * bed.plot.area / bed.efficiency


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
