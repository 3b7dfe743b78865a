"""`$filter` against an evaluator in Python over the same entities, for expressions of any shape."""

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import shape
from sqlalchemy import Engine

from agro.api.sensor_things import service, sql
from agro.api.sensor_things.entities import TYPES
from agro.api.sensor_things.write import Writer
from agro.store import writing
from tests.agro.api.conftest import PLACE, measure, stream, thing

Entity = dict[str, Any]
Evaluate = Callable[[Entity], Any]


@dataclass(frozen=True, slots=True)
class Term:
    """An expression as the client writes it, and what it is of an entity."""

    text: str
    of: Evaluate


OTHER = object()
"""A value of another kind: it equals nothing, and functions make null of it."""


def _number(value: Any) -> Any:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else None if value is None else OTHER


def _text(value: Any) -> Any:
    return value if value is None or isinstance(value, str) else OTHER


def _lifted(function: Callable[..., Any], *terms: Term) -> Evaluate:
    """The function of what the terms are; None where one of them is nothing."""

    def of(entity: Entity) -> Any:
        values = [term.of(entity) for term in terms]
        is_none = any(value is None or value is OTHER for value in values)
        return None if is_none else function(*values)

    return of


def _time(entity: Entity) -> datetime:
    return datetime.fromisoformat(entity["phenomenonTime"])


def _round(number: float) -> float:
    return math.copysign(math.floor(abs(number) + 0.5), number)


_ONE: dict[str, Callable[[float], float]] = {
    "round": _round,
    "floor": math.floor,
    "ceiling": math.ceil,
}
_TWO: dict[str, Callable[[float, float], float | None]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b if b else None,
}
_PARTS = ("year", "month", "day", "hour", "minute", "second")


def _both(function: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda a, b: not {None, OTHER}.intersection((a, b)) and function(a, b)


_SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "gt": _both(operator.gt),
    "ge": _both(operator.ge),
    "lt": _both(operator.lt),
    "le": _both(operator.le),
    "eq": operator.eq,  # two nulls are equal
    "ne": operator.ne,
}

_RESULT = Term("result", lambda entity: _number(entity["result"]))
_LOOSE = {"result", "Datastream/Thing/properties/owner"}
_constants = st.integers(0, 40).map(lambda n: Term(f"{n / 4:g}", lambda _e: n / 4))
_dates = st.sampled_from(_PARTS).map(
    lambda part: Term(f"{part}(phenomenonTime)", lambda e: float(getattr(_time(e), part)))
)
_words = st.sampled_from(["a", "É", "é", "it''s", "", "Été 2026", "T", "one", "%", "_", "\\"])
_literals = _words.map(lambda word: Term(f"'{word}'", lambda _e: word.replace("''", "'")))
_names = st.sampled_from(
    [
        Term("result", lambda e: _text(e["result"])),
        Term("Datastream/name", lambda e: str(e["Datastream"]["name"])),
        Term("Datastream/Thing/name", lambda e: str(e["Datastream"]["Thing"]["name"])),
        Term("Datastream/Thing/properties/owner", lambda e: _owner(e)),
        Term("date(phenomenonTime)", lambda e: str(e["phenomenonTime"][:10])),
        Term("time(phenomenonTime)", lambda e: str(e["phenomenonTime"][11:23])),
    ]
)


def _owner(entity: Entity) -> Any:
    properties = entity["Datastream"]["Thing"]["properties"]
    return _text(properties.get("owner")) if properties else None


def _folded(text: Term) -> st.SearchStrategy[Term]:
    functions: dict[str, Callable[[str], str]] = {
        "tolower": str.lower,
        "toupper": str.upper,
        "trim": lambda word: word.strip(" "),
    }
    return st.sampled_from(sorted(functions)).map(
        lambda name: Term(f"{name}({text.text})", _lifted(functions[name], text))
    )


