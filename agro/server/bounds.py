"""How much one request may send, and how many requests a minute one address may make.

Routes have narrower limits of their own; these hold for all of them, also for those of libraries.
Requests are counted for what a program asks (reads of the API, open data, calendars, the pocket
page) and for every write. What devices and brokers push is judged by its device; the address from
which it comes may be a whole network's, and may send ten times as much. This machine is not
counted: behind a proxy the address is what it tells in X-Forwarded-For.
"""

import time
from ipaddress import ip_address

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agro.access.throttle import home_of

LARGEST = 8 * 1024 * 1024
"""Bytes of a body, as of the longest notification."""
UPLOADS = "/_stcore/upload_file/"
_FRAME = 64 * 1024  # bytes that a form adds to the file in it
_MB = 1024 * 1024
_COUNTED = (
    *("/api/", "/ngsi-ld/", "/open311/", "/catalog.", "/plots.geojson", "/data/"),
    *("/calendar/", "/m/", "/signin", "/metrics", "/healthz", "/auth/", "/oauth2callback"),
)
_PUSHED = ("/data/report", "/ngsi-ld/v1/notify", "/push/", "/weatherstation/")
_PUSHES = 10  # of these for one of the others
_READS = ("GET", "HEAD", "OPTIONS")


class Bounds:
    """Refuses what is too large (413) or too often (429).

    Parameters
    ----------
    a_minute : Requests of one address.
    upload_mb : Of a file that a page takes.
    """

    def __init__(self, app: ASGIApp, *, a_minute: int = 600, upload_mb: int = 20) -> None:
        self._app = app
        self._upload = upload_mb * _MB + _FRAME
        self._asked = RateLimitItemPerMinute(a_minute, 1, "requests of one address")
        self._pushed = RateLimitItemPerMinute(a_minute * _PUSHES, 1, "messages of one address")
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        largest = self._upload if scope["path"].startswith(UPLOADS) else LARGEST
        refusal = self._too_often(scope) or _announced(scope, largest)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        await self._app(scope, _counting(receive, largest), send)

    def _too_often(self, scope: Scope) -> Response | None:
        address = (scope.get("client") or ("", 0))[0]
        limit = self._limit_of(scope["method"], scope["path"])
        if limit is None or _is_here(address):
            return None
        home = home_of(address)
        if self._limiter.hit(limit, home):
            return None
        left = self._limiter.get_window_stats(limit, home).reset_time - time.time()
        told = f"more than {limit.amount} requests a minute; try again later\n"
        return PlainTextResponse(told, 429, {"Retry-After": str(max(1, round(left)))})

    def _limit_of(self, method: str, path: str) -> RateLimitItem | None:
        """What a request counts for; None where it counts for nothing."""
        if path.startswith(_PUSHED):
            return self._pushed
        return self._asked if path.startswith(_COUNTED) or method not in _READS else None


def _is_here(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def _announced(scope: Scope, largest: int) -> Response | None:
    """The refusal of a body that says that it is too long."""
    told = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    if told.isdigit() and int(told) <= largest:
        return None
    return PlainTextResponse(f"at most {largest} bytes\n", 413)


def _counting(receive: Receive, largest: int) -> Receive:
    """What gives the body on as long as it is not too long."""
    size = 0

    async def counted() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > largest:
            raise HTTPException(413, f"at most {largest} bytes")
        return message

    return counted
