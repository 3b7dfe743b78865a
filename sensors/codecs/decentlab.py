"""Decentlab: one frame for all devices, on port 1.

Version 2, device number, flags; then for each flag set, lowest first, that block's 16-bit words,
big-endian; the last block is the battery (the first, in the DL-IAM). A frame without the probe's
block means that the probe did not answer. A signed word 0 (−327.68 °C) is a value it did not get.

A frame tells by its version, flags and length whether it is one; the maker's decoders look at no
port. On another port it is read too, with the problem `unknown_port` beside its values.

Not kept are numbers without a unit that serve the maker's own arithmetic: salinity index (DL-SDD),
ratios and peak times of the heat pulse (DL-ISF), light and infrared counts (DL-IAM).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from math import nan

from sensors.codecs.layout import check_size
from sensors.codecs.model import Model, Read
from sensors.errors import DecodeError
from sensors.reading import Decoded, Problem, Reading

_PORTS = (1,)
_VERSION = 2
_HEAD = 5
_ZERO = 32768  # the count of most signed values' zero
_FULL_SCALE = 8388608  # the count of a bridge's zero, 24 bits

Words = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Measure:
    """One value of a block: `of` the block's words; None where nothing is connected."""

    quantity: str
    of: Callable[[Words], float | None]
    level: int = 0


@dataclass(frozen=True, slots=True)
class Block:
    """Words that come or are left out together."""

    words: int
    measures: tuple[Measure, ...]


def _linear(word: int, divisor: float = 1.0, zero: int = 0) -> Callable[[Words], float]:
    return lambda words: (words[word] - zero) / divisor


def _signed(quantity: str, word: int, divisor: float = 1.0, level: int = 0) -> Measure:
    def value(words: Words) -> float:
        return (words[word] - _ZERO) / divisor if words[word] else nan

    return Measure(quantity, value, level)


def _bridge(words: Words, word: int) -> float:
    """A bridge's ratio, 1 = balanced; the low word comes first."""
    return (words[word] + (words[word + 1] << 16)) / _FULL_SCALE


# TEROS 11/12, mineral soil, and the apparent permittivity behind it (the maker's polynomials).
def _teros_moisture(words: Words) -> float:
    return words[0] / 10 * 0.0003879 - 0.6956


def _teros_permittivity(words: Words) -> float:
    x = words[0] / 10
    return float((2.887e-9 * x**3 - 2.08e-5 * x**2 + 5.276e-2 * x - 43.39) ** 2)


def _5tm_moisture(words: Words) -> float:
    """Topp et al. (1980)'s equation for mineral soil."""
    e = words[0] / 50
    return float(4.3e-6 * e**3 - 5.5e-4 * e**2 + 2.92e-2 * e - 5.3e-2)


def _sun(words: Words) -> float:
    """Apogee's 5 W m⁻² (or µmol m⁻² s⁻¹) per mV on a range of ±3 V."""
    return 3.0 * (words[0] / _ZERO - 1.0) * 1000.0 * 5.0


def _tips(words: Words) -> float:
    """All rain so far, 0.1 mm a tip; the low word comes first."""
    return (words[2] + (words[3] << 16)) / 10.0


def _profile_measures(level: int) -> tuple[Measure, Measure]:
    """Moisture in fiftieths of a hundredth of a per cent from −5 %, temperature in 0.01 °C.

    A free input sends two zeros (−5 % and −327.68 °C): it gives nothing. One zero alone is a
    sensor of the level that did not answer: missing.
    """
    first, second = 2 * level, 2 * level + 1

    def moisture(words: Words) -> float | None:
        if not words[first]:
            return nan if words[second] else None
        return (words[first] - 2500) / 50000.0

    def temperature(words: Words) -> float | None:
        if not words[second]:
            return nan if words[first] else None
        return (words[second] - _ZERO) / 100.0

    return (
        Measure("soil_moisture", moisture, level),
        Measure("soil_temperature", temperature, level),
    )


_TEROS = (
    Measure("soil_permittivity", _teros_permittivity),
    Measure("soil_moisture", _teros_moisture),
    _signed("soil_temperature", 1, 10.0),
)
_TRS11 = Block(2, _TEROS)
_TRS12 = Block(3, (*_TEROS, Measure("soil_conductivity", _linear(2, 1000.0))))
_TRS21 = Block(
    2,
    (
        Measure("soil_water_potential", _linear(0, -10.0)),
        _signed("soil_temperature", 1, 10.0),
    ),
)
_5TM = Block(
    2,
    (
        Measure("soil_permittivity", _linear(0, 50.0)),
        Measure("soil_moisture", _5tm_moisture),
        Measure("soil_temperature", _linear(1, 10.0, 400)),
    ),
)
_SMTP = Block(16, tuple(one for level in range(8) for one in _profile_measures(level)))


def _sdd(first: int) -> Block:
    """Six levels of a Sentek Drill & Drop; its salinity index has no unit and is not kept."""
    moisture = [_signed("soil_moisture", i, 10000.0, first + i) for i in range(6)]
    temperature = [_signed("soil_temperature", 6 + i, 100.0, first + i) for i in range(6)]
    return Block(18, (*moisture, *temperature))


