"""What a city's own systems tell: equipment, where it stands, and what it measures.

Whatever way it comes (NGSI-LD, SensorThings, an agency's own format), it becomes a `Report` for
each piece of equipment, in our quantities and units.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import nan
from types import MappingProxyType
from typing import Any, Literal, get_args

from sensors.feeds.source import Mode
from sensors.reading import Problem

Kind = Literal[
    "lighting_cabinet",
    "parking",
    "transit",
    "traffic_counter",
    "building",
    "pv_plant",
    "air_station",
    "river_station",
    "groundwater",
    "weather",
    "other",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
SIMULATED = "simulated"
"""The `dataProvider` of equipment that does not exist."""

LONGEST_NAME = 256


@dataclass(frozen=True, slots=True)
class Equipment:
    """One piece of equipment. `name` is its id in the system that tells of it.

    `latitude`, `longitude` ° (NaN = not told); `locality` is the municipality as the system writes
    it, by name or national code; `mode` None where it is not told. `details` is what does not
    change by the hour: `lights`, `spaces`, `peak_power` kW, and as text `working_mode`,
    `phase_type`, `metering_started`.
    """

    name: str
    kind: Kind
    label: str = ""
    latitude: float = nan
    longitude: float = nan
    locality: str = ""
    mode: Mode | None = None
    details: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Measured:
    """A value in our unit at a time (aware); NaN: the system says that it has none."""

    quantity: str
    value: float
    time: datetime


@dataclass(frozen=True, slots=True)
class Report:
    """What was told of one piece of equipment, and what of it cannot be used.

    `equipment` is None where nobody can say what it is. `text` is what was told, to be kept
    beside a problem.
    """

    name: str
    equipment: Equipment | None
    measured: tuple[Measured, ...] = ()
    problems: tuple[Problem, ...] = ()
    text: str = ""
