"""How much water is missing from the root zone: what the probes say joined to the water balance.

A probe is right about the soil around it and silent about the rest; the balance is right about the
whole bed and blind to the watering nobody noted. Both come as a depletion with a standard error.
They are joined by inverse variance while they agree; where they differ by more than the balance's
own error, the balance's pull stays bounded, because its faults have no bound and a probe that
passes its checks does (Huber's estimator [1]).

References
----------
[1] Huber (1964), Robust estimation of a location parameter. doi:10.1214/aoms/1177703732
[2] Allen, Pereira, Raes, Smith (1998), Crop evapotranspiration, FAO Irrigation and Drainage 56.
[3] Dragino (2023), LSE01 user manual: accuracy ±3 % of soil moisture below 53 %.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

PROBE_ERROR = 0.02  # m³ m⁻³, standard error of a probe that states ±0.03 as its limits [3]
SPOT_ERROR = 0.02  # m³ m⁻³, one spot against the mean of its bed
UNSEEN_ERROR = 0.05  # m³ m⁻³, for a root zone of which no probe sees anything
DRIFT_PER_DAY = 0.01  # m³ m⁻³ d⁻¹, by which an old reading loses its worth
SEASON_ERROR = 0.25  # share of total available water, of a season's balance on measured weather
GUESSED_WEATHER_ERROR = 0.2  # the same, added for a season of climate normals only
BOUND = 0.4  # standard errors of the balance beyond which its pull stops growing

STUCK_AFTER = 3.0  # days of identical values
RESOLUTION = 0.01  # m³ m⁻³, of the coarsest probes
SATURATION_MARGIN = 0.12  # m³ m⁻³ above field capacity that a soil under water reaches
LEAST_POROSITY = 0.45  # m³ m⁻³, of a tilled soil
DRY_SHARE = 0.3  # of the wilting point, that a surface in the sun keeps; a probe in air reads less


@dataclass(frozen=True, slots=True)
class Estimate:
    """A root-zone depletion and its standard error, both in mm; NaN = not known."""

    depletion: float
    error: float


def layer_weights(depths: ArrayLike, root_depth: float) -> Array:
    """Share of the root zone that each probe speaks for.

    A probe speaks for the soil up to half-way to its neighbours; the first from the surface, the
    last down to the roots' end. Probes below the roots speak only when no other does.

    Parameters
    ----------
    depths : (probes,)  Depths of the probes, increasing. [m]
    root_depth : Depth of the root zone. [m]

    Returns
    -------
    (probes,)  Weights that sum to 1. [-]
    """
    depth = np.asarray(depths, dtype=float)
    middles = (depth[1:] + depth[:-1]) / 2
    top = np.concatenate([[0.0], middles])
    bottom = np.concatenate([middles, [np.inf]])
    thickness = np.clip(np.minimum(bottom, root_depth) - top, 0.0, None)
    return np.asarray(thickness / root_depth)


def unseen_share(depths: ArrayLike, root_depth: float) -> float:
    """Share of the root zone that lies more than one probe depth below the deepest probe. [-]"""
    seen = 2.0 * float(np.max(np.asarray(depths, dtype=float)))
    return max(0.0, 1.0 - seen / root_depth)


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
    FAO-56 [2], eq. 82 and 85 (depletion as water content below field capacity).
    """
    weights = layer_weights(depths, root_depth)
    missing = field_capacity - np.asarray(water_content, dtype=float)
    depletion = 1000.0 * root_depth * float(np.sum(weights * missing))
    total = 1000.0 * root_depth * (field_capacity - wilting_point)
    spot = SPOT_ERROR / np.sqrt(len(weights))
    unseen = UNSEEN_ERROR * unseen_share(depths, root_depth)
    per_volume = np.sqrt(PROBE_ERROR**2 + spot**2 + unseen**2 + (DRIFT_PER_DAY * age_days) ** 2)
    return Estimate(float(np.clip(depletion, 0.0, total)), float(1000.0 * root_depth * per_volume))


def balance_estimate(depletion: float, taw: float, *, guessed_share: float) -> Estimate:
    """The balance's depletion with its standard error.

    Parameters
    ----------
    depletion, taw : Depletion and total available water of the root zone. [mm]
    guessed_share : Share of the season's days whose weather is not measured near by. [-]
    """
    share = np.hypot(SEASON_ERROR, GUESSED_WEATHER_ERROR * guessed_share)
    return Estimate(depletion, float(share * taw))


def join(probe: Estimate, balance: Estimate) -> Estimate:
    """One estimate from two; never falls when either of them rises.

    Parameters
    ----------
    probe, balance : Each with a positive error. [mm]

    Returns
    -------
    Estimate  Between the two. Its error is that of inverse variance weighting; where the two
    differ beyond what their errors explain, the unexplained part is added. [mm]

    References
    ----------
    Huber [1]: squared loss for the probe, Huber's loss with bound `BOUND` for the balance.
    """
    difference = probe.depletion - balance.depletion
    probe_variance, balance_variance = probe.error**2, balance.error**2
    total = probe_variance + balance_variance
    pull = difference * probe_variance / total
    most = BOUND * probe_variance / balance.error
    joined = probe.depletion - float(np.clip(pull, -most, most))
    unexplained = max(0.0, difference**2 / total - 4.0)
    variance = probe_variance * balance_variance / total * (1.0 + min(unexplained, 3.0))
    return Estimate(joined, float(np.sqrt(variance)))


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


def is_plausible(water_content: float, *, field_capacity: float, wilting_point: float) -> bool:
    """Whether a soil of this kind can hold this much, or this little, for hours on end.

    Parameters
    ----------
    water_content, field_capacity, wilting_point : [m³ m⁻³]
    """
    low = DRY_SHARE * wilting_point
    high = porosity(field_capacity) + PROBE_ERROR
    return bool(low <= water_content <= high)


def porosity(field_capacity: float) -> float:
    """Water content of the saturated soil, roughly. [m³ m⁻³]"""
    return max(LEAST_POROSITY, field_capacity + SATURATION_MARGIN)
