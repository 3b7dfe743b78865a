"""Cayenne LPP, the format of self-made nodes: channel, type, value, most significant byte first.

Any port carries it. Which sensor hangs on which channel only its maker knows, so a temperature is
the air's. Channels of one type are levels, in the order of their numbers and not of their place in
the payload: of two temperatures on channels 3 and 5, level 0 is channel 3 and level 1 channel 5,
whatever else the message holds. A node must therefore send all channels of a type together.

Analogue and digital inputs have no unit: they stay what they are. Outputs, presence, acceleration,
rotation and position are passed over.
"""

from types import MappingProxyType

from sensors.codecs.layout import Field, Layout, quantities
from sensors.codecs.model import Model
from sensors.codecs.typed import Typed

_PORTS = tuple(range(1, 224))  # all that LoRaWAN leaves to applications
_NO_VALUE = MappingProxyType({0x7FFF: "no_sensor", 0x8000: "no_sensor"})
_NO_COUNT = MappingProxyType({0xFFFF: "no_sensor"})
_NO_SHARE = MappingProxyType({0xFF: "no_sensor"})  # 127.5 %


def _layout(one: Field) -> Layout:
    return Layout(">", (one,))


_VALUES = MappingProxyType(
    {
        0x00: _layout(Field("digital_input", "B")),
        0x02: _layout(Field("analog_input", "h", 100.0)),
        0x65: _layout(Field("illuminance", "H", sentinels=_NO_COUNT)),
        0x67: _layout(Field("air_temperature", "h", 10.0, sentinels=_NO_VALUE)),
        0x68: _layout(Field("relative_humidity", "B", 2.0, sentinels=_NO_SHARE)),
        0x73: _layout(Field("air_pressure", "H", 100.0, sentinels=_NO_COUNT)),  # tenths of hPa
    }
)
_SKIPPED = MappingProxyType(
    {
        0x01: 1,  # digital output
        0x03: 2,  # analogue output
        0x66: 1,  # presence
        0x71: 6,  # acceleration
        0x86: 6,  # rotation
        0x88: 9,  # position
    }
)
_LPP = Typed(_VALUES, _SKIPPED, channels=True)

MODELS = (
    Model("cayenne/lpp", "Cayenne", "LPP", quantities(*_VALUES.values()), _LPP.decode, _PORTS),
)
