"""Enginko (MCF88): Davis stations on a radio, and air sensors with a short memory.

Byte 0 tells the frame, values are least byte first. A Davis console's values are in its own units
(°F, mph, hundredths of an inch); what it has no sensor for is all ones. Frames with a date place
their values beside the time of their uplink. Left out: the UV index, whose scale is unclear, the
console's forecast, and the trend of its barometer.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from sensors.codecs.layout import Field, Layout, check_size, joined, quantities
from sensors.codecs.model import Model
from sensors.errors import DecodeError
from sensors.reading import Decoded, Problem, Reading

_PORTS = tuple(range(1, 224))
_NO_BYTE = MappingProxyType({0xFF: ""})
_NO_WORD = MappingProxyType({0xFFFF: "", 0x7FFF: ""})
_INCH_MM = 25.4


def _celsius(fahrenheit: float) -> float:
    return (fahrenheit - 32.0) / 1.8


def _tips(quantity: str) -> Field:
    """Hundredths of an inch."""
    return Field(quantity, "H", 100.0 / _INCH_MM, sentinels=_NO_WORD)


def _mph(quantity: str) -> Field:
    return Field(quantity, "B", 1.0 / 0.44704, sentinels=_NO_BYTE)


_DAVIS = Layout(
    "<",
    (
        Field("", "2s"),
        Field("sea_level_pressure", "H", 1000.0 / 3.3863886666667, sentinels=_NO_WORD),  # inHg
        Field("air_temperature", "h", 10.0, sentinels=_NO_WORD, convert=_celsius),
        Field("", "B"),  # the wind of this moment
        _mph("wind_speed"),  # of ten minutes
        # 0 is a vane that has not been heard; north is 360
        Field("wind_direction", "H", sentinels=MappingProxyType({**_NO_WORD, 0: ""})),
        Field("relative_humidity", "B", sentinels=_NO_BYTE),
        _tips("rain_rate"),
        Field("", "B"),
        Field("solar_radiation", "H", sentinels=_NO_WORD),
        _tips("rain_day"),
        Field("", "H"),
        *(Field("soil_water_potential", "B", -1.0, 0, level, _NO_BYTE) for level in range(4)),
        *(Field("leaf_wetness", "B", 0.15, 0, level, _NO_BYTE) for level in range(4)),  # 0 to 15
        Field("", "2s"),
    ),
)
_AIR = (
    Field("air_temperature", "h", 100.0),
    Field("relative_humidity", "B", 2.0),
)
_DATE = 4
_PRESSURE = 3  # bytes, hundredths of hPa
_DUST = Layout("<", (Field("pm1", "H"), Field("pm2_5", "H"), Field("pm10", "H")))
_AIR_LAYOUT = Layout("<", _AIR)
_AIR_SIZE = _DATE + _AIR_LAYOUT.size + _PRESSURE


def _enginko(payload: bytes, received_at: datetime | None) -> Decoded:
    frame = payload[0]
    if frame == 0x01:  # asks for the time
        return Decoded()
    if frame == 0x04:
        return _memory(payload, received_at)
    if frame == 0x0B and len(payload) > 2 and (payload[1] >> 4, payload[2]) in _REPORTS:
        return _reported(payload, received_at)
    detail = f"frame {payload[:3].hex(' ')}; 04, 0b 2x 00, 0b 2x 01 and 0b 3x 00 are read"
    raise DecodeError("", "unknown_mode", detail)


def _reported(payload: bytes, received_at: datetime | None) -> Decoded:
    body = payload[3:]
    kind = payload[1] >> 4, payload[2]
    if kind == (2, 0):
        check_size(body, _DAVIS.size)
        return _DAVIS.read(body)
    air = _AIR_SIZE if kind == (3, 0) else _DATE
    size = air + _DUST.size
    check_size(body, size, most=size + 1)
    offset = _offset(body, received_at)
    if isinstance(offset, Problem):
        return Decoded(problems=(offset,))
    parts = [_DUST.read(body[air:size], offset_s=offset)]
    if kind == (3, 0):
        parts.insert(0, _air(body, offset))
    if len(body) > size:
        parts.append(_battery(body[size]))
    return joined(parts)


_REPORTS: Mapping[tuple[int, int], str] = MappingProxyType(
    {(2, 0): "Davis station", (2, 1): "dust", (3, 0): "air and dust"}
)


def _memory(payload: bytes, received_at: datetime | None) -> Decoded:
    """Three values of the air, each with its date, and the battery."""
    size = 1 + 3 * _AIR_SIZE + 1
    check_size(payload, size, most=len(payload))
    parts: list[Decoded] = []
    for at in range(1, size - 1, _AIR_SIZE):
        chunk = payload[at : at + _AIR_SIZE]
        if not any(chunk[:_DATE]):
            continue  # a place of the memory that is not filled
        offset = _offset(chunk, received_at)
        found = Decoded(problems=(offset,)) if isinstance(offset, Problem) else _air(chunk, offset)
        parts.append(found)
    return joined((*parts, _battery(payload[size - 1])))


def _air(chunk: bytes, offset_s: int) -> Decoded:
    end = _DATE + _AIR_LAYOUT.size
    decoded = _AIR_LAYOUT.read(chunk[_DATE:end], offset_s=offset_s)
    pressure = int.from_bytes(chunk[end : end + _PRESSURE], "little") / 1000.0
    return Decoded((*decoded.readings, Reading("air_pressure", pressure, offset_s=offset_s)))


def _battery(level: int) -> Decoded:
    return Decoded((Reading("battery_level", float(level)),))


def _offset(chunk: bytes, received_at: datetime | None) -> int | Problem:
    """Seconds from the uplink to the date of four bytes: years since 2000 down to two seconds."""
    bits = int.from_bytes(chunk[:_DATE], "little")
    parts = (2000 + (bits >> 25), bits >> 21 & 15, bits >> 16 & 31, bits >> 11 & 31, bits >> 5 & 63)
    try:
        taken = datetime(*parts, 2 * (bits & 31), tzinfo=UTC)
    except ValueError:
        detail = "the device's date is none; its clock was never set"
        return Problem("bad_time", field="date", value=f"{bits:08x}", detail=detail)
    if received_at is None:
        detail = "a value with its own date can be placed only beside its uplink's time"
        return Problem("no_time", field="date", value=f"{taken:%FT%TZ}", detail=detail)
    return int(taken.timestamp()) - int(received_at.timestamp())


_STATION = quantities(_DAVIS)
_LOGGER = ("battery_level", *quantities(_AIR_LAYOUT), "air_pressure")
_WITH_DUST = (*_LOGGER, *quantities(_DUST))


def _model(name: str, names: tuple[str, ...]) -> Model:
    key = f"enginko/{name.lower()}"
    return Model(key, "Enginko", name, names, _enginko, _PORTS, aliases=(f"mcf88-{name.lower()}",))


MODELS = (
    _model("MCF-LW06DAVK", _STATION),
    _model("MCF-LW06DAVPK", _STATION),
    _model("MCF-LWWS00", _STATION),
    _model("MCF-LWWS01", _STATION),
    _model("MCF-LWWS02", (*_STATION, *quantities(_DUST))),
    _model("MCF-LWWS03", (*_STATION, *quantities(_DUST))),
    _model("MCF-LW12TERWP", _LOGGER),
    _model("MCF-LW12TERPM", _WITH_DUST),
)
