"""From a folder to a `CityPack`: every fault found at once, each on its own line."""

import csv
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from io import StringIO
from math import nan
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from agro.errors import BadInput
from agro.packs import rows
from agro.records import (
    City,
    CityPack,
    Commune,
    Device,
    IrrigationSystem,
    Normals,
    Planting,
    Plot,
    Site,
    Soil,
    Trial,
)

_HERE = Path(__file__).parent
Row = TypeVar("Row", bound=BaseModel)


@dataclass(slots=True)
class _Folder:
    """A pack being read; `faults` are the lines its author will see."""

    path: Path
    faults: list[str] = field(default_factory=list)

    def text(self, name: str) -> str:
        file = self.path / name
        try:
            return file.read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            self.faults.append(f"{name}: file is missing; every pack has it")
        except UnicodeDecodeError as error:
            self.faults.append(f"{name}: not UTF-8 (byte {error.start}); save it as UTF-8")
        return ""

    def toml(self, name: str, kind: type[Row]) -> Row | None:
        text = self.text(name)
        try:
            content = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            self.faults.append(f"{name}: not TOML: {error}")
            return None
        return self._row(name, "", content, kind) if text else None

    def table(self, name: str, kind: type[Row]) -> list[tuple[int, Row]]:
        """The good rows of a CSV file with their line numbers; the bad ones become faults."""
        text = self.text(name)
        delimiter = (
            ";" if text.partition("\n")[0].count(";") > text.partition("\n")[0].count(",") else ","
        )
        reader = csv.DictReader(StringIO(text), delimiter=delimiter)
        needed = [key for key, told in kind.model_fields.items() if told.is_required()]
        missing = [key for key in needed if key not in (reader.fieldnames or ())]
        if text and missing:
            self.faults.append(
                f"{name}: column {', '.join(missing)} is missing from its first line"
            )
            return []
        found: list[tuple[int, Row]] = []
        for line in reader:
            content = {key: value for key, value in line.items() if key and (value or "").strip()}
            if content and (row := self._row(name, f" row {reader.line_num}", content, kind)):
                found.append((reader.line_num, row))
        return found

    def _row(self, name: str, where: str, content: dict[str, Any], kind: type[Row]) -> Row | None:
        try:
            return kind.model_validate(content)
        except ValidationError as error:
            self.faults.extend(f"{name}{where}: {_said(fault)}" for fault in error.errors())
            return None


def _said(fault: ErrorDetails) -> str:
    """One pydantic fault as field, value and what to do."""
    place = ".".join(str(part) for part in fault["loc"])
    told = fault["msg"].removeprefix("Value error, ")
    if not place:
        return told
    if fault["type"] == "missing":
        return f"{place}: is empty; it must be given"
    return f"{place} {fault['input']!r}: {told[0].lower()}{told[1:]}"


def available() -> list[str]:
    """The names of the packs that come with the program."""
    return sorted(folder.parent.name for folder in _HERE.glob("*/city.toml"))


def read_pack(pack: str | Path) -> CityPack:
    """Read and check a city pack, by its name or its folder.

    Raises
    ------
    BadInput  One line for each fault: file, row, field, value and what to do.
    """
    path = _HERE / pack if str(pack) in available() else Path(pack)
    if not path.is_dir():
        raise BadInput(
            [f"no city pack {str(pack)!r}; known: {', '.join(available())}, or a folder"]
        )
    folder = _Folder(path)
    city = folder.toml("city.toml", rows.CityRow)
    normals = folder.toml("normals.toml", rows.NormalsRow)
    tables = _Tables.read(folder)
    tables.check(folder.faults)
    if folder.faults or city is None or normals is None:
        raise BadInput(folder.faults)
    return tables.pack(City(**city.model_dump()), Normals(**normals.model_dump()))


Lines = list[tuple[int, Row]]


