"""What a bed's probes say of its root zone, how well, and whether they can be believed.

A probe is right about the soil around it and silent about the rest. What it says comes as a
root-zone water content or depletion with a standard error; `models.irrigation.assimilation` joins
it with the balance.

References
----------
[1] Allen, Pereira, Raes, Smith (1998), Crop evapotranspiration, FAO Irrigation and Drainage 56.
[2] Dragino (2023), LSE01 user manual: accuracy ±3 % of soil moisture below 53 %.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

PROBE_ERROR = 0.02  # m³ m⁻³, standard error of a probe that states ±0.03 as its limits [2]
SPOT_ERROR = 0.02  # m³ m⁻³, one spot against the mean of its bed
TEXTURE_ERROR = 0.02  # m³ m⁻³, of a field capacity taken from a soil's texture
UNSEEN_ERROR = 0.05  # m³ m⁻³, for a root zone of which no probe sees anything
DRIFT_PER_DAY = 0.01  # m³ m⁻³ d⁻¹, by which an old reading loses its worth

STUCK_AFTER = 3.0  # days of identical values
ERRATIC = 0.02  # m³ m⁻³, scatter of consecutive readings; a good probe's is ten times less
FALL, FALLS = 0.04, 3  # m³ m⁻³ below field capacity and how often: no crop drinks so fast
SOON = 0.25  # d, within which such a fall counts
LEAST_READINGS = 8  # below which a course is not judged
RESOLUTION = 0.01  # m³ m⁻³, of the coarsest probes
SATURATION_MARGIN = 0.12  # m³ m⁻³ above field capacity that a soil under water reaches
LEAST_POROSITY = 0.45  # m³ m⁻³, of a tilled soil
DRY_SHARE = 0.3  # of the wilting point, that a surface in the sun keeps; a probe in air reads less


@dataclass(frozen=True, slots=True)
class Estimate:
    """A root-zone depletion and its standard error, both in mm; NaN = not known."""

    depletion: float
    error: float


def layer_weights(depths: ArrayLike, root_depth: ArrayLike) -> Array:
    """Share of the root zone that each probe speaks for.

    A probe speaks for the soil up to half-way to its neighbours; the first from the surface, the
    last down to the roots' end. Probes below the roots speak only when no other does.

    Parameters
    ----------
    depths : (probes,)  Depths of the probes, increasing. [m]
    root_depth : (…)  Depth of the root zone, on one or on many days. [m]

    Returns
    -------
    (…, probes)  Weights that sum to 1. [-]
    """
    depth = np.asarray(depths, dtype=float)
    roots = np.asarray(root_depth, dtype=float)[..., None]
    middles = (depth[1:] + depth[:-1]) / 2
    top = np.concatenate([[0.0], middles])
    bottom = np.concatenate([middles, [np.inf]])
    thickness = np.clip(np.minimum(bottom, roots) - top, 0.0, None)
    return np.asarray(thickness / roots)


def unseen_share(depths: ArrayLike, root_depth: float) -> float:
    """Share of the root zone that lies more than one probe depth below the deepest probe. [-]"""
    seen = 2.0 * float(np.max(np.asarray(depths, dtype=float)))
    return max(0.0, 1.0 - seen / root_depth)


def offset_error(depths: ArrayLike, root_depth: float) -> float:
    """Standard error of what a probe reads too much of its root zone, before anything is seen.

    Its own limits, its spot against the bed, the soil it does not see, and the field capacity that
    depletion is counted from. [m³ m⁻³]

    Parameters
    ----------
    depths : (levels,)  [m]
    root_depth : [m]
    """
    place = place_error(depths, root_depth)
    return float(np.sqrt(PROBE_ERROR**2 + place**2 + TEXTURE_ERROR**2))


def place_error(depths: ArrayLike, root_depth: float) -> float:
    """Standard error of probes in one spot for the root zone of their bed. [m³ m⁻³]"""
    spot = SPOT_ERROR / np.sqrt(np.size(depths))
    return float(np.hypot(spot, UNSEEN_ERROR * unseen_share(depths, root_depth)))


def probe_estimate(
    water_content: ArrayLike,
    depths: ArrayLike,
    *,
    root_depth: float,
    field_capacity: float,
    wilting_point: float,
    age_days: float = 0.0,
) -> Estimate:
    """Root-zone depletion from water contents at some depths.

    Parameters
    ----------
    water_content : (probes,)  Volumetric water contents. [m³ m⁻³]
    depths : (probes,)  Their depths, increasing. [m]
    root_depth, field_capacity, wilting_point : [m], [m³ m⁻³], [m³ m⁻³]
    age_days : Age of the readings. [d]

    Returns
    -------
    Estimate  Depletion, within 0 and total available water, and its standard error. [mm]

    References
    ----------
    FAO-56 [1], eq. 82 and 85 (depletion as water content below field capacity).
    """
    weights = layer_weights(depths, root_depth)
    missing = field_capacity - np.asarray(water_content, dtype=float)
    depletion = 1000.0 * root_depth * float(np.sum(weights * missing))
    total = 1000.0 * root_depth * (field_capacity - wilting_point)
    spot = SPOT_ERROR / np.sqrt(len(weights))
    unseen = UNSEEN_ERROR * unseen_share(depths, root_depth)
    per_volume = np.sqrt(PROBE_ERROR**2 + spot**2 + unseen**2 + (DRIFT_PER_DAY * age_days) ** 2)
    return Estimate(float(np.clip(depletion, 0.0, total)), float(1000.0 * root_depth * per_volume))


def is_stuck(times: ArrayLike, values: ArrayLike, *, expected_change: float = float("inf")) -> bool:
    """Whether a probe repeats itself to the last digit while its soil must have changed.

    A steady probe is not a dead one: a wet, a dry or a winter soil changes little, but never by
    nothing over `STUCK_AFTER` days in which the weather moved more than a probe's resolution.

    Parameters
    ----------
    times : (n,)  Increasing. [d]
    values : (n,)  In the probe's unit.
    expected_change : What the weather should have moved in `STUCK_AFTER` days. [m³ m⁻³]
    """
    time, value = np.asarray(times, dtype=float), np.asarray(values, dtype=float)
    if len(value) < 4 or expected_change < RESOLUTION:
        return False
    changed = np.flatnonzero(value != value[-1])
    start = time[changed[-1] + 1] if len(changed) else time[0]
    return bool(time[-1] - start > STUCK_AFTER)


def steady_days(low: ArrayLike, high: ArrayLike) -> NDArray[np.bool_]:
    """Days within a run of more than `STUCK_AFTER` days of one value to the last digit.

    Parameters
    ----------
    low, high : (days,)  Least and greatest value of each day, NaN where silent.
    """
    least, most = np.asarray(low, dtype=float), np.asarray(high, dtype=float)
    value = np.where(least == most, least, np.nan)
    starts = np.concatenate([[True], value[1:] != value[:-1]])[: len(value)]
    run = np.cumsum(starts) - 1
    length = np.bincount(run, minlength=1)[run] if len(run) else run
    return np.asarray((length > STUCK_AFTER) & ~np.isnan(value))


def is_erratic(times: ArrayLike, values: ArrayLike, *, field_capacity: float) -> bool:
    """Whether readings move as no soil does: a loose wire, a wet plug.

    Either they scatter from one to the next (the median of the second differences, in which a
    trend, a slow drying and a few wettings leave no trace), or they fall again and again within
    hours where nothing drains any more.

    Parameters
    ----------
    times : (n,)  Increasing. [d]
    values : (n,)  [m³ m⁻³]
    field_capacity : [m³ m⁻³]
    """
    time, value = np.asarray(times, dtype=float), np.asarray(values, dtype=float)
    if len(value) < LEAST_READINGS:
        return False
    scatter = float(np.median(np.abs(np.diff(value, n=2)))) / (0.6745 * np.sqrt(6.0))
    held = np.minimum(value, field_capacity)
    falls = (held[:-1] - held[1:] > FALL) & (np.diff(time) <= SOON)
    return bool(scatter > ERRATIC or np.sum(falls) >= FALLS)


def is_plausible(water_content: float, *, field_capacity: float, wilting_point: float) -> bool:
    """Whether a soil of this kind can hold this much, or this little, for hours on end.

    Parameters
    ----------
    water_content, field_capacity, wilting_point : [m³ m⁻³]
    """
    low, high = plausible_range(field_capacity, wilting_point)
    return bool(low <= water_content <= high)


def plausible_range(field_capacity: float, wilting_point: float) -> tuple[float, float]:
    """Least and greatest water content that a soil of this kind has for hours on end. [m³ m⁻³]"""
    return DRY_SHARE * wilting_point, porosity(field_capacity) + PROBE_ERROR


def porosity(field_capacity: float) -> float:
    """Water content of the saturated soil, roughly. [m³ m⁻³]"""
    return max(LEAST_POROSITY, field_capacity + SATURATION_MARGIN)
