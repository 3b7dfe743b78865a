"""Reference evapotranspiration of a table of days."""

from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from agro.records import Site
from models.water import et0

_INPUTS = (
    "tmin",
    "tmax",
    "vapour_pressure",
    "rh_min",
    "rh_max",
    "rh_mean",
    "wind_2m",
    "solar_radiation",
    "sunshine",
)


def reference(table: pd.DataFrame, site: Site) -> NDArray[np.float64]:
    """ET₀ of each day (index `day`) from whatever FAO-56 columns there are. [mm d⁻¹]"""
    columns = table.reindex(columns=list(_INPUTS)).astype(float)
    numbers = {name: columns[name].to_numpy() for name in _INPUTS}
    days = np.array([day_of_year(day) for day in table.index])
    if not len(days):
        return np.zeros(0)
    return et0.daily_with_methods(
        latitude=site.latitude, elevation=site.elevation, day_of_year=days, **numbers
    ).et0


def day_of_year(day: date) -> int:
    """1 on the first of January."""
    return day.timetuple().tm_yday
