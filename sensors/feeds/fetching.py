"""Asks outside sources over HTTP: patient with what passes, bounded in time and size.

References
----------
[1] Fielding, Nottingham, Reschke (2022), HTTP Semantics. RFC 9110, 8.8 (validators),
    10.2.3 (Retry-After), 13.1 (conditional requests).
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Self

import httpx

from sensors.errors import FeedError
from sensors.feeds.source import Answer, Known, Request
from sensors.patience import LongWait, asked_wait, code, transport

LARGEST = 16 * 1024 * 1024  # bytes of an answer
_CONNECT_S, _SILENCE_S, _WHOLE_S = 10.0, 20.0, 60.0
_CUT_TRIES = 2  # answers that end before their end
_SHOWN = 200
_UNCHANGED = 304


class Fetcher:
    """A client for outside sources; a context.

    Parameters
    ----------
    silence_s : Seconds without a byte after which an answer is given up.
    whole_s : Seconds within which a whole answer has to be here.
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
        self._client = httpx.Client(
            headers={
                "User-Agent": "agro (open source irrigation advice)",
                "Accept-Encoding": "identity",  # what comes unpacked cannot burst
            },
            timeout=httpx.Timeout(silence_s, connect=min(_CONNECT_S, silence_s)),
            transport=transport(first_pause_s=first_pause_s),
            follow_redirects=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(self, feed: str, request: Request, known: Known | None = None) -> Answer:
        """The answer, or that the `known` one still holds.

        Raises
        ------
        FeedError  Its reason begins with a code: `unreachable`, `busy` (with `wait_s`),
            `server_fault`, `key_refused`, `not_found`, `refused` or `too_large`.
        """
        for left in reversed(range(_CUT_TRIES)):
            try:
                with self._asked(request, known or Known()) as response:
                    return self._answer(feed, request, response)
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

    @contextmanager
    def _asked(self, request: Request, known: Known) -> Iterator[httpx.Response]:
        headers = dict(request.headers)
        if known.etag:
            headers["If-None-Match"] = known.etag
        if known.last_modified:
            headers["If-Modified-Since"] = known.last_modified
        # An address that has its own question keeps it where nothing is added.
        params = {**request.params, **request.secrets} or None
        with self._client.stream("GET", request.url, params=params, headers=headers) as response:
            yield response

    def _answer(self, feed: str, request: Request, response: httpx.Response) -> Answer:
        status = response.status_code
        if status == _UNCHANGED:
            return Answer(status, b"", _validators(response))
        body = self._body(feed, request, response)
        if status not in request.answers:
            told = f"HTTP {status}{_said(body)}{_sent_on(response)}"
            raise _fault(feed, request, code(status), told, asked_wait(response) or None)
        return Answer(status, body, _validators(response))

    def _body(self, feed: str, request: Request, response: httpx.Response) -> bytes:
        deadline, parts, size = monotonic() + self._whole_s, [], 0
        for chunk in response.iter_raw():
            parts.append(chunk)
            size += len(chunk)
            if size > LARGEST:
                raise _fault(feed, request, "too_large", f"more than {LARGEST} bytes")
            if monotonic() > deadline:
                raise _fault(feed, request, "unreachable", f"no end after {self._whole_s:g} s")
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
