"""Messages that come by HTTP: weather gateways' forms, and network servers that push.

Each is one message to the store like those of the broker, in one transaction, and is answered
only when it is committed. While the database is away the answer is 503, so that the sender tries
again; what cannot be read is kept as a problem and answered 200, as trying again would not help.

- `POST /data/report/`: Ecowitt's own protocol
- `GET /weatherstation/updateweatherstation.php`: Wunderground's
- `POST /push/uplink`: the JSON of a LoRaWAN network server that names its device itself
"""

import logging
import re
from urllib.parse import parse_qsl, urlencode

from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from agro.config import now
from agro.errors import StoreError
from agro.server.source import Source
from agro.store import problems
from agro.store.ingest import Message, ingest, refused
from sensors.envelopes import LARGEST

log = logging.getLogger(__name__)

_KEY = re.compile(r"[\w.:-]{1,64}")
_SECRETS = frozenset({"password"})  # of Wunderground's protocol: never stored
_MOST_FIELDS = 400
_RETRY_S = "60"


class _RefusedError(Exception):
    """A request that is answered without being read."""

    def __init__(self, status: int, told: str) -> None:
        super().__init__(told)
        self.status = status


def routes(source: Source) -> list[Route]:
    """The routes that take messages into this database."""

    async def ecowitt(request: Request) -> Response:
        return await _answer(source, request, "ecowitt")

    async def wunderground(request: Request) -> Response:
        body = request.url.query.encode("ascii", "replace")
        if len(body) > LARGEST:
            return PlainTextResponse("too large\n", 413)
        return await _store(source, "wunderground", body, "success\n")

    async def uplink(request: Request) -> Response:
        return await _answer(source, request, "push/uplink")

    page = "/weatherstation/updateweatherstation.php"
    return [
        Route("/data/report/", ecowitt, methods=["POST"]),
        Route("/data/report", ecowitt, methods=["POST"]),
        Route(page, wunderground, methods=["GET"]),
        Route("/push/uplink", uplink, methods=["POST"]),
    ]


async def _answer(source: Source, request: Request, topic: str) -> Response:
    try:
        body = await _body(request)
    except _RefusedError as refusal:
        return PlainTextResponse(f"{refusal}\n", refusal.status)
    return await _store(source, topic, body, "OK\n")


async def _body(request: Request) -> bytes:
    """The body, no further than a message may be long."""
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise _RefusedError(415, "send the body uncompressed")
    chunks, size = [], 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > LARGEST:
                raise _RefusedError(413, f"at most {LARGEST} bytes")
            chunks.append(chunk)
    except ClientDisconnect as error:
        raise _RefusedError(400, "the body ended too early") from error
    return b"".join(chunks)


async def _store(source: Source, topic: str, body: bytes, thanks: str) -> Response:
    if topic in ("ecowitt", "wunderground"):
        topic, body = _form(topic, body)
    message = Message(topic, body, now())
    try:
        await run_in_threadpool(_commit, source, message)
    except (StoreError, SQLAlchemyError) as error:
        log.warning("cannot write a pushed message yet: %s", str(error).partition("\n")[0])
        told = "the database is away; try again\n"
        return PlainTextResponse(told, 503, headers={"Retry-After": _RETRY_S})
    return PlainTextResponse(thanks)


def _commit(source: Source, message: Message) -> None:
    try:
        with source.write() as c:
            ingest(c, [message])
    except (DataError, IntegrityError) as error:
        problem = refused(message, "refused_by_database", str(error.orig).partition("\n")[0])
        with source.write() as c:
            problems.write(c, [problem])


def _form(protocol: str, body: bytes) -> tuple[str, bytes]:
    """The topic that names the station, and the form without what nobody may keep."""
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return protocol, body  # no form: it becomes a problem
    named = {name.lower(): value.strip() for name, value in pairs}
    key = named.get("passkey") or named.get("id", "")
    if _SECRETS.intersection(named):
        kept = [(name, value) for name, value in pairs if name.lower() not in _SECRETS]
        body = urlencode(kept).encode("ascii")
    return (f"{protocol}/{key}" if _KEY.fullmatch(key) else protocol), body
