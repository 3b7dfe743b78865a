"""Pumps that fill tanks and fans of greenhouses, whose hours may be moved: a pack's file."""

from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from agro.errors import BadInput
from agro.packs.folder import Folder
from agro.packs.read import find

FILE = "machines.csv"
Kind = Literal["pump", "fan"]
_Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class MachineRow(BaseModel):
    """A row: a pump that fills a tank of a site, or a fan that runs for some minutes a day."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True, frozen=True)

    site: str
    slug: str
    name: str
    kind: Kind
    power: Annotated[float, Field(gt=0, lt=inf)]
    tank: str = ""
    flow: Annotated[float | None, Field(gt=0, lt=inf)] = None
    minutes: Annotated[float | None, Field(gt=0, le=1440)] = None
    start: _Clock
    end: _Clock
    timer: _Clock


@dataclass(frozen=True, slots=True)
class Machine:
    """Something that draws power and may run at other hours of its day.

    `power` kW; a pump lifts `flow` L min⁻¹ into the `tank` with this slug, a fan runs `minutes` a
    day (0 of a pump). It may run from `start` to `end` ("08:00"); a fixed timer starts it at
    `timer`.
    """

    site: str
    slug: str
    name: str
    kind: Kind
    power: float
    start: str
    end: str
    timer: str
    tank: str = ""
    flow: float = 0.0
    minutes: float = 0.0


def read_machines(slug_or_folder: str | Path) -> tuple[Machine, ...]:
    """The machines that a pack tells of; none where it has no such file.

    Raises
    ------
    BadInput  One line for each fault: file, row, field, value and what to do.
    """
    folder = Folder(find(slug_or_folder))
    table = folder.table(FILE, MachineRow, optional=True)
    faults = [f"{FILE} row {number}: {one}" for number, row in table.lines for one in _lacks(row)]
    if folder.faults or faults:
        raise BadInput([*folder.faults, *faults])
    return tuple(_machine(row) for _, row in table.lines)


def _lacks(row: MachineRow) -> list[str]:
    if row.kind == "pump" and (not row.tank or row.flow is None):
        return [f"the pump {row.slug!r} has no tank or flow; give both"]
    if row.kind == "fan" and row.minutes is None:
        return [f"the fan {row.slug!r} has no minutes; say how long it runs a day"]
    return []


def _machine(row: MachineRow) -> Machine:
    return Machine(
        site=row.site,
        slug=row.slug,
        name=row.name,
        kind=row.kind,
        power=row.power,
        start=row.start,
        end=row.end,
        timer=row.timer,
        tank=row.tank,
        flow=row.flow or 0.0,
        minutes=row.minutes or 0.0,
    )
