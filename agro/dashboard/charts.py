"""Figures from frames: no reads, no words of their own, no Streamlit.

Okabe–Ito colours; every band has a line and a label beside its colour; ticks are dark enough to
read outdoors; days are written in figures, because plotly only knows English months. Figures are
drawn in the light look and on one template; `dressed` gives them another look.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from agro.dashboard.colours import Look, colour, exchange, quantity
from agro.words import separators

BLUE, SKY, GREEN, VERMILLION = (colour(name) for name in ("blue", "sky", "green", "vermillion"))
ORANGE, PURPLE, BLACK = (colour(name) for name in ("orange", "purple", "ink"))
YELLOW, BROWN, GREY = (colour(name) for name in ("yellow", "brown", "grey"))
PAPER, INK, GRID, EDGE, GROUND = (
    colour(name) for name in ("paper", "ink", "hair", "edge", "ground")
)
ON_FILL = "#10201a"  # letters on a fill that is light in every look
FIXED = "fixed"  # the `meta` of a trace whose fills are data: they stay in every look
_PROBES = (BLUE, PURPLE, GREEN, ORANGE, SKY, BLACK)
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")


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
    figure: go.Figure, frame: pd.DataFrame, name: str, tone: str, dash: str, width: float = 2.0
) -> None:
    figure.add_scatter(
        x=frame["time"],
        y=frame["value"],
        name=name,
        mode="lines",
        line={"color": tone, "dash": dash, "width": width},
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
        fillcolor=faint(BLUE, 0.18),
        line={"color": faint(BLUE, 0.55), "width": 1, "dash": "dot"},
        hoverinfo="skip",
    )


def _plan(figure: go.Figure, plan: pd.DataFrame, say: Mapping[str, str]) -> None:
    margin(figure, plan, say["margin"])
    figure.add_scatter(
        x=plan["time"],
        y=plan["value"],
        name=say["plan"],
        mode="lines+markers",
        line={"color": quantity("soil_water_plan"), "width": 2.5},
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
        (limits.field_capacity, "field_capacity", quantity("field_capacity"), "dash"),
        (limits.stress, "stress", quantity("stress"), "solid"),
        (limits.wilting_point, "wilting_point", quantity("wilting_point"), "dash"),
    )
    for y, key, tone, dash in lines:
        figure.add_hline(
            y=y,
            line={"color": tone, "width": 1.5, "dash": dash},
            annotation={"text": say[key], "font": {"color": tone, "size": 13}},
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
    for column, tone, shape in (
        ("rain", quantity("rain"), ""),
        ("irrigation", quantity("irrigation"), "/"),
        ("et", quantity("evapotranspiration"), "."),
    ):
        known = days[days[column].notna() & (days[column] > 0)]
        figure.add_bar(
            x=known["day"],
            y=known[column],
            name=say[column],
            marker={
                "color": tone,
                "opacity": [0.6 if planned else 1.0 for planned in known["planned"]],
                "pattern": {
                    "shape": shape,
                    "bgcolor": tone,
                    "fgcolor": PAPER,
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
        type="line", x0=at, x1=at, y0=0, y1=1, yref="paper", line={"color": INK, "width": 1.5}
    )
    figure.add_annotation(
        x=at, y=1, yref="paper", yanchor="bottom", text=text, showarrow=False, font={"size": 13}
    )


def faint(tone: str, opacity: float) -> str:
    """A colour that lets through what is behind it."""
    red, green, blue = (int(tone[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {opacity})"


_AXIS = {
    "gridcolor": GRID,
    "linecolor": EDGE,
    "tickfont": {"color": INK, "size": 13},
    "zeroline": False,
    "automargin": True,
    "exponentformat": "none",  # 30 000, not 30k
    "separatethousands": True,
    "fixedrange": True,  # a thumb scrolls the page, not the axis
}
TEMPLATE = go.layout.Template(
    layout={
        "font": {"color": INK, "size": 14, "family": "Source Sans, sans-serif"},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": PAPER,
        "colorway": [BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, BLACK, BROWN],
        "hoverlabel": {"bgcolor": PAPER, "bordercolor": EDGE, "font": {"color": INK, "size": 14}},
        "polar": {
            "bgcolor": PAPER,
            "radialaxis": {"gridcolor": GRID, "linecolor": EDGE, "tickfont": {"color": INK}},
            "angularaxis": {"gridcolor": GRID, "linecolor": EDGE, "tickfont": {"color": INK}},
        },
        "xaxis": _AXIS,
        "yaxis": _AXIS,
    }
)


_FRAME: Mapping[str, Any] = {
    "template": TEMPLATE,
    "margin": {"l": 8, "r": 8, "t": 46, "b": 8},
    "legend": {"orientation": "h", "y": -0.14, "x": 0, "yanchor": "top"},
    "hovermode": "x",
    "title": {"font": {"size": 14}, "x": 0, "xref": "paper", "y": 0.99},
}
_AXES: Mapping[str, Mapping[str, Any]] = {
    "xaxis": {
        "tickformat": "%d/%m",
        "hoverformat": "%d/%m",
        "nticks": 8,
        "ticklabelstandoff": 6,  # [px] clear of the other axis' zero
    },
    "yaxis": {"ticks": "outside"},
}


def finish(figure: go.Figure, title: str, language: str, *, height: int) -> go.Figure:
    """The figure with our axes, fonts and legend.

    Its layout is set as a whole: plotly takes four times as long over one update after another.
    """
    drawn = figure.layout.to_plotly_json()
    drawn.pop("template", None)
    axes = {name: _AXES[name[:5]] for name in (*drawn, *_AXES) if name[:5] in _AXES}
    told = {"height": height, "separators": separators(language), "title": {"text": title}}
    figure.layout = _joined(_joined(drawn, {**_FRAME, **axes}), told)
    return figure


def _joined(one: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Both as one; where both say something the second is believed, inside dictionaries too."""
    both = dict(one)
    for name, value in over.items():
        own = both.get(name)
        is_inner = isinstance(own, dict) and isinstance(value, Mapping)
        both[name] = _joined(own or {}, value) if is_inner else value
    return both


