"""Tektelic's agriculture sensors Kiwi and Clover: tagged values, most significant byte first.

Level 0 is the built-in soil sensor; levels 1 and 2 are the two external probes (granular matrix
sensor and thermistor). The built-in sensor gives a frequency whose conversion to water content
needs a calibration in the soil at hand, so it stays a frequency.
"""

from itertools import pairwise
from math import log, nan

from sensors.codecs.layout import Field, Layout, quantities
from sensors.codecs.model import Model
from sensors.codecs.tagged import Tag, Tagged

_PORTS = (10,)
_NOT_CONNECTED = {0: ""}

# The maker's curve of the granular matrix sensor: Hz, and soil water tension in kPa.
_TENSION = (
    (293.0, 200.0),
    (485.0, 100.0),
    (600.0, 75.0),
    (770.0, 55.0),
    (1110.0, 35.0),
    (2820.0, 15.0),
    (4330.0, 9.0),
    (6430.0, 0.0),
)


def _water_potential(frequency: float) -> float:
    """Soil water potential in kPa, straight between the points, held at both ends."""
    if frequency <= _TENSION[0][0]:
        return -_TENSION[0][1]
    for (left, upper), (right, lower) in pairwise(_TENSION):
        if frequency <= right:
            return -(upper + (lower - upper) * (frequency - left) / (right - left))
    return 0.0


def _built_in_temperature(millivolts: float) -> float:
    return -32.46 * log(millivolts) + 236.36 if millivolts > 0 else nan


def _probe_temperature(millivolts: float) -> float:
    return -31.96 * log(millivolts) + 213.25 if millivolts > 0 else nan


def _layout(*fields: Field) -> Layout:
    return Layout(">", fields)


def _potential(level: int) -> Layout:
    return _layout(
        Field(
            "soil_water_potential",
            "H",
            level=level,
            sentinels=_NOT_CONNECTED,
            convert=_water_potential,
        )
    )


def _thermistor(level: int) -> Layout:
    return _layout(
        Field(
            "soil_temperature",
            "H",
            level=level,
            sentinels=_NOT_CONNECTED,
            convert=_probe_temperature,
        )
    )


_VALUES: dict[Tag, Layout] = {
    (0x00, 0xFF): _layout(Field("battery_voltage", "h", 100.0)),
    (0x00, 0xD3): _layout(Field("battery_level", "B")),
    (0x00, 0xBD): _layout(Field("battery_life", "H")),
    (0x01, 0x04): _layout(Field("soil_moisture_frequency", "H")),
    (0x02, 0x02): _layout(Field("soil_temperature", "H", convert=_built_in_temperature)),
    (0x03, 0x02): _thermistor(1),
    (0x04, 0x02): _thermistor(2),
    (0x05, 0x04): _potential(1),
    (0x06, 0x04): _potential(2),
    (0x09, 0x65): _layout(Field("illuminance", "H")),
    (0x0B, 0x67): _layout(Field("air_temperature", "h", 10.0)),
    (0x0B, 0x68): _layout(Field("relative_humidity", "B", 2.0)),
    (0x0C, 0x67): _layout(Field("device_temperature", "h", 10.0)),
}
_SKIPPED: dict[Tag, int] = {
    (0x09, 0x00): 1,  # light seen
    (0x0A, 0x00): 1,  # turned over
    (0x0A, 0x71): 6,  # acceleration
}
_TAGS = Tagged(_VALUES, {}, _SKIPPED)


def _model(name: str) -> Model:
    names = quantities(*_VALUES.values())
    return Model(f"tektelic/{name.lower()}", "Tektelic", name, names, _TAGS.decode, _PORTS)


MODELS = (_model("Kiwi"), _model("Clover"))
