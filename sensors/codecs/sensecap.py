"""SenseCAP (Seeed): the S210x probes' frames of seven bytes, and the S2120 weather station's.

- **S2100 to S2105**: channel, number of the measurement, value; least byte first, thousandths; two
  bytes of checksum (CRC-16/KERMIT) at the end.
- **S2120**: frame, values, most significant byte first. Its rain is an intensity in mm h⁻¹; the
  later firmware's frame 4C also gives all rain so far.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import nan
from types import MappingProxyType

from sensors.codecs.layout import Field, Layout, check_size, joined, quantities
from sensors.codecs.model import Model
from sensors.errors import DecodeError
from sensors.reading import Decoded, Problem, Reading

_PORTS = tuple(range(1, 224))
_FRAME = 7
_CHECKSUM = 2
_NO_VALUE = frozenset({0x7FFFFFFF, -0x80000000})


@dataclass(frozen=True, slots=True)
class _Measurement:
    """What a number of the maker's list means: thousandths of its unit by `divisor` are ours."""

    quantity: str
    divisor: float = 1000.0
    depth_cm: float | None = None


_PER_CENT = 100000.0  # thousandths of a per cent in 1 m³ m⁻³
_MEASUREMENTS: Mapping[int, _Measurement] = MappingProxyType(
    {
        4097: _Measurement("air_temperature"),
        4098: _Measurement("relative_humidity"),
        4099: _Measurement("illuminance"),
        4100: _Measurement("co2"),
        4101: _Measurement("air_pressure", 1e6),  # Pa
        4102: _Measurement("soil_temperature"),
        4103: _Measurement("soil_moisture", _PER_CENT),
        4104: _Measurement("wind_direction"),
        4105: _Measurement("wind_speed"),
        4106: _Measurement("soil_ph"),
        4107: _Measurement("photon_flux"),
        4108: _Measurement("soil_conductivity"),
        4109: _Measurement("dissolved_oxygen"),
        4110: _Measurement("soil_moisture", _PER_CENT),
        4111: _Measurement("soil_conductivity"),
        4112: _Measurement("soil_temperature"),
        4113: _Measurement("rain_rate"),
        4115: _Measurement("distance", 100.0),  # cm
        4116: _Measurement("water_detected"),
        4117: _Measurement("water_level", 100.0),  # cm
        4118: _Measurement("ammonia"),
        4119: _Measurement("hydrogen_sulphide"),
        4123: _Measurement("water_conductivity", 1e6),  # µS cm⁻¹
        4124: _Measurement("water_temperature"),
        4125: _Measurement("soil_heat_flux"),
        4127: _Measurement("solar_radiation"),
        4129: _Measurement("photon_flux"),
        4133: _Measurement("soil_water_potential"),
        4136: _Measurement("leaf_temperature"),
        4137: _Measurement("leaf_wetness"),
        **{4138 + i: _Measurement("soil_moisture", _PER_CENT, 10.0 * (i + 1)) for i in range(4)},
        **{4142 + i: _Measurement("soil_temperature", 1000.0, 10.0 * (i + 1)) for i in range(4)},
        4146: _Measurement("pm2_5"),
        4147: _Measurement("pm10"),
        4190: _Measurement("uv_index"),
        4191: _Measurement("wind_gust"),
    }
)
_BATTERY = 7  # low word: per cent; high word: minutes between messages
_REMOVED = 0x120
_OWN = frozenset(range(7))  # versions and numbers of the device and its probe


def _s210x(payload: bytes, received_at: datetime | None) -> Decoded:
    """Frame after frame; what is not in the list is reported and passed over."""
    del received_at  # no history
    check_size(payload, _FRAME + _CHECKSUM, most=len(payload))
    left = (len(payload) - _CHECKSUM) % _FRAME
    if left:
        raise DecodeError("", "short_payload", f"the last frame has {left} bytes of {_FRAME}")
    stated = int.from_bytes(payload[-_CHECKSUM:], "little")
    computed = _crc(payload[:-_CHECKSUM])
    if stated != computed:
        detail = f"{stated:04x}, but the bytes give {computed:04x}; they were damaged on their way"
        raise DecodeError("", "bad_checksum", detail)
    body = payload[:-_CHECKSUM]
    return joined([_frame(body[at : at + _FRAME]) for at in range(0, len(body), _FRAME)])


def _frame(chunk: bytes) -> Decoded:
    number = int.from_bytes(chunk[1:3], "little")
    count = int.from_bytes(chunk[3:], "little", signed=True)
    if number in _OWN:
        return Decoded()
    if number == _BATTERY:
        return Decoded((Reading("battery_level", float(count & 0xFFFF)),))
    if number == _REMOVED:
        return _silent("sensor", "the probe was taken off; plug it in again")
    measured = _MEASUREMENTS.get(number)
    if measured is None:
        detail = f"measurement {number} is not of this model; its value is left unread"
        return Decoded(
            problems=(Problem("unknown_channel", str(number), "", chunk[3:].hex(), detail),)
        )
    if count in _NO_VALUE:
        missing = Reading(measured.quantity, nan, measured.depth_cm)
        found = _silent(measured.quantity, "the device answers that it has no value")
        return Decoded((missing,), found.problems)
    return Decoded((Reading(measured.quantity, count / measured.divisor, measured.depth_cm),))


