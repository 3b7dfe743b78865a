"""VigiEau: the drought order in force at a place, for one kind of water.

The service knows three kinds of zones: AEP (mains), SOU (groundwater), SUP (rivers). A place
without a zone is answered by 404 « Aucune zone … », by an empty list or by nothing at all; several
zones of one kind by 409. The profile of the asker is not sent: every usage says itself whom it
concerns, and the same answer serves the gardener and the farmer.

References
----------
[1] Ministère chargé de l'écologie. API VigiEau, GET /api/zones. https://api.vigieau.gouv.fr
[2] Code de l'environnement, R. 211-66 to R. 211-70: levels, and what an order states.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from typing import Any, Literal

from sensors.errors import FeedError
from sensors.feeds.source import Feed, Licence, Parsed, Place, Request
from sensors.feeds.vigieau_text import plain
from sensors.feeds.weather_table import Fault

KEY = "vigieau"
PUBLIC = "https://api.vigieau.gouv.fr"
LICENCE = Licence(
    "Licence Ouverte 2.0", "VigiEau", "https://www.etalab.gouv.fr/licence-ouverte-open-licence"
)
Resource = Literal["AEP", "SOU", "SUP"]
RESOURCES: tuple[Resource, ...] = ("AEP", "SOU", "SUP")
LEVELS = ("vigilance", "alerte", "alerte_renforcee", "crise")
PROFILES = {
    "particulier": "concerneParticulier",
    "entreprise": "concerneEntreprise",
    "collectivite": "concerneCollectivite",
    "exploitation": "concerneExploitation",
}
LONGEST_LINK = 2000


@dataclass(frozen=True, slots=True)
class Usage:
    """A usage of an order, as the prefecture words it; `concerns` is None where nobody is named."""

    name: str
    theme: str
    description: str
    concerns: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """An order in force in a zone. `valid_until` is its last day, None: until another one.

    `level` is one of `LEVELS`, empty where it is none of them.
    """

    resource: str
    zone_code: str
    zone: str
    level: str
    valid_from: date | None
    valid_until: date | None
    link: str
    framework_link: str
    usages: tuple[Usage, ...]
    document: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Situation:
    """What holds at a place: an `order`, nothing (`free`), or one of `several` zones."""

    state: Literal["order", "free", "several"]
    order: Order | None = None


def orders(resource: Resource, base: str = "", key: str = KEY) -> Feed[Situation]:
    """The order for one kind of water, asked for by position."""
    url = f"{(base or PUBLIC).rstrip('/')}/api/zones"

    def ask(place: Place) -> Request:
        at = {"lon": f"{place.longitude:.5f}", "lat": f"{place.latitude:.5f}"}
        answers = frozenset({200, 404, 409})
        return Request(url, {**at, "zoneType": resource}, answers=answers)

    def read(body: bytes, place: Place) -> Parsed[Situation]:
        return read_situation(body, resource, place.zone)

    return Feed(key, LICENCE, ask, read)


def read_situation(body: bytes, resource: str, zone: tzinfo) -> Parsed[Situation]:
    """What an answer says of one kind of water.

    Raises
    ------
    FeedError  `unreadable`: it is no answer of this service. A page that says "404" of itself is
        no statement that nothing is forbidden.
    """
    document = _document(body)
    if isinstance(document, dict) and "usages" not in document and "niveauGravite" not in document:
        return Parsed(_refusal(document), None)
    zones = [document] if isinstance(document, dict) else document or []
    if not all(isinstance(one, dict) for one in zones):
        raise _unreadable("is a list of something else than zones")
    own = [one for one in zones if one.get("type") in (resource, None)]
    if len(own) > 1:
        return Parsed(Situation("several"), None)
    faults: list[Fault] = []
    order = _order(own[0], resource, zone, faults) if own else None
    return Parsed(Situation("order", order) if order else Situation("free"), None, tuple(faults))


def _document(body: bytes) -> Any:
    """The answer; None where there is nothing in it, as the service answers for no zone."""
    if not body.strip():
        return None
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _unreadable("is not JSON") from error
    if not isinstance(document, (dict, list)) and document is not None:
        raise _unreadable("is neither a zone nor a list of them")
    return document


def _refusal(document: dict[str, Any]) -> Situation:
    """What the service says instead of a zone."""
    status = document.get("statusCode", document.get("code"))
    said = plain(str(document.get("message", "")))
    if status == 404 and said.startswith("aucune zone"):
        return Situation("free")
    if status == 409:
        return Situation("several")
    raise _unreadable(f"is no zone: {said[:100] or 'nothing is said'}")


def _order(
    document: dict[str, Any], resource: str, zone: tzinfo, faults: list[Fault]
) -> Order | None:
    """The order of a zone; None where the zone has none."""
    told = document.get("arrete")
    decree: dict[str, Any] = told if isinstance(told, dict) else {}
    usages = document.get("usages")
    if document.get("niveauGravite") is None and not decree.get("id") and not usages:
        return None
    return Order(
        resource=resource,
        zone_code=_text(document.get("code")),
        zone=_text(document.get("nom")),
        level=_level(document.get("niveauGravite"), faults),
        valid_from=_day(decree, "dateDebutValidite", zone, faults),
        valid_until=_day(decree, "dateFinValidite", zone, faults),
        link=_link(decree, "cheminFichier", faults),
        framework_link=_link(decree, "cheminFichierArreteCadre", faults),
        usages=_usages(usages, faults),
        document=document,
    )


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _level(told: object, faults: list[Fault]) -> str:
    level = plain(_text(told)).replace(" ", "_")
    if level in LEVELS:
        return level
    remedy = "the order is shown without its level; read it by its link"
    faults.append(Fault(0, "niveauGravite", str(told)[:60], "is none of the levels", remedy))
    return ""


def _day(decree: dict[str, Any], name: str, zone: tzinfo, faults: list[Fault]) -> date | None:
    """A day, or the day of a moment on the place's clock."""
    told = _text(decree.get(name))
    if not told:
        return None
    try:
        if len(told) == len("2026-08-20"):
            return date.fromisoformat(told)
        moment = datetime.fromisoformat(told)
        return (moment.astimezone(zone) if moment.tzinfo else moment).date()
    except ValueError:
        remedy = "the order is taken to hold until another one"
        faults.append(Fault(0, name, told[:60], "is no date", remedy))
        return None


