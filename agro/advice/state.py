"""The water of a bed now: the season's balance, joined with the probes, brought to the moment.

From the midnight before the probes' newest values the bed is stepped to those values, where balance
and probes are joined, and on to now with the rain, the watering and the evapotranspiration since.
Rain after a dry reading counts at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np

from agro.advice.beds import Bed
from agro.advice.inflow import Inflow
from agro.advice.moment import Moment, et_share
from agro.advice.probes import Probes
from agro.advice.season import Season
from agro.records import Soil
from models.irrigation import state
from models.irrigation.ahead import Beds, Water, dried, wetted
from models.irrigation.state import Estimate

# Water takes hours to reach a probe: what came this shortly before a reading is not yet in it.
UNSEEN_BY_PROBE = timedelta(hours=2)
_JUST = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Now:
    """A bed at the moment. [mm]"""

    depletion: float
    error: float
    surface_depletion: float


class _Span(NamedTuple):
    after: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class _Bed:
    """Bed number `index` of the season, with what falls on it."""

    index: int
    season: Season
    inflow: Inflow
    moment: Moment
    longitude: float
    ahead: Beds


def now(
    bed: Bed, index: int, season: Season, inflow: Inflow, probes: Probes, moment: Moment
) -> Now:
    """The water of bed number `index` of the season at the moment."""
    own = _Bed(index, season, inflow, moment, bed.site.longitude, season.ahead.one(index))
    midnight = moment.midnight(moment.today)
    seen = probes.time if probes.levels and probes.time is not None else midnight
    start = max(moment.midnight(moment.date_of(seen)), moment.midnight(season.first)) - _JUST
    wet_until = max(seen - UNSEEN_BY_PROBE, start)
    row = season.row(moment.date_of(start + _JUST))
    water = season.water_before(row, index)
    water = _through(water, own, fallen=_Span(start, wet_until), shone=_Span(start, seen))
    estimate = state.balance_estimate(
        float(water.depletion[0, 0]),
        float(own.ahead.taw[row, 0]),
        guessed_share=season.guessed_share,
    )
    if probes.levels and bed.soil is not None:
        root_depth = float(season.root_depth[row, index])
        age_days = (moment.at - seen) / timedelta(days=1)
        estimate = state.join(_of_probes(probes, bed.soil, root_depth, age_days), estimate)
        water = Water(np.full((1, 1), estimate.depletion), water.surface_depletion)
    until = moment.at
    water = _through(water, own, fallen=_Span(wet_until, until), shone=_Span(seen, until))
    return Now(float(water.depletion[0, 0]), estimate.error, float(water.surface_depletion[0, 0]))


def _of_probes(probes: Probes, soil: Soil, root_depth: float, age_days: float) -> Estimate:
    return state.probe_estimate(
        [level.water_content for level in probes.levels],
        [level.depth for level in probes.levels],
        root_depth=root_depth,
        field_capacity=soil.field_capacity,
        wilting_point=soil.wilting_point,
        age_days=age_days,
    )


def _through(water: Water, own: _Bed, *, fallen: _Span, shone: _Span) -> Water:
    """The water after what fell in one span and evaporated in another, day by day."""
    season, moment = own.season, own.moment
    for row in _rows(fallen.after, max(fallen.until, shone.until), season, moment):
        start = moment.midnight(season.day(row)) - _JUST
        end = moment.midnight(season.day(row) + timedelta(days=1)) - _JUST
        rain, watering = own.inflow.between(max(fallen.after, start), min(fallen.until, end))
        share = _shone(shone.until, start, end, own) - _shone(shone.after, start, end, own)
        water = wetted(water, own.ahead, rain=np.array([rain]), irrigation=np.array([watering]))
        et0 = np.array([season.et0[row]])
        water, _ = dried(water, own.ahead, row, et0=et0, share=max(share, 0.0))
    return water


def _rows(after: datetime, until: datetime, season: Season, moment: Moment) -> Iterator[int]:
    first, last = moment.date_of(after + _JUST), moment.date_of(until)
    yield from range(season.row(first), season.row(last) + 1)


def _shone(at: datetime, start: datetime, end: datetime, own: _Bed) -> float:
    """Share of a day's evapotranspiration that has passed at `at`."""
    if at <= start:
        return 0.0
    return 1.0 if at >= end else et_share(at, own.longitude)
