"""What a probe says becomes what is: a line, a polynomial or a curve, made for one probe or soil.

Everything here is a function of the values; when a calibration holds, and for which probe, is
kept by whoever applies it. What a probe said is never lost: it stays beside what was made of it.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Kind = Literal["linear", "polynomial", "curve"]
Coefficients = Sequence[float] | Sequence[Sequence[float]]
Floats = NDArray[np.float64]

_HIGHEST_DEGREE = 6


def calibrated(kind: str, coefficients: Coefficients, values: ArrayLike) -> Floats:
    """What these values are by a calibration, element by element; NaN stays NaN.

    Parameters
    ----------
    kind : "linear", "polynomial" or "curve".
    coefficients : Linear: (offset, gain), offset + gain·x. Polynomial: (a, b, c, …),
        a + b·x + c·x² + …. Curve: points (x, y), x increasing, joined by straight lines, of which
        the first and the last run on beyond the points.
    values : What the probe said. [the quantity's unit]

    Returns
    -------
    Calibrated values, of the same shape; NaN where the result is no finite number. [same unit]

    Raises
    ------
    ValueError  `faults` has something to say about the calibration.
    """
    wrong = faults(kind, coefficients)
    if wrong:
        raise ValueError("; ".join(wrong))
    numbers = np.asarray(coefficients, dtype=np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        found = _KINDS[kind](numbers, np.asarray(values, dtype=np.float64))
    return np.where(np.isfinite(found), found, np.nan)


def faults(kind: str, coefficients: Coefficients) -> list[str]:
    """What of a calibration cannot be, each with its remedy; empty when it can be used."""
    if kind not in _KINDS:
        return [f"kind {kind!r} is not known; it is {', '.join(_KINDS)}"]
    try:
        numbers = np.asarray(coefficients, dtype=np.float64)
    except (TypeError, ValueError):
        return ["the coefficients are not numbers; correct them"]
    if not np.isfinite(numbers).all():
        return ["a coefficient is not finite; correct it"]
    return _CHECKS[kind](numbers)


def _line(numbers: Floats, values: Floats) -> Floats:
    made: Floats = numbers[0] + numbers[1] * values
    return made


def _polynomial(numbers: Floats, values: Floats) -> Floats:
    found = np.zeros_like(values)
    for coefficient in numbers[::-1]:  # Horner's scheme
        found = found * values + coefficient
    return found


def _curve(points: Floats, values: Floats) -> Floats:
    x, y = points[:, 0], points[:, 1]
    left = np.clip(np.searchsorted(x, values, side="right") - 1, 0, len(x) - 2)
    slope = (y[left + 1] - y[left]) / (x[left + 1] - x[left])
    found: Floats = y[left] + slope * (values - x[left])
    return found


_KINDS: Mapping[str, Callable[[Floats, Floats], Floats]] = MappingProxyType(
    {"linear": _line, "polynomial": _polynomial, "curve": _curve}
)


def _line_faults(numbers: Floats) -> list[str]:
    if numbers.shape != (2,):
        return ["a line has an offset and a gain; give both"]
    return ["the gain is 0: every value would be the same; correct it"] if numbers[1] == 0 else []


def _polynomial_faults(numbers: Floats) -> list[str]:
    if numbers.ndim != 1 or not 2 <= len(numbers) <= _HIGHEST_DEGREE + 1:
        return [f"a polynomial has 2 to {_HIGHEST_DEGREE + 1} coefficients, constant first"]
    if not numbers[1:].any():
        return ["the polynomial is constant: every value would be the same; correct it"]
    return []


def _curve_faults(points: Floats) -> list[str]:
    if points.ndim != 2 or points.shape[1] != 2 or len(points) < 2:
        return ["a curve has two points or more, each what the probe says and what is"]
    steps, rises = np.diff(points[:, 0]), np.diff(points[:, 1])
    if (steps <= 0).any():
        at = points[int(np.argmax(steps <= 0)) + 1, 0]
        return [f"the points must go up in what the probe says; see {at:g}"]
    if (rises > 0).any() and (rises < 0).any():
        first = rises > 0 if rises[np.flatnonzero(rises)[0]] < 0 else rises < 0
        at = points[int(np.argmax(first)) + 1, 0]
        return [f"the curve turns at {at:g}: it must only rise or only fall; correct that point"]
    return [] if rises.any() else ["the curve is flat: every value would be the same; correct it"]


_CHECKS: Mapping[str, Callable[[Floats], list[str]]] = MappingProxyType(
    {"linear": _line_faults, "polynomial": _polynomial_faults, "curve": _curve_faults}
)
