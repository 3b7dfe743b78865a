"""The model's honest score on one bed: what it foretold in the last weeks against the probes.

Every morning's advice foretold how dry the root zone would be on the evenings of its week. What the
probes said on those evenings is the truth here; that the water stays as it was is the rival. Where
other water was poured than the plan had, both are told of it: the model is judged, not the
gardener. Of the rain and the sun, both know only what they foretold. Where a learned correction
spoke in the advice, the same forecasts are also judged without it: that is what it was worth here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil, isfinite, nan

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection

from agro.advice.beds import MOISTURE, Bed
from agro.advice.history import by_day, first_of_days
from agro.advice.record import Record, offsets
from agro.records import Advice
from agro.store import rollups
from models.irrigation import state
from models.learning import scores

LEADS = (1, 3, 7)  # evenings of a plan, the first being that of the day it was issued
LEAST = 7  # forecasts below which a score says nothing
SAME_WATER = 1.0  # mm between planned and poured up to which a forecast stands as it was
NEAR_HOURS = 6  # a probe's value counts for a moment this much later
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Lead:
    """The forecasts of one evening ahead. Depletions in mm.

    Attributes
    ----------
    evening : Its number; 1 is that of the day of issue.
    count : Forecasts compared with probes.
    bias : Mean of forecast less probe; above 0 the model takes the soil for drier than it is.
    rmse, persistence_rmse : Root mean square errors of the model and of its rival.
    coverage : Share of the probes' values within the 80 % interval. [-]
    corrected : How many of them were told of other water than they had planned.
    learned : In how many of them a learned correction spoke.
    learned_rmse, physics_rmse : Errors of these alone, and of the same without the correction.
    """

    evening: int
    count: int
    bias: float
    rmse: float
    persistence_rmse: float
    coverage: float
    corrected: int
    learned: int = 0
    learned_rmse: float = nan
    physics_rmse: float = nan

    @property
    def enough(self) -> bool:
        """Whether there are forecasts enough to say anything."""
        return self.count >= LEAST

    @property
    def enough_learned(self) -> bool:
        """Whether a learned correction has spoken often enough to be judged."""
        return self.learned >= LEAST


def score(c: Connection, known: Record | None) -> tuple[Lead, ...]:
    """The score of each of `LEADS`; empty without advice or probes."""
    if known is None or not known.advices:
        return ()
    probes = Probed(known, _hours(c, known))
    if not probes.any:
        return ()
    mornings = first_of_days(known.advices, known.moment)
    return tuple(_lead(evening, mornings, probes) for evening in LEADS)


def _hours(c: Connection, known: Record) -> pd.DataFrame:
    """Believable hourly means of the bed's probes: a column for each (device, depth)."""
    start = known.moment.midnight(known.days.index[0]) - NEAR_HOURS * _HOUR
    here, end = known.bed.plot, known.moment.end
    table = rollups.hourly(
        c, quantity=MOISTURE, start=start, end=end, site=here.site, plot=here.slug
    )
    own = table[table["mean"].notna()]
    hours = own.pivot_table(index="time", columns=["device", "depth_cm"], values="mean")
    return hours.asfreq("h").ffill(limit=NEAR_HOURS - 1) if len(hours) else hours


class Probed:
    """The root zone of a bed as its probes see it."""

    def __init__(self, known: Record, hours: pd.DataFrame) -> None:
        self.known, self.moment = known, known.moment
        levels = hours.columns.to_frame()
        self._streams = list(
            zip(levels["device"].astype(str), levels["depth_cm"].astype(float), strict=True)
        )
        self._hours = dict(zip(hours.index, hours.to_numpy().tolist(), strict=True))
        self._offsets = offsets(next(iter(known.advices), None), known.bed.soil)
        self._rejected = _rejected(known)
        self._poured = by_day(known.amounts, known.moment)

    @property
    def any(self) -> bool:
        """Whether a probe has spoken at all."""
        return bool(self._hours)

    def depletion(self, at: datetime, day: date) -> float:
        """Root-zone depletion at `at`, with the roots of `day`; NaN where unknown. [mm]"""
        bed, taw = self.known.bed, self.taw(day)
        hour = pd.Timestamp(at - _HOUR).floor("h")  # hours are labelled by their start
        if hour not in self._hours or bed.soil is None or not taw > 0.0:
            return nan
        levels = [
            (depth / 100.0, value - self._offsets.get(device, 0.0))
            for (device, depth), value in zip(self._streams, self._hours[hour], strict=True)
            if isfinite(value) and self._believed(device, day, value, bed)
        ]
        if not levels:
            return nan
        depths, contents = zip(*sorted(levels), strict=True)
        capacity, wilting = bed.soil.field_capacity, bed.soil.wilting_point
        return state.probe_estimate(
            contents,
            depths,
            root_depth=taw / (1000.0 * (capacity - wilting)),
            field_capacity=capacity,
            wilting_point=wilting,
        ).depletion

    def evening(self, day: date) -> float:
        """Depletion at the end of a local day. [mm]"""
        return self.depletion(self.moment.midnight(day + timedelta(days=1)), day)

    def poured(self, after: datetime, days: Sequence[date]) -> list[float]:
        """What was poured on each of these days, after a moment. [mm]"""
        return [
            sum(one.depth for one in self._poured.get(day, ()) if one.time > after) for day in days
        ]

    def taw(self, day: date) -> float:
        """Total available water of a day; NaN where unknown. [mm]"""
        days = self.known.days
        return float(days["taw"].get(day, nan))

    def _believed(self, device: str, day: date, value: float, bed: Bed) -> bool:
        """Whether no advice of that day put the probe aside, and its soil can hold this much."""
        if (day, device) in self._rejected or bed.soil is None:
            return False
        return state.is_plausible(
            value,
            field_capacity=bed.soil.field_capacity,
            wilting_point=bed.soil.wilting_point,
        )


