"""What people and instruments wrote into the logbook, and how it came to be."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import nan
from typing import Any


@dataclass(frozen=True, slots=True)
class LogEntry:
    """A line of the logbook, in farmOS's types. `plot` empty = whole site.

    `type`: seeding, transplanting, irrigation, harvest, input, maintenance, observation, labour,
    delivery, compost. `source`: person, meter, valve, pack, simulated. `method`: weighed, counted,
    estimated, metered, timed. `lot` is the seed's of a sowing, the product's of an input and its
    own of a harvest. `hours` of work, `area` m² worked. `details` by type: of an input `kind`,
    `n_percent`, of labour `status`, `persons`.
    A quantity of 0 is a statement ("nothing harvested"), NaN says nothing.
    """

    site: str
    plot: str
    type: str
    time: datetime
    quantity: float = nan
    unit: str = ""
    crop: str = ""
    variety: str = ""
    notes: str = ""
    source: str = "person"
    method: str = ""
    who: str = ""
    lot: str = ""
    hours: float = nan
    area: float = nan
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Noted:
    """An entry as it is kept: `number` names it, `struck_at` when somebody took it back."""

    number: int
    entry: LogEntry
    recorded_at: datetime
    batch: int | None = None
    struck_at: datetime | None = None
    revisions: int = 0


@dataclass(frozen=True, slots=True)
class Revision:
    """A change of an entry. `action`: corrected, struck, restored; only changed fields are told."""

    number: int
    at: datetime
    who: str
    action: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """A file that was imported: how many entries were new, how many rows were refused."""

    number: int
    site: str
    file: str
    sha256: str
    imported_at: datetime
    who: str
    new: int
    refused: int
    undone_at: datetime | None = None
