"""Ecowitt and Wunderground forms: imperial values become ours, channels their own devices."""

import json
from datetime import UTC, datetime
from math import isnan
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors import envelopes
from sensors.errors import DecodeError
from sensors.quantities import QUANTITIES
from sensors.reading import Uplink

NOW = datetime(2026, 7, 3, 5, 30, tzinfo=UTC)
POSTS = Path(__file__).parents[3] / "../shared/data/sensors/ecowitt_posts.json"
KEY = "34271334ED1FADA6D8B988B14267E55D"


def _parse(form: dict[str, str], topic: str = f"ecowitt/{KEY}") -> dict[str, Uplink]:
    found = envelopes.parse_all(topic, urlencode(form).encode(), arrived_at=NOW)
    return {one.device: one for one in found}


def _values(uplink: Uplink) -> dict[str, float]:
    return {one.quantity: round(one.value, 6) for one in uplink.readings}


def test_the_weather_of_a_gateway() -> None:
    form = {
        "PASSKEY": KEY,
        "stationtype": "GW1100A_V2.1.4",
        "dateutc": "2026-07-03 05:29:00",
        "tempf": "70.7",
        "humidity": "54",
        "baromrelin": "29.921",
        "baromabsin": "29.165",
        "winddir": "200",
        "windspeedmph": "10",
        "windgustmph": "20.0",
        "rainratein": "0.100",
        "dailyrainin": "0.250",
        "rrain_piezo": "9.000",
        "solarradiation": "530.62",
        "uv": "4",
        "wh90batt": "2.74",
        "freq": "868M",
    }
    (found,) = _parse(form).values()
    assert (found.device, found.network, found.problems) == (KEY, "ecowitt", ())
    assert found.time == datetime(2026, 7, 3, 5, 29, tzinfo=UTC)
    assert _values(found) == {
        "air_temperature": 21.5,
        "relative_humidity": 54.0,
        "sea_level_pressure": pytest.approx(101.324, abs=1e-3),
        "air_pressure": pytest.approx(98.764, abs=1e-3),
        "wind_direction": 200.0,
        "wind_speed": 4.4704,
        "wind_gust": 8.9408,
        "rain_rate": 2.54,
        "rain_day": 6.35,
        "solar_radiation": 530.62,
        "uv_index": 4.0,
        "battery_voltage": 2.74,
    }


def test_channels_are_devices_of_their_own() -> None:
    form = {
        "dateutc": "2026-07-03 05:29:00",
        "tempf": "68",
        "soilmoisture1": "31",
        "soilad1": "210",
        "soilbatt1": "1.5",
        "soilmoisture12": "8",
        "tf_ch2": "59.0",
        "leafwetness_ch1": "14",
        "temp3f": "50",
        "humidity3": "80",
        "leak_ch1": "1",
        "leakbatt1": "5",
        "pm25_ch1": "7.5",
    }
    found = _parse(form)
    assert {name.removeprefix(KEY): _values(one) for name, one in found.items()} == {
        "": {"air_temperature": 20.0},
        "-soil1": {"soil_moisture": 0.31, "soil_moisture_counts": 210.0, "battery_voltage": 1.5},
        "-soil12": {"soil_moisture": 0.08},
        "-probe2": {"external_temperature": 15.0},
        "-leaf1": {"leaf_wetness": 14.0},
        "-air3": {"air_temperature": 10.0, "relative_humidity": 80.0},
        "-leak1": {"water_detected": 1.0, "battery_level": 100.0},
        "-dust1": {"pm2_5": 7.5},
    }
    of_the_gateway = {name for name, one in found.items() if one.part_of == KEY}
    assert of_the_gateway == {f"{KEY}-soil1", f"{KEY}-leaf1", f"{KEY}-leak1"}


def test_wunderground_s_form() -> None:
    form = {
        "ID": "IDIJON12",
        "dateutc": "now",
        "tempf": "68",
        "dewptf": "50",
        "baromin": "29.921",
        "indoortempf": "70",
        "UV": "3",
        "action": "updateraw",
    }
    (found,) = _parse(form, "wunderground/IDIJON12").values()
    assert (found.device, found.time, found.problems) == ("IDIJON12", NOW, ())
    values = _values(found)
    assert values["dew_point"] == 10.0
    assert values["uv_index"] == 3.0
    assert values["indoor_temperature"] == pytest.approx(21.111111)


