"""The water and the weather that a probe's soil got, day by day, as the learned forecast sees them.

Training and the advice read them here, so that a model is asked with what it was taught.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection

from agro.advice.beds import Bed
from agro.advice.moment import Moment
from agro.advice.watering import waterings
from agro.store import rollups, weather
from models.irrigation.moisture_series import Probe

Array = NDArray[np.float64]

USUAL_DEPTH_CM = 20.0  # of a probe that tells none
_SKY = ("rain", "tmean", "tmin", "tmax", "solar_radiation", "et0")
_STATION = {"rain": "rain", "tmean": "air_temperature"}  # what of a station's quantities is used


def sky(
    c: Connection, site: str, days: pd.DatetimeIndex, start: datetime, end: datetime
) -> dict[str, Array]:
    """Weather of a site: its own station's, else what was imported. (days,) each"""
    imported = weather.days(c, site, days[0].date(), days[-1].date() + timedelta(days=1))
    imported = imported.set_axis(pd.DatetimeIndex(imported.index), axis=0).reindex(days)
    found = {name: imported[name].to_numpy(dtype=float) for name in _SKY if name in imported}
    for name, quantity in _STATION.items():
        frame = rollups.daily(c, quantity=quantity, start=start, end=end, site=site)
        frame = frame[frame["count"] > 0]
        if frame.empty:
            continue
        value = frame["total"] if name == "rain" else frame["total"] / frame["count"]
        of_day = value.groupby(pd.DatetimeIndex(frame["day"])).median()
        own = of_day.reindex(days).to_numpy(dtype=float)
        before = found.get(name, np.full(len(days), np.nan))
        found[name] = np.where(np.isfinite(own), own, before)
    return found


def over(found: Mapping[str, Array], poured: Array, *, covered: bool) -> dict[str, Array]:
    """The weather over a bed; under cover no rain falls, and what is poured counts as rain.

    Parameters
    ----------
    poured : (days,)  Depths that reached the roots. [mm]
    """
    rain = found.get("rain")
    if covered:
        rain = np.zeros(len(poured))
    if rain is None:
        return dict(found)
    return {**found, "rain": rain + poured}


def poured(
    c: Connection, site: str, beds: Sequence[Bed], days: pd.DatetimeIndex, moment: Moment
) -> dict[str, Array]:
    """What was poured on each of these days: plot → (days,). [mm]"""
    start = moment.midnight(days[0].date())
    found = {}
    for plot, watering in waterings(c, site, beds, start, moment).items():
        depths = np.zeros(len(days))
        for amount in watering.amounts:
            row = (moment.date_of(amount.time) - days[0].date()).days
            if 0 <= row < len(days):
                depths[row] += amount.depth
        found[plot] = depths
    return found


def probes(site: str, frame: pd.DataFrame, days: pd.DatetimeIndex, *, least: int) -> list[Probe]:
    """Each device and depth with so many days at least; a place is `site/plot/device`.

    Parameters
    ----------
    frame : Daily soil moisture of the site, as `rollups.daily` gives it, of days with values.
    """
    found = []
    keys = ["device", "plot", "depth_cm"]
    for _, rows in frame.groupby(keys, dropna=False):
        device, plot, depth = (rows[name].iloc[0] for name in keys)
        mean = pd.Series(
            (rows["total"] / rows["count"]).to_numpy(), index=pd.DatetimeIndex(rows["day"])
        )
        values = mean[~mean.index.duplicated()].reindex(days).to_numpy(dtype=float)
        if np.isfinite(values).sum() >= least:
            depth_cm = float(depth) if depth > 0.0 else USUAL_DEPTH_CM
            found.append(Probe(f"{site}/{plot}/{device}", depth_cm, values))
    return found
