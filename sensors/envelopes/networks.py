"""Network servers whose messages come on topics of the customer's choice, or by HTTP.

Each is told by the fields it alone has: ChirpStack v3, LORIOT, ThingPark (Actility), Helium,
Wanesy (Kerlink), AWS IoT Core for LoRaWAN, The Things Network v2. The Things Stack v3 and
ChirpStack v4 are recognised here too, for those who republish them elsewhere.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from sensors.envelopes import chirpstack, the_things_stack
from sensors.envelopes import message as read
from sensors.errors import DecodeError
from sensors.reading import Uplink

_EUI = re.compile(r"[0-9A-Fa-f]{16}")
_EUI_BYTES = 8

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Shape:
    """Where one network keeps what an uplink needs, as paths of names joined by dots.

    `marks` are the fields that tell it from all others; `inside` is the field that wraps the
    message; `coding` tells how the payload's bytes are written.
    """

    network: str
    marks: frozenset[str]
    eui: str
    time: tuple[str, ...]
    port: str
    counter: str
    payload: str
    name: str = ""
    model: str = ""
    coding: str = "base64"
    gateways: str = ""
    rssi: str = "rssi"
    snr: str = "snr"
    decoded: tuple[str, ...] = ()
    inside: str = ""
    deduplication_id: str = ""


_SHAPES = (
    _Shape(
        "thingpark",
        frozenset({"DevEUI_uplink"}),
        inside="DevEUI_uplink",
        eui="DevEUI",
        name="CustomerData.name",
        model="DriverCfg.mod.mId",
        time=("Time",),
        port="FPort",
        counter="FCntUp",
        payload="payload_hex",
        coding="hex",
        gateways="Lrrs.Lrr",
        rssi="LrrRSSI",
        snr="LrrSNR",
    ),
    _Shape(
        "loriot",
        frozenset({"cmd", "EUI"}),
        eui="EUI",
        time=("ts",),
        port="port",
        counter="fcnt",
        payload="data",
        coding="hex",
        gateways="gws",
        decoded=("decoded.data", "decoded"),
    ),
    _Shape(
        "helium",
        frozenset({"dev_eui", "hotspots"}),
        eui="dev_eui",
        name="name",
        time=("reported_at",),
        port="port",
        counter="fcnt",
        payload="payload",
        gateways="hotspots",
        decoded=("decoded.payload",),
        deduplication_id="uuid",
    ),
    _Shape(
        "wanesy",
        frozenset({"endDevice", "fCntUp"}),
        eui="endDevice.devEui",
        name="endDevice.name",
        time=("recvTime",),
        port="fPort",
        counter="fCntUp",
        payload="payload",
        coding="encodingType",
        gateways="gwInfo",
        deduplication_id="id",
    ),
    _Shape(
        "aws_iot",
        frozenset({"WirelessMetadata", "PayloadData"}),
        eui="WirelessMetadata.LoRaWAN.DevEui",
        name="WirelessDeviceId",
        time=("WirelessMetadata.LoRaWAN.Timestamp",),
        port="WirelessMetadata.LoRaWAN.FPort",
        counter="WirelessMetadata.LoRaWAN.FCnt",
        payload="PayloadData",
        gateways="WirelessMetadata.LoRaWAN.Gateways",
        rssi="Rssi",
        snr="Snr",
        deduplication_id="MessageId",
    ),
    _Shape(
        "the_things_network_v2",
        frozenset({"app_id", "dev_id"}),
        eui="hardware_serial",
        name="dev_id",
        time=("metadata.time",),
        port="port",
        counter="counter",
        payload="payload_raw",
        gateways="metadata.gateways",
        decoded=("payload_fields",),
    ),
    _Shape(
        "chirpstack_v3",
        frozenset({"devEUI", "fCnt"}),
        eui="devEUI",
        name="deviceName",
        model="tags.model",
        time=("time", "publishedAt", "rxInfo.0.time"),
        port="fPort",
        counter="fCnt",
        payload="data",
        gateways="rxInfo",
        snr="loRaSNR",
        decoded=("object", "objectJSON"),
    ),
)
# Messages of these networks that carry no measurement by their nature.
_SILENT = frozenset(
    {"DevEUI_downlink_Sent", "DevEUI_location", "DevEUI_notification", "DevEUI_multicast_summary"}
)
_LORIOT_UPLINKS = frozenset({"rx", "gw"})


def recognised(body: Body) -> Callable[[str, Body, datetime], Uplink | None] | None:
    """What reads a message of this body, told by its fields; None when no network's."""
    if "end_device_ids" in body or (
        isinstance(body.get("result"), dict) and "end_device_ids" in body["result"]
    ):
        return the_things_stack.parse
    if "deviceInfo" in body:
        return _chirpstack_v4
    if _SILENT.intersection(body):
        return _nothing
    for shape in _SHAPES:
        if shape.marks <= body.keys():
            return partial(_parse, shape)
    return None


