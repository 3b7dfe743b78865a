"""Récoltes: what each planting will give and when, week by week, against what came."""

from math import isfinite

import streamlit as st

from agro.dashboard import data, harvest_parts, parts
from agro.dashboard.frame import Frame, current
from agro.dashboard.harvest_cards import card
from agro.dashboard.harvest_data import Harvests, harvests, planting_of
from agro.records import YieldForecast
from agro.words.harvest import amount, of_all


def _lead(frame: Frame, known: Harvests) -> str:
    """What is expected in all, and what is in."""
    words = frame.words
    expected = sum(one.middle * one.area for one in known.found if isfinite(one.middle))
    picked = [mass for mass in known.picked.values() if isfinite(mass)]
    if not expected:
        return words.t("harvest.lead_no_mass") if not picked else ""
    mass, had = (amount(words, one) for one in (expected, sum(picked)))
    return words.t("harvest.lead", mass=mass, picked=had)


def _cards(frame: Frame, known: Harvests, site: str) -> None:
    names = data.place_names()

    def draw(one: YieldForecast) -> None:
        key = f"card_harvest_{one.plot}_{one.crop}_{one.planted}"
        with st.container(border=True, key=key, height="stretch"):
            plot = names.get((site, one.plot), one.plot)
            st.html(card(frame, one, plot=plot, picked=known.picked[planting_of(one)]))

    for left in range(0, len(known.found), 2):
        for column, one in zip(st.columns(2), known.found[left : left + 2], strict=False):
            with column:
                draw(one)


def main() -> None:
    """Draw the page."""
    frame = current()
    words = frame.words
    if frame.site is None:
        parts.title(words.t("harvest.title"))
        parts.empty(words.t("empty.city_title"), words.t("empty.city_body"))
        return
    site = frame.site.slug
    known = harvests(site)
    parts.title(words.t("harvest.title"), _lead(frame, known) if known.found else "")
    if not known.found:
        state = "waiting" if known.standing else "empty"
        parts.empty(words.t(f"harvest.{state}_title"), words.t(f"harvest.{state}_body"))
    else:
        for line in of_all(words, known.found):
            parts.caption(line)
        _cards(frame, known, site)
        issued = max(one.issued_at for one in known.found)
        parts.caption(words.t("harvest.issued", time=words.stamp(issued)))
    if known.found or not known.weeks.empty:
        harvest_parts.weeks(frame, known)
    if known.found:
        harvest_parts.files(frame, known, site)
        harvest_parts.course(frame, known, site)


main()
