"""Every read of the pages, cached: one engine a process, one connection a read, numbers only.

Cached values are shared by all visitors, so nothing here knows a language. What moves lives ten
seconds, series a minute, the register of gardens a minute too (a device just added must show), the
season behind five minutes.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import pandas as pd
import streamlit as st
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import InternalError, OperationalError

from agro import access, packs
from agro.access import Actor, records
from agro.access.door import Sites
from agro.advice.history import estimates, history
from agro.advice.past import past_of
from agro.advice.record import record
from agro.advice.score import Lead, score
from agro.advice.standing import Standing, standing
from agro.advice.whatif import WhatIf, what_if_of
from agro.config import now, settings
from agro.dashboard import visitor
from agro.dashboard.devices import Lately
from agro.errors import Forbidden, StoreError
from agro.records import (
    Advice,
    City,
    Device,
    IrrigationSystem,
    LogEntry,
    Planting,
    Plot,
    Site,
    Soil,
)
from agro.store import (
    VISITOR_WAITS_S,
    assessment,
    decisions,
    farms,
    feeds,
    logbook,
    open_store,
    quarantine,
    readings,
    rollups,
    stations,
)
from agro.store import problems as refused
from agro.store.feeds import Source, Terms
from agro.store.ingest import Ingested
from agro.store.quarantine import Guess, Waiting
from agro.words import LANGUAGES, named
from models.water import tables
from sensors.battery import Forecast

_LIVE_S = 10
_SERIES_S = 60
_REGISTER_S = 60
_SEASON_S = 300
_BATTERY_S = 3600  # a battery takes weeks


@st.cache_resource(show_spinner=False, on_release=Engine.dispose)
def _engine(url: str) -> Engine:
    return open_store(url, wait_s=VISITOR_WAITS_S)


def engine() -> Engine:
    """The store that all pages read and write."""
    return _engine(settings().database)


def actor() -> Actor:
    """Who looks at the pages now."""
    return visitor.actor(engine(), [site.slug for site in sites()])


@contextmanager
def acting(action: str, site: Sites, what: str | Mapping[str, object] = "") -> Iterator[Connection]:
    """The one way in which a page writes: see `agro.access.acting`.

    A click whose write is refused, or which the store cannot take, ends here; the frame says so.
    """
    try:
        with access.acting(engine(), actor(), action, site, what) as c:
            yield c
    except Forbidden:
        visitor.turn_back("refused")
        raise  # where no page is drawn
    except (StoreError, OperationalError, InternalError):  # the last: it takes no writes now
        visitor.turn_back("failed")
        raise


def _connect() -> Connection:
    return engine().connect()


@st.cache_data(ttl=_REGISTER_S, show_spinner=False)
def city() -> City | None:
    """The city, or None before a pack is loaded."""
    with _connect() as c:
        return farms.city(c)


@st.cache_data(show_spinner=False)
def languages() -> tuple[str, ...]:
    """The languages to choose from: those that the city's pack names, else all."""
    return packs.languages(settings().city, LANGUAGES)


@st.cache_data(ttl=_REGISTER_S, show_spinner=False)
def sites() -> list[Site]:
    """The gardens that have something to show: those with plots first."""
    with _connect() as c:
        planted = {plot.site for plot in farms.plots(c)}
        return sorted(farms.sites(c), key=lambda site: site.slug not in planted)


@st.cache_data(ttl=_REGISTER_S, show_spinner=False)
def plots(site: str) -> list[Plot]:
    """The plots of a garden."""
    with _connect() as c:
        return farms.plots(c, site)


@st.cache_data(ttl=_REGISTER_S, show_spinner=False)
def plantings(site: str) -> list[Planting]:
    """The plantings of a garden."""
    with _connect() as c:
        return farms.plantings(c, site)


@st.cache_data(ttl=_REGISTER_S, show_spinner=False)
def soils(site: str) -> list[Soil]:
    """The soils of a garden."""
    with _connect() as c:
        return farms.soils(c, site)


@st.cache_data(ttl=_REGISTER_S, show_spinner=False)
def irrigation_systems(site: str) -> list[IrrigationSystem]:
    """The irrigation systems of a garden."""
    with _connect() as c:
        return farms.irrigation_systems(c, site)


@st.cache_data(ttl=_REGISTER_S, show_spinner=False)
def devices(site: str) -> list[Device]:
    """The devices registered in a garden."""
    with _connect() as c:
        return farms.devices(c, site)


