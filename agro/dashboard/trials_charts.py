"""Figures of what a trial showed: means, interactions, differences, response to a dose, stability.

Frames become figures here, without reading, wording or Streamlit. Colours are Okabe–Ito and never
alone: lines differ by dash and sign too, and what stands apart has another sign than what does not.
"""

from collections.abc import Mapping, Sequence
from html import escape
from textwrap import wrap

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from agro.dashboard.charts import (
    BLACK,
    BLUE,
    BROWN,
    GREEN,
    GREY,
    GRID,
    INK,
    ORANGE,
    PURPLE,
    SKY,
    TEMPLATE,
    VERMILLION,
)
from agro.words import separators

COLOURS = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, BLACK, BROWN)
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "solid", "dash")
_SIGNS = ("circle", "square", "diamond", "triangle-up", "cross", "x", "star", "triangle-down")
MOST_LINES = len(COLOURS)
_LABEL = 22  # characters of one line of a label


def label(text: str) -> str:
    """A name as a label: long ones on several lines, its signs as they were written."""
    return "<br>".join(escape(line, quote=False) for line in wrap(text, _LABEL)) or " "


def means(table: pd.DataFrame, *, language: str, say: Mapping[str, str]) -> go.Figure:
    """Means with their intervals and letters, the largest on top, a panel for each level of `by`.

    Parameters
    ----------
    table : columns panel, name, mean, lower, upper, letters. [unit of the response]
    say : the texts `axis` (response and unit) and `interval`.
    """
    panels = list(dict.fromkeys(table["panel"]))
    counts = [int((table["panel"] == one).sum()) for one in panels]
    figure = make_subplots(
        rows=len(panels),
        cols=1,
        shared_xaxes=True,
        row_heights=counts,
        vertical_spacing=min(0.08, 0.3 / max(len(panels), 1)),
        subplot_titles=[label(one) for one in panels] if len(panels) > 1 else None,
    )
    for row, panel in enumerate(panels, start=1):
        own = _ordered(table[table["panel"] == panel])
        figure.add_trace(_intervals(own, BLUE, say["interval"]), row=row, col=1)
        lettered = own[own["letters"] != ""]
        figure.add_trace(_letters(lettered), row=row, col=1)
    height = 120 + 36 * sum(counts) + 40 * (len(panels) - 1)
    framed(figure, language, height=height, legend=False)
    figure.update_yaxes(type="category")  # levels that look like numbers are names here
    return _named(figure, x=say["axis"], row=len(panels))


def _ordered(own: pd.DataFrame) -> pd.DataFrame:
    """Doses in their order, everything else by its mean; the last is drawn on top."""
    doses = pd.to_numeric(own["name"], errors="coerce")
    if doses.notna().all():
        return own.assign(dose=doses).sort_values("dose", ascending=False)
    return own.sort_values("mean", na_position="first")


def _intervals(own: pd.DataFrame, colour: str, told: str) -> go.Scatter:
    return go.Scatter(
        x=own["mean"],
        y=[label(one) for one in own["name"]],
        mode="markers",
        marker={"color": colour, "size": 10},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": own["upper"] - own["mean"],
            "arrayminus": own["mean"] - own["lower"],
            "color": colour,
            "thickness": 2,
            "width": 5,
        },
        customdata=own[["lower", "upper"]],
        hovertemplate="%{y}<br><b>%{x:.4~g}</b><br>"
        + told
        + " %{customdata[0]:.4~g} … %{customdata[1]:.4~g}<extra></extra>",
        showlegend=False,
    )


def _letters(own: pd.DataFrame) -> go.Scatter:
    """The letters to the right of each interval."""
    return go.Scatter(
        x=own["upper"],
        y=[label(one) for one in own["name"]],
        mode="text",
        text=["\u2002" + one for one in own["letters"]],
        textposition="middle right",
        textfont={"color": INK, "size": 14},
        cliponaxis=False,
        hoverinfo="skip",
        showlegend=False,
    )


