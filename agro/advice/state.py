"""The water of a bed now: its season's members, corrected by the probes, brought to the moment.

Yesterday's end is known from `agro.advice.evidence`. From midnight the members are stepped to the
probes' newest values of today, corrected by them, and stepped on to now with the rain, the watering
and the evapotranspiration since. Rain after a dry reading counts at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agro.advice.beds import Bed
from agro.advice.inflow import Inflow
from agro.advice.moment import Moment, et_share
from agro.advice.probes import Level, Probes
from agro.advice.season import Corrected, Season
from models.irrigation import assimilation, state
from models.irrigation.ahead import Beds, Water, dried, wetted
from models.irrigation.members import DEPLETION, SURFACE, Ensemble

Array = NDArray[np.float64]

# Water takes hours to reach a probe: what came this shortly before a reading is not yet in it.
UNSEEN_BY_PROBE = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Now:
    """A bed at the moment. [mm]

    `depletion` and `error` are the mean and the standard deviation of `members` (members,);
    `crop_factor` is what the crop has used of late against the tables. [-]
    """

    depletion: float
    error: float
    surface_depletion: float
    members: Array = field(default_factory=lambda: np.zeros(0), repr=False, compare=False)
    crop_factor: float = 1.0


class _Span(NamedTuple):
    after: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class _Bed:
    """One bed of the season today, with what falls on it."""

    row: int
    season: Season
    inflow: Inflow
    longitude: float
    ahead: Beds


def now(
    bed: Bed, index: int, season: Season, inflow: Inflow, probes: Probes, moment: Moment
) -> Now:
    """The water of bed number `index` of the season at the moment.

    Raises
    ------
    ValueError  The season has not been corrected by `agro.advice.evidence` before.
    """
    if season.corrected is None:
        raise ValueError("the season must be corrected by its probes first")
    row = season.row(moment.today)
    own = _Bed(row, season, inflow, bed.site.longitude, season.ahead.one(index))
    roots = season.root_depth[row, [index]]
    ensemble = replace(season.corrected.last.one(index), root_depth=roots)
    midnight = moment.midnight(moment.today)
    told = _told(season.corrected, index, probes, moment)
    seen = max(probes.time or midnight, midnight) if told else midnight
    wet_until = max(seen - UNSEEN_BY_PROBE, midnight)
    ensemble = _through(
        ensemble, own, fallen=_Span(midnight, wet_until), shone=_Span(midnight, seen)
    )
    if told:
        ensemble = _joined(ensemble, told, season.corrected.devices[index])
    rest = _Span(wet_until, moment.at), _Span(seen, moment.at)
    ensemble = _through(ensemble, own, fallen=rest[0], shone=rest[1])
    members = np.clip(ensemble.depletion[0], 0.0, own.ahead.taw[row, 0])
    return Now(
        depletion=float(members.mean()),
        error=float(members.std()),
        surface_depletion=float(ensemble.values[SURFACE].mean()),
        members=np.sort(members),
        crop_factor=float(ensemble.crop_factor.mean()),
    )


def _told(
    corrected: Corrected, index: int, probes: Probes, moment: Moment
) -> dict[str, list[Level]]:
    """Device → its levels, of readings that yesterday's end does not hold yet."""
    today, fresh = moment.midnight(moment.today), corrected.fresh[index]
    new = probes.time is not None and probes.time >= today
    found: dict[str, list[Level]] = {}
    for level in probes.levels:
        if new or level.device in fresh:
            found.setdefault(level.device, []).append(level)
    return {one: found[one] for one in corrected.devices[index] if one in found}


def _joined(ensemble: Ensemble, told: dict[str, list[Level]], devices: Sequence[str]) -> Ensemble:
    """The members corrected by the newest readings."""
    roots = float(ensemble.root_depth[0])
    water = np.full((1, ensemble.probes), np.nan)
    for device, levels in told.items():
        weights = state.layer_weights([level.depth for level in levels], roots)
        contents = np.array([level.water_content for level in levels])
        water[0, devices.index(device)] = float((weights * contents).sum())
    noise = assimilation.READING_ERROR
    after, _ = assimilation.update(ensemble, ensemble.water_content, water, noise)
    return after


def _through(ensemble: Ensemble, own: _Bed, *, fallen: _Span, shone: _Span) -> Ensemble:
    """The members after what fell in one span and evaporated in another.

    Water above field capacity goes on draining beside.
    """
    share = et_share(shone.until, own.longitude) - et_share(shone.after, own.longitude)
    rain, watering = own.inflow.between(fallen.after, fallen.until)
    held = np.minimum(ensemble.values[DEPLETION], 0.0)
    water = Water(ensemble.depletion, ensemble.values[SURFACE])
    water = wetted(water, own.ahead, rain=np.array([rain]), irrigation=np.array([watering]))
    et0 = own.season.et0[own.row] * ensemble.crop_factor[0]
    water, _ = dried(water, own.ahead, own.row, et0=et0, share=max(share, 0.0))
    days = max((shone.until - shone.after) / timedelta(days=1), 0.0)
    values = ensemble.values.copy()
    values[DEPLETION] = water.depletion + held * np.exp(-days / ensemble.drainage_tau)
    values[SURFACE] = water.surface_depletion
    return replace(ensemble, values=values)
