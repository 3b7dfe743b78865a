"""Where harvests went: outlets, deliveries, and of which lots each was made.

A delivery is a logbook entry with a row of its own beside it. What the row says stands in the
entry's `details` too, so that the logbook's history tells every correction whole, and striking the
entry takes the delivery back. An entry of type delivery without a row (noted on the logbook page,
imported) is a delivery of which its details say what they say, and no lot is known.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from math import nan
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from agro.records import Delivery, LogEntry, LotUse, Noted, Outlet
from agro.store import logbook, schema
from agro.store.lots import amount_of, difference
from agro.store.values import from_null, to_null, upsert

CHANNELS = (
    *("market", "restaurant", "canteen", "box", "shop", "wholesaler"),
    *("donation", "self", "compost", "unnoted"),
)
# What else channels are called in files, in French and English, without accents.
_ALIASES = {
    "marche": "market",
    "farmers market": "market",
    "cantine": "canteen",
    "amap": "box",
    "panier": "box",
    "paniers": "box",
    "box direct": "box",
    "csa": "box",
    "magasin": "shop",
    "boutique": "shop",
    "grossiste": "wholesaler",
    "wholesale": "wholesaler",
    "don": "donation",
    "dons": "donation",
    "gift": "donation",
    "autoconsommation": "self",
    "home": "self",
    "self consumption": "self",
    "perte": "compost",
    "pertes": "compost",
    "loss": "compost",
    "vente non notee": "unnoted",
    "sold without note": "unnoted",
}
SALES = frozenset(("market", "restaurant", "canteen", "box", "shop", "wholesaler", "unnoted"))
LOSS = "compost"
UNNOTED = "unnoted"  # sold, and nobody noted to whom
_ASKED_BY_NUMBER = 500  # beyond it one question reads them all
_NUMBERS = ("distance_km", "intermediaries", "price", "trips")
_TEXTS = ("channel", "outlet", "vehicle")
_OF_OUTLET = ("channel", "distance_km", "intermediaries", "vehicle")


@dataclass(frozen=True, slots=True)
class Delivered:
    """A delivery as it is kept: `number` is its entry's."""

    number: int
    delivery: Delivery
    struck: bool = False
    revisions: int = 0

    @property
    def amount(self) -> float:
        """How much: kg, or a count in `unit`."""
        return amount_of(self.delivery.entry)[0]

    @property
    def unit(self) -> str:
        """What `amount` counts: kg, or as the goods are counted."""
        return amount_of(self.delivery.entry)[1]

    @property
    def unassigned(self) -> float:
        """How much no lot accounts for."""
        return difference(self.amount, self.delivery.lots)


def save_outlet(c: Connection, outlet: Outlet) -> None:
    """Store an outlet, or bring it up to date; deliveries keep what it was on their day.

    Raises
    ------
    ValueError  Its site does not exist, or its channel is none.
    """
    _check_channel(outlet.channel)
    site = c.scalar(select(schema.site.c.id).where(schema.site.c.slug == outlet.site))
    if site is None:
        raise ValueError(f"no site {outlet.site!r}")
    row = asdict(outlet) | {"site_id": site}
    del row["site"]
    row |= {name: to_null(row[name]) for name in ("distance_km", "intermediaries")}
    upsert(c, schema.outlet, [row], ("site_id", "slug"))


def outlets(c: Connection, site: str | None = None) -> list[Outlet]:
    """The outlets of a site, or of all, by name."""
    own = schema.outlet.c
    names = [f.name for f in fields(Outlet) if f.name != "site"]
    asked = select(schema.site.c.slug.label("site"), *(own[name] for name in names))
    asked = asked.join_from(schema.outlet, schema.site).order_by(own.name, own.id)
    if site is not None:
        asked = asked.where(schema.site.c.slug == site)
    numbers = ("distance_km", "intermediaries")
    rows = c.execute(asked).mappings()
    return [Outlet(**{**row, **{name: from_null(row[name]) for name in numbers}}) for row in rows]


