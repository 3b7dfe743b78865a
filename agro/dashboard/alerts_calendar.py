"""The private address under which a telephone's calendar shows a garden's irrigation plan."""

from html import escape

import streamlit as st

from agro.dashboard import alerts_data, parts
from agro.dashboard.frame import Frame
from agro.records import Site

_MADE = "alerts_calendar_made"  # (garden, address): shown until the page is left
_TOLD = "alerts_calendar_told"


@st.fragment
def calendars(frame: Frame) -> None:
    """Draw the view."""
    with parts.answering(frame.words):
        words, found = frame.words, alerts_data.open_calendars()
        parts.caption(words.t("alerts.calendar_caption"))
        if told := st.session_state.pop(_TOLD, ""):
            st.html(parts.notice(told))
        for site in alerts_data.gardens():
            with st.container(border=True, key=f"alerts_calendar_{site.slug}"):
                _card(frame, site, is_open=site.slug in found)


def _card(frame: Frame, site: Site, *, is_open: bool) -> None:
    words = frame.words
    made_for, address = st.session_state.get(_MADE, ("", ""))
    is_new = is_open and made_for == site.slug
    state = "address" if is_new else "open" if is_open else "closed"
    told = escape(words.t(f"alerts.calendar_{state}"))
    st.html(f'<h3>{escape(site.name)}</h3><p class="caption">{told}</p>')
    if is_new:
        st.code(address, language=None, wrap_lines=True)
    label = words.t("alerts.calendar_renew" if is_open else "alerts.calendar_make")
    with st.container(horizontal=True):
        args = (frame, site, is_open)
        st.button(label, key=f"alerts_make_{site.slug}", on_click=_make, args=args)
        if is_open:
            close, key = words.t("alerts.calendar_close"), f"alerts_close_{site.slug}"
            st.button(close, key=key, on_click=_close, args=(frame, site))


def _make(frame: Frame, site: Site, was_open: bool) -> None:
    address = alerts_data.open_calendar(site.slug, frame.words.language)
    st.session_state[_MADE] = (site.slug, address)
    name = "alerts.calendar_renewed" if was_open else "alerts.calendar_made"
    st.session_state[_TOLD] = frame.words.t(name, site=site.name)


def _close(frame: Frame, site: Site) -> None:
    alerts_data.close_calendar(site.slug)
    st.session_state.pop(_MADE, None)
    st.session_state[_TOLD] = frame.words.t("alerts.calendar_gone", site=site.name)
