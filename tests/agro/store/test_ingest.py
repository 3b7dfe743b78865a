"""Every message ends as rows or as a problem, once each, however batched and however bad."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine, select

from agro.store import assessment, problems, readings, schema, writing
from agro.store.ingest import EARLIEST, Ingested, Message, ingest
from sensors import quality

NOW = datetime(2026, 7, 20, 5, tzinfo=UTC)
Lse01 = Callable[..., tuple[str, bytes]]
Register = Callable[..., Any]


def _ingest(engine: Engine, *messages: tuple[str, bytes | str]) -> Ingested:
    with writing(engine) as c:
        return ingest(
            c,
            [
                Message(topic, body.encode() if isinstance(body, str) else body, NOW)
                for topic, body in messages
            ],
        )


def _reasons(engine: Engine) -> dict[str, int]:
    with engine.connect() as c:
        return problems.counts(c)


def _latest(engine: Engine) -> pd.DataFrame:
    with engine.connect() as c:
        return readings.latest(c).set_index("quantity")


def _plain(site: str, device: str, at: datetime = NOW, **values: float) -> tuple[str, str]:
    body = {"time": at.isoformat().replace("+00:00", "Z"), "readings": values}
    return f"agro/{site}/{device}", json.dumps(body)


def test_an_uplink_becomes_flagged_rows_at_their_depth(
    store: Engine, register: Register, lse01: Lse01
) -> None:
    register("probe", depths=(30.0,))
    done = _ingest(store, lse01("probe", NOW, moisture=0.21, temperature=-2.5))
    latest = _latest(store)
    assert done == Ingested(messages=1, rows=len(latest), problems=0)
    assert latest.loc["soil_moisture", ["value", "depth_cm", "flag"]].tolist() == [0.21, 30.0, 1]
    assert latest.loc["soil_temperature", "value"] == -2.5
    assert latest.loc["battery_voltage", "value"] == pytest.approx(3.3)
    assert pd.isna(latest.loc["battery_voltage", "depth_cm"])
    assert latest.loc[["rssi", "snr"], "value"].tolist() == [-81, 7.5]


@pytest.mark.parametrize("sent_as", ["probe", "PROBE", "eui-A8404194A1875FF3", "a8404194a1875ff3"])
def test_a_device_answers_to_each_of_its_names(
    store: Engine, register: Register, lse01: Lse01, sent_as: str
) -> None:
    register("probe", eui="a8404194a1875ff3")
    assert _ingest(store, lse01(sent_as, NOW)).problems == 0
    assert set(_latest(store)["device"]) == {"probe"}


def test_an_unregistered_device_is_a_problem_with_its_payload(store: Engine, lse01: Lse01) -> None:
    message = lse01("stranger", NOW)
    assert _ingest(store, message, message) == Ingested(messages=2, rows=0, problems=1)
    with store.connect() as c:
        (kept,) = problems.recent(c).to_dict("records")
    assert (kept["reason"], kept["device"]) == ("unknown_device", "stranger")
    assert kept["payload"].encode() == message[1]


def test_plain_json_goes_by_its_own_readings(store: Engine, register: Register) -> None:
    site = register("box", model="", depths=()).site
    _ingest(store, _plain(site, "box", soil_moisture_20cm=0.27, air_temperature=21.5))
    latest = _latest(store)
    assert latest.loc["soil_moisture", ["value", "depth_cm"]].tolist() == [0.27, 20.0]
    assert latest.loc["air_temperature", "value"] == 21.5


def test_plain_json_under_another_site_is_refused(store: Engine, register: Register) -> None:
    register("box", model="", depths=())
    done = _ingest(store, _plain("elsewhere", "box", air_temperature=21.5))
    assert (done.rows, _reasons(store)) == (0, {"wrong_site": 1})


def test_a_simulated_uplink_is_not_a_measurement(
    store: Engine, register: Register, lse01: Lse01
) -> None:
    register("probe")
    topic, body = lse01("probe", NOW)
    marked = json.loads(body) | {"simulated": True}
    assert _ingest(store, (topic, json.dumps(marked))).rows == 0
    assert _reasons(store) == {"simulated_uplink": 1}


@pytest.mark.parametrize(
    "at",
    [
        pytest.param(NOW + timedelta(minutes=11), id="ahead of its arrival"),
        pytest.param(datetime.fromtimestamp(EARLIEST - 1, UTC), id="a clock never set"),
    ],
)
def test_a_time_that_cannot_be_is_refused(store: Engine, register: Register, at: datetime) -> None:
    site = register("box", model="", depths=()).site
    done = _ingest(store, _plain(site, "box", at, air_temperature=20.0))
    assert (done.rows, done.problems) == (0, 1)


def test_a_small_skew_is_believed(store: Engine, register: Register) -> None:
    site = register("box", model="", depths=()).site
    at = NOW + timedelta(minutes=9)
    assert _ingest(store, _plain(site, "box", at, air_temperature=20.0)).rows == 1


POISON: tuple[tuple[str, bytes], ...] = (
    ("v3/test/devices/probe/up", b""),
    ("v3/test/devices/probe/up", b"\xff\x00\xfe"),
    ("v3/test/devices/probe/up", b"null"),
    ("v3/test/devices/probe/up", b"[" * 100_000),
    ("v3/test/devices/probe/up", b'{"end_device_ids": {"device_id": "probe"}}'),
    ("v3/test/devices/probe/up", b'{"end_device_ids": 5, "uplink_message": 7}'),
    (
        "v3/test/devices/probe/up",
        b'{"end_device_ids": {"device_id": "probe"}, "received_at": "yesterday",'
        b' "uplink_message": {"f_port": 2, "frm_payload": "DTgAAAAAC8MAABA="}}',
    ),
    (
        "v3/test/devices/probe/up",
        b'{"end_device_ids": {"device_id": "probe"}, "received_at": "2026-07-20T05:00:00Z",'
        b' "uplink_message": {"f_port": 2, "frm_payload": "AA=="}}',
    ),
    (
        "v3/test/devices/probe/up",
        b'{"end_device_ids": {"device_id": "pro\\u0000be"}, "received_at": "2026-07-20T05:00:00Z",'
        b' "uplink_message": {"f_port": 2, "frm_payload": "DTgAAAAAC8MAABA="}}',
    ),
    ("application/1/device/00/event/up", b'{"deviceInfo": {"devEui": null}, "data": 3}'),
    (
        "agro/nowhere/probe",
        b'{"time": "2026-07-20T05:00:00Z", "readings": {"soil_moisture": 1e999}}',
    ),
    ("agro/nowhere/probe", b'{"time": 1e300, "readings": {"air_temperature": 20}}'),
    ("", b"{}"),
)


def test_poison_stops_nobody_and_does_not_vanish(
    store: Engine, register: Register, lse01: Lse01
) -> None:
    register("probe")
    good = [lse01("probe", NOW - timedelta(minutes=i)) for i in range(len(POISON))]
    mixed = [one for pair in zip(good, POISON, strict=True) for one in pair]
    done = _ingest(store, *mixed)
    with store.connect() as c:
        seen = readings.series(
            c,
            device="probe",
            quantity="soil_moisture",
            start=NOW - timedelta(days=1),
            end=NOW + timedelta(days=1),
        )
        kept = problems.recent(c)
    assert len(seen) == len(good)
    assert done.problems >= len(POISON)
    assert set(kept["source"]) == {topic for topic, _ in POISON}


@pytest.mark.parametrize(("topic", "body"), POISON)
def test_each_poison_is_a_problem(
    store: Engine, register: Register, topic: str, body: bytes
) -> None:
    register("probe")
    done = _ingest(store, (topic, body))
    assert done.problems >= 1


def test_the_same_batch_again_changes_nothing(
    store: Engine, register: Register, lse01: Lse01
) -> None:
    register("probe")
    # The fourth value jumps, so its flag depends on the value before it.
    values = [0.2, 0.21, 0.2, 0.75, 0.2, 0.21]
    batch = [
        lse01("probe", NOW - timedelta(minutes=60 - 10 * i), moisture=value)
        for i, value in enumerate(values)
    ]
    _ingest(store, *batch)
    first = _observations(store)
    for again in (batch, batch[3:], batch[3:4], batch[::-1]):
        _ingest(store, *again)
        assert _observations(store) == first


def test_how_messages_are_batched_does_not_matter(
    store: Engine, register: Register, lse01: Lse01
) -> None:
    values = [0.2, 0.21, 0.75, 0.2, 0.2]
    for name in ("alone", "together"):
        register(name)
    sent = {
        name: [
            lse01(name, NOW - timedelta(minutes=60 - 10 * i), moisture=value)
            for i, value in enumerate(values)
        ]
        for name in ("alone", "together")
    }
    _ingest(store, *sent["together"])
    for message in sent["alone"]:
        _ingest(store, message)
    with store.connect() as c:
        flags = [
            readings.series(
                c,
                device=name,
                quantity="soil_moisture",
                start=NOW - timedelta(days=1),
                end=NOW,
            )["flag"].tolist()
            for name in sent
        ]
    assert flags[0] == flags[1]


def _observations(engine: Engine) -> list[tuple[Any, ...]]:
    query = select(schema.observation).order_by(*schema.observation.primary_key)
    with engine.connect() as c:
        return [tuple(row) for row in c.execute(query)]


def _clock(engine: Engine) -> dict[str, int]:
    """The flag of each quantity whose clock was found wrong."""
    own, seen = schema.datastream.c, schema.observation.c
    query = (
        select(own.quantity, seen.flag)
        .join_from(schema.observation, schema.datastream, own.id == seen.datastream_id)
        .where(seen.tests.bitwise_and(int(quality.Test.CLOCK)) > 0)
    )
    with engine.connect() as c:
        return dict(c.execute(query).all())


def test_a_device_s_clock_that_is_far_behind_is_suspect(
    store: Engine, register: Register, lse01: Lse01
) -> None:
    site = register("box", model="", depths=()).site
    register("probe")
    late = NOW - timedelta(days=8)
    _ingest(store, _plain(site, "box", late, air_temperature=20.0), lse01("probe", late))
    # A network's clock is right, however late its message.
    assert _clock(store) == {"air_temperature": 3}
    assessment.assess_all(store)
    assert _clock(store) == {"air_temperature": 3}


def test_another_value_for_the_same_time_is_suspect(
    store: Engine, register: Register, lse01: Lse01
) -> None:
    register("probe")
    first, other = (lse01("probe", NOW, moisture=value) for value in (0.21, 0.22))
    _ingest(store, first)
    _ingest(store, first)
    assert _clock(store) == {}
    _ingest(store, other)
    assert _clock(store) == {"soil_moisture": 3}
    _ingest(store, other)
    assessment.assess_all(store)
    assert _clock(store) == {"soil_moisture": 3}


def test_another_value_in_the_same_batch_is_suspect(
    store: Engine, register: Register, lse01: Lse01
) -> None:
    register("probe")
    _ingest(store, *(lse01("probe", NOW, moisture=value) for value in (0.21, 0.22, 0.22)))
    assert _clock(store) == {"soil_moisture": 3}


def test_a_batch_is_judged_by_the_season_and_says_by_which_test(
    store: Engine, register: Register, lse01: Lse01
) -> None:
    register("probe")
    _ingest(
        store,
        lse01("probe", NOW - timedelta(hours=2), moisture=0.2, temperature=-20.0),
        lse01("probe", NOW - timedelta(hours=1), moisture=0.9, temperature=18.0),
    )
    found = {(row[1], row[2]): (row[3], row[4]) for row in _flags(store)}
    hours = [int((NOW - timedelta(hours=n)).timestamp()) for n in (2, 1)]
    assert found["soil_temperature", hours[0]] == (3, int(quality.Test.SEASON))
    assert found["soil_temperature", hours[1]] == (3, int(quality.Test.STEP))
    assert found["soil_moisture", hours[1]] == (4, int(quality.Test.RANGE))


def _flags(engine: Engine) -> list[tuple[Any, ...]]:
    own, seen = schema.datastream.c, schema.observation.c
    query = select(own.id, own.quantity, seen.time, seen.flag, seen.tests).join_from(
        schema.observation, schema.datastream, own.id == seen.datastream_id
    )
    with engine.connect() as c:
        return [tuple(row) for row in c.execute(query)]