@st.cache_data(ttl=_REGISTER_S, show_spinner=False)
def device_names() -> dict[str, str]:
    """Device → its name and garden, of every garden."""
    with _connect() as c:
        gardens = {site.slug: site.name for site in farms.sites(c)}
        return {
            device.device: f"{device.name}, {gardens[device.site]}"
            if device.name
            else device.device
            for device in farms.devices(c)
        }


@st.cache_data(ttl=_REGISTER_S, show_spinner=False)
def place_names() -> dict[tuple[str, str], str]:
    """(garden, plot) → the plot's name."""
    with _connect() as c:
        return {(plot.site, plot.slug): plot.name for plot in farms.plots(c)}


@st.cache_data(show_spinner=False)
def crop_names(language: str) -> dict[str, str]:
    """Crop key → name; the tables ship with the program."""
    return {key: named(crop, "crop", key, language) for key, crop in tables.CROPS.items()}


@st.cache_data(ttl=_LIVE_S, show_spinner=False)
def advices(site: str) -> list[Advice]:
    """The newest advice of each plot of a garden."""
    with _connect() as c:
        return decisions.latest(c, site)


@st.cache_data(ttl=_REGISTER_S, show_spinner=False)
def terms(site: str, forecast: str) -> list[Terms]:
    """Under what terms a garden's weather is shown: see `agro.store.feeds.terms`."""
    with _connect() as c:
        return feeds.terms(c, site, forecast)


@st.cache_data(ttl=_LIVE_S, show_spinner=False)
def sources() -> list[Source]:
    """Every outside source that was asked, for each place, as it stands."""
    with _connect() as c:
        return feeds.sources(c)


@st.cache_data(ttl=_SEASON_S, show_spinner=False)
def _standing(site: str) -> Standing | None:
    """A garden's season and the days ahead: a second's work."""
    with _connect() as c:
        return standing(c, site, now())


@st.cache_data(ttl=_SEASON_S, show_spinner=False)
def past(site: str) -> pd.DataFrame:
    """The balance of a garden's beds until yesterday: see `agro.advice.past`."""
    return past_of(_standing(site))


@st.cache_data(ttl=_SERIES_S, show_spinner=False)
def what_if(site: str, plot: str) -> WhatIf | None:
    """The week after every dose tonight: see `agro.advice.whatif`."""
    return what_if_of(_standing(site), plot)


@dataclass(frozen=True, slots=True)
class LookBack:
    """A bed's last weeks: see `agro.advice.history` and `agro.advice.score`."""

    history: pd.DataFrame
    estimates: pd.DataFrame
    score: tuple[Lead, ...]


@st.cache_data(ttl=_SEASON_S, show_spinner=False)
def look_back(site: str, plot: str) -> LookBack:
    """Advice against what was done, and forecasts against probes."""
    season = past(site)
    with _connect() as c:
        known = record(c, site, plot, now(), season=season)
        return LookBack(history(known), estimates(known), score(c, known))


def forget_season() -> None:
    """Let the water of the beds be computed again: what was poured is another."""
    for kept in (_standing, past, what_if, look_back):
        kept.clear()


@st.cache_data(ttl=_LIVE_S, show_spinner=False)
def latest(site: str) -> pd.DataFrame:
    """The newest value of each datastream of a garden."""
    with _connect() as c:
        return readings.latest(c, site)


@st.cache_data(ttl=_SERIES_S, show_spinner=False)
def moisture(site: str, plot: str, days: int) -> pd.DataFrame:
    """Hourly soil moisture of a plot's probes: time, device, depth_cm, mean. [m³ m⁻³]"""
    start, end = _span(days)
    with _connect() as c:
        return rollups.hourly(
            c, site=site, plot=plot, quantity="soil_moisture", start=start, end=end
        )


@st.cache_data(ttl=_SERIES_S, show_spinner=False)
def rain(site: str, days: int) -> pd.Series:
    """Rain of each local day. [mm] Of several gauges the fullest: a clogged one reads low."""
    start, end = _span(days)
    with _connect() as c:
        table = rollups.daily(c, site=site, quantity="rain", start=start, end=end)
    return table[table["count"] > 0].groupby("day")["total"].max()


