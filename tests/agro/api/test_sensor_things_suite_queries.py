"""What the official suite of SensorThings asserts at its level 3, in words of our own.

Each test stands for the test of the suite that its docstring names, over the two things of the
suite's own preparation; what the databases compute, on both of them.

References
----------
[1] OGC, Executable test suite for SensorThings API Part 1, github.com/opengeospatial/ets-sta10:
    `filteringExtension`.
[2] OGC (2021), SensorThings API Part 1: Sensing, version 1.1. 18-088, 9.3.
"""

import operator
from collections.abc import Callable, Iterator
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import pytest

from agro.store import open_store
from tests.agro.api.conftest import PROPERTIES, RELATIONS, Api, serving, set_of, two_things
from tests.conftest import Postgres

_COUNTS = {
    "Things": 2,
    "Locations": 2,
    "HistoricalLocations": 4,
    "Datastreams": 4,
    "Sensors": 4,
    "ObservedProperties": 3,
    "Observations": 12,
    "FeaturesOfInterest": 2,
}
_RELATED = {
    ("Things", "Datastreams"): {2},
    ("Things", "Locations"): {1},
    ("Things", "HistoricalLocations"): {2},
    ("Locations", "Things"): {1},
    ("Locations", "HistoricalLocations"): {2},
    ("HistoricalLocations", "Locations"): {1},
    ("Datastreams", "Observations"): {3},
    ("Sensors", "Datastreams"): {1},
    ("ObservedProperties", "Datastreams"): {1, 2},
    ("FeaturesOfInterest", "Observations"): {6},
}
"""How many entities each set holds, and what one of its entities leads to."""


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The operator's client over the two things."""
    file: Path = tmp_path_factory.mktemp("queries") / "two.sqlite"
    yield from _served(f"sqlite:///{file.as_posix()}")


@pytest.fixture(scope="module")
def full_postgres(postgres: Postgres) -> Iterator[Api]:
    """The same over PostgreSQL."""
    with postgres.database() as url:
        yield from _served(url)


@pytest.fixture(params=["full", "full_postgres"])
def either(request: pytest.FixtureRequest) -> Api:
    """The same over either database, for what the databases compute."""
    found: Api = request.getfixturevalue(request.param)
    return found


def _served(url: str) -> Iterator[Api]:
    open_store(url).dispose()
    with serving(url) as found:
        two_things(found)
        yield found


def _places(api: Api) -> Iterator[tuple[str, str]]:
    """Every set, and what the first entity of each leads to: the path, the kind at its end."""
    for name, relations in RELATIONS.items():
        yield name, name
        first = api.ids(name)[0]
        yield from ((f"{name}({first})/{one}", one) for one in relations)


def _sets(api: Api) -> Iterator[tuple[str, str, set[int]]]:
    """Every path to a set: what it holds, and how many of them there may be."""
    for path, name in _places(api):
        if name in RELATIONS:
            expected = {_COUNTS[name]} if "(" not in path else _RELATED[path.split("(")[0], name]
            yield path, name, expected


def _entities(found: Any) -> list[Any]:
    return list(found["value"]) if "value" in found else [found]


def test_what_is_selected_is_told_and_nothing_else(full: Api) -> None:
    """readEntitiesWithSelectQO: one property, then more and more of them."""
    for path, relation in _places(full):
        properties = PROPERTIES[set_of(relation)]
        alone = [(one,) for one in properties]
        for chosen in {*alone, *accumulate(alone, operator.add)}:
            for entity in _entities(full.get(path, select=",".join(chosen))):
                assert set(entity) == set(chosen)


def test_what_is_expanded_is_whole_at_two_levels(full: Api) -> None:
    """readEntitiesWithExpandQO: each relation, all of them, and theirs."""

    def holds(entity: Any, relation: str) -> Any:
        assert f"{relation}@iot.navigationLink" not in entity
        inner = entity[relation]
        assert isinstance(inner, list) is (relation in RELATIONS)
        some = inner if isinstance(inner, list) else [inner]
        assert some
        assert all(set(PROPERTIES[set_of(relation)]) <= set(one) for one in some)
        return some[0]

    for path, relation in _places(full):
        own = RELATIONS[set_of(relation)]
        second = [(one, two) for one in own for two in RELATIONS[set_of(one)]]
        for items in ([(one,) for one in own], second):
            for asked in (*([one] for one in items), items):
                found = full.get(path, expand=",".join("/".join(one) for one in asked))
                for entity in _entities(found)[:2]:
                    for names in asked:
                        inner = entity
                        for name in names:
                            inner = holds(inner, name)


