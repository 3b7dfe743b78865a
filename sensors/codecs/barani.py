"""Barani MeteoHelix: eleven bytes of fields that keep to no byte, on port 1.

Lowest, highest and strongest are differences from the mean, which is of ten minutes. A field all
ones is a sensor that has no value. The rain counter turns over after 255 and counts the pulses of
whatever gauge is plugged in; all ones is no gauge. How far apart two pulses were is not kept.
"""

from datetime import datetime
from math import nan

from sensors.codecs.layout import check_size
from sensors.codecs.model import Model
from sensors.errors import DecodeError
from sensors.reading import Decoded, Problem, Reading

_PORTS = (1,)
_SIZE = 11
_MEASURED = 1  # the message's type
_WIDTHS = (2, 5, 11, 6, 6, 9, 14, 10, 9, 8, 8)
_NAMES = (
    "battery_voltage",
    "air_temperature",
    "air_temperature_min",
    "air_temperature_max",
    "relative_humidity",
    "air_pressure",
    "solar_radiation",
    "solar_radiation_max",
    "pulse_count",
)


def _meteohelix(payload: bytes, received_at: datetime | None) -> Decoded:
    del received_at  # no history
    check_size(payload, _SIZE)
    kind, *counts = _counts(payload)
    if kind != _MEASURED:
        raise DecodeError("", "unknown_mode", f"message type {kind}; type {_MEASURED} is read")
    battery, mean, below, above, humidity, pressure, sun, stronger, pulses, _ = counts
    temperature = _value(mean, 11, 0.1, -100.0)
    light = _value(sun, 10, 2.0)
    values = (
        _value(battery, 5, 0.05, 3.0),
        temperature,
        temperature - _value(below, 6, 0.1),
        temperature + _value(above, 6, 0.1),
        _value(humidity, 9, 0.2),
        _value(pressure, 14, 0.005, 50.0),  # 5 Pa
        light,
        light + _value(stronger, 9, 2.0),
        _value(pulses, 8, 1.0),
    )
    return _read(values)


def _read(values: tuple[float, ...]) -> Decoded:
    """Readings; an own sensor without a value is a problem, what hangs on it is left out."""
    readings: list[Reading] = []
    problems: list[Problem] = []
    for name, value in zip(_NAMES, values, strict=True):
        missing = value != value
        if missing and name in ("air_temperature", "relative_humidity", "air_pressure"):
            detail = "the station answers that it has no value; have it looked at"
            problems.append(Problem("no_sensor", field=name, value="all ones", detail=detail))
        elif missing:
            continue
        readings.append(Reading(name, value))
    return Decoded(tuple(readings), tuple(problems))


def _counts(payload: bytes) -> list[int]:
    """The fields' bits as numbers, in their order."""
    rest, left = int.from_bytes(payload, "big"), 8 * len(payload)
    found = []
    for width in _WIDTHS:
        left -= width
        found.append(rest >> left & ((1 << width) - 1))
    return found


def _value(count: int, width: int, resolution: float, zero: float = 0.0) -> float:
    return nan if count == (1 << width) - 1 else round(zero + count * resolution, 6)


MODELS = (
    Model(
        "barani/meteohelix",
        "Barani",
        "MeteoHelix",
        _NAMES,
        _meteohelix,
        _PORTS,
        aliases=("meteohelix-iot", "meteohelix-iot-pro", "barani-design-meteohelix"),
    ),
)
