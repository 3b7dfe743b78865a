"""What strangers call our quantities, and the unit a bare number has under such a name.

Our own names are understood too, those of soil with a depth (`soil_moisture_20cm`) or a number
(`soil_moisture_2`: level 1). A water content without a unit is in per cent, as nearly everybody's
is; only the `readings` of our own plain JSON have it in m³ m⁻³.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sensors.quantities import QUANTITIES

_DEPTH = re.compile(r"(?P<name>[a-z0-9_.]+?)_(?P<depth>\d{1,4}(?:[._]\d{1,2})?)_?cm")
_NUMBERED = re.compile(r"(?P<name>[a-z_]+?)_?(?P<number>\d{1,2})")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_DEEPEST_CM = 1000.0

# Their name: ours, and the unit of a bare number ("": ours).
_NAMES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "temperature": ("air_temperature", ""),
        "temp": ("air_temperature", ""),
        "air_temp": ("air_temperature", ""),
        "ambient_temperature": ("air_temperature", ""),
        "outdoor_temperature": ("air_temperature", ""),
        "humidity": ("relative_humidity", ""),
        "hum": ("relative_humidity", ""),
        "rh": ("relative_humidity", ""),
        "air_humidity": ("relative_humidity", ""),
        "ambient_humidity": ("relative_humidity", ""),
        "pressure": ("air_pressure", "hPa"),
        "barometric_pressure": ("air_pressure", "hPa"),
        "atmospheric_pressure": ("air_pressure", "hPa"),
        "moisture": ("soil_moisture", "%"),
        "soil_moisture": ("soil_moisture", "%"),
        "soil_humidity": ("soil_moisture", "%"),
        "soil_water_content": ("soil_moisture", "%"),
        "soil_vwc": ("soil_moisture", "%"),
        "vwc": ("soil_moisture", "%"),
        "soil_temp": ("soil_temperature", ""),
        "ec": ("soil_conductivity", "uS/cm"),
        "soil_ec": ("soil_conductivity", "uS/cm"),
        "conductivity": ("soil_conductivity", "uS/cm"),
        "electrical_conductivity": ("soil_conductivity", "uS/cm"),
        "soil_fertility": ("soil_conductivity", "uS/cm"),
        "water_potential": ("soil_water_potential", ""),
        "ph": ("soil_ph", ""),
        "nitrogen": ("soil_nitrogen", ""),
        "phosphorus": ("soil_phosphorus", ""),
        "potassium": ("soil_potassium", ""),
        "leaf_moisture": ("leaf_wetness", ""),
        "illuminance_lux": ("illuminance", ""),
        "illumination": ("illuminance", ""),
        "lux": ("illuminance", ""),
        "light": ("illuminance", ""),
        "light_intensity": ("illuminance", ""),
        "irradiance": ("solar_radiation", ""),
        "solar_irradiance": ("solar_radiation", ""),
        "par": ("photon_flux", ""),
        "uv": ("uv_index", ""),
        "windspeed": ("wind_speed", ""),
        "gust": ("wind_gust", ""),
        "gust_speed": ("wind_gust", ""),
        "wind_bearing": ("wind_direction", ""),
        "winddir": ("wind_direction", ""),
        "rain_intensity": ("rain_rate", ""),
        "rain_intensity_hour": ("rain_rate", ""),
        "carbon_dioxide": ("co2", ""),
        "pm25": ("pm2_5", ""),
        "pm2.5": ("pm2_5", ""),
        "voc": ("volatile_compounds", ""),
        "tvoc": ("volatile_compounds", ""),
        "dewpoint": ("dew_point", ""),
        "flow": ("water_flow", ""),
        "flow_rate": ("water_flow", ""),
        "water_leak": ("water_detected", ""),
        "leak": ("water_detected", ""),
        "battery": ("battery_level", ""),
        "bat": ("battery_level", ""),
        "battery_percentage": ("battery_level", ""),
        "battery_level": ("battery_level", ""),
        "vbat": ("battery_voltage", ""),
    }
)
# Fields about the device, its radio or its settings: no measurement of ours.
_PASSED = frozenset(
    {
        "action",
        "battery_low",
        "battery_state",
        "counter",
        "device",
        "elapsed",
        "fcnt",
        "last_seen",
        "linkquality",
        "power_outage_count",
        "tamper",
        "time",
        "timestamp",
        "trigger_count",
        "ts",
        "update",
        "update_available",
        "voltage",  # of a battery in mV, of a plug in V
    }
)


@dataclass(frozen=True, slots=True)
class Named:
    """Whose value a name announces: `unit` is that of a bare number ("": ours)."""

    quantity: str
    unit: str = ""
    depth_cm: float | None = None
    level: int = 0


def passed(name: str) -> bool:
    """Whether a field of this name is about the device itself."""
    return _snake(name) in _PASSED


def resolve(name: str) -> Named | None:
    """The quantity that a name means, or None."""
    plain = _snake(name)
    if (found := _known(plain)) is not None:
        return Named(*found)
    if (parts := _DEPTH.fullmatch(plain)) and (found := _known(parts["name"])) is not None:
        depth = float(parts["depth"].replace("_", "."))
        return Named(*found, depth_cm=depth) if _of_soil(found) and depth <= _DEEPEST_CM else None
    if (parts := _NUMBERED.fullmatch(plain)) and (found := _known(parts["name"])) is not None:
        number = int(parts["number"])
        return Named(*found, level=number - 1) if _of_soil(found) and number else None
    return None


def _known(name: str) -> tuple[str, str] | None:
    if (found := _NAMES.get(name)) is not None:
        return found
    return (name, "") if name in QUANTITIES else None


def _of_soil(found: tuple[str, str]) -> bool:
    return found[0].startswith("soil_")


def _snake(name: str) -> str:
    """A name in lower case with underscores: soilMoisture, "Soil moisture", soil-moisture."""
    split = _CAMEL.sub("_", name.strip()[:64])
    return split.lower().replace("-", "_").replace(" ", "_")
