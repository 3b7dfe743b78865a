"""What the learned corrections of a soil-moisture forecast look at, all known at the origin.

Water contents are on the probe's own scale (0 dry, 1 wet, as seen before the fit), so that probes
learn from one another.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]

LAGS = (1, 2, 3, 5, 7, 14)
RAIN_SUMS = (3, 7, 14, 30)


@dataclass(frozen=True, slots=True)
class Series:
    """One probe and its weather, on one calendar with the others of its file; all (days,).

    Attributes
    ----------
    site, depth_cm : Where it is.
    water_content : NaN where not measured. [m³ m⁻³]
    rain : Without gaps. [mm d⁻¹]
    rain_measured : Whether any rain was.
    demand, daily_demand : Expected of the days after each day; of the day itself. [mm d⁻¹]
    temperature : Of the topsoil, from the air; NaN where unknown. [°C]
    frozen : [-]
    day_of_year : [-]
    above, below : Water content of the next probes of the site; NaN without. [m³ m⁻³]
    """

    site: str
    depth_cm: float
    water_content: Array
    rain: Array
    rain_measured: bool
    demand: Array
    daily_demand: Array
    temperature: Array
    frozen: Array
    day_of_year: Array
    above: Array
    below: Array


@dataclass(frozen=True, slots=True)
class Scale:
    """Of one probe, from what it showed before a fit: the `dry` end and the `width` to the wet."""

    dry: float
    width: float


def scale_of(water_content: Array) -> Scale:
    """The scale of a probe's past. `water_content` : (days,), not all NaN. [m³ m⁻³]"""
    dry, wet = np.nanpercentile(water_content, [2.0, 98.0])
    return Scale(float(dry), max(float(wet - dry), 0.03))


def shifted(values: Array, days: int) -> Array:
    """The value `days` earlier (later when negative); NaN beyond the ends. (days,)"""
    return pd.Series(values).shift(days).to_numpy(dtype=float)


def table(series: Series, scale: Scale, bucket: Array, days: int, *, rain_known: bool) -> Array:
    """The features of every day as an origin.

    Parameters
    ----------
    bucket : (horizon, days)  The bucket's forecasts from each day. [m³ m⁻³]
    days : Days ahead.
    rain_known : Whether the rain up to the day forecast is.

    Returns
    -------
    (days, features)  NaN where missing. The last column is the change the bucket expects.
    """
    columns = [*_water(series, scale), *_weather(series, scale)]
    if rain_known:
        columns += _rain_ahead(series, scale, days)
    steps = sorted({0, min(2, days - 1), days - 1})
    columns += [(bucket[step] - series.water_content) / scale.width for step in steps]
    return np.column_stack(columns)


def _water(series: Series, scale: Scale) -> list[Array]:
    content = series.water_content
    found = [(content - scale.dry) / scale.width]
    found += [(content - shifted(content, lag)) / scale.width for lag in LAGS]
    for other in (series.above, series.below):
        found += [(other - content) / scale.width, (other - shifted(other, 1)) / scale.width]
    return found


def _weather(series: Series, scale: Scale) -> list[Array]:
    rain = pd.Series(series.rain)
    wetness = np.clip((series.water_content - scale.dry) / scale.width, 0.0, 1.0)
    season = 2.0 * np.pi * series.day_of_year / 365.25
    sums = [rain.rolling(days, min_periods=1).sum().to_numpy(dtype=float) for days in RAIN_SUMS]
    return [
        series.rain,
        shifted(series.rain, 1),
        *sums,
        series.demand,
        series.daily_demand,
        series.demand * wetness,
        np.clip(series.temperature, -10.0, 10.0),
        series.frozen,
        np.sin(season),
        np.cos(season),
        np.full(len(rain), np.log(max(series.depth_cm, 1.0))),
    ]


def _rain_ahead(series: Series, scale: Scale, days: int) -> list[Array]:
    """Rain of each day ahead and their sum; beyond the end of the series it is not known."""
    each = [shifted(series.rain, -day) for day in range(1, days + 1)]
    total = np.sum(each, axis=0)
    dryness = 1.0 - (series.water_content - scale.dry) / scale.width
    return [*each, total, np.log1p(total), np.log1p(total) * dryness]
