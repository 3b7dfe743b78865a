"""ChirpStack v4: the events of a device, as protobuf's JSON (zero may be absent or null)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sensors.envelopes import message as read
from sensors.errors import DecodeError
from sensors.reading import Reading, Uplink

NETWORK = "chirpstack"
MEASURING = frozenset({"up", "status"})  # of join, ack, txack, log, location, integration, …


def parse(eui: str, event: str, body: Mapping[str, Any], arrived_at: datetime) -> Uplink | None:
    """The uplink or the battery status in one of the `MEASURING` events; `eui` is the topic's."""
    device = read.part(body, "deviceInfo")
    eui = read.text(device, "devEui") or eui
    name = read.text(device, "deviceName") or eui
    try:
        found = _common(name, eui, body, arrived_at)
        return _up(found, body) if event == "up" else _status(found, body)
    except DecodeError as error:
        raise DecodeError(name, error.reason, error.detail) from error


def _common(name: str, eui: str, body: Mapping[str, Any], arrived_at: datetime) -> Uplink:
    taken, late = read.time_or_arrival(body.get("time"), arrived_at, name="time", device=name)
    tags = read.hint(read.part(body, "deviceInfo"), "tags")
    return Uplink(
        device=name,
        eui=eui,
        time=taken,
        network=NETWORK,
        model=read.text(tags, "model"),
        deduplication_id=read.text(body, "deduplicationId"),
        problems=late,
    )


def _up(found: Uplink, body: Mapping[str, Any]) -> Uplink:
    rssi, snr = read.loudest(body.get("rxInfo"))
    return replace(
        found,
        port=read.whole(body, "fPort", default=0),
        payload=read.payload(body, "data"),
        counter=read.whole(body, "fCnt", default=0),
        rssi=rssi,
        snr=snr,
        decoded=read.hint(body, "object"),
    )


def _status(found: Uplink, body: Mapping[str, Any]) -> Uplink | None:
    """The device's answer to the network's question for its battery; None when it told nothing."""
    level = read.number(body.get("batteryLevel"))
    silent = body.get("externalPowerSource") or body.get("batteryLevelUnavailable")
    if silent or level is None:
        return None
    return replace(found, readings=(Reading("battery_level", level),))
