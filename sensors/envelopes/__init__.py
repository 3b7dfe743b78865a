"""A message as it came becomes uplinks: the networks' envelopes, told apart by their topics."""

import re
from collections.abc import Callable
from datetime import datetime

from sensors.envelopes import (
    chirpstack,
    content,
    ecowitt,
    message,
    plain,
    sparkplug,
    the_things_stack,
)
from sensors.errors import DecodeError
from sensors.reading import Uplink

__all__ = ["LARGEST", "parse", "parse_all"]

LARGEST = 256 * 1024  # bytes of a body

_Reader = Callable[[str, str, bytes, datetime], tuple[Uplink, ...]]
"""Device and event of the topic ("" where it tells none), body, and time of arrival."""


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
    DecodeError  As `parse_all`; `bad_envelope` when the message is of several devices.
    """
    found = parse_all(topic, body, arrived_at=arrived_at)
    if len(found) > 1:
        names = ", ".join(one.device for one in found[:3])
        raise DecodeError("", "bad_envelope", f"of {len(found)} devices: {names}, …")
    return found[0] if found else None


def parse_all(topic: str, body: bytes, *, arrived_at: datetime) -> tuple[Uplink, ...]:
    """The uplinks in one message: none, one, or one for each device that a gateway speaks for.

    Parameters
    ----------
    topic, body, arrived_at : As in `parse`.

    Raises
    ------
    DecodeError  `unknown_topic`, `too_large`, `compressed_body`, `bad_json`, `too_deep`,
        `duplicate_key`, `bad_envelope`, `bad_base64`, `bad_hex`, `bad_time`, `clock_ahead` or
        `no_device`; with the device's name as soon as it is known.
    """
    reader, found = _recognised(topic)
    named = found.groupdict()
    device, event = named.get("device") or "", named.get("event") or ""
    if len(body) > LARGEST:
        raise DecodeError(device, "too_large", f"{len(body)} bytes, at most {LARGEST}")
    try:
        return reader(device, event, body, arrived_at)
    except DecodeError as error:
        if error.device:
            raise
        raise DecodeError(device, error.reason, error.detail) from error


def _recognised(topic: str) -> tuple[_Reader, re.Match[str]]:
    for shape, reader in _SHAPES:
        if (found := shape.fullmatch(topic)) is not None:
            return reader, found
    raise DecodeError("", "unknown_topic", f"{topic[:120]!r} is not like {_KNOWN_SHAPES}")


def _one(found: Uplink | None) -> tuple[Uplink, ...]:
    return () if found is None else (found,)


def _the_things_stack(
    device: str, event: str, body: bytes, arrived_at: datetime
) -> tuple[Uplink, ...]:
    if event != "up":
        return ()
    return _one(the_things_stack.parse(device, message.load(body), arrived_at))


def _chirpstack(device: str, event: str, body: bytes, arrived_at: datetime) -> tuple[Uplink, ...]:
    if event not in chirpstack.MEASURING:
        return ()
    stated = message.load(body)
    if event == "up" and "deviceInfo" not in stated and "devEUI" in stated:
        return content.parse(device, body, arrived_at)  # version 3
    return _one(chirpstack.parse(device, event, stated, arrived_at))


def _by_content(device: str, _event: str, body: bytes, arrived_at: datetime) -> tuple[Uplink, ...]:
    return content.parse(device, body, arrived_at)


def _pushed(_device: str, _event: str, body: bytes, arrived_at: datetime) -> tuple[Uplink, ...]:
    return content.pushed(body, arrived_at)


def _flat(device: str, _event: str, body: bytes, arrived_at: datetime) -> tuple[Uplink, ...]:
    return _one(plain.parse_flat(device, message.load(body), arrived_at))


def _gateway(_device: str, _event: str, body: bytes, arrived_at: datetime) -> tuple[Uplink, ...]:
    return content.gateway(body, arrived_at)


def _zigbee(device: str, _event: str, body: bytes, arrived_at: datetime) -> tuple[Uplink, ...]:
    return () if device == "bridge" else content.zigbee(device, body, arrived_at)


def _ecowitt(device: str, _event: str, body: bytes, arrived_at: datetime) -> tuple[Uplink, ...]:
    return ecowitt.parse(device, body, arrived_at)


def _sparkplug(device: str, event: str, body: bytes, arrived_at: datetime) -> tuple[Uplink, ...]:
    if event not in sparkplug.MEASURING:
        return ()
    return _one(sparkplug.parse(device, body, arrived_at))


_KNOWN_SHAPES = (
    "v3/{app}/devices/{id}/up, application/{id}/device/{eui}/event/up, agro/{site}/{device}"
)
_EVENT = "up|join|down/[a-z/]+|location/solved|service/data"
_DEVICE = r"(?P<device>[^/]{1,256})"
_SHAPES: tuple[tuple[re.Pattern[str], _Reader], ...] = (
    (re.compile(rf"v3/[^/]+/devices/{_DEVICE}/(?P<event>{_EVENT})"), _the_things_stack),
    (re.compile(rf"application/[^/]+/device/{_DEVICE}/event/(?P<event>[a-z]+)"), _chirpstack),
    (re.compile(rf"application/[^/]+/device/{_DEVICE}/rx"), _by_content),  # ChirpStack v3
    (re.compile(rf"agro/[^/]+/{_DEVICE}"), _by_content),
    (re.compile(rf"agri/[^/]+/{_DEVICE}/up"), _flat),
    (re.compile(rf"[^/]+/devices/{_DEVICE}/up"), _by_content),  # The Things Network v2
    (re.compile(r"helium/[^/]+/rx"), _pushed),
    (re.compile(r"mqtt/things/[^/]+/uplink"), _pushed),  # ThingPark
    (re.compile(r"push/uplink"), _pushed),  # by HTTP
    (re.compile(r"v1/gateway/telemetry"), _gateway),  # ThingsBoard
    (re.compile(rf"spBv1\.0/[^/]+/(?P<event>[A-Z]+)/(?:[^/]+/)?{_DEVICE}"), _sparkplug),
    (re.compile(rf"zigbee2mqtt/{_DEVICE}"), _zigbee),
    (re.compile(rf"(?:ecowitt|wunderground)(?:/{_DEVICE})?"), _ecowitt),
)
