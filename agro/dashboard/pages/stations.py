"""Capteurs: who is silent, weak or doubted, what waits, and what was refused; the worst first."""

import streamlit as st

from agro.access import sees_every_site
from agro.dashboard import parts, quarantine, sources_list
from agro.dashboard.device_list import devices
from agro.dashboard.frame import Frame, current
from agro.dashboard.refused import problems

_REFRESH_S = 30


@st.fragment(run_every=_REFRESH_S)
def _live(frame: Frame) -> None:
    with parts.answering(frame.words):
        devices(frame.refreshed())


def main() -> None:
    """Draw the page."""
    frame = current()
    if frame.site is None:
        parts.title(frame.words.t("stations.title"))
        parts.empty(frame.words.t("empty.city_title"), frame.words.t("empty.city_body"))
        return
    _live(frame)
    if frame.may("device.write"):
        quarantine.draw(frame)
    sources_list.draw(frame)
    if sees_every_site(frame.actor):
        problems(frame)


main()
