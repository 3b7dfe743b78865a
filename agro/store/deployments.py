"""Where each device stood, and as what: a value belongs to the place and depth of its own time.

A deployment holds from `since` until `until`; the first of a device counts from the beginning
(`since` 0) unless somebody said when it was put there. A change of place, depths, EUI or model
ends one deployment and begins the next. Outside of all of them a device stands nowhere.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, case, exists, insert, select, update

from agro.config import now
from agro.records import Device
from agro.store import schema
from agro.store.readahead import ahead_of
from agro.store.values import from_epoch, to_epoch

BEGINNING = 0  # epoch s: since ever
_SKEW = timedelta(minutes=10)
_PLACEMENT = ("site_id", "plot_id", "eui", "model", "depths")


@dataclass(frozen=True, slots=True)
class Stay:
    """One deployment. `since` and `until` epoch s; `until` None = it still stands there.

    `depths` cm, top first; `notes` who or what put it there.
    """

    since: int
    until: int | None
    site: str
    plot: str
    eui: str
    model: str
    depths: tuple[float, ...]
    notes: str = ""

    @property
    def placed(self) -> tuple[str, str, str, str, tuple[float, ...]]:
        """Site, plot, EUI, model and depths: what makes it another deployment."""
        return self.site, self.plot, self.eui, self.model, self.depths

    def holds(self, time: int) -> bool:
        """Whether it was there at this time (epoch s)."""
        return self.since <= time and (self.until is None or time < self.until)


@dataclass(frozen=True, slots=True)
class Change:
    """A deployment was opened or corrected at `since` (epoch s); `before` is what held until then,
    None when the device stood nowhere."""

    since: int
    before: Stay | None


class Whereabouts:
    """Where devices stood, by time. Devices that never moved cost nothing."""

    def __init__(self, stays: Mapping[str, tuple[Stay, ...]]) -> None:
        self._stays = stays

    def at(self, device: Device, time: int) -> Device | None:
        """The device as it was at this time (epoch s); None when it stood nowhere."""
        stays = self._stays.get(device.device)
        if stays is None:
            return device
        there = next((stay for stay in stays if stay.holds(time)), None)
        if there is None:
            return None
        return replace(
            device,
            eui=there.eui,
            model=there.model,
            site=there.site,
            plot=there.plot,
            depths=there.depths,
        )


def whereabouts(c: Connection, devices: Iterable[Device]) -> Whereabouts:
    """The whereabouts of these devices."""
    own = schema.deployment.c
    names = [device.device for device in devices]
    # One that stands where it always stood is told by its registration.
    bounded = (own.since > BEGINNING) | own.until.is_not(None)
    found: dict[str, list[Stay]] = {}
    for name, *row in c.execute(_stays().where(schema.thing.c.device.in_(names), bounded)):
        found.setdefault(name, []).append(_stay(row))
    return Whereabouts({name: tuple(stays) for name, stays in found.items()})


def history(c: Connection, device: str) -> list[Stay]:
    """All deployments of a device, oldest first."""
    query = _stays().where(schema.thing.c.device == device)
    return [_stay(row[1:]) for row in c.execute(query)]


def _stays() -> Select[Any]:
    own, thing = schema.deployment, schema.thing
    return (
        select(
            thing.c.device,
            own.c.since,
            own.c.until,
            schema.site.c.slug,
            schema.plot.c.slug,
            own.c.eui,
            own.c.model,
            own.c.depths,
            own.c.notes,
        )
        .join_from(own, thing, thing.c.id == own.c.thing_id)
        .join(schema.site, schema.site.c.id == own.c.site_id)
        .outerjoin(schema.plot, schema.plot.c.id == own.c.plot_id)
        .order_by(thing.c.device, own.c.since)
    )


def _stay(row: Any) -> Stay:
    since, until, site, plot, eui, model, depths, notes = row
    return Stay(since, until, site, plot or "", eui, model, tuple(depths or ()), notes)


def record(
    c: Connection,
    thing_id: int,
    device: Device,
    placed: Mapping[str, Any],
    *,
    since: datetime | None = None,
    notes: str = "",
) -> Change | None:
    """Write where a device stands from `since` on (now, unless given); None when nothing changed.

    `placed` has its ids of site and plot beside its EUI, model and depths.

    Raises
    ------
    ValueError  `since` is in the future, or before what is known of the device.
    """
    row = {"thing_id": thing_id, "notes": notes} | {name: placed[name] for name in _PLACEMENT}
    known = c.execute(_newest(thing_id)).mappings().first()
    if known is None:
        start = BEGINNING if since is None else _checked(device.device, since)
        c.execute(insert(schema.deployment), {**row, "since": start})
        return Change(start, None)
    stands = known["until"] is None
    own = schema.deployment
    if stands and all(known[name] == placed[name] for name in _PLACEMENT):
        if notes and not known["notes"]:
            c.execute(update(own).where(own.c.id == known["id"]).values(notes=notes))
        return None
    start = to_epoch(now()) if since is None else _checked(device.device, since)
    earliest = known["since"] if stands else known["until"]
    if start < earliest:
        at = f"{from_epoch(earliest):%FT%TZ}"
        raise ValueError(f"device {device.device!r} has changed at {at}; give a time from then on")
    before = history(c, device.device)[-1] if stands else None
    if stands and start == known["since"]:  # it was not so: corrected, not moved
        c.execute(update(own).where(own.c.id == known["id"]).values(**row))
    else:
        if stands:
            c.execute(update(own).where(own.c.id == known["id"]).values(until=start))
        c.execute(insert(own), {**row, "since": start})
    return Change(start, before)


def end(c: Connection, device: str, at: datetime) -> int:
    """End where a device stands, and tell the time (epoch s); see `things.take_away`.

    Raises
    ------
    ValueError  It stands nowhere, or `at` is in the future or before it was put there.
    """
    thing, own = schema.thing.c, schema.deployment
    id_ = c.execute(select(thing.id).where(thing.device == device)).scalar_one()
    known = c.execute(_newest(id_)).mappings().first()
    if known is None or known["until"] is not None:
        raise ValueError(f"device {device!r} stands nowhere; it was taken away before")
    when = _checked(device, at)
    if when <= known["since"]:
        put = f"{from_epoch(known['since']):%FT%TZ}"
        raise ValueError(f"device {device!r} was put there at {put}; give a later time")
    c.execute(update(own).where(own.c.id == known["id"]).values(until=when))
    return when


def _newest(thing_id: int) -> Select[Any]:
    own = schema.deployment
    return select(own).where(own.c.thing_id == thing_id).order_by(own.c.since.desc()).limit(1)


def _checked(device: str, since: datetime) -> int:
    if since > now() + _SKEW:
        raise ValueError(f"{since:%FT%TZ} is in the future for device {device!r}; correct it")
    return to_epoch(since)


def noted(c: Connection, notes: str) -> dict[str, Stay]:
    """The newest deployment with these notes of each device."""
    rows = c.execute(_stays().where(schema.deployment.c.notes == notes))
    return {name: _stay(row) for name, *row in rows}  # the newest comes last


def standing_since(c: Connection, at: datetime | None = None) -> dict[str, datetime]:
    """Since when each device stood where it stood at this time (now); not those that always did."""
    ahead = ahead_of(c)
    if ahead is not None:
        return ahead.of_city(("standing since", at), lambda: _standing_since(c, at))
    return _standing_since(c, at)


def _standing_since(c: Connection, at: datetime | None) -> dict[str, datetime]:
    own = schema.deployment.c
    there: ColumnElement[bool] = own.until.is_(None)
    if at is not None:
        there = (own.since <= to_epoch(at)) & (there | (own.until > to_epoch(at)))
    query = select(schema.thing.c.device, own.since).join_from(schema.deployment, schema.thing)
    found = c.execute(query.where(there, own.since > BEGINNING))
    return {name: from_epoch(since) for name, since in found}


def is_standing() -> ColumnElement[bool]:
    """The condition on `thing` that it is a farm's device and stands somewhere now."""
    own = schema.deployment.c
    stands = exists().where(own.thing_id == schema.thing.c.id, own.until.is_(None))
    return stands & is_of_farms()


def is_of_farms() -> ColumnElement[bool]:
    """The condition on `thing` that it is no equipment of the city (`agro.store.city`)."""
    return ~exists().where(schema.asset.c.thing_id == schema.thing.c.id)


def holds_bucket(
    bucket: ColumnElement[int], span: tuple[int, int], length: int
) -> ColumnElement[bool]:
    """The condition that a bucket which starts in `span` belongs to a row of `deployment`.

    A bucket (of at most `length` s) in which a device was moved belongs to where it was when the
    bucket began; one in which it was put there from nowhere, to where it was put.
    """
    own, other, (start, end) = schema.deployment.c, schema.deployment.alias("other").c, span
    # Bounds of the bucket alone, so that the rollups are read by their key.
    margin = own.since - length + 1
    first = case((own.since == BEGINNING, start), (margin > start, margin), else_=start)
    last = case((own.until < end, own.until), else_=end)
    stood_elsewhere = exists().where(
        other.thing_id == own.thing_id, other.since < own.since, other.until > bucket
    )
    return (bucket >= first) & (bucket < last) & ((bucket >= own.since) | ~stood_elsewhere)
