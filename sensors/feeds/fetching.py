"""Asks outside sources over HTTP: patient with what passes, bounded in time and size.

A question has one deadline for all of it: finding the host, every try and the pauses between, the
headers and the body. A server that sends a byte now and then holds nobody up for longer.

References
----------
[1] Fielding, Nottingham, Reschke (2022), HTTP Semantics. RFC 9110, 8.8 (validators),
    10.2.3 (Retry-After), 13.1 (conditional requests).
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from typing import Self

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal

from sensors.errors import FeedError
from sensors.feeds.source import Answer, Known, Request
from sensors.patience import BUSY, LongWait, asked_wait, async_transport, code

LARGEST = 16 * 1024 * 1024  # bytes of an answer
_CONNECT_S, _SILENCE_S, _WHOLE_S = 10.0, 20.0, 60.0
_CUT_TRIES = 2  # answers that end before their end
_SHOWN = 200
_UNCHANGED = 304
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.InvalidURL, httpx.UnsupportedProtocol)


class Fetcher:
    """A client for outside sources; a context.

    It asks on an event loop in a thread of its own: who asks may run one already.

    Parameters
    ----------
    silence_s : Seconds without a byte after which an answer is given up.
    whole_s : Seconds within which a whole answer has to be here, with all that it takes.
    first_pause_s : Before the second try; each further pause is twice as long.
    """

    def __init__(
        self,
        *,
        silence_s: float = _SILENCE_S,
        whole_s: float = _WHOLE_S,
        first_pause_s: float = 0.5,
    ) -> None:
        self._whole_s = whole_s
        self._open = ExitStack()
        self._client = httpx.AsyncClient(
            headers={
                "User-Agent": "agro (open source irrigation advice)",
                "Accept-Encoding": "identity",  # what comes unpacked cannot burst
            },
            timeout=httpx.Timeout(silence_s, connect=min(_CONNECT_S, silence_s)),
            transport=async_transport(first_pause_s=first_pause_s),
            follow_redirects=False,
        )

    def __enter__(self) -> Self:
        self._loop: BlockingPortal = self._open.enter_context(start_blocking_portal())
        return self

    def __exit__(self, *_: object) -> None:
        with self._open:
            self._loop.call(self._client.aclose)

    def get(self, feed: str, request: Request, known: Known | None = None) -> Answer:
        """The answer, or that the `known` one still holds.

        Raises
        ------
        FeedError  Its reason begins with a code: `unreachable`, `busy` (with `wait_s`),
            `server_fault`, `key_refused`, `not_found`, `sent_on`, `refused` or `too_large`.
        """
        return self._loop.call(self._in_time, feed, request, known or Known())

    def post(self, feed: str, request: Request, form: Mapping[str, str]) -> Answer:
        """What a form was answered, sent once; `secrets` go with it in the body.

        Raises
        ------
        FeedError  As for `get`; `may_have_done` where it may have been taken all the same.
        """
        return self._loop.call(self._posted_in_time, feed, request, form)

    async def _posted_in_time(self, feed: str, request: Request, form: Mapping[str, str]) -> Answer:
        try:
            async with asyncio.timeout(self._whole_s):
                return await self._posted(feed, request, form)
        except TimeoutError as error:
            told = f"unreachable: no end after {self._whole_s:g} s"
            raise FeedError(feed, request.url, told, may_have_done=True) from error

    async def _posted(self, feed: str, request: Request, form: Mapping[str, str]) -> Answer:
        try:
            asked = self._client.stream(
                "POST",
                request.url,
                params=request.params or None,
                headers=dict(request.headers),
                data={**form, **request.secrets},
            )
            async with asked as response:
                return await self._taken(feed, request, response)
        except _NOT_SENT as error:
            raise _fault(feed, request, "unreachable", str(error)) from error
        except httpx.HTTPError as error:
            told = f"unreachable: {error or type(error).__name__}"
            raise FeedError(feed, request.url, told, may_have_done=True) from error

    async def _taken(self, feed: str, request: Request, response: httpx.Response) -> Answer:
        """The answer to a form; a server that broke down over it may have taken it."""
        try:
            return await self._answer(feed, request, response)
        except FeedError as error:
            status = response.status_code
            # One that sends on afterwards may be showing what it has just taken.
            is_open = status < 400 or (status >= 500 and status not in BUSY)
            raise FeedError(
                feed, request.url, error.reason, wait_s=error.wait_s, may_have_done=is_open
            ) from error

    async def _in_time(self, feed: str, request: Request, known: Known) -> Answer:
        try:
            async with asyncio.timeout(self._whole_s):
                return await self._tried(feed, request, known)
        except TimeoutError as error:
            told = f"no end after {self._whole_s:g} s"
            raise _fault(feed, request, "unreachable", told) from error

    async def _tried(self, feed: str, request: Request, known: Known) -> Answer:
        for left in reversed(range(_CUT_TRIES)):
            try:
                async with self._asked(request, known) as response:
                    return await self._answer(feed, request, response)
            except LongWait as asked:
                raise _fault(feed, request, "busy", f"HTTP {asked.status}", asked.wait_s) from asked
            except (httpx.RemoteProtocolError, httpx.ReadError) as error:
                if not left:
                    told = f"the answer was cut ({error or type(error).__name__})"
                    raise _fault(feed, request, "unreachable", told) from error
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                told = str(error) or type(error).__name__
                raise _fault(feed, request, "unreachable", told) from error
        raise _fault(feed, request, "unreachable", "no answer")

    @asynccontextmanager
    async def _asked(self, request: Request, known: Known) -> AsyncIterator[httpx.Response]:
        headers = dict(request.headers)
        if known.etag:
            headers["If-None-Match"] = known.etag
        if known.last_modified:
            headers["If-Modified-Since"] = known.last_modified
        # An address that has its own question keeps it where nothing is added.
        params = {**request.params, **request.secrets} or None
        asked = self._client.stream("GET", request.url, params=params, headers=headers)
        async with asked as response:
            yield response

    async def _answer(self, feed: str, request: Request, response: httpx.Response) -> Answer:
        status = response.status_code
        if status == _UNCHANGED:
            return Answer(status, b"", _validators(response))
        body = await self._body(feed, request, response)
        if status not in request.answers:
            told = f"HTTP {status}{_said(body)}{_sent_on(response)}"
            why = "sent_on" if response.has_redirect_location else code(status)
            raise _fault(feed, request, why, told, asked_wait(response) or None)
        return Answer(status, body, _validators(response))

    async def _body(self, feed: str, request: Request, response: httpx.Response) -> bytes:
        parts, size = [], 0
        async for chunk in response.aiter_raw():
            parts.append(chunk)
            size += len(chunk)
            if size > LARGEST:
                raise _fault(feed, request, "too_large", f"more than {LARGEST} bytes")
        return b"".join(parts)


def _validators(response: httpx.Response) -> Known:
    headers = response.headers
    return Known(headers.get("ETag", ""), headers.get("Last-Modified", ""))


def _said(body: bytes) -> str:
    """The server's own reason, where it gives one."""
    try:
        document = json.loads(body)
        said = document.get("reason") or document.get("message") or ""
    except (ValueError, AttributeError, RecursionError):
        return ""
    return f", {str(said)[:_SHOWN]}" if said else ""


def _sent_on(response: httpx.Response) -> str:
    """Where a server sends us on to: nobody follows, as keys would be shown to whoever is there."""
    if not response.has_redirect_location:
        return ""
    return f", sends on to {response.headers['Location'][:_SHOWN]}, which is not followed"


def _fault(
    feed: str, request: Request, why: str, detail: str, wait_s: float | None = None
) -> FeedError:
    return FeedError(feed, request.url, f"{why}: {detail}", wait_s=wait_s)
