"""Plots and communes as GeoJSON.

References
----------
[1] Butler et al. (2016), The GeoJSON Format. RFC 7946: longitude first, outer rings against the
    clock (3.1.6).
"""

from collections.abc import Mapping
from math import isfinite
from typing import Any

from shapely.errors import ShapelyError
from shapely.geometry import MultiPolygon, Polygon, mapping, shape
from shapely.geometry.polygon import orient
from sqlalchemy import Connection, select

from agro.publish.farms import device_urn
from agro.publish.place import Register
from agro.publish.urn import farm, parcel
from agro.records import Commune, Plot
from agro.store import schema
from models.water import tables


def plots(here: Register, *, site: str = "") -> dict[str, Any]:
    """Every plot of every garden, or of one; where it lies, how large it is, what grows there.

    Raises
    ------
    ValueError  There is no such garden.
    """
    if site and site not in here.sites:
        known = ", ".join(one.slug for one in here.gardens)
        raise ValueError(f"site={site[:60]!r} is unknown; write one of {known}")
    told = (one for one in here.plots.values() if site in ("", one.site))
    return _collection([_plot(here, plot) for plot in told])


def _plot(here: Register, plot: Plot) -> dict[str, Any]:
    site, city = here.sites[plot.site], here.city.slug
    growing = here.growing(plot.site, plot.slug)
    soil = here.soils.get((plot.site, plot.soil))
    system = here.systems.get((plot.site, plot.irrigation))
    name = parcel(city, plot.site, plot.slug)
    return {
        "type": "Feature",
        "id": name,
        "geometry": _point(plot.latitude, plot.longitude),
        "properties": {
            "urn": name,
            "name": plot.name,
            "kind": plot.kind,
            "area_m2": _number(plot.area),
            "site": plot.site,
            "site_name": site.name,
            "farm": farm(city, plot.site),
            "commune": site.commune or None,
            "soil_texture": soil.texture if soil and soil.texture else None,
            "irrigation": system.method if system else None,
            "crops": [_crop(one.crop) for one in growing],
            "devices": [
                device_urn(city, one) for one in here.of_plot.get((plot.site, plot.slug), ())
            ],
            "position_note": site.position_note or None,
        },
    }


def _crop(key: str) -> dict[str, str]:
    crop = tables.CROPS.get(key)
    names = {"fr": crop.name_fr, "en": crop.name_en} if crop else {}
    return {"key": key, **names}


def communes(c: Connection, here: Register) -> dict[str, Any]:
    """Every commune by its outline, or by its centre where none was imported."""
    outlines = _outlines(c)
    gardens: dict[str, int] = {}
    for site in here.gardens:
        gardens[site.commune] = gardens.get(site.commune, 0) + 1
    told = [
        _commune(one, outlines.get(one.code), gardens.get(one.code, 0))
        for one in here.communes.values()
    ]
    return _collection(told)


def _commune(one: Commune, outline: Mapping[str, Any] | None, gardens: int) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": one.code,
        "geometry": outline or _point(one.latitude, one.longitude),
        "properties": {
            "code": one.code,
            "name": one.name,
            "population": one.population,
            "area_km2": _number(one.area_km2),
            "gardens": gardens,
            "geometry": "outline" if outline else "centre",
        },
    }


def has_outlines(c: Connection) -> bool:
    """Whether outlines of communes were imported."""
    return c.execute(select(schema.commune_boundary.c.commune_id).limit(1)).first() is not None


def _outlines(c: Connection) -> dict[str, dict[str, Any]]:
    """Commune → its outline, wound as the format asks."""
    boundary, commune = schema.commune_boundary, schema.commune
    query = select(commune.c.code, boundary.c.geometry).join_from(boundary, commune)
    wound = {code: _wound(geometry) for code, geometry in c.execute(query)}
    return {code: geometry for code, geometry in wound.items() if geometry is not None}


def _wound(geometry: Mapping[str, Any]) -> dict[str, Any] | None:
    """Outer rings against the clock, holes with it; None for what is no outline."""
    try:
        found = shape(dict(geometry))
    except (ValueError, TypeError, KeyError, AttributeError, ShapelyError):
        return None
    if isinstance(found, Polygon):
        return dict(mapping(orient(found)))
    if isinstance(found, MultiPolygon):
        return dict(mapping(MultiPolygon([orient(one) for one in found.geoms])))
    return None


def _collection(features: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": features}


def _point(latitude: float, longitude: float) -> dict[str, Any] | None:
    if not (isfinite(latitude) and isfinite(longitude)):
        return None
    return {"type": "Point", "coordinates": [longitude, latitude]}


def _number(value: float) -> float | None:
    return value if isfinite(value) else None
