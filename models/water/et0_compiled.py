"""Daily reference evapotranspiration compiled: `et0.daily`, `LANES` days at a time.

References
----------
[1] Allen, Pereira, Raes, Smith (1998). Crop evapotranspiration. FAO Irrigation and Drainage
    Paper 56, chapters 3 and 4.
"""

import numpy as np
from numpy.typing import NDArray

from models.water.vectors import (
    LANES,
    STRIDE,
    acos,
    compiled,
    copy,
    exp2,
    fill,
    least,
    most,
    workspace,
)

_UNBOUNDED = 7  # inputs before tmin
# Rows of the work array; the first are the inputs, in the order of INPUTS.
INPUTS = (
    "sine", "cosine", "tangent", "clear", "psychrometric", "krs", "heat",
    "tmin", "tmax", "solar_radiation", "sunshine", "vapour_pressure", "dewpoint", "rh_min",
    "rh_max", "rh_mean", "wind_2m", "day_of_year",
)  # fmt: skip
(
    SINE, COSINE, TANGENT, CLEAR, PSYCHROMETRIC, KRS, HEAT,
    TMIN, TMAX, MEASURED, SUNSHINE, HUMID, DEWPOINT, RH_MIN, RH_MAX, RH_MEAN, WIND, DAY,
    DISTANCE, SIN_SUN, COS_SUN, TAN_SUN, TOP, ANGLE, AT_MIN, AT_MAX, SOLAR, VAPOUR, ET0, _END,
) = range(0, 30 * STRIDE, STRIDE)  # fmt: skip

# The checksum of vectors.py: a change there must change this file, and so what is kept on disk.
VECTORS = 3883382055
Array = NDArray[np.float64]


@compiled
def _saturation(t: float) -> float:
    """Saturation vapour pressure. [kPa]  Eq. 11 [1]."""
    return 0.6108 * exp2(17.27 * 1.4426950408889634 * t / (t + 237.3))


@compiled
def _top(w: Array, sun: Array, one_day: bool) -> None:
    """Radiation at the top of the atmosphere and the sunset hour angle.  Eq. 21–25 [1]."""
    for k in range(4):
        row = w[DISTANCE + k * STRIDE : DISTANCE + k * STRIDE + LANES]
        if one_day:
            fill(row, sun[k, int(w[DAY])])
        else:
            for i in range(LANES):
                row[i] = sun[k, int(w[DAY + i])]
    for i in range(LANES):
        x = least(most(-w[TANGENT + i] * w[TAN_SUN + i], -1.0), 1.0)
        angle = acos(x)
        across = angle * w[SINE + i] * w[SIN_SUN + i]
        along = w[COSINE + i] * w[COS_SUN + i] * np.sqrt((1.0 - x) * (1.0 + x))
        scale = 24.0 * 60.0 / np.pi * 0.0820 * w[DISTANCE + i]
        w[TOP + i], w[ANGLE + i] = most(scale * (across + along), 0.0), angle


@compiled
def _radiation(w: Array) -> None:
    """Solar radiation where it was not measured: from sunshine, else the temperature span."""
    for i in range(LANES):
        hours = most(24.0 / np.pi * w[ANGLE + i], 1e-9)
        share = least(most(w[SUNSHINE + i] / hours, 0.0), 1.0)
        sunny = (0.25 + 0.50 * share) * w[TOP + i]
        span = most(w[TMAX + i] - w[TMIN + i], 0.0)
        spanned = least(w[KRS + i] * np.sqrt(span), 0.75) * w[TOP + i]
        guessed = spanned if np.isnan(w[SUNSHINE + i]) else sunny
        solar = w[MEASURED + i]
        w[SOLAR + i] = guessed if np.isnan(solar) else solar


@compiled
def _humidity(w: Array) -> None:
    """Vapour pressure where it was not measured, by the ways of chapter 3, best first."""
    for i in range(LANES):
        at_min, at_max = w[AT_MIN + i], w[AT_MAX + i]
        least_rh, most_rh = w[RH_MIN + i] / 100.0, w[RH_MAX + i] / 100.0
        mean_rh, dewpoint, vapour = w[RH_MEAN + i] / 100.0, w[DEWPOINT + i], w[HUMID + i]
        by_mean = mean_rh * (at_min + at_max) / 2.0
        guessed = at_min if np.isnan(mean_rh) else by_mean
        guessed = guessed if np.isnan(most_rh) else at_min * most_rh
        both = (at_min * most_rh + at_max * least_rh) / 2.0
        guessed = guessed if np.isnan(both) else both
        guessed = guessed if np.isnan(dewpoint) else _saturation(dewpoint)
        w[VAPOUR + i] = guessed if np.isnan(vapour) else vapour


