"""Surplus that gardens offer to who asks for food help."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, insert, select, update

from agro.store import schema
from agro.store.values import from_epoch, from_null, to_epoch, to_null

OPEN, TAKEN, WITHDRAWN = "open", "taken", "withdrawn"


@dataclass(frozen=True, slots=True)
class Offer:
    """A surplus that is offered: kg of a crop until the end of a day. `number` names it.

    `status`: open, taken, withdrawn; `who` offered it or, once taken, took it.
    """

    site: str
    crop: str
    mass_kg: float
    offered_at: datetime
    until: date | None = None
    status: str = OPEN
    who: str = ""
    notes: str = ""
    number: int = 0


def offer(c: Connection, one: Offer) -> int:
    """Store an offer and return its number.

    Raises
    ------
    ValueError  Its site does not exist, or it offers nothing.
    """
    site = c.scalar(select(schema.site.c.id).where(schema.site.c.slug == one.site))
    if site is None:
        raise ValueError(f"no site {one.site!r}")
    if not one.mass_kg > 0:
        raise ValueError(f"mass_kg must be above 0: {one.mass_kg:g} kg of {one.crop!r}")
    values = {
        "site_id": site,
        "crop": one.crop,
        "mass_kg": to_null(one.mass_kg),
        "offered_at": to_epoch(one.offered_at),
        "until": one.until,
        "status": one.status,
        "who": one.who,
        "notes": one.notes,
    }
    own = schema.offer.c.id
    return int(c.execute(insert(schema.offer).values(values).returning(own)).scalar_one())


def settle(c: Connection, number: int, status: str, *, who: str = "") -> bool:
    """Say that an open offer was taken or withdrawn; False when it is open no more."""
    if status not in (TAKEN, WITHDRAWN):
        raise ValueError(f"status must be {TAKEN} or {WITHDRAWN}: {status!r}")
    own = schema.offer.c
    values = {"status": status} | ({"who": who} if who else {})
    still_open = update(schema.offer).where(own.id == number, own.status == OPEN)
    return c.execute(still_open.values(**values)).rowcount == 1


def offers(c: Connection, site: str | None = None, *, status: str | None = None) -> list[Offer]:
    """The offers of a site, or of all, newest first."""
    own = schema.offer.c
    asked = select(schema.site.c.slug.label("site"), schema.offer)
    asked = asked.join_from(schema.offer, schema.site).order_by(
        own.offered_at.desc(), own.id.desc()
    )
    if site is not None:
        asked = asked.where(schema.site.c.slug == site)
    if status is not None:
        asked = asked.where(own.status == status)
    return [
        Offer(
            site=row["site"],
            mass_kg=from_null(row["mass_kg"]),
            offered_at=from_epoch(row["offered_at"]),
            number=row["id"],
            **{name: row[name] for name in ("crop", "until", "status", "who", "notes")},
        )
        for row in c.execute(asked).mappings()
    ]


def open_on(found: list[Offer], day: date) -> list[Offer]:
    """The offers that somebody can still take on a day."""
    return [one for one in found if one.status == OPEN and (one.until is None or one.until >= day)]
