"""When a crop is ripe: warmth summed since planting, and the window it leads to.

The warmth a crop needs is that of FAO-56 [1] or of an extension service; where nobody publishes
it, the days of FAO-56's stages stand in, and `Phenology.by` says so: of annuals as days of
ordinary warmth, so that winter does not count as summer, of perennials and winter cereals as they
are. What a season needs in all is shared out among its stages as Table 11 shares out the days.
Crops that are picked again and again begin with the mid-season, others with the late season, grain
at its end; that reading of the stages is ours.

References
----------
[1] FAO (2025). Crop evapotranspiration, FAO Irrigation and Drainage Paper 56, revision 1.
[2] McMaster, Wilhelm (1997). Growing degree-days: one equation, two interpretations. Agricultural
    and Forest Meteorology 87. 10.1016/S0168-1923(97)00027-0
"""

import csv
from dataclasses import dataclass
from math import inf, isnan, nan
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from models.water.et0 import Array
from models.water.tables import CROPS, Crop, crop
from models.water.thermal import growing_degrees

_DATA = Path(__file__).parent / "data"

VARIETIES = (0.1, 0.3, 0.5, 0.7, 0.9)  # from early to late, equally likely
DAYS_SPREAD = 0.15  # half the range of varieties about the days of the tables, ours [-]
GROWN = 0.5  # share of the way to the first harvest from which on a killing frost ends it, ours [-]
LOW, HIGH = 0.1, 0.9  # bounds of an 80 % window
_NUMBERS = (
    *("base_temperature", "upper_temperature", "per_day", "first_short", "first_long"),
    *(
        "end_short",
        "end_long",
        "first_days",
        "end_days",
        "frost_young",
        "frost_late",
        "frost_kill",
        "heat",
    ),
)


@dataclass(frozen=True, slots=True)
class Phenology:
    """What a crop needs until it is ripe, and what weather harms it.

    `harvest` : picked (again and again), lifted (once), ripe (grain), cut (regrows), none.
    `base_temperature`, `upper_temperature` : what lies outside drives no growth. [°C]
    `per_day` : warmth for which a day of the tables stands; NaN where a thermal time is published,
    or the days stand for themselves. [°C d]
    `first_…`, `end_…` : from planting to the first and to the last harvest, for a short and for a
    long variety. [°C d] NaN where nobody publishes it: then `first_days`, `end_days` stand in. [d]
    `frost_young`, `frost_late` : minimum that damages it before, and from the mid-season on
    (flowers, curds, ears, fruit); `frost_kill` : that ends it. [°C]
    `heat` : maximum above which quality or fruit set suffers. [°C]
    """

    key: str
    harvest: str
    base_temperature: float
    upper_temperature: float
    per_day: float
    first_short: float
    first_long: float
    end_short: float
    end_long: float
    first_days: float
    end_days: float
    frost_young: float
    frost_late: float
    frost_kill: float
    heat: float
    source: str

    @property
    def by(self) -> str:
        """What decides: published warmth, the table's days as warmth, days; none: no harvest."""
        if self.harvest == "none":
            return "none"
        if isnan(self.first_short):
            return "days"
        return "warmth" if isnan(self.per_day) else "table"


@dataclass(frozen=True, slots=True)
class Window:
    """Days after planting; inf where it is not reached within the days given.

    `earliest` and `latest` bound 80 % of first harvests, `likely` is their median; `end` is the
    median of last harvests, and `end_earliest`, `end_latest` bound 80 % of them. [d]
    """

    earliest: float
    likely: float
    latest: float
    end_earliest: float
    end: float
    end_latest: float


def _begin(of: Crop, harvest: str) -> float:
    """Days of the tables from planting to the first harvest. [d]"""
    until_mid = of.length_ini + of.length_dev
    if harvest in ("picked", "cut"):
        return until_mid
    return until_mid + of.length_mid + (of.length_late if harvest == "ripe" else 0.0)


def _phenology(row: dict[str, str]) -> Phenology:
    told = {name: float(row[name]) if row[name] else nan for name in _NUMBERS}
    of, harvest = CROPS[row["key"]], row["harvest"]
    share = _begin(of, harvest) / of.season_length
    stood_in = {
        "base_temperature": of.base_temperature,
        "upper_temperature": of.upper_temperature,
        "first_short": share * of.thermal_time_short,
        "first_long": share * of.thermal_time_long,
        "end_short": of.thermal_time_short,
        "end_long": of.thermal_time_long,
        "first_days": _begin(of, harvest),
        "end_days": of.season_length,
    }
    if not isnan(told["per_day"]):
        told |= _of_days(stood_in["first_days"], stood_in["end_days"], told["per_day"])
    for name in ("short", "long"):
        # A published first harvest without a last one: the rest as the days of the table.
        if isnan(stood_in[f"end_{name}"]):
            stood_in[f"end_{name}"] = told[f"first_{name}"] / share
    numbers = {name: stood_in.get(name, nan) if isnan(told[name]) else told[name] for name in told}
    return Phenology(row["key"], harvest, **numbers, source=row["source"])