@st.cache_data(ttl=_LIVE_S, show_spinner=False)
def log(site: str, plot: str, days: int) -> list[LogEntry]:
    """The logbook of a plot and of its whole garden, newest first."""
    start, end = _span(days)
    with _connect() as c:
        entries = logbook.entries(c, site=site, start=start, end=end)
    return [entry for entry in reversed(entries) if entry.plot in {plot, ""}]


@st.cache_data(ttl=_LIVE_S, show_spinner=False)
def waiting(most: int) -> tuple[list[tuple[Waiting, Guess]], int]:
    """Devices that wait to be registered, each with what it may be, and how many do."""
    with _connect() as c:
        found = [(one, quarantine.guessed(one)) for one in quarantine.waiting(c, most)]
        return found, quarantine.how_many(c)[0]


def accept(device: Device) -> Ingested:
    """Register a device and take its messages in that waited."""
    of = records.of_device(device.device, device.site)
    with acting("device.write", of, {"accept": device.device, "plot": device.plot}) as c:
        done = farms.save_device(c, device)
    st.cache_data.clear()
    return done


def forget(device: str) -> int:
    """Delete what a device sent that waits; returns how many messages."""
    with acting("device.write", records.of_device(device), {"forget": device}) as c:
        count = quarantine.forget(c, device)
    st.cache_data.clear()
    return count


@st.cache_data(ttl=_LIVE_S, show_spinner=False)
def overview(site: str | None) -> pd.DataFrame:
    """How each device of a garden (None = of all) is now: see `agro.store.stations.overview`."""
    with _connect() as c:
        return stations.overview(c, site)


@st.cache_data(ttl=_SEASON_S, show_spinner=False)
def lately(site: str | None) -> Lately:
    """What the last weeks say of the devices of a garden, or of all."""
    at = now()
    with _connect() as c:
        radio = stations.radio_week(c, at, site)
        return Lately(
            intervals=stations.intervals(c, at, site),
            radio=dict(zip(radio.index, radio.itertuples(index=False, name=None), strict=True)),
            batteries=battery_forecasts(site),
            lost=stations.lost_frames(c, at - timedelta(days=30)),
            problems=stations.problem_counts(c, at - timedelta(days=7)),
        )


@st.cache_data(ttl=_BATTERY_S, show_spinner=False)
def battery_forecasts(site: str | None) -> dict[str, Forecast]:
    """When each battery of a garden, or of all, gets empty."""
    with _connect() as c:
        return stations.battery_forecasts(c, now(), site)


@st.cache_data(ttl=_LIVE_S, show_spinner=False)
def newest(devices: tuple[str, ...]) -> pd.DataFrame:
    """The newest value of each datastream of these devices."""
    with _connect() as c:
        return stations.newest(c, devices)


@st.cache_data(ttl=_SERIES_S, show_spinner=False)
def flag_days(devices: tuple[str, ...], days: int) -> pd.DataFrame:
    """How the values of these devices were judged, day by day."""
    with _connect() as c:
        return stations.flag_days(c, devices, now() - timedelta(days=days))


@st.cache_data(ttl=_SERIES_S, show_spinner=False)
def flag_history(device: str, days: int) -> pd.DataFrame:
    """Which tests set the flags of a device's values: see `agro.store.assessment`."""
    start, end = _span(days)
    with _connect() as c:
        return assessment.flag_history(c, device, start, end)


@st.cache_data(ttl=_SERIES_S, show_spinner=False)
def battery_days(device: str) -> pd.DataFrame:
    """The daily means of a device's battery: quantity, start (epoch s), mean."""
    with _connect() as c:
        return stations.battery_days(c, now(), device)


@st.cache_data(ttl=_LIVE_S, show_spinner=False)
def problems_of(device: str) -> pd.DataFrame:
    """The newest problems of a device."""
    with _connect() as c:
        return stations.problems_of(c, device)


@st.cache_data(ttl=_LIVE_S, show_spinner=False)
def problems(limit: int = 15) -> pd.DataFrame:
    """The newest refused messages and values."""
    with _connect() as c:
        return refused.recent(c, limit)


@st.cache_data(ttl=_LIVE_S, show_spinner=False)
def problem_counts() -> dict[str, int]:
    """How many were refused, by reason."""
    with _connect() as c:
        return refused.counts(c)


def _span(days: int) -> tuple[datetime, datetime]:
    end = now()
    return end - timedelta(days=days), end + timedelta(minutes=1)
