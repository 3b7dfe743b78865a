"""The Things Stack v3: its Storage Integration, over HTTP.

No field mask is sent: with one it would leave out `simulated`, and what was simulated would be
taken for measured. What comes is what its MQTT server published, wrapped in {"result": …}.

[1] The Things Industries. Storage Integration API; Retrieve Messages. The Things Stack
    documentation, v3.
"""

import ipaddress
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any, NamedTuple, Self
from urllib.parse import quote, urlsplit

import httpx

from sensors.envelopes import LARGEST
from sensors.errors import FeedError
from sensors.patience import LongWait, asked_wait, code, transport

FEED = "the_things_stack_storage"
PAGE = 500  # messages asked for at once
_CONNECT_S, _SILENCE_S, _PAGE_S = 10.0, 30.0, 120.0
_OVERLAP = timedelta(milliseconds=1)  # full pages share it: no message falls between them
_INSTANT = timedelta(microseconds=1)
_SHOWN = 160


class Stored(NamedTuple):
    """A message as it would have come over MQTT, and when the network received it."""

    device: str
    topic: str
    body: bytes
    time: datetime


class Storage:
    """The storage of one The Things Stack server, asked with one API key.

    Parameters
    ----------
    url : Of the server: `https://eu1.cloud.thethings.network`.
    key : An API key that may read the application's traffic; it is never shown.
    page : Messages asked for at once.

    Raises
    ------
    ValueError  The URL cannot be used; the key would cross a network in clear.
    """

    def __init__(self, url: str, key: str, *, page: int = PAGE) -> None:
        self.url = check_url(url)
        self._page = page
        self._client = httpx.Client(
            headers={
                "Authorization": f"Bearer {check_key(key)}",
                "Accept": "text/event-stream",
                "Accept-Encoding": "identity",  # what comes unpacked cannot burst
            },
            timeout=httpx.Timeout(_SILENCE_S, connect=_CONNECT_S),
            transport=transport(),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def pages(
        self, application: str, device: str, after: datetime, before: datetime
    ) -> Iterator[list[Stored]]:
        """What is stored of a device (empty = of all) from `after` until `before`, oldest first.

        Parameters
        ----------
        application : As topics name it, with or without its tenant: `soil@ttn`.

        Raises
        ------
        FeedError  Its reason begins with a code: `unreachable`, `busy` (with `wait_s`),
            `server_fault`, `key_refused`, `not_found` or `unreadable`. What was given before
            stays good.
        """
        start, seen = after, set[bytes]()
        # A server may give fewer than it is asked for: only an empty answer is the end.
        while found := self._ask(application, device, start, before):
            fresh = [one for one in found if one.body not in seen]
            if fresh:
                yield fresh
            newest = max(one.time for one in found)
            is_full = len(found) >= self._page and fresh
            start = max(newest - _OVERLAP if is_full else newest, start + _INSTANT)
            seen = {one.body for one in found}

    def _ask(
        self, application: str, device: str, after: datetime, before: datetime
    ) -> list[Stored]:
        whose = f"/devices/{quote(device, safe='')}" if device else ""
        name = quote(application.partition("@")[0], safe="")
        url = f"{self.url}/api/v3/as/applications/{name}{whose}/packages/storage/uplink_message"
        wanted = {
            "after": _zulu(after),
            "before": _zulu(before),
            "limit": str(self._page),
            "order": "received_at",
        }
        try:
            with self._answer(url, wanted) as response:
                return [_stored(url, application, line) for line in _lines(url, response)]
        except LongWait as asked:
            raise _fault(url, "busy", f"HTTP {asked.status}", asked.wait_s) from asked
        except httpx.HTTPError as error:
            raise _fault(url, "unreachable", str(error) or type(error).__name__) from error

    @contextmanager
    def _answer(self, url: str, wanted: dict[str, str]) -> Iterator[httpx.Response]:
        with self._client.stream("GET", url, params=wanted) as response:
            status = response.status_code
            if status != httpx.codes.OK:
                raise _fault(url, code(status), f"HTTP {status}", asked_wait(response) or None)
            yield response


def check_key(key: str) -> str:
    """The key as it is sent.

    Raises
    ------
    ValueError  It cannot be one; the message does not show it.
    """
    if not re.fullmatch(r"[!-~]+", key.strip()):
        raise ValueError("has characters that no API key has; copy it again")
    return key.strip()


def check_url(url: str) -> str:
    """The server's address without what follows it.

    Raises
    ------
    ValueError  It is none, or not https: the key would cross the network in clear.
    """
    parts = urlsplit(url.strip())
    host = parts.hostname or ""
    if parts.scheme not in {"https", "http"} or not host or parts.username or parts.query:
        raise ValueError("is no address; write https://eu1.cloud.thethings.network")
    if parts.scheme == "http" and not _is_here(host):
        raise ValueError(f"would send the API key to {host} in clear; write https://{host}")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/').removesuffix('/api/v3')}"


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _zulu(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _lines(url: str, response: httpx.Response) -> Iterator[bytes]:
    """The lines of an answer as they come; bounded in size and in time."""
    deadline, rest = monotonic() + _PAGE_S, b""
    for chunk in response.iter_raw():
        if monotonic() > deadline:
            raise _fault(url, "unreachable", f"no end after {_PAGE_S:g} s")
        *whole, rest = (rest + chunk).split(b"\n")
        yield from (line for line in whole if line.strip())
        if len(rest) > LARGEST:
            raise _fault(url, "unreadable", f"a line of more than {LARGEST} bytes")
    if rest.strip():
        yield rest


def _stored(url: str, application: str, line: bytes) -> Stored:
    """One line of an answer."""
    try:
        document = json.loads(line)
        message = document["result"]
        device = message["end_device_ids"]["device_id"]
        time = datetime.fromisoformat(message["received_at"]).astimezone(UTC)
    except (ValueError, LookupError, TypeError, RecursionError, OverflowError) as error:
        raise _fault(url, *_explained(line)) from error
    if not isinstance(device, str) or not device or "/" in device:
        raise _fault(url, "unreadable", f"no device in {line[:_SHOWN]!r}")
    return Stored(device, f"v3/{application}/devices/{device}/up", line.strip(), time)


def _explained(line: bytes) -> tuple[str, str]:
    """What a line that is no message says: the server's own error, else that it was cut."""
    try:
        said: Any = json.loads(line)
        return "server_fault", str(said["error"]["message"])[:_SHOWN]
    except (ValueError, LookupError, TypeError, RecursionError):
        return "unreadable", repr(line[:_SHOWN])


def _fault(url: object, code: str, detail: str, wait_s: float | None = None) -> FeedError:
    return FeedError(FEED, str(url).partition("?")[0], f"{code}: {detail}", wait_s=wait_s)