@compiled
def _evapotranspiration(w: Array) -> None:
    """Net radiation, eq. 38–40, and Penman–Monteith, eq. 6 [1]."""
    for i in range(LANES):
        low, high, solar = w[TMIN + i], w[TMAX + i], w[SOLAR + i]
        coldest, warmest = low + 273.16, high + 273.16
        cold, warm = coldest * coldest, warmest * warmest
        body = 4.903e-9 * (warm * warm + cold * cold) / 2.0
        clear = w[CLEAR + i] * w[TOP + i]
        ratio = solar / (clear if clear > 0.0 else 1.0)
        ratio = least(most(ratio if clear > 0.0 else 0.6, 0.25), 1.0)
        vapour, gamma = w[VAPOUR + i], w[PSYCHROMETRIC + i]
        longwave = body * (0.34 - 0.14 * np.sqrt(vapour)) * (1.35 * ratio - 0.35)
        energy = (1.0 - 0.23) * solar - longwave - w[HEAT + i]
        t, wind = (low + high) / 2.0, w[WIND + i]
        wind = 2.0 if np.isnan(wind) else wind
        warmth = t + 237.3
        slope = 4098.0 * _saturation(t) / (warmth * warmth)
        deficit = (w[AT_MIN + i] + w[AT_MAX + i]) / 2.0 - vapour
        moved = 0.408 * slope * energy + gamma * 900.0 / (t + 273.0) * wind * deficit
        et0 = moved / (slope + gamma * (1.0 + 0.34 * wind))
        et0 = 0.0 if et0 < 0.0 else et0
        w[ET0 + i] = low + high if np.isnan(low + high) else et0


@compiled
def _read(w: Array, inputs: tuple[Array, ...], line: int, first: int, width: int) -> None:
    """A block's inputs into the work array; those that are one number stay from the first block."""
    for k in range(len(inputs)):
        values = inputs[k]
        row = w[k * STRIDE : k * STRIDE + LANES]
        here = values[least(line, values.shape[0] - 1)]
        if values.shape[1] > 1:
            copy(row, here[first : first + width], width)
        elif first == 0 and (values.shape[0] > 1 or line == 0):
            fill(row, here[0])


@compiled
def _missing(w: Array, measured: int, used: int) -> int:
    """The measured row into the one that is used; says how many are missing."""
    source, target, gaps = w[measured : measured + LANES], w[used : used + LANES], 0
    for i in range(LANES):
        target[i] = source[i]
        gaps += np.isnan(source[i])
    return gaps


@compiled
def _outside(w: Array, inputs: tuple[Array, ...], bounds: Array, start: bool) -> int:
    """How many values cannot be: these rows are told by `et0.daily`."""
    wrong = 0
    for k in range(bounds.shape[0]):
        if inputs[k + _UNBOUNDED].size == 1 and not start:
            continue
        least_value, most_value = bounds[k, 0], bounds[k, 1]
        row = w[TMIN + k * STRIDE : TMIN + k * STRIDE + LANES]
        for i in range(LANES):
            wrong += (row[i] < least_value) | (row[i] > most_value)
    for i in range(LANES):
        wrong += w[TMIN + i] > w[TMAX + i]
    return wrong


@compiled
def days(inputs: tuple[Array, ...], sun: Array, bounds: Array, out: Array) -> int:
    """Every line of `out`; says how many values cannot be.

    Parameters
    ----------
    inputs : (lines or 1, days or 1) each, in the order of INPUTS; NaN where missing.
    sun : (4, 367)  Inverse distance, sine, cosine and tangent of the declination by day.
    bounds : (inputs from tmin on, 2)  Least and most of each.
    out : (lines, days)  [mm d⁻¹]
    """
    wrong = 0
    w = workspace(_END)
    for line in range(out.shape[0]):
        for first in range(0, out.shape[1], LANES):
            width = least(LANES, out.shape[1] - first)
            _read(w, inputs, line, first, width)
            bad = _outside(w, inputs, bounds, line == 0 and first == 0)
            if bad:
                wrong += bad
                continue
            _top(w, sun, inputs[len(inputs) - 1].shape[1] == 1)
            for i in range(LANES):
                w[AT_MIN + i], w[AT_MAX + i] = _saturation(w[TMIN + i]), _saturation(w[TMAX + i])
            if _missing(w, MEASURED, SOLAR):
                _radiation(w)
            if _missing(w, HUMID, VAPOUR):
                _humidity(w)
            _evapotranspiration(w)
            copy(out[line, first : first + width], w[ET0 : ET0 + LANES], width)
    return wrong