@dataclass(frozen=True, slots=True)
class _Tables:
    communes: Lines[rows.CommuneRow]
    sites: Lines[rows.SiteRow]
    soils: Lines[rows.SoilRow]
    irrigation: Lines[rows.IrrigationRow]
    plots: Lines[rows.PlotRow]
    plantings: Lines[rows.PlantingRow]
    devices: Lines[rows.DeviceRow]
    trials: Lines[rows.TrialRow]

    @classmethod
    def read(cls, folder: _Folder) -> "_Tables":
        """The good rows of every table."""
        return cls(
            folder.table("communes.csv", rows.CommuneRow),
            folder.table("sites.csv", rows.SiteRow),
            folder.table("soils.csv", rows.SoilRow),
            folder.table("irrigation.csv", rows.IrrigationRow),
            folder.table("plots.csv", rows.PlotRow),
            folder.table("plantings.csv", rows.PlantingRow),
            folder.table("devices.csv", rows.DeviceRow),
            folder.table("trials.csv", rows.TrialRow),
        )

    def check(self, faults: list[str]) -> None:
        """What no row can know alone: doubles, and names that lead nowhere."""
        of_site = ("site", "slug")
        for name, lines, key in (
            ("communes.csv", self.communes, ("code",)),
            ("sites.csv", self.sites, ("slug",)),
            ("soils.csv", self.soils, of_site),
            ("irrigation.csv", self.irrigation, of_site),
            ("plots.csv", self.plots, of_site),
            ("plantings.csv", self.plantings, ("site", "plot", "crop", "variety", "planted")),
            ("devices.csv", self.devices, ("device",)),
            ("devices.csv", [(n, d) for n, d in self.devices if d.eui], ("eui",)),
            ("trials.csv", self.trials, of_site),
        ):
            _doubles(faults, name, lines, key)
        sites, plots = _keys(self.sites, "slug"), _keys(self.plots, "site", "slug")
        _leads(faults, "sites.csv", self.sites, ("commune",), _keys(self.communes, "code"))
        for name, lines in (
            ("soils.csv", self.soils),
            ("irrigation.csv", self.irrigation),
            ("plots.csv", self.plots),
            ("devices.csv", self.devices),
        ):
            _leads(faults, name, lines, ("site",), sites)
        _leads(faults, "plots.csv", self.plots, ("site", "soil"), _keys(self.soils, "site", "slug"))
        systems = _keys(self.irrigation, "site", "slug")
        _leads(faults, "plots.csv", self.plots, ("site", "irrigation"), systems)
        placed = [(number, device) for number, device in self.devices if device.plot]
        for name, lines in (
            ("plantings.csv", self.plantings),
            ("devices.csv", placed),
            ("trials.csv", self.trials),
        ):
            _leads(faults, name, lines, ("site", "plot"), plots)

    def pack(self, city: City, normals: Normals) -> CityPack:
        """The records."""
        return CityPack(
            city=city,
            communes=_records(Commune, self.communes),
            sites=_records(Site, self.sites),
            soils=_records(Soil, self.soils),
            irrigation_systems=_records(IrrigationSystem, self.irrigation),
            plots=_records(_plot, self.plots),
            plantings=_records(Planting, self.plantings),
            devices=_records(_device, self.devices),
            trials=_records(Trial, self.trials),
            normals=normals,
        )


Record = TypeVar("Record")


def _records(make: Callable[..., Record], lines: Iterable[tuple[int, Any]]) -> tuple[Record, ...]:
    return tuple(make(**row.model_dump()) for _, row in lines)


def _plot(*, depth: float | None, **known: Any) -> Plot:
    return Plot(**known, depth=nan if depth is None else depth)


def _device(*, eui: str, **known: Any) -> Device:
    return Device(**known, eui=eui.upper())


def _key(row: BaseModel, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(str(getattr(row, name)) for name in names)


def _keys(lines: Iterable[tuple[int, Any]], *names: str) -> set[tuple[str, ...]]:
    return {_key(row, names) for _, row in lines}


def _doubles(
    faults: list[str], file: str, lines: Iterable[tuple[int, Any]], names: Sequence[str]
) -> None:
    first: dict[tuple[str, ...], int] = {}
    for number, row in lines:
        key = _key(row, names)
        if key in first:
            told = f"{', '.join(names)} {' / '.join(key)!r} is already on row {first[key]}"
            faults.append(f"{file} row {number}: {told}; each must be its own")
        first.setdefault(key, number)


def _leads(
    faults: list[str],
    file: str,
    lines: Iterable[tuple[int, Any]],
    names: Sequence[str],
    known: set[tuple[str, ...]],
) -> None:
    for number, row in lines:
        key = _key(row, names)
        if key not in known:
            near = sorted(" / ".join(other) for other in known if other[:-1] == key[:-1])
            told = f"{names[-1]} {key[-1]!r} does not exist"
            place = f" on site {key[0]!r}" if len(key) > 1 else ""
            faults.append(f"{file} row {number}: {told}{place}; known: {', '.join(near) or 'none'}")
