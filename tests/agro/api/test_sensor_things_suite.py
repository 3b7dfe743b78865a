"""What the official suite of SensorThings asserts at its levels 1 and 2, in words of our own.

Each test here stands for the test of the suite that its docstring names, against a real server
over HTTP whose store is empty, as the suite asks. Level 3 is in
`test_sensor_things_suite_queries.py`.

References
----------
[1] OGC, Executable test suite for SensorThings API Part 1, github.com/opengeospatial/ets-sta10:
    `sensingCore`, `createUpdateDelete`.
[2] OGC (2021), SensorThings API Part 1: Sensing, version 1.1. 18-088, annex A.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agro.store import open_store
from tests.agro.api.conftest import (
    PLACE,
    PROPERTIES,
    PROPERTY,
    RELATIONS,
    SENSOR,
    UNIT,
    Api,
    serving,
    set_of,
    stream,
    thing,
    two_things,
)

_NOWHERE = 2**63 - 1
_STRUCTURED = {"location", "feature", "unitOfMeasurement"}
_FEATURE = {
    "name": "A station",
    "description": "A weather station",
    "encodingType": "application/vnd.geo+json",
    "feature": {"type": "Point", "coordinates": [-114.05, 51.05]},
}
_OBSERVED = {"phenomenonTime": "2015-03-01T00:40:00.000Z", "result": 8}


def _served(folder: Path) -> Iterator[Api]:
    """The operator's client over a store in which no city is loaded."""
    url = f"sqlite:///{(folder / 'empty.sqlite').as_posix()}"
    open_store(url).dispose()
    with serving(url) as found:
        yield found


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A client over two things and all that belongs to them, to be read only."""
    for found in _served(tmp_path_factory.mktemp("full")):
        two_things(found)
        yield found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A client over a store to be written to."""
    yield from _served(tmp_path_factory.mktemp("suite"))


@pytest.fixture
def empty(server: Api) -> Api:
    """The same with nothing in it: what was there is deleted one by one, as the suite does."""
    order = ("Observations", "FeaturesOfInterest", "Datastreams", "Sensors", "ObservedProperties")
    for name in (*order, "HistoricalLocations", "Locations", "Things"):
        for id_ in server.ids(name):
            _delete(server, f"{name}({id_})")
    return server


def _delete(api: Api, path: str) -> None:
    assert api.call("DELETE", path).status_code == 200
    assert api.call("GET", path).status_code == 404


def _count(api: Api, *names: str) -> list[int]:
    return [len(api.ids(name)) for name in names]


# Level 1: sensing core


def test_entities_tell_control_information_properties_and_relations(full: Api) -> None:
    """readEntitiesAndCheckResponse, readEntityAndCheckResponse."""
    for name, properties in PROPERTIES.items():
        some = full.get(name)["value"]
        assert some
        one = full.get(f"{name}({some[0]['@iot.id']})")
        links = {f"{relation}@iot.navigationLink" for relation in RELATIONS[name]}
        for entity in (*some[:2], one):
            assert {"@iot.id", "@iot.selfLink", *properties, *links} <= set(entity)
        assert full.get(some[0]["@iot.selfLink"]) == one == some[0]


def test_what_is_not_there_is_not_found_nor_deleted(full: Api) -> None:
    """readNonexistentEntity, deleteNoneexistentEntities."""
    for name in RELATIONS:
        assert full.call("GET", f"{name}({_NOWHERE})").status_code == 404
        assert full.call("DELETE", f"{name}({_NOWHERE})").status_code == 404


def test_a_property_comes_alone_and_its_value_bare(full: Api) -> None:
    """readPropertyOfEntityAndCheckResponse."""
    for name, properties in PROPERTIES.items():
        first = full.ids(name)[0]
        for one in properties:
            told = full.get(f"{name}({first})/{one}")
            assert list(told) == [one]
            assert told[one] is not None
            bare = full.call("GET", f"{name}({first})/{one}/$value")
            assert bare.status_code == 200
            assert bare.text.find("{") == (0 if one in _STRUCTURED else -1)


