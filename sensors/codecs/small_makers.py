"""Makers of whom one device is read, all most significant byte first.

- **Cital LoRaSoil**, port 152: soil water potential (suction, kPa) and temperature, and where the
  firmware sends them what is measured on its board, and the probe's resistance. Its own date and
  position are not used.
- **Tinovi PM-IO-5-SM**, port 1: byte 0 tells which probes follow; level 1 is the second soil
  probe. Conductivity is in mS m⁻¹, water content in whole per cents. The pressure input has no
  stated unit and is not kept.
- **Teneo soil moisture sensor**, port 1: water content in whole per cents.
- **ELV LW-SWD**, port 10: a detector; it tells whether there is moisture or water, and its tilt.
- **Smartrural grain probe**, port 2: two temperatures.
"""

from datetime import datetime
from types import MappingProxyType

from sensors.codecs.layout import Field, Layout, check_size, joined, quantities
from sensors.codecs.model import Model
from sensors.errors import DecodeError
from sensors.reading import Decoded, Problem, Reading

_NO_PROBE = MappingProxyType({0x7FFF: "no_sensor"})
_NO_COUNT = MappingProxyType({0xFFFF: "no_sensor"})
_NO_SHARE = MappingProxyType({0xFF: "no_sensor"})


def _layout(*fields: Field) -> Layout:
    return Layout(">", fields)


def _degrees(quantity: str, divisor: float = 100.0, level: int = 0) -> Field:
    return Field(quantity, "h", divisor, level=level, sentinels=_NO_PROBE)


# Cital: date and time as decimal digits, latitude, longitude, firmware; then what newer ones add.
_CITAL = _layout(
    _degrees("soil_temperature"),
    Field("soil_water_potential", "H", -100.0, sentinels=_NO_COUNT),
    Field("battery_level", "B"),
    Field("", "16s"),
)
_CITAL_BOARD = _layout(
    _degrees("air_temperature"),
    Field("air_pressure", "H", 10.0),
    Field("relative_humidity", "B"),
)
_CITAL_PROBE = _layout(Field("soil_resistance", "I"))
_CITAL_PARTS = (_CITAL, _CITAL_BOARD, _CITAL_PROBE)


def _lorasoil(payload: bytes, received_at: datetime | None) -> Decoded:
    """Firmware adds part after part; a payload ends with one of them."""
    del received_at  # no history
    parts: list[Decoded] = []
    position = 0
    for layout in _CITAL_PARTS:
        if parts and position == len(payload):
            break
        check_size(payload, position + layout.size, most=len(payload))
        parts.append(layout.read(payload[position : position + layout.size]))
        position += layout.size
    check_size(payload, position)
    return joined(parts)


def _tinovi_soil(level: int) -> Layout:
    return _layout(
        Field("soil_permittivity", "H", 100.0, level=level),
        Field("soil_conductivity", "H", 1000.0, level=level),  # tenths of mS m⁻¹
        _degrees("soil_temperature", level=level),
        Field("soil_moisture", "H", 100.0, level=level, sentinels=_NO_COUNT),
    )


_TINOVI_HEAD = _layout(Field("", "B"), Field("battery_level", "B"))
# Bit of byte 0: its part, in the order of the payload.
_TINOVI_PARTS = (
    (0, _tinovi_soil(0)),
    (
        1,
        _layout(
            _degrees("air_temperature"),
            Field("relative_humidity", "H", 100.0),
            # Pa above 50 000; 65 536 Pa is a barometer that is not there.
            Field("air_pressure", "H", 1000.0, -50000, sentinels=MappingProxyType({15536: ""})),
        ),
    ),
    (2, _layout(Field("illuminance", "I", 100.0))),
    (4, _layout(Field("pulse_total", "I"))),
    (3, _tinovi_soil(1)),
    (5, _layout(Field("", "H"))),
)
_TINOVI_LEAF = _layout(Field("leaf_wetness", "H", 100.0), _degrees("leaf_temperature"))
_TINOVI_VALVE, _TINOVI_LEAK, _TINOVI_LEAF_BIT = 7, 6, 1


def _pm_io_5_sm(payload: bytes, received_at: datetime | None) -> Decoded:
    """A last byte of more flags, then the leaf probe, may follow the parts."""
    del received_at  # no history
    check_size(payload, _TINOVI_HEAD.size, most=len(payload))
    flags = payload[0]
    layouts = [_TINOVI_HEAD, *(part for bit, part in _TINOVI_PARTS if flags >> bit & 1)]
    used = sum(layout.size for layout in layouts)
    check_size(payload, used, most=len(payload))
    if len(payload) > used:
        layouts.append(_layout(Field("", "B")))
        if payload[used] >> _TINOVI_LEAF_BIT & 1:
            layouts.append(_TINOVI_LEAF)
    check_size(payload, sum(layout.size for layout in layouts))
    parts = [
        Decoded(
            (
                Reading("valve_open", float(flags >> _TINOVI_VALVE & 1)),
                Reading("water_detected", float(flags >> _TINOVI_LEAK & 1)),
            )
        )
    ]
    position = 0
    for layout in layouts:
        parts.append(layout.read(payload[position : position + layout.size]))
        position += layout.size
    return joined(parts)


