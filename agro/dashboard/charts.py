"""Figures from frames: no reads, no words of their own, no Streamlit.

Okabe–Ito colours; every band has a line and a label beside its colour; ticks are dark enough to
read outdoors; days are written in figures, because plotly only knows English months.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import pandas as pd
import plotly.graph_objects as go

BLUE, SKY, GREEN, VERMILLION = "#0072B2", "#56B4E9", "#009E73", "#D55E00"
ORANGE, PURPLE, BLACK = "#E69F00", "#CC79A7", "#1a211d"
_PROBES = (BLUE, PURPLE, GREEN, ORANGE, SKY, BLACK)
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
_INK, _GRID, _EDGE = "#29322d", "#e3e7e2", "#7d8a83"
SEPARATORS = {"fr": ", ", "en": ".,"}


@dataclass(frozen=True, slots=True)
class Limits:
    """Water contents of a soil [% of volume] that frame its chart."""

    field_capacity: float
    wilting_point: float
    stress: float


def soil_water(
    probes: pd.DataFrame,
    estimate: pd.DataFrame,
    plan: pd.DataFrame,
    limits: Limits | None,
    *,
    now: datetime,
    language: str,
    say: Mapping[str, str],
) -> go.Figure:
    """Water in the soil: probes by depth, the computed root zone, and the plan with its margin.

    Parameters
    ----------
    probes : columns name, time (local), value. [% of volume]
    estimate : columns time (local), value. [% of volume]
    plan : columns time (local), value, low, high. [% of volume]
    now : local and naive, as the times are.
    say : the texts `moisture`, `now`, `root_zone`, `plan`, `margin`, `field_capacity`,
        `wilting_point`, `stress`.
    """
    figure = go.Figure()
    if limits is not None:
        _bands(figure, limits, say)
    for index, (name, line) in enumerate(probes.groupby("name", sort=False)):
        _line(figure, line, str(name), _PROBES[index % 6], _DASHES[index % 6])
    if len(estimate) > 1:
        _line(figure, estimate, say["root_zone"], BLACK, "dot", width=1.5)
    if not plan.empty:
        _plan(figure, plan, say)
    mark_now(figure, now, say["now"])
    return finish(figure, say["moisture"], language, height=400)


def _line(
    figure: go.Figure, frame: pd.DataFrame, name: str, colour: str, dash: str, width: float = 2.0
) -> None:
    figure.add_scatter(
        x=frame["time"],
        y=frame["value"],
        name=name,
        mode="lines",
        line={"color": colour, "dash": dash, "width": width},
        connectgaps=False,
        hovertemplate="%{x|%d/%m %H:%M}<br>%{y:.1f} %<extra>" + name + "</extra>",
    )


def margin(figure: go.Figure, table: pd.DataFrame, name: str) -> None:
    """The band between the columns low and high of a forecast."""
    figure.add_scatter(
        x=pd.concat([table["time"], table["time"][::-1]]),
        y=pd.concat([table["high"], table["low"][::-1]]),
        name=name,
        mode="lines",
        fill="toself",
        fillcolor="rgba(0, 114, 178, 0.18)",
        line={"color": "rgba(0, 114, 178, 0.55)", "width": 1, "dash": "dot"},
        hoverinfo="skip",
    )


def _plan(figure: go.Figure, plan: pd.DataFrame, say: Mapping[str, str]) -> None:
    margin(figure, plan, say["margin"])
    figure.add_scatter(
        x=plan["time"],
        y=plan["value"],
        name=say["plan"],
        mode="lines+markers",
        line={"color": "#00568a", "width": 2.5},
        marker={"size": 6},
        hovertemplate="%{x|%d/%m}<br>%{y:.1f} %<extra>" + say["plan"] + "</extra>",
    )


def _bands(figure: go.Figure, limits: Limits, say: Mapping[str, str]) -> None:
    """Full, watering line and dry, each a line with its name; the stress band is shaded too."""
    figure.add_hrect(
        y0=limits.wilting_point,
        y1=limits.stress,
        fillcolor=VERMILLION,
        opacity=0.10,
        line_width=0,
        layer="below",
    )
    lines = (
        (limits.field_capacity, "field_capacity", "#005f45", "dash"),
        (limits.stress, "stress", "#a14600", "solid"),
        (limits.wilting_point, "wilting_point", "#5d3a00", "dash"),
    )
    for y, key, colour, dash in lines:
        figure.add_hline(
            y=y,
            line={"color": colour, "width": 1.5, "dash": dash},
            annotation={"text": say[key], "font": {"color": colour, "size": 13}},
            annotation_position="top left",
        )


def water(days: pd.DataFrame, *, now: datetime, language: str, say: Mapping[str, str]) -> go.Figure:
    """Bars of rain, irrigation and evapotranspiration.

    Parameters
    ----------
    days : columns day, rain, irrigation, et (NaN = unknown), planned (bool). [mm]
    say : the texts `rain`, `irrigation`, `et`, `millimetres`, `now`.
    """
    figure = go.Figure()
    for column, colour, shape in (
        ("rain", SKY, ""),
        ("irrigation", "#00568a", "/"),
        ("et", ORANGE, "."),
    ):
        known = days[days[column].notna() & (days[column] > 0)]
        figure.add_bar(
            x=known["day"],
            y=known[column],
            name=say[column],
            marker={
                "color": colour,
                "opacity": [0.6 if planned else 1.0 for planned in known["planned"]],
                "pattern": {
                    "shape": shape,
                    "bgcolor": colour,
                    "fgcolor": "white",
                    "size": 6,
                    "solidity": 0.2,
                },
            },
            hovertemplate="%{x|%d/%m}<br>%{y:.1f} mm<extra>" + say[column] + "</extra>",
        )
    figure.update_layout(barmode="group", bargap=0.25)
    if days["planned"].any():
        mark_now(
            figure, now.replace(hour=0, minute=0, second=0, microsecond=0), say["now"], days=0.5
        )
    figure.update_yaxes(rangemode="tozero")
    return finish(figure, say["millimetres"], language, height=330)


def mark_now(figure: go.Figure, now: datetime, text: str, days: float = 0.0) -> None:
    """A line at `now`, `days` earlier where bars stand about their day."""
    at = now - pd.Timedelta(days=days)
    figure.add_shape(
        type="line", x0=at, x1=at, y0=0, y1=1, yref="paper", line={"color": _INK, "width": 1.5}
    )
    figure.add_annotation(
        x=at, y=1, yref="paper", yanchor="bottom", text=text, showarrow=False, font={"size": 13}
    )


def finish(figure: go.Figure, title: str, language: str, *, height: int) -> go.Figure:
    """The figure with our axes, fonts and legend."""
    axis = {
        "gridcolor": _GRID,
        "linecolor": _EDGE,
        "tickfont": {"color": _INK, "size": 13},
        "zeroline": False,
        "automargin": True,
        "fixedrange": True,  # a thumb scrolls the page, not the axis
    }
    figure.update_layout(
        height=height,
        separators=SEPARATORS.get(language, ".,"),
        font={"color": _INK, "size": 14, "family": "Source Sans, sans-serif"},
        margin={"l": 8, "r": 8, "t": 46, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="#ffffff",
        legend={"orientation": "h", "y": -0.14, "x": 0, "yanchor": "top"},
        hovermode="x",
        title={"text": title, "font": {"size": 14}, "x": 0, "xref": "paper", "y": 0.99},
    )
    figure.update_xaxes(tickformat="%d/%m", hoverformat="%d/%m", nticks=8, **axis)
    figure.update_yaxes(ticks="outside", **axis)
    return figure
