"""A layer over a day and over the year, as figures."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from html import escape

import pandas as pd
import plotly.graph_objects as go

from agro.city.overview import DAYS_BACK
from agro.dashboard import charts


def day_figure(
    hours: pd.DataFrame,
    marked: datetime,
    first: datetime,
    *,
    language: str,
    say: Mapping[str, str],
) -> go.Figure:
    """The hours of a day as steps; hours that nobody measured stay empty.

    Parameters
    ----------
    hours : columns time (local and naive, the start of the hour), value.
    marked : the moment that is looked at; first : the day's midnight; both local and naive.
    say : the texts `title` (with its unit), `marked` (empty = the whole day is looked at).
    """
    figure = go.Figure()
    figure.add_bar(
        x=hours["time"],
        y=hours["value"],
        offset=0,
        width=3_600_000 * 0.92,
        marker={"color": charts.SKY, "line": {"color": charts.BLUE, "width": 1}},
        hovertemplate="%{x|%H:%M}<br>%{y:,.4~g}<extra></extra>",
        showlegend=False,
    )
    if say["marked"]:
        charts.mark_now(figure, marked, say["marked"])
    charts.finish(figure, escape(say["title"]), language, height=270)
    figure.update_xaxes(
        range=[first, first + timedelta(days=1)], tickformat="%H:%M", hoverformat="%H:%M", nticks=6
    )
    figure.update_yaxes(rangemode="tozero", nticks=5)
    return figure


def year_figure(
    days: pd.DataFrame, marked: date, last: date, *, language: str, say: Mapping[str, str]
) -> go.Figure:
    """The days of the year until `last` as a line; broken where nobody measured.

    Parameters
    ----------
    days : columns time (local date), value.
    marked : the day that is looked at.
    """
    known = days.set_index("time")["value"]
    if len(known):  # a day that is missing must break the line
        known = known.reindex(
            [one.date() for one in pd.date_range(known.index[0], known.index[-1])]
        )
    figure = go.Figure()
    figure.add_scatter(
        x=list(known.index),
        y=known.to_numpy(),
        mode="lines+markers",
        marker={"size": 4},
        line={"color": charts.BLUE, "width": 1.5},
        connectgaps=False,
        hovertemplate="%{x|%d/%m/%Y}<br>%{y:,.4~g}<extra></extra>",
        showlegend=False,
    )
    charts.mark_now(figure, datetime.combine(marked, time()), say["marked"])
    charts.finish(figure, escape(say["title"]), language, height=270)
    span = [last - timedelta(days=DAYS_BACK), last + timedelta(days=1)]
    figure.update_xaxes(range=span, tickformat="%m/%Y", nticks=6)
    figure.update_yaxes(rangemode="tozero", nticks=5)
    return figure
