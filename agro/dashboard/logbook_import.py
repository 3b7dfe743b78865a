"""Bringing a file into the logbook: what of it is good, what is not and why, then one button.

Nothing is stored before somebody has seen what would be, and the whole can be taken back.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256

import streamlit as st

from agro.dashboard import logbook_data as log
from agro.dashboard import parts
from agro.dashboard.frame import Frame
from agro.dashboard.logbook_cards import entry_line
from agro.dashboard.logbook_choices import names_first
from agro.dashboard.logbook_details import ask_who, who_of
from agro.dashboard.logbook_files import export
from agro.dashboard.logbook_preview import notes, problems, sums
from agro.logbook import TYPES, Choice, Preview, Unusable
from agro.records import Batch, Site
from agro.words import Words
from agro.words.imports import file_sentence

MOST_MB = 10
_FILE, _READ, _TOLD = "logbook_file", "logbook_read", "logbook_imported"
_AS_WRITTEN = ""


@st.fragment
def files(frame: Frame, site: Site) -> None:
    """Draw the import, the files that were imported, and the export of all."""
    with parts.answering(frame.words):
        frame = frame.refreshed()
        words = frame.words
        if told := st.session_state.pop(_TOLD, ""):
            st.html(parts.notice(told))
        parts.section(words.t("logbook.import"), words.t("logbook.import_caption"))
        _bring(frame, site)
        _batches(frame, site)
        parts.section(words.t("logbook.export"), words.t("logbook.export_caption"))
        export(frame, site, log.Sought(site.slug))


def _bring(frame: Frame, site: Site) -> None:
    """Choose a file, see what it says, import it."""
    words = frame.words
    number = st.session_state.setdefault("logbook_file_n", 0)
    given = st.file_uploader(
        words.t("logbook.file"),
        type=["csv", "xlsx"],
        max_upload_size=MOST_MB,
        key=f"{_FILE}_{number}",
    )
    if given is None:
        st.session_state.pop(_READ, None)
        return
    choice = _choice(words)
    found = _read(words, site, given.name, given.getvalue(), choice)
    if found is None:
        return
    lines = words.t("logbook.good_rows", n=len(found.entries))
    if found.refused:
        lines += f" · {words.t('logbook.bad_rows', n=found.refused)}"
    st.html(parts.notice(lines))
    problems(words, found)
    notes(words, found)
    sums(words, found)
    if found.entries:
        ask_who(words, names_first(log.recent(site.slug)), key="logbook_by_import")
        if st.button(
            words.t("logbook.import_rows", n=len(found.entries)),
            type="primary",
            key="logbook_import",
        ):
            _store(words, found)


def _choice(words: Words) -> Choice:
    """What the file does not say itself."""
    kind = st.selectbox(
        words.t("logbook.import_type"),
        [_AS_WRITTEN, *TYPES],
        key="logbook_import_type",
        format_func=lambda one: words.code("log", one) if one else words.t("logbook.as_written"),
    )
    make = st.toggle(words.t("logbook.make_plots"), key="logbook_make_plots")
    return Choice(type=kind or "", plots="make" if make else "need")


def _read(words: Words, site: Site, name: str, body: bytes, choice: Choice) -> Preview | None:
    """The file as it was read, once for each way of reading it; None once it says why not."""
    asked = (sha256(body).hexdigest(), name, site.slug, choice.type, choice.plots)
    kept = st.session_state.get(_READ)
    if kept and kept[0] == asked:
        found: Preview = kept[1]
        return found
    try:
        with _progress(words.t("logbook.reading")) as told:
            read = log.preview(body, name, site.slug, choice, told)
    except Unusable as wrong:
        for fault in wrong.faults:
            st.html(parts.notice(file_sentence(words, fault.code, fault.facts)))
        return None
    st.session_state[_READ] = (asked, read)
    return read


@contextmanager
def _progress(text: str) -> Iterator[log.Progress]:
    """A bar that is there while something long runs."""
    bar = st.progress(0.0, text)

    def told(done: int, of: int) -> None:
        bar.progress(min(1.0, done / max(of, 1)), text)

    yield told
    bar.empty()


def _store(words: Words, read: Preview) -> None:
    try:
        with _progress(words.t("logbook.storing")) as told:
            done = log.bring(read, who=who_of(), told=told)
    except ValueError:  # a plot left the register since the file was read
        st.session_state.pop(_READ, None)
        st.html(parts.notice(words.t("logbook.read_again")))
        return
    st.session_state.pop(_READ, None)
    st.session_state["logbook_file_n"] += 1
    line = words.t("logbook.imported", n=done.new)
    if done.known:
        line += f" {words.t('logbook.imported_known', n=done.known)}"
    st.session_state[_TOLD] = line
    st.rerun()


def _batches(frame: Frame, site: Site) -> None:
    """The files that were imported, each with its way back."""
    words, found = frame.words, log.batches(site.slug)
    if not found:
        return
    parts.section(words.t("logbook.batches"))
    for batch in found[:10]:
        with st.container(key=f"logbook_batch_{batch.number}", border=True):
            st.html(_line(words, batch))
            _way_back(words, batch)


def _line(words: Words, batch: Batch) -> str:
    told = [words.stamp(batch.imported_at), batch.who, words.t("logbook.good_rows", n=batch.new)]
    if batch.refused:
        told.append(words.t("logbook.bad_rows", n=batch.refused))
    return entry_line(
        batch.file, " · ".join(part for part in told if part), struck=batch.undone_at is not None
    )


def _way_back(words: Words, batch: Batch) -> None:
    is_undone, number = batch.undone_at is not None, batch.number

    def undo() -> None:
        count = log.undo(number, who=who_of())
        st.session_state[_TOLD] = words.t("logbook.import_undone", n=count)

    def redo() -> None:
        count = log.redo(number, who=who_of())
        st.session_state[_TOLD] = words.t("logbook.import_redone", n=count)

    label = words.t("logbook.import_redo" if is_undone else "logbook.import_undo")
    name = "redo" if is_undone else "undo"
    st.button(label, key=f"logbook_{name}_{number}", on_click=redo if is_undone else undo)
