"""Which NGSI entities tell of a city's equipment, and what their attributes mean.

Names and units are those of the Smart Data Models, whose values carry a UN/CEFACT code where the
model leaves the unit open [1, 2]. A value that needs a code and has none is not guessed.

References
----------
[1] FIWARE Foundation, TM Forum, IUDX, OASC: Smart Data Models, dataModel.Streetlighting, .Parking,
    .Transportation, .Energy, .Environment, .Weather; https://smartdatamodels.org
[2] UNECE Recommendation 20, Codes for Units of Measure Used in International Trade.
[3] Commission Directive (EU) 2015/1480: gases at 293 K and 101.3 kPa.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sensors.feeds.city_assets import Kind

# UN/CEFACT codes and the unit's name as `sensors.envelopes.units` knows it.
UNIT_CODES: Mapping[str, str] = MappingProxyType(
    {
        "WTT": "W",
        "KWT": "kW",
        "MAW": "MW",
        "WHR": "Wh",
        "KWH": "kWh",
        "MWH": "MWh",
        "P1": "%",
        "C62": "1",
        "CEL": "Cel",
        "KEL": "K",
        "FAH": "degF",
        "MTS": "m/s",
        "KMH": "km/h",
        "MTR": "m",
        "CMT": "cm",
        "MMT": "mm",
        "MQS": "m3/s",
        "G51": "l/s",
        "PAL": "Pa",
        "A97": "hPa",
        "KPA": "kPa",
        "D54": "W/m2",
        "LUX": "lx",
        "DD": "deg",
        "GQ": "ug/m3",
        "GP": "mg/m3",
        "59": "ppm",
        "61": "ppb",
    }
)


@dataclass(frozen=True, slots=True)
class Meaning:
    """A quantity and the unit of a bare number; None: it must be told."""

    quantity: str
    unit: str | None


@dataclass(frozen=True, slots=True)
class EntityType:
    """What an entity of this type is.

    `attributes` are measured; `details` are kept with the equipment, under our name. `counted`
    names what is counted over the observation period.
    """

    kind: Kind
    attributes: Mapping[str, Meaning]
    details: Mapping[str, str] = field(default_factory=dict)
    counted: str = ""


_POWER, _POWER_KW = Meaning("power", None), Meaning("power", "kW")
_ENERGY, _ENERGY_KWH = Meaning("energy_total", None), Meaning("energy_total", "kWh")
_OCCUPANCY = Meaning("occupancy", "/")
_LIGHT = MappingProxyType(
    {
        "totalActivePower": _POWER_KW,
        "energyConsumed": _ENERGY_KWH,
        "illuminanceLevel": Meaning("luminous_level", "/"),
        "lampsOn": Meaning("lamps_on", "1"),  # ours: how many of the cabinet's lamps are lit
    }
)
_LIGHTS = {
    "lampCount": "lights",
    "maximumPowerAvailable": "peak_power",
    "workingMode": "working_mode",
}
_PARKING = EntityType(
    "parking",
    {"availableSpotNumber": Meaning("free_spaces", "1"), "occupancy": _OCCUPANCY},
    {"totalSpotNumber": "spaces"},
)
_AIR = MappingProxyType(
    {
        "temperature": Meaning("air_temperature", "Cel"),
        "relativeHumidity": Meaning("relative_humidity", "/"),
        "windSpeed": Meaning("wind_speed", "m/s"),
        "windDirection": Meaning("wind_direction", "deg"),
    }
)

TYPES: Mapping[str, EntityType] = MappingProxyType(
    {
        "StreetlightControlCabinet": EntityType("lighting_cabinet", _LIGHT, _LIGHTS),
        "StreetlightGroup": EntityType("lighting_cabinet", _LIGHT, _LIGHTS),
        "Streetlight": EntityType(
            "lighting_cabinet",
            {
                "illuminanceLevel": Meaning("luminous_level", "/"),
                "powerConsumption": _POWER,
                "powerState": Meaning("lamps_on", "1"),
            },
        ),
        "OffStreetParking": _PARKING,
        "OnStreetParking": _PARKING,
        "TrafficFlowObserved": EntityType(
            "traffic_counter",
            {
                "intensity": Meaning("vehicle_flow", "/h"),
                "averageVehicleSpeed": Meaning("vehicle_speed", "km/h"),
                "occupancy": _OCCUPANCY,
            },
            counted="intensity",
        ),
        "ACMeasurement": EntityType(
            "building",
            {"totalActivePower": _POWER, "totalActiveEnergyImport": _ENERGY},
            {"phaseType": "phase_type"},
        ),
        "SmartMeteringObservation": EntityType("building", {"totalConsumption": _ENERGY}),
        "PhotovoltaicMeasurement": EntityType(
            "pv_plant",
            # Of the plant's own device; the model has none of the air.
            {"activePower": _POWER, "temperature": Meaning("device_temperature", "Cel")},
            {
                "nominalPeakPowerGeneration": "peak_power",
                "dateEnergyMeteringStarted": "metering_started",
            },
        ),
        "AirQualityObserved": EntityType(
            "air_station",
            {
                "airQualityIndex": Meaning("air_index", "1"),
                "no2": Meaning("nitrogen_dioxide", "ug/m3"),
                "o3": Meaning("ozone", "ug/m3"),
                "pm10": Meaning("pm10", "ug/m3"),
                "pm25": Meaning("pm2_5", "ug/m3"),
                **_AIR,
            },
        ),
        "WaterObserved": EntityType(
            "river_station",
            {"waterLevel": Meaning("river_level", "m"), "flow": Meaning("river_flow", None)},
        ),
        # Its rain is of a time that nobody tells, so it is no rain of ours.
        "WeatherObserved": EntityType(
            "weather",
            {
                **_AIR,
                "atmosphericPressure": Meaning("air_pressure", "hPa"),
                "dewPoint": Meaning("dew_point", "Cel"),
                "solarRadiation": Meaning("solar_radiation", "W/m2"),
                "illuminance": Meaning("illuminance", "lx"),
            },
        ),
    }
)
# How many of a light's lamps are lit.
POWER_STATES: Mapping[str, float] = MappingProxyType(
    {"on": 1.0, "low": 1.0, "bootingUp": 1.0, "off": 0.0}
)
# Of 1 µg m⁻³, at 293 K and 101.3 kPa [3]. [ppm]
GASES: Mapping[str, float] = MappingProxyType(
    {"nitrogen_dioxide": 24.04 / 46.006 / 1000.0, "ozone": 24.04 / 47.998 / 1000.0}
)