_TENEO = _layout(
    Field("battery_voltage", "B", 10.0, -20),  # tenths of a volt above 2 V
    Field("soil_moisture", "B", 100.0, sentinels=_NO_SHARE),
)
_TENEO_WARM = _layout(*_TENEO.fields, _degrees("soil_temperature"), Field("", "2s"))


def _teneo(payload: bytes, received_at: datetime | None) -> Decoded:
    del received_at  # no history
    layout = _TENEO if len(payload) <= _TENEO.size else _TENEO_WARM
    check_size(payload, layout.size)
    return layout.read(payload)


_ELV_HEAD = 3
_ELV_STATE = (1, 2)  # of the frames 0–3 these tell the state, the others the device
_ELV_SIZES = MappingProxyType({1: 8, 2: 6})


def _lw_swd(payload: bytes, received_at: datetime | None) -> Decoded:
    """Supply voltage, frame, reason; then error, bits (dry, moisture, water) and tilt."""
    del received_at  # no history
    check_size(payload, _ELV_HEAD, most=len(payload))
    volts = 1.0 + (payload[0] >> 6) + (payload[0] & 0x3F) * 0.02
    readings, frame = [Reading("battery_voltage", volts)], payload[1]
    if frame > 3:
        raise DecodeError("", "bad_payload", f"frame {frame}; there are 0 to 3")
    if frame not in _ELV_STATE:
        return Decoded(tuple(readings))
    check_size(payload, _ELV_SIZES[frame], most=_ELV_SIZES[frame] + 1)
    error, bits, tilt = payload[3:6]
    readings += [
        Reading("moisture_detected", float(bits >> 1 & 1)),
        Reading("water_detected", float(bits >> 2 & 1)),
        Reading("tilt", float(tilt)),
    ]
    if not error:
        return Decoded(tuple(readings))
    detail = "the device reports a fault; see its manual for the number"
    return Decoded(
        tuple(readings), (Problem("sensor_error", field="error", value=str(error), detail=detail),)
    )


def _grain(divisor: float) -> Layout:
    return _layout(
        Field("battery_voltage", "H", 1000.0),
        Field("", "B"),
        _degrees("external_temperature", divisor),
        _degrees("external_temperature", divisor, 1),
        Field("", "I"),
    )


_GRAIN_MODES = MappingProxyType({1: _grain(100.0), 2: _grain(10.0)})
_GRAIN_MEMORY = 0x40


def _grain_probe(payload: bytes, received_at: datetime | None) -> Decoded:
    """The low bits of byte 2 tell what hangs on it; its own clock is not used."""
    del received_at  # its memory, sent on demand, is not read
    check_size(payload, _GRAIN_MODES[1].size)
    mode = payload[2] & 0x0F
    if payload[2] & _GRAIN_MEMORY or mode not in _GRAIN_MODES:
        detail = f"byte 2 is {payload[2]:02x}; modes 1 and 2 are read, memory is not"
        raise DecodeError("", "unknown_mode", detail)
    battery = (int.from_bytes(payload[:2], "big") & 0x3FFF).to_bytes(2, "big")
    return _GRAIN_MODES[mode].read(battery + payload[2:])


_TINOVI_QUANTITIES = quantities(_TINOVI_HEAD, *(part for _, part in _TINOVI_PARTS), _TINOVI_LEAF)

MODELS = (
    Model("cital/lorasoil", "Cital", "LoRaSoil", quantities(*_CITAL_PARTS), _lorasoil, (152,)),
    Model(
        "tinovi/pm-io-5-sm",
        "Tinovi",
        "PM-IO-5-SM",
        ("valve_open", "water_detected", *_TINOVI_QUANTITIES),
        _pm_io_5_sm,
        (1,),
    ),
    Model(
        "teneo/soil-moisture-sensor",
        "Teneo",
        "Soil-Moisture-Sensor",
        quantities(_TENEO_WARM),
        _teneo,
        (1,),
    ),
    Model(
        "elv/lw-swd",
        "ELV",
        "LW-SWD",
        ("battery_voltage", "moisture_detected", "water_detected", "tilt"),
        _lw_swd,
        (10,),
        aliases=("elv-lw-swd",),
    ),
    Model(
        "smartrural/grain-probe",
        "Smartrural",
        "Grain-Probe",
        quantities(*_GRAIN_MODES.values()),
        _grain_probe,
        (2,),
        aliases=("grain-probe-01",),
    ),
)