@pytest.mark.parametrize("value", ["", "--", "-9999", "-9999.0", "null"])
def test_what_the_gateway_does_not_hear_is_missing(value: str) -> None:
    (found,) = _parse({"dateutc": "2026-07-03 05:29:00", "tempf": value}).values()
    assert isnan(found.readings[0].value)
    assert found.problems == ()


def test_a_wrong_value_is_a_problem_and_the_others_stay() -> None:
    (found,) = _parse({"dateutc": "2026-07-03 05:29:00", "tempf": "warm", "uv": "3"}).values()
    assert _values(found) == {"uv_index": 3.0}
    assert [(one.reason, one.field, one.device) for one in found.problems] == [
        ("bad_value", "tempf", KEY)
    ]


def test_a_missing_time_is_the_arrival_s_and_one_problem() -> None:
    found = _parse({"tempf": "68", "soilmoisture2": "30"})
    assert {one.time for one in found.values()} == {NOW}
    assert [one.reason for each in found.values() for one in each.problems] == ["no_time"]


@pytest.mark.parametrize(
    ("topic", "body", "reason"),
    [
        ("ecowitt", b"tempf=68", "no_device"),
        ("ecowitt", b"PASSKEY=a/b&tempf=68", "no_device"),
        (f"ecowitt/{KEY}", b"", "bad_envelope"),
        (f"ecowitt/{KEY}", b"\xff\xfe", "bad_envelope"),
        (f"ecowitt/{KEY}", b"{}", "bad_envelope"),
        (f"ecowitt/{KEY}", b"&".join(b"a%d=1" % i for i in range(401)), "bad_envelope"),
        (f"ecowitt/{KEY}", b"dateutc=noon&tempf=68", "bad_time"),
        (f"ecowitt/{KEY}", b"dateutc=2026-07-03+05:41:00&tempf=68", "clock_ahead"),
        (f"ecowitt/{KEY}", b"a" * (256 * 1024 + 1), "too_large"),
    ],
)
def test_what_cannot_be_read_is_refused(topic: str, body: bytes, reason: str) -> None:
    with pytest.raises(DecodeError, match=reason) as refusal:
        envelopes.parse_all(topic, body, arrived_at=NOW)
    assert refusal.value.reason == reason


FIELDS = st.sampled_from(
    ["PASSKEY", "ID", "dateutc", "tempf", "humidity", "soilmoisture1", "tf_ch9", "leakbatt1", "uv"]
)


@given(st.dictionaries(FIELDS, st.text(max_size=20)))
def test_no_form_raises_anything_but_a_decode_error(form: dict[str, str]) -> None:
    try:
        found = envelopes.parse_all("ecowitt", urlencode(form).encode(), arrived_at=NOW)
    except DecodeError as error:
        assert error.reason.isidentifier()
        return
    assert all(one.quantity in QUANTITIES for each in found for one in each.readings)


@pytest.mark.skipif(not POSTS.is_file(), reason="no recorded data beside the project")
def test_recorded_posts() -> None:
    posts = json.loads(POSTS.read_text(encoding="utf-8"))
    assert len(posts) == 4
    for form in posts.values():
        found = _parse(form, "ecowitt")
        own = _values(found[form["PASSKEY"]])
        assert own["air_temperature"] == pytest.approx((float(form["tempf"]) - 32) / 1.8, abs=1e-5)
        assert own["air_pressure"] == pytest.approx(float(form["baromabsin"]) * 3.386389, abs=1e-4)
        assert own["solar_radiation"] == float(form["solarradiation"])
        assert all(one.problems == () for one in found.values())
    with_spaces = _parse(posts["GW2000A_V3_DATA"], "ecowitt").values()
    assert {one.time for one in with_spaces} == {datetime(2024, 2, 8, 10, 36, 28, tzinfo=UTC)}
