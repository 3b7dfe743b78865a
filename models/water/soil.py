"""What the soil holds and gives: two reservoirs, the surface that dries and the root zone.

References
----------
[1] Allen, Pereira, Raes, Smith (1998). FAO Irrigation and Drainage Paper 56, chapters 7 to 10.
[2] Hawkins, Hjelmfelt, Zevenbergen (1985). Runoff probability, storm depth, and curve numbers.
    Journal of Irrigation and Drainage Engineering 111(4), 330–340.
    doi:10.1061/(ASCE)0733-9437(1985)111:4(330)
[3] Jensen, Allen, eds. (2016). Evaporation, Evapotranspiration, and Irrigation Water Requirements.
    ASCE Manual of Practice 70, 2nd edition, eq. 14-12 to 14-20. doi:10.1061/9780784414057
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


def mulched(ke: ArrayLike, *, mulch_cover: ArrayLike, mulch_reduction: ArrayLike) -> Array:
    """Soil evaporation coefficient under a mulch. [-]  FAO-56 [1], pp. 195–196.

    `mulch_reduction` is the share of the evaporation held back where the soil is wholly covered:
    0.5 of straw, leaves or compost (5 % for each 10 % of cover), 0.5–0.8 of plastic.
    """
    return np.asarray(ke, float) * mulch_share(mulch_cover, mulch_reduction)


def mulch_share(mulch_cover: ArrayLike, mulch_reduction: ArrayLike) -> Array:
    """Share of the evaporation that a mulch lets through. [-]  FAO-56 [1], p. 196."""
    return np.asarray(1.0 - np.asarray(mulch_cover, float) * np.asarray(mulch_reduction, float))


def curve_number_of_day(
    curve_number: ArrayLike, *, surface_depletion: ArrayLike, tew: ArrayLike, rew: ArrayLike
) -> Array:
    """The curve number at the moisture that the surface has before the rain. [-]

    From the dry (I) to the wet (III) antecedent condition [2], straight between a surface that
    has lost half of REW and one that has lost 0.7 REW + 0.3 TEW [3].
    """
    number, total, easy = (np.asarray(x, float) for x in (curve_number, tew, rew))
    dry, wet = dry_curve_number(number), wet_curve_number(number)
    span = np.maximum(0.2 * easy + 0.3 * total, 1e-9)
    dryness = np.clip((np.asarray(surface_depletion, float) - 0.5 * easy) / span, 0.0, 1.0)
    return np.asarray(wet + (dry - wet) * dryness)


def dry_curve_number(curve_number: ArrayLike) -> Array:
    """Curve number of antecedent condition I. [-]  Hawkins et al. [2]."""
    number = np.asarray(curve_number, float)
    return np.asarray(number / (2.281 - 0.01281 * number))


def wet_curve_number(curve_number: ArrayLike) -> Array:
    """Curve number of antecedent condition III. [-]  Hawkins et al. [2]."""
    number = np.asarray(curve_number, float)
    return np.asarray(number / (0.427 + 0.00573 * number))


def runoff(rain: ArrayLike, curve_number: ArrayLike) -> Array:
    """Rain that runs off, by the SCS curve number (0 where it is NaN). [mm]  Eq. 14-12 [3]."""
    p, number = np.asarray(rain, float), np.asarray(curve_number, float)
    storage = 254.0 * (100.0 / np.where(np.isnan(number), 100.0, number) - 1.0)
    excess = np.maximum(p - 0.2 * storage, 0.0)
    ran = excess**2 / np.maximum(p + 0.8 * storage, 1e-9)
    return np.where(np.isnan(number), 0.0, ran)


def percolation(
    excess: ArrayLike, *, drained_share: ArrayLike, greatest_excess: ArrayLike
) -> Array:
    """Water that leaves the root zone downwards in a day. [mm d⁻¹]

    Parameters
    ----------
    excess : Above field capacity, 0 or more. [mm]
    drained_share : Of it in a day; 1 is the book's (eq. 88 [1]). [-]
    greatest_excess : What the pores above field capacity hold; more drains at once. [mm]
    """
    above = np.asarray(excess, float)
    held = above - np.asarray(greatest_excess, float)
    return np.maximum(above * np.asarray(drained_share, float), held)


def greatest_excess(
    saturation: ArrayLike, field_capacity: ArrayLike, root_depth: ArrayLike
) -> Array:
    """Water between field capacity and saturation; without limit where it is NaN. [mm]"""
    pores = np.asarray(saturation, float) - np.asarray(field_capacity, float)
    held = 1000.0 * np.maximum(pores, 0.0) * np.asarray(root_depth, float)
    return np.where(np.isnan(held), np.inf, held)


def drained_share(drainage_tau: ArrayLike) -> Array:
    """Share of the water above field capacity that a day drains; NaN or 0 d is all of it. [-]

    A reservoir that falls to 1/e within `drainage_tau` days.
    """
    tau = np.asarray(drainage_tau, float)
    slow = tau > 0.0
    return np.where(slow, -np.expm1(-1.0 / np.where(slow, tau, 1.0)), 1.0)


def ks_salinity(
    electrical_conductivity: ArrayLike,
    *,
    threshold: ArrayLike,
    slope: ArrayLike,
    yield_response: ArrayLike,
) -> Array:
    """Stress coefficient of a salt soil, 1 where its EC_e is NaN. [-]  FAO-56 [1], eq. 89.

    In a dry salt soil it multiplies the water stress coefficient (eq. 90, 91).

    Parameters
    ----------
    electrical_conductivity : EC_e of the saturated paste. [dS m⁻¹]
    threshold : EC_e at which the yield begins to fall. [dS m⁻¹]
    slope : Fall of the yield. [% per dS m⁻¹]
    yield_response : K_y; 1 where it is unknown. [-]
    """
    salt = np.asarray(electrical_conductivity, float)
    above = np.maximum(salt - np.asarray(threshold, float), 0.0)
    fall = np.asarray(slope, float) / (100.0 * np.asarray(yield_response, float)) * above
    return np.where(np.isnan(salt), 1.0, np.maximum(1.0 - fall, 0.0))
