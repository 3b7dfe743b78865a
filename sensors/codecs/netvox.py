"""Netvox: eleven bytes, most significant first; reports on port 6, answers to commands on port 7.

A report is version 1, device type, report type, battery (bit 7: low; 0: mains), then seven bytes
whose meaning is the report's. What a device has no sensor for is all ones, and gives nothing; a
report in which no sensor answers is the problem `no_sensor`.

R718PA and R718PB differ from R726 and RA07 in two reports: they count the smallest particles in 24
bits, and sulphur dioxide in whole ppm.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from sensors.codecs.layout import Field, Layout, check_size, quantities
from sensors.codecs.model import Model, Read
from sensors.errors import DecodeError
from sensors.reading import Decoded, Problem

_PORTS = (6, 7)
_SIZE = 11
_VERSION = 1
_ANSWER = 0x80  # bit 7 of byte 0: the answer to a command
_LOW_BATTERY = 0x80
_STARTED = 0  # report of the versions, after power came

_BATTERY = Field("battery_voltage", "B", 10.0, sentinels=MappingProxyType({0: ""}))
_NONE = MappingProxyType({0xFFFF: ""})

Reports = Mapping[int, Layout]


def _word(quantity: str, divisor: float = 1.0) -> Field:
    return Field(quantity, "H", divisor, sentinels=_NONE)


def _signed(quantity: str, divisor: float = 100.0) -> Field:
    return Field(quantity, "h", divisor, sentinels=_NONE)


def _report(*fields: Field) -> Layout:
    """Battery, these fields, and what is left of the eleven bytes."""
    used = Layout(">", fields).size
    return Layout(">", (_BATTERY, *fields, Field("", f"{_SIZE - 4 - used}s")))


_REPORTS: Reports = MappingProxyType(
    {
        1: _report(_word("pm1_uncorrected"), _word("pm2_5_uncorrected"), _word("pm10_uncorrected")),
        2: _report(_word("pm1"), _word("pm2_5"), _word("pm10")),
        3: _report(_word("particles_0_3"), _word("particles_0_5"), _word("particles_1")),
        4: _report(_word("particles_2_5"), _word("particles_5"), _word("particles_10")),
        5: _report(
            _word("ozone", 10.0), _word("carbon_monoxide", 10.0), _word("nitrogen_monoxide", 10.0)
        ),
        6: _report(
            _word("nitrogen_dioxide", 10.0),
            _word("sulphur_dioxide", 10.0),
            _word("hydrogen_sulphide", 10.0),
        ),
        7: _report(_word("co2", 10.0), _word("ammonia", 10.0), _word("noise", 10.0)),
        8: _report(
            _word("water_ph", 100.0), _signed("water_temperature"), _signed("redox_potential", 1.0)
        ),
        9: _report(
            _word("turbidity", 10.0), _signed("water_temperature"), _word("soil_moisture", 10000.0)
        ),
        10: _report(
            _word("soil_moisture", 10000.0),
            _signed("soil_temperature"),
            _word("water_level"),
            Field("soil_conductivity", "B", 10.0, sentinels=MappingProxyType({0xFF: ""})),
        ),
        11: _report(
            _signed("water_temperature"),
            _word("dissolved_oxygen", 100.0),
            _word("oxygen_saturation", 10.0),
        ),
        12: _report(
            _signed("air_temperature"),
            _word("relative_humidity", 100.0),
            _word("wind_speed", 100.0),
        ),
        13: _report(
            _word("wind_direction"),
            # hundredths of hPa
            Field("air_pressure", "I", 1000.0, sentinels=MappingProxyType({0xFFFFFFFF: ""})),
        ),
        14: _report(_word("volatile_compounds", 0.01)),  # tenths of ppm
        15: _report(_word("soil_nitrogen"), _word("soil_phosphorus"), _word("soil_potassium")),
        16: _report(
            _word("soil_moisture", 10000.0),
            _signed("soil_temperature"),
            _word("soil_conductivity", 1000.0),
        ),
    }
)
# The smallest particles' three bytes are read with a zero before them.
_WIDE = Layout(
    ">",
    (
        _BATTERY,
        Field("particles_0_3", "I", sentinels=MappingProxyType({0x00FFFFFF: ""})),
        _word("particles_0_5"),
        _word("particles_1"),
    ),
)
_R718P: Reports = MappingProxyType(
    {
        **_REPORTS,
        3: _WIDE,
        6: _report(
            _word("nitrogen_dioxide", 10.0),
            _word("sulphur_dioxide"),
            _word("hydrogen_sulphide", 10.0),
        ),
    }
)
_RA0716: Reports = MappingProxyType(
    {1: _report(_signed("air_temperature"), _word("relative_humidity", 100.0), _word("pm2_5"))}
)
_R718IA: Reports = MappingProxyType({1: _report(_word("input_voltage", 1000.0))})


def _reader(types: frozenset[int], reports: Reports) -> Read:
    def read(payload: bytes, received_at: datetime | None) -> Decoded:
        del received_at  # no history
        check_size(payload, _SIZE)
        if payload[1] not in types:
            known = ", ".join(f"{one:02x}" for one in sorted(types))
            detail = f"byte 1 is {payload[1]:02x}; devices of this model say {known}"
            raise DecodeError("", "bad_payload", detail)
        if payload[0] & _ANSWER:
            return Decoded()
        if payload[0] != _VERSION:
            raise DecodeError("", "bad_payload", f"version {payload[0]}, expected {_VERSION}")
        return _measured(payload, reports)

    return read


def _measured(payload: bytes, reports: Reports) -> Decoded:
    report = payload[2]
    if report == _STARTED:
        return Decoded()
    if report not in reports:
        known = ", ".join(map(str, reports))
        raise DecodeError("", "unknown_mode", f"report {report}; this model's {known} are read")
    layout = reports[report]
    battery = bytes([payload[3] & ~_LOW_BATTERY & 0xFF])
    decoded = layout.read(battery + (b"\0" if layout is _WIDE else b"") + payload[4:])
    if any(one.quantity != _BATTERY.quantity for one in decoded.readings):
        return decoded
    detail = "no sensor of this report answers; look at its cable"
    return Decoded(
        decoded.readings, (Problem("no_sensor", field=f"report {report}", detail=detail),)
    )


def _model(
    name: str, reports: Reports, types: tuple[int, ...], aliases: tuple[str, ...] = ()
) -> Model:
    return Model(
        f"netvox/{name.lower()}",
        "Netvox",
        name,
        quantities(*reports.values()),
        _reader(frozenset(types), reports),
        _PORTS,
        aliases=aliases,
    )


MODELS = (
    _model("R718PA", _R718P, (0x57,), ("r718pax", "r718pa-series")),
    _model("R718PB", _R718P, (0x58,), ("r718pbx", "r718pb-series")),
    _model("R726", _REPORTS, (0x09,), ("r726-series", "r726-weather", "r72615", "r72615a")),
    _model(
        "RA0715",
        _REPORTS,
        (0x05, 0x0D),
        ("ra07", "ra07-series", "ra0715y", "ra0715-weather"),
    ),
    _model("RA0716", _RA0716, (0x35,)),
    _model("R718IA", _R718IA, (0x20,)),
)
