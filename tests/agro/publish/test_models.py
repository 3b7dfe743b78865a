"""Every published entity is valid against its Smart Data Models schema, in key-values form."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jsonschema
import pytest
from referencing import Registry, Resource
from sqlalchemy import Engine

from agro.city.receiving import receive
from agro.publish.entities import document
from agro.publish.place import Register
from agro.publish.types import TYPES
from agro.store import writing
from sensors.simulated import city
from sensors.simulated.climate import Climate
from sensors.simulated.weather import generate
from tests.climate import MONTHS

Validators = Callable[[str], jsonschema.Draft202012Validator]
_FILES = {"WeatherObserved": "WeatherObserved", "Alert": "Alert"}


@pytest.fixture(scope="session")
def validators(data: Path) -> Validators:
    """The validator of a type; its schemas refer to each other, none to the network."""
    folder = data / "city" / "smart-data-models"
    if not folder.is_dir():
        pytest.skip("the schemas of the Smart Data Models are not beside the project")
    schemas = {file.name: json.loads(file.read_text()) for file in folder.glob("*.json")}
    resources = [
        (schema["$id"], Resource.from_contents(schema))
        for schema in schemas.values()
        if "$id" in schema
    ]
    registry: Any = Registry().with_resources(resources)
    formats = jsonschema.FormatChecker()
    formats.checks("date-time", raises=ValueError)(_is_time)

    def validator(type_: str) -> jsonschema.Draft202012Validator:
        schema = schemas[f"{type_}.schema.json"]
        return jsonschema.Draft202012Validator(schema, registry=registry, format_checker=formats)

    return validator


def _is_time(text: object) -> bool:
    return not isinstance(text, str) or datetime.fromisoformat(text).tzinfo is not None


_EXPECTED = {
    *("AgriFarm", "AgriParcel", "AgriParcelRecord", "AgriParcelOperation", "AgriCrop", "AgriSoil"),
    *("AgriGreenhouse", "WeatherObserved", "WeatherForecast", "Device", "DeviceMeasurement"),
    *("Alert", "StreetlightControlCabinet", "OffStreetParking", "TrafficFlowObserved"),
    *("AirQualityObserved", "WaterObserved", "PhreaticObserved", "ACMeasurement"),
    "PhotovoltaicMeasurement",
}


def test_every_entity_of_every_type_is_valid(
    filled: Engine, here: Register, validators: Validators
) -> None:
    seen = set()
    with filled.connect() as c:
        for type_, read in TYPES.items():
            for entity in read(c, here):
                assert entity.type == type_
                faults = [f.message for f in validators(type_).iter_errors(_told(entity))]
                assert not faults, (entity.id, faults)
                seen.add(type_)
    assert seen == _EXPECTED


def _told(entity: Any) -> dict[str, Any]:
    return document(entity, "simplified")


@pytest.mark.parametrize(
    ("type_", "name", "wrong"),
    [
        ("AgriParcel", "hasAgriCrop", None),
        ("AgriParcel", "area", -1.0),
        ("AgriParcelRecord", "soilMoistureVwc", 20.3),
        ("AgriParcelOperation", "operationType", "irrigation"),
        ("WeatherObserved", "relativeHumidity", 55.0),
        ("Device", "controlledProperty", ["soil moisture"]),
        ("AgriParcelOperation", "plannedStartAt", "tomorrow"),
        ("StreetlightControlCabinet", "workingMode", None),
    ],
)
def test_what_is_broken_on_purpose_fails(
    filled: Engine, here: Register, validators: Validators, type_: str, name: str, wrong: Any
) -> None:
    with filled.connect() as c:
        good = _told(next(TYPES[type_](c, here)))
    assert validators(type_).is_valid(good)
    bad = (
        good | {name: wrong} if wrong is not None else {k: v for k, v in good.items() if k != name}
    )
    assert not validators(type_).is_valid(bad)


def test_what_a_model_asks_and_nobody_told_is_not_guessed(filled: Engine, here: Register) -> None:
    """A cabinet without a working mode, and a plant without its start, are plain measurements."""
    with filled.connect() as c:
        cabinets = [one.id for one in TYPES["StreetlightControlCabinet"](c, here)]
        plants = [one.id for one in TYPES["PhotovoltaicMeasurement"](c, here)]
        plain = {one.id.split(":")[4] for one in TYPES["DeviceMeasurement"](c, here)}
    assert [one.rpartition(":")[2] for one in cabinets] == ["cabinet-1"]
    assert plants == [f"urn:ngsi-ld:PhotovoltaicMeasurement:{here.city.slug}:pv-2"]
    assert {"cabinet-2", "building-1", "pv-1"} <= plain
    assert not {"cabinet-1", "building-2", "pv-2"} & plain


def test_a_control_post_s_notifications_come_out_under_their_own_types(
    filled: Engine, here: Register, validators: Validators
) -> None:
    """What a broker tells of cabinets, buildings and plants is told on, nothing of it guessed."""
    at = datetime(2026, 7, 14, 11, 0, tzinfo=UTC)
    types = ("StreetlightControlCabinet", "ACMeasurement", "PhotovoltaicMeasurement")
    stocks = [city.Stock(kind, 2, 90.0) for kind in ("lighting_cabinet", "building", "pv_plant")]
    town = city.Town("21231", "Dijon", 160_000, 47.32, 5.04, 40.0)
    post = city.make(here.city.slug, [town], stocks, seed=3)
    climate = Climate(latitude=47.32, longitude=5.04, elevation=245.0, **MONTHS)
    weather = generate(climate, date(2026, 7, 13), 3, seed=3)
    where = {"latitude": 47.32, "longitude": 5.04, "zone": ZoneInfo("Europe/Paris")}
    told = city.reported(post, city.moment(at, weather, **where))
    with writing(filled) as c:
        before = {type_: {one.id for one in TYPES[type_](c, here)} for type_ in types}
        plain = {one.id for one in TYPES["DeviceMeasurement"](c, here)}
        assert [receive(c, body, at).problems for body in city.notifications(told, at)] == [0]
        for type_ in types:
            new = [one for one in TYPES[type_](c, here) if one.id not in before[type_]]
            assert len(new) == 2
            for entity in new:
                faults = [f.message for f in validators(type_).iter_errors(_told(entity))]
                assert not faults, (entity.id, faults)
        assert {one.id for one in TYPES["DeviceMeasurement"](c, here)} == plain