def test_top_and_skip_give_their_part_and_a_link_only_to_more(full: Api) -> None:
    """readEntitiesWithTopQO, readEntitiesWithSkipQO."""
    for path, _, expected in _sets(full):
        whole = full.ids(path)
        assert len(whole) in expected
        for number in (1, 2, 3, 4, 5, 12, 13):
            page = full.get(path, top=number)
            assert [one["@iot.id"] for one in page["value"]] == whole[:number]
            assert ("@iot.nextLink" in page) is (len(whole) > number)
            rest = full.get(path, skip=number)
            assert [one["@iot.id"] for one in rest["value"]] == whole[number:]
            assert "@iot.nextLink" not in rest


def test_all_are_counted_where_it_is_asked(full: Api) -> None:
    """readEntitiesWithCountQO."""
    for path, _, expected in _sets(full):
        assert full.get(path, count="true", top=1)["@iot.count"] in expected
        assert "@iot.count" not in full.get(path, count="false")


def test_the_order_is_that_of_each_property_in_turn(either: Api) -> None:
    """readEntitiesWithOrderbyQO: one property, then more and more, up and down."""

    def key(entity: Any, names: tuple[str, ...]) -> list[Any]:
        values = [entity[name] for name in names]
        return [str(one) if isinstance(one, dict) else one for one in values]

    for path, name, _ in _sets(either):
        alone = [(one,) for one in PROPERTIES[name] if one != "unitOfMeasurement"]
        for names in {*alone, *accumulate(alone, operator.add)}:
            for word, in_order in (
                ("", operator.le),
                (" asc", operator.le),
                (" desc", operator.ge),
            ):
                found = either.get(path, orderby=",".join(f"{one}{word}" for one in names))
                keys = [key(entity, names) for entity in found["value"]]
                assert all(in_order(*pair) for pair in pairwise(keys)), (path, names)


_SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    name: getattr(operator, name) for name in ("lt", "le", "eq", "ge", "gt")
}
_TEXTS = {"Locations": 1, "Things": 0, "ObservedProperties": 1}


def test_every_comparison_finds_what_it_says(either: Api) -> None:
    """readEntitiesWithFilterQO: five signs on every property that can be compared."""
    for path, name, _ in _sets(either):
        everything = either.get(path)["value"]
        sample = either.get(name)["value"][_TEXTS.get(name, 0)]
        for one in PROPERTIES[name]:
            value = sample[one]
            if isinstance(value, dict):
                continue
            quoted = "ime" not in one and isinstance(value, str)
            for sign, stands in _SIGNS.items():
                asked = f"{one} {sign} " + (f"'{value}'" if quoted else str(value))
                expected = [x["@iot.id"] for x in everything if stands(x[one], value)]
                assert either.ids(path, filter=asked) == expected, (path, asked)


def test_a_number_in_quotes_is_compared_as_text(either: Api) -> None:
    """readEntitiesWithFilterQO asks for results beside `'2'`, as letters."""
    for sign, stands in _SIGNS.items():
        found = either.get("Observations", filter=f"result {sign} '2'")["value"]
        numbers = [one["result"] for one in found]
        assert numbers == [one for one in range(1, 13) if stands(str(one), "2")]


def test_options_are_taken_in_the_standard_s_order(either: Api) -> None:
    """checkQueriesPriorityOrdering: filter, count, order, skip, top. `'3'` compares as text."""
    options = {"count": "true", "top": 1, "skip": 2, "orderby": "phenomenonTime asc"}
    found = either.get("Observations", **options, filter="result gt '3'")
    assert (found["@iot.count"], [one["result"] for one in found["value"]]) == (6, [6])
    found = either.get("Observations", **options, filter="result gt 3")
    assert (found["@iot.count"], [one["result"] for one in found["value"]]) == (9, [6])


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("result eq 2 and result eq 1 or result eq 1", [1]),
        ("(result eq 2 and result eq 1) or result eq 1", [1]),
        ("result eq 2 and (result eq 1 or result eq 1)", []),
        ("not result lt 1 and not result gt 1", [1]),
        ("1 add result mul 2 sub -1 eq 4", [1]),
        ("6 div 2 sub result eq 2", [1]),
        ("1 add 2.0 mod (result add 1) eq 1", [1]),
        ("14 div (result add 1) mod 3 mul 3 eq 3", [1]),
    ],
)
def test_operators_bind_as_the_standard_says(either: Api, asked: str, expected: list[int]) -> None:
    """checkAndOrPrecendece and checkArithmeticPrecendece, of the suite's later children."""
    found = either.get("Observations", filter=asked)["value"]
    assert [one["result"] for one in found] == expected
