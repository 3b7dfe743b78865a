"""What somebody is told of: a card for each subscription, and the form for another one."""

from html import escape

import streamlit as st

from agro.dashboard import alerts_data, alerts_form, alerts_say, data, parts
from agro.dashboard.alerts_data import Kept
from agro.dashboard.alerts_form import EDITED, TOLD
from agro.dashboard.frame import Frame

_REMOVED = "alerts_removed"  # what undo brings back, held for this visit only


@st.fragment
def mine(frame: Frame) -> None:
    """Draw the view."""
    with parts.answering(frame.words):
        frame = frame.refreshed()
        _told(frame)
        found = alerts_data.kept()
        if not found:
            parts.empty(frame.words.t("alerts.empty_title"), frame.words.t("alerts.empty_body"))
        for one in found:
            with st.container(border=True, key=f"alerts_card_{one.one.number}"):
                _card(frame, one)
        if st.session_state.get(EDITED) is None:
            with st.expander(
                frame.words.t("alerts.new"), expanded=not found, key=f"alerts_new_{not found}"
            ):
                alerts_form.draw(frame, None)


def _told(frame: Frame) -> None:
    """What the last click did; what was removed can be taken back."""
    words, removed = frame.words, st.session_state.get(_REMOVED)
    if told := st.session_state.pop(TOLD, ""):
        st.html(parts.notice(told))
    if removed is not None:
        st.button(words.t("alerts.undo"), key="alerts_undo", on_click=_restore, args=(frame,))


def _card(frame: Frame, one: Kept) -> None:
    words = frame.words
    st.html(_written(frame, one))
    if st.session_state.get(EDITED) == one.one.number:
        alerts_form.draw(frame, one)
        return
    is_active, number = one.one.is_active, one.one.number
    deeds = (
        ("try", _try, (frame, number)),
        ("change", _edit, (number,)),
        ("rest" if is_active else "wake", _rest, (frame, number, is_active)),
        ("remove", _remove, (frame, one)),
    )
    with st.container(horizontal=True):
        for name, deed, args in deeds:
            label = words.t(f"alerts.{name}")
            st.button(label, key=f"alerts_{name}_{number}", on_click=deed, args=args)


def _written(frame: Frame, one: Kept) -> str:
    words, kept = frame.words, one.one
    names = {site.slug: site.name for site in data.sites()}
    whose = "" if kept.who == frame.actor.email else kept.who
    about = " · ".join(filter(None, (whose, alerts_say.gardens(words, kept.sites, names))))
    rests = "" if kept.is_active else parts.notice(words.t("alerts.rests"))
    rules = escape(" ".join(alerts_say.when(words, one)))
    name = escape(alerts_say.channel(words, one.first))
    return (
        f'<h3>{name}</h3><p class="caption">{escape(about)}</p>{rests}'
        f"{parts.chips(alerts_say.kinds(words, kept.kinds))}<p>{rules}</p>"
    )


def _try(frame: Frame, number: int) -> None:
    st.session_state.pop(_REMOVED, None)
    said = [alerts_say.tried(frame.words, *one) for one in alerts_data.try_out(number)]
    st.session_state[TOLD] = " ".join(said)


def _edit(number: int) -> None:
    st.session_state.pop(_REMOVED, None)
    st.session_state[EDITED] = number


def _rest(frame: Frame, number: int, is_resting: bool) -> None:
    st.session_state.pop(_REMOVED, None)
    alerts_data.rest(number, is_resting=is_resting)
    name = "alerts.resting" if is_resting else "alerts.awake"
    st.session_state[TOLD] = frame.words.t(name)


def _remove(frame: Frame, one: Kept) -> None:
    st.session_state[_REMOVED] = alerts_data.remove(one.one.number)
    name = alerts_say.channel(frame.words, one.first)
    st.session_state[TOLD] = frame.words.t("alerts.removed", channel=name)


def _restore(frame: Frame) -> None:
    alerts_data.restore(st.session_state.pop(_REMOVED))
    st.session_state[TOLD] = frame.words.t("alerts.restored")