def interaction(table: pd.DataFrame, *, language: str, say: Mapping[str, str]) -> go.Figure:
    """How the means of one factor change with another: a line for each level of the other.

    Parameters
    ----------
    table : columns x, line, mean, lower, upper; `x` in the order of the axis, numbers or names.
    say : the texts `x`, `y` (response and unit).
    """
    figure = go.Figure()
    levels = list(dict.fromkeys(table["line"]))
    numeric = pd.api.types.is_numeric_dtype(table["x"])
    places = list(dict.fromkeys(table["x"]))
    for index, level in enumerate(levels[:MOST_LINES]):
        own = table[table["line"] == level]
        shift = (index - (len(levels) - 1) / 2.0) * 0.05
        at = own["x"] if numeric else [places.index(one) + shift for one in own["x"]]
        _line(figure, own, at, escape(str(level), quote=False), index)
    framed(figure, language, height=400)
    if not numeric:
        texts = [label(str(one)) for one in places]
        figure.update_xaxes(tickmode="array", tickvals=list(range(len(places))), ticktext=texts)
    return _named(figure, x=say["x"], y=say["y"])


def _line(figure: go.Figure, own: pd.DataFrame, at: Sequence[float], name: str, index: int) -> None:
    colour = COLOURS[index]
    figure.add_scatter(
        x=at,
        y=own["mean"],
        name=name,
        mode="lines+markers",
        line={"color": colour, "dash": _DASHES[index], "width": 2},
        marker={"symbol": _SIGNS[index], "size": 9},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": own["upper"] - own["mean"],
            "arrayminus": own["mean"] - own["lower"],
            "color": colour,
            "thickness": 1,
            "width": 4,
        },
        customdata=own[["x"]],
        hovertemplate="%{customdata[0]}<br><b>%{y:.4~g}</b><extra>" + name + "</extra>",
    )


def differences(table: pd.DataFrame, *, language: str, say: Mapping[str, str]) -> go.Figure:
    """Differences with their intervals about zero; those that stand apart are filled and blue.

    Parameters
    ----------
    table : columns name, difference, lower, upper, in the order from top to bottom.
    say : the texts `axis`, `apart`, `together`, `interval`.
    """
    figure = go.Figure()
    apart = (table["lower"] > 0.0) | (table["upper"] < 0.0)
    named = table.assign(mean=table["difference"])
    for chosen, colour, sign, key in (
        (apart, BLUE, "circle", "apart"),
        (~apart, GREY, "circle-open", "together"),
    ):
        if not chosen.any():
            continue
        trace = _intervals(named[chosen], colour, say["interval"])
        trace.update(name=say[key], showlegend=True, marker={"symbol": sign})
        figure.add_trace(trace)
    figure.add_vline(x=0.0, line={"color": INK, "width": 1.5})
    names = [label(one) for one in table["name"]]
    lines = max((one.count("<br>") + 1 for one in names), default=1)
    framed(figure, language, height=150 + (14 + 17 * lines) * len(table))
    figure.update_yaxes(type="category", categoryorder="array", categoryarray=names[::-1])
    return _named(figure, x=say["axis"])


def trend(
    points: pd.DataFrame, curve: pd.DataFrame, *, language: str, say: Mapping[str, str]
) -> go.Figure:
    """How the mean follows the dose: means with intervals, and the curves that suit them best.

    Parameters
    ----------
    points, curve : columns group, dose, mean; points also lower, upper. [dose; response]
    say : the texts `x`, `y`.
    """
    figure = go.Figure()
    groups = list(dict.fromkeys([*points["group"], *curve["group"]]))
    for index, group in enumerate(groups[:MOST_LINES]):
        own, smooth = points[points["group"] == group], curve[curve["group"] == group]
        name = escape(str(group), quote=False)
        figure.add_scatter(
            x=smooth["dose"],
            y=smooth["mean"],
            mode="lines",
            line={"color": COLOURS[index], "dash": _DASHES[index], "width": 2},
            hoverinfo="skip",
            legendgroup=name,
            showlegend=False,
        )
        _line(figure, own.assign(x=own["dose"]), list(own["dose"]), name, index)
        figure.data[-1].update(mode="markers", legendgroup=name, showlegend=len(groups) > 1)
    framed(figure, language, height=400)
    return _named(figure, x=say["x"], y=say["y"])


