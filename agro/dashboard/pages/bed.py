"""Bed detail: the card, the root zone's water, what if, the week, the look back, the logbook."""

import streamlit as st

from agro.dashboard import data, parts
from agro.dashboard.bed_charts import soil, water_chart
from agro.dashboard.bed_history import history, score
from agro.dashboard.bed_parts import fact_list, log_table, plan_table
from agro.dashboard.bed_whatif import what_if
from agro.dashboard.cards import advice_card
from agro.dashboard.frame import Frame, current
from agro.dashboard.origin import origin
from agro.dashboard.reports_near import near
from agro.records import Plot

_RANGES = (7, 30, 120)


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
    near(frame, plot)
    days = st.segmented_control(
        words.t("bed.range"),
        _RANGES,
        default=_RANGES[0],
        required=True,
        key="bed_range",
        format_func=lambda days: words.t("bed.days", n=days),
    )
    parts.section(words.t("bed.soil"), words.t("bed.soil_caption"))
    soil(frame, plot, advice, days or _RANGES[0])
    what_if(frame, plot, advice)
    parts.section(words.t("bed.water"), words.t("bed.water_caption"))
    water_chart(frame, plot, advice, days or _RANGES[0])
    parts.section(words.t("bed.plan"), words.t("bed.plan_caption"))
    st.html(plan_table(words, advice) + origin(frame, [advice] if advice else []))
    history(frame, plot)
    score(frame, plot)
    parts.section(words.t("bed.log"))
    st.html(log_table(words, data.log(plot.site, plot.slug, 120)))
    st.page_link(
        "agro/dashboard/pages/logbook.py",
        label=f"{words.t('nav.logbook')} →",
        query_params={"site": plot.site, "lang": words.language},
    )


main()