def _of_days(first: float, end: float, per_day: float) -> dict[str, float]:
    """The table's days as warmth, for short and long varieties. [°C d]"""
    spread = {"short": 1.0 - DAYS_SPREAD, "long": 1.0 + DAYS_SPREAD}
    starts = {f"first_{name}": per_day * first * factor for name, factor in spread.items()}
    return starts | {f"end_{name}": per_day * end * factor for name, factor in spread.items()}


def _read() -> dict[str, Phenology]:
    with (_DATA / "phenology.csv").open(encoding="utf-8", newline="") as file:
        return {row["key"]: _phenology(row) for row in csv.DictReader(file)}


PHENOLOGY: dict[str, Phenology] = _read()


def phenology(key: str) -> Phenology:
    """The phenology of a crop, by its key or another name it goes by.

    Raises
    ------
    ValueError  No such crop; the message names the nearest.
    """
    return PHENOLOGY[crop(key).key]


def degree_days(of: Phenology, tmin: ArrayLike, tmax: ArrayLike) -> Array:
    """Warmth of each day that drives this crop; NaN where a temperature is. [°C d]

    The mean of the extremes, kept within base and upper temperature: method 1 of [2]. NaN
    throughout where the crop has no base temperature.
    """
    return growing_degrees(tmin, tmax, base=of.base_temperature, upper=of.upper_temperature)


def needed(of: Phenology, lateness: ArrayLike = VARIETIES) -> tuple[Array, Array]:
    """From planting to the first and to the last harvest. (varieties,) [°C d, or d by days]

    Parameters
    ----------
    lateness : 0 for a short variety, 1 for a long one. [-]
    """
    late = np.asarray(lateness, float)
    if of.by == "days":
        spread = 1.0 + DAYS_SPREAD * (2.0 * late - 1.0)
        return of.first_days * spread, of.end_days * spread
    first = of.first_short + late * (of.first_long - of.first_short)
    return first, of.end_short + late * (of.end_long - of.end_short)


def days_until(degrees: ArrayLike, sums: ArrayLike) -> Array:
    """The day on which the sum is reached, counted from 0; inf beyond the last.

    Parameters
    ----------
    degrees : (days, members)  A missing day is as warm as the mean of its member's others. [°C d]
    sums : (varieties,)  [°C d]

    Returns
    -------
    (varieties, members)  [d]
    """
    warm = np.asarray(degrees, float)
    known = ~np.isnan(warm)
    mean = np.where(known, warm, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    summed = np.cumsum(np.where(known, warm, mean), axis=0)
    reached = summed[:, None, :] >= np.asarray(sums, float)[:, None]
    return np.where(reached.any(axis=0), reached.argmax(axis=0), inf)


def first_kill(of: Phenology, tmin: ArrayLike, since: ArrayLike) -> Array:
    """The first day, from `since` on, whose minimum ends the crop; inf where none does.

    Parameters
    ----------
    tmin : (days, members)  [°C]
    since : (varieties, members)  Days counted from 0. [d]

    Returns
    -------
    (varieties, members)  [d]
    """
    low = np.asarray(tmin, float)[:, None, :]
    day = np.arange(float(len(low)))[:, None, None]
    killed = (low <= of.frost_kill) & (day >= np.asarray(since, float))
    return np.where(killed.any(axis=0), killed.argmax(axis=0), inf)


def harvest_window(
    of: Phenology, tmin: ArrayLike, tmax: ArrayLike, *, lateness: ArrayLike = VARIETIES
) -> Window | None:
    """When the harvest begins and ends, over all members and varieties; None where there is none.

    Parameters
    ----------
    tmin, tmax : (days, members)  From planting on: measured, then foreseen, then the climate's
        years. A frost that kills the crop ends its harvest, from `GROWN` of the way to it on: what
        freezes younger is planted again. [°C]
    lateness : The varieties it may be, equally likely. [-]
    """
    if of.by == "none":
        return None
    low = np.asarray(tmin, float)
    first, last = needed(of, lateness)
    if of.by != "days":
        warm = degree_days(of, low, tmax)
        begin, end = days_until(warm, first), days_until(warm, last)
    else:
        shape = (first.size, low.shape[1])
        begin, end = (np.broadcast_to(days[:, None], shape) for days in (first, last))
    end = np.minimum(end, first_kill(of, low, GROWN * begin))
    begin = np.where(begin > end, inf, begin)
    end = np.where(np.isinf(begin), inf, end)
    starts, ends = (_quantiles(days) for days in (begin, end))
    return Window(*starts, *ends)


def _quantiles(days: Array) -> tuple[float, float, float]:
    """Low, median and high; a member that is never ripe counts as the latest."""
    found = np.quantile(days.ravel(), (LOW, 0.5, HIGH), method="higher")
    return float(found[0]), float(found[1]), float(found[2])


def stage(of: Phenology, *, age: float, degrees: float) -> str:
    """The stage of a crop of this age [d] and warmth [°C d]: ini, dev, mid, late or over."""
    table = CROPS[of.key]
    lengths = (table.length_ini, table.length_dev, table.length_mid, table.length_late)
    told = age
    if of.by in ("warmth", "table") and not isnan(degrees):
        told = degrees / ((of.end_short + of.end_long) / 2.0) * table.season_length
    for name, end in zip(("ini", "dev", "mid", "late"), np.cumsum(lengths), strict=True):
        if told < end:
            return name
    return "over"
