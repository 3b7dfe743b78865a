"""Outside sources are asked patiently, within bounds, and not for what is known already."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from sensors.errors import FeedError
from sensors.feeds import fetching
from sensors.feeds.fetching import Fetcher
from sensors.feeds.source import Answer, Known, Request

Server = Any  # the fixture's class, which lives in conftest.py
PATH = "/v1/forecast"


def get(server: Server, known: Known | None = None, **patience: float) -> Answer:
    patience = {"first_pause_s": 0.01, "silence_s": 5.0, **patience}
    with Fetcher(**patience) as fetcher:
        request = Request(
            f"{server.url}{PATH}", {"latitude": "47.3"}, {"apikey": "SECRET-ONE"}, {"apikey": "TWO"}
        )
        return fetcher.get("feed", request, known)


def fault_of(server: Server, **patience: float) -> FeedError:
    with pytest.raises(FeedError) as caught:
        get(server, **patience)
    return caught.value


def test_an_answer_comes_as_it_is_with_its_validators(feed_server: Server) -> None:
    feed_server.pages[PATH] = b'{"a": 1}'
    feed_server.etags[PATH] = '"v1"'
    feed_server.dates[PATH] = "Mon, 13 Jul 2026 06:00:00 GMT"
    found = get(feed_server)
    assert (found.status, found.body) == (200, b'{"a": 1}')
    assert found.known == Known('"v1"', "Mon, 13 Jul 2026 06:00:00 GMT")
    (_, params, headers) = feed_server.asked[0]
    assert params == {"latitude": "47.3", "apikey": "SECRET-ONE"}
    assert headers["apikey"] == "TWO"


def test_what_is_known_already_is_not_sent_again(feed_server: Server) -> None:
    feed_server.pages[PATH] = b"{}"
    feed_server.etags[PATH] = '"v1"'
    again = get(feed_server, get(feed_server).known)
    assert again.is_unchanged
    assert again.body == b""
    feed_server.etags[PATH] = '"v2"'
    assert not get(feed_server, again.known).is_unchanged


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_passes_is_tried_again(feed_server: Server, status: int) -> None:
    feed_server.pages[PATH] = b"{}"
    feed_server.faults = [status, status]
    assert get(feed_server).body == b"{}"
    assert len(feed_server.asked) == 3


@pytest.mark.parametrize(
    ("status", "code", "asked"),
    [(500, "server_fault", 4), (429, "busy", 4), (401, "key_refused", 1), (404, "not_found", 1)],
)
def test_what_stays_is_a_fault_with_its_code(
    feed_server: Server, status: int, code: str, asked: int
) -> None:
    feed_server.faults = [status] * 9
    assert fault_of(feed_server).reason == f"{code}: HTTP {status}"
    assert len(feed_server.asked) == asked


def test_a_server_that_wants_to_be_left_alone_is(feed_server: Server) -> None:
    feed_server.faults = [(429, {"Retry-After": "3600"})]
    started = time.monotonic()
    error = fault_of(feed_server)
    assert time.monotonic() - started < 15.0
    assert (error.reason, error.wait_s) == ("busy: HTTP 429", 3600.0)
    assert len(feed_server.asked) == 1


def test_a_short_wait_is_waited_for(feed_server: Server) -> None:
    feed_server.pages[PATH] = b"{}"
    feed_server.faults = [(503, {"Retry-After": "1"})]
    started = time.monotonic()
    assert get(feed_server).body == b"{}"
    assert time.monotonic() - started >= 1.0


def test_the_reason_a_service_gives_is_told_and_no_key(feed_server: Server) -> None:
    said = b'{"error": true, "reason": "Latitude must be in range"}'
    feed_server.faults = [(400, {}, said)]
    error = fault_of(feed_server)
    assert error.reason == "refused: HTTP 400, Latitude must be in range"
    assert "SECRET" not in str(error)
    assert "SECRET" not in repr(Request("http://x", secrets={"apikey": "SECRET"}))


def test_a_cut_answer_is_asked_for_again(feed_server: Server) -> None:
    feed_server.pages[PATH] = b'{"hourly": {}}'
    feed_server.faults = ["cut"]
    assert get(feed_server).body == b'{"hourly": {}}'
    feed_server.faults = ["cut", "cut"]
    assert fault_of(feed_server).reason.startswith("unreachable: the answer was cut")


def test_an_answer_without_end_is_given_up(feed_server: Server) -> None:
    feed_server.pages[PATH] = b"x" * 100
    feed_server.faults = ["slow"]
    started = time.monotonic()
    assert fault_of(feed_server, whole_s=0.3).reason == "unreachable: no end after 0.3 s"
    assert time.monotonic() - started < 15.0


def test_a_silent_server_is_given_up(feed_server: Server) -> None:
    feed_server.pages[PATH] = b"x" * 100
    feed_server.faults = ["slow"] * 9
    assert fault_of(feed_server, silence_s=0.02).reason.startswith("unreachable: ")


def test_nobody_there_is_a_fault(feed_server: Server) -> None:
    feed_server.stop()
    assert fault_of(feed_server).reason.startswith("unreachable: ")


def test_a_flood_is_refused(feed_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "LARGEST", 1000)
    feed_server.pages[PATH] = b"x" * 1001
    assert fault_of(feed_server).reason == "too_large: more than 1000 bytes"


def test_an_address_that_is_none_is_a_fault() -> None:
    with Fetcher(first_pause_s=0.01) as fetcher, pytest.raises(FeedError, match="unreachable"):
        fetcher.get("feed", Request("ftp://nowhere/x"))


def test_a_redirect_is_not_followed_and_shows_no_key(feed_server: Server) -> None:
    other = type(feed_server)()
    try:
        other.pages[PATH] = b"{}"
        for status in (301, 302, 303, 307, 308):
            feed_server.faults = [(status, {"Location": f"{other.url}{PATH}"})]
            error = fault_of(feed_server)
            assert error.reason == (
                f"sent_on: HTTP {status}, sends on to {other.url}{PATH}, which is not followed"
            )
        assert other.asked == []
    finally:
        other.stop()


def test_fifty_megabytes_are_refused_long_before_their_end(feed_server: Server) -> None:
    feed_server.pages[PATH] = b"x" * (50 << 20)
    started = time.monotonic()
    assert fault_of(feed_server).reason == f"too_large: more than {fetching.LARGEST} bytes"
    assert time.monotonic() - started < 15.0


def test_an_address_with_a_question_of_its_own_keeps_it(feed_server: Server) -> None:
    feed_server.pages[PATH] = b"{}"
    with Fetcher(first_pause_s=0.01) as fetcher:
        fetcher.get("feed", Request(f"{feed_server.url}{PATH}?cursor=A%3D&size=5"))
    assert feed_server.asked[0][1] == {"cursor": "A=", "size": "5"}


def test_who_asks_may_run_an_event_loop_already(feed_server: Server) -> None:
    async def asks() -> Answer:
        return get(feed_server)

    feed_server.pages[PATH] = b"{}"
    with ThreadPoolExecutor(1) as apart:
        assert apart.submit(lambda: asyncio.run(asks())).result().body == b"{}"
