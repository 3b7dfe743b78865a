"""Stations that measure a known truth, with chosen faults, and send what a real one would.

A message is the device's own payload bytes in its network's own envelope, so that it takes the
same way through the house as one from the field.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy import special

from sensors.simulated import faults, networks
from sensors.simulated.encoders import ENCODERS, TIP_MM, encode
from sensors.simulated.faults import Fault
from sensors.simulated.networks import Transmission
from sensors.simulated.weather import HOUR, Weather

Floats = NDArray[np.float64]
InSoil = Callable[[float, Floats], Floats]
"""Depth [cm] and times [epoch s] give a value for each time."""

WEATHER_MODELS = ("decentlab/dl-atm41", "decentlab/dl-tbrg")
_MOISTURE_SPREAD = 0.0015  # m³ m⁻³
_TEMPERATURE_SPREAD = 0.1  # °C
_GUST = 1.9


@dataclass(frozen=True)
class Sky:
    """Hourly weather made continuous: states between the middles of hours, rain as it adds up."""

    weather: Weather

    @cached_property
    def _edges(self) -> Floats:
        return np.append(self.weather.time, self.weather.time[-1] + HOUR)

    @cached_property
    def _fallen(self) -> Floats:
        return np.append(0.0, np.cumsum(self.weather.rain))

    def state(self, quantity: str, times: Floats) -> Floats:
        """A state of the air (a field of `Weather`) at these times."""
        hourly = getattr(self.weather, quantity)
        return np.asarray(np.interp(times, self.weather.time + HOUR / 2.0, hourly))

    def fallen(self, times: Floats) -> Floats:
        """All the rain since the beginning. [mm]"""
        return np.asarray(np.interp(times, self._edges, self._fallen))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a station stands: the truth it measures. `moisture` m³ m⁻³, `temperature` °C."""

    sky: Sky
    moisture: InSoil
    temperature: InSoil


@dataclass(frozen=True, slots=True)
class Station:
    """A device in the field. `depths` cm by level; `since` epoch s: first message, new battery.

    `sent` messages it had sent when, at `set_at` (epoch s), its interval was set to another.
    """

    device: str
    eui: str
    model: str
    network: str
    interval: int
    since: float
    depths: tuple[float, ...] = (20.0,)
    faults: tuple[Fault, ...] = field(default=())
    set_at: float | None = None
    sent: int = 0

    def set_to(self, interval: int, at: float) -> "Station":
        """The same station, reporting each `interval` seconds from `at` (epoch s) on."""
        (last,) = self.due(at - self.interval, at)
        return replace(self, interval=interval, set_at=at, sent=self._counter(float(last)) + 1)

    def _counter(self, time: float) -> int:
        """The number of the message at a time, as the radio counts its frames."""
        start = self.since if self.set_at is None else self.set_at
        return self.sent + max(0, int((time - start) // self.interval))

    def due(self, start: float, end: float) -> Floats:
        """Times of its messages in [start, end), a phase of its own within the interval. [s]"""
        phase = self._number % self.interval
        first = np.ceil((start - phase) / self.interval)
        last = np.ceil((end - phase) / self.interval)
        return np.asarray(np.arange(first, last) * self.interval + phase, float)

    @property
    def _number(self) -> int:
        return crc32(self.device.encode())

    def transmissions(
        self, place: Place, times: Floats, span: float | None = None
    ) -> Iterator[Transmission]:
        """What is heard of it at these times.

        Parameters
        ----------
        span : Seconds before each time over which rain is counted; its interval unless given.
        """
        times = times[faults.is_heard(self.faults, times)]
        values = _MEASURE[self.model](self, place, times, span or self.interval)
        quality = self.scatter(times, 90)
        for row, time in enumerate(times):
            said = {key: float(column[row]) for key, column in values.items()}
            port, payload = encode(self.model, said)
            yield Transmission(
                device=self.device,
                eui=self.eui,
                time=datetime.fromtimestamp(float(time), UTC),
                port=port,
                payload=payload,
                counter=self._counter(float(time)),
                rssi=round(-92.0 + 6.0 * quality[row]),
                snr=round(float(7.0 + 2.0 * quality[row]) * 4.0) / 4.0,
            )

    def messages(
        self, place: Place, times: Floats, span: float | None = None
    ) -> Iterator[tuple[float, str, bytes]]:
        """Time [epoch s], topic and body of each message."""
        wrap = NETWORKS[self.network]
        for sent in self.transmissions(place, times, span):
            yield sent.time.timestamp(), *wrap(sent)

    def scatter(self, times: Floats, stream: int) -> Floats:
        """Standard normal numbers that belong to this device, these times and this stream."""
        mixed = times.astype(np.uint64) + np.uint64(self._number * 4096 + stream)
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1)):
            mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
        uniform = (mixed >> np.uint64(11)).astype(float) / 2.0**53
        return np.asarray(special.ndtri(np.clip(uniform, 1e-9, 1.0 - 1e-9)))


