"""What follows a change of depth or hardware that is told after values have come."""

from math import inf

from sqlalchemy import Connection, delete, select, update

from agro.records import Device
from agro.store import archive, calibrations, rollups, schema
from agro.store.deployments import Stay
from agro.store.readings import NO_DEPTH
from agro.store.values import insert_new
from sensors import codecs


def follow(c: Connection, device: Device, before: Stay, since: int) -> None:
    """Put what was measured from `since` on (epoch s) where the device stands now.

    Plots follow by themselves: reads look at the deployment of the time. Values of another depth
    belong to another datastream and are moved there. Calibrations end with the probe they were
    made for.
    """
    if (before.eui and before.eui != device.eui.upper()) or before.model != device.model:
        calibrations.end_all(c, device.device, since)
    moves = _moves(_levels(before.model, before.depths), _levels(device.model, device.depths))
    if moves:
        _move(c, device.device, moves, since)


def _levels(model: str, depths: tuple[float, ...]) -> tuple[float, ...]:
    """The depth of each level, by the register or else by the maker; one level without any."""
    known = codecs.MODELS.get(model)
    return depths or (known.depths if known else ()) or (NO_DEPTH,)


def _moves(old: tuple[float, ...], new: tuple[float, ...]) -> dict[float, float]:
    """Old depth → new depth, of the levels that changed. [cm]"""
    pairs = zip(old, new, strict=False)  # a level that is no more keeps what it measured
    return {before: after for before, after in pairs if before != after}


def _move(c: Connection, device: str, moves: dict[float, float], since: int) -> None:
    """Move what the soil's levels measured from `since` on to the datastreams of other depths."""
    own, thing = schema.datastream.c, schema.thing.c
    thing_id = c.execute(select(thing.id).where(thing.device == device)).scalar_one()
    query = select(own.id, own.quantity, own.depth_cm).where(
        own.thing_id == thing_id, own.quantity.startswith("soil_"), own.latest_time >= since
    )
    streams = [row for row in c.execute(query).all() if row.depth_cm in moves]
    wanted = [
        {"thing_id": thing_id, "quantity": row.quantity, "depth_cm": moves[row.depth_cm]}
        for row in streams
    ]
    insert_new(c, schema.datastream, wanted, ("thing_id", "quantity", "depth_cm"))
    by_place = {
        (quantity, depth): id_
        for id_, quantity, depth in c.execute(
            select(own.id, own.quantity, own.depth_cm).where(own.thing_id == thing_id)
        )
    }
    targets = {row.id: by_place[row.quantity, moves[row.depth_cm]] for row in streams}
    both = {*targets, *targets.values()}
    archive.thaw_first(c, [(id_, since, inf) for id_ in sorted(both)])
    # Two steps, so that levels which change places do not meet.
    times = {old: _set_aside(c, old, since) for old in targets}
    for old, new in targets.items():
        _place(c, old, new, times[old])
    for old, new in targets.items():
        rollups.retouch(c, [(id_, time) for id_ in (old, new) for time in times[old]])
    for id_ in both:
        _refresh_latest(c, id_)
    calibrations.recompute(c, device, since=since)


def _set_aside(c: Connection, id_: int, since: int) -> list[int]:
    """Take what a datastream holds from `since` on out of it, and tell its times."""
    seen = schema.observation
    here = (seen.c.datastream_id == id_) & (seen.c.time >= since)
    times = list(c.scalars(select(seen.c.time).where(here)))
    c.execute(update(seen).where(here).values(datastream_id=-id_))
    return times


def _place(c: Connection, old: int, new: int, times: list[int]) -> None:
    """Put what was set aside of `old` into `new`."""
    seen = schema.observation
    aside = select(seen.c.time).where(seen.c.datastream_id == -old)
    c.execute(delete(seen).where(seen.c.datastream_id == new, seen.c.time.in_(aside)))
    if times:
        c.execute(update(seen).where(seen.c.datastream_id == -old).values(datastream_id=new))


def _refresh_latest(c: Connection, id_: int) -> None:
    """Set `latest` of a datastream to its newest observation, or to none."""
    seen, own = schema.observation.c, schema.datastream
    newest = c.execute(
        select(seen.time, seen.value, seen.flag)
        .where(seen.datastream_id == id_)
        .order_by(seen.time.desc())
        .limit(1)
    ).first()
    time, value, flag = newest or (None, None, None)
    c.execute(
        update(own)
        .where(own.c.id == id_)
        .values(latest_time=time, latest_value=value, latest_flag=flag)
    )
