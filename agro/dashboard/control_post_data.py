"""What the control post's page reads, cached: numbers only, from rollups and newest values.

What moves lives ten seconds, an hour or a day that is over five minutes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Literal

import pandas as pd
import shapely
import streamlit as st
from shapely.geometry import mapping, shape

from agro.city.curves import curve, day_of, year_until
from agro.city.drought import Ordered, ordered
from agro.city.early import Early, early_warnings
from agro.city.overview import Moment, Overview, moment_of, overview
from agro.city.reading import LAYERS, Layer
from agro.city.transit import Notice, notices
from agro.config import now
from agro.dashboard import data
from agro.store import feeds
from agro.store.city.places import boundaries
from agro.store.feeds import Source
from agro.store.values import time_zone

Unit = Literal["hours", "days"]
_LIVE_S, _PAST_S, _REGISTER_S = 10, 300, 60
_FINE = 0.0003  # degrees, some 30 m: finer outlines are not seen on a page


@dataclass(frozen=True, slots=True)
class Alerts:
    """What early warnings and drought orders say at a moment."""

    early: list[Early]
    ordered: list[Ordered]


@st.cache_data(ttl=_REGISTER_S, show_spinner=False)
def zone() -> tzinfo:
    """The city's time zone."""
    with data.engine().connect() as c:
        return time_zone(c)


def state(unit: Unit, back: int) -> Overview:
    """The city so many hours or days back; 0 = now, or today until now."""
    if back == 0:
        return _moving(unit)
    return _past(moment_of(unit, back, now(), zone()))


@st.cache_data(ttl=_LIVE_S, show_spinner=False)
def _moving(unit: Unit) -> Overview:
    return _read(moment_of(unit, 0, now(), zone()))


@st.cache_data(ttl=_PAST_S, show_spinner=False)
def _past(moment: Moment) -> Overview:
    return _read(moment)


def _read(moment: Moment) -> Overview:
    with data.engine().connect() as c:
        return overview(c, moment)


@st.cache_data(ttl=_REGISTER_S, show_spinner=False)
def day_curve(layer: Layer, commune: str, start: datetime) -> pd.DataFrame:
    """A layer over the local day that holds a time, by hours; commune "" = the whole city."""
    with data.engine().connect() as c:
        span = day_of(Moment("hour", start, start), zone())
        return curve(c, layer, commune or None, span, by="hour")


@st.cache_data(ttl=_PAST_S, show_spinner=False)
def year_curve(layer: Layer, commune: str) -> pd.DataFrame:
    """A layer over the last twelve months, by local days; commune "" = the whole city."""
    with data.engine().connect() as c:
        return curve(c, layer, commune or None, year_until(now(), zone()), by="day")


def is_measured(layer: str) -> bool:
    """Whether a layer is of equipment, whose hours are kept."""
    return layer in LAYERS


@st.cache_data(ttl=_LIVE_S, show_spinner=False)
def alerts() -> Alerts:
    """The early warnings and the orders as they are now."""
    with data.engine().connect() as c:
        at = now()
        return Alerts(early_warnings(c, at), ordered(c, at))


@st.cache_data(ttl=_REGISTER_S, show_spinner=False)
def disruptions(language: str) -> list[Notice]:
    """What public transport announces, in a language where it was said so."""
    with data.engine().connect() as c:
        return notices(c, language, now())


@st.cache_data(ttl=_LIVE_S, show_spinner=False)
def failing() -> dict[str, Source]:
    """The sources that do not answer now, by the name that figures carry."""
    with data.engine().connect() as c:
        told = [one for one in feeds.sources(c) if one.failures]
    return {one.source.partition("@")[0]: one for one in told}


@st.cache_data(ttl=_REGISTER_S, show_spinner=False)
def outlines() -> dict[str, Mapping[str, Any]]:
    """The outlines of the communes that were imported, by code, as GeoJSON geometries."""
    with data.engine().connect() as c:
        told = boundaries(c)
    return {one.commune: mapping(shapely.simplify(shape(one.geometry), _FINE)) for one in told}
