"""Messages become rows or problems: read, looked up, decoded, placed, flagged, written.

The one path from a device to the store, for a live broker and for a season's history alike. A
message that cannot be believed becomes a problem with its reason and its payload in the same
transaction as its neighbours' rows; no message stops another, and none vanishes.
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite, isnan, nan
from typing import NamedTuple

from sqlalchemy import Connection

from agro.records import Device
from agro.store import farms, flagging, problems, readings
from agro.store.problems import ProblemRow
from agro.store.readings import Row
from agro.store.register import Register
from sensors import codecs, envelopes
from sensors.errors import DecodeError
from sensors.quantities import QUANTITIES
from sensors.reading import Problem, Reading, Uplink

CLOCK_SKEW_S = 600  # a time further ahead of its arrival than this is not believed
EARLIEST = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp())  # before: a clock that was never set
_DEEPEST_CM = 1000.0
# What a decoder can raise on bytes its author never saw. The message is kept as a problem: left
# unread, it would come again for ever and stop all that follow.
_POISON = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
)


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it came: where from, its bytes, and when."""

    topic: str
    body: bytes
    arrived_at: datetime


@dataclass(frozen=True, slots=True)
class Ingested:
    """What a batch became. `rows` counts observations written, `problems` those that were new."""

    messages: int
    rows: int
    problems: int


class _Read(NamedTuple):
    """A message whose envelope could be read."""

    message: Message
    uplink: Uplink


def ingest(c: Connection, messages: Sequence[Message]) -> Ingested:
    """Store what these messages say, in the caller's transaction; the same again changes nothing.

    Messages that carry no measurement by their nature (joins, downlinks, acknowledgements) are
    passed over.
    """
    faults: list[ProblemRow] = []
    read = [one for message in messages if (one := _read(message, faults))]
    names = {name for one in read for name in (one.uplink.device, one.uplink.eui) if name}
    register = Register(farms.devices_named(c, names))
    rows = [row for one in read for row in _rows(one, register, faults)]
    known = readings.datastreams(c, {row.device for row in rows})
    written = readings.write(c, flagging.flagged(c, rows, known), known)
    return Ingested(len(messages), written.rows, problems.write(c, faults))


def refused(message: Message, reason: str, detail: str) -> ProblemRow:
    """A whole message as a problem, with what is known without reading it."""
    return _problem(message, "", Problem(reason, detail=detail))


def _read(message: Message, faults: list[ProblemRow]) -> _Read | None:
    try:
        uplink = envelopes.parse(message.topic, message.body, arrived_at=message.arrived_at)
    except DecodeError as error:
        problem = Problem(error.reason, device=error.device, detail=error.detail)
        faults.append(_problem(message, "", problem))
        return None
    except _POISON as error:
        faults.append(_problem(message, "", _unread("unreadable_envelope", error)))
        return None
    return None if uplink is None else _Read(message, uplink)


def _rows(one: _Read, register: Register, faults: list[ProblemRow]) -> list[Row]:
    """The rows of one message, not yet flagged; what cannot be believed goes to `faults`."""
    device = register.find(one.uplink.device, one.uplink.eui)
    found: list[Problem] = []
    rows = _believed(one, device, found)
    if not rows and not found:
        found.append(Problem("no_measurement", detail="the message carries no measured value"))
    name = device.device if device else one.uplink.device or one.uplink.eui
    faults.extend(_problem(one.message, name, problem) for problem in found)
    return rows


def _believed(one: _Read, device: Device | None, found: list[Problem]) -> list[Row]:
    refusal = _refusal(one, device)
    if device is None or refusal:
        found.extend((refusal,) if refusal else ())
        return []
    uplink = one.uplink
    found.extend(uplink.problems)
    arrived = int(one.message.arrived_at.timestamp())
    rows: dict[tuple[str, float, int], Row] = {}
    for reading in (*_radio(uplink), *_values(uplink, device, found)):
        row = _row(reading, uplink, device, arrived, found)
        if row is not None:
            key = (row.quantity, -1.0 if isnan(row.depth_cm) else row.depth_cm, row.time)
            rows.setdefault(key, row)
            if rows[key] is not row:
                found.append(_fault("double_reading", reading, "the message says it twice"))
    return list(rows.values())


