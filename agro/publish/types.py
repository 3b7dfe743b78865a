"""The types that are published, and who reads each of them."""

from collections.abc import Callable, Iterator, Mapping
from itertools import chain

from sqlalchemy import Connection

from agro.publish import alerts, equipment, farms, foreseen, measured, watering
from agro.publish.entities import Entity
from agro.publish.place import Register

Read = Callable[[Connection, Register], Iterator[Entity]]


def _both(first: Read, second: Read) -> Read:
    return lambda c, here: chain(first(c, here), second(c, here))


_EQUIPMENT = (
    "ACMeasurement",
    "AirQualityObserved",
    "OffStreetParking",
    "PhotovoltaicMeasurement",
    "PhreaticObserved",
    "StreetlightControlCabinet",
    "TrafficFlowObserved",
    "WaterObserved",
)

TYPES: Mapping[str, Read] = {
    "AgriFarm": farms.farms,
    "AgriParcel": farms.parcels,
    "AgriParcelRecord": measured.parcel_records,
    "AgriParcelOperation": watering.operations,
    "AgriCrop": farms.crops,
    "AgriSoil": farms.soils,
    "AgriGreenhouse": farms.greenhouses,
    "WeatherObserved": _both(measured.weather_observed, equipment.of_type("WeatherObserved")),
    "WeatherForecast": foreseen.forecasts,
    "Device": measured.devices,
    "DeviceMeasurement": _both(measured.measurements, equipment.of_type("DeviceMeasurement")),
    "Alert": alerts.alerts,
    **{name: equipment.of_type(name) for name in _EQUIPMENT},
}
