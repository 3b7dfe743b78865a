"""What a period's harvests come to, and how much of the period anybody spoke of.

A week is covered by a statement: a harvest, or that there was none. A week nobody spoke of is no
zero, so every total stands beside the weeks it rests on.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import isnan, nan

from agro.records import Planting
from agro.store.logbook import HarvestSum, Spoken
from agro.units import mass_kg


@dataclass(frozen=True, slots=True)
class CropTotal:
    """A crop's harvests: kg, counts that were not weighed (unit → number), weeks spoken of.

    `mass_kg` is NaN where nothing was weighed.
    """

    crop: str
    mass_kg: float
    counts: tuple[tuple[str, float], ...]
    unmeasured: int
    weeks: int


@dataclass(frozen=True, slots=True)
class Totals:
    """The crops, the heaviest first; `covered` weeks of `weeks` have a statement."""

    crops: tuple[CropTotal, ...]
    mass_kg: float
    covered: int
    weeks: int


def totals(
    sums: Iterable[HarvestSum],
    spoken: Collection[Spoken],
    plantings: Sequence[Planting],
    start: date,
    end: date,
) -> Totals:
    """The harvests by crop; the season begins when something grew or was harvested first."""
    season = _season(plantings, (one.week for one in spoken), start, end)
    grown = {(one.plot, one.crop) for one in plantings}
    by_crop: dict[str, list[HarvestSum]] = {}
    for one in sums:
        by_crop.setdefault(one.crop, []).append(one)
    crops = []
    for crop, own in by_crop.items():
        weeks = {one.week for one in spoken if _is_of(one, crop, grown)} & season
        crops.append(_crop(crop, own, len(weeks)))
    crops.sort(key=lambda one: 0.0 if isnan(one.mass_kg) else -one.mass_kg)
    covered = {one.week for one in spoken} & season
    total = sum(one.mass_kg for one in crops if not isnan(one.mass_kg))
    return Totals(tuple(crops), total, len(covered), len(season))


def _is_of(one: Spoken, crop: str, grown: Collection[tuple[str, str]]) -> bool:
    """Whether a statement is of this crop: by name, or of all that grows on its plot."""
    return one.crop == crop or (not one.crop and (not one.plot or (one.plot, crop) in grown))


def _crop(crop: str, sums: Iterable[HarvestSum], weeks: int) -> CropTotal:
    mass, unmeasured, counts = nan, 0, dict[str, float]()
    for one in sums:
        unmeasured += one.entries - one.told
        if not one.told:
            continue
        kg = mass_kg(one.quantity, one.unit)
        if not isnan(kg):
            mass = kg if isnan(mass) else mass + kg
        else:
            counts[one.unit] = counts.get(one.unit, 0.0) + one.quantity
    return CropTotal(crop, mass, tuple(counts.items()), unmeasured, weeks)


def _season(
    plantings: Iterable[Planting], said: Iterable[date], start: date, end: date
) -> set[date]:
    """The Mondays of the weeks of [start, end] in which something grew or was harvested."""
    weeks = {week for week in said if start - timedelta(days=6) <= week <= end}
    for one in plantings:
        first, last = max(one.planted, start), min(one.removed or end, end)
        week = first - timedelta(days=first.weekday())
        while week <= last:
            weeks.add(week)
            week += timedelta(days=7)
    return weeks
