"""Messages that come by HTTP: weather gateways' forms, and network servers that push.

Each is one message to the store like those of the broker, in one transaction, and is answered
only when it is committed. While the database is away the answer is 503, so that the sender tries
again; what cannot be read is kept as a problem and answered 200, as trying again would not help.
What a device sends beyond `AGRO_DEVICE_RATE` is counted as a problem, as the collector does, and
answered 429.

- `POST /data/report/`: Ecowitt's own protocol
- `GET /weatherstation/updateweatherstation.php`: Wunderground's
- `POST /push/uplink`: the JSON of a LoRaWAN network server that names its device itself
"""

import logging
import re
from threading import Lock
from urllib.parse import parse_qsl, urlencode

from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from agro.config import now
from agro.errors import StoreError
from agro.limits import HOUR_S, RateLimit
from agro.server.source import Source
from agro.store import problems
from agro.store.ingest import Message, read_envelopes, refused, store
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


class _Intake:
    """Commits messages, so many of a device; requests run side by side."""

    def __init__(self, source: Source, rate: float) -> None:
        self._source = source
        self._limit, self._counting = RateLimit(rate), Lock()

    def take(self, message: Message) -> bool:
        """Commit a message; False when its device sends too many, which is counted each time.

        Raises
        ------
        StoreError, SQLAlchemyError  The database is away; the message counts for nothing yet.
        """
        try:
            with self._source.write() as c:
                # Judged once the database is there: it is sent again until then.
                batch = read_envelopes([message], self._takes)
                store(c, batch)
                problems.count_up(c, [problem for _, problem in batch.excess])
                return not batch.excess
        except (DataError, IntegrityError) as error:
            why = str(error.orig).partition("\n")[0]
            with self._source.write() as c:
                problems.write(c, [refused(message, "refused_by_database", why)])
            return True

    def _takes(self, device: str, time: float) -> bool:
        with self._counting:
            return self._limit.takes(device, time)


def routes(source: Source, *, rate: float = 120.0) -> list[Route]:
    """The routes that take messages into this database, so many a minute of one device."""
    intake = _Intake(source, rate)

    async def ecowitt(request: Request) -> Response:
        return await _answer(intake, request, "ecowitt")

    async def wunderground(request: Request) -> Response:
        body = request.url.query.encode("ascii", "replace")
        if len(body) > LARGEST:
            return PlainTextResponse("too large\n", 413)
        return await _store(intake, "wunderground", body, "success\n")

    async def uplink(request: Request) -> Response:
        return await _answer(intake, request, "push/uplink")

    page = "/weatherstation/updateweatherstation.php"
    return [
        Route("/data/report/", ecowitt, methods=["POST"]),
        Route("/data/report", ecowitt, methods=["POST"]),
        Route(page, wunderground, methods=["GET"]),
        Route("/push/uplink", uplink, methods=["POST"]),
    ]


async def _answer(intake: _Intake, request: Request, topic: str) -> Response:
    try:
        body = await _body(request)
    except _RefusedError as refusal:
        return PlainTextResponse(f"{refusal}\n", refusal.status)
    return await _store(intake, topic, body, "OK\n")


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


async def _store(intake: _Intake, topic: str, body: bytes, thanks: str) -> Response:
    if topic in ("ecowitt", "wunderground"):
        topic, body = _form(topic, body)
    message = Message(topic, body, now())
    try:
        taken = await run_in_threadpool(intake.take, message)
    except (StoreError, SQLAlchemyError) as error:
        why = str(error).partition("\n")[0]
        log.warning("cannot write a pushed message yet: %s", why, extra={"error": why})
        return _later(503, _RETRY_S, "the database is away; try again")
    if taken:
        return PlainTextResponse(thanks)
    # Messages are counted by the hour.
    left = HOUR_S - int(message.arrived_at.timestamp()) % HOUR_S
    return _later(429, str(left), "more messages of one device than AGRO_DEVICE_RATE allows")


def _later(status: int, seconds: str, told: str) -> Response:
    return PlainTextResponse(f"{told}\n", status, headers={"Retry-After": seconds})


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
