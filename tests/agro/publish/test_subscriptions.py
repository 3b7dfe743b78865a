"""Subscriptions over real HTTP: made with the key, told once each, never into our own network."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address
from math import nan
from time import monotonic, sleep
from typing import Any

import httpx
import pytest
import uvicorn
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from agro.config import Settings
from agro.publish import notifying, targets
from agro.publish.notifying import round_, sender
from agro.store import farms, heartbeat, readings, subscriptions, writing
from agro.store.readings import Row
from tests.agro.publish.conftest import NOW, PLOT, SITE, OpenData
from tests.conftest import free_port, wait_for_port

PATH = "/ngsi-ld/v1/subscriptions"
KEY = {"Authorization": "Bearer the-operators-key"}


class Subscriber:
    """Somebody who is notified, and who answers with the next of `codes`, else 204."""

    def __init__(self) -> None:
        self.heard: list[Any] = []
        self.headers: list[dict[str, str]] = []
        self.codes: list[int] = []
        port = free_port()
        routes = [Route("/{path:path}", self._hear, methods=["POST", "GET"])]
        settings = uvicorn.Config(
            Starlette(routes=routes), port=port, lifespan="off", ws="none", log_config=None
        )
        self._server = uvicorn.Server(settings)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        wait_for_port(port)
        self.url = f"http://127.0.0.1:{port}/hear"

    async def _hear(self, request: Request) -> Response:
        self.heard.append(await request.json())
        self.headers.append(dict(request.headers))
        code = self.codes.pop(0) if self.codes else 204
        return Response(status_code=code, headers={"Location": "/elsewhere"})

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(10)


@pytest.fixture
def subscriber() -> Iterator[Subscriber]:
    """Somebody who wants to be told."""
    started = Subscriber()
    yield started
    started.stop()


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    """The operator's key is set."""
    monkeypatch.setenv("AGRO_API_KEY", "the-operators-key")


def _asked(url: str, **more: Any) -> dict[str, Any]:
    return {
        "type": "Subscription",
        "entities": [{"type": "AgriParcelRecord"}],
        "notification": {"endpoint": {"uri": url}, "format": "keyValues"},
        **more,
    }


def _subscribe(server: OpenData, body: Any, **headers: str) -> httpx.Response:
    return server.client.post(PATH, json=body, headers=KEY | headers)


def _look(engine: Engine, minutes: float = 0.0, *, allow_private: bool = True) -> int:
    with sender() as client:
        at = NOW + timedelta(minutes=minutes)
        return round_(engine, client, at, threading.Event(), allow_private=allow_private)


def _measure(engine: Engine, value: float, minutes: float) -> None:
    with writing(engine) as c:
        probe = next(d.device for d in farms.devices(c, SITE) if d.plot == PLOT)
        at = int((NOW + timedelta(minutes=minutes)).timestamp())
        readings.write(c, [Row(probe, "soil_moisture", 20.0, at, value, 1)])


def test_news_is_told_once(filled: Engine, server: OpenData, subscriber: Subscriber) -> None:
    made = _subscribe(server, _asked(subscriber.url))
    assert made.status_code == 201
    name = made.headers["location"].removeprefix(f"{PATH}/")
    assert _look(filled) == 1  # all that meets it, at first
    first = subscriber.heard[0]
    assert (first["type"], first["subscriptionId"]) == ("Notification", name)
    assert first["data"][0]["soilMoistureVwc"] == 0.2
    assert _look(filled, 1) == 0
    _measure(filled, 0.31, 2)
    assert _look(filled, 2) == 1
    assert subscriber.heard[1]["data"][0]["soilMoistureVwc"] == 0.31
    assert _look(filled, 3) == 0
    told = server.client.get(f"{PATH}/{name}", headers=KEY).json()
    assert (told["status"], told["notification"]["timesSent"]) == ("active", 2)


