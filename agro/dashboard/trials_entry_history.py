"""Everything that was ever said of one plot: who, when, from which sheet, and what counts."""

from html import escape

import streamlit as st

from agro.dashboard import parts
from agro.dashboard import trials_entry_data as entered
from agro.dashboard import trials_entry_draft as draft
from agro.dashboard import trials_entry_parts as pieces
from agro.dashboard.frame import Frame
from agro.store.trials import PlannedTrial, PlotValue, Trait
from agro.words import Words


def of_plot(frame: Frame, trial: PlannedTrial, values: list[PlotValue]) -> None:
    """Draw what was said of one plot, newest first."""
    words = frame.words
    order = [one.number or 0 for one in draft.walk(trial)]
    plot = st.selectbox(
        words.t("trial_entry.history_of"), order, key=f"trial_entry_history_{trial.slug}"
    )
    said = [one for one in entered.history(trial.site, trial.slug) if one.plot == plot]
    if not said:
        parts.empty(
            words.t("trial_entry.history_none", plot=str(plot)),
            words.t("trial_entry.history_none_body"),
        )
        return
    counts = {one.number for one in values}
    files = {one.number: one.file for one in entered.sheets(trial.site, trial.slug)}
    traits = {one.name: one for one in trial.traits}
    for one in reversed(said):
        with st.container(key=f"trial_entry_said_{one.number}", border=True):
            trait = traits.get(one.trait, Trait(one.trait))
            file = files.get(one.batch or 0, "")
            st.html(_statement(words, one, trait, file, counts=one.number in counts))
            if not one.struck:
                st.button(
                    words.t("trial_entry.strike"),
                    key=f"trial_entry_strike_{one.number}",
                    on_click=_strike,
                    args=(words, trial, one, trait),
                )


def _statement(words: Words, one: PlotValue, trait: Trait, file: str, *, counts: bool) -> str:
    """What was said, and whether it counts."""
    name = trait.label or trait.name
    head = f"{name}, {one.time}" if one.time else name
    told = [
        words.t("trial_entry.measured_on", day=words.long_day(one.day)) if one.day else "",
        words.t("trial_entry.entered_on", when=words.stamp(one.said_at)) if one.said_at else "",
        one.who,
        file,
        one.notes,
    ]
    state = "struck" if one.struck else "counts" if counts else "replaced"
    struck = " struck" if one.struck else ""
    return (
        f'<div class="entry{struck}"><p class="what"><span>{escape(head)}</span>'
        f"<b>{escape(pieces.amount(words, one.value, trait.unit))}</b></p>"
        f'<p class="told">{escape(" · ".join(part for part in told if part))}</p>'
        f'<span class="mark">{escape(words.t(f"trial_entry.{state}"))}</span></div>'
    )


def _strike(words: Words, trial: PlannedTrial, one: PlotValue, trait: Trait) -> None:
    entered.strike(one.number)
    value = pieces.amount(words, one.value, trait.unit)
    pieces.tell(trial, words.t("trial_entry.struck_told", plot=str(one.plot), value=value))
