"""Is the value possible at all, and in this month?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sensors.quality.flags import FAIL, GOOD, MISSING, Flags, Floats, flags_where, floats
from sensors.quality.thresholds import limits, threshold

SEASONAL = ("air_temperature", "soil_temperature", "leaf_temperature")


def flag_range(quantity: str, values: ArrayLike) -> Flags:
    """Gross range test: outside what the world can do is `FAIL`; NaN is `MISSING`."""
    row, values = limits(quantity), floats(values)
    inside = (values >= row.low) & (values <= row.high) & np.isfinite(values)
    return np.where(np.isnan(values), MISSING, np.where(inside, GOOD, FAIL))


@dataclass(frozen=True, slots=True)
class Normals:
    """A place's climate: the mean lowest and highest of a day in each month, January first. [°C]"""

    tmin: tuple[float, ...]
    tmax: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.tmin) != 12 or len(self.tmax) != 12:
            raise ValueError(
                f"normals need 12 months, January first: {len(self.tmin)} and {len(self.tmax)}"
            )


def flag_season(quantity: str, values: ArrayLike, times: ArrayLike, normals: Normals) -> Flags:
    """Climatology test: far outside the month's normals is `SUSPECT`.

    Parameters
    ----------
    quantity : One of `SEASONAL`; any other is `NOT_EVALUATED`.
    values : (n,)  [°C]
    times : (n,)  When they hold. [s since 1970]
    normals : Of the place, as its weather service publishes them.
    """
    values = floats(values)
    if quantity not in SEASONAL:
        return flags_where(values, known=False, suspect=False)
    month = _months(floats(times))
    low = np.array(normals.tmin)[month] - threshold(quantity, "season_below")
    high = np.array(normals.tmax)[month] + threshold(quantity, "season_above")
    return flags_where(values, suspect=(values < low) | (values > high))


def _months(times: Floats) -> NDArray[np.int64]:
    """Month of each time in UTC, 0 = January."""
    return times.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64) % 12
