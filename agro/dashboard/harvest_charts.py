"""The harvest page's figures: kg by week and crop, and a forecast through its season."""

from collections.abc import Mapping
from datetime import date, timedelta

import pandas as pd
import plotly.graph_objects as go

from agro.dashboard import charts
from agro.dashboard.colours import quantity

_COLOURS = (
    *(charts.BLUE, charts.ORANGE, charts.GREEN, charts.PURPLE),
    *(charts.SKY, charts.VERMILLION, charts.YELLOW, charts.BROWN),
)
_OTHERS = "others"  # crops for which there is no colour left


def weeks(
    table: pd.DataFrame,
    names: Mapping[str, str],
    *,
    today: date,
    language: str,
    say: Mapping[str, str],
) -> go.Figure:
    """Bars by week, stacked by crop; what is expected is hatched.

    Parameters
    ----------
    table : columns week (date), crop, mass [kg], expected (bool).
    names : crop → its name.
    say : the texts `mass`, `expected`, `others`, `now`.
    """
    figure = go.Figure()
    sums = table.groupby("crop")["mass"].sum().sort_values(ascending=False)
    shown = (
        list(sums.index) if len(sums) <= len(_COLOURS) else list(sums.index[: len(_COLOURS) - 1])
    )
    if len(shown) < len(sums):
        table = table.assign(crop=table["crop"].where(table["crop"].isin(shown), _OTHERS))
        table = table.groupby(["week", "crop", "expected"])["mass"].sum().reset_index()
        names, shown = {**names, _OTHERS: say["others"]}, [*shown, _OTHERS]
    for index, crop in enumerate(shown):
        of_crop = table[table["crop"] == crop]
        is_named = False
        for expected, own in of_crop.groupby("expected"):
            told = f"{names[crop]}, {say['expected']}" if expected else names[crop]
            colour = _COLOURS[index % len(_COLOURS)]
            _bars(figure, own, names[crop], colour, told=told, hatched=bool(expected))
            figure.data[-1].showlegend = not is_named
            is_named = True
    figure.update_layout(barmode="stack", bargap=0.2)
    figure.update_yaxes(rangemode="tozero")
    midnight = pd.Timestamp(today)
    charts.mark_now(figure, midnight.to_pydatetime(), say["now"])
    charts.finish(figure, say["mass"], language, height=420)
    figure.update_layout(legend={"y": -0.16})
    return figure


def _bars(
    figure: go.Figure, own: pd.DataFrame, name: str, colour: str, *, told: str, hatched: bool
) -> None:
    figure.add_bar(
        x=[week + timedelta(days=3) for week in own["week"]],  # bars stand in the middle of a week
        y=own["mass"],
        name=name,
        legendgroup=name,
        width=6 * 86_400_000,
        marker={
            "color": colour,
            "line": {"color": charts.INK, "width": 0.6},
            "pattern": {
                "shape": "/" if hatched else "",
                "bgcolor": colour,
                "fgcolor": charts.PAPER,
                "size": 7,
                "solidity": 0.35,
            },
        },
        hovertemplate="%{x|%d/%m}<br>%{y:.1f} kg<extra>" + told + "</extra>",
    )


def course(
    table: pd.DataFrame, picked: float, *, language: str, say: Mapping[str, str]
) -> go.Figure:
    """How a forecast changed, with its margin, and what has come.

    Parameters
    ----------
    table : columns time (local), low, middle, high. [kg m⁻²]
    picked : What is in now, NaN where nothing was weighed. [kg m⁻²]
    say : the texts `yield`, `middle`, `margin`, `came`.
    """
    figure = go.Figure()
    charts.margin(figure, table, say["margin"])
    figure.add_scatter(
        x=table["time"],
        y=table["middle"],
        name=say["middle"],
        mode="lines+markers",
        line={"color": quantity("harvest_forecast"), "width": 2.5},
        hovertemplate="%{x|%d/%m}<br>%{y:.2f} kg/m²<extra>" + say["middle"] + "</extra>",
    )
    if picked == picked:
        figure.add_scatter(
            x=[table["time"].iloc[-1]],
            y=[picked],
            name=say["came"],
            mode="markers",
            marker={"symbol": "diamond", "size": 13, "color": quantity("harvest_mass")},
            hovertemplate="%{y:.2f} kg/m²<extra>" + say["came"] + "</extra>",
        )
    figure.update_yaxes(rangemode="tozero")
    return charts.finish(figure, say["yield"], language, height=330)