def _link(decree: dict[str, Any], name: str, faults: list[Fault]) -> str:
    told = _text(decree.get(name))
    if not told or (told.startswith(("https://", "http://")) and len(told) <= LONGEST_LINK):
        return told
    faults.append(Fault(0, name, told[:60], "is no web address", "no link is shown"))
    return ""


def _usages(told: object, faults: list[Fault]) -> tuple[Usage, ...]:
    """Every usage; one that cannot be read stays as one of which nothing is known."""
    listed: Sequence[object] = told if isinstance(told, list) else []
    if told is not None and not isinstance(told, list):
        faults.append(Fault(0, "usages", str(told)[:60], "is no list", "read the order itself"))
        listed = [None]
    found = []
    for row, one in enumerate(listed, start=1):
        if not isinstance(one, dict):
            faults.append(Fault(row, "usages", str(one)[:60], "is no usage", "read the order"))
            found.append(Usage("", "", ""))
            continue
        name, theme = _text(one.get("nom")), _text(one.get("thematique"))
        found.append(Usage(name, theme, _text(one.get("description")), _concerns(one)))
    return tuple(found)


def _concerns(usage: dict[str, Any]) -> frozenset[str] | None:
    flags = {profile: usage.get(name) for profile, name in PROFILES.items()}
    if all(flag is None for flag in flags.values()):
        return None
    # A flag that is not given excludes nobody.
    return frozenset(profile for profile, flag in flags.items() if flag is not False)


def _unreadable(told: str) -> FeedError:
    return FeedError(KEY, PUBLIC, f"unreadable: {told}")
