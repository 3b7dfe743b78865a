"""The query languages of NGSI-LD: what they mean, and what they refuse."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agro.publish.conditions import condition
from agro.publish.entities import attributes, points_to, says
from agro.publish.geometry import geo_condition

_AT = datetime(2026, 7, 1, tzinfo=UTC)
_BED = attributes(
    moisture=says(0.15, at=_AT, unit="C62"),
    name=says("Planche 1"),
    covered=says(False),
    crops=points_to(["urn:a", "urn:b"]),
    day=says({"temperature": -2.0}),
    planted=says("2026-05-14T00:00:00Z"),
)


@pytest.mark.parametrize(
    ("query", "met"),
    [
        ("moisture<0.2", True),
        ("moisture>=0.2", False),
        ("moisture==0.1..0.2", True),
        ("moisture!=0.1..0.2", False),
        ("moisture==1,0.15", True),
        ('name=="Planche 1"', True),
        ("name!=Planche", True),
        ("name~=Plan.*", True),
        ("name~=.*che.*", True),
        ("name!~=.*che.*", False),
        ("name~=che", False),
        ("covered==false", True),
        ("covered==0", False),
        ("moisture", True),
        ("salinity", False),
        ("salinity!=3", False),
        ("moisture;name", True),
        ("salinity|name", True),
        ("(salinity|moisture);covered==true", False),
        ("crops==urn:b", True),
        ("day[temperature]<0", True),
        ("day[humidity]<0", False),
        ("moisture.observedAt>2026-06-01T00:00:00Z", True),
        ("moisture.unitCode==C62", True),
        ("planted<2026-05-15", True),
        ("planted==2026-05-14T02:00:00+02:00", True),
        ("name<3", False),
    ],
)
def test_a_query_means(query: str, met: bool) -> None:
    assert condition(query)(_BED) is met


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("", "cannot be read"),
        ("moisture<", "cannot be read"),
        ("moisture<<2", "at character"),
        ("moisture=1", "attribute==value"),
        ("(moisture", "cannot be read"),
        ("moisture;", "cannot be read"),
        ("name~=(a+)+b", "cannot be read"),
        ('name~="(a+)+b"', "a pattern is one text"),
        ("moisture>1,2", "go with == or !="),
        ("moisture<1..2", "a range goes with"),
        ("moisture|" * 200 + "name", "1804 characters"),
        ("(" * 80 + "name" + ")" * 80, "more than 60 brackets"),
    ],
)
def test_what_cannot_be_read_is_told(query: str, told: str) -> None:
    with pytest.raises(ValueError, match=told.replace("(", r"\(")):
        condition(query)


@given(st.text(max_size=60))
def test_any_text_is_a_query_or_refused(text: str) -> None:
    try:
        met = condition(text)(_BED)
    except ValueError as error:
        assert str(error)
    else:
        assert met in (True, False)


_SQUARE = "[[[5.0,47.0],[5.1,47.0],[5.1,47.1],[5.0,47.1],[5.0,47.0]]]"


@pytest.mark.parametrize(
    ("georel", "geometry", "coordinates", "holds"),
    [
        ("within", "Polygon", _SQUARE, True),
        ("disjoint", "Polygon", _SQUARE, False),
        ("intersects", "Polygon", _SQUARE, True),
        ("equals", "Point", "[5.05,47.05]", True),
        ("near;maxDistance==10", "Point", "[5.05,47.05]", True),
        ("near;minDistance==10", "Point", "[5.05,47.05]", False),
        # A hundredth of a degree east at 47.05° N is 757.6 m, north 1112 m.
        ("near;maxDistance==750", "Point", "[5.06,47.05]", False),
        ("near;maxDistance==765", "Point", "[5.06,47.05]", True),
        ("near;maxDistance==1105", "Point", "[5.05,47.06]", False),
        ("near;maxDistance==1120", "Point", "[5.05,47.06]", True),
    ],
)
def test_a_place_stands_in_a_relation(
    georel: str, geometry: str, coordinates: str, holds: bool
) -> None:
    place = {"type": "Point", "coordinates": [5.05, 47.05]}
    assert geo_condition(georel, geometry, coordinates)(place) is holds


@pytest.mark.parametrize(
    ("georel", "geometry", "coordinates", "told"),
    [
        ("near", "Point", "[5,47]", "georel='near' is unknown"),
        ("near;maxDistance==1.2.3", "Point", "[5,47]", "no distance in metres"),
        ("within", "Blob", "[]", "geometry='Blob' is unknown"),
        ("within", "Polygon", "[[1,2]]", "are no Polygon"),
        ("within", "Point", "{}", "Point"),
        ("within", "Point", "[NaN,2]", "Point"),
        ("within", "Polygon", "[[[0,0],[1,1],[0,1],[1,0],[0,0]]]", "no valid Polygon"),
        ("within", "Point", "[" * 30000, "longer than"),
        ("__class__", "Point", "[5,47]", "unknown"),
    ],
)
def test_a_place_that_cannot_be_read_is_told(
    georel: str, geometry: str, coordinates: str, told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        geo_condition(georel, geometry, coordinates)
