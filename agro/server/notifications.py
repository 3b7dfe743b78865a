"""`POST /ngsi-ld/v1/notify`: a city's context broker tells what has changed.

A notification is one transaction, answered when it is committed; while the database is away the
answer is 503, so that the broker tries again. What cannot be read is kept as a problem and
answered 200, as trying again would not help. The broker shows the secret `AGRO_NGSI_LD_SECRET` as
a bearer token (in its subscription: `receiverInfo`); without the setting nobody may notify.
"""

import logging
from hmac import compare_digest

from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from agro.city.receiving import NOTIFICATION, receive
from agro.config import Settings, now
from agro.errors import StoreError
from agro.server.source import Source
from agro.store import problems
from agro.store.city.taking import Received
from agro.store.ingest import Message, refused
from sensors.feeds.source import Licence

log = logging.getLogger(__name__)

PATH = "/ngsi-ld/v1/notify"
LARGEST = 8 * 1024 * 1024
"""Bytes of a notification: some thousands of entities."""

_RETRY_S = "60"


def notification_routes(source: Source, told: Settings) -> list[Route]:
    """The route by which a broker that knows the secret notifies this database."""
    secret = told.ngsi_ld_secret.get_secret_value()
    licence = Licence(told.city_licence, "", told.ngsi_ld_url)

    async def notify(request: Request) -> Response:
        refusal = _refusal(request, secret)
        if refusal is not None:
            return refusal
        body = await _body(request)
        if isinstance(body, Response):
            return body
        return await _store(source, body, licence)

    return [Route(PATH, notify, methods=["POST"])]


def _refusal(request: Request, secret: str) -> Response | None:
    if not secret:
        return PlainTextResponse("set AGRO_NGSI_LD_SECRET to take notifications\n", 403)
    shown = request.headers.get("authorization", "")
    kind, _, token = shown.partition(" ")
    known = compare_digest(token.strip().encode(), secret.encode())
    if kind.lower() != "bearer" or not known:
        told = {"WWW-Authenticate": "Bearer"}
        return PlainTextResponse("the bearer token is not AGRO_NGSI_LD_SECRET\n", 401, told)
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        return PlainTextResponse("send the body uncompressed\n", 415)
    return None


async def _body(request: Request) -> bytes | Response:
    """The body, no further than a notification may be long."""
    chunks, size = [], 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > LARGEST:
                return PlainTextResponse(f"at most {LARGEST} bytes; send it in parts\n", 413)
            chunks.append(chunk)
    except ClientDisconnect:
        return PlainTextResponse("the body ended too early\n", 400)
    return b"".join(chunks)


async def _store(source: Source, body: bytes, licence: Licence) -> Response:
    message = Message(NOTIFICATION, body, now())
    try:
        done = await run_in_threadpool(_take, source, message, licence)
    except (StoreError, SQLAlchemyError) as error:
        why = str(error).partition("\n")[0]
        log.warning("cannot write a notification yet: %s", why, extra={"error": why})
        told = {"Retry-After": _RETRY_S}
        return PlainTextResponse("the database is away; try again\n", 503, told)
    return JSONResponse(
        {"entities": done.entities, "rows": done.rows, "problems": done.problems},
    )


def _take(source: Source, message: Message, licence: Licence) -> Received:
    """Commit a notification.

    Raises
    ------
    StoreError, SQLAlchemyError  The database is away, or has no city yet.
    """
    try:
        with source.write() as c:
            return receive(c, message.body, message.arrived_at, licence=licence)
    except (DataError, IntegrityError) as error:
        why = str(error.orig).partition("\n")[0]
        with source.write() as c:
            told = problems.write(c, [refused(message, "refused_by_database", why)])
        return Received(0, 0, 0, told)
