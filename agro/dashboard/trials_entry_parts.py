"""What the ways of entering values share: names, amounts, who and when, what was just done."""

from dataclasses import dataclass
from datetime import date
from html import escape
from math import isnan

import streamlit as st

from agro.dashboard import parts
from agro.dashboard import trials_entry_data as entered
from agro.dashboard.frame import Frame
from agro.dashboard.logbook_details import ask_who, who_of
from agro.dashboard.trials_words import bounds
from agro.store.trials import PlannedTrial, Trait
from agro.trials.planning import times
from agro.words import Words

_TOLD = "trial_entry_told"


def amount(words: Words, value: float, unit: str) -> str:
    """A value with its unit, every decimal of it; a lost plot in words."""
    if isnan(value):
        return words.t("trial_entry.lost_value")
    written = words.number(value, 6)
    return f"{written}\u00a0{unit}" if unit else written


def doubt(words: Words, plot: int, trait: Trait, value: float) -> str:
    """Why a value is doubted."""
    return words.t(
        "trial_entry.doubt",
        plot=str(plot),
        trait=trait.label or trait.name,
        value=amount(words, value, trait.unit),
        bounds=f"{bounds(words, trait)}\u00a0{trait.unit}".rstrip(),
    )


def choose_visit(words: Words, trial: PlannedTrial, key: str) -> str:
    """When a trial that is measured again and again was measured; empty for all others."""
    visits = times(trial)
    if visits == ("",):
        return ""
    chosen = st.pills(
        words.t("trial_entry.visit"), visits, default=visits[0], required=True, key=key
    )
    return str(chosen or visits[0])


def who_and_when(frame: Frame, trial: PlannedTrial, key: str) -> date:
    """Who measured, and on which day; the day that was chosen."""
    words, today = frame.words, frame.words.local(frame.now).date()
    with st.expander(words.t("trial_entry.who_and_when")):
        ask_who(words, names(trial), key=f"{key}_who")
        day = st.date_input(
            words.t("trial_entry.day"),
            value=today,
            max_value=today,
            key=f"{key}_day",
            format="DD/MM/YYYY",
        )
    return day if isinstance(day, date) else today


@dataclass(frozen=True, slots=True)
class Told:
    """What was just done in a trial, and what would take it back."""

    trial: str
    text: str
    batch: int | None


def tell(trial: PlannedTrial, text: str, batch: int | None = None) -> None:
    """Say in the next run what was done, with the way back where there is one."""
    st.session_state[_TOLD] = Told(trial.slug, text, batch)


def told(words: Words, trial: PlannedTrial) -> None:
    """What was just done in this trial, and the way back."""
    found: Told | None = st.session_state.get(_TOLD)
    if found is None or found.trial != trial.slug:
        return
    number = found.batch
    if number is None:
        st.session_state.pop(_TOLD)
        st.html(parts.notice(found.text))
        return

    def undo() -> None:
        entered.undo(number)
        tell(trial, words.t("trial_entry.undone"))

    with st.container(key="trial_entry_told", horizontal=True, vertical_alignment="center"):
        st.html(f'<p class="said" role="status">{escape(found.text)}</p>')
        st.button(words.t("trial_entry.undo"), key="trial_entry_undo_last", on_click=undo)


def who() -> str:
    """Who enters, as said once for the visit."""
    return who_of()


def names(trial: PlannedTrial) -> list[str]:
    """Who has entered values in this trial, the last first."""
    found = entered.sheets(trial.site, trial.slug)
    return list(dict.fromkeys(one.who for one in found if one.who))
