"""Values under strangers' names, as ThingsBoard and Zigbee2MQTT send them.

`{"ts": 1783056540000, "values": {"temperature": 21.3}}`, a list of these, or the values alone.
"""

from collections.abc import Mapping
from datetime import datetime
from math import nan
from typing import Any

from sensors.envelopes import message as read
from sensors.envelopes import units, vocabulary
from sensors.envelopes.batch import MOST_READINGS, Moment
from sensors.errors import DecodeError
from sensors.reading import Problem, Reading

_TIMES = ("ts", "time", "timestamp", "last_seen")
_DETAIL = "no quantity we know; see the names in sensors/README.md, those of soil with _20cm"


def moment(body: object, arrived_at: datetime, *, device: str, per_cent: bool = False) -> Moment:
    """What one object says, with or without its time.

    `per_cent` tells that a water content of 1 or less is in per cent too; else it is doubtful.

    Raises
    ------
    DecodeError  `bad_envelope` when it is no object; `bad_time`, `clock_ahead`, `too_large`.
    """
    if not isinstance(body, dict):
        raise DecodeError(device, "bad_envelope", f"expected an object: {read.shown(body)}")
    values = read.part(body, "values") if "values" in body else body
    if len(values) > MOST_READINGS:
        raise DecodeError(device, "too_large", f"{len(values)} values, at most {MOST_READINGS}")
    name = next((one for one in _TIMES if body.get(one) is not None), _TIMES[0])
    taken, late = read.time_or_arrival(body.get(name), arrived_at, name=name, device=device)
    found = [
        each
        for key, value in values.items()
        if (each := one(key, value, per_cent=per_cent)) is not None
    ]
    return Moment(
        taken,
        [each for each in found if isinstance(each, Reading)],
        [*late, *(each for each in found if isinstance(each, Problem))],
    )


def says_something(body: Mapping[str, Any]) -> bool:
    """Whether an object has a field whose name we know."""
    return any(vocabulary.resolve(name) is not None for name in body)


def one(name: str, value: object, *, per_cent: bool = False) -> Reading | Problem | None:
    """One named value: a reading; a problem for a number nobody can place; None for the rest.

    `per_cent` as in `moment`.
    """
    if vocabulary.passed(name):
        return None
    named = vocabulary.resolve(name)
    number, stated = read.number_and_unit(value)
    if named is None:
        if number is None or isinstance(value, str | bool):
            return None
        return Problem("unknown_quantity", "", read.shown_text(name), read.shown(value), _DETAIL)
    if value is None:
        return Reading(named.quantity, nan, named.depth_cm, level=named.level)
    field, shown = read.shown_text(name), read.shown(value)
    if number is None:
        reason = "not_finite" if isinstance(value, float) else "bad_value"
        return Problem(reason, "", field, shown, "expected a number")
    # 0.3 could be both 0.3 % and 0.3 m³ m⁻³: advice must not rest on a guess.
    if named.unit == "%" and not stated and not per_cent and 0.0 < number <= 1.0:
        return Problem("bad_unit", "", field, shown, 'say the unit: "0.27 m3/m3" or "27 %"')
    converted = units.converted(number, stated or named.unit, named.quantity)
    if converted is None:
        return Problem("bad_unit", "", field, shown, "not a unit of this quantity")
    return Reading(named.quantity, converted, named.depth_cm, level=named.level)
