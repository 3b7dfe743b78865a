"""Reading the SensorThings API: sets, paths, options, pages; what it tells when it cannot."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine

from agro.api.sensor_things.entities import SETS
from agro.api.sensor_things.published_series import SECONDS
from agro.api.sensor_things.quantity_table import quantity_id
from sensors.quantities import QUANTITIES
from tests.agro.api.conftest import HOUR, START, Api, measure, stream, thing


def test_the_root_names_every_set_and_what_of_the_standard_is_kept(api: Api) -> None:
    told = api.get("")
    assert {one["name"] for one in told["value"]} == set(SETS)
    kept = told["serverSettings"]["conformance"]
    assert "http://www.opengis.net/spec/iot_sensing/1.1/req/datamodel" in kept
    assert not any("mqtt" in one or "multi-datastream" in one for one in kept)


@pytest.mark.parametrize("plural", SETS)
def test_every_set_and_every_navigation_from_it_is_answered(
    api: Api, measured: int, plural: str
) -> None:
    kind = SETS[plural]
    page = api.get(plural, top=3, count="true")
    assert page["@iot.count"] >= len(page["value"]) > 0
    for entity in page["value"]:
        assert entity == api.get(entity["@iot.selfLink"])
        assert set(kind.required) <= set(entity)
        for name, link in kind.links.items():
            there = api.get(entity[f"{name}@iot.navigationLink"])
            assert ("value" in there) == link.many
            references = api.get(f"{plural}({entity['@iot.id']})/{name}/$ref")
            assert "@iot.selfLink" in (
                references if not link.many else (references["value"] or [{"@iot.selfLink": ""}])[0]
            )


def test_a_probe_is_published_as_it_stands_in_the_store(api: Api, measured: int) -> None:
    found = api.get(f"Datastreams({measured})", expand="Thing/Locations,Sensor,ObservedProperty")
    assert found["name"] == "soil moisture at 20 cm · probe-1"
    assert found["unitOfMeasurement"]["definition"] == "urn:ogc:def:uom:UCUM::m3/m3"
    assert found["phenomenonTime"] == "2026-06-01T00:00:00.000Z/2026-06-02T23:00:00.000Z"
    assert found["properties"] == {
        "quantity": "soil_moisture",
        "aggregation": "mean",
        "depth_cm": 20.0,
    }
    assert found["Thing"]["properties"]["parcel"].startswith("urn:ngsi-ld:AgriParcel:dijon:")
    place = found["Thing"]["Locations"][0]
    assert place["encodingType"] == "application/geo+json"
    assert place["location"]["type"] == "Point"
    assert place["properties"]["urn"] == found["Thing"]["properties"]["parcel"]
    assert found["ObservedProperty"]["definition"].startswith("http://vocab.nerc.ac.uk/")
    assert found["Sensor"]["name"] == "dragino/lse01"


def test_an_observation_has_a_whole_number_and_its_quality(api: Api, measured: int) -> None:
    id_ = measured * SECONDS + START + 5 * HOUR
    found = api.get(f"Observations({id_})", expand="FeatureOfInterest,Datastream/Thing")
    assert found["@iot.id"] == id_ < 2**53
    assert found["phenomenonTime"] == found["resultTime"] == "2026-06-01T05:00:00.000Z"
    assert found["result"] == pytest.approx(0.205)
    assert found["resultQuality"] == {"scheme": "QARTOD", "flag": 3, "name": "suspect"}
    assert found["Datastream"]["Thing"]["name"] == "probe-1"
    assert found["FeatureOfInterest"]["properties"]["place"] == "plot"
    assert api.ids("Observations", filter=f"id eq {id_}") == [id_]
    assert api.ids("Datastreams", filter=f"Observations/id eq {id_}") == [measured]


def test_the_city_s_equipment_stands_at_its_own_place(
    api: Api, store: Engine, asset: Callable[..., int]
) -> None:
    measure(store, "car-park", hours=2)
    id_ = asset("car-park", 47.321, 5.041)
    found = api.get(f"Things({id_})", expand="Locations")
    assert found["properties"] | {"kind": "parking", "mode": "simulated"} == found["properties"]
    assert found["Locations"][0]["location"]["coordinates"] == [5.041, 47.321]
    near = "st_within(Locations/location, geography'POLYGON((5 47,5.1 47,5.1 48,5 48,5 47))')"
    assert id_ in api.ids("Things", filter=near)
    far = "geo.distance(FeatureOfInterest/feature, geography'POINT(5.041 47.321)') lt 0.000001"
    assert len(api.ids("Observations", filter=far)) == 4


def test_numbers_of_observed_properties_are_never_shared() -> None:
    assert len({quantity_id(name) for name in QUANTITIES}) == len(QUANTITIES)


def test_pages_follow_each_other_and_tell_everything_once(api: Api, measured: int) -> None:
    path = f"Datastreams({measured})/Observations"
    whole = api.ids(path, top=1000)
    assert whole == [measured * SECONDS + START + hour * HOUR for hour in range(48)]
    assert api.ids(path, top=7) == whole
    assert api.ids(path, top=7, orderby="phenomenonTime desc") == whole[::-1]
    assert api.ids(path, top=7, orderby="result desc", filter="result lt 0.22") == whole[:20][::-1]
    assert api.ids(path, top=10, skip=40) == whole[40:]
    assert "@iot.nextLink" not in api.get(path, top=48)
    assert api.get(path, top=0, count="true") == {"@iot.count": 48, "value": []}
    assert len(api.get("Observations", top=5000)["value"]) == 96


def test_both_worlds_are_one_set(api: Api, measured: int) -> None:
    ids = [api.create("Things", thing(name)) for name in ("aaa", "zzz")]
    published = api.ids("Things", filter="id lt 1000000000")
    assert api.ids("Things", top=3) == [*published, *ids]
    assert api.get("Things", count="true", top=1)["@iot.count"] == len(published) + 2
    named = api.get("Things", orderby="name", top=1000)["value"]
    assert [one["name"] for one in named] == sorted(one["name"] for one in named)
    backwards = api.get("Things", orderby="name desc,id desc", top=1000)["value"]
    assert [one["name"] for one in backwards] == [one["name"] for one in reversed(named)]
    paged = api.ids("Things", orderby="name desc,id desc", top=2)
    assert paged == [one["@iot.id"] for one in backwards]
    assert api.ids("Things", skip=len(published) + 1) == ids[1:]
    body = stream(Observations=[{"result": 7, "phenomenonTime": "2026-06-01T01:30:00Z"}])
    api.create(f"Things({ids[0]})/Datastreams", body)
    times = api.get("Observations", orderby="phenomenonTime", top=6)["value"]
    assert [one["phenomenonTime"][11:16] for one in times] == [
        "00:00",
        "00:00",
        "01:00",
        "01:00",
        "01:30",
        "02:00",
    ]


def test_expand_is_nested_bounded_and_counted(api: Api, store: Engine, measured: int) -> None:
    found = api.get(
        f"Datastreams({measured})",
        expand="Observations($top=2;$orderby=phenomenonTime desc;$count=true;$select=result,id;"
        "$filter=result lt 0.24;$expand=FeatureOfInterest($select=name)),Thing($select=name)",
        select="name",
    )
    assert set(found) == {
        "name",
        "Thing",
        "Observations",
        "Observations@iot.count",
        "Observations@iot.nextLink",
    }
    assert found["Thing"] == {"name": "probe-1"}
    rest = api.get(found["Observations@iot.nextLink"])
    assert [one["result"] for one in rest["value"]] == pytest.approx([0.237, 0.236])
    assert rest["value"][0]["FeatureOfInterest"] == found["Observations"][0]["FeatureOfInterest"]
    assert found["Observations@iot.count"] == 40
    assert [one["result"] for one in found["Observations"]] == pytest.approx([0.239, 0.238])
    assert set(found["Observations"][0]) == {"result", "@iot.id", "FeatureOfInterest"}
    deep = "/".join(["Observations", "Datastream"] * 4)
    assert "deep at most" in api.refused("Datastreams", expand=deep)
    measure(store, "probe-2", hours=200)
    everything = "Datastreams($expand=Observations($top=1000;$expand=Datastream/Observations"
    wide = api.call("GET", "Things", expand=f"{everything}($top=1000)))")
    assert wide.status_code == 400
    assert "lower $top" in wide.json()["message"]


def test_a_property_and_its_bare_value(api: Api, measured: int) -> None:
    at = f"Datastreams({measured})"
    assert api.get(f"{at}/name") == {"name": "soil moisture at 20 cm · probe-1"}
    assert api.get(f"{at}/properties/depth_cm") == {"depth_cm": 20.0}
    bare = api.call("GET", f"{at}/name/$value")
    assert (bare.text, bare.headers["content-type"]) == (
        "soil moisture at 20 cm · probe-1",
        "text/plain; charset=utf-8",
    )
    assert api.get(f"{at}/unitOfMeasurement/$value")["symbol"] == "m³ m⁻³"
    first = api.ids(f"{at}/Observations", top=1000)[1]
    assert api.call("GET", f"Observations({first})/validTime").status_code == 204
    assert api.call("HEAD", at).status_code == 200


def test_observations_as_an_array(api: Api, measured: int) -> None:
    found = api.http.get(
        "/api/v1.1/Observations",
        params={"$resultFormat": "dataArray", "$top": "60", "$select": "id,result"},
    ).json()
    assert found["@iot.nextLink"]
    assert [group["dataArray@iot.count"] for group in found["value"]] == [48, 12]
    assert found["value"][0]["components"] == ["id", "result"]
    assert found["value"][0]["dataArray"][5][1] == pytest.approx(0.205)
    assert "Observations" in api.refused("Things", resultFormat="dataArray")


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("Nothing", 404, "there are Things"),
        ("Things(999)", 404, "no Thing of id 999"),
        ("Things('one')", 404, "whole numbers"),
        ("Things(1)/Nothing", 404, "it has name"),
        ("Things(123456789012345678901)", 404, "whole numbers"),
        ("Things/name", 404, "is a set"),
        ("Things(1)/Locations/$value", 404, "after a property"),
        ("Things(1)/Locations(999)", 404, "no Location of id 999"),
        ("/".join(["Things(1)"] + ["Datastreams"] * 30), 400, "at most 20"),
        ("$ref", 404, "nothing here"),
    ],
)
def test_paths_that_lead_nowhere(
    api: Api, measured: int, path: str, status: int, told: str
) -> None:
    assert told in api.refused(path, status)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"filter": "result gt"}, "cannot be read at character"),
        ({"filter": "'; DROP TABLE thing; --"}, "cannot be read"),
        ({"filter": "nothing eq 1"}, "it has id, phenomenonTime"),
        ({"filter": "phenomenonTime"}, "must be a condition"),
        ({"filter": "Datastream eq 1"}, "name a property of it"),
        ({"filter": "phenomenonTime gt 3"}, "between a time"),
        ({"filter": "phenomenonTime gt 'yesterday'"}, "is no time"),
        ({"filter": "phenomenonTime gt 2026-06-01T00:00:00"}, "cannot be read"),
        ({"filter": "foo(result) eq 1"}, "no function 'foo'"),
        ({"filter": "length(result,result) eq 1"}, "takes 1 arguments"),
        ({"filter": "substringof(1, 2)"}, "takes text"),
        ({"filter": "geo.distance(result, geography'POINT(0 0)') lt 1"}, "takes a property"),
        ({"filter": "st_within(FeatureOfInterest/feature, geography'POINT(a b)')"}, "no geometry"),
        ({"filter": "1 add 1"}, "must be a condition"),
        ({"orderby": "Datastream/Observations/result"}, "cannot follow Observations"),
        ({"orderby": "nothing"}, "it has id"),
        ({"select": "nothing"}, "Observation has"),
        ({"expand": "Things"}, "Observation leads to"),
        ({"top": "-1"}, "no whole number"),
        ({"top": "1e3"}, "no whole number"),
        ({"skip": "99999999"}, "at most"),
        ({"count": "yes"}, "$count=true"),
        ({"resultFormat": "csv"}, "only dataArray"),
        ({"nothing": "1"}, "there is no option"),
    ],
)
def test_options_that_cannot_be_used_are_told_in_one_line(
    api: Api, measured: int, options: dict[str, Any], told: str
) -> None:
    message = api.refused("Observations", **options)
    assert told in message
    assert "\n" not in message


@pytest.mark.parametrize(
    "text",
    [
        "name eq '''; DELETE FROM thing; --'",
        "name eq 'x'' OR 1=1 --'",
        "properties/device eq '\"); DROP TABLE thing; --'",
        "substringof('%', name) and startswith(name, '_')",
        "name eq '\\'",
        "contains(name, '$.a\"')",
    ],
)
def test_text_of_a_client_stays_text(api: Api, measured: int, text: str) -> None:
    before = api.ids("Things")
    assert api.ids("Things", filter=text) == []
    assert api.ids("Things") == before


def test_a_question_is_never_too_deep_or_too_long(api: Api, measured: int) -> None:
    deep = "not " * 200 + "result gt 1"
    assert "deep" in api.refused("Observations", filter=deep)
    assert api.ids("Observations", filter="(" * 900 + "result" + ")" * 900 + " gt 1") == []
    assert "terms" in api.refused("Observations", filter=" add ".join(["1"] * 500) + " gt 1")
    long = " or ".join(["result gt 1"] * 1000)
    assert "characters" in api.refused("Observations", filter=long)
    wide = " or ".join(["result gt 1"] * 400)
    assert api.ids("Observations", filter=wide) == []


def test_what_takes_too_long_is_stopped(
    api: Api, store: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    measure(store, hours=400)
    monkeypatch.setattr("agro.api.sensor_things.bounds.SECONDS", 0.001)
    monkeypatch.setattr("agro.api.sensor_things.bounds._STEPS", 100)
    slow = "Datastream/Observations/Datastream/Observations/result gt 0.1 and result gt 5"
    answer = api.call("GET", "Observations", filter=slow, orderby="FeatureOfInterest/name")
    assert answer.status_code == 503
    assert "was stopped" in answer.json()["message"]
    assert answer.headers["retry-after"] == "10"


def test_what_anyone_may_read_any_page_may(api: Api) -> None:
    assert api.call("GET", "Things").headers["access-control-allow-origin"] == "*"
    assert api.call("OPTIONS", "Things").status_code == 204
