"""The pinned JSON-LD contexts of what we publish; none is ever fetched at run time.

References
----------
[1] ETSI (2024), NGSI-LD API core @context, version 1.8: the newest that names no second address.
[2] Smart Data Models: one context for each domain.
"""

from typing import Final

CORE: Final = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.8.jsonld"
_MODELS = "https://raw.githubusercontent.com/smart-data-models/dataModel.{}/master/context.jsonld"

DOMAINS: Final[dict[str, str]] = {
    "ACMeasurement": "Energy",
    "AgriCrop": "Agrifood",
    "AgriFarm": "Agrifood",
    "AgriGreenhouse": "Agrifood",
    "AgriParcel": "Agrifood",
    "AgriParcelOperation": "Agrifood",
    "AgriParcelRecord": "Agrifood",
    "AgriSoil": "Agrifood",
    "AirQualityObserved": "Environment",
    "Alert": "Alert",
    "Device": "Device",
    "DeviceMeasurement": "Device",
    "OffStreetParking": "Parking",
    "PhotovoltaicMeasurement": "Energy",
    "PhreaticObserved": "Environment",
    "StreetlightControlCabinet": "Streetlighting",
    "TrafficFlowObserved": "Transportation",
    "WaterObserved": "Environment",
    "WeatherForecast": "Weather",
    "WeatherObserved": "Weather",
}
"""Type → the domain of Smart Data Models that describes it."""


def domain_context(domain: str) -> str:
    """The address of a domain's context."""
    return _MODELS.format(domain)


def context_of(*types: str) -> list[str]:
    """The contexts of entities of these types, the core's last as the standard asks."""
    domains = sorted({DOMAINS[one] for one in types if one in DOMAINS})
    return [*(domain_context(one) for one in domains), CORE]


def short_type(name: str) -> str:
    """A type by its short name, also where a client writes its whole URI."""
    return name.rstrip("/#").replace("#", "/").rpartition("/")[2]
