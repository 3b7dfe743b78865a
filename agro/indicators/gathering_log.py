"""The logbook's entries and the deliveries as records of a Book.

A machine and a person who tell of the same water count once (`meter_notes.counted_by`). A harvest
that was counted in heads or bunches has no mass: it is a statement, and no kilograms are guessed.
Names of people do not leave the logbook.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from math import isnan, nan
from typing import Any

from sqlalchemy import Connection

from agro.chain.local import Local
from agro.indicators.book import (
    Compost,
    Delivery,
    Event,
    Harvest,
    Input,
    Irrigation,
    Labour,
    Loss,
    Source,
    Treatment,
)
from agro.indicators.noting import EVENTS, UNKNOWN
from agro.records import Delivery as Stated
from agro.records import IrrigationSystem, LogEntry, Noted, Site
from agro.records import Plot as Bed
from agro.store import logbook
from agro.store.deliveries import LOSS, Delivered
from agro.store.meter_notes import counted_by
from agro.units import in_base, mass_kg

_TYPES = ("harvest", "irrigation", "input", "labour", "compost", "observation")
_METHODS = {"meter": "metered", "valve": "timed"}
_RAIN = "rain"
_WATERS = {"rainwater": _RAIN}


@dataclass(frozen=True, slots=True)
class Ground:
    """What the entries are of: the city's clock, sites, plots and irrigation systems."""

    zone: tzinfo
    plots: Mapping[tuple[str, str], Bed]
    systems: Mapping[tuple[str, str], IrrigationSystem]
    sites: Mapping[str, Site]

    def where(self, entry: LogEntry) -> dict[str, Any]:
        """Site, plot and local day of an entry."""
        plot = f"{entry.site}/{entry.plot}" if entry.plot else ""
        return {"site": entry.site, "plot": plot, "day": self.day(entry.time)}

    def day(self, at: datetime) -> date:
        """The local date of a time."""
        return at.astimezone(self.zone).date()


def logged(
    c: Connection, ground: Ground, since: datetime, until: datetime
) -> dict[str, tuple[Any, ...]]:
    """The registers that the logbook fills, from entries that stand, oldest first."""
    kept = logbook.noted(c, types=_TYPES, start=since, end=until)
    of: dict[str, list[Noted]] = {name: [] for name in _TYPES}
    for one in reversed(kept):
        if one.entry.site in ground.sites:
            of[one.entry.type].append(one)
    return {
        "harvests": tuple(_harvest(one, ground) for one in of["harvest"]),
        "irrigations": _irrigations(of["irrigation"], ground),
        "inputs": tuple(_input(o, ground) for o in of["input"] if not _segment(o.entry)),
        "treatments": tuple(_treatment(o, ground) for o in of["input"] if _segment(o.entry)),
        "labour": tuple(_labour(o, ground) for o in of["labour"] if not isnan(_hours(o.entry))),
        "events": tuple(_event(o, ground) for o in of["observation"] if _is_event(o.entry)),
        "composts": tuple(_compost(one, ground) for one in of["compost"]),
    }


def delivered(gone: list[Delivered], local: Local, ground: Ground) -> dict[str, tuple[Any, ...]]:
    """Deliveries by mass, and what was composted of the harvest as losses."""
    weighed = [
        one
        for one in reversed(gone)
        if one.unit == "kg" and not isnan(one.amount) and one.delivery.entry.site in ground.sites
    ]
    return {
        "deliveries": tuple(
            _delivery(one, local, ground) for one in weighed if one.delivery.channel != LOSS
        ),
        "losses": tuple(
            Loss(
                source=Source("delivery", f"log {one.number}", one.number),
                **ground.where(one.delivery.entry),
                mass=one.amount,
                fate=LOSS,
            )
            for one in weighed
            if one.delivery.channel == LOSS
        ),
    }


def _source(one: Noted) -> Source:
    return Source(one.entry.type, f"log {one.number}", one.number)


def _harvest(one: Noted, ground: Ground) -> Harvest:
    entry = one.entry
    nothing = entry.quantity == 0.0
    return Harvest(
        source=_source(one),
        **ground.where(entry),
        mass=0.0 if nothing else mass_kg(entry.quantity, entry.unit),
        crop=entry.crop,
        grade=str(entry.details.get("grade", "food")),
        method=entry.method,
    )


def _irrigations(kept: list[Noted], ground: Ground) -> tuple[Irrigation, ...]:
    better = counted_by([one.entry for one in kept])
    found = [_irrigation(o, ground) for o, b in zip(kept, better, strict=True) if b is None]
    return tuple(one for one in found if not isnan(one.volume))


