"""The bed page's two charts: read, put in frames, drawn."""

from datetime import timedelta
from math import isfinite

import pandas as pd
import streamlit as st

from agro.advice.record import offsets
from agro.dashboard import charts, data, parts, root_zone, series
from agro.dashboard.frame import Frame
from agro.records import Advice, Plot

_VIEWS = ("zone", "depths")


def soil(frame: Frame, plot: Plot, advice: Advice | None, days: int) -> None:
    """The soil's water: in reach of the roots in mm, or by depth in % of volume."""
    words, past = frame.words, _past(plot)
    if past.empty:
        soil_chart(frame, plot, advice, days)
        return
    view = st.segmented_control(
        words.t("bed.soil_view"),
        _VIEWS,
        default=_VIEWS[0],
        required=True,
        key="bed_soil_view",
        format_func=lambda name: words.t(f"bed.soil_{name}"),
        label_visibility="collapsed",
    )
    if view == "depths":
        soil_chart(frame, plot, advice, days)
    else:
        _root_zone_chart(frame, plot, advice, days)


def _root_zone_chart(frame: Frame, plot: Plot, advice: Advice | None, days: int) -> None:
    words, zone, past = frame.words, frame.words.zone, _past(plot)
    soil = next((soil for soil in data.soils(plot.site) if soil.slug == plot.soil), None)
    since = words.local(frame.now).date() - timedelta(days=days)
    known = data.look_back(plot.site, plot.slug).estimates
    known = known.assign(time=series.local_naive(pd.to_datetime(known["time"], utc=True), zone))
    balance = root_zone.balanced(past[past["day"] >= since])
    found = data.what_if(plot.site, plot.slug)
    figure = root_zone.figure(
        root_zone.probed(
            data.moisture(plot.site, plot.slug, days),
            past,
            soil,
            zone,
            offsets=offsets(advice, soil),
        ),
        balance,
        known[known["time"] >= pd.Timestamp(since)],
        root_zone.planned(advice, zone),
        root_zone.limits(balance, root_zone.tried(found, 0, zone) if found else pd.DataFrame()),
        now=words.local(frame.now).replace(tzinfo=None),
        language=words.language,
        say=words.group("chart"),
    )
    alt = words.t("chart.root_zone_alt", plot=plot.name)
    parts.chart(figure, key="bed_root_zone", alt=alt)


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
    parts.chart(figure, key="bed_soil", alt=alt)


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
        sum(other.area for other in data.plots(plot.site) if isfinite(other.area)),
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
    parts.chart(figure, key="bed_water", alt=alt)
