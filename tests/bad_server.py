"""A real server that answers well until it is told to misbehave, in one way or another."""

import socket
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Literal, Self
from urllib.parse import urlsplit

Way = Literal["well", "hang", "drip", "500", "garbage", "50 MB", "elsewhere"]
WAYS: tuple[Way, ...] = ("hang", "drip", "500", "garbage", "50 MB", "elsewhere")
_MB = 1 << 20


class BadServer:
    """`pages` are its good answers by path; `way` is how it behaves from now on; a context.

    `asked` are the paths asked for, `posted` the bodies sent, which are answered `receipt`.
    "elsewhere" sends on to `other`, another server of its own, which counts who follows.
    """

    def __init__(self, pages: dict[str, bytes]) -> None:
        self.pages, self.way, self.asked = pages, "well", list[str]()
        self.posted: list[bytes] = []
        self.receipt = b""
        self.followed: list[str] = []
        self._stop = Event()
        self._main = _listening(self._answer)
        self._other = _listening(self._follow)
        self.url = f"http://127.0.0.1:{self._main.server_port}"
        self.other = f"http://localhost:{self._other.server_port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for server in (self._main, self._other):
            server.shutdown()
            server.server_close()

    def _follow(self, request: BaseHTTPRequestHandler) -> None:
        self.followed.append(request.path)
        _send(request, 200, self.pages.get(urlsplit(request.path).path, b""))

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        path = urlsplit(request.path).path
        self.asked.append(path)
        if size := int(request.headers.get("Content-Length") or 0):
            self.posted.append(request.rfile.read(size))
        match self.way:
            case "hang":
                self._stop.wait(30)
            case "drip":
                self._drip(request)
            case "500":
                _send(request, 500, b"broken")
            case "garbage":
                _send(request, 200, b"\xff<html>\x00 not what was asked for")
            case "50 MB":
                self._flood(request)
            case "elsewhere":
                _send(request, 302, b"", Location=f"{self.other}{path}")
            case _ if size:
                _send(request, 200 if self.receipt else 400, self.receipt)
            case _:
                body = self.pages.get(path)
                _send(request, 404 if body is None else 200, body or b"")

    def _drip(self, request: BaseHTTPRequestHandler) -> None:
        """Headers without an end, a byte now and then: no read waits for long."""
        request.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not self._stop.wait(0.02):
            request.wfile.write(b"a")

    @staticmethod
    def _flood(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", str(50 * _MB))
        request.end_headers()
        for _ in range(50):
            request.wfile.write(b" " * _MB)


def _send(request: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
    request.send_response(HTTPStatus(status))
    for name, value in headers.items():
        request.send_header(name, value)
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)


def _listening(answer) -> ThreadingHTTPServer:  # type: ignore[no-untyped-def]
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0"

        def do_GET(self) -> None:
            with suppress(OSError):  # who asked has gone
                answer(self)

        do_POST = do_GET  # noqa: N815 - the library's name

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = _Quiet(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    return server


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    address_family = socket.AF_INET

    def handle_error(self, *_: object) -> None:
        """Who hangs up in the middle is what is tested."""
