"""A new trial, step by step: nothing is stored before the last one, and nothing typed is lost.

Every step draws what the draft says and gives the draft back as it is now; the draft stays in the
session while other steps, or other pages, are looked at.
"""

from collections.abc import Callable, Mapping
from html import escape
from types import MappingProxyType

import streamlit as st

from agro.dashboard import data, parts, trials_faults
from agro.dashboard import trials_session as session
from agro.dashboard.frame import Frame
from agro.dashboard.trials_draft import STEPS, Draft, faults_of
from agro.dashboard.trials_wizard_compared import compared
from agro.dashboard.trials_wizard_design import design
from agro.dashboard.trials_wizard_power import power
from agro.dashboard.trials_wizard_question import question
from agro.dashboard.trials_wizard_review import review
from agro.dashboard.trials_wizard_traits import traits
from agro.records import Site
from agro.words import Words

_DRAWN: Mapping[str, Callable[[Frame, Draft], Draft]] = MappingProxyType(
    {
        "question": question,
        "compared": compared,
        "design": design,
        "power": power,
        "traits": traits,
        "review": review,
    }
)
_TOLD_AT_ONCE = ("design", "power")  # what was typed for them is complete from the start


def wizard(frame: Frame, site: Site) -> None:
    """Draw the step that is asked now."""
    words = frame.words
    with st.container(key="trials_back"):
        st.button(words.t("trials.leave"), key="trials_leave", on_click=session.leave)
    if not data.plots(site.slug):
        parts.empty(words.t("empty.plots_title"), words.t("empty.plots_body"))
        return
    draft, place = session.draft_of(site.slug), session.step()
    step = STEPS[place]
    parts.title(draft.name or words.t("trials.new"))
    st.html(_steps(words, place))
    with st.container(key=f"trials_step_{step}"):
        parts.section(words.t(f"trial_wizard.{step}"), words.t(f"trial_wizard.{step}_caption"))
        draft = _DRAWN[step](frame, draft)
        session.keep(draft)
        wrong = faults_of(draft, step)
        if session.tried() == place or step in _TOLD_AT_ONCE:
            trials_faults.show(words, wrong)
    _move(words, place, has_faults=bool(wrong))


def _steps(words: Words, here: int) -> str:
    """Where one is among the steps."""
    items = "".join(_mark(words, number, name, here) for number, name in enumerate(STEPS))
    return f'<ol class="trial-steps">{items}</ol>'


def _mark(words: Words, number: int, name: str, here: int) -> str:
    css = "done" if number < here else "here" if number == here else "next"
    current = ' aria-current="step"' if number == here else ""
    label = escape(words.t(f"trial_wizard.{name}"))
    return f'<li class="{css}"{current}><b>{number + 1}</b><span>{label}</span></li>'


def _move(words: Words, place: int, *, has_faults: bool) -> None:
    """Back and on; what was typed last is in the draft before either counts."""
    with st.container(horizontal=True, key="trials_move"):
        if place and st.button(words.t("trial_wizard.before"), key=f"trials_before_{place}"):
            session.go(place - 1)
        if place == len(STEPS) - 1:
            return
        if st.button(words.t("trial_wizard.on"), key=f"trials_on_{place}", type="primary"):
            if has_faults:
                session.try_in_vain(place)
            session.go(place + 1)
