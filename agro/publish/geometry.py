"""The geographic queries of NGSI-LD: `georel=near;maxDistance==2000&geometry=Point&coordinates=…`.

References
----------
[1] ETSI (2024), NGSI-LD API. GS CIM 009 V1.8.1, 4.10. Distances are metres.
"""

import json
import re
from collections.abc import Callable
from math import cos, radians
from typing import Any, Final

import shapely
from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

_LONGEST: Final = 20_000  # characters of coordinates
_DEGREE_M: Final = 111_195.0  # of a great circle of the mean sphere, 6371.0088 km
_SHAPES = {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"}
_NEAR = re.compile(r"near;(maxDistance|minDistance)==([0-9.]+)")
_RELATIONS = ("within", "contains", "intersects", "equals", "disjoint", "overlaps")

Geometry = dict[str, Any]


def geo_condition(georel: str, geometry: str, coordinates: str) -> Callable[[Geometry], bool]:
    """Whether a GeoJSON geometry stands in this relation to the one asked about.

    Raises
    ------
    ValueError  One of the three cannot be read.
    """
    asked = _geometry(geometry, coordinates)
    near = _NEAR.fullmatch(georel)
    if near is not None:
        return _near(asked, near[1], _metres(near[2]))
    if georel not in _RELATIONS:
        known = ", ".join(["near;maxDistance==METRES", *_RELATIONS])
        raise ValueError(f"georel={georel[:60]!r} is unknown; write one of {known}")
    return lambda own: bool(getattr(shape(own), georel)(asked))


def _metres(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise ValueError(f"georel: {text!r} is no distance in metres") from error


def _geometry(kind: str, coordinates: str) -> BaseGeometry:
    if kind not in _SHAPES:
        raise ValueError(f"geometry={kind[:60]!r} is unknown; write one of {', '.join(_SHAPES)}")
    if len(coordinates) > _LONGEST:
        raise ValueError(f"coordinates are longer than {_LONGEST} characters; simplify the shape")
    try:
        found = shape({"type": kind, "coordinates": json.loads(coordinates)})
        is_whole = bool(shapely.is_valid(found)) and not found.is_empty
    except (ValueError, TypeError, IndexError, RecursionError, ShapelyError) as error:
        raise ValueError(
            f"coordinates={coordinates[:60]!r} are no {kind}; write [longitude,latitude] as GeoJSON"
        ) from error
    if not is_whole:
        raise ValueError(f"coordinates={coordinates[:60]!r} make no valid {kind}")
    return found


def _near(asked: BaseGeometry, side: str, metres: float) -> Callable[[Geometry], bool]:
    """Distances on a plane that is true around the place asked about: cities are small."""
    latitude = asked.centroid.y
    flat = _flattened(asked, latitude)

    def holds(own: Geometry) -> bool:
        distance = float(shapely.distance(_flattened(shape(own), latitude), flat))
        return distance <= metres if side == "maxDistance" else distance >= metres

    return holds


def _flattened(geometry: BaseGeometry, latitude: float) -> BaseGeometry:
    scale = (_DEGREE_M * cos(radians(latitude)), _DEGREE_M)
    return shapely.transform(geometry, lambda points: points * scale)