_ATM41 = Block(
    17,
    (
        _signed("solar_radiation", 0),
        _signed("rain", 1, 1000.0),
        _signed("lightning_count", 2),
        _signed("lightning_distance", 3),
        _signed("wind_speed", 4, 100.0),
        _signed("wind_direction", 5, 10.0),
        _signed("wind_gust", 6, 100.0),
        _signed("air_temperature", 7, 10.0),
        _signed("vapour_pressure", 8, 100.0),
        _signed("air_pressure", 9, 100.0),
        _signed("relative_humidity", 10, 10.0),
        _signed("device_temperature", 11, 10.0),
        _signed("tilt_x", 12, 10.0),
        _signed("tilt_y", 13, 10.0),
        _signed("compass_heading", 14),
        _signed("wind_speed_north", 15, 100.0),
        _signed("wind_speed_east", 16, 100.0),
    ),
)
_ATM22 = Block(
    8,
    (
        _signed("wind_speed", 0, 100.0),
        _signed("wind_direction", 1, 10.0),
        _signed("wind_gust", 2, 100.0),
        _signed("air_temperature", 3, 10.0),
        _signed("tilt_x", 4, 10.0),
        _signed("tilt_y", 5, 10.0),
        _signed("wind_speed_north", 6, 100.0),
        _signed("wind_speed_east", 7, 100.0),
    ),
)
_TBRG = Block(
    4,
    (
        Measure("rain", _linear(0, 10.0)),
        Measure("rain_interval", _linear(1)),
        Measure("rain_total", _tips),
    ),
)
_ATM41G2 = Block(
    17,
    (
        _signed("solar_radiation", 0, 10.0),
        Measure("rain", _linear(1, 1000.0)),
        *_ATM41.measures[2:14],
        _signed("rain_conductivity", 14, 1000.0),
        Measure("rain_total", lambda words: (words[15] + (words[16] << 16)) / 1000.0),
    ),
)
_PYR = Block(1, (Measure("solar_radiation", _sun),))
_PAR = Block(1, (Measure("photon_flux", _sun),))
_SHT35 = Block(
    2,
    (
        Measure("air_temperature", lambda words: 175.0 * words[0] / 65535 - 45.0),
        Measure("relative_humidity", lambda words: 100.0 * words[1] / 65535),
    ),
)
_RHC = Block(
    4,
    (
        Measure("relative_humidity", _linear(2, 100.0)),
        _signed("air_temperature", 3, 100.0),
    ),
)
_SURFACE = Block(
    2,
    (
        Measure("surface_temperature", _linear(0, 10.0, 1000)),
        Measure("device_temperature", _linear(1, 10.0, 1000)),
    ),
)
_DS18 = Block(1, (_signed("external_temperature", 0, 16.0),))
_LWS = Block(2, (Measure("leaf_wetness_index", lambda words: _bridge(words, 0) - 1.0),))
_GMM = Block(
    7,
    (
        _signed("photon_flux", 0, 10.0),
        _signed("air_temperature", 1, 100.0),
        _signed("relative_humidity", 2, 10.0),
        _signed("co2", 3),
        _signed("air_pressure", 4, 100.0),
        _signed("vapour_pressure_deficit", 5, 100.0),
        _signed("dew_point", 6, 100.0),
    ),
)


def _strain(words: Words) -> float:
    """Gain 64, quarter bridge, gauge factor 2.02."""
    return (_bridge(words, 0) - 1.0) / 64.0 * 4.0 / 2.02 * 1e6


_TRAVEL = 20000.0  # µm of a dendrometer
_DLR2_012 = Block(2, (Measure("strain", _strain),))
_ZN1 = Block(2, (Measure("stem_displacement", lambda words: (_bridge(words, 0) - 1.0) * _TRAVEL),))
_ZN2 = Block(
    4,
    (
        *_ZN1.measures,
        Measure(
            "stem_displacement",
            lambda words: (_bridge(words, 0) - _bridge(words, 2)) * _TRAVEL,
            level=1,
        ),
    ),
)


def _flow(word: int) -> Callable[[Words], float]:
    return lambda words: (words[word] * 16 - 50000) / 1000.0


# Heat is timed at two depths of the wood: level 0 is the outer, 1 the inner.
_ISF = Block(
    16,
    (
        Measure("sap_flow", _flow(0)),
        Measure("heat_velocity", _flow(1)),
        Measure("heat_velocity", _flow(2), level=1),
        _signed("stem_temperature", 9, 100.0),
    ),
)


def _chain_temperature(level: int) -> Measure:
    """One sensor of a chain of up to 16; a word 0 is a place without one: nothing."""
    return Measure(
        "soil_temperature",
        lambda words: (words[level] - _ZERO) / 100.0 if words[level] else None,
        level,
    )


_TP = Block(16, tuple(_chain_temperature(level) for level in range(16)))


