"""A message as it came becomes an uplink: the networks' envelopes, told apart by their topics."""

import re
from collections.abc import Callable
from datetime import datetime

from sensors.envelopes import chirpstack, message, plain, the_things_stack
from sensors.errors import DecodeError
from sensors.reading import Uplink

__all__ = ["LARGEST", "parse"]

LARGEST = 256 * 1024  # bytes of a body

_Reader = Callable[[re.Match[str], bytes, datetime], Uplink | None]


def parse(topic: str, body: bytes, *, arrived_at: datetime) -> Uplink | None:
    """The uplink in one message, or None when it carries no measurement by its nature.

    Parameters
    ----------
    topic : The topic it was published on; its shape tells the network.
    body : The message's bytes.
    arrived_at : When it reached us, aware. It stands in for a missing time, and bounds the
        times that are believed.

    Raises
    ------
    DecodeError  `unknown_topic`, `too_large`, `bad_json`, `bad_envelope`, `bad_base64`,
        `bad_time` or `clock_ahead`; with the device's name as soon as it is known.
    """
    reader, found = _recognised(topic)
    device = found["device"]
    if len(body) > LARGEST:
        raise DecodeError(device, "too_large", f"{len(body)} bytes, at most {LARGEST}")
    try:
        return reader(found, body, arrived_at)
    except DecodeError as error:
        if error.device:
            raise
        raise DecodeError(device, error.reason, error.detail) from error


def _recognised(topic: str) -> tuple[_Reader, re.Match[str]]:
    for shape, reader in _SHAPES:
        if (found := shape.fullmatch(topic)) is not None:
            return reader, found
    raise DecodeError("", "unknown_topic", f"{topic[:120]!r} is not like {_KNOWN_SHAPES}")


def _the_things_stack(found: re.Match[str], body: bytes, arrived_at: datetime) -> Uplink | None:
    if found["event"] != "up":
        return None
    return the_things_stack.parse(found["device"], message.load(body), arrived_at)


def _chirpstack(found: re.Match[str], body: bytes, arrived_at: datetime) -> Uplink | None:
    if found["event"] not in chirpstack.MEASURING:
        return None
    return chirpstack.parse(found["device"], found["event"], message.load(body), arrived_at)


def _plain(found: re.Match[str], body: bytes, arrived_at: datetime) -> Uplink:
    return plain.parse(found["device"], message.load(body), arrived_at)


def _flat(found: re.Match[str], body: bytes, arrived_at: datetime) -> Uplink:
    return plain.parse_flat(found["device"], message.load(body), arrived_at)


_KNOWN_SHAPES = (
    "v3/{app}/devices/{id}/up, application/{id}/device/{eui}/event/up, agro/{site}/{device}"
)
_EVENT = "up|join|down/[a-z/]+|location/solved|service/data"
_SHAPES: tuple[tuple[re.Pattern[str], _Reader], ...] = (
    (re.compile(rf"v3/[^/]+/devices/(?P<device>[^/]+)/(?P<event>{_EVENT})"), _the_things_stack),
    (
        re.compile(r"application/[^/]+/device/(?P<device>[^/]+)/event/(?P<event>[a-z]+)"),
        _chirpstack,
    ),
    (re.compile(r"agro/[^/]+/(?P<device>[^/]+)"), _plain),
    (re.compile(r"agri/[^/]+/(?P<device>[^/]+)/up"), _flat),
)
