"""Messages become rows or problems: read, looked up, decoded, placed, flagged, written.

The one path from a device to the store, for a live broker and for a season's history alike. A
message that cannot be believed becomes a problem with its reason and its payload in the same
transaction as its neighbours' rows; no message stops another, and none vanishes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite, isnan, nan

from sqlalchemy import Connection

from agro.records import Device
from agro.store import (
    calibrations,
    counters,
    deployments,
    flagging,
    frames,
    problems,
    quarantine,
    readings,
    things,
)
from agro.store.incoming import (
    POISON,
    Batch,
    Message,
    Read,
    problem_of,
    read_envelopes,
    refused,
    unread,
)
from agro.store.problems import ProblemRow
from agro.store.quarantine import Stranger
from agro.store.readings import Row
from agro.store.register import Register
from sensors import codecs, quality
from sensors.envelopes import ecowitt, plain, senml, sparkplug
from sensors.errors import DecodeError
from sensors.frame_counter import Frame
from sensors.quantities import QUANTITIES
from sensors.reading import Problem, Reading, Uplink

__all__ = [
    "EARLIEST",
    "Batch",
    "Ingested",
    "Message",
    "ingest",
    "read_envelopes",
    "refused",
    "store",
]

CLOCK_SKEW_S = 600  # a time further ahead of its arrival than this is not believed
_LATE_S = quality.threshold("soil_moisture", "late_hours") * 3600.0  # as of every quantity
_LATE = int(quality.Test.CLOCK)
_OWN_CLOCK = frozenset((plain.NETWORK, senml.NETWORK, sparkplug.NETWORK, ecowitt.NETWORK))
EARLIEST = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp())  # before: a clock that was never set
_DEEPEST_CM = 1000.0
# Why a whole message is kept aside instead of refused.
_HOMELESS = frozenset({"unknown_device", "not_deployed"})


@dataclass(frozen=True, slots=True)
class Ingested:
    """What a batch became. `rows` counts observations written, `problems` those that were new."""

    messages: int
    rows: int
    problems: int


def ingest(
    c: Connection,
    messages: Sequence[Message],
    *,
    set_aside: bool = True,
    written_at: datetime | None = None,
) -> Ingested:
    """Store what these messages say, in the caller's transaction; the same again changes nothing.

    Messages that carry no measurement by their nature (joins, downlinks, acknowledgements) are
    passed over. Those of devices that stand nowhere are kept aside, if so told. `written_at` is
    now unless given: a season that is told after it happened was written when it happened.
    """
    return store(c, read_envelopes(messages), set_aside=set_aside, written_at=written_at)


def store(
    c: Connection,
    batch: Batch,
    *,
    set_aside: bool = True,
    written_at: datetime | None = None,
) -> Ingested:
    """Store what was read, in the caller's transaction; as `ingest`. The excess is not counted."""
    faults, read = list(batch.faults), batch.read
    heard = [*read, *batch.curtailed]
    names = {name for one in heard for name in _names(one.uplink) if name}
    devices = things.devices_named(c, names)
    register = Register(devices, deployments.whereabouts(c, devices))
    strangers: list[Stranger] | None = [] if set_aside else None
    rows = [row for one in read for row in _rows(one, register, faults, strangers)]
    faults += quarantine.keep(c, strangers or ())
    rows = calibrations.applied(c, rows)
    known = readings.datastreams(c, {row.device for row in rows})
    flagged = flagging.flagged(c, rows, known)
    told, streams = counters.with_rain(c, flagged, known)
    written = readings.write(c, told, streams, written_at=written_at, said=True)
    frames.note(c, [frame for one in heard if (frame := _frame(one, register))])
    return Ingested(len(batch.messages), written.rows, problems.write(c, faults))


def _names(uplink: Uplink) -> tuple[str, str, str]:
    return uplink.device, uplink.eui, uplink.part_of


def _device(register: Register, uplink: Uplink) -> Device | None:
    """The registered device of an uplink: its own, else the one that it is a part of."""
    return register.find(uplink.device, uplink.eui) or register.find(uplink.part_of)


def _frame(one: Read, register: Register) -> frames.Heard | None:
    """The counted frame of a registered device that this message is, whatever it measured."""
    uplink, message = one.uplink, one.message
    device = _device(register, uplink)
    time = int(uplink.time.timestamp())
    if device is None or uplink.counter is None or uplink.simulated or time < EARLIEST:
        return None
    frame = Frame(uplink.counter, time)
    arrived = int(message.arrived_at.timestamp())
    return frames.Heard(device.device, uplink.network, message.topic, frame, arrived)


