"""A notification becomes rows or problems, whatever is in it; the same again changes nothing."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select

from agro.city.receiving import NOTIFICATION, receive
from agro.store import farms, feeds, problems, schema, things, writing
from agro.store.city import assets
from agro.store.city.taking import Received
from sensors.feeds.source import Licence

AT = datetime(2026, 7, 20, 4, 0, tzinfo=UTC)
CABINET = {
    "id": "urn:ngsi-ld:StreetlightControlCabinet:town:1",
    "type": "StreetlightControlCabinet",
    "totalActivePower": {"type": "Property", "value": 3.5, "observedAt": "2026-07-20T03:00:00Z"},
    "lampCount": 80,
    "location": {"type": "Point", "coordinates": [5.0049, 47.2926]},
    "dataProvider": "simulated",
}
PARKING = {
    "id": "urn:ngsi-ld:OffStreetParking:town:1",
    "type": "OffStreetParking",
    "availableSpotNumber": 31,
    "totalSpotNumber": 120,
    "address": {"addressLocality": "Dijon"},
}


def _body(*entities: Any) -> bytes:
    told = {"type": "Notification", "notifiedAt": "2026-07-20T03:59:00Z", "data": entities}
    return json.dumps(told).encode()


def _receive(store: Engine, body: bytes, at: datetime = AT) -> Received:
    with writing(store) as c:
        return receive(c, body, at, licence=Licence("Licence Ouverte 2.0", "OnDijon", "http://x"))


def _problems(store: Engine) -> list[dict[str, Any]]:
    with store.connect() as c:
        return problems.recent(c).to_dict("records")  # type: ignore[no-any-return]


def test_the_same_notification_changes_nothing(store: Engine) -> None:
    body = _body(CABINET, PARKING)
    assert _receive(store, body) == Received(2, 2, 2, 0)

    def everything() -> list[Any]:
        with store.connect() as c:
            tables = (schema.asset, schema.observation, schema.rollup_hour, schema.rollup_day)
            counts = [c.execute(select(table)).all() for table in tables]
            return [*counts, c.scalar(select(func.count()).select_from(schema.thing))]

    before = everything()
    assert _receive(store, body) == Received(2, 0, 2, 0)
    assert everything() == before
    with store.connect() as c:
        found = {one.device: one for one in assets.assets(c)}
    parking = found[str(PARKING["id"])]
    assert (parking.commune, parking.mode, parking.source) == ("21231", "live", "ngsi-ld")
    assert (parking.licence, parking.details) == ("Licence Ouverte 2.0", {"spaces": 120.0})
    assert found[str(CABINET["id"])].mode == "simulated"


def test_a_part_of_an_entity_takes_nothing_away(store: Engine) -> None:
    _receive(store, _body(CABINET))
    part = {name: CABINET[name] for name in ("id", "type")} | {
        "totalActivePower": {"value": 4.5, "observedAt": "2026-07-20T03:30:00Z"}
    }
    _receive(store, _body(part))
    with store.connect() as c:
        (one,) = assets.assets(c)
        (row,) = assets.latest(c).to_dict("records")
    assert (one.mode, one.commune, one.details) == ("simulated", "21166", {"lights": 80.0})
    assert row["value"] == 4.5


def test_what_cannot_be_used_stands_beside_the_rest(store: Engine) -> None:
    with store.connect() as c:
        probe = things.devices(c)[0].device
    bad = [
        {"id": "urn:dog", "type": "Dog"},
        {"id": probe, "type": "OffStreetParking", "availableSpotNumber": 3},
        {"id": "urn:m", "type": "ACMeasurement", "totalActivePower": 4},
        {"id": "urn:late", "type": "OffStreetParking", "availableSpotNumber": 3}
        | {"dateObserved": "2031-01-01T00:00:00Z"},
        7,
    ]
    done = _receive(store, _body(CABINET, *bad, PARKING))
    assert (done.entities, done.rows, done.problems) == (7, 2, 5)
    told = {(one["device"], one["reason"]) for one in _problems(store)}
    assert told == {
        ("urn:dog", "unknown_entity_type"),
        (probe, "is_a_device"),
        ("urn:m", "no_unit"),
        ("urn:late", "wrong_time"),
        ("", "bad_entity"),
    }
    _receive(store, _body(bad[0]))
    dog = next(one for one in _problems(store) if one["device"] == "urn:dog")
    assert (dog["count"], dog["source"]) == (2, NOTIFICATION)
    assert json.loads(dog["payload"]) == bad[0]


@pytest.mark.parametrize("body", [b"", b"\xff\x00", b"{", b'{"data": 3}', b"3", b"\x1f\x8bxx"])
def test_garbage_is_one_problem(store: Engine, body: bytes) -> None:
    for _ in range(2):
        assert _receive(store, body).rows == 0
    (one,) = _problems(store)
    assert one["reason"] in ("bad_json", "bad_envelope", "compressed_body")
    assert one["source"] == NOTIFICATION


def test_an_empty_notification_is_no_problem(store: Engine) -> None:
    assert _receive(store, _body()) == Received(0, 0, 0, 0)
    named = {name: CABINET[name] for name in ("id", "type", "lampCount")}
    assert _receive(store, _body(named)) == Received(1, 1, 0, 0)
    assert _problems(store) == []


def test_the_source_is_known_with_its_newest_answers(store: Engine) -> None:
    body = _body(CABINET)
    _receive(store, body)
    with store.connect() as c:
        post = farms.control_post(c)
        assert post is not None
        source = feeds.source(c, "ngsi-ld", post.slug)
        kept = feeds.newest_answer(c, "ngsi-ld", post.slug)
    assert source is not None
    assert (source.mode, source.licence) == ("simulated", "Licence Ouverte 2.0")
    assert (source.fetched_at, source.observed_at) == (AT, datetime(2026, 7, 20, 3, tzinfo=UTC))
    assert kept == (AT, body)  # any figure can be made again of it
    late = {**CABINET, "totalActivePower": {"value": 1, "observedAt": "2026-07-01T00:00:00Z"}}
    _receive(store, _body(late))
    with store.connect() as c:
        source = feeds.source(c, "ngsi-ld", post.slug)
    assert source is not None
    assert source.observed_at == datetime(2026, 7, 20, 3, tzinfo=UTC)  # it never moves back


_ANY = st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=6)
_ENTITY = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["urn:a", "urn:b", "\x00", "é" * 300]) | _ANY,
        "type": st.sampled_from(["OffStreetParking", "AirQualityObserved", "X"]),
    },
    optional={
        "availableSpotNumber": _ANY | st.dictionaries(st.sampled_from(["value"]), _ANY),
        "airQualityIndex": _ANY,
        "name": _ANY,
        "dateObserved": _ANY,
        "location": st.fixed_dictionaries({"type": st.just("Point"), "coordinates": _ANY}),
    },
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(entities=st.lists(_ENTITY, max_size=3))
def test_no_notification_is_an_accident(store: Engine, entities: list[dict[str, Any]]) -> None:
    done = _receive(store, _body(*entities))
    assert done.entities == len(entities)
