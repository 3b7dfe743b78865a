"""Water that rises from a water table into the root zone.

References
----------
[1] Raes, Steduto, Hsiao, Fereres (2018). AquaCrop version 6.1, Reference Manual, chapter 3,
    section 3.9. FAO, Rome.
"""

import csv
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from models.water.et0 import Array

_TABLE = Path(__file__).parent / "data" / "capillary.csv"
NEAREST = 0.02  # m, a water table nearer to the roots fills them anyway
WETNESS_POWER = 16.0  # of the depletion that draws water up [1]

# Soil class: a = a0 + a1·Ksat, b = b0 + b1·ln Ksat; Ksat in mm d⁻¹ [1].
CLASSES: dict[str, tuple[float, float, float, float]] = {
    "sandy": (-0.3112, -1e-5, -1.4936, 0.2416),
    "loamy": (-0.4986, 9e-5, -2.1320, 0.4778),
    "sandy clayey": (-0.5677, -4e-5, -3.7189, 0.5922),
    "silty clayey": (-0.6366, 8e-4, -1.9165, 0.7063),
}


def _read() -> dict[str, tuple[str, float]]:
    with _TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {row["texture"]: (row["class"], float(row["saturated_conductivity"])) for row in rows}


TEXTURES = _read()


def of_class(name: str, saturated_conductivity: float) -> tuple[float, float]:
    """a and b of a soil class of `CLASSES`; `saturated_conductivity` mm d⁻¹. [1]"""
    a0, a1, b0, b1 = CLASSES[name]
    k = saturated_conductivity
    return a0 + a1 * k, b0 + b1 * float(np.log(k))


def coefficients(texture: str) -> tuple[float, float]:
    """a and b of a texture at its usual saturated conductivity.

    Raises
    ------
    ValueError  No such texture.
    """
    name = texture.strip().lower().replace("_", " ").replace("-", " ")
    if name not in TEXTURES:
        raise ValueError(
            f"water_table needs a soil texture whose rise is known, not {texture!r}; "
            f"known: {', '.join(sorted(TEXTURES))}"
        )
    return of_class(*TEXTURES[name])


def rise(
    depletion: ArrayLike,
    *,
    taw: ArrayLike,
    root_depth: ArrayLike,
    water_table: ArrayLike,
    a: ArrayLike,
    b: ArrayLike,
) -> Array:
    """Water that rises into the root zone in a day, 0 where there is no water table. [mm]

    exp((ln z − b) / a) of the distance z from the roots to the water, never more than the
    depletion, and the less the nearer the root zone is to field capacity [1].

    Parameters
    ----------
    depletion : Of the root zone, 0 or more. [mm]
    taw : Total available water. [mm]
    root_depth, water_table : Below the surface; water_table NaN = none. [m]
    a, b : Of the soil; see `coefficients`.
    """
    missing, total = np.asarray(depletion, float), np.asarray(taw, float)
    table = np.asarray(water_table, float)
    none = np.isnan(table)
    distance = np.maximum(np.where(none, 9.0, table) - np.asarray(root_depth, float), NEAREST)
    slope, offset = np.where(none, -1.0, a), np.where(none, 0.0, b)
    greatest = np.exp(np.minimum((np.log(distance) - offset) / slope, 100.0))
    return np.where(none, 0.0, risen(missing, taw=total, greatest=greatest))


def risen(depletion: ArrayLike, *, taw: ArrayLike, greatest: ArrayLike) -> Array:
    """What rises of `greatest` into roots that lack `depletion`, 0 above field capacity. [mm]"""
    missing = np.maximum(np.asarray(depletion, float), 0.0)
    wetness = 1.0 - np.clip(missing / np.maximum(np.asarray(taw, float), 1e-9), 0.0, 1.0)
    return np.minimum(greatest * (1.0 - wetness**WETNESS_POWER), missing)
