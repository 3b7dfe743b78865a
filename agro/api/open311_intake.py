"""The way in for reports over HTTP: who may, how many, how large; nothing is asked of another host.

A report is a form (`application/x-www-form-urlencoded`), as the standard has it. What says who
somebody is may stand in the body alone: addresses of requests are written to logs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hmac import compare_digest
from threading import Lock
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request

from agro.access.key_ring import KeyRing
from agro.api.open311_query import kept
from agro.city.report_form import PERSONAL
from agro.config import now
from agro.limits import HOUR_S, RateLimit

LARGEST = 64 * 1024  # bytes: 4 000 letters, each three bytes that are written as %E2 and so on
_MOST_FIELDS = 100
_FORM = "application/x-www-form-urlencoded"
_OF_ALL, _OF_A_KEY = 30, 10  # times what one address may


class RefusedError(Exception):
    """A post that is not read: its status, the code of the reason, and what its sentence needs."""

    def __init__(self, status: int, code: str, **facts: str | float) -> None:
        super().__init__(code)
        self.status, self.code, self.facts = status, code, facts


@dataclass(frozen=True, slots=True)
class Intake:
    """How many reports an hour one address, one key and all together may post; which keys may.

    Addresses are kept in memory alone, for the hour that is counted.
    """

    keys: tuple[str, ...]
    ring: KeyRing
    one: RateLimit
    keyed: RateLimit
    all: RateLimit
    lock: Lock

    @classmethod
    def of(cls, rate: float, keys: str, ring: KeyRing) -> "Intake":
        """With so many reports an hour of one address, keys that commas divide, and the store's."""
        known = tuple(key.strip() for key in keys.split(",") if key.strip())
        one, keyed, all_ = (RateLimit(rate * times / 60.0) for times in (1, _OF_A_KEY, _OF_ALL))
        return cls(known, ring, one, keyed, all_, Lock())

    async def form(self, request: Request) -> dict[str, str]:
        """The fields of a post.

        Raises
        ------
        RefusedError  It is too large, too much, of nobody we know, or no form.
        """
        self._count(request.client.host if request.client else "")
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != _FORM or request.headers.get("content-encoding", "identity") != "identity":
            raise RefusedError(415, "form_kind")
        asked = dict(request.query_params)
        if loud := [name for name in PERSONAL if asked.get(name)]:
            raise RefusedError(400, "form_loud", value=", ".join(loud))
        told = {**asked, **_fields(await _body(request))}
        await run_in_threadpool(self._check_key, told.pop("api_key", ""))
        return {kept(name): kept(value) for name, value in told.items()}

    def _count(self, host: str) -> None:
        at = now().timestamp()
        with self.lock:
            if self.all.takes("*", at) and (self.keys or self.one.takes(host, at)):
                return
        raise RefusedError(429, "form_many", n=self._left_min(at))

    def _check_key(self, key: str) -> None:
        if not self.keys:
            return
        is_known = any(compare_digest(one.encode(), key.encode()) for one in self.keys)
        if not is_known and not self.ring.opens(key, "reports"):
            raise RefusedError(403, "form_key")
        at = now().timestamp()
        with self.lock:
            if not self.keyed.takes(key, at):
                raise RefusedError(429, "form_many", n=self._left_min(at))

    @staticmethod
    def _left_min(at: float) -> int:
        """Minutes until the next hour is counted."""
        return int(HOUR_S - at % HOUR_S) // 60 + 1


async def _body(request: Request) -> bytes:
    chunks, size = [], 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > LARGEST:
                raise RefusedError(413, "form_large", most=LARGEST // 1024)
            chunks.append(chunk)
    except ClientDisconnect as error:
        raise RefusedError(400, "form_cut") from error
    return b"".join(chunks)


def _fields(body: bytes) -> Mapping[str, str]:
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise RefusedError(400, "form_broken") from error
    return dict(pairs)
