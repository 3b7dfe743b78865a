"""Reference evapotranspiration by FAO-56 Penman–Monteith, daily and hourly.

Every function takes scalars or arrays that broadcast; NaN in gives NaN out, except where a
fall-back of the standard is named. `latitude` in degrees, `elevation` in m.

References
----------
[1] Allen, Pereira, Raes, Smith (1998). Crop evapotranspiration. FAO Irrigation and Drainage
    Paper 56, chapters 2–4.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

SOLAR_CONSTANT = 0.0820  # MJ m⁻² min⁻¹, eq. 21 [1]
STEFAN_BOLTZMANN = 4.903e-9  # MJ K⁻⁴ m⁻² d⁻¹, eq. 39 [1]
ALBEDO = 0.23  # of the reference crop, eq. 38 [1]
ANGSTROM = (0.25, 0.50)  # a_s, b_s of eq. 35 [1] where none are calibrated
KRS_INTERIOR, KRS_COAST = 0.16, 0.19  # °C^-0.5, eq. 50 [1]
CALM = 2.0  # m s⁻¹, the world's mean, where wind is unknown (p. 63 [1])
KELVIN = 273.16  # as eq. 39 [1] prints it


def air_pressure(elevation: ArrayLike) -> Array:
    """Atmospheric pressure at `elevation`. [kPa]  FAO-56 [1], eq. 7."""
    return 101.3 * ((293.0 - 0.0065 * np.asarray(elevation, float)) / 293.0) ** 5.26


def psychrometric_constant(elevation: ArrayLike) -> Array:
    """Psychrometric constant. [kPa °C⁻¹]  FAO-56 [1], eq. 8."""
    return 0.665e-3 * air_pressure(elevation)


def saturation_vapour_pressure(temperature: ArrayLike) -> Array:
    """Vapour pressure of saturated air at `temperature` °C. [kPa]  FAO-56 [1], eq. 11."""
    t = np.asarray(temperature, float)
    return np.asarray(0.6108 * np.exp(17.27 * t / (t + 237.3)))


def saturation_slope(temperature: ArrayLike) -> Array:
    """Slope of the saturation vapour pressure curve. [kPa °C⁻¹]  FAO-56 [1], eq. 13."""
    t = np.asarray(temperature, float)
    return 4098.0 * saturation_vapour_pressure(t) / (t + 237.3) ** 2


def vapour_pressure_psychrometer(
    dry: ArrayLike, wet: ArrayLike, *, elevation: ArrayLike, coefficient: float = 0.000662
) -> Array:
    """Actual vapour pressure from dry and wet bulb °C. [kPa]  FAO-56 [1], eq. 15–16."""
    gamma = coefficient * air_pressure(elevation)
    return saturation_vapour_pressure(wet) - gamma * (np.asarray(dry, float) - np.asarray(wet))


def inverse_relative_distance(day_of_year: ArrayLike) -> Array:
    """Inverse relative distance Earth–Sun. [-]  FAO-56 [1], eq. 23."""
    return 1.0 + 0.033 * np.cos(2.0 * np.pi / 365.0 * np.asarray(day_of_year, float))


def solar_declination(day_of_year: ArrayLike) -> Array:
    """Solar declination. [rad]  FAO-56 [1], eq. 24."""
    return 0.409 * np.sin(2.0 * np.pi / 365.0 * np.asarray(day_of_year, float) - 1.39)


def sunset_hour_angle(latitude: ArrayLike, day_of_year: ArrayLike) -> Array:
    """Sunset hour angle. [rad]  FAO-56 [1], eq. 25; 0 in polar night, π in polar day."""
    phi = np.radians(np.asarray(latitude, float))
    cosine = -np.tan(phi) * np.tan(solar_declination(day_of_year))
    return np.asarray(np.arccos(np.clip(cosine, -1.0, 1.0)))


def extraterrestrial_radiation(latitude: ArrayLike, day_of_year: ArrayLike) -> Array:
    """Radiation at the top of the atmosphere. [MJ m⁻² d⁻¹]  FAO-56 [1], eq. 21."""
    phi = np.radians(np.asarray(latitude, float))
    delta, omega = solar_declination(day_of_year), sunset_hour_angle(latitude, day_of_year)
    sines = omega * np.sin(phi) * np.sin(delta) + np.cos(phi) * np.cos(delta) * np.sin(omega)
    total = 24.0 * 60.0 / np.pi * SOLAR_CONSTANT * inverse_relative_distance(day_of_year) * sines
    return np.maximum(total, 0.0)


def daylight_hours(latitude: ArrayLike, day_of_year: ArrayLike) -> Array:
    """Greatest possible hours of sun. [h]  FAO-56 [1], eq. 34."""
    return 24.0 / np.pi * sunset_hour_angle(latitude, day_of_year)


def solar_radiation_from_sunshine(
    sunshine: ArrayLike, *, latitude: ArrayLike, day_of_year: ArrayLike
) -> Array:
    """Solar radiation from hours of sun (Ångström). [MJ m⁻² d⁻¹]  FAO-56 [1], eq. 35."""
    hours = np.maximum(daylight_hours(latitude, day_of_year), 1e-9)
    share = np.clip(np.asarray(sunshine, float) / hours, 0.0, 1.0)
    a, b = ANGSTROM
    return (a + b * share) * extraterrestrial_radiation(latitude, day_of_year)


def solar_radiation_from_temperature(
    tmin: ArrayLike,
    tmax: ArrayLike,
    *,
    latitude: ArrayLike,
    day_of_year: ArrayLike,
    krs: ArrayLike = KRS_INTERIOR,
) -> Array:
    """Solar radiation from the day's span of °C (Hargreaves). [MJ m⁻² d⁻¹]  FAO-56 [1], eq. 50."""
    span = np.maximum(np.asarray(tmax, float) - np.asarray(tmin, float), 0.0)
    top = extraterrestrial_radiation(latitude, day_of_year)
    return np.minimum(np.asarray(krs, float) * np.sqrt(span), 0.75) * top


