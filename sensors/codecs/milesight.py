"""Milesight: tagged values, least byte first, on port 85.

A probe that fails answers 0xFFFF, one out of its range 0xFFFD. The maker's decoder compares these
with a signed temperature, so that it never sees them and shows −0.1 °C; here they are missing. The
price is that a true −0.1 °C or −0.3 °C reads as missing too.
"""

from collections.abc import Mapping
from types import MappingProxyType

from sensors.codecs.layout import Field, Layout, quantities
from sensors.codecs.model import Model, Stated
from sensors.codecs.tagged import Tag, Tagged

_PORTS = (85,)
_FAILED = MappingProxyType({0xFFFF: "sensor_error", 0xFFFD: "out_of_range"})

# Tags about the device itself, sent after it joins: bytes behind each.
_DEVICE = MappingProxyType(
    {
        (0xFF, 0x01): 1,  # protocol version
        (0xFF, 0x09): 2,  # hardware version
        (0xFF, 0x0A): 2,  # firmware version
        (0xFF, 0x0B): 1,  # switched on
        (0xFF, 0x0F): 1,  # LoRaWAN class
        (0xFF, 0x16): 8,  # serial number
        (0xFF, 0xFE): 1,  # reset
        (0xFF, 0xFF): 2,  # layout version
    }
)


def _layout(*fields: Field) -> Layout:
    return Layout("<", fields)


_BATTERY = _layout(Field("battery_level", "B"))
_SOIL_TEMPERATURE = Field("soil_temperature", "h", 10.0, sentinels=_FAILED)
_SOIL_MOISTURE = Field("soil_moisture", "H", 10000.0, sentinels=_FAILED)
_SOIL_CONDUCTIVITY = Field("soil_conductivity", "H", 1000.0, sentinels=_FAILED)
_HALF_PER_CENT = 200.0  # counts of half a per cent in 1 m³ m⁻³
_AIR_TEMPERATURE = Field("air_temperature", "h", 10.0, sentinels=_FAILED)
_HUMIDITY = Field("relative_humidity", "B", 2.0)
_PRESSURE = Field("air_pressure", "H", 100.0)  # tenths of hPa
_DIRECTION = Field("wind_direction", "H", 10.0)
_WIND = Field("wind_speed", "H", 10.0)
_RAIN_TOTAL = Field("rain_total", "H", 100.0)
_LONG_RAIN_TOTAL = Field("rain_total", "I", 100.0)

_SMTC: dict[Tag, Layout] = {
    (0x01, 0x75): _BATTERY,
    (0x03, 0x67): _layout(_SOIL_TEMPERATURE),
    (0x04, 0x68): _layout(Field("soil_moisture", "B", _HALF_PER_CENT)),  # older firmware
    (0x04, 0xCA): _layout(_SOIL_MOISTURE),
    (0x05, 0x7F): _layout(_SOIL_CONDUCTIVITY),
    (0x83, 0xD7): _layout(_SOIL_TEMPERATURE, Field("", "3s")),  # sudden change, alarm
}
_SMTC_HISTORY: dict[Tag, Layout] = {
    (0x20, 0xCE): _layout(_SOIL_CONDUCTIVITY, _SOIL_TEMPERATURE, _SOIL_MOISTURE),
}
_TH: dict[Tag, Layout] = {
    (0x01, 0x75): _BATTERY,
    (0x03, 0x67): _layout(_AIR_TEMPERATURE),
    (0x04, 0x68): _layout(_HUMIDITY),
}
_TH_HISTORY: dict[Tag, Layout] = {(0x20, 0xCE): _layout(_AIR_TEMPERATURE, _HUMIDITY)}
_PT100: dict[Tag, Layout] = {
    (0x01, 0x75): _BATTERY,
    (0x03, 0x67): _layout(Field("external_temperature", "h", 10.0, sentinels=_FAILED)),
}
_LGT: dict[Tag, Layout] = {
    (0x01, 0x75): _BATTERY,
    (0x03, 0x94): _layout(Field("illuminance", "I")),
}
_WTS: dict[Tag, Layout] = _TH | {
    (0x05, 0x84): _layout(_DIRECTION),
    (0x06, 0x73): _layout(_PRESSURE),
    (0x07, 0x92): _layout(_WIND),
}
_WTS_HISTORY_FIELDS = (_AIR_TEMPERATURE, _HUMIDITY, _PRESSURE, _DIRECTION, _WIND)
_WTS_RAIN: dict[Tag, Layout] = _WTS | {
    (0x08, 0x77): _layout(_RAIN_TOTAL, Field("", "B")),  # and the counter's turns
    (0x08, 0xEC): _layout(_LONG_RAIN_TOTAL, Field("", "B")),
}
_WTS_RAIN_HISTORY: dict[Tag, Layout] = {
    (0x20, 0xCE): _layout(*_WTS_HISTORY_FIELDS, _RAIN_TOTAL),
    (0x21, 0xCE): _layout(*_WTS_HISTORY_FIELDS, _LONG_RAIN_TOTAL),
}

_STATED_SMTC = MappingProxyType(
    {
        "battery": Stated("battery_level", 1.0, ("", "%")),
        "temperature": Stated("soil_temperature", 1.0, ("", "°C")),
        "moisture": Stated("soil_moisture", 100.0, ("", "%")),
        "humidity": Stated("soil_moisture", 100.0, ("", "%")),
        "ec": Stated("soil_conductivity", 1000.0, ("", "uS/cm", "µS/cm")),
        "electricity": Stated("soil_conductivity", 1000.0, ("", "uS/cm", "µS/cm")),
        "conductivity": Stated("soil_conductivity", 1000.0, ("", "uS/cm", "µS/cm")),
    }
)


def _model(
    name: str,
    values: dict[Tag, Layout],
    history: dict[Tag, Layout],
    *,
    stated: Mapping[str, Stated] = MappingProxyType({}),
) -> Model:
    table = Tagged(values, history, _DEVICE)
    names = quantities(*values.values())
    return Model(
        f"milesight/{name.lower()}", "Milesight", name, names, table.decode, _PORTS, stated
    )


MODELS = (
    _model("EM500-SMTC", _SMTC, _SMTC_HISTORY, stated=_STATED_SMTC),
    _model("EM500-SMT", _SMTC, _SMTC_HISTORY, stated=_STATED_SMTC),
    _model("EM500-PT100", _PT100, {}),
    _model("EM500-LGT", _LGT, {}),
    _model("EM300-TH", _TH, _TH_HISTORY),
    _model("WTS305", _WTS, {}),
    _model("WTS505", _WTS, {}),
    _model("WTS506", _WTS_RAIN, _WTS_RAIN_HISTORY),
)
