"""From a delivery back to the seed and what the plants were given, and from there forward.

A lot comes from the planting of its crop on its plot that stood on the day of the harvest. Its
sowings are the seedings and transplantings of that crop on that plot since the planting began;
where plants were set, also the seedings elsewhere on the site of the same seed lot, before. Its
care is what the plot, or the whole site, was given from the first of these until the harvest.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo

from sqlalchemy import Connection

from agro.records import Noted, Planting
from agro.store import deliveries as records
from agro.store import farms, logbook
from agro.store.deliveries import Delivered
from agro.store.lots import Lot, local_day, lots, taken_by
from agro.store.values import time_zone

_SOWING = ("seeding", "transplanting")
_CARE = ("input", "irrigation", "compost")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a lot comes from: the planting, its sowings and its care, the oldest first."""

    lot: Lot
    planting: Planting | None
    sowings: tuple[Noted, ...]
    care: tuple[Noted, ...]

    @property
    def seed_lots(self) -> tuple[str, ...]:
        """The lots of the seed, as they were noted."""
        noted = [self.planting.lot] if self.planting else []
        noted += [one.entry.lot for one in self.sowings]
        return tuple(dict.fromkeys(lot for lot in noted if lot))


@dataclass(frozen=True, slots=True)
class Back:
    """A delivery with the origin of each of its lots; `unknown` of it no lot accounts for."""

    delivered: Delivered
    origins: tuple[tuple[Origin, float], ...]

    @property
    def unknown(self) -> float:
        """How much of it comes from nobody knows where, in the delivery's unit."""
        return max(self.delivered.unassigned, 0.0)

    @property
    def seed_lots(self) -> tuple[str, ...]:
        """The seed lots of all its lots."""
        found = (lot for origin, _ in self.origins for lot in origin.seed_lots)
        return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class Forward:
    """A delivery that took of what was asked for: `amount` in its unit, out of these lots."""

    delivered: Delivered
    lots: tuple[Lot, ...]
    amount: float


class Trail:
    """The records of a site that traces follow, read once."""

    def __init__(self, c: Connection, site: str) -> None:
        self.zone: tzinfo = time_zone(c)
        self.lots = {lot.number: lot for lot in lots(c, site)}
        self.plantings = farms.plantings(c, site)
        kept = logbook.noted(c, site=site, types=(*_SOWING, *_CARE))
        kept.sort(key=lambda one: (one.entry.time, one.number))
        self.sowings = [one for one in kept if one.entry.type in _SOWING]
        self.care = [one for one in kept if one.entry.type in _CARE]

    def origin(self, lot: Lot) -> Origin:
        """Where a lot comes from."""
        planting = self._planting(lot)
        here = [
            one
            for one in self.sowings
            if (one.entry.plot, one.entry.crop) == (lot.plot, lot.crop)
            and self._day(one) <= lot.day
        ]
        of_variety = [one for one in here if lot.variety and one.entry.variety == lot.variety]
        own = self._since(of_variety or here, planting)
        seeds = {one.entry.lot for one in own} | ({planting.lot} if planting else set())
        sowings = [*self._raised(own, seeds - {""}, lot), *own]
        begun = min([self._day(one) for one in own], default=planting.planted if planting else None)
        if planting and begun:
            begun = min(begun, planting.planted)
        care = self._care(lot, begun) if begun else []
        return Origin(lot, planting, tuple(sowings), tuple(care))

    def _day(self, one: Noted) -> date:
        return local_day(one.entry.time, self.zone)

    def _planting(self, lot: Lot) -> Planting | None:
        """The newest planting of the crop that stood there on the day of the harvest."""
        stood = [
            one
            for one in self.plantings
            if (one.plot, one.crop) == (lot.plot, lot.crop)
            and one.planted <= lot.day
            and (one.removed is None or one.removed >= lot.day)
        ]
        same = [one for one in stood if lot.variety and one.variety == lot.variety]
        return max(same or stood, key=lambda one: one.planted, default=None)

    def _since(self, here: Sequence[Noted], planting: Planting | None) -> list[Noted]:
        """The sowings of a planting; without one, those of the newest day on which one began."""
        if planting is not None:
            since = [one for one in here if self._day(one) >= planting.planted]
            return since or list(here[-1:])
        newest = max([self._day(one) for one in here], default=None)
        return [one for one in here if self._day(one) == newest]

    def _raised(self, own: Iterable[Noted], seeds: set[str], lot: Lot) -> list[Noted]:
        """The seedings elsewhere on the site that gave the plants that were set here."""
        set_on = [self._day(one) for one in own if one.entry.type == "transplanting"]
        if not set_on:
            return []
        return [
            one
            for one in self.sowings
            if one.entry.type == "seeding"
            and one.entry.lot in seeds
            and (one.entry.crop, one.entry.plot != lot.plot) == (lot.crop, True)
            and self._day(one) <= max(set_on)
        ]

    def _care(self, lot: Lot, begun: date) -> list[Noted]:
        return [
            one
            for one in self.care
            if one.entry.plot in ("", lot.plot) and begun <= self._day(one) <= lot.day
        ]


def trace_back(c: Connection, number: int) -> Back:
    """A delivery back to its lots, sowings, seed lots and care.

    Raises
    ------
    ValueError  There is no such delivery.
    """
    delivered = records.one(c, number)
    return back(Trail(c, delivered.delivery.entry.site), delivered)


def back(trail: Trail, delivered: Delivered) -> Back:
    """A delivery back along a trail."""
    uses = [use for use in delivered.delivery.lots if use.harvest in trail.lots]
    origins = [(trail.origin(trail.lots[use.harvest]), taken_by(use)) for use in uses]
    return Back(delivered, tuple(origins))


def trace_forward(c: Connection, site: str, *, plot: str = "", seed_lot: str = "") -> list[Forward]:
    """The standing deliveries that took of a plot's harvests, or of a seed lot's, newest first."""
    trail = Trail(c, site)
    wanted = {}
    for lot in trail.lots.values():
        if plot and lot.plot != plot:
            continue
        if seed_lot and seed_lot not in trail.origin(lot).seed_lots:
            continue
        wanted[lot.number] = lot
    found = []
    for one in records.deliveries(c, site=site):
        uses = [use for use in one.delivery.lots if use.harvest in wanted]
        if uses:
            own = tuple(wanted[use.harvest] for use in uses)
            found.append(Forward(one, own, sum(map(taken_by, uses))))
    return found
