"""The NGSI-LD API over real HTTP: what is asked for is found, page by page, in three forms."""

from dataclasses import replace
from datetime import date, timedelta
from math import nan
from time import perf_counter

import pytest
from sqlalchemy import Engine, delete, event

from agro.publish.contexts import CORE
from agro.records import Device
from agro.store import farms, orders, readings, schema, writing
from agro.store.readings import Row
from tests.agro.publish.conftest import NOW, PLOT, SITE, OpenData

ENTITIES = "/ngsi-ld/v1/entities"
_BED = f"urn:ngsi-ld:AgriParcel:dijon:{SITE}:{PLOT}"


def test_a_plot_in_its_three_forms(server: OpenData) -> None:
    full = server.json(f"{ENTITIES}/{_BED}")
    assert full["area"] == {"type": "Property", "value": 48.0, "unitCode": "MTK"}
    crop = {"type": "Relationship", "object": "urn:ngsi-ld:AgriCrop:dijon:tomato"}
    assert full["hasAgriCrop"] == crop
    assert full["location"]["value"] == {"type": "Point", "coordinates": [5.0289, 47.31405]}
    concise = server.json(f"{ENTITIES}/{_BED}?options=concise")
    assert concise["name"] == "Planche 1"
    assert concise["hasAgriCrop"] == {"object": crop["object"]}
    for short in ("?options=keyValues", "?format=simplified"):
        values = server.json(f"{ENTITIES}/{_BED}{short}")
        assert (values["area"], values["hasAgriCrop"]) == (48.0, crop["object"])


def test_a_probe_s_values_in_the_model_s_units(server: OpenData) -> None:
    found = server.json(f"{ENTITIES}?type=AgriParcelRecord&options=keyValues")
    assert len(found) == 1
    assert found[0]["soilMoistureVwc"] == 0.2
    assert found[0]["soilTemperature"] == 21.5
    assert found[0]["depth"] == 0.2
    assert "soilMoistureEc" not in found[0]  # the checks refuse it
    doubted = server.json(f"{ENTITIES}?type=DeviceMeasurement&q=outlier==true&options=keyValues")
    assert [(one["controlledProperty"], one["numValue"]) for one in doubted] == [
        ("soil_conductivity", 0.4)
    ]
    sky = server.json(f"{ENTITIES}?type=WeatherObserved&q=temperature==24&options=keyValues")[0]
    assert (sky["relativeHumidity"], sky["atmosphericPressure"]) == (0.55, 984.0)
    assert sky["precipitation"] == 1.2


def test_waterings_tell_no_person_and_no_hour_of_theirs(server: OpenData) -> None:
    answer = server.get(f"{ENTITIES}?type=AgriParcelOperation&options=keyValues")
    assert "Anne" not in answer.text
    assert "dos" not in answer.text
    found = {one["status"] + one["hasAgriParcel"][-1]: one for one in answer.json()}
    counted, noted, planned = found["finished1"], found["finished2"], found["planned1"]
    assert counted["startedAt"] == "2026-07-01T08:00:00Z"
    assert counted["endedAt"] == "2026-07-01T08:30:00Z"
    assert "startedAt" not in noted
    assert noted["plannedStartAt"] == "2026-06-30T22:00:00Z"  # the local day
    assert noted["plannedEndAt"] == "2026-07-01T22:00:00Z"
    assert (planned["quantity"], planned["operationType"]) == (576.0, "water")
    assert (planned["plannedStartAt"], planned["plannedEndAt"]) == (
        "2026-07-03T18:00:00Z",
        "2026-07-03T18:48:00Z",
    )


def test_frost_and_heat_are_alerts(server: OpenData) -> None:
    found = server.json(f"{ENTITIES}?type=Alert&q=category==weather&options=keyValues")
    told = [(one["alertKind"], one["validFrom"], one["data"]["temperature"]) for one in found]
    assert told == [
        ("frost", "2026-07-03T22:00:00Z", -1.5),
        ("heat", "2026-07-04T22:00:00Z", 36.5),
    ]