def _water(lowest: float, highest: float) -> Block:
    """A Keller probe of this range. [bar]"""

    def pressure(words: Words) -> float:
        return ((words[0] - 16384) / 32768 * (highest - lowest) + lowest) * 100.0

    return Block(
        2,
        (
            Measure("water_pressure", pressure),
            Measure("water_temperature", lambda words: (words[1] - 384) * 0.003125 - 50.0),
        ),
    )


def _room_light(words: Words) -> float:
    """All light and its infrared part, as lx; the greater of the maker's two fits."""
    every, infrared = words
    return max(every - 1.64 * infrared, 0.59 * every - 0.86 * infrared, 0.0) * 1.5504


_IAM = (
    _SHT35,
    Block(1, (Measure("air_pressure", _linear(0, 500.0)),)),  # 2 Pa a count
    Block(2, (Measure("illuminance", _room_light),)),
    Block(3, (_signed("co2", 0),)),
    Block(1, (Measure("motion_count", _linear(0)),)),
    Block(1, (Measure("volatile_compounds", _linear(0)),)),
)
_BATTERY = Block(1, (Measure("battery_voltage", _linear(0, 1000.0)),))


def _frame(blocks: tuple[Block, ...]) -> Read:
    """A reader of frames whose blocks, in the order of their flags, are these."""

    def read(payload: bytes, received_at: datetime | None) -> Decoded:
        del received_at  # no history
        sent = _sent(payload, blocks)
        readings: list[Reading] = []
        position = _HEAD
        for block in sent:
            chunk = payload[position : position + 2 * block.words]
            readings += _measured(block, chunk)
            position += len(chunk)
        return Decoded(tuple(readings), _silence(sent))

    return read


def _sent(payload: bytes, blocks: tuple[Block, ...]) -> list[Block]:
    """The blocks that this frame says it carries; its length must say the same."""
    check_size(payload, _HEAD, most=len(payload))
    flags = int.from_bytes(payload[3:_HEAD], "big")
    if payload[0] != _VERSION:
        raise DecodeError("", "bad_payload", f"protocol version {payload[0]}, expected {_VERSION}")
    if flags >> len(blocks):
        raise DecodeError("", "bad_payload", f"flags {flags:#06x} of blocks this model has not")
    sent = [block for bit, block in enumerate(blocks) if flags >> bit & 1]
    check_size(payload, _HEAD + 2 * sum(block.words for block in sent))
    return sent


def _measured(block: Block, chunk: bytes) -> list[Reading]:
    words = tuple(int.from_bytes(chunk[i : i + 2], "big") for i in range(0, len(chunk), 2))
    values = ((one, one.of(words)) for one in block.measures)
    return [Reading(one.quantity, v, level=one.level) for one, v in values if v is not None]


def _silence(sent: list[Block]) -> tuple[Problem, ...]:
    if any(block is not _BATTERY for block in sent):
        return ()
    detail = "the frame carries no block of the probe; look at its plug and cable"
    return (Problem("no_sensor", field="flags", detail=detail),)


def _model(name: str, *blocks: Block, depths: tuple[float, ...] = ()) -> Model:
    blocks = blocks if _BATTERY in blocks else (*blocks, _BATTERY)
    names = dict.fromkeys(one.quantity for block in blocks for one in block.measures)
    key = f"decentlab/{name.lower()}"
    return Model(
        key,
        "Decentlab",
        name,
        tuple(names),
        _frame(blocks),
        _PORTS,
        depths=depths,
        tells_itself=True,
    )


MODELS = (
    _model("DL-TRS11", _TRS11),
    _model("DL-TRS12", _TRS12),
    _model("DL-TRS21", _TRS21),
    _model("DL-5TM", _5TM),
    _model("DL-SMTP", _SMTP, depths=tuple(5.0 + 10.0 * level for level in range(8))),
    _model("DL-SDD", _sdd(0), _sdd(6), depths=tuple(5.0 + 10.0 * level for level in range(12))),
    _model("DL-ATM41", _ATM41),
    _model("DL-ATM22", _ATM22),
    _model("DL-TBRG", _TBRG),
    _model("DL-PYR", _PYR),
    _model("DL-PAR", _PAR),
    _model("DL-SHT35", _SHT35),
    _model("DL-RHC", _RHC),
    _model("DL-ATM41G2", _ATM41G2),
    _model("DL-GMM", _GMM),
    _model("DL-IAM", _BATTERY, *_IAM),
    _model("DL-WRM", _SHT35, _SURFACE),
    _model("DL-DS18", _DS18),
    _model("DL-TP", _TP),
    _model("DL-LWS", _LWS),
    _model("DL-ISF", _ISF),
    _model("DL-ZN1", _ZN1),
    _model("DL-ZN2", _ZN2),
    _model("DL-DLR2-012", _DLR2_012),
    replace(_model("DL-PR21", _water(-1.0, 10.0)), aliases=("dl-pr21-1-10",)),
    replace(_model("DL-PR26", _water(0.0, 1.0)), aliases=("dl-pr26-0-1",)),
)