def _rejected(known: Record) -> set[tuple[date, str]]:
    """Days on which an advice put a device aside; one found stuck was so for some days before."""
    return {
        (known.moment.date_of(one.issued_at) - timedelta(days=before), device)
        for one in known.advices
        for device, why in one.sources.get("probes_rejected", {}).items()
        for before in range(ceil(state.STUCK_AFTER) + 1 if why == "stuck" else 1)
    }


def _lead(evening: int, mornings: Sequence[Advice], probes: Probed) -> Lead:
    found = [_pair(one, evening, probes) for one in mornings if len(one.plan) >= evening]
    pairs = np.array([pair for pair in found if np.isfinite(pair[:-1]).all()], dtype=float)
    return _scored(evening, pairs.reshape(-1, 7))


def _pair(advice: Advice, evening: int, probes: Probed) -> tuple[float, ...]:
    """Foretold, its interval, what the probes said, the rival's word, and the water's difference.

    Last what would have been foretold without a learned correction, NaN where none spoke; NaN
    where something is not known. [mm]
    """
    plan = advice.plan[:evening]
    told, taw = plan[-1], probes.taw(plan[-1].day)
    planned = [day.irrigation_mm for day in plan]
    poured = probes.poured(advice.issued_at, [day.day for day in plan])
    lost = [day.et_mm - day.rain_mm for day in plan]
    start = probes.depletion(advice.issued_at, told.day)
    moved = through(advice.depletion_mm, lost, poured, taw=taw)
    moved -= through(advice.depletion_mm, lost, planned, taw=taw)
    shifted = shift_of(advice, evening)
    expected = (told.depletion_mm, told.low, told.high, told.depletion_mm - shifted)
    middle, low, high, plain = np.clip(np.add(expected, moved), 0.0, taw).tolist()
    return (
        middle,
        low,
        high,
        probes.evening(told.day),
        through(start, [0.0] * evening, poured, taw=taw),
        abs(sum(poured) - sum(planned)),
        plain,
    )


def shift_of(advice: Advice, evening: int) -> float:
    """By how much a learned correction moved an evening of the plan; NaN where none spoke. [mm]"""
    shifts = advice.sources.get("learned", {}).get("shift_mm", [])
    return float(shifts[evening - 1]) if len(shifts) >= evening else nan


def through(
    depletion: float, lost: Sequence[float], given: Sequence[float], *, taw: float
) -> float:
    """Depletion after days that lost and were given so much, kept within 0 and `taw`. [mm]"""
    for out, into in zip(lost, given, strict=True):
        depletion = min(max(depletion + out - into, 0.0), taw)
    return depletion


def _scored(evening: int, pairs: NDArray[np.float64]) -> Lead:
    if not len(pairs):
        return Lead(evening, 0, nan, nan, nan, nan, 0)
    told, low, high, seen, rival, otherwise, plain = pairs.T
    spoke = np.isfinite(plain)
    return Lead(
        evening=evening,
        count=len(pairs),
        bias=float(np.mean(told - seen)),
        rmse=scores.rmse(told - seen),
        persistence_rmse=scores.rmse(rival - seen),
        coverage=float(np.mean((low <= seen) & (seen <= high))),
        corrected=int((otherwise > SAME_WATER).sum()),
        learned=int(spoke.sum()),
        learned_rmse=scores.rmse((told - seen)[spoke]),
        physics_rmse=scores.rmse((plain - seen)[spoke]),
    )
