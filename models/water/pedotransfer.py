"""A soil's water from its texture, where nobody has measured it.

`sand`, `clay` and `organic_matter` are % by weight of the fine earth (sand 50–2000 µm, clay below
2 µm); silt is the rest. Everything broadcasts; NaN in gives NaN out.

References
----------
[1] Saxton, Rawls (2006). Soil water characteristic estimates by texture and organic matter for
    hydrologic solutions. Soil Science Society of America Journal 70. 10.2136/sssaj2005.0117
[2] Soil Science Division Staff (2017). Soil Survey Manual, USDA Handbook 18, chapter 3.
[3] Allen, Pereira, Smith, Raes, Wright (2005). FAO-56 dual crop coefficient method for estimating
    evaporation from soil and application extensions. Journal of Irrigation and Drainage
    Engineering 131. 10.1061/(ASCE)0733-9437(2005)131:1(2)
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.water import soil
from models.water.et0 import Array
from models.water.tables import Soil

ORGANIC_MATTER = 2.5  # %, of the soils of Table 3 [1]
CLAY_LIMIT, ORGANIC_LIMIT = 60.0, 8.0  # %, beyond which [1] saw too few samples


@dataclass(frozen=True, slots=True)
class Hydraulics:
    """What a soil holds [m³ m⁻³] and lets through when it is full [mm h⁻¹]."""

    wilting_point: Array
    field_capacity: Array
    saturation: Array
    saturated_conductivity: Array


def hydraulics(
    sand: ArrayLike, clay: ArrayLike, organic_matter: ArrayLike = ORGANIC_MATTER
) -> Hydraulics:
    """Water contents at 1500 and 33 kPa and at saturation, and the saturated conductivity.

    Parameters
    ----------
    sand, clay, organic_matter : [%]  Clay above 60 % and organic matter above 8 % are taken as
        these limits, up to which the equations were fitted.

    Raises
    ------
    ValueError  A share is not within 0 to 100 %, or sand and clay are more than 100 % together.

    References
    ----------
    Saxton & Rawls (2006) [1], eq. 1–3, 5, 15, 16 and 18.
    """
    _must_be_shares(sand, clay, organic_matter)
    s = np.asarray(sand, float) / 100.0
    c = np.minimum(np.asarray(clay, float), CLAY_LIMIT) / 100.0
    om = np.minimum(np.asarray(organic_matter, float), ORGANIC_LIMIT)
    first = -0.024 * s + 0.487 * c + 0.006 * om + 0.005 * s * om - 0.013 * c * om
    first = first + 0.068 * s * c + 0.031
    at_1500 = first + (0.14 * first - 0.02)
    first = -0.251 * s + 0.195 * c + 0.011 * om + 0.006 * s * om - 0.027 * c * om
    first = first + 0.452 * s * c + 0.299
    at_33 = first + (1.283 * first**2 - 0.374 * first - 0.015)
    first = 0.278 * s + 0.034 * c + 0.022 * om - 0.018 * s * om - 0.027 * c * om
    first = first - 0.584 * s * c + 0.078
    drained = first + (0.636 * first - 0.107)
    full = at_33 + drained - 0.097 * s + 0.043
    # The driest sands: the fit gives a wilting point near 0, which must stay below the capacity.
    at_1500 = np.clip(at_1500, 0.005, 0.95 * at_33)
    slope = (np.log(at_33) - np.log(at_1500)) / (np.log(1500.0) - np.log(33.0))
    conductivity = 1930.0 * np.maximum(full - at_33, 0.0) ** (3.0 - slope)
    return Hydraulics(at_1500, at_33, np.maximum(full, at_33), conductivity)


def texture_class(sand: ArrayLike, clay: ArrayLike) -> NDArray[np.str_]:
    """The class of the texture triangle, in the names of the soil table.  USDA [2], p. 124.

    Raises
    ------
    ValueError  As `hydraulics`.
    """
    _must_be_shares(sand, clay, 0.0)
    s, c = np.broadcast_arrays(np.asarray(sand, float), np.asarray(clay, float))
    silt = 100.0 - s - c
    heavy = c >= 40.0
    classes = {
        "": np.isnan(silt),
        "sand": silt + 1.5 * c < 15.0,
        "loamy sand": silt + 2.0 * c < 30.0,
        "silt": (silt >= 80.0) & (c < 12.0),
        "silt loam": (silt >= 50.0) & (c < 27.0),
        "silty clay": heavy & (silt >= 40.0),
        "sandy clay": (c >= 35.0) & (s > 45.0),
        "clay": heavy,
        "silty clay loam": (c >= 27.0) & (s <= 20.0),
        "clay loam": (c >= 27.0) & (s <= 45.0),
        "sandy clay loam": (c >= 20.0) & (silt < 28.0),
        "loam": (c >= 7.0) & (s <= 52.0),
    }
    return np.select(list(classes.values()), list(classes), "sandy loam")


def readily_evaporable_water(sand: ArrayLike, clay: ArrayLike) -> Array:
    """Water a wet surface loses before its evaporation slows. [mm]  Allen et al. (2005) [3]."""
    s, c = np.asarray(sand, float), np.asarray(clay, float)
    fine = np.where(c > 50.0, 11.0 - 0.06 * c, 8.0 + 0.08 * c)
    return np.asarray(np.where(s > 80.0, 20.0 - 0.15 * s, fine))


def soil_of_texture(sand: float, clay: float, organic_matter: float = ORGANIC_MATTER) -> Soil:
    """A soil for the balance from its texture alone.

    Raises
    ------
    ValueError  As `hydraulics`.
    """
    water = hydraulics(sand, clay, organic_matter)
    capacity, wilting = float(water.field_capacity), float(water.wilting_point)
    tew = float(soil.tew(capacity, wilting))
    return Soil(
        texture=str(texture_class(sand, clay)),
        field_capacity=capacity,
        wilting_point=wilting,
        rew=min(float(readily_evaporable_water(sand, clay)), tew),
        tew=tew,
        source=(
            f"Saxton & Rawls (2006) from sand {sand:g} %, clay {clay:g} %, "
            f"organic matter {organic_matter:g} %"
        ),
    )


def _must_be_shares(sand: ArrayLike, clay: ArrayLike, organic_matter: ArrayLike) -> None:
    both = np.asarray(sand, float) + np.asarray(clay, float)
    for name, share in (
        ("sand", sand),
        ("clay", clay),
        ("organic_matter", organic_matter),
        ("sand and clay together", both),
    ):
        values = np.atleast_1d(np.asarray(share, float))
        wrong = values[(values < 0.0) | (values > 100.0)]
        if wrong.size:
            raise ValueError(f"{name} must be 0 to 100 %: {wrong[0]:g} %")
