"""The crop plan as rows: for `--json`, CSV and XLSX, under the same names."""

from typing import Any

from agro.crop_plan.foresee import Outlook, Planned
from agro.tables import known, to_csv, to_xlsx
from models.harvest.hazards import Hazard
from models.harvest.rotation import family

COLUMNS = (
    *("site", "plot", "crop", "variety", "family", "planted", "sown", "transplanted", "removed"),
    *("area_m2", "plants", "lot", "stage", "degree_days", "by", "earliest", "likely", "latest"),
    *("end", "first_harvest_noted", "rotation_after", "rotation_years", "rotation_needs_years"),
    *("frost_chance", "frost_day", "frost_threshold", "heat_chance", "heat_day"),
    *("heat_threshold", "cautions", "source", "who"),
)


def rows(outlook: Outlook, *, ended: bool = True) -> list[dict[str, Any]]:
    """One row for each planting; what is not known is None."""
    found = (one for one in outlook.planned if ended or one.stage != "ended")
    return [row_of(one) for one in found]


def as_csv(outlook: Outlook) -> str:
    """The plan as comma-separated text."""
    return to_csv(rows(outlook), COLUMNS)


def as_xlsx(outlook: Outlook) -> bytes:
    """The plan as a workbook."""
    return to_xlsx(rows(outlook), COLUMNS)


def row_of(one: Planned) -> dict[str, Any]:
    """A planting as a row of `COLUMNS`."""
    planting, soon = one.planting, one.rotation
    row = {
        "site": planting.site,
        "plot": planting.plot,
        "crop": planting.crop,
        "variety": planting.variety,
        "family": family(planting.crop).family,
        "planted": planting.planted,
        "sown": one.sown,
        "transplanted": one.transplanted,
        "removed": planting.removed,
        "area_m2": planting.area,
        "plants": planting.plants,
        "lot": planting.lot,
        "stage": one.stage,
        "degree_days": round(one.degrees, 1),
        "by": one.by,
        "earliest": one.earliest,
        "likely": one.likely,
        "latest": one.latest,
        "end": one.end,
        "first_harvest_noted": one.harvested,
        "rotation_after": f"{soon.earlier.crop} {soon.earlier.start}" if soon else None,
        "rotation_years": round(soon.years, 2) if soon else None,
        "rotation_needs_years": soon.return_years if soon else None,
        **_hazard("frost", one.frost, one.frost_day),
        **_hazard("heat", one.heat, one.heat_day),
        "cautions": " ".join(one.cautions),
        "source": planting.source,
        "who": one.who,
    }
    return {name: known(value) for name, value in row.items()}


def _hazard(name: str, found: Hazard | None, day: Any) -> dict[str, Any]:
    return {
        f"{name}_chance": round(found.chance, 2) if found else None,
        f"{name}_day": day,
        f"{name}_threshold": found.threshold if found else None,
    }
