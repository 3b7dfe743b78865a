"""A message's JSON, taken apart with care: everything in it was written by a stranger."""

import base64
import binascii
import json
import re
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Any

from sensors.errors import DecodeError
from sensors.reading import Problem

_MILLISECONDS_FROM = 1e11  # as seconds: the year 5138; as milliseconds: March 1973
_SHOWN = 80
_AHEAD = timedelta(minutes=10)
_NUMBER_AND_UNIT = re.compile(r"\s*([+-]?\d{1,12}(?:[.]\d{1,12})?)\s*(.{0,40}?)\s*")
_LONGEST = 256  # characters of a name
_DEEPEST = 32  # objects and lists inside one another; real messages have 8
# Beginnings of gzip, zlib and zstd. They are refused unread: what they unpack to has no bound.
_COMPRESSED = (b"\x1f\x8b", b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda", b"\x28\xb5\x2f\xfd")
_MARKS = re.compile(rb'"(?:\\.|[^"\\])*+"?|[\[\]{}]', re.DOTALL)
_OPENING, _CLOSING = (b"[", b"{"), (b"]", b"}")


def load(body: bytes) -> dict[str, Any]:
    """The JSON object of a body.

    Raises
    ------
    DecodeError  As `load_any`; `bad_envelope` when it is no object.
    """
    message = load_any(body)
    if not isinstance(message, dict):
        raise DecodeError("", "bad_envelope", f"expected an object: {shown(message)}")
    return message


def load_any(body: bytes) -> Any:
    """The JSON value of a body.

    Raises
    ------
    DecodeError  `bad_json` when it is no JSON; `compressed_body`, `too_deep` or `duplicate_key`
        when it is made to cost more than a message may, or to be read in two ways.
    """
    if body.startswith(_COMPRESSED):
        raise DecodeError("", "compressed_body", "the body is compressed; send it as it is")
    _check_depth(body)
    try:
        return _DECODER.decode(body.decode(json.detect_encoding(body), "surrogatepass"))
    except (ValueError, RecursionError) as error:
        raise DecodeError("", "bad_json", f"{error}: {shown(body[:_SHOWN])}") from error


def _check_depth(body: bytes) -> None:
    """Refuse what is nested too deeply, before anything is built of it."""
    if body.count(b"[") + body.count(b"{") <= _DEEPEST:
        return
    depth = 0
    for mark in _MARKS.finditer(body):
        if mark[0] in _OPENING:
            depth += 1
            if depth > _DEEPEST:
                raise DecodeError("", "too_deep", f"nested deeper than {_DEEPEST}")
        elif mark[0] in _CLOSING:
            depth -= 1


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; of two values under one name nobody can tell which is meant."""
    found = dict(pairs)
    if len(found) < len(pairs):
        twice, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise DecodeError("", "duplicate_key", f"{shown_text(twice)} is there twice")
    return found


# Made once: `json.loads` with a hook makes one for each message.
_DECODER = json.JSONDecoder(object_pairs_hook=_unique)


def part(message: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The object inside `message` of this name; empty when it is absent or null.

    Raises
    ------
    DecodeError  `bad_envelope` when it is something else.
    """
    value = message.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise DecodeError("", "bad_envelope", f"{name} must be an object: {shown(value)}")
    return value


def hint(message: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The object inside `message` of this name, empty when it is anything else.

    For parts that only help: a fault in them is no reason to refuse a measurement.
    """
    value = message.get(name)
    return value if isinstance(value, dict) else {}


def text(message: Mapping[str, Any], name: str) -> str:
    """The text of this name; "" when it is absent or null.

    Raises
    ------
    DecodeError  `bad_envelope` when it is no text, too long for a name, or text with characters
        that do not print.
    """
    value = message.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > _LONGEST or not value.isprintable():
        raise DecodeError("", "bad_envelope", f"{name} must be plain text: {shown(value)}")
    return value


def number(value: object) -> float | None:
    """A finite number, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if isfinite(value) else None
    except OverflowError:
        return None


def number_and_unit(value: object) -> tuple[float | None, str]:
    """A finite number and the unit behind it: 21.3, True (1), "21.3", "21.3 °C"."""
    if isinstance(value, bool):
        return float(value), ""
    if isinstance(value, str):
        parts = _NUMBER_AND_UNIT.fullmatch(value)
        return (float(parts[1]), parts[2]) if parts else (None, "")
    return number(value), ""


def whole(message: Mapping[str, Any], name: str, *, default: int | None) -> int | None:
    """The whole number of this name, `default` when it is absent or null.

    Raises
    ------
    DecodeError  `bad_envelope` when it is something else.
    """
    value = message.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 32:
        raise DecodeError("", "bad_envelope", f"{name} must be a whole number: {shown(value)}")
    return value


def payload(message: Mapping[str, Any], name: str) -> bytes | None:
    """The bytes behind base64 text; None when there are none.

    Raises
    ------
    DecodeError  `bad_base64`.
    """
    value = message.get(name)
    if value is None or value == "":
        return None
    try:
        return base64.b64decode(value, validate=True)
    except (TypeError, ValueError, binascii.Error) as error:
        raise DecodeError("", "bad_base64", f"{name}: {shown(value)}") from error


def hexadecimal(message: Mapping[str, Any], name: str) -> bytes | None:
    """The bytes behind hexadecimal text; None when there are none.

    Raises
    ------
    DecodeError  `bad_hex`.
    """
    value = message.get(name)
    if value is None or value == "":
        return None
    try:
        return bytes.fromhex(value)
    except (TypeError, ValueError) as error:
        raise DecodeError("", "bad_hex", f"{name}: {shown(value)}") from error


def time(value: object, *, name: str) -> datetime:
    """A time given as ISO 8601 with its zone, or as seconds or milliseconds since 1970.

    Raises
    ------
    DecodeError  `bad_time`, saying what is expected.
    """
    try:
        if isinstance(value, str) and not value.strip().isdecimal():
            return _with_zone(datetime.fromisoformat(value.strip()))
        seconds = number(int(value) if isinstance(value, str) else value)
        if seconds is None:
            raise ValueError("neither text nor a number")
        scale = 1000.0 if abs(seconds) >= _MILLISECONDS_FROM else 1.0
        return datetime.fromtimestamp(seconds / scale, UTC)
    except (ValueError, OverflowError, OSError) as error:
        detail = f"{name}: {shown(value)} ({error}); give 2026-07-03T05:30:00Z or s since 1970"
        raise DecodeError("", "bad_time", detail) from error


def time_or_arrival(
    stated: object, arrived_at: datetime, *, name: str, device: str
) -> tuple[datetime, tuple[Problem, ...]]:
    """The stated time, or that of the arrival with a problem when none is stated.

    Raises
    ------
    DecodeError  `bad_time`; `clock_ahead` when it is further ahead of its arrival than clocks
        may differ.
    """
    if stated is None:
        detail = f"{name} is missing; the time of arrival is used"
        return arrived_at, (Problem("no_time", device=device, field=name, detail=detail),)
    taken = time(stated, name=name)
    if taken - arrived_at > _AHEAD:
        detail = f"{taken:%FT%TZ} is ahead of its arrival at {arrived_at:%FT%TZ}; set the clock"
        raise DecodeError(device, "clock_ahead", detail)
    return taken, ()


def loudest(
    gateways: object, *, rssi: str = "rssi", snr: str = "snr"
) -> tuple[float | None, float | None]:
    """RSSI and SNR at the gateway that heard best, by the names a network has for them."""
    heard = [
        (strength, number(one.get(snr)))
        for one in (gateways if isinstance(gateways, list) else [])
        if isinstance(one, dict) and (strength := number(one.get(rssi))) is not None
    ]
    return max(heard, key=lambda one: one[0], default=(None, None))


def shown(value: object) -> str:
    """The beginning of a value, for a sentence."""
    return repr(value)[:_SHOWN]


def shown_text(value: str) -> str:
    """The beginning of a text, as it is when it prints."""
    return value[:_SHOWN] if value.isprintable() else shown(value)


def _with_zone(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("has no zone; end it in Z")
    return moment.astimezone(UTC)
