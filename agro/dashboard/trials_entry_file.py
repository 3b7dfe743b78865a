"""The field book that comes back: what of it is good, what is not and why, then one button.

Nothing is stored before somebody has seen what would be, and the whole can be taken back.
"""

from hashlib import sha256

import streamlit as st

from agro.dashboard import parts, trials_data
from agro.dashboard import trials_entry_data as entered
from agro.dashboard import trials_entry_parts as pieces
from agro.dashboard import trials_entry_preview as shown
from agro.dashboard.frame import Frame
from agro.dashboard.logbook_cards import entry_line
from agro.dashboard.logbook_details import ask_who
from agro.errors import BadInput
from agro.store.trials import PlannedTrial, PlotValue, SheetBatch
from agro.trials.entering import Preview, read_back
from agro.words import Words

MOST_MB = 20
_FILE, _READ, _TURN = "trial_entry_file", "trial_entry_read", "trial_entry_file_n"
_SHEETS = 12  # earlier sheets on the page


def by_file(frame: Frame, trial: PlannedTrial, values: list[PlotValue]) -> None:
    """Draw the way in for a sheet, and the sheets that came before."""
    words = frame.words
    parts.caption(words.t("trial_entry.file_caption"))
    given = st.file_uploader(
        words.t("trial_entry.file"),
        type=["csv", "xlsx"],
        max_upload_size=MOST_MB,
        key=f"{_FILE}_{trial.slug}_{st.session_state.setdefault(_TURN, 0)}",
    )
    if given is None:
        st.session_state.pop(_READ, None)
    else:
        read = _read(words, trial, given.name, given.getvalue(), values)
        if read is not None:
            shown.preview(words, trial, read)
            _offer(words, trial, read)
    _earlier(words, trial)


def _read(
    words: Words, trial: PlannedTrial, name: str, body: bytes, values: list[PlotValue]
) -> Preview | None:
    """The sheet as it was read, once for what stands; None once it says why not."""
    latest = max((one.number for one in values), default=0)
    asked = (sha256(body).hexdigest(), name, trial.site, trial.slug, latest, len(values))
    kept = st.session_state.get(_READ)
    if kept and kept[0] == asked:
        found: Preview = kept[1]
        return found
    try:
        with st.spinner(words.t("trial_entry.reading")):
            read = read_back(trial, body, name, values)
    except BadInput:  # its lines speak English, for a terminal
        empty = not body.strip()
        key = "trial_entry.file_empty" if empty else "trial_entry.file_unreadable"
        st.html(parts.notice(words.t(key, file=name)))
        return None
    st.session_state[_READ] = (asked, read)
    return read


def _offer(words: Words, trial: PlannedTrial, read: Preview) -> None:
    """The button that stores the good values."""
    if not read.values:
        parts.caption(words.t("trial_entry.nothing_new"))
        return
    ask_who(words, pieces.names(trial), key="trial_entry_file_who")
    label = words.t("trial_entry.save_values", n=len(read.values))
    if not st.button(label, type="primary", key="trial_entry_file_save"):
        return
    try:
        done = entered.enter(
            trial,
            read.values,
            who=pieces.who(),
            file=read.file,
            sha256=read.sha256,
            refused=read.refused,
        )
    except ValueError:  # a trait or a plot left the trial meanwhile
        st.session_state.pop(_READ, None)
        st.html(parts.notice(words.t("trial_entry.changed_meanwhile")))
        return
    st.session_state.pop(_READ, None)
    st.session_state[_TURN] += 1
    trials_data.forget()
    if done:
        pieces.tell(trial, words.t("trial_entry.saved", n=done.new), done.number)
    st.rerun()


def _earlier(words: Words, trial: PlannedTrial) -> None:
    """The sheets that came back, each with its way out and in again."""
    found = [one for one in entered.sheets(trial.site, trial.slug) if one.file]
    if not found:
        return
    parts.section(words.t("trial_entry.sheets"))
    for one in found[:_SHEETS]:
        with st.container(key=f"trial_entry_sheet_{one.number}", border=True):
            st.html(_line(words, one))
            _way_back(words, trial, one)
    if len(found) > _SHEETS:
        parts.caption(words.t("trial_entry.sheets_more", n=len(found) - _SHEETS))


def _line(words: Words, one: SheetBatch) -> str:
    told = [words.stamp(one.imported_at), one.who, words.t("trial_entry.values", n=one.new)]
    if one.refused:
        told.append(words.t("trial_entry.refused_rows", n=one.refused))
    return entry_line(
        one.file, " · ".join(part for part in told if part), struck=one.undone_at is not None
    )


def _way_back(words: Words, trial: PlannedTrial, one: SheetBatch) -> None:
    is_undone, number = one.undone_at is not None, one.number

    def undo() -> None:
        pieces.tell(trial, words.t("trial_entry.sheet_undone", n=entered.undo(number)))

    def redo() -> None:
        pieces.tell(trial, words.t("trial_entry.sheet_redone", n=entered.redo(number)))

    label = words.t("trial_entry.redo_sheet" if is_undone else "trial_entry.undo_sheet")
    name = "redo" if is_undone else "undo"
    st.button(label, key=f"trial_entry_{name}_{number}", on_click=redo if is_undone else undo)
