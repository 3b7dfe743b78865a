"""The weather of each day of the season, and where each day's comes from.

In order of trust: the site's own station, days brought from outside, the nearest other station,
the climate. Rain goes the same way by itself, because gauges fail by themselves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import asin, cos, radians, sin, sqrt

import numpy as np
import pandas as pd
from sqlalchemy import Connection

from agro.advice.climate import climate_days
from agro.advice.evaporation import reference
from agro.advice.moment import Moment
from agro.advice.rain import HEARD, GaugeDays, daily_rain, gauge_days
from agro.records import Device, Normals, Site
from agro.store import deployments, farms, readings, rollups, weather

WEATHER = ("tmin", "tmax", "tmean", "rh_min", "rh_max", "rh_mean", "vapour_pressure", "wind_2m")
SKY = (*WEATHER, "solar_radiation", "sunshine", "et0")
USABLE = 0.5  # share of a day's messages below which a station's day is not used
MEGAJOULES = 0.0864  # MJ m⁻² d⁻¹ for each W m⁻²
STATION, IMPORTED, NEIGHBOUR, CLIMATE = "station", "imported", "neighbour", "climate"
RECENT = 3  # days whose weather weighs most on today's advice
LAST_MONTH = 30  # days of weather that today’s water still shows

# quantity → column ← column of the rollup
_FROM_ROLLUPS = (
    ("air_temperature", {"tmin": "minimum", "tmax": "maximum", "tmean": "mean"}),
    ("relative_humidity", {"rh_min": "minimum", "rh_max": "maximum", "rh_mean": "mean"}),
    ("vapour_pressure", {"vapour_pressure": "mean"}),
    ("wind_speed", {"wind_2m": "mean"}),
    ("solar_radiation", {"solar_radiation": "mean"}),
)


@dataclass(frozen=True, slots=True)
class Stations:
    """What all stations of the city measured, day by day.

    `days`: device → frame of `SKY` columns and `coverage`, for each day.
    """

    devices: tuple[Device, ...]
    days: Mapping[str, pd.DataFrame]
    gauges: GaugeDays


@dataclass(frozen=True, slots=True)
class Sky:
    """The weather of one site.

    `days` has a row for each day: `SKY` columns, `rain`, `source`, `rain_source`, `partial`.
    """

    days: pd.DataFrame
    station: str
    suspect: tuple[str, ...]
    cautions: tuple[str, ...]
    latest_et0: float

    def counts(self, column: str) -> dict[str, int]:
        """How many days come from each source."""
        return {str(name): int(n) for name, n in self.days[column].value_counts().items()}

    @property
    def guessed_share(self) -> float:
        """Share of the days whose weather or rain is the climate's."""
        guessed = (self.days["source"] == CLIMATE) | (self.days["rain_source"] == CLIMATE)
        return float(guessed.mean()) if len(self.days) else 1.0

    @property
    def recently_guessed(self) -> bool:
        """Whether most of the last fortnight is the climate's."""
        last = self.days.tail(14)
        guessed = (last["source"] == CLIMATE) | (last["rain_source"] == CLIMATE)
        return bool(guessed.mean() > 0.5) if len(last) else True


def read_stations(c: Connection, first: date, moment: Moment) -> Stations:
    """The days from `first` to yesterday of every device that serves a whole site."""
    devices = tuple(one for one in farms.devices(c, at=moment.at) if not one.plot)
    since = deployments.standing_since(c, moment.at)
    start, end = moment.midnight(first), moment.midnight(moment.today)
    days = _dates(first, moment.today)
    tables: dict[str, dict[str, pd.Series[float]]] = {}
    for quantity, columns in _FROM_ROLLUPS:
        frame = rollups.daily(c, quantity=quantity, start=start, end=end)
        for device, own in _of_here(frame, devices, since, moment).groupby("device"):
            own = own.set_index("day").reindex(days)
            table = tables.setdefault(str(device), {})
            for column, source in columns.items():
                table[column] = own[source]
            count = own["count"].astype(float)
            if quantity == "air_temperature":
                table["coverage"] = (count / count.median()).clip(upper=1.0).fillna(0.0)
            if quantity == "solar_radiation":  # a day half heard has no believable mean
                share = (count / count.median()).fillna(0.0)
                table["solar_radiation"] = own["mean"].where(share >= HEARD) * MEGAJOULES
    measured = {
        device: pd.DataFrame(table, index=pd.Index(days, name="day")).reindex(
            columns=[*SKY, "coverage"]
        )
        for device, table in tables.items()
        if "coverage" in table
    }
    rain = rollups.daily(c, quantity="rain", start=start, end=end)
    return Stations(devices, measured, gauge_days(_of_here(rain, devices, since, moment), days))


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


