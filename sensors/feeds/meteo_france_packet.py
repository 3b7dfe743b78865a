"""Météo-France's packet of observations: the last day, by the hour, of a department's stations.

References
----------
[1] Météo-France. API Données Publiques, Paquet Observations (DPPaquetObs v1). 2025.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import asin, cos, isfinite, radians, sin, sqrt
from typing import Any

import pandas as pd

from sensors.errors import FeedError
from sensors.feeds.meteo_france import read_packet
from sensors.feeds.source import Feed, Licence, Parsed, Place, Request

KEY = "meteo-france"
PUBLIC = "https://public-api.meteofrance.fr"
LICENCE = Licence(
    "Licence Ouverte 2.0", "Météo-France", "https://www.etalab.gouv.fr/licence-ouverte-open-licence"
)
FURTHEST_KM = 40.0  # beyond which another station's rain says little of ours
_EARTH_KM = 6371.0


@dataclass(frozen=True)
class Observations:
    """What one station measured. `hours`: FAO-56 names, indexed by the hour's start (aware UTC)."""

    station: str
    distance_km: float
    hours: pd.DataFrame


def observations(key: str, base: str = "") -> Feed[Observations]:
    """The nearest station that measures temperature and rain, hour by hour."""
    url = f"{base or PUBLIC}/public/DPPaquetObs/v1/paquet/horaire"

    def ask(place: Place) -> Request:
        params = {"id-departement": department(place.area), "format": "json"}
        return Request(url, params, headers={"apikey": key})

    return Feed(KEY, LICENCE, ask, read_observations)


def department(code: str) -> str:
    """The department of a commune's INSEE code: `21231` → `21`, `97411` → `974`, `2A004` → `20`.

    Raises
    ------
    FeedError  It is no such code.
    """
    wanted = code[:3] if code.startswith("97") else code[:2]
    number = "20" if wanted in ("2A", "2B") else wanted.lstrip("0")
    if len(code) != 5 or not number.isdigit():
        raise FeedError(KEY, PUBLIC, f"refused: {code or 'no commune'} is in no French department")
    return number


def read_observations(body: bytes, place: Place) -> Parsed[Observations]:
    """The nearest station of a packet.

    Raises
    ------
    FeedError  `unreadable`: it is no packet, or no station near by measures temperature and rain.
    """
    records = _records(body)
    stations: dict[str, list[Mapping[str, Any]]] = {}
    for record in records:
        stations.setdefault(str(record.get("geo_id_insee") or ""), []).append(record)
    near = sorted((_distance(own[0], place), name) for name, own in stations.items() if name)
    for distance, name in near:
        if distance > FURTHEST_KM:
            break
        own = stations[name]
        if all(any(one.get(what) is not None for one in own) for what in ("t", "rr1")):
            return _of_station(own, name, distance)
    told = f"no station within {FURTHEST_KM:g} km measures temperature and rain"
    raise _unreadable(f"{told}; {len(stations)} stations were in it")


def _of_station(
    own: Sequence[Mapping[str, Any]], name: str, distance: float
) -> Parsed[Observations]:
    try:
        table = read_packet(own, "answer", where={"geo_id_insee": name})
    except (FeedError, KeyError) as error:
        raise _unreadable(getattr(error, "reason", f"lacks {error}")) from error
    if table.frame.empty:
        raise _unreadable(f"station {name} has no hour that can be used")
    stated = pd.to_datetime(
        pd.Series([str(one.get("validity_time")) for one in own]), utc=True, errors="coerce"
    ).max()
    newest = None if pd.isna(stated) else stated.to_pydatetime()
    return Parsed(Observations(name, distance, table.frame), newest, table.problems)


def _records(body: bytes) -> list[Mapping[str, Any]]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _unreadable(f"is not JSON ({error})") from error
    if not isinstance(document, list) or not all(isinstance(one, dict) for one in document):
        raise _unreadable("is no list of observations")
    if not document:
        raise _unreadable("holds no observation")
    return document


def _distance(record: Mapping[str, Any], place: Place) -> float:
    """Great-circle distance; far away where the station does not say where it is. [km]"""
    lat, lon = record.get("lat"), record.get("lon")
    if not isinstance(lat, int | float) or not isinstance(lon, int | float):
        return float("inf")
    north = sin(radians(lat - place.latitude) / 2) ** 2
    east = sin(radians(lon - place.longitude) / 2) ** 2
    across = north + cos(radians(lat)) * cos(radians(place.latitude)) * east
    return 2 * _EARTH_KM * asin(sqrt(min(across, 1.0))) if isfinite(across) else float("inf")


def _unreadable(why: str) -> FeedError:
    return FeedError(KEY, "answer", f"unreadable: {why}")
