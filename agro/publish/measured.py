"""What probes and stations measured last, as NGSI-LD entities in the units those models ask for.

References
----------
[1] Smart Data Models: dataModel.Agrifood AgriParcelRecord, dataModel.Weather WeatherObserved,
    dataModel.Device Device and DeviceMeasurement.
[2] UNECE (2024), Recommendation 20: codes for units of measure.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from math import isfinite, nan

from sqlalchemy import Connection

from agro.publish.entities import Attribute, Entity, attributes, lies_at, points_to, says, timestamp
from agro.publish.farms import device_urn, is_published
from agro.publish.newest import Newest, newest
from agro.publish.place import Register, measures
from agro.publish.urn import farm, parcel, urn
from agro.records import Device
from agro.store import open_data, stations
from agro.store.buckets import hour_start
from agro.store.stations import HOUSEKEEPING
from agro.store.values import to_epoch
from sensors.quality import NOT_EVALUATED
from sensors.quantities import QUANTITIES

# quantity → attribute, factor from our unit to that of the model [1], its code [2]
RECORD = {
    "soil_moisture": ("soilMoistureVwc", 1.0, "C62"),
    "soil_temperature": ("soilTemperature", 1.0, "CEL"),
    "soil_conductivity": ("soilMoistureEc", 0.1, "D10"),
    "leaf_wetness": ("leafWetness", 0.01, "C62"),
    "leaf_temperature": ("leafTemperature", 1.0, "CEL"),
    "relative_humidity": ("relativeHumidity", 0.01, "C62"),
}
WEATHER = {
    "air_temperature": ("temperature", 1.0, "CEL"),
    "relative_humidity": ("relativeHumidity", 0.01, "C62"),
    "wind_speed": ("windSpeed", 1.0, "MTS"),
    "wind_gust": ("gustSpeed", 1.0, "MTS"),
    "wind_direction": ("windDirection", 1.0, "DD"),
    "air_pressure": ("atmosphericPressure", 10.0, "A97"),
    "solar_radiation": ("solarRadiation", 1.0, "D54"),
    "dew_point": ("dewPoint", 1.0, "CEL"),
    "illuminance": ("illuminance", 1.0, "LUX"),
}
_RAIN = "rain"
_SKY = frozenset({*WEATHER, _RAIN})

# quantity → one of the controlled properties that Device allows [1]
_CONTROLLED = {
    "soil_moisture": "soilMoisture",
    "soil_temperature": "temperature",
    "soil_conductivity": "conductivity",
    "soil_ph": "pH",
    "air_temperature": "temperature",
    "relative_humidity": "humidity",
    "air_pressure": "atmosphericPressure",
    "solar_radiation": "solarRadiation",
    "illuminance": "light",
    "wind_speed": "windSpeed",
    "wind_direction": "windDirection",
    "rain": "precipitation",
    "rain_total": "precipitation",
    "leaf_wetness": "humidity",
    "water_flow": "waterFlow",
    "water_volume": "waterConsumption",
    "pulse_total": "waterConsumption",
    "water_level": "waterLevel",
    "noise": "noiseLevel",
    "pm2_5": "airPollution",
    "co2": "airPollution",
}
_OTHER = "weatherConditions"  # what else a station of ours looks at


def _converted(
    rows: list[Newest], table: dict[str, tuple[str, float, str]]
) -> dict[str, Attribute]:
    """The believable values of these rows under their names in the model."""
    told: dict[str, Attribute | None] = {}
    for row in rows:
        if row.quantity in table and row.is_believable:
            name, factor, unit = table[row.quantity]
            told[name] = says(row.value * factor, at=row.time, unit=unit)
    return attributes(**told)


def parcel_records(c: Connection, here: Register) -> Iterator[Entity]:
    """The newest believable values of each probe in a plot, one entity for each depth."""
    rows = [row for row in newest(c, here) if row.device.plot and row.quantity in RECORD]
    rows.sort(key=lambda row: (row.device.device, row.level))
    for (name, level), some in groupby(rows, key=lambda row: (row.device.device, row.level)):
        own = list(some)
        device = own[0].device
        plot = here.plots.get((device.site, device.plot))
        told = _converted(own, RECORD)
        if not told or plot is None or not is_published(plot):
            continue
        city, seen = here.city.slug, max(row.time for row in own if row.is_believable)
        parts = [city, device.site, device.plot, name, *([level] if level else [])]
        depth = own[0].depth_cm
        yield Entity(
            urn("AgriParcelRecord", *parts),
            "AgriParcelRecord",
            attributes(
                location=lies_at(plot.latitude, plot.longitude),
                dataProvider=says(here.city.name),
                dataMode=says(here.mode),
                hasAgriParcel=points_to(parcel(city, device.site, device.plot)),
                hasDevice=points_to([device_urn(city, name)]),
                depth=says(depth / 100.0, unit="MTR") if isfinite(depth) else None,
                dateObserved=says(timestamp(seen)),
                **told,
            ),
            seen,
        )


def weather_observed(c: Connection, here: Register) -> Iterator[Entity]:
    """What each weather station and rain gauge saw last; rain is that of the last whole hour."""
    rows = [row for row in newest(c, here) if not row.device.plot and row.quantity in _SKY]
    hour = hour_start(to_epoch(here.at) - 3600, here.zone)
    rain = open_data.hour_totals(c, _RAIN, hour) if rows else {}
    for name, some in groupby(rows, key=lambda row: row.device.device):
        own = list(some)
        told = _converted(own, WEATHER)
        seen = [row.time for row in own if row.is_believable]
        if not seen:
            continue
        city, device = here.city.slug, own[0].device
        yield Entity(
            urn("WeatherObserved", city, name),
            "WeatherObserved",
            attributes(
                name=says(device.name),
                location=lies_at(*here.position(device)),
                dataProvider=says(here.city.name),
                dataMode=says(here.mode),
                dateObserved=says(timestamp(max(seen))),
                refDevice=points_to(device_urn(city, name)),
                precipitation=says(rain.get(name, nan), at=_at(hour, here), unit="MMT"),
                **told,
            ),
            max(seen),
        )


def _at(seconds: int, here: Register) -> datetime:
    return datetime.fromtimestamp(seconds, here.zone)


def devices(c: Connection, here: Register) -> Iterator[Entity]:
    """Every registered device of the farms: what it measures, when it spoke, on what battery."""
    usual = stations.intervals(c, here.at)
    heard: dict[str, list[Newest]] = {}
    for row in newest(c, here):
        heard.setdefault(row.device.device, []).append(row)
    for name, device in here.devices.items():
        rows = heard.get(name, [])
        last = {row.quantity: row.value for row in rows}
        seen = max((row.time for row in rows), default=None)
        place = (
            parcel(here.city.slug, device.site, device.plot)
            if device.plot
            else farm(here.city.slug, device.site)
        )
        yield Entity(
            device_urn(here.city.slug, name),
            "Device",
            attributes(
                name=says(device.name),
                description=says(device.model),
                category=says(["sensor"]),
                controlledProperty=says(_controlled(device, rows)),
                controlledAsset=says([place]),
                location=lies_at(*here.position(device)),
                dataProvider=says(here.city.name),
                dataMode=says(here.mode),
                batteryLevel=says(_share(last.get("battery_level", nan)), unit="C62"),
                rssi=says(last.get("rssi", nan), unit="DBM"),
                dateLastValueReported=says(timestamp(seen) if seen else None),
                deviceState=says(state(here, seen, usual.get(name, nan))),
            ),
            seen,
        )


def state(here: Register, seen: datetime | None, interval_s: float) -> str:
    """`ok`, `silent` for longer than its usual pause, or `never heard`."""
    if seen is None:
        return "never heard"
    return "silent" if here.at - seen > stations.silent_after(interval_s) else "ok"


def _share(percent: float) -> float:
    return min(max(percent / 100.0, 0.0), 1.0) if isfinite(percent) else nan


def _controlled(device: Device, rows: list[Newest]) -> list[str]:
    """What it looks at, in the model's words; by its maker where it has not spoken yet."""
    quantities = {row.quantity for row in rows} or measures(device)
    return sorted({_CONTROLLED[one] for one in quantities if one in _CONTROLLED}) or [_OTHER]


def measurements(c: Connection, here: Register) -> Iterator[Entity]:
    """The newest value of every series, also one that a test doubts: it is then an outlier."""
    city = here.city.slug
    for row in newest(c, here):
        if row.quantity in HOUSEKEEPING or not isfinite(row.value):
            continue
        name, quantity = row.device.device, QUANTITIES.get(row.quantity)
        parts = [city, name, row.quantity, *([row.level] if row.level else [])]
        unit = quantity.ucum if quantity else ""
        yield Entity(
            urn("DeviceMeasurement", *parts),
            "DeviceMeasurement",
            attributes(
                location=lies_at(*here.position(row.device)),
                dataProvider=says(here.city.name),
                dataMode=says(here.mode),
                refDevice=points_to(device_urn(city, name)),
                deviceType=says("sensor"),
                controlledProperty=says(row.quantity),
                measurementType=says("instantaneous"),
                numValue=says(row.value, at=row.time, unit=unit),
                unit=says(unit),
                depth=says(row.depth_cm / 100.0, unit="MTR"),
                dateObserved=says(timestamp(row.time)),
                outlier=says(row.flag > NOT_EVALUATED),
            ),
            row.time,
        )