def test_what_could_not_be_delivered_is_told_again_later(
    filled: Engine, server: OpenData, subscriber: Subscriber
) -> None:
    _subscribe(server, _asked(subscriber.url, id="urn:ngsi-ld:Subscription:one"))
    subscriber.codes = [500, 302]
    assert _look(filled) == 0
    assert _look(filled, 0.1) == 0  # not at once
    assert len(subscriber.heard) == 1
    assert _look(filled, 0.2) == 0  # a redirect is not followed
    assert len(subscriber.heard) == 2
    told = server.client.get(f"{PATH}/urn:ngsi-ld:Subscription:one", headers=KEY).json()
    assert (told["notification"]["status"], told["notification"]["timesFailed"]) == ("failed", 2)
    assert _look(filled, 1) == 1
    assert subscriber.heard[2]["data"] == subscriber.heard[0]["data"]
    with filled.connect() as c:
        kept = subscriptions.listed(c)[0]
    assert (kept.failures, kept.reason, kept.times_sent) == (0, "", 1)


def test_pauses_grow_to_an_hour(filled: Engine, server: OpenData, subscriber: Subscriber) -> None:
    _subscribe(server, _asked(subscriber.url))
    subscriber.codes = [503] * 40
    pauses, minutes = [], 0.0
    for _ in range(12):
        _look(filled, minutes)
        with filled.connect() as c:
            again = subscriptions.listed(c)[0].next_try
        assert again is not None
        pauses.append((again - NOW).total_seconds() - minutes * 60)
        minutes = (again - NOW).total_seconds() / 60
    assert pauses[:4] == [10, 20, 40, 80]
    assert pauses[-1] == 3600


def test_only_watched_attributes_are_news(
    filled: Engine, server: OpenData, subscriber: Subscriber
) -> None:
    _subscribe(server, _asked(subscriber.url, watchedAttributes=["soilTemperature"]))
    assert _look(filled) == 1
    _measure(filled, 0.33, 2)
    assert _look(filled, 2) == 0


def test_a_query_narrows_what_is_told(
    filled: Engine, server: OpenData, subscriber: Subscriber
) -> None:
    geo = {"georel": "near;maxDistance==500", "geometry": "Point", "coordinates": [5.029, 47.314]}
    _subscribe(server, _asked(subscriber.url, q="soilMoistureVwc<0.15", geoQ=geo))
    assert _look(filled) == 0
    _measure(filled, 0.12, 2)
    assert _look(filled, 2) == 1


def test_with_an_interval_all_is_told_each_time(
    filled: Engine, server: OpenData, subscriber: Subscriber
) -> None:
    made = _subscribe(server, _asked(subscriber.url, timeInterval=600))
    assert made.status_code == 201
    assert [_look(filled, minutes) for minutes in (0, 5, 10, 11, 20)] == [1, 0, 1, 0, 1]
    assert [len(one["data"]) for one in subscriber.heard] == [1, 1, 1]
    both = _subscribe(server, _asked(subscriber.url, timeInterval=600, throttling=5))
    assert both.status_code == 400
    assert "timeInterval" in both.json()["detail"]


def test_a_subscription_may_follow_ids_of_a_pattern(
    filled: Engine, server: OpenData, subscriber: Subscriber
) -> None:
    beds = {"type": "AgriParcel", "idPattern": f":{PLOT}$"}
    _subscribe(server, _asked(subscriber.url, entities=[beds]))
    assert _look(filled) == 1
    assert [one["id"].endswith(PLOT) for one in subscriber.heard[0]["data"]] == [True]
    wrong = {"type": "AgriParcel", "idPattern": "(a"}
    refused = _subscribe(server, _asked(subscriber.url, entities=[wrong]))
    assert refused.status_code == 400


def test_it_is_told_no_more_often_than_it_wants(
    filled: Engine, server: OpenData, subscriber: Subscriber
) -> None:
    _subscribe(server, _asked(subscriber.url, throttling=600))
    assert _look(filled) == 1
    _measure(filled, 0.3, 1)
    assert _look(filled, 2) == 0
    assert _look(filled, 11) == 1


def test_paused_and_expired_ones_are_not_told(
    filled: Engine, server: OpenData, subscriber: Subscriber
) -> None:
    _subscribe(server, _asked(subscriber.url, isActive=False))
    _subscribe(server, _asked(subscriber.url, expiresAt="2026-07-03T07:00:00Z"))
    assert _look(filled) == 0
    states = [one["status"] for one in server.client.get(PATH, headers=KEY).json()]
    assert states == ["paused", "expired"]