def clear_sky_radiation(extraterrestrial: ArrayLike, elevation: ArrayLike) -> Array:
    """Radiation under a clear sky, in the unit of `extraterrestrial`.  FAO-56 [1], eq. 37."""
    return (0.75 + 2e-5 * np.asarray(elevation, float)) * np.asarray(extraterrestrial, float)


def net_longwave_radiation(
    tmin: ArrayLike, tmax: ArrayLike, *, vapour_pressure: ArrayLike, cloudiness: ArrayLike
) -> Array:
    """Net outgoing long-wave radiation. [MJ m⁻² d⁻¹]  FAO-56 [1], eq. 39.

    `cloudiness` is the ratio of solar to clear-sky radiation R_s/R_so, at most 1.
    """
    coldest, warmest = np.asarray(tmin, float) + KELVIN, np.asarray(tmax, float) + KELVIN
    body = STEFAN_BOLTZMANN * (warmest**4 + coldest**4) / 2.0
    humid = 0.34 - 0.14 * np.sqrt(np.asarray(vapour_pressure, float))
    return body * humid * (1.35 * np.minimum(np.asarray(cloudiness, float), 1.0) - 0.35)


def net_radiation(
    solar_radiation: ArrayLike,
    *,
    tmin: ArrayLike,
    tmax: ArrayLike,
    vapour_pressure: ArrayLike,
    clear_sky: ArrayLike,
) -> Array:
    """Net radiation at the reference crop. [MJ m⁻² d⁻¹]  FAO-56 [1], eq. 38–40."""
    solar = np.asarray(solar_radiation, float)
    clear = np.asarray(clear_sky, float)
    # In polar night there is no ratio to take: the sky is taken as half covered.
    ratio = np.where(clear > 0.0, solar / np.where(clear > 0.0, clear, 1.0), 0.6)
    longwave = net_longwave_radiation(
        tmin, tmax, vapour_pressure=vapour_pressure, cloudiness=np.clip(ratio, 0.25, 1.0)
    )
    return (1.0 - ALBEDO) * solar - longwave


