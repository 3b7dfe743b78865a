"""Figures by which an analysis is doubted: residuals by fitted value, by group, in the field.

Frames become figures here, without reading, wording or Streamlit.
"""

from collections.abc import Mapping
from html import escape
from statistics import NormalDist

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from agro.dashboard.charts import BLUE, EDGE, GREY, INK, PAPER, VERMILLION
from agro.dashboard.colours import colour
from agro.dashboard.trials_charts import framed, label

LOW, MIDDLE, HIGH = BLUE, "#f7f7f5", VERMILLION  # told apart by every kind of sight
_BORDER = "#c9ceca"  # plots that belong to no treatment
_EVERY = 16  # rows or columns up to which each has its number
_FAR = 3.0  # standard deviations from which a plot is named


def fitted(table: pd.DataFrame, *, language: str, say: Mapping[str, str]) -> go.Figure:
    """Standardised residuals against fitted values; plots that are far off bear their number.

    Parameters
    ----------
    table : columns plot, fitted [unit of the response], standardised [-].
    say : the texts `x`, `y`, `plot`.
    """
    figure = _points(table, table["fitted"], say)
    figure.add_hline(y=0.0, line={"color": INK, "width": 1.5})
    return _finished(figure, language, say)


def quantiles(table: pd.DataFrame, *, language: str, say: Mapping[str, str]) -> go.Figure:
    """Standardised residuals against the normal quantiles at which they are expected.

    Parameters
    ----------
    table : columns plot, standardised. [-]
    say : the texts `x`, `y`, `plot`.
    """
    known = table[table["standardised"].notna()].sort_values("standardised")
    at = expected(len(known))
    figure = _points(known, at, say)
    if len(at):
        ends = [float(at[0]), float(at[-1])]
        figure.add_shape(
            type="line", x0=ends[0], y0=ends[0], x1=ends[1], y1=ends[1], line={"color": INK}
        )
    return _finished(figure, language, say)


