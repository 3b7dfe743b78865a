"""The timeline of the beds: what stands where, from when to when, and when it is ripe."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import pandas as pd
import plotly.graph_objects as go

from agro.dashboard.charts import BROWN, GREEN, INK, ORANGE, PAPER, SKY, finish, mark_now
from agro.dashboard.colours import colour

_DAY_MS = 86_400_000
_BEHIND, _AHEAD = pd.Timedelta(days=75), pd.Timedelta(days=150)
_ROW, _FRAME = 36, 130  # px: of a bed, and of everything around them
_PAST = colour("past")
_HALO = ", ".join([f"0 0 3px {PAPER}"] * 3)
# Colour, and how much of it: the names of crops are read on it, by night too.
_FILLS = {"standing": (GREEN, 0.65), "planned": (SKY, 0.35), "ended": (_PAST, 0.5)}


def timeline(
    bars: pd.DataFrame,
    plots: Sequence[str],
    *,
    now: datetime,
    language: str,
    say: Mapping[str, str],
) -> go.Figure:
    """Each planting on its bed's line; its harvest hatched.

    Parameters
    ----------
    bars : columns plot, name, kind (standing, planned, ended), start, end, ripe, over (dates, NaT
        where no harvest is foreseen), told (what the pointer shows).
    plots : names of the beds, from the top down.
    now : local and naive.
    say : the texts `standing`, `planned`, `ended`, `harvest`, `now`.
    """
    figure, moment = go.Figure(), pd.Timestamp(now)
    # What began before the picture starts at its edge, so that its name is seen.
    edge = (moment - _BEHIND).normalize()
    bars = bars[bars["end"] > edge].assign(start=_from(edge, bars["start"]))
    for kind, (tone, opacity) in _FILLS.items():
        own = bars[bars["kind"] == kind]
        if not own.empty:
            _bars(figure, own, say[kind], tone, opacity)
    ripe = bars[bars["ripe"].notna() & (bars["over"] > edge)]
    ripe = ripe.assign(ripe=_from(edge, ripe["ripe"]))
    ripe = ripe[ripe["kind"] != "ended"]
    if not ripe.empty:
        _harvest(figure, ripe, say["harvest"])
    if not bars.empty:
        _names(figure, bars)
    figure.update_layout(barmode="overlay", bargap=0.25, showlegend=True)
    mark_now(figure, now, say["now"])
    drawn = finish(figure, "", language, height=_FRAME + _ROW * max(len(plots), 2))
    drawn.update_layout(hovermode="closest", legend={"y": -0.06})
    drawn.update_yaxes(
        categoryorder="array", categoryarray=list(reversed(plots)), ticks="", type="category"
    )
    drawn.update_xaxes(range=[edge, moment + _AHEAD], type="date", nticks=6)
    return drawn


def _from(edge: pd.Timestamp, days: "pd.Series[pd.Timestamp]") -> "pd.Series[pd.Timestamp]":
    return days.where(days > edge, edge)


def _length(start: "pd.Series[pd.Timestamp]", end: "pd.Series[pd.Timestamp]") -> list[float]:
    return [float((b - a) / pd.Timedelta(milliseconds=1)) for a, b in zip(start, end, strict=True)]


def _bars(figure: go.Figure, own: pd.DataFrame, name: str, tone: str, opacity: float) -> None:
    figure.add_bar(
        orientation="h",
        y=own["plot"],
        base=own["start"],
        x=_length(own["start"], own["end"]),
        name=name,
        marker={"color": tone, "opacity": opacity, "line": {"color": INK, "width": 1}},
        customdata=own["told"],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _harvest(figure: go.Figure, ripe: pd.DataFrame, name: str) -> None:
    figure.add_bar(
        orientation="h",
        y=ripe["plot"],
        base=ripe["ripe"],
        x=_length(ripe["ripe"], ripe["over"]),
        name=name,
        marker={
            "color": "rgba(0,0,0,0)",
            "line": {"color": BROWN, "width": 1.5},
            "pattern": {
                "shape": "/",
                "bgcolor": "rgba(0,0,0,0)",
                "fgcolor": ORANGE,
                "size": 7,
                "solidity": 0.35,
            },
        },
        customdata=ripe["told"],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _names(figure: go.Figure, bars: pd.DataFrame) -> None:
    """The crops' names, over everything, so that the hatching does not hide them."""
    figure.add_scatter(
        x=bars["start"],
        y=bars["plot"],
        mode="text",
        text=[f" {name}" for name in bars["name"]],
        textposition="middle right",
        textfont={"color": INK, "size": 13, "shadow": _HALO},
        cliponaxis=True,
        hoverinfo="skip",
        showlegend=False,
    )
