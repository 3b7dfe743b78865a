"""Ecowitt gateways and Wunderground stations: a form of imperial values, pushed by HTTP.

One gateway collects many sensors. What stands once is the gateway's own; the sensors on numbered
channels are devices of their own, `{passkey}-soil3`, so that each can be registered in its bed.
The first soil, leaf, temperature or leak probe belongs to the gateway itself (by `Uplink.part_of`)
until it is registered so.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import nan
from types import MappingProxyType
from urllib.parse import parse_qsl

from sensors.envelopes import message as read
from sensors.errors import DecodeError
from sensors.reading import Problem, Reading, Uplink

NETWORK = "ecowitt"
_MOST_FIELDS = 400
_TIME = "dateutc"
_MISSING = frozenset({"", "-", "--", "--.-", "null", "n/a"})
_NO_VALUE = -999.0  # and below
_CHANNEL = re.compile(r"(?P<kind>[a-z0-9_]*?[a-z_])(?P<number>\d{1,2})(?P<rest>f?)")
_KEY = re.compile(r"[\w.:-]{1,64}")
_SPACES = re.compile(r"\s*([-:])\s*")

_Convert = Callable[[float], float]


def _same(value: float) -> float:
    return value


def _celsius(value: float) -> float:
    return (value - 32.0) / 1.8


def _times(factor: float) -> _Convert:
    return lambda value: value * factor


_INCH = _times(25.4)
_MPH = _times(0.44704)
_INCH_OF_MERCURY = _times(3.386388640341)
_FIFTHS = _times(20.0)  # bars of a battery

_Field = tuple[str, _Convert]

# Fields of the gateway, in lower case. Where two sensors say one thing, the first one counts.
_OWN: Mapping[str, _Field] = MappingProxyType(
    {
        "tempf": ("air_temperature", _celsius),
        "humidity": ("relative_humidity", _same),
        "dewptf": ("dew_point", _celsius),
        "vpd": ("vapour_pressure_deficit", _INCH_OF_MERCURY),
        "tempinf": ("indoor_temperature", _celsius),
        "indoortempf": ("indoor_temperature", _celsius),
        "humidityin": ("indoor_humidity", _same),
        "indoorhumidity": ("indoor_humidity", _same),
        "baromabsin": ("air_pressure", _INCH_OF_MERCURY),
        "absbaromin": ("air_pressure", _INCH_OF_MERCURY),
        "baromrelin": ("sea_level_pressure", _INCH_OF_MERCURY),
        "baromin": ("sea_level_pressure", _INCH_OF_MERCURY),
        "windspeedmph": ("wind_speed", _MPH),
        "windgustmph": ("wind_gust", _MPH),
        "winddir": ("wind_direction", _same),
        "rainratein": ("rain_rate", _INCH),
        "rrain_piezo": ("rain_rate", _INCH),
        "dailyrainin": ("rain_day", _INCH),
        "drain_piezo": ("rain_day", _INCH),
        "totalrainin": ("rain_total", _INCH),
        "solarradiation": ("solar_radiation", _same),
        "uv": ("uv_index", _same),
        "bgt": ("globe_temperature", _celsius),
        "wbgt": ("wet_bulb_globe_temperature", _celsius),
        "co2": ("co2", _same),
        "lightning": ("lightning_distance", _same),
        "soiltempf": ("soil_temperature", _celsius),
        "soilmoisture": ("soil_moisture", _times(0.01)),
        "leafwetness": ("leaf_wetness", _same),
        "wh90batt": ("battery_voltage", _same),
        "wh80batt": ("battery_voltage", _same),
        "wh85batt": ("battery_voltage", _same),
        "wh68batt": ("battery_voltage", _same),
    }
)
# Fields with a channel's number: the kind of device they are of.
_CHANNELS: Mapping[str, tuple[str, str, _Convert]] = MappingProxyType(
    {
        "soilmoisture": ("soil", "soil_moisture", _times(0.01)),
        "soilad": ("soil", "soil_moisture_counts", _same),
        "soilbatt": ("soil", "battery_voltage", _same),
        "tf_ch": ("probe", "external_temperature", _celsius),
        "tf_batt": ("probe", "battery_voltage", _same),
        "leafwetness_ch": ("leaf", "leaf_wetness", _same),
        "leaf_batt": ("leaf", "battery_voltage", _same),
        "temp": ("air", "air_temperature", _celsius),  # temp3f
        "humidity": ("air", "relative_humidity", _same),
        "pm25_ch": ("dust", "pm2_5", _same),
        "pm25batt": ("dust", "battery_level", _FIFTHS),
        "leak_ch": ("leak", "water_detected", _same),
        "leakbatt": ("leak", "battery_level", _FIFTHS),
    }
)
_FIRST = frozenset({"-soil1", "-leaf1", "-probe1", "-leak1"})
_MAINS = 6.0  # of a battery's bars: it has none


@dataclass(slots=True)
class _Part:
    """What one device of a gateway says: readings by quantity, and what was wrong."""

    readings: dict[str, Reading]
    problems: list[Problem]


def parse(device: str, body: bytes, arrived_at: datetime) -> tuple[Uplink, ...]:
    """The uplinks in one push: the gateway's own, and one for each channel.

    Raises
    ------
    DecodeError  `bad_envelope` for what is no form, `bad_time`, `clock_ahead`, `no_device`.
    """
    form = _form(device, body)
    passkey = device or form.get("passkey") or form.get("id", "")
    if not _KEY.fullmatch(passkey):
        detail = f"PASSKEY or ID must name the station: {read.shown(passkey)}"
        raise DecodeError("", "no_device", detail)
    taken, late = _time(form.get(_TIME), arrived_at, passkey)
    parts: dict[str, _Part] = {}
    for name, value in form.items():
        suffix, quantity, convert = _meaning(name)
        if quantity:
            part = parts.setdefault(suffix, _Part({}, []))
            _take(part, name, value, (quantity, convert))
    if not parts:
        raise DecodeError(passkey, "bad_envelope", f"no field we know: {read.shown(body)}")
    parts.setdefault("", _Part({}, [])).problems.extend(late)
    return tuple(_uplink(passkey, suffix, part, taken) for suffix, part in sorted(parts.items()))


def _form(device: str, body: bytes) -> dict[str, str]:
    """The fields by their names in lower case; the last of two counts, as in every form."""
    try:
        text = body.decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise DecodeError(device, "bad_envelope", f"no form: {error}") from error
    return {name.lower(): value.strip() for name, value in pairs}


def _time(
    stated: str | None, arrived_at: datetime, device: str
) -> tuple[datetime, tuple[Problem, ...]]:
    """Without a zone by its name: it is UTC. Some firmware writes "10: 36: 28"."""
    if stated == "now":
        return arrived_at, ()
    if stated:
        stated = _SPACES.sub(r"\1", stated)
        try:
            stated = datetime.fromisoformat(stated).replace(tzinfo=UTC).isoformat()
        except ValueError as error:
            detail = f"{_TIME}: {read.shown(stated)}; give 2026-07-03 05:30:00, in UTC"
            raise DecodeError(device, "bad_time", detail) from error
    return read.time_or_arrival(stated or None, arrived_at, name=_TIME, device=device)


def _meaning(name: str) -> tuple[str, str, _Convert]:
    """The device's suffix, the quantity and its conversion; no quantity for what is no measure."""
    if name in _OWN:
        return "", *_OWN[name]
    found = _CHANNEL.fullmatch(name)
    if found is None or found["kind"] not in _CHANNELS:
        return "", "", _same
    kind, quantity, convert = _CHANNELS[found["kind"]]
    if bool(found["rest"]) != (found["kind"] == "temp"):
        return "", "", _same
    return f"-{kind}{int(found['number'])}", quantity, convert


def _take(part: _Part, name: str, value: str, field: _Field) -> None:
    quantity, convert = field
    if quantity in part.readings:
        return
    if value.lower() in _MISSING:
        part.readings[quantity] = Reading(quantity, nan)
        return
    number, unit = read.number_and_unit(value)
    if number is None or unit:
        shown = read.shown(value)
        part.problems.append(Problem("bad_value", "", name, shown, "expected a number"))
        return
    if convert is _FIFTHS and number >= _MAINS:
        return
    part.readings[quantity] = Reading(quantity, nan if number <= _NO_VALUE else convert(number))


def _uplink(passkey: str, suffix: str, part: _Part, taken: datetime) -> Uplink:
    device = passkey + suffix
    return Uplink(
        device=device,
        part_of=passkey if suffix in _FIRST else "",
        time=taken,
        network=NETWORK,
        readings=tuple(part.readings.values()),
        problems=tuple(
            Problem(one.reason, device, one.field, one.value, one.detail) for one in part.problems
        ),
    )
