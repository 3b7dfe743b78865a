"""Figures of one device: what was doubted of it each day, and how its battery goes."""

from collections.abc import Mapping
from datetime import date, datetime

import pandas as pd
import plotly.graph_objects as go

from agro.dashboard.charts import ORANGE, PAPER, PURPLE, VERMILLION, finish
from agro.dashboard.colours import quantity
from sensors.battery import Forecast

_FLAGS = (("suspect", ORANGE, "/"), ("failed", VERMILLION, ""), ("missing", PURPLE, "."))

_FEW = 6  # so many values are counted one by one on the axis


def _pattern(colour: str, shape: str) -> dict[str, object]:
    """What tells the bars apart without colours."""
    return {"shape": shape, "bgcolor": colour, "fgcolor": PAPER, "size": 6, "solidity": 0.25}


def doubted(
    days: pd.DataFrame, *, first: date, last: date, language: str, say: Mapping[str, str]
) -> go.Figure:
    """Stacked bars of the values of each day that were not believed.

    Parameters
    ----------
    days : columns day, suspect, failed, missing. [values]
    say : the texts `suspect`, `failed`, `missing`, `values`.
    """
    figure = go.Figure()
    for name, colour, shape in _FLAGS:
        told = days[days[name] > 0]
        if told.empty:
            continue
        figure.add_bar(
            x=told["day"],
            y=told[name],
            name=say[name],
            marker={"color": colour, "pattern": _pattern(colour, shape)},
            hovertemplate="%{x|%d/%m}<br>%{y}<extra>" + say[name] + "</extra>",
        )
    figure.update_layout(barmode="stack", bargap=0.2, showlegend=True)
    half = pd.Timedelta(hours=12)
    figure.update_xaxes(range=[pd.Timestamp(first) - half, pd.Timestamp(last) + half])
    most = days[[name for name, _, _ in _FLAGS]].sum(axis=1).max()
    figure.update_yaxes(rangemode="tozero", dtick=1 if most <= _FEW else None)
    return finish(figure, say["values"], language, height=260)


def battery(
    days: pd.DataFrame,
    forecast: Forecast,
    minimum: float,
    *,
    now: datetime,
    unit: str,
    language: str,
    say: Mapping[str, str],
) -> go.Figure:
    """The daily means of a battery, the line through its decline and the mark where it stops.

    Parameters
    ----------
    days : columns time (local), mean.
    forecast : Its line is drawn only where it claims a date.
    now : local and naive, as the times are.
    say : the texts `title`, `forecast`, `minimum`.
    """
    figure = go.Figure()
    figure.add_scatter(
        x=days["time"],
        y=days["mean"],
        mode="lines+markers",
        marker={"size": 5},
        line={"color": quantity("battery"), "width": 1.5},
        name=say["title"],
        hovertemplate="%{x|%d/%m}<br>%{y:.2f} " + unit + "<extra></extra>",
        showlegend=False,
    )
    if forecast.outlook == "falling":
        end = now + pd.Timedelta(days=forecast.left)
        figure.add_scatter(
            x=[now, end],
            y=[minimum - forecast.slope * forecast.left, minimum],
            mode="lines",
            name=say["forecast"],
            line={"color": VERMILLION, "width": 2, "dash": "dash"},
            hoverinfo="skip",
        )
    figure.add_hline(
        y=minimum,
        line={"color": quantity("stress"), "width": 1.5},
        annotation={"text": say["minimum"], "font": {"color": quantity("stress"), "size": 13}},
        annotation_position="top left",
    )
    return finish(figure, f"{say['title']} ({unit})", language, height=260)
