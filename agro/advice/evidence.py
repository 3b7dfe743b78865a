"""The season corrected by what its probes said: every bed of a site at once.

A probe that is not believed now is left out of the whole season: what it said before it was found
out is set aside with it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import isnan

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection

from agro.advice.beds import MOISTURE, Bed
from agro.advice.moment import Moment
from agro.advice.probes import Probes, depth_of, read_probes, without
from agro.advice.season import Corrected, Season
from agro.records import Soil
from agro.store import deployments, rollups
from models.irrigation import state
from models.irrigation.assimilation import Assimilated, Readings, assimilate, failing
from models.irrigation.calibration import Plateau, field_capacity_seen

Array = NDArray[np.float64]

SEED = 19980715  # any fixed number: the same records give the same members


@dataclass(frozen=True, slots=True)
class _Probe:
    """One device of a bed: its root-zone water of each day of the season, and its reference."""

    device: str
    water_content: Array
    offset: float
    offset_error: float
    plateau: Plateau

    @property
    def is_fresh(self) -> bool:
        """Whether it said nothing usable before today."""
        return bool(np.isnan(self.water_content).all())


def corrected(c: Connection, growing: Sequence[Bed], season: Season, moment: Moment) -> Season:
    """The season with its members, and with what the probes of each bed say now."""
    row = season.row(moment.today)
    said = [
        read_probes(c, bed, moment, expected_change=season.expected_change(row, index))
        for index, bed in enumerate(growing)
    ]
    history = _history(c, growing, season, moment)
    probes = [
        _of_bed(bed, index, season, said[index], history) for index, bed in enumerate(growing)
    ]
    found = _assimilated(season, probes)
    failed = failing(found.innovation)
    if failed.any():
        for index, own in enumerate(probes):
            wrong = [one.device for one, fails in zip(own, failed[index], strict=False) if fails]
            said[index] = without(said[index], dict.fromkeys(wrong, "erratic"))
            probes[index] = [one for one in own if one.device not in wrong]
        found = _assimilated(season, probes)
    return replace(season, corrected=_result(found, said, probes))


def _result(
    found: Assimilated, said: Sequence[Probes], probes: Sequence[Sequence[_Probe]]
) -> Corrected:
    return Corrected(
        last=found.last,
        probes=tuple(said),
        devices=tuple(tuple(one.device for one in own) for own in probes),
        fresh=tuple(frozenset(one.device for one in own if one.is_fresh) for own in probes),
        plateaus=tuple(
            {one.device: one.plateau for one in own if one.plateau.is_certain} for own in probes
        ),
    )


def _assimilated(season: Season, probes: Sequence[Sequence[_Probe]]) -> Assimilated:
    days, most = len(season.known.days), max((len(own) for own in probes), default=0)
    water = np.full((days, len(probes), most), np.nan)
    offset, error = np.zeros((len(probes), most)), np.zeros((len(probes), most))
    for index, own in enumerate(probes):
        for column, one in enumerate(own):
            water[:, index, column] = one.water_content
            offset[index, column], error[index, column] = one.offset, one.offset_error
    return assimilate(
        season.known.weather,
        season.beds,
        Readings(water, offset, error),
        irrigation=season.run.irrigation[:days],
        initial_depletion=season.initial.depletion,
        seed=SEED,
    )


def _history(
    c: Connection, growing: Sequence[Bed], season: Season, moment: Moment
) -> Mapping[tuple[str, str], pd.DataFrame]:
    """(plot, device) → its days until yesterday, as long as it has stood where it stands."""
    if not growing or not len(season.known.days):
        return {}
    start, end = moment.midnight(season.first), moment.midnight(moment.today)
    frame = rollups.daily(c, quantity=MOISTURE, start=start, end=end, site=growing[0].site.slug)
    frame = frame[frame["mean"].notna()]
    since = deployments.standing_since(c, moment.at)
    return {
        (str(plot), str(device)): _since(own, since.get(str(device)), moment)
        for (plot, device), own in frame.groupby(["plot", "device"])
    }


def _since(frame: pd.DataFrame, since: datetime | None, moment: Moment) -> pd.DataFrame:
    if since is None:
        return frame
    return frame[[moment.midnight(day) >= since for day in frame["day"]]]


def _of_bed(
    bed: Bed,
    index: int,
    season: Season,
    said: Probes,
    history: Mapping[tuple[str, str], pd.DataFrame],
) -> list[_Probe]:
    """The devices of a bed that are believed, whether they spoke before today or only now."""
    if bed.soil is None:
        return []
    found = []
    for device in bed.devices:
        name = device.device
        days = history.get((bed.plot.slug, name))
        now = [level.depth for level in said.levels if level.device == name]
        if name in said.rejected or (days is None and not now):
            continue
        levels = _levels(days, bed, name, season) if days is not None else {}
        levels = {d: v for d, v in levels.items() if not np.isnan(v).all()}
        found.append(_probe(name, levels, now, bed.soil, season, index))
    return found


def _levels(days: pd.DataFrame, bed: Bed, device: str, season: Season) -> dict[float, Array]:
    """Depth [m] → the believable means of each day."""
    found: dict[float, Array] = {}
    for depth in days["depth_cm"].unique():
        own = days[days["depth_cm"].isna() if isnan(depth) else days["depth_cm"] == depth]
        table = own.drop_duplicates("day").set_index("day").reindex(season.known.days)
        mean, low, high = (table[name].to_numpy(float) for name in ("mean", "minimum", "maximum"))
        stuck = state.steady_days(low, high)
        found[depth_of(float(depth), bed, device) / 100.0] = np.where(
            stuck | ~_plausible(mean, bed.soil), np.nan, mean
        )
    return found


def _plausible(water_content: Array, soil: Soil | None) -> NDArray[np.bool_]:
    if soil is None:
        return ~np.isnan(water_content)
    low, high = state.plausible_range(soil.field_capacity, soil.wilting_point)
    return np.asarray((water_content >= low) & (water_content <= high))


def _probe(
    device: str,
    levels: Mapping[float, Array],
    now: Sequence[float],
    soil: Soil,
    season: Season,
    index: int,
) -> _Probe:
    """Levels to the root zone; counted from the field capacity seen where enough rains agree."""
    days, depths = len(season.known.days), sorted(levels)
    water = np.full(days, np.nan)
    if depths:
        weights = state.layer_weights(depths, season.root_depth[:days, index])
        water = (weights * np.stack([levels[depth] for depth in depths], axis=1)).sum(axis=1)
    wetting = season.run.rain[:days, index] + season.run.irrigation[:days, index]
    plateau = field_capacity_seen(water, wetting)
    roots = float(season.root_depth[min(days, len(season.root_depth) - 1), index])
    error = state.offset_error(depths or sorted(now), roots)
    if not plateau.is_certain:
        return _Probe(device, water, 0.0, error, plateau)
    # The plateau is its own spot's: what the spot differs from the bed remains.
    offset = plateau.water_content - soil.field_capacity
    error = float(np.hypot(plateau.error, state.place_error(depths, roots)))
    return _Probe(device, water, offset, error, plateau)
