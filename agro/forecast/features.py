"""What is known of a season at a moment, as a row that can be learned from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, log, nan

import numpy as np
from sqlalchemy import Connection

from agro.advice.moment import Moment
from agro.advice.sky import CLIMATE
from agro.forecast.plantings import Standing
from agro.forecast.season import Garden, Grown
from agro.store import logbook
from agro.units import mass_kg
from models.harvest.yield_table.table import YieldTable

NUMBERS = (
    *("age", "degrees", "shortage", "stress_days", "rain", "irrigation", "radiation"),
    *("tmin", "heat", "nitrogen", "density", "area"),
)
CATEGORIES = ("variety", "soil", "plot")
GUESSED = 0.5  # share of the days, above which the weather is the climate's and tells nothing
_WEATHER = ("degrees", "shortage", "stress_days", "rain", "radiation", "tmin", "heat")


@dataclass(frozen=True, slots=True)
class Row:
    """A season as it stood at a moment. `log_yield` of kg m⁻², NaN where it is not known yet.

    `numbers` by the names of `NUMBERS`: age in shares of the crop's season, degrees °C d, shortage
    share of the evapotranspiration, rain and irrigation mm, radiation MJ m⁻² d⁻¹, tmin °C, heat
    share of growth, nitrogen g m⁻², density plants m⁻², area m².
    """

    group: str
    year: int
    numbers: Mapping[str, float]
    categories: Mapping[str, str]
    log_yield: float = nan


def row(c: Connection, here: Garden, grown: Grown) -> Row:
    """The season of a standing planting; weather that nobody measured is missing."""
    one, sky, told = grown.one, grown.sky, grown.weathered
    planting, length = one.planting, max(float(told.needed.sum() + told.to_come.sum()), 1e-9)
    numbers = {
        "age": float(told.needed.sum()) / length,
        "degrees": grown.degrees,
        "shortage": 1.0 - float(told.used.sum()) / max(float(told.needed.sum()), 1e-9),
        "stress_days": float(grown.stress_days),
        "rain": float(sky["rain"].sum()),
        "irrigation": grown.irrigation,
        "radiation": float(sky["solar_radiation"].astype(float).mean()) if len(sky) else nan,
        "tmin": float(sky["tmin"].astype(float).min()) if len(sky) else nan,
        "heat": told.heat,
        "nitrogen": nitrogen(c, one, here.moment),
        "density": planting.plants / one.area,
        "area": log(one.area) if one.area > 0.0 else nan,
    }
    if not len(sky) or (sky["source"] == CLIMATE).mean() > GUESSED:
        numbers |= dict.fromkeys(_WEATHER, nan)
    categories = {
        "variety": planting.variety,
        "soil": one.bed.plot.soil,
        "plot": planting.plot,
    }
    return Row(group_of(one), one.started.year, numbers, categories)


def group_of(one: Standing) -> str:
    """What a yield is compared with: the same crop on the same site."""
    return f"{one.planting.site}/{one.planting.crop}"


def nitrogen(c: Connection, one: Standing, moment: Moment) -> float:
    """Nitrogen given since planting; NaN where nothing is noted that tells it. [g m⁻²]"""
    start = moment.midnight(one.started)
    entries = logbook.entries(
        c,
        site=one.planting.site,
        plot=one.planting.plot,
        types=["input", "compost"],
        start=start,
        end=moment.end,
    )
    given = [
        1000.0 * mass_kg(entry.quantity, entry.unit) * float(entry.details["n_percent"]) / 100.0
        for entry in entries
        if isinstance(entry.details.get("n_percent"), int | float)
    ]
    known = [grams for grams in given if isfinite(grams)]
    return sum(known) / one.area if known and one.area > 0.0 else nan


def table(rows: Sequence[Row]) -> YieldTable:
    """The rows as `models.harvest.yield_table` takes them; a yield not known yet is 0 there."""
    groups, years = (sorted({getattr(one, name) for one in rows}) for name in ("group", "year"))
    target = np.array([one.log_yield for one in rows])
    words = [sorted({one.categories[name] for one in rows}) for name in CATEGORIES]
    codes = [
        [known.index(one.categories[name]) if one.categories[name] else -1 for one in rows]
        for name, known in zip(CATEGORIES, words, strict=True)
    ]
    return YieldTable(
        target=np.nan_to_num(target, nan=0.0),
        group=np.array([groups.index(one.group) for one in rows], dtype=np.int64),
        year=np.array([years.index(one.year) for one in rows], dtype=np.int64),
        when=np.array([float(one.year) for one in rows]),
        numbers=np.array([[one.numbers[name] for name in NUMBERS] for one in rows]),
        names=NUMBERS,
        categories=np.array(codes, dtype=np.int64).T.reshape(len(rows), len(CATEGORIES)),
        category_names=CATEGORIES,
    )