def record(c: Connection, delivery: Delivery) -> int:
    """Store a delivery and return its number; the same one again changes nothing.

    Where the delivery does not say channel, distance, intermediaries or vehicle, its outlet does.

    Raises
    ------
    ValueError  Its site, plot, outlet or channel does not exist.
    """
    whole = _whole(c, delivery)
    number = logbook.note(c, whole.entry)
    _write_row(c, number, whole)
    return number


def correct(
    c: Connection,
    number: int,
    delivery: Delivery,
    *,
    who: str,
    reason: str = "",
    at: datetime | None = None,
) -> bool:
    """Let a delivery say something else from now on; False when it says that already.

    Raises
    ------
    ValueError  There is no such entry, it is struck, or site, plot, outlet or channel is not.
    """
    whole = _whole(c, delivery)
    changed = logbook.correct(c, number, whole.entry, who=who, reason=reason, at=at)
    _write_row(c, number, whole)
    return changed


def deliveries(
    c: Connection,
    *,
    site: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    struck: bool = False,
) -> list[Delivered]:
    """Deliveries in [start, end), newest first; with `struck` also those taken back."""
    kept = logbook.noted(c, site=site, types=("delivery",), start=start, end=end, struck=struck)
    return _delivered(c, kept)


def one(c: Connection, number: int) -> Delivered:
    """The delivery of this number, also when it was taken back.

    Raises
    ------
    ValueError  There is none.
    """
    kept = logbook.one(c, number)
    if kept.entry.type != "delivery":
        raise ValueError(f"entry {number} is a {kept.entry.type}, no delivery")
    return _delivered(c, [kept])[0]


def _whole(c: Connection, delivery: Delivery) -> Delivery:
    """The delivery with what its outlet says, and all of it in its entry's details."""
    outlet = None
    if delivery.outlet:
        found = {one.slug: one for one in outlets(c, delivery.entry.site)}
        if delivery.outlet not in found:
            raise ValueError(f"no outlet {delivery.outlet!r} on site {delivery.entry.site!r}")
        outlet = found[delivery.outlet]
    whole = delivery if outlet is None else of_outlet(delivery, outlet)
    _check_channel(whole.channel)
    entry = replace(whole.entry, type="delivery", details=_details(whole))
    return replace(whole, entry=entry)


def of_outlet(delivery: Delivery, outlet: Outlet) -> Delivery:
    """The delivery with what its outlet says where it says nothing itself."""
    said = {name: getattr(delivery, name) for name in _OF_OUTLET}
    missing = [name for name, value in said.items() if value == "" or value != value]
    return replace(delivery, **{name: getattr(outlet, name) for name in missing})


def _check_channel(channel: str) -> None:
    if channel not in CHANNELS:
        raise ValueError(f"no channel {channel!r}; it is one of {', '.join(CHANNELS)}")


def _details(delivery: Delivery) -> dict[str, Any]:
    """What a delivery says, as the entry keeps it; what was in the details before stays."""
    said: dict[str, Any] = {"channel": delivery.channel, "outlet": delivery.outlet}
    said |= {name: to_null(getattr(delivery, name)) for name in _NUMBERS}
    said |= {"vehicle": delivery.vehicle, "lots": [_use_row(use) for use in delivery.lots]}
    others = {name: v for name, v in delivery.entry.details.items() if name not in said}
    return others | {name: value for name, value in said.items() if value not in ("", None, [])}


def _use_row(use: LotUse) -> dict[str, Any]:
    row = {"mass_kg": to_null(use.mass_kg), "count": to_null(use.count)}
    return {"harvest_id": use.harvest} | row


def _write_row(c: Connection, number: int, delivery: Delivery) -> None:
    entry = delivery.entry
    of_site = schema.site.c.slug == entry.site
    asked = select(schema.outlet.c.id).join_from(schema.outlet, schema.site)
    outlet = c.scalar(asked.where(of_site, schema.outlet.c.slug == delivery.outlet))
    row = {"log_id": number, "outlet_id": outlet, "channel": delivery.channel}
    row |= {name: to_null(getattr(delivery, name)) for name in _NUMBERS}
    upsert(c, schema.delivery, [row | {"vehicle": delivery.vehicle}], ("log_id",))
    use = schema.lot_use
    c.execute(delete(use).where(use.c.delivery_id == number))
    rows = [{"delivery_id": number} | _use_row(one) for one in delivery.lots]
    if rows:
        c.execute(insert(use), rows)


