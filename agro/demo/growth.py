"""How the simulated crops grow: cover and roots of every plot on every day.

Simpler than the crop coefficients of the advice and not derived from them: a logistic canopy over
the crop's life, so that the truth has its own shape.
"""

from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from agro.demo.farm import Farm
from agro.records import Planting
from models.water.tables import CROPS, Crop

Floats = NDArray[np.float64]

_FULL_COVER = 0.92
_HALF_GROWN, _GROWTH_WIDTH = 0.28, 0.055  # of the crop's life
_RIPENS_AT, _RIPE_COVER = 0.82, 0.6
_ROOTED_AT = 0.5


def cover_and_roots(farm: Farm, start: date, days: int, depth: Floats) -> tuple[Floats, Floats]:
    """Canopy cover [-] and root depth [mm] of each day and plot; 0 where nothing grows.

    Parameters
    ----------
    depth : (plots,)  What the soil leaves the roots. [m]
    """
    cover = np.zeros((days, len(farm.plots)))
    roots = np.zeros_like(cover)
    for planting in farm.plantings:
        plot = farm.index(planting.site, planting.plot)
        if plot is None:
            continue
        crop = CROPS[planting.crop]
        for day in range(days):
            age = life(planting, crop, start + timedelta(days=day))
            if age is not None:
                cover[day, plot] = _cover(age)
                roots[day, plot] = min(_root_depth(age, crop), depth[plot]) * 1000.0
    return cover, roots


def life(planting: Planting, crop: Crop, day: date) -> float | None:
    """Share of the crop's life that is behind it, or None when it is not there."""
    if day < planting.planted or (planting.removed is not None and day >= planting.removed):
        return None
    if crop.season_start and planting.planted.year < day.year:  # a perennial begins again
        age, full = day.timetuple().tm_yday - crop.season_start, crop.season_length
    elif planting.removed is not None:
        age, full = (day - planting.planted).days, (planting.removed - planting.planted).days
    else:
        age, full = (day - planting.planted).days, crop.season_length
    return float(min(max(age / max(full, 1.0), 0.0), 1.0))


def _cover(age: float) -> float:
    grown = _FULL_COVER / (1.0 + float(np.exp((_HALF_GROWN - age) / _GROWTH_WIDTH)))
    ripe = max(age - _RIPENS_AT, 0.0) / (1.0 - _RIPENS_AT)
    return grown * (1.0 - (1.0 - _RIPE_COVER) * ripe)


def _root_depth(age: float, crop: Crop) -> float:
    young, old = crop.root_depth_min, crop.root_depth_irrigated
    return young + (old - young) * min(age / _ROOTED_AT, 1.0)