def slopes(table: pd.DataFrame, *, language: str, say: Mapping[str, str]) -> go.Figure:
    """How each variety answers to better places: its slope with standard error over its mean.

    Parameters
    ----------
    table : columns name, mean, slope, se.
    say : the texts `x`, `y`, `average` (of the line at 1).
    """
    figure = go.Figure()
    figure.add_hline(
        y=1.0,
        line={"color": GREY, "dash": "dash", "width": 1.5},
        annotation={"text": say["average"], "font": {"color": INK, "size": 13}},
        annotation_position="bottom left",
    )
    figure.add_scatter(
        x=table["mean"],
        y=table["slope"],
        mode="markers+text",
        text=[label(one) for one in table["name"]],
        textposition="top center",
        textfont={"color": INK, "size": 12},
        marker={"color": BLUE, "size": 9},
        error_y={"type": "data", "array": table["se"], "color": SKY, "thickness": 1.5, "width": 4},
        hovertemplate="%{text}<br>%{x:.4~g}<br><b>%{y:.3~g}</b><extra></extra>",
        cliponaxis=False,
    )
    framed(figure, language, height=420, legend=False)
    return _named(figure, x=say["x"], y=say["y"])


def biplot(scores: pd.DataFrame, *, language: str, say: Mapping[str, str]) -> go.Figure:
    """Varieties as points and environments as arrows on the first two axes of their interaction.

    Parameters
    ----------
    scores : columns kind (`genotype` or `environment`), name, first, second.
    say : the texts `x`, `y`, `genotype`, `environment`.
    """
    figure = go.Figure()
    places = scores[scores["kind"] == "environment"]
    for first, second in zip(places["first"], places["second"], strict=True):
        figure.add_shape(
            type="line", x0=0, y0=0, x1=first, y1=second, line={"color": VERMILLION, "width": 1}
        )
    kinds = (("genotype", BLUE, "circle"), ("environment", VERMILLION, "diamond"))
    for kind, colour, sign in kinds:
        own = scores[scores["kind"] == kind]
        figure.add_scatter(
            x=own["first"],
            y=own["second"],
            name=say[kind],
            mode="markers+text",
            text=[label(one) for one in own["name"]],
            textposition="top center",
            textfont={"color": INK, "size": 12},
            marker={"color": colour, "symbol": sign, "size": 9},
            hovertemplate="%{text}<extra></extra>",
            cliponaxis=False,
        )
    for line in (figure.add_hline, figure.add_vline):
        line(0.0, line={"color": GRID, "width": 1.5}, layer="below")
    framed(figure, language, height=460)
    return _named(figure, x=say["x"], y=say["y"])


def framed(figure: go.Figure, language: str, *, height: int, legend: bool = True) -> go.Figure:
    """The figure with our axes and fonts; its legend stands above, where a thumb does not hide."""
    figure.update_layout(
        template=TEMPLATE,
        height=height,
        separators=separators(language),
        margin={"l": 8, "r": 24, "t": 28, "b": 8},
        showlegend=legend,
        legend={"orientation": "h", "y": 1.02, "x": 0, "yanchor": "bottom"},
        hovermode="closest",
    )
    figure.update_xaxes(nticks=6)
    return figure


def _named(figure: go.Figure, *, x: str = "", y: str = "", row: int | None = None) -> go.Figure:
    """The titles of the axes, which tell the units."""
    where = {} if row is None else {"row": row, "col": 1}
    if x:
        figure.update_xaxes(title={"text": escape(x, quote=False)}, **where)
    if y:
        figure.update_yaxes(title={"text": escape(y, quote=False)})
    return figure
