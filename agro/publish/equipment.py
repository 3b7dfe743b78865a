"""The city's own equipment as NGSI-LD entities: cabinets, car parks, counters, plants, stations.

A type whose model asks for something that nobody has told us is not filled with guesses: the
values are then published as plain measurements of the device.

References
----------
[1] Smart Data Models: dataModel.Streetlighting, .Parking, .Transportation, .Energy, .Environment.
[2] Commission Directive (EU) 2015/1480: gases at 293 K and 101.3 kPa.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from math import isfinite
from typing import Any

from sqlalchemy import Connection

from agro.publish.entities import Attribute, Entity, attributes, lies_at, points_to, says, timestamp
from agro.publish.place import Register
from agro.publish.urn import urn
from agro.store import open_data
from agro.store.open_data import Asset, NewestRow
from sensors.feeds.ngsi_types import GASES
from sensors.quality import NOT_EVALUATED
from sensors.quantities import QUANTITIES


@dataclass(frozen=True, slots=True)
class _Value:
    """How a quantity is told: the model's attribute, the factor to its unit, the unit's code."""

    name: str
    factor: float = 1.0
    unit: str = ""
    is_whole: bool = False
    least: float = 0.0

    def told(self, row: NewestRow) -> Attribute | None:
        value = row.value * self.factor
        if not isfinite(value) or row.flag > NOT_EVALUATED or value < self.least:
            return None
        return says(round(value) if self.is_whole else value, at=row.time, unit=self.unit)


_AIR = {
    "air_temperature": _Value("temperature", 1.0, "CEL", least=-100.0),
    "relative_humidity": _Value("relativeHumidity", 0.01, "C62"),
    "wind_speed": _Value("windSpeed", 1.0, "MTS"),
    "wind_direction": _Value("windDirection", 1.0, "DD"),
}
_OCCUPANCY = _Value("occupancy", 0.01, "C62")
# kind of equipment → its type and what it measures
_TYPES: Mapping[str, tuple[str, Mapping[str, _Value]]] = {
    "lighting_cabinet": (
        "StreetlightControlCabinet",
        {
            "power": _Value("totalActivePower", 1.0, "KWT"),
            "energy_total": _Value("energyConsumed", 1.0, "KWH"),
            "luminous_level": _Value("illuminanceLevel", 0.01, "C62"),
            "lamps_on": _Value("lampsOn", 1.0, "C62", is_whole=True),
        },
    ),
    "parking": (
        "OffStreetParking",
        {
            "free_spaces": _Value("availableSpotNumber", 1.0, "C62", is_whole=True),
            "occupancy": _OCCUPANCY,
        },
    ),
    "traffic_counter": (
        "TrafficFlowObserved",
        {
            "vehicle_flow": _Value("intensity", 1.0, "/h"),
            "vehicle_speed": _Value("averageVehicleSpeed", 1.0, "KMH"),
            "occupancy": _OCCUPANCY,
        },
    ),
    "building": (
        "ACMeasurement",
        {
            "power": _Value("totalActivePower", 1.0, "KWT", least=-100_000.0),
            "energy_total": _Value("totalActiveEnergyImport", 1.0, "KWH"),
        },
    ),
    "pv_plant": (
        "PhotovoltaicMeasurement",
        {
            "power": _Value("activePower", 1.0, "KWT"),
            "device_temperature": _Value("temperature", 1.0, "CEL"),
        },
    ),
    "air_station": (
        "AirQualityObserved",
        {
            "air_index": _Value("airQualityIndex", is_whole=True),
            "nitrogen_dioxide": _Value("no2", 1.0 / GASES["nitrogen_dioxide"], "GQ"),
            "ozone": _Value("o3", 1.0 / GASES["ozone"], "GQ"),
            "pm10": _Value("pm10", 1.0, "GQ"),
            "pm2_5": _Value("pm25", 1.0, "GQ"),
            **_AIR,
        },
    ),
    "river_station": (
        "WaterObserved",
        {
            "river_level": _Value("waterLevel", 0.001, "MTR"),
            "river_flow": _Value("flow", 1.0, "G51"),
        },
    ),
    "groundwater": (
        "PhreaticObserved",
        {
            "groundwater_level": _Value("waterTable", 1.0, "MTR", least=-500.0),
            "groundwater_depth": _Value("depth", 1.0, "MTR", least=-100.0),
        },
    ),
    "weather": (
        "WeatherObserved",
        {
            **_AIR,
            "air_pressure": _Value("atmosphericPressure", 10.0, "A97"),
            "solar_radiation": _Value("solarRadiation", 1.0, "D54"),
            "dew_point": _Value("dewPoint", 1.0, "CEL", least=-100.0),
        },
    ),
}
_WORKING_MODES = ("automatic", "manual", "semiautomatic")
_PHASES = ("singlePhase", "threePhase")

Extra = Callable[[Register, Asset], Mapping[str, Attribute | None] | None]


def _cabinet(here: Register, asset: Asset) -> Mapping[str, Attribute | None] | None:
    mode = asset.details.get("working_mode")
    if mode not in _WORKING_MODES:
        return None
    group = urn("StreetlightGroup", here.city.slug, asset.device)
    lights = asset.details.get("lights")
    return {
        "refStreetlightGroup": points_to([group]),
        "workingMode": says(mode),
        "lampCount": says(lights),
        "maximumPowerAvailable": says(asset.details.get("peak_power"), unit="KWT"),
    }


def _building(_here: Register, asset: Asset) -> Mapping[str, Attribute | None] | None:
    phases = asset.details.get("phase_type")
    return {"phaseType": says(phases)} if phases in _PHASES else None


def _car_park(_here: Register, asset: Asset) -> Mapping[str, Attribute | None]:
    spaces = asset.details.get("spaces")
    return {"totalSpotNumber": says(round(spaces)) if spaces else None}


def _plant(here: Register, asset: Asset) -> Mapping[str, Attribute | None] | None:
    since = asset.details.get("metering_started")
    if not isinstance(since, str):
        return None
    return {
        "refPhotovoltaicDevice": points_to(urn("PhotovoltaicDevice", here.city.slug, asset.device)),
        "dateEnergyMeteringStarted": says(since),
        "nominalPeakPowerGeneration": says(asset.details.get("peak_power"), unit="KWT"),
    }


def _groundwater(_here: Register, _asset: Asset) -> Mapping[str, Attribute | None]:
    return {"measurementType": says(["depth"])}


def _nothing(_here: Register, _asset: Asset) -> Mapping[str, Attribute | None]:
    return {}


_EXTRAS: Mapping[str, Extra] = {
    "lighting_cabinet": _cabinet,
    "building": _building,
    "parking": _car_park,
    "pv_plant": _plant,
    "groundwater": _groundwater,
}
_NEEDED = {"PhotovoltaicMeasurement": ("temperature",)}


def equipment(c: Connection, here: Register, *, type_: str) -> Iterator[Entity]:
    """The city's equipment of one type, with the newest of each of its values."""
    rows: dict[str, list[NewestRow]] = {}
    for row in open_data.newest(c, of_assets=True):
        rows.setdefault(row.device, []).append(row)
    for asset in open_data.assets(c):
        own = rows.get(asset.device, [])
        entity = _typed(here, asset, own)
        if entity is not None and entity.type == type_:
            yield entity
        if entity is None and type_ == "DeviceMeasurement":
            yield from (_plain(here, asset, row) for row in own if isfinite(row.value))


