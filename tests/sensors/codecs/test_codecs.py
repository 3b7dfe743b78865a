"""The register of models, its names, and what no bytes can do to it."""

import json
import math
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sensors import codecs
from sensors.errors import DecodeError
from sensors.quantities import QUANTITIES
from sensors.reading import Decoded, Uplink
from sensors.simulated.encoders import ENCODERS, encode

NOW = datetime(2026, 7, 3, 5, 30, tzinfo=UTC)
MODELS = sorted(codecs.MODELS)
PORTS = st.none() | st.integers(0, 255)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("dragino/lse01", "dragino/lse01"),
        ("Dragino LSE01", "dragino/lse01"),
        (" LSE01 ", "dragino/lse01"),
        ("dragino_lse01", "dragino/lse01"),
        ("Decentlab/DL-TRS12", "decentlab/dl-trs12"),
        ("trs12", "decentlab/dl-trs12"),
        ("milesight-iot/em500-smtc", "milesight/em500-smtc"),
        ("Tektelic Kiwi", "tektelic/kiwi"),
        ("dragino/gro-point-air", "dragino/gropoint-air"),
        ("decentlab/dl-pr21-1-10", "decentlab/dl-pr21"),
        ("teneo-iot/soil-moisture-sensor", "teneo/soil-moisture-sensor"),
        ("elv/elv-lw-swd", "elv/lw-swd"),
        ("Cayenne LPP", "cayenne/lpp"),
        ("sensecap/sensecaps2105-soll-moisture-temp-ec", "sensecap/s2105"),
        ("Seeed S2105", "sensecap/s2105"),
        ("netvox/r72615", "netvox/r726"),
        ("mcf88/mcf-lw06davk", "enginko/mcf-lw06davk"),
        ("Barani MeteoHelix", "barani/meteohelix"),
    ],
)
def test_a_model_answers_to_each_of_its_names(name: str, key: str) -> None:
    assert codecs.find(name).key == key


@pytest.mark.parametrize("name", ["", "lse", "dragino", "nobody/nothing"])
def test_an_unknown_model_is_named_beside_those_there_are(name: str) -> None:
    with pytest.raises(DecodeError, match=r"unknown_model.*dragino/lse01, ") as refusal:
        codecs.decode(name, 2, b"\x00" * 11)
    assert refusal.value.reason == "unknown_model"


def test_keys_are_the_models_own_and_no_name_is_shared() -> None:
    assert all(key == model.key for key, model in codecs.MODELS.items())
    names = [name for model in codecs.MODELS.values() for name in (model.name.lower(), model.key)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("model", MODELS)
@settings(max_examples=25)  # of each model
@given(port=PORTS, payload=st.binary(max_size=300))
@example(port=None, payload=b"")
@example(port=None, payload=b"\x00" * 11)
@example(port=None, payload=b"\xff" * 11)
def test_no_bytes_raise_anything_but_a_decode_error(
    model: str, port: int | None, payload: bytes
) -> None:
    _decode_or_refuse(model, port, payload)


@pytest.mark.parametrize("model", MODELS)
@settings(max_examples=25)  # of each model
@given(data=st.data())
def test_damaged_payloads_raise_nothing_else_either(model: str, data: st.DataObject) -> None:
    """Bytes that begin as the model's own: tags it knows, a head it accepts."""
    heads = [b"\x02\x10\xd3\x00\x03", b"\x02\x10\xd3\x00\x01", b"\x01\x75\x64\x20\xce", b"\x00\xd3"]
    head = data.draw(st.sampled_from(heads))
    _decode_or_refuse(model, None, head + data.draw(st.binary(max_size=60)))


def _decode_or_refuse(model: str, port: int | None, payload: bytes) -> None:
    try:
        decoded = codecs.decode(model, port, payload, received_at=NOW)
    except DecodeError as error:
        assert error.reason.isidentifier()
        return
    for reading in decoded.readings:
        assert reading.quantity in codecs.MODELS[model].quantities
        assert isinstance(reading.value, float)
        assert not math.isinf(reading.value)


@pytest.mark.parametrize("model", MODELS)
def test_any_other_port_is_refused(model: str) -> None:
    with pytest.raises(DecodeError, match=r"unknown_port: port 224; "):
        codecs.decode(model, 224, b"\x00" * 11)


@pytest.mark.parametrize("model", sorted(ENCODERS))
@settings(max_examples=25)  # of each model
@given(share=st.floats(0.0, 1.0))
def test_an_encoded_reading_decodes_to_itself(model: str, share: float) -> None:
    levels = range(8) if model == "decentlab/dl-smtp" else range(1)
    sent = {
        (name, level): _within(name, share)
        for name in codecs.MODELS[model].quantities
        for level in levels
    }
    port, payload = encode(model, sent)
    read = {(one.quantity, one.level): one.value for one in _no_problems(model, port, payload)}
    for key, value in read.items():
        assert value == pytest.approx(sent[key], abs=_RESOLUTION.get(key[0], 0.51)), key
    assert ("rain", 0) in read or ("soil_moisture", 0) in read or ("air_temperature", 0) in read


def _within(name: str, share: float) -> float:
    """A value inside what every layout can hold."""
    low, high = _SPANS.get(name, (1.0, 90.0))
    return low + (high - low) * share


_SPANS = {
    "soil_moisture": (0.01, 0.6),
    "soil_temperature": (-20.0, 50.0),
    "soil_conductivity": (0.0, 10.0),
    "battery_voltage": (2.0, 3.6),
    "battery_level": (0.0, 100.0),
    "rain": (0.0, 30.0),
    "vapour_pressure": (0.1, 6.0),
}
_RESOLUTION = {
    "soil_moisture": 1e-4,
    "soil_temperature": 0.151,  # half a tenth, and one for the EM500's two counts of no value
    "soil_conductivity": 0.001,
    "soil_permittivity": 1e9,  # follows from the moisture
    "battery_voltage": 0.001,
    "rain": 0.051,
    "rain_total": 0.051,
}


def _no_problems(model: str, port: int, payload: bytes) -> tuple[Any, ...]:
    decoded = codecs.decode(model, port, payload)
    assert decoded.problems == ()
    return decoded.readings


def test_a_network_s_own_decoding_stands_in_for_bytes() -> None:
    fields = {"Bat": "3.384 V", "temp_SOIL": "30.11 °C", "water_SOIL": "31.73", "conduct_SOIL": 161}
    decoded = codecs.read("lse01", _uplink(fields))
    assert {one.quantity: one.value for one in decoded.readings} == pytest.approx(
        {
            "battery_voltage": 3.384,
            "soil_temperature": 30.11,
            "soil_moisture": 0.3173,
            "soil_conductivity": 0.161,
        }
    )
    assert decoded.problems == ()


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("30.11 °F", "bad_unit"),
        ("wet", "bad_value"),
        (True, "bad_value"),
        (None, "bad_value"),
        (math.nan, "bad_value"),
        (10**400, "bad_value"),
        ([], "bad_value"),
    ],
)
def test_what_a_network_s_decoding_cannot_mean_is_a_problem(value: object, reason: str) -> None:
    decoded = codecs.from_decoded("lse01", {"temp_SOIL": value, "water_SOIL": "20 %"})
    assert [problem.reason for problem in decoded.problems] == [reason]
    assert [reading.value for reading in decoded.readings] == [0.2]


