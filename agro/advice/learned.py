"""What a kept model corrects of the days ahead: how much each bed uses beside the balance.

The model speaks of a bed whose believed probes it knows, where it has won on days it had not seen,
and as long as the probe goes on talking. What it adds to or takes from the loss of a dry day, at
the probe's depths, becomes millimetres of the root zone as a probe's reading does; the bed's
evapotranspiration of each day ahead is then so much more or less, for every member alike. Nothing
that is forecast of the rain and nothing that may be poured is in it, and a drier probe never makes
it less (`models.irrigation.moisture_drying`): the plan stays monotone, and depletion within 0 and
the total available water.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection

from agro.advice import probe_sky
from agro.advice.beds import MOISTURE, Bed
from agro.advice.kept import Kept
from agro.advice.moment import Moment
from agro.advice.outlook import Outlook
from agro.advice.probes import Level
from agro.advice.season import Season
from agro.store import rollups
from models.irrigation import moisture_drying as drying
from models.irrigation import state
from models.irrigation.ahead import Beds, Water, walk
from models.irrigation.ensemble import Ahead
from models.irrigation.moisture_drying import Course
from models.irrigation.moisture_features import Series
from models.irrigation.moisture_series import panel

Array = NDArray[np.float64]

LEAST_RECENT = 14  # days of the last month on which a probe must have spoken, yesterday among them
LEAST, MOST = 0.5, 1.5  # of what the balance lets a bed use in a day
DORMANT = 0.3  # mm d⁻¹ of crop use below which nothing is corrected


@dataclass(frozen=True, slots=True)
class Learned:
    """What is learned of one bed. `factor` (days,) is of its evapotranspiration, empty without.

    `reason`: why it is not used: no_model, other_probes, few_days, physics_better; empty if it is.
    """

    reason: str = "no_model"
    factor: Array = field(default_factory=lambda: np.empty(0), repr=False, compare=False)
    told: Mapping[str, Any] = field(default_factory=dict)

    @property
    def used(self) -> bool:
        """Whether the learned correction speaks."""
        return not self.reason

    def sources(self) -> dict[str, Any]:
        """For the advice's sources."""
        why = {"reason": self.reason} if self.reason else {}
        return {"learned": {"used": self.used, **why, **self.told}}


def learned(
    c: Connection,
    kept: Kept | None,
    growing: Sequence[Bed],
    season: Season,
    outlook: Outlook,
    moment: Moment,
) -> tuple[Learned, ...]:
    """What the kept model says of each bed of a garden."""
    if kept is None or not growing:
        return (Learned(),) * len(growing)
    told = {"trained_until": f"{kept.trained_until}"}
    known = [_known(kept, bed, season.probes(index).levels) for index, bed in enumerate(growing)]
    if not any(known):
        return (Learned("other_probes", told=told),) * len(growing)
    courses = _courses(c, kept, growing[0].site.slug, moment)
    return tuple(
        _of_bed(kept, _Bed(bed, index, season, outlook, moment), known[index], courses)
        for index, bed in enumerate(growing)
    )


@dataclass(frozen=True, slots=True)
class _Bed:
    bed: Bed
    index: int
    season: Season
    outlook: Outlook
    moment: Moment

    @property
    def usual(self) -> Array:
        """What the crop uses of the days ahead without stress. (days,) [mm d⁻¹]"""
        et0 = self.outlook.days["et0"].to_numpy(dtype=float)
        row = self.season.row(self.moment.today)
        return np.asarray(self.season.ahead.kcb[row : row + len(et0), self.index] * et0)


def _known(kept: Kept, bed: Bed, levels: Sequence[Level]) -> list[tuple[Level, int]]:
    """The levels that are believed now and the model has learned, with their numbers."""
    place = f"{bed.site.slug}/{bed.plot.slug}"
    found = ((one, kept.number(f"{place}/{one.device}", 100.0 * one.depth)) for one in levels)
    return [(level, number) for level, number in found if number is not None]


