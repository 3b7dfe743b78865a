"""The days ahead: the forecast where there is one, the climate where there is none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection

from agro.advice import forecasts
from agro.advice.climate import climate_days
from agro.advice.evaporation import reference
from agro.advice.forecasts import Known, StillToCome
from agro.advice.moment import Moment, et_share
from agro.records import Normals, Site
from models.irrigation import ensemble, forecast
from models.irrigation.ensemble import Ahead
from models.irrigation.forecast import Skill
from models.irrigation.plan import LOOK_AHEAD

Array = NDArray[np.float64]

STALE_AFTER = timedelta(hours=36)
SEED = 20181101  # any fixed number: the same records give the same members
_RAIN = ("rain", "rain_low", "rain_high")
POINT_ET0 = 0.6  # of a single forecast's error: what members do not spread by themselves
LEAST_DAYS = 3  # days of forecast without which the climate decides
USUAL_RAIN, USUAL_WET_SHARE = 2.0, 0.3  # mm d⁻¹, -: where not even a climate is known


@dataclass(frozen=True, slots=True)
class Outlook:
    """The days ahead from today on.

    `days` has a row for each: `et0`, `rain`, `wind_2m`, `rh_min`, `forecast` (bool); day 0 is the
    whole of today for `et0` and what remains of it for `rain`. `first_share` is the share of
    today's evapotranspiration that is still to come.
    """

    days: pd.DataFrame
    members: Ahead
    first_share: float
    source: str
    issued_at: datetime | None
    cautions: tuple[str, ...]


def outlook(
    c: Connection,
    sites: Sequence[Site],
    normals: Normals | None,
    moment: Moment,
    *,
    latest_et0: float,
    heard_today: bool,
    past: pd.DataFrame | None = None,
) -> Outlook | None:
    """The days ahead of the first of `sites`, by the forecast of the first that has one.

    None where neither a forecast nor a climate is known. Until a gauge has been `heard_today` the
    whole of today's rain is still to come: what nobody measured is not taken as dry. By the `past`
    days of the garden, where given, it is judged how right such forecasts are.
    """
    days = [moment.today + timedelta(days=n) for n in range(LOOK_AHEAD)]
    known = forecasts.newest(c, sites, moment.at)
    if known is None and normals is None:
        return None
    climate = _climate(normals, days, sites[0]) if normals is not None else None
    ahead = _forecast(known, days, sites[0]) if known is not None else None
    table = _joined(ahead, climate, days, latest_et0)
    left = StillToCome(np.nan, np.nan, np.empty(0))
    if known is not None:
        today = known.details.get(moment.today)
        left = forecasts.still_to_come(today, moment, since_midnight=not heard_today)
    _pass_hours(table, left, moment, heard_today=heard_today)
    skill = _skill(c, known, past, normals)
    is_used = known is not None and bool(table["forecast"].any())
    return Outlook(
        days=table,
        members=_members(table, known, left, skill),
        first_share=1.0 - et_share(moment.at, sites[0].longitude),
        source=known.source if known is not None and is_used else "climate",
        issued_at=known.issued_at if known is not None and is_used else None,
        cautions=_cautions(ahead, known, moment),
    )


def _climate(normals: Normals, days: list[date], site: Site) -> pd.DataFrame:
    table = climate_days(normals, days)
    table["et0"] = reference(table, site)
    return table


def _forecast(known: Known, days: list[date], site: Site) -> pd.DataFrame:
    """The forecast for these days, ET₀ computed where the service gives none."""
    table = known.days.reindex(days)
    computed = reference(table, site)
    table["et0"] = table["et0"].where(table["et0"].notna(), computed)
    return table


def _skill(
    c: Connection, known: Known | None, past: pd.DataFrame | None, normals: Normals | None
) -> Skill:
    if known is None or normals is None or past is None:
        return forecast.stated(LOOK_AHEAD)
    behind = climate_days(normals, list(past.index))
    return forecasts.skill(c, known, past, behind, LOOK_AHEAD)


def _cautions(ahead: pd.DataFrame | None, known: Known | None, moment: Moment) -> tuple[str, ...]:
    if ahead is None or ahead["rain"].head(LEAST_DAYS).notna().sum() < LEAST_DAYS:
        return ("forecast_from_climate",)
    if known is not None and moment.at - known.issued_at > STALE_AFTER:
        return ("forecast_stale",)
    return ()


def _joined(
    known: pd.DataFrame | None, climate: pd.DataFrame | None, days: list[date], latest_et0: float
) -> pd.DataFrame:
    """Forecast before climate, for rain and ET₀ apart; `usual_rain` is the climate's."""
    names = ["et0", "rain", "rain_low", "rain_high", "rain_chance", "wind_2m", "rh_min"]
    index = pd.Index(days, name="day")
    first = pd.DataFrame(index=index) if known is None else known
    second = pd.DataFrame(index=index) if climate is None else climate
    table = first.reindex(columns=names).astype(float)
    table["forecast"] = table["rain"].notna()
    table = table.fillna(second.reindex(columns=names).astype(float))
    table["et0"] = table["et0"].fillna(latest_et0)
    usual = second.reindex(columns=["rain", "wet_share"]).astype(float)
    table["usual_rain"] = usual["rain"].fillna(USUAL_RAIN)
    table["wet_share"] = usual["wet_share"].fillna(USUAL_WET_SHARE)
    # Without a climate either, days past the forecast's end are as its mean.
    table["rain"] = table["rain"].fillna(table["rain"].mean())
    return table


