"""Dragino: fixed layouts of eleven bytes, big-endian, on port 2.

Negative temperatures are two's complement: the maker's published decoders subtract 0xFFFF instead
of 0x10000 and read them 0.01 °C (LSE01) or 0.1 °C (LLMS01) too high.
"""

from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from sensors.codecs.layout import Field, Layout, check_size, quantities
from sensors.codecs.model import Model, Read, Stated
from sensors.errors import DecodeError
from sensors.reading import Decoded, Problem

_SIZE = 11
_PORTS = (2,)
_BATTERY_MASK = 0x3FFF  # the two high bits tell the state of the battery
_NO_PROBE = MappingProxyType({0x7FFF: ""})
# The LSE01's manual calls the field "reserved": without an extra probe it holds 0 or 0x7FFF.
_NOTHING_PLUGGED = MappingProxyType({0x7FFF: "", 0: ""})

_BATTERY = Field("battery_voltage", "H", 1000.0)
_EXTERNAL = Field("external_temperature", "h", 10.0, sentinels=_NO_PROBE)
_LSE01_HEAD = (_BATTERY, replace(_EXTERNAL, sentinels=_NOTHING_PLUGGED))
_FLAGS = Field("", "B")

_LSE01 = Layout(
    ">",
    (
        *_LSE01_HEAD,
        Field("soil_moisture", "H", 10000.0),  # hundredths of a per cent
        Field("soil_temperature", "h", 100.0),
        Field("soil_conductivity", "H", 1000.0),  # µS cm⁻¹
        _FLAGS,
    ),
)
_LSE01_COUNTS = Layout(
    ">",
    (
        *_LSE01_HEAD,
        Field("soil_permittivity", "H", 10.0),
        Field("soil_moisture_counts", "H"),
        Field("soil_conductivity_counts", "H"),
        _FLAGS,
    ),
)
_COUNTS_MODE = 0x80  # firmware ≥ 1.2.1
_PROBE_SEEN = 0x10  # firmware ≥ 1.1.4
_HIGHEST_PERMITTIVITY = 1000  # tenths; water has 88, so that more cannot be a permittivity

_LLMS01 = Layout(
    ">",
    (
        _BATTERY,
        _EXTERNAL,
        Field("leaf_wetness", "H", 10.0),
        Field("leaf_temperature", "h", 10.0),
        Field("", "3s"),
    ),
)
_LSPH01 = Layout(
    ">",
    (
        _BATTERY,
        _EXTERNAL,
        Field("soil_ph", "H", 100.0),
        Field("soil_temperature", "h", 10.0),
        Field("", "3s"),
    ),
)
_LSNPK01 = Layout(
    ">",
    (
        _BATTERY,
        _EXTERNAL,
        Field("soil_nitrogen", "H"),
        Field("soil_phosphorus", "H"),
        Field("soil_potassium", "H"),
        _FLAGS,
    ),
)
_LHT65 = Layout(
    ">",
    (
        _BATTERY,
        Field("air_temperature", "h", 100.0),
        Field("relative_humidity", "H", 10.0),
        Field("", "B"),
        Field("external_temperature", "h", 100.0, sentinels=_NO_PROBE),
        Field("", "2s"),
    ),
)
_LHT65_HEAD = Layout(">", (*_LHT65.fields[:3], Field("", "5s")))
_LHT65_PROBE = 1  # the low seven bits of byte 6: what hangs on the plug

# LHT65N: the low four bits of byte 6; what is not named here is no measurement.
_LHT65N_PLUGGED = {
    1: _LHT65,
    2: _LHT65,
    5: Layout(">", (*_LHT65.fields[:4], Field("illuminance", "H"), Field("", "2s"))),
    6: Layout(">", (*_LHT65.fields[:4], Field("input_voltage", "H", 1000.0), Field("", "2s"))),
    9: Layout(">", (replace(_EXTERNAL, divisor=100.0), *_LHT65.fields[1:3], Field("", "5s"))),
}
_LHT65N_IDENTITY = Layout(">", (_BATTERY, Field("", "9s")))
_LHT65N_MEMORY = 0x80

_LSN50_AIR = Layout(
    ">",
    (
        _BATTERY,
        _EXTERNAL,
        Field("", "3s"),
        Field("air_temperature", "h", 10.0),
        Field("relative_humidity", "H", 10.0),
    ),
)
_LSN50_LIGHT = Layout(
    ">", (_BATTERY, _EXTERNAL, Field("", "3s"), Field("illuminance", "H"), Field("", "2s"))
)
_LSN50_PROBES = Layout(
    ">",
    (
        _BATTERY,
        _EXTERNAL,
        Field("", "3s"),
        replace(_EXTERNAL, level=1),
        replace(_EXTERNAL, level=2),
    ),
)


