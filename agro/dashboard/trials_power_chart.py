"""The figure of what a trial will be able to show; without reading, wording or Streamlit."""

from collections.abc import Mapping, Sequence
from html import escape

import plotly.graph_objects as go

from agro.dashboard import charts
from models.trials.power import Power

_COLOURS = (charts.BLUE, charts.VERMILLION, charts.GREEN, charts.PURPLE, charts.ORANGE, charts.SKY)
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
_MARKS = ("circle", "square", "diamond", "triangle-up", "cross", "x")


def power_curve(
    curve: Sequence[tuple[float, Sequence[Power]]],
    names: Mapping[str, str],
    here: float,
    *,
    wanted: float,
    language: str,
    say: Mapping[str, str],
) -> go.Figure:
    """The chance that each term is seen, by number of blocks or by difference.

    Parameters
    ----------
    curve : the powers by what is varied.
    names : term → its name; terms without one are not drawn.
    here : where the trial stands on the axis.
    wanted : the chance that is enough. [-]
    say : the texts `x`, `title`, `here`, `wanted`.
    """
    figure = go.Figure()
    for place, (term, told) in enumerate(names.items()):
        name = escape(told)  # plotly would read signs as HTML
        known = [(x, one.power_f) for x, found in curve for one in found if one.term == term]
        figure.add_scatter(
            x=[x for x, _ in known],
            y=[100.0 * power for _, power in known],
            name=name,
            mode="lines+markers",
            line={"color": _COLOURS[place % 6], "width": 2.5, "dash": _DASHES[place % 6]},
            marker={"symbol": _MARKS[place % 6], "size": 8},
            hovertemplate="%{x:.0f} : %{y:.0f} %<extra>" + name + "</extra>",
        )
    figure.add_hline(
        y=100.0 * wanted,
        line={"color": charts.BLACK, "width": 1.5, "dash": "dot"},
        annotation={"text": say["wanted"], "font": {"size": 13, "color": charts.BLACK}},
        annotation_position="top left",
    )
    figure.add_vline(
        x=here,
        line={"color": charts.EDGE, "width": 1.5},
        annotation={"text": say["here"], "font": {"size": 13, "color": charts.BLACK}},
        annotation_position="bottom right",
    )
    charts.finish(figure, say["title"], language, height=360)
    figure.update_xaxes(
        title={"text": say["x"], "standoff": 6, "font": {"size": 14}},
        tickformat="d",
        hoverformat="d",
        nticks=12,
    )
    figure.update_yaxes(range=[0, 104], dtick=20, ticksuffix=" %")
    figure.update_layout(hovermode="closest", legend={"y": -0.24}, showlegend=len(names) > 1)
    return figure