def of_type(type_: str) -> Callable[[Connection, Register], Iterator[Entity]]:
    """Reads the city's equipment of one type."""
    return partial(equipment, type_=type_)


def _typed(here: Register, asset: Asset, rows: list[NewestRow]) -> Entity | None:
    """An asset in the words of its model; None where the model asks for what we do not know."""
    place = lies_at(asset.latitude, asset.longitude)
    if asset.kind not in _TYPES or place is None or not rows:
        return None
    type_, values = _TYPES[asset.kind]
    extra = _EXTRAS.get(asset.kind, _nothing)(here, asset)
    told = {
        values[row.quantity].name: values[row.quantity].told(row)
        for row in rows
        if (row.quantity in values)
    }
    known = attributes(**told)
    if extra is None or not known or not all(name in known for name in _NEEDED.get(type_, ())):
        return None
    seen = max(row.time for row in rows)
    common = _common(here, asset)
    observed = says(timestamp(seen))
    body = attributes(location=place, dateObserved=observed, **common, **extra) | known
    return Entity(urn(type_, here.city.slug, asset.device), type_, body, seen)


def _common(here: Register, asset: Asset) -> dict[str, Attribute | None]:
    """Where it stands and how its values come: a simulated value says so."""
    commune = here.communes.get(asset.commune)
    place: dict[str, Any] = {"addressCountry": here.city.country}
    if commune is not None:
        place["addressLocality"] = commune.name
    return {
        "name": says(asset.name),
        "address": says(place),
        "dataProvider": says(here.city.name),
        "source": says(asset.source),
        "license": says(asset.licence),
        "dataMode": says(asset.mode),
    }


def _plain(here: Register, asset: Asset, row: NewestRow) -> Entity:
    quantity = QUANTITIES.get(row.quantity)
    unit = quantity.ucum if quantity else ""
    return Entity(
        urn("DeviceMeasurement", here.city.slug, asset.device, row.quantity),
        "DeviceMeasurement",
        attributes(
            location=lies_at(asset.latitude, asset.longitude),
            deviceType=says(asset.kind),
            controlledProperty=says(row.quantity),
            numValue=says(row.value, at=row.time, unit=unit),
            unit=says(unit),
            dateObserved=says(timestamp(row.time)),
            outlier=says(row.flag > NOT_EVALUATED),
            **_common(here, asset),
        ),
        row.time,
    )
