"""Dragino's devices whose payload grows with what is plugged in: WSC1-L and GroPoint Air, port 2.

- **WSC1-L**, weather station: sensor, length, value; the values big-endian. What the rain gauge
  shows (rate, hour, day or all so far) is a setting of the device that the payload does not tell,
  so it is a `rain_gauge` and never a `rain`. Its battery on port 2 has an unclear scale: left out.
- **GroPoint Air**, soil profile: battery, the number of segments, then temperatures (where there
  are any) and water contents from the top. Its temperature sensors are more than its segments and
  elsewhere, so their levels follow after: of 3 segments the levels are 0, 1, 2, and those of its
  six temperature sensors 3 to 8. The register names the depths in that order.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from sensors.codecs.layout import Field, Layout, check_size, joined, quantities
from sensors.codecs.model import Model
from sensors.errors import DecodeError
from sensors.reading import Decoded, Problem

_PORTS = (2,)
_SILENT = MappingProxyType({0xFFFF: "no_sensor"})
_SILENT_SIGNED = MappingProxyType({0x7FFF: "no_sensor"})
_BATTERY = Field("battery_voltage", "H", 1000.0)


def _word(quantity: str, divisor: float = 1.0) -> Layout:
    return Layout(">", (Field(quantity, "H", divisor, sentinels=_SILENT),))


# The wind's third byte is its force or sector: the same once more, coarser.
_WSC1_L: Mapping[int, Layout] = MappingProxyType(
    {
        0x01: _word("wind_speed", 10.0),
        0x02: _word("wind_direction", 10.0),
        0x03: _word("illuminance", 0.1),
        0x04: Layout(">", (Field("rain_detected", "B"),)),
        0x05: _word("co2"),
        0x06: Layout(">", (Field("air_temperature", "h", 10.0, sentinels=_SILENT_SIGNED),)),
        0x07: _word("relative_humidity", 10.0),
        0x08: _word("air_pressure", 100.0),  # tenths of hPa
        0x09: _word("rain_gauge", 10.0),
        0x0A: _word("pm2_5"),
        0x0B: _word("pm10"),
        0x0C: _word("photon_flux"),
        0x0D: _word("solar_radiation", 10.0),
    }
)
_WSC1_L_SKIPPED = frozenset({0x00, 0xA1, 0xA2, 0xA3, 0xA4})  # battery; inputs of the user's own


def _wsc1_l(payload: bytes, received_at: datetime | None) -> Decoded:
    """Entry after entry; one of an unknown sensor is passed over by its length, and reported."""
    del received_at  # no history
    parts: list[Decoded] = []
    position = 0
    while position < len(payload):
        sensor, chunk = _entry(payload, position)
        position += 2 + len(chunk)
        layout = _WSC1_L.get(sensor)
        if layout is not None:
            check_size(chunk, layout.size, most=layout.size + 1)
            parts.append(layout.read(chunk[: layout.size]))
        elif sensor not in _WSC1_L_SKIPPED:
            parts.append(_unknown(sensor, chunk))
    decoded = joined(parts)
    if decoded.problems and not decoded.readings:
        raise DecodeError("", "unknown_channel", decoded.problems[0].detail)
    return decoded


def _entry(payload: bytes, position: int) -> tuple[int, bytes]:
    """The sensor at this position, and its value's bytes."""
    check_size(payload, position + 2, most=len(payload))
    size = payload[position + 1]
    check_size(payload, position + 2 + size, most=len(payload))
    return payload[position], payload[position + 2 : position + 2 + size]


def _unknown(sensor: int, chunk: bytes) -> Decoded:
    detail = f"sensor {sensor:02x} is not of this model; its value is left unread"
    problem = Problem("unknown_channel", field=f"{sensor:02x}", value=chunk.hex(), detail=detail)
    return Decoded(problems=(problem,))


_SEGMENTS = 0x30  # and their number
# Temperature sensors of a probe with so many segments.
_TEMPERATURES: Mapping[int, int] = MappingProxyType({2: 4, 3: 6, 4: 7, 5: 9, 6: 11, 7: 12, 8: 13})
_NO_ANSWER = b"\x7f\xff"
_HEAD = Layout(">", (_BATTERY, Field("", "B")))


def _gropoint(payload: bytes, received_at: datetime | None) -> Decoded:
    """A probe that does not answer sends one 7FFF in the place of its water contents."""
    del received_at  # no history
    check_size(payload, _HEAD.size + 2, most=len(payload))
    segments = payload[2] - _SEGMENTS
    if segments not in _TEMPERATURES:
        detail = f"byte 2 is {payload[2]:02x}; 32 to 38 tell 2 to 8 segments"
        raise DecodeError("", "bad_payload", detail)
    battery = (int.from_bytes(payload[:2], "big") & 0x0FFF).to_bytes(2, "big")
    head, values = _HEAD.read(battery + payload[2:3]), payload[_HEAD.size :]
    warm = _TEMPERATURES[segments]
    silent = values[-2:] == _NO_ANSWER and len(values) in (2, 2 * warm + 2)
    wet = 1 if silent else segments
    if len(values) == 2 * wet:
        warm = 0
    check_size(values, 2 * (warm + wet))
    return joined((head, _profile(warm, wet, first_warm=segments).read(values)))


def _profile(warm: int, wet: int, *, first_warm: int) -> Layout:
    """Temperatures, then water contents in tenths of a per cent."""
    temperatures = (
        Field("soil_temperature", "h", 10.0, level=first_warm + i, sentinels=_SILENT_SIGNED)
        for i in range(warm)
    )
    moistures = (
        Field("soil_moisture", "H", 1000.0, level=i, sentinels=_SILENT_SIGNED) for i in range(wet)
    )
    return Layout(">", (*temperatures, *moistures))


MODELS = (
    Model("dragino/wsc1-l", "Dragino", "WSC1-L", quantities(*_WSC1_L.values()), _wsc1_l, _PORTS),
    Model(
        "dragino/gropoint-air",
        "Dragino",
        "GroPoint-Air",
        quantities(_HEAD, _profile(1, 1, first_warm=2)),
        _gropoint,
        _PORTS,
        aliases=("gro-point-air",),
    ),
)
