"""Figures that are brought from outside: one by a form, many by a file, each with the way back."""

import streamlit as st

from agro.access import may
from agro.dashboard import data, parts
from agro.dashboard import indicators_data as read
from agro.dashboard import indicators_entering_data as kept
from agro.dashboard.frame import Frame
from agro.dashboard.indicators_data import Period
from agro.dashboard.indicators_entering_file import by_file
from agro.dashboard.indicators_entering_form import by_form
from agro.dashboard.indicators_entering_list import entered
from agro.dashboard.logbook_details import who_of

_SAID = "entering_said"
_WAYS = ("form", "file")


def enter(frame: Frame, period: Period) -> None:
    """Draw the way in that is chosen, and what was entered before."""
    words = frame.words
    parts.section(words.t("entering.title"), words.t("entering.caption"))
    _told(frame)
    way = st.segmented_control(
        words.t("entering.way"),
        _WAYS,
        default=_WAYS[0],
        required=True,
        key="entering_way",
        format_func=lambda name: words.t(f"entering.way_{name}"),
        label_visibility="collapsed",
    )
    if way == "file":
        by_file(frame, period, said=_say)
    else:
        by_form(frame, period, said=_say)
    own = [one for one in kept.every() if may(frame.actor, "figure.write", one.figure.site)]
    entered(frame, own, read.known(), data.sites(), said=_say)


def _say(what: str, numbers: list[int]) -> None:
    """What was just done, told where the page is drawn next."""
    st.session_state[_SAID] = (what, numbers)


def _told(frame: Frame) -> None:
    said: tuple[str, list[int]] | None = st.session_state.get(_SAID)
    if said is None:
        return
    words, (what, numbers) = frame.words, said

    def undo() -> None:
        count = kept.take_back(numbers, who=who_of())
        st.session_state[_SAID] = ("undone", [0] * count)

    with st.container(key="entering_told"):
        st.html(parts.notice(words.t(f"entering.said_{what}", n=len(numbers))))
        if what == "saved" and numbers:
            st.button(words.t("entering.undo"), key="entering_undo", on_click=undo)