def test_what_the_subscriber_shows_is_sent_to_it_and_told_nobody(
    filled: Engine, server: OpenData, subscriber: Subscriber
) -> None:
    asked = _asked(subscriber.url)
    asked["notification"]["endpoint"] |= {
        "receiverInfo": [{"key": "Authorization", "value": "Bearer theirs"}],
        "accept": "application/ld+json",
    }
    _subscribe(server, asked)
    assert _look(filled) == 1
    assert subscriber.headers[0]["authorization"] == "Bearer theirs"
    assert subscriber.headers[0]["content-type"] == "application/ld+json"
    assert subscriber.headers[0]["host"] == subscriber.url.split("/")[2]
    assert "@context" in subscriber.heard[0]
    assert "theirs" not in server.client.get(PATH, headers=KEY).text


def test_a_subscription_is_changed_and_taken_back(
    filled: Engine, server: OpenData, subscriber: Subscriber
) -> None:
    name = _subscribe(server, _asked(subscriber.url)).headers["location"]
    changed = server.client.patch(name, json={"entities": [{"type": "AgriFarm"}]}, headers=KEY)
    assert changed.status_code == 204
    assert _look(filled) == 1
    assert {one["type"] for one in subscriber.heard[0]["data"]} == {"AgriFarm"}
    wrong = server.client.patch(name, json={"q": "a<<1"}, headers=KEY)
    assert wrong.status_code == 400
    assert server.client.delete(name, headers=KEY).status_code == 204
    assert server.client.get(name, headers=KEY).status_code == 404
    assert server.client.delete(name, headers=KEY).status_code == 404


def test_the_same_name_twice_is_refused(server: OpenData) -> None:
    asked = _asked("https://city.example/hear", id="urn:ngsi-ld:Subscription:one")
    assert _subscribe(server, asked).status_code == 201
    assert _subscribe(server, asked).status_code == 409


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"entities": []}, "entities"),
        ({"type": "Wish"}, "type"),
        ({"q": "a<<1"}, "cannot be read"),
        ({"throttling": -1}, "throttling"),
        ({"expiresAt": "2026-07-03T07:00:00"}, "expiresAt"),
        ({"id": "one"}, "id is no URN"),
        ({"notification": {"endpoint": {"uri": "ftp://city.example"}}}, "no http or https"),
        ({"notification": {"endpoint": {"uri": "file:///etc/passwd"}}}, "no http or https"),
        ({"notification": {"endpoint": {"uri": "http://a:b@city.example"}}}, "user in it"),
        ({"notification": {"endpoint": {"uri": "http://city.example:99999"}}}, "ort"),
        (
            {
                "notification": {
                    "endpoint": {
                        "uri": "http://city.example",
                        "receiverInfo": [{"key": "Host", "value": "other"}],
                    }
                }
            },
            "set by us",
        ),
        (
            {
                "notification": {
                    "endpoint": {
                        "uri": "http://city.example",
                        "receiverInfo": [{"key": "X-A", "value": "a\r\nHost: other"}],
                    }
                }
            },
            "plain signs",
        ),
    ],
)
def test_what_cannot_be_done_is_told(server: OpenData, change: dict[str, Any], told: str) -> None:
    answer = _subscribe(server, _asked("https://city.example/hear") | change)
    assert answer.status_code == 400
    assert told in answer.json()["detail"]


def test_bodies_are_bounded_and_read_as_json(server: OpenData) -> None:
    large = server.client.post(PATH, content=b" " * 70_000, headers=KEY)
    assert large.status_code == 413
    for body in (b"", b"{", b"[1]", b"[" * 50_000):
        assert server.client.post(PATH, content=body, headers=KEY).status_code == 400


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer other"}, {"X-API-Key": ""}, {"X-API-Key": "é"}]
)
def test_without_the_key_nobody_subscribes(server: OpenData, headers: dict[str, str]) -> None:
    sent = {name: value.encode() for name, value in headers.items()}
    answer = server.client.post(PATH, json=_asked("https://city.example"), headers=sent)
    assert answer.status_code == 401
    assert server.client.get(PATH, headers=sent).status_code == 401