_texts = st.deferred(
    lambda: (
        _names
        | _literals
        | _names.flatmap(_folded)
        | st.tuples(_names, st.integers(0, 4), st.integers(0, 5)).map(
            lambda p: Term(
                f"substring({p[0].text},{p[1]},{p[2]})",
                _lifted(lambda word: word[p[1] : p[1] + p[2]], p[0]),
            )
        )
        | st.tuples(_names, _literals).map(
            lambda p: Term(f"concat({p[0].text},{p[1].text})", _lifted(lambda a, b: a + b, *p))
        )
    )
)
_numbers: st.SearchStrategy[Term] = st.recursive(
    st.just(_RESULT)
    | _constants
    | _dates
    | _names.map(lambda t: Term(f"length({t.text})", _lifted(lambda w: float(len(w)), t)))
    | st.tuples(_names, _literals).map(
        lambda p: Term(
            f"indexof({p[0].text},{p[1].text})", _lifted(lambda a, b: float(a.find(b)), *p)
        )
    ),
    lambda inner: (
        st.tuples(st.sampled_from(sorted(_TWO)), inner, inner).map(
            lambda p: Term(f"({p[1].text} {p[0]} {p[2].text})", _lifted(_TWO[p[0]], p[1], p[2]))
        )
        | st.tuples(st.sampled_from(sorted(_ONE)), inner).map(
            lambda p: Term(f"{p[0]}({p[1].text})", _lifted(_ONE[p[0]], p[1]))
        )
    ),
    max_leaves=4,
)


def _compared(terms: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
    # What may be of any kind is not compared with another such.
    pairs = st.tuples(st.sampled_from(sorted(_SIGNS)), terms, terms)
    return pairs.filter(lambda p: not {p[1].text, p[2].text} <= _LOOSE).map(
        lambda p: Term(
            f"{p[1].text} {p[0]} {p[2].text}",
            lambda e: _SIGNS[p[0]](p[1].of(e), p[2].of(e)),
        )
    )


_FINDS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda a, b: b in a,
    "startswith": str.startswith,
    "endswith": str.endswith,
}
_found = st.tuples(st.sampled_from(sorted(_FINDS)), _texts, _literals).map(
    lambda p: Term(f"{p[0]}({p[1].text},{p[2].text})", _lifted(_FINDS[p[0]], p[1], p[2]))
) | st.tuples(_literals, _texts).map(
    lambda p: Term(f"substringof({p[0].text},{p[1].text})", _lifted(lambda a, b: a in b, *p))
)


def _after(moment: datetime) -> Term:
    return Term(f"phenomenonTime ge {moment:%Y-%m-%dT%H:%M:%S.%f}Z", lambda e: _time(e) >= moment)


def _before(moment: datetime) -> Term:
    return Term(f"phenomenonTime lt {moment:%Y-%m-%dT%H:%M:%S.%f}Z", lambda e: _time(e) < moment)


_moments = st.integers(0, 3 * 86_400_000).map(
    lambda ms: datetime(2026, 5, 31, tzinfo=UTC) + timedelta(milliseconds=ms)
)
_nothing = st.sampled_from(
    [
        Term("result eq null", lambda e: e["result"] is None),
        Term("resultTime ne null", lambda e: e["resultTime"] is not None),
        Term("result eq true", lambda e: e["result"] is True),
        Term("result/depth ge 2", lambda e: _SIGNS["ge"](_within(e), 2)),
        Term("Datastream/Thing/properties/owner eq null", lambda e: _owner(e) is None),
    ]
)


def _within(entity: Entity) -> Any:
    result = entity["result"]
    return _number(result.get("depth")) if isinstance(result, dict) else None


_atoms = (
    _compared(_numbers)
    | _compared(_texts)
    | _found
    | _moments.map(_after)
    | _moments.map(_before)
    | _nothing
)
_conditions: st.SearchStrategy[Term] = st.recursive(
    _atoms,
    lambda inner: (
        st.tuples(inner, inner).map(
            lambda p: Term(
                f"({p[0].text} and {p[1].text})", lambda e: bool(p[0].of(e)) and bool(p[1].of(e))
            )
        )
        | st.tuples(inner, inner).map(
            lambda p: Term(
                f"({p[0].text} or {p[1].text})", lambda e: bool(p[0].of(e)) or bool(p[1].of(e))
            )
        )
        | inner.map(lambda term: Term(f"not ({term.text})", lambda e: not term.of(e)))
    ),
    max_leaves=5,
)

