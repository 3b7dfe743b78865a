"""What a device model is to us: its names, its ports, what it measures, how to read its bytes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sensors.reading import Decoded

Read = Callable[[bytes, datetime | None], Decoded]
"""Payload, and the time of its uplink where known, to readings."""


@dataclass(frozen=True, slots=True)
class Stated:
    """How one field of a network server's own decoding becomes a reading.

    The stated number divided by `divisor` is in our unit; `units` are the unit strings that may
    stand behind it ("" = none).
    """

    quantity: str
    divisor: float
    units: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """One device model. `key` is `vendor/name` in lower case; `ports` carry measurements.

    `stated` tells, for networks that forward no bytes, which fields of their decoding we believe.
    `depths` (cm, top first) are where the maker puts the levels of a profile: the default for a
    register that gives none. `aliases` are other names that networks give it. `tells_itself`: its
    payloads show by their own bytes that they are its, so that they are read on any port.
    """

    key: str
    vendor: str
    name: str
    quantities: tuple[str, ...]
    decode: Read
    ports: tuple[int, ...]
    stated: Mapping[str, Stated] = field(default_factory=dict)
    depths: tuple[float, ...] = ()
    aliases: tuple[str, ...] = ()
    tells_itself: bool = False
