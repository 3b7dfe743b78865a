"""Encoded values are the makers' own example bytes, and decode to themselves."""

from math import nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors import codecs
from sensors.simulated.encoders import ENCODERS, Values, encode

ATM41 = {
    "solar_radiation": 10.0,
    "rain": 0.0,
    "lightning_count": 0.0,
    "lightning_distance": 0.0,
    "wind_speed": 0.09,
    "wind_direction": 29.9,
    "wind_gust": 0.2,
    "air_temperature": 26.4,
    "vapour_pressure": 1.8,
    "air_pressure": 95.96,
    "relative_humidity": 52.4,
    "device_temperature": 26.5,
    "tilt_x": 0.2,
    "tilt_y": -2.4,
    "compass_heading": 86.0,
    "wind_speed_north": 0.08,
    "wind_speed_east": 0.04,
    "battery_voltage": 3.061,
}
TRS12 = {
    "soil_moisture": 0.0068869,
    "soil_temperature": 31.7,
    "soil_conductivity": 0.0,
    "battery_voltage": 3.2,
}
TBRG = {"rain": 0.4, "rain_interval": 600.0, "rain_total": 1653.8, "battery_voltage": 3.156}


def single(values: dict[str, float]) -> Values:
    return {(quantity, 0): value for quantity, value in values.items()}


@pytest.mark.parametrize(
    ("model", "values", "payload"),
    [
        pytest.param("decentlab/dl-trs12", TRS12, "0210D3000346BE813D00000C80", id="DL-TRS12"),
        pytest.param("decentlab/dl-tbrg", TBRG, "0202F8000300040258409A00000C54", id="DL-TBRG"),
        pytest.param(
            "decentlab/dl-atm41",
            ATM41,
            "02035A0003800A8000800080008009812B8014810880B4A57C820C810980027FE88056800880040BF5",
            id="DL-ATM41",
        ),
    ],
)
def test_the_makers_example_comes_out(model: str, values: dict[str, float], payload: str) -> None:
    assert encode(model, single(values)) == (1, bytes.fromhex(payload))


moisture, temperature = st.floats(0.0, 0.65), st.floats(-20.0, 50.0)
conductivity, volts = st.floats(0.0, 5.0), st.floats(2.0, 3.7)
soils = st.fixed_dictionaries(
    {
        "soil_moisture": moisture,
        "soil_temperature": temperature,
        "soil_conductivity": conductivity,
        "battery_voltage": volts,
        "battery_level": st.floats(0.0, 100.0),
    }
)
# Half a count of the coarsest layout.
WITHIN = {
    "soil_moisture": 5.1e-5,
    "soil_temperature": 0.0501,
    "soil_conductivity": 5.1e-4,
    "battery_voltage": 5.1e-4,
    "battery_level": 0.51,
    "rain": 0.0501,
    "rain_total": 0.0501,
    "rain_interval": 0.51,
    "solar_radiation": 0.51,
    "vapour_pressure": 0.0051,
}


def decoded(model: str, values: Values) -> dict[tuple[str, int], float]:
    answer = codecs.decode(model, *encode(model, values))
    assert not answer.problems
    return {(r.quantity, r.level): r.value for r in answer.readings if r.value == r.value}


@pytest.mark.parametrize("model", ["dragino/lse01", "decentlab/dl-trs12", "milesight/em500-smtc"])
@settings(max_examples=40, deadline=None)
@given(values=soils)
def test_a_soil_reading_decodes_to_itself(model: str, values: dict[str, float]) -> None:
    answer = decoded(model, single(values))
    shown = {"soil_moisture", "soil_temperature", "soil_conductivity"} | {
        "battery_level" if model.startswith("milesight") else "battery_voltage"
    }
    if model.startswith("milesight") and -0.4 < values["soil_temperature"] < 0.0:
        shown.remove("soil_temperature")  # two of its counts there mean "no value"
    for quantity in shown:
        expected = pytest.approx(values[quantity], abs=WITHIN[quantity])
        assert answer[quantity, 0] == expected, quantity


@settings(max_examples=40, deadline=None)
@given(levels=st.lists(st.tuples(moisture, temperature), min_size=1, max_size=8), battery=volts)
def test_a_profile_decodes_to_itself(levels: list[tuple[float, float]], battery: float) -> None:
    values: dict[tuple[str, int], float] = {("battery_voltage", 0): battery}
    for level, (water, warmth) in enumerate(levels):
        values["soil_moisture", level] = water
        values["soil_temperature", level] = warmth
    answer = decoded("decentlab/dl-smtp", values)
    assert answer.keys() == values.keys()
    for key, value in values.items():
        assert answer[key] == pytest.approx(value, abs=WITHIN[key[0]])


@settings(max_examples=40, deadline=None)
@given(rain=st.floats(0.0, 60.0), total=st.floats(0.0, 1e5), span=st.integers(1, 65535), volt=volts)
def test_a_gauge_decodes_to_itself(rain: float, total: float, span: int, volt: float) -> None:
    values = {"rain": rain, "rain_total": total, "rain_interval": float(span)}
    answer = decoded("decentlab/dl-tbrg", single(values | {"battery_voltage": volt}))
    for quantity, value in values.items():
        assert answer[quantity, 0] == pytest.approx(value, abs=WITHIN[quantity])


@settings(max_examples=40, deadline=None)
@given(
    sun=st.floats(0.0, 1400.0),
    warmth=st.floats(-30.0, 45.0),
    wind=st.floats(0.0, 40.0),
    way=st.floats(0.0, 359.9),
    vapour=st.floats(0.05, 6.0),
)
def test_a_weather_station_decodes_to_itself(
    sun: float, warmth: float, wind: float, way: float, vapour: float
) -> None:
    values = ATM41 | {
        "solar_radiation": sun,
        "air_temperature": warmth,
        "wind_speed": wind,
        "wind_speed_north": -wind,
        "wind_direction": way,
        "vapour_pressure": vapour,
    }
    answer = decoded("decentlab/dl-atm41", single(values))
    for quantity, value in values.items():
        assert answer[quantity, 0] == pytest.approx(value, abs=WITHIN.get(quantity, 0.0501))


def test_every_encoder_has_a_decoder() -> None:
    assert set(ENCODERS) <= set(codecs.MODELS)


def test_what_cannot_be_encoded_is_refused() -> None:
    with pytest.raises(ValueError, match="no encoder for model 'acme/x'"):
        encode("acme/x", {})
    with pytest.raises(ValueError, match="dl-trs12 needs soil_moisture of level 0"):
        encode("decentlab/dl-trs12", {("battery_voltage", 0): 3.0})
    with pytest.raises(ValueError, match="no bytes for a missing value"):
        encode("decentlab/dl-tbrg", single(TBRG | {"rain": nan}))
