"""Harvests as goods: each is a lot with a code for its crates, and what deliveries left of it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from math import isnan, nan

from sqlalchemy import Connection, func, select

from agro.records import LogEntry, LotUse, Noted
from agro.store import logbook, schema
from agro.store.values import time_zone
from agro.units import in_base

_NEGLIGIBLE = 1e-6  # a milligram, a millionth of a lettuce


@dataclass(frozen=True, slots=True)
class Lot:
    """A harvest as goods: `number` is its entry's, `unit` kg or as it was counted.

    `harvested` and `taken` are in that unit; a `struck` harvest gives nothing any more, though
    deliveries may have `taken` of it.
    """

    number: int
    code: str
    site: str
    plot: str
    crop: str
    variety: str
    day: date
    unit: str
    harvested: float
    taken: float = 0.0
    struck: bool = False

    @property
    def left(self) -> float:
        """What is left; less than nothing where more was delivered than harvested."""
        left = (0.0 if self.struck else self.harvested) - self.taken
        return 0.0 if abs(left) < _NEGLIGIBLE else left

    def use(self, amount: float) -> LotUse:
        """So much of this lot."""
        if self.unit == "kg":
            return LotUse(self.number, mass_kg=amount)
        return LotUse(self.number, count=amount)


def amount_of(entry: LogEntry) -> tuple[float, str]:
    """How much an entry says: masses in kg, counts as they are."""
    return in_base(entry.quantity, entry.unit)


def taken_by(use: LotUse) -> float:
    """How much of a lot a delivery took, in the lot's unit."""
    return use.count if isnan(use.mass_kg) else use.mass_kg


def lots(c: Connection, site: str | None = None) -> list[Lot]:
    """The lots of a site, or of all, the oldest first: harvests, and what was taken of them.

    A harvest of which nothing is said, of nothing, or that was struck is no lot unless a delivery
    has taken of it.
    """
    harvests = logbook.noted(c, site=site, types=("harvest",), struck=True)
    taken, zone = _taken(c), time_zone(c)
    codes = lot_codes(harvests, zone)
    found = [_lot(one, codes[one.number], taken, zone) for one in harvests]
    found.sort(key=lambda lot: (lot.day, lot.number))
    return [lot for lot in found if lot.taken or (not lot.struck and lot.harvested > 0)]


def _taken(c: Connection) -> dict[int, tuple[float, float]]:
    """Harvest → kg and count that standing deliveries took."""
    use, log = schema.lot_use.c, schema.log.c
    asked = (
        select(use.harvest_id, func.sum(use.mass_kg), func.sum(use["count"]))
        .join_from(schema.lot_use, schema.log, log.id == use.delivery_id)
        .where(log.struck_at.is_(None))
        .group_by(use.harvest_id)
    )
    return {harvest: (mass or 0.0, count or 0.0) for harvest, mass, count in c.execute(asked)}


def _lot(one: Noted, code: str, taken: Mapping[int, tuple[float, float]], zone: tzinfo) -> Lot:
    entry = one.entry
    amount, unit = amount_of(entry)
    mass, count = taken.get(one.number, (0.0, 0.0))
    return Lot(
        number=one.number,
        code=code,
        site=entry.site,
        plot=entry.plot,
        crop=entry.crop,
        variety=entry.variety,
        day=local_day(entry.time, zone),
        unit=unit,
        harvested=0.0 if isnan(amount) else amount,
        taken=mass if unit == "kg" else count,
        struck=one.struck_at is not None,
    )


def local_day(time: datetime, zone: tzinfo) -> date:
    """The site's date of a moment."""
    return time.astimezone(zone).date()


def lot_codes(harvests: Sequence[Noted], zone: tzinfo) -> dict[int, str]:
    """The code of each harvest: its own, else site, plot, crop and day, readable on a crate.

    A second harvest of the same place, crop and day gets `-2`. Struck harvests count, so that a
    code that is written on a crate is never given again.
    """
    seen: Counter[str] = Counter()
    codes = {}
    for one in sorted(harvests, key=lambda one: one.number):
        entry = one.entry
        day = local_day(entry.time, zone)
        parts = (entry.site, entry.plot, entry.crop.replace(" ", "_"), f"{day:%Y%m%d}")
        code = entry.lot or "-".join(part for part in parts if part)
        seen[code] += 1
        codes[one.number] = code if seen[code] == 1 else f"{code}-{seen[code]}"
    return codes


def matching(found: Iterable[Lot], *, site: str, crop: str, unit: str, day: date) -> list[Lot]:
    """The lots that a delivery of a day can be made of, the oldest first."""
    return [
        lot
        for lot in found
        if (lot.site, lot.crop, lot.unit) == (site, crop, unit)
        and not lot.struck
        and lot.left > 0
        and lot.day <= day
    ]


def oldest_first(found: Sequence[Lot], amount: float) -> tuple[tuple[LotUse, ...], float]:
    """What to take of which lot, and how much none of them has; lots come oldest first."""
    uses, wanted = [], amount
    for lot in found:
        part = min(lot.left, wanted)
        if part <= _NEGLIGIBLE:
            continue
        uses.append(lot.use(part))
        wanted -= part
    return tuple(uses), wanted if wanted > _NEGLIGIBLE else 0.0


def without(found: Iterable[Lot], uses: Iterable[LotUse]) -> list[Lot]:
    """The lots as they would be if these uses were given back."""
    back = {use.harvest: taken_by(use) for use in uses}
    return [replace(lot, taken=lot.taken - back.get(lot.number, 0.0)) for lot in found]


def difference(amount: float, uses: Iterable[LotUse]) -> float:
    """How much of an amount no lot accounts for; below zero: lots account for more."""
    rest = amount - sum(map(taken_by, uses))
    if isnan(rest):
        return nan
    return 0.0 if abs(rest) < _NEGLIGIBLE else rest