NETWORKS: dict[str, Callable[[Transmission], tuple[str, bytes]]] = {
    "the_things_stack": networks.the_things_stack,
    "chirpstack": networks.chirpstack,
}
_Columns = dict[tuple[str, int], Floats]


def _battery(station: Station, times: Floats) -> _Columns:
    voltage = faults.battery_voltage(station.faults, times, station.since)
    return {
        ("battery_voltage", 0): voltage,
        ("battery_level", 0): faults.battery_level(voltage),
    }


def _soil(station: Station, place: Place, times: Floats, _span: float) -> _Columns:
    """Moisture, temperature and conductivity at each level."""
    columns = _battery(station, times)
    for level, depth in enumerate(station.depths):
        noise = station.scatter(times, level)
        true = place.moisture(depth, times) + _MOISTURE_SPREAD * noise
        said = faults.soil_moisture(station.faults, times, true, station.scatter(times, 30 + level))
        warmth = place.temperature(depth, times)
        columns["soil_moisture", level] = said
        columns["soil_temperature", level] = warmth + _TEMPERATURE_SPREAD * noise
        columns["soil_conductivity", level] = 0.05 + 1.4 * true  # salts follow the water
    return columns


def _gauge(station: Station, place: Place, times: Floats, span: float) -> _Columns:
    """Rain of the last `span` seconds and in all, in whole tips."""
    now = faults.rain_clock(station.faults, times)
    before = faults.rain_clock(station.faults, times - span)
    tips_now = np.floor(place.sky.fallen(now) / TIP_MM)
    tips_before = np.floor(place.sky.fallen(before) / TIP_MM)
    return _battery(station, times) | {
        ("rain", 0): (tips_now - tips_before) * TIP_MM,
        ("rain_interval", 0): np.full_like(times, span),
        ("rain_total", 0): tips_now * TIP_MM,
    }


def _air(station: Station, place: Place, times: Floats, span: float) -> _Columns:
    """Everything an all-in-one weather station tells."""
    sky = place.sky
    rain = np.diff(
        [sky.fallen(faults.rain_clock(station.faults, t)) for t in (times - span, times)], axis=0
    )[0]
    columns = _battery(station, times) | _steady(times) | {("rain", 0): rain}
    for quantity in (
        "solar_radiation",
        "wind_direction",
        "air_temperature",
        "vapour_pressure",
        "air_pressure",
        "relative_humidity",
    ):
        columns[quantity, 0] = sky.state(quantity, times)
    gusts = np.exp(0.25 * station.scatter(times, 60))
    wind = sky.state("wind_speed", times) * gusts
    way = np.radians(columns["wind_direction", 0])
    columns["wind_speed", 0] = wind
    columns["wind_gust", 0] = wind * (_GUST + 0.2 * station.scatter(times, 61)).clip(1.1)
    columns["wind_speed_north", 0] = wind * np.cos(way)
    columns["wind_speed_east", 0] = wind * np.sin(way)
    columns["device_temperature", 0] = (
        columns["air_temperature", 0] + 0.004 * columns["solar_radiation", 0]
    )
    return columns


def _steady(times: Floats) -> _Columns:
    """What an upright station in quiet weather says all the time."""
    return {
        (quantity, 0): np.full_like(times, value)
        for quantity, value in (
            ("lightning_count", 0.0),
            ("lightning_distance", 0.0),
            ("tilt_x", 0.4),
            ("tilt_y", -0.7),
            ("compass_heading", 2.0),
        )
    }


_MEASURE: dict[str, Callable[[Station, Place, Floats, float], _Columns]] = {
    "decentlab/dl-atm41": _air,
    "decentlab/dl-tbrg": _gauge,
} | {model: _soil for model in ENCODERS if model not in WEATHER_MODELS}
