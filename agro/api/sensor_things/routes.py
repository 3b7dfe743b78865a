"""The HTTP of the SensorThings API.

Reading is open to everybody. Writing needs `AGRO_API_KEY`, or a key of the store with the scope
`sensor_things:write`: as a bearer token, in `X-API-Key`, or as the password of HTTP Basic, which
clients of SensorThings know. Without any such key everything here is read only.
"""

import binascii
import json
import logging
from base64 import b64decode
from contextlib import AbstractContextManager
from typing import Any, Protocol
from urllib.parse import parse_qsl

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from agro.access.key_ring import KeyRing, Scope
from agro.api.sensor_things import batch, bounds, sql
from agro.api.sensor_things.changes import change
from agro.api.sensor_things.errors import ApiError, bad
from agro.api.sensor_things.service import Answer, get
from agro.errors import StoreError

PATH = "/api/v1.1"
LARGEST = 4_000_000
"""Bytes of a body."""
_AT_ONCE = 4  # requests in work; others wait
_MOST_FIELDS = 20
_CHANGES = ("POST", "PATCH", "PUT", "DELETE")
_SCOPE: Scope = "sensor_things:write"
_OPEN = {"Access-Control-Allow-Origin": "*"}  # what anyone may read, any page may
log = logging.getLogger(__name__)


class Database(Protocol):
    """Where the store is: a connection to read with, and a transaction to write in."""

    def connect(self) -> AbstractContextManager[Connection]:
        """A connection to read with."""

    def write(self) -> AbstractContextManager[Connection]:
        """A connection in one transaction."""


def sensor_things_routes(database: Database, keys: KeyRing) -> list[Route]:
    """The routes of the API over this database; who shows one of `keys` may write."""
    api = _Api(database, keys)
    methods = ["GET", "HEAD", "OPTIONS", *_CHANGES]
    return [
        Route(PATH, api.handle, methods=methods),
        Route(PATH + "/{path:path}", api.handle, methods=methods),
    ]


class _Api:
    """Answers requests in a few threads of its own."""

    def __init__(self, database: Database, keys: KeyRing) -> None:
        self._database = database
        self._keys = keys
        self._limiter: CapacityLimiter | None = None

    async def handle(self, request: Request) -> Response:
        """One request."""
        if request.method == "OPTIONS":
            allowed = {"Access-Control-Allow-Methods": "GET, HEAD, OPTIONS"}
            return Response(status_code=204, headers=_OPEN | allowed)
        if self._limiter is None:
            self._limiter = CapacityLimiter(_AT_ONCE)
        try:
            body = await _body(request) if request.method in _CHANGES else b""
            answer = await run_sync(self._answer, request, body, limiter=self._limiter)
        except ApiError as error:
            answer = refusal(error)
        except (StoreError, SQLAlchemyError) as error:
            told = str(error).partition("\n")[0]
            log.warning("a SensorThings request failed: %s", told, extra={"error": told})
            answer = refusal(ApiError(503, "the database is away or busy; try again"))
        return _response(request, answer)

    def _answer(self, request: Request, body: bytes) -> Answer:
        base = f"{str(request.base_url).rstrip('/')}{PATH}"
        path = str(request.path_params.get("path", "")).strip("/")
        if request.method not in _CHANGES:
            with self._database.connect() as c, bounds.limited(c):
                sql.prepare(c)
                return get(c, base, path, _pairs(request.url.query))
        self._allow(request)
        type_ = request.headers.get("content-type", "")
        with self._database.write() as c, bounds.limited(c):
            sql.prepare(c)
            if path == "$batch":
                return self._batch(c, base, body, type_)
            sent = None if request.method == "DELETE" else _json(body, type_)
            return change(c, base, (request.method, path), sent, type_)

    def _batch(self, c: Connection, base: str, body: bytes, type_: str) -> Answer:
        def do(part: batch.Part) -> Answer:
            path, query = batch.within(part.url, base)
            if part.method == "GET":
                return get(c, base, path, _pairs(query))
            if part.method not in _CHANGES or path == "$batch":
                raise bad(f"{part.method[:10]!r} {path[:40]!r} cannot be part of a batch")
            return change(c, base, (part.method, path), part.body, part.type)

        if type_.lower().startswith("multipart/mixed"):
            answers = batch.run(c, batch.from_multipart(type_, body), do)
            kind, text = batch.to_multipart(answers)
            return Answer(200, text=text.decode(), headers={"Content-Type": kind})
        parts = batch.from_json(_json(body, type_))
        return Answer(200, batch.to_json(batch.run(c, parts, do)))

    def _allow(self, request: Request) -> None:
        """Let write who shows a key that opens this, nobody else.

        Raises
        ------
        ApiError  There is no such key at all, or the request shows another one.
        """
        shown = _shown(request)
        if self._keys.opens(shown, _SCOPE):
            return
        if self._keys.is_empty(_SCOPE):
            told = "its operator can set AGRO_API_KEY or make a key with `agro key add`"
            raise ApiError(403, f"this service is read only; {told}")
        if not shown:
            raise ApiError(401, "writing needs a key: Authorization: Bearer …")
        raise ApiError(401, f"this key does not open {_SCOPE}")


def _shown(request: Request) -> str:
    """The key that a request shows; empty when it shows none."""
    given = request.headers.get("x-api-key", "")
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() == "basic":
        try:
            return b64decode(rest, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return given


def _pairs(query: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            query, keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS
        )
    except ValueError as error:
        raise bad(f"the query string cannot be read: {error}") from error


def _json(body: bytes, type_: str) -> Any:
    if "json" not in type_.lower():
        raise ApiError(415, "send Content-Type: application/json")
    try:
        value = json.loads(body, parse_constant=_no_number)
        json.dumps(value, ensure_ascii=False).encode()  # half a letter cannot be kept
        return value
    except (ValueError, RecursionError) as error:
        raise bad(f"the body is no JSON: {error}") from error


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number; leave the value out or send null")


async def _body(request: Request) -> bytes:
    chunks, size = [], 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > LARGEST:
                raise ApiError(413, f"at most {LARGEST} bytes in one request; send several")
            chunks.append(chunk)
    except ClientDisconnect as error:
        raise bad("the body ended too early") from error
    return b"".join(chunks)


def refusal(error: ApiError) -> Answer:
    """The answer that tells what was wrong."""
    headers = {"WWW-Authenticate": "Bearer"} if error.status == 401 else {}
    if error.status == 503:
        headers["Retry-After"] = "10"
    body = {"code": error.status, "type": "error", "message": error.told}
    return Answer(error.status, body, headers=headers)


def _response(request: Request, answer: Answer) -> Response:
    headers = dict(answer.headers)
    if request.method not in _CHANGES:
        headers |= _OPEN
    if answer.text is not None:
        kind = headers.pop("Content-Type", "text/plain")
        return Response(answer.text, answer.status, headers, media_type=kind)
    if answer.body is None:
        return Response(None, answer.status, headers)
    text = json.dumps(answer.body, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Response(text, answer.status, headers, media_type="application/json")
