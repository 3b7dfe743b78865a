"""All plots in one table, for a keyboard: what is measured can be written, nothing else."""

from typing import Any

import pandas as pd
import streamlit as st

from agro.dashboard import parts
from agro.dashboard import trials_entry_data as entered
from agro.dashboard import trials_entry_draft as draft
from agro.dashboard import trials_entry_parts as pieces
from agro.dashboard.frame import Frame
from agro.dashboard.trials_words import bounds, trait_name, treatment_name
from agro.store.trials import PlannedTrial, PlotValue
from agro.words import Words

_TURN = "trial_entry_grid_n"
_SHOWN = 8  # doubts on the page
_TALLEST = 620  # px
_PLACES = ("plot", "row", "column", "block", "treatment")


def by_table(frame: Frame, trial: PlannedTrial, values: list[PlotValue]) -> None:
    """Draw the table and the button that stores what was changed in it."""
    words = frame.words
    visit = pieces.choose_visit(words, trial, f"trial_entry_grid_visit_{trial.slug}")
    parts.caption(words.t("trial_entry.grid_caption"))
    before = draft.table(trial, values, visit)
    before["treatment"] = [treatment_name(trial, one) for one in draft.walk(trial)]
    turn = st.session_state.setdefault(_TURN, 0)
    measured = {one.name for one in trial.traits}
    edited = st.data_editor(
        before,
        key=f"trial_entry_grid_{trial.slug}_{visit}_{turn}",
        hide_index=True,
        num_rows="fixed",
        height=min(_TALLEST, 38 + 35 * len(before)),
        column_config=_columns(words, trial, before),
        placeholder="–",
        disabled=[name for name in map(str, before) if name not in measured],
    )
    day = pieces.who_and_when(frame, trial, "trial_entry_grid")
    told = words.t("trial_entry.lost_note")
    said = draft.changes(trial, values, edited, time=visit, day=day, notes=told)
    _doubts(words, trial, said)
    _save(words, trial, said)


def _columns(words: Words, trial: PlannedTrial, before: pd.DataFrame) -> dict[str, Any]:
    """What the columns are called; those of the layout stay in sight where there is room."""
    config: dict[str, Any] = {
        name: st.column_config.Column(words.t(f"trial_entry.column_{name}"), width="small")
        for name in _PLACES
    }
    config["plot"] = st.column_config.NumberColumn(
        words.t("trial_entry.column_plot"), width="small", pinned=True, format="%d"
    )
    for name in map(str, before):
        if name not in config:
            config[name] = st.column_config.Column(words.code("trial_entry.factor", name))
    for one in trial.traits:
        config[one.name] = st.column_config.NumberColumn(
            trait_name(one),
            help=bounds(words, one) or None,
            format="localized",
        )
    return config


def _doubts(words: Words, trial: PlannedTrial, said: list[PlotValue]) -> None:
    """Values that lie outside what was foreseen, at once."""
    found = draft.doubts(trial, said)
    for one in found[:_SHOWN]:
        st.html(parts.notice(pieces.doubt(words, one.plot, one.trait, one.value)))
    if len(found) > _SHOWN:
        parts.caption(words.t("trial_entry.doubts_more", n=len(found) - _SHOWN))


def _save(words: Words, trial: PlannedTrial, said: list[PlotValue]) -> None:
    if not said:
        parts.caption(words.t("trial_entry.nothing_changed"))
        return
    label = words.t("trial_entry.save_cells", n=len(said))
    if not st.button(label, type="primary", key="trial_entry_grid_save"):
        return
    try:
        done = entered.enter(trial, said, who=pieces.who())
    except ValueError:  # a trait or a plot left the trial meanwhile
        st.html(parts.notice(words.t("trial_entry.changed_meanwhile")))
        return
    st.session_state[_TURN] += 1
    if done:
        pieces.tell(trial, words.t("trial_entry.saved", n=done.new), done.number)
    st.rerun()