def _delivered(c: Connection, kept: list[Noted]) -> list[Delivered]:
    numbers = [one.number for one in kept]
    rows, uses, known = _rows(c, numbers), _uses(c, numbers), _named(c)
    return [
        Delivered(
            one.number,
            _delivery(one.entry, rows.get(one.number), uses.get(one.number, ()), known),
            one.struck_at is not None,
            one.revisions,
        )
        for one in kept
    ]


def _delivery(
    entry: LogEntry,
    row: Mapping[Any, Any] | None,
    uses: tuple[LotUse, ...],
    known: Mapping[tuple[str, str], Outlet],
) -> Delivery:
    if row is None:
        return _as_noted(entry, known)
    numbers = {name: from_null(row[name]) for name in _NUMBERS}
    outlet = row["outlet"] or ""
    return Delivery(entry, row["channel"], outlet, vehicle=row["vehicle"], lots=uses, **numbers)


def _named(c: Connection) -> dict[tuple[str, str], Outlet]:
    """The outlets by site and slug, and by site and name in small letters."""
    found = outlets(c)
    by_name = {(one.site, one.name.casefold()): one for one in found}
    return by_name | {(one.site, one.slug): one for one in found}


def _as_noted(entry: LogEntry, known: Mapping[tuple[str, str], Outlet]) -> Delivery:
    """What an entry without a row says of itself: a file's columns are in its details.

    An outlet that is known says the rest; one that is not keeps its name.
    """
    told = entry.details
    numbers: dict[str, Any] = {name: _number(told.get(name)) for name in _NUMBERS}
    channel, outlet, vehicle = (str(told.get(name, "")) for name in _TEXTS)
    said = Delivery(entry, channel_of(channel), outlet, vehicle=vehicle, **numbers)
    found = known.get((entry.site, outlet)) or known.get((entry.site, outlet.casefold()))
    return of_outlet(replace(said, outlet=found.slug), found) if found else said


def _number(value: Any) -> float:
    """A number of the details; NaN where there is none."""
    return float(value) if isinstance(value, (int, float)) else nan


def _rows(c: Connection, numbers: list[int]) -> dict[int, Mapping[Any, Any]]:
    asked = select(schema.delivery, schema.outlet.c.slug.label("outlet"))
    joined = asked.outerjoin_from(schema.delivery, schema.outlet)
    if len(numbers) <= _ASKED_BY_NUMBER:
        joined = joined.where(schema.delivery.c.log_id.in_(numbers))
    return {row["log_id"]: row for row in c.execute(joined).mappings()}


def _uses(c: Connection, numbers: list[int]) -> dict[int, tuple[LotUse, ...]]:
    use = schema.lot_use.c
    found: dict[int, tuple[LotUse, ...]] = {}
    asked = select(use.delivery_id, use.harvest_id, use.mass_kg, use["count"])
    if len(numbers) <= _ASKED_BY_NUMBER:
        asked = asked.where(use.delivery_id.in_(numbers))
    for number, harvest, mass, count in c.execute(asked.order_by(use.harvest_id)):
        one_use = LotUse(harvest, from_null(mass), from_null(count))
        found[number] = (*found.get(number, ()), one_use)
    return found


def channel_of(text: str) -> str:
    """The channel that a person wrote: `Marché`, `box_direct`; as written when it is none."""
    flat = _plain(text)
    found = _ALIASES.get(flat, flat)
    return found if found in CHANNELS else text.strip()


def slug_of(name: str, taken: Iterable[str] = ()) -> str:
    """A name for addresses: `Marché des Halles` → `marche-des-halles`; never one that is taken."""
    slug, used = _plain(name).replace(" ", "-"), set(taken)
    if not slug:
        return ""
    others = (f"{slug}-{n}" for n in range(2, len(used) + 3))
    return next(one for one in (slug, *others) if one not in used)


def _plain(text: str) -> str:
    """Without accents, capitals and signs; words one blank apart."""
    flat = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", " ", flat).strip()


def is_sale(delivery: Delivery) -> bool:
    """Whether goods were sold, not given, eaten at home or composted."""
    return delivery.channel in SALES
