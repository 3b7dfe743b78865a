"""From a folder to a `CityPack`: every fault found at once, each on its own line."""

from collections.abc import Callable, Sequence
from math import nan
from pathlib import Path
from typing import Any, TypeVar

from agro.errors import BadInput
from agro.packs import rows
from agro.packs.checks import check
from agro.packs.content import Content, read_content
from agro.packs.folder import Folder, Table
from agro.records import (
    BookPlot,
    City,
    CityPack,
    Commune,
    Device,
    IrrigationSystem,
    Normals,
    Planting,
    Plot,
    ReportService,
    Site,
    Soil,
    Tank,
    Trial,
)
from sensors import codecs

_HERE = Path(__file__).parent
Record = TypeVar("Record")


def available() -> list[str]:
    """The names of the packs that come with the program."""
    return sorted(folder.parent.name for folder in _HERE.glob("*/city.toml"))


def read_pack(slug_or_folder: str | Path) -> CityPack:
    """Read and check a city pack, by its name or its folder.

    Raises
    ------
    BadInput  One line for each fault: file, row, field, value and what to do.
    """
    folder = Folder(find(slug_or_folder))
    content = read_content(folder)
    faults = [*folder.faults, *check(content)]
    if faults or content.city is None:
        raise BadInput(faults)
    return _pack(content, content.city)


def languages(slug_or_folder: str | Path, known: Sequence[str]) -> tuple[str, ...]:
    """Those of the known languages that a city's pages offer; all where its pack names none."""
    try:
        city = Folder(find(slug_or_folder)).toml("city.toml", rows.CityRow)
    except BadInput:
        city = None
    named = city.languages if city is not None else ()
    return tuple(one for one in named if one in known) or tuple(known)


def find(slug_or_folder: str | Path) -> Path:
    """The folder of a pack, by its name or itself.

    Raises
    ------
    BadInput  There is none.
    """
    name = str(slug_or_folder)
    path = _HERE / name if name in available() else Path(slug_or_folder)
    if not path.is_dir():
        known = ", ".join(available())
        raise BadInput([f"city pack {name!r} does not exist; known: {known}, or give a folder"])
    return path


def _pack(content: Content, city: rows.CityRow) -> CityPack:
    return CityPack(
        city=City(**city.model_dump(exclude={"climate_station", "languages"})),
        communes=_records(Commune, content.communes),
        sites=_records(Site, content.sites),
        soils=_records(_soil, content.soils),
        irrigation_systems=_records(_system, content.irrigation),
        plots=_records(_plot, content.plots),
        plantings=_records(Planting, content.plantings),
        devices=_records(_device, content.devices),
        trials=_records(Trial, content.trials),
        normals=_normals(city.climate_station, [row for _, row in content.normals.lines]),
        tanks=_records(_tank, content.tanks),
        report_services=_records(ReportService, content.report_services),
        books={slug: _records(BookPlot, book) for slug, book in content.books.items()},
    )


def _records(make: Callable[..., Record], table: Table[Any]) -> tuple[Record, ...]:
    return tuple(make(**row.model_dump()) for _, row in table.lines)


def _or_nan(value: float | None) -> float:
    return nan if value is None else value


def _soil(
    *, sand: float | None, clay: float | None, organic_matter: float | None, **known: Any
) -> Soil:
    """The texture has become water contents already, where the row gave none."""
    del sand, clay, organic_matter
    return Soil(**known)


def _system(*, soak_minutes: float | None, **known: Any) -> IrrigationSystem:
    return IrrigationSystem(soak_minutes=_or_nan(soak_minutes), **known)


def _tank(*, level: float | None, **known: Any) -> Tank:
    return Tank(level=_or_nan(level), **known)


def _plot(*, kind: str, covered: bool | None, **known: Any) -> Plot:
    """A greenhouse is covered unless its row says no."""
    known = {name: nan if value is None else value for name, value in known.items()}
    return Plot(kind=kind, covered=kind == "greenhouse" if covered is None else covered, **known)


def _device(*, model: str, depths: tuple[float, ...], **known: Any) -> Device:
    """A profile whose row gives no depths stands as its maker says."""
    return Device(model=model, depths=depths or codecs.MODELS[model].depths, **known)


def _normals(station: str, told: Sequence[rows.NormalsRow]) -> Normals:
    months = {row.quantity: row.months for row in told}
    sources: dict[str, list[str]] = {}
    for row in told:
        sources.setdefault(row.source, []).append(row.quantity)
    source = "; ".join(f"{', '.join(names)}: {text}" for text, names in sources.items())
    return Normals(station=station, source=source, **months)
