"""Car parks of an open-data portal that speaks Explore v2.1: how many spaces are free.

Portals rename their fields over the years, so each role is looked for under every name that it has
had; an answer in which no car park tells a role says so once, by its name. The time of an update
comes in ISO 8601 or as 20/07/2026 07:15, which is the clock of the place.

References
----------
[1] Opendatasoft. Explore API v2.1, catalog/datasets/{dataset}/records: limit (at most 100), offset.
    https://help.opendatasoft.com/apis/ods-explore-v2/
"""

import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from math import isnan, nan
from typing import Any

from sensors.envelopes import message
from sensors.errors import DecodeError, FeedError
from sensors.feeds.city_assets import LONGEST_NAME, Equipment, Measured, Report
from sensors.feeds.source import Feed, Licence, Parsed, Place, Request
from sensors.feeds.weather_table import Fault
from sensors.reading import Problem

KEY = "explore"
PAGE = 100  # records in an answer, the most that [1] gives at once

# What a field is for, under the names it has had; the first that tells something speaks.
ROLES: Mapping[str, tuple[str, ...]] = {
    "identity": ("identifiant_parking", "id_parking", "identifiant", "id", "code"),
    "name": ("nom_du_parking", "nom_parking", "nom", "libelle", "name"),
    "address": ("adresse", "address"),
    "free": ("nombre_de_places_libres", "places_libres", "nb_places_libres", "dispo", "libre"),
    "spaces": ("nombre_de_places_totales", "places_totales", "nb_places", "capacite", "total"),
    "occupancy": ("taux_doccupation", "taux_d_occupation", "taux_occupation"),
    "disabled_spaces": ("places_pmr", "nombre_de_places_pmr", "nb_pmr"),
    "charging_spaces": ("places_vehicules_electriques", "nb_voitures_electriques"),
    "time": ("derniere_mise_a_jour", "date_maj", "maj", "horodatage", "last_update"),
    "place": ("geo_point_2d", "geolocalisation", "coordonnees", "geopoint"),
    "commune": ("code_insee", "insee", "commune", "ville"),
}
_NEEDED = ("name", "free", "spaces", "time", "place")  # of which a person is told when missing
_DETAILS = ("spaces", "disabled_spaces", "charging_spaces")
_CLOCKS = ("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M")


def car_parks(
    dataset: str, *, key: str = "", licence: Licence | None = None, offset: int = 0
) -> Feed[tuple[Report, ...]]:
    """`PAGE` car parks of a data set from `offset` on.

    Parameters
    ----------
    dataset : Its address, up to and with its name: `https://…/catalog/datasets/dispo-parking`.
    key : Of the portal's API, where it asks for one; sent in a header.
    """
    base = dataset.rstrip("/").removesuffix("/records")

    def ask(_place: Place) -> Request:
        headers = {"Authorization": f"Apikey {key}"} if key else {}
        return Request(f"{base}/records", {"limit": f"{PAGE}", "offset": f"{offset}"}, {}, headers)

    def read(body: bytes, place: Place) -> Parsed[tuple[Report, ...]]:
        return read_car_parks(body, place.zone)

    return Feed(KEY, licence or Licence("", "", base), ask, read)


def read_car_parks(body: bytes, zone: tzinfo) -> Parsed[tuple[Report, ...]]:
    """The reports of an answer, one for each car park, and the roles that none of them tells.

    Raises
    ------
    FeedError  `unreadable`.
    """
    try:
        listed = message.load(body).get("results")
    except DecodeError as error:
        raise _unreadable(f"{error.reason} {error.detail}") from error
    if not isinstance(listed, list):
        raise _unreadable("has no list `results`")
    told = [_plain(one) if isinstance(one, dict) else {} for one in listed]
    found = tuple(_report(one, zone) for one in told)
    times = [value.time for one in found for value in one.measured]
    return Parsed(found, max(times, default=None), tuple(_missing(told)))


def _unreadable(why: str) -> FeedError:
    return FeedError(KEY, "answer", f"unreadable: {why}")


def _plain(told: Mapping[str, Any]) -> dict[str, Any]:
    """The record by names without accents, capitals and blanks."""
    found = {}
    for name, value in told.items():
        letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
        found["_".join(letters.replace("-", " ").replace("'", "").split())] = value
    return found


def _role(told: Mapping[str, Any], role: str) -> Any:
    """The first field of a role that tells something; None where none does."""
    return next((told[name] for name in ROLES[role] if told.get(name) not in (None, "")), None)


