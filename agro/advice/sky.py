"""The weather of each day of the season, and where each day's comes from.

In order of trust: the site's own station, days a person brought, the nearest other garden's
station, what a weather service says of the place, the climate. Rain goes the same way by itself,
because gauges fail by themselves; whatever stands in for a gauge is named.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import asin, cos, radians, sin, sqrt

import numpy as np
import pandas as pd
from sqlalchemy import Connection

from agro.advice.climate import climate_days
from agro.advice.evaporation import reference
from agro.advice.moment import Moment
from agro.advice.rain import HEARD, daily_rain
from agro.advice.stations import Stations
from agro.records import Device, Normals, Site
from agro.store import readings, weather

WEATHER = ("tmin", "tmax", "tmean", "rh_min", "rh_max", "rh_mean", "vapour_pressure", "wind_2m")
SKY = (*WEATHER, "solar_radiation", "sunshine", "et0")
USABLE = 0.5  # share of a day's messages below which a station's day is not used
STATION, IMPORTED, NEIGHBOUR = "station", "imported", "neighbour"
SERVICE, CLIMATE = "service", "climate"
RECENT = 3  # days whose weather weighs most on today's advice
LAST_MONTH = 30  # days of weather that today’s water still shows


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
    here = stations.since(first)
    gauges = here.gauges
    table = pd.DataFrame(index=pd.Index(days, name="day"), columns=list(SKY), dtype=float)
    table["source"], table["partial"] = "", False
    own = [d.device for d in stations.devices if d.site == site.slug]
    near = [d.device for d in neighbours(site, sites, stations.devices)]
    brought = weather.days(c, site.slug, first, moment.today)
    is_live = np.array([one.startswith(weather.LIVE) for one in brought["source"]], dtype=bool)
    imported, service = brought[~is_live].reindex(days), brought[is_live].reindex(days)
    station = next((device for device in own if here.has(device)), "")
    for device in own:
        _take(table, here.days(device), STATION)
    _take(table, imported.assign(coverage=1.0).where(imported["tmin"].notna()), IMPORTED)
    for device in near:
        if not (table["source"] == "").any():
            break
        _take(table, here.days(device), NEIGHBOUR)
    _take(table, service.assign(coverage=1.0).where(service["tmin"].notna()), SERVICE)
    witness = service["rain"].astype(float)
    rain = daily_rain(gauges.of(own), gauges, moment.today, witness=witness)
    _take_rain(table, rain.rain, rain.coverage, STATION)
    _take_rain(table, imported["rain"], imported["rain"].notna().astype(float), IMPORTED)
    for device in near:
        if not (table["rain_source"] == "").any():
            break
        gauge = gauges.of([device])
        if device in gauge.total:
            _take_rain(table, gauge.total[device], gauge.coverage[device], NEIGHBOUR)
    _take_rain(table, service["rain"], service["rain"].notna().astype(float), SERVICE)
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
    standing: dict[str, list[Device]] = {}
    for device in devices:
        standing.setdefault(device.site, []).append(device)
    others = nearest(site, [one for one in sites if one.slug in standing])
    return [
        device
        for other in others
        for device in sorted(standing[other.slug], key=lambda one: one.device)
    ]


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
    if not free.any():
        return
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
    if full.any():
        table.loc[full, "rain"] = np.fmax(rain, table["rain_heard"])[full]
        table.loc[full, "rain_source"] = source
    part = free & rain.notna() & (coverage < HEARD)
    if not part.any():
        return
    table.loc[part, "rain_heard"] = np.fmax(rain, table["rain_heard"])[part]
    if source == STATION:
        table.loc[part, "partial"] = True


def _take_climate(table: pd.DataFrame, climate: pd.DataFrame) -> None:
    """The climate for what is still missing; rain that was heard in part is not taken away."""
    free = table["source"] == ""
    if free.any():
        columns = [name for name in SKY if name in climate]
        table.loc[free, columns] = climate.loc[free, columns]
        table.loc[free, "source"] = CLIMATE
    free = table["rain_source"] == ""
    if free.any():
        table.loc[free, "rain"] = np.fmax(climate["rain"], table["rain_heard"])[free]
        table.loc[free, "rain_source"] = CLIMATE


def _cautions(table: pd.DataFrame, suspect: Sequence[str]) -> tuple[str, ...]:
    """What of the weather lowers confidence: the last days, or a quarter of the last month."""
    found = []
    for source, caution in (
        (NEIGHBOUR, "weather_from_neighbour"),
        (SERVICE, "weather_from_service"),
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
