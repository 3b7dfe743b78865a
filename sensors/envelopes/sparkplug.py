"""Sparkplug B (Eclipse Tahu's payload), as far as its metrics bring their names.

The message is protobuf: fields with a number and one of four forms, read here without a library.
Metrics that come by an alias alone need the birth message that gave it, which nobody keeps here:
let the device publish names in its data too.
"""

import struct
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from sensors.envelopes import message as read
from sensors.envelopes import named_values, vocabulary
from sensors.envelopes.batch import Moment, uplink
from sensors.errors import DecodeError
from sensors.reading import Problem, Reading, Uplink

NETWORK = "sparkplug"
MEASURING = frozenset({"NBIRTH", "NDATA", "DBIRTH", "DDATA"})
_TIMESTAMP, _METRIC = 1, 2  # of a payload
_NAME, _TAKEN, _TYPE, _NULL = 1, 3, 4, 7  # of a metric
_INT, _LONG, _FLOAT, _DOUBLE, _BOOLEAN = 10, 11, 12, 13, 14
_SIGNED = {1: 32, 2: 32, 3: 32, 4: 64}  # data types of whole numbers below 0: bits they come in
_OWN = ("node control/", "device control/", "properties/", "bdseq")

_Field = int | bytes
_Metric = dict[int, _Field]


def parse(device: str, body: bytes, arrived_at: datetime) -> Uplink | None:
    """The values of the metrics that have names we know, at their times; None when it has none.

    Raises
    ------
    DecodeError  `bad_envelope` for what is no such payload, or has aliases only; `clock_ahead`.
    """
    stated: _Field | None = None
    metrics: list[_Metric] = []
    for number, value in _fields(body):
        if number == _TIMESTAMP:
            stated = value
        elif number == _METRIC:
            metrics.append(dict(_fields(value)) if isinstance(value, bytes) else {})
    if not metrics:
        return None
    if not any(_NAME in metric for metric in metrics):
        detail = "its metrics have aliases only; let the device publish their names too"
        raise DecodeError(device, "bad_envelope", detail)
    found: dict[_Field | None, list[Reading | Problem]] = defaultdict(list)
    for metric in metrics:
        if (one := _one(metric)) is not None:
            found[metric.get(_TAKEN, stated)].append(one)
    moments = [_moment(device, taken, each, arrived_at) for taken, each in found.items()]
    return uplink(device, NETWORK, moments) if moments else None


def _moment(
    device: str, taken: _Field | None, found: list[Reading | Problem], arrived_at: datetime
) -> Moment:
    time, late = read.time_or_arrival(taken, arrived_at, name="timestamp", device=device)
    readings = [one for one in found if isinstance(one, Reading)]
    return Moment(time, readings, [*late, *(one for one in found if isinstance(one, Problem))])


def _one(metric: _Metric) -> Reading | Problem | None:
    try:
        name = bytes(metric[_NAME]).decode() if isinstance(metric.get(_NAME), bytes) else ""
    except UnicodeDecodeError as error:
        raise DecodeError("", "bad_envelope", f"a metric's name is no text: {error}") from error
    if not name or name.lower().startswith(_OWN):
        return None
    # "Soil/Moisture" is soil_moisture, "Inputs/temperature" is temperature.
    parts = name.split("/")
    joined = "_".join(parts[-2:])
    short = joined if vocabulary.resolve(joined) is not None else parts[-1]
    return named_values.one(short, _value(metric))


def _value(metric: _Metric) -> object:
    if metric.get(_NULL):
        return None
    if _BOOLEAN in metric:
        return bool(metric[_BOOLEAN])
    for number, form in ((_FLOAT, "<f"), (_DOUBLE, "<d")):
        value = metric.get(number)
        if isinstance(value, bytes) and len(value) == struct.calcsize(form):
            return float(struct.unpack(form, value)[0])
    whole = metric.get(_INT, metric.get(_LONG))
    if not isinstance(whole, int):
        return ""
    kind = metric.get(_TYPE)
    bits = _SIGNED.get(kind, 0) if isinstance(kind, int) else 0
    return whole - (1 << bits) if bits and whole >> (bits - 1) & 1 else whole


def _fields(body: bytes) -> Iterator[tuple[int, _Field]]:
    """The fields of a protobuf message: whole numbers, or bytes."""
    position = 0
    while position < len(body):
        key, position = _varint(body, position)
        form = key & 7
        if form == 0:
            number, position = _varint(body, position)
            yield key >> 3, number
            continue
        if form == 2:
            size, position = _varint(body, position)
        elif form in (1, 5):
            size = 8 if form == 1 else 4
        else:
            raise DecodeError("", "bad_envelope", f"no protobuf: form {form} at byte {position}")
        chunk = body[position : position + size]
        if len(chunk) < size:
            raise DecodeError("", "bad_envelope", f"no protobuf: {len(chunk)} bytes of {size} left")
        yield key >> 3, chunk
        position += size


def _varint(body: bytes, position: int) -> tuple[int, int]:
    """A number of up to ten bytes, seven bits in each, the least first; and where it ends."""
    found = 0
    for shift in range(0, 70, 7):
        if position >= len(body):
            break
        byte = body[position]
        position += 1
        found |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return found, position
    raise DecodeError("", "bad_envelope", f"no protobuf: a number without an end at {position}")
