"""The plots of a trial on the ground: a figure in metres from its corner, and what places it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import escape
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from agro.dashboard import charts, data, parts
from agro.dashboard import trials_data as read
from agro.dashboard.trials_grid import BLANK, Paint
from agro.dashboard.trials_layout_field import coloured
from agro.dashboard.trials_words import treatment_name
from agro.records import Plot
from agro.store.trials import PlannedTrial, TrialPlot
from agro.trials.geometry import EAST, corners, extent, is_near, offset
from agro.trials.planning import placed
from agro.words import Words
from models.trials.design import TREATMENT

_BORDER = "#e6e9e6"  # plots that belong to no treatment
_NEAR, _EDGE = 1.0, 0.12  # of the size of the field: where other beds are looked for, and air
_MOST_NAMED = 80  # plots whose numbers are written


def ground(words: Words, trial: PlannedTrial) -> None:
    """Where the trial lies, once that is known, and the form that says it."""
    parts.section(words.t("trials.ground"), words.t("trials.ground_caption"))
    is_placed = placed(trial)
    if is_placed:
        _map(words, trial)
    else:
        parts.empty(words.t("trials.not_placed"), words.t("trials.not_placed_body"))
    with st.expander(words.t("trials.place"), expanded=not is_placed, key="trials_place"):
        _form(words, trial)


def _map(words: Words, trial: PlannedTrial) -> None:
    beds = {
        one.name: offset(
            one.latitude,
            one.longitude,
            from_latitude=trial.latitude,
            from_longitude=trial.longitude,
        )
        for one in data.plots(trial.site)
    }
    outlines = [corner for one in trial.plots for corner in corners(trial, one)]
    wide, deep = extent(outlines)
    near = {name: at for name, at in beds.items() if is_near(at, outlines, _NEAR * max(wide, deep))}
    paint = coloured(words, trial, [], TREATMENT).paint
    say = {name: words.t(f"trials.{name}") for name in ("east", "north", "map", "corner", "bed")}
    figure = ground_figure(trial, paint, near, language=words.language, say=say)
    alt = words.t("trials.map_alt", name=trial.name)
    parts.chart(figure, key="trials_map", alt=alt)
    told = {"wide": words.number(wide, 1), "deep": words.number(deep, 1)}
    parts.caption(words.t("trials.map_caption", **told))


def ground_figure(
    trial: PlannedTrial,
    paint: Mapping[int, Paint],
    beds: Mapping[str, tuple[float, float]],
    *,
    language: str,
    say: Mapping[str, str],
) -> go.Figure:
    """Plots as they lie, north up, the same scale both ways.

    Parameters
    ----------
    paint : plot number → its fill.
    beds : name of a bed → where its middle lies. [m east and north of the corner]
    say : the texts `east`, `north`, `map`, `corner`, `bed`.
    """
    figure = go.Figure()
    for one in trial.plots:
        outline = [*corners(trial, one), corners(trial, one)[0]]
        figure.add_scatter(
            x=[east for east, _ in outline],
            y=[north for _, north in outline],
            mode="lines",
            fill="toself",
            fillcolor=paint.get(one.number or 0, BLANK).colour if one.number else _BORDER,
            line={"color": charts.INK, "width": 1},
            meta=charts.FIXED,
            hoveron="fills",
            hoverinfo="text",
            text=_told(trial, one),
            showlegend=False,
        )
    _numbers(figure, trial)
    figure.add_scatter(
        x=[0.0],
        y=[0.0],
        name=say["corner"],
        mode="markers",
        marker={"symbol": "x", "size": 11, "color": charts.VERMILLION},
        hovertemplate=say["corner"] + "<extra></extra>",
    )
    figure.add_scatter(
        x=[east for east, _ in beds.values()],
        y=[north for _, north in beds.values()],
        mode="markers+text",
        text=[escape(name) for name in beds],
        textposition="top center",
        marker={"symbol": "diamond-open", "size": 11, "color": charts.BLACK},
        name=say["bed"],
        hovertemplate="%{text}<extra></extra>",
    )
    charts.finish(figure, say["map"], language, height=520)
    _frame(figure, trial)
    figure.update_xaxes(
        title={"text": say["east"], "font": {"size": 14}}, tickformat="", hoverformat=""
    )
    figure.update_yaxes(
        title={"text": say["north"], "font": {"size": 14}}, scaleanchor="x", scaleratio=1
    )
    figure.update_layout(hovermode="closest", legend={"y": -0.18})
    return figure


def _frame(figure: go.Figure, trial: PlannedTrial) -> None:
    """The figure shows the field; what lies around it as far as there is room."""
    points = [corner for one in trial.plots for corner in corners(trial, one)]
    air = _EDGE * max(extent(points))
    easts, norths = [east for east, _ in points], [north for _, north in points]
    figure.update_xaxes(range=[min(easts) - air, max(easts) + air])
    figure.update_yaxes(range=[min(norths) - air, max(norths) + air])


def _numbers(figure: go.Figure, trial: PlannedTrial) -> None:
    own = [one for one in trial.plots if one.number is not None]
    if len(own) > _MOST_NAMED:
        return
    middles = [_middle(corners(trial, one)) for one in own]
    figure.add_scatter(
        x=[east for east, _ in middles],
        y=[north for _, north in middles],
        mode="text",
        text=[str(one.number) for one in own],
        textfont={"size": 11, "color": charts.ON_FILL},
        hoverinfo="skip",
        showlegend=False,
    )


def _middle(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    count = len(points)
    return sum(east for east, _ in points) / count, sum(north for _, north in points) / count


def _told(trial: PlannedTrial, one: TrialPlot) -> str:
    """What the plot is; plotly would read signs as HTML."""
    name = escape(treatment_name(trial, one))
    return name if one.number is None else f"{one.number} · {name}"


def _form(words: Words, trial: PlannedTrial) -> None:
    """Corner, direction of the rows, size of a plot."""
    bed = next((one for one in data.plots(trial.site) if one.slug == trial.plot), None)
    with st.form("trials_place_form", border=False):
        parts.caption(words.t("trials.place_caption"))
        first, second = st.columns(2), st.columns(3)
        asked = [
            *zip(first, ("latitude", "longitude"), strict=True),
            *zip(second, ("bearing", "plot_width", "plot_length"), strict=True),
        ]
        said = {}
        for column, name in asked:
            with column:
                said[name] = _number(words, name, _known(trial, bed, name))
        if not st.form_submit_button(words.t("trials.place_keep"), type="primary"):
            return
    if any(value is None for value in said.values()):
        st.html(parts.notice(words.t("trials.place_whole")))
        return
    known: dict[str, Any] = {name: float(value or 0.0) for name, value in said.items()}
    read.place(replace(trial, **known))
    st.session_state["trials_told"] = words.t("trials.placed")
    st.rerun()


_BOUNDS = {
    "latitude": (-90.0, 90.0, "%.6f", 0.00001),
    "longitude": (-180.0, 180.0, "%.6f", 0.00001),
    "bearing": (0.0, 360.0, "%.0f", 1.0),
    "plot_width": (0.01, 1000.0, "%.2f", 0.1),
    "plot_length": (0.01, 1000.0, "%.2f", 0.1),
}


def _known(trial: PlannedTrial, bed: Plot | None, name: str) -> float | None:
    """What is said already; else the middle of the bed, to begin from."""
    own = float(getattr(trial, name))
    if own == own:
        return own
    if name == "bearing":
        return EAST
    middle = getattr(bed, name, float("nan")) if bed is not None else float("nan")
    return middle if middle == middle else None


def _number(words: Words, name: str, value: float | None) -> float | None:
    low, high, form, step = _BOUNDS[name]
    return st.number_input(
        words.t(f"trials.ask_{name}"),
        min_value=low,
        max_value=high,
        value=value,
        format=form,
        step=step,
        key=f"trials_place_{name}",
    )
