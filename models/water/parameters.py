"""What a bed is to the water balance: a crop on a soil, and what the place adds to them.

Every addition is optional, and its default changes nothing.

References
----------
[1] Allen, Pereira, Raes, Smith (1998). FAO Irrigation and Drainage Paper 56, chapters 8 to 10.
[2] Amiri, Abedi-Koupai, Eslamian (2018). Comparison of reference evapotranspiration inside and
    outside the glasshouse. International Journal of Global Environmental Issues 17(4).
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from models.water import canopy, capillary
from models.water.et0 import Array
from models.water.tables import Crop, Soil

Numbers = Array | float

ET0_SHARE_GLASSHOUSE = 0.64  # of the ET₀ outside, measured by class A pans [2]
MULCH_ORGANIC = 0.5  # 5 % less evaporation for each 10 % of cover, p. 196 [1]
MULCH_PLASTIC = 0.65  # middle of the 50–80 % of p. 195 [1]
# Middle of the 5–15 % by which K_cb falls under plastic, p. 196 [1]: the soil below gives less
# vapour through dry weather, the leaves more. The 10–30 % of the same page are of K_c, which also
# holds what `MULCH_PLASTIC` takes.
KCB_PLASTIC = 0.10


@dataclass(frozen=True, slots=True)
class Mulch:
    """What a mulch holds back where it covers the whole soil, of evaporation and of K_cb. [-]"""

    mulch_reduction: float
    kcb_reduction: float


MULCHES = {
    "organic": Mulch(MULCH_ORGANIC, 0.0),  # straw, leaves, compost, wood chips
    "plastic": Mulch(MULCH_PLASTIC, KCB_PLASTIC),
}


@dataclass(frozen=True, slots=True)
class Beds:
    """What does not change through a season, each (beds,) or scalar.

    `kcb_…`, `depletion_fraction` [-]; `height`, `root_depth_…` [m]; `length_…` [d];
    `field_capacity`, `wilting_point` [m³ m⁻³]; `rew`, `tew` [mm]; `wetted_fraction` of the
    irrigation system, `drip` whether it drips; `rain_share` 1 in the open, 0 under cover;
    `planted` and `removed` are days counted from the first row (`removed` inf while it grows);
    `curve_number` of mean moisture, NaN = no runoff.

    `et0_share` of the ET₀ outside; `mulch_cover` of the soil, `mulch_reduction` of the evaporation
    below it [-]; `water_table` below the surface, NaN = none [m], `capillary_a`, `capillary_b` of
    `capillary.rise`; `drainage_tau` in which water above field capacity falls to 1/e, NaN = all of
    it within the day [d], `saturation` above which nothing stays, NaN = no limit [m³ m⁻³];
    `soil_salinity` EC_e, NaN = none, `salt_threshold` [dS m⁻¹], `salt_slope` [% per dS m⁻¹],
    `yield_response` K_y [-]; `first_cut` and `cutting_interval` of a forage, inf = none [d], or
    `cuts` (cuts, beds), days since planting in order, the list of a bed filled up with inf [d];
    `height_min` at planting, of trees their height [m].
    """

    kcb_ini: Numbers
    kcb_mid: Numbers
    kcb_end: Numbers
    height: Numbers
    root_depth_min: Numbers
    root_depth_max: Numbers
    depletion_fraction: Numbers
    length_ini: Numbers
    length_dev: Numbers
    length_mid: Numbers
    length_late: Numbers
    field_capacity: Numbers
    wilting_point: Numbers
    rew: Numbers
    tew: Numbers
    wetted_fraction: Numbers = 1.0
    drip: NDArray[np.bool_] | bool = False
    rain_share: Numbers = 1.0
    planted: Numbers = 0.0
    removed: Numbers = np.inf
    curve_number: Numbers = np.nan
    et0_share: Numbers = 1.0
    mulch_cover: Numbers = 0.0
    mulch_reduction: Numbers = MULCH_ORGANIC
    water_table: Numbers = np.nan
    capillary_a: Numbers = np.nan
    capillary_b: Numbers = np.nan
    drainage_tau: Numbers = np.nan
    saturation: Numbers = np.nan
    soil_salinity: Numbers = np.nan
    salt_threshold: Numbers = np.nan
    salt_slope: Numbers = np.nan
    yield_response: Numbers = 1.0
    first_cut: Numbers = np.inf
    cutting_interval: Numbers = np.inf
    height_min: Numbers = 0.0
    cuts: Numbers = np.inf


@dataclass(frozen=True, slots=True)
class Bed:
    """One bed for `beds()`: a crop on a soil, and what the place adds to them.

    `planted` and `removed` are days counted from the first row of the weather; `root_limit` m is
    the depth of a container or of the soil, and the reach of roots where one is known;
    `canopy_cover` [-] limits the K_cb of trees and wide rows; trees keep their height all year
    with `constant_height`; `kcb_reduction` is what a plastic mulch over the whole soil takes of
    K_cb (`MULCHES`); `cuts` are days since planting; `salt_…` NaN = the crop's. The rest as in
    `Beds`; capillary rise takes the soil's texture.
    """

    crop: Crop
    soil: Soil
    planted: float = 0.0
    removed: float = np.inf
    wetted_fraction: float = 1.0
    drip: bool = False
    covered: bool = False
    root_limit: float = np.inf
    curve_number: float = np.nan
    et0_share: float = 1.0
    mulch_cover: float = 0.0
    mulch_reduction: float = MULCH_ORGANIC
    kcb_reduction: float = 0.0
    water_table: float = np.nan
    drainage_tau: float = np.nan
    saturation: float = np.nan
    soil_salinity: float = np.nan
    salt_threshold: float = np.nan
    salt_slope: float = np.nan
    first_cut: float = np.inf
    cutting_interval: float = np.inf
    canopy_cover: float = np.nan
    constant_height: bool = False
    cuts: tuple[float, ...] = ()


_LENGTHS = ("length_ini", "length_dev", "length_mid", "length_late")
_OF_CROP = ("kcb_ini", "kcb_mid", "kcb_end", "height", "depletion_fraction", *_LENGTHS)
_OF_SOIL = ("field_capacity", "wilting_point", "rew", "tew")
_MADE = {"salt_threshold", "salt_slope", "cuts"}  # not as a bed states them
_OF_BED = tuple(
    f.name for f in fields(Beds) if f.name in {g.name for g in fields(Bed)} and f.name not in _MADE
)
# Least, most and what it means, of what a caller may state for a bed.
BOUNDS: dict[str, tuple[float, float, str]] = {
    "wetted_fraction": (0.01, 1.0, "the share of the soil that irrigation wets"),
    "curve_number": (1.0, 100.0, "the curve number of the soil at mean moisture"),
    "et0_share": (0.0, 2.0, "the share of the ET₀ outside"),
    "mulch_cover": (0.0, 1.0, "the share of the soil under mulch"),
    "mulch_reduction": (0.0, 1.0, "the share of the evaporation that mulch holds back"),
    "kcb_reduction": (0.0, 1.0, "the share of K_cb that mulch takes"),
    "water_table": (0.0, np.inf, "metres below the surface"),
    "drainage_tau": (0.0, 60.0, "days"),
    "saturation": (0.0, 0.95, "m³ m⁻³"),
    "soil_salinity": (0.0, 60.0, "dS m⁻¹"),
    "salt_threshold": (0.0, 60.0, "dS m⁻¹"),
    "salt_slope": (0.0, 100.0, "% of the yield per dS m⁻¹"),
    "first_cut": (1.0, np.inf, "days after planting"),
    "cutting_interval": (1.0, np.inf, "days"),
    "canopy_cover": (0.0, 1.0, "the share of the ground that leaves shade"),
}


def beds(rows: Sequence[Bed]) -> Beds:
    """Columns from rows: the crops and soils of many beds as arrays.

    Raises
    ------
    ValueError  A soil holds no water, a share is outside 0–1, or a salt soil has no threshold.
    """
    for row in rows:
        _check(row)
    columns = {name: np.array([getattr(row.crop, name) for row in rows]) for name in _OF_CROP}
    columns |= {name: np.array([getattr(row.soil, name) for row in rows]) for name in _OF_SOIL}
    columns |= {name: np.array([getattr(row, name) for row in rows]) for name in _OF_BED}
    limit = np.array([row.root_limit for row in rows])
    for name in ("root_depth_min", "root_depth_max"):
        columns[name] = np.minimum(np.array([getattr(row.crop, name) for row in rows]), limit)
    columns["rain_share"] = np.array([0.0 if row.covered else 1.0 for row in rows])
    response = np.array([row.crop.yield_response for row in rows])
    columns["yield_response"] = np.where(np.isnan(response), 1.0, response)
    rise = [_capillary(row) for row in rows]
    columns["capillary_a"], columns["capillary_b"] = np.array(rise).reshape(-1, 2).T
    constant = np.array([row.constant_height for row in rows], bool)
    columns["height_min"] = np.where(constant, columns["height"], 0.0)
    columns |= _salt(rows)
    cover = np.array([row.canopy_cover for row in rows])
    kept = np.array([1.0 - row.mulch_cover * row.kcb_reduction for row in rows])
    for name in ("kcb_mid", "kcb_end"):
        sparse = canopy.kcb_from_cover(columns[name], cover, crop_height=columns["height"])
        columns[name] = np.where(np.isnan(cover), columns[name], sparse) * kept
    if any(row.cuts for row in rows):
        columns["cuts"] = _cuts(rows)
    return Beds(**columns)


def shape_of(beds: Beds) -> tuple[int, ...]:
    """The shape of the beds, () where all they share everything."""
    shapes = [np.shape(getattr(beds, f.name)) for f in fields(beds) if f.name != "cuts"]
    return np.broadcast_shapes(*shapes, cut_days(beds).shape[1:])


def cut_days(beds: Beds) -> Array:
    """The cuts of each bed in order, none where it is inf: (cuts, …), of one cut (1, beds). [d]"""
    days = np.asarray(beds.cuts, float)
    if days.ndim == 0:
        return days.reshape(1) if np.isfinite(days) else np.empty(0)
    return days[None] if days.ndim == 1 else days


def _cuts(rows: Sequence[Bed]) -> Array:
    most = max(len(row.cuts) for row in rows)
    return np.array([(*row.cuts, *[np.inf] * (most - len(row.cuts))) for row in rows], float).T


def _salt(rows: Sequence[Bed]) -> dict[str, Array]:
    """Threshold and slope as the bed states them, else of the crop."""
    found, crops = {}, [row.crop for row in rows]
    for name in ("salt_threshold", "salt_slope"):
        stated, known = (np.array([getattr(one, name) for one in of]) for of in (rows, crops))
        found[name] = np.where(np.isnan(stated), known, stated)
    return found


def _check(row: Bed) -> None:
    if not row.soil.wilting_point < row.soil.field_capacity:
        raise ValueError(
            f"wilting_point must be below field_capacity: {row.soil.wilting_point:g} >= "
            f"{row.soil.field_capacity:g} m³ m⁻³ in soil {row.soil.texture!r}"
        )
    for name, (least, most, meaning) in BOUNDS.items():
        value = getattr(row, name)
        if value < least or value > most:
            raise ValueError(f"{name} must be {least:g} to {most:g}, {meaning}: {value:g}")
    _check_cuts(row)
    salt = _salt([row])
    if row.soil_salinity >= 0.0 and not all(values[0] >= 0.0 for values in salt.values()):
        raise ValueError(
            f"soil_salinity {row.soil_salinity:g} dS m⁻¹ needs salt_threshold and salt_slope of "
            f"{row.crop.key!r}: FAO-56 Table 23"
        )


def _check_cuts(row: Bed) -> None:
    in_order = all(early < late for early, late in pairwise((0.0, *row.cuts, np.inf)))
    if not in_order:
        told = ", ".join(f"{day:g}" for day in row.cuts)
        raise ValueError(f"cuts must be days after planting, each after the one before: {told}")
    if row.cuts and (np.isfinite(row.first_cut) or np.isfinite(row.cutting_interval)):
        raise ValueError("cuts must not stand beside first_cut and cutting_interval; give one")


def _capillary(row: Bed) -> tuple[float, float]:
    if np.isnan(row.water_table):
        return (np.nan, np.nan)
    return capillary.coefficients(row.soil.texture)
