"""NGSI-LD over time and by a query in a body, over real HTTP."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from agro.store import readings, writing
from agro.store.readings import Row
from tests.agro.publish.conftest import NOW, PLOT, SITE, OpenData

TEMPORAL = "/ngsi-ld/v1/temporal/entities"
QUERY = "/ngsi-ld/v1/entityOperations/query"
_HOURS = 1_200


@pytest.fixture
def probe(filled: Engine, server: OpenData) -> str:
    """The record of a probe whose soil moisture was measured for 1 200 hours before; its URN."""
    record = server.json("/ngsi-ld/v1/entities?type=AgriParcelRecord")[0]
    device = record["hasDevice"]["object"][0].rpartition(":")[2]
    last = int(datetime.fromisoformat(record["soilMoistureVwc"]["observedAt"]).timestamp())
    depth = 100.0 * record["depth"]["value"]
    with writing(filled) as c:
        rows = [
            Row(device, "soil_moisture", depth, last - 3600 * hour, 0.3, 4 if hour == 2 else 1)
            for hour in range(1, _HOURS)
        ]
        readings.write(c, rows)
    return str(record["id"])


def _moistures(body: Any) -> list[tuple[float, str]]:
    return [(one["value"], one["observedAt"]) for one in body["soilMoistureVwc"]]


def test_a_probe_s_past_is_told_newest_first_without_what_is_refused(
    server: OpenData, probe: str
) -> None:
    body = server.json(f"{TEMPORAL}/{probe}?lastN=3&attrs=soilMoistureVwc")
    assert set(body) == {"id", "type", "soilMoistureVwc"}
    values = _moistures(body)
    assert [value for value, _ in values] == [0.2, 0.3]  # the third is refused by a test
    assert values[0][1] > values[1][1]
    short = server.json(f"{TEMPORAL}/{probe}?lastN=2&options=temporalValues")
    assert short["soilMoistureVwc"] == {"type": "Property", "values": [list(v) for v in values]}


def test_a_time_before_after_and_between_narrows(server: OpenData, probe: str) -> None:
    middle = NOW - timedelta(hours=24)
    end = middle + timedelta(hours=5)
    at, until = middle.strftime("%Y-%m-%dT%H:%M:%SZ"), end.strftime("%Y-%m-%dT%H:%M:%SZ")

    def times(query: str) -> list[str]:
        body = server.json(f"{TEMPORAL}/{probe}?attrs=soilMoistureVwc&{query}")
        return [time for _, time in _moistures(body)]

    after, between = (
        times(f"timerel=after&timeAt={at}"),
        times(f"timerel=between&timeAt={at}&endTimeAt={until}"),
    )
    assert len(between) == 5
    assert after[-5:] == between
    assert all(at <= one < until for one in between)
    before = times(f"timerel=before&timeAt={at}&lastN=10")
    assert len(before) == 10
    assert max(before) < at


def test_what_is_left_out_is_told(server: OpenData, probe: str) -> None:
    answer = server.get(f"{TEMPORAL}/{probe}?attrs=soilMoistureVwc")
    assert answer.status_code == 206
    values = _moistures(answer.json())
    assert len(values) == 999  # of 1 000, one is refused
    assert answer.headers["content-range"] == f"date-time {values[0][1]}-{values[-1][1]}/*"


def test_several_entities_have_a_past_and_others_have_none(server: OpenData, probe: str) -> None:
    found = server.json(f"{TEMPORAL}?lastN=1")
    kinds = {one["type"] for one in found}
    assert kinds <= {"AgriParcelRecord", "DeviceMeasurement", "WeatherObserved"}
    assert probe in {one["id"] for one in found}
    page = server.get(f"{TEMPORAL}?lastN=1&limit=1")
    second = server.json(page.links["next"]["url"])
    assert [one["id"] for one in (*page.json(), *second)] == [one["id"] for one in found[:2]]
    sky = server.json(f"{TEMPORAL}?type=WeatherObserved&lastN=1")
    humid = [one["relativeHumidity"] for one in sky if "relativeHumidity" in one]
    assert [one[0]["value"] for one in humid] == [0.55]  # the model's share, not our percent
    assert server.json(f"{TEMPORAL}?type=AgriParcel") == []
    bed = f"urn:ngsi-ld:AgriParcel:dijon:{SITE}:{PLOT}"
    assert server.get(f"{TEMPORAL}/{bed}").status_code == 404


def test_a_probe_that_moves_leaves_its_past_where_it_was(server: OpenData, probe: str) -> None:
    elsewhere = probe.replace(f":{PLOT}:", ":planche-9:")
    assert server.get(f"{TEMPORAL}/{elsewhere}").status_code == 404


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("timerel=during&timeAt=2026-07-01T00:00:00Z", "timerel"),
        ("timerel=after", "timerel with timeAt"),
        ("timeAt=2026-07-01T00:00:00Z", "timerel with timeAt"),
        ("timerel=between&timeAt=2026-07-01T00:00:00Z", "endTimeAt"),
        ("timerel=after&timeAt=yesterday", "is no time"),
        ("timerel=after&timeAt=2026-07-01T00:00:00", "no time zone"),
        ("timeproperty=modifiedAt", "observedAt"),
        ("lastN=all", "no whole number"),
        ("options=keyValues", "temporalValues"),
        ("limit=101", "more than 100"),
    ],
)
def test_a_fault_is_told_as_the_standard_asks(server: OpenData, query: str, told: str) -> None:
    answer = server.get(f"{TEMPORAL}?{query}")
    assert answer.status_code == 400
    assert answer.json()["type"] == "https://uri.etsi.org/ngsi-ld/errors/BadRequestData"
    assert told in answer.json()["detail"]


def test_ids_may_be_given_by_a_pattern(server: OpenData) -> None:
    entities = "/ngsi-ld/v1/entities?type=AgriParcel&limit=1000&options=keyValues"
    whole = [one["id"] for one in server.json(entities)]
    found = [one["id"] for one in server.json(f"{entities}&idPattern=planche-[12]$")]
    assert found == [one for one in whole if one.endswith(("planche-1", "planche-2"))]
    assert found
    for pattern in ("(a", "a" * 300):
        assert server.get(f"{entities}&idPattern={pattern}").status_code == 400
    # What costs other engines minutes is answered like any other.
    assert server.json(f"{entities}&idPattern=^(a*)*(:*)*[^:]*(.*)*$x") == []


def test_a_query_may_be_sent_as_a_body(server: OpenData) -> None:
    asked = {
        "type": "Query",
        "entities": [
            {"type": "AgriFarm"},
            {"type": "AgriParcel", "idPattern": f":{PLOT}$"},
        ],
        "geoQ": {
            "georel": "near;maxDistance==200",
            "geometry": "Point",
            "coordinates": [5.029, 47.314],
        },
        "q": "name",
        "attrs": ["name", "area"],
    }
    answer = server.client.post(f"{QUERY}?options=keyValues,count", json=asked)
    assert answer.status_code == 200
    found = {one["type"]: one for one in answer.json()}
    assert answer.headers["NGSILD-Results-Count"] == str(len(answer.json())) == "2"
    assert found["AgriParcel"]["name"] == "Planche 1"
    assert set(found["AgriParcel"]) == {"id", "type", "name", "area"}
    for wrong in ({"type": "Thing"}, {"type": "Query", "q": "a<<1"}, []):
        refused = server.client.post(QUERY, json=wrong)
        assert refused.status_code == 400
        assert refused.json()["type"].startswith("https://uri.etsi.org/ngsi-ld/errors/")
