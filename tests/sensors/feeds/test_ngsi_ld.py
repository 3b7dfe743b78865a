"""NGSI-LD entities in every form become the same reports; what cannot be used is told."""

import json
from datetime import UTC, datetime
from math import isnan
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sensors.errors import DecodeError, FeedError
from sensors.feeds import ngsi_ld
from sensors.feeds.city_assets import Report
from sensors.feeds.ngsi_types import TYPES
from sensors.feeds.source import Place
from sensors.quantities import QUANTITIES

AT = datetime(2026, 7, 20, 4, 0, tzinfo=UTC)
SEEN = "2026-07-20T03:00:00Z"
CABINET = "urn:ngsi-ld:StreetlightControlCabinet:town:1"
POINT = {"type": "Point", "coordinates": [5.04, 47.32]}

NORMALISED = {
    "id": CABINET,
    "type": "StreetlightControlCabinet",
    "name": {"type": "Property", "value": "Rue de la Gare"},
    "totalActivePower": {
        "type": "Property",
        "value": 3.5,
        "unitCode": "KWT",
        "observedAt": SEEN,
    },
    "illuminanceLevel": {"type": "Property", "value": 0.5, "observedAt": SEEN},
    "lampCount": {"type": "Property", "value": 80},
    "location": {"type": "GeoProperty", "value": POINT},
    "address": {"type": "Property", "value": {"addressLocality": "Chenôve"}},
    "dataProvider": {"type": "Property", "value": "simulated"},
    "@context": "https://example.org/never-fetched.jsonld",
}
CONCISE = {
    **NORMALISED,
    "name": "Rue de la Gare",
    "totalActivePower": {"value": 3500, "unitCode": "WTT", "observedAt": SEEN},
    "illuminanceLevel": {"value": 50, "unitCode": "P1", "observedAt": SEEN},
    "lampCount": 80,
    "location": POINT,
    "address": {"addressLocality": "Chenôve"},
    "dataProvider": "simulated",
}
KEY_VALUES = {
    **CONCISE,
    "totalActivePower": 3.5,
    "illuminanceLevel": 0.5,
    "dateObserved": SEEN,
}
VERSION_2 = {
    "id": CABINET,
    "type": "StreetlightControlCabinet",
    "name": {"type": "Text", "value": "Rue de la Gare", "metadata": {}},
    "totalActivePower": {
        "type": "Number",
        "value": 3.5,
        "metadata": {"TimeInstant": {"type": "DateTime", "value": SEEN}},
    },
    "illuminanceLevel": {
        "type": "Number",
        "value": 0.5,
        "metadata": {"TimeInstant": {"type": "DateTime", "value": SEEN}},
    },
    "lampCount": {"type": "Number", "value": 80, "metadata": {}},
    "location": {"type": "geo:point", "value": "47.32,5.04", "metadata": {}},
    "address": {"type": "StructuredValue", "value": {"addressLocality": "Chenôve"}},
    "dataProvider": {"type": "Text", "value": "simulated", "metadata": {}},
}
SPELT_OUT = {
    name
    if name.startswith(("id", "type", "@"))
    else f"https://smartdatamodels.org/dataModel.Streetlighting/{name}": value
    for name, value in NORMALISED.items()
} | {"type": ["https://uri.fiware.org/ns/data-models#StreetlightControlCabinet"]}
INSTANCES = NORMALISED | {
    "totalActivePower": [
        {"type": "Property", "value": 9.0, "datasetId": "urn:old", "observedAt": SEEN},
        {"type": "Property", "value": 3.5, "unitCode": "KWT", "observedAt": SEEN},
    ]
}


def _read(*entities: Any, at: datetime = AT, **frame: Any) -> tuple[Report, ...]:
    return ngsi_ld.read(
        json.dumps({"type": "Notification", **frame, "data": entities}).encode(), at
    )


def _one(entity: Any) -> Report:
    (found,) = _read(entity)
    return found


def _values(report: Report) -> dict[str, float]:
    return {one.quantity: one.value for one in report.measured}


@pytest.mark.parametrize(
    "entity",
    [
        pytest.param(NORMALISED, id="normalised"),
        pytest.param(CONCISE, id="concise"),
        pytest.param(KEY_VALUES, id="key-values"),
        pytest.param(VERSION_2, id="NGSI version 2"),
        pytest.param(SPELT_OUT, id="names spelt out"),
        pytest.param(INSTANCES, id="several instances"),
    ],
)
def test_every_form_says_the_same(entity: dict[str, Any]) -> None:
    found = _one(entity)
    assert found.problems == ()
    assert _values(found) == {"power": 3.5, "luminous_level": 50.0}
    assert {one.time for one in found.measured} == {datetime.fromisoformat(SEEN)}
    own = found.equipment
    assert own is not None
    assert (own.name, own.kind, own.label) == (CABINET, "lighting_cabinet", "Rue de la Gare")
    assert (own.latitude, own.longitude, own.locality) == (47.32, 5.04, "Chenôve")
    assert (own.mode, own.details) == ("simulated", {"lights": 80.0})


