"""The files of one pack, each read on its own."""

from collections.abc import Mapping
from dataclasses import dataclass

from agro.packs import rows
from agro.packs.folder import Folder, Table
from agro.packs.services import ServiceRow


@dataclass(frozen=True, slots=True)
class Content:
    """Every file of a pack; `books` are the field books by their trial's slug."""

    city: rows.CityRow | None
    communes: Table[rows.CommuneRow]
    sites: Table[rows.SiteRow]
    soils: Table[rows.SoilRow]
    irrigation: Table[rows.IrrigationRow]
    tanks: Table[rows.TankRow]
    plots: Table[rows.PlotRow]
    plantings: Table[rows.PlantingRow]
    devices: Table[rows.DeviceRow]
    trials: Table[rows.TrialRow]
    normals: Table[rows.NormalsRow]
    report_services: Table[ServiceRow]
    books: Mapping[str, Table[rows.BookRow]]


def read_content(folder: Folder) -> Content:
    """Read every file; what is wrong in one of them is added to `folder.faults`."""
    books = sorted((folder.path / "trials").glob("*.csv"))
    return Content(
        city=folder.toml("city.toml", rows.CityRow),
        communes=folder.table("communes.csv", rows.CommuneRow),
        sites=folder.table("sites.csv", rows.SiteRow),
        soils=folder.table("soils.csv", rows.SoilRow),
        irrigation=folder.table("irrigation.csv", rows.IrrigationRow),
        tanks=folder.table("tanks.csv", rows.TankRow, optional=True),
        plots=folder.table("plots.csv", rows.PlotRow),
        plantings=folder.table("plantings.csv", rows.PlantingRow),
        devices=folder.table("devices.csv", rows.DeviceRow),
        trials=folder.table("trials.csv", rows.TrialRow),
        normals=folder.table("normals.csv", rows.NormalsRow),
        report_services=folder.table("report_services.csv", ServiceRow, optional=True),
        books={book.stem: folder.table(f"trials/{book.name}", rows.BookRow) for book in books},
    )
