"""The season of each standing planting: its balance from planting to the end of the harvest.

Past days are those of the advice's season re-run. The days after the forecast are the climate's:
of them only what the crop would use counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection

from agro.advice.city import City, city_at
from agro.advice.climate import climate_days
from agro.advice.evaporation import reference
from agro.advice.moment import Moment
from agro.advice.outlook import Outlook, outlook
from agro.advice.season import Season, run_season
from agro.advice.sky import CLIMATE, Sky, nearest, sky_of
from agro.advice.warmth import Warmth, warmth
from agro.advice.watering import waterings
from agro.forecast.plantings import Standing, first_day, standing
from agro.records import Normals, Site
from models.harvest import season_yield
from models.harvest.phenology import PHENOLOGY, Window, degree_days, harvest_window
from models.harvest.response import period_of, temperature_stress
from models.harvest.season_yield import Weathered
from models.water import tables

Array = NDArray[np.float64]

LONGEST_AHEAD = 300  # days


@dataclass(frozen=True, slots=True)
class Grown:
    """A standing planting with its season. `window` is None where nothing is known of it.

    `sky` (days behind) tmin, tmax, rain, solar_radiation, source; `degrees` °C d so far,
    `usual_degrees` of the climate's same days. `covered` beds have another air than was measured:
    neither heat nor frost is judged there. Days whose weather nobody measured take nothing.
    """

    one: Standing
    weathered: Weathered
    window: Window | None
    sky: pd.DataFrame
    degrees: float
    usual_degrees: float
    irrigation: float
    stress_days: int


@dataclass(frozen=True, slots=True)
class Garden:
    """The standing plantings of a site at a moment."""

    site: Site
    moment: Moment
    grown: tuple[Grown, ...]
    station: str
    guessed_share: float


def garden(c: Connection, site: Site, moment: Moment) -> Garden | None:
    """The seasons of a site's standing plantings; None where nothing stands or no weather is."""
    of = standing(c, site, moment)
    if not of:
        return None
    first = first_day(of, moment.today)
    warm = warmth(c, site.slug, moment.at, first)
    with city_at(c, moment.at, wanted=[site.slug]) as city:
        if city is None or city.normals is None or warm is None:
            return None
        city.first = min(city.first, first)
        return _garden(city, site, of, first, warm)


def _garden(
    city: City, site: Site, of: Sequence[Standing], first: date, warm: Warmth
) -> Garden | None:
    city.turn_to(site)
    c, moment, normals = city.c, city.moment, city.normals
    sky = sky_of(c, site, city.sites, city.stations, normals, first, moment)
    if sky is None or normals is None:
        return None
    ahead = outlook(
        c,
        (site, *nearest(site, city.sites)),
        normals,
        moment,
        latest_et0=sky.latest_et0,
        heard_today=False,
    )
    if ahead is None:
        return None
    windows = [_window(one, warm) for one in of]
    until = _horizon(of, windows, moment.today)
    beds = [one.bed for one in of]
    watered = waterings(c, site.slug, beds, moment.midnight(first), moment)
    run = run_season(beds, sky, _until(ahead, normals, site, until), watered, moment)
    usual = climate_days(normals, list(sky.days.index))
    grown = tuple(
        _grown(one, column, run, sky, window, usual, moment)
        for column, (one, window) in enumerate(zip(of, windows, strict=True))
    )
    return Garden(site, moment, grown, sky.station, sky.guessed_share)


def _window(one: Standing, warm: Warmth) -> Window | None:
    """When it is ripe, by the warmth from its start on."""
    known = warm.since(one.started)
    return harvest_window(PHENOLOGY[one.planting.crop], known.tmin, known.tmax)


def _ends(one: Standing, window: Window | None) -> float:
    """Days after its start on which the harvest is over at the latest. [d]"""
    longest = tables.crop(one.planting.crop).season_length
    return max(window.end, 1.0) if window is not None and np.isfinite(window.end) else longest


def _horizon(of: Sequence[Standing], windows: Sequence[Window | None], today: date) -> int:
    """Days from today until the last harvest is over."""
    left = [_ends(one, window) - one.age(today) for one, window in zip(of, windows, strict=True)]
    return int(min(max(max(left, default=0.0), 0.0), LONGEST_AHEAD)) + 1


def _until(ahead: Outlook, normals: Normals, site: Site, days: int) -> Outlook:
    """The days ahead prolonged by the climate's."""
    last = ahead.days.index[-1]
    more = [last + timedelta(days=n + 1) for n in range(max(days - len(ahead.days), 0))]
    if not more:
        return ahead
    table = climate_days(normals, more)
    table["et0"] = reference(table, site)
    return replace(ahead, days=pd.concat([ahead.days, table]))


def _grown(
    one: Standing,
    column: int,
    run: Season,
    sky: Sky,
    window: Window | None,
    usual: pd.DataFrame,
    moment: Moment,
) -> Grown:
    crop = tables.crop(one.planting.crop)
    start, today = run.row(one.started), run.row(moment.today)
    end = min(max(start + int(_ends(one, window)), today), len(run.et0))
    rows = slice(start, max(end, start + 1))
    lengths = (crop.length_ini, crop.length_dev, crop.length_mid, crop.length_late)
    periods = period_of(np.arange(rows.stop - rows.start), lengths)
    own = sky.days.iloc[start:today]
    fluxes = run.run
    taken = _actual(run, sky, column)
    inside = one.bed.plot.covered
    hidden = np.full(len(own), np.nan)
    told = season_yield.weathered(
        periods,
        crop_et=fluxes.crop_et[rows, column],
        actual_et=taken[rows],
        today=today - start,
        tmin=hidden if inside else own["tmin"].to_numpy(float),
        tmax=hidden if inside else own["tmax"].to_numpy(float),
        stress=temperature_stress(one.planting.crop),
    )
    degrees, normal = (_degrees(one.planting.crop, days) for days in (own, usual.iloc[start:today]))
    return Grown(
        one=one,
        weathered=told,
        window=window,
        sky=own,
        degrees=degrees,
        usual_degrees=normal,
        irrigation=float(fluxes.irrigation[start:today, column].sum()),
        stress_days=int(((fluxes.ks[:today, column] < 1.0) & _known(sky, today))[start:].sum()),
    )


def _known(sky: Sky, days: int) -> NDArray[np.bool_]:
    """Of which days air and rain were measured, not taken from the climate. (days,)"""
    told = sky.days.iloc[:days]
    return ((told["source"] != CLIMATE) & (told["rain_source"] != CLIMATE)).to_numpy(bool)


def _actual(run: Season, sky: Sky, column: int) -> Array:
    """Actual crop evapotranspiration of a bed; days of guessed weather have no stress. [mm d⁻¹]"""
    crop_et, actual = run.run.crop_et[:, column], run.run.actual_et[:, column].copy()
    known = _known(sky, len(sky.days))
    actual[: len(known)] = np.where(known, actual[: len(known)], crop_et[: len(known)])
    return actual


def _degrees(crop: str, days: pd.DataFrame) -> float:
    """Warmth of these days that drives the crop; NaN where it has no base temperature. [°C d]"""
    warm = degree_days(PHENOLOGY[crop], days["tmin"].to_numpy(float), days["tmax"].to_numpy(float))
    return float(np.nansum(warm)) if np.isfinite(warm).any() else float("nan")