def _pass_hours(
    table: pd.DataFrame, left: StillToCome, moment: Moment, *, heard_today: bool
) -> None:
    """Take away what of today's rain has been measured, by its hours where these are known."""
    share = 1.0 - moment.elapsed_share(moment.at) if heard_today else 1.0
    today = table.iloc[0]
    whole, chance, wet = (float(today[name]) for name in ("rain", "rain_chance", "wet_share"))
    part = left.rain / whole if np.isfinite(left.rain) and whole > 0.0 else share
    rest = {name: float(today[name]) * min(part, 1.0) for name in _RAIN}
    rest["usual_rain"] = float(today["usual_rain"]) * share
    # Rain that may fall at any hour of the day falls in the rest of it less often.
    rest["wet_share"] = 1.0 - (1.0 - wet) ** share
    told = left.chance if np.isfinite(left.chance) else 1.0 - (1.0 - chance) ** share
    rest["rain_chance"] = told
    for name, value in rest.items():
        table[name] = np.where(table.index == moment.today, value, table[name])


def _members(table: pd.DataFrame, known: Known | None, left: StillToCome, skill: Skill) -> Ahead:
    """The members of the weather; the seed is fixed, so that nothing flickers from run to run."""
    count, size = len(table), ensemble.MEMBERS
    chances = ensemble.ranks(count, size, SEED)
    moods = ensemble.ranks(count, size, SEED + 1)
    is_known = table["forecast"].to_numpy()
    usual = ensemble.climate_rain(table["usual_rain"], table["wet_share"], chances)
    rain = np.where(is_known[:, None], _forecast_rain(table, skill, chances), usual)
    error = np.where(is_known, skill.et0_error, ensemble.CLIMATE_ET0_ERROR)
    bias = np.where(is_known, skill.et0_bias, 1.0)
    et0 = ensemble.et0_members(table["et0"] * bias, error, moods)
    if known is None:
        return Ahead(rain, et0)
    return _with_service_members(Ahead(rain, et0), table, known, left, usual)


def _forecast_rain(table: pd.DataFrame, skill: Skill, chances: Array) -> Array:
    """Rain by quantiles where the forecast states them, else by its chance and its amount."""
    chance = table["rain_chance"]
    low, high = table["rain_low"].fillna(0.0), table["rain_high"].fillna(0.0)
    stated = ensemble.forecast_rain(table["rain"], low, high, chances)
    by_quantiles = forecast.quantile_rain_members(stated, chance, chances)
    by_chance = forecast.rain_members(
        table["rain"],
        chance,
        table["usual_rain"],
        wet_share=table["wet_share"],
        trust=skill.trust,
        chances=chances,
        picks=ensemble.ranks(len(table), ensemble.MEMBERS, SEED + 106),
    )
    return np.where(table["rain_high"].notna().to_numpy()[:, None], by_quantiles, by_chance)


def _with_service_members(
    ours: Ahead, table: pd.DataFrame, known: Known, left: StillToCome, usual: Array
) -> Ahead:
    """The service's own members where it has them: they go together through the week."""
    rain, et0 = ours.rain.copy(), ours.et0.copy()
    size = rain.shape[1]
    points, picks = (
        ensemble.ranks(len(rain), size, SEED + 103),
        ensemble.ranks(len(rain), size, SEED + 104),
    )
    chosen: dict[int, NDArray[np.int64]] = {}
    cells = np.full_like(rain, np.nan)
    for row, day in enumerate(table.index):
        detail = known.details.get(day)
        members = detail.rain_members if detail is not None else np.empty((0, 0))
        if detail is None or not members.size:
            continue
        number = len(members)
        pick = chosen.setdefault(number, forecast.resampled(number, size, SEED + 105))
        total = left.members if row == 0 and len(left.members) else np.nansum(members, axis=1)
        cells[row] = total[pick]
        own = detail.et0_members[pick]
        spread = et0[row] / np.median(et0[row])
        et0[row] = np.where(np.isfinite(own), own * spread**POINT_ET0, et0[row])
    has = np.isfinite(cells)
    dressed = forecast.dressed_rain(np.where(has, cells, 0.0), usual, points, picks)
    return Ahead(np.where(has, dressed, rain), et0)
