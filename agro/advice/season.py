"""The season re-run: the water balance of a site's beds from planting to today, and the days ahead.

The days ahead are in the same run with the best estimate of their weather, for what the crop will
be like then; the water of those days is left to the plan.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from agro.advice.beds import Bed
from agro.advice.moment import Moment
from agro.advice.outlook import Outlook
from agro.advice.probes import Probes
from agro.advice.sky import CLIMATE, IMPORTED, NEIGHBOUR, STATION, Sky
from agro.advice.watering import Watering
from agro.records import Soil
from models.irrigation.ahead import Beds, of_season
from models.irrigation.calibration import Plateau
from models.irrigation.members import Ensemble, Weather
from models.irrigation.state import STUCK_AFTER
from models.water import balance, soil, tables
from models.water.et0 import saturation_vapour_pressure

Array = NDArray[np.float64]

# A bed is made and watered when it is planted, but nobody measures how well: a fifth is missing.
STARTS_WITHOUT = 0.2  # of the young roots' total available water


@dataclass(frozen=True, slots=True)
class Known:
    """The days of the season that are over, with the errors of their weather."""

    days: tuple[date, ...]
    weather: Weather


@dataclass(frozen=True, slots=True)
class Corrected:
    """What balance and probes know together at the end of yesterday.

    For each bed: what its `probes` say now; `devices` in the order of the ensemble's offsets, and
    of those the `fresh` ones, which said nothing usable before today; `plateaus` device → the
    field capacity it saw, where enough rains agree.
    """

    last: Ensemble
    probes: tuple[Probes, ...]
    devices: tuple[tuple[str, ...], ...]
    fresh: tuple[frozenset[str], ...]
    plateaus: tuple[Mapping[str, Plateau], ...]


@dataclass(frozen=True, slots=True)
class Season:
    """The run of a site: rows are days from `first`, columns its growing beds.

    `et0` (rows,) mm d⁻¹; `rain` (rows,) mm; `root_depth` (rows, beds) m; `corrected` is there
    once the probes have been asked (`agro.advice.evidence`).
    """

    first: date
    et0: Array
    rain: Array
    run: balance.Season
    ahead: Beds
    initial: balance.State
    beds: balance.Beds
    known: Known
    corrected: Corrected | None = None

    @property
    def root_depth(self) -> Array:
        """[m]"""
        return self.run.root_depth

    def row(self, day: date) -> int:
        """The row of a day; the first for days before it."""
        return max((day - self.first).days, 0)

    def day(self, row: int) -> date:
        """The day of a row."""
        return self.first + timedelta(days=row)

    def probes(self, bed: int) -> Probes:
        """What the probes of a bed say; nothing before they have been asked."""
        return self.corrected.probes[bed] if self.corrected is not None else Probes()

    def seen(self, bed: int) -> dict[str, Any]:
        """The field capacity that probes of a bed have seen, for the advice's sources."""
        plateaus = self.corrected.plateaus[bed] if self.corrected is not None else {}
        if not plateaus:
            return {}
        return {"field_capacity_seen": {name: one.rounded() for name, one in plateaus.items()}}

    def expected_change(self, row: int, bed: int) -> float:
        """What the weather of the last days moved at the least, as water content. [m³ m⁻³]"""
        last = slice(max(row - int(STUCK_AFTER), 0), row)
        moved = self.run.crop_et[last, bed].sum() + self.run.irrigation[last, bed].sum()
        moved += self.run.rain[last, bed].sum()
        return float(moved / (1000.0 * self.run.root_depth[row, bed]))


def run_season(
    growing: Sequence[Bed],
    sky: Sky,
    outlook: Outlook,
    watered: Mapping[str, Watering],
    moment: Moment,
) -> Season:
    """Run the balance of these beds over the days of `sky` and `outlook`."""
    past, ahead = sky.days, outlook.days
    first = past.index[0] if len(past) else moment.today
    weather = pd.concat([past, ahead]).reindex(columns=["et0", "rain", *_FOR_CROPS]).astype(float)
    table = balance.DailyWeather(
        et0=weather["et0"].to_numpy(),
        rain=weather["rain"].to_numpy(),
        wind_2m=weather["wind_2m"].to_numpy(),
        rh_min=_rh_min(weather),
    )
    beds = balance.beds([_bed(bed, first, moment.today) for bed in growing])
    depths = [daily_depths(watered[bed.plot.slug], first, len(past), moment) for bed in growing]
    irrigation = np.zeros((len(weather), len(growing)))
    irrigation[: len(past)] = np.array(depths).T
    missing = STARTS_WITHOUT * soil.taw(
        beds.field_capacity, beds.wilting_point, beds.root_depth_min
    )
    initial = balance.start(beds, depletion=missing, shape=(len(growing),))
    run = balance.run(table, beds, irrigation=irrigation, initial_state=initial)
    return Season(
        first=first,
        et0=weather["et0"].to_numpy(),
        rain=weather["rain"].to_numpy(),
        run=run,
        ahead=_ahead(run, beds, table, len(past)),
        initial=initial,
        beds=beds,
        known=_known(past, table),
    )


