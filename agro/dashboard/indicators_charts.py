"""The indicators' figures: places or years side by side, and TAPE's ten elements around."""

from collections.abc import Mapping, Sequence
from html import escape
from textwrap import wrap

import plotly.graph_objects as go

from agro.dashboard import charts
from agro.dashboard.colours import quantity

_BAR, _ROOM = 34, 110  # pixels of a bar and around all of them
_LINE = quantity("stress")
_LABEL = 13  # characters of a line around a radar


def bars(
    rows: Sequence[tuple[str, float, bool]], unit: str, lines: Mapping[str, float], language: str
) -> go.Figure:
    """A bar a row, in the order they are given; what is incomplete is grey and hatched.

    Parameters
    ----------
    rows : name, value, whether too little of it is covered.
    lines : the thresholds that judge, name → value in the same unit.
    """
    figure = go.Figure()
    figure.add_bar(
        x=[value for _, value, _ in rows],
        y=[escape(name) for name, _, _ in rows],
        orientation="h",
        marker={
            "color": [charts.EDGE if incomplete else charts.BLUE for _, _, incomplete in rows],
            "pattern": {"shape": ["/" if incomplete else "" for _, _, incomplete in rows]},
        },
        hovertemplate="%{y}<br>%{x:.4~g} " + escape(unit) + "<extra></extra>",
        showlegend=False,
    )
    for name, value in lines.items():
        figure.add_vline(
            x=value,
            line={"color": _LINE, "width": 1.5, "dash": "dash"},
            annotation={"text": escape(name), "font": {"color": _LINE, "size": 13}},
            annotation_position="top",
        )
    charts.finish(figure, "", language, height=_ROOM + _BAR * len(rows))
    figure.update_layout(hovermode="closest", bargap=0.3)
    figure.update_xaxes(title={"text": escape(unit)}, tickformat=None, rangemode="tozero", nticks=5)
    figure.update_yaxes(autorange="reversed", type="category")
    return figure


def radar(
    surveys: Mapping[str, Mapping[str, float]], names: Mapping[str, str], language: str
) -> go.Figure:
    """The ten elements of each survey, 0 to 100; an element that is not complete is left out.

    Parameters
    ----------
    surveys : name of the survey → element → score.
    names : element → its name.
    """
    figure = go.Figure()
    # Broken into lines, so that a phone shows the whole of them.
    short = {key: "<br>".join(map(escape, wrap(name, _LABEL))) for key, name in names.items()}
    for name, scores in surveys.items():
        told = [(short[key], score) for key, score in scores.items()]
        closed = [*told, told[0]]
        figure.add_scatterpolar(
            r=[score for _, score in closed],
            theta=[element for element, _ in closed],
            name=escape(name),
            mode="lines+markers",
            hovertemplate="%{theta}<br>%{r:.0f}<extra>" + escape(name) + "</extra>",
        )
    charts.finish(figure, "", language, height=400)
    figure.update_layout(
        margin={"l": 80, "r": 80, "t": 40, "b": 45},
        polar={
            "radialaxis": {"range": [0, 100], "nticks": 5},
            "angularaxis": {"rotation": 90, "direction": "clockwise", "tickfont": {"size": 12}},
        },
        hovermode="closest",
    )
    return figure
