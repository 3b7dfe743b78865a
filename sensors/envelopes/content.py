"""Messages told apart by what is in them, for topics that say only whose they are.

On `agro/{site}/{device}` come our plain JSON, SenML, values under strangers' names, and whatever a
network server sends to a topic of its customer's choice.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sensors.envelopes import message as read
from sensors.envelopes import named_values, networks, plain, senml
from sensors.envelopes.batch import Moment, uplink
from sensors.errors import DecodeError
from sensors.reading import Uplink

THINGSBOARD = "thingsboard"
ZIGBEE2MQTT = "zigbee2mqtt"


def parse(device: str, body: bytes, arrived_at: datetime) -> tuple[Uplink, ...]:
    """The uplink in a body; `device` is the topic's.

    Raises
    ------
    DecodeError  As the format at hand.
    """
    message = read.load_any(body)
    if isinstance(message, list):
        return (_list(device, message, arrived_at),)
    if not isinstance(message, dict):
        raise DecodeError(device, "bad_envelope", f"expected an object: {read.shown(message)}")
    found = _object(device, message, arrived_at)
    return () if found is None else (found,)


def pushed(body: bytes, arrived_at: datetime) -> tuple[Uplink, ...]:
    """The uplink in a network server's message that names its device itself.

    Raises
    ------
    DecodeError  `no_device` when it is no network's we know; else as that network's.
    """
    message = read.load(body)
    reader = networks.recognised(message)
    if reader is None:
        detail = "not a message of a network server we know, and no topic names its device"
        raise DecodeError("", "no_device", detail)
    found = reader("", message, arrived_at)
    return () if found is None else (found,)


def gateway(body: bytes, arrived_at: datetime) -> tuple[Uplink, ...]:
    """ThingsBoard's gateway form: {"Device A": [{"ts": …, "values": {…}}], "Device B": …}.

    Raises
    ------
    DecodeError  `bad_envelope` when it is no object of devices; else as the values.
    """
    message = read.load(body)
    found = []
    for device, rows in message.items():
        if not device.isprintable() or not 0 < len(device) <= 256:
            raise DecodeError("", "bad_envelope", f"not a device's name: {read.shown(device)}")
        rows = rows if isinstance(rows, list) else [rows]
        found.append(_named_values(device, rows, arrived_at))
    return tuple(found)


def zigbee(device: str, body: bytes, arrived_at: datetime) -> tuple[Uplink, ...]:
    """A device's state as Zigbee2MQTT publishes it; nothing when it says nothing we know."""
    message = read.load_any(body)
    if not isinstance(message, dict) or not named_values.says_something(message):
        return ()
    moment = named_values.moment(message, arrived_at, device=device, per_cent=True)
    return (uplink(device, ZIGBEE2MQTT, [moment]),)


def _list(device: str, rows: list[Any], arrived_at: datetime) -> Uplink:
    if senml.is_pack(rows):
        return senml.parse(device, rows, arrived_at)
    if rows and all(isinstance(one, dict) and "readings" in one for one in rows):
        parsed = [plain.parse(device, one, arrived_at) for one in rows]
        moments = [Moment(one.time, one.readings, one.problems) for one in parsed]
        return uplink(device, plain.NETWORK, moments)
    return _named_values(device, rows, arrived_at)


def _object(device: str, message: Mapping[str, Any], arrived_at: datetime) -> Uplink | None:
    if "readings" in message:
        return plain.parse(device, message, arrived_at)
    if (reader := networks.recognised(message)) is not None:
        return reader(device, message, arrived_at)
    if senml.is_pack([message]):
        return senml.parse(device, [dict(message)], arrived_at)
    if isinstance(message.get("values"), dict) or named_values.says_something(message):
        return _named_values(device, [message], arrived_at)
    return plain.parse(device, message, arrived_at)  # says what it expects


def _named_values(device: str, rows: list[Any], arrived_at: datetime) -> Uplink:
    moments = [named_values.moment(one, arrived_at, device=device) for one in rows]
    return uplink(device, THINGSBOARD, moments)