def soil_heat_flux_monthly(before: ArrayLike, after: ArrayLike) -> Array:
    """Soil heat flux of a month from the mean °C of its neighbours. [MJ m⁻² d⁻¹]  Eq. 43 [1]."""
    return 0.07 * (np.asarray(after, float) - np.asarray(before, float))


def wind_at_2m(wind: ArrayLike, height: ArrayLike) -> Array:
    """Wind at 2 m from wind at `height` m. [m s⁻¹]  FAO-56 [1], eq. 47."""
    return np.asarray(wind, float) * 4.87 / np.log(67.8 * np.asarray(height, float) - 5.42)


def penman_monteith(
    *,
    tmean: ArrayLike,
    wind_2m: ArrayLike,
    net_radiation: ArrayLike,
    soil_heat_flux: ArrayLike,
    saturation_vapour_pressure: ArrayLike,
    vapour_pressure: ArrayLike,
    elevation: ArrayLike,
) -> Array:
    """Reference evapotranspiration of a day. [mm d⁻¹]  FAO-56 [1], eq. 6; may be negative."""
    t, u = np.asarray(tmean, float), np.asarray(wind_2m, float)
    slope, gamma = saturation_slope(t), psychrometric_constant(elevation)
    energy = np.asarray(net_radiation, float) - np.asarray(soil_heat_flux, float)
    deficit = np.asarray(saturation_vapour_pressure, float) - np.asarray(vapour_pressure, float)
    radiative = 0.408 * slope * energy
    aerodynamic = gamma * 900.0 / (t + 273.0) * u * deficit
    return (radiative + aerodynamic) / (slope + gamma * (1.0 + 0.34 * u))


def hargreaves(
    tmin: ArrayLike,
    tmax: ArrayLike,
    *,
    latitude: ArrayLike,
    day_of_year: ArrayLike,
    tmean: ArrayLike | None = None,
) -> Array:
    """Reference evapotranspiration from temperature alone. [mm d⁻¹]  FAO-56 [1], eq. 52."""
    low, high = np.asarray(tmin, float), np.asarray(tmax, float)
    mean = (low + high) / 2.0 if tmean is None else np.asarray(tmean, float)
    top = 0.408 * extraterrestrial_radiation(latitude, day_of_year)
    return 0.0023 * (mean + 17.8) * np.sqrt(np.maximum(high - low, 0.0)) * top


@dataclass(frozen=True, slots=True)
class Reference:
    """Reference evapotranspiration of days, and what each day's missing inputs were taken from.

    `et0` (days,) mm d⁻¹; `radiation`, `humidity`, `wind` (days,) name the source: the measured
    column, or the fall-back.
    """

    et0: Array
    radiation: NDArray[np.str_]
    humidity: NDArray[np.str_]
    wind: NDArray[np.str_]


def daily(
    *,
    tmin: ArrayLike,
    tmax: ArrayLike,
    latitude: ArrayLike,
    elevation: ArrayLike,
    day_of_year: ArrayLike,
    tmean: ArrayLike = np.nan,
    krs: ArrayLike = KRS_INTERIOR,
    soil_heat_flux: ArrayLike = 0.0,
    **weather: ArrayLike | None,
) -> Array:
    """Reference evapotranspiration of days, as `daily_with_methods`. [mm d⁻¹]"""
    return daily_with_methods(
        tmin=tmin,
        tmax=tmax,
        latitude=latitude,
        elevation=elevation,
        day_of_year=day_of_year,
        tmean=tmean,
        krs=krs,
        soil_heat_flux=soil_heat_flux,
        **weather,
    ).et0