def _refusal(one: _Read, device: Device | None) -> Problem | None:
    """Why nothing of this message may be stored, if so."""
    uplink = one.uplink
    if uplink.simulated:
        detail = "the network marks it as simulated: it is not a measurement"
        return Problem("simulated_uplink", detail=detail)
    if device is None:
        detail = "register it with `agro device add`; the message is kept"
        return Problem("unknown_device", field="eui", value=uplink.eui, detail=detail)
    site = _stated_site(one.message.topic)
    if site and site != device.site:
        detail = f"this device is registered on site {device.site!r}; mend its topic"
        return Problem("wrong_site", field="topic", value=site, detail=detail)
    return None


def _stated_site(topic: str) -> str:
    """The site that the plain topic `agro/{site}/{device}` names; empty for the networks'."""
    parts = topic.split("/")
    return parts[1] if len(parts) > 2 and parts[0] == "agro" else ""


def _radio(uplink: Uplink) -> Iterable[Reading]:
    """How well the message was heard, as readings."""
    for quantity, value in (("rssi", uplink.rssi), ("snr", uplink.snr)):
        if value is not None:
            yield Reading(quantity, value)


def _values(uplink: Uplink, device: Device, found: list[Problem]) -> tuple[Reading, ...]:
    """What was measured: what a plain message states, and what the model's decoder reads."""
    if uplink.payload is None and not uplink.decoded:
        if not uplink.readings and not uplink.problems:
            detail = "no payload bytes and no readings; let the network forward the payload"
            found.append(Problem("no_payload", detail=detail))
        return uplink.readings
    try:
        decoded = codecs.read(device.model, uplink, depths=device.depths)
    except DecodeError as error:
        found.append(Problem(error.reason, detail=error.detail))
        return uplink.readings
    except _POISON as error:
        found.append(_unread("undecodable_payload", error))
        return uplink.readings
    found.extend(decoded.problems)
    return uplink.readings + decoded.readings


def _row(
    reading: Reading, uplink: Uplink, device: Device, arrived: int, found: list[Problem]
) -> Row | None:
    """One reading in its place, or None when it is not to be believed or not of a sensor."""
    quantity, value = reading.quantity, reading.value
    time = int(uplink.time.timestamp()) + reading.offset_s
    depth = _depth(reading, device)
    if quantity not in QUANTITIES:
        found.append(_fault("unknown_quantity", reading, "not in the table of quantities"))
    elif not isfinite(value) and not isnan(value):
        found.append(_fault("not_a_number", reading, "infinite"))
    elif not EARLIEST <= time <= arrived + CLOCK_SKEW_S:
        found.append(_fault("wrong_time", reading, _when(time, arrived)))
    elif depth is None:
        # A free input of a profile answers "no value"; only a real value there is a surprise.
        if not isnan(value):
            detail = f"level {reading.level} has no depth in the register ({device.depths} cm)"
            found.append(_fault("unknown_depth", reading, detail))
    elif not isnan(depth) and not 0.0 <= depth <= _DEEPEST_CM:
        found.append(_fault("unknown_depth", reading, f"{depth} cm"))
    else:
        return Row(device.device, quantity, depth, time, value, 0)
    return None


def _depth(reading: Reading, device: Device) -> float | None:
    """Depth in cm: the payload's own, else the register's for this level; NaN = it has none."""
    if reading.depth_cm is not None:
        return reading.depth_cm
    if not device.depths or not reading.quantity.startswith("soil_"):
        return nan
    return device.depths[reading.level] if reading.level < len(device.depths) else None


def _when(time: int, arrived: int) -> str:
    return (
        f"{time - arrived:+d} s from its arrival at {datetime.fromtimestamp(arrived, UTC):%FT%TZ}"
    )


def _fault(reason: str, reading: Reading, detail: str) -> Problem:
    return Problem(reason, field=reading.quantity, value=str(reading.value), detail=detail)


def _unread(reason: str, error: Exception) -> Problem:
    return Problem(reason, detail=f"{type(error).__name__}: {error}")


def _problem(message: Message, device: str, problem: Problem) -> ProblemRow:
    return ProblemRow(
        time=message.arrived_at,
        source=message.topic,
        device=device or problem.device,
        reason=problem.reason,
        field=problem.field,
        value=problem.value,
        detail=problem.detail,
        payload=_text(message.body),
    )


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return f"hex:{body.hex()}"
