"""What a city's control post has, to be simulated: a pack's `equipment.csv`, else by its people."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from agro.errors import BadInput
from agro.packs.folder import Folder
from agro.packs.read import find
from agro.records import Commune

FILE = "equipment.csv"
Kind = Literal[
    "lighting_cabinet", "building", "traffic_counter", "parking", "pv_plant", "air_station"
]


class EquipmentRow(BaseModel):
    """A row: so many of a kind over the whole city, or one with a name at its place."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True, frozen=True)

    kind: Kind
    number: Annotated[int, Field(ge=1, le=20_000)]
    size: Annotated[float, Field(gt=0)]
    name: str = ""
    latitude: Annotated[float | None, Field(ge=-90, le=90)] = None
    longitude: Annotated[float | None, Field(ge=-180, le=180)] = None


@dataclass(frozen=True, slots=True)
class Equipment:
    """So many pieces of a kind, `size` each on an average: lamps, kW, vehicles an hour, spaces.

    One with a name has its place [°]; the others are shared out over the communes.
    """

    kind: Kind
    number: int
    size: float
    name: str = ""
    latitude: float = nan
    longitude: float = nan


# One for so many people, and how large: assumed, for a simulation alone.
_BY_PEOPLE: tuple[tuple[Kind, float, float], ...] = (
    ("lighting_cabinet", 800.0, 100.0),
    ("building", 1500.0, 55.0),
    ("traffic_counter", 2500.0, 900.0),
    ("parking", 15_000.0, 380.0),
    ("air_station", 120_000.0, 1.0),
)


def read_equipment(
    slug_or_folder: str | Path, communes: Sequence[Commune]
) -> tuple[Equipment, ...]:
    """The equipment that a pack tells of; where it tells of none, as much as its people need.

    Raises
    ------
    BadInput  One line for each fault: file, row, field, value and what to do.
    """
    folder = Folder(find(slug_or_folder))
    table = folder.table(FILE, EquipmentRow, optional=True)
    unplaced = [
        f"{FILE} row {number}: {row.name!r} has no position; give latitude and longitude"
        for number, row in table.lines
        if row.name and (row.latitude is None or row.longitude is None)
    ]
    if folder.faults or unplaced:
        raise BadInput([*folder.faults, *unplaced])
    if not table.lines:
        return _by_people(sum(one.population for one in communes))
    return tuple(_equipment(row) for _, row in table.lines)


def _equipment(row: EquipmentRow) -> Equipment:
    north = nan if row.latitude is None else row.latitude
    east = nan if row.longitude is None else row.longitude
    return Equipment(row.kind, row.number, row.size, row.name, north, east)


def _by_people(people: int) -> tuple[Equipment, ...]:
    return tuple(
        Equipment(kind, max(round(people / each), 1), size) for kind, each, size in _BY_PEOPLE
    )
