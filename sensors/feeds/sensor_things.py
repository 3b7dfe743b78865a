"""OGC SensorThings 1.1: a city's server of sensors, asked for its datastreams and their newest.

A thing becomes a piece of equipment, each of its datastreams a quantity: by our own name or CF's in
its observed property, else by what others call it. Its unit is UCUM's.

References
----------
[1] OGC 18-088 (2021), SensorThings API Part 1: Sensing, version 1.1, 8.2 (entities), 9.3 (query).
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from math import nan
from typing import Any

from sensors.envelopes import message, units, vocabulary
from sensors.errors import DecodeError, FeedError
from sensors.feeds.city_assets import KINDS, LONGEST_NAME, Equipment, Kind, Measured, Report
from sensors.feeds.ngsi_attributes import positions, time_of, words
from sensors.feeds.source import Feed, Licence, Parsed, Place, Request
from sensors.quantities import QUANTITIES
from sensors.reading import Problem

KEY = "sensor-things"
PAGE = 100  # datastreams in an answer
NEWEST = 24  # observations of each: what came late since the last question
_EXPAND = (
    "Thing($expand=Locations),ObservedProperty,"
    f"Observations($orderby=phenomenonTime desc;$top={NEWEST})"
)
_DETAILS = ("lights", "spaces", "peak_power")
_TEXTS = ("working_mode", "phase_type", "metering_started")  # details that are words
_BY_CF = {row.cf: row.name for row in QUANTITIES.values() if row.cf}
# Kinds of equipment by a quantity that leaves no doubt, where the thing names none.
_KINDS: Mapping[str, Kind] = {
    "free_spaces": "parking",
    "vehicle_flow": "traffic_counter",
    "luminous_level": "lighting_cabinet",
    "lamps_on": "lighting_cabinet",
    "air_index": "air_station",
    "river_level": "river_station",
    "river_flow": "river_station",
    "groundwater_level": "groundwater",
    "groundwater_depth": "groundwater",
    "air_temperature": "weather",
}


def datastreams(
    base: str, *, licence: Licence | None = None, offset: int = 0
) -> Feed[tuple[Report, ...]]:
    """`PAGE` datastreams of a server from `offset` on, with their newest observations.

    Parameters
    ----------
    base : Address of the service, up to and with its version: `https://…/v1.1`.
    """

    def ask(_place: Place) -> Request:
        paging = {"$top": str(PAGE), "$skip": str(offset), "$orderby": "id"}
        return Request(f"{base}/Datastreams", {"$expand": _EXPAND, **paging})

    def read(body: bytes, _place: Place) -> Parsed[tuple[Report, ...]]:
        return read_datastreams(body)

    return Feed(KEY, licence or Licence("", "", base), ask, read)


def read_datastreams(body: bytes) -> Parsed[tuple[Report, ...]]:
    """The reports of an answer: one for each datastream.

    Raises
    ------
    FeedError  `unreadable`.
    """
    try:
        told = message.load(body)
    except DecodeError as error:
        raise _unreadable(f"{error.reason} {error.detail}") from error
    listed = told.get("value")
    if not isinstance(listed, list):
        raise _unreadable("has no list `value` of datastreams")
    found = tuple(_report(one) for one in listed)
    times = [value.time for report in found for value in report.measured]
    return Parsed(found, max(times, default=None))


def _unreadable(why: str) -> FeedError:
    return FeedError(KEY, "answer", f"unreadable: {why}")


def _report(told: Any) -> Report:
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    stream = told if isinstance(told, dict) else {}
    thing = message.hint(stream, "Thing")
    name = _name(thing)
    if not name:
        detail = "a datastream needs its Thing with an id; the server ignores $expand"
        return Report("", None, problems=(Problem("bad_entity", detail=detail),), text=text)
    quantity = _quantity(message.hint(stream, "ObservedProperty"), stream)
    if quantity is None:
        shown = message.shown(message.hint(stream, "ObservedProperty").get("name"))
        detail = "not in the table of quantities; name it as there, or by its CF standard name"
        problem = Problem("unknown_quantity", name, "ObservedProperty", shown, detail)
        return Report(name, None, problems=(problem,), text=text)
    faults: list[Problem] = []
    measured = tuple(_observations(name, stream, quantity, faults))
    return Report(name, _equipment(name, thing, quantity), measured, tuple(faults), text)


def _name(thing: Mapping[str, Any]) -> str:
    """A thing's URN where its properties tell one, else its own link."""
    urn = message.hint(thing, "properties").get("urn")
    for told in (urn, thing.get("@iot.selfLink")):
        if isinstance(told, str) and 0 < len(told) <= LONGEST_NAME and told.isprintable():
            return told
    return ""


