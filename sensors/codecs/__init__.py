"""Payload bytes become readings in our names and units: one module for each family of devices.

`MODELS` is the register of what can be read. `decode` raises `DecodeError` and nothing else,
whatever the bytes.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sensors.codecs import (
    barani,
    cayenne,
    decentlab,
    dragino,
    dragino_variable,
    elsys,
    enginko,
    milesight,
    netvox,
    sensecap,
    small_makers,
    stated,
    tektelic,
)
from sensors.codecs.model import Model
from sensors.errors import DecodeError
from sensors.reading import Decoded, Problem, Reading, Uplink

__all__ = ["MODELS", "Model", "decode", "find", "from_decoded", "read"]

MODELS: dict[str, Model] = {
    model.key: model
    for family in (
        dragino,
        dragino_variable,
        decentlab,
        milesight,
        tektelic,
        elsys,
        sensecap,
        netvox,
        barani,
        enginko,
        small_makers,
        cayenne,
    )
    for model in family.MODELS
}

_FEW_PORTS = 9  # so many are named one by one
_LONGEST = 255  # no LoRaWAN payload is longer
_APPLICATIONS = range(1, 224)  # the ports that LoRaWAN leaves to them


def find(model: str) -> Model:
    """The model of this name: its key, vendor and name, or the name alone, in any case.

    Raises
    ------
    DecodeError  `unknown_model`, naming the models there are.
    """
    found = _NAMES.get(_plain(model))
    if found is None:
        detail = f"{model[:80]!r} is none of {', '.join(MODELS)}"
        raise DecodeError("", "unknown_model", detail)
    return found


def decode(
    model: str,
    port: int | None,
    payload: bytes,
    *,
    received_at: datetime | None = None,
    depths: Sequence[float] = (),
) -> Decoded:
    """What one payload of this model says.

    Parameters
    ----------
    model : A key of `MODELS`, or any name `find` knows.
    port : LoRaWAN port of the uplink; None = not told, and not tested.
    payload : The bytes as the device sent them.
    received_at : Time of the uplink. Values from a device's memory carry their own time and can
        be placed (`Reading.offset_s`) only beside it; without it they become a problem.
    depths : Where this device's levels are, top first; without them the levels of a profile are
        where its maker puts them (`Model.depths`). [cm]

    Raises
    ------
    DecodeError  `unknown_model`, `unknown_port`, `short_payload`, `long_payload`, `bad_payload`,
        `bad_checksum`, `unknown_channel` or `unknown_mode`.
    """
    found = find(model)
    elsewhere = None if port is None or port in found.ports else _elsewhere(found, port)
    if elsewhere and not (found.tells_itself and port in _APPLICATIONS):
        raise elsewhere
    if not payload:
        raise DecodeError("", "short_payload", "0 bytes")
    if len(payload) > _LONGEST:
        raise DecodeError("", "long_payload", f"{len(payload)} bytes, at most {_LONGEST}")
    decoded = _placed(found.decode(payload, received_at), tuple(depths) or found.depths)
    if elsewhere is None:
        return decoded
    problem = Problem(elsewhere.reason, field="port", value=str(port), detail=elsewhere.detail)
    return Decoded(decoded.readings, (*decoded.problems, problem))


def _elsewhere(model: Model, port: int) -> DecodeError:
    """What is wrong with a port that is not the model's."""
    first, *more = model.ports
    most = f"{first} to {more[-1]}" if len(more) > _FEW_PORTS else ""
    ports = most or " or ".join(map(str, model.ports))
    return DecodeError("", "unknown_port", f"port {port}; {model.key} measures on {ports}")


def from_decoded(model: str, fields: Mapping[str, Any]) -> Decoded:
    """What a network server's own decoding says, for uplinks that come without their bytes.

    Raises
    ------
    DecodeError  `unknown_model`, or `no_payload` when we know no field of this model's decoding.
    """
    found = find(model)
    decoded = stated.read(found, fields)
    if not decoded.readings and not decoded.problems:
        known = ", ".join(found.stated) or "none"
        detail = f"no bytes, and no field we know for {found.key} (known: {known})"
        raise DecodeError("", "no_payload", detail)
    return decoded


def read(model: str, uplink: Uplink, *, depths: Sequence[float] = ()) -> Decoded:
    """What an uplink of this model says: by its bytes, else by its network's decoding.

    Parameters
    ----------
    model : A key of `MODELS`, or any name `find` knows.
    uplink : Its time places the values from the device's memory.
    depths : As in `decode`. [cm]

    Raises
    ------
    DecodeError  As `decode` and `from_decoded`, with the device's name.
    """
    try:
        if uplink.payload is None:
            return _placed(from_decoded(model, uplink.decoded), depths)
        return decode(model, uplink.port, uplink.payload, received_at=uplink.time, depths=depths)
    except DecodeError as error:
        raise DecodeError(uplink.device, error.reason, error.detail) from error


def _placed(decoded: Decoded, depths: Sequence[float]) -> Decoded:
    """The same, what was measured in the soil at the depth of its level, where that is known."""
    if not depths:
        return decoded
    placed = (
        Reading(one.quantity, one.value, depths[one.level], one.offset_s, one.level)
        if one.quantity.startswith("soil_") and one.level < len(depths)
        else one
        for one in decoded.readings
    )
    return Decoded(tuple(placed), decoded.problems)


@lru_cache(maxsize=1024)
def _plain(name: str) -> str:
    return re.sub(r"[\s/_]+", "-", name.strip().casefold())


def _names(model: Model) -> tuple[str, ...]:
    """Every name a model answers to; The Things Stack calls Milesight `milesight-iot`."""
    vendor, name = _plain(model.vendor), _plain(model.name)
    names = (name, name.removeprefix("dl-"), *model.aliases)
    return (*names, *(f"{one}-{name}" for one in (vendor, f"{vendor}-iot") for name in names))


_NAMES = {name: model for model in MODELS.values() for name in _names(model)}
