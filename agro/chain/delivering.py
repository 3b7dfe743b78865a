"""Delivering: out of the oldest lots that keep unless others are named, never more than is left.

A lot older than its crop keeps goes out when it is named, and only then. More than is left goes out
only with a reason, and then shows as a fault until it is corrected.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from math import isnan
from typing import Any

from sqlalchemy import Connection

from agro.chain.freshness import fresh
from agro.errors import BadInput
from agro.records import Delivery, LotUse, Outlet
from agro.store import deliveries as records
from agro.store.deliveries import Delivered
from agro.store.lots import (
    Lot,
    amount_of,
    difference,
    local_day,
    lots,
    matching,
    oldest_first,
    taken_by,
    without,
)
from agro.store.values import time_zone


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a delivery cannot be as it is said; `excusable` with a reason.

    `code`: no_quantity, no_crop, too_much (facts `asked`, `left`, `unit`), too_old (also
    `old`: what is left past its days), lot_too_small (`lot`, `asked`, `left`, `unit`), lot_other
    (`lot`), lots_differ (`asked`, `given`, `unit`).
    """

    code: str
    facts: dict[str, Any]

    @property
    def excusable(self) -> bool:
        """Whether somebody may deliver all the same, and says why."""
        return self.code in ("too_much", "too_old", "lot_too_small")

    @property
    def line(self) -> str:
        """The objection as a line of a command."""
        return _LINES[self.code].format_map(self.facts)


_LINES = {
    "no_quantity": "quantity: is missing or not above 0; write how much was delivered",
    "no_crop": "crop: is missing; write what was delivered",
    "too_much": "{crop}: {asked:g} {unit} asked, {left:g} {unit} left;"
    " deliver what is left, note the harvest, or give a --reason",
    "too_old": "{crop}: {asked:g} {unit} asked, {left:g} {unit} left that keeps and {old:g} {unit}"
    " older; deliver what is left, name the older lots, or give a --reason",
    "lot_too_small": "lot {lot}: {asked:g} {unit} asked, {left:g} {unit} left;"
    " take less or give a --reason",
    "lot_other": "lot {lot}: is of another site, crop or unit, later, or struck; choose another",
    "lots_differ": "lots: {given:g} {unit} given for {asked:g} {unit}; make them equal",
}


def propose(
    c: Connection, *, site: str, crop: str, unit: str, amount: float, day: date
) -> tuple[tuple[LotUse, ...], float]:
    """What to take of which lot that keeps, the oldest first, and how much is missing."""
    usable = matching(lots(c, site), site=site, crop=crop, unit=unit, day=day)
    return oldest_first(fresh(usable, day), amount)


def objections(
    c: Connection, delivery: Delivery, *, instead: Delivered | None = None
) -> list[Objection]:
    """Why a delivery cannot be as it is said; `instead` of one that it corrects."""
    entry = delivery.entry
    amount, unit = amount_of(entry)
    if not amount > 0:
        return [Objection("no_quantity", {})]
    if not entry.crop:
        return [Objection("no_crop", {})]
    day = local_day(entry.time, time_zone(c))
    own = without(lots(c, entry.site), instead.delivery.lots if instead else ())
    usable = matching(own, site=entry.site, crop=entry.crop, unit=unit, day=day)
    if delivery.lots:
        return _of_lots(delivery, own, usable)
    good = fresh(usable, day)
    if not oldest_first(good, amount)[1]:
        return []
    left = sum(lot.left for lot in good)
    facts = {"crop": entry.crop, "asked": amount, "left": left, "unit": unit}
    if len(good) < len(usable):
        return [Objection("too_old", facts | {"old": sum(lot.left for lot in usable) - left})]
    return [Objection("too_much", facts)]


def _of_lots(delivery: Delivery, own: list[Lot], usable: list[Lot]) -> list[Objection]:
    """Why the chosen lots cannot make this delivery."""
    amount, unit = amount_of(delivery.entry)
    known = {lot.number: lot for lot in own}
    fit = {lot.number for lot in usable}
    told = []
    for use in delivery.lots:
        lot, asked = known.get(use.harvest), taken_by(use)
        name = lot.code if lot else str(use.harvest)
        if lot is None or not _fits(lot, delivery, lot.number in fit):
            told.append(Objection("lot_other", {"lot": name}))
        elif asked > lot.left + 1e-6:
            facts = {"lot": name, "asked": asked, "left": max(lot.left, 0.0), "unit": unit}
            told.append(Objection("lot_too_small", facts))
    if difference(amount, delivery.lots):
        given = sum(map(taken_by, delivery.lots))
        told.append(Objection("lots_differ", {"asked": amount, "given": given, "unit": unit}))
    return told


def _fits(lot: Lot, delivery: Delivery, usable: bool) -> bool:
    """Whether a delivery can be made of a lot, be it empty."""
    entry = delivery.entry
    same = (lot.site, lot.crop, lot.unit) == (entry.site, entry.crop, amount_of(entry)[1])
    return usable or (same and not lot.struck and lot.left <= 0)


