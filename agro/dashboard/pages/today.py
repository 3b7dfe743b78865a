"""Aujourd'hui: one card for each bed, the thirsty ones first."""

from datetime import datetime
from math import isfinite

import streamlit as st

from agro.dashboard import data, parts
from agro.dashboard.cards import advice_card
from agro.dashboard.energy_card import energy_card
from agro.dashboard.frame import Frame, current
from agro.dashboard.origin import origin
from agro.records import Advice, Plot

_ORDER = {"irrigate": 0, "forbidden": 1, "wait": 2, "unknown": 3}
_REFRESH_S = 60


def _sorted(plots: list[Plot], advices: dict[str, Advice], first: str) -> list[Plot]:
    """The plot asked for in the address, then what must be watered, the driest first."""

    def key(plot: Plot) -> tuple[bool, int, float]:
        advice = advices.get(plot.slug)
        if advice is None:
            return plot.slug != first, len(_ORDER), 0.0
        left = advice.raw_mm - advice.depletion_mm
        return plot.slug != first, _ORDER[advice.decision], left if isfinite(left) else 0.0

    return sorted(plots, key=key)


def _lead(frame: Frame, plots: list[Plot], advices: dict[str, Advice]) -> str:
    words = frame.words
    thirsty = [advice for advice in advices.values() if advice.decision == "irrigate"]
    unknown = len(plots) - sum(advice.decision != "unknown" for advice in advices.values())
    if thirsty:
        litres = sum(advice.litres for advice in thirsty if isfinite(advice.litres))
        said = [words.t("today.lead_irrigate", n=len(thirsty), total=len(plots))]
        said.append(words.t("today.total", litres=words.litres(litres)))
    elif unknown < len(plots):
        said = [words.t("today.lead_none", n=len(plots) - unknown)]
    else:
        said = []
    if unknown:
        said.append(words.t("today.lead_unknown", n=unknown))
    return " · ".join(said)


def _shared(advices: list[Advice]) -> frozenset[str]:
    """The cautions of every bed that has an advice: told once, above the cards."""
    advised = [set(advice.cautions) for advice in advices if advice.plan]
    return frozenset(set.intersection(*advised)) if len(advised) > 2 else frozenset()


def _card(frame: Frame, plot: Plot, advice: Advice | None, said: frozenset[str]) -> None:
    decision = advice.decision if advice else "unknown"
    with st.container(border=True, key=f"card_{decision}_{plot.slug}", height="stretch"):
        st.html(advice_card(frame, plot, advice, said=said))
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
    parts.title(frame.words.t("today.title"), _lead(frame, plots, advices))
    said = _shared(list(advices.values()))
    if said:
        cautions = frame.words.listing(frame.words.code("caution", code) for code in sorted(said))
        st.html(parts.notice(frame.words.t("today.cautions", cautions=cautions)))
    ordered = _sorted(plots, advices, st.query_params.get("plot", ""))
    for left in range(0, len(ordered), 2):
        for column, plot in zip(st.columns(2), ordered[left : left + 2], strict=False):
            with column:
                _card(frame, plot, advices.get(plot.slug), said)
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
