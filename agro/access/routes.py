"""`/signin` and `/signout`: pages without scripts, for local accounts.

Whoever is unknown, has no password or gave a wrong one reads the same sentence after the same time.
The session's token stands in a cookie that no script reads and no other site's form carries; the
store has its hash. The same cookie serves the pages, the pocket page and the API.
"""

import logging
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from jinja2 import Environment, PackageLoader
from markupsafe import Markup
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from agro import packs
from agro.access import sign_in
from agro.access.forms import (
    form_token,
    is_secure,
    keep_token,
    own_page,
    read_form,
    same_origin,
    token_matches,
)
from agro.access.key_ring import Database
from agro.access.onward import keep_onward
from agro.access.secrets import token_hash
from agro.access.throttle import Throttle
from agro.access.who import SESSION_COOKIE
from agro.config import Settings, now, settings
from agro.errors import StoreError
from agro.store.access import sessions, users
from agro.store.access.users import plain
from agro.words import LANGUAGES, Words, say

log = logging.getLogger(__name__)

SIGN_IN, SIGN_OUT = "/signin", "/signout"
ASKED = "signin"  # the parameter by which the first page is asked to begin at the provider
_DAY_S = 86_400
_AT_ONCE = 2  # passwords in work, each of 64 MiB; others wait
# What may stand in the address.
_FAULTS = {"unknown": "signin.unknown", "unfinished": "signin.unfinished"}
_STYLE = (Path(__file__).parent / "templates" / "page.css").read_text(encoding="utf-8")
_STYLE_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
}
_PAGES = Environment(loader=PackageLoader("agro.access"), autoescape=True, trim_blocks=True)


def access_routes(database: Database, told: Settings) -> list[Route]:
    """The routes by which people sign in and out."""
    door = _Door(database, told)
    return [
        Route(SIGN_IN, door.ask, methods=["GET"]),
        Route(SIGN_IN, door.enter, methods=["POST"]),
        Route(SIGN_OUT, door.ask_out, methods=["GET"]),
        Route(SIGN_OUT, door.leave, methods=["POST"]),
    ]