def daily_with_methods(
    *,
    tmin: ArrayLike,
    tmax: ArrayLike,
    latitude: ArrayLike,
    elevation: ArrayLike,
    day_of_year: ArrayLike,
    tmean: ArrayLike = np.nan,
    krs: ArrayLike = KRS_INTERIOR,
    soil_heat_flux: ArrayLike = 0.0,
    **weather: ArrayLike | None,
) -> Reference:
    """Reference evapotranspiration of days, each missing input replaced as the standard says.

    Parameters
    ----------
    tmin, tmax : (days,)  Air temperature. The standard's mean is their middle, not the mean of
        the hours (eq. 9). [°C]
    tmean : (days,)  Stands in for both where either is missing; such a day needs its radiation
        and humidity measured, else it is NaN. [°C]
    latitude, elevation : Of the station. [°, m]
    day_of_year : (days,)
    krs : Of eq. 50: 0.16 inland, 0.19 on coasts. [°C^-0.5]
    soil_heat_flux : 0 for days (eq. 42), eq. 43 for months. [MJ m⁻² d⁻¹]
    **weather : (days,) each, NaN where missing, first found first used:
        solar_radiation [MJ m⁻² d⁻¹] → sunshine [h], eq. 35 → temperature span, eq. 50;
        vapour_pressure [kPa] → dewpoint [°C], eq. 14 → rh_min and rh_max [%], eq. 17 →
        rh_max, eq. 18 → rh_mean, eq. 19 → tmin as dewpoint, eq. 48;
        wind_2m [m s⁻¹] → 2 m s⁻¹.

    Returns
    -------
    Reference  `et0` never below 0. [mm d⁻¹]

    Raises
    ------
    ValueError  An argument is unknown, or a value cannot be: which, where, and its unit.

    References
    ----------
    FAO-56 [1], chapter 3 (pp. 58–65) and eq. 6.
    """
    unknown = weather.keys() - _WEATHER.keys()
    if unknown:
        raise ValueError(f"unknown weather {sorted(unknown)}; known: {sorted(_WEATHER)}")
    low, high, spanned = _temperatures(tmin, tmax, tmean)
    _check(low, high, latitude, weather)
    shape = np.broadcast_shapes(low.shape, high.shape, np.shape(day_of_year))
    given = {
        name: np.broadcast_to(np.asarray(np.nan if value is None else value, float), shape)
        for name, value in {**dict.fromkeys(_WEATHER), **weather}.items()
    }
    moist = _humidity(low, high, given)
    moist["tmin as dewpoint"] = np.where(spanned, moist["tmin as dewpoint"], np.nan)
    humid, humidity = _first(moist, shape)
    ways = _radiation(low, high, given, latitude, day_of_year, krs)
    ways["temperature span"] = np.where(spanned, ways["temperature span"], np.nan)
    solar, radiation = _first(ways, shape)
    wind, wind_source = _first({"wind_2m": given["wind_2m"], "calm": np.full(shape, CALM)}, shape)
    top = extraterrestrial_radiation(latitude, day_of_year)
    net = net_radiation(
        solar,
        tmin=low,
        tmax=high,
        vapour_pressure=humid,
        clear_sky=clear_sky_radiation(top, elevation),
    )
    et0 = penman_monteith(
        tmean=(low + high) / 2.0,
        wind_2m=wind,
        net_radiation=net,
        soil_heat_flux=soil_heat_flux,
        saturation_vapour_pressure=_mean_saturation(low, high),
        vapour_pressure=humid,
        elevation=elevation,
    )
    return Reference(np.maximum(et0, 0.0), radiation, humidity, wind_source)


# Each quantity of the weather with its unit and what it can be.
_WEATHER: dict[str, tuple[str, float, float]] = {
    "solar_radiation": ("MJ m⁻² d⁻¹", 0.0, 60.0),
    "sunshine": ("h", 0.0, 24.0),
    "vapour_pressure": ("kPa", 0.0, 10.0),
    "dewpoint": ("°C", -90.0, 60.0),
    "rh_min": ("%", 0.0, 100.0),
    "rh_max": ("%", 0.0, 100.0),
    "rh_mean": ("%", 0.0, 100.0),
    "wind_2m": ("m s⁻¹", 0.0, 120.0),
}


