"""The communes where they lie, filled by a layer: on their coordinates, no map of another machine.

A commune whose outline was imported is drawn so; the others are circles of their areas.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import cos, nan, pi, radians, sin, sqrt
from typing import Any

import plotly.graph_objects as go

from agro.dashboard import charts
from agro.dashboard.colours import colour
from agro.records import Commune

MISSING = colour("past")  # with stripes, so that it is no class
_KM_PER_DEGREE = 111.2
_CORNERS = 40
_HEIGHT = 350  # pixels
_ROUND = 0.86  # of the radius of a circle of the area, so that neighbours leave a gap
_EDGE_KM = 0.4
# A label is placed as on a phone, where 1 km of the demo's city is so wide.
_PHONE_PX, _CHARACTER_PX, _LINE_PX, _AIR_PX = 345.0, 5.7, 12.5, 2.0
_PLACES = ((0, 0), (0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1))
_LONGEST = 10  # characters of a line of a name
_HALO = ", ".join([f"0 0 3px {charts.PAPER}"] * 4)

Ring = tuple[list[float | None], list[float | None]]  # degrees east, degrees north


@dataclass(frozen=True, slots=True)
class Place:
    """A commune as it is drawn: its colour (empty = missing), and what is told of it."""

    commune: Commune
    colour: str
    told: str


def city_map(
    places: Sequence[Place],
    outlines: Mapping[str, Mapping[str, Any]],
    chosen: str,
    *,
    language: str,
) -> go.Figure:
    """North up, the same scale both ways; a tap takes the commune whose centre is nearest.

    Parameters
    ----------
    outlines : GeoJSON geometries by commune's code.
    chosen : the code of the commune that stands out; "" = none.
    """
    figure = go.Figure()
    rings = {one.commune.code: _shape(one.commune, outlines) for one in places}
    order = sorted(places, key=lambda one: (one.commune.code == chosen, -one.commune.area_km2))
    figure.add_traces(  # at once, as each call goes through the whole figure
        [_area(one, rings[one.commune.code], is_chosen=one.commune.code == chosen) for one in order]
    )
    _centres(figure, places)
    charts.finish(figure, "", language, height=_HEIGHT)
    _frame(figure, rings, places)
    if places:
        _names(figure, [one.commune for one in places], rings, chosen)
    return figure


def _shape(commune: Commune, outlines: Mapping[str, Mapping[str, Any]]) -> Ring:
    told = outlines.get(commune.code)
    if told is None:
        return _circle(commune)
    polygons = [told["coordinates"]] if told["type"] == "Polygon" else told["coordinates"]
    easts: list[float | None] = []
    norths: list[float | None] = []
    for ring in (ring for polygon in polygons for ring in polygon):
        easts += [*(float(point[0]) for point in ring), None]
        norths += [*(float(point[1]) for point in ring), None]
    return easts, norths


def _circle(commune: Commune) -> Ring:
    north = _ROUND * sqrt(commune.area_km2 / pi) / _KM_PER_DEGREE
    east = north / cos(radians(commune.latitude))
    turns = [2.0 * pi * n / _CORNERS for n in range(_CORNERS + 1)]
    return (
        [commune.longitude + east * cos(turn) for turn in turns],
        [commune.latitude + north * sin(turn) for turn in turns],
    )


def _area(one: Place, ring: Ring, *, is_chosen: bool) -> go.Scatter:
    striped = {"shape": "/", "size": 7, "solidity": 0.2, "fgcolor": charts.EDGE, "bgcolor": MISSING}
    return go.Scatter(
        x=ring[0],
        y=ring[1],
        mode="lines",
        fill="toself",
        fillcolor=one.colour or MISSING,
        fillpattern={} if one.colour else striped,
        line={
            "color": charts.BLACK if is_chosen else charts.GREY,
            "width": 3.5 if is_chosen else 1,
        },
        hoverinfo="skip",
        showlegend=False,
    )


def _centres(figure: go.Figure, places: Sequence[Place]) -> None:
    """What is touched: unseen points, each with its commune's code."""
    seen = {"marker": {"opacity": 0.0}}
    figure.add_scatter(
        x=[one.commune.longitude for one in places],
        y=[one.commune.latitude for one in places],
        customdata=[one.commune.code for one in places],
        text=[escape(one.told) for one in places],  # plotly would read signs as HTML
        hovertemplate="%{text}<extra></extra>",
        mode="markers",
        marker={"size": 28, "opacity": 0.0},
        selected=seen,
        unselected=seen,
        showlegend=False,
    )


