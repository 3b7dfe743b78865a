"""Signalements: what citizens report in the city, where, how it stands, what was answered."""

import streamlit as st

from agro.dashboard import data, parts
from agro.dashboard import reports_data as read
from agro.dashboard.frame import Frame, current
from agro.dashboard.reports_about import origin, private
from agro.dashboard.reports_list import choose, draw_list, draw_map


@st.fragment
def _reports(frame: Frame) -> None:
    with parts.answering(frame.words):
        now = frame.refreshed()
        found = choose(now)
        draw_map(now, found)
        draw_list(now, found)


def main() -> None:
    """Draw the page."""
    frame = current()
    words = frame.words
    if data.city() is None:
        parts.title(words.t("reports.title"))
        parts.empty(words.t("empty.city_title"), words.t("empty.city_body"))
        return
    count = read.open_count()
    lead = words.t("reports.lead", n=count) if count else words.t("reports.lead_none")
    parts.title(words.t("reports.title"), lead)
    _reports(frame)
    private(frame)
    origin(frame)


main()
