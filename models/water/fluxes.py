"""What the water balance reads and gives: a day's weather, the state it leaves, what flowed.

References
----------
[1] Allen, Pereira, Raes, Smith (1998). FAO Irrigation and Drainage Paper 56, chapters 6 to 8.
"""

from dataclasses import dataclass

from numpy.typing import ArrayLike

from models.water.et0 import CALM, Array

RH_MIN = 45.0  # %, of the sub-humid climate the tables are made for (p. 123 [1])


@dataclass(frozen=True, slots=True)
class DailyWeather:
    """Days of weather, each (days,) or (days, beds).

    `et0` [mm d⁻¹] and `rain` [mm] must be whole; `wind_2m` [m s⁻¹] and `rh_min` [%] only shift the
    crop coefficients and fall back to the tables' climate where NaN.
    """

    et0: ArrayLike
    rain: ArrayLike
    wind_2m: ArrayLike = CALM
    rh_min: ArrayLike = RH_MIN


@dataclass(frozen=True, slots=True)
class State:
    """Water missing at the end of a day, (beds,) [mm]; share of the surface that is wetted [-].

    `depletion` is below 0 where a bed with `drainage_tau` still holds water above field capacity.
    """

    depletion: Array
    surface_depletion: Array
    wetted_fraction: Array


@dataclass(frozen=True, slots=True)
class Fluxes:
    """What a day did, (beds,) each.

    `crop_et` = (kcb + ke)·et0, what the crop would use without stress; `actual_et` =
    (ks·kcb + ke)·et0, what left; amounts in mm d⁻¹, coefficients and `canopy_cover` [-],
    `taw`, `raw` [mm], `root_depth` [m]. `closure` is the balance's own residual [mm].
    """

    kcb: Array
    ke: Array
    ks: Array
    crop_et: Array
    actual_et: Array
    evaporation: Array
    transpiration: Array
    rain: Array
    irrigation: Array
    runoff: Array
    capillary_rise: Array
    deep_percolation: Array
    taw: Array
    raw: Array
    root_depth: Array
    canopy_cover: Array
    closure: Array


@dataclass(frozen=True, slots=True)
class Season:
    """Every state and flux of a run, (days, beds) each; units as in `State` and `Fluxes`."""

    depletion: Array
    surface_depletion: Array
    wetted_fraction: Array
    kcb: Array
    ke: Array
    ks: Array
    crop_et: Array
    actual_et: Array
    evaporation: Array
    transpiration: Array
    rain: Array
    irrigation: Array
    runoff: Array
    capillary_rise: Array
    deep_percolation: Array
    taw: Array
    raw: Array
    root_depth: Array
    canopy_cover: Array
    closure: Array
