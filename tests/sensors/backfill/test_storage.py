"""Everything that a network server kept comes, once, however badly it answers."""

import ssl
import subprocess
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from sensors import envelopes, patience
from sensors.backfill import Storage, Stored, check_url, the_things_stack
from sensors.errors import FeedError
from sensors.simulated import networks
from sensors.simulated.networks import Transmission

START = datetime(2026, 7, 3, 5, tzinfo=UTC)
END = START + timedelta(days=30)
APPLICATION = f"{networks.APPLICATION}@{networks.TENANT}"


def _sent(counter: int, device: str = "probe", *, micros: int = 0) -> tuple[str, bytes]:
    at = START + timedelta(minutes=10 * counter, microseconds=micros)
    return networks.the_things_stack(
        Transmission(device, "A84041FFFF24A438", at, 2, b"\x01\x02", counter, -80, 7.0)
    )


def _fetch(
    server: Any, device: str = "probe", *, page: int = 500, key: str = "", until: datetime = END
) -> list[Stored]:
    with Storage(server.url, key or server.KEY, page=page) as storage:
        pages = storage.pages(APPLICATION, device, START, until)
        return [one for some in pages for one in some]


def _counters(found: list[Stored]) -> list[int | None]:
    read = [envelopes.parse(one.topic, one.body, arrived_at=one.time) for one in found]
    return [uplink.counter for uplink in read if uplink]


@pytest.mark.parametrize("inclusive", [False, True], ids=["after", "from"])
@pytest.mark.parametrize(("page", "most"), [(500, 1000), (7, 1000), (1, 1000), (500, 3)], ids=str)
def test_pages_hold_every_message_once(
    storage_server: Any, page: int, most: int, inclusive: bool
) -> None:
    storage_server.most, storage_server.inclusive = most, inclusive
    for counter in range(1, 21):
        storage_server.keep(*_sent(counter))
    storage_server.keep(*_sent(3, "other"))
    found = _fetch(storage_server, page=page)
    assert _counters(found) == list(range(1, 21))
    assert {one.topic for one in found} == {f"v3/{APPLICATION}/devices/probe/up"}
    assert found[4].time == START + timedelta(minutes=50)