@pytest.mark.parametrize(
    ("type_", "told", "details"),
    [
        (
            "StreetlightControlCabinet",
            {"workingMode": {"value": "automatic"}, "maximumPowerAvailable": 9},
            {"working_mode": "automatic", "peak_power": 9.0},
        ),
        ("ACMeasurement", {"phaseType": "threePhase"}, {"phase_type": "threePhase"}),
        (
            "PhotovoltaicMeasurement",
            {"dateEnergyMeteringStarted": {"type": "DateTime", "@value": "2025-01-01T01:00+01:00"}},
            {"metering_started": "2025-01-01T00:00:00Z"},
        ),
        ("PhotovoltaicMeasurement", {"dateEnergyMeteringStarted": "last spring"}, {}),
        ("ACMeasurement", {"phaseType": 3}, {}),
    ],
)
def test_details_that_are_words_or_times_are_kept_as_text(
    type_: str, told: dict[str, Any], details: dict[str, Any]
) -> None:
    own = _one({"id": "urn:a", "type": type_, **told}).equipment
    assert own is not None
    assert own.details == details


def test_a_solar_plant_s_temperature_is_its_device_s() -> None:
    told = {"temperature": {"value": 41.5, "unitCode": "CEL", "observedAt": SEEN}}
    assert _values(_one({"id": "urn:a", "type": "PhotovoltaicMeasurement", **told})) == {
        "device_temperature": 41.5
    }


@pytest.mark.parametrize("wrap", ["notification", "list", "one"])
def test_entities_are_found_however_they_are_wrapped(wrap: str) -> None:
    told: Any = {"notification": {"data": [NORMALISED]}, "list": [NORMALISED], "one": NORMALISED}
    (found,) = ngsi_ld.read(json.dumps(told[wrap]).encode(), AT)
    assert _values(found)["power"] == 3.5


def test_a_value_s_time_is_its_own_then_the_observation_s_then_the_notification_s() -> None:
    bare = {"id": "urn:a", "type": "OffStreetParking", "availableSpotNumber": 12}
    (found,) = _read(bare, notifiedAt="2026-07-20T03:59:30Z")
    assert found.measured[0].time == datetime(2026, 7, 20, 3, 59, 30, tzinfo=UTC)
    (found,) = _read(bare)
    assert found.measured[0].time == AT
    (found,) = _read(bare | {"dateObserved": SEEN})
    assert found.measured[0].time == datetime.fromisoformat(SEEN)


def test_what_nobody_dates_may_be_refused() -> None:
    bare = {"id": "urn:a", "type": "OffStreetParking", "availableSpotNumber": 12}
    (found,) = ngsi_ld.read(json.dumps(bare).encode(), None)
    assert found.measured == ()
    assert [one.reason for one in found.problems] == ["no_time"]
    changed = {"type": "Property", "value": 12, "modifiedAt": SEEN}
    (found,) = ngsi_ld.read(json.dumps(bare | {"availableSpotNumber": changed}).encode(), None)
    assert found.measured[0].time == datetime.fromisoformat(SEEN)


def test_vehicles_are_counted_over_their_period() -> None:
    counter = {
        "id": "urn:c",
        "type": "TrafficFlowObserved",
        "intensity": 50,
        "averageVehicleSpeed": {"value": 10, "unitCode": "MTS"},
        "occupancy": 0.25,
        "dateObserved": "2026-07-20T03:00:00Z/2026-07-20T03:15:00Z",
    }
    found = _one(counter)
    assert _values(found) == {"vehicle_flow": 200.0, "vehicle_speed": 36.0, "occupancy": 25.0}
    assert {one.time for one in found.measured} == {datetime(2026, 7, 20, 3, tzinfo=UTC)}
    period = {"dateObservedFrom": SEEN, "dateObservedTo": "2026-07-20T04:00:00Z"}
    assert _values(_one({**counter, "dateObserved": SEEN, **period}))["vehicle_flow"] == 50.0
    without = _one({**counter, "dateObserved": SEEN})
    assert [one.reason for one in without.problems] == ["no_period"]
    assert "vehicle_flow" not in _values(without)


def test_a_unit_that_must_be_told_is_not_guessed() -> None:
    meter = {"id": "urn:m", "type": "ACMeasurement", "totalActivePower": 4}
    assert [one.reason for one in _one(meter).problems] == ["no_unit"]
    told = {"type": "Property", "value": 4000, "unitCode": "WTT"}
    assert _values(_one(meter | {"totalActivePower": told})) == {"power": 4.0}
    wrong = {"type": "Property", "value": 4000, "unitCode": "CEL"}
    (problem,) = _one(meter | {"totalActivePower": wrong}).problems
    assert (problem.reason, problem.field, problem.value) == ("bad_unit", "totalActivePower", "CEL")


def test_gases_become_shares_of_the_air() -> None:
    station = {"id": "urn:a", "type": "AirQualityObserved", "no2": 40, "airQualityIndex": 3}
    found = _values(_one(station))
    assert found["nitrogen_dioxide"] == pytest.approx(0.0209, abs=1e-4)  # 1 ppb = 1.9125 µg m⁻³
    assert found["air_index"] == 3.0


