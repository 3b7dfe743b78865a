"""Power of a photovoltaic plant from the radiation on the ground.

The published steps one after the other: the sun's position, the diffuse part of the radiation [1],
the radiation on the tilted plane [2], the temperature of the cells [3], and power [4].

References
----------
[1] Erbs, Klein, Duffie (1982), Estimation of the diffuse radiation fraction for hourly, daily and
    monthly-average global radiation. doi:10.1016/0038-092X(82)90302-4
[2] Hay, Davies (1980), Calculations of the solar radiation incident on an inclined surface.
[3] Faiman (2008), Assessing the outdoor operating temperature of photovoltaic modules.
    doi:10.1002/pip.813
[4] Dobos (2014), PVWatts version 5 manual. NREL/TP-6A20-62641
[5] Haurwitz (1945), Insolation in relation to cloudiness and cloud density.
[6] Anderson, Hansen, Holmgren et al. (2023), pvlib python: 2023 project update.
    doi:10.21105/joss.05994
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pvlib
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Numbers = NDArray[np.int_]

HOUR = 3600  # s
MJ_PER_HOUR = HOUR / 1e6  # MJ m⁻² of 1 W m⁻² in an hour
INVERTER_EFFICIENCY = 0.96  # nominal [4]


@dataclass(frozen=True, slots=True)
class Plant:
    """A photovoltaic plant: one plane of modules.

    Attributes
    ----------
    latitude, longitude : [°]
    peak_power : Of the modules at 1000 W m⁻² and 25 °C. [kW]
    elevation : [m]
    tilt, azimuth : Of the plane; azimuth 180 looks south. Where nobody told: as is usual. [°]
    losses : Soiling, shading, wiring and the like, default of PVWatts [4]. [-]
    temperature_coefficient : Of the power, standard module of PVWatts [4]. [°C⁻¹]
    oversizing : Power of the modules to that of the inverter, default of PVWatts [4]. [-]
    albedo : Of the ground before it. [-]
    """

    latitude: float
    longitude: float
    peak_power: float
    elevation: float = 0.0
    tilt: float = 30.0
    azimuth: float = 180.0
    losses: float = 0.14
    temperature_coefficient: float = -0.0047
    oversizing: float = 1.1
    albedo: float = 0.2


@dataclass(frozen=True, slots=True)
class Sun:
    """Where the sun stands in the middle of each hour.

    Attributes
    ----------
    zenith, apparent_zenith, azimuth : (hours,)  The apparent one is as refracted. [°]
    above : (hours,)  Radiation above the atmosphere on a plane facing the sun. [W m⁻²]
    day_of_year : (hours,)
    """

    zenith: Array
    apparent_zenith: Array
    azimuth: Array
    above: Array
    day_of_year: Array


def sun(times: ArrayLike, plant: Plant) -> Sun:
    """The sun over a plant.

    Parameters
    ----------
    times : (hours,)  Starts of the hours. [epoch s]
    """
    middle = np.asarray(times, float) + HOUR / 2
    index = pd.DatetimeIndex(pd.to_datetime(middle, unit="s", utc=True))
    found = pvlib.solarposition.get_solarposition(
        index, plant.latitude, plant.longitude, altitude=plant.elevation, method="nrel_numpy"
    )
    day = np.asarray(index.day_of_year, float)
    above = np.asarray(pvlib.irradiance.get_extra_radiation(day), float)
    columns = ("zenith", "apparent_zenith", "azimuth")
    zenith, apparent, azimuth = (found[name].to_numpy(float) for name in columns)
    return Sun(zenith, apparent, azimuth, above, day)


def clear_sky(sun: Sun) -> Array:
    """Radiation on the ground under a clear sky [5]. (hours,) [W m⁻²]"""
    frame = pvlib.clearsky.haurwitz(pd.Series(sun.apparent_zenith))
    return frame["ghi"].to_numpy(float)


def plane_irradiance(ghi: ArrayLike, sun: Sun, plant: Plant) -> Array:
    """Radiation that enters the modules: direct light less what the glass reflects, and diffuse.

    Parameters
    ----------
    ghi : (…, hours)  Radiation on the level ground, mean of the hour; NaN gives NaN. [W m⁻²]

    Returns
    -------
    (…, hours)  [W m⁻²]

    References
    ----------
    Erbs et al. [1]; Hay and Davies [2]; reflection by Snell's and Bouguer's laws.
    """
    level = np.asarray(ghi, float)
    parts = pvlib.irradiance.erbs(level, sun.zenith, sun.day_of_year)
    facing = (plant.tilt, plant.azimuth, sun.apparent_zenith, sun.azimuth)
    plane = pvlib.irradiance.get_total_irradiance(
        *facing,
        dni=parts["dni"],
        ghi=level,
        dhi=parts["dhi"],
        dni_extra=sun.above,
        albedo=plant.albedo,
        model="haydavies",
    )
    through = pvlib.iam.physical(pvlib.irradiance.aoi(*facing))
    entering = np.asarray(plane["poa_direct"] * through + plane["poa_diffuse"], float)
    return np.where(np.isnan(level), np.nan, np.maximum(entering, 0.0))


def production(
    times: ArrayLike, ghi: ArrayLike, temperature: ArrayLike, wind: ArrayLike, plant: Plant
) -> Array:
    """Mean alternating power of a plant in each hour.

    Parameters
    ----------
    times : (hours,)  Starts of the hours. [epoch s]
    ghi : (…, hours)  Radiation on the level ground, mean of the hour. [W m⁻²]
    temperature, wind : (hours,)  Of the air. [°C], [m s⁻¹]

    Returns
    -------
    (…, hours)  NaN where an input is NaN. [kW]

    References
    ----------
    Faiman [3]; PVWatts [4], eq. 8 to 12.
    """
    entering = plane_irradiance(ghi, sun(times, plant), plant)
    cells = pvlib.temperature.faiman(
        entering, np.asarray(temperature, float), np.asarray(wind, float)
    )
    direct = pvlib.pvsystem.pvwatts_dc(
        entering, cells, plant.peak_power, plant.temperature_coefficient
    ) * (1.0 - plant.losses)
    limit = plant.peak_power / plant.oversizing / INVERTER_EFFICIENCY
    return np.asarray(
        pvlib.inverter.pvwatts(np.maximum(direct, 0.0), limit, INVERTER_EFFICIENCY), float
    )


def by_day(hourly: ArrayLike, day: Numbers) -> Array:
    """Sums over the hours of each day, in the order of the days.

    Parameters
    ----------
    hourly : (…, hours)
    day : (hours,)  Number of the day that an hour belongs to: 0, 1, 2 … in rising order.

    Returns
    -------
    (…, days)
    """
    values = np.asarray(hourly, float)
    starts = np.flatnonzero(np.diff(day, prepend=-1))
    return np.add.reduceat(values, starts, axis=-1)


def hourly_ghi(daily: ArrayLike, clear: Array, day: Numbers) -> Array:
    """A day's radiation spread over its hours as a clear sky would spread it.

    Parameters
    ----------
    daily : (…, days)  Radiation of each day. [MJ m⁻² d⁻¹]
    clear : (hours,)  Radiation of a clear sky. [W m⁻²]
    day : (hours,)  Number of the day that an hour belongs to: 0, 1, 2 …

    Returns
    -------
    (…, hours)  [W m⁻²]
    """
    share = np.asarray(daily, float) / (by_day(clear, day) * MJ_PER_HOUR)
    return share[..., day] * clear
