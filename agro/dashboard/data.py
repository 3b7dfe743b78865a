"""Every read of the pages, cached: one engine a process, one connection a read, numbers only.

Cached values are shared by all visitors, so nothing here knows a language. What moves lives ten
seconds, series a minute, the register of gardens a minute too (a device just added must show), the
season behind five minutes.
"""

from datetime import datetime, timedelta

import pandas as pd
import streamlit as st
from sqlalchemy import Connection, Engine

from agro.advice.past import past as balance_past
from agro.config import now, settings
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
from agro.store import decisions, farms, logbook, open_store, readings, rollups
from agro.store import problems as refused
from models.water import tables

_LIVE_S = 10
_SERIES_S = 60
_REGISTER_S = 60
_SEASON_S = 300


@st.cache_resource(show_spinner=False)
def _engine(url: str) -> Engine:
    return open_store(url)


def _connect() -> Connection:
    return _engine(settings().database).connect()


@st.cache_data(ttl=_REGISTER_S, show_spinner=False)
def city() -> City | None:
    """The city, or None before a pack is loaded."""
    with _connect() as c:
        return farms.city(c)


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


@st.cache_data(show_spinner=False)
def crop_names(language: str) -> dict[str, str]:
    """Crop key → name; the tables ship with the program."""
    return {
        key: crop.name_fr if language == "fr" else crop.name_en
        for key, crop in tables.CROPS.items()
    }


@st.cache_data(ttl=_LIVE_S, show_spinner=False)
def advices(site: str) -> list[Advice]:
    """The newest advice of each plot of a garden."""
    with _connect() as c:
        return decisions.latest(c, site)


@st.cache_data(ttl=_SEASON_S, show_spinner=False)
def past(site: str) -> pd.DataFrame:
    """The balance of a garden's beds until yesterday: see `agro.dashboard.past`."""
    with _connect() as c:
        return balance_past(c, site, now())


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
        hours = rollups.hourly(c, site=site, quantity="soil_moisture", start=start, end=end)
    return hours[hours["plot"] == plot]


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
def problems(limit: int = 30) -> pd.DataFrame:
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
