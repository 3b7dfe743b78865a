"""The root zone in millimetres: its frames and figures. No reads, no words, no Streamlit.

Everything is water above the wilting point, so that what the crop can drink, a dose and the rain
are on one scale.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, tzinfo
from math import isfinite

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from agro.advice.history import within
from agro.advice.whatif import WhatIf
from agro.dashboard import charts
from agro.dashboard.charts import BLUE, GREEN, VERMILLION, faint
from agro.dashboard.colours import quantity
from agro.dashboard.series import local_naive, with_gaps
from agro.records import Advice, Soil
from models.irrigation.state import layer_weights

_EVENING = time(23, 59)
_PROBE, _BALANCE, _ESTIMATE, _PLAN, _WITHOUT = (
    quantity(f"soil_{name}")
    for name in ("moisture", "water_balance", "water_estimate", "water_plan", "water_without")
)
_FULL, _THRESHOLD = quantity("field_capacity"), quantity("stress")
_GIVEN, _ADVISED = quantity("irrigation"), quantity("irrigation_advised")


def probed(
    hours: pd.DataFrame,
    past: pd.DataFrame,
    soil: Soil | None,
    zone: tzinfo,
    *,
    offsets: Mapping[str, float],
) -> pd.DataFrame:
    """The root zone as all its probes see it, hour by hour: time (local), value. [mm]

    Only hours in which every probe speaks: levels that come and go would make steps of their own.

    Parameters
    ----------
    hours : columns time, device, depth_cm, mean. [m³ m⁻³]
    past : columns day, taw: how deep the roots were. [mm]
    offsets : What devices read too much, where it is known. [m³ m⁻³]
    """
    known = hours.dropna(subset=["depth_cm", "mean"])
    if known.empty or soil is None or past.empty:
        return pd.DataFrame({"time": [], "value": []})
    known = known.assign(mean=known["mean"] - known["device"].map(offsets).fillna(0.0))
    table = known.pivot_table(index="time", columns="depth_cm", values="mean").dropna()
    local = local_naive(pd.Series(table.index), zone)
    roots = _root_depths(past, soil, [stamp.date() for stamp in local])
    depths = np.array(table.columns, dtype=float) / 100.0
    weights = np.stack([layer_weights(depths, root) for root in roots])
    above = (table.to_numpy() - soil.wilting_point) * weights
    millimetres = 1000.0 * roots * above.sum(axis=1)
    return with_gaps(pd.DataFrame({"time": local, "value": np.maximum(millimetres, 0.0)}))


def _root_depths(past: pd.DataFrame, soil: Soil, days: list[date]) -> NDArray[np.floating]:
    """Root depth of each day, from the total available water; that of the last day after it. [m]"""
    taw = past.set_index("day")["taw"].astype(float)
    known = taw.reindex(sorted({*taw.index, *days})).ffill().bfill().reindex(days)
    return known.to_numpy() / (1000.0 * (soil.field_capacity - soil.wilting_point))


def limits(balance: pd.DataFrame, ahead: pd.DataFrame) -> pd.DataFrame:
    """Full and watering line of the days behind and ahead: time, full, threshold. [mm]"""
    names = ["time", "full", "threshold"]
    known = [frame[names] for frame in (balance, ahead) if not frame.empty]
    return pd.concat(known, ignore_index=True) if known else pd.DataFrame(columns=names)


def balanced(past: pd.DataFrame) -> pd.DataFrame:
    """The balance alone: time (end of day), value, full, threshold. [mm]"""
    taw, depletion, raw = (past[name].astype(float) for name in ("taw", "depletion", "raw"))
    return pd.DataFrame(
        {
            "time": [datetime.combine(day, _EVENING) for day in past["day"]],
            "value": taw - depletion,
            "full": taw,
            "threshold": taw - raw,
        }
    )


def planned(advice: Advice | None, zone: tzinfo) -> pd.DataFrame:
    """The plan's evenings: time (local), value, low, high. [mm]

    `low` and `high` of a plan bound the depletion, so the water swaps them.
    """
    columns = ["time", "value", "low", "high"]
    if advice is None or not advice.plan or not isfinite(advice.taw_mm):
        return pd.DataFrame(columns=columns)
    full = advice.taw_mm
    error = float(advice.facts.get("depletion_error_mm", 0.0))
    issued = advice.issued_at.astimezone(zone).replace(tzinfo=None)
    rows = [(issued, *within(advice.depletion_mm, error, taw=full))]
    for day in advice.plan:
        evening = datetime.combine(day.day, _EVENING)
        rows.append((evening, full - day.depletion_mm, full - day.high, full - day.low))
    return pd.DataFrame(rows, columns=columns)


def tried(found: WhatIf, dose: int, zone: tzinfo) -> pd.DataFrame:
    """The evenings after a dose: time (local), value, low, high, full, threshold. [mm]"""
    now = found.at.astimezone(zone).replace(tzinfo=None)
    full = found.taw
    level, low, high = within(found.depletion, found.error, taw=float(full[0]))
    evenings = pd.DataFrame(
        {
            "time": [datetime.combine(day, _EVENING) for day in found.days],
            "value": full - found.median[:, dose],
            "low": full - found.high[:, dose],
            "high": full - found.low[:, dose],
            "full": full,
            "threshold": full - found.raw,
        }
    )
    first = {"time": now, "value": level, "low": low, "high": high}
    start = pd.DataFrame([{**first, "full": full[0], "threshold": full[0] - found.raw[0]}])
    return pd.concat([start, evenings], ignore_index=True)


def figure(
    probe: pd.DataFrame,
    balance: pd.DataFrame,
    estimate: pd.DataFrame,
    plan: pd.DataFrame,
    lines: pd.DataFrame,
    *,
    now: datetime,
    language: str,
    say: Mapping[str, str],
) -> go.Figure:
    """Probe, balance, what both together said with its interval, and the plan with its margin.

    Parameters
    ----------
    probe, balance : columns time, value. [mm]
    estimate, plan : columns time, value, low, high. [mm]
    lines : columns time, full, threshold. [mm]
    now : local and naive, as the times are.
    """
    drawn = go.Figure()
    _limits(drawn, lines, say)
    if len(estimate) > 1:
        _band(drawn, estimate, say["interval"], GREEN, named=plan.empty)
    if not plan.empty:
        _band(drawn, plan, say["interval"], BLUE)
    if not probe.empty:
        _line(drawn, probe, say["probe_zone"], _PROBE, "solid", 2.0)
    if len(balance) > 1:
        _line(drawn, balance, say["balance"], _BALANCE, "dot", 1.5)
    if len(estimate) > 1:
        _line(drawn, estimate, say["estimate"], _ESTIMATE, "dash", 2.0)
    if not plan.empty:
        _line(drawn, plan, say["plan"], _PLAN, "solid", 2.5, marked=True)
    charts.mark_now(drawn, now, say["now"])
    drawn.update_yaxes(rangemode="tozero")
    return charts.finish(drawn, say["root_zone_axis"], language, height=420)


def what_if_figure(
    dose: pd.DataFrame, nothing: pd.DataFrame, *, name: str, language: str, say: Mapping[str, str]
) -> go.Figure:
    """The week after a dose with its interval, beside the week without it."""
    drawn = go.Figure()
    _limits(drawn, dose, say)
    _band(drawn, dose, say["interval"], BLUE)
    _line(drawn, nothing, say["nothing"], _WITHOUT, "dash", 2.0)
    _line(drawn, dose, name, _PLAN, "solid", 2.5, marked=True)
    top = 1.12 * float(max(dose["full"].max(), nothing["high"].max()))
    drawn.update_yaxes(range=[0.0, top])
    return charts.finish(drawn, say["root_zone_axis"], language, height=330)


def history_figure(days: pd.DataFrame, *, language: str, say: Mapping[str, str]) -> go.Figure:
    """What was advised and what was poured each day, under how much water was missing after it.

    Parameters
    ----------
    days : columns day, advised, given, depletion, raw. [mm]
    """
    drawn = go.Figure()
    for column, colour, shape in (("advised", _ADVISED, "/"), ("given", _GIVEN, "")):
        known = days[days[column] > 0]
        drawn.add_bar(
            x=known["day"],
            y=known[column],
            name=say[column],
            marker={"color": colour, "pattern": {"shape": shape, "fgcolor": _GIVEN, "size": 6}},
            hovertemplate="%{x|%d/%m}<br>%{y:.1f} mm<extra>" + say[column] + "</extra>",
        )
    for column, colour, dash in (("depletion", _BALANCE, "solid"), ("raw", _THRESHOLD, "dash")):
        line = days.rename(columns={"day": "time", column: "value"})
        _line(drawn, line[["time", "value"]], say[column], colour, dash, 2.0)
    drawn.update_layout(barmode="group", bargap=0.25)
    drawn.update_yaxes(rangemode="tozero")
    return charts.finish(drawn, say["history_axis"], language, height=320)


def _limits(drawn: go.Figure, frame: pd.DataFrame, say: Mapping[str, str]) -> None:
    """The stress band up to the watering line, and full: lines that move as the roots grow."""
    if frame.empty:
        return
    drawn.add_scatter(
        x=frame["time"],
        y=frame["threshold"],
        name=say["raw"],
        mode="lines",
        fill="tozeroy",
        fillcolor=faint(VERMILLION, 0.10),
        line={"color": _THRESHOLD, "width": 1.5},
        hovertemplate="%{x|%d/%m}<br>%{y:.0f} mm<extra>" + say["raw"] + "</extra>",
    )
    _line(drawn, frame.assign(value=frame["full"]), say["field_capacity"], _FULL, "longdash", 1.5)


def _band(
    drawn: go.Figure, frame: pd.DataFrame, name: str, colour: str, *, named: bool = True
) -> None:
    drawn.add_scatter(
        x=pd.concat([frame["time"], frame["time"][::-1]]),
        y=pd.concat([frame["high"], frame["low"][::-1]]),
        name=name,
        mode="lines",
        fill="toself",
        fillcolor=faint(colour, 0.18),
        line={"color": faint(colour, 0.55), "width": 1, "dash": "dot"},
        hoverinfo="skip",
        showlegend=named,
    )


def _line(
    drawn: go.Figure,
    frame: pd.DataFrame,
    name: str,
    colour: str,
    dash: str,
    width: float,
    *,
    marked: bool = False,
) -> None:
    drawn.add_scatter(
        x=frame["time"],
        y=frame["value"],
        name=name,
        mode="lines+markers" if marked else "lines",
        line={"color": colour, "dash": dash, "width": width},
        marker={"size": 6},
        connectgaps=False,
        hovertemplate="%{x|%d/%m}<br>%{y:.1f} mm<extra>" + name + "</extra>",
    )
