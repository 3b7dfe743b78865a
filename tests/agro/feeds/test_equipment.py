"""The city's own systems asked page by page; a page that fails leaves what was there."""

import json
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import pytest
from sqlalchemy import Engine

from agro.config import Settings
from agro.feeds import equipment
from agro.feeds.equipment import fetch_equipment
from agro.store import farms, feeds, problems
from agro.store.city import assets
from agro.store.feeds import Source
from sensors.feeds import ngsi_ld, sensor_things
from sensors.feeds.fetching import Fetcher
from tests.servers import FeedServer

AT = datetime(2026, 7, 20, 4, 0, tzinfo=UTC)
ENTITIES, STREAMS = "/ngsi-ld/v1/entities", "/v1.1/Datastreams"


def _parking(number: int, free: int = 9) -> dict[str, Any]:
    told = {"value": free, "observedAt": (AT - timedelta(minutes=5)).isoformat()}
    own = {"id": f"urn:{number}", "type": "OffStreetParking", "availableSpotNumber": told}
    return own | {"address": {"addressLocality": "Dijon"}}


def _ask(store: Engine, settings: Settings, at: datetime = AT) -> list[str]:
    with Fetcher(silence_s=2.0, whole_s=4.0, first_pause_s=0.01) as fetcher:
        return [one.state for one in fetch_equipment(store, fetcher, settings, Event(), at=at)]


def _source(store: Engine, key: str) -> Source:
    with store.connect() as c:
        post = farms.control_post(c)
        assert post is not None
        found = feeds.source(c, key, post.slug)
    assert found is not None
    return found


def test_a_broker_is_asked_page_by_page(
    store: Engine, feed_server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ngsi_ld, "PAGE", 2)
    pages = [[_parking(1), _parking(2)], [_parking(3)]]
    feed_server.faults = [json.dumps(page) for page in pages]
    settings = Settings(ngsi_ld_url=feed_server.url + "/", city_licence="Licence Ouverte 2.0")
    assert equipment.is_asked(settings)
    assert _ask(store, settings) == ["new", "new"]
    assert [query["offset"] for _, query, _ in feed_server.asked] == ["0", "2"]
    with store.connect() as c:
        assert [one.device for one in assets.assets(c)] == ["urn:1", "urn:2", "urn:3"]
        assert {one.licence for one in assets.assets(c)} == {"Licence Ouverte 2.0"}
    assert _ask(store, settings, AT + timedelta(minutes=1)) == []  # not due yet
    known = _source(store, ngsi_ld.KEY)
    assert (known.mode, known.failures, known.licence) == ("live", 0, "Licence Ouverte 2.0")


@pytest.mark.parametrize(
    "fault", [500, "<html>", "cut", "slow", (200, {}, b"x" * 17_000_000), (302, {"Location": "http://198.51.100.1/"})]
)  # fmt: skip
def test_a_fault_leaves_the_last_values_and_is_told(
    store: Engine, feed_server: FeedServer, fault: Any
) -> None:
    settings = Settings(ngsi_ld_url=feed_server.url)
    feed_server.pages[ENTITIES] = json.dumps([_parking(1, 9)]).encode()
    assert _ask(store, settings) == ["new"]
    feed_server.faults = [fault] * 12
    assert _ask(store, settings, AT + timedelta(hours=1)) == ["failed"]
    with store.connect() as c:
        (row,) = assets.latest(c).to_dict("records")
        told = problems.recent(c).to_dict("records")
    assert row["value"] == 9.0
    assert [one["reason"] for one in told] == ["feed_failed"]
    known = _source(store, ngsi_ld.KEY)
    assert (known.failures, known.fetched_at) == (1, AT)
    assert known.reason
    feed_server.faults = []
    assert _ask(store, settings, AT + timedelta(hours=2)) == ["new"]
    assert _source(store, ngsi_ld.KEY).failures == 0


def test_a_sensor_things_server_is_asked(store: Engine, feed_server: FeedServer) -> None:
    stream = {
        "unitOfMeasurement": {"symbol": "m3/s"},
        "ObservedProperty": {"name": "river_flow"},
        "Thing": {"@iot.selfLink": "http://x/Things(1)", "name": "Ouche"},
        "Observations": [{"phenomenonTime": "2026-07-20T03:00:00Z", "result": 1.5}],
    }
    feed_server.pages[STREAMS] = json.dumps({"value": [stream]}).encode()
    settings = Settings(sensor_things_url=f"{feed_server.url}/v1.1")
    assert _ask(store, settings) == ["new"]
    with store.connect() as c:
        (one,) = assets.assets(c)
        (row,) = assets.latest(c).to_dict("records")
    assert (one.kind, one.name, one.source) == ("river_station", "Ouche", sensor_things.KEY)
    assert (row["quantity"], row["value"]) == ("river_flow", 1500.0)


def test_nobody_is_asked_who_is_not_named(store: Engine) -> None:
    assert not equipment.is_asked(Settings())
    assert _ask(store, Settings()) == []
