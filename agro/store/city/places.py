"""Which commune a place lies in: by the communes' outlines, by its name, else by the nearest."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import asin, cos, isnan, pi, radians, sin, sqrt
from typing import Any
from unicodedata import combining, normalize

import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, select

from agro.records import Commune
from agro.store import farms, schema
from agro.store.values import from_epoch, to_epoch, upsert

_EARTH_KM = 6371.0
_REACH = 2.0  # of the radius of a circle of the commune's area: beyond, a place is in none


@dataclass(frozen=True, slots=True)
class Boundary:
    """The outline of a commune: a GeoJSON Polygon or MultiPolygon, longitude first. `commune` is
    its code."""

    commune: str
    geometry: dict[str, Any]
    source: str = ""
    imported_at: datetime | None = None


class Places:
    """The communes of the city, to be asked where something lies."""

    def __init__(self, communes: Sequence[Commune], boundaries: Iterable[Boundary] = ()) -> None:
        self._communes = communes
        self._named = {one.code: one.code for one in communes}
        self._named |= {folded(one.name): one.code for one in communes}
        self._outlines: dict[str, BaseGeometry] = {
            one.commune: shape(one.geometry) for one in boundaries
        }

    def of(self, latitude: float, longitude: float, locality: str = "") -> str:
        """The code of the commune of a place; "" where it lies in none or nothing is told.

        `locality` is the commune by name or code, as a stranger writes it: it counts where no
        outline holds the position.
        """
        named = self._named.get(locality) or self._named.get(folded(locality)) or ""
        if isnan(latitude) or isnan(longitude):
            return named
        return self.within(latitude, longitude) or named or self._nearest(latitude, longitude)

    def within(self, latitude: float, longitude: float) -> str:
        """The code of the commune in whose outline a place lies; "" where it lies in none."""
        point = shapely.Point(longitude, latitude)
        return next((code for code, one in self._outlines.items() if one.covers(point)), "")

    def _nearest(self, latitude: float, longitude: float) -> str:
        """The commune whose centre is nearest, of those without an outline."""
        near = [
            (distance_km(latitude, longitude, one.latitude, one.longitude), one)
            for one in self._communes
            if one.code not in self._outlines
        ]
        if not near:
            return ""
        distance, commune = min(near, key=lambda one: one[0])
        return commune.code if distance <= _REACH * sqrt(commune.area_km2 / pi) else ""


def folded(name: str) -> str:
    """A name as people may write it: without accents, case, hyphens and spaces."""
    plain = (one for one in normalize("NFKD", name.casefold()) if not combining(one))
    return "".join(one for one in plain if one.isalnum())


def distance_km(latitude: float, longitude: float, north: float, east: float) -> float:
    """Great-circle distance of two places. [km]"""
    across = sin(radians(north - latitude) / 2) ** 2
    along = sin(radians(east - longitude) / 2) ** 2
    root = across + cos(radians(latitude)) * cos(radians(north)) * along
    return 2 * _EARTH_KM * asin(sqrt(min(root, 1.0)))


def places(c: Connection) -> Places:
    """The communes of this store, with the outlines that were imported."""
    return Places(farms.communes(c), boundaries(c))


def boundaries(c: Connection) -> list[Boundary]:
    """The outlines that were imported, by commune."""
    own, commune = schema.commune_boundary, schema.commune
    query = (
        select(commune.c.code, own.c.geometry, own.c.source, own.c.imported_at)
        .join_from(own, commune)
        .order_by(commune.c.name)
    )
    return [
        Boundary(code, geometry, source, from_epoch(at))
        for code, geometry, source, at in c.execute(query)
    ]


def save_boundaries(c: Connection, found: Sequence[Boundary], at: datetime) -> None:
    """Write outlines; those of communes that are not told stay as they are.

    Raises
    ------
    KeyError  A commune is not of this city.
    """
    ids = dict(c.execute(select(schema.commune.c.code, schema.commune.c.id)).all())
    rows = [
        {
            "commune_id": ids[one.commune],
            "geometry": one.geometry,
            "source": one.source,
            "imported_at": to_epoch(at),
        }
        for one in found
    ]
    upsert(c, schema.commune_boundary, rows, ("commune_id",))
