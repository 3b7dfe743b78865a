"""Payloads become the messages that a LoRaWAN network server publishes."""

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_OID, uuid5

APPLICATION = "agro-demo"
TENANT = "ttn"
_CHIRPSTACK_APPLICATION = "5c1f0f6e-6f10-4e0c-9a53-0d0f5b1f6a11"
_GATEWAY = "a84041ffff24a438"


@dataclass(frozen=True, slots=True)
class Transmission:
    """One radio message as the network server heard it. `eui` is 16 hex digits."""

    device: str
    eui: str
    time: datetime
    port: int
    payload: bytes
    counter: int
    rssi: int
    snr: float


def the_things_stack(sent: Transmission) -> tuple[str, bytes]:
    """Topic and body of a The Things Stack v3 uplink; empty fields are left out, as there."""
    time = _utc(sent.time)
    uplink: dict[str, Any] = {
        "f_port": sent.port,
        "f_cnt": sent.counter,
        "frm_payload": base64.b64encode(sent.payload).decode(),
        "rx_metadata": [
            {
                "gateway_ids": {"gateway_id": f"eui-{_GATEWAY}", "eui": _GATEWAY.upper()},
                "time": time,
                "rssi": sent.rssi,
                "channel_rssi": sent.rssi,
                "snr": sent.snr,
            }
        ],
        "settings": {
            "data_rate": {
                "lora": {"bandwidth": 125000, "spreading_factor": 7, "coding_rate": "4/5"}
            },
            "frequency": "867100000",
        },
        "received_at": time,
    }
    if not sent.counter:
        del uplink["f_cnt"]
    body = {
        "end_device_ids": {
            "device_id": sent.device,
            "application_ids": {"application_id": APPLICATION},
            "dev_eui": sent.eui.upper(),
        },
        "received_at": time,
        "uplink_message": uplink,
    }
    return f"v3/{APPLICATION}@{TENANT}/devices/{sent.device}/up", _bytes(body)


def chirpstack(sent: Transmission) -> tuple[str, bytes]:
    """Topic and body of a ChirpStack v4 `up` event."""
    eui, time = sent.eui.lower(), _utc(sent.time)
    body = {
        "deduplicationId": _deduplication_id(sent),
        "time": time,
        "deviceInfo": {
            "applicationId": _CHIRPSTACK_APPLICATION,
            "applicationName": APPLICATION,
            "deviceName": sent.device,
            "devEui": eui,
            "tags": {},
        },
        "adr": True,
        "dr": 5,
        "fCnt": sent.counter,
        "fPort": sent.port,
        "confirmed": False,
        "data": base64.b64encode(sent.payload).decode(),
        "rxInfo": [
            {"gatewayId": _GATEWAY, "nsTime": time, "rssi": sent.rssi, "snr": sent.snr},
        ],
        "txInfo": {
            "frequency": 868300000,
            "modulation": {
                "lora": {"bandwidth": 125000, "spreadingFactor": 7, "codeRate": "CR_4_5"}
            },
        },
    }
    return f"application/{_CHIRPSTACK_APPLICATION}/device/{eui}/event/up", _bytes(body)


def _deduplication_id(sent: Transmission) -> str:
    """A UUID that is the same for the same transmission."""
    return str(uuid5(NAMESPACE_OID, f"{sent.eui} {sent.counter} {sent.time.isoformat()}"))


def _utc(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _bytes(body: dict[str, Any]) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()
