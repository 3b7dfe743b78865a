"""The demo's control post tells a server over HTTP, and goes on where it was left."""

import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import uvicorn
from sqlalchemy import Engine, func, select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from agro.config import Settings
from agro.demo import control_post
from agro.demo.control_post import BEHIND, Room, Teller, heard_until, open_room, tell_on
from agro.server.notifications import PATH, notification_routes
from agro.server.source import Source
from agro.store import problems, schema, writing
from agro.store.city import assets, registering
from agro.store.city.assets import Asset
from agro.store.readings import Row
from tests.conftest import free_port

UNTIL = datetime(2026, 7, 20, 4, 30, tzinfo=UTC)
SECRET = "the demo's own"  # noqa: S105


class _Server:
    """Answers as told first, and then as ours does; it counts what it was told."""

    def __init__(self, url: str, statuses: list[int]) -> None:
        told = Settings(ngsi_ld_secret=SECRET)  # type: ignore[arg-type]
        self._source = Source(url)
        (ours,) = notification_routes(self._source, told)
        self.bodies: list[bytes] = []

        async def answer(request: Request) -> Response:
            if statuses:
                return Response(status_code=statuses.pop(0))
            self.bodies.append(await request.body())
            return await ours.endpoint(request)  # type: ignore[no-any-return]

        port = free_port()
        self.address = f"http://127.0.0.1:{port}{PATH}"
        app = Starlette(routes=[Route(PATH, answer, methods=["POST"])])
        self._server = uvicorn.Server(
            uvicorn.Config(app, port=port, log_level="error", lifespan="off")
        )
        self._thread = threading.Thread(target=self._server.run)

    def start(self) -> None:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)

    def stop(self) -> None:
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(20)
        self._source.close()


@pytest.fixture
def server(store_url: str) -> Iterator[_Server]:
    """A server that is busy first, and refuses one notification."""
    made = _Server(store_url, [503, 500, 400])
    yield made
    made.stop()


def _room(store: Engine) -> Room:
    with store.connect() as c:
        return open_room(c, "dijon", days=3, until=UNTIL)


def test_it_tells_the_hours_behind_and_then_each_minute(
    store: Engine, server: _Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGRO_CLOCK", f"2026-07-20T04:30:00Z@{time.time():.0f}")
    monkeypatch.setattr(control_post, "_REST_S", 0.0)
    monkeypatch.setattr(control_post, "_FIRST_PAUSE_S", 0.05)
    monkeypatch.setattr(control_post, "TELL_EVERY_S", 15)
    room, stop = _room(store), threading.Event()
    teller = Teller(server.address, SECRET, stop)
    since = UNTIL - timedelta(hours=2, minutes=10)
    telling = threading.Thread(target=tell_on, args=(room, teller, stop, since))
    telling.start()  # before there is a server
    time.sleep(0.2)
    server.start()
    until = time.monotonic() + 120.0
    expected = 4 * 7 - 1  # three hours and a minute, of seven parts each; one was refused
    while len(server.bodies) < expected and time.monotonic() < until:
        time.sleep(0.1)
    stop.set()
    telling.join(60)
    teller.close()
    assert not telling.is_alive()
    times = {json.loads(body)["notifiedAt"] for body in server.bodies}
    assert {"2026-07-20T03:00:00Z", "2026-07-20T04:00:00Z", "2026-07-20T04:30:00Z"} <= times
    with store.connect() as c:
        known = assets.assets(c)
        assert len(known) == room.post.pieces == 654
        assert {one.mode for one in known} == {"simulated"}
        lit = {one.commune for one in known if one.kind == "lighting_cabinet"}
        assert lit == set(c.scalars(select(schema.commune.c.code)))
        assert problems.recent(c).empty
        kept = c.scalar(select(func.count()).select_from(schema.observation)) or 0
    assert kept > 3 * 1200


def test_it_goes_on_where_it_was_left(store: Engine) -> None:
    with store.connect() as c:
        assert heard_until(c, UNTIL) == UNTIL - BEHIND
    with writing(store) as c:
        registering.save(c, [Asset("urn:p", "parking")])
        at = UNTIL - timedelta(hours=5)
        row = Row("urn:p", "free_spaces", float("nan"), int(at.timestamp()), 3.0, 1)
        assets.record(c, [row], written_at=at)
    with store.connect() as c:
        assert heard_until(c, UNTIL) == at
        assert heard_until(c, at - timedelta(hours=1)) == at - timedelta(hours=1)
        assert heard_until(c, UNTIL + 3 * BEHIND) == UNTIL + 2 * BEHIND


def test_a_refused_notification_is_given_up_and_a_stop_ends_it(server: _Server) -> None:
    server.start()
    stop = threading.Event()
    teller = Teller(server.address, "wrong", stop)
    assert teller.tell(b"[]")  # 503, 500 and 400: told again until it is refused
    assert server.bodies == []
    stop.set()
    assert not teller.tell(b"[]")
    teller.close()