def _of_bed(
    kept: Kept,
    own: _Bed,
    known: Sequence[tuple[Level, int]],
    courses: Mapping[int, Course],
) -> Learned:
    told: dict[str, Any] = {"trained_until": f"{kept.trained_until}"}
    if not known:
        return Learned("other_probes", told=told)
    told["rmse"] = {
        f"{one.device} {100.0 * one.depth:g} cm": [
            {name: round(value, 5) for name, value in row.items()} for row in kept.rows(n)
        ]
        for one, n in known
    }
    talking = [(one, n) for one, n in known if n in courses]
    if not talking:
        return Learned("few_days", told=told)
    winning = [(one, n) for one, n in talking if kept.believed(n)]
    if not winning:
        return Learned("physics_better", told=told)
    extra = _millimetres(kept, own, winning, courses)
    return Learned("", _factor(own, extra), told)


def _millimetres(
    kept: Kept, own: _Bed, winning: Sequence[tuple[Level, int]], courses: Mapping[int, Course]
) -> Array:
    """What the root zone loses beside the plain model on each of the days ahead. (days,) [mm d⁻¹]

    Of one device its depths, by what each speaks for; of several devices the mean.
    """
    roots = float(own.season.root_depth[own.season.row(own.moment.today), own.index])
    devices: dict[str, list[tuple[float, Array]]] = {}
    for level, number in winning:
        curve = drying.curve(kept.model, number, courses[number], kept.believed(number))
        devices.setdefault(level.device, []).append((level.depth, curve.at(level.water_content)))
    found = []
    for levels in devices.values():
        depths, extra = zip(*sorted(levels, key=lambda one: one[0]), strict=True)
        found.append(1000.0 * roots * state.layer_weights(depths, roots) @ np.stack(extra))
    return np.asarray(np.mean(found, axis=0), dtype=float)


def _factor(own: _Bed, extra: Array) -> Array:
    """What the bed uses of each day ahead, as a share of the balance's. (days,) [-]"""
    usual = own.usual
    factor = np.ones(len(usual))
    days = min(len(extra), len(usual))
    share = 1.0 + extra[:days] / np.maximum(usual[:days], DORMANT)
    factor[:days] = np.where(usual[:days] >= DORMANT, np.clip(share, LEAST, MOST), 1.0)
    return factor


def _courses(c: Connection, kept: Kept, site: str, moment: Moment) -> dict[int, Course]:
    """The last days of each probe of a garden that the model knows and that spoke yesterday."""
    start, end = moment.today - timedelta(days=drying.BEFORE), moment.today
    span = moment.midnight(start), moment.midnight(end)
    days = pd.date_range(start, end - timedelta(days=1), freq="D")
    frame = rollups.daily(c, quantity=MOISTURE, start=span[0], end=span[1], site=site)
    probes = probe_sky.probes(site, frame[frame["count"] > 0], days, least=LEAST_RECENT)
    probes = [one for one in probes if np.isfinite(one.water_content[-1])]
    if not probes:
        return {}
    sky = probe_sky.sky(c, site, days, *span)
    found = panel(probes, {one.site: sky for one in probes}, days.day_of_year.to_numpy(dtype=float))
    numbers = [kept.number(one.site, one.depth_cm) for one in found]
    return {n: _course(one) for n, one in zip(numbers, found, strict=True) if n is not None}


def _course(series: Series) -> Course:
    return Course(**{one.name: getattr(series, one.name) for one in fields(Course)})


def weather_of(plain: Ahead, found: Sequence[Learned]) -> Ahead:
    """The weather ahead as each bed uses it: ET₀ (days, beds, members) where anything is learned.

    Without it the very same weather.
    """
    if not any(one.used for one in found):
        return plain
    ones = np.ones(len(plain.et0))
    factor = np.stack([one.factor if one.used else ones for one in found], axis=1)
    return Ahead(plain.rain, plain.et0[:, None, :] * factor[:, :, None])


def shift(water: Water, beds: Beds, plain: Ahead, used: Ahead, *, first_share: float) -> Array:
    """By how much the medians of the evenings ahead move when nothing is poured. (days, beds) [mm]

    Above 0 the soil will be drier than the balance alone says.
    """
    nothing = np.zeros((drying.DAYS, len(beds.rain_share)))
    courses = (
        walk(water, beds, one, irrigation=nothing, first_share=first_share) for one in (used, plain)
    )
    after, before = (np.median(one.depletion, axis=2) for one in courses)
    return np.asarray(after - before, dtype=float)