class _Door:
    """Lets people in and out."""

    def __init__(self, database: Database, told: Settings) -> None:
        self._database, self._told = database, told
        self._throttle = Throttle()
        self._limiter: CapacityLimiter | None = None

    async def ask(self, request: Request) -> Response:
        """The form."""
        fault = _FAULTS.get(request.query_params.get("fault", ""), "")
        words = _words(request)
        told = words.t(fault) if fault else ""
        return await self._form(request, told, next=own_page(request.query_params.get("next", "")))

    async def enter(self, request: Request) -> Response:
        """Look at what the form says, and begin a session."""
        words = _words(request)
        given = await _given(request)
        if given is None:
            return await self._form(request, words.t("signin.stale"), status=400)
        email, page = plain(given.get("email", ""))[:254], own_page(given.get("next", ""))
        address = request.client.host if request.client else ""
        if wait_s := self._throttle.wait_s(address, email):
            log.warning("too many tries to sign in from %s", address)
            why = words.t("signin.later", n=-(-wait_s // 60))
            answer = await self._form(request, why, status=429, next=page)
            answer.headers["Retry-After"] = str(wait_s)
            return answer
        try:
            before = request.cookies.get(SESSION_COOKIE, "")
            token = await self._session(email, given.get("password", ""), before)
        except (StoreError, SQLAlchemyError) as error:
            log.warning("cannot sign anybody in: %s", str(error).partition("\n")[0])
            return await self._form(request, words.t("error.body"), status=503, next=page)
        if not token:
            log.warning("a try to sign in from %s was refused", address)
            wrong = words.t("signin.wrong")
            return await self._form(request, wrong, status=401, next=page, email=email)
        self._throttle.succeeded(address, email)
        answer = RedirectResponse(page, status_code=303)
        keep_session(answer, token, self._told.session_days)
        return answer

    async def _session(self, email: str, password: str, before: str) -> str:
        """The token of a new session; empty where the password is not the account's."""
        if self._limiter is None:
            self._limiter = CapacityLimiter(_AT_ONCE)

        def begun() -> str:
            with self._database.connect() as c:
                found = users.user(c, email)
            if not sign_in.password_holds(found, password) or found is None:
                return ""
            days = self._told.session_days
            with self._database.write() as c:
                return sign_in.begin(c, found, at=now(), days=days, before=before)

        return await run_sync(begun, limiter=self._limiter)

    async def ask_out(self, request: Request) -> Response:
        """The button that signs out."""
        return await self._out(request)

    async def leave(self, request: Request) -> Response:
        """End the session."""
        given = await _given(request)
        if given is None:
            return await self._out(request, _words(request).t("signin.stale"), status=400)

        def ended() -> None:
            with self._database.write() as c:
                token = request.cookies.get(SESSION_COOKIE, "")
                sign_in.end(c, token, at=now(), everywhere="every" in given)

        try:
            await run_in_threadpool(ended)
        except (StoreError, SQLAlchemyError) as error:
            log.warning("cannot sign anybody out: %s", str(error).partition("\n")[0])
            return await self._out(request, _words(request).t("error.body"), status=503)
        query = urlencode({"lang": _words(request).language})
        answer = RedirectResponse(f"{SIGN_IN}?{query}", status_code=303)
        forget_session(answer)
        return answer

    async def _form(
        self, request: Request, fault: str = "", *, status: int = 200, **told: str
    ) -> Response:
        """The page that asks who somebody is."""
        provider = f"{self._told.origin}/?{ASKED}=provider" if self._told.has_provider else ""
        more = {"provider": provider, "provider_name": self._told.oidc_name}
        given = {"next": "/"} | more | told
        answer = await self._page(request, "signin", fault, status, **given)
        if provider:
            keep_onward(answer, _words(request).language, given["next"])
        return answer

    async def _out(self, request: Request, fault: str = "", *, status: int = 200) -> Response:
        return await self._page(request, "signout", fault, status, next="/")

    async def _page(
        self, request: Request, name: str, fault: str, status: int, **told: str
    ) -> Response:
        words, token = _words(request), form_token(request)
        title = words.t("signin.out" if name == "signout" else "signin.title")
        held = await run_in_threadpool(self._signed_in, request)
        text = _PAGES.get_template(f"{name}.html").render(
            {
                **_frame(words, title),
                "token": token,
                "fault": fault,
                "email_of": held,
                "email": "",
                **told,
            }
        )
        answer = HTMLResponse(text, status, _HEADERS)
        keep_token(answer, token)
        return answer

    def _signed_in(self, request: Request) -> str:
        """Whose session a request shows; empty where it shows none, or nobody can tell."""
        token = request.cookies.get(SESSION_COOKIE, "")
        if not token:
            return ""
        try:
            with self._database.connect() as c:
                found = sessions.user_of(c, token_hash(token), at=now())
        except (StoreError, SQLAlchemyError):
            return ""
        return found.name or found.email if found is not None else ""


def keep_session(response: Response, token: str, days: int) -> None:
    """Give the browser its session's token: no script reads it, no other site's form carries it."""
    response.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=days * _DAY_S,
        httponly=True,
        samesite="lax",
        secure=is_secure(),
    )


def forget_session(response: Response) -> None:
    """Take the token from the browser."""
    response.delete_cookie(SESSION_COOKIE, httponly=True, samesite="lax", secure=is_secure())


async def _given(request: Request) -> dict[str, str] | None:
    """The fields of a form of ours; None where it is another's, too old or unreadable."""
    if not same_origin(request):
        return None
    try:
        given = await read_form(request)
    except ValueError:
        return None
    return given if token_matches(request, given.get("token", "")) else None


def _words(request: Request) -> Words:
    """In the language that is asked for, else the browser's, else the first we have."""
    accepted = request.headers.get("accept-language", "")
    wanted = (part.partition(";")[0].strip()[:2].lower() for part in accepted.split(","))
    for language in (request.query_params.get("lang", ""), *wanted):
        if language in LANGUAGES:
            return say(language)
    return say(LANGUAGES[0])


def _frame(words: Words, title: str) -> dict[str, Any]:
    return {
        "t": words.t,
        "title": title,
        "language": words.language,
        "languages": packs.languages(settings().city, LANGUAGES),
        "style": Markup(_STYLE),  # noqa: S704 - our own file
    }