def test_messages_of_the_same_moment_do_not_fall_between_pages(storage_server: Any) -> None:
    for micros, device in enumerate(("a", "b", "c", "d", "e")):
        storage_server.keep(*_sent(1, device, micros=micros // 3))
    found = _fetch(storage_server, device="", page=3)
    assert sorted(one.device for one in found) == ["a", "b", "c", "d", "e"]


def test_a_whole_application_is_asked_for_at_once(storage_server: Any) -> None:
    for device in ("probe", "other"):
        storage_server.keep(*_sent(1, device))
    assert {one.device for one in _fetch(storage_server, device="")} == {"probe", "other"}
    path, wanted = storage_server.asked[0]
    assert path == "/api/v3/as/applications/agro-demo/packages/storage/uplink_message"
    assert wanted == {
        "after": "2026-07-03T05:00:00.000000Z",
        "before": "2026-08-02T05:00:00.000000Z",
        "limit": "500",
        "order": "received_at",
    }


def test_a_message_is_what_mqtt_would_have_brought(storage_server: Any) -> None:
    topic, body = _sent(4)
    storage_server.keep(topic, body)
    (found,) = _fetch(storage_server)
    assert found.topic == topic
    live = envelopes.parse(topic, body, arrived_at=found.time)
    assert envelopes.parse(found.topic, found.body, arrived_at=found.time) == live


@pytest.mark.parametrize(
    "faults",
    [
        pytest.param([500], id="a fault of the server"),
        pytest.param([502, 503, 504], id="three behind one another"),
        pytest.param([(429, {"Retry-After": "1"})], id="too many questions"),
        pytest.param(["slow"], id="a slow answer"),
    ],
)
def test_what_passes_is_tried_again(storage_server: Any, faults: list[Any]) -> None:
    storage_server.keep(*_sent(1))
    storage_server.keep(*_sent(2))
    storage_server.faults = faults
    assert _counters(_fetch(storage_server)) == [1, 2]
    assert storage_server.faults == []


def test_a_server_that_wants_to_be_left_alone_is(storage_server: Any) -> None:
    storage_server.faults = [(429, {"Retry-After": "600"})]
    with pytest.raises(FeedError, match="busy: HTTP 429") as caught:
        _fetch(storage_server)
    assert caught.value.wait_s == 600
    assert len(storage_server.asked) == 1


@pytest.mark.parametrize(
    ("faults", "reason"),
    [
        ([404], "not_found: HTTP 404"),
        ([403], "key_refused: HTTP 403"),
        ([400], "refused: HTTP 400"),
        ([301], "refused: HTTP 301"),
        ([500] * 4, "server_fault: HTTP 500"),
        ([503] * 4, "busy: HTTP 503"),
        (["cut"], "unreachable: peer closed connection"),
        (["<html>not here</html>"], "unreadable: "),
        (['{"result":{"end_device_ids":{}}}'], "unreadable: "),
        (
            [
                '{"result":{"end_device_ids":{"device_id":"a/b"},"received_at":"2026-07-03T05:00:00Z"}}'
            ],
            "unreadable: no device",
        ),
        (['{"error":{"message":"storage is away"}}'], "server_fault: storage is away"),
        (["x" * 300_000], "unreadable: a line of more than"),
    ],
)
def test_what_does_not_pass_is_told(storage_server: Any, faults: list[Any], reason: str) -> None:
    storage_server.keep(*_sent(1))
    storage_server.keep(*_sent(2))
    storage_server.faults = faults
    with pytest.raises(FeedError) as caught:
        _fetch(storage_server)
    assert caught.value.reason.startswith(reason)
    assert storage_server.KEY not in str(caught.value) + repr(caught.value)


def test_what_came_before_a_cut_stays_good(storage_server: Any) -> None:
    for counter in range(1, 7):
        storage_server.keep(*_sent(counter))
    found: list[Stored] = []
    with Storage(storage_server.url, storage_server.KEY, page=3) as storage:
        pages = storage.pages(APPLICATION, "probe", START, END)
        found += next(pages)
        storage_server.faults = ["cut"]
        with pytest.raises(FeedError, match="unreachable"):
            next(pages)
    assert _counters(found) == [1, 2, 3]


def test_a_wrong_key_is_refused(storage_server: Any) -> None:
    with pytest.raises(FeedError, match="key_refused: HTTP 401"):
        _fetch(storage_server, key="NNSXS.ANOTHER")


def test_a_server_that_is_away_is_told(
    storage_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "PATIENCE_S", 0.05)
    storage_server.stop()
    with pytest.raises(FeedError, match="unreachable"):
        _fetch(storage_server)


def test_an_answer_without_end_is_left(
    storage_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(the_things_stack, "_PAGE_S", 0.5)
    for counter in range(1, 9):
        storage_server.keep(*_sent(counter))
    storage_server.faults = ["slow"]
    with pytest.raises(FeedError, match="unreachable: no end after"):
        _fetch(storage_server)


@pytest.mark.parametrize("key", ["", " ", "two words", "a\nkey", "schlüssel"])
def test_what_is_no_key_is_not_shown(key: str) -> None:
    with pytest.raises(ValueError, match=r"^has characters that no API key has"):
        Storage("https://eu1.cloud.thethings.network", key)


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("https://eu1.cloud.thethings.network", "https://eu1.cloud.thethings.network"),
        (" https://city.example:8885/api/v3/ ", "https://city.example:8885"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("http://localhost", "http://localhost"),
    ],
)
def test_addresses_that_can_be_used(given: str, taken: str) -> None:
    assert check_url(given) == taken


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("http://eu1.cloud.thethings.network", "in clear; write https://eu1"),
        ("eu1.cloud.thethings.network", "is no address"),
        ("https://user:word@host", "is no address"),
        ("ftp://host", "is no address"),
    ],
)
def test_addresses_that_cannot(given: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        check_url(given)


def test_a_certificate_that_nobody_signed_is_not_believed(tmp_path: Path) -> None:
    certificate, key = tmp_path / "c.pem", tmp_path / "k.pem"
    words = f"req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout {key} -out"
    subprocess.run(["openssl", *words.split(), str(certificate)], check=True, capture_output=True)
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        with (
            Storage(f"https://localhost:{server.server_port}", "NNSXS.KEY") as storage,
            pytest.raises(FeedError, match=r"unreachable: .*(?i:certificate)"),
        ):
            next(storage.pages("app", "probe", START, END))
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
