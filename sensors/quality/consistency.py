"""Does the value fit what physics and the device's other values say?

References
----------
[1] Long & Dutton 2002, BSRN Global Network recommended QC tests, version 2.0
[2] Allen et al. 1998, FAO Irrigation and Drainage Paper 56, eq. 11 and 23–33
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from sensors.quality.flags import Flags, Floats, flags_where, floats
from sensors.quality.thresholds import Name, threshold

_SOLAR_CONSTANT = 1361.0  # W m⁻²
_SUN_LIMITS: Final[tuple[tuple[Name, Name], ...]] = (
    ("rare_share", "rare_margin"),
    ("impossible_share", "impossible_margin"),
)


def flag_consistency(
    quantity: str,
    values: ArrayLike,
    *,
    others: Mapping[str, ArrayLike] | None = None,
    porosity: float = np.nan,
    wilting_point: float = np.nan,
    depth_cm: float = np.nan,
) -> Flags:
    """What cannot be together.

    - Soil moisture above the soil's porosity: `SUSPECT` beyond a probe's accuracy, `FAIL` far
      above. Drier than roots can make it, or than the sun can near the surface: `SUSPECT`. In
      frozen soil: `SUSPECT`, a probe does not see ice.
    - Humidity that is not that of the vapour pressure and temperature, vapour pressure above
      saturation, a gust below the mean wind: `SUSPECT`.

    Parameters
    ----------
    others : Other quantities of the same messages, each (n,), NaN = missing.
    porosity, wilting_point : Of the soil at the probe. [m³ m⁻³]
    depth_cm : Of the probe. [cm]

    Returns
    -------
    (n,)  Flags; `NOT_EVALUATED` where nothing to compare with is known.
    """
    values = floats(values)
    beside = {name: floats(other) for name, other in (others or {}).items()}
    if quantity == "soil_moisture":
        least = _driest(wilting_point, depth_cm)
        return _soil_moisture(values, beside, porosity, least)
    if quantity == "relative_humidity":
        return _relative_humidity(values, beside)
    if quantity == "vapour_pressure":
        return _vapour_pressure(values, beside)
    if quantity == "wind_gust":
        return _wind_gust(values, beside)
    return flags_where(values, known=False, suspect=False)


def _soil_moisture(
    values: Floats, beside: Mapping[str, Floats], porosity: float, least: float
) -> Flags:
    temperature = _of(beside, "soil_temperature", values)
    suspect = values > porosity + threshold("soil_moisture", "above_porosity")
    fail = values > porosity + threshold("soil_moisture", "far_above_porosity")
    frozen = temperature < threshold("soil_moisture", "frozen")
    known = np.isfinite(porosity) | np.isfinite(least) | np.isfinite(temperature)
    suspect |= (values < least) | frozen
    return flags_where(values, known=known, suspect=suspect, fail=fail)


def _driest(wilting_point: float, depth_cm: float) -> float:
    """The least moisture that soil at this depth is believed to have; NaN where nobody knows."""
    if np.isnan(depth_cm):
        return np.nan
    near_surface = depth_cm <= threshold("soil_moisture", "evaporation_depth")
    share = threshold("soil_moisture", "air_dry") if near_surface else 1.0
    return share * wilting_point - threshold("soil_moisture", "below_wilting")


def _relative_humidity(values: Floats, beside: Mapping[str, Floats]) -> Flags:
    vapour, temperature = (
        _of(beside, name, values) for name in ("vapour_pressure", "air_temperature")
    )
    expected = 100.0 * vapour / saturation_vapour_pressure(temperature)
    apart = np.abs(values - np.minimum(expected, 100.0))
    suspect = apart > threshold("relative_humidity", "disagreement")
    return flags_where(values, known=np.isfinite(apart), suspect=suspect)


def _vapour_pressure(values: Floats, beside: Mapping[str, Floats]) -> Flags:
    share = values / saturation_vapour_pressure(_of(beside, "air_temperature", values))
    suspect = share > threshold("vapour_pressure", "oversaturation")
    return flags_where(values, known=np.isfinite(share), suspect=suspect)


def _wind_gust(values: Floats, beside: Mapping[str, Floats]) -> Flags:
    below = _of(beside, "wind_speed", values) - values
    suspect = below > threshold("wind_gust", "gust_below_wind")
    return flags_where(values, known=np.isfinite(below), suspect=suspect)


def flag_sun(values: ArrayLike, times: ArrayLike, *, latitude: float, longitude: float) -> Flags:
    """Solar radiation against the sun's height [1]: extremely rare `SUSPECT`, impossible `FAIL`.

    By night this is 50 and 100 W m⁻²: a covered or shifted sensor, or a wrong clock.

    Parameters
    ----------
    values : (n,)  [W m⁻²]
    times : (n,)  [s since 1970]
    """
    values, times = floats(values), floats(times)
    sun = np.maximum(_sine_of_height(times, latitude, longitude), 0.0) ** 1.2 * _SOLAR_CONSTANT
    rare, most = (
        threshold("solar_radiation", share) * sun + threshold("solar_radiation", margin)
        for share, margin in _SUN_LIMITS
    )
    return flags_where(values, suspect=values > rare, fail=values > most)


def saturation_vapour_pressure(temperature: Floats) -> Floats:
    """[2, eq. 11], in kPa."""
    warm = np.where(np.abs(temperature) < 200.0, temperature, np.nan)
    return np.asarray(0.6108 * np.exp(17.27 * warm / (warm + 237.3)))


def _sine_of_height(times: Floats, latitude: float, longitude: float) -> Floats:
    """Sine of the sun's height above the horizon [2, eq. 24, 32, 33]; within a degree or so."""
    day = times / 86400.0
    year = 2.0 * np.pi * ((day % 365.2425) + 1.0) / 365.2425
    decline = 0.409 * np.sin(year - 1.39)
    late = 2.0 * np.pi * ((day % 365.2425) - 80.0) / 364.0
    minutes = 9.87 * np.sin(2.0 * late) - 7.53 * np.cos(late) - 1.5 * np.sin(late)
    hour = (day % 1.0) * 24.0 + longitude / 15.0 + minutes / 60.0
    angle, phi = (hour - 12.0) / 12.0 * np.pi, np.radians(latitude)
    return np.asarray(np.sin(phi) * np.sin(decline) + np.cos(phi) * np.cos(decline) * np.cos(angle))


def _of(beside: Mapping[str, Floats], name: str, values: Floats) -> Floats:
    """Another quantity of the same messages; NaN where it was not given."""
    return beside.get(name, np.full(values.shape, np.nan))
