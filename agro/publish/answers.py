"""How open data answers over HTTP: cached, conditional, readable from any page, faults told.

References
----------
[1] Fielding, Nottingham, Reschke (2022), HTTP Semantics. RFC 9110, 8.8.3 (ETag), 13.1.2.
[2] Nottingham, Wilde, Dalal (2023), Problem Details for HTTP APIs. RFC 9457.
[3] ETSI (2024), NGSI-LD API. GS CIM 009 V1.8.1, 5.5.2 (error types).
"""

import json
import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from functools import wraps
from hashlib import sha256
from typing import Any, Final, Protocol

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from agro.config import settings
from agro.errors import StoreError

log = logging.getLogger(__name__)

LD_JSON: Final = "application/ld+json"
GEO_JSON: Final = "application/geo+json"
READS: Final = ("GET", "HEAD", "OPTIONS")
_ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"
_RETRY_S = "60"

Endpoint = Callable[[Request], Response]


class Database(Protocol):
    """A way to the store that may be away for a while."""

    def connect(self) -> AbstractContextManager[Connection]:
        """A connection to read with."""

    def write(self) -> AbstractContextManager[Connection]:
        """A connection in one transaction."""


class RefusedError(Exception):
    """A request that is not answered as asked: its status, and what to do about it."""

    def __init__(self, status: int, title: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.title, self.detail = status, title, detail


def problem(
    status: int, title: str, detail: str, headers: Mapping[str, str] | None = None
) -> Response:
    """A fault as Problem Details [2], with one of the standard's types where it has one [3]."""
    body = {"type": _ERRORS + title, "title": title, "status": status, "detail": detail}
    text = json.dumps(body, ensure_ascii=False)
    told = {"Cache-Control": "no-store", **(headers or {})}
    return Response(text, status, media_type="application/json", headers=told)


def told(endpoint: Endpoint) -> Endpoint:
    """The endpoint, whose faults are answered and never shown as a trace."""

    @wraps(endpoint)
    def answer(request: Request) -> Response:
        try:
            return endpoint(request)
        except ValueError as error:
            return problem(400, "BadRequestData", str(error))
        except RefusedError as refused:
            return problem(refused.status, refused.title, refused.detail)
        except (StoreError, SQLAlchemyError) as error:
            log.warning("open data cannot read the store: %s", str(error).partition("\n")[0])
            told_why = "the database is away; try again in a minute"
            return problem(503, "InternalError", told_why, {"Retry-After": _RETRY_S})

    return answer


def public(path: str, endpoint: Endpoint, *, methods: Iterable[str] = READS) -> Route:
    """A route that any page of the web may read."""
    sharing = Middleware(
        CORSMiddleware,
        allow_origins=["*"],
        allow_methods=list(methods),
        allow_headers=["*"],
        expose_headers=["ETag", "Link", "NGSILD-Results-Count", "Location"],
    )
    return Route(path, told(endpoint), methods=[*methods, "OPTIONS"], middleware=[sharing])


def tag_of(*parts: object) -> str:
    """A weak ETag: the same parts give the same text."""
    return f'W/"{sha256(repr(parts).encode()).hexdigest()[:32]}"'


def unchanged(request: Request, tag: str) -> bool:
    """Whether the client holds what is tagged so."""
    held = request.headers.get("if-none-match", "")
    return held.strip() == "*" or tag in (one.strip() for one in held.split(","))


def caching(tag: str, seconds: int) -> dict[str, str]:
    """Headers that let anybody keep an answer for a while."""
    return {"ETag": tag, "Cache-Control": f"public, max-age={seconds}", "Vary": "Accept"}


def cached_body(
    request: Request,
    body: bytes,
    media_type: str,
    seconds: int,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A whole body with its ETag; empty with 304 where the client holds it already."""
    tag = tag_of(body, media_type)
    kept = caching(tag, seconds) | dict(headers or {})
    if unchanged(request, tag):
        return Response(status_code=304, headers=kept)
    return Response(body, media_type=media_type, headers=kept)


def to_json(value: Any) -> bytes:
    """JSON text; a number that is none is a fault of ours, never `NaN`."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def base_url(request: Request) -> str:
    """The address under which the public reaches us, without a slash at its end."""
    return settings().public_url.rstrip("/") or str(request.base_url).rstrip("/")