def test_resource_paths_lead_four_steps_far(full: Api) -> None:
    """checkResourcePaths: every path of sets and relations, and the addresses at its end."""

    def walk(path: str, relation: str, depth: int) -> int:
        found = full.get(path)
        if relation not in RELATIONS:
            assert found["@iot.id"]
            return 1
        addresses = full.get(f"{path}/$ref")["value"]
        assert all(list(one) == ["@iot.selfLink"] for one in addresses)
        assert len(addresses) == len(found["value"]) > 0
        if depth == 4:
            return 1
        inner = f"{path}({found['value'][0]['@iot.id']})"
        further = RELATIONS[relation]
        return 1 + sum(walk(f"{inner}/{one}", one, depth + 1) for one in further)

    assert sum(walk(name, name, 1) for name in RELATIONS) == 79


def test_the_root_names_the_sets_and_the_parts_that_hold(full: Api) -> None:
    """checkServiceRootUri; and the conformance declaration of 18-088, 9.2.1."""
    root = full.get("")
    base = f"{full.http.base_url}".rstrip("/") + "/api/v1.1"
    assert {one["name"]: one["url"] for one in root["value"]} == {
        name: f"{base}/{name}" for name in RELATIONS
    }
    declared = root["serverSettings"]["conformance"]
    assert len(set(declared)) == len(declared)
    assert all("/spec/iot_sensing/1.1/req/" in one for one in declared)
    assert not any("multi-datastream" in one or "mqtt" in one for one in declared)


# Level 2: create, update, delete


def _one_of_each(api: Api) -> dict[str, int]:
    """One entity of each set, made one by one."""
    ids = {
        "Things": api.create("Things", {"name": "T", "description": "a thing"}),
        "Locations": api.create("Locations", PLACE),
        "Sensors": api.create("Sensors", SENSOR),
        "ObservedProperties": api.create("ObservedProperties", PROPERTY),
        "FeaturesOfInterest": api.create("FeaturesOfInterest", _FEATURE),
    }
    series = stream(
        Thing={"@iot.id": ids["Things"]},
        Sensor={"@iot.id": ids["Sensors"]},
        ObservedProperty={"@iot.id": ids["ObservedProperties"]},
    )
    ids["Datastreams"] = api.create("Datastreams", series)
    feature = {"FeatureOfInterest": {"@iot.id": ids["FeaturesOfInterest"]}}
    owner = {"Datastream": {"@iot.id": ids["Datastreams"]}}
    ids["Observations"] = api.create("Observations", _OBSERVED | owner | feature)
    moved = {"Locations": [{"@iot.id": ids["Locations"]}]}
    assert api.call("PATCH", f"Things({ids['Things']})", moved).status_code == 200
    was = {"time": "2015-03-01T00:40:00.000Z", "Thing": {"@iot.id": ids["Things"]}}
    ids["HistoricalLocations"] = api.create("HistoricalLocations", was | moved)
    return ids


def test_entities_are_made_and_a_feature_where_none_is_named(empty: Api) -> None:
    """createEntities; HistoricalLocations are written by themselves when a thing moves."""
    ids = _one_of_each(empty)
    assert len(empty.ids("HistoricalLocations")) == 2  # one from the move, one by hand
    owner = {"Datastream": {"@iot.id": ids["Datastreams"]}}
    times = {"phenomenonTime": "2015-03-01T00:00:00Z", "resultTime": "2015-03-01T01:00:00.000Z"}
    second = empty.create("Observations", owner | times | {"result": 100})
    assert empty.get(f"Observations({second})")["resultTime"] == times["resultTime"]
    made = empty.get(f"Observations({second})/FeatureOfInterest")
    assert made["feature"] == PLACE["location"]
    third = empty.create("Observations", owner | {"result": 105})
    found = empty.get(f"Observations({third})", expand="FeatureOfInterest")
    assert found["resultTime"] is None
    assert found["FeatureOfInterest"]["@iot.id"] == made["@iot.id"]


