"""What is left of the harvests, how old it is, and what in the records cannot be.

What is left is stock while it keeps; what is older, and was never delivered, is unaccounted:
harvested = fresh + unaccounted + delivered, composted goods among the delivered.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from agro.chain.freshness import is_fresh
from agro.store.deliveries import CHANNELS, Delivered, deliveries
from agro.store.lots import Lot, lots

_NEGLIGIBLE = 1e-6  # kg, or of a count


@dataclass(frozen=True, slots=True)
class Stock:
    """What a site has of a crop: `unit` kg or as it was counted, the two never added up.

    `left` is harvested less delivered, also where no lot accounts for a delivery. `lots` are
    those of which something is left that keeps, `old` those past it, the oldest first. Of the old
    ones `unaccounted` is what no delivery without a lot can have taken either.
    """

    site: str
    crop: str
    unit: str
    harvested: float
    delivered: float
    left: float
    lots: tuple[Lot, ...]
    old: tuple[Lot, ...] = ()
    unaccounted: float = 0.0

    @property
    def fresh(self) -> float:
        """What can be delivered; less than nothing where more was delivered than harvested."""
        fresh = self.left - self.unaccounted
        return 0.0 if abs(fresh) < _NEGLIGIBLE else fresh

    def age(self, day: date) -> int | None:
        """Days since the harvest of the oldest lot that keeps; None when there is none."""
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


def stock(c: Connection, site: str | None = None, *, day: date) -> list[Stock]:
    """What is left of each crop, of one site or of all; what has gone to the last is left out.

    `day` is the site's, on which lots are fresh or not.
    """
    return stock_of(lots(c, site), deliveries(c, site=site), day)


def stock_of(found: Iterable[Lot], delivered: Iterable[Delivered], day: date) -> list[Stock]:
    """The stock of these lots after these deliveries on a day, by site, crop and unit."""
    of_crop: dict[tuple[str, str, str], tuple[list[Lot], list[Delivered]]] = {}
    for lot in found:
        of_crop.setdefault((lot.site, lot.crop, lot.unit), ([], []))[0].append(lot)
    for one in delivered:
        if one.amount == one.amount:
            entry = one.delivery.entry
            of_crop.setdefault((entry.site, entry.crop, one.unit), ([], []))[1].append(one)
    rows = [_stock(key, *of_crop[key], day) for key in sorted(of_crop)]
    return [row for row in rows if row.left or row.lots or row.old]


def _stock(
    key: tuple[str, str, str], own: Sequence[Lot], delivered: Sequence[Delivered], day: date
) -> Stock:
    site, crop, unit = key
    harvested = sum(lot.harvested for lot in own if not lot.struck)
    loose = sum(one.unassigned for one in delivered)
    left = sum(lot.left for lot in own) - loose
    old = tuple(lot for lot in own if lot.left > 0 and not is_fresh(lot, day))
    unaccounted = sum(lot.left for lot in old) - max(loose, 0.0)
    return Stock(
        site=site,
        crop=crop,
        unit=unit,
        harvested=harvested,
        delivered=sum(one.amount for one in delivered),
        left=0.0 if abs(left) < _NEGLIGIBLE else left,
        lots=tuple(lot for lot in own if lot.left > 0 and is_fresh(lot, day)),
        old=old,
        unaccounted=unaccounted if unaccounted > _NEGLIGIBLE else 0.0,
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