def _lse01(payload: bytes, received_at: datetime | None) -> Decoded:
    """LSE01, all firmwares: byte 10 tells what the words are, and whether the probe answered."""
    del received_at  # no history
    check_size(payload, _SIZE)
    payload = _without_battery_state(payload)
    permittivity = int.from_bytes(payload[4:6], "big")
    # Firmware ≤ 1.1.3 uses bit 7 for something else: what cannot be a permittivity is moisture.
    if payload[10] & _COUNTS_MODE and permittivity <= _HIGHEST_PERMITTIVITY:
        return _LSE01_COUNTS.read(payload)
    decoded = _LSE01.read(payload)
    if payload[10] & _PROBE_SEEN or any(payload[4:10]):
        return decoded
    detail = "the flags say that no probe answered, and its three values are 0; look at its plug"
    problem = Problem("no_sensor", field="soil_moisture", value="0", detail=detail)
    return replace(decoded, problems=(*decoded.problems, problem))


def _fixed(layout: Layout) -> Read:
    def read(payload: bytes, received_at: datetime | None) -> Decoded:
        del received_at  # no history
        check_size(payload, _SIZE)
        return layout.read(_without_battery_state(payload))

    return read


def _lht65(payload: bytes, received_at: datetime | None) -> Decoded:
    del received_at  # no history
    check_size(payload, _SIZE)
    with_probe = payload[6] & 0x7F == _LHT65_PROBE
    return (_LHT65 if with_probe else _LHT65_HEAD).read(_without_battery_state(payload))


def _lht65n(payload: bytes, received_at: datetime | None) -> Decoded:
    """LHT65N: the plug can also carry light or a voltage; mode 9 sends time instead of battery.

    Two bits above the humidity are the battery's state in mode 9.
    """
    del received_at  # its memory, sent on demand, is not read
    check_size(payload, _SIZE, most=len(payload))
    if payload[6] & _LHT65N_MEMORY:
        raise DecodeError("", "unknown_mode", "values from the device's memory; they are not read")
    check_size(payload, _SIZE)
    plugged = payload[6] & 0x0F
    if plugged != 9:
        payload = _without_battery_state(payload)
    payload = payload[:4] + bytes((payload[4] & 0x0F,)) + payload[5:]
    if plugged == 15:
        return _LHT65N_IDENTITY.read(payload)
    return _LHT65N_PLUGGED.get(plugged, _LHT65_HEAD).read(payload)


def _lsn50v2(payload: bytes, received_at: datetime | None) -> Decoded:
    """LSN50v2: bits 2–6 of byte 6 are the work mode; some firmwares add a twelfth byte."""
    del received_at  # no history
    check_size(payload, _SIZE, most=_SIZE + 1)
    mode, payload = (payload[6] & 0x7C) >> 2, payload[:_SIZE]
    if mode == 0:
        # A light sensor in the place of the humidity sensor leaves the humidity 0.
        return (_LSN50_AIR if any(payload[9:11]) else _LSN50_LIGHT).read(payload)
    if mode == 3:
        return _LSN50_PROBES.read(payload)
    raise DecodeError("", "unknown_mode", f"work mode {mode}; modes 0 and 3 are read")


def _without_battery_state(payload: bytes) -> bytes:
    battery = int.from_bytes(payload[:2], "big") & _BATTERY_MASK
    return battery.to_bytes(2, "big") + payload[2:]


_STATED_LSE01 = MappingProxyType(
    {
        "Bat": Stated("battery_voltage", 1.0, ("", "V")),
        "BatV": Stated("battery_voltage", 1.0, ("", "V")),
        "water_SOIL": Stated("soil_moisture", 100.0, ("", "%")),
        "temp_SOIL": Stated("soil_temperature", 1.0, ("", "°C")),
        "conduct_SOIL": Stated("soil_conductivity", 1000.0, ("", "uS/cm", "µS/cm")),
        "Soil_dielectric_constant": Stated("soil_permittivity", 1.0, ("",)),
        "Raw_water_SOIL": Stated("soil_moisture_counts", 1.0, ("",)),
        "Raw_conduct_SOIL": Stated("soil_conductivity_counts", 1.0, ("",)),
    }
)
_LSN50_QUANTITIES = quantities(_LSN50_AIR, _LSN50_LIGHT)


def _model(name: str, names: tuple[str, ...], read: Read) -> Model:
    return Model(f"dragino/{name.lower()}", "Dragino", name, names, read, _PORTS)


MODELS = (
    replace(
        _model("LSE01", quantities(_LSE01, _LSE01_COUNTS), _lse01),
        stated=_STATED_LSE01,
    ),
    _model("LLMS01", quantities(_LLMS01), _fixed(_LLMS01)),
    _model("LSPH01", quantities(_LSPH01), _fixed(_LSPH01)),
    _model("LSNPK01", quantities(_LSNPK01), _fixed(_LSNPK01)),
    _model("LHT65", quantities(_LHT65), _lht65),
    _model("LHT65N", quantities(_LHT65, *_LHT65N_PLUGGED.values()), _lht65n),
    _model("LSN50v2", _LSN50_QUANTITIES, _lsn50v2),
    _model("LSN50v2-S31", _LSN50_QUANTITIES, _lsn50v2),
    _model("LSN50v2-D20", _LSN50_QUANTITIES, _lsn50v2),
)