def test_a_deep_insert_makes_what_it_holds(empty: Api) -> None:
    """createEntitiesWithDeepInsert."""
    office = thing("Office", Datastreams=[stream("Light")], properties={"floor": 3})
    id_ = empty.create("Things", office)
    series = empty.get(f"Things({id_})/Datastreams")["value"][0]
    assert series["unitOfMeasurement"] == UNIT
    place = empty.get(f"Things({id_})/Locations")["value"][0]
    assert {name: place[name] for name in PLACE} == PLACE
    observed = {"phenomenonTime": "2015-03-01T00:10:00Z", "result": 10}
    other = stream("Second", Thing={"@iot.id": id_}, Observations=[observed])
    second = empty.create("Datastreams", other)
    sensor = empty.get(f"Datastreams({second})/Sensor")
    assert {name: sensor[name] for name in SENSOR} == SENSOR
    measured = empty.get(f"Datastreams({second})/ObservedProperty")
    assert {name: measured[name] for name in PROPERTY} == PROPERTY
    written = empty.get(f"Datastreams({second})/Observations")["value"][0]
    assert (written["phenomenonTime"], written["result"]) == ("2015-03-01T00:10:00.000Z", 10)
    owner = {"Datastream": {"@iot.id": second}, "FeatureOfInterest": _FEATURE}
    third = empty.create("Observations", _OBSERVED | owner)
    feature = empty.get(f"Observations({third})/FeatureOfInterest")
    assert {name: feature[name] for name in _FEATURE} == _FEATURE


def _without(body: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in names}


def test_of_an_invalid_deep_insert_nothing_remains(empty: Api) -> None:
    """createInvalidEntitiesWithDeepInsert."""
    no_sensor = thing("Office", Datastreams=[_without(stream(), "Sensor")])
    assert empty.call("POST", "Things", no_sensor).status_code in (400, 409)
    left = ("Things", "Locations", "HistoricalLocations", "Datastreams", "ObservedProperties")
    assert _count(empty, *left) == [0] * 5
    lonely = empty.create("Things", {"name": "T", "description": "stands nowhere"})
    whole = stream(Thing={"@iot.id": lonely}, Observations=[_OBSERVED])
    for missing in ("Sensor", "ObservedProperty", "Thing"):
        body = _without(whole, missing)
        assert empty.call("POST", "Datastreams", body).status_code in (400, 409)
    left = ("Datastreams", "Sensors", "Observations", "FeaturesOfInterest", "ObservedProperties")
    assert _count(empty, *left) == [0] * 5
    series = empty.create("Datastreams", _without(whole, "Observations"))
    owner = _OBSERVED | {"Datastream": {"@iot.id": series}}
    half = owner | {"FeatureOfInterest": _without(_FEATURE, "encodingType")}
    for body in (owner, half):
        assert empty.call("POST", "Observations", body).status_code in (400, 409)
    assert _count(empty, "Observations", "FeaturesOfInterest") == [0, 0]


def test_an_entity_without_what_it_needs_is_refused(empty: Api) -> None:
    """createInvalidEntities."""
    ids = _one_of_each(empty)
    links = {name: {"@iot.id": ids[set_of(name)]} for name in RELATIONS["Datastreams"][:3]}
    whole = stream() | links
    for missing in links:
        body = _without(whole, missing)
        assert empty.call("POST", "Datastreams", body).status_code in (400, 409)
    feature = {"FeatureOfInterest": {"@iot.id": ids["FeaturesOfInterest"]}}
    assert empty.call("POST", "Observations", _OBSERVED | feature).status_code in (400, 409)
    lonely = empty.create("Things", {"name": "T", "description": "stands nowhere"})
    series = empty.create("Datastreams", whole | {"Thing": {"@iot.id": lonely}})
    body = _OBSERVED | {"Datastream": {"@iot.id": series}}
    assert empty.call("POST", "Observations", body).status_code in (400, 409)


_POINT = {"type": "Point", "coordinates": [114.05, -50]}
_OTHER_UNIT = {"name": "Entropy", "symbol": "S", "definition": "http://example.org/entropy"}
_PATCHES: dict[str, list[dict[str, Any]]] = {
    "Things": [{"description": "patched"}],
    "Locations": [{"location": _POINT}],
    "HistoricalLocations": [{"time": "2015-07-01T00:00:00.000Z"}],
    "Sensors": [{"metadata": "patched"}],
    "ObservedProperties": [{"description": "patched"}],
    "FeaturesOfInterest": [{"feature": _POINT}],
    "Datastreams": [{"description": "patched"}, {"unitOfMeasurement": _OTHER_UNIT}],
    "Observations": [{"phenomenonTime": "2015-07-01T00:40:00.000Z"}],
}


