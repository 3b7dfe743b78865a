"""The weather of one site from outside: the forecast with its members, and what was measured."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine

from agro.advice.evaporation import reference
from agro.config import Settings
from agro.feeds.asking import Outcome, ask, kept_values
from agro.records import Site
from agro.store import feeds, forecast_details, weather, weather_hours, writing
from agro.store.forecast_details import Detail
from sensors.feeds import meteo_france_packet, open_meteo_ensemble, open_meteo_forecast
from sensors.feeds.fetching import Fetcher
from sensors.feeds.forecast import Forecast, hours_of, local_days
from sensors.feeds.meteo_france_packet import Observations
from sensors.feeds.open_meteo_ensemble import joined
from sensors.feeds.source import Feed, Observed
from sensors.feeds.weather_days import to_days
from sensors.feeds.weather_table import WeatherTable

T = TypeVar("T")

SEASON_BACK = 92  # days, the most there are: a new site knows its season's weather at once
# Of several services' days the first is kept; what a person brought is above them all.
RANK = (meteo_france_packet.KEY, open_meteo_forecast.KEY)
HOURS_KEPT = DETAILS_KEPT = timedelta(days=30)


@dataclass(frozen=True)
class Sources:
    """What is asked; None is not."""

    forecast: Feed[Forecast] | None = None
    first: Feed[Forecast] | None = None  # in place of `forecast` for a site that is new
    ensemble: Feed[Forecast] | None = None
    observations: Feed[Observations] | None = None
    every: timedelta = timedelta(hours=1)

    @property
    def keys(self) -> tuple[str, ...]:
        """The names of those asked."""
        asked = (self.forecast, self.ensemble, self.observations)
        return tuple(one.key for one in asked if one is not None)


def sources_of(settings: Settings, *, consented: bool = False) -> Sources:
    """What the operator consents to ask; with `consented` the free forecast in any case."""
    found = Sources(every=timedelta(seconds=settings.feed_every))
    if settings.weather == "open-meteo" or consented:
        base, key = settings.open_meteo_url.rstrip("/"), settings.open_meteo_key.get_secret_value()
        found = replace(
            found,
            forecast=open_meteo_forecast.forecast(base, key),
            first=open_meteo_forecast.forecast(base, key, past_days=SEASON_BACK),
            ensemble=open_meteo_ensemble.ensemble(base, key),
        )
    if key := settings.meteo_france_key.get_secret_value():
        base = settings.meteo_france_url.rstrip("/")
        found = replace(found, observations=meteo_france_packet.observations(key, base))
    return found


@dataclass(frozen=True)
class Asking:
    """Who is asked for which site, when; a source that is not `due` is not asked again."""

    engine: Engine
    fetcher: Fetcher
    sources: Sources
    site: Site
    zone: tzinfo
    at: datetime
    due: frozenset[str]

    def newest(self, feed: Feed[T], outcomes: list[Outcome]) -> tuple[Observed[T] | None, bool]:
        """The newest values of a source, and whether they came just now."""
        if feed.key not in self.due:
            return kept_values(self.engine, feed, self.site, self.zone, self.at), False
        every = self.sources.every
        asked = ask(self.engine, self.fetcher, feed, self.site, self.zone, at=self.at, every=every)
        outcomes.append(asked.outcome)
        return asked.found, asked.is_new


def fetch_weather(asking: Asking) -> list[Outcome]:
    """Ask every source that is due for one site and keep what came: one outcome for each."""
    sources, outcomes = asking.sources, list[Outcome]()
    if sources.observations is not None and sources.observations.key in asking.due:
        measured, is_new = asking.newest(sources.observations, outcomes)
        if is_new and measured is not None:
            with writing(asking.engine) as c:
                days = keep_observations(c, asking.site, measured, asking.zone, asking.at)
            outcomes[-1] = replace(outcomes[-1], days=days)
    return outcomes + _fetch_forecast(asking)


def _fetch_forecast(asking: Asking) -> list[Outcome]:
    """The forecast and its members, which are kept together: one that failed is as it was last."""
    sources, outcomes = asking.sources, list[Outcome]()
    if sources.forecast is None or sources.ensemble is None:
        return outcomes
    if not {sources.forecast.key, sources.ensemble.key} & asking.due:
        return outcomes
    with asking.engine.connect() as c:
        was = feeds.source(c, sources.forecast.key, asking.site.slug)
    is_first = was is None or was.fetched_at is None
    first = sources.first if is_first and sources.first is not None else sources.forecast
    best, is_new = asking.newest(first, outcomes)
    members, are_new = asking.newest(sources.ensemble, outcomes)
    main = best or members
    if main is None or not (is_new or are_new):
        return outcomes
    forecast = joined(main.value, None if members is None else members.value)
    with writing(asking.engine) as c:
        days = keep_forecast(c, asking.site, forecast, main.source, asking.zone, asking.at)
        forecast_details.forget(c, asking.at - DETAILS_KEPT)
    count = 0 if forecast.members is None else forecast.members.count
    return [replace(one, days=days, members=count) for one in outcomes]


def keep_forecast(
    c: Connection, site: Site, forecast: Forecast, source: str, zone: tzinfo, at: datetime
) -> int:
    """Keep a forecast as issued at `at`, and its past days as weather; how many days are ahead."""
    today = at.astimezone(zone).date()
    days = forecast.days
    ahead = days[[day >= today for day in days.index]]
    behind = days[[day < today for day in days.index]]
    if source == open_meteo_forecast.KEY:
        keep_days(c, site, source, behind)
    if ahead.empty:
        return 0
    weather.write_forecast(c, site.slug, source, at, ahead.rename_axis("day").reset_index())
    details = {day: _detail(forecast, site, day, zone) for day in ahead.index}
    forecast_details.write(c, site.slug, at, details)
    return len(ahead)


def _detail(forecast: Forecast, site: Site, day: date, zone: tzinfo) -> Detail:
    """A day's hours and members, from its local midnight on."""
    start = pd.Timestamp(datetime(day.year, day.month, day.day, tzinfo=zone)).tz_convert("UTC")
    hours = pd.date_range(start, periods=hours_of(day, zone), freq="h")
    none = np.empty(0)
    rain = chance = none
    if len(forecast.hours):
        own = forecast.hours.reindex(hours)
        rain = own["rain"].to_numpy(float) if own["rain"].notna().any() else none
        if "rain_chance" in own and own["rain_chance"].notna().any():
            chance = own["rain_chance"].to_numpy(float)
    members = forecast.members
    if members is None or day not in members.days.index.get_level_values("day"):
        return Detail(rain, chance, np.empty((0, 0)), none)
    of_day = members.days.loc[[day]].droplevel("day")
    of_hours = members.rain.reindex(hours)[of_day.index]
    return Detail(rain, chance, of_hours.to_numpy(float).T, _member_et0(of_day, site, day))


