"""Bed detail: the card, the soil's water with its stress band, the daily water, the logbook."""

from datetime import timedelta

import pandas as pd
import streamlit as st

from agro.dashboard import charts, data, parts, series
from agro.dashboard.bed_parts import fact_list, log_table, plan_table
from agro.dashboard.cards import advice_card
from agro.dashboard.frame import Frame, current
from agro.records import Advice, Plot

_RANGES = (7, 30, 120)
_PLOTLY = {"displayModeBar": False, "responsive": True}


def _chosen() -> None:
    st.query_params["plot"] = st.session_state["bed_plot"]


def _choose(frame: Frame, plots: list[Plot]) -> Plot:
    """The plot of the address, else the last one seen, else the first."""
    by_slug = {plot.slug: plot for plot in plots}
    asked = st.query_params.get("plot") or st.session_state.get("bed_last", "")
    slug = asked if asked in by_slug else plots[0].slug
    st.session_state["bed_last"] = st.session_state["bed_plot"] = slug
    st.query_params["plot"] = slug
    st.selectbox(
        frame.words.t("bed.choose"),
        list(by_slug),
        key="bed_plot",
        format_func=lambda slug: by_slug[slug].name,
        placeholder=frame.words.t("bed.choose"),
        label_visibility="collapsed",
        on_change=_chosen,
        width=420,
    )
    return by_slug[slug]


def _soil_chart(frame: Frame, plot: Plot, advice: Advice | None, days: int) -> None:
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


def _water_chart(frame: Frame, plot: Plot, advice: Advice | None, days: int) -> None:
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
        now=words.local(frame.now).replace(tzinfo=None) + timedelta(days=1),
        language=words.language,
        say=words.group("chart"),
    )
    alt = words.t("chart.water_alt", plot=plot.name)
    st.plotly_chart(figure, theme=None, config=_PLOTLY, key="bed_water", alt=alt)


def main() -> None:
    """Draw the page."""
    frame = current()
    words = frame.words
    plots = data.plots(frame.site.slug) if frame.site else []
    if not plots:
        state = "plots" if frame.site else "city"
        parts.title(words.t("bed.title"))
        parts.empty(words.t(f"empty.{state}_title"), words.t(f"empty.{state}_body"))
        return
    heading = st.container()
    plot = _choose(frame, plots)
    with heading:
        parts.title(plot.name)
    advice = next((a for a in data.advices(plot.site) if a.plot == plot.slug), None)
    with st.container(border=True, key=f"card_{advice.decision if advice else 'unknown'}_bed"):
        st.html(advice_card(frame, plot, advice))
    st.html(parts.facts(fact_list(frame, plot)))
    days = st.segmented_control(
        words.t("bed.range"),
        _RANGES,
        default=_RANGES[0],
        required=True,
        key="bed_range",
        format_func=lambda days: words.t("bed.days", n=days),
    )
    parts.section(words.t("bed.soil"), words.t("bed.soil_caption"))
    _soil_chart(frame, plot, advice, days or _RANGES[0])
    parts.section(words.t("bed.water"), words.t("bed.water_caption"))
    _water_chart(frame, plot, advice, days or _RANGES[0])
    parts.section(words.t("bed.plan"), words.t("bed.plan_caption"))
    st.html(plan_table(words, advice))
    parts.section(words.t("bed.log"))
    st.html(log_table(words, data.log(plot.site, plot.slug, 120)))


main()
