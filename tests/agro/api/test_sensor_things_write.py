"""Creating, changing and deleting by the rules of 18-088: with the key, all or nothing."""

from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from agro.store import schema
from tests.agro.api.conftest import PLACE, PROPERTY, SENSOR, Api, serving, stream, thing


@pytest.fixture
def office(api: Api) -> int:
    """A thing with a location, and a datastream with an observation."""
    body = thing("Office", properties={"floor": 3})
    body["Datastreams"] = [
        stream("light", Observations=[{"result": 1, "phenomenonTime": "2026-01-01T00:00:00Z"}])
    ]
    return api.create("Things", body)


def _stream_of(api: Api, office: int) -> int:
    return int(api.ids(f"Things({office})/Datastreams")[0])


def test_a_deep_insert_makes_everything_and_its_links(api: Api, office: int) -> None:
    found = api.get(
        f"Things({office})",
        expand="Locations/HistoricalLocations/Thing,Datastreams("
        "$expand=Sensor,ObservedProperty,Observations/FeatureOfInterest)",
    )
    assert found["properties"] == {"floor": 3}
    assert found["Locations"][0]["HistoricalLocations"][0]["Thing"]["@iot.id"] == office
    series = found["Datastreams"][0]
    assert series["Sensor"]["metadata"] == SENSOR["metadata"]
    assert series["ObservedProperty"]["definition"] == PROPERTY["definition"]
    assert series["phenomenonTime"] == "2026-01-01T00:00:00.000Z"
    observation = series["Observations"][0]
    assert (observation["result"], observation["resultTime"]) == (1, None)
    assert observation["FeatureOfInterest"]["feature"] == PLACE["location"]


def test_a_feature_is_made_once_of_the_thing_s_location(api: Api, office: int) -> None:
    at = f"Datastreams({_stream_of(api, office)})/Observations"
    ids = [api.create(at, {"result": number}) for number in range(3)]
    features = {api.get(f"Observations({id_})/FeatureOfInterest")["@iot.id"] for id_ in ids}
    assert len(features) == 1
    lonely = api.create("Things", {"name": "lonely", "description": "stands nowhere"})
    series = api.create(f"Things({lonely})/Datastreams", stream())
    refused = api.call("POST", f"Datastreams({series})/Observations", {"result": 1})
    assert refused.status_code == 400
    assert "give the Thing a Location" in refused.json()["message"]


@pytest.mark.parametrize(
    "result", [8, 2.5, -1e-3, "text", "", True, False, None, {"a": [1, None]}, [1, "b", {}]]
)
def test_a_result_comes_back_as_it_was_sent(api: Api, office: int, result: Any) -> None:
    at = f"Datastreams({_stream_of(api, office)})/Observations"
    id_ = api.create(at, {"result": result, "parameters": {"why": "test"}})
    found = api.get(f"Observations({id_})")
    assert found["result"] == result
    assert type(found["result"]) is type(result)
    assert found["parameters"] == {"why": "test"}


def test_times_keep_their_milliseconds_and_intervals(api: Api, office: int) -> None:
    at = f"Datastreams({_stream_of(api, office)})/Observations"
    body = {
        "result": 1,
        "phenomenonTime": "2026-03-01T10:00:00.250+02:00/2026-03-01T10:15:00+02:00",
        "validTime": "2026-03-01T00:00:00Z/2026-03-02T00:00:00Z",
        "resultTime": "2026-03-01T09:00:00Z",
    }
    id_ = api.create(at, body)
    found = api.get(f"Observations({id_})")
    assert found["phenomenonTime"] == "2026-03-01T08:00:00.250Z/2026-03-01T08:15:00.000Z"
    assert found["validTime"] == "2026-03-01T00:00:00.000Z/2026-03-02T00:00:00.000Z"
    inside = "phenomenonTime eq 2026-03-01T08:10:00Z and during(phenomenonTime,validTime)"
    assert api.ids(at, filter=inside) == [id_]
    series = api.get(f"Datastreams({_stream_of(api, office)})")
    assert series["phenomenonTime"] == "2026-01-01T00:00:00.000Z/2026-03-01T08:15:00.000Z"
    assert series["resultTime"] == "2026-03-01T09:00:00.000Z"