def test_a_drought_order_that_holds_is_an_alert(filled: Engine, server: OpenData) -> None:
    answer = orders.Answer(
        SITE, (47314, 5029), "AEP", NOW - timedelta(hours=1), "order", "vigieau", "live"
    )
    order = orders.DroughtOrder(
        *("AEP", "21_1", "Ouche", "crise", date(2026, 6, 20), date(2026, 8, 31)),
        *("https://prefecture.example/order.pdf", "", ()),
    )
    past = replace(order, zone_code="21_2", valid_until=date(2026, 7, 2))
    with writing(filled) as c:
        orders.write(c, replace(answer, order=order))
        orders.write(c, replace(answer, order=past, place=(47315, 5029)))
    found = server.json(f"{ENTITIES}?type=Alert&q=alertKind==drought&options=keyValues")
    assert [(one["severity"], one["data"]["level"]) for one in found] == [("critical", "crise")]
    assert found[0]["seeAlso"] == "https://prefecture.example/order.pdf"
    assert found[0]["validTo"] == "2026-08-31T22:00:00Z"


def test_a_silent_sensor_is_an_alert(filled: Engine, server: OpenData) -> None:
    with writing(filled) as c:
        device = next(d.device for d in farms.devices(c, SITE) if d.plot == "planche-2")
        at = int(NOW.timestamp()) - 5 * 86_400  # once a day is its usual pause
        readings.write(c, [Row(device, "soil_moisture", 20.0, at, 0.3, 1)])
    found = server.json(f"{ENTITIES}?type=Alert&q=alertKind==sensor_silent&options=keyValues")
    assert [one["alertSource"] for one in found] == [f"urn:ngsi-ld:Device:dijon:{device}"]
    state = server.json(f"{ENTITIES}/urn:ngsi-ld:Device:dijon:{device}?options=keyValues")
    assert state["deviceState"] == "silent"


def test_city_equipment_says_how_its_values_come(server: OpenData) -> None:
    park = server.json(f"{ENTITIES}?type=OffStreetParking&options=keyValues")[0]
    assert (park["availableSpotNumber"], park["totalSpotNumber"]) == (120, 350)
    assert (park["dataMode"], park["address"]["addressLocality"]) == ("simulated", "Dijon")


@pytest.mark.parametrize("type_", ["AgriParcel", "AgriParcel,AgriFarm", "AgriParcelOperation"])
def test_pages_together_are_the_whole(server: OpenData, type_: str) -> None:
    whole = server.json(f"{ENTITIES}?type={type_}&limit=1000")
    path, found = f"{ENTITIES}?type={type_}&limit=7&options=count", []
    while path:
        answer = server.get(path)
        assert answer.headers["NGSILD-Results-Count"] == str(len(whole))
        found += answer.json()
        path = answer.links.get("next", {}).get("url", "")
    assert found == whole
    assert len({one["id"] for one in found}) == len(found) > 0


def test_ids_types_and_attributes_narrow(server: OpenData) -> None:
    assert [one["id"] for one in server.json(f"{ENTITIES}?id={_BED}")] == [_BED]
    assert server.json(f"{ENTITIES}?id={_BED}&type=AgriFarm") == []
    told = server.json(f"{ENTITIES}?type=AgriParcel&attrs=area&options=keyValues&limit=1")[0]
    assert set(told) == {"id", "type", "area"}
    whole = "https://smartdatamodels.org/dataModel.Agrifood/AgriFarm"
    assert {one["type"] for one in server.json(f"{ENTITIES}?type={whole}")} == {"AgriFarm"}


def test_places_narrow(server: OpenData) -> None:
    near = "georel=near;maxDistance==200&geometry=Point&coordinates=[5.029,47.314]"
    found = server.json(f"{ENTITIES}?type=AgriFarm&{near}&options=keyValues")
    assert [one["name"] for one in found] == ["Potager des Ducs"]


def test_times_are_told_when_asked(server: OpenData) -> None:
    plain = server.json(f"{ENTITIES}?type=AgriParcelRecord")[0]
    timed = server.json(f"{ENTITIES}?type=AgriParcelRecord&options=sysAttrs")[0]
    assert "modifiedAt" not in plain
    assert timed["modifiedAt"] == "2026-07-03T07:50:00Z"


