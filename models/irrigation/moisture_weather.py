"""What of the weather is known on the day a soil-moisture forecast is made.

Everything here is causal: the value of a day depends on that day and those before it, never on
later ones. Rain that nobody measured is its mean so far, never zero.

References
----------
[1] Makkink (1957), Testing the Penman formula by means of lysimeters. J. Inst. Water Eng. 11.
[2] de Bruin (1987), From Penman to Makkink, in: Evaporation and Weather, TNO 39 (0.65 of the
    equilibrium evaporation, which needs no wind and no humidity).
[3] Allen, Pereira, Raes, Smith (1998), Crop evapotranspiration, FAO Irrigation and Drainage 56.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]

MAKKINK = 0.65  # [2]
LATENT_HEAT = 2.45  # MJ kg⁻¹ [3]
PSYCHROMETRIC = 0.066  # kPa °C⁻¹ near the sea [3]
USUAL_RAIN = 2.0  # mm d⁻¹, before any was measured
USUAL_DEMAND = 2.5  # mm d⁻¹, where nothing tells of it
DEMAND_DAYS = 10  # days whose mean demand is expected of the next
SOIL_DAYS = 6  # span over which air temperature is smoothed to that of the topsoil
FREEZING_WIDTH = 0.7  # °C about 0 within which the soil is partly frozen


def filled_rain(rain: Array) -> Array:
    """Rain with its mean so far where it was not measured. (days,) [mm d⁻¹]"""
    mean = pd.Series(rain).expanding(30).mean().shift(1).ffill().fillna(USUAL_RAIN).to_numpy()
    return np.where(np.isfinite(rain), np.maximum(rain, 0.0), mean)


def makkink(tmean: Array, solar_radiation: Array) -> Array:
    """Reference evapotranspiration without wind, humidity or place. [mm d⁻¹]

    Parameters
    ----------
    tmean : (days,)  [°C]
    solar_radiation : (days,)  [MJ m⁻² d⁻¹]

    References
    ----------
    Makkink [1] in the form of de Bruin [2]; slope by FAO-56 [3] eq. 13.
    """
    pressure = 0.6108 * np.exp(17.27 * tmean / (tmean + 237.3))
    slope = 4098.0 * pressure / (tmean + 237.3) ** 2
    found = MAKKINK * slope / (slope + PSYCHROMETRIC) * solar_radiation / LATENT_HEAT
    return np.asarray(np.maximum(found, 0.0), dtype=float)


def demand(et0: Array, tmean: Array, solar_radiation: Array, day_of_year: Array) -> Array:
    """Evaporative demand of each day from the best there is: ET₀, radiation, temperature, season.

    Parameters
    ----------
    All (days,), NaN where missing. [mm d⁻¹, °C, MJ m⁻² d⁻¹, -]
    """
    season = USUAL_DEMAND - 1.8 * np.cos(2.0 * np.pi * (day_of_year - 15.0) / 365.25)
    # A cool day asks for little and a hot one for 5 to 6 mm, wherever it is.
    warmth = np.clip(0.2 * (tmean + 3.0), 0.1, 7.0)
    found = np.where(np.isfinite(tmean), warmth, season if not np.isfinite(tmean).any() else np.nan)
    radiated = makkink(tmean, solar_radiation)
    found = np.where(np.isfinite(radiated), radiated, found)
    return np.where(np.isfinite(et0), et0, found)


def expected_demand(daily: Array) -> Array:
    """Demand expected of each of the days ahead: the mean of the last. (days,) [mm d⁻¹]"""
    mean = pd.Series(daily).rolling(DEMAND_DAYS, min_periods=1).mean().ffill()
    return mean.fillna(USUAL_DEMAND).to_numpy(dtype=float)


def soil_temperature(tmean: Array) -> Array:
    """Smoothed air temperature; NaN before any was measured. (days,) [°C]"""
    smoothed = pd.Series(tmean).ewm(span=SOIL_DAYS, ignore_na=True).mean().ffill()
    return smoothed.to_numpy(dtype=float)


def frozen_share(temperature: Array) -> Array:
    """Share of the topsoil that is frozen; 0 where no temperature tells. (days,) [-]"""
    share = 1.0 / (1.0 + np.exp(np.clip(temperature / FREEZING_WIDTH, -30.0, 30.0)))
    return np.where(np.isfinite(temperature), share, 0.0)


def past_weeks(
    rain: Array, day_of_year: Array, middle: float, *, days: int, members: int, seed: int = 0
) -> Array:
    """Weeks of rain that were measured, of the season about day `middle` once there is a year.

    Parameters
    ----------
    rain, day_of_year : (days,)  What is known. [mm d⁻¹], [-]

    Returns
    -------
    (days, members)  Each equally likely; the usual mean where there is no whole week. [mm d⁻¹]
    """
    starts = np.arange(max(len(rain) - days + 1, 0))
    if not len(starts):
        return np.full((days, members), USUAL_RAIN)
    if len(rain) > 365:
        apart = np.abs((day_of_year[starts] - middle + 182.5) % 365.0 - 182.5)
        starts = starts[apart <= 45.0] if (apart <= 45.0).any() else starts
    generator = np.random.default_rng(seed)
    picked = generator.choice(starts, members, replace=len(starts) < members)
    return np.stack([rain[picked + day] for day in range(days)])
