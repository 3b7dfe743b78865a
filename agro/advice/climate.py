"""The climate of the city, as daily weather: what stands in where nothing was measured."""

from calendar import monthrange
from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from agro.records import Normals

COLUMNS = ("tmin", "tmax", "tmean", "rh_mean", "wind_2m", "solar_radiation")


def climate_days(normals: Normals, days: Sequence[date]) -> pd.DataFrame:
    """Normals of each day's month: temperature, humidity, wind, radiation and mean daily rain.

    Adds `wet_share`, the share of days with rain.
    """
    month = np.array([day.month - 1 for day in days], dtype=int)
    length = np.array([monthrange(day.year, day.month)[1] for day in days], dtype=float)
    table = {name: np.asarray(getattr(normals, name), dtype=float)[month] for name in COLUMNS}
    table["rain"] = np.asarray(normals.rain, dtype=float)[month] / length
    table["wet_share"] = np.asarray(normals.rain_days, dtype=float)[month] / length
    return pd.DataFrame(table, index=pd.Index(days, name="day"))
