"""Values in our units become the bytes a real device would send: the codecs, backwards.

Byte layouts are those of the makers' published decoders. A value the layout cannot hold is kept
at its nearest end, as a device's converter does.
"""

import struct
from collections.abc import Callable, Mapping
from math import isnan

Values = Mapping[tuple[str, int], float]
"""Value by quantity (`sensors.quantities`) and level, level 0 for single sensors."""

TIP_MM = 0.1  # rain of one tip of the DL-TBRG's bucket
SMTP_LEVELS = 8
_DECENTLAB_VERSION = 2
_MILLI = 1000.0
_EM500_FAULTS = (-1, -3)
_NO_PROBE = 0x7FFF  # the LSE01's own temperature plug is empty


def encode(model: str, values: Values) -> tuple[int, bytes]:
    """Port and payload that a device of this model sends for these values.

    Parameters
    ----------
    model : Key of `ENCODERS`.
    values : Every quantity the layout carries; of a profile, the levels that exist.

    Raises
    ------
    ValueError  The model has no encoder, or a value the layout needs is absent.
    """
    if model not in ENCODERS:
        raise ValueError(f"no encoder for model {model!r}; there are {', '.join(ENCODERS)}")
    try:
        return ENCODERS[model](values)
    except KeyError as error:
        quantity, level = error.args[0]
        raise ValueError(f"{model} needs {quantity} of level {level}") from error


def _lse01(values: Values) -> tuple[int, bytes]:
    """Dragino LSE01: big-endian, millivolts, hundredths, µS cm⁻¹, flags."""
    words = (
        _u16(values["battery_voltage", 0], _MILLI) & 0x3FFF,
        _NO_PROBE,
        _u16(values["soil_moisture", 0], 100.0 * 100.0),
        _i16(values["soil_temperature", 0], 100.0),
        _u16(values["soil_conductivity", 0], _MILLI),
    )
    return 2, struct.pack(">HHHhHB", *words, 0x10)


def _trs12(values: Values) -> tuple[int, bytes]:
    """Decentlab DL-TRS12: the probe's counts, the maker's line for mineral soil backwards."""
    counts = _u16((values["soil_moisture", 0] + 0.6956) / 0.0003879, 10.0)
    words = (
        counts,
        _u16(values["soil_temperature", 0], 10.0, 32768),
        _u16(values["soil_conductivity", 0], _MILLI),
    )
    return _decentlab(4307, words, values)


def _smtp(values: Values) -> tuple[int, bytes]:
    """Decentlab DL-SMTP: moisture in % and temperature at eight levels; unused inputs send 0."""
    words: list[int] = []
    for level in range(SMTP_LEVELS):
        if ("soil_moisture", level) not in values:
            words += (0, 0)
            continue
        words.append(_u16(values["soil_moisture", level], 100.0 * 500.0, 2500))
        words.append(_u16(values["soil_temperature", level], 100.0, 32768))
    return _decentlab(2896, words, values)


# The DL-ATM41's words in order: quantity, counts per unit.
_ATM41 = (
    ("solar_radiation", 1.0),
    ("rain", 1000.0),
    ("lightning_count", 1.0),
    ("lightning_distance", 1.0),
    ("wind_speed", 100.0),
    ("wind_direction", 10.0),
    ("wind_gust", 100.0),
    ("air_temperature", 10.0),
    ("vapour_pressure", 100.0),
    ("air_pressure", 100.0),
    ("relative_humidity", 10.0),
    ("device_temperature", 10.0),
    ("tilt_x", 10.0),
    ("tilt_y", 10.0),
    ("compass_heading", 1.0),
    ("wind_speed_north", 100.0),
    ("wind_speed_east", 100.0),
)


def _atm41(values: Values) -> tuple[int, bytes]:
    """Decentlab DL-ATM41: seventeen words about 32768."""
    words = [_u16(values[quantity, 0], scale, 32768) for quantity, scale in _ATM41]
    return _decentlab(858, words, values)


def _tbrg(values: Values) -> tuple[int, bytes]:
    """Decentlab DL-TBRG: tips, interval, all tips so far (low word first)."""
    total = round(values["rain_total", 0] / TIP_MM) & 0xFFFFFFFF
    words = (
        _u16(values["rain", 0], 1.0 / TIP_MM),
        _u16(values["rain_interval", 0], 1.0),
        total & 0xFFFF,
        total >> 16,
    )
    return _decentlab(760, words, values)


def _em500_smtc(values: Values) -> tuple[int, bytes]:
    """Milesight EM500-SMTC: channel, type and little-endian value, one after another."""
    battery = int(min(max(round(values["battery_level", 0]), 0), 100))
    tenths = _i16(values["soil_temperature", 0], 10.0)
    if tenths in _EM500_FAULTS:  # these counts say "no value": the probe shows the next one
        tenths += 1
    return 85, b"".join(
        (
            b"\x01\x75" + bytes([battery]),
            b"\x03\x67" + struct.pack("<h", tenths),
            b"\x04\xca" + struct.pack("<H", _u16(values["soil_moisture", 0], 100.0 * 100.0)),
            b"\x05\x7f" + struct.pack("<H", _u16(values["soil_conductivity", 0], _MILLI)),
        )
    )


def _decentlab(
    number: int, words: list[int] | tuple[int, ...], values: Values
) -> tuple[int, bytes]:
    """Decentlab's frame: version, device number, flags of the blocks present, the blocks."""
    battery = _u16(values["battery_voltage", 0], _MILLI)
    head = struct.pack(">BHH", _DECENTLAB_VERSION, number, 0b11)
    return 1, head + struct.pack(f">{len(words) + 1}H", *words, battery)


def _u16(value: float, scale: float, offset: int = 0) -> int:
    return int(min(max(_counts(value, scale) + offset, 0), 0xFFFF))


def _i16(value: float, scale: float) -> int:
    return int(min(max(_counts(value, scale), -0x8000), 0x7FFE))


def _counts(value: float, scale: float) -> int:
    if isnan(value):
        raise ValueError("a device has no bytes for a missing value; leave the message out")
    return round(value * scale)


ENCODERS: dict[str, Callable[[Values], tuple[int, bytes]]] = {
    "dragino/lse01": _lse01,
    "decentlab/dl-trs12": _trs12,
    "decentlab/dl-smtp": _smtp,
    "decentlab/dl-atm41": _atm41,
    "decentlab/dl-tbrg": _tbrg,
    "milesight/em500-smtc": _em500_smtc,
}
