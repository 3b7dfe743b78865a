"""The forecast of a garden as it stood at a moment, and how right such forecasts were before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection

from agro.advice.evaporation import reference
from agro.advice.moment import Moment
from agro.records import Site
from agro.store import forecast_details, weather
from agro.store.forecast_details import Detail
from models.irrigation import forecast as science
from models.irrigation.forecast import Skill

Array = NDArray[np.float64]

LEARN_FROM = timedelta(days=120)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Known:
    """A forecast: its days, what it tells of their hours and members, whose and when."""

    days: pd.DataFrame
    details: Mapping[date, Detail]
    site: Site
    source: str
    issued_at: datetime


def newest(c: Connection, sites: Sequence[Site], at: datetime) -> Known | None:
    """The newest forecast of the first of `sites` that has one."""
    for site in sites:
        found = weather.forecast(c, site.slug, at)
        if found is not None:
            days, issued_at, source = found
            details = forecast_details.read(c, site.slug, issued_at)
            return Known(days, details, site, source, issued_at)
    return None


def skill(
    c: Connection, known: Known, past: pd.DataFrame | None, climate: pd.DataFrame | None, leads: int
) -> Skill:
    """How right this source was here: what is stated of such, and what its record says.

    Parameters
    ----------
    past : Days behind with `rain`, `et0` and their sources `rain_source`, `source`; what nobody
        measured is no record.
    climate : Its mean rain for the days behind, `rain`.
    """
    prior = science.stated(leads)
    if past is None or climate is None or past.empty:
        return prior
    first = known.issued_at - LEARN_FROM
    record = weather.past_forecasts(c, known.site.slug, known.source, first, known.issued_at)
    if record.empty:
        return prior
    measured = past[["rain", "et0"]].astype(float)
    measured = measured.mask(past[["rain_source", "source"]].isin(_NOT_MEASURED).to_numpy())
    tables = _cases(record, known.site, measured, climate["rain"], leads)
    return science.learned(prior, **tables)


_NOT_MEASURED = ("climate", "service", "")


def _cases(
    record: pd.DataFrame,
    site: Site,
    measured: pd.DataFrame,
    climate: "pd.Series[float]",
    leads: int,
) -> dict[str, Array]:
    """Forecast and measured side by side: (mornings, leads)."""
    computed = reference(record.set_index("day"), site)
    table = record.assign(et0=record["et0"].fillna(pd.Series(computed, index=record.index)))
    table = table[(table["lead"] >= 0) & (table["lead"] < leads)]
    columns = {
        "rain": table["rain"],
        "measured_rain": table["day"].map(measured["rain"]),
        "climate_rain": table["day"].map(climate),
        "et0": table["et0"],
        "measured_et0": table["day"].map(measured["et0"]),
    }
    return {
        name: table.assign(value=values.astype(float))
        .pivot_table(index="issued_at", columns="lead", values="value", dropna=False)
        .reindex(columns=range(leads))
        .to_numpy(float)
        for name, values in columns.items()
    }


@dataclass(frozen=True)
class StillToCome:
    """What remains of a day's rain after the hours that have passed.

    `rain` mm and `chance` are NaN where the forecast does not tell hours; `members` (members,) is
    empty where it has none.
    """

    rain: float
    chance: float
    members: Array


def still_to_come(detail: Detail | None, moment: Moment, *, since_midnight: bool) -> StillToCome:
    """Today's rain that is not measured yet: from now on, or all of it (`since_midnight`)."""
    none = StillToCome(np.nan, np.nan, np.empty(0))
    if detail is None:
        return none
    hours = max(len(detail.rain), detail.rain_members.shape[-1])
    start = moment.midnight(moment.today)
    passed = 0.0 if since_midnight else (moment.at - start) / _HOUR
    left = np.clip(np.arange(1, hours + 1) - passed, 0.0, 1.0)
    members = detail.rain_members
    own = np.nansum(members * left, axis=1) if members.size else np.empty(0)
    rain = float(np.nansum(detail.rain * left)) if len(detail.rain) else np.nan
    chance = np.nan
    if len(detail.chance) and np.isfinite(detail.chance[left > 0.0]).any():
        chance = float(np.nanmax(detail.chance[left > 0.0]))
    return StillToCome(rain, chance, own)