_RESULTS = [
    *(number / 4 for number in range(0, 40, 3)),
    7,
    "one",
    "Été 2026",
    "it's",
    "",
    True,
    False,
    None,
    {"depth": 3, "note": "deep"},
    [1, 2],
]


class Rows:
    """The observations of a store of both worlds, with what they belong to."""

    def __init__(self, engine: Engine) -> None:
        measure(engine, "one", hours=9)
        with writing(engine) as c:
            writer = Writer(c)
            for name, owner in (("T one", {"owner": "Été 2026"}), ("É", {"owner": 3}), ("b", None)):
                body = thing(name, properties=owner) if owner else thing(name)
                body["Datastreams"] = [
                    stream(f"{name} a", Observations=[_observation(at) for at in range(24)])
                ]
                writer.create(TYPES["Thing"], body, {})
        self._engine = engine
        self._c = engine.connect()
        sql.prepare(self._c)
        query = [("$expand", "Datastream/Thing"), ("$top", "1000")]
        self.all: list[Entity] = service.get(self._c, "", "Observations", query).body["value"]
        assert len(self.all) == 18 + 3 * 24

    def found(self, text: str) -> list[int]:
        """The ids that the filter finds."""
        query = [("$filter", text), ("$top", "1000")]
        page = service.get(self._c, "", "Observations", query).body
        return sorted(one["@iot.id"] for one in page["value"])

    def close(self) -> None:
        self._c.close()


def _observation(at: int) -> Entity:
    body: Entity = {
        "phenomenonTime": f"2026-06-0{1 + at % 2}T{at:02d}:{at * 2:02d}:{at:02d}.{at * 40:03d}Z",
        "result": _RESULTS[at % len(_RESULTS)],
    }
    return body | ({"resultTime": "2026-06-02T00:00:00Z"} if at % 3 else {})


@pytest.fixture
def rows(store: Engine) -> Any:
    """Observations to be filtered."""
    found = Rows(store)
    yield found
    found.close()


def test_any_filter_finds_what_an_evaluator_finds(rows: Rows) -> None:
    @settings(
        max_examples=80, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    @given(_conditions)
    def check(term: Term) -> None:
        expected = sorted(one["@iot.id"] for one in rows.all if term.of(one))
        assert rows.found(term.text) == expected, term.text

    check()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7 mod 3 eq 1 and -7 mod 3 eq -1", True),
        ("2 add 3 mul 4 eq 14", True),
        ("(2 add 3) mul 4 eq 20", True),
        ("7 div 2 eq 3.5", True),
        ("1 div 0 eq 1", False),
        ("round(-2.5) eq -3 and round(2.5) eq 3", True),
        ("substring('abcdef',2) eq 'cdef'", True),
        ("substring('abcdef',1,3) eq 'bcd'", True),
        ("trim('  x ') eq 'x'", True),
        ("year(2026-02-03T04:05:06.789Z) eq 2026", True),
        ("fractionalseconds(2026-02-03T04:05:06.789Z) eq 0.789", True),
        ("date(2026-02-03T04:05:06Z) eq 2026-02-03", True),
        ("time(2026-02-03T04:05:06Z) eq 04:05:06", True),
        ("date(2026-02-03T00:30:00+02:00) eq 2026-02-02", True),
        ("totaloffsetminutes(2026-02-03T00:30:00+02:00) eq 0", True),
        ("2026-02-03T04:00:00Z add duration'PT1H30M' eq 2026-02-03T05:30:00Z", True),
        ("now() gt 2020-01-01T00:00:00Z and mindatetime() lt maxdatetime()", True),
        ("before(2026-01-01T00:00:00Z,2026-01-02T00:00:00Z)", True),
        ("during(2026-01-05T00:00:00Z,2026-01-01T00:00:00Z/2026-02-01T00:00:00Z)", True),
        (
            "overlaps(2026-01-01T00:00:00Z/2026-01-03T00:00:00Z,"
            "2026-01-02T00:00:00Z/2026-01-04T00:00:00Z)",
            True,
        ),
        ("2026-01-01T00:00:00Z/2026-01-03T00:00:00Z lt 2026-01-04T00:00:00Z", True),
        ("2026-01-01T00:00:00Z/2026-01-03T00:00:00Z lt 2026-01-02T00:00:00Z", False),
        ("(1 eq 1) eq true and (1 eq 2) ne true", True),
        ("null eq null and not (1 eq null)", True),
        ("not 1 gt 2 and not not true", True),
        ("'a' lt 'b' and 'Z' lt 'a'", True),
        ("tolower('ÉTÉ') eq 'été'", True),
    ],
)
def test_the_standard_s_functions_and_operators(rows: Rows, text: str, expected: bool) -> None:
    assert bool(rows.found(text)) is expected