def test_with_no_key_set_nobody_may(server: OpenData, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGRO_API_KEY", "")
    answer = server.client.post(PATH, json={}, headers={"X-API-Key": ""})
    assert answer.status_code == 403


def test_the_key_as_clients_send_it(server: OpenData) -> None:
    for headers in (KEY, {"X-API-Key": "the-operators-key"}):
        assert server.client.get(PATH, headers=headers).status_code == 200
    basic = httpx.BasicAuth("anybody", "the-operators-key")
    assert server.client.get(PATH, auth=basic).status_code == 200


def test_nothing_is_sent_into_our_own_network(
    filled: Engine, server: OpenData, subscriber: Subscriber
) -> None:
    _subscribe(server, _asked(subscriber.url))
    assert _look(filled, allow_private=False) == 0
    assert subscriber.heard == []
    with filled.connect() as c:
        assert "private network" in subscriptions.listed(c)[0].reason


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2001:4860:4860::8888", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 - an address that is refused
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("2002:7f00:1::", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::808:808", True),
    ],
)
def test_which_addresses_are_somebody_else_s(address: str, public: bool) -> None:
    assert targets.is_public(ip_address(address)) is public


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f000001", "localhost", "[::1]"])
def test_our_own_network_by_any_name(host: str) -> None:
    with pytest.raises(targets.TargetError, match=r"private network|cannot be resolved"):
        targets.target(f"http://{host}:80/", allow_private=False)


def test_the_address_that_was_checked_is_the_one_that_is_called(
    filled: Engine, server: OpenData, subscriber: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that resolves to the outside at first and to us afterwards gains nothing."""
    port = int(subscriber.url.split(":")[2].split("/")[0])
    asked: list[str] = []
    real = socket.getaddrinfo

    def changing(host: Any, *rest: Any, **more: Any) -> Any:
        if host != "turncoat.example":
            return real(host, *rest, **more)
        asked.append(host)
        first = "203.0.113.9" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (first, port))]

    monkeypatch.setattr(socket, "getaddrinfo", changing)
    monkeypatch.setattr(targets, "is_public", lambda one: str(one) == "203.0.113.9")
    monkeypatch.setattr(notifying, "_CONNECT_S", 0.2)
    _subscribe(server, _asked(f"http://turncoat.example:{port}/hear"))
    assert _look(filled, allow_private=False) == 0
    assert subscriber.heard == []
    assert asked == ["turncoat.example"]
    with filled.connect() as c:
        assert subscriptions.listed(c)[0].reason.startswith("unreachable")


def test_a_subscription_taken_back_meanwhile_stays_gone(
    filled: Engine, server: OpenData, subscriber: Subscriber
) -> None:
    name = _subscribe(server, _asked(subscriber.url)).headers["location"].removeprefix(f"{PATH}/")
    with filled.connect() as c:
        one = subscriptions.find(c, name)
    assert one is not None
    server.client.delete(f"{PATH}/{name}", headers=KEY)
    with writing(filled) as c:
        notifying._keep(c, replace(one, times_sent=9))
        assert subscriptions.find(c, name) is None


def test_missing_numbers_do_not_reach_a_subscriber(
    filled: Engine, server: OpenData, subscriber: Subscriber
) -> None:
    with writing(filled) as c:
        probe = next(d.device for d in farms.devices(c, SITE) if d.plot == PLOT)
        at = int((NOW + timedelta(minutes=1)).timestamp())
        readings.write(c, [Row(probe, "soil_temperature", 20.0, at, nan, 9)])
    _subscribe(server, _asked(subscriber.url))
    assert _look(filled, 2) == 1
    assert "soilTemperature" not in subscriber.heard[0]["data"][0]


def test_the_notifier_looks_by_itself_and_shows_that_it_lives(
    filled: Engine, server: OpenData, subscriber: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifying, "now", lambda: NOW)
    _subscribe(server, _asked(subscriber.url))
    stop = threading.Event()
    told = Settings(notify_private=True)
    thread = threading.Thread(
        target=notifying.run, args=(filled, told, stop), kwargs={"look_every_s": 0.05}
    )
    thread.start()
    until = monotonic() + 30
    while not subscriber.heard and monotonic() < until:
        sleep(0.05)
    _measure(filled, 0.44, 1)
    while len(subscriber.heard) < 2 and monotonic() < until:
        sleep(0.05)
    stop.set()
    thread.join(20)
    assert subscriber.heard[1]["data"][0]["soilMoistureVwc"] == 0.44
    with filled.connect() as c:
        assert notifying.NAME in heartbeat.read(c)
