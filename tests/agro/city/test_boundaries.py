"""Outlines of communes are read from the official files' shapes, and faults are told in lines."""

import json
from pathlib import Path
from typing import Any

import pytest

from agro.city.boundaries import Outlines, read_boundaries
from agro.records import Commune
from agro.store.city.places import Places

DIJON = Commune("21231", "Dijon", 159941, 41.66, 47.32286, 5.03748)
CHENOVE = Commune("21166", "Chenôve", 14299, 7.43, 47.2926, 5.00492)
TOWNS = (DIJON, CHENOVE)


def _square(commune: Commune, half: float = 0.01) -> dict[str, Any]:
    north, east = commune.latitude, commune.longitude
    ring = [(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)]
    corners = [[east + half * x, north + half * y] for x, y in ring]
    return {"type": "Polygon", "coordinates": [corners]}


def _read(*features: Any) -> Outlines:
    body = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    return read_boundaries("communes.geojson", body, TOWNS)


def _feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


@pytest.mark.parametrize(
    "properties",
    [
        pytest.param({"nom": "Dijon", "code": "21231", "codesPostaux": ["21000"]}, id="geo.api"),
        pytest.param({"INSEE_COM": "21231", "NOM": "Dijon"}, id="IGN"),
        pytest.param({"insee": "21231"}, id="code alone"),
        pytest.param({"nom": "DIJON"}, id="name alone"),
    ],
)
def test_the_usual_properties_name_a_commune(properties: dict[str, Any]) -> None:
    found = _read(_feature(_square(DIJON), **properties), _feature(_square(CHENOVE), code="99999"))
    assert found.faults == ()
    (one,) = found.found
    assert (one.commune, one.source) == ("21231", "communes.geojson")
    assert Places(TOWNS, found.found).within(47.32, 5.04) == "21231"


def test_several_parts_and_crossed_lines_are_areas() -> None:
    parts = {
        "type": "MultiPolygon",
        "coordinates": [
            _square(DIJON, 0.01)["coordinates"],
            _square(CHENOVE, 0.002)["coordinates"],
        ],
    }
    bow = _square(CHENOVE)
    ring = bow["coordinates"][0]
    ring[1], ring[2] = ring[2], ring[1]  # its lines cross
    found = _read(_feature(parts, code="21231"), _feature(bow, code="21166"))
    assert found.faults == ()
    assert {one.geometry["type"] for one in found.found} == {"MultiPolygon"}


@pytest.mark.parametrize(
    ("feature", "told"),
    [
        (3, "is no feature"),
        ({"properties": None}, "is no feature"),
        (_feature(None, code="21231"), "needs a Polygon"),
        (_feature({"type": "Point", "coordinates": [5, 47]}, code="21231"), "needs a Polygon"),
        (_feature({"type": "Polygon", "coordinates": "x"}, code="21231"), "cannot be read"),
        (_feature({"type": "Polygon", "coordinates": []}, code="21231"), "encloses nothing"),
        (_feature(_square(CHENOVE, 500.0), code="21231"), "not in degrees"),
        (_feature(_square(Commune("", "", 0, 1.0, 5.0, 47.3)), code="21231"), "longitude first"),
    ],
)
def test_a_fault_is_one_line_and_the_others_are_kept(feature: Any, told: str) -> None:
    found = _read(feature, _feature(_square(CHENOVE), code="21166"))
    assert [one.commune for one in found.found] == ["21166"]
    (line,) = found.faults
    assert line.startswith("communes.geojson, feature 1")
    assert told in line


def test_one_that_stands_twice_is_told() -> None:
    feature = _feature(_square(DIJON), code="21231")
    found = _read(feature, feature)
    assert len(found.found) == 1
    assert "stands twice" in found.faults[0]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"features": 3}', b"[" * 100_000])
def test_what_is_no_geojson_is_told(body: bytes) -> None:
    found = read_boundaries("x.json", body, TOWNS)
    assert found.found == ()
    assert len(found.faults) == 1


def test_a_file_of_other_communes_is_told() -> None:
    found = _read(_feature(_square(DIJON), code="99999"))
    assert "no feature is of a commune of this city" in found.faults[0]


def test_the_official_outlines_hold_the_centres(data: Path, dijon_communes: list[Commune]) -> None:
    file = data / "city" / "communes.geojson"
    if not file.exists():
        pytest.skip("the outlines are not beside the project")
    found = read_boundaries(file.name, file.read_bytes(), dijon_communes)
    assert found.faults == ()
    assert len(found.found) == 23
    there = Places(dijon_communes, found.found)
    assert all(there.within(one.latitude, one.longitude) == one.code for one in dijon_communes)


@pytest.fixture
def dijon_communes() -> list[Commune]:
    """The communes of the first pack."""
    from agro.packs import read_pack

    return list(read_pack("dijon").communes)
