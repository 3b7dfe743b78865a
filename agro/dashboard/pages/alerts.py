"""Alertes: who is told of what, by which channel; how it went; the plan as a calendar."""

import streamlit as st

from agro.dashboard import alerts_data, parts
from agro.dashboard.alerts_calendar import calendars
from agro.dashboard.alerts_list import mine
from agro.dashboard.alerts_log import sent
from agro.dashboard.frame import current

_VIEWS = {"mine": mine, "log": sent, "calendar": calendars}


def main() -> None:
    """Draw the page."""
    frame = current()
    words = frame.words
    parts.title(words.t("alerts.title"), words.t("alerts.lead"))
    if not alerts_data.gardens():
        parts.empty(words.t("empty.city_title"), words.t("empty.city_body"))
        return
    view = st.segmented_control(
        words.t("alerts.view"),
        list(_VIEWS),
        default="mine",
        required=True,
        key="alerts_view",
        format_func=lambda name: words.t(f"alerts.view_{name}"),
        label_visibility="collapsed",
    )
    _VIEWS[view or "mine"](frame)


main()
