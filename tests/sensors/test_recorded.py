"""Recorded messages of both network servers, and a real device's storage, read whole."""

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from sensors import codecs, envelopes
from sensors.reading import Uplink

DATA = Path(__file__).parents[2] / "../shared/data/sensors"
NOW = datetime(2026, 7, 3, tzinfo=UTC)
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="no recorded data beside the project")

PAYLOADS = sorted(DATA.glob("*__payload.json"))
STORAGE = DATA / "ttn_v3_dragino_lse01_storage.jsonl"
TOPICS = {
    "ChirpStack": "application/1/device/0000000000000000/event/up",
    "ThingsStackCommunity": "v3/test/devices/somebody/up",
}
# Their name of a value: our quantity, and what our value is multiplied by to give theirs.
NAMES = {
    "solar_radiation": ("solar_radiation", 1),
    "precipitation": ("rain", 1),
    "precipitation_interval": ("rain_interval", 1),
    "cumulative_precipitation": ("rain_total", 1),
    "lightning_strike_count": ("lightning_count", 1),
    "lightning_average_distance": ("lightning_distance", 1),
    "wind_speed": ("wind_speed", 1),
    "wind_direction": ("wind_direction", 1),
    "maximum_wind_speed": ("wind_gust", 1),
    "air_temperature": ("air_temperature", 1),
    "vapor_pressure": ("vapour_pressure", 1),
    "atmospheric_pressure": ("air_pressure", 1),
    "relative_humidity": ("relative_humidity", 1),
    "sensor_temperature_internal": ("device_temperature", 1),
    "x_orientation_angle": ("tilt_x", 1),
    "y_orientation_angle": ("tilt_y", 1),
    "compass_heading": ("compass_heading", 1),
    "north_wind_speed": ("wind_speed_north", 1),
    "east_wind_speed": ("wind_speed_east", 1),
    "battery_voltage": ("battery_voltage", 1),
    "dielectric_permittivity": ("soil_permittivity", 1),
    "volumetric_water_content": ("soil_moisture", 1),
    "soil_temperature": ("soil_temperature", 1),
    "electrical_conductivity": ("soil_conductivity", 1000),
    "battery": ("battery_level", 1),
    "temperature": ("soil_temperature", 1),
    "moisture": ("soil_moisture", 100),
    "ec": ("soil_conductivity", 1000),
    "rem_batt_capacity": ("battery_level", 1),
    "rem_batt_days": ("battery_life", 1),
}


def _name(theirs: str) -> tuple[str, int, int]:
    """Quantity, level and factor of their name."""
    for quantity in ("soil_moisture", "soil_temperature"):
        if theirs.startswith(f"{quantity}_at_depth_"):
            return quantity, int(theirs.rsplit("_", 1)[1]), 100 if "moist" in quantity else 1
    quantity, factor = NAMES[theirs]
    return quantity, 0, factor


def _expected(model: str, values: dict[str, Any]) -> dict[tuple[str, int], float]:
    found = {}
    for theirs, value in values.items():
        if theirs.startswith("lora_") or value in (-5, -327.68):  # of the radio; a free input
            continue
        quantity, level, factor = _name(theirs)
        found[quantity, level] = value / factor
    if model == "EM500-SMTC":
        found["soil_moisture", 0] = 0.575  # 0x73 = 57.5 %; their converter drops the half
    return found


@pytest.mark.parametrize("file", PAYLOADS, ids=lambda file: file.stem)
def test_a_recorded_message_reads_as_its_result(file: Path) -> None:
    vendor_model, network, _ = file.stem.split("__")
    vendor, model = vendor_model.split("_")
    result = json.loads(file.with_name(f"{vendor_model}__{network}__result.json").read_text())
    uplink = envelopes.parse(TOPICS[network], file.read_bytes(), arrived_at=NOW)
    assert uplink is not None
    decoded = codecs.read(f"{vendor}/{model}", uplink)
    values = {(one.quantity, one.level): one.value for one in decoded.readings}
    expected = _expected(model, result["telemetry"][0]["values"])
    assert values == pytest.approx(expected, rel=1e-9)
    assert (decoded.problems, uplink.problems) == ((), ())
    _check_frame(uplink, result, network)


def _check_frame(uplink: Uplink, result: dict[str, Any], network: str) -> None:
    attributes, (telemetry,) = result["attributes"], result["telemetry"]
    eui = attributes.get("lora_dev_eui") or attributes["eui"]
    assert uplink.eui.upper() == eui.upper()
    values = telemetry["values"]
    assert values.get("lora_rssi", uplink.rssi) == uplink.rssi
    assert values.get("lora_frame_counter", uplink.counter) == uplink.counter
    stated = telemetry["ts"]
    taken = (
        datetime.fromisoformat(stated)
        if isinstance(stated, str)
        else datetime.fromtimestamp(stated / 1000, UTC)
    )
    # Some of their converters take the network server's time, 0.2 s before the application's.
    assert abs(uplink.time - taken) < timedelta(seconds=0.3), network


def _uplinks() -> list[Uplink]:
    found = []
    for line in STORAGE.read_bytes().splitlines():
        uplink = envelopes.parse("v3/soil-app/devices/x/up", line, arrived_at=NOW)
        assert uplink is not None
        found.append(uplink)
    return found


def test_the_storage_of_a_real_device_reads_whole() -> None:
    uplinks = _uplinks()
    assert len(uplinks) == 41
    assert {one.device for one in uplinks} == {"eui-a8404194a1875ff3"}
    assert {one.eui for one in uplinks} == {"A8404194A1875FF3"}
    assert uplinks[0].counter == 0  # left out of the message
    counters = [one.counter for one in uplinks[:3]]
    assert counters == [0, 1, 86]
    gaps = [later.time - earlier.time for earlier, later in pairwise(uplinks)]
    assert max(gaps) > timedelta(hours=28)
    assert all(one.problems == () for one in uplinks)


def test_the_storage_s_bytes_say_what_its_strings_say() -> None:
    """Two uplinks carry units in their strings, the others do not; the bytes agree with all."""
    for uplink in _uplinks():
        by_bytes = codecs.read("dragino/lse01", uplink)
        stated = codecs.from_decoded("dragino/lse01", uplink.decoded)
        assert (by_bytes.problems, stated.problems) == ((), ())
        values = {one.quantity: one.value for one in by_bytes.readings}
        assert values == pytest.approx({one.quantity: one.value for one in stated.readings})
        assert set(values) == {
            "battery_voltage",
            "soil_moisture",
            "soil_temperature",
            "soil_conductivity",
        }