def _member_et0(of_day: pd.DataFrame, site: Site, day: date) -> NDArray[np.float64]:
    """ET₀ of a day in each member: as the service computed it, else from the member's weather."""
    computed = reference(of_day.set_axis([day] * len(of_day)), site)
    if "et0" not in of_day:
        return computed
    stated = of_day["et0"].to_numpy(float)
    return np.where(np.isnan(stated), computed, stated)


def keep_observations(
    c: Connection, site: Site, found: Observed[Observations], zone: tzinfo, at: datetime
) -> int:
    """Keep the hours a station measured, and the days that are whole by now; how many those are."""
    hours = found.value.hours
    weather_hours.write(c, site.slug, found.source, hours)
    first = local_days(pd.DatetimeIndex(hours.index), zone)[0]
    start = datetime.combine(first, time(), zone)
    known = weather_hours.read(c, site.slug, found.source, start, at)
    table = WeatherTable(
        known.dropna(axis="columns", how="all"), "hour", found.source, step_hours=1
    )
    days = to_days(table, zone).frame
    today = at.astimezone(zone).date()
    weather_hours.forget(c, at - HOURS_KEPT)
    return keep_days(c, site, found.source, days[[day < today for day in days.index]])


def keep_days(c: Connection, site: Site, source: str, frame: pd.DataFrame) -> int:
    """Keep daily weather where nothing better is known of the day; how many days that are.

    What a person brought stays, and what a service measured before what another computed.
    """
    if frame.empty:
        return 0
    days = sorted(frame.index)
    known = weather.days(c, site.slug, days[0], days[-1] + timedelta(days=1))["source"]
    below = {f"{weather.LIVE}{one}" for one in RANK[RANK.index(source) :]}
    free = [day for day in days if day not in known.index or known[day] in below]
    if not free:
        return 0
    own = frame.loc[free].rename_axis("day").reset_index()
    return weather.write_days(c, site.slug, f"{weather.LIVE}{source}", own)
