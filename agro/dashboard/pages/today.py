"""Aujourd'hui: one card for each bed, the thirsty ones first."""

from datetime import datetime

import streamlit as st

from agro.dashboard import data, parts
from agro.dashboard.card_done import done, noted, watch
from agro.dashboard.cards import advice_card, pocket_link
from agro.dashboard.energy_card import energy_card
from agro.dashboard.frame import Frame, current
from agro.dashboard.origin import origin
from agro.records import Advice, Plot
from agro.words import garden_cautions, garden_lead, shared_cautions, thirsty_first

_REFRESH_S = 60


def _card(frame: Frame, plot: Plot, advice: Advice | None, said: frozenset[str]) -> None:
    decision = advice.decision if advice else "unknown"
    with st.container(border=True, key=f"card_{decision}_{plot.slug}", height="stretch"):
        st.html(advice_card(frame, plot, advice, said=said))
        noted(frame, plot, advice)
        key = f"today_do_{plot.slug}"
        with st.container(horizontal=True, key=key, vertical_alignment="center"):
            done(frame, plot, advice)
            st.page_link(
                "agro/dashboard/pages/bed.py",
                label=f"{frame.words.t('card.more')} →",
                query_params={
                    "site": plot.site,
                    "plot": plot.slug,
                    "lang": frame.words.language,
                },
            )


@st.fragment(run_every=_REFRESH_S)
def _live(frame: Frame, site: str) -> None:
    with parts.answering(frame.words):
        _cards(frame.refreshed(), site)


def _cards(frame: Frame, site: str) -> None:
    plots = data.plots(site)
    advices = {advice.plot: advice for advice in data.advices(site)}
    parts.title(frame.words.t("today.title"), garden_lead(frame.words, plots, advices))
    _told(pocket_link(frame.words, site))
    said = shared_cautions(advices.values())
    if said:
        st.html(parts.notice(garden_cautions(frame.words, said)))
    ordered = thirsty_first(plots, advices, st.query_params.get("plot", ""))
    for left in range(0, len(ordered), 2):
        for column, plot in zip(st.columns(2), ordered[left : left + 2], strict=False):
            with column:
                _card(frame, plot, advices.get(plot.slug), said)
    watch(frame, site)
    issued = max((advice.issued_at for advice in advices.values()), default=None)
    _sun(frame, issued)
    stamp = frame.words.t("app.footer", time=frame.words.stamp(issued)) if issued else ""
    parts.caption(stamp or frame.words.t("app.footer_none"))
    _told(origin(frame, list(advices.values())))


def _sun(frame: Frame, issued: datetime | None) -> None:
    """When the district's sun pays for the pump; below the cards, as it may take a moment."""
    told = energy_card(frame, frame.site, issued) if frame.site else ""
    if told:
        with st.container(border=True, key="card_sun"):
            st.html(told)


def _told(html: str) -> None:
    if html:
        st.html(html)


def main() -> None:
    """Draw the page."""
    frame = current()
    if frame.site is None:
        parts.title(frame.words.t("today.title"))
        parts.empty(frame.words.t("empty.city_title"), frame.words.t("empty.city_body"))
    elif not data.plots(frame.site.slug):
        parts.title(frame.words.t("today.title"))
        parts.empty(frame.words.t("empty.plots_title"), frame.words.t("empty.plots_body"))
    else:
        _live(frame, frame.site.slug)


main()
