"""Plain JSON from anybody's device: names of `sensors.quantities`, those of soil with a depth.

`agro/{site}/{device}`
    {"time": "2026-07-03T05:30:00Z", "readings": {"soil_moisture_20cm": 0.27}}
`agri/{site}/{device}/up`
    {"device": "soil-0007", "ts": 1767225600, "soil_moisture": 31.2}
    flat, and its water content is in per cent
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from math import nan
from typing import Any, Final

from sensors.envelopes import message as read
from sensors.errors import DecodeError
from sensors.quantities import QUANTITIES
from sensors.reading import Problem, Reading, Uplink

NETWORK = "plain"
_NAME = re.compile(r"(?P<quantity>[a-z0-9_]+?)(?:_(?P<depth>\d{1,4}(?:\.\d{1,2})?)cm)?")
_NUMBER_AND_UNIT = re.compile(r"\s*([+-]?\d{1,12}(?:[.]\d{1,12})?)\s*(.{0,40}?)\s*")
_DEEPEST_CM = 1000.0
_PER_CENT: Final = 100.0
_MOST_READINGS = 200
# Other spellings of our units, folded as `_folded` does.
_SPELLINGS = {"m³m⁻³": ("m3/m3", "m³/m³"), "µmolm⁻²s⁻¹": ("umol/m2/s", "µmol/m²/s")}
_FLAT_FRAME = frozenset({"device", "ts", "time"})


def parse(device: str, body: Mapping[str, Any], arrived_at: datetime) -> Uplink:
    """The readings of `agro/{site}/{device}`."""
    stated = body.get("readings")
    if not isinstance(stated, dict):
        detail = f'readings must be an object {{"soil_moisture_20cm": 0.27}}: {read.shown(stated)}'
        raise DecodeError(device, "bad_envelope", detail)
    return _uplink(device, body.get("time"), stated, arrived_at, flat=False)


def parse_flat(device: str, body: Mapping[str, Any], arrived_at: datetime) -> Uplink:
    """The readings of `agri/{site}/{device}/up`."""
    stated = {name: value for name, value in body.items() if name not in _FLAT_FRAME}
    return _uplink(device, body.get("ts", body.get("time")), stated, arrived_at, flat=True)


def _uplink(
    device: str,
    stated_time: object,
    stated: Mapping[str, Any],
    arrived_at: datetime,
    *,
    flat: bool,
) -> Uplink:
    if len(stated) > _MOST_READINGS:
        raise DecodeError(device, "too_large", f"{len(stated)} readings, at most {_MOST_READINGS}")
    taken, late = read.time_or_arrival(stated_time, arrived_at, name="time", device=device)
    found = [_reading(name, value, flat=flat) for name, value in stated.items()]
    return Uplink(
        device=device,
        time=taken,
        network=NETWORK,
        readings=tuple(one for one in found if isinstance(one, Reading)),
        problems=(
            *late,
            *(replace(one, device=device) for one in found if isinstance(one, Problem)),
        ),
    )


def _reading(name: str, value: object, *, flat: bool) -> Reading | Problem:
    """One named value as a reading, or why not."""
    found = _NAME.fullmatch(name)
    quantity = found["quantity"] if found else name
    if found is None or quantity not in QUANTITIES:
        detail = f"not a quantity; they are {', '.join(QUANTITIES)}, those of soil with _20cm"
        return _problem("unknown_quantity", name, value, detail)
    depth = None if found["depth"] is None else float(found["depth"])
    if depth is not None and not (quantity.startswith("soil_") and depth <= _DEEPEST_CM):
        detail = f"only soil has a depth, of at most {_DEEPEST_CM:g} cm"
        return _problem("unknown_depth", name, value, detail)
    number = _number(name, value, quantity, flat=flat)
    return number if isinstance(number, Problem) else Reading(quantity, number, depth)


def _number(name: str, value: object, quantity: str, *, flat: bool) -> float | Problem:
    """The value in our unit; NaN for null, which is a device saying that it has none."""
    if value is None:
        return nan
    number, stated_unit = read.number(value), ""
    if isinstance(value, str) and (parts := _NUMBER_AND_UNIT.fullmatch(value)):
        number, stated_unit = float(parts[1]), parts[2]
    unit = QUANTITIES[quantity].unit
    if number is None:
        reason = "not_finite" if isinstance(value, float) else "bad_value"
        return _problem(reason, name, value, f"expected a number, in {unit}")
    in_per_cent = flat and quantity == "soil_moisture" and stated_unit in ("", "%")
    if stated_unit and not in_per_cent and not _is_unit(stated_unit, unit):
        return _problem("bad_unit", name, value, f"the unit is {unit}")
    return number / _PER_CENT if in_per_cent else number


def _is_unit(stated: str, unit: str) -> bool:
    folded = _folded(unit)
    return _folded(stated) in (folded, *_SPELLINGS.get(folded, ()))


def _folded(unit: str) -> str:
    return unit.replace(" ", "").replace("μ", "µ")


def _problem(reason: str, name: str, value: object, detail: str) -> Problem:
    return Problem(reason, field=read.shown_text(name), value=read.shown(value), detail=detail)
