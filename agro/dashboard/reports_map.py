"""Reports and gardens where they lie, drawn on their coordinates: no map of another machine."""

from collections.abc import Mapping, Sequence
from html import escape
from math import cos, radians
from typing import Any

import plotly.graph_objects as go

from agro.dashboard import charts

_MARKS = {
    "closed": (charts.GREEN, "square-open"),
    "unknown": (charts.PURPLE, "triangle-up"),
    "open": (charts.VERMILLION, "circle"),  # last: above the others
}
_SIZE, _EDGE = 11, 0.08

Point = tuple[float, float, str]  # degrees north and east, and what is told of it


def report_map(
    points: Mapping[str, Sequence[Point]],
    gardens: Sequence[Point],
    outlines: Sequence[Mapping[str, Any]],
    *,
    language: str,
    say: Mapping[str, str],
) -> go.Figure:
    """North up, the same scale both ways.

    Parameters
    ----------
    points : state of the reports (open, closed, unknown) → where they lie.
    gardens : where the gardens lie.
    outlines : GeoJSON geometries of the communes.
    say : the texts `open`, `closed`, `unknown`, `garden`, `commune`, `east`, `north`.
    """
    figure = go.Figure()
    _outlines(figure, outlines, say["commune"])
    _add(figure, gardens, say["garden"], charts.BLACK, "diamond-open")
    for state, (colour, symbol) in _MARKS.items():
        if points.get(state):
            _add(figure, points[state], say[state], colour, symbol)
    charts.finish(figure, "", language, height=480)
    _frame(figure, [*gardens, *(one for some in points.values() for one in some)], say)
    return figure


def _add(figure: go.Figure, points: Sequence[Point], name: str, colour: str, symbol: str) -> None:
    figure.add_scatter(
        x=[east for _, east, _ in points],
        y=[north for north, _, _ in points],
        text=[escape(told) for _, _, told in points],  # plotly would read signs as HTML
        name=name,
        mode="markers",
        marker={"color": colour, "symbol": symbol, "size": _SIZE, "line": {"width": 2}},
        hovertemplate="%{text}<extra>" + escape(name) + "</extra>",
    )


def _outlines(figure: go.Figure, outlines: Sequence[Mapping[str, Any]], name: str) -> None:
    """Every ring in one line, broken between them."""
    easts: list[float | None] = []
    norths: list[float | None] = []
    for ring in (ring for outline in outlines for ring in _rings(outline)):
        easts += [*(point[0] for point in ring), None]
        norths += [*(point[1] for point in ring), None]
    if easts:
        figure.add_scatter(
            x=easts,
            y=norths,
            name=name,
            mode="lines",
            line={"color": charts.EDGE, "width": 1},
            hoverinfo="skip",
        )


def _rings(outline: Mapping[str, Any]) -> list[Sequence[Sequence[float]]]:
    told = outline.get("coordinates") or []
    polygons = [told] if outline.get("type") == "Polygon" else told
    return [ring for polygon in polygons for ring in polygon]


def _frame(figure: go.Figure, points: Sequence[Point], say: Mapping[str, str]) -> None:
    """What there is fills the figure; a degree east is shorter than one north."""
    norths, easts = [one[0] for one in points], [one[1] for one in points]
    if points:
        air = _EDGE * max(max(norths) - min(norths), max(easts) - min(easts), 0.01)
        figure.update_xaxes(range=[min(easts) - air, max(easts) + air])
        figure.update_yaxes(range=[min(norths) - air, max(norths) + air])
    ratio = 1.0 / cos(radians(norths[0])) if norths else 1.0
    figure.update_xaxes(title={"text": say["east"]}, tickformat=".2f", hoverformat=".4f", nticks=5)
    figure.update_yaxes(
        title={"text": say["north"]}, tickformat=".2f", scaleanchor="x", scaleratio=ratio, nticks=6
    )
    figure.update_layout(hovermode="closest", legend={"y": -0.2}, margin={"t": 10})
