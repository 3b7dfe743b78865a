"""The layout of a trial: the field, its field book, where it lies, what is measured on it."""

from dataclasses import replace
from pathlib import Path
from re import DOTALL, search

import streamlit as st

from agro.dashboard import parts, trials_fields, trials_words
from agro.dashboard import trials_data as read
from agro.dashboard.chain_parts import today
from agro.dashboard.frame import Frame
from agro.dashboard.trials_draft import Draft, Measured, faults_of, traits_of
from agro.dashboard.trials_faults import show
from agro.dashboard.trials_layout_field import draw
from agro.dashboard.trials_layout_map import ground
from agro.dashboard.trials_layout_print import origin, page
from agro.dashboard.trials_wizard_traits import ask
from agro.store.trials import PlannedTrial
from agro.tables import to_csv, to_xlsx
from agro.trials.entering import book
from agro.words import Words

_TOLD = "trials_told"
_CSS = Path(__file__).parent / "theme.css"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def plan(frame: Frame, trial: PlannedTrial) -> None:
    """Draw the view."""
    words = frame.words
    if told := st.session_state.pop(_TOLD, ""):
        st.html(parts.notice(told))
    if not trial.plots:
        parts.empty(words.t("trials.no_layout_title"), words.t("trials.no_layout_body"))
        return
    values = read.values(trial.site, trial.slug)
    parts.section(words.t("trials.layout"), words.t("trials.layout_caption"))
    draw(words, trial, values, key=trial.slug)
    parts.caption(origin(words, trial))
    _files(frame, trial)
    if not frame.may("trial.write"):
        return
    _traits(words, trial)
    if not any("environment" in one.levels for one in trial.plots):
        ground(words, trial)


def _files(frame: Frame, trial: PlannedTrial) -> None:
    """The field book and the printed layout; each is made when its button is pressed."""
    words = frame.words
    parts.section(words.t("trials.files"), words.t("trials.files_caption"))

    def rows() -> tuple[list[dict[str, object]], tuple[str, ...]]:
        return book(trial, read.values(trial.site, trial.slug))

    with st.container(horizontal=True, key="trials_files"):
        st.download_button(
            words.t("trials.book_csv"),
            lambda: to_csv(*rows()).encode(),
            f"{trial.slug}.csv",
            "text/csv",
            key="trials_book_csv",
        )
        st.download_button(
            words.t("trials.book_xlsx"),
            lambda: to_xlsx(*rows()),
            f"{trial.slug}.xlsx",
            _XLSX,
            key="trials_book_xlsx",
        )
        st.download_button(
            words.t("trials.print"),
            lambda: page(words, trial, today(frame), field_css()),
            f"{trial.slug}.html",
            "text/html",
            key="trials_print",
        )


def field_css() -> str:
    """How a field looks, the same on the screen and on paper."""
    found = search(r"/\* field of a trial \*/(.*?)/\* end of field \*/", _CSS.read_text(), DOTALL)
    return found.group(1) if found else ""


def _traits(words: Words, trial: PlannedTrial) -> None:
    """What is measured, and one more."""
    parts.section(words.t("trials.fact_traits"))
    if trial.traits:
        heads = [words.t(f"trials.trait_{name}") for name in ("label", "column", "bounds")]
        rows = [
            [trials_words.trait_name(one), one.name, trials_words.bounds(words, one)]
            for one in trial.traits
        ]
        st.html(parts.table(heads, rows, codes=frozenset({1})))
    else:
        parts.empty(words.t("trials.no_traits"), words.t("trials.no_traits_body"))
    with st.expander(words.t("trials.add_trait"), key="trials_add_trait"):
        _one_more(words, trial)


def _one_more(words: Words, trial: PlannedTrial) -> None:
    said = ask(words, 0, Measured())
    if not st.button(words.t("trials.add_this"), key="trials_add_this", type="primary"):
        return
    own = Draft(trial.site, 0, traits=(said,))
    wrong = faults_of(own, "traits")
    show(words, wrong)
    if wrong:
        return
    (fresh,) = traits_of(own)
    taken = {one.name for one in trial.traits} | {
        name for one in trial.plots for name in one.levels
    }
    further = (f"{fresh.name}_{number}" for number in range(2, len(taken) + 3))
    name = next(one for one in (fresh.name, *further) if one not in taken)
    read.measure(trial.site, trial.slug, [replace(fresh, name=name)])
    st.session_state[_TOLD] = words.t("trials.trait_added", name=said.label)
    trials_fields.again()
    st.rerun()
