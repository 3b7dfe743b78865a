"""The registered devices: saved with their history, found by any of their names."""

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, func, select, true

from agro.records import Device
from agro.store import deployments, register, relocation, schema
from agro.store.marks import mark_thing
from agro.store.readahead import by_site
from agro.store.values import to_epoch, upsert

if TYPE_CHECKING:
    from agro.store.ingest import Ingested


def save_device(
    c: Connection, device: Device, *, since: datetime | None = None, notes: str = ""
) -> "Ingested":
    """Register a device, or bring its registration up to date; store what was kept of it.

    A device registered for the first time counts from the beginning, unless `since` is given. A
    change of its place, depths, EUI or model holds from `since` (now, unless given): what it
    measured before stays where it was.

    Returns
    -------
    What its messages in quarantine became; nothing when there were none.

    Raises
    ------
    ValueError  Its site or plot does not exist, or `since` cannot be.
    """
    row = _placed(c, device)
    upsert(c, schema.thing, [row], ("device",))
    thing = schema.thing.c
    id_ = c.execute(select(thing.id).where(thing.device == device.device)).scalar_one()
    change = deployments.record(c, id_, device, row, since=since, notes=notes)
    if change is not None and change.before is not None:
        relocation.follow(c, device, change.before, change.since)
    if change is not None:
        mark_thing(c, device.device, change.since)
    # Late: reading messages again needs the register, which is this module's.
    from agro.store.replay import replay

    return replay(c, [device])


def take_away(c: Connection, device: str, at: datetime) -> None:
    """The device was taken away: from `at` on it stands nowhere.

    Raises
    ------
    ValueError  It stands nowhere, or `at` is in the future or before it was put there.
    """
    mark_thing(c, device, deployments.end(c, device, at))


def _placed(c: Connection, device: Device) -> dict[str, Any]:
    """The row of a device, with the ids of its site and plot."""
    site, plot = schema.site.c, schema.plot.c
    site_id = c.scalar(select(site.id).where(site.slug == device.site))
    if site_id is None:
        raise ValueError(f"site {device.site!r} of device {device.device!r} does not exist")
    wanted = select(plot.id).where(plot.site_id == site_id, plot.slug == device.plot)
    plot_id = c.scalar(wanted)
    if device.plot and plot_id is None:
        raise ValueError(f"plot {device.plot!r} does not exist on site {device.site!r}")
    return {
        "site_id": site_id,
        "plot_id": plot_id,
        "device": device.device,
        "eui": device.eui.upper(),
        "model": device.model,
        "name": device.name,
        "depths": list(device.depths),
    }


def devices(c: Connection, site: str | None = None, *, at: datetime | None = None) -> list[Device]:
    """The devices that stand somewhere now, or as they stood at a time, of one site or all."""
    return by_site(c, ("devices", at), site, lambda one: _devices(c, one, at))


def _devices(c: Connection, site: str | None, at: datetime | None) -> list[Device]:
    if at is None:
        here = true() if site is None else schema.site.c.slug == site
        return _devices_where(c, here & deployments.is_standing())
    here = true() if site is None else _ever(schema.site.c.slug == site)
    return [one for one in _then(c, here, at) if site in (None, one.site)]


def site_devices(c: Connection, at: datetime) -> list[Device]:
    """The devices that served a whole site at a time, not one of its plots, of all sites."""
    everywhere = _ever(schema.thing.c.plot_id.is_(None), schema.deployment.c.plot_id.is_(None))
    return [one for one in _then(c, everywhere, at) if not one.plot]


def _then(c: Connection, condition: ColumnElement[bool], at: datetime) -> list[Device]:
    """Devices as they stood at a time; not those that stood nowhere."""
    known = _devices_where(c, condition & deployments.is_of_farms())
    where = deployments.whereabouts(c, known)
    then = (where.at(device, to_epoch(at)) for device in known)
    return [device for device in then if device]


def _ever(
    now: ColumnElement[bool], before: ColumnElement[bool] | None = None
) -> ColumnElement[bool]:
    """The condition that a device is registered so, or that some deployment of it was."""
    own, site = schema.deployment, schema.site
    was = select(own.c.thing_id).join(site, site.c.id == own.c.site_id)
    return now | schema.thing.c.id.in_(was.where(now if before is None else before))


def device_named(c: Connection, name: str) -> Device | None:
    """The device of this id, also when it was taken away; None when there is none."""
    return next(iter(_devices_where(c, schema.thing.c.device == name)), None)


def devices_named(c: Connection, names: Collection[str]) -> list[Device]:
    """The devices whose id or EUI is one of these names, in any case, with or without `eui-`.

    Those that were taken away are among them.
    """
    known = _devices_where(c, schema.thing.c.device.in_(names))
    found = {register.fold(name) for one in known for name in (one.device, one.eui)}
    others = {register.fold(name) for name in names} - found
    if not others:
        return known
    spelt = others | {f"{register.EUI_PREFIX}{name}" for name in others}
    device, eui = func.lower(schema.thing.c.device), func.lower(schema.thing.c.eui)
    return known + _devices_where(c, device.in_(spelt) | eui.in_(spelt))


def _devices_where(c: Connection, condition: ColumnElement[bool]) -> list[Device]:
    thing = schema.thing
    query = (
        select(
            thing.c.device,
            thing.c.eui,
            thing.c.model,
            schema.site.c.slug,
            schema.plot.c.slug,
            thing.c.name,
            thing.c.depths,
        )
        .join_from(thing, schema.site, schema.site.c.id == thing.c.site_id)
        .outerjoin(schema.plot, schema.plot.c.id == thing.c.plot_id)
        .where(condition)
        .order_by(thing.c.id)
    )
    return [_device(row) for row in c.execute(query)]


def _device(row: Any) -> Device:
    device, eui, model, site, plot, name, depths = row
    return Device(device, eui, model, site, plot or "", name, tuple(depths or ()))
