"""Subscriptions over HTTP: made, read, changed and taken back by who knows the key.

References
----------
[1] ETSI (2024), NGSI-LD API. GS CIM 009 V1.8.1, 6.10 and 6.11.
"""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from agro.access.key_ring import KeyRing
from agro.config import now
from agro.errors import StoreError
from agro.publish.answers import Database, RefusedError, problem, to_json, told
from agro.publish.finding import wanted
from agro.publish.ngsi_routes import ROOT
from agro.publish.subscribing import as_told, read
from agro.store import subscriptions
from agro.store.subscriptions import Subscription

Act = Callable[[Request, bytes], Response]

LARGEST: Final = 64 * 1024
"""Bytes of a subscription."""
MOST: Final = 500
"""Subscriptions there may be."""


def subscription_routes(database: Database, keys: KeyRing) -> list[Route]:
    """The routes of subscriptions, for who shows one of `keys`."""

    def add(_request: Request, body: bytes) -> Response:
        document = document_of(body)
        asked = read(document)
        name = asked.id or f"urn:ngsi-ld:Subscription:{uuid4()}"
        new = _described(Subscription(name, document, now()), document)
        with database.write() as c:
            if subscriptions.count(c) >= MOST:
                why = f"there are {MOST} subscriptions; take one back first"
                raise RefusedError(429, "TooManyResults", why)
            if not subscriptions.add(c, new):
                raise RefusedError(409, "AlreadyExists", f"there is a subscription {name}")
        return Response(status_code=201, headers={"Location": f"{ROOT}/subscriptions/{name}"})

    def every(request: Request, _body: bytes) -> Response:
        asked = wanted(request.query_params)
        with database.connect() as c:
            kept = subscriptions.listed(c, asked.limit, asked.offset)
            count = subscriptions.count(c)
        body = [as_told(one, now()) for one in kept]
        return _answer(body, {"NGSILD-Results-Count": str(count)} if asked.count else {})

    def one(request: Request, _body: bytes) -> Response:
        with database.connect() as c:
            found = _found(subscriptions.find(c, _name(request)), request)
        return _answer(as_told(found, now()))

    def change(request: Request, body: bytes) -> Response:
        changes = document_of(body)
        with database.write() as c:
            old = _found(subscriptions.find(c, _name(request)), request)
            document = {**old.document, **changes, "id": old.name}
            read(document)
            # What is asked for is new, so everything that meets it is news.
            new = replace(old, document=document, told={}, next_try=None, failures=0, reason="")
            subscriptions.change(c, _described(new, document))
        return Response(status_code=204)

    def remove(request: Request, _body: bytes) -> Response:
        with database.write() as c:
            if not subscriptions.remove(c, _name(request)):
                _found(None, request)
        return Response(status_code=204)

    many, single = f"{ROOT}/subscriptions", f"{ROOT}/subscriptions/{{id:path}}"
    return [
        _route(many, add, "POST", keys),
        _route(many, every, "GET", keys),
        _route(single, one, "GET", keys),
        _route(single, change, "PATCH", keys),
        _route(single, remove, "DELETE", keys),
    ]


def _described(one: Subscription, document: Mapping[str, Any]) -> Subscription:
    expires = document.get("expiresAt")
    when = None if expires is None else datetime.fromisoformat(str(expires)).astimezone(UTC)
    return replace(one, is_active=bool(document.get("isActive", True)), expires_at=when)


def document_of(body: bytes) -> dict[str, Any]:
    """The JSON object of a body, without its context.

    Raises
    ------
    RefusedError  It is no JSON.
    ValueError  It is no object.
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RefusedError(400, "InvalidRequest", f"the body is no JSON: {error}") from error
    if not isinstance(document, dict):
        raise ValueError("the body is no JSON object")
    document.pop("@context", None)
    return document


def _name(request: Request) -> str:
    return str(request.path_params["id"])


def _found(one: Subscription | None, request: Request) -> Subscription:
    if one is None:
        name = _name(request)[:200]
        raise RefusedError(404, "ResourceNotFound", f"there is no subscription {name!r}")
    return one


def _answer(body: Any, headers: Mapping[str, str] | None = None) -> Response:
    kept = {"Cache-Control": "no-store", **(headers or {})}
    return Response(to_json(body), media_type="application/json", headers=kept)


def _route(path: str, act: Act, method: str, keys: KeyRing) -> Route:
    """A route that only who knows a key may take, with a bounded body."""

    async def endpoint(request: Request) -> Response:
        refusal = await run_in_threadpool(refused, request, keys)
        if refusal is not None:
            return refusal
        body = await body_of(request)
        if body is None:
            return problem(413, "InvalidRequest", f"a subscription has at most {LARGEST} bytes")
        return await run_in_threadpool(told(lambda _request: act(request, body)), request)

    return Route(path, endpoint, methods=[method])


async def body_of(request: Request) -> bytes | None:
    """The body; None where it is too long."""
    chunks, size = [], 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > LARGEST:
                return None
            chunks.append(chunk)
    except ClientDisconnect:
        return b""
    return b"".join(chunks)


def refused(request: Request, keys: KeyRing) -> Response | None:
    """Why a request may not write; None where it shows a key that opens subscriptions."""
    try:
        if any(keys.opens(one, "subscriptions") for one in _shown(request)):
            return None
        if keys.is_empty("subscriptions"):
            why = "set AGRO_API_KEY, or make a key with `agro key add`, to take subscriptions"
            return problem(403, "AccessDenied", why)
    except (StoreError, SQLAlchemyError):
        why = "the database is away; try again in a minute"
        return problem(503, "InternalError", why, {"Retry-After": "60"})
    why = "show a key for subscriptions as a bearer token or in X-API-Key"
    return problem(401, "AccessDenied", why, {"WWW-Authenticate": "Bearer"})


def _shown(request: Request) -> list[str]:
    """The keys that a request shows: as X-API-Key, a bearer token, or the password of Basic."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    shown = [
        request.headers.get("x-api-key", ""),
        token.strip() if kind.lower() == "bearer" else "",
    ]
    if kind.lower() == "basic":
        try:
            shown.append(base64.b64decode(token, validate=True).decode().partition(":")[2])
        except (binascii.Error, UnicodeDecodeError):
            return shown
    return shown