def _rows(
    one: Read, register: Register, faults: list[ProblemRow], strangers: list[Stranger] | None
) -> list[Row]:
    """The rows of one message, not yet flagged; what cannot be believed goes to `faults`.

    A message of a device that stands nowhere goes to `strangers` instead, where there is one.
    """
    uplink, found = one.uplink, list[Problem]()
    device = _device(register, uplink)
    there = register.at(device, int(uplink.time.timestamp())) if device else None
    refusal = _refusal(one, device, there)
    rows = [] if there is None or refusal else _believed(one, there, register, found)
    found.extend((refusal,) if refusal else ())
    if not rows and not found:
        found.append(Problem("no_measurement", detail="the message carries no measured value"))
    name = device.device if device else uplink.device or uplink.eui
    told = [problem_of(one.message, name, problem) for problem in found]
    if strangers is not None and refusal and refusal.reason in _HOMELESS:
        message = one.message
        came = (message.topic, message.body, message.arrived_at)
        strangers.extend(Stranger(*came, uplink, fault) for fault in told)
    else:
        faults.extend(told)
    return rows


def _believed(one: Read, device: Device, register: Register, found: list[Problem]) -> list[Row]:
    """The rows of a message of a device that stood somewhere when it sent it."""
    uplink = one.uplink
    found.extend(uplink.problems)
    sent = int(uplink.time.timestamp())
    arrived = int(one.message.arrived_at.timestamp())
    rows: dict[tuple[str, float, int], Row] = {}
    for reading in (*_radio(uplink), *_values(uplink, device, found)):
        time = sent + reading.offset_s
        then = register.at(device, time) if reading.offset_s else device
        row = _row(reading, uplink, then, found, time=time, arrived=arrived)
        if row is not None:
            key = (row.quantity, -1.0 if isnan(row.depth_cm) else row.depth_cm, row.time)
            rows.setdefault(key, row)
            if rows[key] is not row:
                found.append(_fault("double_reading", reading, "the message says it twice"))
    return list(rows.values())


def _refusal(one: Read, device: Device | None, there: Device | None) -> Problem | None:
    """Why nothing of this message may be stored, if so; `there` is the device as it stood then."""
    uplink = one.uplink
    if uplink.simulated:
        detail = "the network marks it as simulated: it is not a measurement"
        return Problem("simulated_uplink", detail=detail)
    if device is None:
        detail = "register it with `agro device add`; the message is kept"
        return Problem("unknown_device", field="eui", value=uplink.eui, detail=detail)
    if there is None:
        detail = "the device had been taken away; put it somewhere with `agro device move`"
        return Problem("not_deployed", field="time", value=f"{uplink.time:%FT%TZ}", detail=detail)
    site = _stated_site(one.message.topic)
    if site and site != there.site:
        detail = f"this device is registered on site {there.site!r}; mend its topic"
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
    except POISON as error:
        found.append(unread("undecodable_payload", error))
        return uplink.readings
    found.extend(decoded.problems)
    return uplink.readings + decoded.readings


def _row(
    reading: Reading,
    uplink: Uplink,
    device: Device | None,
    found: list[Problem],
    *,
    time: int,
    arrived: int,
) -> Row | None:
    """One reading in its place, or None when it is not to be believed or not of a sensor.

    `device` is as it was at the `time` of the reading: None when it stood nowhere.
    """
    quantity, value = reading.quantity, reading.value
    if device is None:
        found.append(_fault("not_deployed", reading, _when(time, arrived)))
        return None
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
        tests = _LATE if _is_late(reading, uplink, time, arrived) else 0
        return Row(device.device, quantity, depth, time, value, 0, tests)
    return None


def _is_late(reading: Reading, uplink: Uplink, time: int, arrived: int) -> bool:
    """Whether a device's own clock is so far behind that it must be wrong.

    A network's clock is not, however late its message: brokers keep them, and backfills find them.
    """
    own_clock = uplink.network in _OWN_CLOCK and not reading.offset_s
    return own_clock and not isnan(reading.value) and arrived - time > _LATE_S


def _depth(reading: Reading, device: Device) -> float | None:
    """Depth in cm: the payload's own, else the register's for this level; NaN = it has none."""
    is_level = device.depths and reading.quantity.startswith("soil_")
    if reading.depth_cm is not None:
        # Its decoder placed a value from memory where the device stood when it was sent.
        moved = is_level and reading.offset_s and reading.level < len(device.depths)
        return device.depths[reading.level] if moved else reading.depth_cm
    if not is_level:
        return nan
    return device.depths[reading.level] if reading.level < len(device.depths) else None


def _when(time: int, arrived: int) -> str:
    return (
        f"{time - arrived:+d} s from its arrival at {datetime.fromtimestamp(arrived, UTC):%FT%TZ}"
    )


def _fault(reason: str, reading: Reading, detail: str) -> Problem:
    return Problem(reason, field=reading.quantity, value=str(reading.value), detail=detail)
