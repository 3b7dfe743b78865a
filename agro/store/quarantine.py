"""Messages of devices that stand nowhere, kept aside until somebody accepts or forgets them.

The newest of each device are kept, and so many in all; what had to go is a counted problem. The
same message again is the same row. Each message is a problem of its own, with its payload, until
there are many of its device or of all: from then on they are counted.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, delete, func, or_, select

from agro.records import Device
from agro.store import problems, schema
from agro.store.problems import ProblemRow
from agro.store.register import EUI_PREFIX, fold
from agro.store.values import from_epoch, insert_new, to_epoch
from sensors import envelopes, guess
from sensors.errors import DecodeError
from sensors.reading import Uplink

DEVICE_MOST = 500  # messages of one device
MOST = 20_000  # messages of all
MOST_BYTES = 64 * 1024 * 1024
# So many are problems of their own, with their payloads; further ones are counted.
TOLD_OF_DEVICE, TOLD_IN_ALL = 100, 5_000
_LOOKED_AT = 20  # messages that show what a device is


class Stranger(NamedTuple):
    """A message of a device that stands nowhere, and the problem it is."""

    topic: str
    body: bytes
    arrived_at: datetime
    uplink: Uplink
    problem: ProblemRow


@dataclass(frozen=True, slots=True)
class Waiting:
    """A device that waits: how many messages since when, and what they tell of it.

    `model` is what its network calls it, `samples` its newest messages (topic, body).
    """

    device: str
    eui: str
    network: str
    model: str
    messages: int
    first: datetime
    last: datetime
    samples: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class Guess:
    """What a waiting device may be.

    `models` keys, the likeliest first; one that states its values itself needs none. `site` is
    the slug that its topic names, "" when it names none.
    """

    models: tuple[str, ...]
    needs_model: bool
    site: str


def keep(c: Connection, strangers: Sequence[Stranger]) -> list[ProblemRow]:
    """Keep these messages; returns those of their problems that are told one by one."""
    if not strangers:
        return []
    counts = _counts(c, {_name(one.uplink) for one in strangers})
    stock, new = _stock(c), _insert(c, strangers)
    in_all, told, counted = stock, [], []
    for one in strangers:
        name, is_new = _name(one.uplink), _key(one) in new
        if in_all < TOLD_IN_ALL and counts.get(name, 0) < TOLD_OF_DEVICE:
            told.append(one.problem)
        elif is_new:  # a flood of names is counted together
            counted.append(_counted(one.problem, name if in_all < TOLD_IN_ALL else ""))
        if is_new:
            new.discard(_key(one))
            counts[name] = counts.get(name, 0) + 1
            in_all += 1
    problems.count_up(c, counted)
    problems.count_up(c, _make_room(c, counts, strangers[-1].problem.time))
    return told


def _insert(c: Connection, strangers: Sequence[Stranger]) -> set[str]:
    """Keep the messages that are new and tell their keys."""
    table, rows = schema.quarantine, [_row(one) for one in strangers]
    keys = [row["key"] for row in rows]
    known = set(c.scalars(select(table.c.key).where(table.c.key.in_(keys))))
    insert_new(c, table, rows, ("key",))
    return set(keys) - known


def _row(one: Stranger) -> dict[str, Any]:
    return {
        "key": _key(one),
        "device": _name(one.uplink),
        "eui": one.uplink.eui.upper(),
        "network": one.uplink.network,
        "model": one.uplink.model,
        "topic": one.topic,
        "body": one.body,
        "arrived_at": to_epoch(one.arrived_at),
    }


def _name(uplink: Uplink) -> str:
    """Under which name it waits; what is part of a gateway waits with it, once for both."""
    return uplink.part_of or uplink.device or uplink.eui


def _key(one: Stranger) -> str:
    """What tells messages apart: their text, and their arrival where they carry no time.

    A gateway's message is kept once for each device that it speaks for.
    """
    timeless = any(problem.reason == "no_time" for problem in one.uplink.problems)
    arrival = str(to_epoch(one.arrived_at)) if timeless else ""
    told_by = (one.topic, _name(one.uplink), arrival)
    found = sha256(b"\x1f".join(name.encode("utf-8", "replace") for name in told_by))
    found.update(b"\x1f" + one.body)
    return found.hexdigest()


def _counted(problem: ProblemRow, device: str) -> ProblemRow:
    """The problem that counts further messages of a device, or of all ("")."""
    detail = "too many to tell one by one; accept or forget what waits"
    return ProblemRow(problem.time, "quarantine", device, problem.reason, detail=detail)


def _make_room(c: Connection, counts: dict[str, int], time: datetime) -> list[ProblemRow]:
    """Let the oldest go where there are too many; a problem for each that went."""
    gone: dict[str, int] = {}
    for name, count in counts.items():
        if count > DEVICE_MOST:
            gone[name] = _drop(c, count - DEVICE_MOST, schema.quarantine.c.device == name)
    gone[""] = _drop(c, _stock(c) - MOST) + _lighten(c)
    detail = "the oldest messages that waited had to go; accept or forget the device"
    return [
        ProblemRow(time, "quarantine", name, "quarantine_full", detail=detail)
        for name, count in gone.items()
        for _ in range(count)
    ]


def _drop(c: Connection, count: int, whose: ColumnElement[bool] | None = None) -> int:
    """Delete the oldest `count` messages; returns how many."""
    if count <= 0:
        return 0
    table = schema.quarantine
    oldest = select(table.c.id).order_by(table.c.arrived_at, table.c.id).limit(count)
    if whose is not None:
        oldest = oldest.where(whose)
    return c.execute(delete(table).where(table.c.id.in_(oldest))).rowcount


def _lighten(c: Connection) -> int:
    """Delete the oldest messages until the rest is light enough; returns how many."""
    table, count = schema.quarantine.c, 0
    over = (c.scalar(select(func.sum(func.length(table.body)))) or 0) - MOST_BYTES
    if over <= 0:
        return 0
    for size in c.scalars(select(func.length(table.body)).order_by(table.arrived_at, table.id)):
        count, over = count + 1, over - size
        if over <= 0:
            break
    return _drop(c, count)


def _stock(c: Connection) -> int:
    return c.scalar(select(func.count()).select_from(schema.quarantine)) or 0


def _counts(c: Connection, devices: Iterable[str]) -> dict[str, int]:
    """How many messages of each of these devices are kept."""
    table = schema.quarantine.c
    query = select(table.device, func.count()).group_by(table.device)
    return dict(c.execute(query.where(table.device.in_(list(devices)))).all())


def waiting(c: Connection, limit: int | None = None) -> list[Waiting]:
    """The devices that wait, those heard last first; at most `limit` of them."""
    table = schema.quarantine.c
    newest = func.max(table.arrived_at)
    query = (
        select(
            table.device,
            func.max(table.eui),
            func.max(table.network),
            func.max(table.model),
            func.count(),
            func.min(table.arrived_at),
            newest,
        )
        .group_by(table.device)
        .order_by(newest.desc(), table.device)
        .limit(limit)
    )
    return [
        Waiting(
            device=device,
            eui=eui,
            network=network,
            model=model,
            messages=count,
            first=from_epoch(first),
            last=from_epoch(last),
            samples=_samples(c, device),
        )
        for device, eui, network, model, count, first, last in c.execute(query).all()
    ]


def how_many(c: Connection) -> tuple[int, int]:
    """How many devices wait, and how many messages of theirs."""
    table = schema.quarantine.c
    devices, messages = c.execute(select(func.count(table.device.distinct()), func.count())).one()
    return devices, messages


def _samples(c: Connection, device: str) -> tuple[tuple[str, bytes], ...]:
    table = schema.quarantine.c
    query = (
        select(table.topic, table.body)
        .where(table.device == device)
        .order_by(table.arrived_at.desc(), table.id.desc())
        .limit(_LOOKED_AT)
    )
    return tuple((topic, bytes(body)) for topic, body in c.execute(query))


def forget(c: Connection, device: str) -> int:
    """Delete what waits under this name; returns how many messages."""
    table = schema.quarantine
    return c.execute(delete(table).where(table.c.device == device)).rowcount


def kept_of(devices: Iterable[Device]) -> ColumnElement[bool]:
    """The condition on `quarantine` that a message is of one of these devices, by any name."""
    table, spelt = schema.quarantine.c, set()
    for device in devices:
        for name in filter(None, (fold(device.device), fold(device.eui))):
            spelt |= {name, f"{EUI_PREFIX}{name}"}
    names = sorted(spelt)
    return or_(func.lower(table.device).in_(names), func.lower(table.eui).in_(names))


def guessed(one: Waiting) -> Guess:
    """What the messages of a waiting device tell of it."""
    sent = [uplink for topic, body in one.samples for uplink in _read(topic, body, one)]
    topics = [topic.split("/") for topic, _ in one.samples]
    sites = {parts[1] for parts in topics if len(parts) == 3 and parts[0] == "agro"}
    return Guess(
        models=guess.models_of(sent),
        needs_model=any(uplink.payload or uplink.decoded for uplink in sent),
        site=min(sites, default=""),
    )


def _read(topic: str, body: bytes, one: Waiting) -> list[Uplink]:
    """The uplinks of this device in one of its messages."""
    try:
        found = envelopes.parse_all(topic, body, arrived_at=one.last)
    except DecodeError:
        return []
    return [uplink for uplink in found if _name(uplink) == one.device]