def _silent(field: str, detail: str) -> Decoded:
    return Decoded(problems=(Problem("no_sensor", field=field, detail=detail),))


def _crc(body: bytes) -> int:
    """CRC-16/KERMIT."""
    crc = 0
    for byte in body:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x8408 if crc & 1 else 0)
    return crc


def _word(quantity: str, divisor: float = 1.0) -> Field:
    return Field(quantity, "H", divisor, sentinels=MappingProxyType({0xFFFF: "no_sensor"}))


def _long(quantity: str, divisor: float = 1.0) -> Field:
    return Field(quantity, "I", divisor, sentinels=MappingProxyType({0xFFFFFFFF: "no_sensor"}))


def _byte(quantity: str, divisor: float = 1.0) -> Field:
    return Field(quantity, "B", divisor, sentinels=MappingProxyType({0xFF: "no_sensor"}))


_COLD = MappingProxyType({0x7FFF: "no_sensor", 0x8000: "no_sensor"})
_AIR = Layout(
    ">",
    (
        Field("air_temperature", "h", 10.0, sentinels=_COLD),
        _byte("relative_humidity"),
        _long("illuminance"),
        _byte("uv_index", 10.0),
        _word("wind_speed", 10.0),
    ),
)
_SKY = Layout(
    ">",
    (_word("wind_direction"), _long("rain_rate", 1000.0), _word("air_pressure", 100.0)),  # 10 Pa
)
_GUST = Layout(">", (_word("wind_gust", 10.0), _long("rain_total", 1000.0)))
_STATION: Mapping[int, Layout] = MappingProxyType(
    {
        0x01: _AIR,
        0x02: _SKY,
        0x03: Layout(">", (_byte("battery_level"),)),
        0x04: Layout(">", (_byte("battery_level"), Field("", "8s"))),  # and versions, intervals
        0x05: Layout(">", (Field("", "4s"),)),  # intervals
        0x06: Layout(">", (Field("", "B"),)),  # a fault's number, 0 for none
        0x10: Layout(">", (Field("", "9s"),)),  # state and number of the probe
        0x4A: _AIR,
        0x4B: _SKY,
        0x4C: _GUST,
    }
)
_FAULT = 0x06


def _s2120(payload: bytes, received_at: datetime | None) -> Decoded:
    """Frame after frame; what follows an unknown one cannot be read and becomes a problem."""
    del received_at  # no history
    parts: list[Decoded] = []
    position = 0
    while position < len(payload):
        frame = payload[position]
        layout = _STATION.get(frame)
        if layout is None:
            parts.append(_unknown(frame, payload[position:], alone=not parts))
            break
        check_size(payload, position + 1 + layout.size, most=len(payload))
        chunk = payload[position + 1 : position + 1 + layout.size]
        parts.append(_fault(chunk[0]) if frame == _FAULT else layout.read(chunk))
        position += 1 + layout.size
    return joined(parts)


def _fault(number: int) -> Decoded:
    if not number:
        return Decoded()
    detail = "the station reports a fault; see its manual for the number"
    return Decoded(
        problems=(Problem("sensor_error", field="error", value=f"{number:02x}", detail=detail),)
    )


def _unknown(frame: int, rest: bytes, *, alone: bool) -> Decoded:
    detail = f"frame {frame:02x} is not of this model; {len(rest)} bytes left unread"
    if alone:
        raise DecodeError("", "unknown_channel", detail)
    problem = Problem("unknown_channel", field=f"{frame:02x}", value=rest.hex(), detail=detail)
    return Decoded(problems=(problem,))


_ALL = ("battery_level", *dict.fromkeys(one.quantity for one in _MEASUREMENTS.values()))
_AIR_NAMES = ("battery_level", "air_temperature", "relative_humidity")
_SOIL_NAMES = ("battery_level", "soil_temperature", "soil_moisture")


def _probe(name: str, sold_as: str, names: tuple[str, ...]) -> Model:
    """One of the S210x: all send the same frames."""
    aliases = (f"sensecap{name.lower()}-{sold_as}", f"seeed-{name.lower()}")
    key = f"sensecap/{name.lower()}"
    return Model(key, "SenseCAP", name, names, _s210x, _PORTS, aliases=aliases)


MODELS = (
    _probe("S2100", "data-logger", _ALL),
    _probe("S2101", "temp-humid", _AIR_NAMES),
    _probe("S2102", "light", ("battery_level", "illuminance")),
    _probe("S2103", "co2-temp-humid", (*_AIR_NAMES, "co2")),
    _probe("S2104", "soil-moisture-temp", _SOIL_NAMES),
    _probe("S2105", "soll-moisture-temp-ec", (*_SOIL_NAMES, "soil_conductivity")),
    Model("sensecap/s210x", "SenseCAP", "S210x", _ALL, _s210x, _PORTS, aliases=("seeed-s210x",)),
    Model(
        "sensecap/s2120",
        "SenseCAP",
        "S2120",
        quantities(*_STATION.values()),
        _s2120,
        _PORTS,
        aliases=("sensecap2120-8-in-1", "sensecaps2120-8-in-1", "seeed-s2120"),
    ),
)
