"""What every answer says to browsers: load nothing from elsewhere, guess no types, be framed by us.

A route that says something stricter itself keeps it. Streamlit's pages need inline scripts and
styles, and Plotly builds functions of text, so the policy allows these; what it does forbid is any
other origin: scripts, pictures, fonts, connections, forms and frames are ours alone.

A page of another origin opens no socket to ours either: Streamlit would first ask a service outside
for this machine's public address, and then let in every page of any port of this machine.

References
----------
[1] W3C, 2024, Content Security Policy Level 3.
[2] WHATWG, Fetch Standard, 3.3, CORS protocol.
"""

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' data: blob:",
        "worker-src 'self' blob:",
        "frame-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
}
_HTTPS_ONLY = "max-age=31536000"
_READS = ("GET", "HEAD", "OPTIONS")
_SHARED = "Access-Control-Allow-Origin"
_FOREIGN = 1008  # RFC 6455, 7.4.1: what breaks our policy; before the handshake it is a 403


class Guards:
    """Adds the headers to every answer, and shares no answer to a write with other origins.

    Parameters
    ----------
    origin : Under which people reach us, beside what each asks for.
    """

    def __init__(self, app: ASGIApp, *, origin: str = "") -> None:
        self._app, self._origin = app, origin
        is_https = origin.startswith("https:")
        https = {"Strict-Transport-Security": _HTTPS_ONLY} if is_https else {}
        self._headers = HEADERS | https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] == "websocket":
            await self._open(scope, receive, send)
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                if scope["method"] not in _READS and _SHARED in headers:
                    del headers[_SHARED]
            await send(message)

        await self._app(scope, receive, guarded)

    async def _open(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Open a socket to a page of ours; which it is has been asked here, and is so no more."""
        if not _is_ours(Headers(scope=scope), self._origin):
            await send({"type": "websocket.close", "code": _FOREIGN})
            return
        told = [(name, value) for name, value in scope["headers"] if name != b"origin"]
        await self._app({**scope, "headers": told}, receive, send)


def _is_ours(headers: Headers, origin: str) -> bool:
    """Whether a socket is opened by a page of ours; what is no browser tells no origin."""
    told = headers.get("origin")
    if told is None:
        return True
    return urlsplit(told).netloc in {headers.get("host", ""), urlsplit(origin).netloc} - {""}