def test_a_patch_changes_what_it_names_and_nothing_else(empty: Api) -> None:
    """patchEntities."""
    ids = _one_of_each(empty)
    for name, patches in _PATCHES.items():
        for patch in patches:
            before = empty.get(f"{name}({ids[name]})")
            assert empty.call("PATCH", f"{name}({ids[name]})", patch).status_code == 200
            after = empty.get(f"{name}({ids[name]})")
            own = PROPERTIES[name]
            assert {one: after[one] for one in own} == {one: before[one] for one in own} | patch


_NAMED = {"name": "put", "description": "put"}
_PUTS: dict[str, dict[str, Any]] = {
    "Things": _NAMED,
    "Locations": PLACE | _NAMED | {"location": _POINT},
    "HistoricalLocations": {"time": "2015-08-01T00:00:00.000Z"},
    "Sensors": SENSOR | _NAMED | {"metadata": "put"},
    "ObservedProperties": _NAMED | {"definition": "put"},
    "FeaturesOfInterest": _FEATURE | _NAMED | {"feature": _POINT},
    "Datastreams": _without(
        stream("put", unitOfMeasurement=_OTHER_UNIT), "Sensor", "ObservedProperty"
    ),
    "Observations": {"result": "99", "phenomenonTime": "2015-08-01T00:40:00.000Z"},
}


def test_a_put_writes_the_whole(empty: Api) -> None:
    """putEntities: the relations stay where the body does not name them."""
    ids = _one_of_each(empty)
    for name, body in _PUTS.items():
        answer = empty.call("PUT", f"{name}({ids[name]})", body)
        assert answer.status_code == 200, answer.text
        after = empty.get(f"{name}({ids[name]})")
        assert {one: after[one] for one in body} == body
    assert empty.get(f"Observations({ids['Observations']})/Datastream")["@iot.id"]


def test_a_patch_cannot_hold_related_entities(empty: Api) -> None:
    """invalidPatchEntities."""
    ids = _one_of_each(empty)
    inner = {"unitOfMeasurement": UNIT, "Thing": {"@iot.id": ids["Things"]}}
    for name, patch in (
        ("Things", {"Locations": [PLACE]}),
        ("Things", {"Datastreams": [{"unitOfMeasurement": UNIT}]}),
        ("Sensors", {"Datastreams": [inner]}),
        ("ObservedProperties", {"Datastreams": [inner]}),
        ("Datastreams", {"ObservedProperty": PROPERTY}),
        ("Datastreams", {"Sensor": SENSOR}),
        ("Datastreams", {"Thing": {"name": "test", "description": "test"}}),
        ("Datastreams", {"Observations": [_OBSERVED | {"resultQuality": "High"}]}),
    ):
        assert empty.call("PATCH", f"{name}({ids[name]})", patch).status_code == 400


_GONE = {
    "Things": ("Datastreams", "HistoricalLocations", "Observations"),
    "Datastreams": ("Observations",),
    "Locations": ("HistoricalLocations",),
    "HistoricalLocations": (),
    "Sensors": ("Datastreams", "Observations"),
    "ObservedProperties": ("Datastreams", "Observations"),
    "FeaturesOfInterest": ("Observations",),
    "Observations": (),
}
"""What a deletion takes with it (18-088, 10.4.1)."""


@pytest.mark.parametrize("name", _GONE)
def test_a_deletion_takes_along_what_depends_on_it(empty: Api, name: str) -> None:
    """deleteEntities."""
    body = thing("T", Datastreams=[stream("D", Observations=[_OBSERVED])])
    empty.create("Things", body)
    assert _count(empty, *RELATIONS) == [1] * len(RELATIONS)
    _delete(empty, f"{name}({empty.ids(name)[0]})")
    gone = {name, *_GONE[name]}
    assert {one for one in RELATIONS if not empty.ids(one)} == gone
