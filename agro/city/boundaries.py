"""The outlines of communes from a GeoJSON file, such as geo.api.gouv.fr and the IGN give.

References
----------
[1] Butler et al. 2016, The GeoJSON Format. RFC 7946.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

import shapely
from shapely.errors import ShapelyError
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

from agro.records import Commune
from agro.store.city.places import Boundary, distance_km, folded

LARGEST = 64 * 1024 * 1024  # bytes of a file
_CODES = ("code", "insee", "insee_com", "code_insee", "com_code", "codgeo", "natcode", "id")
_NAMES = ("nom", "name", "nom_com", "nom_officiel", "namefin", "libelle")
_OUTLINES = frozenset(("Polygon", "MultiPolygon"))
_FAR_KM = 40.0  # from its centre: no outline of that commune


@dataclass(frozen=True, slots=True)
class Outlines:
    """The outlines that can be used, and a line for each feature that cannot."""

    found: tuple[Boundary, ...]
    faults: tuple[str, ...]


def read_boundaries(name: str, body: bytes, communes: Sequence[Commune]) -> Outlines:
    """The outlines of the communes in a file; features of other communes are passed over."""
    if len(body) > LARGEST:
        return Outlines((), (f"{name}: larger than {LARGEST} bytes; simplify the outlines",))
    try:
        told = json.loads(body)
    except (ValueError, RecursionError) as error:
        return Outlines((), (f"{name}: is not JSON ({error}); export it as GeoJSON",))
    features = told.get("features") if isinstance(told, dict) else None
    if not isinstance(features, list):
        return Outlines((), (f"{name}: has no list `features`; export a FeatureCollection",))
    found: dict[str, Boundary] = {}
    faults: list[str] = []
    for number, feature in enumerate(features, start=1):
        one = _outline(f"{name}, feature {number}", feature, communes, name)
        if isinstance(one, str):
            faults.append(one)
        elif one is not None and one.commune in found:
            faults.append(f"{name}, feature {number}: {one.commune} stands twice; keep one")
        elif one is not None:
            found[one.commune] = one
    if not found and not faults:
        faults.append(f"{name}: no feature is of a commune of this city; see agro city communes")
    return Outlines(tuple(found.values()), tuple(faults))


def _outline(
    place: str, feature: Any, communes: Sequence[Commune], source: str
) -> Boundary | str | None:
    """The outline of a feature, the line that tells its fault, or None where it is of others."""
    if not isinstance(feature, dict) or not isinstance(feature.get("properties"), dict):
        return f"{place}: is no feature with properties; export it again"
    properties = {str(key).lower(): value for key, value in feature["properties"].items()}
    commune = _commune(properties, communes)
    if commune is None:
        return None
    geometry = feature.get("geometry")
    if not isinstance(geometry, dict) or geometry.get("type") not in _OUTLINES:
        return f"{place}, {commune.name}: needs a Polygon or MultiPolygon; export outlines"
    try:
        outline = shape(geometry)
        outline = outline if outline.is_valid else _areas(shapely.make_valid(outline))
    except (ShapelyError, ValueError, TypeError, IndexError, KeyError) as error:
        return f"{place}, {commune.name}: coordinates cannot be read ({error}); export it again"
    fault = _fault(outline, commune)
    if fault:
        return f"{place}, {commune.name}: {fault}"
    return Boundary(commune.code, json.loads(json.dumps(mapping(outline))), source)


def _commune(properties: Mapping[str, Any], communes: Sequence[Commune]) -> Commune | None:
    """By its code, else by its name."""
    codes = {str(properties[name]).strip() for name in _CODES if properties.get(name) is not None}
    names = {folded(str(properties[name])) for name in _NAMES if properties.get(name)}
    by_code = (one for one in communes if one.code in codes)
    by_name = (one for one in communes if folded(one.name) in names)
    return next(by_code, None) or next(by_name, None)


def _areas(geometry: BaseGeometry) -> BaseGeometry:
    """What of a mended geometry is an area."""
    parts = [part for part in shapely.get_parts(geometry) if part.geom_type in _OUTLINES]
    return shapely.union_all(parts)


def _fault(outline: BaseGeometry, commune: Commune) -> str:
    bounds = outline.bounds
    if outline.is_empty or not all(map(isfinite, bounds)):
        return "encloses nothing; export it again"
    west, south, east, north = bounds
    if max(abs(west), abs(east)) > 180.0 or max(abs(south), abs(north)) > 90.0:
        return "coordinates are not in degrees; export it in WGS 84 (EPSG:4326)"
    centre = outline.centroid
    apart = distance_km(centre.y, centre.x, commune.latitude, commune.longitude)
    if apart > _FAR_KM:
        told = f"lies {apart:.0f} km from the commune"
        return f"{told}; coordinates are longitude first, in WGS 84 (EPSG:4326)"
    return ""
