"""Real HTTP servers: our own routes, or outside ones that answer what a test has told them."""

import asyncio
import json
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from tests.conftest import free_port, wait_for_port


@contextmanager
def answering(app: ASGIApp, *, timeout_s: float = 60.0) -> Iterator[httpx.Client]:
    """A client of an application that answers on a port of its own and believes its proxy."""
    port = free_port()
    config = uvicorn.Config(app, port=port, log_config=None, lifespan="off", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=timeout_s) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join(10)


class RecordedServer(ABC):
    """Answers on a port of its own, after it has met the test's `faults`, one by each question.

    A fault is a status, a status with headers, a status with headers and a body, "cut" (the
    connection ends within the answer), "slow" (it comes piece by piece) or a text to be answered.
    """

    routes: tuple[str, ...] = ("/{path:path}",)
    media = "application/json"

    def __init__(self) -> None:
        self.faults: list[Any] = []
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        application = Starlette(routes=[Route(path, self._answer) for path in self.routes])
        settings = uvicorn.Config(
            application, port=self.port, lifespan="off", ws="none", log_config=None
        )
        self._server = uvicorn.Server(settings)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        wait_for_port(self.port)

    def stop(self) -> None:
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(10)

    async def _answer(self, request: Request) -> Response:
        self.hear(request)
        fault = self.faults.pop(0) if self.faults else None
        if isinstance(fault, int):
            return Response(status_code=fault)
        if isinstance(fault, tuple):
            return Response(fault[2] if len(fault) > 2 else b"", fault[0], headers=fault[1])
        return self.answer(request, fault)

    @abstractmethod
    def hear(self, request: Request) -> None:
        """Note what was asked."""

    @abstractmethod
    def answer(self, request: Request, fault: str | None) -> Response:
        """What is answered, `fault` being "cut", "slow", a text or nothing."""

    def pieces(self, fault: str | None, pieces: list[bytes], pause_s: float) -> Response | None:
        """What `fault` makes of an answer in these pieces; None where it is none."""
        ways: dict[str, Callable[[], AsyncIterator[bytes]]] = {
            "cut": lambda: _cut(pieces),
            "slow": lambda: _slowly(pieces, pause_s),
        }
        if fault is None:
            return None
        if fault in ways:
            return StreamingResponse(ways[fault](), media_type=self.media)
        return Response(fault.encode(), media_type=self.media)


async def _cut(pieces: list[bytes]) -> AsyncIterator[bytes]:
    yield b"".join(pieces[:-1])
    yield pieces[-1][: len(pieces[-1]) // 2]
    raise ConnectionAbortedError


async def _slowly(pieces: list[bytes], pause_s: float) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece[:40]
        await asyncio.sleep(pause_s)
        yield piece[40:]


_OF_ALL = "/api/v3/as/applications/{application}/packages/storage/uplink_message"


class StorageServer(RecordedServer):
    """Answers as The Things Stack's Storage Integration does; it keeps what `keep` gives it.

    `inclusive` gives what was received exactly at `after`, too.
    """

    KEY = "NNSXS.A-KEY-OF-THE-TESTS"
    routes = (_OF_ALL, _OF_ALL.replace("/packages", "/devices/{device}/packages"))
    media = "text/event-stream"

    def __init__(self) -> None:
        self.lines: list[tuple[str, str, datetime, bytes]] = []  # application, device, when, line
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.most, self.inclusive, self.slow_s = 1000, False, 0.3
        super().__init__()

    def keep(self, topic: str, body: bytes) -> None:
        """Store a message as its MQTT server published it."""
        message = json.loads(body)
        at = datetime.fromisoformat(message["received_at"])
        _, application, _, device, _ = topic.split("/")
        line = json.dumps({"result": message}).encode()
        self.lines.append((application.partition("@")[0], device, at, line))

    def hear(self, request: Request) -> None:
        self.asked.append((request.url.path, dict(request.query_params)))

    def answer(self, request: Request, fault: str | None) -> Response:
        if request.headers.get("authorization") != f"Bearer {self.KEY}":
            return Response(status_code=401)
        found = self._lines(request.path_params, dict(request.query_params))
        lines = [line + b"\n" for line in found]
        faulty = self.pieces(fault, lines, self.slow_s)
        return faulty or Response(b"".join(lines), media_type=self.media)

    def _lines(self, whose: dict[str, str], wanted: dict[str, str]) -> list[bytes]:
        after, before = (datetime.fromisoformat(wanted[name]) for name in ("after", "before"))
        found = [
            (at, line)
            for application, device, at, line in self.lines
            if application == whose["application"]
            and device == whose.get("device", device)
            and (after < at or (self.inclusive and after == at))
            and at < before
        ]
        assert wanted["order"] == "received_at"
        found.sort()
        return [line for _, line in found[: min(int(wanted["limit"]), self.most)]]


class FeedServer(RecordedServer):
    """In the place of outside services: `pages` are its answers by path.

    `etags` and `dates` are what it says of them; a question that names the same is answered 304.
    "slow" never ends.
    """

    def __init__(self) -> None:
        self.pages: dict[str, bytes] = {}
        self.etags: dict[str, str] = {}
        self.dates: dict[str, str] = {}
        self.asked: list[tuple[str, dict[str, str], dict[str, str]]] = []
        super().__init__()

    @property
    def paths(self) -> list[str]:
        return [path for path, _, _ in self.asked]

    def hear(self, request: Request) -> None:
        self.asked.append((request.url.path, dict(request.query_params), dict(request.headers)))

    def answer(self, request: Request, fault: str | None) -> Response:
        body = self.pages.get(request.url.path)
        whole = body or b"{}"
        faulty = self.pieces(fault, [whole[:41]] * 200 if fault == "slow" else [whole], 0.1)
        if faulty is not None:
            return faulty
        return Response(status_code=404) if body is None else self._page(request, body)

    def _page(self, request: Request, body: bytes) -> Response:
        path = request.url.path
        told = {"ETag": self.etags.get(path, ""), "Last-Modified": self.dates.get(path, "")}
        told = {name: value for name, value in told.items() if value}
        asked = (request.headers.get(name) for name in ("if-none-match", "if-modified-since"))
        if told and tuple(asked) == (told.get("ETag"), told.get("Last-Modified")):
            return Response(status_code=304)
        return Response(body, headers=told, media_type=self.media)