def test_patch_changes_what_it_names_and_put_the_whole(api: Api, office: int) -> None:
    at = f"Things({office})"
    patched = api.call("PATCH", at, {"description": "changed"})
    assert patched.status_code == 200
    assert (api.get(at)["description"], api.get(at)["properties"]) == ("changed", {"floor": 3})
    put = api.call("PUT", at, {"name": "New", "description": "anew"})
    assert put.status_code == 200
    assert (api.get(at)["name"], api.get(at)["properties"]) == ("New", None)
    assert api.call("PUT", at, {"name": "no description"}).status_code == 400
    observation = api.ids(f"Datastreams({_stream_of(api, office)})/Observations")[0]
    time = {"phenomenonTime": "2015-07-01T00:40:00.000Z"}
    assert api.call("PATCH", f"Observations({observation})", time).status_code == 200
    found = api.get(f"Observations({observation})")
    assert (found["phenomenonTime"], found["result"]) == (time["phenomenonTime"], 1)


def test_a_json_patch_is_applied(api: Api, office: int) -> None:
    operations = [
        {"op": "replace", "path": "/properties/floor", "value": 4},
        {"op": "add", "path": "/properties/side", "value": "north"},
    ]
    headers = {"X-API-Key": api.key, "Content-Type": "application/json-patch+json"}
    url = f"/api/v1.1/Things({office})"
    assert api.http.patch(url, json=operations, headers=headers).status_code == 200
    assert api.get(f"Things({office})/properties") == {"properties": {"floor": 4, "side": "north"}}
    refused = api.http.patch(url, json=[{"op": "remove", "path": "/none"}], headers=headers)
    assert refused.status_code == 400
    assert api.http.patch(url, json={"no": "list"}, headers=headers).status_code == 400


def test_a_thing_that_moves_leaves_its_history(api: Api, office: int) -> None:
    first = api.ids(f"Things({office})/Locations")
    second = api.create("Locations", PLACE | {"name": "elsewhere"})
    assert api.call("PATCH", f"Things({office})", {"Locations": [{"@iot.id": second}]}).is_success
    assert api.ids(f"Things({office})/Locations") == [second]
    history = api.get(f"Things({office})/HistoricalLocations", expand="Locations")["value"]
    assert [one["Locations"][0]["@iot.id"] for one in history] == [*first, second]
    third = api.create(f"Things({office})/Locations", PLACE | {"name": "third"})
    assert api.ids(f"Things({office})/Locations") == [third]
    past = {"time": "2020-01-01T00:00:00Z", "Locations": [{"@iot.id": first[0]}]}
    api.create(f"Things({office})/HistoricalLocations", past)
    assert api.ids(f"Things({office})/Locations") == [third]
    future = {"time": "2199-01-01T00:00:00Z", "Locations": [{"@iot.id": first[0]}]}
    api.create(f"Things({office})/HistoricalLocations", future)
    assert api.ids(f"Things({office})/Locations") == first


def test_linked_entities_may_be_sent_whole(api: Api, office: int) -> None:
    whole = api.get(f"Things({office})")
    sensor = api.create("Sensors", SENSOR)
    body = stream("second", Thing=whole, Sensor={"@iot.id": sensor, "name": "not changed"})
    id_ = api.create("Datastreams", body)
    assert api.get(f"Datastreams({id_})/Thing")["@iot.id"] == office
    assert api.get(f"Sensors({sensor})")["name"] == SENSOR["name"]
    series = api.get(f"Datastreams({id_})", expand="Thing,Sensor,ObservedProperty")
    series["name"] = "put back whole"
    del series["phenomenonTime"], series["resultTime"]
    assert api.call("PUT", f"Datastreams({id_})", series).status_code == 200
    assert api.get(f"Datastreams({id_})/name") == {"name": "put back whole"}


DELETED = {
    "Things": {"Datastreams": 0, "Observations": 0, "HistoricalLocations": 0, "Locations": 1},
    "Locations": {"Things": 1, "HistoricalLocations": 0, "Observations": 1},
    "Datastreams": {"Things": 1, "Observations": 0, "Sensors": 1, "FeaturesOfInterest": 1},
    "Sensors": {"Datastreams": 0, "Observations": 0, "Things": 1, "ObservedProperties": 1},
    "ObservedProperties": {"Datastreams": 0, "Observations": 0, "Sensors": 1},
    "FeaturesOfInterest": {"Observations": 0, "Datastreams": 1, "Locations": 1},
    "HistoricalLocations": {"Things": 1, "Locations": 1},
    "Observations": {"Datastreams": 1, "FeaturesOfInterest": 1},
}


@pytest.mark.parametrize("plural", DELETED)
def test_what_cannot_be_alone_is_deleted_along(api: Api, office: int, plural: str) -> None:
    def theirs(name: str) -> list[int]:
        bound = 0 if name == "Observations" else 1_000_000_000
        return [id_ for id_ in api.ids(name, top=1000) if id_ >= bound]

    (id_,) = theirs(plural)
    assert api.call("DELETE", f"{plural}({id_})").status_code == 200
    api.refused(f"{plural}({id_})", 404)
    left = {name: len(theirs(name)) for name in DELETED[plural]}
    assert left == DELETED[plural]