def _check(
    low: Array, high: Array, latitude: ArrayLike, weather: Mapping[str, ArrayLike | None]
) -> None:
    for name, values, unit, least, most in (
        ("latitude", latitude, "°", -90.0, 90.0),
        ("tmin", low, "°C", -90.0, 65.0),
        ("tmax", high, "°C", -90.0, 65.0),
        *((name, weather.get(name), *_WEATHER[name]) for name in _WEATHER),
    ):
        if values is None:
            continue
        array = np.atleast_1d(np.asarray(values, float))
        wrong = np.flatnonzero((array < least) | (array > most) | np.isinf(array))
        if wrong.size:
            raise ValueError(
                f"{name} must be {least:g} to {most:g} {unit}: "
                f"{array.flat[wrong[0]]:g} {unit} at index {wrong[0]}"
            )
    wrong = np.flatnonzero(low > high)
    if wrong.size:
        i = int(wrong[0])
        lows, highs = np.broadcast_arrays(low, high)
        raise ValueError(
            f"tmin must not exceed tmax: {lows.flat[i]:g} > {highs.flat[i]:g} °C at index {i}"
        )


def _temperatures(
    tmin: ArrayLike, tmax: ArrayLike, tmean: ArrayLike
) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Lowest and highest of each day, and whether they are its own rather than its mean."""
    low, high, mean = np.broadcast_arrays(
        *(np.atleast_1d(np.asarray(values, float)) for values in (tmin, tmax, tmean))
    )
    spanned = ~np.isnan(low) & ~np.isnan(high)
    return np.where(spanned, low, mean), np.where(spanned, high, mean), spanned


def _mean_saturation(low: Array, high: Array) -> Array:
    """Mean saturation vapour pressure of a day. [kPa]  FAO-56 [1], eq. 12."""
    return (saturation_vapour_pressure(low) + saturation_vapour_pressure(high)) / 2.0


def _humidity(low: Array, high: Array, given: Mapping[str, Array]) -> dict[str, Array]:
    """Actual vapour pressure [kPa] by each way of chapter 3, best first."""
    at_low, at_high = saturation_vapour_pressure(low), saturation_vapour_pressure(high)
    least, most, mean = (given[name] / 100.0 for name in ("rh_min", "rh_max", "rh_mean"))
    return {
        "vapour_pressure": given["vapour_pressure"],
        "dewpoint": saturation_vapour_pressure(given["dewpoint"]),
        "rh_min, rh_max": (at_low * most + at_high * least) / 2.0,
        "rh_max": at_low * most,
        "rh_mean": mean * (at_low + at_high) / 2.0,
        "tmin as dewpoint": at_low,
    }


def _radiation(
    low: Array,
    high: Array,
    given: Mapping[str, Array],
    latitude: ArrayLike,
    day_of_year: ArrayLike,
    krs: ArrayLike,
) -> dict[str, Array]:
    """Solar radiation [MJ m⁻² d⁻¹] by each way of chapter 3, best first."""
    return {
        "solar_radiation": given["solar_radiation"],
        "sunshine": solar_radiation_from_sunshine(
            given["sunshine"], latitude=latitude, day_of_year=day_of_year
        ),
        "temperature span": solar_radiation_from_temperature(
            low, high, latitude=latitude, day_of_year=day_of_year, krs=krs
        ),
    }


def _first(ways: Mapping[str, Array], shape: tuple[int, ...]) -> tuple[Array, NDArray[np.str_]]:
    """The first way that gives a number, for each day, and its name ("" where none does)."""
    chosen = np.full(shape, np.nan)
    named = np.full(shape, "", dtype="U24")
    for name, values in ways.items():
        take = np.isnan(chosen) & ~np.isnan(np.broadcast_to(values, shape))
        chosen = np.where(take, values, chosen)
        named[take] = name
    return chosen, named
