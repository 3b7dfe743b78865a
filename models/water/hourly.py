"""Reference evapotranspiration of an hour by FAO-56 Penman–Monteith.

References
----------
[1] Allen, Pereira, Raes, Smith (1998). FAO Irrigation and Drainage Paper 56, eq. 28–33, 45–46, 53.
"""

import numpy as np
from numpy.typing import ArrayLike

from models.water.et0 import (
    ALBEDO,
    KELVIN,
    SOLAR_CONSTANT,
    STEFAN_BOLTZMANN,
    Array,
    clear_sky_radiation,
    inverse_relative_distance,
    psychrometric_constant,
    saturation_slope,
    saturation_vapour_pressure,
    solar_declination,
    sunset_hour_angle,
)

CLOUDINESS = 0.7  # R_s/R_so of a night with no evening before it (p. 75: 0.4–0.6 humid, 0.8 arid)
_LOW_SUN = 0.3  # rad: below this elevation R_s/R_so is not a measure of clouds


def seasonal_correction(day_of_year: ArrayLike) -> Array:
    """Seasonal correction of solar time. [h]  FAO-56 [1], eq. 32–33."""
    b = 2.0 * np.pi * (np.asarray(day_of_year, float) - 81.0) / 364.0
    return np.asarray(0.1645 * np.sin(2 * b) - 0.1255 * np.cos(b) - 0.025 * np.sin(b))


def solar_hour_angle(hour_utc: ArrayLike, *, longitude: ArrayLike, day_of_year: ArrayLike) -> Array:
    """Solar time angle at `hour_utc` (middle of the period). [rad]  FAO-56 [1], eq. 31."""
    solar = np.asarray(hour_utc, float) + np.asarray(longitude, float) / 15.0
    angle = np.pi / 12.0 * (solar + seasonal_correction(day_of_year) - 12.0)
    return np.asarray((angle + np.pi) % (2.0 * np.pi) - np.pi)


def extraterrestrial_radiation(
    hour_angle: ArrayLike, *, latitude: ArrayLike, day_of_year: ArrayLike, hours: float = 1.0
) -> Array:
    """Radiation at the top of the atmosphere of a period. [MJ m⁻² per period]  Eq. 28–30 [1]."""
    phi = np.radians(np.asarray(latitude, float))
    delta, sunset = solar_declination(day_of_year), sunset_hour_angle(latitude, day_of_year)
    middle, half = np.asarray(hour_angle, float), np.pi * hours / 24.0
    start, end = (np.clip(middle + side, -sunset, sunset) for side in (-half, half))
    flat = (end - start) * np.sin(phi) * np.sin(delta)
    steep = np.cos(phi) * np.cos(delta) * (np.sin(end) - np.sin(start))
    scale = 12.0 * 60.0 / np.pi * SOLAR_CONSTANT * inverse_relative_distance(day_of_year)
    return np.maximum(scale * (flat + steep), 0.0)


def sun_elevation(hour_angle: ArrayLike, *, latitude: ArrayLike, day_of_year: ArrayLike) -> Array:
    """Elevation of the sun above the horizon. [rad]"""
    phi, delta = np.radians(np.asarray(latitude, float)), solar_declination(day_of_year)
    sine = np.sin(phi) * np.sin(delta) + np.cos(phi) * np.cos(delta) * np.cos(hour_angle)
    return np.asarray(np.arcsin(np.clip(sine, -1.0, 1.0)))


def cloudiness(
    solar_radiation: ArrayLike, clear_sky: ArrayLike, elevation_of_sun: ArrayLike
) -> Array:
    """R_s/R_so of each hour; low sun and night keep the last value of the day before them. [-]

    FAO-56 [1], p. 75: the night takes the ratio of the hours before sunset.
    """
    solar, clear = np.atleast_1d(np.asarray(solar_radiation, float)), np.asarray(clear_sky, float)
    told = (np.asarray(elevation_of_sun) > _LOW_SUN) & ~np.isnan(solar) & (clear > 0.0)
    ratio = np.clip(np.where(told, solar / np.where(clear > 0.0, clear, 1.0), np.nan), 0.3, 1.0)
    last = np.maximum.accumulate(np.where(told, np.arange(ratio.size), -1))
    return np.where(last >= 0, ratio[np.maximum(last, 0)], CLOUDINESS)


def net_radiation(
    solar_radiation: ArrayLike,
    *,
    temperature: ArrayLike,
    vapour_pressure: ArrayLike,
    cloudiness: ArrayLike,
) -> Array:
    """Net radiation of an hour. [MJ m⁻² h⁻¹]  FAO-56 [1], eq. 38–40 with σ/24."""
    body = STEFAN_BOLTZMANN / 24.0 * (np.asarray(temperature, float) + KELVIN) ** 4
    humid = 0.34 - 0.14 * np.sqrt(np.asarray(vapour_pressure, float))
    longwave = body * humid * (1.35 * np.minimum(np.asarray(cloudiness, float), 1.0) - 0.35)
    return (1.0 - ALBEDO) * np.asarray(solar_radiation, float) - longwave


def hourly(
    *,
    temperature: ArrayLike,
    vapour_pressure: ArrayLike,
    wind_2m: ArrayLike,
    net_radiation: ArrayLike,
    elevation: ArrayLike,
    daytime: ArrayLike,
) -> Array:
    """Reference evapotranspiration of an hour. [mm h⁻¹]

    Parameters
    ----------
    temperature, vapour_pressure, wind_2m : (hours,)  Means of the hour. [°C, kPa, m s⁻¹]
    net_radiation : (hours,)  [MJ m⁻² h⁻¹]
    elevation : Of the station. [m]
    daytime : (hours,)  Whether the sun is up: soil heat flux is 0.1 of net radiation by day and
        0.5 by night (eq. 45–46).

    References
    ----------
    FAO-56 [1], eq. 53; may be slightly negative at night (dew).
    """
    t, u = np.asarray(temperature, float), np.asarray(wind_2m, float)
    net = np.asarray(net_radiation, float)
    energy = net - np.where(daytime, 0.1, 0.5) * net
    slope, gamma = saturation_slope(t), psychrometric_constant(elevation)
    deficit = saturation_vapour_pressure(t) - np.asarray(vapour_pressure, float)
    aerodynamic = gamma * 37.0 / (t + 273.0) * u * deficit
    return (0.408 * slope * energy + aerodynamic) / (slope + gamma * (1.0 + 0.34 * u))


def clear_sky(extraterrestrial: ArrayLike, elevation: ArrayLike) -> Array:
    """Clear-sky radiation of an hour. [MJ m⁻² h⁻¹]  FAO-56 [1], eq. 37."""
    return clear_sky_radiation(extraterrestrial, elevation)