def test_the_context_is_pinned_and_inside_where_asked(server: OpenData) -> None:
    plain = server.get(f"{ENTITIES}/{_BED}")
    assert "@context" not in plain.json()
    assert 'rel="http://www.w3.org/ns/json-ld#context"' in plain.headers["link"]
    linked = server.get(f"{ENTITIES}/{_BED}", accept="application/ld+json")
    assert linked.headers["content-type"] == "application/ld+json"
    assert linked.json()["@context"][-1] == CORE


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        (f"{ENTITIES}?q=a<<1", 400, "cannot be read"),
        (f"{ENTITIES}?limit=-1", 400, "no whole number"),
        (f"{ENTITIES}?limit=1001", 400, "more than 1000"),
        (f"{ENTITIES}?offset=9999999", 400, "more than 1000000"),
        (f"{ENTITIES}?options=keyValues,concise", 400, "one representation at a time"),
        (f"{ENTITIES}?options=all", 400, "options=all is unknown"),
        (f"{ENTITIES}?georel=within", 400, "go together"),
        (f"{ENTITIES}/urn:ngsi-ld:AgriFarm:dijon:none", 404, "there is no entity"),
        (f"{ENTITIES}/%27%3B%20DROP%20TABLE%20plot", 404, "there is no entity"),
        ("/ngsi-ld/v1/types/Unicorn", 404, "there is no entity of type"),
    ],
)
def test_faults_are_told_as_the_standard_asks(
    server: OpenData, path: str, status: int, told: str
) -> None:
    answer = server.get(path)
    assert answer.status_code == status
    assert answer.json()["type"].startswith("https://uri.etsi.org/ngsi-ld/errors/")
    assert told in answer.json()["detail"]


def test_types_are_those_there_are(filled: Engine, server: OpenData) -> None:
    assert "OffStreetParking" in server.json("/ngsi-ld/v1/types")["typeList"]
    with writing(filled) as c:
        c.execute(delete(schema.asset))
    names = server.json("/ngsi-ld/v1/types")["typeList"]
    assert "OffStreetParking" not in names
    one = server.json("/ngsi-ld/v1/types/AgriParcel")
    assert one["entityCount"] == 22
    kinds = {told["id"]: told["attributeTypes"] for told in one["attributeDetails"]}
    assert kinds["location"] == ["GeoProperty"]
    detailed = server.json("/ngsi-ld/v1/types?details=true")
    assert {told["typeName"] for told in detailed} == set(names)


def test_what_is_held_already_is_not_sent_again(server: OpenData) -> None:
    first = server.get(f"{ENTITIES}?type=AgriFarm", origin="https://elsewhere.example")
    assert first.headers["access-control-allow-origin"] == "*"
    assert "max-age=60" in first.headers["cache-control"]
    again = server.get(f"{ENTITIES}?type=AgriFarm", **{"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_page_elsewhere_may_ask_first(server: OpenData) -> None:
    asked = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "GET"}
    answer = server.client.options(ENTITIES, headers=asked)
    assert answer.status_code == 200
    assert "GET" in answer.headers["access-control-allow-methods"]
    assert server.client.post(ENTITIES, json={}).status_code == 405


@pytest.fixture
def many(filled: Engine) -> Engine:
    """200 sensors more, each with ten series."""
    at = int(NOW.timestamp())
    names = ("soil_moisture", "soil_temperature", "soil_conductivity", "soil_permittivity")
    with writing(filled) as c:
        rows = []
        for number in range(200):
            device = Device(f"s{number}", "", "dragino/lse01", SITE, PLOT, f"Sonde {number}")
            farms.save_device(c, device)
            rows += [
                Row(f"s{number}", name, depth, at - 60, 0.3, 1)
                for name in names
                for depth in (10.0, 20.0)
            ]
            rows += [Row(f"s{number}", name, nan, at - 60, 3.0, 1) for name in ("rssi", "snr")]
        readings.write(c, rows)
    return filled


@pytest.mark.parametrize(
    ("type_", "most"),
    [("AgriParcel", 12), ("AgriParcelRecord", 12), ("DeviceMeasurement", 14), ("Device", 13)],
)
def test_a_page_asks_the_store_little_however_many_sensors_there_are(
    many: Engine, server: OpenData, type_: str, most: int
) -> None:
    server.json(f"{ENTITIES}?type={type_}&limit=1")
    asked: list[str] = []
    with server.source.connect() as c:
        engine = c.engine
    event.listen(engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    started = perf_counter()
    found = server.json(f"{ENTITIES}?type={type_}&limit=100")
    took = perf_counter() - started
    assert len(found) == (22 if type_ == "AgriParcel" else 100)
    assert len(asked) <= most
    assert took < 10.0  # a figure for a quiet machine is the benchmark's