def expected(n: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Where the order statistics of n normal values are expected.

    Blom (1958), Statistical Estimates and Transformed Beta-Variables: (i − 3/8) / (n + 1/4).
    """
    normal = NormalDist()
    return np.array([normal.inv_cdf((i - 0.375) / (n + 0.25)) for i in range(1, n + 1)])


def groups(table: pd.DataFrame, *, language: str, say: Mapping[str, str]) -> go.Figure:
    """Standardised residuals of each group, a row for each: do they scatter alike?

    Parameters
    ----------
    table : columns plot, group, standardised. [-]
    say : the texts `x`, `plot`.
    """
    figure = go.Figure()
    names = list(dict.fromkeys(table["group"]))
    figure.add_scatter(
        x=table["standardised"],
        y=[label(str(one)) for one in table["group"]],
        mode="markers",
        marker={"color": BLUE, "size": 8, "opacity": 0.7},
        customdata=table[["plot"]],
        hovertemplate=say["plot"] + " %{customdata[0]}<br>%{x:.2f}<extra></extra>",
    )
    figure.add_vline(x=0.0, line={"color": INK, "width": 1.5})
    framed(figure, language, height=110 + 28 * len(names), legend=False)
    order = [label(str(one)) for one in names][::-1]
    figure.update_yaxes(type="category", categoryorder="array", categoryarray=order)
    figure.update_xaxes(title={"text": escape(say["x"], quote=False)})
    return figure


def _points(table: pd.DataFrame, at: object, say: Mapping[str, str]) -> go.Figure:
    far = table["standardised"].abs() > _FAR
    names = [str(one) if is_far else "" for one, is_far in zip(table["plot"], far, strict=True)]
    return go.Figure(
        go.Scatter(
            x=at,
            y=table["standardised"],
            mode="markers+text",
            text=names,
            textposition="top center",
            marker={"color": BLUE, "size": 8, "opacity": 0.75},
            customdata=table[["plot"]],
            hovertemplate=say["plot"] + " %{customdata[0]}<br>%{y:.2f}<extra></extra>",
            cliponaxis=False,
        )
    )


def _finished(figure: go.Figure, language: str, say: Mapping[str, str]) -> go.Figure:
    framed(figure, language, height=340, legend=False)
    figure.update_xaxes(title={"text": escape(say["x"], quote=False)})
    figure.update_yaxes(title={"text": escape(say["y"], quote=False)})
    return figure


def field(table: pd.DataFrame, *, language: str, say: Mapping[str, str]) -> go.Figure:
    """What is left of each plot where it lies: one sign of colour above zero, another below.

    Parameters
    ----------
    table : columns row, column, text (shown when pointed at), value; NaN where a plot has none,
        `border` (bool) where it is not part of the trial. [unit of the response]
    say : the texts `row`, `column`, `unit`.
    """
    inner = table[~table["border"]]
    most = float(inner["value"].abs().max()) if inner["value"].notna().any() else 1.0
    lost = inner[inner["value"].isna()]
    figure = go.Figure()
    outer = table[table["border"]]
    if not outer.empty:
        _cells(figure, outer.assign(value=1.0), [[0.0, _BORDER], [1.0, _BORDER]], shown=False)
    if not lost.empty:
        _cells(figure, lost.assign(value=1.0), [[0.0, PAPER], [1.0, PAPER]], shown=False)
    _cells(figure, inner, [[0.0, LOW], [0.5, MIDDLE], [1.0, HIGH]], shown=True)
    figure.data[-1].update(
        zmin=-most or -1.0,
        zmax=most or 1.0,
        colorbar={
            "title": {"text": escape(say["unit"], quote=False), "side": "top"},
            "orientation": "h",
            "y": 1.04,
            "yanchor": "bottom",
            "len": 0.8,
            "thickness": 12,
            "nticks": 5,
        },
    )
    _crosses(figure, lost)
    rows = int(table["row"].max() - table["row"].min() + 1)
    columns = int(table["column"].max() - table["column"].min() + 1)
    framed(figure, language, height=190 + min(44 * rows, 900), legend=False)
    for axis, count in ((figure.update_xaxes, columns), (figure.update_yaxes, rows)):
        axis(tickformat="d", **({"dtick": 1} if count <= _EVERY else {"nticks": 10}))
    return _places(figure, say)


def _cells(figure: go.Figure, own: pd.DataFrame, scale: list[list[object]], *, shown: bool) -> None:
    grid = own.pivot_table("value", "row", "column", dropna=False, aggfunc="first")
    texts = own.pivot_table("text", "row", "column", dropna=False, aggfunc="first").fillna("")
    figure.add_heatmap(
        z=grid.to_numpy(),
        x=list(grid.columns),
        y=list(grid.index),
        customdata=texts.reindex(index=grid.index, columns=grid.columns).to_numpy(),
        colorscale=scale,
        showscale=shown,
        xgap=2,
        ygap=2,
        hoverongaps=False,
        hovertemplate="%{customdata}<extra></extra>",
    )


def _crosses(figure: go.Figure, lost: pd.DataFrame) -> None:
    figure.add_scatter(
        x=lost["column"],
        y=lost["row"],
        mode="markers",
        marker={"symbol": "x-thin", "size": 12, "line": {"color": GREY, "width": 2}},
        hoverinfo="skip",
    )


def _places(figure: go.Figure, say: Mapping[str, str]) -> go.Figure:
    """Rows from top to bottom, columns from left to right, whole numbers only."""
    figure.update_layout(plot_bgcolor=colour("quiet"), margin={"t": 90, "b": 60})
    title = {"text": escape(say["column"], quote=False), "standoff": 44}  # below the numbers
    figure.update_xaxes(title=title, showgrid=False)
    figure.update_yaxes(
        title={"text": escape(say["row"], quote=False)},
        showgrid=False,
        autorange="reversed",
        linecolor=EDGE,
    )
    return figure