BROKEN: list[tuple[str, Any, str]] = [
    ("Things", [], "one JSON object"),
    ("Things", {"name": "x"}, "description is missing"),
    ("Things", {"name": 3, "description": ""}, "name must be text"),
    ("Things", {"name": "x", "description": "", "colour": 1}, "'colour' is unknown"),
    ("Things", thing(properties=[]), "properties must be a JSON object"),
    ("Things", thing(Locations={}), "is a list"),
    ("Things", thing(Locations=[{"@iot.id": "1"}]), "no whole number"),
    ("Things", thing(Locations=[{"@iot.id": 1_999_999_999}]), "no Location of id"),
    ("Things", thing(Locations=[{"@iot.id": 1}]), "published by us"),
    ("Locations", PLACE | {"location": {"type": "Point"}}, "no GeoJSON geometry"),
    ("Datastreams", stream(), "needs a Thing"),
    ("Datastreams", stream(unitOfMeasurement={"name": "x"}), "unitOfMeasurement needs"),
    ("Observations", {"result": 1}, "needs a Datastream"),
    ("Observations", {"phenomenonTime": "2026-01-01T00:00:00Z"}, "result is missing"),
    ("Observations", {"result": 1, "phenomenonTime": "soon"}, "is no time"),
    ("Observations", {"result": 1, "resultTime": 3}, "must be a time"),
    ("HistoricalLocations", {"time": "2026-01-01T00:00:00Z/2026-01-02T00:00:00Z"}, "one time"),
]


@pytest.mark.parametrize(("path", "body", "told"), BROKEN)
def test_a_body_that_cannot_be_used_is_told(api: Api, path: str, body: Any, told: str) -> None:
    answer = api.call("POST", path, body)
    assert answer.status_code == 400, answer.text
    assert told in answer.json()["message"]


def test_nothing_remains_of_a_deep_insert_that_fails(api: Api, store: Engine) -> None:
    broken = stream("broken")
    del broken["Sensor"]
    body = thing(Datastreams=[stream("good", Observations=[{"result": 1}]), broken])
    answer = api.call("POST", "Things", body)
    assert answer.status_code == 400
    assert "needs a Sensor" in answer.json()["message"]
    tables = [table for table in schema.metadata.sorted_tables if table.name.startswith("sta_")]
    with store.connect() as c:
        counts = {t.name: c.scalar(select(func.count()).select_from(t)) for t in tables}
    assert set(counts.values()) == {0}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("Things", {"Locations": [PLACE]}),
        ("Things", {"Datastreams": [stream()]}),
        ("Datastreams", {"Sensor": SENSOR}),
        ("Datastreams", {"Observations": [{"result": 1}]}),
    ],
)
def test_a_change_takes_links_only(api: Api, office: int, path: str, body: Any) -> None:
    id_ = api.ids(path, filter="id ge 1000000000")[0]
    answer = api.call("PATCH", f"{path}({id_})", body)
    assert answer.status_code == 400
    assert "only links" in answer.json()["message"]


@pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE"])
def test_what_we_measure_cannot_be_changed(api: Api, measured: int, method: str) -> None:
    observation = api.ids(f"Datastreams({measured})/Observations")[0]
    for path in (f"Datastreams({measured})", f"Observations({observation})"):
        answer = api.call(method, path, {"name": "mine", "result": 1})
        assert answer.status_code == 403
        assert "read only" in answer.json()["message"]
    body = {"result": 99.0, "phenomenonTime": "2026-06-01T00:00:00Z"}
    assert api.call("POST", f"Datastreams({measured})/Observations", body).status_code == 403
    linked = body | {"Datastream": {"@iot.id": measured}}
    assert api.call("POST", "Observations", linked).status_code == 400
    assert api.get(f"Observations({observation})")["result"] == pytest.approx(0.2)


