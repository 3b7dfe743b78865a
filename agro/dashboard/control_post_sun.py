"""What the sun gives a district beyond what its own buildings draw, today and tomorrow."""

from bisect import bisect_right
from collections.abc import Mapping
from datetime import datetime
from html import escape
from math import isnan, nan

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from agro.config import now
from agro.dashboard import charts, data, parts
from agro.dashboard.colours import quantity
from agro.dashboard.frame import Frame
from agro.energy.surplus import REACH_KM, Surplus, districts, surplus_by_hour
from agro.store.values import to_epoch

_SEASON_S = 300  # a forecast comes by the hour


@st.cache_data(ttl=_SEASON_S, show_spinner=False)
def _surpluses() -> list[Surplus]:
    with data.engine().connect() as c:
        at = now()
        return [surplus_by_hour(c, one, at) for one in districts(c)]


@st.fragment
def draw(frame: Frame) -> None:
    """A section for each district; nothing where the city has none."""
    with parts.answering(frame.words):
        for number, one in enumerate(_surpluses()):
            _district(frame.refreshed(), one, number)


def _district(frame: Frame, one: Surplus, number: int) -> None:
    words = frame.words
    name = one.district.name
    parts.section(words.t("control_post.sun", district=name))
    st.html(f'<p class="verdict">{escape(_sentence(frame, one))}</p>')
    table = _table(frame, one)
    if table["produced"].notna().any():
        keys = ("produced", "used", "margin", "now", "power")
        say = {key: words.t(f"control_post.sun_{key}") for key in keys}
        local = words.local(frame.now).replace(tzinfo=None)
        figure = sun_figure(table, local, language=words.language, say=say)
        alt = words.t("control_post.sun_alt", district=name)
        parts.chart(figure, key=f"control_post_sun_{number}", alt=alt)
    parts.caption(_basis(frame, one))


def _sentence(frame: Frame, one: Surplus) -> str:
    """The hour that holds now: produced, used, and what is left or lacking."""
    words = frame.words
    produced, used, left = one.now(frame.now)
    if isnan(produced):
        return words.t("control_post.sun_unknown")
    how = words.code("energy_from", one.produced_from[_place(frame, one)])
    made = words.t("control_post.sun_made", value=words.number(produced, 0), how=how)
    if not one.district.users:
        return words.t("control_post.sun_alone", produced=made, km=words.number(REACH_KM))
    if isnan(used):
        return words.t("control_post.sun_use_unknown", produced=made)
    key = "control_post.sun_left" if left >= 0.0 else "control_post.sun_lacking"
    return words.t(key, produced=made, used=words.number(used, 0), left=words.number(abs(left), 0))


def _place(frame: Frame, one: Surplus) -> int:
    """The place of the hour that holds now; the last before it where it is missing."""
    return max(bisect_right(one.times.tolist(), to_epoch(frame.now)) - 1, 0)


def _basis(frame: Frame, one: Surplus) -> str:
    """How the use of this hour is known, which forecast it is, and what is assumed."""
    words = frame.words
    told = []
    if one.district.users:
        how, n = words.code("energy_from", one.used_from[_place(frame, one)]), one.users_heard
        total = str(len(one.district.users))
        told.append(words.t("control_post.sun_used_from", how=how, n=n, total=total))
    if one.issued_at is not None:
        source, age = words.code("provider", one.source), words.age(frame.now - one.issued_at)
        told.append(words.t("control_post.sun_forecast", source=source, age=age))
    told.append(words.t("control_post.sun_assumed", km=words.number(REACH_KM)))
    return " ".join(told)


def _table(frame: Frame, one: Surplus) -> pd.DataFrame:
    """The hours in the city's time: time (local and naive), produced, low, high, used. [kW]"""
    times = pd.to_datetime(one.times, unit="s", utc=True).tz_convert(frame.words.zone)
    return pd.DataFrame(
        {
            "time": times.tz_localize(None),
            "produced": one.produced,
            "low": one.produced_low,
            "high": one.produced_high,
            "used": one.used if one.district.users else nan,
        }
    )


def sun_figure(
    hours: pd.DataFrame, now: datetime, *, language: str, say: Mapping[str, str]
) -> go.Figure:
    """Production with its margin beside what the buildings draw.

    Parameters
    ----------
    hours : columns time (local and naive), produced, low, high, used. [kW]
    say : the texts `produced`, `used`, `margin`, `now`, `power`.
    """
    figure = go.Figure()
    known = hours.dropna(subset=["low", "high"])
    if (known["high"] > known["low"]).any():
        charts.margin(figure, known, say["margin"])
    lines = (
        ("produced", quantity("pv_power"), "solid", "tozeroy"),
        ("used", quantity("power_drawn"), "dash", None),
    )
    for column, colour, dash, fill in lines[: 1 if hours["used"].isna().all() else 2]:
        figure.add_scatter(
            x=hours["time"],
            y=hours[column],
            name=say[column],
            mode="lines",
            line={"color": colour, "dash": dash, "width": 2, "shape": "hv"},
            fill=fill,
            fillcolor=charts.faint(colour, 0.2) if fill else None,
            hovertemplate="%{x|%d/%m %H:%M}<br>%{y:.0f} kW<extra>" + say[column] + "</extra>",
        )
    charts.mark_now(figure, now, say["now"])
    charts.finish(figure, say["power"], language, height=300)
    figure.update_xaxes(tickformat="%d/%m %H:%M", nticks=6)
    figure.update_yaxes(rangemode="tozero", nticks=5)
    return figure
