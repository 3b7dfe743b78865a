"""The newest figures of the whole city, read anew by themselves while the page stays as it is."""

import streamlit as st

from agro.config import now
from agro.dashboard import control_post_data as read
from agro.dashboard import parts
from agro.dashboard.control_post_cards import strip
from agro.dashboard.frame import Frame

EVERY_S = 15


@st.fragment(run_every=EVERY_S)
def draw(frame: Frame) -> None:
    """Draw the strip, or that no equipment is connected yet.

    It runs alone, so nothing that was chosen below it changes.
    """
    words = frame.words
    with parts.answering(words):
        found = read.state("hours", 0)
        if not any(read.is_measured(layer) for layer in found.layers):
            parts.empty(words.t("control_post.empty_title"), words.t("control_post.empty_body"))
            return
        st.html(strip(frame.refreshed(), found))
        clock = words.local(now()).strftime("%H:%M:%S")
        parts.caption(words.t("control_post.live", clock=clock, n=EVERY_S))