_COLOUR = re.compile(r"#[0-9a-fA-F]{6}\b|rgba?\((\d+), ?(\d+), ?(\d+)(?=[,)])")
_SAYS_COLOUR = ("color", "colors", "colorway", "shadow")


def dressed(figure: go.Figure, look: Look) -> go.Figure:
    """The figure in another look: each of our colours gives way to its counterpart there.

    Colours that are not ours stay (the classes of a map), and so does a trace marked `FIXED`.
    """
    if look == "light":
        return figure
    drawn = figure.to_dict()
    drawn["data"] = [
        trace if trace.get("meta") == FIXED else _exchanged(trace, exchange(look))
        for trace in drawn.get("data", ())
    ]
    drawn["layout"] = _exchanged(drawn["layout"], exchange(look))
    return go.Figure(drawn)


def _exchanged(part: Any, there: Mapping[str, str], key: str = "") -> Any:
    """A part of a figure with its colours exchanged; what is drawn is only passed on."""
    if isinstance(part, dict):
        return {name: _exchanged(inner, there, name) for name, inner in part.items()}
    if isinstance(part, (list, tuple, np.ndarray)) and _is_of_parts(part, key):
        return [_exchanged(inner, there, key) for inner in part]
    if isinstance(part, str) and key.endswith(_SAYS_COLOUR):
        return _COLOUR.sub(lambda found: _counterpart(found, there), part)
    return part


def _is_of_parts(part: Iterable[Any], key: str) -> bool:
    """Whether a list may hold colours: a list of dictionaries, or of colours itself."""
    return key.endswith(_SAYS_COLOUR) or any(isinstance(inner, dict) for inner in part)


def _counterpart(found: re.Match[str], there: Mapping[str, str]) -> str:
    """The colour in the other look, written as it was: `#rrggbb`, or the start of `rgba(…`."""
    if found[0].startswith("#"):
        return there.get(found[0].lower(), found[0])
    own = "#" + "".join(f"{int(found[place]):02x}" for place in (1, 2, 3))
    if own not in there:
        return found[0]
    red, green, blue = (int(there[own][i : i + 2], 16) for i in (1, 3, 5))
    return f"{found[0].partition('(')[0]}({red}, {green}, {blue}"
