"""One entry opened: its picture, its history, its correction, and the way to take it back."""

from datetime import datetime
from html import escape

import streamlit as st

from agro.access import may
from agro.dashboard import logbook_data as log
from agro.dashboard import parts
from agro.dashboard.frame import Frame
from agro.dashboard.logbook_about import detail_name, detail_said
from agro.dashboard.logbook_cards import MACHINES, changes
from agro.dashboard.logbook_choices import names_first
from agro.dashboard.logbook_correction import correction
from agro.dashboard.logbook_details import ask_who, who_of
from agro.records import Noted
from agro.words import Words

SAID, WITH_STRUCK = "logbook_said", "logbook_with_struck"


def opened(frame: Frame, number: int) -> None:
    """Draw what is known of an entry, and what can be done with it."""
    words = frame.words
    noted = log.one(number)
    st.html(_facts(words, noted))
    for picture in log.photos(number):
        st.image(picture, width="stretch")
    _history(words, noted)
    if not may(frame.actor, "logbook.write", noted.entry.site):
        return
    if noted.struck_at is not None:
        _restore(words, number)
        return
    ask_who(words, names_first(log.recent(noted.entry.site)), key=f"logbook_by_{number}")
    if noted.entry.source in MACHINES:
        parts.caption(words.t("logbook.machine"))
    else:
        with st.expander(words.t("logbook.correct")):
            correction(frame, noted)
    with st.expander(words.t("logbook.strike")):
        _strike(words, number)


def _facts(words: Words, noted: Noted) -> str:
    entry = noted.entry
    method = words.code("logbook", f"method_{entry.method}") if entry.method else ""
    pairs = [
        (words.t("logbook.recorded"), words.stamp(noted.recorded_at)),
        (words.t("logbook.field_source"), words.code("source", entry.source)),
        (words.t("logbook.field_method"), method),
        (words.t("logbook.field_lot"), entry.lot),
        *((detail_name(words, name), _told(words, name, v)) for name, v in entry.details.items()),
    ]
    if noted.batch is not None:
        pairs.append((words.t("logbook.batch"), words.number(noted.batch)))
    return parts.facts((name, value) for name, value in pairs if value)


def _told(words: Words, name: str, value: object) -> str:
    """A detail as people read it: when water of a machine's entry ran is a time."""
    is_time = name in {"start", "end"} and isinstance(value, str)
    if is_time:
        return words.stamp(datetime.fromisoformat(str(value)))
    return detail_said(words, name, value)


def _history(words: Words, noted: Noted) -> None:
    if not noted.revisions:
        return
    site = noted.entry.site
    items = "".join(changes(words, site, revision) for revision in log.history(noted.number))
    heading = escape(words.t("logbook.history"))
    st.html(f'<h3 class="history">{heading}</h3><ol class="changes">{items}</ol>')


def _strike(words: Words, number: int) -> None:
    key = f"logbook_why_{number}"
    st.text_input(words.t("logbook.reason"), key=key, max_chars=200)

    def strike() -> None:
        reason = str(st.session_state[key]).strip()
        if not reason:
            st.session_state[SAID] = words.t("logbook.needs_reason")
            return
        log.strike([number], who=who_of(), reason=reason)
        # It stays in sight, struck through, so that it can be restored.
        st.session_state[WITH_STRUCK] = True
        st.session_state[SAID] = words.t("logbook.struck_told")

    st.button(words.t("logbook.strike_yes"), key=f"logbook_strike_{number}", on_click=strike)


def _restore(words: Words, number: int) -> None:
    def restore() -> None:
        log.restore(number, who=who_of())
        st.session_state[SAID] = words.t("logbook.restored_told")

    st.button(words.t("logbook.restore"), key=f"logbook_restore_{number}", on_click=restore)