def deliver(c: Connection, delivery: Delivery, *, reason: str = "") -> int:
    """Store a delivery out of the oldest lots, unless it names its own; returns its number.

    The same delivery said twice is one. With a `reason` more may go out than is left: what no lot
    accounts for then shows as a fault.

    Raises
    ------
    BadInput    It cannot be so: one line for each objection.
    ValueError  Its site, plot, outlet or channel does not exist.
    """
    said = _said_already(c, delivery)
    if said is not None:
        return said
    _refuse(objections(c, delivery), reason)
    return records.record(c, _with_lots(c, _excused(delivery, reason)))


def revise(
    c: Connection,
    number: int,
    delivery: Delivery,
    *,
    who: str,
    reason: str,
    at: datetime | None = None,
) -> bool:
    """Correct a delivery; without lots of its own it is made of the oldest again.

    Raises
    ------
    BadInput    It cannot be so, and no reason excuses it.
    ValueError  There is no such delivery, it is struck, or a place of it is not.
    """
    before = records.one(c, number)
    _refuse(objections(c, delivery, instead=before), reason)
    if delivery.outlet == before.delivery.outlet:
        delivery = _with_outlet(c, delivery)
    whole = _with_lots(c, delivery, instead=before)
    return records.correct(c, number, whole, who=who, reason=reason, at=at)


def assign(c: Connection, site: str | None = None, *, who: str, reason: str) -> int:
    """Make every delivery whose lots do not add up of the oldest lots again; how many changed.

    Those that never had lots (imported, noted on the logbook page) get theirs; what is not there
    stays without, and a fault.
    """
    changed = 0
    for one in reversed(records.deliveries(c, site=site)):
        known = one.delivery.channel in records.CHANNELS
        if known and one.unassigned and one.amount > 0 and one.delivery.entry.crop:
            told = _with_outlet(c, replace(one.delivery, lots=()))
            whole = _with_lots(c, told, instead=one)
            changed += records.correct(c, one.number, whole, who=who, reason=reason)
    return changed


def trim(uses: Sequence[LotUse], amount: float) -> tuple[LotUse, ...]:
    """So much of these uses, the first ones first; none where they make less than that."""
    kept, wanted = [], amount
    for use in uses:
        part = min(taken_by(use), wanted)
        if part > 0:
            counted = isnan(use.mass_kg)
            kept.append(replace(use, count=part) if counted else replace(use, mass_kg=part))
            wanted -= part
    return () if difference(amount, kept) else tuple(kept)


def _with_outlet(c: Connection, delivery: Delivery) -> Delivery:
    """The delivery to an outlet that a file named, which is stored if nobody knew it."""
    site, name = delivery.entry.site, delivery.outlet
    known = {one.slug for one in records.outlets(c, site)}
    if not name or name in known:
        return delivery
    slug = records.slug_of(name, known)
    km, between = delivery.distance_km, delivery.intermediaries
    if slug:
        told = Outlet(site, slug, name, delivery.channel, km, between, delivery.vehicle)
        records.save_outlet(c, told)
    return replace(delivery, outlet=slug)


def _refuse(told: list[Objection], reason: str) -> None:
    final = [one.line for one in told if not (one.excusable and reason.strip())]
    if final:
        raise BadInput(final)


def _excused(delivery: Delivery, reason: str) -> Delivery:
    if not reason.strip():
        return delivery
    details = dict(delivery.entry.details) | {"reason": reason.strip()}
    return replace(delivery, entry=replace(delivery.entry, details=details))


def _with_lots(c: Connection, delivery: Delivery, *, instead: Delivered | None = None) -> Delivery:
    """The delivery with the oldest lots, unless it has its own."""
    if delivery.lots:
        return delivery
    entry = delivery.entry
    amount, unit = amount_of(entry)
    day = local_day(entry.time, time_zone(c))
    own = without(lots(c, entry.site), instead.delivery.lots if instead else ())
    usable = matching(own, site=entry.site, crop=entry.crop, unit=unit, day=day)
    return replace(delivery, lots=oldest_first(fresh(usable, day), amount)[0])


def _said_already(c: Connection, delivery: Delivery) -> int | None:
    """The number of a standing delivery that says the same, whatever its lots are."""
    at = delivery.entry.time
    for one in records.deliveries(c, site=delivery.entry.site, start=at):
        if one.delivery.entry.time != at:
            continue
        if _gist(c, one.delivery) == _gist(c, delivery):
            return one.number
    return None


def _gist(c: Connection, delivery: Delivery) -> tuple[object, ...]:
    entry = delivery.entry
    if delivery.outlet and not delivery.channel:
        found = {one.slug: one.channel for one in records.outlets(c, entry.site)}
        delivery = replace(delivery, channel=found.get(delivery.outlet, ""))
    what = (entry.crop, entry.variety, *amount_of(entry), entry.notes, entry.who)
    return (*what, delivery.channel, delivery.outlet)
