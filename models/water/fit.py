"""A season fitted to water that was measured: what its soil holds, what its crop uses.

Five numbers are sought by least squares, each drawn towards what the tables say, so that few
readings change little: a shift of field capacity, one of the wilting point, a factor of K_cb, the
days in which water above field capacity drains, and the share of the available water that was
missing before the first day (unless that is known).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import exp, log

import numpy as np
from scipy import optimize

from models.water import profile
from models.water.balance import Beds
from models.water.et0 import Array
from models.water.profile import Layers, ProfileSeason

ERROR = 0.04  # m³ m⁻³, of a root zone by a few probes and by any balance
ALIKE = 14  # d, within which readings and errors of a balance tell the same thing
# Of each number (of the third and the fourth the logarithm): what the tables make of it, how far
# from that a field may well be, and what it is kept within.
_CENTRE = np.array([0.0, 0.0, 0.0, log(0.3), 0.2])
_SPREAD = np.array([0.05, 0.03, 0.10, 1.0, 0.30])
_LEAST = np.array([-0.20, -0.20, -0.7, log(0.05), 0.0])
_MOST = np.array([0.25, 0.20, 0.7, log(20.0), 1.0])
_DRIEST = 0.005  # m³ m⁻³
_HELD = 0.02  # m³ m⁻³, the least between wilting point and field capacity
_STEP = np.full(5, 1e-3)  # of each, for slopes: less falls between the corners of a balance


@dataclass(frozen=True, slots=True)
class Fit:
    """What was found: shifts [m³ m⁻³], `kcb_factor` [-], `drainage_tau` [d].

    `missing_share` of the available water before the first day, NaN where it was known [-].
    """

    field_capacity_shift: float
    wilting_point_shift: float
    kcb_factor: float
    drainage_tau: float
    missing_share: float


@dataclass(frozen=True, slots=True)
class Fitted:
    """A season by the tables and by the fit, each with its error at every reading. [mm]"""

    fit: Fit
    before: ProfileSeason
    after: ProfileSeason
    error_before: Array
    error_after: Array


def fit(
    water: Array,
    used: Array,
    beds: Beds,
    layers: Layers,
    run: Callable[[Beds, Layers], ProfileSeason],
    *,
    start_known: bool,
) -> Fitted:
    """The season that meets what was measured.

    Parameters
    ----------
    water : (days,)  Mean water content of the day's root zone, NaN where not measured. [m³ m⁻³]
    used : (days,)  Whether the fit may see the day's reading; the others judge it.
    beds, layers : As the tables have them.
    run : The season of such a bed and soil.
    start_known : Whether the water before the first day is; then it is not sought.

    Raises
    ------
    ValueError  No reading may be seen.
    """
    told = np.flatnonzero(np.isfinite(water) & used)
    if not told.size:
        raise ValueError("no reading to fit to; measure at least one day of the season")
    weight = np.sqrt(np.unique(told // ALIKE).size / told.size) / ERROR

    def misses(numbers: Array) -> Array:
        found = run(*changed(beds, layers, numbers, start_known=start_known))
        off = content(found, *changed(beds, layers, numbers, start_known=start_known)) - water
        return np.concatenate([weight * off[told], (numbers - _CENTRE) / _SPREAD])

    best = optimize.least_squares(
        misses, _CENTRE, bounds=(_LEAST, _MOST), diff_step=_STEP, x_scale=_SPREAD, max_nfev=30
    )
    fitted = changed(beds, layers, best.x, start_known=start_known)
    before, after = run(beds, layers), run(*fitted)
    return Fitted(
        _told(best.x, start_known),
        before,
        after,
        _millimetres(content(before, beds, layers) - water, before),
        _millimetres(content(after, *fitted) - water, after),
    )


def changed(
    beds: Beds, layers: Layers, numbers: Array, *, start_known: bool
) -> tuple[Beds, Layers]:
    """Bed and soil with the five numbers of a fit."""
    wetter, drier, factor, tau, missing = numbers
    full = np.maximum(layers.field_capacity + wetter, _DRIEST + _HELD)
    dry = np.clip(layers.wilting_point + drier, _DRIEST, full - _HELD)
    initial = layers.initial if start_known else full - missing * (full - dry)
    kcb = {f"kcb_{part}": getattr(beds, f"kcb_{part}") * exp(factor) for part in _STAGES}
    bed = replace(beds, **kcb, drainage_tau=np.array([exp(tau)]))
    return bed, Layers(layers.bottom, full, dry, initial)


_STAGES = ("ini", "mid", "end")


def content(found: ProfileSeason, beds: Beds, layers: Layers) -> Array:
    """Mean water content of the root zone at the end of each day. (days,) [m³ m⁻³]"""
    roots = profile.root_depth(beds, np.arange(float(len(found.depletion_below))))
    full = layers.mean(layers.field_capacity, roots)
    return np.asarray(full - found.season.depletion[:, 0] / (1000.0 * roots))


def _millimetres(off: Array, found: ProfileSeason) -> Array:
    return np.asarray(1000.0 * off * found.season.root_depth[:, 0])


def _told(numbers: Array, start_known: bool) -> Fit:
    wetter, drier, factor, tau, missing = (float(number) for number in numbers)
    return Fit(wetter, drier, exp(factor), exp(tau), float("nan") if start_known else missing)
