"""The three things a message can become: an uplink, readings, problems."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True)
class Reading:
    """One measured value in our names and units (`sensors.quantities`).

    `value` NaN means the device answered "no value" (a sentinel): it is stored as missing.
    `depth_cm` is what the payload itself tells (`None` for most probes); `level` numbers the
    sensors of one profile from the top, so that the register can give each its depth.
    `offset_s` is the time of the value less the time of the uplink (negative for history).
    """

    quantity: str
    value: float
    depth_cm: float | None = None
    offset_s: int = 0
    level: int = 0


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be believed, kept beside the good rows.

    `reason` is a stable snake_case code; `field` and `value` say where; `detail` says what to do.
    """

    reason: str
    device: str = ""
    field: str = ""
    value: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Uplink:
    """One message of one device, whatever network brought it.

    `payload` is the undecoded bytes (`None` when the network sent none); `decoded` is the network
    server's own decoding, untrusted; `readings` are values a plain-JSON device states itself.
    `part_of` is the device whose values these are while this one is not registered by itself.
    """

    device: str
    time: datetime
    network: str
    eui: str = ""
    part_of: str = ""
    port: int | None = None
    payload: bytes | None = None
    counter: int | None = None
    model: str = ""
    deduplication_id: str = ""
    rssi: float | None = None
    snr: float | None = None
    simulated: bool = False
    readings: tuple[Reading, ...] = ()
    problems: tuple[Problem, ...] = ()
    decoded: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a codec makes of one payload."""

    readings: tuple[Reading, ...] = ()
    problems: tuple[Problem, ...] = ()