def _missing(told: Sequence[Mapping[str, Any]]) -> Iterator[Fault]:
    """The roles that no record of an answer has a field for, with the names that stand there."""
    names = sorted({name for one in told for name in one})
    for role in _NEEDED if names else ():
        if role == "free" and set(ROLES["occupancy"]) & set(names):
            continue  # it follows from how full it is
        if not set(ROLES[role]) & set(names):
            remedy = f"the portal may have renamed it; it has: {', '.join(names)[:200]}"
            yield Fault(0, role, "", "is told of no car park", remedy)


def _report(told: Mapping[str, Any], zone: tzinfo) -> Report:
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    identity = _text(_role(told, "identity")) or _text(_role(told, "name"))
    if not identity:
        detail = "a car park needs an identifier or a name; it is left out"
        return Report("", None, problems=(Problem("bad_entity", detail=detail),), text=text)
    name = f"{KEY}:{identity}"[:LONGEST_NAME]
    faults: list[Problem] = []
    measured = tuple(_measured(name, told, zone, faults))
    return Report(name, _equipment(name, told), measured, tuple(faults), text)


def _text(value: Any) -> str:
    """A name as it stands; a number as its digits."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return ""
    text = str(value).strip()
    return text if text.isprintable() else ""


def _equipment(name: str, told: Mapping[str, Any]) -> Equipment:
    north, east = _point(_role(told, "place"))
    details: dict[str, Any] = {
        key: number for key in _DETAILS if (number := _numeric(_role(told, key))) is not None
    }
    if address := _text(_role(told, "address")):
        details["address"] = address[:LONGEST_NAME]
    return Equipment(
        name=name,
        kind="parking",
        label=_text(_role(told, "name"))[:LONGEST_NAME],
        latitude=north,
        longitude=east,
        locality=_text(_role(told, "commune")),
        mode="live",
        details=details,
    )


def _point(told: Any) -> tuple[float, float]:
    """Latitude and longitude of a point as the portal writes it: {lon, lat}, or [lat, lon]."""
    if isinstance(told, dict):
        inner = told.get("geometry", told)
        pair = inner.get("coordinates") if isinstance(inner, dict) else None
        if isinstance(pair, list) and len(pair) == 2:  # GeoJSON has the longitude first
            told = [pair[1], pair[0]]
        else:
            told = [told.get("lat"), told.get("lon")]
    elif isinstance(told, str):
        told = told.split(",")
    if not isinstance(told, list) or len(told) != 2:
        return nan, nan
    numbers = [_numeric(one) for one in told]
    north, east = (nan if one is None else one for one in numbers)
    return (north, east) if abs(north) <= 90.0 and abs(east) <= 180.0 else (nan, nan)


def _measured(
    name: str, told: Mapping[str, Any], zone: tzinfo, faults: list[Problem]
) -> Iterator[Measured]:
    """Free spaces and how full it is, at the time that the portal tells."""
    said = _role(told, "time")
    at = _time(said, zone)
    if at is None:
        detail = "is no time; the car park is shown without a value"
        faults.append(Problem("bad_time", name, "time", message.shown(said), detail))
        return
    free, spaces = (_number(name, told, role, faults) for role in ("free", "spaces"))
    full = _number(name, told, "occupancy", faults)
    if isnan(full) and spaces > 0.0 and 0.0 <= free <= spaces:
        full = 100.0 * (1.0 - free / spaces)
    if isnan(free) and spaces > 0.0 and 0.0 <= full <= 100.0:
        free = float(round(spaces * (1.0 - full / 100.0)))
    if free > spaces > 0.0:
        detail = f"more free than there are spaces ({spaces:g}); kept as it was told"
        faults.append(Problem("bad_value", name, "free_spaces", f"{free:g}", detail))
    yield Measured("free_spaces", free, at)
    if not isnan(full):
        yield Measured("occupancy", full, at)


def _number(name: str, told: Mapping[str, Any], role: str, faults: list[Problem]) -> float:
    said = _role(told, role)
    number = nan if said is None else _numeric(said)
    if number is not None:
        return number
    faults.append(Problem("bad_value", name, role, message.shown(said), "expected a number"))
    return nan


def _numeric(told: Any) -> float | None:
    """A number, also as digits with a comma or a sign of per cent; None where it is none."""
    if isinstance(told, str):
        found, unit = message.number_and_unit(told.replace(",", "."))
        return found if unit in ("", "%") else None
    return message.number(told)


def _time(told: Any, zone: tzinfo) -> datetime | None:
    """An aware time; one without an offset is read by the clock of the place."""
    if not isinstance(told, str):
        return None
    at = _parsed(told.strip())
    return at if at is None or at.tzinfo is not None else at.replace(tzinfo=zone)


def _parsed(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    for form in _CLOCKS:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - the caller gives it its zone
        except ValueError:
            continue
    return None
