"""Probes and their weather as the series that a soil-moisture forecast works on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.irrigation import moisture_weather as weather
from models.irrigation.moisture_features import Series

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Probe:
    """One probe. `water_content` : (days,), NaN where not measured. [m³ m⁻³]"""

    site: str
    depth_cm: float
    water_content: Array


def panel(
    probes: Sequence[Probe], sky: Mapping[str, Mapping[str, Array]], day_of_year: Array
) -> list[Series]:
    """Series of all probes on one calendar.

    Parameters
    ----------
    sky : Site → any of rain, et0 [mm d⁻¹], tmin, tmax, tmean [°C], solar_radiation [MJ m⁻² d⁻¹],
        each (days,) and NaN where missing.
    day_of_year : (days,)  [-]
    """
    return [_series(one, probes, sky.get(one.site, {}), day_of_year) for one in probes]


def _series(
    probe: Probe, probes: Sequence[Probe], sky: Mapping[str, Array], day_of_year: Array
) -> Series:
    nothing = np.full(len(day_of_year), np.nan)
    rain = sky.get("rain", nothing)
    tmean = mean_temperature(sky, nothing)
    demand = weather.demand(
        sky.get("et0", nothing), tmean, sky.get("solar_radiation", nothing), day_of_year
    )
    temperature = weather.soil_temperature(tmean)
    above, below = _neighbours(probe, probes)
    return Series(
        site=probe.site,
        depth_cm=probe.depth_cm,
        water_content=probe.water_content,
        rain=weather.filled_rain(rain),
        rain_measured=bool(np.isfinite(rain).any()),
        demand=weather.expected_demand(demand),
        daily_demand=demand,
        temperature=temperature,
        frozen=weather.frozen_share(temperature),
        day_of_year=day_of_year,
        above=nothing if above is None else above.water_content,
        below=nothing if below is None else below.water_content,
    )


def mean_temperature(sky: Mapping[str, Array], nothing: Array) -> Array:
    """The day's mean, else the middle of its extremes. (days,) [°C]"""
    middle = (sky.get("tmin", nothing) + sky.get("tmax", nothing)) / 2.0
    mean = sky.get("tmean", nothing)
    return np.where(np.isfinite(mean), mean, middle)


def _neighbours(probe: Probe, probes: Sequence[Probe]) -> tuple[Probe | None, Probe | None]:
    """The next probes above and below at the same site."""
    here = [one for one in probes if one.site == probe.site]
    above = [one for one in here if one.depth_cm < probe.depth_cm]
    below = [one for one in here if one.depth_cm > probe.depth_cm]
    return (
        max(above, key=lambda one: one.depth_cm, default=None),
        min(below, key=lambda one: one.depth_cm, default=None),
    )
