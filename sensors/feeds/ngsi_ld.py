"""NGSI-LD: a city's context broker, whose notifications and entities become reports.

A notification, a list of entities and a single entity are read alike, in every form
(`sensors.feeds.ngsi_attributes`). Contexts are never fetched: entity types and attributes are known
by their short names.

References
----------
[1] ETSI GS CIM 009 V1.8.1 (2024), NGSI-LD API, 5.3.1 (notification), 6.4.3 (query of entities).
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from math import nan
from types import MappingProxyType
from typing import Any

from sensors.envelopes import message, units
from sensors.errors import DecodeError, FeedError
from sensors.feeds.city_assets import LONGEST_NAME, SIMULATED, Equipment, Measured, Report
from sensors.feeds.ngsi_attributes import Attribute, attributes, positions, short, time_of, words
from sensors.feeds.ngsi_types import (
    GASES,
    POWER_STATES,
    TYPES,
    UNIT_CODES,
    EntityType,
    Meaning,
)
from sensors.feeds.source import Feed, Licence, Mode, Parsed, Place, Request
from sensors.quantities import QUANTITIES
from sensors.reading import Problem

KEY = "ngsi-ld"
MOST = 5_000  # entities in one body
PAGE = 500  # entities asked for at once
_HOUR = timedelta(hours=1)
_NONE = Attribute(None)
_STATED = MappingProxyType({"peak_power": Meaning("power", "kW")})  # details that have a unit
_TEXTS = frozenset({"working_mode", "phase_type"})  # details that are words
_TIMES = frozenset({"metering_started"})  # details that are times


def read(body: bytes, arrived_at: datetime | None) -> tuple[Report, ...]:
    """The reports in a notification, a list of entities or an entity.

    Parameters
    ----------
    body : JSON.
    arrived_at : When it reached us, aware: the time of what tells none. None: what tells none is
        not believed (`no_time`).

    Raises
    ------
    DecodeError  `bad_json`, `too_deep`, `duplicate_key`, `compressed_body`, `bad_envelope`.
    """
    told = message.load_any(body)
    notified_at = time_of(told.get("notifiedAt")) if isinstance(told, dict) else None
    return tuple(_report(one, notified_at or arrived_at) for one in _entities(told))


def entities(
    base: str, *, token: str = "", tenant: str = "", licence: Licence | None = None, offset: int = 0
) -> Feed[tuple[Report, ...]]:
    """A broker's entities of the types we know, `PAGE` of them from `offset` on.

    Parameters
    ----------
    base : Address of the broker, up to and without `/ngsi-ld/v1`.
    token : What it wants to hear as a bearer token; "" for nothing.
    tenant : Which of its tenants is meant; "" for none.
    """

    def ask(_place: Place) -> Request:
        params = {"type": ",".join(TYPES), "limit": str(PAGE), "offset": str(offset)}
        params["options"] = "sysAttrs"  # when each value changed, where nobody says when it held
        headers = {"Accept": "application/json"}
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        headers |= {"NGSILD-Tenant": tenant} if tenant else {}
        return Request(f"{base}/ngsi-ld/v1/entities", params, headers=headers)

    return Feed(KEY, licence or Licence("", "", base), ask, read_answer)


def read_answer(body: bytes, _place: Place) -> Parsed[tuple[Report, ...]]:
    """The reports of a query's answer; values without a time are not believed.

    Raises
    ------
    FeedError  `unreadable`.
    """
    try:
        found = read(body, None)
    except DecodeError as error:
        told = f"unreadable: {error.reason} {error.detail}"
        raise FeedError(KEY, "answer", told) from error
    times = [one.time for report in found for one in report.measured]
    return Parsed(found, max(times, default=None))


def _entities(told: Any) -> list[Any]:
    """The entities in a body, however it wraps them."""
    if isinstance(told, dict) and "data" in told:
        told = told["data"]
    if isinstance(told, dict):
        told = [told]
    if not isinstance(told, list):
        raise DecodeError("", "bad_envelope", f"expected entities: {message.shown(told)}")
    if len(told) > MOST:
        detail = f"{len(told)} entities, at most {MOST}; let the broker send them in parts"
        raise DecodeError("", "bad_envelope", detail)
    return told


def _report(told: Any, otherwise: datetime | None) -> Report:
    """What one entity tells, or why it cannot be used."""
    name = _name(told.get("id")) if isinstance(told, dict) else ""
    if not name:
        detail = f"an entity needs an id and a type: {message.shown(told)}"
        return _refused("", told, Problem("bad_entity", field="id", detail=detail))
    names = told.get("type")
    known = [short(one) for one in (names if isinstance(names, list) else [names]) if _name(one)]
    kind = next((one for one in known if one in TYPES), None)
    if kind is None:
        detail = f"of the types we know: {', '.join(TYPES)}"
        shown = message.shown(names)
        return _refused(name, told, Problem("unknown_entity_type", name, "type", shown, detail))
    return _of(name, told, TYPES[kind], otherwise)


def _name(value: Any) -> str:
    is_name = isinstance(value, str) and 0 < len(value) <= LONGEST_NAME and value.isprintable()
    return value.strip() if is_name else ""


def _refused(name: str, told: Any, problem: Problem) -> Report:
    return Report(name, None, problems=(problem,), text=_text(told))


def _text(told: Any) -> str:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def _of(
    name: str, told: Mapping[str, Any], known: EntityType, otherwise: datetime | None
) -> Report:
    own, faults = attributes(told), list[Problem]()
    measured = tuple(_measured(name, own, known, otherwise, faults))
    return Report(name, _equipment(name, own, known), measured, tuple(faults), _text(told))


def _equipment(name: str, own: Mapping[str, Attribute], known: EntityType) -> Equipment:
    found = list(positions(own.get("location", _NONE).value))
    east = sum(one[0] for one in found) / len(found) if found else nan
    north = sum(one[1] for one in found) / len(found) if found else nan
    is_there = abs(north) <= 90.0 and abs(east) <= 180.0
    return Equipment(
        name=name,
        kind=known.kind,
        label=words(own.get("name", _NONE).value),
        latitude=north if is_there else nan,
        longitude=east if is_there else nan,
        locality=_locality(own.get("address", _NONE).value),
        mode=_mode(words(own.get("dataProvider", _NONE).value)),
        details=_details(own, known),
    )


def _mode(provider: str) -> Mode | None:
    """A part of an entity does not tell whose it is."""
    if not provider:
        return None
    return "simulated" if provider.lower() == SIMULATED else "live"


def _locality(address: Any) -> str:
    return words(address.get("addressLocality")) if isinstance(address, dict) else ""


def _details(own: Mapping[str, Attribute], known: EntityType) -> dict[str, float | str]:
    found = dict[str, float | str]()
    for theirs, ours in known.details.items():
        told = _detail(ours, own.get(theirs, _NONE))
        if told is not None and told != "":
            found[ours] = told
    return found


def _detail(ours: str, told: Attribute) -> float | str | None:
    """A detail as a number in our unit, as words, or as a time in UTC; None: it cannot be read."""
    if ours in _TEXTS:
        return words(told.value)
    if ours in _TIMES:
        at = time_of(told.value)
        return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else None
    number, meant = message.number(told.value), _STATED.get(ours)
    if number is not None and meant is not None:
        return _converted(number, told.unit, meant)
    return number


def _measured(
    name: str,
    own: Mapping[str, Attribute],
    known: EntityType,
    otherwise: datetime | None,
    faults: list[Problem],
) -> Iterator[Measured]:
    """The values of an entity; those that cannot be used go to `faults`."""
    start, hours = _period(own)
    observed = start or time_of(own.get("dateObserved", _NONE).value)
    for theirs, meant in known.attributes.items():
        told = own.get(theirs)
        if told is None:
            continue
        value = _number(told, meant)
        if isinstance(value, Problem):
            faults.append(Problem(value.reason, name, theirs, value.value, value.detail))
            continue
        if theirs == known.counted:
            if hours is None:
                detail = "state dateObservedFrom and dateObservedTo: over what time it was counted"
                shown = message.shown(told.value)
                faults.append(Problem("no_period", name, theirs, shown, detail))
                continue
            value /= hours
        at = told.observed_at or observed or otherwise
        if at is None:
            detail = "state observedAt or dateObserved: when it was so"
            faults.append(Problem("no_time", name, theirs, message.shown(told.value), detail))
            continue
        yield Measured(meant.quantity, value, at)


def _period(own: Mapping[str, Attribute]) -> tuple[datetime | None, float | None]:
    """The start of the observation period and its hours; None where none is told."""
    start, end = (
        time_of(own.get(name, _NONE).value) for name in ("dateObservedFrom", "dateObservedTo")
    )
    told = own.get("dateObserved", _NONE).value
    if start is None and isinstance(told, str) and told.count("/") == 1:
        start, end = (time_of(part) for part in told.split("/"))
    if start is None or end is None or end <= start:
        return start, None
    return start, (end - start) / _HOUR


def _number(told: Attribute, meant: Meaning) -> float | Problem:
    """The value in our unit; NaN where it is told that there is none."""
    if told.value is None:
        return nan
    if meant.quantity == "lamps_on" and isinstance(told.value, str):
        state = POWER_STATES.get(told.value)
        detail = f"one of {', '.join(POWER_STATES)}"
        return (
            Problem("bad_value", value=told.value[:80], detail=detail) if state is None else state
        )
    number = message.number(told.value)
    if number is None:
        return Problem("bad_value", value=message.shown(told.value), detail="expected a number")
    if meant.unit is None and not told.unit:
        detail = f"state unitCode: a UN/CEFACT code such as {_code_of(meant)}"
        return Problem("no_unit", value=message.shown(told.value), detail=detail)
    converted = _converted(number, told.unit, meant)
    if converted is None:
        unit = QUANTITIES[meant.quantity].unit
        return Problem("bad_unit", value=told.unit, detail=f"no unit of what is kept in {unit}")
    return converted


def _code_of(meant: Meaning) -> str:
    ours = QUANTITIES[meant.quantity]
    codes = (code for code, unit in UNIT_CODES.items() if unit in (ours.unit, ours.ucum))
    return next(codes, ours.ucum)


def _converted(value: float, code: str, meant: Meaning) -> float | None:
    unit = UNIT_CODES.get(code, code) or meant.unit or ""
    per_unit = GASES.get(meant.quantity)
    if per_unit is not None and unit in ("ug/m3", "mg/m3"):
        return value * per_unit * (1000.0 if unit == "mg/m3" else 1.0)
    if unit == "1" and meant.unit is not None:  # a share, or a number of vehicles
        unit = meant.unit
    return units.converted(value, unit, meant.quantity)
