"""The Things Stack v3: uplinks from its MQTT server, its webhooks and its storage.

Its empty fields ("", 0, false) are left out: an absent `f_cnt` or `f_port` is 0. The storage
wraps each message in {"result": …}.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sensors.envelopes import message as read
from sensors.errors import DecodeError
from sensors.reading import Uplink

NETWORK = "the_things_stack"
_EVENTS = frozenset(
    {
        "join_accept",
        "downlink_ack",
        "downlink_nack",
        "downlink_sent",
        "downlink_failed",
        "downlink_queued",
        "downlink_queue_invalidated",
        "location_solved",
        "service_data",
        "uplink_normalized",
    }
)


def parse(device: str, body: Mapping[str, Any], arrived_at: datetime) -> Uplink | None:
    """The uplink in a message, named by the message itself, else by its topic (`device`)."""
    body = read.part(body, "result") if "end_device_ids" not in body else body
    ids = read.part(body, "end_device_ids")
    name = read.text(ids, "device_id") or device
    try:
        return _uplink(name, read.text(ids, "dev_eui"), body, arrived_at)
    except DecodeError as error:
        raise DecodeError(name, error.reason, error.detail) from error


def _uplink(name: str, eui: str, body: Mapping[str, Any], arrived_at: datetime) -> Uplink | None:
    if "uplink_message" not in body:
        if _EVENTS.intersection(body):
            return None
        raise DecodeError(name, "bad_envelope", "no uplink_message in it")
    uplink = read.part(body, "uplink_message")
    stated = body.get("received_at", uplink.get("received_at"))
    taken, late = read.time_or_arrival(stated, arrived_at, name="received_at", device=name)
    rssi, snr = read.loudest(uplink.get("rx_metadata"))
    return Uplink(
        device=name,
        eui=eui,
        time=taken,
        network=NETWORK,
        port=read.whole(uplink, "f_port", default=0),
        payload=read.payload(uplink, "frm_payload"),
        counter=read.whole(uplink, "f_cnt", default=0),
        model=_model(read.hint(uplink, "version_ids")),
        rssi=rssi,
        snr=snr,
        simulated=bool(body.get("simulated")),
        problems=late,
        decoded=read.hint(uplink, "decoded_payload"),
    )


def _model(version: Mapping[str, Any]) -> str:
    brand, model = read.text(version, "brand_id"), read.text(version, "model_id")
    return f"{brand}/{model}" if brand and model else ""