def _quantity(told: Mapping[str, Any], stream: Mapping[str, Any]) -> str | None:
    """The quantity of an observed property: by name, CF name, definition, or the stream's name."""
    definition = words(told.get("definition")).rstrip("/").rsplit("/", 1)[-1]
    for name in (words(told.get("name")), definition, words(stream.get("name"))):
        if name in QUANTITIES:
            return name
        if name in _BY_CF:
            return _BY_CF[name]
        if (meant := vocabulary.resolve(name)) is not None:
            return meant.quantity
    return None


def _equipment(name: str, thing: Mapping[str, Any], quantity: str) -> Equipment:
    properties, north, east = message.hint(thing, "properties"), nan, nan
    locations = thing.get("Locations")
    first = locations[0] if isinstance(locations, list) and locations else {}
    where = first.get("location") if isinstance(first, dict) else None
    if isinstance(where, dict) and isinstance(where.get("geometry"), dict):
        where = where["geometry"]  # a feature
    found = next(positions(where), None)
    if found is not None and abs(found[0]) <= 180.0 and abs(found[1]) <= 90.0:
        east, north = found
    kind = next((one for one in KINDS if one == properties.get("kind")), None)
    return Equipment(
        name=name,
        kind=kind or _KINDS.get(quantity, "other"),
        label=words(thing.get("name")),
        latitude=north,
        longitude=east,
        locality=words(properties.get("commune")),
        mode="simulated" if properties.get("mode") == "simulated" else "live",
        details=_details(properties),
    )


def _details(properties: Mapping[str, Any]) -> dict[str, float | str]:
    numbers = {key: message.number(properties.get(key)) for key in _DETAILS}
    texts = {key: words(properties.get(key)) for key in _TEXTS}
    found: dict[str, float | str] = {k: one for k, one in numbers.items() if one is not None}
    return found | {key: one for key, one in texts.items() if one}


def _observations(
    name: str, stream: Mapping[str, Any], quantity: str, faults: list[Problem]
) -> Iterator[Measured]:
    """The values in our unit, by the start of the time that they hold for."""
    unit = words(message.hint(stream, "unitOfMeasurement").get("symbol"))
    listed = stream.get("Observations")
    for one in listed if isinstance(listed, list) else ():
        told = one if isinstance(one, dict) else {}
        at = _start(told.get("phenomenonTime"))
        result = told.get("result")
        number = nan if result is None else message.number(result)
        value = None if number is None else units.converted(number, unit, quantity)
        if at is None:
            detail = "give an instant or an interval as 2026-07-03T05:30:00Z"
            shown = message.shown(told.get("phenomenonTime"))
            faults.append(Problem("bad_time", name, "phenomenonTime", shown, detail))
        elif value is None:
            ours = QUANTITIES[quantity].unit
            reason = "bad_value" if number is None else "bad_unit"
            shown = message.shown(result if number is None else unit)
            detail = f"expected a number in {ours} or a unit that can become it"
            faults.append(Problem(reason, name, quantity, shown, detail))
        else:
            yield Measured(quantity, value, at)


def _start(told: Any) -> datetime | None:
    found = time_of(told.split("/")[0]) if isinstance(told, str) else None
    return None if found is None else found.astimezone(UTC)