def sky_of(
    c: Connection,
    site: Site,
    sites: Sequence[Site],
    stations: Stations,
    normals: Normals | None,
    first: date,
    moment: Moment,
) -> Sky | None:
    """The weather of `site` from `first` to yesterday; None where nothing at all is known."""
    days = _dates(first, moment.today)
    table = pd.DataFrame(index=pd.Index(days, name="day"), columns=list(SKY), dtype=float)
    table["source"], table["partial"] = "", False
    own = [d.device for d in stations.devices if d.site == site.slug]
    near = [d.device for d in neighbours(site, sites, stations.devices)]
    imported = weather.days(c, site.slug, first, moment.today).reindex(days)
    station = next((device for device in own if device in stations.days), "")
    for device in own:
        _take(table, stations.days.get(device), STATION)
    _take(table, imported.assign(coverage=1.0).where(imported["tmin"].notna()), IMPORTED)
    for device in near:
        _take(table, stations.days.get(device), NEIGHBOUR)
    rain = daily_rain(stations.gauges.of(own), stations.gauges, moment.today)
    _take_rain(table, rain.rain, rain.coverage, STATION)
    _take_rain(table, imported["rain"], imported["rain"].notna().astype(float), IMPORTED)
    for device in near:
        gauge = stations.gauges.of([device])
        if device in gauge.total:
            _take_rain(table, gauge.total[device], gauge.coverage[device], NEIGHBOUR)
    if normals is not None:
        _take_climate(table, climate_days(normals, days))
    if (table["source"] == "").any() or table["rain"].isna().any():
        return None
    table["et0"] = table["et0"].where(table["et0"].notna(), reference(table, site))
    latest = table["et0"].tail(RECENT).mean()
    return Sky(table, station, rain.suspect, _cautions(table, rain.suspect), float(latest))


def newest(c: Connection, devices: Sequence[str], quantity: str, moment: Moment) -> datetime | None:
    """The newest time at which one of these devices measured, within two days."""
    start, end = moment.at - timedelta(days=2), moment.end
    found = [
        frame["time"].iloc[-1].to_pydatetime()
        for device in devices
        if not (
            frame := readings.series(c, device=device, quantity=quantity, start=start, end=end)
        ).empty
    ]
    return max(found, default=None)


def neighbours(site: Site, sites: Sequence[Site], devices: Sequence[Device]) -> list[Device]:
    """The devices of the other sites, nearest first."""
    by_site = [[d for d in devices if d.site == other.slug] for other in nearest(site, sites)]
    return [device for own in by_site for device in sorted(own, key=lambda d: d.device)]


def nearest(site: Site, sites: Sequence[Site]) -> list[Site]:
    """The other sites, nearest first."""
    others = [other for other in sites if other.slug != site.slug]
    return sorted(others, key=lambda other: (_distance(site, other), other.slug))


def _distance(a: Site, b: Site) -> float:
    """Great-circle distance on a unit sphere."""
    north = sin(radians(b.latitude - a.latitude) / 2) ** 2
    east = sin(radians(b.longitude - a.longitude) / 2) ** 2
    return asin(sqrt(north + cos(radians(a.latitude)) * cos(radians(b.latitude)) * east))


def _dates(first: date, end: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((end - first).days)]


def _take(table: pd.DataFrame, offered: pd.DataFrame | None, source: str) -> None:
    """Fill the days that have no source yet with usable days of this one."""
    if offered is None:
        return
    usable = offered["tmin"].notna() & offered["tmax"].notna() & (offered["coverage"] >= USABLE)
    free = (table["source"] == "") & usable
    columns = [name for name in SKY if name in offered]
    table.loc[free, columns] = offered.loc[free, columns]
    table.loc[free, "source"] = source
    table.loc[free & (offered["coverage"] < HEARD), "partial"] = True


def _take_rain(
    table: pd.DataFrame, rain: "pd.Series[float]", coverage: "pd.Series[float]", source: str
) -> None:
    """Take fully heard days first; a partly heard day is at least what was heard of it."""
    if "rain" not in table:
        table["rain"], table["rain_source"], table["rain_heard"] = np.nan, "", np.nan
    free = table["rain_source"] == ""
    full = free & rain.notna() & (coverage >= HEARD)
    table.loc[full, "rain"] = np.fmax(rain, table["rain_heard"])[full]
    table.loc[full, "rain_source"] = source
    part = free & rain.notna() & (coverage < HEARD)
    table.loc[part, "rain_heard"] = np.fmax(rain, table["rain_heard"])[part]
    if source == STATION:
        table.loc[part, "partial"] = True


def _take_climate(table: pd.DataFrame, climate: pd.DataFrame) -> None:
    """The climate for what is still missing; rain that was heard in part is not taken away."""
    free = table["source"] == ""
    columns = [name for name in SKY if name in climate]
    table.loc[free, columns] = climate.loc[free, columns]
    table.loc[free, "source"] = CLIMATE
    free = table["rain_source"] == ""
    table.loc[free, "rain"] = np.fmax(climate["rain"], table["rain_heard"])[free]
    table.loc[free, "rain_source"] = CLIMATE


def _cautions(table: pd.DataFrame, suspect: Sequence[str]) -> tuple[str, ...]:
    """What of the weather lowers confidence: the last days, or a quarter of the last month."""
    found = []
    for source, caution in (
        (NEIGHBOUR, "weather_from_neighbour"),
        (CLIMATE, "weather_from_climate"),
    ):
        borrowed = (table["source"] == source) | (table["rain_source"] == source)
        if borrowed.tail(RECENT).any() or borrowed.tail(LAST_MONTH).mean() > 0.25:
            found.append(caution)
    if table["partial"].tail(14).any() or table["partial"].mean() > 0.25:
        found.append("weather_gaps")
    if suspect:
        found.append("rain_gauge_suspect")
    return tuple(found)