def _nothing(_device: str, _body: Body, _arrived_at: datetime) -> Uplink | None:
    """A message that carries no measurement by its nature."""
    return None


def _chirpstack_v4(device: str, body: Body, arrived_at: datetime) -> Uplink | None:
    event = "up" if "data" in body or "fCnt" in body or "object" in body else "status"
    return chirpstack.parse(device, event, body, arrived_at)


def _parse(shape: _Shape, device: str, body: Body, arrived_at: datetime) -> Uplink | None:
    if shape.network == "loriot" and body.get("cmd") not in _LORIOT_UPLINKS:
        return None
    body = read.part(body, shape.inside) if shape.inside else body
    eui = _eui(_text(body, shape.eui))
    name = device or _text(body, shape.name) or eui
    if not name:
        raise DecodeError("", "no_device", f"{shape.eui} is missing; the message names no device")
    try:
        return _uplink(shape, Uplink(name, arrived_at, shape.network, eui), body)
    except DecodeError as error:
        raise DecodeError(name, error.reason, error.detail) from error


def _uplink(shape: _Shape, found: Uplink, body: Body) -> Uplink:
    """What is known so far, its time that of the arrival, filled in from the message."""
    stated = next((at for path in shape.time if (at := _at(body, path)) is not None), None)
    taken, late = read.time_or_arrival(stated, found.time, name=shape.time[0], device=found.device)
    rssi, snr = _heard(shape, body)
    return replace(
        found,
        time=taken,
        port=_whole(body, shape.port),
        counter=_whole(body, shape.counter),
        payload=_payload(shape, body),
        model=_text(body, shape.model),
        deduplication_id=_text(body, shape.deduplication_id),
        rssi=rssi,
        snr=snr,
        problems=late,
        decoded=_decoded(shape, body),
    )


def _at(body: object, path: str) -> Any:
    """The value at a path, None where it ends too early."""
    for name in path.split(".") if path else ():
        if isinstance(body, dict):
            body = body.get(name)
        elif isinstance(body, list) and name.isdecimal() and int(name) < len(body):
            body = body[int(name)]
        else:
            return None
    return body if path else None


def _text(body: Body, path: str) -> str:
    value = _at(body, path)
    return read.text({path: value}, path)


def _whole(body: Body, path: str) -> int:
    """A whole number, in figures or in text; absent is 0, as protobuf's JSON has it."""
    value = _at(body, path)
    if isinstance(value, str) and value.isdecimal() and len(value) <= 10:
        value = int(value)
    return read.whole({path: value}, path, default=0) or 0


def _payload(shape: _Shape, body: Body) -> bytes | None:
    value = {shape.payload: _at(body, shape.payload)}
    coding = shape.coding
    if coding not in ("hex", "base64"):
        coding = "base64" if str(body.get(coding)).upper().startswith("BASE64") else "hex"
    take = read.hexadecimal if coding == "hex" else read.payload
    return take(value, shape.payload)


def _heard(shape: _Shape, body: Body) -> tuple[float | None, float | None]:
    """At the gateway that heard best; else what the message itself says."""
    gateways = _at(body, shape.gateways)
    found = read.loudest(gateways, rssi=shape.rssi, snr=shape.snr)
    if found == (None, None):
        own = {name: read.number_and_unit(body.get(name))[0] for name in (shape.rssi, shape.snr)}
        found = (own[shape.rssi], own[shape.snr])
    return found


def _decoded(shape: _Shape, body: Body) -> Mapping[str, Any]:
    for path in shape.decoded:
        value = _at(body, path)
        if isinstance(value, str):
            try:
                value = json.loads(value[:16384])
            except (ValueError, RecursionError):
                continue
        if isinstance(value, dict) and value:
            return value
    return {}


def _eui(stated: str) -> str:
    """An EUI in figures; some write its bytes in base64."""
    plain = stated.replace("-", "").replace(":", "")
    if _EUI.fullmatch(plain):
        return plain
    try:
        found = base64.b64decode(stated, validate=True)
    except (ValueError, binascii.Error):
        return stated
    return found.hex() if len(found) == _EUI_BYTES else stated
