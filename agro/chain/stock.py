"""What is left of the harvests, how old it is, and what in the records cannot be."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from agro.store.deliveries import CHANNELS, Delivered, deliveries
from agro.store.lots import Lot, lots


@dataclass(frozen=True, slots=True)
class Stock:
    """What a site has of a crop: `unit` kg or as it was counted, the two never added up.

    `left` is harvested less delivered, also where no lot accounts for a delivery; `lots` are
    those of which something is left, the oldest first.
    """

    site: str
    crop: str
    unit: str
    harvested: float
    delivered: float
    left: float
    lots: tuple[Lot, ...]

    def age(self, day: date) -> int | None:
        """Days since the harvest of the oldest lot; None when nothing is left."""
        return (day - self.lots[0].day).days if self.lots else None


@dataclass(frozen=True, slots=True)
class Fault:
    """What in the records cannot be, and must be corrected.

    `code`: lot_negative (more was delivered of a lot than harvested), harvest_struck (a delivery
    has taken of a harvest that was struck), unassigned (a delivery for which no lot accounts),
    overassigned (its lots account for more), channel_unknown. `number` is the entry's.
    """

    code: str
    site: str
    crop: str
    unit: str
    amount: float
    number: int
    lot: str = ""


def stock(c: Connection, site: str | None = None) -> list[Stock]:
    """What is left of each crop, of one site or of all; what has gone to the last is left out."""
    return stock_of(lots(c, site), deliveries(c, site=site))


def stock_of(found: Iterable[Lot], delivered: Iterable[Delivered]) -> list[Stock]:
    """The stock of these lots after these deliveries, by site, crop and unit."""
    of_crop: dict[tuple[str, str, str], tuple[list[Lot], list[Delivered]]] = {}
    for lot in found:
        of_crop.setdefault((lot.site, lot.crop, lot.unit), ([], []))[0].append(lot)
    for one in delivered:
        if one.amount == one.amount:
            entry = one.delivery.entry
            of_crop.setdefault((entry.site, entry.crop, one.unit), ([], []))[1].append(one)
    rows = [_stock(*key, *of_crop[key]) for key in sorted(of_crop)]
    return [row for row in rows if row.left or row.lots]


def _stock(
    site: str, crop: str, unit: str, own: Sequence[Lot], delivered: Sequence[Delivered]
) -> Stock:
    harvested = sum(lot.harvested for lot in own if not lot.struck)
    left = sum(lot.left for lot in own) - sum(one.unassigned for one in delivered)
    return Stock(
        site=site,
        crop=crop,
        unit=unit,
        harvested=harvested,
        delivered=sum(one.amount for one in delivered),
        left=0.0 if abs(left) < 1e-6 else left,
        lots=tuple(lot for lot in own if lot.left > 0),
    )


def faults(c: Connection, site: str | None = None) -> list[Fault]:
    """What cannot be in the records of a site, or of all."""
    return faults_of(lots(c, site), deliveries(c, site=site))


def faults_of(found: Iterable[Lot], delivered: Iterable[Delivered]) -> list[Fault]:
    """What of these lots and deliveries cannot be."""
    told = []
    for lot in found:
        if lot.left < 0:
            code = "harvest_struck" if lot.struck else "lot_negative"
            what = (lot.site, lot.crop, lot.unit)
            told.append(Fault(code, *what, -lot.left, lot.number, lot=lot.code))
    for one in delivered:
        entry = one.delivery.entry
        about = (entry.site, entry.crop, one.unit)
        if one.unassigned > 0:
            told.append(Fault("unassigned", *about, one.unassigned, one.number))
        elif one.unassigned < 0:
            told.append(Fault("overassigned", *about, -one.unassigned, one.number))
        if one.delivery.channel not in CHANNELS:
            told.append(Fault("channel_unknown", *about, one.amount, one.number))
    return told
