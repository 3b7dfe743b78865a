"""The entry that the address asks for, `?entry=NUMBER`: it stands before the logbook."""

import streamlit as st

from agro.dashboard import logbook_data as log
from agro.dashboard import parts
from agro.dashboard.frame import Frame
from agro.dashboard.logbook_cards import row
from agro.dashboard.logbook_one import SAID, opened
from agro.errors import Forbidden
from agro.records import Noted

PARAMETER = "entry"
_LONGEST = 18  # digits of a number that the store can keep


@st.fragment
def linked(frame: Frame) -> None:
    """Draw the entry that a link led to, opened; nothing where none is asked."""
    asked = st.query_params.get(PARAMETER, "")
    if not asked:
        return
    words = frame.words
    with parts.answering(words):
        frame = frame.refreshed()
        noted = _noted(asked)
        if noted is None:
            parts.empty(
                words.t("logbook.no_such", number=asked[:_LONGEST]),
                words.t("logbook.no_such_body"),
            )
        else:
            _entry(frame, noted)
        st.button(words.t("logbook.whole"), key="logbook_whole", on_click=_leave)


def _noted(asked: str) -> Noted | None:
    """The entry; None where there is none, or it is of a garden that is not theirs to see."""
    if not asked.isdecimal() or len(asked) > _LONGEST:
        return None
    try:
        return log.one(int(asked))
    except (ValueError, Forbidden):
        return None


def _entry(frame: Frame, noted: Noted) -> None:
    words = frame.words
    parts.section(words.t("logbook.asked", number=str(noted.number)))
    if said := st.session_state.pop(SAID, ""):
        st.html(parts.notice(said))
    with st.container(border=True, key=f"logbook_asked_{noted.number}"):
        st.html(row(frame, noted, log.counted(noted.entry.site).get(noted.number, "")))
        opened(frame, noted.number)


def _leave() -> None:
    st.query_params.pop(PARAMETER, None)
