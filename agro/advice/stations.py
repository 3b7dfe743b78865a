"""What all stations of the city measured, day by day: read once, looked at from every garden."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection

from agro.advice.moment import Moment
from agro.advice.rain import HEARD, GaugeDays
from agro.records import Device
from agro.store import deployments, farms, rollups

Array = NDArray[np.float64]

MEGAJOULES = 0.0864  # MJ m⁻² d⁻¹ for each W m⁻²
TEMPERATURE, RADIATION, RAIN = "air_temperature", "solar_radiation", "rain"

_NEAR = 4  # sites with stations: of a garden and its neighbours

# quantity → column ← column of the rollup
_FROM_ROLLUPS: dict[str, dict[str, str]] = {
    TEMPERATURE: {"tmin": "minimum", "tmax": "maximum", "tmean": "mean"},
    "relative_humidity": {"rh_min": "minimum", "rh_max": "maximum", "rh_mean": "mean"},
    "vapour_pressure": {"vapour_pressure": "mean"},
    "wind_speed": {"wind_2m": "mean"},
    RADIATION: {RADIATION: "mean"},
}


@dataclass(frozen=True, slots=True)
class _Days:
    """Daily sums of one quantity: each column of the rollups (days, devices), NaN = no row."""

    devices: Mapping[str, int]
    columns: Mapping[str, Array]

    def since(self, row: int) -> "_Days":
        return replace(self, columns={name: one[row:] for name, one in self.columns.items()})

    def of(self, device: str, column: str) -> Array | None:
        """The days of one device; None where it has none."""
        place = self.devices.get(device)
        return None if place is None else self.columns[column][:, place]

    def speaks(self, device: str) -> bool:
        """Whether there is any row of a device."""
        count = self.of(device, "count")
        return count is not None and not np.isnan(count).all()


@dataclass(frozen=True, slots=True)
class _Lot:
    """Some stations whose weather is read together, once one of them is looked at."""

    devices: frozenset[str]
    read: Callable[[], Mapping[str, _Days]]
    _measured: dict[str, _Days] = field(default_factory=dict)

    def of(self, quantity: str) -> _Days:
        """Daily sums of a quantity."""
        if not self._measured:
            self._measured.update(self.read())
        return self._measured[quantity]


@dataclass(frozen=True, slots=True)
class Stations:
    """What all stations of the city measured on each day from `first` to yesterday.

    Their rain is read at once, their weather by the lot; days before `row` are left out.
    """

    devices: tuple[Device, ...]
    dates: tuple[date, ...]
    rain: _Days
    lots: tuple[_Lot, ...]
    row: int = 0

    def since(self, first: date) -> "Stations":
        """The same from a later day on. How well a device is heard is judged by these days."""
        row = max((first - self.dates[0]).days, 0) if self.dates else 0
        dates, rain = self.dates[row:], self.rain.since(row)
        return replace(self, dates=dates, rain=rain, row=self.row + row)

    def _measured(self, device: str, quantity: str) -> _Days | None:
        """Where the days of a device are; None where it serves no site."""
        lot = next((one for one in self.lots if device in one.devices), None)
        return None if lot is None else lot.of(quantity).since(self.row)

    def has(self, device: str) -> bool:
        """Whether a device measures the weather."""
        measured = self._measured(device, TEMPERATURE)
        return measured is not None and measured.speaks(device)

    def days(self, device: str) -> pd.DataFrame | None:
        """The weather that a device measured, with the `coverage` of each day; None without any."""
        if not self.has(device):
            return None
        table: dict[str, Array] = {}
        for quantity, columns in _FROM_ROLLUPS.items():
            measured = self._measured(device, quantity)
            if measured is None or not measured.speaks(device):
                continue
            for column, source in columns.items():
                values = measured.of(device, source)
                if values is not None:
                    table[column] = values
            heard = _heard(measured.of(device, "count"))
            if quantity == TEMPERATURE:
                table["coverage"] = np.minimum(heard, 1.0)
            if quantity == RADIATION:  # a day half heard has no believable mean
                table[RADIATION] = np.where(heard >= HEARD, table[RADIATION], np.nan) * MEGAJOULES
        return pd.DataFrame(table, index=pd.Index(self.dates, name="day"))

    @property
    def gauges(self) -> GaugeDays:
        """The rain gauges that were heard."""
        rain, index = self.rain, pd.Index(self.dates, name="day")
        heard = rain.columns["count"] > 0.0
        names = [name for name, column in rain.devices.items() if heard[:, column].any()]
        own = [rain.devices[name] for name in names]
        count = np.where(heard, rain.columns["count"], np.nan)[:, own]
        total = np.where(heard, rain.columns["total"], np.nan)[:, own]
        usual = np.nanmedian(count, axis=0) if names and len(index) else np.ones(len(names))
        coverage = np.nan_to_num(np.minimum(count / usual, 1.0))
        return GaugeDays(
            pd.DataFrame(total, index=index, columns=names),
            pd.DataFrame(coverage, index=index, columns=names),
        )


def _heard(count: Array | None) -> Array:
    """The messages of each day against the usual number; 0 where there were none."""
    if count is None:
        return np.empty(0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.isnan(count), 0.0, np.nan_to_num(count / np.nanmedian(count), nan=0.0))


def read_stations(
    c: Connection, first: date, moment: Moment, *, nearest: Sequence[str] = ()
) -> Stations:
    """The days from `first` to yesterday of every device that serves a whole site.

    Where one garden is looked at, `nearest` are all sites from it outwards: the weather of the
    stations near by is read first, that of the others only if these leave a day open.
    """
    devices = tuple(farms.site_devices(c, moment.at))
    dates = tuple(first + timedelta(days=n) for n in range((moment.today - first).days))
    everyone = frozenset(device.device for device in devices)

    def read(quantity: str, of: frozenset[str]) -> _Days:
        some = None if of == everyone else of
        start, end = moment.midnight(first), moment.midnight(moment.today)
        frame = rollups.daily(c, quantity=quantity, start=start, end=end, devices=some)
        since = deployments.standing_since(c, moment.at)
        return _table(_of_here(frame, devices, since, moment), dates)

    def lot(of: frozenset[str]) -> _Lot:
        return _Lot(of, lambda: {quantity: read(quantity, of) for quantity in _FROM_ROLLUPS})

    near = _near(devices, nearest)
    lots = tuple(lot(of) for of in (near, everyone - near) if of)
    return Stations(devices, dates, read(RAIN, everyone), lots)


def _near(devices: Sequence[Device], nearest: Sequence[str]) -> frozenset[str]:
    """The devices of the first sites that have any."""
    having = {device.site for device in devices}
    sites = [site for site in nearest if site in having][:_NEAR]
    return frozenset(device.device for device in devices if device.site in sites)


def _of_here(
    frame: pd.DataFrame,
    devices: Sequence[Device],
    since: Mapping[str, datetime],
    moment: Moment,
) -> pd.DataFrame:
    """Only these devices' days, and of one that was moved only those where it stands now."""
    own = frame[frame["device"].isin({device.device for device in devices})]
    here = [
        name not in since or moment.midnight(day) >= since[name]
        for name, day in zip(own["device"], own["day"], strict=True)
    ]
    return own[np.array(here, dtype=bool)]


def _table(frame: pd.DataFrame, dates: Sequence[date]) -> _Days:
    """Rows as tables of (days, devices)."""
    names = sorted(set(frame["device"]))
    place = {name: column for column, name in enumerate(names)}
    columns = {}
    row = np.array([(day - dates[0]).days for day in frame["day"]], dtype=int)
    column = frame["device"].map(place).to_numpy(dtype=int)
    for name in ("count", "mean", "total", "minimum", "maximum"):
        table = np.full((len(dates), len(names)), np.nan)
        table[row, column] = frame[name].to_numpy(dtype=float)
        columns[name] = table
    return _Days(place, columns)
