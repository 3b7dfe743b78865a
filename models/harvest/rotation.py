"""Whether a plot has rested long enough from a botanical family.

The years between two plantings of a family are those that let its soil-borne diseases die away, as
extension services publish them; each row of `data/families.csv` names its source. A crop without
published years is never warned of.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import isnan, nan
from pathlib import Path

from models.water.tables import crop

_FILE = Path(__file__).parent / "data" / "families.csv"
YEAR = 365.25  # d


@dataclass(frozen=True, slots=True)
class Family:
    """The botanical family of a crop. `return_years` without it on the plot; NaN = none published.

    `source` is that of the years.
    """

    key: str
    family: str
    return_years: float
    source: str


@dataclass(frozen=True, slots=True)
class Stand:
    """A crop on a plot from `start` until `end`, when it was or is to be removed."""

    crop: str
    start: date
    end: date
    variety: str = ""


@dataclass(frozen=True, slots=True)
class TooSoon:
    """A family that comes back too early: after which stand, after how many years of how many."""

    family: str
    earlier: Stand
    years: float
    return_years: float
    source: str


def _read() -> dict[str, Family]:
    with _FILE.open(encoding="utf-8", newline="") as file:
        return {
            row["key"]: Family(
                row["key"],
                row["family"],
                float(row["return_years"]) if row["return_years"] else nan,
                row["source"],
            )
            for row in csv.DictReader(file)
        }


FAMILIES: dict[str, Family] = _read()


def family(key: str) -> Family:
    """The family of a crop, by its key or another name it goes by.

    Raises
    ------
    ValueError  No such crop; the message names the nearest.
    """
    return FAMILIES[crop(key).key]


def too_soon(stand: Stand, earlier: Sequence[Stand]) -> TooSoon | None:
    """The latest earlier stand of the same family that leaves the plot too few years; else None.

    Parameters
    ----------
    earlier : What grew or grows on the same plot. What stands beside the new crop, or comes after
        it, is no return.
    """
    own = family(stand.crop)
    if isnan(own.return_years):
        return None
    kin = [
        one
        for one in earlier
        if one.end <= stand.start
        and _needs_rest(one.crop)
        and family(one.crop).family == own.family
    ]
    last = max(kin, key=lambda one: one.end, default=None)
    if last is None:
        return None
    years = (stand.start - last.end).days / YEAR
    if years >= own.return_years:
        return None
    return TooSoon(own.family, last, years, own.return_years, own.source)


def _needs_rest(key: str) -> bool:
    """Whether years are published for it: a ley of clover is no earlier bean."""
    return not isnan(family(key).return_years)