def test_only_the_operator_writes(api: Api, store_url: str) -> None:
    body = thing()
    for headers in ({}, {"Authorization": "Bearer guess"}, {"Authorization": "Basic !!"}):
        answer = api.http.post("/api/v1.1/Things", json=body, headers=headers)
        assert answer.status_code == 401
        assert "key" in answer.json()["message"]
    assert api.http.post("/api/v1.1/Things", json=body, auth=("x", api.key)).status_code == 201
    with serving(store_url, "") as closed:
        answer = closed.http.post("/api/v1.1/Things", json=body, auth=("x", ""))
        assert answer.status_code == 403
        assert "AGRO_API_KEY" in answer.json()["message"]
        assert closed.http.post("/api/v1.1/$batch", json={"requests": []}).status_code == 403


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"{", {}, 400),
        (b'{"name": NaN}', {}, 400),
        (b'{"name": "\\ud800", "description": ""}', {}, 400),
        (b"[" * 100_000, {}, 400),
        (b"\xff", {}, 400),
        (b"name=x", {"Content-Type": "application/x-www-form-urlencoded"}, 415),
        (b" " * 4_000_001, {}, 413),
    ],
    ids=["cut", "nan", "half a letter", "deep", "no utf-8", "form", "large"],
)
def test_a_body_that_is_no_json(
    api: Api, content: bytes, headers: dict[str, str], status: int
) -> None:
    sent = {"Content-Type": "application/json", "X-API-Key": api.key} | headers
    answer = api.http.post("/api/v1.1/Things", content=content, headers=sent)
    assert answer.status_code == status
    assert answer.json()["code"] == status


def test_many_observations_in_one_array(api: Api, office: int) -> None:
    series = _stream_of(api, office)
    rows = [[f"2026-02-01T{hour:02d}:00:00Z", hour] for hour in range(24)]
    body = [
        {
            "Datastream": {"@iot.id": series},
            "components": ["phenomenonTime", "result"],
            "dataArray@iot.count": 25,
            "dataArray": [*rows, ["soon", 1]],
        }
    ]
    answer = api.call("POST", "CreateObservations", body)
    assert answer.status_code == 201
    told = answer.json()
    assert told[-1] == "error"
    assert [api.get(link)["result"] for link in told[:3]] == [0, 1, 2]
    assert api.get(f"Datastreams({series})/Observations", count="true")["@iot.count"] == 25


def test_a_json_batch_refers_to_what_it_made(api: Api) -> None:
    requests = [
        {"id": "a", "method": "post", "url": "Things", "body": thing("batched")},
        {"id": "b", "method": "post", "url": "$a/Datastreams", "body": stream()},
        {
            "id": "c",
            "method": "post",
            "url": "Observations",
            "body": {"result": 5, "Datastream": {"@iot.id": "$b"}},
        },
        {"id": "d", "method": "get", "url": "Things?$filter=name eq 'batched'&$count=true"},
        {"id": "e", "atomicityGroup": "g", "method": "post", "url": "Sensors", "body": SENSOR},
        {"id": "f", "atomicityGroup": "g", "method": "post", "url": "Sensors", "body": {}},
        {"id": "g", "method": "delete", "url": "Things(1)"},
    ]
    answer = api.call("POST", "$batch", {"requests": requests})
    assert answer.status_code == 200
    told = {one["id"]: one for one in answer.json()["responses"]}
    assert [told[id_]["status"] for id_ in "abcdefg"] == [201, 201, 201, 200, 424, 400, 403]
    assert told["d"]["body"]["@iot.count"] == 1
    assert api.ids("Sensors", filter="id ge 1000000000", count="true") == [
        api.get("Datastreams", filter="name eq 'D'", expand="Sensor")["value"][0]["Sensor"][
            "@iot.id"
        ]
    ]


def test_a_multipart_batch_with_a_change_set(api: Api) -> None:
    body = (
        "--b\r\nContent-Type: application/http\r\n\r\nGET Things?$top=1 HTTP/1.1\r\n\r\n"
        "\r\n--b\r\nContent-Type: multipart/mixed;boundary=c\r\n\r\n"
        "--c\r\nContent-Type: application/http\r\nContent-ID: 1\r\n\r\n"
        "POST /api/v1.1/Things HTTP/1.1\r\nContent-Type: application/json\r\n\r\n"
        '{"name": "é", "description": ""}\r\n'
        "--c\r\nContent-Type: application/http\r\nContent-ID: 2\r\n\r\n"
        "PATCH $1 HTTP/1.1\r\nContent-Type: application/json\r\n\r\n"
        '{"description": "changed"}\r\n'
        "--c--\r\n--b--\r\n"
    )
    headers = {"Content-Type": "multipart/mixed;boundary=b", "X-API-Key": api.key}
    answer = api.http.post("/api/v1.1/$batch", content=body.encode(), headers=headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("multipart/mixed; boundary=")
    assert answer.text.count("HTTP/1.1 20") == 3
    found = api.get("Things", filter="name eq 'é'")["value"]
    assert [one["description"] for one in found] == ["changed"]


def test_numbers_are_never_given_twice(api: Api) -> None:
    first = api.create("Sensors", SENSOR)
    assert api.call("DELETE", f"Sensors({first})").status_code == 200
    assert api.create("Sensors", SENSOR) == first + 1
