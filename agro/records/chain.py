"""The short food chain: who buys, and what was delivered out of which lots."""

from dataclasses import dataclass
from math import nan

from agro.records.logbook import LogEntry


@dataclass(frozen=True, slots=True)
class Outlet:
    """Where a harvest goes. `distance_km` one way; `intermediaries` between garden and eater.

    `channel`: market, restaurant, canteen, box, shop, wholesaler, donation, self, compost.
    """

    site: str
    slug: str
    name: str
    channel: str
    distance_km: float = nan
    intermediaries: float = nan
    vehicle: str = ""
    destination: str = ""


@dataclass(frozen=True, slots=True)
class LotUse:
    """What a delivery took of a harvest: the harvest's number in the logbook, kg.

    Of a harvest that was counted, `count` in its own unit, and no mass.
    """

    harvest: int
    mass_kg: float = nan
    count: float = nan


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery: its logbook entry, where it went and out of which harvests. `price` € in all.

    `outlet` is a slug, empty = none; the channel, distance and intermediaries are the outlet's as
    they were on the day. `trips` are round trips shared over the deliveries of the season.
    """

    entry: LogEntry
    channel: str
    outlet: str = ""
    distance_km: float = nan
    intermediaries: float = nan
    price: float = nan
    trips: float = nan
    vehicle: str = ""
    lots: tuple[LotUse, ...] = ()
