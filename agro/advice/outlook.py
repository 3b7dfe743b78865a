"""The days ahead: the forecast where there is one, the climate where there is none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
from sqlalchemy import Connection

from agro.advice.climate import climate_days
from agro.advice.evaporation import reference
from agro.advice.moment import Moment, et_share
from agro.records import Normals, Site
from agro.store import weather
from models.irrigation import ensemble
from models.irrigation.ensemble import Ahead
from models.irrigation.plan import LOOK_AHEAD

STALE_AFTER = timedelta(hours=36)
SEED = 20181101  # any fixed number: the same records give the same members
LEAST_DAYS = 3  # days of forecast without which the climate decides
# Where a forecast gives no range: rain between none and this many times as much.
WIDE = 2.5
TRACE = 1.0  # mm


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
) -> Outlook | None:
    """The days ahead of the first of `sites`, by the forecast of the first that has one.

    None where neither a forecast nor a climate is known. Until a gauge has been `heard_today` the
    whole of today's rain is still to come: what nobody measured is not taken as dry.
    """
    site = sites[0]
    days = [moment.today + timedelta(days=n) for n in range(LOOK_AHEAD)]
    asked = (weather.forecast(c, one.slug, moment.at) for one in sites)
    found = next((one for one in asked if one is not None), None)
    if found is None and normals is None:
        return None
    climate = _climate(normals, days, site) if normals is not None else None
    frame, issued_at, source = found if found is not None else (pd.DataFrame(), None, "")
    known = _forecast(frame, days, site) if len(frame) else None
    cautions = _cautions(known, issued_at, moment)
    table = _joined(known, climate, days, latest_et0)
    left = 1.0 - moment.elapsed_share(moment.at) if heard_today else 1.0
    table.loc[moment.today, ["rain", "rain_low", "rain_high"]] *= left
    used = source if known is not None and table["forecast"].any() else "climate"
    return Outlook(
        days=table,
        members=_members(table),
        first_share=1.0 - et_share(moment.at, site.longitude),
        source=used,
        issued_at=issued_at if used != "climate" else None,
        cautions=cautions,
    )


def _climate(normals: Normals, days: list[date], site: Site) -> pd.DataFrame:
    table = climate_days(normals, days)
    table["et0"] = reference(table, site)
    return table


def _forecast(frame: pd.DataFrame, days: list[date], site: Site) -> pd.DataFrame:
    """The forecast for these days, ET₀ computed where the service gives none."""
    known = frame.reindex(days)
    computed = reference(known, site)
    known["et0"] = known["et0"].where(known["et0"].notna(), computed)
    return known


def _cautions(
    known: pd.DataFrame | None, issued_at: datetime | None, moment: Moment
) -> tuple[str, ...]:
    if known is None or known["rain"].head(LEAST_DAYS).notna().sum() < LEAST_DAYS:
        return ("forecast_from_climate",)
    if issued_at is not None and moment.at - issued_at > STALE_AFTER:
        return ("forecast_stale",)
    return ()


def _joined(
    known: pd.DataFrame | None, climate: pd.DataFrame | None, days: list[date], latest_et0: float
) -> pd.DataFrame:
    """Forecast before climate, for rain and ET₀ apart; `climate_rain` marks days of the latter."""
    names = ["et0", "rain", "rain_low", "rain_high", "wind_2m", "rh_min", "wet_share"]
    index = pd.Index(days, name="day")
    first = pd.DataFrame(index=index) if known is None else known
    second = pd.DataFrame(index=index) if climate is None else climate
    table = first.reindex(columns=names).astype(float)
    table["forecast"] = table["rain"].notna()
    table = table.fillna(second.reindex(columns=names).astype(float))
    table["et0"] = table["et0"].fillna(latest_et0)
    # Without a climate either, days past the forecast's end are as its mean.
    table["rain"] = table["rain"].fillna(table["rain"].mean())
    table["wet_share"] = table["wet_share"].fillna(0.3)
    wide = WIDE * table["rain"] + TRACE
    table["rain_low"] = table["rain_low"].fillna(0.0)
    table["rain_high"] = table["rain_high"].fillna(wide)
    return table


def _members(table: pd.DataFrame) -> Ahead:
    """The members of the weather; the seed is fixed, so that nothing flickers from run to run."""
    count = len(table)
    chances = ensemble.ranks(count, ensemble.MEMBERS, SEED)
    known = table["forecast"].to_numpy()
    rain = np.where(
        known[:, None],
        ensemble.forecast_rain(table["rain"], table["rain_low"], table["rain_high"], chances),
        ensemble.climate_rain(table["rain"], table["wet_share"], chances),
    )
    error = np.where(known, ensemble.forecast_et0_error(count), ensemble.CLIMATE_ET0_ERROR)
    moods = ensemble.ranks(count, ensemble.MEMBERS, SEED + 1)
    return Ahead(rain, ensemble.et0_members(table["et0"], error, moods))