@pytest.mark.parametrize("model", ["lse01", "dl-trs12"])
def test_neither_bytes_nor_known_fields_is_no_payload(model: str) -> None:
    with pytest.raises(DecodeError, match="probe: no_payload"):
        codecs.read(model, _uplink({"something": 1}))


def test_bytes_come_before_the_network_s_decoding() -> None:
    uplink = Uplink(
        "probe", NOW, "", port=85, payload=bytes.fromhex("017564"), decoded={"battery": 7}
    )
    assert [one.value for one in codecs.read("em500-smtc", uplink).readings] == [100.0]


def test_a_refusal_names_the_device() -> None:
    with pytest.raises(DecodeError, match="probe: unknown_port") as refusal:
        codecs.read("lse01", Uplink("probe", NOW, "", port=9, payload=b"\x00"))
    assert (refusal.value.device, refusal.value.reason) == ("probe", "unknown_port")


@given(fields=st.dictionaries(st.sampled_from(["Bat", "water_SOIL", "x"]), st.from_type(object)))
def test_no_decoding_of_a_network_raises_anything_else(fields: dict[str, Any]) -> None:
    try:
        decoded = codecs.from_decoded("lse01", fields)
    except DecodeError as error:
        assert error.reason == "no_payload"
    else:
        assert isinstance(decoded, Decoded)


def _uplink(fields: dict[str, Any]) -> Uplink:
    return Uplink("probe", NOW, "the_things_stack", port=2, decoded=fields)


SMTP = bytes.fromhex(
    "020B50000309018A8C09438A9809278A920B3C8AA50C9C8A8C11E08AA500000000000000000B3B"
)


@pytest.mark.parametrize(
    ("depths", "expected"),
    [
        pytest.param((), [5.0, 15.0, 25.0, 35.0, 45.0, 55.0], id="the maker's"),
        pytest.param((10, 20, 30, 40, 60, 80), [10, 20, 30, 40, 60, 80], id="the register's"),
        pytest.param((10, 20), [10, 20, None, None, None, None], id="a register of two"),
    ],
)
def test_levels_have_their_depths(depths: tuple[float, ...], expected: list[float | None]) -> None:
    uplink = Uplink("profile", NOW, "", port=1, payload=SMTP)
    for decoded in (
        codecs.decode("dl-smtp", 1, SMTP, depths=depths),
        codecs.read("dl-smtp", uplink, depths=depths),
    ):
        for quantity in ("soil_moisture", "soil_temperature"):
            found = [one.depth_cm for one in decoded.readings if one.quantity == quantity]
            assert found == expected
        assert decoded.readings[-1].quantity == "battery_voltage"
        assert decoded.readings[-1].depth_cm is None


def test_a_single_probe_has_the_depth_of_its_register_alone() -> None:
    payload = bytes.fromhex("0CF7000012C0093701A610")
    assert {one.depth_cm for one in codecs.decode("lse01", 2, payload).readings} == {None}
    placed = codecs.decode("lse01", 2, payload, depths=(20.0,)).readings
    assert {one.quantity: one.depth_cm for one in placed} == {
        "battery_voltage": None,
        "soil_moisture": 20.0,
        "soil_temperature": 20.0,
        "soil_conductivity": 20.0,
    }


def test_quantities_have_one_row_each() -> None:
    assert json.dumps(sorted(QUANTITIES)) == json.dumps(sorted(set(QUANTITIES)))
    assert all(row.low < row.high and row.unit and row.ucum for row in QUANTITIES.values())
