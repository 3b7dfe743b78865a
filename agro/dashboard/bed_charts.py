"""The bed page's two charts: read, put in frames, drawn."""

from datetime import timedelta

import pandas as pd
import streamlit as st

from agro.dashboard import charts, data, parts, series
from agro.dashboard.frame import Frame
from agro.records import Advice, Plot

_PLOTLY = {"displayModeBar": False, "responsive": True}


def soil_chart(frame: Frame, plot: Plot, advice: Advice | None, days: int) -> None:
    """The soil's water over the last `days`, and the plan."""
    words, zone = frame.words, frame.words.zone
    soil = next((soil for soil in data.soils(plot.site) if soil.slug == plot.soil), None)
    hours = data.moisture(plot.site, plot.slug, days)
    lines = series.probes(hours, zone, lambda depth: _probe_name(frame, depth))
    since = words.local(frame.now).date() - timedelta(days=days)
    past = series.estimate(_past(plot), soil, since)
    if lines.empty and past.empty:
        parts.empty(words.t("empty.series_title"), words.t("empty.series_body"))
        return
    figure = charts.soil_water(
        lines,
        past,
        series.plan(advice, soil, zone),
        series.limits(soil, advice),
        now=words.local(frame.now).replace(tzinfo=None),
        language=words.language,
        say=words.group("chart"),
    )
    alt = words.t("chart.soil_alt", plot=plot.name)
    st.plotly_chart(figure, theme=None, config=_PLOTLY, key="bed_soil", alt=alt)


def _past(plot: Plot) -> pd.DataFrame:
    season = data.past(plot.site)
    return season[season["plot"] == plot.slug]


def _probe_name(frame: Frame, depth: float) -> str:
    if pd.isna(depth):
        return frame.words.t("chart.probe_plain")
    return frame.words.t("chart.probe", depth=depth)


def water_chart(frame: Frame, plot: Plot, advice: Advice | None, days: int) -> None:
    """What came and went each day, and what is planned."""
    words = frame.words
    system = next(
        (s for s in data.irrigation_systems(plot.site) if s.slug == plot.irrigation), None
    )
    poured = series.poured(
        data.log(plot.site, plot.slug, days),
        plot,
        system,
        sum(other.area for other in data.plots(plot.site)),
        words.zone,
    )
    today = words.local(frame.now).date()
    frame_of_days = series.water(
        _past(plot),
        data.rain(plot.site, days),
        poured,
        advice.plan if advice else (),
        days=pd.date_range(end=today, periods=days),
        covered=plot.covered,
    )
    figure = charts.water(
        frame_of_days,
        now=words.local(frame.now).replace(tzinfo=None),
        language=words.language,
        say=words.group("chart"),
    )
    alt = words.t("chart.water_alt", plot=plot.name)
    st.plotly_chart(figure, theme=None, config=_PLOTLY, key="bed_water", alt=alt)