def _irrigation(one: Noted, ground: Ground) -> Irrigation:
    entry = one.entry
    bed = ground.plots.get((entry.site, entry.plot))
    system = ground.systems.get((entry.site, bed.irrigation)) if bed else None
    stated = str(entry.details.get("water", ""))
    usual = ground.sites[entry.site].water_source
    tank = _RAIN if system is not None and system.tank else ""
    return Irrigation(
        source=_source(one),
        **ground.where(entry),
        volume=volume(entry, bed, system),
        water="" if stated == UNKNOWN else stated or tank or _WATERS.get(usual, usual),
        method=_METHODS.get(entry.source, entry.method),
    )


def volume(entry: LogEntry, bed: Bed | None, system: IrrigationSystem | None) -> float:
    """What was taken from the tap; NaN where the entry does not tell. [m³]"""
    amount, base = in_base(entry.quantity, entry.unit)
    if base == "L":
        return amount / 1000.0
    if base == "mm" and bed is not None:
        return amount * bed.area / 1000.0
    if base == "h" and system is not None and system.flow > 0.0:
        return amount * 60.0 * system.flow / 1000.0
    return nan


def _segment(entry: LogEntry) -> str:
    """The ministry's segment of an input that is a treatment; "" of any other."""
    return str(entry.details.get("segment", ""))


def _input(one: Noted, ground: Ground) -> Input:
    entry = one.entry
    return Input(
        source=_source(one),
        **ground.where(entry),
        kind=str(entry.details.get("kind", "")) or entry.notes,
        mass=mass_kg(entry.quantity, entry.unit),
        n_percent=_number(entry, "n_percent"),
    )


def _treatment(one: Noted, ground: Ground) -> Treatment:
    entry = one.entry
    segment, share = _segment(entry), _number(entry, "treated_percent")
    synthetic = entry.details.get("synthetic")
    return Treatment(
        source=_source(one),
        **ground.where(entry),
        segment="" if segment == "none" else segment.upper(),
        dose=_number(entry, "dose"),
        reference_dose=_number(entry, "reference_dose"),
        treated_percent=100.0 if isnan(share) else share,
        synthetic=synthetic if isinstance(synthetic, bool) else None,
        none=segment == "none",
    )


def _labour(one: Noted, ground: Ground) -> Labour:
    entry = one.entry
    return Labour(
        source=_source(one),
        **ground.where(entry),
        status=str(entry.details.get("status", "")),
        hours=_hours(entry),
        sex=str(entry.details.get("sex", "")),
        person=str(entry.details.get("person", "")),
        persons=_number(entry, "persons"),
    )


def _hours(entry: LogEntry) -> float:
    """Hours of work of all who were there; NaN where the entry does not tell."""
    if not isnan(entry.hours):
        return entry.hours
    amount, base = in_base(entry.quantity, entry.unit)
    return amount if base == "h" else nan


def _is_event(entry: LogEntry) -> bool:
    return entry.details.get("kind") in EVENTS


def _event(one: Noted, ground: Ground) -> Event:
    entry = one.entry
    return Event(
        source=_source(one),
        **ground.where(entry),
        kind=str(entry.details["kind"]),
        participants=_number(entry, "participants"),
        hours=entry.hours,
    )


def _compost(one: Noted, ground: Ground) -> Compost:
    stated = _number(one.entry, "biowaste_kg")
    mass = mass_kg(one.entry.quantity, one.entry.unit)
    return Compost(
        source=_source(one),
        **ground.where(one.entry),
        biowaste=mass if isnan(stated) else stated,
        compost=_number(one.entry, "compost_kg"),
    )


def _delivery(one: Delivered, local: Local, ground: Ground) -> Delivery:
    said = one.delivery
    return Delivery(
        source=Source("delivery", f"log {one.number}", one.number),
        **ground.where(said.entry),
        mass=one.amount,
        channel=said.channel,
        intermediaries=said.intermediaries,
        value=said.price,
        km=said.distance_km,
        local=_local(said, local),
        vehicle=said.vehicle,
        trips=said.trips,
        crop=said.entry.crop,
    )


def _local(said: Stated, local: Local) -> bool | None:
    """Whether a delivery stayed local: as its author says, else by the city's definition."""
    stated = said.entry.details.get("local")
    if isinstance(stated, bool) or stated == UNKNOWN:
        return stated if isinstance(stated, bool) else None
    return local.holds(said)


def _number(entry: LogEntry, name: str) -> float:
    value = entry.details.get(name)
    known = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if known and value is not None else nan
