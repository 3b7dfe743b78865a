"""What the soil holds and gives: two reservoirs, the surface that dries and the root zone.

References
----------
[1] Allen, Pereira, Raes, Smith (1998). FAO Irrigation and Drainage Paper 56, chapters 7 and 8.
"""

import numpy as np
from numpy.typing import ArrayLike

from models.water.et0 import Array


def taw(field_capacity: ArrayLike, wilting_point: ArrayLike, root_depth: ArrayLike) -> Array:
    """Total available water in the root zone. [mm]  FAO-56 [1], eq. 82."""
    held = np.asarray(field_capacity, float) - np.asarray(wilting_point, float)
    return 1000.0 * held * np.asarray(root_depth, float)


def tew(field_capacity: ArrayLike, wilting_point: ArrayLike, depth: ArrayLike = 0.10) -> Array:
    """Total evaporable water of the surface layer of `depth` m. [mm]  FAO-56 [1], eq. 73."""
    held = np.asarray(field_capacity, float) - 0.5 * np.asarray(wilting_point, float)
    return 1000.0 * held * np.asarray(depth, float)


def adjusted_depletion_fraction(depletion_fraction: ArrayLike, crop_et: ArrayLike) -> Array:
    """p at this day's demand, 0.1 to 0.8. [-]  FAO-56 [1], Table 22, footnote 2."""
    p = np.asarray(depletion_fraction, float) + 0.04 * (5.0 - np.asarray(crop_et, float))
    return np.clip(p, 0.1, 0.8)


def raw(taw: ArrayLike, crop_et: ArrayLike, *, depletion_fraction: ArrayLike) -> Array:
    """Readily available water: what roots take before stress begins. [mm]  FAO-56 [1], eq. 83."""
    return adjusted_depletion_fraction(depletion_fraction, crop_et) * np.asarray(taw, float)


def ks(depletion: ArrayLike, *, taw: ArrayLike, raw: ArrayLike) -> Array:
    """Water stress coefficient: 1 no stress, 0 no water. [-]  FAO-56 [1], eq. 84."""
    total, easy = np.asarray(taw, float), np.asarray(raw, float)
    left = total - np.asarray(depletion, float)
    return np.clip(left / np.maximum(total - easy, 1e-9), 0.0, 1.0)


def kr(surface_depletion: ArrayLike, *, tew: ArrayLike, rew: ArrayLike) -> Array:
    """Evaporation reduction coefficient of the drying surface. [-]  FAO-56 [1], eq. 74."""
    total, easy = np.asarray(tew, float), np.asarray(rew, float)
    left = total - np.asarray(surface_depletion, float)
    return np.clip(left / np.maximum(total - easy, 1e-9), 0.0, 1.0)


def exposed_wetted_fraction(
    canopy_cover: ArrayLike, wetted_fraction: ArrayLike, *, drip: ArrayLike = False
) -> Array:
    """Share of the soil that is both wet and in the sun. [-]  FAO-56 [1], eq. 75.

    Under drip the wet soil lies in the shade of the plants: 1 − ⅔ of the cover of it counts.
    """
    cover, wet = np.asarray(canopy_cover, float), np.asarray(wetted_fraction, float)
    wet_in_sun = np.where(drip, (1.0 - 2.0 / 3.0 * cover) * wet, wet)
    return np.clip(np.minimum(1.0 - cover, wet_in_sun), 0.01, 1.0)


def ke(kcb: ArrayLike, *, kr: ArrayLike, kc_max: ArrayLike, exposed: ArrayLike) -> Array:
    """Soil evaporation coefficient. [-]  FAO-56 [1], eq. 71."""
    most = np.asarray(kc_max, float)
    energy = np.asarray(kr, float) * (most - np.asarray(kcb, float))
    return np.maximum(np.minimum(energy, np.asarray(exposed, float) * most), 0.0)


def runoff(rain: ArrayLike, curve_number: ArrayLike) -> Array:
    """Rain that runs off, by the SCS curve number (0 where it is NaN). [mm]"""
    p, number = np.asarray(rain, float), np.asarray(curve_number, float)
    storage = 254.0 * (100.0 / np.where(np.isnan(number), 100.0, number) - 1.0)
    excess = np.maximum(p - 0.2 * storage, 0.0)
    ran = excess**2 / np.maximum(p + 0.8 * storage, 1e-9)
    return np.where(np.isnan(number), 0.0, ran)


def ks_salinity(
    electrical_conductivity: ArrayLike, *, threshold: float, slope: float, yield_response: float
) -> Array:
    """Stress coefficient of a salt soil; dS m⁻¹, `slope` % per dS m⁻¹. [-]  FAO-56 [1], eq. 89."""
    above = np.maximum(np.asarray(electrical_conductivity, float) - threshold, 0.0)
    return np.asarray(1.0 - slope / (yield_response * 100.0) * above)
