"""SenML in JSON (RFC 8428): records whose base fields carry on from record to record.

A value is placed by its name, base and own put together: what follows the last ":" or "/" must be
one of our names or a known other one. A value without a name is what its unit says, where the unit
leaves no doubt. Times below 2²⁸ are seconds from now, and "now" is the arrival.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sensors.envelopes import message as read
from sensors.envelopes import units, vocabulary
from sensors.envelopes.batch import Moment, uplink
from sensors.errors import DecodeError
from sensors.quantities import QUANTITIES
from sensors.reading import Problem, Reading, Uplink

NETWORK = "senml"
_VERSION = 10  # the version of RFC 8428
_RELATIVE = 2**28
_VALUES = ("v", "vb", "vs", "vd", "s")
_FIELDS = frozenset({"bn", "bt", "bu", "bv", "bs", "bver", "n", "u", "t", "ut", *_VALUES})
_AHEAD = timedelta(minutes=10)


def is_pack(body: object) -> bool:
    """Whether this is a SenML pack: a list of records with at least one field of its own."""
    return (
        isinstance(body, list)
        and bool(body)
        and all(isinstance(one, dict) for one in body)
        and any(name in one for one in body for name in (*_VALUES, "bn", "n", "bv"))
        and not any(name in one for one in body for name in ("ts", "values", "readings"))
    )


@dataclass(slots=True)
class _Base:
    """What the records so far set for those that follow."""

    name: str = ""
    time: float = 0.0
    unit: str = ""
    value: float = 0.0
    sum: float = 0.0

    def take(self, record: Mapping[str, Any]) -> None:
        version = record.get("bver", _VERSION)
        if version != _VERSION and not (isinstance(version, int) and 0 < version < _VERSION):
            detail = f"version {read.shown(version)}; {_VERSION} is read"
            raise DecodeError("", "bad_envelope", detail)
        if unread := [one for one in record if one.endswith("_") and one not in _FIELDS]:
            # A field that must be understood, RFC 8428 section 4.4.
            detail = f"{read.shown_text(unread[0])} must be understood, and is not"
            raise DecodeError("", "bad_envelope", detail)
        self.name = read.text(record, "bn") if "bn" in record else self.name
        self.unit = read.text(record, "bu") if "bu" in record else self.unit
        self.time = _number(record, "bt") if "bt" in record else self.time
        self.value = _number(record, "bv") if "bv" in record else self.value
        self.sum = _number(record, "bs") if "bs" in record else self.sum


def parse(device: str, pack: list[dict[str, Any]], arrived_at: datetime) -> Uplink:
    """The readings of a pack, at their times.

    Raises
    ------
    DecodeError  `bad_envelope` for a version or a field that cannot be understood; `bad_time`,
        `clock_ahead`, `too_large`.
    """
    base = _Base()
    moments: list[Moment] = []
    for record in pack:
        base.take(record)
        if not any(name in record for name in _VALUES):
            continue  # sets base fields only
        taken = _time(base.time + _number(record, "t"), arrived_at)
        found = _one(record, base)
        moments.append(
            Moment(taken, [found]) if isinstance(found, Reading) else Moment(taken, (), [found])
        )
    if not moments:
        raise DecodeError(device, "bad_envelope", "no record of the pack has a value")
    return uplink(device, NETWORK, moments)


def _one(record: Mapping[str, Any], base: _Base) -> Reading | Problem:
    full = base.name + read.text(record, "n")
    unit = read.text(record, "u") or base.unit
    named = _named(full, unit)
    field = read.shown_text(full)
    if named is None:
        detail = f"not a quantity; they are {', '.join(QUANTITIES)}, those of soil with _20cm"
        return Problem("unknown_quantity", "", field, unit, detail)
    value = _value(record, base)
    if value is None:
        shown = read.shown({name: record[name] for name in _VALUES if name in record})
        return Problem("bad_value", "", field, shown, "expected v, vb or s with a finite number")
    # A name of ours without a unit is in our unit; another's in that which it usually has.
    stated = unit or ("" if named.quantity == "soil_moisture" else named.unit)
    converted = units.converted(value, stated, named.quantity)
    if converted is None:
        ours = QUANTITIES[named.quantity].unit
        return Problem("bad_unit", "", field, unit, f"not a unit of this quantity; ours is {ours}")
    return Reading(named.quantity, converted, named.depth_cm, level=named.level)


def _named(full: str, unit: str) -> vocabulary.Named | None:
    last = full.replace("/", ":").rpartition(":")[2]
    if not last:
        meant = units.MEANT.get(unit)
        return None if meant is None else vocabulary.Named(meant)
    return vocabulary.resolve(last)


def _value(record: Mapping[str, Any], base: _Base) -> float | None:
    """The number of a record: its value with its base, a truth as 1 or 0, or a sum."""
    if "v" in record:
        value = read.number(record["v"])
        return None if value is None else base.value + value
    if isinstance(record.get("vb"), bool):
        return float(record["vb"])
    if "s" in record and "vs" not in record and "vd" not in record:
        total = read.number(record["s"])
        return None if total is None else base.sum + total
    return None


def _time(seconds: float, arrived_at: datetime) -> datetime:
    """An absolute time, or one from now; ahead of its arrival it is not believed."""
    try:
        if seconds < _RELATIVE:
            taken = arrived_at + timedelta(seconds=seconds)
        else:
            taken = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError) as error:
        detail = f"t: {seconds!r}; give seconds since 1970, or from now"
        raise DecodeError("", "bad_time", detail) from error
    if taken - arrived_at > _AHEAD:
        detail = f"{taken:%FT%TZ} is ahead of its arrival at {arrived_at:%FT%TZ}; set the clock"
        raise DecodeError("", "clock_ahead", detail)
    return taken


def _number(record: Mapping[str, Any], name: str) -> float:
    value = read.number(record.get(name, 0.0))
    if value is None:
        raise DecodeError(
            "", "bad_envelope", f"{name} must be a number: {read.shown(record[name])}"
        )
    return value