# Standard errors of the logarithms of a day's ET₀ and rain, by where they were measured.
_ET0_ERROR = {STATION: 0.1, IMPORTED: 0.1, NEIGHBOUR: 0.15, CLIMATE: 0.25}
_RAIN_ERROR = {STATION: 0.3, IMPORTED: 0.3, NEIGHBOUR: 0.5, CLIMATE: 1.0}


def _known(past: pd.DataFrame, table: balance.DailyWeather) -> Known:
    """The past days of `table`, with errors by the sources of `past`."""
    days = len(past)
    weather = Weather(
        et0=np.asarray(table.et0)[:days],
        rain=np.asarray(table.rain)[:days],
        wind_2m=np.asarray(table.wind_2m)[:days],
        rh_min=np.asarray(table.rh_min)[:days],
        et0_error=past["source"].map(_ET0_ERROR).fillna(0.25).to_numpy(float),
        rain_error=past["rain_source"].map(_RAIN_ERROR).fillna(1.0).to_numpy(float),
    )
    return Known(tuple(past.index), weather)


_FOR_CROPS = ("wind_2m", "rh_min", "rh_mean", "vapour_pressure", "tmax")


def _bed(bed: Bed, first: date, today: date) -> balance.Bed:
    """A bed of the records as a bed of the balance."""
    if bed.planting is None or bed.soil is None:
        raise ValueError(f"plot {bed.plot.slug!r} has no crop or no soil to compute with")
    system = bed.system
    stated = system.wetted_fraction if system else 1.0
    return balance.Bed(
        crop=tables.crop(bed.planting.crop),
        soil=_soil(bed.soil),
        planted=float((bed.started(today) - first).days),
        wetted_fraction=stated if 0.0 < stated <= 1.0 else 1.0,
        drip=system is not None and system.method == "drip",
        **bed.place(today),
    )


def _soil(record: Soil) -> tables.Soil:
    """The soil of the records; what evaporates is computed where nobody stated it."""
    tew = record.tew
    if not tew > 0.0:
        tew = float(soil.tew(record.field_capacity, record.wilting_point))
    rew = record.rew if 0.0 < record.rew < tew else 0.5 * tew
    return tables.Soil(
        record.texture, record.field_capacity, record.wilting_point, rew, tew, record.source
    )


def daily_depths(watering: Watering, first: date, days: int, moment: Moment) -> Array:
    """What reached the roots on each of these days. (days,) [mm]"""
    depths = np.zeros(days)
    for amount in watering.amounts:
        row = (moment.date_of(amount.time) - first).days
        if 0 <= row < days:
            depths[row] += amount.depth
    return depths


def _rh_min(weather: pd.DataFrame) -> Array:
    """Least humidity of the day: measured, else from vapour pressure or mean humidity. [%]

    By day humidity falls as the air warms at the same vapour pressure; a mean humidity is
    brought to the afternoon by a third.
    """
    top = saturation_vapour_pressure(weather["tmax"].to_numpy())
    afternoon = 100.0 * weather["vapour_pressure"].to_numpy() / top
    found = weather["rh_min"].fillna(pd.Series(afternoon, index=weather.index))
    return found.fillna(weather["rh_mean"] * 2.0 / 3.0).clip(upper=100.0).to_numpy()


def _ahead(
    run: balance.Season, beds: balance.Beds, weather: balance.DailyWeather, past: int
) -> Beds:
    """What the plan needs of every row: after today the surface stays wetted as yesterday."""
    wetted = run.wetted_fraction.copy()
    wetted[past:] = wetted[past - 1] if past else 1.0
    return of_season(
        weather, beds, kcb=run.kcb, canopy_cover=run.canopy_cover, taw=run.taw, wetted=wetted
    )
