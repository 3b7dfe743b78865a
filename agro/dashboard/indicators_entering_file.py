"""A file of figures from outside: what of it is good, what is not and why, then one button."""

import streamlit as st

from agro.dashboard import indicators_data as read
from agro.dashboard import indicators_entering_data as kept
from agro.dashboard import indicators_entering_draft as draft
from agro.dashboard import parts
from agro.dashboard.frame import Frame
from agro.dashboard.indicators_data import Period
from agro.dashboard.indicators_entering_faults import table
from agro.dashboard.indicators_entering_form import Said
from agro.dashboard.logbook_details import ask_who, who_of
from agro.errors import BadInput
from agro.indicators import saying as say
from agro.words import Words

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MOST_MB = 5
_SHOWN = 50
_TURN = "entering_file_n"


def by_file(frame: Frame, period: Period, *, said: Said) -> None:
    """Draw the template, the way in, and the preview."""
    words = frame.words
    parts.caption(words.t("entering.file_caption"))
    _template(words, period)
    given = st.file_uploader(
        words.t("entering.file"),
        type=["csv", "xlsx"],
        max_upload_size=_MOST_MB,
        key=f"entering_file_{st.session_state.setdefault(_TURN, 0)}",
    )
    if given is None:
        return
    try:
        found = draft.read_file(given.getvalue(), given.name, read.known(), read.site_names())
    except BadInput:  # its lines speak English, for a terminal
        st.html(parts.notice(words.t("entering.file_unreadable", file=given.name)))
        return
    told = words.t("entering.good", n=len(found.figures))
    if found.refused:
        told += f" · {words.t('entering.bad', n=found.refused)}"
    st.html(parts.notice(told))
    if found.faults:
        table(words, found.faults)
    if found.figures:
        _offer(words, found, said)


def _template(words: Words, period: Period) -> None:
    rows = draft.template(read.known(), "", period.start, period.end)
    with st.container(horizontal=True, key="entering_template"):
        for kind, mime in (("xlsx", XLSX), ("csv", "text/csv")):
            st.download_button(
                words.t(f"entering.template_{kind}"),
                draft.as_file(rows, kind),
                file_name=f"{words.t('entering.template_name')}.{kind}",
                mime=mime,
                on_click="ignore",
                key=f"entering_template_{kind}",
            )


def _offer(words: Words, found: draft.Read, said: Said) -> None:
    """The good rows as they would be kept, and the button."""
    known, names = read.known(), read.site_names()
    heads = [
        words.t(f"entering.{name}") for name in ("indicator", "site", "column_value", "source")
    ]
    rows = [
        [
            known.by_id[one.indicator].name(words.language),
            names.get(one.site, words.t("indicators.whole_city")),
            say.with_unit(
                words,
                draft.divided(one, known.by_id[one.indicator]),
                known.by_id[one.indicator].unit,
            ),
            one.source,
        ]
        for _, one in found.figures[:_SHOWN]
    ]
    st.html(parts.table(heads, rows, numbers=frozenset({2})))
    ask_who(words, [], key="entering_file_who")
    label = words.t("entering.save_rows", n=len(found.figures))
    if not st.button(label, type="primary", key="entering_file_save"):
        return
    try:
        numbers = kept.enter([one for _, one in found.figures], who=who_of())
    except (BadInput, ValueError):
        st.html(parts.notice(words.t("entering.changed_meanwhile")))
        return
    st.session_state[_TURN] += 1
    said("saved" if numbers else "known", numbers)
    st.rerun()