PLACES = [
    {"type": "Point", "coordinates": [8, 51]},
    {"type": "Point", "coordinates": [8, 54]},
    {"type": "Polygon", "coordinates": [[[8, 53], [7, 52], [7, 53], [8, 53]]]},
    {"type": "LineString", "coordinates": [[5, 52], [5, 53]]},
    {"type": "LineString", "coordinates": [[4, 52], [8, 52]]},
    {"type": "Feature", "geometry": {"type": "Point", "coordinates": [1, 1]}, "properties": {}},
]
_SHAPES = [shape(one["geometry"] if one["type"] == "Feature" else one) for one in PLACES]
_WKT = [
    "POINT(8 54)",
    "LINESTRING(7.5 51,7.5 54)",
    "POLYGON((4 50,9 50,9 53.5,4 53.5,4 50))",
    "LINESTRING(5 52,5 52.5)",
]
_RELATIONS = {
    "st_equals": shapely.equals,
    "st_disjoint": shapely.disjoint,
    "st_touches": shapely.touches,
    "st_within": shapely.within,
    "st_overlaps": shapely.overlaps,
    "st_crosses": shapely.crosses,
    "st_intersects": shapely.intersects,
    "st_contains": shapely.contains,
    "geo.intersects": shapely.intersects,
}


def test_geospatial_functions_are_shapely_s(store: Engine) -> None:
    with writing(store) as c:
        writer = Writer(c)
        ids = [
            writer.create(TYPES["Location"], PLACE | {"location": place}, {}) for place in PLACES
        ]

    def found(text: str) -> list[int]:
        query = [("$filter", f"id ge {ids[0]} and ({text})")]
        with store.connect() as c:
            sql.prepare(c)
            page = service.get(c, "", "Locations", query).body
        return [one["@iot.id"] for one in page["value"]]

    for wkt in _WKT:
        other = shapely.from_wkt(wkt)
        for name, relate in _RELATIONS.items():
            here = [id_ for id_, own in zip(ids, _SHAPES, strict=True) if relate(own, other)]
            assert found(f"{name}(location, geography'{wkt}')") == here, (name, wkt)
            turned = [id_ for id_, own in zip(ids, _SHAPES, strict=True) if relate(other, own)]
            assert found(f"{name}(geography'{wkt}', location)") == turned, (name, wkt)
        near = [i for i, own in zip(ids, _SHAPES, strict=True) if own.distance(other) < 1.5]
        assert found(f"geo.distance(location, geography'SRID=4326;{wkt}') lt 1.5") == near
    assert found("geo.length(location) ge 1") == [ids[3], ids[4]]
    assert found("st_relate(location, geography'POINT(8 54)', 'T*F**F***')") == [ids[1]]
    crossed = {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}
    with writing(store) as c:
        Writer(c).create(TYPES["Location"], PLACE | {"location": crossed}, {})
    assert ids[1] in found("st_within(location, geography'POLYGON((7 53,9 53,9 55,7 55,7 53))')")
