"""Elsys ELT-2: type, value, and the next, most significant byte first, on port 1.

Level 0 is the first external temperature probe, analogue input or pulse input, level 1 the second;
probes on one wire follow as levels 1, 2, 3 … in the order of the payload.
"""

from types import MappingProxyType

from sensors.codecs.layout import Field, Layout, quantities
from sensors.codecs.model import Model
from sensors.codecs.typed import Typed

_PORTS = (1,)
_NO_PROBE = MappingProxyType({0x7FFF: "no_sensor", 0x8000: "no_sensor"})
_NO_SHARE = MappingProxyType({0xFF: "no_sensor"})


def _layout(*fields: Field) -> Layout:
    return Layout(">", fields)


def _temperature(quantity: str, level: int = 0) -> Field:
    return Field(quantity, "h", 10.0, level=level, sentinels=_NO_PROBE)


_VALUES = MappingProxyType(
    {
        0x01: _layout(_temperature("air_temperature")),
        0x02: _layout(Field("relative_humidity", "B", sentinels=_NO_SHARE)),
        0x04: _layout(Field("illuminance", "H")),
        0x05: _layout(Field("motion_count", "B")),
        0x06: _layout(Field("co2", "H")),
        0x07: _layout(Field("battery_voltage", "H", 1000.0)),
        0x08: _layout(Field("input_voltage", "H", 1000.0)),
        0x0A: _layout(Field("pulse_count", "H")),
        0x0B: _layout(Field("pulse_total", "I")),
        0x0C: _layout(_temperature("external_temperature")),
        0x0E: _layout(Field("distance", "H")),
        0x10: _layout(_temperature("device_temperature"), _temperature("surface_temperature")),
        0x14: _layout(Field("air_pressure", "I", 10000.0)),  # thousandths of hPa
        0x16: _layout(Field("pulse_count", "H", level=1)),
        0x17: _layout(Field("pulse_total", "I", level=1)),
        0x18: _layout(Field("input_voltage", "H", 1000.0, level=1)),
        0x19: _layout(_temperature("external_temperature", 1)),
        0x1B: _layout(Field("input_voltage", "i", 1e6, level=2)),  # a load cell's µV
        0x1C: _layout(Field("volatile_compounds", "H")),
    }
)
_SKIPPED = MappingProxyType(
    {
        0x03: 3,  # acceleration
        0x09: 6,  # position
        0x0D: 1,  # digital input
        0x0F: 1,  # vibration
        0x11: 1,  # somebody there
        0x12: 1,  # leak, on a scale of its own
        0x13: 65,  # image of heat
        0x15: 2,  # sound
        0x1A: 1,  # second digital input
        0x3D: 4,  # for the maker
    }
)
_ELT_2 = Typed(_VALUES, _SKIPPED)

MODELS = (
    Model("elsys/elt-2", "Elsys", "ELT-2", quantities(*_VALUES.values()), _ELT_2.decode, _PORTS),
)
