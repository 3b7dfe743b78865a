"""The yield forecasts and harvests of a garden as their page reads them, cached."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from math import isfinite, nan
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from agro.advice.moment import Moment
from agro.config import now
from agro.dashboard import data
from agro.forecast.record import Gathered, Log, harvest_log, seasons
from agro.forecast.weeks import Planting, weekly
from agro.records import YieldForecast
from agro.store import farms, forecasts
from agro.units import mass_kg
from models.harvest.phenology import PHENOLOGY

_LIVE_S = 10
_SERIES_S = 60


@dataclass(frozen=True, slots=True)
class Harvests:
    """A garden's harvests. `standing` whether something grows that is harvested.

    `found` are the forecasts of what stands, the soonest first; `picked` kg of each; `weeks` as
    `agro.forecast.weeks` has them; `log` and `over` what was harvested until now.
    """

    standing: bool
    found: tuple[YieldForecast, ...]
    picked: Mapping[Planting, float]
    weeks: pd.DataFrame
    log: Log
    over: tuple[Gathered, ...]


def planting_of(one: YieldForecast) -> Planting:
    """The planting of a forecast."""
    return one.plot, one.crop, one.planted


@st.cache_data(ttl=_LIVE_S, show_spinner=False)
def harvests(site: str) -> Harvests:
    """The newest forecast of each planting that stands, and what is in of it."""
    with data.engine().connect() as c:
        city = farms.city(c)
        moment = Moment(now(), ZoneInfo(city.timezone if city else "UTC"))
        log = harvest_log(c, site, moment)
        plantings = {
            (one.plot, one.crop, one.planted)
            for one in farms.plantings(c, site)
            if one.planted <= moment.today
            and (one.removed is None or one.removed > moment.today)
            and PHENOLOGY[one.crop].by != "none"
        }
        latest = [
            one for one in forecasts.latest(c, site, at=moment.at) if planting_of(one) in plantings
        ]
        over = tuple(seasons(c, site, log))
    found = sorted(latest, key=lambda one: (one.start or date.max, one.plot, one.crop))
    picked = {planting_of(one): _picked(log, one) for one in found}
    return Harvests(bool(plantings), tuple(found), picked, weekly(found, log, picked), log, over)


def _picked(log: Log, one: YieldForecast) -> float:
    """What is in of a planting now; NaN where nothing was weighed. [kg]

    Of a crop that stays for years only this year's harvest.
    """
    today = log.moment.today
    is_old = (today - one.planted).days >= 365
    since = max(one.planted, date(today.year, 1, 1)) if is_old else one.planted
    masses = [
        mass_kg(entry.quantity, entry.unit)
        for entry in log.of(one.plot, one.crop)
        if log.day(entry) >= since
    ]
    known = [mass for mass in masses if isfinite(mass)]
    return sum(known) if known else nan


@st.cache_data(ttl=_SERIES_S, show_spinner=False)
def history(site: str) -> pd.DataFrame:
    """All forecasts of a garden: see `agro.store.forecasts.history`."""
    with data.engine().connect() as c:
        return forecasts.history(c, site)
