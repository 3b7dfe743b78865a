"""From millimetres in the soil to what a gardener does: litres, minutes, cans."""

import numpy as np
from numpy.typing import ArrayLike

from models.water.et0 import Array

CAN = 10.0  # L, the watering can of a French garden


def litres(depth_mm: ArrayLike, *, area: ArrayLike, efficiency: ArrayLike = 1.0) -> Array:
    """Water to deliver so that `depth_mm` reaches the roots of `area` m². [L]  1 mm = 1 L m⁻²."""
    reaching = np.asarray(depth_mm, float) * np.asarray(area, float)
    return reaching / np.asarray(efficiency, float)


def minutes(litres: ArrayLike, *, flow: ArrayLike) -> Array:
    """How long a system of `flow` L min⁻¹ runs; NaN where it has no flow. [min]"""
    rate = np.asarray(flow, float)
    return np.asarray(litres, float) / np.where(rate > 0.0, rate, np.nan)


def cans(litres: ArrayLike) -> Array:
    """Watering cans of 10 L, rounded up to whole ones."""
    return np.ceil(np.asarray(litres, float) / CAN - 1e-9)
