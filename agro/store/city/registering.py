"""Equipment of the city enters the register as it is first told of, and follows what is told.

Each is a thing on the site of the control post, there since ever. Who is told of a part of it
(a notification of what has changed) loses nothing of the rest.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any

from sqlalchemy import Connection, func, select, update

from agro.errors import StoreError
from agro.store import deployments, schema
from agro.store.city.assets import Asset, asset_of, asset_query
from agro.store.city.places import Places, places
from agro.store.farms import CONTROL_POST
from agro.store.values import insert_new, to_null, upsert
from sensors.reading import Problem

MOST = 50_000
"""So many pieces of equipment are registered by themselves: a mad source fills no database."""

SLUG = "control-post"  # of a city whose pack names no site for it
_MODEL = "city/"

_Known = tuple[int, Asset | None]  # the thing's id; None: it is a farm's


@dataclass(frozen=True, slots=True)
class Saved:
    """How many were new, and why the others of these names could not be registered."""

    new: int
    refused: Mapping[str, Problem]


def save(c: Connection, told: Sequence[Asset]) -> Saved:
    """Register equipment or bring it up to date; what is not told stays as it was.

    A name that a farm's device has already is refused (`is_a_device`), and whatever is new beyond
    `MOST` (`too_many_assets`).

    Raises
    ------
    StoreError  No city pack is loaded.
    """
    wanted = {one.device: one for one in told}
    known = _known(c, wanted)
    refused = {name: _is_a_device(name) for name, (_, was) in known.items() if was is None}
    new = [name for name in sorted(wanted) if name not in known]
    room = max(MOST - _count(c), 0) if new else 0
    refused |= {name: _one_too_many(name) for name in new[room:]}
    made = _register(c, [wanted[name] for name in new[:room]])
    both = known | {name: (id_, Asset(name, "")) for name, id_ in made.items()}
    rows = _rows(c, [one for name, one in wanted.items() if name not in refused], both)
    upsert(c, schema.asset, rows, ("thing_id",))
    return Saved(len(made), refused)


def _is_a_device(name: str) -> Problem:
    detail = "this id is a farm's device; give the equipment another"
    return Problem("is_a_device", name, "id", name, detail)


def _one_too_many(name: str) -> Problem:
    detail = f"at most {MOST} pieces of equipment are registered by themselves"
    return Problem("too_many_assets", name, "id", name, detail)


def _count(c: Connection) -> int:
    return c.scalar(select(func.count()).select_from(schema.asset)) or 0


def _known(c: Connection, names: Collection[str]) -> dict[str, _Known]:
    thing = schema.thing.c
    query = select(thing.device, thing.id).where(thing.device.in_(list(names)))
    ids: dict[str, int] = dict(c.execute(query).all())
    found = (asset_of(row) for row in c.execute(asset_query().where(thing.device.in_(list(ids)))))
    equipment = {one.device: one for one in found}
    return {name: (id_, equipment.get(name)) for name, id_ in ids.items()}


def _register(c: Connection, new: Sequence[Asset]) -> dict[str, int]:
    """Make the things, there since ever; their ids."""
    if not new:
        return {}
    site, own = _control_post(c), schema.thing.c
    nowhere: dict[str, Any] = {"site_id": site, "plot_id": None, "eui": "", "depths": []}
    rows = [
        {**nowhere, "device": one.device, "model": f"{_MODEL}{one.kind}", "name": one.name}
        for one in new
    ]
    insert_new(c, schema.thing, rows, ("device",))
    names = own.device.in_([one.device for one in new])
    made = c.execute(
        select(own.id, own.device, own.model).where(names, own.model.startswith(_MODEL))
    ).all()
    stays = [
        {**nowhere, "thing_id": id_, "since": deployments.BEGINNING, "model": model, "notes": ""}
        for id_, _, model in made
    ]
    insert_new(c, schema.deployment, stays, ("thing_id", "since"))
    return {name: id_ for id_, name, _ in made}


def _control_post(c: Connection) -> int:
    """The site of the control post; made at the city's centre where the pack names none."""
    site, city = schema.site, schema.city.c
    own = select(site.c.id).where(site.c.kind == CONTROL_POST).order_by(site.c.id).limit(1)
    found = c.scalar(own)
    if found is None:
        columns = (city.id, city.name, city.latitude, city.longitude, city.elevation)
        told = c.execute(select(*columns)).first()
        if told is None:
            raise StoreError("the store has no city: load a city pack first")
        names = ("city_id", "name", "latitude", "longitude", "elevation")
        row = dict(zip(names, told, strict=True)) | {"slug": SLUG, "kind": CONTROL_POST}
        insert_new(c, site, [row], ("slug",))
        found = c.execute(own).scalar_one()
    return int(found)


def _rows(
    c: Connection, told: Sequence[Asset], known: Mapping[str, _Known]
) -> list[dict[str, Any]]:
    """The rows that differ from what is known, in order of their things."""
    rows: list[dict[str, Any]] = []
    around: Places | None = None
    for one in told:
        id_, was = known[one.device]
        if was is None:
            continue
        if one.name not in ("", was.name):
            _rename(c, id_, one.name)
        commune = one.commune or was.commune
        if not one.commune and (_has_moved(one, was) or (one.locality and not commune)):
            around = around or places(c)
            commune = around.of(one.latitude, one.longitude, one.locality) or commune
        row = _row(one, was, commune)
        if row != _row(was, was, was.commune):
            rows.append({"thing_id": id_, **row})
    return sorted(rows, key=lambda row: row["thing_id"])


def _rename(c: Connection, id_: int, name: str) -> None:
    thing = schema.thing
    c.execute(update(thing).where(thing.c.id == id_).values(name=name))


def _has_moved(one: Asset, was: Asset) -> bool:
    there = (one.latitude, one.longitude)
    return not any(map(isnan, there)) and there != (was.latitude, was.longitude)


def _row(one: Asset, was: Asset, commune: str) -> dict[str, Any]:
    there = one if _has_moved(one, was) else was
    return {
        "kind": one.kind,
        "commune": commune,
        "latitude": to_null(there.latitude),
        "longitude": to_null(there.longitude),
        "mode": one.mode or was.mode or "live",
        "source": one.source or was.source,
        "licence": one.licence or was.licence,
        "details": {**was.details, **one.details},
    }


def place_again(c: Connection) -> int:
    """Look again in whose outline everything with a position lies; how many lie elsewhere."""
    around, own, moved = places(c), schema.asset, 0
    query = select(own.c.thing_id, own.c.commune, own.c.latitude, own.c.longitude)
    is_placed = own.c.latitude.is_not(None) & own.c.longitude.is_not(None)
    for id_, was, latitude, longitude in c.execute(query.where(is_placed)).all():
        commune = around.within(latitude, longitude) or was
        if commune != was:
            c.execute(update(own).where(own.c.thing_id == id_).values(commune=commune))
            moved += 1
    return moved
