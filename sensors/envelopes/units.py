"""Other people's units into ours: those of SenML (RFC 8428, RFC 8798), of UCUM and of weather.

`converted` knows a value's quantity, so "%" can mean both a humidity and a water content.
"""

from collections.abc import Mapping
from types import MappingProxyType

from sensors.quantities import QUANTITIES

_Factors = Mapping[str, float]

_PASCAL = {
    "Pa": 0.001,
    "hPa": 0.1,
    "mbar": 0.1,
    "kPa": 1.0,
    "cbar": 1.0,
    "dbar": 10.0,
    "bar": 100.0,
}
_PRESSURE = _PASCAL | {"MPa": 1000.0, "inHg": 3.386388640341, "[in_i'Hg]": 3.386388640341}
_SHARE = {"%": 1.0, "%RH": 1.0, "%EL": 1.0, "/": 100.0}
_LITRES = {"l": 1.0, "L": 1.0, "m3": 1000.0, "ml": 0.001, "mL": 0.001}
_VOLTS = {"V": 1.0, "mV": 0.001}

# Our unit: factors of others.
_FACTORS: Mapping[str, _Factors] = MappingProxyType(
    {
        "%": _SHARE,
        "m³ m⁻³": {"m3/m3": 1.0, "m³/m³": 1.0, "/": 1.0, "1": 1.0, "%": 0.01, "%VWC": 0.01},
        "kPa": _PRESSURE,
        "m s⁻¹": {"m/s": 1.0, "km/h": 1 / 3.6, "mph": 0.44704, "kn": 0.514444, "kt": 0.514444},
        "W m⁻²": {"W/m2": 1.0, "W/m²": 1.0},
        "µmol m⁻² s⁻¹": {"umol/m2/s": 1.0, "umol/(m2.s)": 1.0, "µmol/m²/s": 1.0},
        "lx": {"lx": 1.0, "klx": 1000.0},
        "ppm": {"ppm": 1.0, "[ppm]": 1.0, "ppb": 0.001, "/": 1e6},
        "ppb": {"ppb": 1.0, "[ppb]": 1.0, "ppm": 1000.0},
        "µg m⁻³": {"ug/m3": 1.0, "µg/m³": 1.0, "kg/m3": 1e9},
        "mm": {"mm": 1.0, "cm": 10.0, "m": 1000.0, "in": 25.4, "[in_i]": 25.4},
        "mm h⁻¹": {"mm/h": 1.0, "in/h": 25.4, "m/s": 3.6e6},
        "µm": {"um": 1.0, "mm": 1000.0},
        "km": {"km": 1.0, "m": 0.001},
        "dS m⁻¹": {"dS/m": 1.0, "mS/cm": 1.0, "mS/m": 0.01, "S/m": 10.0, "uS/cm": 0.001}
        | {"µS/cm": 0.001},
        "V": _VOLTS,
        "mV": {"mV": 1.0, "V": 1000.0},
        "L": _LITRES,
        "L min⁻¹": {"l/min": 1.0, "L/min": 1.0, "l/s": 60.0, "m3/s": 60000.0, "m3/h": 1000 / 60},
        "L h⁻¹": {"L/h": 1.0, "l/h": 1.0},
        "mg kg⁻¹": {"mg/kg": 1.0},
        "mg L⁻¹": {"mg/L": 1.0, "mg/l": 1.0, "kg/m3": 1000.0},
        "°": {"deg": 1.0, "rad": 57.29577951308232},
        "dBm": {"dBm": 1.0, "dB[mW]": 1.0},
        "dB": {"dB": 1.0, "dBspl": 1.0, "dB[SPL]": 1.0},
        "s": {"s": 1.0, "min": 60.0, "h": 3600.0},
        "d": {"d": 1.0, "h": 1 / 24, "s": 1 / 86400},
        "kHz": {"kHz": 1.0, "Hz": 0.001},
        "Ω": {"Ohm": 1.0},
        "NTU": {"NTU": 1.0},
        "kW": {"W": 0.001, "kW": 1.0, "MW": 1000.0},
        "kWh": {"Wh": 0.001, "W.h": 0.001, "kWh": 1.0, "kW.h": 1.0, "MWh": 1000.0, "MW.h": 1000.0}
        | {"J": 1 / 3.6e6, "MJ": 1 / 3.6, "GJ": 1000 / 3.6},
        "h⁻¹": {"/h": 1.0, "1/h": 1.0, "/min": 60.0, "/s": 3600.0},
        "km h⁻¹": {"km/h": 1.0, "m/s": 3.6, "mph": 1.609344},
        "L s⁻¹": {"l/s": 1.0, "L/s": 1.0, "m3/s": 1000.0, "m3/h": 1 / 3.6},
        "m": {"m": 1.0, "cm": 0.01, "mm": 0.001, "km": 1000.0},
        "1": {"1": 1.0, "/": 1.0, "count": 1.0, "pH": 1.0, "[pH]": 1.0},
    }
)
# What a value without a name is, by a unit that leaves no doubt in a garden.
MEANT: Mapping[str, str] = MappingProxyType(
    {
        "Cel": "air_temperature",
        "%RH": "relative_humidity",
        "m3/m3": "soil_moisture",
        "lx": "illuminance",
        "W/m2": "solar_radiation",
        "m/s": "wind_speed",
        "Pa": "air_pressure",
        "hPa": "air_pressure",
        "%EL": "battery_level",
        "pH": "soil_ph",
        "dBm": "rssi",
    }
)


def converted(value: float, unit: str, quantity: str) -> float | None:
    """A value of this quantity in our unit; None when its unit is not one of the quantity's.

    An empty unit, or ours as it is written in the table, leaves the value as it is.
    """
    ours = QUANTITIES[quantity].unit
    if unit in ("", ours):
        return value
    if ours == "°C":
        return _celsius(value, unit)
    factor = _FACTORS.get(ours, {}).get(unit)
    return None if factor is None else value * factor


def _celsius(value: float, unit: str) -> float | None:
    if unit in ("Cel", "C"):
        return value
    if unit in ("K", "KEL"):
        return value - 273.15
    if unit in ("degF", "[degF]", "°F", "F"):
        return (value - 32.0) / 1.8
    return None
