"""OpenID Connect through Streamlit's sign-in, which ends in a session of ours.

Streamlit asks the provider and keeps what it vouched for in a cookie of thirty days. Here that
answer becomes a session like one of a password: the same cookie serves pages, pocket page and API,
an operator can end it, and roles are read from our own table each time. Who has no account, or
whose address the provider does not hold for verified, is told so and stays nobody; so is everybody
while the provider is away. Whoever comes back goes on to the page that they were going to
(`agro/access/onward.py`), in their language.
"""

import json
import logging
from http.cookies import CookieError, SimpleCookie
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlencode

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.auth_util import get_cookie_with_chunks
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value

from agro.access import sign_in
from agro.access.key_ring import Database
from agro.access.onward import ONWARD_COOKIE, onward
from agro.access.routes import SIGN_IN, keep_session
from agro.access.who import SESSION_COOKIE
from agro.config import Settings, now
from agro.errors import StoreError

log = logging.getLogger(__name__)

CALLBACK, _LOGIN = "/oauth2callback", "/auth/login"
_STREAMLIT = "_streamlit_user"  # its cookie, those of its parts, and `…_tokens`
_UNKNOWN, _UNFINISHED = "unknown", "unfinished"  # of the page of signing in


def secrets_of(told: Settings) -> dict[str, Any]:
    """What Streamlit's sign-in must know, which else stands in its `secrets.toml`."""
    if not told.has_provider:
        return {}
    return {
        "auth": {
            "redirect_uri": f"{told.origin}{CALLBACK}",
            "cookie_secret": told.oidc_cookie_secret.get_secret_value() or token_urlsafe(48),
            "client_id": told.oidc_client_id,
            "client_secret": told.oidc_client_secret.get_secret_value(),
            "server_metadata_url": told.oidc_metadata_url,
        }
    }


def vouched_email(claims: dict[str, Any]) -> str:
    """The address that a provider vouches for; empty where it says that it does not know."""
    verified = claims.get("email_verified", True)
    if verified is False or str(verified).lower() == "false" or not claims.get("is_logged_in"):
        return ""
    return str(claims.get("email") or "")


class OwnSessions:
    """Turns the provider's answer into a session of ours; passes on the rest."""

    def __init__(self, app: ASGIApp, *, database: Database, days: int) -> None:
        self._app, self._database, self._days = app, database, days

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        path = scope["path"] if scope["type"] == "http" else ""
        if path == CALLBACK:
            await self._app(scope, receive, self._answering(Request(scope), send))
        elif path == _LOGIN:
            await self._app(scope, receive, _leading_back(Request(scope), send))
        else:
            await self._app(scope, receive, send)

    def _answering(self, request: Request, send: Send) -> Send:
        """What sends the provider's answer on, with a session of ours or to where it says why."""

        async def answered(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = _given(Headers(scope=message).getlist("set-cookie"))
                _drop(message)
                if given:
                    await self._begin(request, given, message)
                else:
                    MutableHeaders(scope=message)["location"] = _back(request, _UNFINISHED)
            await send(message)

        return answered

    async def _begin(self, request: Request, given: dict[str, str], message: Message) -> None:
        """Add our cookie to the answer, or lead to where it says why there is none."""
        before = request.cookies.get(SESSION_COOKIE, "")
        headers = MutableHeaders(scope=message)
        try:
            token = await run_in_threadpool(self._session, vouched_email(_claims(given)), before)
        except (StoreError, SQLAlchemyError) as error:
            log.warning("cannot sign anybody in: %s", str(error).partition("\n")[0])
            headers["location"] = _back(request, _UNFINISHED)
            return
        if not token:
            headers["location"] = _back(request, _UNKNOWN)
            return
        answer = RedirectResponse(onward(request.cookies)[1])
        keep_session(answer, token, self._days)
        answer.delete_cookie(ONWARD_COOKIE, httponly=True, samesite="lax")
        headers["location"] = answer.headers["location"]
        for cookie in answer.headers.getlist("set-cookie"):
            headers.append("set-cookie", cookie)

    def _session(self, email: str, before: str) -> str:
        """The token of a new session; empty for whom we do not know.

        Raises
        ------
        StoreError, SQLAlchemyError  The store cannot be asked.
        """
        with self._database.write() as c:
            found = sign_in.known_by(c, email) if email else None
            if found is None:
                log.warning("somebody without an account here was vouched for")
                return ""
            return sign_in.begin(c, found, at=now(), days=self._days, before=before)


def _back(request: Request, fault: str) -> str:
    """The page of signing in, which says why, in the language and with the page that one had."""
    language, page = onward(request.cookies)
    told = {"fault": fault} | ({"lang": language} if language else {}) | {"next": page}
    return f"{SIGN_IN}?{urlencode(told)}"


def _leading_back(request: Request, send: Send) -> Send:
    """What leads back to our own page where the provider cannot be asked."""
    is_fault = False

    async def led(message: Message) -> None:
        nonlocal is_fault
        if message["type"] == "http.response.start" and message["status"] >= 400:
            is_fault = True
            back = _back(request, _UNFINISHED).encode()
            headers = [(b"location", back), (b"content-length", b"0")]
            message = {**message, "status": 303, "headers": headers}
        elif is_fault:
            message = {**message, "body": b""}
        await send(message)

    return led


def _given(headers: list[str]) -> dict[str, str]:
    """What Streamlit's cookies of an answer hold, those that are deleted left out."""
    found: dict[str, str] = {}
    for header in headers:
        cookie: SimpleCookie = SimpleCookie()
        try:
            cookie.load(header)
        except CookieError:
            continue
        found |= {
            name: one.value
            for name, one in cookie.items()
            if name.startswith(_STREAMLIT) and one.value and one["max-age"] != "0"
        }
    return found


def _drop(message: Message) -> None:
    """Take Streamlit's own cookies out of an answer: ours stands for them."""
    own = _STREAMLIT.encode()
    message["headers"] = [
        (name, value)
        for name, value in message["headers"]
        if name.lower() != b"set-cookie" or not value.startswith(own)
    ]


def _claims(given: dict[str, str]) -> dict[str, Any]:
    """What the provider vouched for, if the cookie is signed by this server."""

    def signed(name: str) -> bytes | None:
        value = given.get(name)
        if value is None:
            return None
        return decode_signed_value(get_cookie_secret(), name, value.encode("latin-1"))

    held = get_cookie_with_chunks(signed, _STREAMLIT)
    told = json.loads(held) if held else {}
    return told if isinstance(told, dict) else {}
