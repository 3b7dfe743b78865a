"""The geospatial functions, computed with shapely over the geometries that the store has.

Neither database need know geometry: the function is computed for every place, of which there are
few, and the query asks for those. Lengths and distances are in degrees, as the coordinates are
(EPSG 4326); `st_…` are the relations of OGC 06-103r4.
"""

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

import shapely
from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection

from agro.api.sensor_things.errors import bad
from agro.api.sensor_things.sources import Source

MOST_PLACES = 50_000
"""So many geometries are looked at for one question."""

RELATIONS: Mapping[str, Callable[[BaseGeometry, BaseGeometry], bool]] = {
    "st_equals": lambda a, b: bool(a.equals(b)),
    "st_disjoint": lambda a, b: bool(a.disjoint(b)),
    "st_touches": lambda a, b: bool(a.touches(b)),
    "st_within": lambda a, b: bool(a.within(b)),
    "st_overlaps": lambda a, b: bool(a.overlaps(b)),
    "st_crosses": lambda a, b: bool(a.crosses(b)),
    "st_intersects": lambda a, b: bool(a.intersects(b)),
    "st_contains": lambda a, b: bool(a.contains(b)),
    "geo.intersects": lambda a, b: bool(a.intersects(b)),
}


def written(text: str) -> BaseGeometry:
    """The geometry of its well-known text.

    Raises
    ------
    ApiError  It is none.
    """
    plain = text.rpartition(";")[2] if text.upper().startswith("SRID=") else text
    try:
        found = shapely.from_wkt(plain)
    except ShapelyError as error:
        raise bad(
            f"geography'{text[:60]}' is no geometry; write geography'POINT(5.04 47.32)', "
            "longitude first"
        ) from error
    if found is None or found.is_empty:
        raise bad(f"geography'{text[:60]}' is empty")
    return found


def of_geojson(value: Any) -> BaseGeometry | None:
    """The geometry of a GeoJSON geometry or feature; None for anything else."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return None
    if isinstance(value, dict) and value.get("type") == "Feature":
        value = value.get("geometry")
    if not isinstance(value, dict):
        return None
    try:
        found = shape(value)
        return None if found.is_empty or not math.isfinite(sum(found.bounds)) else found
    except (ShapelyError, ValueError, TypeError, KeyError, AttributeError, IndexError):
        return None


def related(c: Connection, source: Source, holds: Callable[[BaseGeometry], bool]) -> list[int]:
    """The ids of the entities whose geometry this holds for."""
    found = []
    for id_, geometry in _places(c, source):
        try:
            if holds(geometry):
                found.append(id_)
        except ShapelyError:
            continue  # a geometry that crosses itself relates to nothing
    return found


def measured(
    c: Connection, source: Source, measure: Callable[[BaseGeometry], float]
) -> dict[int, float]:
    """A measure of each entity's geometry, by id."""
    return {id_: measure(geometry) for id_, geometry in _places(c, source)}


def _places(c: Connection, source: Source) -> list[tuple[int, BaseGeometry]]:
    rows = source.geometries(c, MOST_PLACES + 1)
    if len(rows) > MOST_PLACES:
        raise bad(f"more than {MOST_PLACES} places; geospatial functions cannot be used here")
    found = ((id_, of_geojson(value)) for id_, value in rows)
    return [(id_, geometry) for id_, geometry in found if geometry is not None]
