"""Strangers' messages wait, bounded, and are stored once somebody accepts their device."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from agro.packs import read_pack
from agro.records import Device
from agro.store import farms, problems, quarantine, readings, schema, writing
from agro.store.ingest import Ingested, Message, ingest

NOW = datetime(2026, 7, 20, 5, tzinfo=UTC)
Lse01 = Callable[..., tuple[str, bytes]]


def _ingest(engine: Engine, *messages: tuple[str, bytes], at: datetime = NOW) -> Ingested:
    with writing(engine) as c:
        return ingest(c, [Message(topic, body, at) for topic, body in messages])


def _uplinks(lse01: Lse01, device: str, count: int) -> list[tuple[str, bytes]]:
    first = NOW - timedelta(minutes=10 * count)
    return [
        lse01(device, first + timedelta(minutes=10 * i), moisture=0.2 + i / 1000)
        for i in range(count)
    ]


def _waiting(engine: Engine) -> dict[str, int]:
    with engine.connect() as c:
        return {one.device: one.messages for one in quarantine.waiting(c)}


def _told(engine: Engine) -> dict[str, int]:
    with engine.connect() as c:
        return problems.counts(c)


def _rows(engine: Engine, table: Any) -> list[tuple[Any, ...]]:
    with engine.connect() as c:
        return [tuple(row) for row in c.execute(select(table).order_by(*table.primary_key))]


def _observations(engine: Engine) -> list[tuple[Any, ...]]:
    """All observations by what identifies their datastreams outside the database."""
    stream, seen, thing = schema.datastream, schema.observation, schema.thing
    query = (
        select(thing.c.device, stream.c.quantity, stream.c.depth_cm, *list(seen.c)[1:])
        .join_from(seen, stream, stream.c.id == seen.c.datastream_id)
        .join(thing, thing.c.id == stream.c.thing_id)
        .order_by(thing.c.device, stream.c.quantity, stream.c.depth_cm, seen.c.time)
    )
    with engine.connect() as c:
        return [tuple(row) for row in c.execute(query)]


def _accept(engine: Engine, name: str, *, eui: str = "", depth: float = 20.0) -> Ingested:
    with writing(engine) as c:
        site = farms.sites(c)[0].slug
        return farms.save_device(c, Device(name, eui, "dragino/lse01", site, "", name, (depth,)))


def test_what_a_stranger_sent_is_what_a_known_device_would_have_sent(
    store: Engine, register: Callable[..., Device], lse01: Lse01
) -> None:
    messages = _uplinks(lse01, "probe", 30)
    for message in messages:
        _ingest(store, message)
        _ingest(store, message)  # again: the same row
    assert _waiting(store) == {"probe": 30}
    assert _observations(store) == []
    done = _accept(store, "probe")
    assert done == Ingested(messages=30, rows=30 * 6, problems=0)
    accepted = _observations(store)
    register("other")
    _ingest(store, *_uplinks(lse01, "other", 30))
    known = [("probe", *row[1:]) for row in _observations(store) if row[0] == "other"]
    assert [row for row in _observations(store) if row[0] == "probe"] == known == accepted
    assert _waiting(store) == {}
    assert _told(store) == {"unknown_device": 30}  # what was refused stays told


def test_any_of_its_names_brings_its_messages_back(store: Engine, lse01: Lse01) -> None:
    _ingest(store, lse01("eui-A8404194A1875FF3", NOW), lse01("Probe", NOW), lse01("other", NOW))
    assert _accept(store, "probe", eui="a8404194a1875ff3").messages == 2
    assert _waiting(store) == {"other": 1}


def test_a_pack_brings_them_back_too(store: Engine, lse01: Lse01) -> None:
    pack = read_pack("dijon")
    with writing(store) as c:
        known = farms.devices(c)[0]
        for table in (schema.deployment, schema.thing):
            name = schema.thing.c.device == known.device
            id_ = c.scalar(select(schema.thing.c.id).where(name))
            own = table.c.thing_id if table is schema.deployment else table.c.id
            c.execute(table.delete().where(own == id_))
    _ingest(store, lse01(known.device, NOW))
    assert _waiting(store) == {known.device: 1}
    with writing(store) as c:
        farms.save_pack(c, pack)
    assert _waiting(store) == {}


def test_messages_without_a_time_keep_that_of_their_arrival(store: Engine) -> None:
    message = ("agro/potager-des-ducs/box", b'{"readings": {"air_temperature": 20}}')
    for minutes in (0, 10, 20):
        _ingest(store, message, at=NOW + timedelta(minutes=minutes))
    assert _waiting(store) == {"box": 3}
    with writing(store) as c:
        farms.save_device(c, Device("box", "", "", "potager-des-ducs", "", "box"))
        seen = readings.series(
            c,
            device="box",
            quantity="air_temperature",
            start=NOW,
            end=NOW + timedelta(hours=1),
        )
    assert seen["time"].tolist() == [NOW + timedelta(minutes=m) for m in (0, 10, 20)]


def test_a_flood_of_one_device_stays_bounded_and_is_counted(
    store: Engine, lse01: Lse01, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarantine, "DEVICE_MOST", 20)
    monkeypatch.setattr(quarantine, "TOLD_OF_DEVICE", 8)
    messages = _uplinks(lse01, "loud", 60)
    for first in range(0, 60, 7):
        _ingest(store, *messages[first : first + 7])
    _ingest(store, lse01("quiet", NOW))
    assert _waiting(store) == {"loud": 20, "quiet": 1}
    assert _told(store) == {"quarantine_full": 40, "unknown_device": 61}
    assert len(_rows(store, schema.problem)) == 8 + 1 + 1 + 1  # told, counted, full, quiet
    kept = {bytes(row.body) for row in _kept(store) if row.device == "loud"}
    assert kept == {body for _, body in messages[-20:]}  # the newest


def test_a_flood_of_names_stays_bounded_and_is_counted(
    store: Engine, lse01: Lse01, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarantine, "MOST", 20)
    monkeypatch.setattr(quarantine, "TOLD_IN_ALL", 10)
    for number in range(60):
        _ingest(store, lse01(f"name-{number}", NOW), at=NOW + timedelta(seconds=number))
    assert set(_waiting(store)) == {f"name-{number}" for number in range(40, 60)}
    assert _told(store) == {"quarantine_full": 40, "unknown_device": 60}
    assert len(_rows(store, schema.problem)) == 10 + 1 + 1


def test_heavy_messages_stay_bounded(
    store: Engine, lse01: Lse01, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages = [(topic, body + b" " * 5000) for topic, body in _uplinks(lse01, "heavy", 12)]
    monkeypatch.setattr(quarantine, "MOST_BYTES", 5 * len(messages[0][1]))
    for second, message in enumerate(messages):
        _ingest(store, message, at=NOW + timedelta(seconds=second))
    assert _waiting(store) == {"heavy": 5}
    assert _told(store) == {"quarantine_full": 7, "unknown_device": 12}


def _kept(engine: Engine) -> Any:
    with engine.connect() as c:
        return c.execute(select(schema.quarantine)).all()


def test_what_waits_is_told(store: Engine, lse01: Lse01) -> None:
    early, late = NOW - timedelta(days=2), NOW
    _ingest(store, lse01("stranger", early), at=early)
    _ingest(store, lse01("stranger", late), at=late)
    _ingest(store, lse01("older", early), at=early)
    with store.connect() as c:
        first, second = quarantine.waiting(c)
    assert (first.device, second.device) == ("stranger", "older")
    assert (first.messages, first.first, first.last) == (2, early, late)
    assert (first.network, first.samples[0]) == ("the_things_stack", lse01("stranger", late))


def test_forgotten_is_gone(store: Engine, lse01: Lse01) -> None:
    _ingest(store, lse01("stranger", NOW), lse01("other", NOW))
    with writing(store) as c:
        assert quarantine.forget(c, "stranger") == 1
        assert quarantine.forget(c, "stranger") == 0
    assert _waiting(store) == {"other": 1}


def test_messages_that_still_cannot_be_read_become_problems(store: Engine, lse01: Lse01) -> None:
    topic, body = lse01("probe", NOW)
    _ingest(store, (topic, body), (topic, body.replace(b'"f_port": 2', b'"f_port": 9')))
    done = _accept(store, "probe")
    assert (done.messages, done.problems) == (2, 1)
    assert _told(store) == {"unknown_device": 2, "unknown_port": 1}
    assert _waiting(store) == {}


def test_many_kept_messages_are_read_in_bounded_batches(
    store: Engine, lse01: Lse01, monkeypatch: pytest.MonkeyPatch
) -> None:
    from agro.store import replay

    sizes: list[int] = []
    own = replay.ingest

    def watched(c: Any, messages: Any, **more: Any) -> Ingested:
        sizes.append(len(messages))
        return own(c, messages, **more)

    monkeypatch.setattr(replay, "_BATCH", 8)
    monkeypatch.setattr(replay, "ingest", watched)
    _ingest(store, *_uplinks(lse01, "probe", 20))
    assert _accept(store, "probe").messages == 20
    assert sizes == [8, 8, 4]
    with store.connect() as c:
        assert c.scalar(select(func.count()).select_from(schema.quarantine)) == 0