def _frame(figure: go.Figure, rings: Mapping[str, Ring], places: Sequence[Place]) -> None:
    ratio = 1.0 / cos(radians(places[0].commune.latitude)) if places else 1.0
    air = _EDGE_KM / _KM_PER_DEGREE
    west, south, east, north = _bounds(rings)
    hidden = {"visible": False, "constrain": "domain"}
    figure.update_xaxes(range=[west - air * ratio, east + air * ratio], **hidden)
    figure.update_yaxes(
        range=[south - air, north + air], scaleanchor="x", scaleratio=ratio, **hidden
    )
    figure.update_layout(
        hovermode="closest",
        hoverdistance=-1,
        clickmode="event+select",
        dragmode=False,
        margin={"l": 0, "r": 0, "t": 4, "b": 4},
        plot_bgcolor=charts.GROUND,
    )


def _bounds(rings: Mapping[str, Ring]) -> tuple[float, float, float, float]:
    easts = [x for ring in rings.values() for x in ring[0] if x is not None]
    norths = [y for ring in rings.values() for y in ring[1] if y is not None]
    if not easts:
        return nan, nan, nan, nan
    return min(easts), min(norths), max(easts), max(norths)


def _names(
    figure: go.Figure, communes: Sequence[Commune], rings: Mapping[str, Ring], chosen: str
) -> None:
    west, _, east, _ = _bounds(rings)
    per_degree = _PHONE_PX / (east - west)
    order = sorted(communes, key=lambda one: (one.code != chosen, -one.population))
    names = [
        _name(*where, is_chosen=where[0].code == chosen) for where in placed(order, per_degree)
    ]
    figure.update_layout(annotations=names)


def _name(commune: Commune, right: float, up: float, *, is_chosen: bool) -> dict[str, Any]:
    """A commune's name as an annotation, so many pixels from its centre."""
    return {
        "x": commune.longitude,
        "y": commune.latitude,
        "xshift": right,
        "yshift": up,
        "text": _broken(escape(commune.name)),
        "showarrow": False,
        "captureevents": False,
        "font": {
            "size": 12 if is_chosen else 11,
            "color": charts.BLACK,
            "shadow": _HALO,
            "weight": 700 if is_chosen else 500,
        },
    }


def placed(
    communes: Sequence[Commune], per_degree: float
) -> Iterator[tuple[Commune, float, float]]:
    """How far from its centre each name stands [px], so that none covers another.

    A name without room is left out.

    Parameters
    ----------
    communes : who comes first has the first choice.
    per_degree : pixels of a degree east.
    """
    taken: list[tuple[float, float, float, float]] = []
    ratio = cos(radians(communes[0].latitude)) if communes else 1.0
    for commune in communes:
        x, y = commune.longitude * per_degree, commune.latitude * per_degree / ratio
        lines = _broken(commune.name).split("<br>")
        half = max(map(len, lines)) * _CHARACTER_PX / 2.0
        tall = len(lines) * _LINE_PX / 2.0
        for right, up in _PLACES:
            aside, above = right * (half + _AIR_PX), up * (tall + _AIR_PX)
            east, north = x + aside, y + above
            box = (east - half, north - tall, east + half, north + tall)
            if not any(_meet(box, other) for other in taken):
                taken.append(box)
                yield commune, aside, above
                break


def _meet(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _broken(name: str) -> str:
    """A long name on two lines, parted at the hyphen nearest to its middle."""
    hyphens = [n for n, sign in enumerate(name) if sign == "-"]
    if len(name) <= _LONGEST or not hyphens:
        return name
    middle = min(hyphens, key=lambda n: abs(n - len(name) / 2))
    return f"{name[: middle + 1]}<br>{name[middle + 1 :]}"
