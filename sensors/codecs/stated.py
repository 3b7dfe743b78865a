"""A network server's own decoding, believed field by field where no bytes came.

Formatters are written by anybody: values come as numbers, as numbers in text, or with a unit
behind them ("30.11 °C"). What the model's table does not name is passed over.
"""

import re
from collections.abc import Mapping
from math import isfinite
from typing import Any

from sensors.codecs.model import Model, Stated
from sensors.reading import Decoded, Problem, Reading

_NUMBER_AND_UNIT = re.compile(r"\s*([+-]?\d{1,12}(?:\.\d{0,12})?)\s*(\S{0,20})\s*")


def read(model: Model, fields: Mapping[str, Any]) -> Decoded:
    """Readings and problems from the fields that the model's table knows."""
    readings: list[Reading] = []
    problems: list[Problem] = []
    for name, stated in model.stated.items():
        if name not in fields:
            continue
        found = _one(name, fields[name], stated)
        if isinstance(found, Reading):
            readings.append(found)
        else:
            problems.append(found)
    return Decoded(tuple(readings), tuple(problems))


def _one(name: str, value: object, stated: Stated) -> Reading | Problem:
    number, unit = _parts(value)
    if number is None:
        return Problem("bad_value", field=name, value=str(value)[:80], detail="expected a number")
    if unit not in stated.units:
        expected = " or ".join(unit or "none" for unit in stated.units)
        return Problem("bad_unit", field=name, value=str(value)[:80], detail=f"expected {expected}")
    return Reading(stated.quantity, number / stated.divisor)


def _parts(value: object) -> tuple[float | None, str]:
    """Number and unit of a stated value; no number when it is none."""
    if isinstance(value, str) and (found := _NUMBER_AND_UNIT.fullmatch(value)):
        return float(found[1]), found[2]
    if isinstance(value, int | float) and not isinstance(value, bool) and _is_finite(value):
        return float(value), ""
    return None, ""


def _is_finite(value: float) -> bool:
    try:
        return isfinite(value)
    except OverflowError:
        return False
