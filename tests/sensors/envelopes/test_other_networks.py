"""Network servers told by the fields of their messages, whatever topic brings them."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sensors import codecs, envelopes
from sensors.errors import DecodeError
from sensors.reading import Uplink

NOW = datetime(2026, 7, 3, 5, 30, tzinfo=UTC)
AT = NOW - timedelta(minutes=1)
MS = int(AT.timestamp() * 1000)
ISO = "2026-07-03T05:29:00Z"
EUI = "A84041FFFF24A438"
PAYLOAD = bytes.fromhex("01756403671901046873057FF000")
BASE64 = base64.b64encode(PAYLOAD).decode()

LORIOT = {
    "cmd": "rx",
    "seqno": 3040,
    "EUI": EUI,
    "ts": MS,
    "fcnt": 7,
    "port": 85,
    "rssi": -81,
    "snr": 7.5,
    "data": PAYLOAD.hex(),
}
THINGPARK = {
    "DevEUI_uplink": {
        "Time": "2026-07-03T07:29:00.000+02:00",
        "DevEUI": EUI,
        "FPort": "85",
        "FCntUp": "7",
        "payload_hex": PAYLOAD.hex(),
        "LrrRSSI": "-81.000000",
        "LrrSNR": "7.500000",
        "DriverCfg": {"mod": {"pId": "milesight-iot", "mId": "em500-smtc", "ver": "1"}},
    }
}
HELIUM = {
    "dev_eui": EUI,
    "fcnt": 7,
    "hotspots": [{"rssi": -119, "snr": 1.0}, {"rssi": -81, "snr": 7.5}],
    "name": "probe",
    "payload": BASE64,
    "port": 85,
    "reported_at": MS,
    "uuid": "7c523974",
}
WANESY = {
    "id": "5e32e869",
    "endDevice": {"devEui": EUI, "devAddr": "020DEA52"},
    "recvTime": MS,
    "gwInfo": [{"rssi": -81, "snr": 7.5, "gwEui": "7276FF000B0324E2"}],
    "payload": PAYLOAD.hex(),
    "encodingType": "HEXA",
    "fPort": 85,
    "fCntUp": 7,
}
AWS = {
    "MessageId": "1",
    "WirelessDeviceId": "probe",
    "PayloadData": BASE64,
    "WirelessMetadata": {
        "LoRaWAN": {
            "DevEui": EUI,
            "FPort": 85,
            "FCnt": 7,
            "Timestamp": ISO,
            "Gateways": [{"Rssi": -81, "Snr": 7.5}],
        }
    },
}
TTN_V2 = {
    "app_id": "garden",
    "dev_id": "probe",
    "hardware_serial": EUI,
    "port": 85,
    "counter": 7,
    "payload_raw": BASE64,
    "payload_fields": {"temperature": 28.1},
    "metadata": {"time": ISO, "gateways": [{"rssi": -81, "snr": 7.5}]},
}
CHIRPSTACK_V3 = {
    "applicationID": "1",
    "deviceName": "probe",
    "devEUI": base64.b64encode(bytes.fromhex(EUI)).decode(),
    "rxInfo": [{"time": ISO, "rssi": -81, "loRaSNR": 7.5}],
    "fCnt": 7,
    "fPort": 85,
    "data": BASE64,
    "objectJSON": '{"temperature": 28.1}',
    "tags": {"model": "milesight/em500-smtc"},
}
THE_THINGS_STACK = {
    "end_device_ids": {"device_id": "probe", "dev_eui": EUI},
    "received_at": ISO,
    "uplink_message": {
        "f_port": 85,
        "f_cnt": 7,
        "frm_payload": BASE64,
        "rx_metadata": [{"rssi": -81, "snr": 7.5}],
    },
}
CHIRPSTACK_V4 = {
    "deviceInfo": {"deviceName": "probe", "devEui": EUI},
    "time": ISO,
    "fPort": 85,
    "fCnt": 7,
    "data": BASE64,
    "rxInfo": [{"rssi": -81, "snr": 7.5}],
}
MESSAGES = {
    "loriot": LORIOT,
    "thingpark": THINGPARK,
    "helium": HELIUM,
    "wanesy": WANESY,
    "aws_iot": AWS,
    "the_things_network_v2": TTN_V2,
    "chirpstack_v3": CHIRPSTACK_V3,
    "the_things_stack": THE_THINGS_STACK,
    "chirpstack": CHIRPSTACK_V4,
}
NAMELESS = {"loriot", "thingpark", "wanesy"}  # known by their EUI alone


def _parse(topic: str, body: Any) -> tuple[Uplink, ...]:
    return envelopes.parse_all(topic, json.dumps(body).encode(), arrived_at=NOW)


@pytest.mark.parametrize("network", MESSAGES)
@pytest.mark.parametrize("topic", ["agro/potager/probe", "push/uplink"])
def test_a_message_is_read_by_its_fields(topic: str, network: str) -> None:
    (found,) = _parse(topic, MESSAGES[network])
    name = EUI if topic == "push/uplink" and network in NAMELESS else "probe"
    assert (found.network, found.device) == (network, name)
    assert found.eui.upper() == EUI
    assert (found.time, found.problems) == (AT, ())
    assert (found.port, found.counter, found.payload) == (85, 7, PAYLOAD)
    assert (found.rssi, found.snr) == (-81.0, 7.5)
    decoded = codecs.read("milesight/em500-smtc", found)
    assert {one.quantity: one.value for one in decoded.readings} == {
        "battery_level": 100.0,
        "soil_temperature": 28.1,
        "soil_moisture": 0.575,
        "soil_conductivity": 0.24,
    }


@pytest.mark.parametrize(
    ("topic", "body"),
    [
        ("garden/devices/probe/up", TTN_V2),
        ("application/1/device/a84041ffff24a438/event/up", CHIRPSTACK_V3),
        ("application/1/device/a84041ffff24a438/rx", CHIRPSTACK_V3),
        ("helium/3c822699-37fd/rx", HELIUM),
        ("mqtt/things/A84041FFFF24A438/uplink", THINGPARK),
    ],
)
def test_their_own_topics(topic: str, body: Any) -> None:
    (found,) = _parse(topic, body)
    assert (found.payload, found.eui.upper()) == (PAYLOAD, EUI)


@pytest.mark.parametrize(
    "body",
    [
        LORIOT | {"cmd": "txd"},
        LORIOT | {"cmd": "join"},
        {"DevEUI_location": {"DevEUI": EUI}},
        {"DevEUI_downlink_Sent": {"DevEUI": EUI}},
    ],
)
def test_what_measures_nothing_is_nothing(body: Any) -> None:
    assert _parse("push/uplink", body) == ()
    assert _parse("agro/potager/probe", body) == ()


def test_loriot_s_gateways_tell_who_heard_best() -> None:
    body = {name: value for name, value in LORIOT.items() if name not in ("rssi", "snr")}
    gateways = [{"rssi": -119, "snr": -3}, {"rssi": -70, "snr": 9.5}]
    (found,) = _parse("push/uplink", body | {"cmd": "gw", "gws": gateways})
    assert (found.rssi, found.snr, found.payload) == (-70.0, 9.5, PAYLOAD)


def test_wanesy_may_write_base64() -> None:
    (found,) = _parse("push/uplink", WANESY | {"encodingType": "BASE64", "payload": BASE64})
    assert found.payload == PAYLOAD


def test_the_models_that_networks_name_are_known() -> None:
    named = {one: _parse("push/uplink", body)[0].model for one, body in MESSAGES.items()}
    assert codecs.find(named["thingpark"]).key == "milesight/em500-smtc"
    assert codecs.find(named["chirpstack_v3"]).key == "milesight/em500-smtc"


def test_without_bytes_the_network_s_decoding_is_kept() -> None:
    for body in (TTN_V2 | {"payload_raw": None}, CHIRPSTACK_V3 | {"data": ""}):
        (found,) = _parse("push/uplink", body)
        assert found.payload is None
        assert dict(found.decoded) == {"temperature": 28.1}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (LORIOT | {"data": "0175zz"}, "bad_hex"),
        (LORIOT | {"data": 5}, "bad_hex"),
        (LORIOT | {"ts": "noon"}, "bad_time"),
        (LORIOT | {"ts": MS + 3_600_000}, "clock_ahead"),
        (LORIOT | {"port": "eighty"}, "bad_envelope"),
        (LORIOT | {"EUI": ["A"]}, "bad_envelope"),
        (LORIOT | {"EUI": "x" * 300}, "bad_envelope"),
        (LORIOT | {"EUI": ""}, "no_device"),
        (HELIUM | {"payload": "%%%"}, "bad_base64"),
        ({"DevEUI_uplink": [1]}, "bad_envelope"),
        ({"temperature": 21.3}, "no_device"),
        ([LORIOT], "bad_envelope"),
    ],
)
def test_what_cannot_be_read_is_refused(body: Any, reason: str) -> None:
    with pytest.raises(DecodeError, match=reason) as refusal:
        _parse("push/uplink", body)
    assert refusal.value.reason == reason
    assert refusal.value.detail


def test_a_missing_time_is_the_arrival_s_and_a_problem() -> None:
    (found,) = _parse("push/uplink", {k: v for k, v in LORIOT.items() if k != "ts"})
    assert (found.time, [one.reason for one in found.problems]) == (NOW, ["no_time"])
