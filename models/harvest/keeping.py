"""How long a crop keeps once it is harvested, as published, each row with its source.

References
----------
[1] Cantwell (2001). Properties and recommended conditions for long-term storage of fresh fruits
    and vegetables. University of California, Davis, Postharvest Technology Center.
"""

import csv
from dataclasses import dataclass
from functools import cache
from math import nan
from pathlib import Path

_FILE = Path(__file__).parent / "data" / "keeping.csv"


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long the goods of a crop keep at the `temperature` of [1] and in moist air. [days]

    A garden without a cold room has less. `days_high` is NaN where [1] gives one figure. `goods`
    says which of several the figures are of; of several the shortest was taken.
    """

    crop: str
    days_low: float
    days_high: float
    temperature: str
    goods: str
    source: str


@cache
def table() -> dict[str, Keeping]:
    """Crop key → how long it keeps."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        return {row["crop"]: _keeping(row) for row in csv.DictReader(file)}


def _keeping(row: dict[str, str]) -> Keeping:
    high = float(row["days_high"]) if row["days_high"] else nan
    told = {name: row[name] for name in ("crop", "temperature", "goods", "source")}
    return Keeping(days_low=float(row["days_low"]), days_high=high, **told)


def keeping(crop: str) -> Keeping | None:
    """How long a crop keeps; None where the table does not say."""
    return table().get(crop)