def test_nothing_is_no_number_and_no_text_is_one() -> None:
    parking = {"id": "urn:p", "type": "OffStreetParking", "availableSpotNumber": None}
    assert isnan(_values(_one(parking))["free_spaces"])
    gone = parking | {"availableSpotNumber": {"type": "Property", "value": "urn:ngsi-ld:null"}}
    assert isnan(_values(_one(gone))["free_spaces"])
    (problem,) = _one(parking | {"availableSpotNumber": "many"}).problems
    assert (problem.reason, problem.value) == ("bad_value", "'many'")


def test_a_light_is_lit_or_not() -> None:
    light = {"id": "urn:l", "type": "Streetlight", "powerState": "low"}
    assert _values(_one(light)) == {"lamps_on": 1.0}
    assert _values(_one(light | {"powerState": {"type": "Property", "value": "off"}})) == {
        "lamps_on": 0.0
    }
    assert [one.reason for one in _one(light | {"powerState": "blue"}).problems] == ["bad_value"]


@pytest.mark.parametrize("entity", [3, {}, {"id": 7, "type": "X"}, {"id": "x" * 300}, None, []])
def test_what_is_no_entity_is_told_beside_the_others(entity: Any) -> None:
    bad, good = _read(entity, NORMALISED)
    assert [one.reason for one in bad.problems] == ["bad_entity"]
    assert bad.equipment is None
    assert _values(good)["power"] == 3.5


def test_an_unknown_type_is_told() -> None:
    (problem,) = _one({"id": "urn:d", "type": "Dog"}).problems
    assert (problem.reason, problem.device, problem.value) == (
        "unknown_entity_type",
        "urn:d",
        "'Dog'",
    )


@pytest.mark.parametrize("body", [b"", b"\xff", b"3", b'"text"', b"{", b'{"data": 3}', b"[" * 99])
def test_what_is_no_notification_is_refused(body: bytes) -> None:
    with pytest.raises(DecodeError, match=r"bad_json|bad_envelope|too_deep"):
        ngsi_ld.read(body, AT)


def test_too_many_entities_are_refused() -> None:
    with pytest.raises(DecodeError, match="bad_envelope"):
        _read(*[{"id": "a", "type": "Dog"}] * (ngsi_ld.MOST + 1))


def test_a_place_that_is_none_is_no_place() -> None:
    far = NORMALISED | {"location": {"type": "Point", "coordinates": [500, 47]}}
    own = _one(far).equipment
    assert own is not None
    assert isnan(own.latitude)
    own = _one(NORMALISED | {"location": {"type": "Polygon", "coordinates": [[[5, 47], [5, 48]]]}})
    assert own.equipment is not None
    assert (own.equipment.latitude, own.equipment.longitude) == (47.5, 5.0)


def test_what_is_asked_is_read_alike() -> None:
    place = Place(47.3, 5.0, 245.0, UTC)
    feed = ngsi_ld.entities("http://broker", token="t", tenant="city", offset=500)  # noqa: S106
    request = feed.ask(place)
    assert request.url == "http://broker/ngsi-ld/v1/entities"
    assert (request.params["limit"], request.params["offset"]) == ("500", "500")
    assert request.params["type"].split(",") == list(TYPES)
    assert request.headers["Authorization"] == "Bearer t"
    assert request.headers["NGSILD-Tenant"] == "city"
    assert "Bearer" not in repr(request)
    parsed = feed.read(json.dumps([NORMALISED]).encode(), place)
    assert parsed.observed_at == datetime.fromisoformat(SEEN)
    with pytest.raises(FeedError, match="unreadable"):
        feed.read(b"<html>", place)


def test_every_meaning_is_of_the_table() -> None:
    for told in TYPES.values():
        for meant in told.attributes.values():
            assert meant.quantity in QUANTITIES
            if meant.unit is not None:
                # A bare number has a unit that can become ours.
                assert ngsi_ld._converted(1.0, "", meant) is not None


_KEYS = st.sampled_from(
    ["value", "type", "observedAt", "unitCode", "coordinates", "object", "metadata", "datasetId"]
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=12,
)
_NAMED = [*("location", "address", "name", "dataProvider", "dateObserved"), "availableSpotNumber"]
_NAMED += ["totalActivePower", "powerState", "occupancy", "dateObservedFrom", "intensity"]
_ATTRIBUTES = st.sampled_from(_NAMED)


@given(
    entities=st.lists(
        st.fixed_dictionaries(
            {"id": st.just("urn:x") | _JSON, "type": st.sampled_from([*TYPES]) | _JSON}
        ).flatmap(
            lambda frame: st.dictionaries(_ATTRIBUTES, _JSON, max_size=6).map(
                lambda more: {**frame, **more}
            )
        ),
        max_size=3,
    )
)
@example([{"id": "urn:x", "type": "OffStreetParking", "location": [{"type": []}]}])
def test_no_entity_is_an_accident(entities: list[dict[str, Any]]) -> None:
    found = _read(*entities)
    assert len(found) == len(entities)
    for report in found:
        assert report.problems or report.equipment is not None
        for one in report.measured:
            assert one.time.tzinfo is not None
